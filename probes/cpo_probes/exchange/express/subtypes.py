"""Which entities an instance may be at once: ABSTRACT, ONEOF and TOTAL_OVER (ISO 10303-11:2004, 9.2.5 and 9.7).

Only what is surely wrong is told. AND and ANDOR are read and forbid nothing here: what follows from them depends on all
constraints of a graph together.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

import msgspec

from cpo_probes.exchange.express.model import Kinds, Named
from cpo_probes.exchange.express.slots import Model

_MOST_PAIRS = 100  # of operands of ONEOF that are compared for one instance

Fault = tuple[str, dict[str, str]]
"""A reason code with its parameters."""


class _OneOf(msgspec.Struct, frozen=True):
    """The operands of ONEOF: entities by their names, and expressions."""

    plain: dict[str, Named]
    others: tuple[Kinds, ...]


class Subtypes:
    """Holds sets of entities against the constraints of a model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._above: dict[str, frozenset[str]] = {}
        self._one_ofs: dict[str, list[_OneOf]] = {}
        self._total: dict[str, list[frozenset[str]]] = {}
        self._abstract = {name for name, entity in model.entities.items() if entity.abstract}
        for name, entity in model.entities.items():
            self._note(name, entity.constraint)
        for limit in model.limits:
            self._note(limit.entity.name, limit.constraint)
            if limit.abstract:
                self._abstract.add(limit.entity.name)
            if limit.total_over:
                names = frozenset(item.name for item in limit.total_over)
                self._total.setdefault(limit.entity.name, []).append(names)

    def _note(self, name: str, constraint: "Kinds | Named | None") -> None:
        for item in _parts(constraint):
            if item.kind == "oneof":
                plain = {operand.name: operand for operand in item.of if isinstance(operand, Named)}
                others = tuple(operand for operand in item.of if isinstance(operand, Kinds))
                self._one_ofs.setdefault(name, []).append(_OneOf(plain, others))

    def above(self, name: str) -> frozenset[str]:
        """An entity and all its supertypes; empty where the schema does not declare it."""
        if name not in self._above:
            self._above[name] = frozenset(self._model.lineage(name)) if name in self._model.entities else frozenset()
        return self._above[name]

    def closed(self, names: Iterable[str]) -> frozenset[str]:
        """The entities with all their supertypes."""
        return frozenset[str]().union(*(self.above(name) for name in names))

    def faults(self, names: frozenset[str]) -> Iterator[Fault]:
        """Why no instance may be just of these entities, which are closed upwards."""
        extended = {item.name for name in names for item in self._model.entities[name].supertypes}
        for name in sorted((names & self._abstract) - extended):
            yield "instances.abstract", {"entity": name.upper()}
        for name in sorted(names & self._total.keys()):
            for wanted in self._total[name]:
                if names.isdisjoint(wanted):
                    listed = ", ".join(sorted(wanted)).upper()[:_LONGEST]
                    yield "instances.total_over", {"entity": name.upper(), "wanted": listed}
        for name in sorted(names & self._one_ofs.keys()):
            yield from self._exclusive(name, names)

    def _exclusive(self, name: str, names: frozenset[str]) -> Iterator[Fault]:
        for one_of in self._one_ofs[name]:
            plain = sorted(one_of.plain.keys() & names)
            held: list[Kinds | Named] = [one_of.plain[its] for its in plain] + [
                item for item in one_of.others if _holds(item, names)
            ]
            for number, (one, other) in enumerate(combinations(held, 2)):
                if number >= _MOST_PAIRS:
                    return
                # An entity that the schema itself makes both is the schema's own affair.
                if not any(_holds(one, its) and _holds(other, its) for its in map(self.above, names)):
                    told = {"entity": name.upper(), "one": _said(one), "other": _said(other)}
                    yield "instances.one_of", told
                    break


_LONGEST = 200


def _parts(constraint: Kinds | Named | None) -> Iterator[Kinds]:
    if isinstance(constraint, Kinds):
        yield constraint
        for item in constraint.of:
            yield from _parts(item)


def _holds(expression: Kinds | Named, names: frozenset[str]) -> bool:
    """Is an instance of these entities in the population of a supertype expression (9.2.5)?"""
    match expression:
        case Named(name=name):
            return name in names
        case Kinds(kind="and", of=of):
            return all(_holds(item, names) for item in of)
        case Kinds(of=of):
            return any(_holds(item, names) for item in of)


def _said(expression: Kinds | Named) -> str:
    match expression:
        case Named(name=name):
            return name.upper()
        case Kinds(kind=kind, of=of):
            return f"{kind.upper()} ({', '.join(map(_said, of))})"[:_LONGEST]
