"""Instances of a well-formed Part 21 file held against a schema in EXPRESS: entities, numbers of attributes, values.

As with the syntax, one pattern takes nearly all of the file; it is made of the entities that occur. Where it stops, one
instance is read value by value, which also tells what is wrong with it. Memory does not grow with the file.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from mmap import ALLOCATIONGRANULARITY, mmap
from typing import Any

import msgspec

from cpo_probes.exchange.express_model import Aggregate, AnyType, Named, Simple
from cpo_probes.exchange.express_slots import Model, Slot
from cpo_probes.exchange.part21_records import Octets, Records
from cpo_probes.exchange.part21_tokens import GAP, SEPARATOR, linear
from cpo_probes.exchange.step_values import Fitting, Patterns, Typed, Value, records

MOST = 20  # errors that are listed; reading stops there
_CHUNK = 2**20
_RELEASE = 8 * 2**20
_WORTH = 32  # instances of entities outside of the pattern, after which it is made anew
_REMADE = 12  # times that it is made anew
_SLOW = 200_000  # instances that are read one by one
_LONGEST = {True: 512 * 2**10, False: 128 * 2**10}  # octets of the pattern, for the fast engine and the other
_SHOWN = 40

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
    """Every instance was looked at, as far as its values go."""


def check(data: Octets, model: Model, checkpoint: Callable[[], None] = lambda: None) -> Outcome:
    """Hold the instances of `data`, whose syntax is right, against a schema."""
    return _Check(data, model, checkpoint).run()


class _Stop(Exception):
    """Enough errors."""


class _Check:
    def __init__(self, data: Octets, model: Model, checkpoint: Callable[[], None]) -> None:
        self.data, self.model, self.checkpoint = data, model, checkpoint
        self.reader = Records(data, True, checkpoint)
        self.shape = _shapes(model)
        self.fitting = Fitting(model)
        self.inside: frozenset[tuple[str, bool]] = frozenset()  # entities that the pattern takes, and how mapped
        self.outside: Counter[tuple[str, bool]] = Counter()
        self.remade = 0
        self.run_of: Any = None
        self.errors: list[Error] = []
        self.known = self.read = 0
        self.released = 0

    def run(self) -> Outcome:
        try:
            at = 0
            while (found := _next_data(self.data, self.reader, at)) is not None:
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
                    self.known += end > at
                    at = end
                at = self.reader.skip(at)
                if self.data[at : at + 6] == b"ENDSEC":
                    return at + 6
                at = self._instance(at)

    def _instance(self, at: int) -> int:
        """One instance that the pattern did not take."""
        self.read += 1
        if self.read > _SLOW:
            raise _Stop
        end = self.reader.instance(at)
        name = _NUMBER.match(self.data, at)
        body = self.data.find(b"=", at) + 1
        if bytes(self.data[self.reader.skip(body) : self.reader.skip(body) + 1]) == b"&":
            return end  # a SCOPE of edition 1
        found = records(self.data, body, end)
        external = bytes(self.data[self.reader.skip(body) : self.reader.skip(body) + 1]) == b"("
        for error in _errors(self.model, self.fitting, name.group().decode() if name else "", found, external):
            self.errors.append(error)
            if len(self.errors) >= MOST:
                raise _Stop
        for record in found:
            if record.keyword in self.model.entities:
                self.known += 1
                if (record.keyword, external) not in self.inside:
                    self.outside[record.keyword, external] += 1
        if self.outside.total() >= _WORTH and self.remade < _REMADE:
            self.inside |= frozenset(self.outside)
            self.outside.clear()
            self.remade += 1
            self.run_of = self.shape.pattern(self.inside)
        return end

    def _breathe(self, at: int) -> None:
        self.checkpoint()
        if isinstance(self.data, mmap) and at - self.released >= _RELEASE and hasattr(self.data, "madvise"):
            from mmap import MADV_DONTNEED

            self.data.madvise(MADV_DONTNEED, 0, at // ALLOCATIONGRANULARITY * ALLOCATIONGRANULARITY)
            self.released = at


def _next_data(data: Octets, reader: Records, at: int) -> int | None:
    """Where the first instance of the next data section stands; the sections before it are stepped over."""
    while at < len(data):
        if at:
            at = reader.skip(at)
            if data[at : at + 1] == b";":
                at = reader.skip(at + 1)
            match = _DATA.match(data, at)
            if match is not None:
                at = match.end()
                if data[at - 1 : at] == b"(":
                    at = reader.expect(reader.parameters(at), b";", "11.1")
                return at
            if data[at : at + 4] == b"END-":
                return None
        at = _section_end(data, at)
    return None


def _section_end(data: Octets, at: int) -> int:
    """After the ENDSEC that is in no string and no comment."""
    match = _OVER.match(data, at)
    return match.end() if match else len(data)


_OVER = re.compile(rb"(?:[^'/E]++|'[^']*+'|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/|/|(?!ENDSEC)E)*+ENDSEC")


class _Shapes:
    """The pattern for the instances of the entities that occur in a file."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._fast = linear(b"a") is not None
        self._patterns = Patterns(model, lookahead=not self._fast)
        self._made: dict[frozenset[tuple[str, bool]], Any] = {}

    def pattern(self, entities: frozenset[tuple[str, bool]]) -> Any:
        """A run of instances of these entities, each in internal or in external mapping."""
        if entities not in self._made:
            if len(self._made) >= 8:
                self._made.clear()
            left_over = _LONGEST[self._fast]
            bodies: list[bytes] = []
            inner: list[bytes] = []
            for name, external in sorted(entities):
                pattern = self._record(name, external=external)
                if pattern is not None and len(pattern) <= left_over:
                    left_over -= len(pattern)
                    (inner if external else bodies).append(pattern)
            if inner:
                bodies.append(rb"\(" + GAP + rb"(?:(?:" + b"|".join(inner) + rb")" + GAP + rb")++\)")
            left = rb"#[0-9]++" + GAP + rb"=" + GAP
            source = rb"(?:" + SEPARATOR + left + rb"(?:" + (b"|".join(bodies) or rb"#") + rb")" + GAP + rb";)*+"
            self._made[entities] = linear(source) if self._fast else re.compile(source)
        return self._made[entities]

    def _record(self, name: str, *, external: bool) -> bytes | None:
        model = self._model
        if external:
            return self._patterns.record(name, model.own_slots(name), external=True)
        if model.entities[name].abstract:
            return None
        return self._patterns.record(name, model.slots(name))


