"""Patterns on hostile bytes and text: one subset of regular expressions, the same matches on every engine.

A pattern is parsed here, checked, and written out anew for the engine at hand: google-re2 where it is installed (the
`[fast]` extra), else the standard library, where possessive quantifiers keep the time linear. RE2 knows none; they are
dropped for it, which changes nothing because only those are let through that never have to give back.

The subset: literals, `.`, classes `[a-z]`, `[^"]` and `\\d \\w \\s \\D \\W \\S` (ASCII), `\\n \\r \\t \\f \\v \\0 \\xHH`,
groups `(…)`, `(?:…)`, `(?P<name>…)`, `|`, the quantifiers `* + ? {n} {n,} {n,m}` greedy, lazy (`?`) or possessive (`+`),
`^` and `$` at lines, `\\A`, `\\Z`, `\\b`, `\\B`, and a leading `(?i)` (ASCII letters). Everything else is refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NoReturn, Protocol, assert_never, cast

MOST_REPEATS = 1000  # RE2 refuses more (re2.h, max repeat)
_LATIN = 256
_BEYOND = 1 << _LATIN  # one bit for all code points above Latin-1
_ALL = (_BEYOND << 1) - 1


class PatternError(ValueError):
    """A pattern is outside of the subset. The message is one line: what, and where in the pattern."""


class Match(Protocol):
    """A match; positions are those of the subject."""

    def group(self, group: int | str = 0, /) -> Any: ...
    def groups(self) -> tuple[Any, ...]: ...
    def groupdict(self) -> dict[str, Any]: ...
    def start(self, group: int | str = 0, /) -> int: ...
    def end(self, group: int | str = 0, /) -> int: ...
    def span(self, group: int | str = 0, /) -> tuple[int, int]: ...


class Pattern(Protocol):
    """A compiled pattern. `finditer` is the same on all engines for patterns that can't match nothing."""

    def search(self, subject: Any, pos: int = 0, /) -> Match | None: ...
    def match(self, subject: Any, pos: int = 0, /) -> Match | None: ...
    def fullmatch(self, subject: Any, pos: int = 0, /) -> Match | None: ...
    def finditer(self, subject: Any, pos: int = 0, /) -> Iterator[Match]: ...


@cache
def compile(pattern: str, *, text: bool = False) -> Pattern:  # noqa: A001 - `patterns.compile` is what it does
    """The pattern for bytes (also mapped ones), or for `str` with `text`. Raises PatternError."""
    engine = _re2()
    if engine is None:
        return standard(pattern, text=text)
    return _TextPattern(pattern, engine) if text else cast(Pattern, engine(_written(pattern, text, "re2")))


def standard(pattern: str, *, text: bool = False) -> Pattern:
    """The pattern for the standard library, whatever is installed: starts faster, for short looks at a head."""
    written = _written(pattern, text, "re")
    return cast(Pattern, re.compile(written, re.ASCII) if text else re.compile(written.encode("ascii")))


def check(pattern: str, *, text: bool = False) -> None:
    """Raises PatternError unless the pattern is in the subset."""
    _parse(pattern, text)


@cache
def _re2() -> Callable[..., Any] | None:
    try:
        import re2
    except ImportError:
        return None
    bytes_options = re2.Options()
    bytes_options.encoding = re2.Options.Encoding.LATIN1
    text_options = re2.Options()
    for options in (bytes_options, text_options):
        options.log_errors = False
        options.max_mem = 64 * 2**20

    def build(written: str, text: bool = False) -> Any:
        return re2.compile(written, text_options) if text else re2.compile(written.encode(), bytes_options)

    return build


class _TextPattern:
    """RE2 on text; the standard library where a lone surrogate makes the text no UTF-8."""

    def __init__(self, pattern: str, engine: Callable[..., Any]) -> None:
        self._fast = engine(_written(pattern, True, "re2"), True)
        self._slow: Callable[[], Pattern] = lambda: standard(pattern, text=True)

    def _run(self, method: str, subject: str, pos: int) -> Any:
        try:
            return getattr(self._fast, method)(subject, pos)
        except UnicodeEncodeError:
            return getattr(self._slow(), method)(subject, pos)

    def search(self, subject: str, pos: int = 0, /) -> Match | None:
        return cast("Match | None", self._run("search", subject, pos))

    def match(self, subject: str, pos: int = 0, /) -> Match | None:
        return cast("Match | None", self._run("match", subject, pos))

    def fullmatch(self, subject: str, pos: int = 0, /) -> Match | None:
        return cast("Match | None", self._run("fullmatch", subject, pos))

    def finditer(self, subject: str, pos: int = 0, /) -> Iterator[Match]:
        try:
            subject.encode()
        except UnicodeEncodeError:
            return self._slow().finditer(subject, pos)
        return cast("Iterator[Match]", self._fast.finditer(subject, pos))


