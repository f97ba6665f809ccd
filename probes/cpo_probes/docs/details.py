"""What a document states beyond its topics: sections whose heading and words say so, by rules that are data.

A rule holds for a section (the text under one heading, in pieces of some thousand characters) when its heading or the
title has one of `about`, every group of `says` has a word in it, so many groups of `some` have one, there are so many
version numbers, and a pattern is met. It shows that the thing is stated, and never that it is right or complete.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.phrases import Phrases, phrase, plain_words
from cpo_scan.probe.prose import BREAK, Prose, sentence

_PIECE = 5_000  # characters of a section that are looked at together
_AROUND = 160  # characters of the sentence that is cited
_NUMBER = r"\b[0-9]{1,4}\.[0-9]{1,4}\b"


class _Rule(msgspec.Struct, frozen=True):
    id: str
    about: Phrases | None
    says: tuple[Phrases, ...]
    some: tuple[Phrases, ...]
    least: int
    numbers: int
    pattern: str


class Details:
    """The rules, ready to be looked for."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._rules = tuple(
            _Rule(
                id=name,
                about=Phrases(row["about"]) if "about" in row else None,
                says=tuple(Phrases(words) for words in row.get("says", ())),
                some=tuple(Phrases(words) for words in row.get("some", ())),
                least=row.get("least", 0),
                numbers=row.get("numbers", 0),
                pattern=row.get("pattern", ""),
            )
            for name, row in sorted(table.items())
        )

    def found(self, prose: Prose, name: str) -> Iterator[tuple[str, str, int]]:
        """What the document states: id, the sentence that shows it, and where it begins; each once.

        `name` is that of the file.
        """
        low = prose.text.lower()
        # A rule that looks into every section has to be possible at all.
        left = [rule for rule in self._rules if rule.about is not None or all(one.possible(low) for one in rule.says)]
        around = phrase(name) + plain_words(prose.title)
        for heading, start, end in _pieces(prose):
            if not left:
                return
            above = around + plain_words(heading) if heading else around
            above_words = frozenset(above.split())
            wanted = [rule for rule in left if rule.about is None or rule.about.any(above, above_words)]
            if not wanted:
                continue
            piece = prose.text[start:end]
            text = plain_words(piece)
            words = frozenset(text.split())
            for rule in wanted:
                shown = _holds(rule, piece, text, words)
                if shown is not None:
                    left.remove(rule)
                    at, stop = _place(piece, shown)
                    yield rule.id, sentence(prose.text, start + at, start + stop, _AROUND), start + at


def _pieces(prose: Prose) -> Iterator[tuple[str, int, int]]:
    """Heading, start and end of pieces of the sections; long sections are cut where a block or line ends."""
    for section in prose.sections():
        start = section.start
        while start < section.end:
            end = min(section.end, start + _PIECE)
            if end < section.end:
                cut = max(prose.text.rfind(BREAK, start, end), prose.text.rfind("\n", start, end))
                end = cut + 1 if cut > start else end
            yield section.heading, start, end
            start = end


def _holds(rule: _Rule, piece: str, text: str, words: frozenset[str]) -> str | None:
    """The phrase that shows it best, None where the rule does not hold."""
    shown: str | None = None
    for group in rule.says:
        found = next(group.found(text, words), None)
        if found is None:
            return None
        shown = shown or found
    some = [found for group in rule.some if (found := next(group.found(text, words), None)) is not None]
    if len(some) < rule.least:
        return None
    if rule.numbers and _count(_NUMBER, piece, rule.numbers) < rule.numbers:
        return None
    if rule.pattern and compile_pattern(rule.pattern, text=True).search(piece) is None:
        return None
    return some[0] if some else shown


def _count(pattern: str, piece: str, most: int) -> int:
    count = 0
    for _ in compile_pattern(pattern, text=True).finditer(piece):
        count += 1
        if count >= most:
            break
    return count


def _place(piece: str, shown: str) -> tuple[int, int]:
    """Where a phrase stands in a piece, as good as its words tell."""
    low, wanted = piece.lower(), shown.strip()
    at = low.find(wanted)
    if at >= 0:
        return at, at + len(wanted)
    first = wanted.split(" ", 1)[0]
    at = max(0, low.find(first))
    return at, at + len(first)
