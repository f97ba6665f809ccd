"""Instances of a well-formed Part 21 file held against a schema in EXPRESS: entities, values, references.

As with the syntax, one pattern takes nearly all of the file; it is made of what occurs. Where it stops, one instance is
read value by value, which also tells what is wrong with it. What references ask for is known when all has been read;
only where something is wrong with one the file is read again, to say where. Memory follows the highest name.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from mmap import ALLOCATIONGRANULARITY, mmap
from typing import Any

import msgspec

from cpo_probes.exchange.express.slots import Model, Slot
from cpo_probes.exchange.part21.header import schema as schema_of
from cpo_probes.exchange.part21.header import values
from cpo_probes.exchange.part21.records import Octets, Records
from cpo_probes.exchange.part21.tokens import SEPARATOR
from cpo_probes.exchange.step.references import References, leaves
from cpo_probes.exchange.step.runs import Runs, Shape
from cpo_probes.exchange.step.shapes import Shapes, shapes_of
from cpo_probes.exchange.step.values import Fitting, Misfit, Typed, Value, records

MOST = 20  # errors that are listed; reading stops there
_CHUNK = 2**20
_RELEASE = 8 * 2**20
_WORTH = 32  # instances outside of the pattern, after which it is made anew
_REMADE = 12  # times that it is made anew
_SLOW = 500_000  # instances that are read one by one

_DATA = re.compile(rb"DATA" + SEPARATOR + rb"(?:\(|;)")
_NUMBER = re.compile(rb"#[0-9]++")


class Error(msgspec.Struct, frozen=True):
    """Something that is not as the schema says, at octet `byte`; `clause` is that of ISO 10303-21:2016."""

    code: str
    byte: int
    clause: str
    params: dict[str, Any]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the check found. `foreign`: none of the entities is in the schema, so that nothing can be said."""

    errors: tuple[Error, ...]
    read: int
    """Instances that were read one by one."""
    foreign: bool = False
    whole: bool = True
    """Every instance was looked at."""


def check(
    data: Octets, model: Model, checkpoint: Callable[[], None] = lambda: None, schema: str | None = None
) -> Outcome:
    """Hold the instances of `data`, whose syntax is right, against a model.

    With `schema` only the data sections are read that name it as theirs (edition 3, 11.1).
    """
    shapes = shapes_of(model)
    references = References(len(data))
    reading = _Reading(data, shapes, references, checkpoint, schema)
    outcome = reading.run()
    if outcome.foreign or len(outcome.errors) >= MOST:
        return outcome
    references.compare()
    if references.wrong:
        outcome = _Reading(data, shapes, references, checkpoint, schema).run()
    whole = outcome.whole and references.whole
    return msgspec.structs.replace(outcome, whole=whole)


class _Stop(Exception):
    """Enough errors."""


