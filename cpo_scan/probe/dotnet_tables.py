"""The metadata tables and heaps of a .NET file: from the PE header to rows, names and blobs (ECMA-335, II.22-25).

Nothing is trusted: every table, heap and row is checked against the file, names against what they take together.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

MOST_ROWS = 4_000_000  # of one table; a token has 24 bits for it, the largest real one seen has 0.2 million
LONGEST_NAME = 64 * 2**10  # bytes


def bad(what: str, at: int) -> Unreadable:
    """The error for what does not hold, with its place."""
    return Unreadable("dotnet.malformed", what=what, at=at)


class Image:
    """The way from the PE header to the metadata (II.25)."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        if data[:2] != b"MZ":
            raise Unreadable("dotnet.none")
        (header,) = self._unpack("<I", 0x3C, "header")
        if data[header : header + 4] != b"PE\0\0":
            raise Unreadable("dotnet.none")
        sections, optional = self._unpack("<H12xH", header + 6, "header")
        start = header + 24
        (magic,) = self._unpack("<H", start, "optional header")
        places = start + (108 if magic == 0x20B else 92)
        (count,) = self._unpack("<I", places, "directories")
        # the 15th directory is that of the CLI header (II.25.2.3.3)
        self.cli = self._unpack("<I", places + 4 + 8 * 14, "directories")[0] if count > 14 else 0
        table = start + optional
        self._sections = [self._unpack("<IIII", table + 40 * row + 8, "section header") for row in range(sections)]

    def metadata(self) -> tuple[int, int]:
        """Where the metadata begin in the file, and their size (II.25.3.3)."""
        address, size = self._unpack("<8xII", self._offset(self.cli, "CLI header"), "CLI header")
        start = self._offset(address, "metadata")
        if start + size > len(self.data):
            raise bad("metadata", start)
        return start, size

    def cli_field(self, at: int) -> int:
        """A number of four bytes in the CLI header."""
        return self._unpack("<I", self._offset(self.cli, "CLI header") + at, "CLI header")[0]

    def _offset(self, address: int, what: str) -> int:
        for size, start, raw_size, raw in self._sections:
            if start <= address < start + max(size, raw_size):
                return raw + address - start
        raise bad(what, address)

    def _unpack(self, layout: str, at: int, what: str) -> tuple[int, ...]:
        part = self.data[at : at + struct.calcsize(layout)]
        if len(part) < struct.calcsize(layout):
            raise bad(what, at)
        return struct.unpack(layout, part)


# Columns of the tables (II.22): 2 and 4 are plain numbers, S G B the heaps, a name a coded index (II.24.2.6), a number
# in a tuple an index into that table. The last tables are needed for nothing but their place.
CODED: dict[str, tuple[int, tuple[int, ...]]] = {
    "TypeDefOrRef": (2, (2, 1, 27)),
    "HasConstant": (2, (4, 8, 23)),
    "HasCustomAttribute": (
        5, (6, 4, 1, 2, 8, 9, 10, 0, 14, 23, 20, 17, 26, 27, 32, 35, 38, 39, 40, 42, 44, 43),
    ),
    "HasFieldMarshal": (1, (4, 8)),
    "HasDeclSecurity": (2, (2, 6, 32)),
    "MemberRefParent": (3, (2, 1, 26, 6, 27)),
    "HasSemantics": (1, (20, 23)),
    "MethodDefOrRef": (1, (6, 10)),
    "MemberForwarded": (1, (4, 6)),
    "Implementation": (2, (38, 35, 39)),
    "CustomAttributeType": (3, (6, 10)),
    "ResolutionScope": (2, (0, 26, 35, 1)),
    "TypeOrMethodDef": (1, (2, 6)),
}  # fmt: skip
_COLUMNS: dict[int, tuple[int | str | tuple[int], ...]] = {
    0: (2, "S", "G", "G", "G"),
    1: ("ResolutionScope", "S", "S"),
    2: (4, "S", "S", "TypeDefOrRef", (4,), (6,)),
    3: ((4,),),
    4: (2, "S", "B"),
    5: ((6,),),
    6: (4, 2, 2, "S", "B", (8,)),
    7: ((8,),),
    8: (2, 2, "S"),
    9: ((2,), "TypeDefOrRef"),
    10: ("MemberRefParent", "S", "B"),
    11: (2, "HasConstant", "B"),
    12: ("HasCustomAttribute", "CustomAttributeType", "B"),
    13: ("HasFieldMarshal", "B"),
    14: (2, "HasDeclSecurity", "B"),
    15: (2, 4, (2,)),
    16: (4, (4,)),
    17: ("B",),
    18: ((2,), (20,)),
    19: ((20,),),
    20: (2, "S", "TypeDefOrRef"),
    21: ((2,), (23,)),
    22: ((23,),),
    23: (2, "S", "B"),
    24: (2, (6,), "HasSemantics"),
    25: ((2,), "MethodDefOrRef", "MethodDefOrRef"),
    26: ("S",),
    27: ("B",),
    28: (2, "MemberForwarded", "S", (26,)),
    29: (4, (4,)),
    30: (4, 4),
    31: (4,),
    32: (4, 2, 2, 2, 2, 4, "B", "S", "S"),
    33: (4,),
    34: (4, 4, 4),
    35: (2, 2, 2, 2, 4, "B", "S", "S", "B"),
    36: (4, (35,)),
    37: (4, 4, 4, (35,)),
    38: (4, "S", "B"),
    39: (4, 4, "S", "S", "Implementation"),
    40: (4, 4, "S", "Implementation"),
    41: ((2,), (2,)),
    42: (2, 2, "TypeOrMethodDef", "S"),
    43: ("MethodDefOrRef", "B"),
    44: ((42,), "TypeDefOrRef"),
}


