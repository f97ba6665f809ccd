"""Rows of a table that a user gives: CSV, or the first sheet of a workbook (XLSX) through openpyxl. Nothing is run."""

import csv
import io
from collections.abc import Iterator
from importlib.util import find_spec

from cpo_scan.rulebook.load import RuleError

ROWS = 10_000  # as many as are read of a table
CELLS = 200  # columns that are read of a row
_UNPACKED = 64 * 2**20  # bytes that a workbook may unpack to; ten thousand rows have less than a tenth


def read_rows(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row, the first line included; by the name's ending a workbook or CSV.

    Raises RuleError with file and line, also where there are more than `ROWS` rows below the first line.
    """
    rows = _workbook(name, content) if name.lower().endswith(".xlsx") else _csv(name, content)
    for number, (line, cells) in enumerate(rows):
        if number > ROWS:
            raise RuleError(f"{name}:{line}: more than {ROWS} rows")
        yield line, cells


def _csv(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines and cells of a CSV file (RFC 4180; UTF-8), with the separator that its first line uses: , ; or tab."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RuleError(f"{name}:{line}: no UTF-8: save the table as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells[:CELLS]
            line = reader.line_num + 1
    except csv.Error as error:
        raise RuleError(f"{name}:{reader.line_num}: no CSV: {error}") from None


def _workbook(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines and cells of the first sheet of a workbook; formulas give what was calculated last, nothing is run."""
    import zipfile

    if find_spec("openpyxl") is None:
        raise RuleError(f"{name}: needs openpyxl: pip install 'cpo-scan[xlsx]'")
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(member.file_size for member in package.infolist()) > _UNPACKED:
                raise RuleError(f"{name}: unpacks to more than {_UNPACKED} bytes, which no such table needs to be")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        for line, cells in enumerate(sheet.iter_rows(max_col=CELLS, max_row=ROWS + 2, values_only=True), 1):
            yield line, ["" if cell is None else str(cell) for cell in cells]
    except RuleError:
        raise
    except Exception as error:  # the library's own errors are of many types
        raise RuleError(f"{name}: no workbook: {type(error).__name__}") from None
