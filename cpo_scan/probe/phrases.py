"""Words of names and texts, so that what tables say can be looked for in them: lower case, one space between."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

_KNOWN = 4_096  # phrases that are kept: names of files and headings come again and again
_RUN_TOGETHER = re.compile("[A-Z]+[a-z]*|[a-z]+")
# Letters from U+0E00 on; punctuation, arrows and other symbols between are none.
_DENSE = re.compile("[\u0e00-\u1fff\u2071-\u218f\u2c00-\U0010ffff]")
# A word of a name: letters and digits, and what joins them in the names of standards.
_NAME_WORD = re.compile("[0-9A-Za-z]+(?:[+#_/-][0-9A-Za-z]+)*")

_QUALIFIED_WORD = re.compile("[A-Za-z_][0-9A-Za-z_.$+-]*")


@lru_cache(_KNOWN)
def phrase(text: str) -> str:
    """Text as lower-case words with one space between and around them, so that `" words "` can be looked for in it."""
    # `readMe2` is read, me: names of files run their words together.
    return f" {' '.join(_RUN_TOGETHER.findall(text)).lower() if text.isascii() else ' '.join(_words(text))} "


def dense(text: str) -> bool:
    """May there be letters of scripts that set no words apart, or of others from U+0E00 on?"""
    if text.isascii():
        return False
    # Most texts have no more than these beside ASCII, and a look for them costs a tenth.
    rest = text.replace("\u2029", " ").replace("\u00a0", " ")
    return not rest.isascii() and _DENSE.search(rest) is not None


def name_words(text: str) -> list[str]:
    """The words of a text as they stand in names of standards: `ISO`, `10303-242`, `C++` without its signs."""
    return _NAME_WORD.findall(text)


def qualified_words(text: str) -> frozenset[str]:
    """The different words of a text that may be names of programs, with the signs that join their parts:
    `org.example.Reader`, `acme-tools`; ASCII alone."""
    return frozenset(word.rstrip(".-+$") for word in set(_QUALIFIED_WORD.findall(text)))


def name_spans(text: str) -> list[tuple[int, int]]:
    """Where `name_words` stand: start and end of each."""
    return [match.span() for match in _NAME_WORD.finditer(text)]


_JOINS = str.maketrans(dict.fromkeys("/&|,;:·•–—()", "\n"))
_JOINING = (" and ", " und ", " or ", " oder ")


def parts_of(title: str) -> frozenset[str]:
    """A title as `phrase` writes it, and each thing that it names: `Installation and platforms – Acme` names three."""
    pieces = title.translate(_JOINS).replace(" - ", "\n").split("\n")
    found = {phrase(title)}
    for piece in pieces:
        words = phrase(piece)
        for joining in _JOINING:
            words = words.replace(joining, "\n")
        found |= {f" {part.strip()} " for part in words.split("\n") if part.strip()}
    return frozenset(found)


def count_words(text: str) -> int:
    """Words of at least two letters; in scripts that set no words apart (Chinese, Japanese, Thai), two characters."""
    if not dense(text):
        return sum(
            count
            for word, count in Counter(text.split()).items()
            if len(word) > 1 and word[0] < "\u0e00" and (word.isalpha() or any(map(str.isalpha, word)))
        )
    letters = sum(1 for character in text if character >= "\u0e00" and character.isalpha())
    return letters // 2 + sum(
        1 for word in text.split() if len(word) > 1 and word[0] < "\u0e00" and any(map(str.isalpha, word))
    )


# What parts words of a running text. `_` does not: an identifier is one word, and no phrase.
_ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalpha() and chr(code) != "_"}
_OTHER_SIGNS = (
    "\u2029\u00a0\u00ab\u00b4\u00b7\u00bb\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2022\u2026"
    "\u2028\u202f\u3000\u3001\u3002\uff0c\uff1a"
)
_BETWEEN_SIGNS = re.compile(rf"[^\s{re.escape(''.join(map(chr, _ASCII_SIGNS)))}]+")


def plain_words(text: str) -> str:
    """A running text as lower-case words with one space between and around them. Unlike `phrase` it parts no words
    that run together, and takes the time of a copy."""
    low = text.lower()
    if not low.isascii():
        for sign in _OTHER_SIGNS:
            low = low.replace(sign, " ")
    # The table is quick for ASCII alone.
    return f" {' '.join(low.translate(_ASCII_SIGNS).split() if low.isascii() else _BETWEEN_SIGNS.findall(low))} "


class Phrases:
    """Looks for many phrases at once in a text that `plain_words` or `phrase` gave."""

    def __init__(self, phrases: "Iterator[str] | tuple[str, ...] | list[str]") -> None:
        self._by_first: dict[str, list[str]] = {}
        for each in phrases:
            words = phrase(each)
            self._by_first.setdefault(words.split(" ", 2)[1], []).append(words)
        self._first = frozenset(self._by_first)
        # One word of each: where none of them stands, no phrase does.
        self._telling = {max(each.split(), key=len, default="") for row in self._by_first.values() for each in row}

    def possible(self, low: str) -> bool:
        """A quick look at a text in lower case: false where none of them can stand in any part of it."""
        return any(word in low for word in self._telling)

    def found(self, text: str, words: frozenset[str]) -> Iterator[str]:
        """Those that stand in the text, as `phrase` writes them, in the order given; `words` are those of the text."""
        if words.isdisjoint(self._first):
            return
        for first, phrases in self._by_first.items():
            if first in words:
                yield from (each for each in phrases if each in text)

    def any(self, text: str, words: frozenset[str]) -> bool:
        """Does one of them stand there?"""
        return not words.isdisjoint(self._first) and next(self.found(text, words), None) is not None


def _words(text: str) -> Iterator[str]:
    word: list[str] = []
    last = ""
    for character in text:
        if character.isalpha() and not (character.isupper() and last.islower()):
            word.append(character.lower())
        else:
            if word:
                yield "".join(word)
            word = [character.lower()] if character.isalpha() else []
        last = character
    if word:
        yield "".join(word)
