"""Schemas that a product ships, checked in themselves."""
