"""What a machine can answer: can a rule hold at all with the probes that there are, and how far do files reach?"""

import math
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from cpo_scan.model import Mode
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.catalogue import Criterion
from cpo_scan.rulebook.expressions import Rule


class Reach(StrEnum):
    """How far files can answer a criterion, by the rule bound to it and the probes installed."""

    ALONE = "alone"  # nothing but files is required
    PARTLY = "partly"  # files answer a part; a test, a declaration or an interview is required too
    NOT_YET = "not_yet"  # a rule is bound, and no installed probe feeds it
    UNBOUND = "unbound"  # files could answer it, and no rule is bound
    PEOPLE = "people"  # files can't answer it


class Covered(msgspec.Struct, frozen=True):
    """One criterion: how far files reach, the measures that decide, and those of them that nothing feeds yet."""

    criterion: Criterion
    reach: Reach
    deciding: tuple[str, ...] = ()
    unfed: tuple[str, ...] = ()

    @property
    def asks(self) -> tuple[Mode, ...]:
        """What is required of people."""
        return tuple(mode for mode, required in self.criterion.modes.items() if required and mode is not Mode.MACHINE)


def coverage(book: Rulebook, kinds: Iterable[str]) -> tuple[Covered, ...]:
    """How far files reach, criterion by criterion; `kinds` are those that installed probes state."""
    stated = frozenset(kinds)
    return tuple(_covered(criterion, book, stated) for criterion in book.catalogue.criteria.values())


def unfed_measures(book: Rulebook, kinds: frozenset[str]) -> frozenset[str]:
    """Measures that count what no installed probe states: a kind, or the attribute that they await."""
    return frozenset(
        measure.id
        for measure in book.measures.measures.values()
        if measure.kind not in kinds or measure.awaits is not None
    )


def can_hold(rule: Rule, book: Rulebook, unfed: frozenset[str]) -> bool:
    """Can a rule hold, each field at its best but for measures that nothing feeds?"""
    best: dict[str, dict[str, float | None]] = {}
    for (measure, field), direction in rule.directions.items():
        value: float | None
        if measure in unfed:
            value = None if field == "value" else 0
        elif direction == "down":
            value = 0
        else:
            value = 1 if field == "value" else math.inf
        best.setdefault(measure, {})[field] = value
    return rule.holds(best, book.profile.parameters)


def _covered(criterion: Criterion, book: Rulebook, kinds: frozenset[str]) -> Covered:
    if not criterion.machine:
        return Covered(criterion, Reach.PEOPLE)
    binding = book.binding_of(criterion)
    if binding is None:
        return Covered(criterion, Reach.UNBOUND)
    every = unfed_measures(book, kinds)
    deciding = binding.deciding
    unfed = tuple(measure for measure in deciding if measure in every)
    if not can_hold(binding.evidenced, book, every):
        return Covered(criterion, Reach.NOT_YET, deciding, unfed)
    others = [mode for mode, required in criterion.modes.items() if required and mode is not Mode.MACHINE]
    return Covered(criterion, Reach.PARTLY if others else Reach.ALONE, deciding, unfed)
