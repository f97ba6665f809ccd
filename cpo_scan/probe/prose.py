"""The running text of a document, whatever it is written in: with headings, pages and places to cite.

`Context.prose` is the one reader of documents for all probes; the modules `prose_*` beside this one know the formats.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.targets.errors import Unreadable

BREAK = "\u2029"
"""Ends a block (paragraph, cell, item) in a text that has no lines of its own: paragraph separator of Unicode."""
MOST_BYTES = 8 * 2**20
"""Of a document in markup so much is read: a large manual on one page."""
MOST_PLAIN = 2 * 2**20
"""Of plain text so much is read; what is longer is data or a dump."""
MOST_TEXT = 16 * 2**20
"""Characters of running text that a packed document (PDF, office) may give."""
MOST_HEADINGS = 20_000
MOST_LINKS = 50_000
"""Links of one document that are kept."""
MOST_ANCHORS = 100_000
"""Names of places in one document that are kept: an index of a large reference has some ten thousand."""


class Heading(msgspec.Struct, frozen=True):
    """A heading: where it stands in the text, its level from 1 (7: the term of a list or the caption of a table)."""

    at: int
    level: int
    text: str


class Mark(msgspec.Struct, frozen=True):
    """From this place of the text on, this is where it comes from: keys of `Locator`."""

    at: int
    place: dict[str, Any]


class Section(msgspec.Struct, frozen=True):
    """The text under one heading, up to the next one: `text[start:end]` of the prose."""

    heading: str
    start: int
    end: int


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of HTML shows beside its text. `words` are those of running text, links and code left out."""

    words: int = 0
    linked_words: int = 0
    scripts: int = 0
    controls: int = 0
    frames: bool = False
    bare: str = ""
    """Text and tags outside of scripts and code, in lower case."""


class Prose(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says. Lines of `text` are those of the file where `lined`; else blocks end with U+2029."""

    text: str = ""
    title: str = ""
    language: str = ""
    """As the document declares it (a language tag), not as its words show it."""
    kind: str = ""
    """What a package holds, where its format does not say it: docx, pptx, xlsx, odt, …"""
    headings: tuple[Heading, ...] = ()
    marks: tuple[Mark, ...] = ()
    links: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    """Names of places in the document that a link may lead to."""
    whole: bool = True
    """All of the document was read; else `gaps` say what was left out, or it was cut at a limit."""
    lined: bool = False
    face: Face | None = None
    gaps: tuple[Unreadable, ...] = ()

    def place(self, at: int) -> dict[str, Any]:
        """Keys of `Locator` for a place of the text: a line, a page, the name of a part; none where it has none."""
        if self.lined:
            return {"line": self.text.count("\n", 0, at) + 1}
        found: dict[str, Any] = {}
        for mark in self.marks:
            if mark.at > at:
                break
            found = mark.place
        return found

    def sections(self) -> Iterator[Section]:
        """The text by its headings (terms and captions divide nothing). What stands before the first is the title's."""
        start, name = 0, self.title
        for heading in self.headings:
            if heading.level > 6:
                continue
            if heading.at > start:
                yield Section(name, start, heading.at)
            start, name = heading.at, heading.text
        if start < len(self.text):
            yield Section(name, start, len(self.text))


def folded(text: str, most: int = 200) -> str:
    """Text with single spaces, cut to so many characters: a title or a heading."""
    return " ".join(text[: 8 * most].split())[:most]


def sentence(text: str, at: int, end: int, most: int) -> str:
    """The sentence around a place of a text, folded; at most so many characters to either side."""
    first, last = max(0, at - most), min(len(text), end + most)
    start = at
    while start > first and not _breaks(text, start - 1):
        start -= 1
    stop = end
    while stop < last and not _breaks(text, stop):
        stop += 1
    return " ".join(text[start : stop + 1].replace(BREAK, " ").split())


_BULLETS = "*+-\u2022\u00b7\u2013\u2014#|="
_SENTENCE_ENDS = ".!?\u3002\uff01\uff1f"


def _breaks(text: str, at: int) -> bool:
    """Does a sentence end with the character at this place? Blank lines, items of a list and ends of blocks end one."""
    character = text[at]
    if character == BREAK:
        return True
    if character == "\n":
        after = text[at + 1 : at + 40].lstrip(" \t")
        return after[:1] == "\n" or (after[:1] in _BULLETS and after[1:2] in (" ", "\t", after[:1], ""))
    return character in _SENTENCE_ENDS and text[at + 1 : at + 2].isspace()


class Writer:
    """Puts a prose together from blocks."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.size = 0
        self.headings: list[Heading] = []
        self.marks: list[Mark] = []

    @property
    def full(self) -> bool:
        """No more text is taken."""
        return self.size >= MOST_TEXT

    def mark(self, **place: Any) -> None:
        """What follows comes from there."""
        self.marks.append(Mark(self.size, place))

    def block(self, text: str, level: int = 0) -> None:
        """A paragraph; with a level it is a heading."""
        text = text.replace(BREAK, " ").strip()[: max(0, MOST_TEXT - self.size)]
        if not text:
            return
        if level and len(self.headings) < MOST_HEADINGS:
            self.headings.append(Heading(self.size, level, folded(text)))
        self._pieces += (text, BREAK)
        self.size += len(text) + 1

    def text(self) -> str:
        """All blocks."""
        return "".join(self._pieces)
