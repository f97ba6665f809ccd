"""What the place of a document says: does it lie in a documentation folder, in which, and in which language?"""

from typing import Any

import msgspec

from cpo_scan.probe.phrases import phrase

READING_ROLES = ("docs", "capture")
"""Roles of deliverables that are there to hold documentation: their top is a documentation folder."""

_MOST_KNOWN = 4_096  # folders whose place is kept: pages lie together


class Place(msgspec.Struct, frozen=True):
    """Where a page lies: its folder, the documentation folder around it (None where there is none), its language."""

    folder: tuple[str, ...]
    anchor: tuple[str, ...] | None
    language: str = ""


class Places:
    """Judges paths by the table of `rules/data/documentation.yaml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        places, names = table["places"], table["names"]
        self._documentation = frozenset(places["documentation"])
        self._parents = sorted(
            (tuple(parent.split("/")) for parent in places["package_parents"]), key=len, reverse=True
        )
        self._programs, self._tests = frozenset(places["programs"]), frozenset(places["tests"])
        self._legal = [phrase(word) for word in names["legal"]]
        self._alone = [phrase(word) for word in names["alone_no_set"]]
        self._books = [phrase(word) for word in names["books"]]
        self._entry = {name: number for number, name in enumerate(names["entry"])}
        self._languages = frozenset(table["languages"])
        self._known: dict[tuple[str, bool], Place | None] = {}

    def place(self, path: str, *, documentation: bool = False) -> Place | None:
        """The place of a page; None where pages are none of the product's documentation.

        `documentation`: the deliverable is there to hold documentation, so its top is a documentation folder.
        """
        folder = folder_of(path)
        key = ("/".join(folder), documentation)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._place(folder, documentation)
        return self._known[key]

    def _place(self, folder: list[str], documentation: bool) -> Place | None:
        plain = [_plain(segment) for segment in folder]
        at = self._anchor(plain)
        anchor = tuple(folder[:at]) if at is not None else () if documentation else None
        before = plain[: at or 0] if anchor is not None else plain
        if not self._tests.isdisjoint(before) or (anchor is None and not self._programs.isdisjoint(plain)):
            return None
        language = ""
        for segment in plain[len(anchor) if anchor is not None else len(plain) :]:
            language = language or self.language(segment)
        return Place(tuple(folder), anchor, language)

    def language(self, tag: str) -> str:
        """The ISO 639-1 code of a language tag such as de-DE, zh_TW; empty where it is none."""
        code, _, rest = tag.replace("_", "-").partition("-")
        return code.lower() if code.lower() in self._languages and len(rest) <= 8 else ""

    def legal(self, text: str) -> bool:
        """Is it a licence, a notice, a list of authors?"""
        return _any(self._legal, text)

    def alone_no_set(self, path: str) -> bool:
        """Is it a page that every package has: README, CHANGELOG, …?"""
        return _any(self._alone, stem_of(path))

    def book(self, path: str) -> bool:
        """Does the name say that this is a manual?"""
        return _any(self._books, stem_of(path))

    def entry(self, path: str) -> tuple[int, int, str]:
        """Sorts pages so that the one that a reader opens first comes first."""
        name = path.rpartition("/")[2].lower()
        return self._entry.get(name, len(self._entry)), path.count("/"), path

    def is_entry(self, path: str) -> bool:
        """Is it called like the page that a reader opens first?"""
        return path.rpartition("/")[2].lower() in self._entry

    def _anchor(self, plain: list[str]) -> int | None:
        """Number of segments that lead to the documentation folder, itself included."""
        for parent in self._parents:
            for start in range(len(plain) - len(parent)):
                if tuple(plain[start : start + len(parent)]) == parent:
                    return start + len(parent) + 1
        for number, segment in enumerate(plain):
            if segment in self._documentation:
                return number + 1
        for number in range(len(plain), 0, -1):
            if not self._documentation.isdisjoint(phrase(plain[number - 1]).split()):
                return number
        return None


def folder_of(path: str) -> list[str]:
    """Segments of the folder of a file. A compressed file is no folder: `x.1.gz!/x.1` lies where `x.1.gz` lies."""
    container, _, name = path.rpartition("!/")
    if container and container.rpartition("/")[2].startswith(f"{name}."):
        return container.split("/")[:-1]
    return path.split("/")[:-1]


def stem_of(path: str) -> str:
    """The name of a file without its extension."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def joined(segments: tuple[str, ...]) -> str:
    """Segments as a path of the report; an archive as a whole is its own path."""
    return "/".join(segments).removesuffix("!")


def common(folders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The deepest folder that holds all of these."""
    low, high = min(folders), max(folders)
    number = 0
    while number < min(len(low), len(high)) and low[number] == high[number]:
        number += 1
    return low[:number]


def _plain(segment: str) -> str:
    """A segment in lower case; an archive without its extension."""
    return (segment[:-1].rpartition(".")[0] or segment[:-1] if segment.endswith("!") else segment).lower()


def _any(phrases: list[str], text: str) -> bool:
    words = phrase(text)
    return any(each in words for each in phrases)