# -- the parsed pattern


@dataclass(frozen=True, slots=True)
class _Set:
    mask: int  # bit n: code point n; bit 256: everything above


@dataclass(frozen=True, slots=True)
class _Assert:
    kind: Literal["start", "end", "line_start", "line_end", "word", "no_word"]


@dataclass(frozen=True, slots=True)
class _Seq:
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Alt:
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Group:
    body: "_Node"
    name: str | None


@dataclass(frozen=True, slots=True)
class _Repeat:
    body: "_Node"
    low: int
    high: int | None
    mode: Literal["", "?", "+"]
    at: int


_Node = _Set | _Assert | _Seq | _Alt | _Group | _Repeat


def _mask(characters: str) -> int:
    return sum(1 << ord(character) for character in set(characters))


_DIGIT = _mask("0123456789")
_WORD = _DIGIT | _mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACE = _mask(" \t\n\r\f\v")
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_ASSERTS = {"A": _Assert("start"), "Z": _Assert("end"), "b": _Assert("word"), "B": _Assert("no_word")}
_SPECIAL = r"\.[](){}*+?|^$"


class _Parser:
    def __init__(self, pattern: str, text: bool) -> None:
        self._pattern, self._at = pattern, 0
        self._all = _ALL if text else _BEYOND - 1
        self._fold = pattern.startswith("(?i)")
        self._names: set[str] = set()
        if self._fold:
            self._at = 4

    def parse(self) -> _Node:
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

    def _alternatives(self) -> _Node:
        items = [self._sequence()]
        while self._take("|"):
            items.append(self._sequence())
        return items[0] if len(items) == 1 else _Alt(tuple(items))

    def _sequence(self) -> _Node:
        items: list[_Node] = []
        while (character := self._peek()) and character not in "|)":
            items.append(self._quantified(self._atom()))
        return items[0] if len(items) == 1 else _Seq(tuple(items))

    def _quantified(self, body: _Node) -> _Node:
        at, bounds = self._at, self._bounds()
        if bounds is None:
            return body
        low, high = bounds
        if isinstance(body, _Assert) or _nullable(body):
            self._refuse("a quantifier on what can match nothing")
        if low > MOST_REPEATS or (high is not None and not low <= high <= MOST_REPEATS) or high == 0:
            self._refuse(f"a count outside of 1 to {MOST_REPEATS}")
        mode: Literal["", "?", "+"] = "?" if self._take("?") else "+" if self._take("+") else ""
        if self._peek() and self._peek() in "*+?{":
            self._refuse("a quantifier on a quantifier")
        return _Repeat(body, low, high, mode, at)

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

    def _atom(self) -> _Node:
        character = self._peek()
        self._at += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return _Set(self._class())
            case ".":
                return _Set(self._all & ~(1 << 10))
            case "^":
                return _Assert("line_start")
            case "$":
                return _Assert("line_end")
            case "\\":
                return self._escape()
            case _ if character in _SPECIAL:
                self._at -= 1
                self._refuse(f"{character!r} out of place")
            case _:
                return _Set(self._folded(self._bit(character)))

    def _group(self) -> _Node:
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
        return _Group(body, name) if captures else body if not isinstance(body, _Group) else _Seq((body,))

    def _escape(self) -> _Node:
        if self._peek() in _ASSERTS and self._peek():
            self._at += 1
            return _ASSERTS[self._pattern[self._at - 1]]
        return _Set(self._folded(self._escaped()))

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
        if not mask or mask == _BEYOND:
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


def _nullable(node: _Node) -> bool:
    match node:
        case _Set():
            return False
        case _Assert():
            return True
        case _Seq(items):
            return all(map(_nullable, items))
        case _Alt(items):
            return any(map(_nullable, items))
        case _Group(body, _):
            return _nullable(body)
        case _Repeat(body, low, _, _, _):
            return low == 0 or _nullable(body)
        case _:
            assert_never(node)


def _first(node: _Node, follow: int) -> int:
    """The characters that can come next where `node` starts; `follow` those that can come after it.

    An assertion on which the rest depends can hold at any place: it counts as everything.
    """
    match node:
        case _Set(mask):
            return mask
        case _Assert(kind):
            return 0 if kind == "end" else follow
        case _Seq(items):
            for item in reversed(items):
                follow = _first(item, follow)
            return follow
        case _Alt(items):
            first = 0
            for item in items:
                first |= _first(item, follow)
            return first
        case _Group(body, _):
            return _first(body, follow)
        case _Repeat(body, low, _, _, _):
            return _first(body, follow) | (follow if low == 0 else 0)
        case _:
            assert_never(node)


