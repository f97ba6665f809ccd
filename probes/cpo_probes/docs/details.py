"""What a document states beyond its topics: sections whose heading and words say so, by rules that are data.

A rule holds for a section (the text under one heading, in pieces of some thousand characters) when its heading or the
title has one of `about`, every group of `says` has a word in it, so many groups of `some` have one, there are so many
version numbers, and a pattern is met. It shows that the thing is stated, and never that it is right or complete. Cited
are as few sentences as show all of that together.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.phrases import Phrases, phrase, plain_words
from cpo_scan.probe.prose import BREAK, Prose, sentence

_PIECE = 5_000  # characters of a section that are looked at together
_AROUND = 160  # characters of the sentence that is cited
_PHRASES = 8  # of a group that are looked for, to find the sentence that shows most
_TIMES = 4  # places of a phrase that are looked at
_NUMBER = r"\b[0-9]{1,4}\.[0-9]{1,4}\b"


class Said(msgspec.Struct, frozen=True):
    """A sentence, and where what it shows begins in the text."""

    text: str
    at: int


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

    def found(self, prose: Prose, name: str) -> Iterator[tuple[str, tuple[Said, ...]]]:
        """What the document states: id, and the sentences that show it, the most telling first; each once.

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
                    yield rule.id, tuple(_cited(prose.text, start, piece, shown))


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


_Span = tuple[int, int]


def _holds(rule: _Rule, piece: str, text: str, words: frozenset[str]) -> list[list[str] | _Span] | None:
    """What shows that the rule holds, one row for each thing that it asks for: phrases of which one is enough, or a
    place. None where it does not hold."""
    asked: list[list[str] | _Span] = []
    for group in rule.says:
        found = list(islice(group.found(text, words), _PHRASES))
        if not found:
            return None
        asked.append(found)
    some = [found for group in rule.some if (found := list(islice(group.found(text, words), _PHRASES)))]
    if len(some) < rule.least:
        return None
    if rule.numbers and _count(_NUMBER, piece, rule.numbers) < rule.numbers:
        return None
    asked += some
    if rule.pattern:
        match = compile_pattern(rule.pattern, text=True).search(piece)
        if match is None:
            return None
        asked.append(match.span())
    return asked


def _cited(text: str, start: int, piece: str, asked: list[list[str] | _Span]) -> Iterator[Said]:
    """The sentences of a piece that show all that is asked for: first the one that shows most, then what is left."""
    low = piece.lower()
    shows: dict[str, tuple[int, set[int]]] = {}
    for number, row in enumerate(asked):
        spans = [row] if isinstance(row, tuple) else [span for shown in row for span in _places(low, shown)]
        for at, stop in spans:
            said = sentence(text, start + at, start + stop, _AROUND)
            first, numbers = shows.setdefault(said, (start + at, set()))
            shows[said] = (min(first, start + at), numbers | {number})
    left = set(range(len(asked)))
    while left:
        said, (at, numbers) = min(shows.items(), key=lambda item: (-len(item[1][1] & left), item[1][0], item[0]))
        if left.isdisjoint(numbers):
            return
        yield Said(said, at)
        left -= numbers


def _count(pattern: str, piece: str, most: int) -> int:
    count = 0
    for _ in compile_pattern(pattern, text=True).finditer(piece):
        count += 1
        if count >= most:
            break
    return count


def _places(low: str, shown: str) -> Iterator[_Span]:
    """Where a phrase stands in a piece in lower case; what is between its words may be any signs."""
    words = shown.split()
    at, count, tries = low.find(words[0]), 0, 0
    while at >= 0 and count < _TIMES and tries < _PIECE // 8:
        tries += 1
        stop = at + len(words[0])
        if not low[at - 1 : at].isalnum():
            for word in words[1:]:
                following = low.find(word, stop, stop + len(word) + 8)
                if following < 0 or any(map(str.isalnum, low[stop:following])):
                    break
                stop = following + len(word)
            else:
                if not low[stop : stop + 1].isalnum():
                    count += 1
                    yield at, stop
        at = low.find(words[0], at + 1)
