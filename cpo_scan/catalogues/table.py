"""Catalogues as tables (CSV, XLSX): the first row names the columns, each row below is a criterion."""

from cpo_scan.catalogues.given import Entry, Given
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.tables import read_rows


def read_table(name: str, content: bytes) -> Given:
    """The rows of a table. Empty rows are passed over. Raises RuleError with file and line."""
    rows = read_rows(name, content)
    line, head = next(rows, (1, []))
    names = [" ".join(cell.split()) for cell in head]
    for number, column in enumerate(names):
        if column and column in names[:number]:
            raise RuleError(f"{name}:{line}: two columns are named {column!r}")
    if not any(names):
        raise RuleError(f"{name}:{line}: no column is named; id, category, obligation and title are expected")
    entries = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            raise RuleError(f"{name}:{line}: more cells than the {len(names)} columns of the first line")
        columns = {
            column: {"": cell.strip()} for column, cell in zip(names, cells, strict=False) if column and cell.strip()
        }
        entries.append(Entry(line=line, columns=columns))
    form = "xlsx" if name.lower().endswith(".xlsx") else "csv"
    return Given(name=name, sha256=digest(content), form=form, entries=tuple(entries), head=tuple(filter(None, names)))
