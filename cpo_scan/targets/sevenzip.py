"""7z archives (7zFormat.txt of the LZMA SDK): solid blocks, each unpacked as one stream.

The directory stands at the end of the archive, packed itself as a rule. Coders: `sevenzip_coders`.
"""

import stat
import zlib
from collections.abc import Iterator
from functools import partial

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, Readable, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import exactly
from cpo_scan.targets.member import LINK_LIMIT, Member, Names, link_text, member_name
from cpo_scan.targets.packed import unpacked_name
from cpo_scan.targets.sevenzip_coders import decoded
from cpo_scan.targets.sevenzip_header import File, Folder, Header, read_header
from cpo_scan.targets.solid import Piece, Solid

MAGIC = b"7z\xbc\xaf\x27\x1c"
_START = 32  # bytes before the packed streams: magic, version, and where the directory is
_DIRECTORY = 128 * 2**20  # bytes of an unpacked directory
_ENCODED = 4  # times that a directory can be packed itself
_UNIX = 0x8000  # attribute: the upper half is a mode
_REPARSE = 0x400  # FILE_ATTRIBUTE_REPARSE_POINT


def is_7z(start: bytes) -> bool:
    """Are these the first 32 bytes of an archive? Their check sum says so."""
    return start.startswith(MAGIC) and zlib.crc32(start[12:_START]) == int.from_bytes(start[8:12], "little")


def open_7z(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of a 7z archive, in the order of its streams; empty ones where its directory has them."""
    return read_7z(content.whole(), 0, budget, name, names or Names())


def read_7z(data: Bytes, begin: int, budget: Budget, name: str, names: Names) -> Iterator[Member]:
    """The same for an archive that begins at a byte of the data: behind a program that unpacks it."""
    header = _directory(data, begin, budget)
    streams: dict[int, Solid] = {}
    for file in header.files:
        if file.folder:
            continue
        budget.check()
        budget.member()
        shown = names.unique(member_name(file.name or unpacked_name(name)))
        if file.block is None:
            yield Member(shown, "other", None) if file.anti else _empty(shown)
            continue
        if file.block not in streams:
            streams[file.block] = Solid(partial(_unpacked, data, begin, header.folders[file.block], budget), "sevenzip")
        yield _member(shown, file, Piece(streams[file.block], file.offset, file.size, file.crc), budget)


def _empty(name: str) -> Member:
    return Member(name, "file", 0, read=lambda: BytesContent(b""))


def _member(name: str, file: File, piece: Piece, budget: Budget) -> Member:
    if file.attributes & _UNIX and stat.S_ISLNK(file.attributes >> 16):
        if file.size > LINK_LIMIT:
            return Member(name, "link", file.size)
        try:
            return Member(
                name, "link", None, link_target=link_text(exactly(piece, file.size).decode("utf-8", "replace"))
            )
        except Unreadable as error:
            return Member(name, "link", file.size, reason=error.reason)
    if file.attributes & _REPARSE:
        return Member(name, "link", file.size)

    def read() -> Content:
        if file.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        return BytesContent(exactly(piece, file.size)) if file.size <= SMALL else StreamContent(piece)

    return Member(name, "file", file.size, read=read)


# -- the directory


def _directory(data: Bytes, begin: int, budget: Budget) -> Header:
    start = data[begin : begin + _START]
    if start[: len(MAGIC)] != MAGIC:
        raise Unreadable("sevenzip.damaged", at=begin)
    if len(start) < _START:
        raise Unreadable("sevenzip.truncated")
    if zlib.crc32(start[12:]) != int.from_bytes(start[8:12], "little"):
        raise Unreadable("sevenzip.damaged", at=begin + 8)
    offset, size = int.from_bytes(start[12:20], "little"), int.from_bytes(start[20:28], "little")
    if not size:
        return Header([], [])
    if size > _DIRECTORY:
        raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)
    at = begin + _START + offset
    if at + size > len(data):
        raise Unreadable("sevenzip.truncated")
    raw = bytes(data[at : at + size])
    if zlib.crc32(raw) != int.from_bytes(start[28:32], "little"):
        raise Unreadable("sevenzip.damaged", at=at)
    for _ in range(_ENCODED):
        header = read_header(raw, budget.limits.container_members)
        if isinstance(header, Header):
            return header
        if header.size > _DIRECTORY:
            raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)
        raw = exactly(_unpacked(data, begin, header, budget), header.size)
        if len(raw) < header.size or (header.crc is not None and zlib.crc32(raw) != header.crc):
            raise Unreadable("sevenzip.damaged", at=at)
    raise Unreadable("sevenzip.damaged", at=at)


def _unpacked(data: Bytes, begin: int, folder: Folder, budget: Budget) -> Readable:
    """The bytes of a block; all that comes out is charged."""
    first = begin + _START
    packed = [Window(data, first + start, first + start + size) for start, size in folder.packed]
    return _Charged(decoded(folder, packed, budget.limits), budget)


class _Charged:
    """A stream whose bytes are charged as they come."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        data = self._stream.read(most)
        self._budget.charge(len(data))
        return data

    def close(self) -> None:
        """Let go of the decoders."""
        self._stream.close()
