"""The assessment: one pass over the findings, then measures, criteria and their counts."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cpo_scan.assess.counting import Counter, Measured, Row
from cpo_scan.assess.criteria import Supplied, binding_of, decide_criterion
from cpo_scan.assess.gaps import Gaps, ProbeState
from cpo_scan.assess.looseness import too_loose
from cpo_scan.assess.overrides import as_found, has_overrides
from cpo_scan.model import CoverageRow, Obligation, Outcome, ProbeStatus, Reason, Role
from cpo_scan.model.assessment import (
    LIST_LIMIT,
    Assessment,
    CountedOutcomes,
    CriterionResult,
    Listing,
    ObligationSummary,
    Summary,
)
from cpo_scan.model.report import Product
from cpo_scan.rulebook.book import Rulebook


def assess(
    findings: Iterable[Row],
    *,
    coverage: Iterable[CoverageRow | Mapping[str, Any]],
    probes: Iterable[ProbeState],
    rulebook: Rulebook,
    product: Product | Mapping[str, Any] | None = None,
    sha256_of: Callable[[str], str | None] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Assessment:
    """Judge the facts of a report by the rulebook.

    `findings` are the rows of the body in the report's order, read once; `coverage` all rows of its three lists;
    `probes` every installed one. `product` is the body's section: with a name its deliverables' roles count, without
    one the given files are the whole search scope. `sha256_of` gives the digest of an artifact by its path, so that
    copies of one file count once. `options` is the body's section: where the scan was looser than the profile allows,
    nothing comes out better than inconclusive.

    Where the product description overrides what the path rules say, each measure that it touches is counted without
    that too. Memory does not follow the number of findings, but for 16 bytes each where copies are looked for.
    """
    states = tuple(probes)
    gaps = Gaps(states, rulebook.origins)
    for row in coverage:
        gaps.add(row)
    counters = _Counters(rulebook, sha256_of)
    without = _Counters(rulebook, sha256_of) if has_overrides(product) else None
    overridden: set[str] = set()
    cited = _Cited(rulebook)
    for row in findings:
        if touched := counters.add(row):
            cited.add(row["id"], touched)
        if without is not None:
            found = as_found(row)
            without.add(found)
            if found is not row:
                overridden.add(row["kind"])
    beside = {} if without is None else without.finish(gaps)
    measured = counters.finish(
        gaps, {identity: one for identity, one in beside.items() if without and without.kind(identity) in overridden}
    )
    supplied = supplied_roles(product)
    loose = too_loose(rulebook.profile.loosest_options, states, lost=gaps.lost, limits=(options or {}).get("limits"))
    criteria = tuple(
        decide_criterion(criterion, rulebook, measured, gaps, supplied, findings=cited.of(criterion.id), loose=loose)
        for criterion in rulebook.catalogue.criteria.values()
    )
    return Assessment(
        rules=rulebook.references(),
        measures=tuple(measured[identity].result for identity in sorted(measured)),
        criteria=criteria,
        summary=summarise(criteria),
    )


def probe_states(
    rows: Iterable[Mapping[str, Any]], states: Mapping[str, Iterable[str]] | None = None
) -> tuple[ProbeState, ...]:
    """Probes from the rows of a report. What each states stands in its row as `states`, or in the mapping by id."""
    given = states or {}
    return tuple(
        ProbeState(
            id=row["id"],
            status=ProbeStatus(row["status"]),
            states=tuple(row.get("states") or given.get(row["id"], ())),
            reason=next((Reason(one["code"], one.get("params") or {}) for one in row.get("problems", ())), None),
        )
        for row in rows
    )


def supplied_roles(product: Product | Mapping[str, Any] | None) -> Supplied:
    """Which roles a product hands over, from the body's section."""
    if product is None:
        return Supplied(known=False)
    rows: list[tuple[Role | None, bool]]
    if isinstance(product, Product):
        name = product.name
        rows = [(item.role, item.supplied) for item in product.deliverables]
    else:
        name = product.get("name")
        rows = [
            (Role(item["role"]) if item.get("role") else None, item["supplied"]) for item in product["deliverables"]
        ]
    if name is None or not rows:
        return Supplied(known=False)
    return Supplied(
        known=True,
        anything=any(role is None and supplied for role, supplied in rows),
        supplied=frozenset(role for role, supplied in rows if supplied and role is not None),
        withheld=frozenset(role for role, supplied in rows if not supplied and role is not None),
    )


