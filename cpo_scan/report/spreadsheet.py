"""Tables for spreadsheet programs, as CSV and XLSX: all cells are text, and none is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from cpo_scan.report.inert import visible

_CELL = 32_000  # characters; a cell of a spreadsheet program takes 32,767
# OWASP "CSV injection": what makes a spreadsheet program take a cell for a formula; the wide forms count in Japan
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# where a program reads `;` as the separator (as a German one does), a cell can begin inside of ours
_INSIDE = re.compile(r"([;\n][\s\"']*)(?=[=+\-@＝＋－＠])")
_WIDTH = 16  # of a column, in characters


def csv_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV (RFC 4180), UTF-8 with a byte order mark, which spreadsheet programs need to see it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def write_xlsx_table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], stream: BinaryIO, widths: Mapping[int, int]
) -> None:
    """A table as the one sheet of a workbook, by openpyxl. `widths` of columns from 0, in characters."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for number in range(len(head)):
        sheet.column_dimensions[get_column_letter(number + 1)].width = widths.get(number, _WIDTH)

    def cell(text: str, *, bold: bool = False) -> Any:
        made = WriteOnlyCell(sheet, value=text)
        made.data_type = "s"
        made.quotePrefix = text.startswith(_FORMULA)  # it stays text when somebody edits the cell
        made.alignment = Alignment(wrap_text=True, vertical="top")
        made.font = Font(bold=bold)
        return made

    sheet.append([cell(text, bold=True) for text in head])
    for row in rows:
        sheet.append([cell(text) for text in row])
    book.properties.creator = "cpo-scan"
    book.save(stream)


def visible_cell(text: str) -> str:
    """A cell's text: nothing unseen but line breaks, and no longer than a cell may be."""
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return shown if len(shown) <= _CELL else shown[: _CELL - 1] + "…"


def inert(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, whichever separator it reads: an apostrophe before it."""
    safe = _INSIDE.sub(r"\1'", text)
    return "'" + safe if safe.startswith(_FORMULA) else safe