def _decided(node: _Node, follow: int) -> bool:
    """Is every choice in `node` decided by the next character? Then it matches in one way at most."""
    match node:
        case _Set() | _Assert():
            return True
        case _Seq(items):
            for item in reversed(items):
                if not _decided(item, follow):
                    return False
                follow = _first(item, follow)
            return True
        case _Alt(items):
            seen = 0
            for item in items:
                first = _first(item, follow)
                if seen & first or not _decided(item, follow):
                    return False
                seen |= first
            return True
        case _Group(body, _):
            return _decided(body, follow)
        case _Repeat(body, low, high, _, _):
            first = _first(body, 0)
            return (low == high or not first & follow) and _decided(body, follow | (first if high != 1 else 0))
        case _:
            assert_never(node)


def _check(node: _Node, follow: int, open_end: bool, pattern: str, looped: bool) -> tuple[int, bool]:
    """Checks `node` before what `follow` and `open_end` (nothing has to come) describe; gives both for its start."""
    match node:
        case _Set(mask):
            return mask, False
        case _Assert(kind):
            # What was given back could make an assertion hold: nothing possessive may rest on it.
            return (0, True) if kind == "end" else (_ALL if open_end else follow, open_end)
        case _Seq(items):
            for item in reversed(items):
                follow, open_end = _check(item, follow, open_end, pattern, looped)
            return follow, open_end
        case _Alt(items):
            sides = [_check(item, follow, open_end, pattern, looped) for item in items]
            first = 0
            for mask, _ in sides:
                first |= mask
            return first, any(side for _, side in sides)
        case _Group(body, _):
            return _check(body, follow, open_end, pattern, looped)
        case _Repeat(body, low, high, mode, at):
            again = _first(body, 0) if high != 1 else 0
            if mode == "+" and not _decided(node, follow):
                raise PatternError(
                    f"the possessive quantifier at {at} could have to give back (what follows must start otherwise)"
                    f" in pattern {pattern!r}"
                )
            if looped and high is None and not _decided(node, _first(body, 0) if follow == 0 else follow):
                raise PatternError(f"the loop at {at} inside a loop can match in several ways in pattern {pattern!r}")
            first, empty = _check(body, follow | again, open_end, pattern, looped or high is None)
            return (first | follow, empty or open_end) if low == 0 else (first, empty)
        case _:
            assert_never(node)


@cache
def _parse(pattern: str, text: bool) -> _Node:
    node = _Parser(pattern, text).parse()
    _check(node, 0, True, pattern, False)
    return node


# -- writing it out


def _written(pattern: str, text: bool, engine: Literal["re", "re2"]) -> str:
    return _write(_parse(pattern, text), engine)


_WRITTEN = {
    "start": (r"\A", r"\A"),
    "end": (r"\Z", r"\z"),
    "line_start": ("(?m:^)", "(?m:^)"),
    "line_end": ("(?m:$)", "(?m:$)"),
    "word": (r"\b", r"\b"),
    "no_word": (r"\B", r"\B"),
}


def _write(node: _Node, engine: Literal["re", "re2"]) -> str:
    match node:
        case _Set(mask):
            return _write_set(mask, engine)
        case _Assert(kind):
            return _WRITTEN[kind][engine == "re2"]
        case _Seq(items):
            return "".join(f"(?:{_write(i, engine)})" if isinstance(i, _Alt) else _write(i, engine) for i in items)
        case _Alt(items):
            return "|".join(_write(item, engine) for item in items)
        case _Group(body, name):
            return f"({f'?P<{name}>' if name else ''}{_write(body, engine)})"
        case _Repeat(body, low, high, mode, _):
            inner = _write(body, engine)
            inner = inner if isinstance(body, _Set | _Group) else f"(?:{inner})"
            bounds = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
            bounds = bounds or f"{{{low}{'' if low == high else ',' if high is None else f',{high}'}}}"
            return inner + bounds + ("" if mode == "+" and engine == "re2" else mode)
        case _:
            assert_never(node)


def _write_set(mask: int, engine: Literal["re", "re2"]) -> str:
    if mask.bit_count() == 1:
        return _write_character(mask.bit_length() - 1)
    ranges, low = [], 0
    while mask >> low:
        low += ((mask >> low) & -(mask >> low)).bit_length() - 1
        high = low
        while mask >> (high + 1) & 1:
            high += 1
        last = _write_character(high) if high < _LATIN else _top(engine)
        start = _write_character(low)
        ranges.append(start if low == high else f"{start}-{last}")
        low = high + 1
    return f"[{''.join(ranges)}]"


def _top(engine: Literal["re", "re2"]) -> str:
    return r"\U0010ffff" if engine == "re" else r"\x{10ffff}"


def _write_character(code: int) -> str:
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\x{code:02x}"
