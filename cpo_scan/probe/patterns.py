"""Patterns on hostile bytes and text: one subset of regular expressions, the same matches on every engine.

A pattern is parsed here, checked, and written out anew for the engine at hand: google-re2 where it is installed (the
`[fast]` extra), else the standard library, where possessive quantifiers keep the time linear. RE2 knows none; they are
dropped for it, which changes nothing because only those are let through that never have to give back.

The subset: literals, `.`, classes `[a-z]`, `[^"]`, `\\d \\w \\s \\D \\W \\S` (ASCII), `\\n \\r \\t \\f \\v \\0 \\xHH`,
groups `(…)`, `(?:…)`, `(?P<name>…)`, `|`, the quantifiers `* + ? {n} {n,} {n,m}` greedy, lazy (`?`), possessive (`+`),
`^` and `$` at lines, `\\A`, `\\Z`, `\\b`, and a leading `(?i)` (ASCII letters). Everything else is refused.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import Any, Literal, Protocol, assert_never, cast

from cpo_scan.probe.pattern_cost import fails_early
from cpo_scan.probe.pattern_syntax import (
    LATIN,
    Alternatives,
    Assertion,
    Chars,
    Group,
    Node,
    PatternError,
    Repeat,
    Sequence,
    parse,
)

__all__ = ["Match", "Pattern", "PatternError", "check", "compile", "first_word", "standard"]


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
def compile(pattern: str, *, text: bool = False) -> Pattern:
    """The pattern for bytes (also mapped ones), or for `str` with `text`. Raises PatternError."""
    check(pattern, text=text)
    return standard(pattern, text=text) if _re2() is None else _Either(pattern, text)


@cache
def fast(pattern: str, *, text: bool = False) -> Pattern:
    """The pattern for RE2 where it is installed, whatever it is looked for in; else for the standard library."""
    engine = _re2()
    if engine is None:
        return standard(pattern, text=text)
    return _TextPattern(pattern, engine) if text else cast(Pattern, engine(_written(pattern, text, "re2")))


def any_of(literals: Iterable[bytes]) -> Pattern:
    """Any of these bytes, on RE2 where it is installed: a pattern that needs no parsing."""
    written = "|".join("".join(map(_write_character, literal)) for literal in sorted(literals))
    engine = _re2()
    return cast(Pattern, re.compile(written.encode("ascii")) if engine is None else engine(written))


def is_fast() -> bool:
    """Is RE2 installed?"""
    return _re2() is not None


@cache
def standard(pattern: str, *, text: bool = False) -> Pattern:
    """The pattern for the standard library, whatever is installed: starts faster, for short looks at a head."""
    written = _written(pattern, text, "re")
    return cast(Pattern, re.compile(written, re.ASCII) if text else re.compile(written.encode("ascii")))


def first_word(pattern: str) -> bytes:
    """The characters that every match begins with, where a pattern for bytes begins with the edge of a word (`\\bend`);
    else nothing."""
    node = parse(pattern, False)
    if not isinstance(node, Sequence) or node.items[:1] != (Assertion("word"),):
        return b""
    word = b""
    for item in node.items[1:]:
        if not isinstance(item, Chars) or item.mask.bit_count() != 1:
            break
        word += bytes([item.mask.bit_length() - 1])
    return word


def check(pattern: str, *, text: bool = False) -> None:
    """Raises PatternError unless the pattern is in the subset."""
    parse(pattern, text)


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


_SHORT = 4_096  # bytes or characters of a subject in which RE2 has nothing to win
_TINY = 256  # the same where a try may fail late
_LOOK, _DENSE = 64, 512  # after so many matches: are they nearer to each other than this?


class _Either:
    """RE2 where it looks far, the standard library where a look is short: RE2 runs seven times faster through what does
    not match, takes ten times longer for every match, and copies a whole text for each look.

    Only patterns of which no try fails late change the engine in the middle of a long subject, so that the time stays
    linear in both.
    """

    def __init__(self, pattern: str, text: bool) -> None:
        self._pattern, self._text = pattern, text
        self._settled = fails_early(parse(pattern, text))
        self._short = _SHORT if self._settled else _TINY

    @cached_property
    def _slow(self) -> Pattern:
        return standard(self._pattern, text=self._text)

    @cached_property
    def _fast(self) -> Pattern:
        return fast(self._pattern, text=self._text)

    def _engine(self, subject: Any, pos: int) -> Pattern:
        short = len(subject) - pos < self._short or (self._text and self._settled and pos)
        return self._slow if short else self._fast

    def search(self, subject: Any, pos: int = 0, /) -> Match | None:
        return self._engine(subject, pos).search(subject, pos)

    def match(self, subject: Any, pos: int = 0, /) -> Match | None:
        return self._engine(subject, pos).match(subject, pos)

    def fullmatch(self, subject: Any, pos: int = 0, /) -> Match | None:
        return self._engine(subject, pos).fullmatch(subject, pos)

    def finditer(self, subject: Any, pos: int = 0, /) -> Iterator[Match]:
        engine = self._engine(subject, pos)
        if engine is self._slow or not self._settled:
            return engine.finditer(subject, pos)
        return self._switching(subject, pos)

    def _switching(self, subject: Any, pos: int) -> Iterator[Match]:
        seen, start = 0, pos
        for match in self._fast.finditer(subject, pos):
            yield match
            seen += 1
            if seen == _LOOK:
                if match.end() - start < _LOOK * _DENSE and match.end() > match.start():
                    yield from self._slow.finditer(subject, match.end())
                    return
                seen, start = 0, match.end()


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


# -- writing it out


def _written(pattern: str, text: bool, engine: Literal["re", "re2"]) -> str:
    return _write(parse(pattern, text), engine)


_WRITTEN = {
    "start": (r"\A", r"\A"),
    "end": (r"\Z", r"\z"),
    "line_start": ("(?m:^)", "(?m:^)"),
    "line_end": ("(?m:$)", "(?m:$)"),
    "word": (r"\b", r"\b"),
}


def _write(node: Node, engine: Literal["re", "re2"]) -> str:
    match node:
        case Chars(mask):
            return _write_set(mask, engine)
        case Assertion(kind):
            return _WRITTEN[kind][engine == "re2"]
        case Sequence(items):
            return "".join(
                f"(?:{_write(i, engine)})" if isinstance(i, Alternatives) else _write(i, engine) for i in items
            )
        case Alternatives(items):
            return "|".join(_write(item, engine) for item in items)
        case Group(body, name):
            return f"({f'?P<{name}>' if name else ''}{_write(body, engine)})"
        case Repeat(body, low, high, mode, _):
            inner = _write(body, engine)
            inner = inner if isinstance(body, Chars | Group) else f"(?:{inner})"
            bounds = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
            bounds = bounds or f"{{{low}{'' if low == high else ',' if high is None else f',{high}'}}}"
            return inner + bounds + ("" if mode == "+" and engine == "re2" else mode)
        case _:
            assert_never(node)


def _write_set(mask: int, engine: Literal["re", "re2"]) -> str:
    if mask.bit_count() == 1:
        return _write_character(mask.bit_length() - 1)
    if mask >> LATIN and (left_out := ~mask & ((1 << LATIN) - 1)):
        # All of Unicode but a few: said the other way round, it compiles a hundred times faster.
        return f"[^{_write_ranges(left_out, engine)}]"
    return f"[{_write_ranges(mask, engine)}]"


def _write_ranges(mask: int, engine: Literal["re", "re2"]) -> str:
    ranges, low = [], 0
    while mask >> low:
        low += ((mask >> low) & -(mask >> low)).bit_length() - 1
        high = low
        while mask >> (high + 1) & 1:
            high += 1
        last = _write_character(high) if high < LATIN else _top(engine)
        start = _write_character(low)
        ranges.append(start if low == high else f"{start}-{last}")
        low = high + 1
    return "".join(ranges)


def _top(engine: Literal["re", "re2"]) -> str:
    return r"\U0010ffff" if engine == "re" else r"\x{10ffff}"


def _write_character(code: int) -> str:
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\x{code:02x}"
