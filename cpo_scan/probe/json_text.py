"""Reading JSON: a fast decoder, exact limits before and after it, positions only when somebody asks.

What is large is read piece by piece and keeps no copy of its text: equal strings of its tree are one, and the pages of
its file are let go as the reading goes on.
"""

import codecs
import re
import sys
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from gc import get_referents
from operator import itemgetter
from typing import Any

import msgspec

from cpo_scan.probe.documents import Document, Place, Problem, pointer_to, without_collection
from cpo_scan.targets.content import Bytes, let_go
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

PROBLEMS = 100
LARGE = 16 * 2**20
"""Bytes of a text from which on memory counts for more than time."""
_PIECE = 2**20  # bytes of a part of a large text that is taken apart once more
_LEVELS = 2  # times that this is done: a description's paths, and each path
_SAMPLE, _PART = 64 * 2**10, 256  # bytes at the start of a piece that are looked at; bytes that its parts should have
_WINDOW = 64 * 2**10
_HELD = 2 * 2**20  # bytes of a mapped text after which its pages are let go
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_STRINGS = re.compile(_STRING, re.DOTALL)
_KEY = re.compile(rb"[\s,]*+(" + _STRING + rb")\s*+:\s*+", re.DOTALL)
_ITEM = re.compile(rb"[\s,]*+")
_BLANK = re.compile(rb"\s*+")
_TOKEN = re.compile(_STRING + rb"(\s*+:)?|[{}\[\],]", re.DOTALL)
_NUMBER_OR_STRING = re.compile(_STRING + rb"|-?[0-9][0-9.eE+-]*+", re.DOTALL)
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:(u[dD][89abAB]..\\u[dD][c-fC-F]..)|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_CONTAINERS = frozenset({dict, list})
_DIGITS = 4_300  # sys.int_info.default_max_str_digits: longer integers can't be turned into text again
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_BAD_BYTE = re.compile(r"\(byte (\d+)\)")


def read(data: Bytes, limits: Limits) -> Document:
    """The document in UTF-8 bytes without a byte order mark. Raises Unreadable and LimitHit."""
    _bound_nodes(data, limits.json_nodes)
    places = _Places(data, limits.document_depth)
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
        if at - held >= _HELD or at == len(data):
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


def _decode_large(data: Bytes, places: "_Places", limits: Limits) -> tuple[Any, int, int]:
    """What `_decode` and `_measure` give, piece by piece."""
    large = _Large(data)
    try:
        with without_collection(), _headroom(limits.document_depth):
            pieces = places.pieces()
            let_go(data, len(data))
            value = large.value(pieces, 0)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _OutOfStep):
        value = _decode(bytes(data), limits)  # which knows what to say of it
        return value, *_measure(value)
    finally:
        let_go(data, len(data))
    return value, large.strings, large.depth


_Piece = tuple[int, int, "dict[str, _Piece] | list[_Piece] | None"]
"""Where a value starts and ends, and its parts where it was taken apart."""


