"""Which standard a name, a label, a file type or a phrase speaks of, and in which direction."""
