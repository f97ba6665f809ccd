"""Claims from a table: CSV or a workbook, or the tables of a Word or PDF document.

Columns: id, claim, text; person where given. Instead of the column claim there may be one for each answer (yes, partly,
no), with a mark in one of them.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from cpo_scan.layers.source import read_bytes, unknown_criterion
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.tables import read_rows

_WORDS = {
    "yes": Word.YES, "ja": Word.YES, "partly": Word.PARTLY, "teilweise": Word.PARTLY, "no": Word.NO, "nein": Word.NO,
    "not_applicable": Word.NOT_APPLICABLE, "not applicable": Word.NOT_APPLICABLE, "n/a": Word.NOT_APPLICABLE,
    "nicht anwendbar": Word.NOT_APPLICABLE,
}  # fmt: skip
_NAMES = {"criterion": "id", "kriterium": "id", "aussage": "claim", "begründung": "text", "explanation": "text",
          "erläuterung": "text"}  # fmt: skip
_BOX = re.compile(r"([☐☒☑✓✔✗✘])\s*([^☐☒☑✓✔✗✘]*)")
_EMPTY = "☐"
_MARKS = frozenset(("x", "☒", "☑", "✓", "✔", "✗", "✘"))
_DOCUMENTS = (".docx", ".pdf")
_DOCUMENT_SIZE = 32 * 2**20  # bytes; a document may hold pictures
ENDINGS = (".csv", ".xlsx", *_DOCUMENTS)
"""Of files in which claims stand in tables."""


class _Row(msgspec.Struct, frozen=True):
    """A row below a head: where it stands, and its cells by column."""

    place: str
    cells: dict[str, str]


def read_table(name: str, rulebook: Rulebook) -> tuple[Claim, ...]:
    """The claims of a table, or of all tables of a document whose first row names the columns. A row without a claim
    claims nothing. Raises RuleError with the place."""
    document = name.lower().endswith(_DOCUMENTS)
    claims: dict[str, Claim] = {}
    seen: set[str] = set()
    last: str | None = None
    for row in _of_document(name) if document else _of_table(name):
        identity, said, text = (row.cells.get(column, "") for column in ("id", "claim", "text"))
        if document:
            identity, text = _criterion_in(identity, rulebook), " ".join(text.split())
        if not identity:
            if document and text and not said and last in claims:  # a row that goes on over the page
                joined = f"{claims[last].text or ''} {text}".strip()
                claims[last] = msgspec.structs.replace(claims[last], text=joined)
            elif said or text:
                raise RuleError(f"{row.place}: no criterion stands in the column id")
            continue
        if identity not in rulebook.catalogue.criteria:
            raise RuleError(f"{row.place}: {unknown_criterion(identity, rulebook.catalogue)}")
        if identity in seen:
            raise RuleError(f"{row.place}: {identity} stands here twice")
        seen.add(identity)
        last = identity
        if (word := _word(row)) is not None:
            claims[identity] = Claim(
                claim=word, criterion=identity, text=text or None, person=row.cells.get("person") or None
            )
    return tuple(claims.values())


def _word(row: _Row) -> Word | None:
    """What a row claims: the word in its column claim, the box that is checked in it, or the column with a mark."""
    said = row.cells.get("claim", "")
    if not said:
        marked = [column for column in row.cells if column in _WORDS and row.cells[column].strip().lower() in _MARKS]
        if len(marked) > 1:
            raise RuleError(f"{row.place}: marks in {' and '.join(marked)}: one claim is expected")
        return _WORDS[marked[0]] if marked else None
    words = [said]
    if boxes := _BOX.findall(said):
        words = [label.strip() for sign, label in boxes if sign != _EMPTY]
        if not words:
            return None
    plain = " ".join(words[0].split()).lower()
    if len(words) > 1 or plain not in _WORDS:
        raise RuleError(f"{row.place}: {said[:60]!r} is no claim: yes, partly, no or not_applicable is expected")
    return _WORDS[plain]


def _columns(head: Iterable[str]) -> dict[str, int]:
    plain = [" ".join(cell.split()).lower() for cell in head]
    columns: dict[str, int] = {}
    for at, cell in enumerate(plain):
        columns.setdefault(_NAMES.get(cell, cell), at)
    return columns


def _missing(columns: dict[str, int]) -> str | None:
    """The column that a table of claims lacks."""
    if "id" not in columns:
        return "id"
    return None if "claim" in columns or sum(column in _WORDS for column in columns) > 1 else "claim"


def _cells(columns: dict[str, int], cells: list[str]) -> dict[str, str]:
    return {column: cells[at].strip() for column, at in columns.items() if at < len(cells)}


def _of_table(name: str) -> Iterator[_Row]:
    rows = read_rows(name, read_bytes(name))
    line, head = next(rows, (1, []))
    columns = _columns(head)
    if missing := _missing(columns):
        raise RuleError(f"{name}:{line}: no column {missing!r}: the first line names id, claim and text")
    for line, cells in rows:
        yield _Row(f"{name}:{line}", _cells(columns, cells))


def _of_document(name: str) -> Iterator[_Row]:
    """The rows of all tables that have the head; one without it, right after and as wide, goes on with it."""
    columns: dict[str, int] = {}
    width = found = 0
    for place, table in _tables(name):
        first = _columns(table[0]) if table else {}
        if not _missing(first):
            columns, width, found = first, len(table[0]), found + 1
        elif not table or not columns or len(table[0]) != width:
            columns = {}
            continue
        start = 0 if _missing(first) else 1
        for number, cells in enumerate(table[start:], start + 1):
            yield _Row(f"{name}: {place}, row {number}", _cells(columns, cells))
    if not found:
        raise RuleError(
            f"{name}: no table whose first row names id and claim (and text); in a PDF its cells need lines around"
            " them. Give the statement as DOCX, XLSX, CSV or YAML where it has none"
        )


def _tables(name: str) -> Iterator[tuple[str, list[list[str]]]]:
    content = read_bytes(name, _DOCUMENT_SIZE)
    if name.lower().endswith(".docx"):
        from cpo_scan.rulebook.word_tables import word_tables

        yield from ((f"table {number}", table) for number, table in enumerate(word_tables(name, content), 1))
    else:
        from cpo_scan.rulebook.pdf_tables import pdf_tables

        tables = pdf_tables(name, content)
        yield from ((f"page {page}, table {at}", table) for at, (page, table) in enumerate(tables, 1))


def _criterion_in(cell: str, rulebook: Rulebook) -> str:
    """The id in a cell, also where the title stands behind it, or a narrow column breaks it."""
    known = rulebook.catalogue.criteria
    words = cell.split()
    if not words or "".join(words) in known:
        return "".join(words)
    return words[0] if words[0] in known else " ".join(words)
