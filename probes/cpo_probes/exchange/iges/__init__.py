"""IGES files."""
