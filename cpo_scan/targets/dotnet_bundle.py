"""Programs of .NET in a single file: the assemblies and files that stand behind the program that starts them.

Layout by the source of .NET (Microsoft.NET.HostModel.Bundle, versions 1, 2 and 6): a mark in the program, before it the
place of a list; each row has place, size, packed size (from version 6 on, 0: not packed; else Deflate), type and path.
"""

import struct
from collections.abc import Iterator
from functools import partial

import msgspec

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import Bytes, Content, StreamContent, Window, find
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names, member_name
from cpo_scan.targets.unpack import DEFLATE, Unpacked

_MARK = bytes.fromhex(
    "8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae"
)  # SHA-256 of ".net core bundle"
_PLACE = struct.Struct("<q")  # right before the mark; 0 in a program that carries nothing
_HEADER = struct.Struct("<IIi")  # version, its lesser part, number of files
_VERSIONS = (1, 2, 6)
_MORE = 40  # bytes of version 2 and later: places of two files, and flags
_LEAST = 4096  # bytes behind the sections of a program that carries something
_LONGEST = 4096  # bytes of a path


class _Row(msgspec.Struct, frozen=True, gc=False):
    start: int
    size: int
    packed: int
    path: str


def elf_end(head: bytes) -> int:
    """Where the sections of an ELF program of 64 bits end; 0 where the head does not say it."""
    if head[:6] != b"\x7fELF\x02\x01" or len(head) < 64:
        return 0
    place = int.from_bytes(head[40:48], "little")
    size, count = int.from_bytes(head[58:60], "little"), int.from_bytes(head[60:62], "little")
    return place + size * count if place else 0


def bundle_in(data: Bytes, end: int) -> int:
    """Where the list of files stands that a program carries, whose sections end there; 0 where it carries none."""
    if not 0 < end <= len(data) - _LEAST:
        return 0
    mark = find(data, _MARK)
    if not _PLACE.size <= mark < end:
        return 0
    place: int = _PLACE.unpack(data[mark - _PLACE.size : mark])[0]
    row = data[place : place + _HEADER.size] if end <= place < len(data) else b""
    return place if len(row) == _HEADER.size and _HEADER.unpack(row)[0] in _VERSIONS else 0


def open_bundle(data: Bytes, start: int, budget: Budget, names: Names) -> Iterator[Member]:
    """The files of a bundle, in the order of its list. Raises Unreadable, code `bundle.damaged`."""
    for row in _rows(data, start, budget.limits.container_members):
        budget.check()
        budget.member()
        shown = names.unique(member_name(row.path))
        yield Member(shown, "file", row.size, read=partial(_read, data, row, budget))


def _rows(data: Bytes, start: int, most: int) -> Iterator[_Row]:
    major, _, count = _HEADER.unpack(data[start : start + _HEADER.size])
    if count < 0:
        raise Unreadable("bundle.damaged", at=start)
    if count > most:
        raise LimitHit("limit.container_members", limit=most)
    _, at = _text(data, start + _HEADER.size)  # an identity of the bundle
    at += _MORE if major >= 2 else 0
    layout = struct.Struct("<qqqB" if major >= 6 else "<qqB")
    for _ in range(count):
        raw = data[at : at + layout.size]
        if len(raw) < layout.size:
            raise Unreadable("bundle.damaged", at=at)
        place, size, *packed, _ = layout.unpack(raw)
        path, at = _text(data, at + layout.size)
        yield _Row(place, size, packed[0] if packed else 0, path)


def _text(data: Bytes, at: int) -> tuple[str, int]:
    """A text behind its length, which has seven bits a byte, the lowest first; and where it ends."""
    size = shift = 0
    start = at
    while True:
        byte = data[at : at + 1]
        if not byte or shift > 21:
            raise Unreadable("bundle.damaged", at=start)
        size |= (byte[0] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte[0] < 0x80:
            break
    raw = bytes(data[at : at + size]) if size <= _LONGEST else b""
    if len(raw) < size or size > _LONGEST:
        raise Unreadable("bundle.damaged", at=start)
    return raw.decode("utf-8", "replace"), at + size


def _read(data: Bytes, row: _Row, budget: Budget) -> Content:
    if row.size > budget.limits.member_bytes:
        raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
    length = row.packed or row.size
    if row.start < 0 or length < 0 or row.size < 0 or row.start + length > len(data):
        raise Unreadable("bundle.damaged", at=max(0, row.start))
    window = Window(data, row.start, row.start + length)
    if row.packed:
        return StreamContent(Unpacked(DEFLATE, window, budget.limits, alone=True), budget.meter())
    return StreamContent(window, budget.meter())
