"""COM type libraries in the format MSFT: tables of type descriptions, names and help texts.

The format is not published by its maker; offsets are those that independent implementations agree on. Every offset and
count is checked against the file; what does not hold is kept as a problem, and the rest is read.
"""

import struct
from collections.abc import Iterator

import msgspec

HEADER = struct.Struct("<21I")  # 0x54 octets
_SEGMENT = struct.Struct("<4I")
_TYPE = struct.Struct("<25I")  # 0x64 octets
_FUNCTION = struct.Struct("<IiIHHIHH")
_VARIABLE = struct.Struct("<IiI")
_SEGMENTS = 15
_TYPES, _NAMES, _STRINGS = 0, 7, 8  # segments that are read
_NONE = 0xFFFFFFFF
_HELP_DLL = 0x100  # varflags: one more word behind the header
_DEFAULTS = 0x1000  # FKCCIC: default values stand in front of the parameters
MOST_TYPES = 50_000
MOST_MEMBERS = 500_000
_MOST_PROBLEMS = 100

KINDS = ("enum", "struct", "module", "interface", "dispinterface", "coclass", "typedef", "union")  # TYPEKIND
_HIDDEN, _RESTRICTED = 0x40, 0x01  # FUNCFLAGS
_TYPE_HIDDEN = 0x10  # TYPEFLAGS
_LIBRARY_RESTRICTED, _LIBRARY_HIDDEN = 0x01, 0x04  # LIBFLAGS
FUNCTION, GET, PUT, PUT_REFERENCE = 1, 2, 4, 8  # INVOKEKIND


