"""The fixed ASCII form of IGES 5.3 (clause 2.2): sections, sequence numbers, counts, pointers. Pure, in flat memory.

Four octets are kept for each number of a directory entry, and nothing else of a file.
"""

from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from mmap import mmap
from typing import Any

import msgspec

from cpo_probes.exchange.problem import Problem

MOST = 20  # errors that are listed; reading stops there
_RECORD = 80
_ORDER = b"SGDPT"  # 2.2.1
_GLOBAL = 64 * 2**10  # octets of the global section whose values are kept
_LONGEST_LINE = 4_096
_STEPS = 1 << 14  # records between two looks at the clock


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `form` is `ascii`, `compressed` or `binary`; of the last two nothing is read."""

    form: str
    records: dict[str, int] = {}
    """How many records each section has, by its letter."""
    values: tuple[str, ...] = ()
    """The parameters of the global section, strings decoded (2.2.4.3)."""
    types: dict[int, int] = {}
    """How many directory entries there are of each entity type."""
    errors: tuple[Problem, ...] = ()


def check(data: bytes | mmap, checkpoint: Callable[[], None] = lambda: None) -> Report:
    """Read `data` wholly. `checkpoint` is called now and then and may raise to stop."""
    flag = bytes(data[72:73])
    if flag in (b"C", b"B"):
        return Report(form="compressed" if flag == b"C" else "binary")
    return _Check(data, checkpoint).run()


class _Stop(Exception):
    """Enough errors, or nothing sensible can be read any more."""


class _Check:
    def __init__(self, data: bytes | mmap, checkpoint: Callable[[], None]) -> None:
        self.data, self.checkpoint = data, checkpoint
        self.at = self.line = 0  # of the record at hand
        self.records = dict.fromkeys("SGDPT", 0)
        self.globals = bytearray()
        self.pointers, self.lengths, self.kinds = array("i"), array("i"), array("i")
        self.first: tuple[int, int] | None = None  # entity type and pointer in the first record of an entry
        self.errors: list[Problem] = []
        self.types: dict[int, int] = {}

    def run(self) -> Report:
        with suppress(_Stop):
            self._read()
        return Report(
            form="ascii",
            records=self.records,
            values=tuple(_globals(bytes(self.globals))),
            types=dict(sorted(self.types.items())),
            errors=tuple(self.errors),
        )

    def _read(self) -> None:
        section = 0
        for number, record in enumerate(_records(self.data), 1):
            self.at, octets = record
            self.line = number
            if not number % _STEPS:
                self.checkpoint()
            if self.records["T"]:
                if octets.strip(b" \t\0\x1a"):
                    self._error("iges.after_end", 1, "2.2.7")
                    return
                continue
            if len(octets) < _RECORD:
                self._error("iges.short_record", len(octets) + 1, "2.2.1", length=len(octets))
                raise _Stop
            letter = octets[72:73]
            place = _ORDER.find(letter)
            if place < section or (place > 1 and not self.records["G"]):
                self._error("iges.section", 73, "2.2.1", found=letter.decode("latin-1"), section=chr(_ORDER[section]))
                raise _Stop
            section = place
            name = letter.decode()
            self.records[name] += 1
            if _number(octets[73:80]) != self.records[name]:
                self._error("iges.sequence", 74, "2.2.1", section=name, wanted=self.records[name])
            match name:
                case "G":
                    if len(self.globals) < _GLOBAL:
                        self.globals += octets[:72]
                case "D":
                    self._directory(octets)
                case "P":
                    self._parameters(octets)
                case "T":
                    self._terminate(octets)
        if not self.records["T"]:
            self._error("iges.no_end", 1, "2.2.7", section=chr(_ORDER[section]))

    def _directory(self, octets: bytes) -> None:
        """2.2.4.4: two records for an entity, fields of eight columns."""
        kind = _number(octets[:8])
        if self.first is None:
            self.first = (kind, _number(octets[8:16]))
            return
        first, pointer = self.first
        self.first = None
        self.pointers.append(pointer)
        self.lengths.append(_number(octets[24:32], blank=0))
        self.kinds.append(first)
        self.types[first] = self.types.get(first, 0) + 1
        if kind != first:
            self._error("iges.entity_type", 1, "2.2.4.4.11", found=kind, wanted=first)

    def _parameters(self, octets: bytes) -> None:
        """2.2.4.5: columns 66 to 72 hold the number of the directory entry that the record belongs to."""
        number = self.records["P"]
        back = _number(octets[65:72])
        entry = back // 2
        if back < 1 or not back % 2 or entry >= len(self.pointers):
            self._error("iges.back_pointer", 66, "2.2.4.5", found=back, entries=self.records["D"])
            return
        start, length = self.pointers[entry], self.lengths[entry]
        if number < start or (length > 0 and number >= start + length):
            self._error("iges.pointer", 66, "2.2.4.4.2", entry=back, start=start, length=length)
        elif number == start and _leading(octets[:64]) not in (self.kinds[entry], None):
            self._error("iges.parameter_type", 1, "2.2.4.5", found=_leading(octets[:64]), wanted=self.kinds[entry])

    def _terminate(self, octets: bytes) -> None:
        """2.2.7: how many records the other sections have. And what only the whole file shows."""
        if self.first is not None:
            self._error("iges.odd_directory", 73, "2.2.4.4", count=self.records["D"])
        for number, name in enumerate("SGDP"):
            field = octets[8 * number : 8 * number + 8]
            if field[:1] != name.encode() or _number(field[1:]) != self.records[name]:
                found = _number(field[1:])
                self._error("iges.count", 8 * number + 1, "2.2.7", section=name, found=found, wanted=self.records[name])
        for entry, pointer in enumerate(self.pointers):
            most = pointer + max(self.lengths[entry], 1) - 1
            if self.kinds[entry] and not 1 <= pointer <= most <= self.records["P"]:
                self._error("iges.pointer_outside", 1, "2.2.4.4.2", entry=2 * entry + 1, pointer=pointer)

    def _error(self, code: str, column: int, clause: str, **params: Any) -> None:
        self.errors.append(Problem(code, self.at + column - 1, clause, params, self.line, column))
        if len(self.errors) >= MOST:
            raise _Stop


def _records(data: bytes | mmap) -> Iterator[tuple[int, bytes]]:
    """Offset and octets of each record, without its line end. Without line ends a record has 80 octets."""
    head = bytes(data[:128])
    if b"\n" not in head and b"\r" not in head:
        for at in range(0, len(data), _RECORD):
            yield at, bytes(data[at : at + _RECORD])
        return
    ending = b"\n" if b"\n" in head else b"\r"
    at = 0
    while at < len(data):
        end = data.find(ending, at, at + _LONGEST_LINE)
        end = min(len(data), at + _LONGEST_LINE) if end < 0 else end
        yield at, bytes(data[at:end]).rstrip(b"\r")
        at = end + 1


def _number(field: bytes, blank: int = -1) -> int:
    """An integer with blanks around it; -1 where there is none."""
    digits = field.strip()
    if not digits:
        return blank
    sign = -1 if digits[:1] == b"-" else 1
    digits = digits.lstrip(b"+-")
    return sign * int(digits) if digits.isdigit() and len(digits) < 10 else -1


def _leading(octets: bytes) -> int | None:
    """The entity type with which parameter data begin; None where it stands in no plain number."""
    digits = octets.lstrip()
    length = len(digits) - len(digits.lstrip(b"0123456789"))
    return int(digits[:length]) if 0 < length < 10 else None


def _globals(octets: bytes) -> Iterator[str]:
    """The parameters of the global section: Hollerith strings `4HINCH`, numbers, nothing (2.2.2, 2.2.4.3)."""
    delimiter, end, at = b",", b";", 0
    if octets[:2] == b"1H":
        delimiter, at = octets[2:3], 3
    yield delimiter.decode("latin-1")
    at = octets.find(delimiter, at) + 1 or len(octets)
    if octets[at : at + 2] == b"1H":
        end, at = octets[at + 2 : at + 3], at + 3
    yield end.decode("latin-1")
    if octets[at : at + 1] == end:
        return
    at = octets.find(delimiter, at) + 1 or len(octets)
    while at < len(octets):
        start = at
        while octets[at : at + 1].isdigit():
            at += 1
        if at > start and octets[at : at + 1] == b"H" and at - start < 6:
            length = int(octets[start:at])
            yield octets[at + 1 : at + 1 + length].decode("latin-1")
            at += 1 + length
        else:
            while at < len(octets) and octets[at : at + 1] not in (delimiter, end):
                at += 1
            yield octets[start:at].decode("latin-1").strip()
        while octets[at : at + 1] == b" ":
            at += 1
        if octets[at : at + 1] != delimiter:
            return
        at += 1
        while octets[at : at + 1] == b" " and octets[at:].strip():
            at += 1