class _Large:
    """A large text on its way to a value."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._view = memoryview(data)
        self._held = 0
        self._known: dict[str, str] = {}
        self.strings = self.depth = 0

    def value(self, piece: _Piece, around: int) -> Any:
        """The value of a piece of the text, with so many containers around it."""
        start, end, parts = piece
        if isinstance(parts, dict):
            self.strings += len(parts)
            return {key: self.value(part, around + 1) for key, part in parts.items()}
        if isinstance(parts, list):
            return [self.value(part, around + 1) for part in parts]
        value = msgspec.json.decode(self._view[start:end])
        if end - self._held >= _HELD:
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
        with without_collection(), _headroom(limits.document_depth):
            try:
                return msgspec.json.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                repaired = _repaired(data)
                if repaired == bytes(data):
                    raise _malformed(data, error) from None
            try:
                return msgspec.json.decode(repaired)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise _malformed(repaired, error) from None
    except RecursionError:
        raise LimitHit("limit.document_depth", limit=limits.document_depth) from None


@contextmanager
def _headroom(depth: int) -> Iterator[None]:
    """Room for a recursion of `depth` in the decoder, however deep the caller stands."""
    before = sys.getrecursionlimit()
    used, frame = 0, sys._getframe()
    while frame.f_back is not None:
        used, frame = used + 1, frame.f_back
    sys.setrecursionlimit(max(before, used + depth + 100))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _repaired(data: Bytes) -> bytes:
    """The same text, byte by byte in the same place, with half surrogates and numbers beyond a double replaced."""

    def escape(match: re.Match[bytes]) -> bytes:
        return rb"\ufffd" if match.group(2) else match.group()

    def token(match: re.Match[bytes]) -> bytes:
        text = match.group()
        if text.startswith(b'"'):
            return _ESCAPE.sub(escape, text) if rb"\u" in text else text
        integer = not any(mark in text for mark in b".eE")
        if integer and len(text) <= _DIGITS:
            return text
        try:
            huge = integer or abs(float(text)) == float("inf")
        except ValueError:
            return text
        sign = b"-" if text.startswith(b"-") else b""
        return (sign + b"1e308").ljust(len(text)) if huge else text

    return _NUMBER_OR_STRING.sub(token, data)


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
    line, column, _ = _Places(data, 0).place(min(offset, len(data)))
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


def _duplicates(data: Bytes, places: "_Places") -> Sequence[Problem]:
    """Keys that stand twice in one object, with the place of the second."""
    found: list[Problem] = []
    stack: list[tuple[list[str | int], set[bytes] | None]] = []
    path: list[str | int] = []
    for match in _TOKEN.finditer(data):
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
            path[-1] = _string(text)
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


def _string(text: bytes) -> str:
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(_repaired(text), type=str)


class _Places:
    """From pointer to place. Each container on the way is skipped through once, by the decoder, and remembered."""

    def __init__(self, data: Bytes, depth: int) -> None:
        self._data = data
        self._view = memoryview(data)  # as long as it is there, nobody closes a mapped file
        self._depth = depth
        self._spans: dict[tuple[int, int], dict[str, tuple[int, int, int]]] = {}
        self._known: list[Place] = [(1, 1, 0)]  # places in their order

    def find(self, path: Sequence[str]) -> Place:
        """The place of the key or item at a path, or of what there is of it."""
        at, end = self._root()
        start = at
        for token in path:
            if (start, end) not in self._spans:
                self._spans[start, end] = self._children(start, end)
            child = self._spans[start, end].get(token)
            if child is None:
                break
            at, start, end = child
        return self.place(at)

    def _root(self) -> tuple[int, int]:
        blank = _BLANK.match(self._data)
        return blank.end() if blank else 0, len(self._data)

    def pieces(self) -> _Piece:
        """The document taken apart, down to pieces that are small or two levels deep.

        Raises what the decoder raises, and _OutOfStep where a key stands twice.
        """
        return self._piece(*self._root(), _LEVELS)

    def _piece(self, start: int, end: int, levels: int) -> _Piece:
        if end - start < _PIECE or not levels or not self._has_large_parts(start):
            return start, end, None
        spans = self._spans[start, end] = self._skipped(start, end)
        parts = {key: self._piece(first, last, levels - 1) for key, (_, first, last) in spans.items()}
        return start, end, list(parts.values()) if self._data[start : start + 1] == b"[" else parts

    def _has_large_parts(self, start: int) -> bool:
        """Is it a container of parts that are worth a note each, as far as its first bytes tell?"""
        if self._data[start : start + 1] not in (b"{", b"["):
            return False
        depth = parts = 0
        for match in _TOKEN.finditer(self._data, start, start + _SAMPLE):
            token = match.group()
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1
            elif token == b"," and depth == 1:
                parts += 1
        return parts * _PART <= _SAMPLE

    def place(self, offset: int) -> Place:
        """Line and column of a byte."""
        known = self._known[bisect_right(self._known, offset, key=itemgetter(2)) - 1]
        line, column, _ = known
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for at in range(known[2], offset, _WINDOW):
            window = self._data[at : min(at + _WINDOW, offset)]
            if breaks := window.count(b"\n"):
                line, column, window = line + breaks, 1, window[window.rfind(b"\n") + 1 :]
                decoder.reset()
            column += len(decoder.decode(window))
        column += len(decoder.decode(b"", final=True))
        found = (line, column, offset)
        if offset - known[2] > 4096:
            insort(self._known, found, key=itemgetter(2))
        return found

    def _children(self, start: int, end: int) -> dict[str, tuple[int, int, int]]:
        """Key or index of each child: where its key (or it) starts, where it starts, where it ends."""
        if self._data[start : start + 1] not in (b"{", b"["):
            return {}
        try:
            with _headroom(self._depth):
                return self._skipped(start, end)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _OutOfStep):
            return self._scanned(start)
        finally:
            if end - start >= _HELD:
                let_go(self._data, end)

    def _skipped(self, start: int, end: int) -> dict[str, tuple[int, int, int]]:
        """The same by the sizes of the children. Raises what the decoder raises, and _OutOfStep."""
        view = self._view[start:end]
        if self._data[start : start + 1] == b"{":
            raws = _OBJECT.decode(view)
            return self._sized(start, end, [(key, len(memoryview(raw))) for key, raw in raws.items()])
        items = _ARRAY.decode(view)
        return self._sized(start, end, [(None, len(memoryview(raw))) for raw in items])

    def _sized(self, start: int, end: int, sizes: list[tuple[str | None, int]]) -> dict[str, tuple[int, int, int]]:
        children: dict[str, tuple[int, int, int]] = {}
        at = start + 1
        for index, (key, size) in enumerate(sizes):
            match = (_ITEM if key is None else _KEY).match(self._data, at)
            if match is None or (key is not None and _string(match.group(1)) != key):
                raise _OutOfStep
            begin = match.end() if key is None else match.start(1)
            at = match.end() + size
            children[str(index) if key is None else key] = (begin, match.end(), at)
        if self._data[at:end].strip() not in (b"}", b"]"):  # a key stands twice
            raise _OutOfStep
        return children

    def _scanned(self, start: int) -> dict[str, tuple[int, int, int]]:
        """The same token by token, for objects with duplicate keys (the last one counts) and repaired texts."""
        children: dict[str, tuple[int, int, int]] = {}
        depth, index, key, begin, value = 0, 0, "0", start + 1, start + 1
        listed = self._data[start : start + 1] == b"["
        for match in _TOKEN.finditer(self._data, start):
            token = match.group()
            if token in (b"{", b"["):
                depth += 1
            elif depth == 1 and token in (b",", b"}", b"]"):
                children[key] = (begin + _blank(self._data, begin), value + _blank(self._data, value), match.start())
                index, key, begin, value = index + 1, str(index + 1), match.end(), match.end()
            elif depth == 1 and match.group(1) is not None and not listed:
                key, begin, value = _string(token[: token.rindex(b'"') + 1]), match.start(), match.end()
            if token in (b"}", b"]"):
                depth -= 1
                if depth == 0:
                    break
        return children


class _OutOfStep(Exception):
    """The sizes do not fit the text: a key stands twice."""


def _blank(data: Bytes, at: int) -> int:
    match = _ITEM.match(data, at)
    return match.end() - at if match else 0
