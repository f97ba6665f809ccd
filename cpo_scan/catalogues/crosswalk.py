"""Crosswalks: which criterion of a catalogue is which requirement of another scheme (n:m), from YAML or a table."""

import msgspec

from cpo_scan.catalogues.mapping import RELATIONS
from cpo_scan.model.assessment import Mapping as MappedTo
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleError, parse_rules
from cpo_scan.rulebook.tables import read_rows

_COLUMNS = ("criterion", "scheme", "version", "id", "relation")


class CrosswalkRow(msgspec.Struct, frozen=True):
    """One pair: a criterion, and a requirement elsewhere. `line` is where it stands."""

    criterion: str
    to: MappedTo
    line: int


class Crosswalk(msgspec.Struct, frozen=True):
    """A file of pairs."""

    name: str
    sha256: str
    rows: tuple[CrosswalkRow, ...]


def read_crosswalk(name: str, content: bytes) -> Crosswalk:
    """A crosswalk from its bytes: YAML, or by its ending a table (CSV, XLSX) with the columns criterion, scheme,
    version, id and relation. Raises RuleError with file and line."""
    if not name.lower().endswith((".csv", ".tsv", ".xlsx")):
        from cpo_scan.rulebook.rule_yaml import lines_of

        file = parse_rules(name, content, "crosswalk")
        lines = lines_of(content, [["rows", number] for number in range(len(file.data["rows"]))])
        rows = [
            CrosswalkRow(row["criterion"], MappedTo(**{key: row[key] for key in _COLUMNS[1:]}), line)
            for row, line in zip(file.data["rows"], lines, strict=True)
        ]
        return Crosswalk(name, file.sha256, tuple(rows))
    return Crosswalk(name, digest(content), tuple(_table(name, content)))


def _table(name: str, content: bytes) -> list[CrosswalkRow]:
    rows = read_rows(name, content)
    line, head = next(rows, (1, []))
    places = {cell.strip().casefold(): at for at, cell in reversed([*enumerate(head)])}
    for column in _COLUMNS:
        if column not in places:
            raise RuleError(f"{name}:{line}: no column {column!r}; expected are: {', '.join(_COLUMNS)}")
    found = []
    for line, cells in rows:
        row = {column: cells[places[column]].strip() if places[column] < len(cells) else "" for column in _COLUMNS}
        if not any(row.values()):
            continue
        for column, cell in row.items():
            if not cell:
                raise RuleError(f"{name}:{line}: the column {column!r} is empty")
        if row["relation"] not in RELATIONS:
            raise RuleError(
                f"{name}:{line}: {row['relation'][:40]!r} is no relation; there are: {', '.join(RELATIONS)}"
            )
        found.append(CrosswalkRow(row["criterion"], MappedTo(**{key: row[key] for key in _COLUMNS[1:]}), line))
    return found
