"""What an assembly of .NET takes from others: the types that it names, their members, and those that it derives from.

By the tables of references alone (ECMA-335, II.22.25, II.22.38): no code is read, and no type of its own as a whole.
"""

import struct
from typing import TypeVar

import msgspec

from cpo_scan.probe.dotnet_tables import Image, Metadata, bad
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

_TYPE_REF, _TYPE, _INTERFACE, _MEMBER_REF, _ASSEMBLY_REF = 1, 2, 9, 10, 35
_DEPTH = 100  # types nested in each other
_ABSTRACT, _IS_INTERFACE = 0x80, 0x20  # II.23.1.15
_DLL = 0x2000  # II.25.2.2.1: IMAGE_FILE_DLL


_Row = TypeVar("_Row")


class ForeignType(msgspec.Struct, frozen=True, order=True):
    """A type of another assembly: the name of that, and the full name of the type, `Namespace.Outer+Inner`."""

    assembly: str
    name: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What an assembly takes from others."""

    library: bool
    """It is no program that is started by itself."""
    types: tuple[ForeignType, ...]
    members: tuple[tuple[ForeignType, str], ...]
    """Methods and fields of such types, by name."""
    derived: tuple[ForeignType, ...]
    """Types that a class of its own, which can be created, extends or implements."""


def read_taken(data: Bytes) -> Taken:
    """Read the references of an assembly. Raises Unreadable (`dotnet.none`: a native one; else malformed)."""
    image = Image(data)
    if not image.cli:
        raise Unreadable("dotnet.none")
    start, size = image.metadata()
    try:
        header = struct.unpack_from("<I", data, 0x3C)[0]
        flags = struct.unpack_from("<H", data, header + 22)[0]
        return _Taken(bytes(data[start : start + size])).read(bool(flags & _DLL))
    except (struct.error, IndexError):
        raise Unreadable("dotnet.malformed", what="metadata", at=start) from None


class _Taken(Metadata):
    def read(self, library: bool) -> Taken:
        assemblies = [self.text(row[6]) for row in self.rows(_ASSEMBLY_REF)]
        types = [self._foreign(number, assemblies) for number, _ in enumerate(self.rows(_TYPE_REF), 1)]
        members: set[tuple[ForeignType, str]] = set()
        for parent, name, _ in self.rows(_MEMBER_REF):
            if parent & 7 == 1:  # II.24.2.6: MemberRefParent, TypeRef
                owner = _at(types, parent >> 3)
                if owner is not None:
                    members.add((owner, self.text(name)))
        derived: set[ForeignType] = set()
        kinds = list(self.rows(_TYPE))
        above = [(number, row[3]) for number, row in enumerate(kinds, 1)]
        above += [(row[0], row[1]) for row in self.rows(_INTERFACE)]
        for number, coded in above:
            row = _at(kinds, number)
            if row is not None and coded & 3 == 1 and not row[0] & (_ABSTRACT | _IS_INTERFACE):
                found = _at(types, coded >> 2)
                if found is not None:
                    derived.add(found)
        return Taken(
            library=library,
            types=tuple(sorted({one for one in types if one is not None})),
            members=tuple(sorted(members)),
            derived=tuple(sorted(derived)),
        )

    def _foreign(self, number: int, assemblies: list[str]) -> ForeignType | None:
        """None for what is nested in, or belongs to, something that is no assembly."""
        names: list[str] = []
        for _ in range(_DEPTH):
            scope, name, space = self.row(_TYPE_REF, number)
            names.append(self.text(name))
            match scope & 3:
                case 3:  # nested in another reference
                    number = scope >> 2
                case 2:
                    assembly = _at(assemblies, scope >> 2)
                    before = self.text(space)
                    full = (f"{before}." if before else "") + "+".join(reversed(names))
                    self.take(len(full))
                    return None if assembly is None else ForeignType(assembly, full)
                case _:
                    return None
        raise bad("type reference", number)


def _at(rows: list[_Row], number: int) -> _Row | None:
    """The row of a number that counts from 1."""
    return rows[number - 1] if 0 < number <= len(rows) else None
