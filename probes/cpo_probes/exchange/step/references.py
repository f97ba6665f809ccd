"""What the instances of a Part 21 file are, and what they must be where others refer to them. Two octets a name each.

References lead forwards and backwards. So each name keeps the number of what it is and the number of all that is
asked of it; at the end of the file the few pairs of such numbers that occur are held against each other. No
reference is kept, and a large file costs its highest name.
"""

import mmap
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Generic, TypeVar

import msgspec

from cpo_probes.exchange.express.model import Aggregate, AnyType, Named, Select
from cpo_probes.exchange.express.slots import Model

_SPAN = 2**27  # highest name that has a place in the tables, as in `part21_names`
_LEAST = 2**22
_FAR = 2**18  # names above the span that are remembered
_NUMBERS = 2**16  # of different sets; they must fit into two octets
_BLOCK = 2**16
_DEPTH = 50
T = TypeVar("T")


class Rule(msgspec.Struct, frozen=True):
    """What a type asks of the references in its values."""

    wanted: frozenset[str] = frozenset()
    """The entities of which one must be; empty: nothing is asked."""
    unique: bool = False
    """None may stand twice."""
    alone: bool = False
    """More than that is asked: the values must be looked at one by one."""


def rule_of(model: Model, declared: AnyType) -> Rule:
    """The rule of a type."""
    levels: dict[int, frozenset[str]] = {}
    alone = _look(model, declared, 0, levels)
    resolved = model.resolved(declared)
    unique = isinstance(resolved, Aggregate) and _is_unique(resolved)
    if isinstance(resolved, Aggregate) and unique:
        alone |= not _only_references(model, resolved.of)
    wanted = frozenset[str]().union(*levels.values())
    return Rule(wanted, unique, alone or len(levels) > 1)


def _look(model: Model, declared: AnyType, depth: int, levels: dict[int, frozenset[str]]) -> bool:
    """Note the entities at each depth of lists; True: something must be looked at by itself."""
    if depth > _DEPTH:
        return True
    resolved = model.resolved(declared)
    match resolved:
        case Named(name=name):
            levels[depth] = levels.get(depth, frozenset()) | {name}
            return False
        case Aggregate(of=of):
            return _look(model, of, depth + 1, levels) or (depth > 0 and _is_unique(resolved))
        case Select():
            entities, types = model.choices(resolved)
            if entities:
                levels[depth] = levels.get(depth, frozenset()) | entities
            # A typed value with a reference or a list in it is rare, and what it asks depends on its type.
            return any(not _is_simple(model, Named(name, 0)) for name in types)
        case _:
            return False


def _is_unique(aggregate: Aggregate) -> bool:
    return aggregate.unique or aggregate.kind == "set"


def _is_simple(model: Model, declared: AnyType) -> bool:
    """Can a value of this type hold no reference, and nothing that shall be unique?"""
    resolved = model.resolved(declared)
    for _ in range(_DEPTH):
        if not isinstance(resolved, Aggregate) or _is_unique(resolved):
            break
        resolved = model.resolved(resolved.of)
    return not isinstance(resolved, Aggregate | Select | Named)


def _only_references(model: Model, declared: AnyType) -> bool:
    match model.resolved(declared):
        case Named():
            return True
        case Select() as select:
            return not model.choices(select)[1]
        case _:
            return False


class Numbers(Generic[T]):
    """A number for each different set, from 1; 0 stands for none, and for those beyond what fits."""

    def __init__(self) -> None:
        self.sets: list[frozenset[T]] = [frozenset()]
        self._known: dict[frozenset[T], int] = {frozenset(): 0}
        self.full = False

    def of(self, members: frozenset[T]) -> int:
        """The number of a set."""
        number = self._known.get(members)
        if number is None:
            if len(self.sets) == _NUMBERS:
                self.full = True
                return 0
            number = self._known[members] = len(self.sets)
            self.sets.append(members)
        return number


