"""Do symbols of a program match the rules of a library? C++ names as compilers write them, C functions as globs."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from cpo_scan.probe import which
from cpo_scan.probe.binaries import Binary

DIRECTIONS = ("import", "export", "either")
_MOST_NAMES = 10_000  # of libraries that programs need, whose rows are kept


class Hit(msgspec.Struct, frozen=True):
    """A symbol that shows something: which way, and whether the file uses or offers it."""

    symbol: bytes
    direction: str  # import, export, either
    used: bool


class SymbolRules:
    """The symbol rules of all libraries, over the dynamic symbols of one file."""

    def __init__(self, libraries: Sequence[dict[str, Any]]) -> None:
        self._rows = [
            (row, [anchor.encode() for anchor in row["anchor"]], [(way, _Name(name)) for way, name in _names(row)])
            for row in libraries
        ]
        self._anchors = frozenset(anchor for _, anchors, _ in self._rows for anchor in anchors)
        self._libraries = [(glob, row) for row in libraries for glob in row.get("library", ())]
        self._needed: dict[str, tuple[dict[str, Any], ...]] = {}

    def hits(self, binary: Binary) -> list[tuple[dict[str, Any], list[Hit]]]:
        """The rows of which at least one symbol is there, with those symbols, sorted."""
        joined_names = ((True, b"\0".join(binary.imported)), (False, b"\0".join(binary.exported)))
        tables = [(used, joined, which(joined, self._anchors)) for used, joined in joined_names]
        found = []
        for row, anchors, wanted in self._rows:
            hits = [
                Hit(name, way, used)
                for used, joined, there in tables
                for name in _holding(joined, [anchor for anchor in anchors if anchor in there])
                for way, want in wanted
                if want.matches(name)
            ]
            if hits:
                found.append((row, sorted(hits, key=lambda hit: (hit.direction, not hit.used, hit.symbol))))
        return found

    def needed(self, library: str) -> tuple[dict[str, Any], ...]:
        """The rows of a library that a program needs, by its name without its version."""
        rows = self._needed.get(library)
        if rows is None:
            fitting = {id(row): row for glob, row in self._libraries if fnmatchcase(library, glob)}
            rows = tuple(fitting.values())
            if len(self._needed) < _MOST_NAMES:
                self._needed[library] = rows
        return rows


def _holding(joined: bytes, anchors: list[bytes]) -> Iterable[bytes]:
    """Of names joined by zeros those that hold one of the anchors, in their order; mostly there is none."""
    found: dict[int, int] = {}
    for anchor in anchors:
        place = joined.find(anchor)
        while place >= 0:
            begin, end = joined.rfind(b"\0", 0, place) + 1, joined.find(b"\0", place)
            found[begin] = end = end if end >= 0 else len(joined)
            place = joined.find(anchor, end)
    return [joined[begin:end] for begin, end in sorted(found.items())]


def _names(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(way, name) for way in DIRECTIONS for name in row.get(way, ())]


class _Name:
    """One name of the rules: a C++ class or function (`space::Class::method`), or a C function as a glob."""

    def __init__(self, name: str) -> None:
        parts = name.split("::")
        self._function = name
        self._glob = any(character in name for character in "*?[")
        self._plain = name.encode()
        # Itanium C++ ABI 5.1.2: <length><identifier>, one after the other
        self._itanium = "".join(f"{len(part)}{part}" for part in parts).encode()
        # Microsoft: identifier, then its scopes from the inside out, each ended by @, the list by another
        self._microsoft = ("@".join(reversed(parts)) + "@@").encode()

    def matches(self, symbol: bytes) -> bool:
        """Does the symbol mean, or take apart, what this name names?"""
        if self._glob:
            return fnmatchcase(symbol.decode("latin-1"), self._function)
        if symbol == self._plain:
            return True
        if symbol.startswith((b"_Z", b"__Z")):
            place = symbol.find(self._itanium)
            return place > 0 and not symbol[place - 1 : place].isdigit()
        if symbol.startswith((b"?", b".?")):
            place = symbol.find(self._microsoft)
            return place > 0 and (
                symbol[place - 1 : place] in (b"?", b"@")
                or symbol[place - 3 : place - 1] == b"??"
                or symbol[place - 2 : place] in (b"AV", b"BV", b"PV", b"QV")
            )
        return False
