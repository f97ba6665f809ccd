"""Reading JSON: a fast decoder, exact limits before and after it, positions only when somebody asks.

What is large is read piece by piece and keeps no copy of its text: equal strings of its tree are one, and the pages of
its file are let go as the reading goes on.
"""

import re
from collections.abc import Iterator, Sequence
from gc import get_referents
from typing import Any

import msgspec

from cpo_scan.probe.documents import Document, Problem, pointer_to, without_collection
from cpo_scan.probe.json_places import HELD, OutOfStep, Piece, Places
from cpo_scan.probe.json_tokens import STRING, TOKEN, headroom, repaired, string
from cpo_scan.targets.content import Bytes, let_go
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

PROBLEMS = 100
LARGE = 16 * 2**20
"""Bytes of a text from which on memory counts for more than time."""
_WINDOW = 64 * 2**10
_STRINGS = re.compile(STRING, re.DOTALL)
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_CONTAINERS = frozenset({dict, list})
_BAD_BYTE = re.compile(r"\(byte (\d+)\)")


def read(data: Bytes, limits: Limits) -> Document:
    """The document in UTF-8 bytes without a byte order mark. Raises Unreadable and LimitHit."""
    _bound_nodes(data, limits.json_nodes)
    places = Places(data, limits.document_depth)
    if len(data) < LARGE:
        value = _decode(data, limits)
        strings, depth = _measure(value)
    else:
        value, strings, depth = _decode_large(data, places, limits)
    if depth > limits.document_depth:
        raise LimitHit("limit.document_depth", limit=limits.document_depth)

    def problems() -> Sequence[Problem]:
        return _duplicates(data, places) if _strings(data) != strings else ()

    return Document(value, "json", data, places.find, problems)


def _windows(data: Bytes) -> Iterator[bytes]:
    """The text in pieces, none of which ends inside of an escape."""
    at = held = 0
    while at < len(data):
        window = data[at : at + _WINDOW]
        if window.endswith(b"\\") and (len(window) - len(window.rstrip(b"\\"))) % 2:
            window += data[at + len(window) : at + len(window) + 1]
        at += len(window)
        if at - held >= HELD or at == len(data):
            held = let_go(data, at)
        yield window


def _bound_nodes(data: Bytes, limit: int) -> None:
    """No more values than openers and commas; those in strings are left out only where it matters."""
    if len(data) < limit:
        return
    if sum(each.count(b",") + each.count(b"[") + each.count(b"{") for each in _windows(data)) >= limit:
        bare = _STRINGS.sub(b"", data)
        if bare.count(b",") + bare.count(b"[") + bare.count(b"{") >= limit:
            raise LimitHit("limit.document_nodes", limit=limit)


def _decode_large(data: Bytes, places: Places, limits: Limits) -> tuple[Any, int, int]:
    """What `_decode` and `_measure` give, piece by piece."""
    large = _Large(data)
    try:
        with without_collection(), headroom(limits.document_depth):
            pieces = places.pieces()
            let_go(data, len(data))
            value = large.value(pieces, 0)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OutOfStep):
        value = _decode(bytes(data), limits)  # which knows what to say of it
        return value, *_measure(value)
    finally:
        let_go(data, len(data))
    return value, large.strings, large.depth


