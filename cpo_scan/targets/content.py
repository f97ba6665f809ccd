"""The bytes of one artifact: a head that everyone shares, random access, a digest, each byte read once if it can be."""

import contextlib
import errno
import hashlib
import io
import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Protocol, Self

from cpo_scan.targets.errors import Unreadable

HEAD = 64 * 2**10  # bytes that signatures look at
SMALL = 1 * 2**20  # up to here a file is read in one go and kept
IN_MEMORY = 32 * 2**20  # up to here an unpacked member is kept in memory, above it goes to a temporary file
CHUNK = 256 * 2**10
_HELD = 2**19  # bytes of a mapped file that were read before their pages are let go

Bytes = bytes | mmap.mmap


def find(data: Bytes, literal: bytes, start: int = 0) -> int:
    """`data.find`, quick on mapped bytes too: their own `find` goes byte by byte, that of a copied window does not."""
    if isinstance(data, bytes):
        return data.find(literal, start)
    step, overlap = 4 * CHUNK, len(literal) - 1
    for at in range(start, len(data), step):
        if (place := data[at : at + step + overlap].find(literal)) >= 0:
            return at + place
    return -1


def holds(data: Bytes, literals: Iterable[bytes]) -> bool:
    """Does any of the literals stand in the bytes? Each window is copied once for all of them."""
    wanted = tuple(literals)
    if isinstance(data, bytes):
        return any(literal in data for literal in wanted)
    step, overlap = 4 * CHUNK, max(map(len, wanted), default=1) - 1
    for at in range(0, len(data), step):
        window = data[at : at + step + overlap]
        if any(literal in window for literal in wanted):
            return True
    return False


def let_go(data: Bytes, end: int) -> int:
    """Give back the pages of a mapped file before `end`, where the system can; gives `end`."""
    if end and isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, 0, end // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY)
    return end


def forget(data: Bytes, start: int, end: int) -> None:
    """Let the pages of mapped bytes go, which count as our memory once they were read; they can be read again."""
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if isinstance(data, mmap.mmap) and advice is not None:
        first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
        if first < end:
            data.madvise(advice, first, end - first)


class Readable(Protocol):
    """The little that a member needs of a stream."""

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""

    def close(self) -> None:
        """Let go of it."""


class Content:
    """Bytes of one artifact. `head` is at hand at once; `whole` and `open` cost what they must.

    Errors of the carrier (a broken archive, a limit) are raised as `Unreadable` by whatever reads first, and again by
    whatever reads then. A context manager, for those who want to be sure that it is closed.

    `member_names`: what the container around it calls the members of this one; installers name the files of their
    cabinets in a table.
    """

    head: bytes
    member_names: Mapping[str, str] | None = None

    def whole(self) -> Bytes:
        """All bytes, in memory where small and mapped where large. Slicing and `find` work on both."""
        raise NotImplementedError

    def pieces(self, size: int) -> Iterator[tuple[bytes, bool]]:
        """All bytes in pieces of so many, each with whether it is the last; one piece where there are none.

        Pages of a mapped file are let go once they were read, so that they do not count as our memory.
        """
        data = self.whole()
        released = at = 0
        while True:
            piece = bytes(data[at : at + size])
            at += len(piece)
            if at - released >= _HELD or at >= len(data):
                released = let_go(data, at)
            yield piece, at >= len(data)
            if at >= len(data):
                return

    def finish(self, *, last: bool = False) -> tuple[int, str]:
        """Size in bytes and SHA-256 in hex; reads what was not read yet.

        `last`: nobody will ask for the bytes any more, so that what is unpacked on the way need not be kept.
        """
        raise NotImplementedError

    def open(self) -> BinaryIO:
        """A seekable binary file over the bytes, for libraries that want one."""
        whole = self.whole()
        return io.BytesIO(whole) if isinstance(whole, bytes) else io.BufferedReader(_Window(whole))

    def close(self) -> None:
        """Let go of files and memory."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BytesContent(Content):
    """Bytes that are in memory already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.head = data[:HEAD]

    def whole(self) -> bytes:
        return self._data

    def finish(self, *, last: bool = False) -> tuple[int, str]:  # noqa: ARG002
        return len(self._data), hashlib.sha256(self._data).hexdigest()


