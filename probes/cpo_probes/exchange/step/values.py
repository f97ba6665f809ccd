"""Values in a Part 21 file against their types in EXPRESS, one at a time and exactly.

ISO 10303-21:2016, clause 12: how each type is written. As readers of the field do, a number without a decimal point is
taken for a REAL, and a value of a select without the name of its type for any of its types.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from cpo_probes.exchange.express.model import Aggregate, AnyType, Enumeration, Named, Select, Simple
from cpo_probes.exchange.express.slots import Model
from cpo_probes.exchange.part21.header import text
from cpo_probes.exchange.part21.records import Octets
from cpo_probes.exchange.part21.tokens import BINARY, IGNORED, NUMBER, VALUE, string

_SHOWN = 40
_LONGEST = 200
_NESTING = 50
_STEPS = 100_000  # for one value, its first list not counted
# Constants of the schema and values that the reference section leads to (edition 3, 6.4.4): what they are is not known.
_ELSEWHERE = re.compile(rb"@|#[A-Z_]")
_INTEGER = rb"[+-]?+[0-9]++"
SIMPLE = {
    "integer": _INTEGER,
    "real": NUMBER,
    "number": NUMBER,
    "string": string(high=True),
    "binary": BINARY,
    "boolean": rb"\.[TF]\.",
    "logical": rb"\.[TFU]\.",
}
_WHOLE = {name: re.compile(pattern + rb"\Z") for name, pattern in SIMPLE.items()}


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
    while at < stop and (match := VALUE.match(data, at)):
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


class Misfit(msgspec.Struct, frozen=True):
    """Why a value is none of its type: a reason code with its parameters."""

    code: str
    params: dict[str, str | int]


Refer = Callable[[frozenset[str], bytes], str | None]
"""Is the instance of this name (`#12`) one of these entities? None: yes, or not known; else what it is."""


class Fitting:
    """Is a value one of a type? `refer` is asked about each reference."""

    def __init__(self, model: Model, refer: Refer = lambda _wanted, _name: None) -> None:
        self._model, self._refer = model, refer
        self._steps = self._trying = 0
        self._why: Misfit | None = None
        self.gave_up = False
        """A value took more steps than honest ones do, and was let through."""

    def misfit(self, declared: AnyType, value: Value) -> Misfit | None:
        """Why `value` is none of this type; None where it is one."""
        self._steps, self._why = 0, None
        if self._fits(declared, value, 0):
            return None
        return self._why or Misfit("instances.value", {"wanted": said(declared), "found": shown(value)})

    def _no(self, code: str, **params: str | int) -> bool:
        """False, and why; not said of one way among several that are tried."""
        if self._why is None and not self._trying:
            self._why = Misfit(code, params)
        return False

    def _fits(self, declared: AnyType, value: Value, depth: int) -> bool:
        self._steps += 1
        if depth > _NESTING or self._steps > _STEPS:
            self.gave_up = True
            return True
        if isinstance(value, bytes) and _ELSEWHERE.match(value):
            return True
        resolved = self._model.resolved(declared)
        match resolved:
            case Simple(name=name):
                pattern = _WHOLE.get(name)
                if pattern is None:
                    return True
                if not isinstance(value, bytes) or pattern.match(value) is None:
                    return False
                return resolved.width is None or self._fits_width(resolved, resolved.width, value)
            case Named(name=name):
                return self._fits_reference(frozenset((name,)), value)
            case Enumeration():
                items = self._model.items(resolved)
                if not isinstance(value, bytes) or value[:1] != b".":
                    return False
                return items is None or value[1:-1].decode("ascii").lower() in items
            case Aggregate():
                return isinstance(value, list) and self._fits_aggregate(resolved, value, depth)
            case Select():
                return self._fits_select(resolved, value, depth)

    def _fits_width(self, simple: Simple, width: int, value: bytes) -> bool:
        """8.1.6, 8.1.7: characters of a string, bits of a binary."""
        match simple.name:
            case "string":
                found = len(text(value[1:-1]))
            case "binary":
                digits = value[1:-1].translate(None, IGNORED)
                found = 4 * (len(digits) - 1) - int(digits[:1])
            case _:
                return True  # the precision of a real number says nothing about how it is written
        if found == width or (found < width and not simple.fixed):
            return True
        return self._no("instances.width", wanted=said(simple), found=found)

    def _fits_reference(self, wanted: frozenset[str], value: Value) -> bool:
        if not isinstance(value, bytes) or value[:1] not in (b"#", b"@"):
            return False
        if self._trying:
            return True
        found = self._refer(wanted, value)
        if found is None:
            return True
        names = ", ".join(sorted(wanted)).upper()[:_LONGEST]
        return self._no("instances.reference", wanted=names, found=shown(value), kind=found)

    def _fits_aggregate(self, aggregate: Aggregate, value: list[Value], depth: int) -> bool:
        if depth == 0:
            self._steps -= len(value)  # a long list is no sign of malice
        if not all(
            (aggregate.optional and item == b"$") or self._fits(aggregate.of, item, depth + 1) for item in value
        ):
            return False
        least, most = bounds(aggregate)
        if len(value) < least or (most is not None and len(value) > most):
            high = "?" if aggregate.high is None else aggregate.high
            wanted = f"{aggregate.kind.upper()} [{aggregate.low or 0}:{high}]"
            return self._no("instances.bounds", wanted=wanted, found=len(value))
        if aggregate.unique or aggregate.kind == "set":
            seen: set[Any] = set()
            for item in value:
                key = _key(item)
                if key in seen:
                    return self._no("instances.twice", wanted=said(aggregate), found=shown(item))
                if item != b"$":
                    seen.add(key)
        return True

    def _fits_select(self, select: Select, value: Value, depth: int) -> bool:
        entities, types = self._model.choices(select)
        if isinstance(value, Typed):
            inner = Named(value.keyword, 0)
            known = self._model.stands_for(value.keyword, types) and len(value.values) == 1
            return known and self._fits(inner, value.values[0], depth + 1)
        if isinstance(value, bytes) and value[:1] in (b"#", b"@"):
            return bool(entities) and self._fits_reference(entities, value)
        self._trying += 1
        try:
            return any(self._fits(Named(name, 0), value, depth + 1) for name in sorted(types))
        finally:
            self._trying -= 1


def bounds(aggregate: Aggregate) -> tuple[int, int | None]:
    """The least and the greatest number of elements, as far as they are plain numbers (8.2)."""
    low, high = aggregate.low, aggregate.high
    if aggregate.kind != "array":
        return low or 0, high
    if low is None or high is None or high < low:
        return 0, None
    return high - low + 1, high - low + 1


def _key(value: Value) -> Any:
    """Equal for values that are written alike; names without their leading zeros."""
    match value:
        case bytes():
            return b"#" + value[1:].lstrip(b"0") if value[:1] == b"#" else value
        case Typed(keyword=keyword, values=values):
            return (keyword, *map(_key, values))
        case list():
            return tuple(map(_key, value))


def said(declared: AnyType) -> str:
    """A type as the schema names it."""
    match declared:
        case Simple(name=name, width=width, fixed=fixed):
            return name.upper() + (f"({width})" if width is not None else "") + (" FIXED" if fixed else "")
        case Named(name=name) | Aggregate(kind=name):
            return name.upper()
        case _:
            return type(declared).__name__.upper()


def shown(value: Value) -> str:
    """A value for people, cut."""
    match value:
        case bytes():
            return value[:_SHOWN].decode("ascii", "backslashreplace")
        case Typed():
            return f"{value.keyword.upper()}(…)"[:_SHOWN]
        case _:
            return "(…)"
