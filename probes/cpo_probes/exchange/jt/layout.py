"""The outer structure of a JT file (ISO 14306:2017, 5.1): header, table of contents, headers of the segments. Pure.

What lies inside of the segments is looked at by `jt_segments`.
"""

import struct
from collections.abc import Callable, Iterator
from mmap import mmap
from typing import Any

import msgspec

from cpo_probes.exchange.problem import Problem
from cpo_scan.probe import patterns

_VERSION = r"\AVersion {1,4}([0-9]{1,2})\.([0-9]{1,2})([^\r\n\0]{0,80})"
_TEXT = 80  # octets of the version string
_GUID = 16
_SEGMENT_HEADER = 24  # GUID, type, length
_SCENE_GRAPH = 1
_MOST = 1_000_000  # segments; the largest assemblies known have some ten thousand
_LISTED = 20


class Entry(msgspec.Struct, frozen=True):
    """One segment of the table of contents whose extent lies in the file."""

    guid: bytes
    offset: int
    length: int
    kind: int


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What the outer structure says. `errors` break it; `remarks` are odd and break nothing by themselves."""

    version: str | None = None
    writer: str = ""
    byte_order: str | None = None
    contents_at: int | None = None
    """Offset of the table of contents."""
    segments: int | None = None
    """Entries of the table of contents."""
    types: dict[int, int] = {}
    """How many segments there are of each type."""
    scene_graph: bool | None = None
    """Is the segment that the header names as the scene graph in the table?"""
    headers: int = 0
    """Segments whose own header agrees with the table."""
    unused: int = 0
    """Octets that belong to neither header, table nor segments."""
    errors: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    whole: bool = False
    """Everything was looked at."""


def entries(data: bytes | mmap, layout: Layout) -> Iterator[Entry]:
    """The segments that the table of contents of a file places inside of it."""
    if layout.contents_at is None or layout.byte_order is None or layout.version is None or not layout.segments:
        return
    order, major = ">" if layout.byte_order == "big-endian" else "<", int(layout.version.partition(".")[0])
    entry = _entry(order, major)
    for number in range(min(layout.segments, _MOST)):
        where = layout.contents_at + 4 + number * entry.size
        if where + entry.size > len(data):
            return
        guid, offset, length, attributes = entry.unpack(bytes(data[where : where + entry.size]))
        if length >= _SEGMENT_HEADER and 0 < offset <= len(data) - length:
            yield Entry(guid, offset, length, attributes >> 24)


def _entry(order: str, major: int) -> struct.Struct:
    """A row of the table of contents; from version 10 on its offset has 64 bits."""
    return struct.Struct(order + ("16sQiI" if major >= 10 else "16siiI"))


def read(data: bytes | mmap, checkpoint: Callable[[], None] = lambda: None) -> Layout:
    """Go through the structure. `checkpoint` is called now and then and may raise to stop."""
    head = bytes(data[: _TEXT + 64])
    version = patterns.standard(_VERSION).match(head[:_TEXT])
    if version is None:
        return Layout(errors=(Problem("jt.version", 0, "5.1.1"),), whole=True)
    major = int(version.group(1))
    known: dict[str, Any] = {
        "version": f"{major}.{version.group(2).decode()}",
        "writer": " ".join(version.group(3).decode("latin-1").split()).removeprefix("JT").strip(),
    }
    wide = major >= 10  # from version 10 on offsets have 64 bits
    end = _TEXT + 5 + (8 if wide else 4) + _GUID
    if len(data) < end:
        error = Problem("jt.cut_header", len(data), "5.1.1", {"wanted": end, "found": len(data)})
        return Layout(errors=(error,), whole=True, **known)
    if head[_TEXT] > 1:
        error = Problem("jt.byte_order", _TEXT, "5.1.1", {"found": head[_TEXT]})
        return Layout(errors=(error,), whole=True, **known)
    known["byte_order"] = "big-endian" if head[_TEXT] else "little-endian"
    order = ">" if head[_TEXT] else "<"
    reserved, at = struct.unpack_from(order + ("iQ" if wide else "ii"), head, _TEXT + 1)
    known["contents_at"] = at
    graph = head[end - _GUID : end]
    end += _GUID if reserved and wide else 0  # then one more GUID follows
    entry = _entry(order, major)
    if not end <= at <= len(data) - 4:
        error = Problem("jt.contents_outside", _TEXT + 5, "5.1.1", {"offset": at, "size": len(data)})
        return Layout(errors=(error,), whole=True, **known)
    (count,) = struct.unpack(order + "i", bytes(data[at : at + 4]))
    if not 0 <= count <= (len(data) - at - 4) // entry.size:
        error = Problem("jt.contents_cut", at, "5.1.2", {"count": count})
        return Layout(errors=(error,), segments=max(count, 0), whole=True, **known)
    table = _Table(data, order, end, checkpoint)
    for number in range(min(count, _MOST)):
        where = at + 4 + number * entry.size
        guid, offset, length, attributes = entry.unpack(bytes(data[where : where + entry.size]))
        table.take(where, guid, offset, length, attributes >> 24, guid == graph)
    table.spans.append((at, at + 4 + count * entry.size))
    table.spans.append((0, end))
    return _layout(known, table, data, graph, count, at)


def _layout(known: dict[str, Any], table: "_Table", data: bytes | mmap, graph: bytes, count: int, at: int) -> Layout:
    if (count and not table.graph) or (not count and any(graph)):
        table.error("jt.no_scene_graph", at, "5.1.1")
    elif table.graph and table.graph != _SCENE_GRAPH:
        table.error("jt.scene_graph_type", at, "5.1.1", found=table.graph)
    overlapping, unused = _overlaps(table.spans, len(data))
    if overlapping:
        table.remark("jt.overlapping", overlapping[0], "5.1.2", count=len(overlapping))
    if table.disagreeing:
        table.remark("jt.segment_header", table.disagreeing[0], "5.1.3.1", count=len(table.disagreeing))
    return Layout(
        segments=count,
        types=dict(sorted(table.types.items())),
        scene_graph=bool(table.graph),
        headers=table.agreeing,
        unused=unused,
        errors=tuple(table.errors[:_LISTED]),
        remarks=tuple(table.remarks[:_LISTED]),
        whole=count <= _MOST and count > 0,
        **known,
    )


class _Table:
    """The segments, as one entry after the other is taken in."""

    def __init__(self, data: bytes | mmap, order: str, first: int, checkpoint: Callable[[], None]) -> None:
        self._data, self._first, self._checkpoint = data, first, checkpoint
        self._header = struct.Struct(order + "16sii")
        self._seen: set[bytes] = set()
        self.types: dict[int, int] = {}
        self.spans: list[tuple[int, int]] = []
        self.graph = 0  # type of the segment that is named as the scene graph
        self.agreeing = 0
        self.disagreeing: list[int] = []
        self.errors: list[Problem] = []
        self.remarks: list[Problem] = []

    def take(self, where: int, guid: bytes, offset: int, length: int, kind: int, is_graph: bool) -> None:
        """One entry, which stands at octet `where`."""
        if not len(self.spans) & 0xFFF:
            self._checkpoint()
        self.types[kind] = self.types.get(kind, 0) + 1
        if is_graph:
            self.graph = kind or -1
        if guid in self._seen:
            self.remark("jt.segment_twice", where, "5.1.2", segment=guid.hex())
        self._seen.add(guid)
        size = len(self._data)
        if offset < self._first or length < _SEGMENT_HEADER or offset + length > size:
            self.error("jt.segment_outside", where, "5.1.2", offset=offset, length=length, size=size)
            return
        self.spans.append((offset, offset + length))
        own = self._header.unpack(bytes(self._data[offset : offset + _SEGMENT_HEADER]))
        if own == (guid, kind, length):
            self.agreeing += 1
        else:
            self.disagreeing.append(offset)

    def error(self, code: str, byte: int, clause: str, **params: Any) -> None:
        """The structure is broken."""
        if len(self.errors) < _LISTED:
            self.errors.append(Problem(code, byte, clause, params))

    def remark(self, code: str, byte: int, clause: str, **params: Any) -> None:
        """Odd, and no break of the structure."""
        if len(self.remarks) < _LISTED:
            self.remarks.append(Problem(code, byte, clause, params))


def _overlaps(spans: list[tuple[int, int]], size: int) -> tuple[list[int], int]:
    """Where spans begin inside of others, and how many octets none of them covers."""
    overlapping, covered, end = [], 0, 0
    for start, stop in sorted(spans):
        if start < end:
            overlapping.append(start)
        covered += max(0, stop - max(start, end))
        end = max(end, stop)
    return overlapping, size - covered
