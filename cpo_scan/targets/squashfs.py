"""SquashFS 4.0 images (snaps, live systems), and AppImages, which are programs with such an image behind them.

Layout: the documentation of SquashFS in the Linux kernel. Metadata lie in blocks of 8 KiB that are packed one by one;
files in blocks of their own, with a last piece that may share a fragment with those of other files.
"""

import struct
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from cpo_scan.model import Reason
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import exactly
from cpo_scan.targets.iso import is_iso, open_iso
from cpo_scan.targets.member import LINK_LIMIT, Member, Names, link_text, member_name
from cpo_scan.targets.unpack import XZ, ZLIB, ZSTD, Codec, Unpacked

MAGIC = b"hsqs"
_SUPER = struct.Struct("<4s4L6H8Q")
_METADATA = 8_192
_PLAIN = 0x8000  # of the size of a metadata block: it is not packed
_PLAIN_DATA = 1 << 24  # the same for a block of data
_NO_FRAGMENT = 0xFFFFFFFF
_FRAGMENTS = 512  # entries of a metadata block of the fragment table
_BLOCK_SIZES = range(4_096, 2**20 + 1)
_CODECS: dict[int, Codec] = {1: ZLIB, 2: XZ, 4: XZ, 6: ZSTD}
_NAMES = {3: "LZO", 5: "LZ4"}
_FOLDER, _LINK = 1, 3  # types of inodes; the extended ones are 7 more
_EXTENDED = 7
_OTHER = {4: "block_device", 5: "character_device", 6: "pipe", 7: "socket"}
_KEPT_METADATA, _KEPT_FRAGMENTS = 2_048, 8  # blocks that are kept unpacked: 16 MiB, and 8 MiB at most
_DEEPEST = 256  # folders in each other
_LONGEST = 2**24  # bytes of the listing of one folder


class _Super(msgspec.Struct, frozen=True):
    block: int
    fragments: int
    codec: Codec
    root: int
    inodes: int  # where the tables begin
    folders: int
    fragment_table: int


class _File(msgspec.Struct, frozen=True):
    size: int
    start: int
    blocks: tuple[int, ...]
    fragment: int
    offset: int


class _Inode(msgspec.Struct, frozen=True):
    kind: int  # basic type
    file: _File | None = None
    listing: tuple[int, int, int] = (0, 0, 0)  # of a folder: block, offset, bytes
    link: bytes = b""


