"""What the faces show, in the order they show it: taken from a report, without words and without markup."""

from collections import Counter
from typing import Any

import msgspec

from cpo_scan.model import Strength
from cpo_scan.report.read import Report

Row = dict[str, Any]

OUTCOMES = (
    "evidenced", "inconclusive", "no_evidence", "contradicted", "not_examined", "needs_human", "not_applicable",
)  # fmt: skip
"""The order of charts and legends: from what is shown to what is open."""
OBLIGATIONS = ("mandatory", "desired", "optional")
BASES = ("reported", "stated", "assumed")
GAPS = ("contradicted", "no_evidence", "inconclusive", "not_examined")
"""Outcomes that are gaps, the heaviest first."""
DIRECTIONS = ("file", "schema", "import", "export", "mention")
"""Columns of the exchange matrix."""
_ELSEWHERE = ("component", "sample", "test", "generated")


def gaps(report: Report) -> list[Row]:
    """Criteria with a gap: reported mandatory first, then by obligation, contradicted before no evidence, then in the
    order of the catalogue."""

    def weight(place_and_row: tuple[int, Row]) -> tuple[int, int, int, int]:
        place, row = place_and_row
        reported = row["obligation"] == "mandatory" and row["obligation_basis"] in ("reported", "stated")
        return (0 if reported else 1, _place(OBLIGATIONS, row["obligation"]), GAPS.index(row["outcome"]), place)

    found = [(place, row) for place, row in enumerate(report.assessment["criteria"]) if row["outcome"] in GAPS]
    return [row for _, row in sorted(found, key=weight)]


def outcome_counts(rows: list[Row]) -> dict[str, int]:
    """How many criteria have which outcome; every outcome is there, in display order."""
    counted = Counter(row["outcome"] for row in rows)
    return {name: counted[name] for name in OUTCOMES}


class Matrix(msgspec.Struct, frozen=True):
    """Categories down, (obligation, basis) across; a cell is the list of its criteria in catalogue order."""

    categories: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    cells: dict[tuple[str, str, str], list[Row]]

    def cell(self, category: str, column: tuple[str, str]) -> list[Row]:
        """Criteria of one cell."""
        return self.cells.get((category, *column), [])


def matrix(report: Report) -> Matrix:
    """Criteria per category × obligation, reported and assumed apart."""
    cells: dict[tuple[str, str, str], list[Row]] = {}
    categories: dict[str, None] = {}
    columns: set[tuple[str, str]] = set()
    for row in report.assessment["criteria"]:
        basis = row["obligation_basis"] or ""
        categories[row["category"]] = None
        columns.add((row["obligation"], basis))
        cells.setdefault((row["category"], row["obligation"], basis), []).append(row)
    ordered = sorted(columns, key=lambda column: (_place(OBLIGATIONS, column[0]), _place(BASES, column[1]), column))
    return Matrix(tuple(categories), tuple(ordered), cells)


def strips(table: Matrix) -> list[tuple[str, str, list[tuple[str, int, float, float]], int]]:
    """Stacked bars: (obligation, basis, [(outcome, count, start, width)], total); widths in per cent of the longest."""
    rows = [[row for category in table.categories for row in table.cell(category, column)] for column in table.columns]
    longest = max((len(row) for row in rows), default=0)
    out = []
    for (obligation, basis), row in zip(table.columns, rows, strict=True):
        bar, at = [], 0
        for outcome, count in outcome_counts(row).items():
            if count:
                bar.append((outcome, count, round(100 * at / longest, 3), round(100 * count / longest, 3)))
                at += count
        out.append((obligation, basis, bar, len(row)))
    return out


class Cell(msgspec.Struct):
    """A standard in one direction: the strongest strength seen, how many findings have it, and what to beware of."""

    strength: str = ""
    findings: int = 0
    elsewhere: bool = True  # nothing of it is of the vendor's own (or of unknown) origin
    refuted: int = 0
    invalid: int = 0


class Findings(msgspec.Struct):
    """One pass over the findings: what the tables show, bounded, with the whole number beside it."""

    exchange: dict[str, dict[str, Cell]] = {}
    interfaces: list[Row] = []
    declared: int = 0  # interfaces that the vendor's code declares, as the measure K06 counts them
    undescribed: int = 0  # of these, those of which no description tells
    documents: list[Row] = []
    points: list[Row] = []  # extension points
    surfaces: list[Row] = []  # programming interfaces
    parts: list[Row] = []  # parts of development kits
    capabilities: list[Row] = []  # imports and exports that are of the vendor's or of unknown origin, and not internal
    changes: list[Row] = []  # between two releases
    ladder: dict[str, Counter[str]] = {}  # kind -> strength -> how many
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    totals: Counter[str] = msgspec.field(default_factory=Counter)
    per_artifact: Counter[str] = msgspec.field(default_factory=Counter)