def summarise(criteria: Iterable[CriterionResult]) -> Summary:
    """Counts per obligation level (reported, assumed and stated apart) and category."""
    every = tuple(criteria)
    return Summary(
        obligations={
            str(level): ObligationSummary(
                reported=_count(row for row in every if (row.obligation, row.obligation_basis) == (level, "reported")),
                assumed=_count(row for row in every if (row.obligation, row.obligation_basis) == (level, "assumed")),
                stated=_count(row for row in every if (row.obligation, row.obligation_basis) == (level, "stated"))
                if any(row.obligation_basis == "stated" for row in every)
                else None,
            )
            for level in Obligation
        },
        categories={
            category: _count(row for row in every if row.category == category)
            for category in sorted({row.category for row in every})
        },
    )


def _count(rows: Iterable[CriterionResult]) -> CountedOutcomes:
    outcomes = dict.fromkeys((str(outcome) for outcome in Outcome), 0)
    for row in rows:
        outcomes[str(row.outcome)] += 1
    return CountedOutcomes(criteria=sum(outcomes.values()), outcomes=outcomes)


class _Counters:
    """The running states of all measures."""

    def __init__(self, rulebook: Rulebook, sha256_of: Callable[[str], str | None] | None) -> None:
        lists = rulebook.profile.lists
        self._every = {
            identity: Counter(measure, rulebook.standards, lists.get(measure.required or "", ()), sha256_of)
            for identity, measure in rulebook.measures.measures.items()
        }
        self._by_kind: dict[str, list[Counter]] = {}
        for counter in self._every.values():
            self._by_kind.setdefault(counter.measure.kind, []).append(counter)

    def add(self, row: Row) -> list[str]:
        """Count a finding; gives the measures to whose selection it belongs."""
        return [counter.measure.id for counter in self._by_kind.get(row["kind"], ()) if counter.add(row)]

    def kind(self, identity: str) -> str:
        """The kind of findings that a measure counts."""
        return self._every[identity].measure.kind

    def finish(self, gaps: Gaps, beside: Mapping[str, Measured] | None = None) -> dict[str, Measured]:
        """All results; `beside` are those of the same measures without the overrides of the product description."""
        without = beside or {}
        return {
            identity: counter.finish(
                gaps.of(counter.measure.kind, vendor=counter.measure.vendor), without.get(identity)
            )
            for identity, counter in self._every.items()
        }


class _Cited:
    """Which findings each criterion rests on: the first ids, the number and the digest of all."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._criteria: dict[str, list[str]] = {}
        for criterion in rulebook.catalogue.criteria.values():
            binding = binding_of(criterion, rulebook)
            for measure in binding.measures if binding and criterion.machine else ():
                self._criteria.setdefault(measure, []).append(criterion.id)
        self._ids: dict[str, list[str]] = {}
        self._totals: dict[str, int] = {}
        self._sha256 = {identity: hashlib.sha256() for identity in rulebook.catalogue.criteria}

    def add(self, finding: str, measures: list[str]) -> None:
        line = f"{finding}\n".encode()
        for criterion in {criterion for measure in measures for criterion in self._criteria.get(measure, ())}:
            ids = self._ids.setdefault(criterion, [])
            if len(ids) < LIST_LIMIT:
                ids.append(finding)
            self._totals[criterion] = self._totals.get(criterion, 0) + 1
            self._sha256[criterion].update(line)

    def of(self, criterion: str) -> tuple[tuple[str, ...], Listing]:
        listing = Listing(total=self._totals.get(criterion, 0), digest=self._sha256[criterion].hexdigest())
        return tuple(self._ids.get(criterion, ())), listing
