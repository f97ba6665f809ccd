"""Many members packed as one stream, one behind the other: what stands before a member is unpacked and charged too."""

import zlib
from collections.abc import Callable

from cpo_scan.targets.content import CHUNK, Readable
from cpo_scan.targets.errors import Unreadable


class Solid:
    """The stream of such members, read forwards only; `start` opens it when the first of them is asked for.

    `code` is the format, whose reasons `.truncated`, `.overlap` and `.bad_crc` are raised. A stream that broke stays
    broken: every member behind that place raises the same reason.
    """

    def __init__(self, start: Callable[[], Readable], code: str) -> None:
        self._start, self.code = start, code
        self._stream: Readable | None = None
        self._at = 0
        self._broken: Unreadable | None = None

    def read(self, offset: int, most: int) -> bytes:
        """At most so many bytes of those at `offset`; none at the end of the stream. Raises Unreadable."""
        if self._broken is not None:
            raise self._broken.again()
        if offset < self._at:
            raise Unreadable(f"{self.code}.overlap")
        try:
            if self._stream is None:
                self._stream = self._start()
            while self._at < offset:
                skipped = len(self._stream.read(min(offset - self._at, CHUNK)))
                if not skipped:
                    raise Unreadable(f"{self.code}.truncated")
                self._at += skipped
            data = self._stream.read(most)
        except Unreadable as error:
            self._broken = error
            raise
        self._at += len(data)
        return data


class Piece:
    """One member of a solid stream; its CRC-32 is checked where the container tells one."""

    def __init__(self, solid: Solid, offset: int, size: int, crc: int | None = None) -> None:
        self._solid, self._offset, self._left = solid, offset, size
        self._wanted, self._crc = crc, 0

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where they end before, or are others."""
        if not self._left or most <= 0:
            return b""
        data = self._solid.read(self._offset, min(most, self._left))
        if not data:
            raise Unreadable(f"{self._solid.code}.truncated")
        self._offset += len(data)
        self._left -= len(data)
        if self._wanted is not None:
            self._crc = zlib.crc32(data, self._crc)
            if not self._left and self._crc != self._wanted:
                raise Unreadable(f"{self._solid.code}.bad_crc")
        return data

    def close(self) -> None:
        """The stream belongs to the container."""