def survey(report: Report, limit: int) -> Findings:
    """The tables of the findings, at most `limit` rows each."""
    seen = Findings()
    tables = {
        "api.description": seen.interfaces,
        "docs.set": seen.documents,
        "extension.point": seen.points,
        "sdk.surface": seen.surfaces,
        "sdk.part": seen.parts,
        "release.change": seen.changes,
    }
    for row in report.findings():
        kind = row["kind"]
        seen.kinds[kind] += 1
        seen.ladder.setdefault(kind, Counter())[row["strength"]] += 1
        for path in {piece["artifact"] for piece in row["evidence"]}:
            seen.per_artifact[path] += 1
        if kind.startswith("exchange.") or kind == "standard.mention":
            _exchange(seen.exchange, row)
            if kind == "exchange.capability" and row["origin"] not in _ELSEWHERE and row["offered"] != "internal":
                seen.capabilities.append(row)
        elif kind == "api.description" and row["attributes"].get("described") is False:
            if row["origin"] == "vendor" and row["offered"] != "internal":  # it is no description
                seen.declared += _number(row["attributes"].get("endpoints"))
                seen.undescribed += _number(row["attributes"].get("undocumented_endpoints"))
        elif (table := tables.get(kind)) is not None:
            seen.totals[kind] += 1
            if len(table) < limit:
                table.append(row)
    # an open interface of the vendor's own comes first, a big one before a small one
    seen.interfaces.sort(key=lambda row: (row["origin"] in _ELSEWHERE, -_number(row["attributes"].get("operations"))))
    seen.exchange = dict(sorted(seen.exchange.items(), key=lambda item: (_all_elsewhere(item[1]), item[0])))
    return seen


def shares(counts: Counter[str], room: int) -> dict[str, int]:
    """How many of each kind fit into `room`: small kinds whole, the others an equal part of what is left."""
    given: dict[str, int] = {}
    left, kinds = room, len(counts)
    for kind, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        given[kind] = min(count, left // kinds)
        left -= given[kind]
        kinds -= 1
    return given


class Ladder(msgspec.Struct, frozen=True):
    """How many findings there are: kind -> strength -> count, and the strengths that occur, the weakest first."""

    kinds: dict[str, Counter[str]]
    strengths: tuple[str, ...]


def ladder(seen: Findings) -> Ladder:
    """The table of kinds and strengths."""
    strengths = {strength for counts in seen.ladder.values() for strength in counts}
    return Ladder(dict(sorted(seen.ladder.items())), tuple(sorted(strengths, key=lambda one: (rank(one), one))))


def _exchange(table: dict[str, dict[str, Cell]], row: Row) -> None:
    attributes = row["attributes"]
    standard = str(attributes.get("standard") or "")
    if not standard or attributes.get("where") == "licence":  # what a licence names, the product need not know
        return
    match row["kind"], attributes.get("direction"):
        case "exchange.file", _:
            columns: tuple[str, ...] = ("file",)
        case "exchange.schema", _:
            columns = ("schema",)
        case "exchange.capability", "import" | "export" as direction:
            columns = (direction,)
        case "exchange.capability", "both":
            columns = ("import", "export")
        case _:  # a mention, or a capability whose direction is not known
            columns = ("mention",)
    for column in columns:
        cell = table.setdefault(standard, {}).setdefault(column, Cell())
        cell.elsewhere = cell.elsewhere and row["origin"] in _ELSEWHERE
        if "refuted" in attributes or "refuted" in row:
            cell.refuted += 1
        if attributes.get("valid") is False:
            cell.invalid += 1
        if not cell.strength or rank(row["strength"]) > rank(cell.strength):
            cell.strength, cell.findings = row["strength"], 0
        cell.findings += row["strength"] == cell.strength


def exhibits(row: Row, most: int) -> list[Row]:
    """The evidence of a finding that a face shows first, at most `most` pieces. Of documentation a place where
    something is said comes before the title of a page."""
    pieces: list[Row] = row["evidence"]
    if row["kind"] == "docs.set":
        pieces = sorted(pieces, key=lambda piece: not piece.get("locator"))
    return pieces[:most]


def rank(strength: str) -> int:
    """Place of a strength on the ladder, 0 for `mentioned`; also for one that we do not know."""
    try:
        return Strength(strength).rank
    except ValueError:
        return 0


def coverage_rows(report: Report) -> list[Row]:
    """All coverage rows, the lost ones first."""
    order = ("lost", "bounded", "by_design")
    rows = [
        {**row, "list": listed} for listed in ("unreadable", "limits_hit", "skipped") for row in report.coverage[listed]
    ]
    return sorted(rows, key=lambda row: (_place(order, row["severity"]), row["artifact"]))


def stale(report: Report, row: Row) -> bool:
    """Does a row of the layers name digests that are not those of this report?"""
    judged = {row.get("scan_digest", report.scan_digest), row.get("assessment_digest", report.assessment_digest)}
    return not judged <= {report.scan_digest, report.assessment_digest}


def decided(report: Report) -> tuple[int, int, int]:
    """Mandatory criteria: decided by machine, open, all."""
    mandatory = [row for row in report.assessment["criteria"] if row["obligation"] == "mandatory"]
    done = sum(row["outcome"] in ("evidenced", "contradicted", "no_evidence", "not_applicable") for row in mandatory)
    return done, len(mandatory) - done, len(mandatory)


def _all_elsewhere(cells: dict[str, Cell]) -> bool:
    return all(cell.elsewhere for cell in cells.values())


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _place(order: tuple[str, ...], value: str) -> int:
    return order.index(value) if value in order else len(order)
