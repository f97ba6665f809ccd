"""Capabilities that are registered in sources: Python by its syntax tree, other languages by their tokens."""
