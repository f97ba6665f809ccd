"""How instances of a schema are written: a pattern for those that occur in a file, and what each asks of others."""

import re
from typing import Any

import msgspec

from cpo_probes.exchange.express.slots import Model, Slot
from cpo_probes.exchange.express.subtypes import Fault, Subtypes
from cpo_probes.exchange.part21.tokens import GAP, SEPARATOR, linear
from cpo_probes.exchange.step.patterns import Patterns, narrowest
from cpo_probes.exchange.step.references import Rule, rule_of
from cpo_probes.exchange.step.runs import Shape

_LONGEST = {True: 512 * 2**10, False: 128 * 2**10}  # octets of the pattern, for the fast engine and the other
_KEPT_PATTERNS = 8
_LISTED = 20
_KEPT_SHAPES = 20_000  # a file of honest origin has some hundred


class Known(msgspec.Struct, frozen=True):
    """What a shape stands for. `kinds`: all entities that such an instance is. `slots`: those of each record.

    `faults`: why there can't be such an instance, with the number of the record.
    """

    kinds: frozenset[str]
    slots: tuple[tuple[Slot, ...], ...]
    faults: tuple[tuple[int, Fault], ...]


class Shapes:
    """The shapes of a model, worked out as they occur."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._subtypes = Subtypes(model)
        self._fast = linear(b"a") is not None
        self._patterns = Patterns(model, lookahead=not self._fast)
        self._made: dict[frozenset[Shape], tuple[Any, list[Shape], int | None]] = {}
        self._known: dict[Shape, Known] = {}
        self._rules: dict[Slot, Rule] = {}

    def known(self, shape: Shape) -> Known:
        """What a shape stands for; its entities need not be in the schema."""
        found = self._known.get(shape)
        if found is None:
            if len(self._known) >= _KEPT_SHAPES:
                self._known.clear()
            found = self._known[shape] = self._work_out(shape)
        return found

    def _work_out(self, shape: Shape) -> Known:
        external, names = shape
        model = self.model
        declared = [name for name in names if name in model.entities]
        kinds = self._subtypes.closed(declared)
        if external:
            anew = model.anew(sorted(kinds, key=lambda kind: (len(self._subtypes.above(kind)), kind)))
            found = {name: model.record_slots(name, anew) for name in declared}
        else:
            found = {name: model.slots(name) for name in declared}
        slots = tuple(found.get(name, ()) for name in names)
        faults: list[tuple[int, Fault]] = []
        if external:
            faults += _written_wrong(names, kinds)
        # What is wrong with a set that is not even complete is no second error.
        if declared and not faults:
            faults += [(0, fault) for fault in self._subtypes.faults(kinds)]
        return Known(kinds, slots, tuple(faults))

    def rules(self, slots: tuple[Slot, ...]) -> list[Rule]:
        """What the attributes ask of references."""
        for slot in slots:
            if slot not in self._rules:
                self._rules[slot] = Rule() if slot.derived else rule_of(self.model, slot.type)
        return [self._rules[slot] for slot in slots]

    def pattern(self, shapes: frozenset[Shape]) -> tuple[Any, list[Shape], int | None]:
        """A run of instances of these shapes; those that it takes; the least of the wide bounds of their texts."""
        if shapes not in self._made:
            if len(self._made) >= _KEPT_PATTERNS:
                self._made.clear()
            self._made[shapes] = self._pattern(shapes)
        return self._made[shapes]

    def _pattern(self, shapes: frozenset[Shape]) -> tuple[Any, list[Shape], int | None]:
        left_over = _LONGEST[self._fast]
        bodies: list[bytes] = []
        taken: list[Shape] = []
        slots: list[Slot] = []
        for shape in sorted(shapes):
            body = self._body(shape)
            if body is not None and len(body) <= left_over:
                left_over -= len(body)
                bodies.append(body)
                taken.append(shape)
                slots += [slot for record in self.known(shape).slots for slot in record]
        left = rb"#[0-9]++" + GAP + rb"=" + GAP
        source = rb"(?:" + SEPARATOR + left + rb"(?:" + (b"|".join(bodies) or rb"#") + rb")" + GAP + rb";)*+"
        compiled = linear(source) if self._fast else re.compile(source)
        return compiled, taken, narrowest(self.model, slots)

    def _body(self, shape: Shape) -> bytes | None:
        """An instance after its equals sign; None where it must be read by itself."""
        known = self.known(shape)
        if known.faults or any(rule.alone for slots in known.slots for rule in self.rules(slots)):
            return None
        records = []
        for name, slots in zip(shape[1], known.slots, strict=True):
            record = self._patterns.record(name, slots) if name in self.model.entities else None
            if record is None:
                return None
            records.append(record)
        return rb"\(" + GAP + GAP.join(records) + GAP + rb"\)" if shape[0] else records[0]


def _written_wrong(names: tuple[str, ...], kinds: frozenset[str]) -> list[tuple[int, Fault]]:
    """12.2.5.3: one record for each entity that the instance is, in the order of their names."""
    faults: list[tuple[int, Fault]] = []
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen and len(faults) < _LISTED:
            faults.append((number, ("instances.record_twice", {"entity": name.upper()})))
        seen.add(name)
    if names not in (tuple(sorted(names, key=str.upper)), tuple(sorted(names, key=_alphabetical))):
        faults.append((0, ("instances.record_order", {})))
    missing = sorted(kinds - seen)
    if missing:
        listed = ", ".join(missing).upper()[:200]
        faults.append((0, ("instances.supertype_missing", {"missing": listed})))
    return faults


def _alphabetical(name: str) -> str:
    """12.2.5.3 does not say where a low line stands in the alphabet: after the letters, as in ASCII, or before them."""
    return name.upper().replace("_", " ")


def shapes_of(model: Model) -> Shapes:
    """Kept for the next file of the same schema."""
    found = _KEPT.get(id(model))
    if found is None or found.model is not model:
        if len(_KEPT) >= _KEPT_MODELS:
            _KEPT.clear()
        found = _KEPT[id(model)] = Shapes(model)
    return found


_KEPT_MODELS = 4
_KEPT: dict[int, Shapes] = {}
