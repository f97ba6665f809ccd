"""Reading JSON: a fast decoder, exact limits before and after it, positions only when somebody asks."""

import re
import sys
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from cpo_scan.probe.documents import Document, Place, Problem, pointer_to, without_collection
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

PROBLEMS = 100
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_STRINGS = re.compile(_STRING, re.DOTALL)
_KEY = re.compile(rb"[\s,]*+(" + _STRING + rb")\s*+:\s*+", re.DOTALL)
_ITEM = re.compile(rb"[\s,]*+")
_TOKEN = re.compile(_STRING + rb"(\s*+:)?|[{}\[\],]", re.DOTALL)
_NUMBER_OR_STRING = re.compile(_STRING + rb"|-?[0-9][0-9.eE+-]*+", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:(u[dD][89abAB]..\\u[dD][c-fC-F]..)|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_DIGITS = 4_300  # sys.int_info.default_max_str_digits: longer integers can't be turned into text again
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_BAD_BYTE = re.compile(r"\(byte (\d+)\)")


def read(data: bytes, limits: Limits) -> Document:
    """The document in UTF-8 bytes without a byte order mark. Raises Unreadable and LimitHit."""
    _bound_nodes(data, limits.json_nodes)
    value = _decode(data, limits)
    strings, depth = _measure(value)
    if depth > limits.document_depth:
        raise LimitHit("limit.document_depth", limit=limits.document_depth)
    places = _Places(data, limits.document_depth)

    def problems() -> Sequence[Problem]:
        return _duplicates(data, places) if _strings(data) != strings else ()

    return Document(value, "json", data, places.find, problems)


def _bound_nodes(data: bytes, limit: int) -> None:
    """No more values than openers and commas; those in strings are left out only where it matters."""
    if len(data) < limit:
        return
    if data.count(b",") + data.count(b"[") + data.count(b"{") >= limit:
        bare = _STRINGS.sub(b"", data)
        if bare.count(b",") + bare.count(b"[") + bare.count(b"{") >= limit:
            raise LimitHit("limit.document_nodes", limit=limit)


def _decode(data: bytes, limits: Limits) -> Any:
    try:
        with without_collection(), _headroom(limits.document_depth):
            try:
                return msgspec.json.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                repaired = _repaired(data)
                if repaired == data:
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


def _repaired(data: bytes) -> bytes:
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


def _malformed(data: bytes, error: Exception) -> Unreadable:
    found = _BAD_BYTE.search(str(error))
    offset = int(found.group(1)) if found else len(data)
    if "trailing characters" in str(error):  # the decoder has stepped over the first of them
        offset -= 1
    if isinstance(error, UnicodeDecodeError):
        try:
            data.decode()
        except UnicodeDecodeError as first:
            offset = first.start
    line, column, _ = _Places(data, 0).place(min(offset, len(data)))
    return Unreadable("json.malformed", line=line, column=column)


def _measure(value: Any) -> tuple[int, int]:
    """How many strings there are, keys included, and how deep the containers go."""
    strings, depth = int(type(value) is str), 0
    level = [value]
    while True:
        dicts = [child for child in level if type(child) is dict]
        lists = [child for child in level if type(child) is list]
        if not dicts and not lists:
            return strings, depth
        depth += 1
        members, items = sum(map(len, dicts)), sum(map(len, lists))
        below = chain(chain.from_iterable(map(dict.values, dicts)), chain.from_iterable(lists))
        level = [child for child in below if type(child) is not str]
        strings += members + members + items - len(level)


def _strings(data: bytes) -> int:
    """How many strings a text has that was decoded: half its quotes without the escaped ones.

    More than what became of it has: a key stands twice, and what was under it the first time is gone.
    """
    if rb'\\"' in data:  # is the quote escaped, or the backslash in front of it?
        data = data.replace(rb"\\", b"")  # a row of backslashes starts with an escape, so pairs are escaped backslashes
    return (data.count(b'"') - data.count(rb"\"")) // 2


def _duplicates(data: bytes, places: "_Places") -> Sequence[Problem]:
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

    def __init__(self, data: bytes, depth: int) -> None:
        self._data = data
        self._depth = depth
        self._spans: dict[tuple[int, int], dict[str, tuple[int, int, int]]] = {}
        self._known: list[Place] = [(1, 1, 0)]  # places in their order

    def find(self, path: Sequence[str]) -> Place:
        """The place of the key or item at a path, or of what there is of it."""
        start = len(self._data) - len(self._data.lstrip())
        at, end = start, len(self._data)
        for token in path:
            if (start, end) not in self._spans:
                self._spans[start, end] = self._children(start, end)
            child = self._spans[start, end].get(token)
            if child is None:
                break
            at, start, end = child
        return self.place(at)

    def place(self, offset: int) -> Place:
        """Line and column of a byte."""
        known = self._known[bisect_right(self._known, offset, key=itemgetter(2)) - 1]
        line, column, before = known
        breaks = self._data.count(b"\n", before, offset)
        if breaks:
            line, column, before = line + breaks, 1, self._data.rfind(b"\n", 0, offset) + 1
        column += len(self._data[before:offset].decode(errors="replace"))
        found = (line, column, offset)
        if offset - known[2] > 4096:
            insort(self._known, found, key=itemgetter(2))
        return found

    def _children(self, start: int, end: int) -> dict[str, tuple[int, int, int]]:
        """Key or index of each child: where its key (or it) starts, where it starts, where it ends."""
        opener = self._data[start : start + 1]
        if opener not in (b"{", b"["):
            return {}
        try:
            with _headroom(self._depth):
                if opener == b"{":
                    raws = _OBJECT.decode(memoryview(self._data)[start:end])
                    return self._sized(start, end, [(key, len(memoryview(raw))) for key, raw in raws.items()])
                items = _ARRAY.decode(memoryview(self._data)[start:end])
                return self._sized(start, end, [(None, len(memoryview(raw))) for raw in items])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _OutOfStep):
            return self._scanned(start)

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


def _blank(data: bytes, at: int) -> int:
    match = _ITEM.match(data, at)
    return match.end() - at if match else 0
