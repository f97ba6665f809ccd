"""Where what a pointer names stands in a text of JSON; large texts are taken apart for the same reason.

Positions are worked out only when somebody asks, and each container on the way is looked through once.
"""

import codecs
import re
from bisect import bisect_right, insort
from collections.abc import Sequence
from operator import itemgetter

import msgspec

from cpo_scan.probe.documents import Place
from cpo_scan.probe.json_tokens import STRING, TOKEN, headroom, string
from cpo_scan.targets.content import Bytes, let_go

_PIECE = 2**20  # bytes of a part of a large text that is taken apart once more
_LEVELS = 2  # times that this is done: a description's paths, and each path
_SAMPLE, _PART = 64 * 2**10, 256  # bytes at the start of a piece that are looked at; bytes that its parts should have
_WINDOW = 64 * 2**10  # bytes that are decoded at a time to count columns
HELD = 2 * 2**20
"""Bytes of a mapped text after which its pages are let go."""
_KEY = re.compile(rb"[\s,]*+(" + STRING + rb")\s*+:\s*+", re.DOTALL)
_ITEM = re.compile(rb"[\s,]*+")
_BLANK = re.compile(rb"\s*+")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])

Piece = tuple[int, int, "dict[str, Piece] | list[Piece] | None"]
"""Where a value starts and ends, and its parts where it was taken apart."""


class Places:
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

    def pieces(self) -> Piece:
        """The document taken apart, down to pieces that are small or two levels deep.

        Raises what the decoder raises, and OutOfStep where a key stands twice.
        """
        return self._piece(*self._root(), _LEVELS)

    def _piece(self, start: int, end: int, levels: int) -> Piece:
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
        for match in TOKEN.finditer(self._data, start, start + _SAMPLE):
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
            with headroom(self._depth):
                return self._skipped(start, end)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OutOfStep):
            return self._scanned(start)
        finally:
            if end - start >= HELD:
                let_go(self._data, end)

    def _skipped(self, start: int, end: int) -> dict[str, tuple[int, int, int]]:
        """The same by the sizes of the children. Raises what the decoder raises, and OutOfStep."""
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
            if match is None or (key is not None and string(match.group(1)) != key):
                raise OutOfStep
            begin = match.end() if key is None else match.start(1)
            at = match.end() + size
            children[str(index) if key is None else key] = (begin, match.end(), at)
        if self._data[at:end].strip() not in (b"}", b"]"):  # a key stands twice
            raise OutOfStep
        return children

    def _scanned(self, start: int) -> dict[str, tuple[int, int, int]]:
        """The same token by token, for objects with duplicate keys (the last one counts) and repaired texts."""
        children: dict[str, tuple[int, int, int]] = {}
        depth, index, key, begin, value = 0, 0, "0", start + 1, start + 1
        listed = self._data[start : start + 1] == b"["
        for match in TOKEN.finditer(self._data, start):
            token = match.group()
            if token in (b"{", b"["):
                depth += 1
            elif depth == 1 and token in (b",", b"}", b"]"):
                children[key] = (begin + _blank(self._data, begin), value + _blank(self._data, value), match.start())
                index, key, begin, value = index + 1, str(index + 1), match.end(), match.end()
            elif depth == 1 and match.group(1) is not None and not listed:
                key, begin, value = string(token[: token.rindex(b'"') + 1]), match.start(), match.end()
            if token in (b"}", b"]"):
                depth -= 1
                if depth == 0:
                    break
        return children


class OutOfStep(Exception):
    """The sizes do not fit the text: a key stands twice."""


def _blank(data: Bytes, at: int) -> int:
    match = _ITEM.match(data, at)
    return match.end() - at if match else 0
