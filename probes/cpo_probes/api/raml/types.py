"""Data types of RAML as types that can be compared (RAML 1.0, "RAML Data Types"; 0.8: named parameters and schemas).

A schema in another language (JSON Schema, XML Schema) is compared as text: that it changed, and not how.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from msgspec import json, structs

from cpo_probes.api.description import listed, mapping
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.interface import ANY, Slot, Type

Declared = Callable[[str], "tuple[str | None, Any] | None"]
"""Gives the declaration of a named type, with the pointer to it in the description at hand; None for an unknown one."""

_BASES = {
    "any": (), "object": ("object",), "array": ("array",), "string": ("string",), "number": ("number",),
    "integer": ("integer",), "boolean": ("boolean",), "nil": ("null",), "null": ("null",), "file": ("file",),
    "date": ("date",), "date-only": ("date-only",), "time-only": ("time-only",), "datetime-only": ("datetime-only",),
    "datetime": ("datetime",),
}  # fmt: skip
_LIMITS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties")
_RULES = ("pattern", "format", "multipleOf", "uniqueItems", "fileTypes", "discriminator")
_DEEPEST = 64
_LONGEST = 200  # characters of a rule or value that are kept


class RamlTypes:
    """The types of one description. `old`: RAML 0.8, where what is not said to be required is not."""

    def __init__(self, table: TypeTable, declared: Declared, included: Callable[[str, Any], Any], *, old: bool) -> None:
        self.table = table
        self._declared, self._included, self._old = declared, included, old
        self._open: dict[int, tuple[str, str | None, Any]] = {}  # named types that are still to be read, by number

    def slot(self, declaration: Any, pointer: str | None, at: str, *, required: bool | None = None) -> Slot:
        """A parameter or member. `required` is what its name says of it (`name?`)."""
        declaration, pointer = self._plain(declaration, pointer)
        stated = mapping(declaration).get("required")
        if isinstance(stated, bool):
            required = stated
        elif required is None:
            required = not self._old
        repeated = self._old and mapping(declaration).get("repeat") is True
        number = self.number(declaration, pointer, "string")
        return Slot(
            type=self.table.array(number) if repeated else number,
            required=required,
            deprecated=_deprecated(declaration),
            at=at,
        )

    def number(self, declaration: Any, pointer: str | None, default: str, depth: int = 0) -> int:
        """The number of a type that is declared here, by expression or with facets; `default` where none is named."""
        declaration, pointer = self._plain(declaration, pointer)
        if depth > _DEEPEST:
            return ANY
        if declaration is None:
            return self._expression(default, depth)
        if isinstance(declaration, str):
            return self._schema(declaration) if _is_schema(declaration) else self._expression(declaration, depth)
        if isinstance(declaration, list):
            return self._inherited(declaration, {}, pointer, depth)
        if not isinstance(declaration, dict):
            return ANY
        stated = declaration.get("type", declaration.get("schema"))
        stated, place = self._plain(stated, None if pointer is None else pointer + "/type")
        if isinstance(stated, str) and _is_schema(stated):
            return self._schema(stated)
        if stated is None:
            stated = "object" if "properties" in declaration else "array" if "items" in declaration else default
        if set(declaration) <= {"type", "schema", "description", "displayName", "example", "examples", "required"}:
            return self.number(stated, place if isinstance(stated, dict) else None, default, depth + 1)
        return self._inherited(stated if isinstance(stated, list) else [stated], declaration, pointer, depth)

    def _plain(self, value: Any, pointer: str | None) -> tuple[Any, str | None]:
        """A value, or what it includes; that has no place in this document. Other languages come as text."""
        if pointer is None:
            return value, None
        found = self._included(pointer, value)
        if found is value:
            return value, pointer
        if isinstance(value, str) and value.strip().lower().endswith((".json", ".xsd")) and not isinstance(found, str):
            found = "{" + json.encode(found, order="sorted").decode()
        return found, None

    def _schema(self, text: str) -> int:
        return self.table.shared(Type(bases=("schema",), facts={"schema": sha256(text.encode()).hexdigest()[:16]}))

    def _expression(self, text: str, depth: int) -> int:
        """`Order[]`, `(Order | Item)[]`, `string`, `shapes.Circle`"""
        text = text.strip()
        if depth > _DEEPEST or len(text) > 2_000:
            return ANY
        parts = _parts(text)
        if len(parts) > 1:
            known = [part for part in parts if part not in ("nil", "null")]
            numbers = tuple(self._expression(part, depth + 1) for part in known)
            if len(numbers) == 1:
                one = self._read(numbers[0], depth + 1)
                return self.table.add(structs.replace(one, nullable=True))
            return self.table.add(Type(alternatives=numbers, nullable=len(known) < len(parts)))
        if text.endswith("[]"):
            return self.table.array(self._expression(text[:-2], depth + 1))
        if text.startswith("(") and text.endswith(")"):
            return self._expression(text[1:-1], depth + 1)
        if text in _BASES:
            return self.table.shared(Type(bases=_BASES[text])) if _BASES[text] else ANY
        return self._named(text)

    def _named(self, name: str) -> int:
        found = self._declared(name)
        if found is None:
            return self.table.leaf(name[:_LONGEST])
        number, new = self.table.number(("type", name))
        if new:
            self._open[number] = (name, *found)
        return number

    def read(self) -> None:
        """Read the named types that were met, and those that they lead to."""
        while self._open:
            self._read(next(iter(self._open)), 0)

    def _read(self, number: int, depth: int) -> Type:
        """A type as far as it is known; a named one is read first, unless that goes too deep."""
        if number in self._open and depth <= _DEEPEST:
            name, pointer, declaration = self._open.pop(number)
            own = self.number(declaration, pointer, "string", depth + 1)
            one = self._read(own, depth + 1)
            self.table.put(number, structs.replace(one, name=name[:_LONGEST], at=pointer or name[:_LONGEST]))
        return self.table.types[number]

    def _inherited(self, bases: list[Any], own: dict[str, Any], pointer: str | None, depth: int) -> int:
        """A type that adds to others: members and rules of all of them, its own last."""
        above = [self._read(self.number(base, None, "object", depth + 1), depth + 1) for base in bases[:20]]
        members: dict[str, Slot] = {}
        limits: dict[str, float] = {}
        facts: dict[str, str] = {}
        values: tuple[str, ...] | None = None
        alternatives: tuple[int, ...] = ()
        item: int | None = None
        for one in above:
            members |= one.members
            limits |= one.limits
            facts |= one.facts
            values = one.values if one.values is not None else values
            alternatives = one.alternatives or alternatives
            item = one.item if one.item is not None else item
        for key, declaration in mapping(own.get("properties")).items():
            name = key.removesuffix("?") if not self._old else key
            place = None if pointer is None else pointer + pointer_to("properties", key)
            members[name] = self._member(declaration, place, optional=name != key, depth=depth)
        if "items" in own:
            item = self.number(own["items"], None if pointer is None else pointer + "/items", "any", depth + 1)
        if isinstance(own.get("enum"), list):
            values = tuple(sorted({str(value)[:_LONGEST] for value in own["enum"] if value is not None}))
        for name in _LIMITS:
            bound = own.get(name)
            if isinstance(bound, int | float) and not isinstance(bound, bool):
                limits[name] = float(bound)
        facts |= {name: str(own[name])[:_LONGEST] for name in _RULES if name in own}
        return self.table.add(
            Type(
                bases=tuple(sorted({base for one in above for base in one.bases})),
                nullable=any(one.nullable for one in above),
                values=values,
                members=dict(sorted(members.items())),
                item=item,
                closed=own.get("additionalProperties") is False,
                alternatives=alternatives,
                limits=limits,
                facts=facts,
                deprecated=_deprecated(own),
                at=pointer or "",
            )
        )

    def _member(self, declaration: Any, pointer: str | None, *, optional: bool, depth: int) -> Slot:
        declaration, pointer = self._plain(declaration, pointer)
        stated = mapping(declaration).get("required")
        return Slot(
            type=self.number(declaration, pointer, "string", depth + 1),
            required=stated if isinstance(stated, bool) else not optional,
            deprecated=_deprecated(declaration),
            at=pointer or "",
        )


def _parts(text: str) -> list[str]:
    """The alternatives of a union that stand in no brackets."""
    found, depth, start = [], 0, 0
    for at, one in enumerate(text):
        depth += (one == "(") - (one == ")")
        if one == "|" and depth == 0:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]


def _is_schema(text: str) -> bool:
    """Is it a schema in another language, and no name?"""
    return text.lstrip()[:1] in ("{", "<")


def _deprecated(declaration: Any) -> bool:
    return mapping(declaration).get("(deprecated)", False) is not False


def names_of(value: Any) -> list[str]:
    """Names that are listed by themselves or with parameters; null stays as an empty one (`securedBy`)."""
    found = []
    for item in listed(value) if isinstance(value, list) else [value]:
        name = next(iter(item), None) if isinstance(item, dict) else item
        found.append(name if isinstance(name, str) else "")
    return found
