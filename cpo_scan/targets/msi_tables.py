"""The tables of a Windows Installer database, and what they say of its files: where each is installed, and its name.

The tables lie in their streams column by column (documented by the free readers of the format); texts are numbers of a
pool of strings. A table is read when it is asked for, within limits.
"""

import struct
import sys
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cpo_scan.targets.compound import Stream
from cpo_scan.targets.errors import Unreadable

_TABLE_BYTES = 32 * 2**20  # of a table or of the pool of strings; a million files take 20 MiB
_DEEPEST = 64  # folders in each other
_TEXT, _SMALL = 0x0800, 2  # bits and size of a column's type
_NULLABLE, _BINARY = 0x1000, 0x0900
_NO_NUMBER = {2: 0x8000, 4: 0x80000000}  # what is added to a number, so that 0 can mean "none"
_PAGES = {437, 850, 852, 855, 857, 862, 866, 874, 932, 936, 949, 950, *range(1250, 1259)}  # that Python has everywhere
_POOL_WIDE = 0x8000  # flag of the pool: numbers of strings take three bytes

Reader = Callable[[str], bytes]


class _Column(msgspec.Struct, frozen=True, gc=False):
    name: str
    width: int
    text: bool


class Database:
    """The pool of strings and the columns of the tables. Raises Unreadable, code `msi.damaged_table`.

    `streams` are those of the compound file by the names of the tables (`!File`), `read` gives the bytes of one.
    """

    def __init__(self, read: Reader, streams: Mapping[str, Stream]) -> None:
        self._streams = streams
        self._bytes = read
        self._need("_StringPool", "_StringData", "_Columns")
        self._strings, self._wide = _strings(read("!_StringPool"), read("!_StringData"))
        text = 3 if self._wide else 2
        described = [_Column("Table", text, True), _Column("Number", 2, False)]
        described += [_Column("Name", text, True), _Column("Type", 2, False)]
        self._columns: dict[str, list[tuple[int, _Column]]] = {}
        rows = self._rows("!_Columns", described)
        for table, number, name, kind in zip(*(rows[key] for key in ("Table", "Number", "Name", "Type")), strict=True):
            is_text = bool(kind & _TEXT)
            width = text if is_text else (2 if kind & 0xFF <= _SMALL else 4)
            if kind & ~_NULLABLE & 0xFFFF == _BINARY:
                width, is_text = 2, False
            self._columns.setdefault(table, []).append((number, _Column(name, width, is_text)))

    def __contains__(self, name: str) -> bool:
        """Is there a table of this name that has rows?"""
        return f"!{name}" in self._streams

    def table(self, name: str, *wanted: str) -> "zip[tuple[Any, ...]]":
        """Some columns of a table, row by row: texts, and whole numbers. A table without rows may have no stream."""
        self._need(name)
        columns = [column for _, column in sorted(self._columns.get(name, ()), key=lambda pair: pair[0])]
        if not {*wanted} <= {column.name for column in columns}:
            raise Unreadable("msi.damaged_table", table=name)
        rows = self._rows(f"!{name}", columns)
        return zip(*(rows[column] for column in wanted), strict=True)

    def _need(self, *tables: str) -> None:
        for table in tables:
            stream = self._streams.get(f"!{table}")
            if stream is None or stream.size > _TABLE_BYTES:
                raise Unreadable("msi.damaged_table", table=table)

    def _rows(self, name: str, columns: list[_Column]) -> dict[str, list[Any]]:
        """Each column with the values of all rows."""
        raw = self._bytes(name)
        width = sum(column.width for column in columns)
        count = len(raw) // width
        found: dict[str, list[Any]] = {}
        at = 0
        for column in columns:
            part = raw[at : at + count * column.width]
            at += count * column.width
            numbers = _numbers(part, column.width)
            if column.text:
                found[column.name] = [self._string(number) for number in numbers]
            else:
                found[column.name] = [number - _NO_NUMBER[column.width] for number in numbers]
        return found

    def _string(self, number: int) -> str:
        if number >= len(self._strings):
            raise Unreadable("msi.damaged_table", table="_StringPool")
        return self._strings[number]


def file_names(read: Reader, streams: Mapping[str, Stream]) -> dict[str, str]:
    """The path at which each file is installed, by its key in the cabinets. Raises Unreadable.

    `read` gives the bytes of a table's stream. Folders are named as in the package (`DefaultDir`): where the user
    installs it stands nowhere.
    """
    database = Database(read, streams)
    folders = {key: (parent, _long(name)) for key, parent, name in
               database.table("Directory", "Directory", "Directory_Parent", "DefaultDir")}  # fmt: skip
    lies_in = dict(database.table("Component", "Component", "Directory_"))
    known: dict[str, str] = {}
    found = {}
    for key, component, name in database.table("File", "File", "Component_", "FileName"):
        folder = lies_in.get(component, "")
        if folder not in known:
            known[folder] = _path(folder, folders)
        found[key] = known[folder] + _long(name)
    return found


def _path(folder: str, folders: Mapping[str, tuple[str, str]]) -> str:
    """The path of a folder with `/` at its end; the topmost one stands for the place of installation."""
    parts: list[str] = []
    while folder in folders and len(parts) < _DEEPEST:
        parent, name = folders[folder]
        if parent in ("", folder):
            break
        if name not in ("", "."):
            parts.append(name)
        folder = parent
    return "".join(f"{part}/" for part in reversed(parts))


def _long(name: str) -> str:
    """The long one of `short|long`, before the `:` that divides a folder's name from that of its source."""
    name = name.partition(":")[0].rpartition("|")[2]
    return name.replace("/", "_").replace("\\", "_")


def _numbers(raw: bytes, width: int) -> list[int]:
    if width == 3:
        low, high = raw[::3], raw[1::3]
        return [a | b << 8 | c << 16 for a, b, c in zip(low, high, raw[2::3], strict=True)]
    numbers = array("H" if width == 2 else "I", raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _strings(pool: bytes, data: bytes) -> tuple[list[str], bool]:
    """The strings by their numbers, 0 the empty one; and whether their numbers take three bytes."""
    if len(pool) < 4 or len(pool) % 4:
        raise Unreadable("msi.damaged_table", table="_StringPool")
    page, flags = struct.unpack_from("<2H", pool)
    encoding = _encoding(page)
    strings, at, place = [""], 0, 4
    while place < len(pool):
        length, uses = struct.unpack_from("<2H", pool, place)
        place += 4
        if not length and uses and place < len(pool):  # a long one: its size takes the next four bytes
            length = struct.unpack_from("<L", pool, place)[0]
            place += 4
        strings.append(data[at : at + length].decode(encoding, "replace"))
        at += length
    if at > len(data):
        raise Unreadable("msi.damaged_table", table="_StringData")
    return strings, bool(flags & _POOL_WIDE)


def _encoding(page: int) -> str:
    """The code page of the database; 0 says that it is neutral, which is ASCII."""
    if page in (0, 65001):
        return "utf-8"
    return f"cp{page}" if page in _PAGES else "cp1252"
