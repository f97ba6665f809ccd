"""Modules and the needs between them: who offers what another one needs, and which modules need each other in a circle.

Pure: knows neither files nor formats.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec


class Unit(msgspec.Struct, kw_only=True):
    """A module, put together from what its artifacts say. Keys as in `module_notes`."""

    kind: str
    root: str
    name: str = ""
    version: str = ""
    offers: set[str] = msgspec.field(default_factory=set)
    needs: dict[str, str] = msgspec.field(default_factory=dict)
    """Key, and the first artifact that needs it."""
    outside: set[str] = msgspec.field(default_factory=set)
    """Keys that are known to be offered by nothing in the product."""
    exported: set[str] | None = None
    private: dict[tuple[str, str], str] = msgspec.field(default_factory=dict)
    friends: set[str] = msgspec.field(default_factory=set)
    addon: bool = False
    loose: bool = False
    """Sources of Python in a folder that is no package: whoever lies beside the folder may import them by name."""
    place: str = ""
    """The artifact that describes it; else its first one."""
    described: bool = False
    files: int = 0
    unread: int = 0
    extends: set[str] = msgspec.field(default_factory=set)
    """Names of assemblies with plug-in types from which it derives."""
    takes: dict[str, str] = msgspec.field(default_factory=dict)
    """What a native or .NET add-on uses of others that is not published, and the artifact that does."""
    told_by: str = ""
    """What told what is published to a native or .NET add-on; empty: nothing did."""

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return f"{self.kind} {self.root}"

    @property
    def called(self) -> str:
        """Its name; without one that of its file or folder."""
        last = self.root.rpartition("/")[2]
        return self.name or (last.rpartition(".")[0] or last if self.kind == "java" else last) or "."


class Needs(msgspec.Struct, kw_only=True):
    """What became of the needs of a module: ids of others, each with the first key by which it is needed."""

    inside: dict[str, str] = msgspec.field(default_factory=dict)
    outside: set[str] = msgspec.field(default_factory=set)
    """Keys that nothing in the product offers."""
    unclear: set[str] = msgspec.field(default_factory=set)
    """Keys that several modules offer, of which none is nearer."""


class Graph:
    """The modules of a product by id, resolved once."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {unit.id: unit for unit in sorted(units, key=lambda unit: (unit.root, unit.kind))}
        self._offering: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.units.values():
            for key in unit.offers:
                self._offering[key].append(unit)
        numbers: dict[frozenset[str], int] = {}
        self._alike = {
            each: numbers.setdefault(frozenset(unit.offers), len(numbers)) for each, unit in self.units.items()
        }
        self.needs = {each: self._resolved(unit) for each, unit in self.units.items()}
        self.users: dict[str, set[str]] = defaultdict(set)
        for each, needs in self.needs.items():
            for other in needs.inside:
                self.users[other].add(each)
        self.circles = circles({each: sorted(needs.inside) for each, needs in self.needs.items()})

    def provider(self, key: str, unit: Unit) -> Unit | None:
        """Who offers a key to a module: itself, else whoever is nearest by path; None where none or several are.

        Copies of one module (name and version are the same, or all that they offer) are no rivals.
        """
        if key in unit.offers:
            return unit
        offering = [one for one in self._offering.get(key, ()) if not one.loose or _beside(one.root, unit.root)]
        if len(offering) < 2:
            return offering[0] if offering else None
        near = max(_shared(unit.root, one.root) for one in offering)
        nearest = [one for one in offering if _shared(unit.root, one.root) == near]
        called = {(one.called, one.version) for one in nearest}
        return nearest[0] if len(called) == 1 or len({self._alike[one.id] for one in nearest}) == 1 else None

    def _resolved(self, unit: Unit) -> Needs:
        found = Needs()
        for key in sorted(unit.needs):
            provider = self.provider(key, unit)
            if provider is not None:
                if provider is not unit:
                    found.inside.setdefault(provider.id, key)
            elif any(not one.loose for one in self._offering.get(key, ())):
                found.unclear.add(key)
            else:
                found.outside.add(key)
        return found


def _beside(folder: str, root: str) -> bool:
    """Does a folder lie beside a module, or beside a folder that holds it?"""
    return _shared(folder, root) >= folder.count("/")


def _shared(one: str, other: str) -> int:
    """How many folders two paths share from the top."""
    count = 0
    for first, second in zip(one.split("/"), other.split("/"), strict=False):
        if first != second:
            break
        count += 1
    return count


def circles(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """For each that is in a circle all that are in it, in order: strongly connected components of more than one.

    Tarjan 1972, without recursion: how deep the needs go is the product's choice.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    held: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for start in sorted(needs):
        if start in number:
            continue
        work: list[tuple[str, int]] = [(start, 0)]
        while work:
            node, at = work.pop()
            if not at:
                number[node] = low[node] = len(number)
                stack.append(node)
                held.add(node)
            children = needs.get(node, ())
            while at < len(children):
                child = children[at]
                at += 1
                if child not in number:
                    work += [(node, at), (child, 0)]
                    break
                if child in held:
                    low[node] = min(low[node], number[child])
            else:
                if low[node] == number[node]:
                    component = []
                    while True:
                        last = stack.pop()
                        held.discard(last)
                        component.append(last)
                        if last == node:
                            break
                    if len(component) > 1:
                        members = tuple(sorted(component))
                        found.update(dict.fromkeys(members, members))
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
    return found


def named(names: Iterable[str], most: int) -> dict[str, Any]:
    """Names in order, each once, at most so many, and how many there are."""
    listed = sorted(set(names))
    return {"listed": listed[:most], "total": len(listed)}
