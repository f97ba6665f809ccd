"""Which standard does a MIME type mean?"""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from cpo_probes.exchange.names.label_words import words_of

_MEDIA = ("audio", "font", "video")


class MimeNames:
    """Lookup over the MIME types of standards."""

    def __init__(self, phrases: Mapping[tuple[str, ...], set[str]], vague: Collection[str]) -> None:
        """`phrases`: the words of names, and whose they are; `vague`: words that mean something else too."""
        self._phrases = phrases
        self._vague = vague
        self._known: dict[str, str] = {}
        self._globs: list[tuple[str, str]] = []

    def add(self, mime: str, standard: str) -> None:
        """Of two standards that have the same type the first one counts."""
        if "*" in mime:
            self._globs.append((mime.lower(), standard))
        else:
            self._known.setdefault(mime.lower(), standard)

    def owner(self, mime: str, carriers: Collection[str]) -> str | None:
        """The standard of a MIME type; parameters are ignored.

        One that was never registered (`x-`, RFC 6838, 3.4) means the format whose name it is: `application/x-gpx+xml`.
        """
        wanted = mime.partition(";")[0].strip().lower()
        found = self._known.get(wanted)
        if found is None:
            found = next((standard for glob, standard in self._globs if fnmatchcase(wanted, glob)), None)
        kind, _, private = wanted.partition("/x-")
        name = private.partition("+")[0]
        if found is not None or kind in _MEDIA or not name or name in self._vague:
            return found
        owners = self._phrases.get(tuple(words_of(name)), set()).difference(carriers)
        return next(iter(owners)) if len(owners) == 1 else None


def is_foreign(mime: str) -> bool:
    """Is a MIME type that no standard has so definite that its suffix means something else here (`odb`, `pcd`)?"""
    kind, _, name = mime.lower().partition("/")
    return kind in ("image", *_MEDIA) or name.startswith("vnd.")
