"""Cabinets (MS-CAB): folders, each one stream of blocks in which its files stand one behind the other.

Read are the methods "none", MSZIP (MS-MCI) and LZX (MS-PATCH). A cabinet can be one of a set; what began in the one
before it, or goes on in the next, is told and not read.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

import msgspec

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent, forget
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import exactly
from cpo_scan.targets.lzx import WINDOWS, Lzx
from cpo_scan.targets.member import Member, Names, member_name
from cpo_scan.targets.solid import Piece, Solid

MAGIC = b"MSCF\0\0\0\0"
_HEADER = struct.Struct("<4s4xL4xL4xBB5H")  # 2.1 CFHEADER
_FOLDER = struct.Struct("<L2H")  # 2.2 CFFOLDER
_FILE = struct.Struct("<2L4H")  # 2.3 CFFILE
_DATA = struct.Struct("<L2H")  # 2.4 CFDATA
_BEFORE, _AFTER, _RESERVED = 1, 2, 4  # flags of the header
_FROM_BEFORE = (0xFFFD, 0xFFFF)  # iFolder: continued from the cabinet before, and also in the next
_INTO_NEXT = 0xFFFE
_UTF8 = 0x80  # _A_NAME_IS_UTF of a file
_NAME = 257  # bytes with the zero at the end: 256 at most
_HELD = 16 * 2**20  # packed bytes whose pages stay in memory
_BLOCK = 32_768  # bytes that a block gives at most
_NAMES = {2: "Quantum", 3: "LZX"}  # of methods (2.2, typeCompress) that are not read; LZX with an odd window


class _File(msgspec.Struct, frozen=True, gc=False):
    name: str
    folder: int
    offset: int  # in the unpacked folder
    size: int


class _Folder(msgspec.Struct, frozen=True, gc=False):
    start: int
    blocks: int
    method: int


class _Cabinet(msgspec.Struct, frozen=True):
    folders: list[_Folder]
    files: list[_File]
    reserved: int  # bytes that each block has for the application


def open_cab(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of a cabinet, by folder and place. `content.member_names` may know better names than the cabinet."""
    del name
    data = content.whole()
    names = names or Names()
    cabinet = _read_cabinet(data, budget.limits.container_members)
    called: Mapping[str, str] = content.member_names or {}
    streams: dict[int, Solid] = {}
    for file in sorted(cabinet.files, key=lambda file: (file.folder, file.offset)):
        budget.check()
        budget.member()
        shown = names.unique(member_name(called.get(file.name, file.name)))
        if file.folder not in streams:
            streams[file.folder] = _solid(cabinet, file.folder, data, budget)
        yield _member(file, shown, streams[file.folder], budget)


def _member(file: _File, name: str, solid: Solid, budget: Budget) -> Member:
    def read() -> Content:
        if file.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        if file.folder in _FROM_BEFORE or file.folder == _INTO_NEXT:
            raise Unreadable("cab.continued")
        piece = Piece(solid, file.offset, file.size)
        return BytesContent(exactly(piece, file.size)) if file.size <= SMALL else StreamContent(piece)

    return Member(name, "file", file.size, read=read)


# -- the directory


def _read_cabinet(data: Bytes, most: int) -> _Cabinet:
    if len(data) < _HEADER.size or data[:4] != MAGIC[:4]:
        raise Unreadable("cab.damaged", at=0)
    _, _, files_at, _, major, folders, files, flags, _, _ = _HEADER.unpack(data[: _HEADER.size])
    if major != 1:
        raise Unreadable("cab.damaged", at=25)
    at, of_folder, of_block = _HEADER.size, 0, 0
    if flags & _RESERVED:
        if at + 4 > len(data):
            raise Unreadable("cab.truncated")
        of_header, of_folder, of_block = struct.unpack("<H2B", data[at : at + 4])
        at += 4 + of_header
    for flag in (_BEFORE, _AFTER):
        for _ in range(2 if flags & flag else 0):  # names of a cabinet and of its disk
            _, at = _text(data, at)
    rows = []
    for number in range(folders):
        place = at + number * (_FOLDER.size + of_folder)
        rows.append(_Folder(*_FOLDER.unpack(_piece(data, place, _FOLDER.size))))
    return _Cabinet(rows, _read_files(data, files_at, min(files, most + 1), folders), of_block)


def _read_files(data: Bytes, at: int, count: int, folders: int) -> list[_File]:
    found = []
    for _ in range(count):
        size, offset, folder, _, _, attributes = _FILE.unpack(_piece(data, at, _FILE.size))
        raw, end = _text(data, at + _FILE.size)
        if folder >= folders and folder not in _FROM_BEFORE and folder != _INTO_NEXT:
            raise Unreadable("cab.damaged", at=at)
        found.append(_File(_name(raw, attributes), folder, offset, size))
        at = end
    return found


