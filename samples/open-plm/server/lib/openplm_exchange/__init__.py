"""Import and export of neutral formats."""
