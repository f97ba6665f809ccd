"""Several products on one profile, as a table with the evidence behind each cell. No order, no sum, no rank.

Each product is held against the first one. Where rules, probe versions, deliverable roles or options differ, the cell
says so instead of an outcome.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from cpo_scan.compare.releases import VERSION, Figure, figure_of
from cpo_scan.compare.standing import Side, Standing, side_of
from cpo_scan.model import Reason
from cpo_scan.report.read import Report

MOST = 20
"""Products of one table; more do not fit on a page."""
_PLACES = 3  # that a cell names
_REASONS = 3  # sentences that a cell gives; the report has them all


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one product and what it rests on; or, with `why`, that it is not comparable."""

    outcome: str | None
    reasons: tuple[dict[str, Any], ...] = ()
    places: tuple[str, ...] = ()
    findings: int = 0
    why: tuple[Reason, ...] = ()


class CriterionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion, with a cell for each product in the order in which they were named."""

    id: str
    title: dict[str, str]
    category: str
    obligation: str
    obligation_basis: str
    cells: tuple[Cell, ...]


class MeasureCell(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of one product; or, with `why`, that it is not comparable."""

    figure: Figure | None
    why: tuple[Reason, ...] = ()


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measure, with a cell for each product."""

    id: str
    title: dict[str, str]
    cells: tuple[MeasureCell, ...]


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """The table."""

    schema_version: str
    kind: str
    products: tuple[Side, ...]
    criteria: tuple[CriterionRow, ...]
    measures: tuple[MeasureRow, ...]


def compare_products(reports: Sequence[Report]) -> Products:
    """The table of these reports; the criteria and measures are those of the first one, then those of others."""
    standings = [Standing(reports[0], report) for report in reports]
    return Products(
        schema_version=VERSION,
        kind="products",
        products=tuple(side_of(report) for report in reports),
        criteria=tuple(_criteria(reports, standings)),
        measures=tuple(_measures(reports, standings)),
    )


def _criteria(reports: Sequence[Report], standings: list[Standing]) -> Iterator[CriterionRow]:
    every = [{row["id"]: row for row in report.assessment["criteria"]} for report in reports]
    for name in dict.fromkeys(identity for rows in every for identity in rows):
        first = every[0].get(name)
        known = next(rows[name] for rows in every if name in rows)
        yield CriterionRow(
            id=name,
            title=known.get("title") or {},
            category=known["category"],
            obligation=known["obligation"],
            obligation_basis=known["obligation_basis"],
            cells=tuple(
                _cell(report, first, rows.get(name), standing)
                for report, rows, standing in zip(reports, every, standings, strict=True)
            ),
        )


def _cell(report: Report, first: dict[str, Any] | None, row: dict[str, Any] | None, standing: Standing) -> Cell:
    if row is None:
        return Cell(outcome=None, why=(Reason("compare.no_criterion"),))
    why = (Reason("compare.not_in_first"),) if first is None else standing.of(first, row)
    if why:
        return Cell(outcome=None, why=why)
    total = (row.get("findings_whole") or {}).get("total", len(row["findings"]))
    return Cell(
        outcome=row["outcome"],
        reasons=tuple([one for one in row["rationale"] if "rule" not in (one.get("params") or {})][:_REASONS]),
        places=tuple(_places(report, row)),
        findings=int(total),
    )


def _places(report: Report, row: dict[str, Any]) -> Iterator[str]:
    named: dict[str, None] = {}
    for identity in row["findings"][: 10 * _PLACES]:
        found = report.finding(identity)
        if found is not None and len(named) < _PLACES:
            named[str(found["evidence"][0]["artifact"])] = None
    yield from named


def _measures(reports: Sequence[Report], standings: list[Standing]) -> Iterator[MeasureRow]:
    for name in sorted({identity for report in reports for identity in report.measures}):
        rows = [report.measures.get(name) for report in reports]
        known = next(row for row in rows if row)
        yield MeasureRow(
            id=name,
            title=known.get("title") or {},
            cells=tuple(_measure(rows[0], row, standing) for row, standing in zip(rows, standings, strict=True)),
        )


def _measure(first: dict[str, Any] | None, row: dict[str, Any] | None, standing: Standing) -> MeasureCell:
    if row is None:
        return MeasureCell(figure=None, why=(Reason("compare.no_measure"),))
    if first is None:
        return MeasureCell(figure=None, why=(Reason("compare.not_in_first"),))
    why = standing.of_measure(first, row)
    return MeasureCell(figure=None if why else figure_of(row), why=why)
