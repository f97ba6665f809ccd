"""Measures: findings go by once, each measure keeps its sums, its lists and what may be missing.

Bounds. Let n and d be numerator and denominator, r the most that any one artifact added to d (at least 1), and
u = r times the unread artifacts of the kind. An unread artifact may have added up to r to d, and of that any part to n;
that it holds no more than the richest artifact that was read is an assumption, and a probe that is absent, failed or
was switched off makes u endless instead. A finding whose attribute is null or not stated (a schema that could not be
checked) may or may not count: these are q, and the ones among them that are not in d yet are s. Then

- plain number: n to n + q + u
- ratio of findings or sums: n / (d + s + u) to (n + q + u) / (d + s + u)
- ratio of distinct things: n / (d + s + u) to (n + q + u) / d, since something unread may complete a thing that is
  there; of a list of the profile: n / d to (n + q + u) / d; never above 1

An endless u gives 0 to 1. With d = 0 and nothing missing there are no bounds, as there is no value.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cpo_scan.assess.gaps import KindGaps
from cpo_scan.assess.listed import Listed
from cpo_scan.model import KINDS, Offered, Origin, Reason, Strength
from cpo_scan.model.assessment import (
    Apart,
    Counted,
    MeasureResult,
    NotCounted,
    WithoutOverrides,
)
from cpo_scan.rulebook.book import StandardFacts
from cpo_scan.rulebook.measures import Condition, Conditions, Counts, Measure, Operator

Row = Mapping[str, Any]
"""A finding as it stands in a report."""
_RANKS = {str(strength): strength.rank for strength in Strength}


class Span(msgspec.Struct, frozen=True):
    """From the least to the greatest that a field of a measure could be; None where there is no value."""

    low: float | None
    high: float | None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A measure's result and, for the rules, the spans of its fields. `closed`: nothing bounds them."""

    result: MeasureResult
    spans: dict[str, Span]
    closed: bool
    some: bool
    """Is there anything: counted, held apart, too weak, or undecided?"""
    weak: int
    """Findings that the measure does not count since their strength is below what it asks for."""
    classes: bool
    """Are the things classes of data?"""
    sums: bool
    """Are amounts added up that findings state, such as operations?"""
    unmet: tuple[str, ...]
    """Things that were seen and fail the numerator's condition, where things are counted; sorted."""
    against: int
    """How much of what was seen fails the numerator's condition; what is not stated or not seen is not in it."""


