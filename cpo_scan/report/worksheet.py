"""The auditor's worksheet: one row per criterion, also those that a machine can't answer, to be filled in by people.

The evidence procedures are those of the conformity assessment criteria of Catena-X; a cell says what the report offers
for a procedure, and stays empty where the auditor has to bring it.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from cpo_scan.report import exported, phrases, said
from cpo_scan.report.read import Report
from cpo_scan.report.spreadsheet import csv_table, visible_cell, write_xlsx_table
from cpo_scan.report.texts import Texts

PROCEDURES = (
    "inspection",
    "observation",
    "self_assessment",
    "inquiry",
    "confirmation",
    "recalculation",
    "performance",
    "analytical_procedures",
)
COLUMNS = (
    "criterion",
    "standard",
    "official_id",
    "category",
    "obligation",
    "basis",
    "title",
    "requirement",
    "outcome",
    "parts",
    "rationale",
    "measures",
    "evidence",
    "remediation",
    *PROCEDURES,
    "questions",
    "verdict",
    "auditor",
    "date",
    "reason",
)
_EVIDENCE = 3  # places that a cell names; the report has them all
_WIDTHS = {"title": 36, "requirement": 60, "rationale": 60, "measures": 40, "evidence": 50, "remediation": 40}


def rows(report: Report, texts: Texts, lang: str) -> Iterator[dict[str, str]]:
    """The rows by column, in the order of the catalogue."""
    measures = {row["id"]: row for row in report.assessment["measures"]}
    determined = said.determined(report)
    catalogue = exported.rule(report, "catalogue")
    for row in report.assessment["criteria"]:
        counted = [measures[name] for name in row["measures"] if name in measures]
        modes = {part["mode"] for part in row["parts"]}
        questions = row.get("questions") or {}
        cells = {
            "criterion": row["id"],
            "standard": f"{catalogue['id']} {catalogue['version']}",
            "official_id": row["official_id"] or "",
            "category": texts.category(row["category"], lang),
            "obligation": texts.label(f"report.obligation.{row['obligation']}", lang),
            "basis": texts.label(f"report.basis.{row['obligation_basis']}", lang),
            "title": texts.title(row, lang),
            "requirement": texts.text(row["id"], lang),
            "outcome": texts.label(f"report.outcome.{row['outcome']}", lang),
            "parts": "; ".join(
                f"{texts.label('report.mode.' + part['mode'], lang)}: "
                f"{texts.label('report.outcome.' + part['outcome'], lang)}"
                for part in row["parts"]
            ),
            "rationale": "; ".join(phrases.reasons(row, report, texts, lang)),
            "measures": "; ".join(f"{one['id']} {phrases.measured(one, lang)}" for one in counted),
            "evidence": "; ".join(_places(report, row, texts, lang)),
            "remediation": phrases.to_do(row, texts, lang),
            "inspection": _offered(texts, lang, "inspection", len(row["findings"]), "machine" in modes),
            "recalculation": _offered(texts, lang, "recalculation", len(counted), "machine" in modes),
            "performance": _asked(texts, lang, "test" in modes),
            "self_assessment": _claimed(report, row["id"], texts, lang) or _asked(texts, lang, "declaration" in modes),
            "inquiry": _asked(texts, lang, "interview" in modes),
            "questions": "\n".join(questions.get(lang) or questions.get("en") or next(iter(questions.values()), ())),
            **_determined(determined.get(row["id"]), texts, lang),
        }
        yield {name: visible_cell(cells.get(name, "")) for name in COLUMNS}


def render_csv(report: Report, texts: Texts, lang: str) -> bytes:
    """The worksheet as CSV."""
    return csv_table(_head(texts, lang), _cells(report, texts, lang))


def write_xlsx(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The worksheet as XLSX."""
    widths = {COLUMNS.index(name): width for name, width in _WIDTHS.items()}
    title = texts.label("worksheet.sheet", lang)
    write_xlsx_table(title, _head(texts, lang), _cells(report, texts, lang), stream, widths)


def _head(texts: Texts, lang: str) -> list[str]:
    return [texts.label(f"worksheet.{name}", lang) for name in COLUMNS]


def _cells(report: Report, texts: Texts, lang: str) -> Iterator[list[str]]:
    return ([row[name] for name in COLUMNS] for row in rows(report, texts, lang))


def _places(report: Report, row: dict[str, Any], texts: Texts, lang: str) -> Iterator[str]:
    named: dict[str, None] = {}
    for identity in row["findings"][: 10 * _EVIDENCE]:
        found = report.finding(identity)
        if found is not None and len(named) < _EVIDENCE:
            piece = found["evidence"][0]
            where = phrases.place(piece.get("locator") or {}, texts, lang)
            named[f"{piece['artifact']} ({where})" if where else piece["artifact"]] = None
    yield from named
    if len(row["findings"]) > len(named):
        yield texts.label("worksheet.evidence.of", lang, count=len(row["findings"]))


def _claimed(report: Report, criterion: str, texts: Texts, lang: str) -> str:
    """What the vendor claims, and what became of it."""
    rows = [row for layer, row in said.beside(report, criterion) if layer == "claims" and row.get("claim")]
    return "\n".join(said.head("claims", row, texts, lang) for row in rows)


def _determined(row: dict[str, Any] | None, texts: Texts, lang: str) -> dict[str, str]:
    """The auditor's columns, where a determination is in force."""
    if row is None:
        return {}
    return {
        "verdict": said.head("determinations", row, texts, lang),
        "auditor": str(row.get("person") or ""),
        "date": str(row.get("date") or ""),
        "reason": str(row.get("reason") or ""),
    }


def _offered(texts: Texts, lang: str, procedure: str, count: int, wanted: bool) -> str:
    return texts.label(f"worksheet.{procedure}.offered", lang, count=count) if wanted else ""


def _asked(texts: Texts, lang: str, wanted: bool) -> str:
    return texts.label("worksheet.asked", lang) if wanted else ""
