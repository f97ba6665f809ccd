"""Assemblies of .NET (ECMA-335, partition II): their types, what these offer, and which assemblies they need.

A lean reader of the metadata tables; code is never touched. Nothing is trusted: every table, heap and row is checked
against the file, names against what they take together. Clauses in comments are those of ECMA-335, 6th edition.
"""

import struct
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import msgspec

from cpo_scan.probe.dotnet_tables import CODED, LONGEST_NAME, Image, Metadata, bad, compressed
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

_DEPTH = 100  # types nested in each other


class Attribute(msgspec.Struct, frozen=True):
    """A custom attribute: its full type name, and its first argument where that is a string or a type (its full name,
    mostly with that of its assembly behind a comma)."""

    type: str
    text: str = ""


class Method(msgspec.Struct, frozen=True):
    """A method or constructor (`.ctor`). `visibility` as in `Type`; `special`: an accessor, operator or constructor."""

    name: str
    visibility: str
    parameters: int
    generics: int = 0
    static: bool = False
    special: bool = False
    accessor: str = ""
    """What it belongs to: `property` or `event`; empty for all others."""
    attributes: tuple[Attribute, ...] = ()


class Field(msgspec.Struct, frozen=True):
    """A field. `special`: made by the compiler, as the value of an enumeration."""

    name: str
    visibility: str
    static: bool = False
    special: bool = False
    attributes: tuple[Attribute, ...] = ()


class Accessed(msgspec.Struct, frozen=True):
    """A property or an event, as visible as its most visible accessor. `parameters` are those of an indexer."""

    name: str
    visibility: str
    parameters: int = 0
    attributes: tuple[Attribute, ...] = ()


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """A type. `name` is full, `Namespace.Outer+Inner`, with a back-tick and a count where it is generic.

    `visibility` is `public`, `protected` (also protected internal), `internal` or `private`, and of a nested type the
    narrowest on the way to it. `kind` is `class interface struct enum delegate`.
    """

    name: str
    visibility: str
    kind: str
    base: str = ""
    interfaces: tuple[str, ...] = ()
    abstract: bool = False
    methods: tuple[Method, ...] = ()
    fields: tuple[Field, ...] = ()
    properties: tuple[Accessed, ...] = ()
    events: tuple[Accessed, ...] = ()
    attributes: tuple[Attribute, ...] = ()


class Reference(msgspec.Struct, frozen=True):
    """An assembly that this one needs."""

    name: str
    version: str


class Assembly(msgspec.Struct, frozen=True, kw_only=True):
    """What the metadata of a file say. `name` is empty for a module that belongs to another file's assembly."""

    name: str
    version: str
    culture: str = ""
    """Set in satellite assemblies, which hold translations only."""
    runtime: str = ""
    """The version that the metadata were written for, as `v4.0.30319`."""
    types: tuple[Type, ...] = ()
    references: tuple[Reference, ...] = ()
    attributes: tuple[Attribute, ...] = ()


def is_assembly(data: Bytes) -> bool:
    """Has a PE file a CLI header? False too for what is no PE file or is cut off before it says so."""
    try:
        return Image(data).cli != 0
    except Unreadable:
        return False


def read_assembly(data: Bytes, *, types: bool = True) -> Assembly:
    """Read the metadata of a PE file. Raises Unreadable (`dotnet.none`: a native one; else malformed, with place).

    Without `types` only what it says of itself and what it refers to, which takes a small part of the time.
    """
    image = Image(data)
    if not image.cli:
        raise Unreadable("dotnet.none")
    start, size = image.metadata()
    try:
        return _Assembly(bytes(data[start : start + size]), _OWNERS if types else (_ASSEMBLY,)).assembly(types)
    except (struct.error, IndexError, UnicodeDecodeError):
        raise Unreadable("dotnet.malformed", what="metadata", at=start) from None