class _Reading:
    """One reading of a file; the second one knows what the references lead to."""

    def __init__(
        self,
        data: Octets,
        shapes: Shapes,
        references: References,
        checkpoint: Callable[[], None],
        schema: str | None,
    ) -> None:
        self.data, self.shapes, self.references, self.checkpoint = data, shapes, references, checkpoint
        self.schema = schema
        self.reader = Records(data, True, checkpoint)
        self.fitting = Fitting(shapes.model, self._refer)
        self.runs = Runs(references)
        self.inside: frozenset[Shape] = frozenset()  # shapes that the pattern takes
        self.outside: Counter[Shape] = Counter()
        self.told: set[Shape] = set()
        self.remade = 0
        self.run_of: Any = None
        self.errors: list[Error] = []
        self.known = self.read = 0
        self.released = 0

    def run(self) -> Outcome:
        try:
            at = 0
            while (found := _next_data(self.data, self.reader, at, self.schema)) is not None:
                at = self._section(found)
        except _Stop:
            pass
        if self.errors and not self.known:
            return Outcome(errors=(), read=self.read, foreign=True)
        whole = self.read <= _SLOW and not self.fitting.gave_up
        return Outcome(errors=tuple(self.errors), read=self.read, whole=whole)

    def _section(self, at: int) -> int:
        """From the first instance of a data section to after its ENDSEC."""
        while True:
            self._breathe(at)
            base, chunk = at, bytes(self.data[at : at + _CHUNK])
            while at - base < len(chunk):
                if self.run_of is not None:
                    end = base + self.run_of.match(chunk, at - base).end()
                    if end > at:
                        self.known += 1
                        for suspect in self.runs.take(chunk[at - base : end - base]):
                            self._instance(at + suspect)
                    at = end
                at = self.reader.skip(at)
                if self.data[at : at + 6] == b"ENDSEC":
                    return at + 6
                at = self._instance(at)

    def _instance(self, at: int) -> int:
        """One instance that the pattern did not take, or that deserves a closer look."""
        self.read += 1
        if self.read > _SLOW:
            raise _Stop
        end = self.reader.instance(at)
        number = _NUMBER.match(self.data, at)
        name = number.group() if number else b"#0"
        body = self.reader.skip(self.data.find(b"=", at) + 1)
        opening = bytes(self.data[body : body + 1])
        if opening == b"&":
            return end  # a SCOPE of edition 1
        found = records(self.data, body, end)
        shape = opening == b"(", tuple(record.keyword for record in found)
        known = self.shapes.known(shape)
        significant = name[1:].lstrip(b"0")
        if len(significant) <= _DIGITS:
            self.references.define(int(significant or b"0"), self.references.kinds.of(known.kinds))
        if known.kinds:
            self.known += 1
            if shape not in self.inside:
                self.outside[shape] += 1
        for error in self._errors(name.decode(), shape, found):
            self.errors.append(error)
            if len(self.errors) >= MOST:
                raise _Stop
        if self.outside.total() >= _WORTH and self.remade < _REMADE:
            self._remake()
        return end

    def _remake(self) -> None:
        """Make the pattern anew, with what has occurred outside of it."""
        self.inside |= frozenset(self.outside)
        self.outside.clear()
        self.remade += 1
        self.run_of, taken, longest = self.shapes.pattern(self.inside)
        self.runs.bound(longest)
        for shape in taken:
            if shape not in self.told:
                known = self.shapes.known(shape)
                self.runs.tell(shape, known.kinds, [self.shapes.rules(slots) for slots in known.slots])
                self.told.add(shape)

    def _refer(self, wanted: frozenset[str], name: bytes) -> str | None:
        """What the instance of this name is, where it is known to be none of what is wanted."""
        digits = name[1:].lstrip(b"0")
        if name[:1] != b"#" or not digits.isdigit() or len(digits) > _DIGITS:
            return None
        want = self.references.wants.of(wanted)
        self.references.ask(int(digits), want)
        found = self.references.misfit(int(digits), want)
        return None if found is None else ", ".join(leaves(self.shapes.model, found)).upper()[:_LONGEST]

    def _errors(self, instance: str, shape: Shape, found: list[Typed]) -> Iterator[Error]:
        known = self.shapes.known(shape)
        for number, record in enumerate(found):
            entity = record.keyword
            told = {"instance": instance, "entity": entity.upper()}
            if entity.startswith("!"):
                continue  # user-defined (12.3): no matter of the schema
            if entity not in self.shapes.model.entities:
                yield Error("instances.unknown_entity", record.at, "12.2", told)
                continue
            faults = [fault for which, fault in known.faults if which == number]
            for code, params in faults:
                yield Error(code, record.at, "12.2.5", told | params)
            if faults:
                continue
            slots = known.slots[number]
            if len(slots) != len(record.values):
                numbers = {"wanted": len(slots), "found": len(record.values)}
                yield Error("instances.count", record.at, "12.2", told | numbers)
                continue
            for slot, value in zip(slots, record.values, strict=True):
                misfit = _slot_misfit(self.fitting, slot, value)
                if misfit is not None:
                    yield Error(misfit.code, record.at, "12", told | {"attribute": slot.name} | misfit.params)

    def _breathe(self, at: int) -> None:
        self.checkpoint()
        if isinstance(self.data, mmap) and at - self.released >= _RELEASE and hasattr(self.data, "madvise"):
            from mmap import MADV_DONTNEED

            self.data.madvise(MADV_DONTNEED, 0, at // ALLOCATIONGRANULARITY * ALLOCATIONGRANULARITY)
            self.released = at


_DIGITS = 18
_LONGEST = 200


def _slot_misfit(fitting: Fitting, slot: Slot, value: Value) -> Misfit | None:
    if value == b"*":
        return None if slot.derived else Misfit("instances.derived", {})
    if slot.derived:
        return Misfit("instances.not_derived", {})
    if value == b"$":
        return None if slot.optional else Misfit("instances.missing", {})
    return fitting.misfit(slot.type, value)


def _next_data(data: Octets, reader: Records, at: int, schema: str | None) -> int | None:
    """Where the first instance of the next data section stands; the sections before it are stepped over."""
    while at < len(data):
        if at:
            at = reader.skip(at)
            if data[at : at + 1] == b";":
                at = reader.skip(at + 1)
            match = _DATA.match(data, at)
            if match is not None:
                at, governed = match.end(), ""
                if data[at - 1 : at] == b"(":
                    closed = reader.parameters(at)
                    governed = _governed(data, at, closed)
                    at = reader.expect(closed, b";", "11.1")
                if schema is None or governed == schema:
                    return at
            elif data[at : at + 4] == b"END-":
                return None
        at = _section_end(data, at)
    return None


def _governed(data: Octets, opened: int, closed: int) -> str:
    """The schema of a data section, in lower case (11.1)."""
    stated = values(data, opened, closed) or []
    named = stated[1] if len(stated) == 2 and isinstance(stated[1], list) else []
    return schema_name(str(named[0])) if len(named) == 1 else ""


def schema_name(stated: str) -> str:
    """A name of a schema as it compares: without its object identifier, in lower case."""
    return schema_of(stated).name.lower()


def _section_end(data: Octets, at: int) -> int:
    """After the ENDSEC that is in no string and no comment."""
    match = _OVER.match(data, at)
    return match.end() if match else len(data)


_OVER = re.compile(rb"(?:[^'/E]++|'[^']*+'|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/|/|(?!ENDSEC)E)*+ENDSEC")
