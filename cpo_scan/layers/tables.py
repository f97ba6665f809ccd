"""Claims from a table: CSV, or a spreadsheet (XLSX) through openpyxl. Columns: id, claim, text; person where given."""

import csv
import io
from collections.abc import Iterator
from importlib.util import find_spec

from cpo_scan.layers.source import read_bytes, unknown_criterion
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError

_ROWS = 10_000  # as many as the schema of a statement takes
_CELLS = 200  # columns that are read of a row
_UNPACKED = 64 * 2**20  # bytes that a spreadsheet may unpack to; ten thousand rows have less than a tenth
_WORDS = {
    "yes": Word.YES, "ja": Word.YES, "partly": Word.PARTLY, "teilweise": Word.PARTLY, "no": Word.NO, "nein": Word.NO,
    "not_applicable": Word.NOT_APPLICABLE, "not applicable": Word.NOT_APPLICABLE, "n/a": Word.NOT_APPLICABLE,
    "nicht anwendbar": Word.NOT_APPLICABLE,
}  # fmt: skip
_NAMES = {"criterion": "id", "kriterium": "id", "aussage": "claim", "begründung": "text"}


def read_table(name: str, rulebook: Rulebook) -> tuple[Claim, ...]:
    """The claims of a table. A row without a claim claims nothing. Raises RuleError with file and line."""
    content = read_bytes(name)
    rows = _spreadsheet(name, content) if name.lower().endswith(".xlsx") else _csv(name, content)
    line, head = next(rows, (1, []))
    columns = {_NAMES.get(cell.strip().lower(), cell.strip().lower()): at for at, cell in reversed([*enumerate(head)])}
    for wanted in ("id", "claim"):
        if wanted not in columns:
            raise RuleError(f"{name}:{line}: no column {wanted!r}: the first line names id, claim and text")
    claims: dict[str, Claim] = {}
    for number, (line, cells) in enumerate(rows):
        if number >= _ROWS:
            raise RuleError(f"{name}:{line}: more than {_ROWS} rows")
        row = {column: cells[at].strip() for column, at in columns.items() if at < len(cells)}
        identity, said = row.get("id", ""), row.get("claim", "")
        if not identity:
            if said or row.get("text"):
                raise RuleError(f"{name}:{line}: no criterion stands in the column id")
            continue
        if identity not in rulebook.catalogue.criteria:
            raise RuleError(f"{name}:{line}: {unknown_criterion(identity, rulebook.catalogue)}")
        if identity in claims:
            raise RuleError(f"{name}:{line}: {identity} stands here twice")
        if not said:
            continue
        if said.lower() not in _WORDS:
            raise RuleError(f"{name}:{line}: {said[:60]!r} is no claim: yes, partly, no or not_applicable is expected")
        claims[identity] = Claim(
            claim=_WORDS[said.lower()],
            criterion=identity,
            text=row.get("text") or None,
            person=row.get("person") or None,
        )
    return tuple(claims.values())


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
            yield line, cells[:_CELLS]
            line = reader.line_num + 1
    except csv.Error as error:
        raise RuleError(f"{name}:{reader.line_num}: no CSV: {error}") from None


def _spreadsheet(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Lines and cells of the first sheet of a workbook; formulas give what was calculated last, nothing is run."""
    import zipfile

    if find_spec("openpyxl") is None:
        raise RuleError(f"{name}: needs openpyxl: pip install 'cpo-scan[xlsx]'")
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(member.file_size for member in package.infolist()) > _UNPACKED:
                raise RuleError(f"{name}: unpacks to more than {_UNPACKED} bytes, which no statement needs to be")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        for line, cells in enumerate(sheet.iter_rows(max_col=_CELLS, max_row=_ROWS + 2, values_only=True), 1):
            yield line, ["" if cell is None else str(cell) for cell in cells]
    except RuleError:
        raise
    except Exception as error:  # the library's own errors are of many types
        raise RuleError(f"{name}: no workbook: {type(error).__name__}") from None
