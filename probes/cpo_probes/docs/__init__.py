"""Documentation: what a reader finds."""