def _name(raw: bytes, attributes: int) -> str:
    """A name: UTF-8 where the cabinet says so, else of the packer's code page, which nobody tells: Western European."""
    if attributes & _UTF8 or raw.isascii():
        text = raw.decode("utf-8", "surrogateescape")
    else:
        text = raw.decode("cp1252", "replace") if not {*raw} & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else raw.decode("latin-1")
    return text.replace("\\", "/")


def _piece(data: Bytes, at: int, size: int) -> bytes:
    raw = data[at : at + size]
    if len(raw) < size:
        raise Unreadable("cab.truncated")
    return raw


def _text(data: Bytes, at: int) -> tuple[bytes, int]:
    raw, zero, _ = data[at : at + _NAME].partition(b"\0")
    if not zero:
        raise Unreadable("cab.truncated" if at + _NAME > len(data) else "cab.damaged", at=at)
    return raw, at + len(raw) + 1


# -- the data


def _solid(cabinet: _Cabinet, number: int, data: Bytes, budget: Budget) -> Solid:
    def start() -> _Blocks:
        folder = cabinet.folders[number]
        return _Blocks(folder, data, cabinet.reserved, budget, _method(folder.method))

    return Solid(start, "cab")


Unpack = Callable[[bytes, int], bytes]  # packed bytes of a block and the size that it is told to have: what it gives


def _method(method: int) -> Unpack:
    """How the blocks of a folder are unpacked, one after the other. Raises Unreadable for what is not read."""
    match method & 0xF:
        case 0:
            return _stored
        case 1:
            return _MsZip().unpack
        case 3 if method >> 8 & 0x1F in WINDOWS:
            return Lzx(method >> 8 & 0x1F).unpack
        case other:
            raise Unreadable("cab.unknown_method", method=_NAMES.get(other, str(other)))


def _stored(packed: bytes, _: int) -> bytes:
    return packed


class _MsZip:
    """Blocks of Deflate, each with what was before it as its dictionary (MS-MCI 2.1)."""

    def __init__(self) -> None:
        self._before = b""

    def unpack(self, packed: bytes, size: int) -> bytes:
        if packed[:2] != b"CK":
            raise Unreadable("packed.damaged", format="MSZIP")
        try:
            stream = zlib.decompressobj(-15, zdict=self._before)
            out = stream.decompress(packed[2:], size + 1)
        except zlib.error:
            raise Unreadable("packed.damaged", format="MSZIP") from None
        if len(out) != size:
            raise Unreadable("packed.damaged", format="MSZIP")
        self._before = (self._before + out)[-_BLOCK:]
        return out


class _Blocks:
    """The unpacked bytes of a folder, block by block."""

    def __init__(self, folder: _Folder, data: Bytes, reserved: int, budget: Budget, unpack: Unpack) -> None:
        self._data, self._reserved, self._budget, self._unpack = data, reserved, budget, unpack
        self._at, self._left = folder.start, folder.blocks
        self._out = b""
        self._held = folder.start

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._out and self._left:
            self._out = self._next()
            self._budget.charge(len(self._out))
        out, self._out = self._out[:most], self._out[most:]
        return out

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the container."""

    def _next(self) -> bytes:
        at = self._at
        wanted, packed, size = _DATA.unpack(_piece(self._data, at, _DATA.size))
        start = at + _DATA.size + self._reserved
        raw = _piece(self._data, start, packed)
        self._at, self._left = start + packed, self._left - 1
        if start - self._held >= _HELD:
            forget(self._data, self._held, start)
            self._held = start
        if wanted and wanted != checksum(_piece(self._data, at + 4, start + packed - at - 4)):
            raise Unreadable("cab.bad_sum", at=at)
        if not size and packed:
            raise Unreadable("cab.continued")
        if size > _BLOCK or (self._unpack is _stored and size != packed):
            raise Unreadable("cab.damaged", at=at)
        return self._unpack(raw, size)


def checksum(data: bytes) -> int:
    """MS-CAB 3.1: all words of four bytes, exclusive or; the last one, two or three bytes count the other way round."""
    words, rest = data[: len(data) & ~3], data[len(data) & ~3 :]
    folded, width = int.from_bytes(words, "little"), 1
    while width * 4 < len(words):
        width *= 2
    while width > 1:  # halves upon each other, until one word is left
        width //= 2
        folded = (folded >> (32 * width)) ^ (folded & ((1 << (32 * width)) - 1))
    return folded ^ int.from_bytes(rest, "big")
