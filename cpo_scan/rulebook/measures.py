"""Measures as data: which findings are counted, how, and against what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from cpo_scan.model import KINDS, Strength
from cpo_scan.rulebook.load import RuleFile, parse_rules, read_rules


class Operator(StrEnum):
    """What a condition asks of an attribute. All but `exists` are undecided where the attribute is absent or null."""

    EQUALS = "equals"
    IN = "in"
    CONTAINS = "contains"  # of a list
    EXISTS = "exists"
    AT_LEAST = "at_least"
    OPENNESS = "openness"  # of the standard that the attribute names


class Condition(msgspec.Struct, frozen=True):
    """One attribute, one demand."""

    attribute: str
    operator: Operator
    operand: Any


Conditions = tuple[Condition, ...]


class Counts(StrEnum):
    """What a measure counts."""

    FINDINGS = "findings"
    SUM = "sum"  # of an attribute that is a whole number
    DISTINCT = "distinct"  # values of an attribute, each once
    DISTINCT_CLASS = "distinct_class"  # data classes of the standard that an attribute names, each once


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure.

    The selection is the findings of `kind` that meet `where`, `scope` and `minimum_strength`. A plain number has no
    denominator: `each`, `numerator_where`, `numerator_sum` and `required` are all empty. Otherwise the denominator is
    what `counts` gives over the selection (or the length of the profile's list `required`), and the numerator what it
    gives over those that meet the numerator's conditions; with `each`, the things of which each demand is met by some
    finding of the selection.
    """

    id: str
    title: dict[str, str]
    definition: dict[str, str]
    kind: str
    scope: str = "vendor"
    minimum_strength: Strength
    where: Conditions = ()
    refuted: bool = False  # count the claims that the files refute, and no others
    awaits: str | None = None
    """An attribute that the measure rests on and that no probe may state yet: a gap until some finding states it."""
    counts: Counts
    attribute: str | None = None
    numerator_where: Conditions = ()
    numerator_sum: str | None = None
    each: tuple[Conditions, ...] = ()
    required: str | None = None
    traps: dict[str, str] = {}
    kpi: str | None = None
    iso25023: str | None = None

    @property
    def vendor(self) -> bool:
        """Does it leave out what is not the vendor's?"""
        return self.scope != "any"

    @property
    def plain(self) -> bool:
        """Is it a number without a denominator?"""
        return not (self.numerator_where or self.numerator_sum or self.each or self.required)

    @property
    def distinct(self) -> bool:
        """Does it count things, each once, and not findings?"""
        return self.counts in (Counts.DISTINCT, Counts.DISTINCT_CLASS)


class MeasureSet(msgspec.Struct, frozen=True, kw_only=True):
    """A file of measures."""

    id: str
    version: str
    sha256: str
    provisional: bool
    measures: dict[str, Measure]
    notice: dict[str, str] = {}


def load_measures(name: str = "measures/standard.yaml") -> MeasureSet:
    """Measures that come with the program. Raises RuleError."""
    return _measures(read_rules(name, "measures"))


def parse_measures(name: str, content: bytes) -> MeasureSet:
    """Measures from a file's bytes. Raises RuleError with file and line."""
    return _measures(parse_rules(name, content, "measures"))


def _measures(file: RuleFile) -> MeasureSet:
    return MeasureSet(
        id=file.data["id"],
        version=file.data["version"],
        sha256=file.sha256,
        provisional=file.data["provisional"],
        notice=file.data.get("notice", {}),
        measures={key: _measure(file, key, row) for key, row in file.data["measures"].items()},
    )


def _measure(file: RuleFile, key: str, row: Mapping[str, Any]) -> Measure:
    place: list[str | int] = ["measures", key]
    if row["kind"] not in KINDS:
        raise file.error([*place, "kind"], f"unknown kind of finding {row['kind']!r}")
    ((counts, operand),) = row["counts"].items()
    numerator = row.get("numerator", {})
    distinct = counts.startswith("distinct")
    if "each" in numerator and not distinct:
        raise file.error([*place, "numerator"], "`each` needs a measure that counts distinct things")
    if "sum" in numerator and counts != "sum":
        raise file.error([*place, "numerator"], "a `sum` in the numerator needs a `sum` to hold it against")
    if "required" in row and (not distinct or "numerator" in row):
        raise file.error([*place, "required"], "`required` needs distinct things and no other numerator")
    if "each" in numerator and "where" in numerator:
        raise file.error([*place, "numerator"], "`each` and `where` do not go together")
    return Measure(
        id=key,
        title=row["title"],
        definition=row["definition"],
        traps=row.get("traps", {}),
        kpi=row.get("kpi"),
        iso25023=row.get("iso25023"),
        kind=row["kind"],
        scope=row.get("scope", "vendor"),
        minimum_strength=Strength(row["minimum_strength"]),
        where=_conditions(row.get("where", {})),
        refuted=row.get("refuted", False),
        awaits=row.get("awaits"),
        counts=Counts(counts),
        attribute=None if operand is True else operand,
        numerator_where=_conditions(numerator.get("where", {})),
        numerator_sum=numerator.get("sum"),
        each=tuple(_conditions(item) for item in numerator.get("each", ())),
        required=row.get("required"),
    )


def _conditions(rows: Mapping[str, Mapping[str, Any]]) -> Conditions:
    return tuple(
        Condition(attribute, Operator(operator), frozenset(operand) if isinstance(operand, list) else operand)
        for attribute, demand in rows.items()
        for operator, operand in demand.items()
    )
