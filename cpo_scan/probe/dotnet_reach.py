"""Which types of an assembly others get to see who start from some of them: by the signatures of public members.

A program has public types by the thousand; an add-on is handed some, and what these give out. Signatures are read by
ECMA-335, II.23.2; one that does not hold leads nowhere.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable

from cpo_scan.probe.dotnet_tables import Image, Metadata, bad, compressed
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

_TYPE, _FIELD, _METHOD, _INTERFACE, _TYPE_SPEC, _NESTED = 2, 4, 6, 9, 27, 41
_DEPTH = 100  # types in types
_SEEN = (4, 5, 6)  # II.23.1.10: family, family or assembly, public
_ARRAY, _INSTANCE, _FUNCTION = 0x14, 0x15, 0x1B  # II.23.1.16
_WRAPS = (0x0F, 0x10, 0x1D, 0x41, 0x45)  # pointer, by reference, vector, sentinel, pinned: a type follows
_NAMED = (0x11, 0x12)  # value type, class: a token follows
_MODIFIERS = (0x1F, 0x20)  # a token and a type follow
_VARIABLES = (0x13, 0x1E)  # of a generic type or method: a number follows
_ENTRY_POINT = 20  # in the CLI header (II.25.3.3): where a program starts


def starts_by_itself(data: Bytes) -> bool:
    """Has an assembly an entry point, as programs have? Raises Unreadable."""
    image = Image(data)
    if not image.cli:
        raise Unreadable("dotnet.none")
    return image.cli_field(_ENTRY_POINT) != 0


def reachable(data: Bytes, start: Iterable[str]) -> frozenset[str]:
    """Full names (`Space.Outer+Inner`) of own types that types of these names lead to, themselves included.

    Raises Unreadable where the metadata do not hold.
    """
    image = Image(data)
    if not image.cli:
        raise Unreadable("dotnet.none")
    place, size = image.metadata()
    try:
        return _Reach(bytes(data[place : place + size])).from_types(frozenset(start))
    except (struct.error, IndexError):
        raise Unreadable("dotnet.malformed", what="metadata", at=place) from None


class _Reach(Metadata):
    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._rows = list(self.rows(_TYPE))
        self._outer = dict(self.pairs(_NESTED))
        self._fields, self._methods = list(self.rows(_FIELD)), list(self.rows(_METHOD))
        self._specified: set[int] = set()
        self._interfaces: dict[int, list[int]] = defaultdict(list)
        for owner, interface in self.pairs(_INTERFACE):
            self._interfaces[owner].append(interface)

    def from_types(self, start: frozenset[str]) -> frozenset[str]:
        names = {number: self._full_name(number) for number in range(1, len(self._rows) + 1)}
        found = {number for number, name in names.items() if name in start}
        left = sorted(found)
        while left:
            number = left.pop()
            for other in sorted(self._leads_to(number)):
                if other not in found and 0 < other <= len(self._rows):
                    found.add(other)
                    left.append(other)
        return frozenset(names[number] for number in found)

    def _full_name(self, number: int) -> str:
        parts: list[str] = []
        for _ in range(_DEPTH):
            row = self.row(_TYPE, number)
            parts.append(self.text(row[1]))
            if number not in self._outer:
                space = self.text(row[2])
                name = (f"{space}." if space else "") + "+".join(reversed(parts))
                self.take(len(name))
                return name
            number = self._outer[number]
        raise bad("nested type", number)

    def _leads_to(self, number: int) -> set[int]:
        """Own types that stand in what a type shows to others."""
        row = self._rows[number - 1]
        found: set[int] = set()
        for coded in (row[3], *self._interfaces.get(number, ())):
            try:
                self._add(coded, found, 0)
            except (IndexError, Unreadable):
                continue  # what does not hold leads nowhere
        following = self._rows[number] if number < len(self._rows) else None
        last_field = following[4] if following else len(self._fields) + 1
        last_method = following[5] if following else len(self._methods) + 1
        for field in self._fields[max(row[4], 1) - 1 : max(last_field, 1) - 1]:
            if field[0] & 7 in _SEEN:
                self._signature(self.blob(field[2]), found, field=True)
        for method in self._methods[max(row[5], 1) - 1 : max(last_method, 1) - 1]:
            if method[2] & 7 in _SEEN:  # accessors of properties and events are methods too
                self._signature(self.blob(method[4]), found, field=False)
        return found

    def _signature(self, blob: bytes, found: set[int], *, field: bool) -> None:
        try:
            if field:
                self._type(blob, 1, found, 0)
                return
            self._method(blob, 0, found, 0)
        except (IndexError, Unreadable):
            return  # what does not hold leads nowhere

    def _method(self, blob: bytes, at: int, found: set[int], depth: int) -> int:
        """II.23.2.1: calling convention, generic parameters, parameters, result; returns where it ends."""
        generic = blob[at] & 0x10
        at += 1
        if generic:
            _, at = compressed(blob, at)
        count, at = compressed(blob, at)
        for _ in range(min(count, len(blob)) + 1):
            at = self._type(blob, at, found, depth)
        return at

    def _type(self, blob: bytes, at: int, found: set[int], depth: int) -> int:
        """II.23.2.12: one type; returns where it ends."""
        if depth > _DEPTH:
            raise bad("signature", at)
        while blob[at] in _WRAPS or blob[at] in _MODIFIERS:
            modifier = blob[at] in _MODIFIERS
            at += 1
            if modifier:
                coded, at = compressed(blob, at)
                self._add(coded, found, depth + 1)
        kind = blob[at]
        at += 1
        if kind in _NAMED:
            coded, at = compressed(blob, at)
            self._add(coded, found, depth + 1)
        elif kind in _VARIABLES:
            _, at = compressed(blob, at)
        elif kind == _INSTANCE:
            coded, at = compressed(blob, at + 1)
            self._add(coded, found, depth + 1)
            count, at = compressed(blob, at)
            for _ in range(min(count, len(blob))):
                at = self._type(blob, at, found, depth + 1)
        elif kind == _ARRAY:
            at = self._type(blob, at, found, depth + 1)
            _, at = compressed(blob, at)
            for _ in range(2):  # sizes, lower bounds
                count, at = compressed(blob, at)
                for _ in range(min(count, len(blob))):
                    _, at = compressed(blob, at)
        elif kind == _FUNCTION:
            at = self._method(blob, at, found, depth + 1)
        return at

    def _add(self, coded: int, found: set[int], depth: int) -> None:
        """A TypeDefOrRef: an own type, or a specification that names some (II.24.2.6)."""
        if coded & 3 == 0 and coded >> 2:
            found.add(coded >> 2)
        elif coded & 3 == 2 and depth <= _DEPTH:
            number = coded >> 2
            if number not in self._specified:  # all that it leads to is found once, whoever asks
                self._specified.add(number)
                self._type(self.blob(self.row(_TYPE_SPEC, number)[0]), 0, found, depth + 1)
