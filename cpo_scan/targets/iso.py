"""Images of optical discs: ISO 9660 (ECMA-119), with the names of Rock Ridge (IEEE P1282, SUSP 1.12) or Joliet.

Rock Ridge comes before Joliet and both before plain names. A UDF file system on the same disc is not read; where it
holds another number of files, that is told.
"""

import stat
from collections.abc import Iterator

import msgspec

from cpo_scan.model import Reason
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import exactly
from cpo_scan.targets.iso_names import Rock, joliet_name, plain_name, rock_ridge
from cpo_scan.targets.member import Member, Names, link_text, member_name

SECTOR = 2_048
_FIRST = 16  # sector of the first volume descriptor (ECMA-119 6.2.1)
_DESCRIPTORS = 64  # sectors that are looked at for descriptors
_JOLIET = (b"%/@", b"%/C", b"%/E")  # escape sequences of UCS-2 levels 1 to 3
_RECORD = 33  # bytes before the name of a directory record (9.1)
_FOLDER, _ASSOCIATED, _CONTINUED = 2, 4, 0x80  # file flags (9.1.6)
_DEEPEST = 256  # folders in each other
_DIRECTORY = 256 * 2**20  # bytes of directories that are read, in sum
_OTHER = {
    stat.S_IFCHR: "character_device",
    stat.S_IFBLK: "block_device",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
}


class _Record(msgspec.Struct, frozen=True, gc=False):
    """One row of a directory."""

    raw_name: bytes
    start: int  # byte of the image
    size: int
    flags: int
    gap: bool  # interleaved
    system: bytes  # what stands behind the name: SUSP


class _Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A tree of the image, and how its names are read. `skip`: bytes before SUSP; None without Rock Ridge."""

    root: _Record
    block: int
    joliet: bool = False
    skip: int | None = None


class _File(msgspec.Struct, frozen=True, gc=False):
    """A file or folder under its name in a folder; a file can consist of several pieces."""

    name: str
    pieces: list[tuple[int, int]]  # start and size
    size: int
    folder: bool
    gap: bool
    rock: Rock | None


def is_iso(head: bytes) -> bool:
    """Is this the beginning of such an image? Its first descriptor says so (ECMA-119 8.1.2)."""
    return head[_FIRST * SECTOR + 1 : _FIRST * SECTOR + 6] == b"CD001"


def open_iso(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of a disc image, folder by folder."""
    del name
    names = names or Names()
    data = content.whole()
    volume = _volume(data)
    files = 0
    for path, file in _walk(data, volume):
        budget.check()
        budget.member()
        files += 1
        yield _member(data, names.unique(member_name(path)), file, budget)
    if (universal := _udf_files(data)) is not None and universal != files:
        raise Unreadable("iso.udf", files=files)


def _member(data: Bytes, name: str, file: _File, budget: Budget) -> Member:
    if file.rock is not None and file.rock.mode:
        kind = stat.S_IFMT(file.rock.mode)
        if kind == stat.S_IFLNK:
            return Member(name, "link", None, link_target=link_text(file.rock.link.decode("utf-8", "surrogateescape")))
        if (what := _OTHER.get(kind)) is not None:
            return Member(name, "other", None, reason=Reason(f"member.{what}"))

    def read() -> Content:
        if file.gap or (file.rock is not None and file.rock.packed):
            raise Unreadable("iso.unknown_method", method="zisofs" if not file.gap else "interleaved")
        if file.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        pieces = _Pieces(data, file.pieces)
        if file.size <= SMALL:
            budget.charge(file.size)
            return BytesContent(exactly(pieces, file.size))
        return StreamContent(pieces, budget.meter())

    return Member(name, "file", file.size, read=read)


class _Pieces:
    """The bytes of a file, extent after extent."""

    def __init__(self, data: Bytes, pieces: list[tuple[int, int]]) -> None:
        self._windows = [Window(data, start, start + size) for start, size in reversed(pieces)]
        self._sizes = [size for _, size in reversed(pieces)]

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where the image ends before."""
        while self._windows:
            data = self._windows[-1].read(min(most, self._sizes[-1]))
            self._sizes[-1] -= len(data)
            if data or most <= 0:
                return data
            if self._sizes[-1]:
                raise Unreadable("iso.truncated")
            self._windows.pop()
            self._sizes.pop()
        return b""

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the container."""


# -- volumes


def _volume(data: Bytes) -> _Volume:
    """The tree to read: that with the best names."""
    plain: _Volume | None = None
    joliet: _Volume | None = None
    for number in range(_FIRST, _FIRST + _DESCRIPTORS):
        row = data[number * SECTOR : (number + 1) * SECTOR]
        if len(row) < SECTOR or row[1:6] != b"CD001" or row[0] == 255:
            break
        block = int.from_bytes(row[128:130], "little")
        if row[0] not in (1, 2) or block not in (512, 1024, 2048):
            continue
        root = _record(row[156:190], block)
        if row[0] == 1 and plain is None:
            plain = _Volume(root=root, block=block, skip=_rock_ridge_skip(data, root, block))
        elif row[0] == 2 and row[88:91] in _JOLIET and joliet is None:
            joliet = _Volume(root=root, block=block, joliet=True)
    if plain is not None and plain.skip is not None:
        return plain
    if (best := joliet or plain) is None:
        raise Unreadable("iso.damaged")
    return best


