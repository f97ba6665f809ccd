"""The tables of a type library in the format MSFT: names, texts, identifiers, values, types and references to types.

What lies outside of its table is told to `keep`, and something empty is given instead.
"""

import struct
from collections.abc import Callable, Sequence

from cpo_probes.api.typelib import model as typelib_model
from cpo_probes.api.typelib.model import (
    BASIC,
    DEEPEST,
    KINDS,
    UNKNOWN,
    Broken,
    by_identifier,
    by_number,
    identifier,
)

SEGMENTS = 15
# The tables that are read, by number.
TYPES, IMPORTS, LIBRARIES, REFERENCES, GUIDS, NAMES, STRINGS, DESCRIPTIONS, ARRAYS, VALUES = (
    0,
    1,
    2,
    3,
    5,
    7,
    8,
    9,
    10,
    11,
)
NONE = 0xFFFFFFFF
_NO_TEXT = (NONE, 0xFFFFFFFE)
_ROW = 0x64  # octets of a type in the table of types; references count them
_IMPORTED = struct.Struct("<3I")
_BY_GUID = 0x10000  # flag of an imported type: it is known by its identifier and not by its place in the other library
_DESCRIPTION = struct.Struct("<Hhi")
_MOST_DIMENSIONS = 64
# VARENUM of values, and how they lie in the table: numbers of 1, 2, 4 and 8 octets.
_NUMBERS = {2: "<h", 3: "<i", 16: "<b", 17: "<B", 18: "<H", 19: "<I", 20: "<q", 21: "<Q", 22: "<i", 23: "<I", 11: "<h"}
_BSTR = 8
_LONGEST = 200  # characters of a value


class Tables:
    """The segments of one file. Raises Broken where one that is needed does not lie inside of the file."""

    def __init__(
        self, data: bytes, segments: list[tuple[int, int]], directory: int, keep: Callable[[str, int], None]
    ) -> None:
        self.data, self.segments, self.keep = data, segments, keep
        for number in (TYPES, NAMES, STRINGS):
            start, size = segments[number]
            if size and (start == NONE or start + size > len(data)):
                raise Broken("segment", directory + number * 16)

    def place(self, segment: int, offset: int, size: int, what: str) -> int | None:
        """Where in the file `size` octets of a segment begin; None where they are not all there."""
        start, whole = self.segments[segment]
        if start == NONE or offset + size > whole or start + offset + size > len(self.data):
            self.keep(what, min(start, len(self.data)))
            return None
        return start + offset

    def name(self, offset: int) -> str:
        """A name: three words (the length in the third one's low octet), then the characters."""
        return self._characters(NAMES, offset, 8, 1, 12, "name") if offset != NONE else ""

    def string(self, offset: int) -> str:
        """A text: its length, then the characters."""
        return self._characters(STRINGS, offset, 0, 2, 2, "help text") if offset not in _NO_TEXT else ""

    def _characters(self, segment: int, offset: int, count_at: int, count_size: int, before: int, what: str) -> str:
        at = self.place(segment, offset, before, what)
        if at is None:
            return ""
        length = int.from_bytes(self.data[at + count_at : at + count_at + count_size], "little")
        if self.place(segment, offset, before + length, what) is None:
            return ""
        return self.data[at + before : at + before + length].decode("cp1252", "replace")

    def identifier(self, offset: int) -> str:
        """An identifier of the table of GUIDs; empty where there is none."""
        if offset == NONE:
            return ""
        at = self.place(GUIDS, offset, 16, "identifier")
        return "" if at is None else identifier(self.data[at : at + 16])

    def value(self, offset: int) -> str | None:
        """A constant value as text; None for kinds of values that are not read."""
        if offset & 0x80000000:  # packed: six bits for the kind, the rest for the number
            kind, number = offset >> 26 & 0x1F, offset & 0x3FFFFFF
            if kind in (2, 11):  # 16 bits with a sign
                number -= (number & 0x8000) << 1
            return str(number) if kind in _NUMBERS else None
        at = self.place(VALUES, offset, 6, "value")
        if at is None:
            return None
        kind = int.from_bytes(self.data[at : at + 2], "little")
        if kind == _BSTR:
            length = int.from_bytes(self.data[at + 2 : at + 6], "little")
            if length == NONE or self.place(VALUES, offset, 6 + length, "value") is None:
                return None
            return self.data[at + 6 : at + 6 + min(length, _LONGEST)].decode("cp1252", "replace")
        layout = _NUMBERS.get(kind)
        if layout is None or self.place(VALUES, offset, 2 + struct.calcsize(layout), "value") is None:
            return None
        return str(struct.unpack_from(layout, self.data, at + 2)[0])