(
    _TYPE_REF, _TYPE, _FIELD, _METHOD, _INTERFACE, _MEMBER_REF, _ATTRIBUTE, _EVENT_MAP, _EVENT, _PROPERTY_MAP,
    _PROPERTY, _SEMANTICS, _ASSEMBLY, _ASSEMBLY_REF, _NESTED,
) = (1, 2, 4, 6, 9, 10, 12, 18, 20, 21, 23, 24, 32, 35, 41)  # fmt: skip

_OWNERS = (_ASSEMBLY, _TYPE, _METHOD, _FIELD, _PROPERTY)  # whose custom attributes are read

# II.23.1.10 and II.23.1.5: private scope, private, family and assembly, assembly, family, family or assembly, public
_MEMBER = ("private", "private", "internal", "internal", "protected", "protected", "public", "private")
# II.23.1.15: not public, public; nested: public, private, family, assembly, family and assembly, family or assembly
_TYPES = ("internal", "public", "public", "private", "protected", "internal", "internal", "protected")
_WIDTH = {"private": 0, "internal": 1, "protected": 2, "public": 3}
_Row = TypeVar("_Row")


class _Assembly(Metadata):
    """The types of one assembly."""

    def __init__(self, data: bytes, owners: tuple[int, ...]) -> None:
        super().__init__(data)
        self._full: dict[int, str] = {}
        self._referred: dict[int, str] = {}
        self._type_rows = list(self.rows(_TYPE))
        self._outer = dict(self.pairs(_NESTED))
        self._attributes = self._all_attributes(owners)

    def assembly(self, types: bool) -> Assembly:
        """All of it, or all but its types."""
        name, version, culture = "", "", ""
        for row in self.rows(_ASSEMBLY):
            name, culture = self.text(row[7]), self.text(row[8])
            version = ".".join(map(str, row[1:5]))
        references = (Reference(self.text(row[6]), ".".join(map(str, row[:4]))) for row in self.rows(_ASSEMBLY_REF))
        return Assembly(
            name=name,
            version=version,
            culture=culture,
            runtime=self.runtime,
            types=tuple(self._types()) if types else (),
            references=tuple(references),
            attributes=self._attributes.get((_ASSEMBLY, 1), ()),
        )

    def _types(self) -> Iterator[Type]:
        """All types but the one that holds what belongs to none (II.10.8)."""
        interfaces: dict[int, list[int]] = defaultdict(list)
        for owner, interface in self.rows(_INTERFACE):
            interfaces[owner].append(interface)
        accessors, kinds = self._accessors()
        methods = [self._method(number, row, kinds) for number, row in enumerate(self.rows(_METHOD), 1)]
        fields = [self._field(number, row) for number, row in enumerate(self.rows(_FIELD), 1)]
        events = self._accessed(_EVENT, _EVENT_MAP, methods, accessors)
        properties = self._accessed(_PROPERTY, _PROPERTY_MAP, methods, accessors)
        starts = [row[4:6] for row in self._type_rows] + [(len(fields) + 1, len(methods) + 1)]
        for (field, method), (next_field, next_method) in pairwise(starts):
            # else types could share their members, each with all; no compiler writes tables of pointers (II.22.18)
            if field > next_field or method > next_method or 3 in self._tables or 5 in self._tables:
                raise bad("order of members", method)
        ends = starts[1:]
        for number, (row, end) in enumerate(zip(self._type_rows, ends, strict=True), 1):
            flags, name, _, extends, first_field, first_method = row
            if number == 1 and self.text(name) == "<Module>":
                continue
            base = self._type_name(extends) if extends >> 2 else ""
            yield Type(
                name=self._full_name(number),
                visibility=self._visibility(number),
                kind=_kind(flags, base, self._full_name(number)),
                base=base,
                interfaces=tuple(self._type_name(interface) for interface in interfaces.get(number, ())),
                abstract=bool(flags & 0x80),
                methods=tuple(_span(methods, first_method, end[1])),
                fields=tuple(_span(fields, first_field, end[0])),
                properties=tuple(properties.get(number, ())),
                events=tuple(events.get(number, ())),
                attributes=self._attributes.get((_TYPE, number), ()),
            )

    def _method(self, number: int, row: tuple[int, ...], kinds: dict[int, str]) -> Method:
        flags, signature = row[2], self.blob(row[4])
        generics, parameters = _counts(signature)
        return Method(
            self.text(row[3]),
            _MEMBER[flags & 7],
            parameters,
            generics,
            bool(flags & 0x10),
            bool(flags & 0x800),
            kinds.get(number, ""),
            self._attributes.get((_METHOD, number), ()),
        )

    def _field(self, number: int, row: tuple[int, ...]) -> Field:
        attributes = self._attributes.get((_FIELD, number), ())
        return Field(self.text(row[1]), _MEMBER[row[0] & 7], bool(row[0] & 0x10), bool(row[0] & 0x600), attributes)

    def _accessors(self) -> tuple[dict[tuple[int, int], list[int]], dict[int, str]]:
        """Methods by the event or property that they serve (II.22.28), and what each of them serves."""
        accessors: dict[tuple[int, int], list[int]] = defaultdict(list)
        kinds = {}
        for _, method, serves in self.rows(_SEMANTICS):
            table = _PROPERTY if serves & 1 else _EVENT
            accessors[table, serves >> 1].append(method)
            kinds[method] = "property" if serves & 1 else "event"
        return accessors, kinds

    def _accessed(
        self, table: int, table_of_owners: int, methods: list[Method], accessors: dict[tuple[int, int], list[int]]
    ) -> dict[int, list[Accessed]]:
        """Events or properties by their type."""
        owners = list(self.rows(table_of_owners))
        rows = list(self.rows(table))
        found: dict[int, list[Accessed]] = {}
        ends = [*(row[1] for row in owners[1:]), len(rows) + 1]
        for (owner, first), end in zip(owners, ends[: len(owners)], strict=True):
            if first > end:
                raise bad("order of members", first)
            of_owner = found.setdefault(owner, [])
            for number in range(max(first, 1), min(end, len(rows) + 1)):
                row = rows[number - 1]
                serving = [methods[method - 1] for method in accessors.get((table, number), ()) if method]
                visibility = max((method.visibility for method in serving), key=_WIDTH.__getitem__, default="private")
                parameters = _counts(self.blob(row[2]))[1] if table == _PROPERTY else 0
                attributes = self._attributes.get((table, number), ())
                of_owner.append(Accessed(self.text(row[1]), visibility, parameters, attributes))
        return found

    def _all_attributes(self, owned_by: tuple[int, ...]) -> dict[tuple[int, int], tuple[Attribute, ...]]:
        """Custom attributes of what is in these tables (II.22.10)."""
        found: dict[tuple[int, int], list[Attribute]] = defaultdict(list)
        bits, tables = CODED["HasCustomAttribute"]
        kinds: dict[int, tuple[str, bool]] = {}
        owners: list[int] | None = None
        for parent, constructor, value in self.rows(_ATTRIBUTE):
            tag = parent & (1 << bits) - 1
            table = tables[tag] if tag < len(tables) else 0
            if table not in owned_by:
                continue
            if constructor not in kinds:
                if constructor & 7 == 2:  # II.24.2.6: 2 is MethodDef, 3 MemberRef
                    owners = owners or [row[5] for row in self._type_rows]
                    kinds[constructor] = self._own_constructor(constructor >> 3, owners)
                else:
                    kinds[constructor] = self._foreign_constructor(constructor >> 3)
            name, takes_text = kinds[constructor]
            found[table, parent >> bits].append(Attribute(name, self._first_text(value) if takes_text else ""))
        return {owner: tuple(attributes) for owner, attributes in found.items()}

    def _own_constructor(self, method: int, owners: list[int]) -> tuple[str, bool]:
        row = self.row(_METHOD, method)
        return self._full_name(bisect_right(owners, method)), _takes_text(self.blob(row[4]))

    def _foreign_constructor(self, member: int) -> tuple[str, bool]:
        parent, _, signature = self.row(_MEMBER_REF, member)
        kind = parent & 7
        name = ""
        if kind == 0:
            name = self._full_name(parent >> 3)
        elif kind == 1:
            name = self._reference_name(parent >> 3)
        return name, _takes_text(self.blob(signature))

    def _first_text(self, value: int) -> str:
        """II.23.3: the prolog 0x0001, then a string of packed length, 0xFF for none."""
        blob = self.blob(value)
        if blob[:2] != b"\1\0" or len(blob) < 3 or blob[2] == 0xFF:
            return ""
        size, at = compressed(blob, 2)
        return blob[at : at + min(size, LONGEST_NAME)].decode("utf-8", "replace")

    def _visibility(self, number: int) -> str:
        narrowest = "public"
        for _ in range(_DEPTH):
            visibility = _TYPES[self._type_rows[number - 1][0] & 7]
            narrowest = min(narrowest, visibility, key=_WIDTH.__getitem__)
            if number not in self._outer:
                return narrowest
            number = self._outer[number]
            if not 0 < number <= len(self._type_rows):
                break
        raise bad("nested type", number)

    def _full_name(self, number: int) -> str:
        if (known := self._full.get(number)) is not None:
            return known
        parts: list[str] = []
        first = number
        for _ in range(_DEPTH):
            row = self.row(_TYPE, number)
            parts.append(self.text(row[1]))
            if number not in self._outer:
                name = self._full[first] = self._joined(self.text(row[2]), parts)
                return name
            number = self._outer[number]
        raise bad("nested type", number)

    def _reference_name(self, number: int) -> str:
        if (known := self._referred.get(number)) is not None:
            return known
        parts: list[str] = []
        first = number
        for _ in range(_DEPTH):
            scope, name, namespace = self.row(_TYPE_REF, number)
            parts.append(self.text(name))
            if scope & 3 != 3:  # else it is nested in another reference
                full = self._referred[first] = self._joined(self.text(namespace), parts)
                return full
            number = scope >> 2
        raise bad("type reference", number)

    def _joined(self, namespace: str, inmost_first: list[str]) -> str:
        name = (f"{namespace}." if namespace else "") + "+".join(reversed(inmost_first))
        self.take(len(name))
        return name

    def _type_name(self, coded: int) -> str:
        match coded & 3:
            case 0:
                return self._full_name(coded >> 2)
            case 1:
                return self._reference_name(coded >> 2)
            case _:
                return self._generic_name(coded >> 2)

    def _generic_name(self, number: int) -> str:
        """The generic type of which a specification is an instance (II.23.2.14); its arguments are left out."""
        blob = self.blob(self.row(27, number)[0])
        if blob[:1] != b"\x15" or len(blob) < 3:
            return ""
        coded, _ = compressed(blob, 2)
        return self._type_name(coded) if coded & 3 < 2 else ""


def _counts(signature: bytes) -> tuple[int, int]:
    """How many generic and how many plain parameters a method or property takes (II.23.2.1)."""
    at, generics = 1, 0
    if signature[0] & 0x10:
        generics, at = compressed(signature, at)
    return generics, compressed(signature, at)[0]


def _takes_text(signature: bytes) -> bool:
    """Is the first parameter of a constructor a string or a type? Its result is void, one byte (II.23.1.16).

    Of all classes an attribute can take none but System.Type, which it holds as its name (II.23.3).
    """
    return signature[1:2] != b"\0" and signature[2:4] in (b"\x01\x0e", b"\x01\x12")


def _kind(flags: int, base: str, name: str) -> str:
    if flags & 0x20:
        return "interface"
    if base == "System.Enum":
        return "enum"
    if base == "System.ValueType" and name != "System.Enum":
        return "struct"
    if base in ("System.MulticastDelegate", "System.Delegate") and name != "System.MulticastDelegate":
        return "delegate"
    return "class"


def _span(rows: list[_Row], first: int, end: int) -> list[_Row]:
    return rows[max(first, 1) - 1 : max(end, 1) - 1]
