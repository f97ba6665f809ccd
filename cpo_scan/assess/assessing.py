"""The assessment: one pass over the findings, then measures, criteria and their counts."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cpo_scan.assess.counting import Counter, Row
from cpo_scan.assess.criteria import Supplied, binding_of, decide_criterion
from cpo_scan.assess.gaps import Gaps, ProbeState
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
) -> Assessment:
    """Judge the facts of a report by the rulebook.

    `findings` are the rows of the body in the report's order, read once; `coverage` all rows of its three lists;
    `probes` every installed one. `product` is the body's section: with a name its deliverables' roles count, without
    one the given files are the whole search scope. `sha256_of` gives the digest of an artifact by its path, so that
    copies of one file count once.

    Memory does not follow the number of findings, but for 16 bytes each where copies are looked for.
    """
    gaps = Gaps(probes, rulebook.origins)
    for row in coverage:
        gaps.add(row)
    counters = {
        identity: Counter(
            measure, rulebook.standards, rulebook.profile.lists.get(measure.required or "", ()), sha256_of
        )
        for identity, measure in rulebook.measures.measures.items()
    }
    cited = _Cited(rulebook)
    by_kind: dict[str, list[Counter]] = {}
    for counter in counters.values():
        by_kind.setdefault(counter.measure.kind, []).append(counter)
    for row in findings:
        touched = [counter.measure.id for counter in by_kind.get(row["kind"], ()) if counter.add(row)]
        if touched:
            cited.add(row["id"], touched)
    measured = {
        identity: counter.finish(gaps.of(counter.measure.kind, vendor=counter.measure.vendor))
        for identity, counter in counters.items()
    }
    supplied = supplied_roles(product)
    criteria = tuple(
        decide_criterion(criterion, rulebook, measured, gaps, supplied, findings=cited.of(criterion.id))
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
    """Counts per obligation level (reported and assumed apart) and category."""
    every = tuple(criteria)
    return Summary(
        obligations={
            str(level): ObligationSummary(
                reported=_count(row for row in every if (row.obligation, row.obligation_basis) == (level, "reported")),
                assumed=_count(row for row in every if (row.obligation, row.obligation_basis) == (level, "assumed")),
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
