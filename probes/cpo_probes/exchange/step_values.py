"""Values in a Part 21 file against their types in EXPRESS: one at a time and exactly, and as patterns for many at once.

ISO 10303-21:2016, clause 12: how each type is written. As readers of the field do, a number without a decimal point is
taken for a REAL, and a value of a select without the name of its type for any of its types.
"""

import re
from collections.abc import Iterator

import msgspec

from cpo_probes.exchange.express_model import Aggregate, AnyType, Enumeration, Named, Select, Simple
from cpo_probes.exchange.express_slots import Model, Slot
from cpo_probes.exchange.part21_records import Octets
from cpo_probes.exchange.part21_tokens import (
    BINARY,
    ENUMERATION,
    GAP,
    KEYWORD,
    NAME,
    NUMBER,
    SEPARATOR,
    listed,
    string,
)

_DEPTH = 4  # aggregates and selects inside each other that become part of a pattern
_NESTING = 50
_STEPS = 100_000  # for one value, its first list not counted
_LONGEST = 16 * 2**10  # octets of a pattern for a value
_LONGEST_RECORD = 64 * 2**10
_TOKEN = re.compile(
    SEPARATOR
    + rb"(?:(?P<string>"
    + string(high=True)
    + rb")|(?P<atom>"
    + rb"|".join([NUMBER, NAME, rb"[$*]", ENUMERATION, BINARY])
    + rb")|(?P<typed>"
    + KEYWORD
    + rb")"
    + SEPARATOR
    + rb"\(|(?P<open>\()|(?P<close>\))|,)"
)
_INTEGER = rb"[+-]?+[0-9]++"
_SIMPLE = {
    "integer": _INTEGER,
    "real": NUMBER,
    "number": NUMBER,
    "string": string(high=True),
    "binary": BINARY,
    "boolean": rb"\.[TF]\.",
    "logical": rb"\.[TFU]\.",
}
_WHOLE = {name: re.compile(pattern + rb"\Z") for name, pattern in _SIMPLE.items()}


class Typed(msgspec.Struct, frozen=True):
    """A value with the name of its type, or a record with that of its entity; `at` is its octet."""

    keyword: str
    values: list["Value"]
    at: int


Value = bytes | list["Value"] | Typed
"""A token, a list, a typed value."""


def records(data: Octets, start: int, stop: int) -> list[Typed]:
    """The records of a well-formed instance, from after its equals sign; one, or several in external mapping."""
    top: list[Value] = []
    stack = [top]
    at = start
    while at < stop and (match := _TOKEN.match(data, at)):
        at = match.end()
        match match.lastgroup:
            case "string" | "atom":
                stack[-1].append(match[match.lastgroup])
            case "typed":
                inner: list[Value] = []
                stack[-1].append(Typed(match["typed"].decode().lower(), inner, match.start("typed")))
                stack.append(inner)
            case "open":
                inner = []
                stack[-1].append(inner)
                stack.append(inner)
            case "close":
                stack.pop()
            case _:
                pass
    body = top[0] if top else []
    several = body if isinstance(body, list) else [body]
    return [record for record in several if isinstance(record, Typed)]


class Fitting:
    """Is a value one of a type? What the type of a referred instance is, is not asked."""

    def __init__(self, model: Model) -> None:
        self._model, self._steps = model, 0
        self.gave_up = False
        """A value took more steps than honest ones do, and was let through."""

    def fits(self, declared: AnyType, value: Value) -> bool:
        """Is `value` one of this type?"""
        self._steps = 0
        return self._fits(declared, value, 0)

    def _fits(self, declared: AnyType, value: Value, depth: int) -> bool:
        self._steps += 1
        if depth > _NESTING or self._steps > _STEPS:
            self.gave_up = True
            return True
        resolved = self._model.resolved(declared)
        match resolved:
            case Simple(name=name):
                pattern = _WHOLE.get(name)
                return pattern is None or (isinstance(value, bytes) and pattern.match(value) is not None)
            case Named():
                return isinstance(value, bytes) and value[:1] in (b"#", b"@")
            case Enumeration():
                items = self._model.items(resolved)
                if not isinstance(value, bytes) or value[:1] != b".":
                    return False
                return items is None or value[1:-1].decode("ascii").lower() in items
            case Aggregate(of=of, optional=optional):
                if not isinstance(value, list):
                    return False
                if depth == 0:
                    self._steps -= len(value)  # a long list is no sign of malice
                return all((optional and item == b"$") or self._fits(of, item, depth + 1) for item in value)
            case Select():
                return self._fits_select(resolved, value, depth)

    def _fits_select(self, select: Select, value: Value, depth: int) -> bool:
        instance, types = self._model.choices(select)
        if isinstance(value, Typed):
            inner = Named(value.keyword, 0)
            known = self._model.stands_for(value.keyword, types) and len(value.values) == 1
            return known and self._fits(inner, value.values[0], depth + 1)
        if isinstance(value, bytes) and value[:1] in (b"#", b"@"):
            return instance
        return any(self._fits(Named(name, 0), value, depth + 1) for name in sorted(types))


# -- patterns for many instances at once; what they take is right, what they leave is looked at one by one


class Patterns:
    """Patterns for the records of a model's entities. `lookahead`: the engine has it, and lists are shorter with it."""

    def __init__(self, model: Model, lookahead: bool) -> None:
        self._model, self._lookahead = model, lookahead

    def record(self, name: str, slots: tuple[Slot, ...], *, external: bool = False) -> bytes | None:
        """The record of an entity with these parameters; in external mapping each may be an asterisk.

        None where there is no short pattern.
        """
        parts, size = [], 0
        for slot in slots:
            if slot.derived:
                parts.append(rb"\*")
                continue
            value = self._value(slot.type, 0)
            if value is None:
                return None
            others = (rb"|\$" if slot.optional else b"") + (rb"|\*" if external else b"")
            parts.append(rb"(?:" + value + others + rb")")
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
            case Simple(name=name):
                return _SIMPLE.get(name)
            case Named():
                return NAME
            case Enumeration():
                items = self._model.items(resolved)
                return rb"\.(?:" + b"|".join(_upper(items)) + rb")\." if items else None
            case Aggregate():
                inner = self._value(resolved.of, depth + 1)
                return None if inner is None else listed(rb"(?:" + inner + rb")", self._lookahead)
            case Select():
                return b"|".join(self._choices(resolved, depth)) or None

    def _choices(self, select: Select, depth: int) -> Iterator[bytes]:
        instance, types = self._model.choices(select)
        if instance:
            yield NAME
        by_value: dict[bytes, list[str]] = {}
        for name in sorted(types):
            inner = self._value(Named(name, 0), depth + 1)
            if inner is not None:
                by_value.setdefault(inner, []).append(name)
        for inner, names in by_value.items():
            words = b"|".join(_upper(names))
            yield rb"(?:" + words + rb")" + GAP + rb"\(" + GAP + rb"(?:" + inner + rb")" + GAP + rb"\)"


def _upper(names: frozenset[str] | list[str]) -> list[bytes]:
    return [name.upper().encode() for name in sorted(names)]
