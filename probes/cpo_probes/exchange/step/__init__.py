"""STEP files: which schema they follow, and their instances held against it."""