class FileContent(Content):
    """A regular file on disk, opened once. Takes over the descriptor, also where it raises Unreadable."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._map: mmap.mmap | None = None
        self._data: bytes | None = None
        self._small = size <= SMALL
        try:
            # One byte more than there should be: a file that ends there needs no second read to know it.
            data = os.read(descriptor, min(size + 1, HEAD))
            if size < HEAD:
                if len(data) != size:  # it grew or shrank meanwhile, or is one of those whose size the system makes up
                    data += b"".join(self._rest())
                self._data = data
        except OSError as error:
            os.close(descriptor)
            raise io_error(error) from None
        self.head = data[:HEAD]

    def _rest(self) -> Iterator[bytes]:
        while chunk := os.read(self._descriptor, CHUNK * 4):
            yield chunk

    def whole(self) -> Bytes:
        if self._data is None and self._small:
            try:
                self._data = self.head + b"".join(self._rest())
            except OSError as error:
                raise io_error(error) from None
        if self._data is not None:
            return self._data
        if self._map is None:
            try:
                self._map = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
            except ValueError:  # emptied since it was opened
                self._data = b""
                return self._data
            except OSError as error:
                raise io_error(error) from None
        return self._map

    def finish(self, *, last: bool = False) -> tuple[int, str]:  # noqa: ARG002
        if self._small:
            data = self.whole()
            return len(data), hashlib.sha256(data).hexdigest()
        if self._data is not None:
            return len(self._data), hashlib.sha256(self._data).hexdigest()
        # Through a buffer and not through the mapping: its pages would count as our memory.
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            with os.fdopen(os.dup(self._descriptor), "rb", buffering=0) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            return os.fstat(self._descriptor).st_size, sha256
        except OSError as error:
            raise io_error(error) from None

    def close(self) -> None:
        if self._map is not None:
            # A library may still hold a view of the mapping; it goes with the view then.
            with contextlib.suppress(BufferError):
                self._map.close()
            self._map = None
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class StreamContent(Content):
    """A member that is unpacked as it is read. `charge` is told every byte that comes out, and may raise LimitHit."""

    def __init__(self, stream: Readable, charge: Callable[[int], None] = lambda _: None) -> None:
        self._stream, self._charge = stream, charge
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._data: Bytes | None = None
        self._spool: BinaryIO | None = None
        self._broken: Unreadable | None = None
        self._gone = False
        parts = []
        while self._size < HEAD and (chunk := self._next(HEAD - self._size)):
            parts.append(chunk)
        self.head = b"".join(parts)

    def _next(self, most: int = CHUNK) -> bytes:
        if self._broken is not None:
            raise self._broken.again()
        try:
            chunk = self._stream.read(most)
            if chunk:
                self._charge(len(chunk))
        except Unreadable as error:
            self._broken = error
            raise
        self._sha256.update(chunk)
        self._size += len(chunk)
        return chunk

    def whole(self) -> Bytes:
        if self._data is None:
            if self._gone:
                raise ValueError("the bytes were let go by finish(last=True)")
            parts, held = [self.head], len(self.head)
            while held <= IN_MEMORY and (chunk := self._next()):
                parts.append(chunk)
                held += len(chunk)
            self._data = b"".join(parts) if held <= IN_MEMORY else self._spooled(parts)
        return self._data

    def _spooled(self, parts: list[bytes]) -> mmap.mmap:
        import tempfile

        try:
            self._spool = tempfile.TemporaryFile(prefix="cpo-scan-")  # noqa: SIM115 - closed with the content
            self._spool.writelines(parts)
            parts.clear()
            while chunk := self._next():
                self._spool.write(chunk)
            self._spool.flush()
            return mmap.mmap(self._spool.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:  # no room for it: nobody can read it any more, since half of it is gone
            self._broken = io_error(error)
            raise self._broken from None

    def finish(self, *, last: bool = False) -> tuple[int, str]:
        if self._data is None:
            if last:
                self._gone = True
                while self._next():
                    pass
            else:
                self.whole()
        return self._size, self._sha256.hexdigest()

    def close(self) -> None:
        if isinstance(self._data, mmap.mmap):
            with contextlib.suppress(BufferError):
                self._data.close()
        if self._spool is not None:
            self._spool.close()
        self._stream.close()


class Window:
    """A part of mapped bytes as a stream. Reads at most `end` - `start` bytes, and lets their pages go."""

    def __init__(self, data: Bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, min(end, len(data))
        self._held = start

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        start = self._at
        self._at = min(start + most, self._end)
        if start - self._held >= _HELD:
            forget(self._data, self._held, start)
            self._held = start
        return self._data[start : self._at] if start < self._at else b""

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the container."""


class _Window(io.RawIOBase):
    """A seekable file over mapped bytes."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped, self._at = mapped, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._mapped)}[whence]
        if start + offset < 0:
            raise OSError("seek before the start")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._mapped[self._at : self._at + len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


_CODES = {
    errno.EACCES: "fs.not_permitted",
    errno.EPERM: "fs.not_permitted",
    errno.ENOENT: "fs.vanished",
    errno.ENOTDIR: "fs.vanished",
    errno.ELOOP: "fs.link",
    errno.ENAMETOOLONG: "fs.name_too_long",
}


def io_error(error: OSError) -> Unreadable:
    """An error of the operating system as a reason. Its wording differs between systems, so only its name is kept."""
    number = error.errno or 0
    if (code := _CODES.get(number)) is not None:
        return Unreadable(code)
    return Unreadable("fs.io_error", error=errno.errorcode.get(number, "unknown"))
