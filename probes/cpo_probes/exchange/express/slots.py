"""What an instance of each entity of a schema has to say: its attributes in the order of ISO 10303-21:2016, 12.2.

Attributes of supertypes come first, in the order in which the supertypes are named, each but once (12.2.5.2). What is
declared anew as derived is written as an asterisk (12.2.6), what is declared anew otherwise keeps its place and gets
its new type (12.2.7). Inverse and other derived attributes are not written.
"""

from collections.abc import Iterable, Iterator

import msgspec

from cpo_probes.exchange.express.model import (
    AnyType,
    Attribute,
    Declaration,
    Entity,
    Enumeration,
    Named,
    Schema,
    Select,
    SubtypeConstraint,
    TypeDeclaration,
)

_CHAIN = 100  # types that stand for types


class Slot(msgspec.Struct, frozen=True):
    """One parameter of a record."""

    name: str
    owner: str
    type: AnyType
    optional: bool
    derived: bool = False


Anew = dict[str, list[tuple[Attribute, bool]]]
"""Attributes that are declared anew, by their names; True: as derived."""


class Model(msgspec.Struct, frozen=True):
    """A schema as instances are held against it. `entities` and `types` by name, in lower case."""

    name: str
    entities: dict[str, Entity]
    types: dict[str, AnyType]
    limits: tuple[SubtypeConstraint, ...] = ()
    kept: dict[str, tuple[Slot, ...]] = {}
    opened: dict[Select, tuple[frozenset[str], frozenset[str]]] = {}

    @classmethod
    def of(cls, schema: Schema, *others: Schema) -> "Model":
        """The model of a well-formed schema whose names are all resolved in it and in the others that it names.

        What the others declare belongs to it, also under the names that it gives (11.1). Raises ValueError where two
        declare the same name in different ways.
        """
        declared: dict[str, Declaration] = {}
        for each in (schema, *others):
            for item in each.declarations:
                if declared.setdefault(item.name, item) is not item:
                    raise ValueError(item.name)
        for each in (schema, *others):
            for interface in each.interfaces:
                for named, alias in interface.items:
                    if alias != named.name and named.name in declared:
                        if alias in declared:
                            raise ValueError(alias)
                        declared[alias] = declared[named.name]
        return cls(
            schema.name,
            {name: item for name, item in declared.items() if isinstance(item, Entity)},
            {name: item.type for name, item in declared.items() if isinstance(item, TypeDeclaration)},
            tuple(item for item in declared.values() if isinstance(item, SubtypeConstraint)),
            {},
            {},
        )

    def slots(self, name: str) -> tuple[Slot, ...]:
        """The parameters of an instance of an entity in internal mapping (12.2.5.2)."""
        if name not in self.kept:
            self.kept[name] = self._slots(name)
        return self.kept[name]

    def own_slots(self, name: str) -> tuple[Slot, ...]:
        """The parameters that an entity adds to those of its supertypes."""
        return tuple(_slot(item, name) for item in self.entities[name].explicit if item.redeclares is None)

    def lineage(self, name: str) -> tuple[str, ...]:
        """An entity after its supertypes, each once."""
        found: dict[str, None] = {}
        way: dict[str, Iterator[Named]] = {name: self._above(name)}
        while way:
            current = next(reversed(way))
            following = next(way[current], None)
            if following is None:
                way.popitem()
                found[current] = None
            elif following.name not in found and following.name not in way:
                way[following.name] = self._above(following.name)
        return tuple(owner for owner in found if owner in self.entities)

    def _above(self, name: str) -> Iterator[Named]:
        entity = self.entities.get(name)
        return iter(entity.supertypes if entity else ())

    def _slots(self, name: str) -> tuple[Slot, ...]:
        lineage = self.lineage(name)
        return self._declared(self.anew(lineage), [slot for owner in lineage for slot in self.own_slots(owner)])

    def anew(self, owners: Iterable[str]) -> Anew:
        """What these entities declare anew, by the name of the attribute; supertypes must come before subtypes."""
        found: Anew = {}
        for owner in owners:
            entity = self.entities[owner]
            for items, derived in ((entity.explicit, False), (entity.derived, True)):
                for item in items:
                    if item.redeclares is not None:
                        found.setdefault(item.name, []).append((item, derived))
        return found

    def record_slots(self, name: str, anew: Anew) -> tuple[Slot, ...]:
        """The parameters of a record in external mapping.

        `anew`: of all entities of the instance; an attribute may be derived by one beside its own (12.2.6).
        """
        return self._declared(anew, self.own_slots(name))

    def _declared(self, anew: Anew, slots: Iterable[Slot]) -> tuple[Slot, ...]:
        """The parameters, as they are declared anew."""
        return tuple(self._latest(anew, slot) for slot in slots)

    def _latest(self, anew: Anew, slot: Slot) -> Slot:
        for _ in range(_CHAIN):  # renamed, and declared anew under that name
            before = slot.name
            for item, derived in anew.get(before, ()):
                slot = self._again(slot, item, derived)
            if slot.name == before:
                break
        return slot

    def _again(self, slot: Slot, item: Attribute, derived: bool) -> Slot:
        if item.redeclares is None or slot.owner not in self.lineage(item.redeclares.name):
            return slot
        optional = slot.optional and item.optional
        return Slot(item.renamed or slot.name, slot.owner, item.type, optional, slot.derived or derived)

    # -- types

    def resolved(self, declared: AnyType) -> AnyType:
        """What a defined type stands for in the end; an entity stays its name."""
        for _ in range(_CHAIN):
            if not isinstance(declared, Named) or declared.name not in self.types:
                break
            declared = self.types[declared.name]
        return declared

    def choices(self, select: Select) -> tuple[frozenset[str], frozenset[str]]:
        """The entities that a value of the select may be, and the defined types (selects in it opened)."""
        if select not in self.opened:
            self.opened[select] = self._choices(select)
        return self.opened[select]

    def _choices(self, select: Select) -> tuple[frozenset[str], frozenset[str]]:
        entities, types = set(), set()
        waiting, seen = list(self._items(select)), set()
        while waiting:
            item = waiting.pop()
            if item in seen:
                continue
            seen.add(item)
            if item in self.types:
                inner = self.resolved(Named(item, 0))
                if isinstance(inner, Select):
                    waiting += self._items(inner)
                else:
                    types.add(item)
            else:
                entities.add(item)
        return frozenset(entities), frozenset(types)

    def _items(self, select: Select) -> Iterator[str]:
        """The names in a select, with those that it is based on and (where it can be extended) those based on it."""
        yield from (item.name for item in select.items)
        if select.based_on is not None:
            base = self.types.get(select.based_on.name)
            if isinstance(base, Select):
                yield from self._items(base)
        if select.extensible:
            names = {name for name, declared in self.types.items() if declared == select}
            for declared in self.types.values():
                if isinstance(declared, Select) and declared.based_on is not None and declared.based_on.name in names:
                    yield from (item.name for item in declared.items)

    def items(self, enumeration: Enumeration) -> frozenset[str] | None:
        """The items of an enumeration; None where it can be extended or is based on another one."""
        if enumeration.extensible or enumeration.based_on is not None:
            return None
        return frozenset(enumeration.items)

    def stands_for(self, name: str, members: frozenset[str]) -> bool:
        """Is a defined type one of `members`, or a special case of one?"""
        for _ in range(_CHAIN):
            if name in members:
                return True
            declared = self.types.get(name)
            if not isinstance(declared, Named):
                return False
            name = declared.name
        return False


def _slot(item: Attribute, owner: str) -> Slot:
    return Slot(item.name, owner, item.type, item.optional)