def _shapes(model: Model) -> _Shapes:
    """Kept for the next file of the same schema."""
    found = _KEPT.get(id(model))
    if found is None or found[0] is not model:
        _KEPT.clear()
        found = (model, _Shapes(model))
        _KEPT[id(model)] = found
    return found[1]


_KEPT: dict[int, tuple[Model, _Shapes]] = {}


def _errors(model: Model, fitting: Fitting, instance: str, found: list[Typed], external: bool) -> Iterator[Error]:
    for record in found:
        entity = record.keyword
        told = {"instance": instance, "entity": entity.upper()}
        if entity.startswith("!"):
            continue  # user-defined (12.3): no matter of the schema
        if entity not in model.entities:
            yield Error("instances.unknown_entity", record.at, "12.2", told)
            continue
        if model.entities[entity].abstract and not external:
            yield Error("instances.abstract", record.at, "12.2.5", told)
            continue
        slots = model.own_slots(entity) if external else model.slots(entity)
        if len(slots) != len(record.values):
            numbers = {"wanted": len(slots), "found": len(record.values)}
            yield Error("instances.count", record.at, "12.2", told | numbers)
            continue
        for slot, value in zip(slots, record.values, strict=True):
            error = _slot_error(fitting, slot, value, external)
            if error is not None:
                code, params = error
                yield Error(code, record.at, "12", told | {"attribute": slot.name} | params)


def _slot_error(fitting: Fitting, slot: Slot, value: Value, external: bool) -> tuple[str, dict[str, str]] | None:
    if value == b"*":
        return None if slot.derived or external else ("instances.derived", {})
    if slot.derived:
        return "instances.not_derived", {}
    if value == b"$":
        return None if slot.optional else ("instances.missing", {})
    if fitting.fits(slot.type, value):
        return None
    return "instances.value", {"wanted": _said(slot.type), "found": _shown(value)}


def _said(declared: AnyType) -> str:
    match declared:
        case Simple(name=name):
            return name.upper()
        case Named(name=name) | Aggregate(kind=name):
            return name.upper()
        case _:
            return type(declared).__name__.upper()


def _shown(value: Value) -> str:
    match value:
        case bytes():
            return value[:_SHOWN].decode("ascii", "backslashreplace")
        case Typed():
            return f"{value.keyword.upper()}(…)"[:_SHOWN]
        case _:
            return "(…)"
