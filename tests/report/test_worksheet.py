"""The auditor's worksheet: a row for every criterion, and no cell that a spreadsheet program would run."""

import csv
import io
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cpo_scan.report import Report
from cpo_scan.report.texts import Texts
from cpo_scan.report.worksheet import COLUMNS, inert, render_csv, visible_cell, write_xlsx
from tests.report import hostile

Make = Callable[..., Report]


def read(report: Report, texts: Texts, lang: str = "en") -> list[list[str]]:
    return list(csv.reader(io.StringIO(render_csv(report, texts, lang).decode("utf-8-sig"))))


def test_every_criterion_has_a_row_also_those_for_people(make: Make, texts: Texts) -> None:
    report = make()
    table = read(report, texts)
    assert [row[0] for row in table[1:]] == [row["id"] for row in report.assessment["criteria"]]
    assert {len(row) for row in table} == {len(COLUMNS)}


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
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\x1b" not in shown


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