class _Large:
    """A large text on its way to a value."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._view = memoryview(data)
        self._held = 0
        self._known: dict[str, str] = {}
        self.strings = self.depth = 0

    def value(self, piece: Piece, around: int) -> Any:
        """The value of a piece of the text, with so many containers around it."""
        start, end, parts = piece
        if isinstance(parts, dict):
            self.strings += len(parts)
            return {key: self.value(part, around + 1) for key, part in parts.items()}
        if isinstance(parts, list):
            return [self.value(part, around + 1) for part in parts]
        value = msgspec.json.decode(self._view[start:end])
        if end - self._held >= HELD:
            self._held = let_go(self._data, end)
        strings, depth = _measure(value)
        self.strings += strings
        self.depth = max(self.depth, around + depth)
        if depth:
            self._share(value)
        return self._known.setdefault(value, value) if type(value) is str else value

    def _share(self, value: Any) -> None:
        """Let equal strings be one."""
        same = self._known.setdefault
        todo = [value]
        while todo:
            node = todo.pop()
            for key, child in node.items() if type(node) is dict else enumerate(node):
                kind = type(child)
                if kind is str:
                    node[key] = same(child, child)
                elif kind in _CONTAINERS:
                    todo.append(child)


def _decode(data: Bytes, limits: Limits) -> Any:
    try:
        with without_collection(), headroom(limits.document_depth):
            try:
                return msgspec.json.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                mended = repaired(data)
                if mended == bytes(data):
                    raise _malformed(data, error) from None
            try:
                return msgspec.json.decode(mended)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise _malformed(mended, error) from None
    except RecursionError:
        raise LimitHit("limit.document_depth", limit=limits.document_depth) from None


def _malformed(data: Bytes, error: Exception) -> Unreadable:
    found = _BAD_BYTE.search(str(error))
    offset = int(found.group(1)) if found else len(data)
    if "trailing characters" in str(error):  # the decoder has stepped over the first of them
        offset -= 1
    if isinstance(error, UnicodeDecodeError):
        try:
            bytes(data).decode()
        except UnicodeDecodeError as first:
            offset = first.start
    line, column, _ = Places(data, 0).place(min(offset, len(data)))
    return Unreadable("json.malformed", line=line, column=column)


def _measure(value: Any) -> tuple[int, int]:
    """How many strings there are, keys included, and how deep the containers go.

    What containers hold comes from `get_referents`, which goes through all of a level at once. That it has each
    container in it is promised; were a string left out, the count would only lead to a second, exact look for keys.
    """
    strings, depth = int(type(value) is str), 0
    level = [value] if type(value) in _CONTAINERS else []
    while level:
        depth += 1
        strings += sum([len(each) for each in level if type(each) is dict])
        held = get_referents(*level)
        level = [each for each in held if type(each) is not str]
        strings += len(held) - len(level)
        level = [each for each in level if type(each) in _CONTAINERS]
    return strings, depth


def _strings(data: Bytes) -> int:
    """How many strings a text has that was decoded: half its quotes without the escaped ones.

    More than what became of it has: a key stands twice, and what was under it the first time is gone.
    """
    quotes = 0
    for window in _windows(data):
        quotes += window.count(b'"')
        if b"\\" in window:
            quotes -= _ESCAPED.findall(window).count(rb"\"")
    return quotes // 2


def _duplicates(data: Bytes, places: Places) -> Sequence[Problem]:
    """Keys that stand twice in one object, with the place of the second."""
    found: list[Problem] = []
    stack: list[tuple[list[str | int], set[bytes] | None]] = []
    path: list[str | int] = []
    for match in TOKEN.finditer(data):
        token = match.group()
        if token in (b"{", b"["):
            stack.append((path, set() if token == b"{" else None))
            path = [*path, 0]
        elif token in (b"}", b"]"):
            path = stack.pop()[0]
        elif token == b",":
            if stack and stack[-1][1] is None:
                path[-1] = int(path[-1]) + 1
        elif match.group(1) is not None and stack:
            keys = stack[-1][1]
            text = token[: token.rindex(b'"') + 1]
            path[-1] = string(text)
            if keys is None:
                continue
            if text in keys:
                line, column, _ = places.place(match.start())
                pointer = pointer_to(*path)
                found.append(
                    Problem(
                        code="json.duplicate_key",
                        params={"key": str(path[-1])[:200]},
                        pointer=pointer,
                        line=line,
                        column=column,
                    )
                )
                if len(found) == PROBLEMS:
                    break
            keys.add(text)
    return found