class _Table(NamedTuple):
    rows: int
    start: int
    layout: struct.Struct


class Metadata:
    """The tables and heaps of one assembly (II.24)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._taken = 0
        if data[:4] != b"BSJB":
            raise bad("metadata", 0)
        (length,) = struct.unpack_from("<I", data, 12)
        self.runtime = data[16 : 16 + min(length, 255)].split(b"\0", 1)[0].decode("utf-8", "replace")
        at = 16 + length
        (count,) = struct.unpack_from("<H", data, at + 2)
        at += 4
        streams: dict[bytes, tuple[int, int]] = {}
        for _ in range(count):
            start, size = struct.unpack_from("<II", data, at)
            name = data[at + 8 : at + 40].split(b"\0", 1)[0]
            if start + size > len(data):
                raise bad("stream", start)
            streams.setdefault(name, (start, size))
            at += 8 + (len(name) // 4 + 1) * 4
        self._strings, self._strings_size = streams.get(b"#Strings", (0, 0))
        self._blobs, self._blobs_size = streams.get(b"#Blob", (0, 0))
        place = streams.get(b"#~") or streams.get(b"#-")
        if place is None:
            raise bad("tables", 0)
        self._tables = self._read_tables(*place)
        self._names: dict[int, str] = {}

    def _read_tables(self, start: int, size: int) -> dict[int, _Table]:
        """II.24.2.6: which tables there are, how many rows they have, and how wide their columns are."""
        data = self.data
        heaps, valid = struct.unpack_from("<6xBxQ", data, start)
        at = start + 24
        rows = dict.fromkeys(range(64), 0)
        for number in range(64):
            if valid >> number & 1:
                (rows[number],) = struct.unpack_from("<I", data, at)
                at += 4
                if number not in _COLUMNS or rows[number] > MOST_ROWS:
                    raise bad("tables", at)
        if heaps & 0x40:  # extra data of four bytes, which some writers add
            at += 4
        tables = {}
        for number in range(64):
            if rows[number]:
                layout = struct.Struct("<" + "".join(_width(column, rows, heaps) for column in _COLUMNS[number]))
                tables[number] = _Table(rows[number], at, layout)
                at += layout.size * rows[number]
                if at > start + size:
                    raise bad("tables", at)
        return tables

    def rows(self, number: int) -> Iterator[tuple[int, ...]]:
        """All rows of a table, in its order."""
        table = self._tables.get(number)
        if table is None:
            return iter(())
        return table.layout.iter_unpack(self.data[table.start : table.start + table.rows * table.layout.size])

    def pairs(self, number: int) -> Iterator[tuple[int, int]]:
        """Rows of a table of two columns."""
        return ((row[0], row[1]) for row in self.rows(number))

    def row(self, number: int, row: int) -> tuple[int, ...]:
        """One row; they count from 1."""
        table = self._tables.get(number)
        if table is None or not 0 < row <= table.rows:
            raise bad("index", row)
        return table.layout.unpack_from(self.data, table.start + (row - 1) * table.layout.size)

    def text(self, index: int) -> str:
        """A name of the heap."""
        name = self._names.get(index)
        if name is None:
            start = self._strings + index
            limit = min(start + LONGEST_NAME, self._strings + self._strings_size)
            end = self.data.find(b"\0", start, limit) if index < self._strings_size else -1
            if end < 0:
                raise bad("name", index)
            self.take(end - start)
            name = self._names[index] = self.data[start:end].decode("utf-8", "replace")
        return name

    def take(self, size: int) -> None:
        """Names may share their ends, but not all of them with all: a small file could ask for any amount."""
        self._taken += size
        if self._taken > 8 * self._strings_size + 2**20:
            raise bad("names", self._strings)

    def blob(self, index: int) -> bytes:
        """A blob of the heap."""
        if index >= self._blobs_size:
            raise bad("blob", index)
        size, at = compressed(self.data, self._blobs + index)
        if at + size > self._blobs + self._blobs_size:
            raise bad("blob", index)
        return self.data[at : at + size]


def _width(column: int | str | tuple[int], rows: dict[int, int], heaps: int) -> str:
    match column:
        case int():
            wide = column == 4
        case str():
            if column in "SGB":
                wide = bool(heaps >> "SGB".index(column) & 1)
            else:
                bits, tables = CODED[column]
                wide = max(rows[table] for table in tables) >= 1 << (16 - bits)
        case _:
            wide = rows[column[0]] >= 1 << 16
    return "I" if wide else "H"


def compressed(data: bytes, at: int) -> tuple[int, int]:
    """A packed unsigned number (II.23.2) and where it ends."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        return (first & 0x3F) << 8 | data[at + 1], at + 2
    return int.from_bytes(data[at : at + 4]) & 0x1FFFFFFF, at + 4