class Types:
    """Types as text, by their number in a record."""

    def __init__(self, tables: Tables, rows: Sequence[tuple[int, ...]]) -> None:
        self._tables, self._rows = tables, rows
        self._known: dict[int, str] = {}

    def text(self, number: int, depth: int = 0) -> str:
        """The type that a record names: a built-in one where the sign is set, else a row of the descriptions."""
        number &= NONE
        if number & 0x80000000:
            return BASIC.get(number & 0xFFF, UNKNOWN)
        known = self._known.get(number)
        if known is None:
            known = self._described(number, depth) if depth < DEEPEST else UNKNOWN
            if depth == 0:
                self._known[number] = known
        return known

    def _described(self, number: int, depth: int) -> str:
        at = self._tables.place(DESCRIPTIONS, number, _DESCRIPTION.size, "description of a type")
        if at is None:
            return UNKNOWN
        kind, _, inner = _DESCRIPTION.unpack_from(self._tables.data, at)
        match kind & 0xFFF:
            case typelib_model.POINTER:
                return f"{self.text(inner, depth + 1)}*"
            case typelib_model.SAFE_ARRAY:
                return f"SAFEARRAY({self.text(inner, depth + 1)})"
            case typelib_model.ARRAY:
                return self._array(inner & NONE, depth)
            case typelib_model.USER:
                return self.referred(inner & NONE, depth + 1)
            case basic:
                return BASIC.get(basic, UNKNOWN)

    def _array(self, offset: int, depth: int) -> str:
        at = self._tables.place(ARRAYS, offset, 8, "description of an array")
        if at is None:
            return UNKNOWN
        inner, dimensions = struct.unpack_from("<iH", self._tables.data, at)
        if dimensions > _MOST_DIMENSIONS:
            return UNKNOWN
        bounds = []
        for number in range(dimensions):
            at = self._tables.place(ARRAYS, offset + 8 + 8 * number, 8, "description of an array")
            bounds.append("" if at is None else str(struct.unpack_from("<I", self._tables.data, at)[0]))
        return self.text(inner, depth + 1) + "".join(f"[{bound}]" for bound in bounds)

    def referred(self, reference: int, depth: int = 0) -> str:
        """The type that a reference leads to: in this file by its name, in another by what it is known by there."""
        if reference & 3 == 0:
            number = reference // _ROW
            if not 0 <= number < len(self._rows):
                self._tables.keep("reference to a type", reference)
                return UNKNOWN
            row = self._rows[number]
            if row[0] & 0xF == KINDS.index("typedef"):
                return self.text(row[21], depth + 1) if depth < DEEPEST else UNKNOWN
            return self._tables.name(row[13])
        at = self._tables.place(IMPORTS, reference & ~3, _IMPORTED.size, "imported type")
        if at is None:
            return UNKNOWN
        flags, library, known_by = _IMPORTED.unpack_from(self._tables.data, at)
        if flags & _BY_GUID:
            told = self._tables.identifier(known_by)
            return by_identifier(told)
        at = self._tables.place(LIBRARIES, library, 4, "imported library")
        guid = int.from_bytes(self._tables.data[at : at + 4], "little") if at is not None else NONE
        return by_number(self._tables.identifier(guid), known_by)
