"""Checks the clear text encoding of ISO 10303-21, editions 1 to 3: structure, tokens, names. Pure, in flat memory.

Almost all octets are taken by one pattern a megabyte; where it stops, one statement is read token by token and the
place of an error is exact. Syntax (`errors`), header policy and unresolved names (`remarks`) are kept apart: a file can
be well formed and still break the rules of its header.
"""

import mmap
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.part21 import header as part21_header
from cpo_probes.exchange.part21.header import FIELDS, REQUIRED, Header
from cpo_probes.exchange.part21.names import Names, places, uses
from cpo_probes.exchange.part21.records import Broken, Octets, Records
from cpo_probes.exchange.part21.tokens import RESOURCE, SEPARATOR, instance_run
from cpo_probes.exchange.problem import Problem

START, END = b"ISO-10303-21;", b"END-ISO-10303-21;"  # 6.2
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
MOST = 20  # errors that are listed; reading stops there

_SHOWN = 80
_CHUNK = 2**20
_RELEASE = 8 * 2**20  # octets after which mapped pages are given back

_ENDSEC = rb"ENDSEC[\x00-\x20\x7f]*+;"
_NEXT_INSTANCE = re.compile(rb";" + SEPARATOR + rb"(?=#[0-9]++[\x00-\x20\x7f]*+=|" + _ENDSEC + rb")")
_NEXT_ENTITY = re.compile(rb";" + SEPARATOR + rb"(?=[A-Z!_])")
_NEXT_ENTRY = re.compile(rb";" + SEPARATOR + rb"(?=[<#@]|" + _ENDSEC + rb")")
_ANCHOR = re.compile(SEPARATOR.join([RESOURCE, rb"=", rb""]))
_TAG = re.compile(SEPARATOR.join([rb"", rb"\{", rb"[A-Za-z_][A-Za-z0-9_]*+", rb":", rb""]))
_REFERENCE = re.compile(SEPARATOR.join([rb"([#@])([0-9]++)", rb"=", RESOURCE, rb";"]))
_SIGNATURE = re.compile(rb"SIGNATURE(?![A-Za-z0-9_])[\x00-\x20\x7f]*+;?+[A-Za-z0-9+/=\x00-\x20\x7f]*?" + _ENDSEC)
_TEXT_OR_RESOURCE = re.compile(rb"'[^']*+'|" + RESOURCE)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `dangling` counts names that are used and nowhere defined; None where that is not known."""

    header: Header
    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    instances: int
    sections: tuple[str, ...]
    governed: tuple[str, ...]
    """The schema that each data section names, as it is spelled there; empty where a section names none (11.1)."""
    dangling: int | None
    complete: bool
    """Everything was read and compared."""
    schema_at: tuple[int, int, int] | None
    """Where FILE_SCHEMA stands: octet, length, line."""

    @property
    def well_formed(self) -> bool | None:
        """True or False after a whole check of the syntax; None where part was left unread and nothing is wrong."""
        if self.errors:
            return False
        return True if self.complete else None


def check(data: Octets, checkpoint: Callable[[], None] = lambda: None) -> Report:
    """Read `data` wholly. `checkpoint` is called at least once a megabyte and may raise to stop."""
    return _Check(data, checkpoint).run()


class _Stop(Exception):
    """Enough errors, or nothing sensible can be read any more."""


class _Check:
    def __init__(self, data: Octets, checkpoint: Callable[[], None]) -> None:
        self.data, self.checkpoint = data, checkpoint
        self.records = Records(data, True, checkpoint)
        self.names = Names(len(data))
        self.errors: list[Problem] = []
        self.remarks: list[Problem] = []
        self.entities: dict[str, list[Any]] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        self.met: list[str] = []  # header entities of the standard in their order, broken ones too
        self.sections: list[str] = []
        self.governed: dict[str, str] = {}  # schemas of data sections by their names
        self.header = Header()
        self.values: set[int] = set()
        self.complete = False
        self.released = 0

    def run(self) -> Report:
        dangling = None
        try:
            self._exchange_file()
            if not self.errors and self.complete:
                dangling = self._dangling()
        except _Stop:
            pass
        except Broken as broken:
            self.errors.append(_problem(broken))
        return Report(
            header=self.header,
            errors=tuple(placed(self.data, self.errors)),
            remarks=tuple(placed(self.data, self.remarks)),
            instances=self.names.count,
            sections=tuple(self.sections),
            governed=tuple(self.governed.values()),
            dangling=dangling,
            complete=self.complete,
            schema_at=self._schema_at(),
        )

    def _schema_at(self) -> tuple[int, int, int] | None:
        if "FILE_SCHEMA" not in self.spans:
            return None
        opened, closed = self.spans["FILE_SCHEMA"]
        (place,) = placed(self.data, [Problem(code="", byte=opened, clause="")])
        return opened - 1, closed - opened + 1, place.line

    # -- structure (table 3)

    def _exchange_file(self) -> None:
        if bytes(self.data[:3]).startswith(MARKS):
            self._remark("part21.byte_order_mark", 0, "5.2")
            return
        at = self.records.skip(0)
        if self.data[at : at + len(START)] != START:
            raise Broken("part21.start", at, "6.2")
        at = self._header(at + len(START))
        while self.data[(at := self.records.skip(at)) : at + len(END)] != END:
            keyword, after = self.records.keyword(at, "5.5")
            section = keyword.decode()
            if section not in _SECTIONS:
                raise self.records.unexpected(at, "END-ISO-10303-21;", "5.5")
            rank = _SECTIONS.index(section)
            if any(_SECTIONS.index(earlier) > rank - (section != "DATA") for earlier in self.sections):
                self._error(Broken("part21.section_order", at, "5.5", section=section))
            self.sections.append(section)
            at = self._data(at, after) if section == "DATA" else self._entries(section, after)
        # Editions 1 and 2 ask for a data section; edition 3 allows a file that only forwards references (11.1).
        if "DATA" not in self.sections and self.header.edition in (1, 2):
            self._error(Broken("part21.no_data", at, "5.5"))
        at = self.records.skip(at + len(END))
        while match := _SIGNATURE.match(self.data, at):
            self.sections.append("SIGNATURE")
            at = self.records.skip(match.end())
        if at < len(self.data):
            self._error(Broken("part21.after_end", at, "5.5"))
        self.complete = not self.names.overflow
        if self.names.overflow:
            self._remark("part21.too_many_names", 0, "11.1")

    def _header(self, at: int) -> int:
        records = self.records
        first = at = records.expect(records.expect(at, b"HEADER", "8.1"), b";", "8.1")
        while self.data[(at := records.skip(at)) : at + 6] != b"ENDSEC":
            start, keyword = at, b""
            try:
                keyword, after = records.keyword(at)
                if keyword.decode() in _SECTIONS:
                    self._error(Broken("part21.section_open", at, "8.1", section="HEADER"))
                    break
                opened = records.expect(after, b"(", "5.5")
                closed = records.parameters(opened)
                at = records.expect(closed, b";", "5.5")
            except Broken as broken:
                if keyword.decode() in FIELDS and keyword.decode() not in self.met:
                    self.met.append(keyword.decode())  # broken, and neither missing nor the wrong one
                at = self._resume(broken, _NEXT_ENTITY, start)
            else:
                self._entity(keyword.decode(), start, opened, closed)
        else:
            at = records.expect(at + 6, b";", "8.1")
        for missing in REQUIRED:
            if missing not in self.met:
                self._error(Broken("part21.header_missing", at, "8.1", entity=missing))
        self.header = part21_header.read(self.entities)
        for code, params in part21_header.policy(self.entities):
            self._remark(code, self.spans[params.get("entity", _OWNERS.get(code, ""))][0], "8.2", params)
        self._alphabet(first, at)
        return at

    def _entity(self, keyword: str, start: int, opened: int, closed: int) -> None:
        own = any(name.startswith("!") for name in self.spans)
        if keyword.startswith("!"):
            if len(self.met) < len(REQUIRED):
                self._error(Broken("part21.header_order", start, "8.1", entity=keyword))
            self.spans.setdefault(keyword, (opened, closed))
            return
        if keyword not in FIELDS:
            self._error(Broken("part21.header_entity", start, "8.3", entity=keyword))
            return
        if len(self.met) < len(REQUIRED):
            in_order = keyword == REQUIRED[len(self.met)]
        else:
            in_order = keyword not in REQUIRED and not own
        if keyword not in self.met:
            self.met.append(keyword)
        if not in_order:
            self._error(Broken("part21.header_order", start, "8.1", entity=keyword))
        values = part21_header.values(self.data, opened, closed)
        if values is None:
            self._remark("part21.header_large", start, "8.2", {"entity": keyword})
        elif len(values) != FIELDS[keyword]:
            found, wanted = len(values), FIELDS[keyword]
            self._error(Broken("part21.header_fields", start, "8.2", entity=keyword, found=found, wanted=wanted))
        self.spans.setdefault(keyword, (opened, closed))
        self.entities.setdefault(keyword, values or [])

    def _alphabet(self, first: int, after: int) -> None:
        """From here on the edition is known: octets above 127 are UTF-8 in edition 3 and not in the alphabet before."""
        early = self.header.edition in (1, 2)
        self.records = Records(self.data, not early, self.checkpoint)
        if not early:
            self._utf8(bytes(self.data[first:after]), first)
            return
        for opened, _ in self.spans.values():
            try:
                self.records.parameters(opened)
            except Broken as broken:
                self._error(broken)

    def _entries(self, section: str, at: int) -> int:
        """The anchor or the reference section (clauses 9 and 10), from its semicolon to that of ENDSEC."""
        at = self.records.expect(at, b";", "5.5")
        while self.data[(at := self.records.skip(at)) : at + 6] != b"ENDSEC":
            start = at
            self.checkpoint()
            try:
                at = self._anchor(at) if section == "ANCHOR" else self._reference(at)
            except Broken as broken:
                at = self._resume(broken, _NEXT_ENTRY, start)
        return self.records.expect(at + 6, b";", "5.5")

    def _anchor(self, at: int) -> int:
        match = _ANCHOR.match(self.data, at)
        if match is None:
            raise self.records.unexpected(at, "<", "9.1")
        start, at = match.end(), self.records.anchor_item(match.end())
        while tag := _TAG.match(self.data, at):
            at = self.records.skip(self.records.anchor_item(tag.end()))
            at = self.records.expect(at, b"}", "9.1")
        at = self.records.expect(at, b";", "9.1")
        for name, _ in uses(_TEXT_OR_RESOURCE.sub(b"", self.data[start:at])):
            self.names.use(name)
        return at

    def _reference(self, at: int) -> int:
        match = _REFERENCE.match(self.data, at)
        if match is None:
            raise self.records.unexpected(at, "#", "10.1")
        number = int(match[2][-18:])
        if match[1] == b"@":
            fresh = number not in self.values
            self.values.add(number)
        else:
            fresh = self.names.define(number)
            self.names.count -= 1  # a reference is no instance of this file
        if not fresh:
            self._error(Broken("part21.duplicate", at, "10.1", name=f"{match[1].decode()}{number}"))
        return match.end()

    def _data(self, start: int, at: int) -> int:
        at = self.records.skip(at)
        if self.data[at : at + 1] == b"(":
            closed = self.records.parameters(at + 1)
            self._named(at, part21_header.values(self.data, at + 1, closed) or [])
            at = closed
        elif self.sections.count("DATA") > 1:
            self._error(Broken("part21.section_name", start, "11.1"))
        return self._instances(self.records.expect(at, b";", "11.1"))

    def _named(self, at: int, stated: list[Any]) -> None:
        """The name of a data section, which no other has, and its schema, which FILE_SCHEMA lists too."""
        if not (len(stated) == 2 and isinstance(stated[0], str) and isinstance(stated[1], list)):
            self._error(Broken("part21.section_name", at, "11.1"))
            return
        if stated[0] in self.governed:
            self._error(Broken("part21.section_twice", at, "11.1", name=stated[0][:_SHOWN]))
        listed = {schema.name.upper() for schema in self.header.schemas}
        for name in stated[1]:
            if isinstance(name, str) and part21_header.schema(name).name.upper() not in listed:
                self._error(Broken("part21.section_schema", at, "11.1", schema=name[:_SHOWN]))
        only = stated[1][0] if len(stated[1]) == 1 else None
        self.governed[stated[0]] = part21_header.schema(only).name if isinstance(only, str) else ""

    # -- instances

    def _instances(self, at: int) -> int:
        """From the first instance to the semicolon of ENDSEC."""
        run = instance_run(self.records.high)
        while True:
            self._breathe(at)
            chunk = bytes(self.data[at : at + _CHUNK])
            base = at
            while at - base < len(chunk) or not chunk:  # nothing is left: the file ends inside of the section
                whole = run.match(chunk, at - base)
                end = base + whole.end() if whole else at
                if end > at:
                    self._take(chunk[at - base : end - base], at)
                at = self.records.skip(end)
                if self.data[at : at + 6] == b"ENDSEC":
                    return self.records.expect(at + 6, b";", "11.1")
                # Cut by the end of the chunk, nested deeper than the pattern goes, commented, or wrong.
                at = self._instance(at)

    def _instance(self, at: int) -> int:
        self.checkpoint()
        try:
            end = self.records.instance(at)
        except Broken as broken:
            return self._resume(broken, _NEXT_INSTANCE, at)
        self._take(bytes(self.data[at:end]), at)
        return end

    def _take(self, run: bytes, at: int) -> None:
        if not self.names.add(run):
            for name, offset in places(run):
                if not name:
                    self._error(Broken("part21.name_zero", at + offset, "6.4.4", name="#0"))
                elif not self.names.define(name):
                    self._error(Broken("part21.duplicate", at + offset, "11.1", name=f"#{name}"))
        if not run.isascii():
            self._utf8(run, at)

    def _utf8(self, run: bytes, at: int) -> None:
        if not self.records.high:
            return  # an octet that is in no string: a comment
        try:
            run.decode()
        except UnicodeDecodeError as error:
            self._error(Broken("part21.utf8", at + error.start, "5.2", octet=f"{run[error.start]:02X}"))

    def _dangling(self) -> int:
        count, lowest = self.names.dangling(MOST)
        if count:
            names = [f"#{name}" for name in lowest]
            self._remark("part21.dangling", self._first_use(lowest), "12.2", {"count": count, "names": names})
        return count

    def _first_use(self, names: Iterable[int]) -> int:
        wanted = rb"|".join(b"%d" % name for name in names)
        pattern = re.compile(rb"'[^']*+'|(#0*+(?:" + wanted + rb"))(?![0-9])")
        return next((match.start() for match in pattern.finditer(self.data) if match[1] is not None), 0)

    # -- books

    def _resume(self, broken: Broken, pattern: re.Pattern[bytes], start: int) -> int:
        """Where to read on after an error in the statement at `start`."""
        self._error(broken)
        match = pattern.search(self.data, start)
        if match is None or broken.code == "part21.ends":
            raise _Stop
        return match.start() + 1

    def _error(self, broken: Broken) -> None:
        self.errors.append(_problem(broken))
        if len(self.errors) >= MOST:
            raise _Stop

    def _remark(self, code: str, at: int, clause: str, params: dict[str, Any] | None = None) -> None:
        self.remarks.append(Problem(code=code, byte=at, clause=clause, params=params or {}))

    def _breathe(self, at: int) -> None:
        """Between chunks: ask whether to go on, and let go of the pages of a mapped file that were read."""
        self.checkpoint()
        if isinstance(self.data, mmap.mmap) and at - self.released >= _RELEASE and hasattr(mmap, "MADV_DONTNEED"):
            length = at // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
            self.data.madvise(mmap.MADV_DONTNEED, 0, length)
            self.released = at


_SECTIONS = ("ANCHOR", "REFERENCE", "DATA")
_OWNERS = {"part21.header_level": "FILE_DESCRIPTION", "part21.header_time": "FILE_NAME"}


def _problem(broken: Broken) -> Problem:
    return Problem(code=broken.code, byte=broken.at, clause=broken.clause, params=broken.params)


def placed(data: Octets, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems by place, with line and column; a line ends with LF, CR or both."""
    at, line = 0, 1
    for problem in sorted(problems, key=lambda problem: (problem.byte, problem.code)):
        while at < problem.byte:
            part = bytes(data[at : min(at + _CHUNK, problem.byte)])
            line += part.count(b"\n") + part.count(b"\r") - part.count(b"\r\n")
            if at and part[:1] == b"\n" and data[at - 1 : at] == b"\r":
                line -= 1
            at += len(part)
        start = data.rfind(b"\n", 0, problem.byte) + 1
        start = max(start, data.rfind(b"\r", start, problem.byte) + 1)
        yield msgspec.structs.replace(problem, line=line, column=problem.byte - start + 1)
