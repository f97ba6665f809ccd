"""The syntax of patterns: the subset that `cpo_scan.probe.patterns` takes, parsed, and what can be said about a pattern
without running it: which characters come first, and whether each choice is decided by the next one."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, NoReturn, assert_never

MOST_REPEATS = 1000  # RE2 refuses more (re2.h, max repeat)
LATIN = 256
BEYOND = 1 << LATIN  # one bit for all code points above Latin-1
_ALL = (BEYOND << 1) - 1


class PatternError(ValueError):
    """A pattern is outside of the subset. The message is one line: what, and where in the pattern."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    mask: int  # bit n: code point n; bit 256: everything above


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place: start, end, start or end of a line, edge of a word."""

    kind: Literal["start", "end", "line_start", "line_end", "word"]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The first that leads to a match."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A part that is remembered."""

    body: "Node"
    name: str | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A body from `low` to `high` times; greedy, lazy (`?`) or possessive (`+`)."""

    body: "Node"
    low: int
    high: int | None
    mode: Literal["", "?", "+"]
    at: int


Node = Chars | Assertion | Sequence | Alternatives | Group | Repeat


def _mask(characters: str) -> int:
    return sum(1 << ord(character) for character in set(characters))


_DIGIT = _mask("0123456789")
_WORD = _DIGIT | _mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACE = _mask(" \t\n\r\f\v")
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_ASSERTS = {"A": Assertion("start"), "Z": Assertion("end"), "b": Assertion("word")}
_SPECIAL = r"\.[](){}*+?|^$"


class _Parser:
    def __init__(self, pattern: str, text: bool) -> None:
        self._pattern, self._at = pattern, 0
        self._all = _ALL if text else BEYOND - 1
        self._fold = pattern.startswith("(?i)")
        self._names: set[str] = set()
        if self._fold:
            self._at = 4

    def parse(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._pattern):
            self._refuse("a parenthesis that was never opened")
        return node

    def _refuse(self, what: str) -> NoReturn:
        raise PatternError(f"{what} at {self._at} of pattern {self._pattern!r}")

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _alternatives(self) -> Node:
        items = [self._sequence()]
        while self._take("|"):
            items.append(self._sequence())
        return items[0] if len(items) == 1 else Alternatives(tuple(items))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while (character := self._peek()) and character not in "|)":
            items.append(self._quantified(self._atom()))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _quantified(self, body: Node) -> Node:
        at, bounds = self._at, self._bounds()
        if bounds is None:
            return body
        low, high = bounds
        if isinstance(body, Assertion) or _nullable(body):
            self._refuse("a quantifier on what can match nothing")
        if low > MOST_REPEATS or (high is not None and not low <= high <= MOST_REPEATS) or high == 0:
            self._refuse(f"a count outside of 1 to {MOST_REPEATS}")
        mode: Literal["", "?", "+"] = "?" if self._take("?") else "+" if self._take("+") else ""
        if self._peek() and self._peek() in "*+?{":
            self._refuse("a quantifier on a quantifier")
        return Repeat(body, low, high, mode, at)

    def _bounds(self) -> tuple[int, int | None] | None:
        if self._take("*"):
            return 0, None
        if self._take("+"):
            return 1, None
        if self._take("?"):
            return 0, 1
        if self._peek() != "{":
            return None
        counts = re.compile(r"\{([0-9]{1,6})(,([0-9]{1,6})?)?\}").match(self._pattern, self._at)
        if counts is None:
            self._refuse("a brace that is no count (write it \\{)")
        self._at = counts.end()
        low = int(counts[1])
        return low, (int(counts[3]) if counts[3] else None) if counts[2] else low

    def _atom(self) -> Node:
        character = self._peek()
        self._at += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return Chars(self._class())
            case ".":
                return Chars(self._all & ~(1 << 10))
            case "^":
                return Assertion("line_start")
            case "$":
                return Assertion("line_end")
            case "\\":
                return self._escape()
            case _ if character in _SPECIAL:
                self._at -= 1
                self._refuse(f"{character!r} out of place")
            case _:
                return Chars(self._folded(self._bit(character)))

    def _group(self) -> Node:
        name, captures = None, True
        if self._take("?:"):
            captures = False
        elif self._take("?P<"):
            named = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,60})>").match(self._pattern, self._at)
            if named is None or named[1] in self._names:
                self._refuse("a name of a group that is none, or stands twice")
            name, self._at = named[1], named.end()
            self._names.add(name)
        elif self._peek() == "?":
            self._refuse("a group that is neither (…), (?:…) nor (?P<name>…)")
        body = self._alternatives()
        if not self._take(")"):
            self._refuse("a group that does not end")
        return Group(body, name) if captures else body if not isinstance(body, Group) else Sequence((body,))

    def _escape(self) -> Node:
        if self._peek() in _ASSERTS and self._peek():
            self._at += 1
            return _ASSERTS[self._pattern[self._at - 1]]
        return Chars(self._folded(self._escaped()))

    def _escaped(self) -> int:
        character = self._peek()
        self._at += 1
        if character.lower() in _CLASSES and character:
            mask = _CLASSES[character.lower()]
            return mask if character.islower() else self._all & ~mask
        if character == "x" and (digits := re.compile("[0-9a-fA-F]{2}").match(self._pattern, self._at)):
            self._at += 2
            return 1 << int(digits[0], 16)
        if character in _ESCAPES and character:
            return 1 << ord(_ESCAPES[character])
        if not character or character.isalnum():
            self._at -= 1
            self._refuse(f"the escape \\{character}")
        return self._bit(character)

    def _class(self) -> int:
        negated, mask, first = self._take("^"), 0, True
        while first or self._peek() != "]":
            first = False
            low, single = self._member()
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                high, other = self._member()
                if not (single and other) or high < low:
                    self._refuse("a range that is none")
                low = (high << 1) - low
            mask |= low
            if not self._peek():
                self._refuse("a class that does not end")
        self._at += 1
        mask = self._folded(mask)
        mask = self._all & ~mask if negated else mask
        if not mask or mask == BEYOND:
            self._refuse("a class that nothing below code point 256 can match")
        return mask

    def _member(self) -> tuple[int, bool]:
        character = self._peek()
        self._at += 1
        if character == "\\":
            mask = self._escaped()
            return mask, mask.bit_count() == 1
        if character in ("[", "]", ""):
            self._refuse("a bracket or an end inside a class (write \\[ or \\])")
        return self._bit(character), True

    def _bit(self, character: str) -> int:
        if ord(character) > 127:
            self._refuse("a character beyond ASCII (write \\xHH)")
        return 1 << ord(character)

    def _folded(self, mask: int) -> int:
        if not self._fold:
            return mask
        upper, lower = (mask >> 65) & (2**26 - 1), (mask >> 97) & (2**26 - 1)
        return mask | (upper | lower) << 65 | (upper | lower) << 97


# -- what can be said about it


def _nullable(node: Node) -> bool:
    match node:
        case Chars():
            return False
        case Assertion():
            return True
        case Sequence(items):
            return all(map(_nullable, items))
        case Alternatives(items):
            return any(map(_nullable, items))
        case Group(body, _):
            return _nullable(body)
        case Repeat(body, low, _, _, _):
            return low == 0 or _nullable(body)
        case _:
            assert_never(node)


def _first(node: Node, follow: int) -> int:
    """The characters that can come next where `node` starts; `follow` those that can come after it.

    An assertion on which the rest depends can hold at any place: it counts as everything.
    """
    match node:
        case Chars(mask):
            return mask
        case Assertion(kind):
            return 0 if kind == "end" else follow
        case Sequence(items):
            for item in reversed(items):
                follow = _first(item, follow)
            return follow
        case Alternatives(items):
            first = 0
            for item in items:
                first |= _first(item, follow)
            return first
        case Group(body, _):
            return _first(body, follow)
        case Repeat(body, low, _, _, _):
            return _first(body, follow) | (follow if low == 0 else 0)
        case _:
            assert_never(node)


def _decided(node: Node, follow: int) -> bool:
    """Is every choice in `node` decided by the next character? Then it matches in one way at most."""
    match node:
        case Chars() | Assertion():
            return True
        case Sequence(items):
            for item in reversed(items):
                if not _decided(item, follow):
                    return False
                follow = _first(item, follow)
            return True
        case Alternatives(items):
            seen = 0
            for item in items:
                first = _first(item, follow)
                if seen & first or not _decided(item, follow):
                    return False
                seen |= first
            return True
        case Group(body, _):
            return _decided(body, follow)
        case Repeat(body, low, high, _, _):
            first = _first(body, 0)
            return (low == high or not first & follow) and _decided(body, follow | (first if high != 1 else 0))
        case _:
            assert_never(node)


def _eager(node: Node) -> bool:
    """Does it take all it can? What is possessive must not settle for less: nothing lazy, no empty side first."""
    match node:
        case Chars() | Assertion():
            return True
        case Sequence(items):
            return all(map(_eager, items))
        case Alternatives(items):
            return all(map(_eager, items)) and not any(map(_nullable, items[:-1]))
        case Group(body, _):
            return _eager(body)
        case Repeat(body, _, _, mode, _):
            return mode != "?" and _eager(body)
        case _:
            assert_never(node)


def _check(node: Node, follow: int, open_end: bool, pattern: str) -> tuple[int, bool]:
    """Checks `node` before what `follow` and `open_end` (nothing has to come) describe; gives both for its start."""
    match node:
        case Chars(mask):
            return mask, False
        case Assertion(kind):
            # What was given back could make an assertion hold: nothing possessive may rest on it.
            return (0, True) if kind == "end" else (_ALL if open_end else follow, open_end)
        case Sequence(items):
            for item in reversed(items):
                follow, open_end = _check(item, follow, open_end, pattern)
            return follow, open_end
        case Alternatives(items):
            sides = [_check(item, follow, open_end, pattern) for item in items]
            first = 0
            for mask, _ in sides:
                first |= mask
            return first, any(side for _, side in sides)
        case Group(body, _):
            return _check(body, follow, open_end, pattern)
        case Repeat(body, low, high, mode, at):
            again = _first(body, 0) if high != 1 else 0
            if mode == "+" and not (_eager(body) and _decided(node, follow)):
                raise PatternError(
                    f"the possessive quantifier at {at} could have to give back (what follows must start otherwise)"
                    f" in pattern {pattern!r}"
                )
            if high != 1 and not _decided(body, again):
                raise PatternError(f"the loop at {at} can match one text in several ways in pattern {pattern!r}")
            first, empty = _check(body, follow | again, open_end, pattern)
            return (first | follow, empty or open_end) if low == 0 else (first, empty)
        case _:
            assert_never(node)


@cache
def parse(pattern: str, text: bool) -> Node:
    """The checked tree of a pattern. Raises PatternError."""
    node = _Parser(pattern, text).parse()
    _check(node, 0, True, pattern)
    return node
