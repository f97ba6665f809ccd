"""Loads and checks `rules/`: formats, standards, origins, measures, catalogues, profiles, messages."""
