"""ISO 14306: JT files."""
