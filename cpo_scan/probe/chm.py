"""Compiled HTML help (ITSF, versions 2 to 4) as a container: its directory, and the bytes of its files.

Layout as published by the authors of free readers of the format: a directory in chunks lists files by section and
place; section 0 lies there as it is, section 1 is packed by LZX and begins anew every few frames. Numbers are
little-endian.
"""

import struct
from collections.abc import Callable, Iterator

import msgspec

from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.lzx import FRAME, WINDOWS, Lzx

MOST_ENTRIES = 200_000
MOST_UNPACKED = 64 * 2**20
"""Bytes that are unpacked or handed out of one file: a manual of some ten thousand pages."""
_STORAGE = "::DataSpace/Storage/MSCompressed/"
_RESETS = f"{_STORAGE}Transform/{{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}}/InstanceData/ResetTable"
_PLAIN, _PACKED = 0, 1


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A file of the help: the section in which it lies, and where."""

    section: int
    offset: int
    size: int


class _Packed(msgspec.Struct, frozen=True, kw_only=True):
    """How section 1 is packed: where its frames begin, and how many of them belong together."""

    start: int
    end: int
    frames: tuple[int, ...]
    together: int
    window: int
    size: int


class HelpFile:
    """A CHM file. Raises Unreadable, code `chm.malformed`, where its layout is not as it must be."""

    def __init__(self, data: Bytes, checkpoint: Callable[[], None]) -> None:
        self._data, self._checkpoint = data, checkpoint
        self._left = MOST_UNPACKED
        self._known: tuple[int, bytes] = (-1, b"")
        self._way: _Packed | None = None
        try:
            self._start = self._header()
            self.entries = dict(self._directory())
        except (struct.error, IndexError, OverflowError):
            raise Unreadable("chm.malformed") from None

    @property
    def compiler_language(self) -> int:
        """The Windows language id of the machine on which the help was made."""
        return int(struct.unpack_from("<I", self._data, 20)[0])

    def read(self, entry: Entry, most: int) -> bytes:
        """The bytes of a file, so many at most. Raises Unreadable where they are not there, LimitHit at the limit."""
        size = min(entry.size, most)
        self._spend(size)
        if entry.section == _PLAIN:
            found = bytes(self._data[self._start + entry.offset : self._start + entry.offset + size])
        elif entry.section == _PACKED:
            found = self._unpacked(entry.offset, size)
        else:
            raise Unreadable("chm.malformed")
        if len(found) < size:
            raise Unreadable("chm.malformed")
        return found

    def _spend(self, size: int) -> None:
        if size > self._left:
            raise LimitHit("prose.parts_limit", limit=MOST_UNPACKED)
        self._left -= size

    # -- header and directory

    def _header(self) -> int:
        """Where section 0 begins."""
        data = self._data
        if data[:4] != b"ITSF":
            raise Unreadable("chm.malformed")
        version = struct.unpack_from("<I", data, 4)[0]
        self._listing, size = struct.unpack_from("<QQ", data, 0x48)
        start: int = struct.unpack_from("<Q", data, 0x58)[0] if version >= 3 else self._listing + size
        return start

    def _directory(self) -> Iterator[tuple[str, Entry]]:
        data, listing = self._data, self._listing
        if data[listing : listing + 4] != b"ITSP":
            raise Unreadable("chm.malformed")
        header, chunk = struct.unpack_from("<I", data, listing + 8)[0], struct.unpack_from("<I", data, listing + 16)[0]
        first, last = struct.unpack_from("<II", data, listing + 32)
        if not 64 <= chunk <= 2**20:
            raise Unreadable("chm.malformed")
        count = 0
        for number in range(first, min(last + 1, first + len(data) // chunk + 1)):
            at = listing + header + number * chunk
            if data[at : at + 4] != b"PMGL":
                continue
            self._checkpoint()
            end = at + chunk - struct.unpack_from("<I", data, at + 4)[0]
            at += 20
            while at < end:
                count += 1
                if count > MOST_ENTRIES:
                    raise LimitHit("limit.container_members", limit=MOST_ENTRIES)
                length, at = _number(data, at)
                name = bytes(data[at : at + length]).decode("utf-8", "replace")
                section, at = _number(data, at + length)
                offset, at = _number(data, at)
                size, at = _number(data, at)
                yield name, Entry(section, offset, size)

    # -- the packed section

    def _unpacked(self, offset: int, size: int) -> bytes:
        way = self._way = self._way or self._packed()
        if offset + size > way.size:
            raise Unreadable("chm.malformed")
        step = way.together * FRAME
        parts = []
        end = offset + size
        while offset < end:
            number, skipped = divmod(offset, step)
            part = self._stretch(way, number)[skipped : skipped + end - offset]
            if not part:
                raise Unreadable("chm.malformed")
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def _stretch(self, way: _Packed, number: int) -> bytes:
        """The frames from one new beginning to the next; the last one is kept, since files follow each other."""
        if self._known[0] != number:
            self._checkpoint()
            first = number * way.together
            frames = way.frames[first : first + way.together + 1]
            if not frames:
                raise Unreadable("chm.malformed")
            count = min(way.together, -(-way.size // FRAME) - first)  # the table may list one place more
            end = way.start + frames[way.together] if len(frames) > way.together else way.end
            start = way.start + frames[0]
            if not way.start <= start <= end <= way.end:
                raise Unreadable("chm.malformed")
            self._spend(count * FRAME)
            self._known = (number, Lzx(way.window).unpack(bytes(self._data[start:end]), count * FRAME))
        return self._known[1]

    def _packed(self) -> _Packed:
        try:
            content, control, resets = (
                self.entries[name] for name in (f"{_STORAGE}Content", f"{_STORAGE}ControlData", _RESETS)
            )
            kind, version, interval, window = struct.unpack_from("<4sIII", self.read(control, 64), 4)
            table = self.read(resets, 2**20 * 8)
            count, width, header, size = struct.unpack_from("<IIIQ", table, 4)
            unit = FRAME if version >= 2 else 1
            interval, window = interval * unit, window * unit
            if kind != b"LZXC" or width != 8 or interval % FRAME or not interval or window & window - 1:
                raise Unreadable("chm.malformed")
            if window.bit_length() - 1 not in WINDOWS or count > (len(table) - header) // 8:
                raise Unreadable("chm.malformed")
            return _Packed(
                start=self._start + content.offset,
                end=self._start + content.offset + content.size,
                frames=struct.unpack_from(f"<{count}Q", table, header),
                together=interval // FRAME,
                window=window.bit_length() - 1,
                size=size,
            )
        except (KeyError, struct.error):
            raise Unreadable("chm.malformed") from None


def _number(data: Bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the highest first; and where it ends."""
    value = 0
    for _ in range(10):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    raise Unreadable("chm.malformed")
