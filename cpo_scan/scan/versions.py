"""What made the facts: our version and those of the libraries that parse or check."""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from cpo_scan import __version__
from cpo_scan.model.report import Tool

# Libraries that only make us faster are left out: with and without them the facts are the same.
_LIBRARIES = ("jsonschema-rs", "lxml", "msgspec", "PyYAML", "tree-sitter", "tree-sitter-python", "zstandard")


@cache
def tool() -> Tool:
    """The `tool` section of the body."""
    libraries = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in _LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    return Tool(version=__version__, libraries=libraries)
