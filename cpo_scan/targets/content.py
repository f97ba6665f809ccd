"""The bytes of one artifact: a head that everyone shares, random access, a digest, each byte read once if it can be."""

import contextlib
import hashlib
import io
import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

HEAD = 64 * 2**10  # bytes that signatures look at
SMALL = 1 * 2**20  # up to here a file is read in one go and kept
IN_MEMORY = 32 * 2**20  # up to here an unpacked member is kept in memory, above it goes to a temporary file
CHUNK = 256 * 2**10

Bytes = bytes | mmap.mmap


class Content:
    """Bytes of one artifact. `head` is at hand at once; `whole` and `open` cost what they must.

    Errors of the carrier (a broken archive, a limit) are raised as `Unreadable` by whatever reads first.
    """

    head: bytes

    def whole(self) -> Bytes:
        """All bytes, in memory where small and mapped where large. Slicing and `find` work on both."""
        raise NotImplementedError

    def finish(self) -> tuple[int, str]:
        """Size in bytes and SHA-256 in hex; reads what was not read yet."""
        raise NotImplementedError

    def open(self) -> BinaryIO:
        """A seekable binary file over the bytes, for libraries that want one."""
        whole = self.whole()
        return io.BytesIO(whole) if isinstance(whole, bytes) else io.BufferedReader(_Window(whole))

    def close(self) -> None:
        """Let go of files and memory."""


class BytesContent(Content):
    """Bytes that are in memory already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.head = data[:HEAD]

    def whole(self) -> bytes:
        return self._data

    def finish(self) -> tuple[int, str]:
        return len(self._data), hashlib.sha256(self._data).hexdigest()


class FileContent(Content):
    """A regular file on disk, opened once. Takes over the descriptor."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor, self._size = descriptor, size
        self._map: mmap.mmap | None = None
        self._data: bytes | None = None
        data = os.read(descriptor, min(size, HEAD) or 1)
        if len(data) == size or size > SMALL:
            self.head = data
            self._data = data if len(data) == size else None
        else:
            self._data = data + b"".join(self._rest())
            self.head = self._data[:HEAD]

    def _rest(self) -> Iterator[bytes]:
        while chunk := os.read(self._descriptor, CHUNK * 4):
            yield chunk

    def whole(self) -> Bytes:
        if self._data is not None:
            return self._data
        if self._map is None:
            self._map = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
        return self._map

    def finish(self) -> tuple[int, str]:
        if self._data is not None:
            return len(self._data), hashlib.sha256(self._data).hexdigest()
        if self._map is not None:
            return len(self._map), hashlib.sha256(self._map).hexdigest()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._descriptor), "rb", buffering=0) as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return os.fstat(self._descriptor).st_size, sha256

    def close(self) -> None:
        if self._map is not None:
            # A library may still hold a view of the mapping; it goes with the view then.
            with contextlib.suppress(BufferError):
                self._map.close()
        os.close(self._descriptor)


class StreamContent(Content):
    """A member that is unpacked as it is read. `charge` is told every byte that comes out, and may raise LimitHit."""

    def __init__(self, stream: BinaryIO, charge: Callable[[int], None] = lambda _: None) -> None:
        self._stream, self._charge = stream, charge
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._data: Bytes | None = None
        self._spool: BinaryIO | None = None
        parts = []
        while self._size < HEAD and (chunk := self._next(HEAD - self._size)):
            parts.append(chunk)
        self.head = b"".join(parts)

    def _next(self, most: int = CHUNK) -> bytes:
        chunk = self._stream.read(most)
        if chunk:
            self._charge(len(chunk))
            self._sha256.update(chunk)
            self._size += len(chunk)
        return chunk

    def whole(self) -> Bytes:
        if self._data is None:
            parts, held = [self.head], len(self.head)
            while held <= IN_MEMORY and (chunk := self._next()):
                parts.append(chunk)
                held += len(chunk)
            if held <= IN_MEMORY:
                self._data = b"".join(parts)
            else:
                self._spool = tempfile.TemporaryFile(prefix="cpo-scan-")  # noqa: SIM115 - closed with the content
                self._spool.writelines(parts)
                parts.clear()
                while chunk := self._next():
                    self._spool.write(chunk)
                self._spool.flush()
                self._data = mmap.mmap(self._spool.fileno(), 0, access=mmap.ACCESS_READ)
        return self._data

    def finish(self) -> tuple[int, str]:
        if self._data is None:
            while self._next():
                pass
        return self._size, self._sha256.hexdigest()

    def close(self) -> None:
        if isinstance(self._data, mmap.mmap):
            with contextlib.suppress(BufferError):
                self._data.close()
        if self._spool is not None:
            self._spool.close()
        self._stream.close()


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