class Counter:
    """The running state of one measure."""

    def __init__(
        self,
        measure: Measure,
        standards: Mapping[str, StandardFacts],
        required: tuple[str, ...] = (),
        sha256_of: Callable[[str], str | None] | None = None,
    ) -> None:
        self.measure = measure
        self._vendor = measure.vendor
        self._least = measure.minimum_strength.rank
        self._standards = standards
        self._required = frozenset(required)
        self._sha256_of = sha256_of if not measure.distinct and "root" not in KINDS[measure.kind].identity else None
        self._identity = KINDS[measure.kind].identity
        self._n = self._d = self._weak = self._against = 0
        self._undecided = self._undecided_outside = 0  # q and s
        self._apart_n = self._apart_d = 0
        self._unstated = 0
        self._not_stated: set[str] = set()  # the attributes that left something undecided
        self._awaiting = measure.awaits is not None
        # thing -> finding that shows it, demands met (bits), rank of the finding's strength
        self._keys: dict[str, tuple[str, int, int]] = {}
        self._keys_apart: dict[str, int] = {}
        self._seen: set[bytes] = set()
        self._sources: set[str] = set()
        self._counted = Listed()
        self._not_counted = Listed()
        self._unmet: list[str] = []
        self._artifact, self._artifact_adds, self._richest = "", 0, 1

    def add(self, row: Row) -> bool:
        """Count one finding of the measure's kind. True where it belongs to the measure's selection."""
        measure = self.measure
        attributes = row["attributes"]
        if measure.awaits is not None and measure.awaits in attributes:
            self._awaiting = False
        decided = self._meets(measure.where, attributes)
        if decided is False or (measure.refuted and attributes.get("refuted") is None):
            return False
        refused = self._refusal(row, attributes)
        amounts = self._amounts(attributes)
        if refused is not None:
            self._leave(row["id"], amounts[1], refused)
            return False
        if _RANKS.get(row["strength"], 0) < self._least:
            self._weak += 1
            why = Reason("measure.too_weak", {"strength": str(row["strength"]), "minimum": measure.minimum_strength})
            self._leave(row["id"], amounts[1], why)
            return False
        if self._vendor and row["origin"] == Origin.UNKNOWN:
            self._set_apart(row, attributes, amounts, sure=decided is True)
            return False
        if self._sha256_of is not None and self._repeated(row):
            self._leave(row["id"], amounts[1], Reason("measure.same_content"))
            return False
        self._sources.add(row["probe"])
        if decided is None:
            self._undecided += amounts[1]
            self._undecided_outside += amounts[1]
            self._leave_open(row["id"], amounts[1], self._open(attributes))
            return True
        if measure.distinct:
            self._add_things(row, attributes)
        else:
            self._add_amounts(row["id"], attributes, amounts)
        self._track_richest(row, amounts[1])
        return True

    def finish(self, gaps: KindGaps, without: "Measured | None" = None) -> Measured:
        """The result, with what may be missing. `without` is the same measure without the overrides of the product
        description, where there are some."""
        if self.measure.distinct:
            self._finish_things()
        unread = self._richest * (gaps.unread + self._unstated)
        closed = gaps.closed or self._awaiting
        spans = self._spans(math.inf if closed else unread)
        plain = self.measure.plain
        shown = spans["numerator"] if plain else spans["value"]
        reasons = list(gaps.reasons)
        if self._awaiting:
            reasons.append(Reason("gap.not_stated_yet", {"kind": self.measure.kind, "attribute": self.measure.awaits}))
        elif self._undecided or self._unstated:
            amount = self._undecided + self._unstated
            open_ones = {"measure": self.measure.id, "amount": amount, "attributes": sorted(self._not_stated)}
            reasons.append(Reason("gap.undecided", open_ones))
        result = MeasureResult(
            id=self.measure.id,
            title=self.measure.title,
            numerator=self._n,
            denominator=None if plain else self._d,
            value=None if plain or not self._d else round(self._n / self._d, 6),
            bounds=(_shown(shown.low), _shown(shown.high)),
            minimum_strength=self.measure.minimum_strength,
            sources=tuple(sorted(self._sources)),
            counted=tuple(Counted(finding=id, amount=amount, key=key) for id, amount, key, _ in self._counted.rows),
            not_counted=tuple(
                NotCounted(finding=id, amount=amount, key=key, why=why or Reason("measure.not_met"))
                for id, amount, key, why in self._not_counted.rows
            ),
            counted_whole=self._counted.listing(),
            not_counted_whole=self._not_counted.listing(),
            apart=Apart(numerator=self._apart_n, denominator=self._apart_d),
            missing=tuple(sorted(self._required - self._keys.keys())),
            gaps=tuple(reasons),
            without_overrides=msgspec.UNSET if without is None else _in_short(without.result),
        )
        some = bool(self._n or self._apart_d or self._weak or (self._undecided > self._undecided_outside))
        return Measured(
            result=result,
            spans=spans,
            closed=closed,
            some=some,
            weak=self._weak,
            classes=self.measure.counts is Counts.DISTINCT_CLASS,
            sums=self.measure.counts is Counts.SUM,
            unmet=tuple(self._unmet),
            against=self._against,
        )

    # -- one finding

    def _refusal(self, row: Row, attributes: Row) -> Reason | None:
        """Why a finding is outside the measure although its attributes fit; None where it is inside."""
        refuted = attributes.get("refuted")
        if refuted is not None and not self.measure.refuted:
            return Reason("measure.refuted", dict(refuted) if isinstance(refuted, Mapping) else {})
        if self._vendor:
            if row["origin"] not in (Origin.VENDOR, Origin.UNKNOWN):
                return Reason(f"measure.origin_{row['origin']}")
            if row["offered"] == Offered.INTERNAL:
                return Reason("measure.internal")
            if self.measure.scope == "offered" and row["offered"] == Offered.UNKNOWN:
                return Reason("measure.offer_unknown")
            if self.measure.scope == "declared" and row["offered"] != Offered.DECLARED:
                return Reason("measure.offer_not_declared")
        return None

    def _amounts(self, attributes: Row) -> tuple[int | None, int]:
        """What a finding adds to numerator (None: undecided) and denominator."""
        measure = self.measure
        if measure.counts is not Counts.SUM:
            met = self._meets(measure.numerator_where, attributes)
            return (None if met is None else int(met)), 1
        whole = _whole_number(attributes.get(measure.attribute or ""))
        if whole is None:
            return None, 0
        if measure.numerator_sum is None:
            met = self._meets(measure.numerator_where, attributes)
            return (None if met is None else whole * met), whole
        part = _whole_number(attributes.get(measure.numerator_sum))
        return (None if part is None else min(part, whole)), whole

    def _add_amounts(self, identity: str, attributes: Row, amounts: tuple[int | None, int]) -> None:
        adds, of = amounts
        if self.measure.counts is Counts.SUM and _whole_number(attributes.get(self.measure.attribute or "")) is None:
            self._unstated += 1
            self._leave_open(identity, 0, [str(self.measure.attribute)])
            return
        self._d += of
        if adds is None:
            self._undecided += of
            self._leave_open(identity, of, self._open(attributes))
            return
        self._n += adds
        if adds:
            self._counted.add(identity, adds)
        if of > adds:
            self._against += of - adds
            self._leave(identity, of - adds, Reason("measure.not_met"))

    def _add_things(self, row: Row, attributes: Row) -> None:
        things = self._things(attributes)
        if things is None:
            self._unstated += 1
            self._leave_open(row["id"], 1, [str(self.measure.attribute)])
            return
        bits, rank = self._demands(attributes), _RANKS.get(row["strength"], 0)
        for thing in things:
            shown, met, best = self._keys.get(thing, (row["id"], 0, rank))
            # A thing is shown by the finding that brought it furthest, of equals by the strongest, so that the list is
            # evidence for what it says.
            if bits & ~met or (bits == met and rank > best):
                shown, best = row["id"], rank
            self._keys[thing] = (shown, met | bits, best)

    def _set_apart(self, row: Row, attributes: Row, amounts: tuple[int | None, int], *, sure: bool) -> None:
        """List what may be somebody else's; where it is `sure` to belong to the selection, count it apart."""
        self._leave(row["id"], amounts[1], Reason("measure.origin_unknown"))
        if not sure:
            return
        if not self.measure.distinct:
            self._apart_n += amounts[0] or 0
            self._apart_d += amounts[1]
            return
        for thing in self._things(attributes) or ():
            self._keys_apart[thing] = self._keys_apart.get(thing, 0) | self._demands(attributes)

    def _things(self, attributes: Row) -> tuple[str, ...] | None:
        value = attributes.get(self.measure.attribute or "")
        if not isinstance(value, str):
            return None
        if self.measure.counts is Counts.DISTINCT:
            return (value,)
        facts = self._standards.get(value)
        return None if facts is None else facts.domains

    def _demands(self, attributes: Row) -> int:
        """Which demands of the numerator a finding meets, as bits."""
        measure = self.measure
        if measure.each:
            return sum(1 << place for place, demand in enumerate(measure.each) if self._meets(demand, attributes))
        return int(bool(self._meets(measure.numerator_where, attributes)))

    def _finish_things(self) -> None:
        measure = self.measure
        whole = (1 << len(measure.each)) - 1 if measure.each else 1
        for thing, (shown, met, _) in sorted(self._keys.items()):
            if measure.required and thing not in self._required:
                self._not_counted.add(shown, 1, thing, Reason("measure.not_required"))
            elif met == whole:
                self._n += 1
                self._counted.add(shown, 1, thing)
            else:
                self._against += 1
                self._unmet.append(thing)
                self._not_counted.add_thing(shown, thing, Reason("measure.not_met"))
        self._d = len(self._required) if measure.required else len(self._keys)
        for thing, met in self._keys_apart.items():
            if thing not in self._keys and (not measure.required or thing in self._required):
                self._apart_d += 1
                self._apart_n += met == whole

    def _meets(self, conditions: Conditions, attributes: Row) -> bool | None:
        """All conditions: False where one fails, else None where one can't be decided."""
        answer: bool | None = True
        for condition in conditions:
            met = self._meets_one(condition, attributes)
            if met is False:
                return False
            if met is None:
                answer = None
        return answer

    def _meets_one(self, condition: Condition, attributes: Row) -> bool | None:
        value = attributes.get(condition.attribute)
        operand = condition.operand
        if condition.operator is Operator.EXISTS:
            return (value is not None) is operand
        if value is None:
            return None
        match condition.operator:
            case Operator.EQUALS:
                return bool(value == operand and isinstance(value, bool) is isinstance(operand, bool))
            case Operator.IN:
                return isinstance(value, str | int | float) and value in operand
            case Operator.CONTAINS:
                return operand in value if isinstance(value, list | tuple) else None
            case Operator.AT_LEAST:
                number = _whole_number(value)
                return None if number is None else number >= operand
            case _:
                facts = self._standards.get(value) if isinstance(value, str) else None
                # A general carrier (XML, CSV) says nothing about openness by itself.
                return None if facts is None else facts.openness in operand and not facts.carrier

    def _open(self, attributes: Row) -> list[str]:
        """The attributes that left a finding undecided."""
        conditions = (*self.measure.where, *self.measure.numerator_where)
        names = {item.attribute for item in conditions if self._meets_one(item, attributes) is None}
        if self.measure.numerator_sum and _whole_number(attributes.get(self.measure.numerator_sum)) is None:
            names.add(self.measure.numerator_sum)
        return sorted(names)

    def _repeated(self, row: Row) -> bool:
        """Was the same fact of the same bytes counted before, in a copy of the file?"""
        first = row["evidence"][0]
        assert self._sha256_of is not None
        sha256 = self._sha256_of(first["artifact"])
        if sha256 is None:
            return False
        attributes = row["attributes"]
        fact = (sha256, sorted(first.get("locator", {}).items()), [attributes.get(name) for name in self._identity])
        key = hashlib.blake2b(repr(fact).encode(errors="surrogatepass"), digest_size=16).digest()
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _track_richest(self, row: Row, amount: int) -> None:
        # Findings come in the order of their first artifact, so those of one artifact stand together.
        artifact = row["evidence"][0]["artifact"]
        if artifact != self._artifact:
            self._artifact, self._artifact_adds = artifact, 0
        self._artifact_adds += amount
        self._richest = max(self._richest, self._artifact_adds)

    def _leave(self, identity: str, amount: int, why: Reason) -> None:
        self._not_counted.add(identity, amount, None, why)

    def _leave_open(self, identity: str, amount: int, attributes: list[str]) -> None:
        self._not_stated.update(attributes)
        self._leave(identity, amount, Reason("measure.not_stated", {"attributes": attributes}))

    # -- bounds

    def _spans(self, unread: float) -> dict[str, Span]:
        n, d, q, s = self._n, self._d, self._undecided, self._undecided_outside
        most = n + q + unread
        if self.measure.plain:
            return {"numerator": Span(n, most), "denominator": Span(None, None), "value": Span(None, None)}
        if self.measure.required:
            value = Span(n / d, min(1.0, most / d)) if d else Span(None, None)
            return {"numerator": Span(n, min(d, most)), "denominator": Span(d, d), "value": value}
        room = d + s + unread
        if not room:
            value = Span(None, None)
        elif math.isinf(unread):
            value = Span(0.0, 1.0)
        else:
            value = Span(n / room, min(1.0, most / (d or 1) if self.measure.distinct else most / room))
        return {"numerator": Span(n, most), "denominator": Span(d, room), "value": value}


def _in_short(result: MeasureResult) -> WithoutOverrides:
    return WithoutOverrides(
        numerator=result.numerator, denominator=result.denominator, value=result.value, bounds=result.bounds
    )


def _whole_number(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int() if value >= 0:
            return value
        case str() if value.isascii() and value.isdigit() and len(value) <= 30:  # above 2^53 the report has strings
            return int(value)
        case _:
            return None


def _shown(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else round(value, 6)
