"""The auditor's worksheet: a row for every criterion, and no cell that a spreadsheet program would run."""

import csv
import io
import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cpo_scan.report import Report
from cpo_scan.report.spreadsheet import inert, visible_cell
from cpo_scan.report.texts import Texts
from cpo_scan.report.worksheet import COLUMNS, PROCEDURES, render_csv, write_xlsx
from tests.report import hostile

Make = Callable[..., Report]


def read(report: Report, texts: Texts, lang: str = "en") -> list[list[str]]:
    return list(csv.reader(io.StringIO(render_csv(report, texts, lang).decode("utf-8-sig"))))


def test_every_criterion_has_a_row_also_those_for_people(make: Make, texts: Texts) -> None:
    report = make()
    table = read(report, texts)
    assert [row[0] for row in table[1:]] == [row["id"] for row in report.assessment["criteria"]]
    assert {len(row) for row in table} == {len(COLUMNS)}


def test_each_row_names_its_catalogue_and_has_a_column_for_each_evidence_procedure(make: Make, texts: Texts) -> None:
    table = read(make(), texts)
    assert {row[COLUMNS.index("standard")] for row in table[1:]} == {"provisional 1"}
    assert [name for name in COLUMNS if name in PROCEDURES] == [
        "inspection", "observation", "self_assessment", "inquiry", "confirmation", "recalculation", "performance",
        "analytical_procedures",
    ]  # fmt: skip


def test_what_people_fill_in_is_empty(make: Make, texts: Texts) -> None:
    table = read(make(), texts)
    assert all(not cell for row in table[1:] for cell in row[-4:])


def test_no_cell_is_a_formula(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    for row in read(report, texts):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@given(st.text(max_size=60))
def test_any_text_is_shown_as_text(text: str) -> None:
    shown = inert(visible_cell(text))
    assert not shown.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert "\x1b" not in shown
    for line in shown.replace(";", "\n").split("\n")[1:]:  # where another separator is read, a cell begins here
        assert not re.match(r"""[\s"]*[=+\-@＝＋－＠]""", line)


def test_the_spreadsheet_has_the_same_cells_and_no_formula(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    out = io.BytesIO()
    write_xlsx(report, texts, "de", out)
    sheet = load_workbook(io.BytesIO(out.getvalue())).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows()]
    assert {cell.data_type for row in cells for cell in row if cell.value is not None} == {"s"}
    expected = [[cell.removeprefix("'") if cell[:2] in ("'=", "'+", "'-", "'@") else cell for cell in row]
                for row in read(report, texts, "de")]  # fmt: skip
    assert [[cell.value or "" for cell in row] for row in cells] == expected