class Broken(ValueError):
    """A table or a record lies outside of the file, or does not fit; `what` and the offset."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what, self.offset = what, offset


class Member(msgspec.Struct, frozen=True):
    """A function or variable: its name, how it is called (INVOKEKIND, 0 for a variable), help text, place."""

    name: str
    call: int
    text: str
    hidden: bool
    offset: int


class Described(msgspec.Struct, frozen=True):
    """One type: its kind (of `KINDS`), name, help text and members."""

    kind: str
    name: str
    text: str
    hidden: bool
    members: tuple[Member, ...]


class Library(msgspec.Struct, kw_only=True):
    """What a type library holds. `problems` says what could not be read."""

    name: str = ""
    version: str = ""
    text: str = ""
    hidden: bool = False
    types: list[Described] = []
    problems: list[tuple[str, int]] = []


def read_library(data: bytes) -> Library:
    """Read a type library. Raises Broken where the header or the tables do not hold."""
    return _Msft(data).read()


class _Msft:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.problems: list[tuple[str, int]] = []
        self.members = 0

    def read(self) -> Library:
        header = self._unpack(HEADER, 0, "header")
        flags, count = header[5], header[8]
        if count > MOST_TYPES:
            raise Broken("number of types", 0x20)
        at = HEADER.size + (4 if flags & _HELP_DLL else 0) + 4 * count
        self.segments = [
            self._unpack(_SEGMENT, at + number * _SEGMENT.size, "table of segments")[:2] for number in range(_SEGMENTS)
        ]
        for number in (_TYPES, _NAMES, _STRINGS):
            start, size = self.segments[number]
            if size and (start == _NONE or start + size > len(self.data)):
                raise Broken("segment", at + number * _SEGMENT.size)
        library = Library(
            name=self._name(header[14]),
            version=f"{header[6] & 0xFFFF}.{header[6] >> 16}",
            text=self._string(header[9]),
            hidden=bool(header[7] & (_LIBRARY_HIDDEN | _LIBRARY_RESTRICTED)),
            types=list(self._types(count)),
        )
        library.problems = self.problems
        return library

    def _unpack(self, layout: struct.Struct, offset: int, what: str) -> tuple[int, ...]:
        if offset < 0 or offset + layout.size > len(self.data):
            raise Broken(what, offset)
        return layout.unpack_from(self.data, offset)

    def _word(self, offset: int, what: str) -> int:
        if offset < 0 or offset + 4 > len(self.data):
            raise Broken(what, offset)
        return int.from_bytes(self.data[offset : offset + 4], "little")

    def _keep(self, what: str, offset: int) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append((what, offset))

    def _name(self, offset: int) -> str:
        """A name of the table of names: three words (the length in the third one's low octet), then the characters."""
        start, size = self.segments[_NAMES]
        if offset == _NONE:
            return ""
        if offset + 12 > size:
            self._keep("name", offset)
            return ""
        length = self.data[start + offset + 8]
        if offset + 12 + length > size:
            self._keep("name", offset)
            return ""
        return self.data[start + offset + 12 : start + offset + 12 + length].decode("cp1252", "replace")

    def _string(self, offset: int) -> str:
        """A text of the table of strings: its length, then the characters."""
        start, size = self.segments[_STRINGS]
        if offset in (_NONE, 0xFFFFFFFE):
            return ""
        if offset + 2 > size:
            self._keep("help text", offset)
            return ""
        length = int.from_bytes(self.data[start + offset : start + offset + 2], "little")
        if offset + 2 + length > size:
            self._keep("help text", offset)
            return ""
        return self.data[start + offset + 2 : start + offset + 2 + length].decode("cp1252", "replace")

    def _types(self, count: int) -> Iterator[Described]:
        start, size = self.segments[_TYPES]
        if count * _TYPE.size > size:
            raise Broken("table of types", start)
        for number in range(count):
            row = self._unpack(_TYPE, start + number * _TYPE.size, "type")
            kind = row[0] & 0xF
            if kind >= len(KINDS):
                self._keep("kind of type", start + number * _TYPE.size)
                continue
            members: tuple[Member, ...] = ()
            functions, variables = row[6] & 0xFFFF, row[6] >> 16
            if functions or variables:
                self.members += functions + variables
                if self.members > MOST_MEMBERS:
                    raise Broken("number of members", start + number * _TYPE.size)
                try:
                    members = tuple(self._members(row[1], functions, variables))
                except Broken as broken:
                    self._keep(broken.what, broken.offset)
            yield Described(
                KINDS[kind],
                self._name(row[13]),
                self._string(row[15]),
                bool(row[12] & _TYPE_HIDDEN),
                members,
            )

    def _members(self, offset: int, functions: int, variables: int) -> Iterator[Member]:
        """Functions, then variables: their records, and behind these their numbers and names."""
        size = self._word(offset, "members")
        names = offset + 4 + size + 4 * (functions + variables)
        end = offset + 4 + size
        if offset == _NONE or end > len(self.data):
            raise Broken("members", offset)
        at = offset + 4
        for number in range(functions + variables):
            length = self._word(at, "record of a member") & 0xFFFF
            if length < 12 or at + length > end:
                raise Broken("record of a member", at)
            name = self._name(self._word(names + 4 * number, "name of a member"))
            yield self._function(at, length, name) if number < functions else self._variable(at, length, name)
            at += length

    def _function(self, at: int, length: int, name: str) -> Member:
        _, _, flags, _, _, call, arguments, _ = self._unpack(_FUNCTION, at, "function")
        # optional words stand between the fixed part and the parameters, the second one is the help text
        optional = (length - _FUNCTION.size - 12 * arguments) // 4 - (arguments if call & _DEFAULTS else 0)
        text = self._string(self._word(at + _FUNCTION.size + 4, "function")) if optional > 1 else ""
        return Member(name, call >> 3 & 0xF, text, bool(flags & (_HIDDEN | _RESTRICTED)), at)

    def _variable(self, at: int, length: int, name: str) -> Member:
        _, _, flags = self._unpack(_VARIABLE, at, "variable")
        text = self._string(self._word(at + 0x18, "variable")) if length >= 0x1C else ""
        return Member(name, 0, text, bool(flags & 0x40), at)
