"""Outcomes: from rules over measures to the machine's answer on a criterion. Pure functions; the truth table."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import assert_never

from cpo_scan.assess.counting import Measured, Span
from cpo_scan.model import Mode, Outcome
from cpo_scan.model.assessment import Part
from cpo_scan.rulebook.expressions import Rule


class Truth(StrEnum):
    """Does a rule hold, whatever was not looked at?"""

    YES = "yes"  # it holds, and nothing that was missed could change that
    OPEN = "open"  # what was missed decides
    NO = "no"  # it does not hold, and nothing that was missed could change that


def truth(
    rule: Rule, measured: Mapping[str, Measured], parameters: Mapping[str, float], *, missing_role: bool = False
) -> Truth:
    """Decide a rule from its two corners: each field at its worst for the rule, and each at its best.

    Exact for a box of fields, since a rule reads each field in one direction (`rulebook.expressions`). With
    `missing_role` a deliverable that may hold evidence is absent, and nothing bounds the fields.
    """
    worst: dict[str, dict[str, float | None]] = {}
    best: dict[str, dict[str, float | None]] = {}
    for (identity, field), direction in rule.directions.items():
        span = measured[identity].spans[field]
        if missing_role:
            span = _unbounded(field, span)
        low, high = (span.low, span.high) if direction == "up" else (span.high, span.low)
        worst.setdefault(identity, {})[field] = low
        best.setdefault(identity, {})[field] = high
    if rule.holds(worst, parameters):
        return Truth.YES
    return Truth.OPEN if rule.holds(best, parameters) else Truth.NO


def _unbounded(field: str, span: Span) -> Span:
    return Span(0.0, 1.0) if field == "value" else Span(span.low, float("inf"))


def decide(*, evidenced: Truth, against: Truth, some: Truth, closed: bool) -> Outcome:
    """The outcome of a machine part.

    `some` is YES where there is some evidence, OPEN where there is none but something was missed, else NO. `closed`:
    the gap is a whole kind or deliverable (not examined) and not single unread artifacts (bounds).

    A counter-rule contradicts only where nothing that was missed could lift it; a rule that is met stays met.
    """
    if against is Truth.YES:
        return Outcome.CONTRADICTED
    match evidenced:
        case Truth.YES:
            return Outcome.EVIDENCED
        case Truth.OPEN if closed or some is not Truth.YES:
            return Outcome.NOT_EXAMINED
        case Truth.OPEN:
            return Outcome.INCONCLUSIVE
        case Truth.NO:
            pass
        case _:
            assert_never(evidenced)
    match some:
        case Truth.YES:
            return Outcome.INCONCLUSIVE
        case Truth.OPEN:
            return Outcome.NOT_EXAMINED
        case Truth.NO:
            return Outcome.NO_EVIDENCE
        case _:
            assert_never(some)


_ORDER = (Outcome.NOT_APPLICABLE, Outcome.CONTRADICTED)


def combine(parts: Iterable[Part]) -> Outcome:
    """The outcome of a criterion from its parts, by precedence.

    It is evidenced only when every required part is. A part that waits for people (`needs_human`) does not hide what
    the others say; where all wait, so does the criterion.
    """
    every = tuple(parts)
    known = {part.outcome for part in every if part.outcome is not Outcome.NEEDS_HUMAN}
    if not known:
        return Outcome.NEEDS_HUMAN
    for outcome in _ORDER:
        if outcome in known:
            return outcome
    required = [part.outcome for part in every if part.required] or [part.outcome for part in every]
    if all(outcome is Outcome.EVIDENCED for outcome in required):
        return Outcome.EVIDENCED
    if Outcome.NOT_EXAMINED in known:
        return Outcome.NOT_EXAMINED
    if known & {Outcome.INCONCLUSIVE, Outcome.EVIDENCED}:
        return Outcome.INCONCLUSIVE
    return Outcome.NO_EVIDENCE


def open_modes(parts: Iterable[Part]) -> tuple[Mode, ...]:
    """Required parts that wait for people."""
    return tuple(part.mode for part in parts if part.required and part.outcome is Outcome.NEEDS_HUMAN)
