"""COM type libraries in the older format SLTG (16-bit tools, Visual Basic 4 to 6, Office 95): blocks in a chain.

The format is not published by its maker; what is read is what two independent implementations, a reader and a writer,
agree on. Each type has a block of its own; the last block holds what is said of the library, help texts and names.
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
    identifier,
)
from cpo_probes.api.typelib.sltg_texts import Cursor, HelpTexts, Names
from cpo_probes.api.typelib.sltg_types import Types

_HEADER = struct.Struct("<4sHHHH16sII")
_ENTRY = struct.Struct("<IHH")
_TYPE = struct.Struct("<HIIIIHHIBBBBI")
_FUNCTION = struct.Struct("<BBHHIHHHBBHH")
_RESULT_AT = 18  # octets before the type of the result in a function's record
_VARIABLE = struct.Struct("<BBHHHHIHH")
_VARIABLE_TYPE_AT = 8
_IMPLEMENTED = struct.Struct("<HHHBBHH")
_TAIL = struct.Struct("<15H")  # the part of a type's last record that is read
_LIBRARY_MAGIC, _TYPE_MAGIC, _IMPLEMENTED_MAGIC = 0x51CC, 0x0501, 0x004A
_FUNCTION_MAGICS = frozenset({0x4C, 0xCB, 0x8B})  # virtual, dispatch, static
_VARIABLE_MAGICS = frozenset({0x0A, 0x2A})
_WITH_FLAGS = 0x20  # of a magic: a word of flags ends the record
_NOTHING = 0xFFFF
_SAME_NAME = 0xFFFE  # a variable that has the name of the one before
_COMPOUND = b"\x01CompObj\0dir\0"
_PLACES = 0x40  # octets between what is said of the library and the list of its types
_MOST_PROBLEMS = 100
_MOST_IMPLEMENTED = 1_000
_MOST_PARAMETERS = 2_000_000  # of one library

_HIDDEN, _RESTRICTED = 0x40, 0x01  # FUNCFLAGS
_CAN_CREATE, _TYPE_HIDDEN, _DUAL = 0x02, 0x10, 0x40  # TYPEFLAGS
_DEFAULT, _SOURCE = 0x01, 0x02  # IMPLTYPEFLAGS
_LIBRARY_RESTRICTED, _LIBRARY_HIDDEN = 0x01, 0x04  # LIBFLAGS


class _Listed:
    """What the last block says of a type: its name, identifier and help text."""

    __slots__ = ("help", "name", "uuid")

    def __init__(self, name: int, uuid: str, help: bytes) -> None:
        self.name, self.uuid, self.help = name, uuid, help


def read_library(data: bytes) -> Library:
    """Read a type library. Raises Broken where the header or the blocks do not hold."""
    return _Sltg(data).read()


class _Sltg:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.problems: list[tuple[str, int]] = []
        self.members = self.parameters = 0

    def read(self) -> Library:
        *blocks, (start, _) = self._blocks()
        if len(blocks) > MOST_TYPES:
            raise Broken("number of types", 4)
        cursor = Cursor(self.data, start)
        library, name = self._library(cursor)
        cursor.skip(_PLACES)
        count = cursor.word()
        if count != len(blocks):
            raise Broken("number of types", cursor.at - 2)
        listed = [self._listed(cursor) for _ in range(count)]
        names = start + cursor.double()
        self.texts = HelpTexts(self.data, cursor.at)
        self.names = Names(self.data, names)
        library.name = self.names.at(name)
        told = [self.names.at(each.name) for each in listed]
        for (at, end), each, own in zip(blocks, listed, told, strict=True):
            try:
                library.types.append(self._type(at, end, each, own, told))
            except Broken as broken:
                self._keep(broken.what, broken.offset)
        library.problems = self.problems
        return library

    def _keep(self, what: str, offset: int) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append((what, offset))

    def _unpack(self, layout: struct.Struct, offset: int, end: int, what: str) -> tuple[int, ...]:
        if offset < 0 or offset + layout.size > end:
            raise Broken(what, offset)
        return layout.unpack_from(self.data, offset)

    # -- blocks

    def _blocks(self) -> list[tuple[int, int]]:
        """Start and end of each block, in the order of the chain."""
        if len(self.data) < _HEADER.size:
            raise Broken("header", 0)
        _, count, _, _, first, *_ = _HEADER.unpack_from(self.data, 0)
        entries = [
            self._unpack(_ENTRY, _HEADER.size + number * _ENTRY.size, len(self.data), "table of blocks")
            for number in range(count - 1)
        ]
        at = _HEADER.size + len(entries) * _ENTRY.size
        if not entries or self.data[at : at + len(_COMPOUND)] != _COMPOUND:
            raise Broken("table of blocks", at)
        at += len(_COMPOUND) + 11 * (len(entries) - 1) + 9  # names of the blocks, and a gap
        found: list[tuple[int, int]] = []
        while first:
            if first > len(entries) or len(found) == len(entries):
                raise Broken("chain of blocks", _HEADER.size)
            size, _, first = entries[first - 1]
            if at + size > len(self.data):
                raise Broken("block", at)
            found.append((at, at + size))
            at += size
        if not found:
            raise Broken("chain of blocks", _HEADER.size)
        return found

    def _library(self, cursor: Cursor) -> tuple[Library, int]:
        """What is said of the library, and where its name is."""
        start = cursor.at
        if cursor.word() != _LIBRARY_MAGIC:
            raise Broken("block of the library", start)
        cursor.skip(2)
        name = cursor.word()
        cursor.string()
        text = cursor.string().decode("cp1252", "replace")
        cursor.string()  # the help file
        cursor.skip(4 + 2 + 2 + 4)  # help context, kind of system, language, unknown
        flags, major, minor = cursor.word(), cursor.word(), cursor.word()
        uuid = identifier(cursor.octets(16))
        hidden = bool(flags & (_LIBRARY_HIDDEN | _LIBRARY_RESTRICTED))
        return Library(version=f"{major}.{minor}", text=text, uuid=uuid, hidden=hidden), name

    def _listed(self, cursor: Cursor) -> _Listed:
        cursor.string()  # name of the block
        cursor.string()
        cursor.skip(2)
        name, size = cursor.word(), cursor.word()
        help = cursor.octets(size)
        cursor.skip(2 + 4 + 2)
        uuid = identifier(cursor.octets(16))
        cursor.skip(2)  # the kind, again
        return _Listed(name, "" if uuid == identifier(bytes(16)) else uuid, help)

    # -- types

    def _type(self, at: int, end: int, listed: _Listed, name: str, names: list[str]) -> Described:
        magic, references, _, elements, *_, low, high, _, number, _ = self._unpack(_TYPE, at, end, "type")
        if magic != _TYPE_MAGIC or number >= len(KINDS):
            raise Broken("type", at)
        flags = low >> 3 | high << 5
        base = at + elements + 9  # behind the header of the members
        if base > end:
            raise Broken("members", at)
        extra = int.from_bytes(self.data[base - 4 : base], "little")
        tail = self._unpack(_TAIL, base + extra, end, "end of a type")
        functions, variables, _, _, functions_at, variables_at, implemented_at, *_ = tail
        start = None if references == 0xFFFFFFFF else at + references
        types = Types(self.data, base, end, self.names, names, start)
        kind = "dispinterface" if flags & _DUAL else KINDS[number]
        members: list[Member] = []
        implemented: list[Implemented] = []
        stands_for = ""
        match kind:
            case "typedef":
                stands_for = types.alias(tail[10], simple=bool(tail[14]))
            case "coclass":
                implemented = list(self._implemented(base, end, types))
            case "interface" | "dispinterface" | "module" | "enum" | "struct" | "union":
                first = implemented_at if kind == "dispinterface" and implemented_at != _NOTHING else 0
                if kind in ("interface", "dispinterface"):
                    implemented = list(self._implemented(base + first, end, types))
                if functions and functions_at != _NOTHING:
                    members += self._functions(base, end, functions_at, functions, types)
                if variables and variables_at != _NOTHING:
                    members += self._variables(base, end, variables_at, variables, types)
            case _:
                raise Broken("type", at)
        return Described(
            kind,
            name,
            self.texts.decoded(listed.help),
            bool(flags & _TYPE_HIDDEN),
            tuple(members),
            uuid=listed.uuid,
            dual=bool(flags & _DUAL),
            creatable=bool(flags & _CAN_CREATE),
            bases=() if kind == "coclass" else tuple(one.name for one in implemented[:1]),
            implements=tuple(implemented) if kind == "coclass" else (),
            stands_for=stands_for,
        )

    def _implemented(self, base: int, end: int, types: Types) -> Iterator[Implemented]:
        """The interfaces of a class, or the base of an interface, if there are any at this place."""
        at = base
        seen: set[int] = set()
        while len(seen) < _MOST_IMPLEMENTED and at not in seen:
            seen.add(at)
            if at + _IMPLEMENTED.size > end:
                return
            magic, following, _, flags, _, _, reference = _IMPLEMENTED.unpack_from(self.data, at)
            if magic != _IMPLEMENTED_MAGIC:
                return
            yield Implemented(types.referred(reference), bool(flags & _DEFAULT), bool(flags & _SOURCE))
            if following == _NOTHING:
                return
            at = base + following

    def _places(self, base: int, first: int, count: int, end: int) -> Iterator[int]:
        """The records of a chain; each says in its second word where the next one is."""
        self.members += count
        if self.members > MOST_MEMBERS:
            raise Broken("number of members", base)
        at, seen = first, set[int]()
        for _ in range(count):
            if at in seen or at == _NOTHING or base + at + 4 > end:
                raise Broken("record of a member", base)
            seen.add(at)
            yield base + at
            at = int.from_bytes(self.data[base + at + 2 : base + at + 4], "little")

    def _functions(self, base: int, end: int, first: int, count: int, types: Types) -> Iterator[Member]:
        for at in self._places(base, first, count, end):
            magic, call, _, name, own, _, help, arguments, packed, optional, result, _ = self._unpack(
                _FUNCTION, at, end, "function"
            )
            if magic & ~_WITH_FLAGS not in _FUNCTION_MAGICS:
                raise Broken("function", at)
            flags = 0
            if magic & _WITH_FLAGS:
                flags = int.from_bytes(self.data[at + _FUNCTION.size : at + _FUNCTION.size + 2], "little")
            parameters = self._parameters(base, arguments, packed >> 3, (optional & 0x7E) >> 1, types)
            yield Member(
                self.names.at(name),
                call >> 4,
                self._help(base, end, help),
                bool(flags & (_HIDDEN | _RESTRICTED)),
                at,
                type=types.text(at + _RESULT_AT if optional & 0x80 else base + result)[0],
                parameters=tuple(parameters),
                id=own,
            )

    def _parameters(self, base: int, first: int, count: int, optional: int, types: Types) -> Iterator[Parameter]:
        self.parameters += count
        if self.parameters > _MOST_PARAMETERS:
            raise Broken("number of parameters", base)
        at = base + first
        for number in range(count):
            stated = types.word(at)
            at += 2
            # An odd offset: the type stands here, else there is the place where it stands.
            if stated & 1:
                (type_, way), at = types.parameter(at)
            else:
                (type_, way), _ = types.parameter(base + types.word(at))
                at += 2
            name = self.names.at(stated & ~1) if stated & ~1 != _SAME_NAME else ""
            yield Parameter(name, type_, way, count - number <= optional)

    def _variables(self, base: int, end: int, first: int, count: int, types: Types) -> Iterator[Member]:
        name = ""
        for at in self._places(base, first, count, end):
            magic, flags, _, named, place, type_, own, _, help = self._unpack(_VARIABLE, at, end, "variable")
            if magic not in _VARIABLE_MAGICS:
                raise Broken("variable", at)
            hidden = 0
            if magic & _WITH_FLAGS:
                hidden = int.from_bytes(self.data[at + _VARIABLE.size : at + _VARIABLE.size + 2], "little")
            name = name if named == _SAME_NAME else self.names.at(named)
            text, _ = types.text(at + _VARIABLE_TYPE_AT if flags & 0x02 else base + type_)
            value = None
            if flags & 0x10:  # a constant; packed, or at a place
                value = str(place) if flags & 0x08 else types.value(base + place, text)
            yield Member(name, 0, self._help(base, end, help), bool(hidden & 0x40), at, type=text, id=own, value=value)

    def _help(self, base: int, end: int, offset: int) -> str:
        if offset == _NOTHING:
            return ""
        if base + offset > end:
            raise Broken("help text", base)
        return self.texts.decoded(self.data[base + offset : min(end, base + offset + HelpTexts.LONGEST)])
