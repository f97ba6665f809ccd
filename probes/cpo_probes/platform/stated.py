"""Options that documents state: names in sections about requirements and support, and nowhere else.

That a document names a system is the vendor's word; whether programs for it are shipped, the binaries show.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from cpo_probes.platform.release_lists import REACH, ReleaseLists
from cpo_scan.probe import Artifact
from cpo_scan.probe.document_places import READING_ROLES, Places, stem_of
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.phrases import Phrases, parts_of, phrase, plain_words
from cpo_scan.probe.prose import Prose, sentence

_AROUND = 160  # characters of the sentence that is looked at and cited, to either side
_SECTION = 60_000  # characters of a section that are looked at: tables of large suites are long
_KNOWN = 4_096  # headings of which is kept what they are about: pages of one generator have the same ones
_PLACES = 2_000  # names in one document that are looked at


class Stated(msgspec.Struct, frozen=True):
    """An option that a document states: class, name, a release right behind the name, the sentence, its place."""

    kind: str
    name: str
    version: str
    said: str
    at: int


class _Name(NamedTuple):
    kind: str
    name: str
    sure: bool
    edition: bool


class StatedOptions:
    """Finds them by the table of `rules/data/platforms.yaml`."""

    def __init__(self, table: dict[str, Any], documentation: dict[str, Any]) -> None:
        rules = table["documents"]
        self._places = Places(documentation)
        self.formats = frozenset(rules["formats"])
        self._files = Phrases(rules["names"])
        self._endings: list[str] = rules["endings"]
        self._about = {kind: Phrases(words) for kind, words in rules["about"].items()}
        self._alone = {kind: frozenset(map(phrase, words)) for kind, words in rules["alone"].items()}
        self._about_which = lru_cache(_KNOWN)(self._decide)
        self._kinds = frozenset(row["class"] for row in table["options"])
        self._releases = ReleaseLists(rules["releases"])
        self._unless = Phrases(rules["unless"])
        self._names: dict[str, _Name] = {}
        for row in table["options"]:
            for sure, words in ((True, row.get("says", ())), (False, row.get("beside", ()))):
                for word in words:
                    self._names[word] = _Name(row["class"], row["name"], sure, word in row.get("editions", ()))
        longest = sorted(self._names, key=lambda word: (-len(word), word))
        self._pattern = rf"\b(?:{'|'.join(map(_escaped, longest))})\b"

    def is_document(self, artifact: Artifact) -> bool:
        """May the artifact state options? It lies in a documentation folder, or its name says what it is."""
        if artifact.format not in self.formats or not artifact.size:
            return False
        stem = stem_of(artifact.path)
        words = phrase(stem)
        named = self._files.any(words, frozenset(words.split()))
        if artifact.format == "text" and not named and artifact.name.lower().rpartition(".")[2] not in self._endings:
            return False
        place = self._places.place(artifact.path, documentation=artifact.role in READING_ROLES)
        return place is not None and (place.anchor is not None or named) and (named or not self._places.legal(stem))

    def found(self, prose: Prose) -> Iterator[Stated]:
        """Each option that the document states, with each version; the first place of it."""
        seen: set[tuple[str, str, str]] = set()
        left = _PLACES
        every = self._about_which(prose.title)
        for section in prose.sections():
            kinds = every | self._about_which(section.heading)
            if not kinds:
                continue
            text = prose.text[section.start : min(section.end, section.start + _SECTION)]
            for stated in self._in(text, kinds):
                left -= 1
                if left < 0:
                    return
                key = (stated.kind, stated.name, stated.version)
                if key not in seen:
                    seen.add(key)
                    yield msgspec.structs.replace(stated, at=stated.at + section.start)

    def _decide(self, heading: str) -> frozenset[str]:
        """Classes of options that a section with this heading, or a document with this title, may state."""
        said = phrase(heading)
        words, parts = frozenset(said.split()), parts_of(heading)
        kinds = {kind for kind, about in self._about.items() if about.any(said, words)}
        kinds |= {kind for kind, alone in self._alone.items() if not alone.isdisjoint(parts)}
        return self._kinds if "all" in kinds else frozenset(kinds)

    def _in(self, text: str, kinds: frozenset[str]) -> Iterator[Stated]:
        for match in compile_pattern(self._pattern, text=True).finditer(text):
            name = self._names[match.group()]
            if name.kind not in kinds or _in_an_identifier(text, match.start(), match.end()):
                continue
            said = sentence(text, match.start(), match.end(), _AROUND)
            low = plain_words(said)
            if self._unless.any(low, frozenset(low.split())):
                continue
            if not name.sure and not self._beside(said, name):
                continue
            before = f"{match.group()} " if name.edition else ""
            for release in self._releases.behind(text[match.end() : match.end() + REACH]) or [""]:
                yield Stated(name.kind, name.name, f"{before}{release}" if release else "", said, match.start())

    def _beside(self, said: str, name: _Name) -> bool:
        """Does another option of the class stand in the sentence?"""
        others = (self._names[match.group()] for match in compile_pattern(self._pattern, text=True).finditer(said))
        return any(other.kind == name.kind and other.name != name.name for other in others)


def _in_an_identifier(text: str, start: int, end: int) -> bool:
    """Is the name a part of a path, an address, a variable or a call?"""
    before, behind = text[max(0, start - 1) : start], text[end : end + 2]
    return (
        before in tuple("._/-$@\\#:'\"`")
        or behind[:1] in tuple("_/(-'\"`")
        or (behind[:1] in (".", ":") and behind[1:].isalnum())
    )


def _escaped(word: str) -> str:
    return "".join(sign if sign.isalnum() or sign in " _-" else f"\\{sign}" for sign in word)