def _rock_ridge_skip(data: Bytes, root: _Record, block: int) -> int | None:
    """SUSP 5.3: the first record of the root says that the system use fields are used, and what to skip in them."""
    first = data[root.start : root.start + 255]
    record = _record(first[: first[0]], block) if first and _RECORD < first[0] <= len(first) else None
    if record is None or record.system[:2] != b"SP" or record.system[4:6] != b"\xbe\xef" or len(record.system) < 7:
        return None
    return record.system[6]


def _record(row: bytes, block: int) -> _Record:
    if len(row) < _RECORD + 1 or _RECORD + row[32] > len(row):
        raise Unreadable("iso.damaged_directory")
    length = row[32]
    behind = _RECORD + length + (length % 2 == 0)
    start = (int.from_bytes(row[2:6], "little") + row[1]) * block
    gap = bool(row[26] or row[27])
    return _Record(
        row[_RECORD : _RECORD + length], start, int.from_bytes(row[10:14], "little"), row[25], gap, row[behind:]
    )


# -- folders


def _walk(data: Bytes, volume: _Volume) -> Iterator[tuple[str, _File]]:
    """All files with their paths, in the order of the directories. Raises Unreadable where one is damaged."""
    seen = {volume.root.start}
    held = _Held()
    open_ = [("", _folder(data, volume, volume.root.start, volume.root.size, held))]
    while open_:
        stem, rows = open_[-1]
        file = next(rows, None)
        if file is None:
            open_.pop()
            continue
        path = stem + file.name
        if not file.folder:
            yield path, file
            continue
        start, size = file.pieces[0]
        if file.rock is not None and file.rock.child is not None:  # a folder that lies elsewhere (RRIP 4.1.5.1)
            start = file.rock.child * volume.block
            size = _record(_row(data, start), volume.block).size
        if start in seen or len(open_) >= _DEEPEST:
            raise Unreadable("iso.damaged_directory")
        seen.add(start)
        open_.append((f"{path}/", _folder(data, volume, start, size, held)))


class _Held:
    """Counts the bytes of directories that were read."""

    def __init__(self) -> None:
        self._bytes = 0

    def add(self, size: int) -> None:
        self._bytes += size
        if self._bytes > _DIRECTORY:
            raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)


def _row(data: Bytes, at: int) -> bytes:
    length = data[at] if at < len(data) else 0
    return data[at : at + length]


def _folder(data: Bytes, volume: _Volume, start: int, size: int, held: _Held) -> Iterator[_File]:
    """Files and folders in one folder."""
    parts: list[_Record] = []
    for record in _records(data, start, size, volume.block, held):
        if record.raw_name in (b"\0", b"\1") or record.flags & _ASSOCIATED:
            continue  # itself, the folder above, a resource fork
        if parts and parts[0].raw_name != record.raw_name:
            raise Unreadable("iso.damaged_directory")
        parts.append(record)
        if record.flags & _CONTINUED:
            continue
        if (file := _file(data, volume, parts)) is not None:
            yield file
        parts = []


def _records(data: Bytes, start: int, size: int, block: int, held: _Held) -> Iterator[_Record]:
    """The records of a folder. None of them crosses the end of a sector; zeros fill it up."""
    at, end = start, start + size
    if end > len(data):
        raise Unreadable("iso.truncated")
    while at < end:
        held.add(SECTOR)
        sector = data[at : min(at + SECTOR, end)]
        place = 0
        while place < len(sector) and (length := sector[place]):
            yield _record(sector[place : place + length], block)
            place += length
        at += SECTOR


def _file(data: Bytes, volume: _Volume, parts: list[_Record]) -> _File | None:
    """The file or folder of its records; None for the place where Rock Ridge keeps folders of other folders."""
    record = parts[-1]
    rock = None
    if volume.skip is not None:
        rock = rock_ridge(data, parts[0].system[volume.skip :], volume.block)
        if rock.moved:
            return None
    if rock is not None and rock.name is not None:
        name = rock.name.decode("utf-8", "surrogateescape")
    else:
        name = joliet_name(record.raw_name) if volume.joliet else plain_name(record.raw_name)
    folder = bool(record.flags & _FOLDER) or (rock is not None and rock.child is not None)
    pieces = [(part.start, part.size) for part in parts]
    size = sum(part.size for part in parts)
    return _File(name.replace("/", "_"), pieces, size, folder, any(part.gap for part in parts), rock)


# -- UDF


def _udf_files(data: Bytes) -> int | None:
    """How many files a UDF file system on the disc says it has (ECMA-167 2/9.1, 3/10; UDF 2.2.6.4); None without one.

    -1 where it does not say.
    """
    marks = {data[at + 1 : at + 6] for at in range(_FIRST * SECTOR, (_FIRST + _DESCRIPTORS) * SECTOR, SECTOR)}
    if not marks & {b"NSR02", b"NSR03"}:
        return None
    anchor = data[256 * SECTOR : 256 * SECTOR + 24]
    size, start = int.from_bytes(anchor[16:20], "little"), int.from_bytes(anchor[20:24], "little")
    for number in range(start, start + min(size // SECTOR, _DESCRIPTORS)):
        row = data[number * SECTOR : (number + 1) * SECTOR]
        if row[:2] == b"\6\0":  # logical volume descriptor: where its integrity is told
            place = int.from_bytes(row[436:440], "little") * SECTOR
            told = data[place : place + SECTOR]
            partitions = int.from_bytes(told[72:76], "little")
            at = 80 + 8 * partitions + 32
            if told[:2] == b"\11\0" and at + 4 <= len(told):
                return int.from_bytes(told[at : at + 4], "little")
    return -1
