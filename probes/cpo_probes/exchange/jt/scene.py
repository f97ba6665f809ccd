"""The logical scene graph of a JT file, unpacked: its elements one after the other, its properties. Pure.

JT File Format Reference 9.5 and 10.5, "LSG segment": elements of the graph, then property atoms, each ended by a mark;
then the table of properties. Versions inside of elements have no octet in JT 8, two in JT 9, one since JT 10. An
element of an unknown type is stepped over by its length.
"""

import struct
from collections import Counter
from collections.abc import Callable

import msgspec

_MARK = b"\xff" * 16  # an element of this type ends a section
_NODES = (0, 1, 2)  # base types: node, group, shape
_INSTANCE = "10dd102a-2ac8-11d1-9b6b-0080c7bb5997"
_STRING = "10dd106e-2ac8-11d1-9b6b-0080c7bb5997"
_LATE_LOADED = "e0b05be5-fbbd-11d1-a3a7-00aa00d10954"
_UNITS = "JT_PROP_MEASUREMENT_UNITS"
_HEADER = 25  # octets: length, type, base type, number of the object
_LONGEST = 200  # characters of a text that is kept
_MOST_UNITS = 8


class Fault(msgspec.Struct, frozen=True):
    """Something that breaks the graph, at an octet of the unpacked segment."""

    code: str
    at: int
    length: int = 0


class Scene(msgspec.Struct, kw_only=True):
    """What was found. `elements` and `atoms`: how often each type occurs, by its identifier."""

    elements: Counter[str] = msgspec.field(default_factory=Counter)
    atoms: Counter[str] = msgspec.field(default_factory=Counter)
    properties: int = 0
    units: list[str] = []
    late_loaded: set[bytes] = set()
    """Identifiers of segments, as they stand in the file."""
    twice: int = 0
    missing: int = 0
    short: int = 0
    """Elements whose contents do not fit into their length."""
    faults: list[Fault] = []


def walk(octets: bytes, order: str, major: int, checkpoint: Callable[[], None]) -> Scene:
    """Read a scene graph; `order` is `<` or `>`, `major` the version of the file."""
    return _Walk(octets, order, major, checkpoint).run()


class _Short(Exception):
    """The octets of an element end too soon."""


class _Walk:
    def __init__(self, octets: bytes, order: str, major: int, checkpoint: Callable[[], None]) -> None:
        self.octets, self.checkpoint = octets, checkpoint
        self.integer = struct.Struct(order + "i")
        self.type = struct.Struct(order + "IHH8s")
        self.order = order
        self.version = 0 if major < 9 else 2 if major < 10 else 1
        self.scene = Scene(late_loaded=set(), units=[], faults=[])
        self.objects: set[int] = set()
        self.references: Counter[int] = Counter()
        self.texts: dict[int, str] = {}

    def run(self) -> Scene:
        at = self._section(0, self.scene.elements, self._element)
        if at is not None:
            at = self._section(at, self.scene.atoms, self._atom)
        if at is not None and len(self.octets) - at >= 6:
            self._table(at)
        self.scene.missing = sum(count for number, count in self.references.items() if number not in self.objects)
        return self.scene

    def _section(self, at: int, counted: Counter[str], read: Callable[[str, int, int, int], None]) -> int | None:
        """From the first element to after the mark; None where there is no way on."""
        size = len(self.octets)
        number = 0
        while at + 20 <= size:
            number += 1
            if not number & 0xFFF:
                self.checkpoint()
            (length,) = self.integer.unpack_from(self.octets, at)
            kind = self.octets[at + 4 : at + 20]
            end: int = at + 4 + length
            if kind == _MARK and length >= len(_MARK) and end <= size:
                return end
            if length < _HEADER - 4 or end > size:
                self.scene.faults.append(Fault("jt.element_outside", at, length))
                return None
            name = self._named(kind)
            counted[name] += 1
            (own,) = self.integer.unpack_from(self.octets, at + 21)
            self.scene.twice += own in self.objects
            self.objects.add(own)
            try:
                read(name, own, at + _HEADER, end)
            except _Short:
                self.scene.short += 1
            at = end
        self.scene.faults.append(Fault("jt.elements_open", at))
        return None

    def _named(self, kind: bytes) -> str:
        one, two, three, rest = self.type.unpack(kind)
        return f"{one:08x}-{two:04x}-{three:04x}-{rest[:2].hex()}-{rest[2:].hex()}"

    # -- elements

    def _element(self, name: str, _own: int, at: int, end: int) -> None:
        if self.octets[at - 5] not in _NODES:
            return
        at = self._numbers(at + self.version + 4, end)  # attributes, after flags
        if name in _GROUPS:
            self._numbers(at + self.version, end)
        elif name == _INSTANCE:
            self.references[self._integer(at + self.version, end)] += 1

    def _numbers(self, at: int, end: int) -> int:
        """References to objects, with their number before them; the place after them."""
        count = self._integer(at, end)
        at += 4
        if not 0 <= count <= (end - at) // 4:
            raise _Short
        self.references.update(struct.unpack_from(f"{self.order}{count}i", self.octets, at))
        return at + 4 * count

    def _integer(self, at: int, end: int) -> int:
        if at + 4 > end:
            raise _Short
        found: int = self.integer.unpack_from(self.octets, at)[0]
        return found

    def _atom(self, name: str, own: int, at: int, end: int) -> None:
        at += self.version + 4 + self.version  # state flags between two versions
        if name == _STRING:
            count = self._integer(at, end)
            if not 0 <= count <= (end - at - 4) // 2:
                raise _Short
            if count <= _LONGEST:
                encoding = "utf-16-be" if self.order == ">" else "utf-16-le"
                self.texts[own] = self.octets[at + 4 : at + 4 + 2 * count].decode(encoding, "replace")
        elif name == _LATE_LOADED:
            if at + 16 > end:
                raise _Short
            self.scene.late_loaded.add(self.octets[at : at + 16])

    # -- properties

    def _table(self, at: int) -> None:
        """For each object its properties: pairs of atoms, ended by a zero."""
        size = len(self.octets)
        try:
            count = self._integer(at + 2, size)
            at += 6
            for number in range(max(0, count)):
                if not number & 0xFFF:
                    self.checkpoint()
                self.references[self._integer(at, size)] += 1
                at += 4
                while key := self._integer(at, size):
                    value = self._integer(at + 4, size)
                    self._property(key, value)
                    at += 8
                at += 4
        except _Short:
            self.scene.faults.append(Fault("jt.property_table", at))

    def _property(self, key: int, value: int) -> None:
        self.references[key] += 1
        self.references[value] += 1
        self.scene.properties += 1
        if self.texts.get(key, "").rstrip("\0") == _UNITS and len(self.scene.units) < _MOST_UNITS:
            units = self.texts.get(value, "").rstrip("\0")
            if units and units not in self.scene.units:
                self.scene.units.append(units)


# Nodes that begin as a group does: a list of attributes, then one of children.
_GROUPS = frozenset(
    (
        *("10dd101b-2ac8-11d1-9b6b-0080c7bb5997", "10dd102c-2ac8-11d1-9b6b-0080c7bb5997"),
        *("ce357245-38fb-11d1-a506-006097bdc6e1", "ce357244-38fb-11d1-a506-006097bdc6e1"),
        *("10dd103e-2ac8-11d1-9b6b-0080c7bb5997", "10dd104c-2ac8-11d1-9b6b-0080c7bb5997"),
        "10dd10f3-2ac8-11d1-9b6b-0080c7bb5997",
    )
)
