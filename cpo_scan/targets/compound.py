"""OLE compound files (MS-CFB): the directory, and the bytes of a stream in the order of its sectors.

Every chain of sectors is followed no further than the file is long, so that none can run in a circle.
"""

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from cpo_scan.targets.content import Bytes, forget
from cpo_scan.targets.errors import LimitHit, Unreadable

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<8s18x4H6x9L")  # 2.2
_IN_HEADER = 109  # sectors of the allocation table that stand in the header
_ENTRY = struct.Struct("<64sHBB3L36xLQ")  # 2.6.1: 128 bytes
_LAST = 0xFFFFFFFA  # MAXREGSECT: above it are marks (2.1)
_NONE = 0xFFFFFFFF  # NOSTREAM
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_HELD = 16 * 2**20  # bytes of a stream whose pages stay in memory
_DEEPEST = 64  # storages in each other
_MOST = 400_000  # entries of a directory that are read: twice the members that a container may have


class Stream(msgspec.Struct, frozen=True, gc=False):
    """A stream of the file. `path`: the raw names of its storages, and its own."""

    path: tuple[str, ...]
    size: int
    start: int  # first sector


class _Entry(msgspec.Struct, frozen=True, gc=False):
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """A compound file. Raises Unreadable, code `ole.damaged` or `ole.truncated`."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        raw = bytes(data[: _HEADER.size])
        if len(raw) < _HEADER.size or raw[:8] != MAGIC:
            raise Unreadable("ole.damaged", at=0)
        _, major, order, shift, mini, *numbers = _HEADER.unpack(raw)
        _, tables, first, _, self._cutoff, small_first, _, more_first, _ = numbers
        if order != 0xFFFE or (major, shift) not in ((3, 9), (4, 12)) or mini != 6:
            raise Unreadable("ole.damaged", at=24)
        self._size, self._mini = 1 << shift, 1 << mini
        self._major = major
        self._sectors = max(0, -(-len(data) // self._size) - 1)
        self._table = self._allocation(tables, more_first)
        self._entries = self._directory(first)
        self._small_first = small_first
        self._small: tuple[array[int], _Runs] | None = None

    # -- the directory

    def streams(self) -> Iterator[Stream]:
        """All streams, in the order of their storages' trees. Raises Unreadable where a tree is none."""
        seen = {0}
        open_: list[tuple[int, tuple[str, ...]]] = [(self._entries[0].child, ())]
        path: tuple[str, ...] = ()
        # In order: left, the entry, what is in it, right. A negative number stands for an entry whose left is done.
        while open_:
            number, path = open_.pop()
            if number == _NONE:
                continue
            if number >= 0:
                if number >= len(self._entries) or number in seen:
                    raise Unreadable("ole.damaged_directory")
                seen.add(number)
                open_.append((~number, path))
                open_.append((self._entries[number].left, path))
                continue
            entry = self._entries[~number]
            open_.append((entry.right, path))
            if entry.kind == _STREAM:
                yield Stream((*path, entry.name), entry.size, entry.start)
            elif entry.kind == _STORAGE:
                if len(path) >= _DEEPEST:
                    raise Unreadable("ole.damaged_directory")
                open_.append((entry.child, (*path, entry.name)))

    def names(self) -> Iterator[str]:
        """Names of all storages and streams, whatever their trees say."""
        return (entry.name for entry in self._entries[1:] if entry.kind in (_STORAGE, _STREAM))

    # -- streams

    def open(self, stream: Stream) -> "Chain":
        """The bytes of a stream. Raises Unreadable where its chain is broken or too short."""
        if stream.size >= self._cutoff:
            return Chain(self._data, self._runs(stream.start, stream.size))
        return Chain(self._data, self._small_runs(stream.start, stream.size))

    def read(self, stream: Stream) -> bytes:
        """All bytes of a stream; the caller knows its size."""
        return self.open(stream).read(stream.size)

    def _runs(self, start: int, size: int) -> "_Runs":
        """The pieces of the file that a stream consists of."""
        return _Runs.of(self._table, start, size, self._size, self._size)

    def _small_runs(self, start: int, size: int) -> "_Runs":
        """The same for a stream in the stream of the root entry, whose sectors have 64 bytes."""
        if self._small is None:
            root = self._entries[0]
            most = -(-root.size * 4 // (self._mini * self._size))
            table = b"".join(self._sector(sector) for sector in self._chain(self._small_first, most))
            self._small = _words(table), self._runs(root.start, root.size)
        words, root_runs = self._small
        pieces = _Runs()
        for first, last in _Runs.of(words, start, size, self._mini, 0).within(0, size):
            for piece in root_runs.within(first, last):
                pieces.add(*piece)
        return pieces

    # -- sectors

    def _allocation(self, count: int, more: int) -> "array[int]":
        """The allocation table: its sectors stand in the header, and in a chain of sectors of their own (2.5)."""
        count = min(count, -(-4 * self._sectors // self._size))  # more than all sectors of the file it can't tell of
        raw = bytes(self._data[76 : 76 + 4 * _IN_HEADER])
        if len(raw) < 4 * _IN_HEADER:
            raise Unreadable("ole.truncated")
        places = list(_words(raw))
        seen: set[int] = set()
        while len(places) < count and more < _LAST:
            if more in seen:
                raise Unreadable("ole.damaged", at=68)
            seen.add(more)
            *further, more = _words(self._sector(more))
            places += further
        if len(places) < count:
            raise Unreadable("ole.damaged", at=68)
        return _words(b"".join(self._sector(place) for place in places[:count]))

    def _directory(self, first: int) -> list[_Entry]:
        most = _MOST * _ENTRY.size // self._size
        sectors = self._chain(first, most + 1)
        if len(sectors) >= self._sectors:  # the allocation table takes one at least: it runs in a circle
            raise Unreadable("ole.damaged_directory")
        if len(sectors) > most:
            raise LimitHit("limit.directory_bytes", limit=_MOST * _ENTRY.size)
        entries = []
        for sector in sectors:
            for row in _ENTRY.iter_unpack(self._sector(sector)):
                name, length, kind, _, left, right, child, start, size = row
                # 2.6.1: in version 3 the upper half of the size may hold anything
                size &= 0xFFFFFFFF if self._major == 3 else 0x7FFFFFFFFFFFFFFF
                text = name[: max(0, min(length, 64) - 2) & ~1].decode("utf-16-le", "replace")
                entries.append(_Entry(text, kind, left, right, child, start, size))
        if not entries or entries[0].kind != _ROOT:
            raise Unreadable("ole.damaged_directory")
        return entries

    def _chain(self, start: int, most: int) -> list[int]:
        return list(_follow(self._table, start, min(most, self._sectors)))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        raw = bytes(self._data[at : at + self._size])
        if len(raw) < self._size:
            raise Unreadable("ole.truncated")
        return raw


class Chain:
    """The bytes of a stream, piece by piece."""

    def __init__(self, data: Bytes, runs: "_Runs") -> None:
        self._data, self._runs, self._at = data, runs, 0
        self._held = 0

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where the file ends before."""
        parts = []
        for start, end in self._runs.within(self._at, min(self._at + most, self._runs.size)):
            piece = bytes(self._data[start:end])
            if len(piece) < end - start:
                raise Unreadable("ole.truncated")
            parts.append(piece)
            self._at += len(piece)
            self._held += len(piece)
            if self._held >= _HELD:
                forget(self._data, max(0, end - self._held), end)  # as a rule its sectors follow each other
                self._held = 0
        return b"".join(parts)

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the container."""


class _Runs:
    """The pieces of the file that make up a stream. Sectors that follow each other are one piece."""

    def __init__(self) -> None:
        self._places = array("Q")  # where each piece begins in the file
        self._ends = array("Q")  # where it ends in the stream

    @property
    def size(self) -> int:
        """Bytes of the stream."""
        return self._ends[-1] if self._ends else 0

    @staticmethod
    def of(table: "array[int]", start: int, total: int, size: int, shift: int) -> "_Runs":
        """A stream of `total` bytes, as the table chains its sectors. Raises Unreadable where the chain is too short.

        `size` is that of a sector, `shift` where the first one lies.
        """
        runs = _Runs()
        for sector in _follow(table, start, -(-total // size)):
            runs.add(place := sector * size + shift, place + min(size, total - runs.size))
        if runs.size < total:
            raise Unreadable("ole.damaged_stream")
        return runs

    def add(self, start: int, end: int) -> None:
        """The next piece, as its place in the file."""
        size = self.size
        if self._ends and self._places[-1] + size - (self._ends[-2] if len(self._ends) > 1 else 0) == start:
            self._ends[-1] += end - start
        else:
            self._places.append(start)
            self._ends.append(size + end - start)

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and end in the file of the pieces of a range. Raises Unreadable where the stream ends before."""
        if end > self.size:
            raise Unreadable("ole.damaged_stream")
        number = bisect_right(self._ends, start)
        while start < end:
            shift = self._places[number] - (self._ends[number - 1] if number else 0)
            stop = min(end, self._ends[number])
            yield start + shift, stop + shift
            start, number = stop, number + 1


def _words(raw: bytes) -> "array[int]":
    words = array("I", raw[: len(raw) & ~3])
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _follow(table: "array[int]", start: int, most: int) -> Iterator[int]:
    """The sectors of a chain, so many at most; fewer where it ends."""
    for _ in range(most):
        if start >= _LAST:
            return
        if start >= len(table):
            raise Unreadable("ole.damaged_stream")
        yield start
        start = table[start]
