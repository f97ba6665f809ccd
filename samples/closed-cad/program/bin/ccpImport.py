"""Reads parts of our own format."""


def open(name):
    """Opens a part."""
    raise PermissionError("no licence for " + name)
