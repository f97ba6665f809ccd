"""The directory of a 7z archive (7zFormat.txt of the LZMA SDK): files, solid blocks (there: folders), their coders.

Every count is held against the bytes that are left: none makes room for what can't be there.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NoReturn

import msgspec

from cpo_scan.targets.errors import LimitHit, Unreadable

# Property ids
_END, _HEADER, _ARCHIVE, _MORE_STREAMS, _STREAMS, _FILES = 0, 1, 2, 3, 4, 5
_PACKED, _UNPACKED, _SUBSTREAMS, _SIZE, _CRC, _FOLDER = 6, 7, 8, 9, 10, 11
_SIZES, _STREAM_COUNTS, _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES = 12, 13, 14, 15, 16, 17
_ATTRIBUTES, _ENCODED = 21, 23
_CODERS = 32  # of a folder, as in the SDK
_STREAMS_OF_CODER = 32
_PER_MEMBER = 4  # streams that a file may have, and folders that may go with it


class Coder(msgspec.Struct, frozen=True, gc=False):
    """One coder of a folder: its id, its properties, how many streams it takes."""

    id: bytes
    properties: bytes
    inputs: int


class Folder(msgspec.Struct, frozen=True):
    """A solid block. `bound`: input stream to the coder whose output it is; `packed`: place and size of the others.

    `sizes` are those of the coders' outputs; `main` is the coder whose output are the files.
    """

    coders: list[Coder]
    bound: dict[int, int]
    inputs: list[int]  # input streams that are packed streams, in the order of `packed`
    packed: list[tuple[int, int]]
    sizes: list[int]
    main: int
    crc: int | None

    @property
    def size(self) -> int:
        """Unpacked bytes."""
        return self.sizes[self.main]


class File(msgspec.Struct, frozen=True, gc=False):
    """One row of the directory. `block`: number of the folder; None for what has no content."""

    name: str
    folder: bool
    anti: bool
    attributes: int
    block: int | None = None
    offset: int = 0
    size: int = 0
    crc: int | None = None


class Header(msgspec.Struct, frozen=True):
    """All of it."""

    folders: list[Folder]
    files: list[File]


class _Piece(msgspec.Struct, frozen=True, gc=False):
    block: int
    offset: int
    size: int
    crc: int | None


def read_header(raw: bytes, most: int) -> Header | Folder:
    """The directory, or the block in which it is packed. Raises Unreadable; LimitHit for more than `most` files."""
    rows = _Rows(raw, most)
    match rows.byte():
        case 23:
            folders = _streams(rows)[0]
            if len(folders) != 1:
                rows.damaged()
            return folders[0]
        case 1:
            return _header(rows)
        case _:
            rows.damaged()


def _header(rows: "_Rows") -> Header:
    folders: list[Folder] = []
    pieces: list[_Piece] = []
    files: list[File] = []
    while (kind := rows.byte()) != _END:
        if kind == _ARCHIVE:
            while rows.byte() != _END:
                rows.take(rows.number())
        elif kind == _MORE_STREAMS:
            _streams(rows)
        elif kind == _STREAMS:
            folders, pieces = _streams(rows)
        elif kind == _FILES:
            files = _files(rows, pieces)
        else:
            rows.damaged()
    return Header(folders, files)


class _Rows:
    """The bytes of the directory, in order. Raises Unreadable where they end; `most` files may be told of."""

    def __init__(self, raw: bytes, most: int) -> None:
        self._raw, self._at, self.most = raw, 0, most

    def damaged(self) -> NoReturn:
        """Something can't be as it is here."""
        raise Unreadable("sevenzip.damaged_directory", at=self._at)

    @property
    def left(self) -> int:
        return len(self._raw) - self._at

    def byte(self) -> int:
        if self._at >= len(self._raw):
            self.damaged()
        self._at += 1
        return self._raw[self._at - 1]

    def take(self, size: int) -> bytes:
        if size > self.left:
            self.damaged()
        self._at += size
        return self._raw[self._at - size : self._at]

    def number(self) -> int:
        """NUMBER: as many one-bits as the first byte begins with, so many bytes follow, lowest first."""
        first = self.byte()
        mask, value = 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of streams, blocks or files."""
        number = self.number()
        self.hold(number)
        return number

    def hold(self, number: int) -> None:
        """Raise Unreadable for more than there is room for, LimitHit for more than may be; folders are no members."""
        if number > 8 * self.left + 8:
            self.damaged()
        if number > _PER_MEMBER * self.most + 8:
            raise LimitHit("limit.container_members", limit=self.most)

    def bits(self, count: int) -> list[bool]:
        raw = self.take(-(-count // 8))
        return [bool(raw[place >> 3] & 0x80 >> (place & 7)) for place in range(count)]

    def defined(self, count: int) -> list[bool]:
        """Bits, or a byte that says that all are set."""
        return [True] * count if self.byte() else self.bits(count)

    def checks(self, count: int) -> list[int | None]:
        """Check sums of those that have one."""
        return [int.from_bytes(self.take(4), "little") if known else None for known in self.defined(count)]


# -- streams


def _streams(rows: _Rows) -> tuple[list[Folder], list[_Piece]]:
    packed: list[tuple[int, int]] = []
    folders: list[Folder] = []
    pieces: list[_Piece] | None = None
    while (kind := rows.byte()) != _END:
        if kind == _PACKED:
            packed = _packed(rows)
        elif kind == _UNPACKED:
            folders = _folders(rows, packed)
        elif kind == _SUBSTREAMS:
            pieces = _substreams(rows, folders)
        else:
            rows.damaged()
    if pieces is None:
        pieces = [_Piece(number, 0, folder.size, folder.crc) for number, folder in enumerate(folders)]
    return folders, pieces


def _packed(rows: _Rows) -> list[tuple[int, int]]:
    """Place and size of the packed streams; they stand one behind the other."""
    at, count = rows.number(), rows.count()
    found: list[tuple[int, int]] = []
    while (kind := rows.byte()) != _END:
        if kind == _SIZE:
            if count > rows.left:
                rows.damaged()
            for _ in range(count):
                size = rows.number()
                found.append((at, size))
                at += size
        elif kind == _CRC:
            rows.checks(count)
        else:
            rows.damaged()
    if len(found) != count:
        rows.damaged()
    return found


def _folders(rows: _Rows, packed: list[tuple[int, int]]) -> list[Folder]:
    if rows.byte() != _FOLDER:
        rows.damaged()
    count = rows.count()
    if rows.byte():  # "external": no packer writes it
        rows.damaged()
    shapes = [_shape(rows) for _ in range(count)]
    if rows.byte() != _SIZES:
        rows.damaged()
    sizes = [[rows.number() for _ in coders] for coders, _, _, _ in shapes]
    checks: list[int | None] = [None] * count
    while (kind := rows.byte()) != _END:
        if kind != _CRC:
            rows.damaged()
        checks = rows.checks(count)
    streams = iter(packed)
    found = []
    for (coders, bound, inputs, main), out, crc in zip(shapes, sizes, checks, strict=True):
        own = list(islice(streams, len(inputs)))
        if len(own) < len(inputs):
            rows.damaged()
        found.append(Folder(coders, bound, inputs, own, out, main, crc))
    return found


_Shape = tuple[list[Coder], dict[int, int], list[int], int]


def _shape(rows: _Rows) -> _Shape:
    """Coders, which input is whose output, which inputs are packed, and the coder that gives the files."""
    count = rows.number()
    if not 1 <= count <= _CODERS:
        rows.damaged()
    coders = []
    for _ in range(count):
        flags = rows.byte()
        name = rows.take(flags & 0xF)
        inputs = 1
        if flags & 0x10:
            inputs, outputs = rows.number(), rows.number()
            if not 1 <= inputs <= _STREAMS_OF_CODER or outputs != 1:  # encoders alone have several outputs
                rows.damaged()
        properties = rows.take(rows.number()) if flags & 0x20 else b""
        if flags & 0xC0:
            rows.damaged()
        coders.append(Coder(name, properties, inputs))
    total = sum(coder.inputs for coder in coders)
    bound: dict[int, int] = {}
    for _ in range(count - 1):
        taker, giver = rows.number(), rows.number()
        if taker >= total or giver >= count or taker in bound or giver in bound.values():
            rows.damaged()
        bound[taker] = giver
    free = [number for number in range(total) if number not in bound]
    if len(free) != 1:
        inputs_ = [rows.number() for _ in free]
        if sorted(inputs_) != free:
            rows.damaged()
        free = inputs_
    (main,) = {*range(count)} - {*bound.values()}
    return coders, bound, free, main


def _substreams(rows: _Rows, folders: list[Folder]) -> list[_Piece]:
    counts = [1] * len(folders)
    kind = rows.byte()
    if kind == _STREAM_COUNTS:
        counts = [rows.number() for _ in folders]
        kind = rows.byte()
    rows.hold(sum(max(0, count - 1) for count in counts))
    sizes: list[list[int]] = []
    for folder, count in zip(folders, counts, strict=True):
        own = [rows.number() for _ in range(count - 1)] if kind == _SIZE else []
        rest = folder.size - sum(own)
        if rest < 0 or (count > 1 and kind != _SIZE):
            rows.damaged()
        sizes.append([*own, rest] if count else [])
    if kind == _SIZE:
        kind = rows.byte()
    single = [count == 1 and folder.crc is not None for folder, count in zip(folders, counts, strict=True)]
    unknown = sum(count for count, known in zip(counts, single, strict=True) if not known)
    checks: Iterator[int | None] = iter([None] * unknown)
    while kind != _END:
        if kind != _CRC:
            rows.damaged()
        checks = iter(rows.checks(unknown))
        kind = rows.byte()
    pieces = []
    for number, (folder, own, known) in enumerate(zip(folders, sizes, single, strict=True)):
        offset = 0
        for size in own:
            pieces.append(_Piece(number, offset, size, folder.crc if known else next(checks)))
            offset += size
    return pieces


# -- files


def _files(rows: _Rows, pieces: list[_Piece]) -> list[File]:
    count = rows.count()
    names = [""] * count
    attributes = [0] * count
    empty = [False] * count
    empty_file: list[bool] = []
    anti: list[bool] = []
    while (kind := rows.byte()) != _END:
        part = _Rows(rows.take(rows.number()), rows.most)
        match kind:
            case 14:
                empty = part.bits(count)
            case 15:
                empty_file = part.bits(sum(empty))
            case 16:
                anti = part.bits(sum(empty))
            case 17:
                names = _names(part, count)
            case 21:
                known = part.defined(count)
                if part.byte():
                    rows.damaged()
                attributes = [int.from_bytes(part.take(4), "little") if has else 0 for has in known]
            case _:
                pass  # times, comments, padding
    if count - sum(empty) > len(pieces):
        rows.damaged()
    contents, without = iter(pieces), 0
    found = []
    for name, bits, nothing in zip(names, attributes, empty, strict=True):
        if nothing:
            is_file = without < len(empty_file) and empty_file[without]
            is_anti = without < len(anti) and anti[without]
            found.append(File(name, not is_file and not is_anti, is_anti, bits))
            without += 1
        else:
            piece = next(contents)
            found.append(File(name, False, False, bits, piece.block, piece.offset, piece.size, piece.crc))
    return found


def _names(rows: _Rows, count: int) -> list[str]:
    if rows.byte():
        rows.damaged()
    text = rows.take(rows.left & ~1).decode("utf-16-le", "replace")
    names = text.split("\0")
    if len(names) != count + 1:
        rows.damaged()
    return names[:-1]
