"""The assessment part of a report as frozen types: what rules make of the facts. Field names are those of the contract.

Lists that could grow without bound hold at most `LIST_LIMIT` entries; beside each stand its full count and a digest.
"""

from collections import abc
from typing import Any

import msgspec

from cpo_scan.model.canonical import canonical, digest
from cpo_scan.model.coverage import Reason
from cpo_scan.model.words import Mode, Obligation, Outcome, Strength

LIST_LIMIT = 1_000  # entries of a list without natural bound; report contract

Text = dict[str, str]
"""A text for people by language (`en`, `de`), where a rule file brings its own words."""


def say(text: abc.Mapping[str, str], lang: str) -> str:
    """A text in a language, else in English, else in the first that there is: an imported catalogue may have one."""
    return text.get(lang) or text.get("en") or next(iter(text.values()), "")


class RuleRef(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file that shaped the assessment: `kind` is catalogue, profile or measures; SHA-256 of its bytes.

    `grades` is the profile's table of what auditors may be proposed where a criterion is contradicted, by obligation.
    What follows from it for a criterion is shown in auditors' faces and stands in no report.
    """

    kind: str
    id: str
    version: str
    sha256: str
    provisional: bool = False
    grades: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding adds to the numerator. `key` is the thing counted once (a standard), where things are counted."""

    finding: str
    amount: int
    key: str | None = None


class NotCounted(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding does not add to the numerator, and why."""

    finding: str
    amount: int
    why: Reason
    key: str | None = None


class Apart(msgspec.Struct, frozen=True, kw_only=True):
    """What findings of unknown origin would add. Shown beside a vendor measure, neither counted in it nor dropped."""

    numerator: int = 0
    denominator: int = 0


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Length of a whole list and SHA-256 over its entries, in the order of the report: a line `finding amount` each, of
    a criterion's findings a line `finding`."""

    total: int
    digest: str


class WithoutOverrides(msgspec.Struct, frozen=True, kw_only=True):
    """What a measure comes to where origin and offer are those of the path rules, and not what the product description
    says instead."""

    numerator: int
    denominator: int | None
    value: float | None
    bounds: tuple[float | None, float | None]


class MeasureResult(msgspec.Struct, frozen=True, kw_only=True):
    """A KPI as measured.

    `value` is numerator / denominator, null where the denominator is 0 or the measure is a plain number (`denominator`
    null). `bounds` are what `value` (of a plain number: the numerator) could be if the unread artifacts had been read;
    null where nothing bounds it (see `cpo_scan.assess.counting`). `gaps` say what was not read or not stated.
    `missing` names what a list of the profile asks for and nothing counted names. `without_overrides` is there where
    the product description overrides the origin or offer of a finding of the measure's kind.
    """

    id: str
    numerator: int
    denominator: int | None
    value: float | None
    bounds: tuple[float | None, float | None]
    minimum_strength: Strength
    sources: tuple[str, ...]
    counted: tuple[Counted, ...]
    not_counted: tuple[NotCounted, ...]
    counted_whole: Listing
    not_counted_whole: Listing
    apart: Apart = Apart()
    missing: tuple[str, ...] = ()
    gaps: tuple[Reason, ...] = ()
    title: Text = {}
    without_overrides: WithoutOverrides | msgspec.UnsetType = msgspec.UNSET


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one evidence mode. `required`: the criterion is `evidenced` only when this part is."""

    mode: Mode
    outcome: Outcome
    required: bool = True


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """The same or a related requirement in another scheme."""

    scheme: str
    version: str
    id: str
    relation: str


class ProbeInScope(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that states a kind that the criterion's measures select, and what became of it."""

    id: str
    status: str


class SearchScope(msgspec.Struct, frozen=True, kw_only=True):
    """Where evidence was looked for: kinds of findings, the probes that state them, roles, and what was left out."""

    kinds: tuple[str, ...] = ()
    probes: tuple[ProbeInScope, ...] = ()
    roles: tuple[str, ...] = ()
    roles_not_supplied: tuple[str, ...] = ()
    unread: int = 0
    complete: bool = False


class CriterionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's answer on one criterion, and how it came about. It never says that a product conforms."""

    id: str
    official_id: str | None
    mapped_to: tuple[Mapping, ...]
    category: str
    obligation: Obligation
    obligation_basis: str
    outcome: Outcome
    parts: tuple[Part, ...]
    rationale: tuple[Reason, ...]
    measures: tuple[str, ...]
    findings: tuple[str, ...]
    findings_whole: Listing
    search_scope: SearchScope
    remediation: Text
    title: Text = {}
    questions: dict[str, list[str]] = {}


class CountedOutcomes(msgspec.Struct, frozen=True, kw_only=True):
    """How many criteria came to each outcome; all outcomes are listed, also those that none came to."""

    criteria: int
    outcomes: dict[str, int]


class ObligationSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counts of one obligation level: levels that were publicly reported, levels that are assumed, and levels that an
    imported catalogue states itself (`stated`, only where there are such), apart."""

    reported: CountedOutcomes
    assumed: CountedOutcomes
    stated: CountedOutcomes | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts per obligation and category. There is no overall score."""

    obligations: dict[str, ObligationSummary]
    categories: dict[str, CountedOutcomes]


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Judgement by rules; can be made again from the facts without a scan."""

    rules: tuple[RuleRef, ...]
    measures: tuple[MeasureResult, ...]
    criteria: tuple[CriterionResult, ...]
    summary: Summary


def assessment_digest(scan_digest: str, assessment: Assessment | dict[str, Any]) -> str:
    """SHA-256 over the hex text of `scan_digest` and the canonical bytes of the assessment, made or read again."""
    return digest_of_canonical(scan_digest, canonical(assessment))


def digest_of_canonical(scan_digest: str, assessment: bytes) -> str:
    """The same, from the canonical bytes."""
    return digest(scan_digest.encode(), assessment)
