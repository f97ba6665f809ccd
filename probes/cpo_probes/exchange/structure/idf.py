"""IDF 3.0: every record of every section by the table rules/data/idf.yaml, and outlines that are closed.

Of other revisions only the sections are looked at.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import MOST, UNCHECKED, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_CLAUSE = "IDF 3.0"
_EVERY = 0xFFF
_LINE = r"[^\r\n]++"
_FIELD = r'"[^"]*+"|[^\s"]++'
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_INTEGER = r"[-+]?+[0-9]++"
_LONGEST = 4096  # octets of a line that are read
_WHOLE = 1e-4  # how far the first and the last point of a loop may be apart, in units of the file
_CIRCLE = 360.0


class _Section(msgspec.Struct, frozen=True):
    opening: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    records: tuple[tuple[str, ...], ...] = ()
    outline: bool = False
    properties: tuple[str, ...] = ()
    required: bool = False


class _Record(msgspec.Struct, frozen=True):
    at: int
    fields: tuple[str, ...]


def idf(data: Octets, rules: dict[str, Any], checkpoint: Callable[[], None]) -> Found:
    """The header, the sections, their records; `rules` is the table."""
    return _Reading(rules).read(data, checkpoint)


class _Reading:
    def __init__(self, table: dict[str, Any]) -> None:
        self._table = table
        self._sections: dict[str, _Section] = {}
        self._problems: list[Problem] = []
        self._names: list[str] = []
        self._inside = ""
        self._section: _Section | None = None
        self._records = 0
        self._loop: list[_Record] = []
        self._known = self._board = False  # the revision is the one of the table; the file is of a board or panel
        self._number, self._integer = patterns.standard(_NUMBER, text=True), patterns.standard(_INTEGER, text=True)

    def read(self, data: Octets, checkpoint: Callable[[], None]) -> Found:
        for step, record in enumerate(_records(data)):
            if not step & _EVERY:
                checkpoint()
            if record.fields[0].startswith("."):
                if not self._edge(record):
                    break
            else:
                self._take(record)
            if len(self._problems) >= MOST:
                break
        else:
            self._over(len(data))
        whole = self._known and not self._problems
        facts = {"sections": self._names[:MOST]}
        return Found(problems=tuple(self._problems[:MOST]), open_because=None if whole else UNCHECKED, facts=facts)

    def _over(self, at: int) -> None:
        """The file ends: every section is closed, and those that must be there were there."""
        if self._inside:
            self._problems.append(ends(f".END_{self._inside[:40]}", at, _CLAUSE))
        elif not self._names:
            self._problems.append(ends(".HEADER", at, _CLAUSE))
        elif self._known:
            due = [name for name, section in self._sections.items() if section.required]
            if due and not any(name in self._names for name in due):
                self._problems.append(ends(f".{due[0]}", at, _CLAUSE))

    def _edge(self, record: _Record) -> bool:
        """A section begins or ends; False where the nesting is broken."""
        name = record.fields[0][1:].upper()
        closes = name.startswith("END_")
        if not name or closes != bool(self._inside) or (closes and name[4:] != self._inside):
            due = f".END_{self._inside[:40]}" if self._inside else "a section"
            self._problems.append(expected(due, record.at, _CLAUSE))
            return False
        if closes:
            self._closed(record.at)
            self._inside, self._section = "", None
            return True
        self._inside, self._records, self._loop = name, 0, []
        self._names.append(name[:40])
        if name == "HEADER":
            self._section = None
        elif self._known:
            self._section = self._sections.get(name)
            if self._section is None:
                self._problems.append(expected("a section of this kind of file", record.at, _CLAUSE))
            else:
                self._fits(_Record(record.at, record.fields[1:]), self._section.opening)
        return True

    def _take(self, record: _Record) -> None:
        if not self._inside:
            if self._known or not self._names:
                self._problems.append(expected("a section", record.at, _CLAUSE))
            return
        number = self._records
        self._records += 1
        if self._inside == "HEADER":
            self._header(record, number)
        elif self._section is not None:
            self._body(record, number, self._section)

    def _header(self, record: _Record, number: int) -> None:
        if number == 0:
            version = record.fields[1] if len(record.fields) > 1 else ""
            kind = self._table["files"].get(record.fields[0].upper())
            self._known = version in ("3", "3.0", "3.00") and kind is not None
            if self._known:
                sections = self._table["sections"][kind]
                self._sections = {name: msgspec.convert(row, _Section) for name, row in sections.items()}
                self._board = kind == "board"
        if self._known and number < (2 if self._board else 1):
            self._fits(record, tuple(self._table["header"][number]))

    def _body(self, record: _Record, number: int, section: _Section) -> None:
        if section.first and number == 0:
            self._fits(record, section.first)
        elif section.properties and record.fields[0].upper() == "PROP":
            self._fits(_Record(record.at, record.fields[1:]), section.properties)
        elif section.outline:
            if self._fits(record, ("integer", "number", "number", "number")):
                if self._loop and self._loop[-1].fields[0] != record.fields[0]:
                    self._loop_closed()
                self._loop.append(record)
        elif section.records:
            self._fits(record, section.records[number % len(section.records)])

    def _closed(self, at: int) -> None:
        """A section ends: its records are there, its last loop is closed."""
        section = self._section
        if self._inside == "HEADER" and self._known and self._records < (2 if self._board else 1):
            self._problems.append(expected("a record of the header", at, _CLAUSE))
        if section is None:
            return
        if self._loop:
            self._loop_closed()
        if (section.first and not self._records) or (section.records and self._records % len(section.records)):
            self._problems.append(expected(f"a record of {self._inside[:40]}", at, _CLAUSE))

    def _loop_closed(self) -> None:
        """A loop is a circle (two points, the second at 360°), or ends where it begins."""
        loop, self._loop = self._loop, []
        first, last = loop[0], loop[-1]
        if len(loop) == 2 and abs(float(last.fields[3])) == _CIRCLE:
            return
        apart = max(abs(float(first.fields[place]) - float(last.fields[place])) for place in (1, 2))
        if len(loop) < 3 or not apart <= _WHOLE:
            begin, end = ("{} {}".format(*point.fields[1:3])[:40] for point in (first, last))
            self._problems.append(differs("the end of a loop", begin, end, last.at, _CLAUSE))

    def _fits(self, record: _Record, wanted: tuple[str, ...]) -> bool:
        least = sum(1 for kind in wanted if not kind.endswith("?"))
        if not least <= len(record.fields) <= len(wanted):
            due = f"{least} fields" if least == len(wanted) else f"{least} to {len(wanted)} fields"
            self._problems.append(expected(due, record.at, _CLAUSE))
            return False
        for field, kind in zip(record.fields, wanted, strict=False):
            if not self._is(field, kind.rstrip("?")):
                self._problems.append(expected(kind.rstrip("?").replace("|", ", "), record.at, _CLAUSE))
                return False
        return True

    def _is(self, field: str, kind: str) -> bool:
        match kind:
            case "text":
                return True
            case "number":
                return self._number.fullmatch(field) is not None
            case "integer":
                return self._integer.fullmatch(field) is not None
            case _:
                return field.upper() in kind.split("|")


def _records(data: Octets) -> Iterator[_Record]:
    """Lines that are neither empty nor a comment, as fields without their quotation marks."""
    field = patterns.standard(_FIELD, text=True)
    for line in patterns.standard(_LINE).finditer(data):
        text = line.group()[:_LONGEST].decode("latin-1")
        body = text.lstrip()
        if body and not body.startswith("#"):
            fields = tuple(found.group().strip('"') for found in field.finditer(body))
            if fields:
                yield _Record(line.start() + len(text) - len(body), fields)
