"""The numbered types of an interface while it is being read: each thing that is described gets one number."""

from collections.abc import Hashable

from cpo_scan.probe.interface import ANY, Type

MOST_TYPES = 200_000  # of one description; beyond them everything is taken for "takes everything"


class TypeTable:
    """Types by number. A type may be numbered before it is known what it is, so that types may lead to each other."""

    def __init__(self) -> None:
        self.types: list[Type] = [Type()]
        self._numbers: dict[Hashable, int] = {}

    def add(self, type: Type) -> int:
        """The number of a type that nothing else leads to; `ANY` beyond the limit."""
        if len(self.types) >= MOST_TYPES:
            return ANY
        self.types.append(type)
        return len(self.types) - 1

    def leaf(self, base: str) -> int:
        """The number of the type that is known by a word alone: a built-in one, or one that is compared elsewhere."""
        return self.shared(Type(bases=(base,)))

    def shared(self, type: Type) -> int:
        """One number for all types that are equal."""
        known = self._numbers.get(_key(type))
        if known is None:
            known = self._numbers[_key(type)] = self.add(type)
        return known

    def array(self, item: int, limits: dict[str, float] | None = None) -> int:
        """The number of a list of things of one type."""
        return self.shared(Type(bases=("array",), item=item, limits=limits or {}))

    def number(self, key: Hashable) -> tuple[int, bool]:
        """The number of what `key` stands for, and whether it is new, so that it has to be put in its place."""
        known = self._numbers.get(key)
        if known is not None:
            return known, False
        known = self._numbers[key] = self.add(Type())
        return known, known != ANY

    def put(self, number: int, type: Type) -> None:
        """Say what a numbered type is."""
        self.types[number] = type


def _key(type: Type) -> Hashable:
    return type.bases, type.nullable, type.values, type.item, tuple(sorted(type.limits.items())), _flat(type.facts)


def _flat(facts: dict[str, str]) -> Hashable:
    return tuple(sorted(facts.items()))
