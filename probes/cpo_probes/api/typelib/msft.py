"""COM type libraries in the format MSFT: tables of type descriptions, names and help texts.

The format is not published by its maker; offsets are those that independent implementations agree on. Every offset and
count is checked against the file; what does not hold is kept as a problem, and the rest is read.
"""

import struct
from collections.abc import Iterator

from cpo_probes.api.typelib.model import (
    KINDS,
    MOST_MEMBERS,
    MOST_TYPES,
    Broken,
    Described,
    Implemented,
    Library,
    Member,
    Parameter,
    way_of,
)
from cpo_probes.api.typelib.msft_tables import NONE, REFERENCES, SEGMENTS, TYPES, Tables, Types

HEADER = struct.Struct("<21I")  # 0x54 octets
_SEGMENT = struct.Struct("<4I")
_TYPE = struct.Struct("<25I")  # 0x64 octets
_FUNCTION = struct.Struct("<IiIHHIHH")
_PARAMETER = struct.Struct("<iII")
_VARIABLE = struct.Struct("<IiIHHi")
_REFERENCE = struct.Struct("<iIiI")
_HELP_DLL = 0x100  # varflags: one more word behind the header
_DEFAULTS = 0x1000  # FKCCIC: default values stand in front of the parameters
_CONSTANT = 2  # VAR_CONST
_LIST = 0xFFFF  # number of optional parameters: the last one is a list of any length
_MOST_PROBLEMS = 100
_MOST_IMPLEMENTED = 1_000  # interfaces of one class

_HIDDEN, _RESTRICTED = 0x40, 0x01  # FUNCFLAGS
_CAN_CREATE, _TYPE_HIDDEN, _DUAL = 0x02, 0x10, 0x40  # TYPEFLAGS
_DEFAULT, _SOURCE = 0x01, 0x02  # IMPLTYPEFLAGS
_LIBRARY_RESTRICTED, _LIBRARY_HIDDEN = 0x01, 0x04  # LIBFLAGS


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
        places = [
            self._unpack(_SEGMENT, at + number * _SEGMENT.size, "table of segments") for number in range(SEGMENTS)
        ]
        self.tables = Tables(self.data, [(start, size) for start, size, _, _ in places], at, self._keep)
        start, size = self.tables.segments[TYPES]
        if count * _TYPE.size > size:
            raise Broken("table of types", start)
        rows = [self._unpack(_TYPE, start + number * _TYPE.size, "type") for number in range(count)]
        self.kinds = Types(self.tables, rows)
        library = Library(
            name=self.tables.name(header[14]),
            version=f"{header[6] & 0xFFFF}.{header[6] >> 16}",
            text=self.tables.string(header[9]),
            uuid=self.tables.identifier(header[2]),
            hidden=bool(header[7] & (_LIBRARY_HIDDEN | _LIBRARY_RESTRICTED)),
            types=[self._type(row, start + number * _TYPE.size) for number, row in enumerate(rows)],
        )
        library.types = [described for described in library.types if described.kind]
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

    def _type(self, row: tuple[int, ...], place: int) -> Described:
        number = row[0] & 0xF
        kind = KINDS[number] if number < len(KINDS) else ""
        if not kind:
            self._keep("kind of type", place)
        members: tuple[Member, ...] = ()
        functions, variables = row[6] & 0xFFFF, row[6] >> 16
        if kind and (functions or variables):
            self.members += functions + variables
            if self.members > MOST_MEMBERS:
                raise Broken("number of members", place)
            try:
                members = tuple(self._members(row[1], functions, variables))
            except Broken as broken:
                self._keep(broken.what, broken.offset)
        return Described(
            kind,
            self.tables.name(row[13]),
            self.tables.string(row[15]),
            bool(row[12] & _TYPE_HIDDEN),
            members,
            uuid=self.tables.identifier(row[11]),
            dual=bool(row[12] & _DUAL),
            creatable=bool(row[12] & _CAN_CREATE),
            bases=self._bases(kind, row[21], row[19] & 0xFFFF),
            implements=tuple(self._implemented(row[21], row[19] & 0xFFFF)) if kind == "coclass" else (),
            stands_for=self.kinds.text(row[21]) if kind == "typedef" else "",
        )

    def _bases(self, kind: str, reference: int, count: int) -> tuple[str, ...]:
        # A dispatch interface names none where it is derived from IDispatch alone.
        if kind not in ("interface", "dispinterface") or not count or reference == NONE:
            return ()
        return (self.kinds.referred(reference),)

    def _implemented(self, offset: int, count: int) -> Iterator[Implemented]:
        """The interfaces of a class: a chain in the table of references."""
        for _ in range(min(count, _MOST_IMPLEMENTED)):
            if offset == NONE:
                return
            place = self.tables.place(REFERENCES, offset, _REFERENCE.size, "interface of a class")
            if place is None:
                return
            reference, flags, _, following = _REFERENCE.unpack_from(self.data, place)
            yield Implemented(self.kinds.referred(reference), bool(flags & _DEFAULT), bool(flags & _SOURCE))
            offset = following

    def _members(self, offset: int, functions: int, variables: int) -> Iterator[Member]:
        """Functions, then variables: their records, and behind these their numbers and names."""
        size = self._word(offset, "members")
        numbers = offset + 4 + size
        names = numbers + 4 * (functions + variables)
        end = offset + 4 + size
        if offset == NONE or end > len(self.data):
            raise Broken("members", offset)
        at = offset + 4
        name = ""
        for number in range(functions + variables):
            length = self._word(at, "record of a member") & 0xFFFF
            if length < 12 or at + length > end:
                raise Broken("record of a member", at)
            stated = self._word(names + 4 * number, "name of a member")
            # The second half of a property may leave its name out.
            name = name if stated == NONE else self.tables.name(stated)
            own = self._word(numbers + 4 * number, "number of a member")
            yield (self._function if number < functions else self._variable)(at, length, name, own)
            at += length

    def _function(self, at: int, length: int, name: str, own: int) -> Member:
        _, result, flags, _, _, call, arguments, optional = self._unpack(_FUNCTION, at, "function")
        # optional words stand between the fixed part and the parameters, the second one is the help text
        rest = (length - _FUNCTION.size - 12 * arguments) // 4 - (arguments if call & _DEFAULTS else 0)
        if rest < 0:
            raise Broken("parameters of a function", at)
        text = self.tables.string(self._word(at + _FUNCTION.size + 4, "function")) if rest > 1 else ""
        return Member(
            name,
            call >> 3 & 0xF,
            text,
            bool(flags & (_HIDDEN | _RESTRICTED)),
            at,
            type=self.kinds.text(result),
            parameters=tuple(self._parameters(at + length - 12 * arguments, arguments, optional)),
            id=own,
        )

    def _parameters(self, at: int, count: int, optional: int) -> Iterator[Parameter]:
        for number in range(count):
            datatype, name, flags = self._unpack(_PARAMETER, at + 12 * number, "parameter")
            way, left_out = way_of(flags)
            if optional == _LIST and number == count - 1:
                left_out = True
            yield Parameter("" if name == NONE else self.tables.name(name), self.kinds.text(datatype), way, left_out)

    def _variable(self, at: int, length: int, name: str, own: int) -> Member:
        _, datatype, flags, kind, _, value = self._unpack(_VARIABLE, at, "variable")
        text = self.tables.string(self._word(at + 0x18, "variable")) if length >= 0x1C else ""
        told = self.tables.value(value & NONE) if kind == _CONSTANT else None
        return Member(name, 0, text, bool(flags & 0x40), at, type=self.kinds.text(datatype), id=own, value=told)
