"""The auditor's worksheet: one row per criterion, also those that a machine can't answer, to be filled in by people.

The evidence procedures are those of the conformity assessment criteria of Catena-X; a cell says what the report offers
for a procedure, and stays empty where the auditor has to bring it.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from cpo_scan.report import phrases, said
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
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
_CELL = 32_000  # characters; a cell of a spreadsheet program takes 32,767
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {"title": 36, "requirement": 60, "rationale": 60, "measures": 40, "evidence": 50, "remediation": 40}


def rows(report: Report, texts: Texts, lang: str) -> Iterator[dict[str, str]]:
    """The rows by column, in the order of the catalogue."""
    measures = {row["id"]: row for row in report.assessment["measures"]}
    determined = said.determined(report)
    for row in report.assessment["criteria"]:
        counted = [measures[name] for name in row["measures"] if name in measures]
        modes = {part["mode"] for part in row["parts"]}
        questions = row.get("questions") or {}
        cells = {
            "criterion": row["id"],
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
            "remediation": texts.message(row["remediation"], lang),
            "inspection": _offered(texts, lang, "inspection", len(row["findings"]), "machine" in modes),
            "recalculation": _offered(texts, lang, "recalculation", len(counted), "machine" in modes),
            "performance": _asked(texts, lang, "test" in modes),
            "self_assessment": _claimed(report, row["id"], texts, lang) or _asked(texts, lang, "declaration" in modes),
            "inquiry": _asked(texts, lang, "interview" in modes),
            "questions": "\n".join(questions.get(lang) or questions.get("en") or ()),
            **_determined(determined.get(row["id"]), texts, lang),
        }
        yield {name: visible_cell(cells.get(name, "")) for name in COLUMNS}


def render_csv(report: Report, texts: Texts, lang: str) -> bytes:
    """The worksheet as CSV (RFC 4180), UTF-8 with a byte order mark, which spreadsheet programs need to see it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([texts.label(f"worksheet.{name}", lang) for name in COLUMNS])
    for row in rows(report, texts, lang):
        writer.writerow([inert(row[name]) for name in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The worksheet as XLSX, by openpyxl. All cells are text, so none is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(texts.label("worksheet.sheet", lang))
    sheet.freeze_panes = "B2"
    for number, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 16)

    def cell(text: str, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, value=text)
        made.data_type = "s"
        made.alignment = Alignment(wrap_text=True, vertical="top")
        made.font = Font(bold=bold)
        return made

    sheet.append([cell(texts.label(f"worksheet.{name}", lang), bold=True) for name in COLUMNS])
    for row in rows(report, texts, lang):
        sheet.append([cell(row[name]) for name in COLUMNS])
    book.properties.creator = "cpo-scan"
    book.save(stream)


def visible_cell(text: str) -> str:
    """A cell's text: nothing unseen but line breaks, and no longer than a cell may be."""
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return shown if len(shown) <= _CELL else shown[: _CELL - 1] + "…"


def inert(text: str) -> str:
    """Text that no spreadsheet program takes for a formula (OWASP: CSV injection): an apostrophe before it."""
    return "'" + text if text.startswith(_FORMULA) else text


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