def open_squashfs(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of an image, folder by folder."""
    del name
    yield from _Image(content.whole(), 0, budget).members(names or Names())


def open_appimage(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of an AppImage: of the image behind the program (type 2), or of the disc that it is (type 1)."""
    if is_iso(content.head):
        yield from open_iso(content, budget, name, names)
        return
    data = content.whole()
    yield from _Image(data, program_end(data), budget).members(names or Names())


def program_end(data: Bytes) -> int:
    """Where an ELF program ends: behind the table of its sections, which linkers write last. Raises Unreadable."""
    head = bytes(data[:64])
    if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        raise Unreadable("squashfs.damaged", at=0)
    order = "<" if head[5] == 1 else ">"
    wide = head[4] == 2
    (start,) = struct.unpack_from(f"{order}{'Q' if wide else 'L'}", head, 40 if wide else 32)
    size, count = struct.unpack_from(f"{order}2H", head, 58 if wide else 46)
    return int(start + size * count)


class _Image:
    """An image at a place of a file. Raises Unreadable, code `squashfs.damaged` or `squashfs.truncated`."""

    def __init__(self, data: Bytes, start: int, budget: Budget) -> None:
        self._data, self._start, self._budget = data, start, budget
        self._super = self._read_super()
        self._metadata: OrderedDict[int, tuple[bytes, int]] = OrderedDict()
        self._shared: OrderedDict[int, bytes] = OrderedDict()

    def _read_super(self) -> _Super:
        raw = self._piece(0, _SUPER.size)
        magic, _, _, block, fragments, codec, _, _, _, major, _, root, _, _, _, inodes, folders, table, _ = (
            _SUPER.unpack(raw)
        )
        if magic != MAGIC or major != 4 or block not in _BLOCK_SIZES:
            raise Unreadable("squashfs.damaged", at=self._start)
        if codec not in _CODECS:
            raise Unreadable("squashfs.unknown_method", method=_NAMES.get(codec, str(codec)))
        return _Super(block, fragments, _CODECS[codec], root, inodes, folders, table)

    # -- bytes

    def _piece(self, at: int, size: int) -> bytes:
        raw = self._data[self._start + at : self._start + at + size] if at >= 0 else b""
        if len(raw) < size:
            raise Unreadable("squashfs.truncated")
        return raw

    def unpacked(self, at: int, size: int, most: int, *, plain: bool) -> bytes:
        """A block of so many bytes in the image, unpacked; it may give `most` bytes and no more."""
        raw = self._piece(at, size)
        if plain:
            out = raw
        else:
            out = exactly(Unpacked(self._super.codec, _Bytes(raw), self._budget.limits, alone=True), most + 1)
        if len(out) > most:
            raise Unreadable("squashfs.damaged", at=self._start + at)
        return out

    def _block(self, at: int) -> tuple[bytes, int]:
        """The metadata block at a place, and where the next one begins."""
        known = self._metadata.get(at)
        if known is None:
            head = int.from_bytes(self._piece(at, 2), "little")
            size = head & (_PLAIN - 1)
            known = self.unpacked(at + 2, size, _METADATA, plain=bool(head & _PLAIN)), at + 2 + size
            self._metadata[at] = known
            if len(self._metadata) > _KEPT_METADATA:
                self._metadata.popitem(last=False)
        return known

    def _read(self, block: int, offset: int, size: int) -> tuple[bytes, int, int]:
        """So many bytes of metadata from a place on, and the place behind them."""
        parts = []
        while size > 0:
            data, following = self._block(block)
            part = data[offset : offset + size]
            if not part:
                if offset < len(data) or not data:
                    raise Unreadable("squashfs.damaged", at=self._start + block)
                block, offset = following, offset - len(data)
                continue
            parts.append(part)
            size -= len(part)
            offset += len(part)
        return b"".join(parts), block, offset

    # -- the tree

    def members(self, names: Names) -> Iterator[Member]:
        """All files, in the order of the folders."""
        super_ = self._super
        seen = {super_.root}
        open_ = [self._entries("", super_.root)]
        while open_:
            if (row := next(open_[-1], None)) is None:
                open_.pop()
                continue
            path, reference, kind = row
            self._budget.check()
            if kind == _FOLDER:
                if reference in seen:
                    raise Unreadable("squashfs.damaged", at=self._start + super_.folders)
                if len(open_) >= _DEEPEST or len(seen) > self._budget.limits.container_members:
                    raise LimitHit("limit.depth", limit=_DEEPEST)
                seen.add(reference)
                open_.append(self._entries(path, reference))
                continue
            self._budget.member()
            yield self._member(names.unique(member_name(path)), reference)

    def _entries(self, folder: str, reference: int) -> Iterator[tuple[str, int, int]]:
        """Paths, references to inodes, and basic types of what lies in a folder."""
        block, offset, left = self._inode(reference).listing
        block += self._super.folders
        if left > _LONGEST:
            raise LimitHit("limit.directory_bytes", limit=_LONGEST)
        while left > 0:
            head, block, offset = self._read(block, offset, 12)
            count, start, _ = struct.unpack("<3L", head)
            left -= 12
            for _ in range(count + 1):
                row, block, offset = self._read(block, offset, 8)
                inode, _, kind, length = struct.unpack("<HhHH", row)
                raw, block, offset = self._read(block, offset, length + 1)
                left -= 8 + length + 1
                if left < 0:
                    raise Unreadable("squashfs.damaged", at=self._start + self._super.folders)
                name = raw.decode("utf-8", "surrogateescape")
                yield f"{folder}/{name}" if folder else name, start << 16 | inode, kind

    def _inode(self, reference: int) -> _Inode:
        block, offset = self._super.inodes + (reference >> 16), reference & 0xFFFF
        head, block, offset = self._read(block, offset, 16)
        kind = int.from_bytes(head[:2], "little")
        basic = kind - _EXTENDED if kind > _EXTENDED else kind
        match kind:
            case 1:
                row, _, _ = self._read(block, offset, 16)
                start, _, size, place, _ = struct.unpack("<2L2HL", row)
                return _Inode(basic, listing=(start, place, max(0, size - 3)))
            case 8:
                row, _, _ = self._read(block, offset, 24)
                _, size, start, _, _, place, _ = struct.unpack("<4L2HL", row)
                return _Inode(basic, listing=(start, place, max(0, size - 3)))
            case 2:
                row, block, offset = self._read(block, offset, 16)
                start, fragment, place, size = struct.unpack("<4L", row)
                return _Inode(basic, self._file(size, start, fragment, place, block, offset))
            case 9:
                row, block, offset = self._read(block, offset, 40)
                start, size, _, _, fragment, place, _ = struct.unpack("<3Q4L", row)
                return _Inode(basic, self._file(size, start, fragment, place, block, offset))
            case 3 | 10:
                row, block, offset = self._read(block, offset, 8)
                length = min(int.from_bytes(row[4:], "little"), LINK_LIMIT)
                return _Inode(basic, link=self._read(block, offset, length)[0])
        return _Inode(basic)

    def _file(self, size: int, start: int, fragment: int, place: int, block: int, offset: int) -> _File:
        count = size // self._super.block
        if fragment == _NO_FRAGMENT and size % self._super.block:
            count += 1
        if count * 4 > len(self._data) or size > self._budget.limits.member_bytes:
            return _File(size, start, (), _NO_FRAGMENT, 0)  # refused when it is read
        raw, _, _ = self._read(block, offset, 4 * count)
        return _File(size, start, struct.unpack(f"<{count}L", raw), fragment, place)

    def _member(self, name: str, reference: int) -> Member:
        inode = self._inode(reference)
        if inode.kind == _LINK:
            return Member(name, "link", None, link_target=link_text(inode.link.decode("utf-8", "surrogateescape")))
        file = inode.file
        if file is None:
            return Member(name, "other", None, reason=Reason(f"member.{_OTHER.get(inode.kind, 'no_content')}"))

        def read() -> Content:
            if file.size > self._budget.limits.member_bytes:
                raise LimitHit("limit.member_bytes", limit=self._budget.limits.member_bytes)
            blocks = _Blocks(self, file, self._super.block)
            if file.size <= SMALL:
                self._budget.charge(file.size)
                return BytesContent(exactly(blocks, file.size))
            return StreamContent(blocks, self._budget.meter())

        return Member(name, "file", file.size, read=read)

    def shared(self, number: int) -> bytes:
        """A fragment, which holds the ends of several files; what is unpacked for it is charged."""
        known = self._shared.get(number)
        if known is None:
            if number >= self._super.fragments:
                raise Unreadable("squashfs.damaged", at=self._start + self._super.fragment_table)
            place = self._super.fragment_table + number // _FRAGMENTS * 8
            table = int.from_bytes(self._piece(place, 8), "little")
            row, _, _ = self._read(table, number % _FRAGMENTS * 16, 16)
            start, size = struct.unpack("<QL4x", row)
            plain = bool(size & _PLAIN_DATA)
            known = self.unpacked(start, size & (_PLAIN_DATA - 1), self._super.block, plain=plain)
            self._budget.charge(len(known))
            self._shared[number] = known
            if len(self._shared) > _KEPT_FRAGMENTS:
                self._shared.popitem(last=False)
        return known


class _Blocks:
    """The bytes of a file, block by block, the fragment last."""

    def __init__(self, image: _Image, file: _File, block: int) -> None:
        self._image, self._file, self._block = image, file, block
        self._left, self._at, self._number = file.size, file.start, 0
        self._out = b""

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._out and self._left > 0:
            self._out = self._next()
            self._left -= len(self._out)
        out, self._out = self._out[:most], self._out[most:]
        return out

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the image."""

    def _next(self) -> bytes:
        wanted = min(self._block, self._left)
        if self._number < len(self._file.blocks):
            told = self._file.blocks[self._number]
            size = told & (_PLAIN_DATA - 1)
            out = bytes(wanted) if not size else self._image.unpacked(
                self._at, size, self._block, plain=bool(told & _PLAIN_DATA)
            )  # fmt: skip
            self._at, self._number = self._at + size, self._number + 1
        elif self._file.fragment != _NO_FRAGMENT:
            out = self._image.shared(self._file.fragment)[self._file.offset : self._file.offset + wanted]
        else:
            out = b""
        if len(out) != wanted:
            raise Unreadable("squashfs.truncated")
        return out


class _Bytes:
    """Bytes as a stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        out, self._data = self._data[:most], self._data[most:]
        return out

    def close(self) -> None:
        """Nothing to let go."""
