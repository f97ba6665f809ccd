"""Patterns for the records of entities: what they take is right, what they leave is looked at one by one.

Of a list of references that shall be unique, and of texts with a wide bound, they take the shape; the rest is looked at
by `step_runs`.
"""

from collections.abc import Iterator

from cpo_probes.exchange.express.model import Aggregate, AnyType, Enumeration, Named, Select, Simple
from cpo_probes.exchange.express.slots import Model, Slot
from cpo_probes.exchange.part21.tokens import GAP, NAME, listed
from cpo_probes.exchange.step.values import SIMPLE, bounds

NARROW = 64  # characters; a greater width of a text is no part of a pattern
_DEPTH = 4  # aggregates and selects inside each other that become part of a pattern
_LONGEST = 16 * 2**10  # octets of a pattern for a value
_LONGEST_RECORD = 64 * 2**10
_TIMES = 1_000  # that RE2 repeats something
_PLAIN = rb"[\x20-\x26\x28-\x5b\x5d-\x7e]"  # one octet of a string that is one character of its text


class Patterns:
    """Patterns for the records of a model's entities. `lookahead`: the engine has it, and lists are shorter with it."""

    def __init__(self, model: Model, lookahead: bool) -> None:
        self._model, self._lookahead = model, lookahead

    def record(self, name: str, slots: tuple[Slot, ...]) -> bytes | None:
        """The record of an entity with these parameters; None where there is no short pattern."""
        parts, size = [], 0
        for slot in slots:
            if slot.derived:
                parts.append(rb"\*")
                continue
            value = self._value(slot.type, 0)
            if value is None:
                return None
            parts.append(rb"(?:" + value + (rb"|\$" if slot.optional else b"") + rb")")
            size += len(parts[-1])
            if size > _LONGEST_RECORD:
                return None
        inside = (GAP + rb"," + GAP).join(parts)
        return name.upper().encode() + GAP + rb"\(" + GAP + inside + GAP + rb"\)"

    def _value(self, declared: AnyType, depth: int) -> bytes | None:
        if depth > _DEPTH:
            return None
        pattern = self._spelled(declared, depth)
        return pattern if pattern is not None and len(pattern) <= _LONGEST else None

    def _spelled(self, declared: AnyType, depth: int) -> bytes | None:
        resolved = self._model.resolved(declared)
        match resolved:
            case Simple():
                return _simple(resolved)
            case Named():
                return NAME
            case Enumeration():
                items = self._model.items(resolved)
                return rb"\.(?:" + b"|".join(_upper(items)) + rb")\." if items else None
            case Aggregate():
                return self._list(resolved, depth)
            case Select():
                return b"|".join(self._choices(resolved, depth)) or None

    def _list(self, aggregate: Aggregate, depth: int) -> bytes | None:
        inner = self._value(aggregate.of, depth + 1)
        low, high = bounds(aggregate)
        times = low if high is None else high
        if inner is None or times > _TIMES or times * len(inner) > _LONGEST:
            return None
        return listed(rb"(?:" + inner + rb")", self._lookahead, low, high)

    def _choices(self, select: Select, depth: int) -> Iterator[bytes]:
        entities, types = self._model.choices(select)
        if entities:
            yield NAME
        by_value: dict[bytes, list[str]] = {}
        for name in sorted(types):
            inner = self._value(Named(name, 0), depth + 1)
            if inner is not None:
                by_value.setdefault(inner, []).append(name)
        for inner, names in by_value.items():
            words = b"|".join(_upper(names))
            yield rb"(?:" + words + rb")" + GAP + rb"\(" + GAP + rb"(?:" + inner + rb")" + GAP + rb"\)"


def _simple(simple: Simple) -> bytes | None:
    width = simple.width
    if width is None or simple.name not in ("string", "binary"):
        return SIMPLE.get(simple.name)
    if simple.name == "binary":
        return None
    if width > NARROW and not simple.fixed:
        return SIMPLE["string"]
    return rb"'" + _PLAIN + b"{%d,%d}+'" % (width if simple.fixed else 0, width) if width <= _TIMES else None


def _upper(names: frozenset[str] | list[str]) -> list[bytes]:
    return [name.upper().encode() for name in sorted(names)]


def narrowest(model: Model, slots: list[Slot]) -> int | None:
    """The least of the bounds of texts that are no part of a pattern."""
    found: list[int] = []
    for slot in slots:
        waiting: list[AnyType] = [slot.type]
        seen: set[AnyType] = set()
        while waiting:
            resolved = model.resolved(waiting.pop())
            if resolved in seen:
                continue
            seen.add(resolved)
            match resolved:
                case Simple(name="string", width=int() as width, fixed=False) if width > NARROW:
                    found.append(width)
                case Aggregate(of=of):
                    waiting.append(of)
                case Select():
                    waiting += [Named(name, 0) for name in model.choices(resolved)[1]]
                case _:
                    pass
    return min(found, default=None)