class References:
    """What each name is and what is asked of it. `size` is that of the file in octets."""

    def __init__(self, size: int) -> None:
        self.span = min(_SPAN, max(_LEAST, size))
        # Mapped and not allocated: a page costs memory once a name is written to it.
        self._maps = mmap.mmap(-1, 2 * self.span), mmap.mmap(-1, 2 * self.span)
        self._is, self._asked = (memoryview(table).cast("H") for table in self._maps)
        self._far_is: dict[int, int] = {}
        self._far_asked: dict[int, int] = {}
        self._top = 0
        self.kinds = Numbers[str]()
        """Of the entities that an instance is."""
        self.wants = Numbers[str]()
        """Of the entities of which one is asked for."""
        self._asks = Numbers[int]()
        self._joined: dict[tuple[int, int], int] = {}
        self._steps: dict[int, Any] = {}
        self.wrong: frozenset[tuple[int, int]] = frozenset()
        """What is asked for and is not so: numbers of `wants` and `kinds`; known after `compare`."""
        self.overflow = False

    @property
    def whole(self) -> bool:
        """Everything was noted."""
        return not (self.overflow or self.kinds.full or self.wants.full or self._asks.full)

    def tables(self, np: Any) -> tuple[Any, Any]:
        """What each name is and what is asked of it, as vectors."""
        return np.frombuffer(self._maps[0], np.uint16), np.frombuffer(self._maps[1], np.uint16)

    def define(self, name: int, kind: int) -> None:
        """An instance of this name is of this kind."""
        if name < self.span:
            self._is[name] = kind
        elif len(self._far_is) < _FAR:
            self._far_is[name] = kind
        else:
            self.overflow = True

    def ask(self, name: int, want: int) -> None:
        """Somebody refers to this name and wants this."""
        if name < self.span:
            self._asked[name] = self._join(self._asked[name], want)
            self._top = max(self._top, name)
        elif name in self._far_asked or len(self._far_asked) < _FAR:
            self._far_asked[name] = self._join(self._far_asked.get(name, 0), want)
        else:
            self.overflow = True

    def ask_many(self, np: Any, names: Any, wants: Any) -> None:
        """The same for vectors of names below the span, and of what is wanted of each."""
        if not len(names):
            return
        self._top = max(self._top, int(names.max()))
        asked = self.tables(np)[1]
        order = np.argsort(wants, kind="stable")
        names, wants = names[order], wants[order]
        edges = [0, *(np.flatnonzero(np.diff(wants)) + 1).tolist(), len(wants)]
        for start, stop in pairwise(edges):
            want, group = int(wants[start]), names[start:stop]
            if not want:
                continue
            before = asked[group]
            step = self._steps.get(want)
            if step is None or len(step) < len(self._asks.sets):
                grown = np.full(2 * len(self._asks.sets), _UNKNOWN, np.int32)
                if step is not None:
                    grown[: len(step)] = step
                step = self._steps[want] = grown
            after = step[before]
            if (unknown := after == _UNKNOWN).any():
                for number in np.unique(before[unknown]).tolist():
                    step[number] = self._join(number, want)
                after = step[before]
            asked[group] = after

    def _join(self, asks: int, want: int) -> int:
        if not want:
            return asks
        joined = self._joined.get((asks, want))
        if joined is None:
            joined = self._joined[asks, want] = self._asks.of(self._asks.sets[asks] | {want})
        return joined

    def compare(self) -> None:
        """Hold what is asked against what is; names that nothing defines, or that are of no known kind, say nothing."""
        pairs: set[tuple[int, int]] = set()
        for start in range(0, self._top + 1, _BLOCK):
            stop = min(start + _BLOCK, self._top + 1)
            pairs.update(zip(self._asked[start:stop], self._is[start:stop], strict=True))
        pairs.update((asks, self._far_is.get(name, 0)) for name, asks in self._far_asked.items())
        self.wrong = frozenset(
            (want, kind) for asks, kind in pairs if kind for want in self._asks.sets[asks] if not self._fits(want, kind)
        )

    def _fits(self, want: int, kind: int) -> bool:
        return not self.wants.sets[want].isdisjoint(self.kinds.sets[kind])

    def misfit(self, name: int, want: int) -> frozenset[str] | None:
        """The entities that an instance is, where it is not what is wanted."""
        kind = self._is[name] if name < self.span else self._far_is.get(name, 0)
        return self.kinds.sets[kind] if (want, kind) in self.wrong else None


_UNKNOWN = -1


def leaves(model: Model, kinds: Iterable[str]) -> list[str]:
    """Of the entities that an instance is, those that are no supertypes of others."""
    names = frozenset(kinds)
    above = {item.name for name in names for item in model.entities[name].supertypes}
    return sorted(names - above)
