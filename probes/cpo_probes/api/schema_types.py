"""JSON Schemas as types that can be compared: of OpenAPI, AsyncAPI and whoever else describes data with them."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import listed, mapping
from cpo_probes.api.references import File, References
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.interface import ANY, Slot, Type

MOST_TYPES = 200_000  # schemas of one description; beyond them everything is taken for "takes everything"
_PARTS = 500  # schemas that one `allOf` may be made of
# Bounds of JSON Schema 2020-12 validation §6.2-6.5 whose name begins with min or max; the exclusive ones are joined.
_LIMITS = (
    *("maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"),
    *("maxContains", "minContains"),
)
# Rules that have no order: a change of one can't be read as tighter or looser.
_RULES = (
    *("format", "pattern", "multipleOf", "uniqueItems", "not", "if", "then", "else", "dependentRequired"),
    *("dependentSchemas", "patternProperties", "propertyNames", "contains", "prefixItems", "unevaluatedItems"),
    *("unevaluatedProperties", "contentEncoding", "contentMediaType"),
)
_SCHEMA_WORDS = frozenset(
    (*_LIMITS, *_RULES, "type", "enum", "const", "properties", "required", "items", "allOf", "anyOf", "oneOf",
     "additionalProperties", "nullable", "exclusiveMaximum", "exclusiveMinimum")
)  # fmt: skip
_LONGEST = 200  # characters of a rule or value that are kept for showing; longer ones keep their start


class SchemaTypes:
    """The types of one description. `number` gives each schema its number, `read` fills in what they are.

    `siblings`: words beside a `$ref` count (JSON Schema 2020-12); before they are ignored.
    """

    def __init__(self, references: References, *, siblings: bool) -> None:
        self._references, self._siblings = references, siblings
        self.types: list[Type] = [Type()]
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []  # numbers go by identity, so what was numbered must live on
        self._todo: deque[tuple[int, Any, File, str, str]] = deque()

    def number(self, schema: Any, file: File, at: str, name: str = "") -> int:
        """The number of the type that a schema stands for; its content is read later, one after the other."""
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            rest = schema.keys() & _SCHEMA_WORDS if self._siblings else frozenset[str]()
            if not rest:
                place = self._references.resolve(schema["$ref"], file)
                if isinstance(place, str):
                    return ANY
                name = name or place.pointer.rpartition("/")[2]
                at = place.pointer if place.file is self._references.root else at
                if not (isinstance(place.value, dict) and "$ref" in place.value):
                    return self.number(place.value, place.file, at, name)
                followed, target = self._references.follow(place.value, place.file)
                return self.number(followed, target, at, name) if isinstance(followed, dict) else ANY
        if not isinstance(schema, dict) or not schema:
            return self.add(Type(bases=("nothing",))) if schema is False else ANY
        known = self._numbers.get(id(schema))
        if known is None:
            known = self._numbers[id(schema)] = self.add(Type(name=name, at=at))
            self._kept.append(schema)
            if known != ANY:
                self._todo.append((known, schema, file, at, name))
        return known

    def add(self, type: Type) -> int:
        if len(self.types) >= MOST_TYPES:
            return ANY
        self.types.append(type)
        return len(self.types) - 1

    def read(self) -> None:
        steps = 0
        while self._todo:
            steps += 1
            if steps % 1_000 == 0:
                self._references.context.checkpoint()
            number, schema, file, at, name = self._todo.popleft()
            self.types[number] = self._type(schema, file, at, name)

    def _type(self, schema: dict[str, Any], file: File, at: str, name: str) -> Type:
        bases: set[str] | None = None
        nullable, values = None, None
        members: dict[str, Slot] = {}
        required: set[str] = set()
        alternatives: list[int] = []
        limits: dict[str, float] = {}
        facts: dict[str, str] = {}
        item = rest = None
        closed = deprecated = False
        for part, where, base in self._parts(schema, file, at):
            stated = _bases(part)
            if stated is not None:
                bases = stated[0] if bases is None else (bases & stated[0] or bases)
            if "type" in part or "nullable" in part or "enum" in part:
                says = (stated is not None and stated[1]) or part.get("nullable") is True
                nullable = says if nullable is None else nullable and says
            allowed = [part["const"]] if "const" in part else part.get("enum")
            if isinstance(allowed, list):
                values = tuple(sorted({_shown(value) for value in allowed if value is not None}))
            for key, property in mapping(part.get("properties")).items():
                members[key] = self._member(property, where, base + pointer_to("properties", key))
            required |= {key for key in listed(part.get("required")) if isinstance(key, str)}
            for keyword in ("oneOf", "anyOf"):
                for index, one in enumerate(listed(part.get(keyword))):
                    if isinstance(one, dict) and one.get("type") == "null":
                        nullable = True
                    else:
                        alternatives.append(self.number(one, where, f"{base}/{keyword}/{index}"))
            if "items" in part:
                item = self.number(part["items"], where, base + "/items")
            if isinstance(part.get("additionalProperties"), dict):
                rest = self.number(part["additionalProperties"], where, base + "/additionalProperties")
            closed = closed or part.get("additionalProperties") is False
            deprecated = deprecated or part.get("deprecated") is True
            limits |= _limits(part)
            facts |= {key: _shown(part[key]) for key in _RULES if key in part}
        if len(alternatives) == 1:  # the same as the one alternative
            alternatives = []
        return Type(
            name=name,
            bases=tuple(sorted(bases or ({"object"} if members else set()))),
            nullable=bool(nullable),
            values=values,
            members={key: _with_required(slot, key in required) for key, slot in sorted(members.items())},
            item=item,
            rest=rest,
            closed=closed,
            alternatives=tuple(alternatives),
            limits=limits,
            facts=facts,
            deprecated=deprecated,
            at=at,
        )

    def _parts(self, schema: dict[str, Any], file: File, at: str) -> Iterator[tuple[dict[str, Any], File, str]]:
        """A schema and all that it is joined from (`allOf`, `$ref` beside other words), each once."""
        todo, seen = [(schema, file, at)], set[int]()
        while todo and len(seen) < _PARTS:
            part, where, base = todo.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part.get("$ref"), str):
                place = self._references.resolve(part["$ref"], where)
                if not isinstance(place, str) and isinstance(place.value, dict):
                    todo.append((place.value, place.file, place.pointer))
            for index, one in enumerate(listed(part.get("allOf"))):
                if isinstance(one, dict):
                    todo.append((one, where, f"{base}/allOf/{index}"))
            only = [one for key in ("oneOf", "anyOf") for one in listed(part.get(key)) if isinstance(one, dict)]
            if len(only) == 1:
                todo.append((only[0], where, base))
            yield part, where, base

    def _member(self, schema: Any, file: File, at: str) -> Slot:
        own = mapping(schema)
        meant, _ = self._references.follow(schema, file)
        meant = mapping(meant)
        only = "output" if True in (own.get("readOnly"), meant.get("readOnly")) else ""
        only = "input" if True in (own.get("writeOnly"), meant.get("writeOnly")) else only
        return Slot(
            type=self.number(schema, file, at),
            deprecated=True in (own.get("deprecated"), own.get("x-deprecated")),
            only=only,
            at=at,
        )


def _with_required(slot: Slot, required: bool) -> Slot:
    return Slot(type=slot.type, required=required, deprecated=slot.deprecated, only=slot.only, at=slot.at)


def _bases(schema: dict[str, Any]) -> tuple[set[str], bool] | None:
    """The base types that a schema names, and whether null is one of them; None where it names none."""
    stated = schema.get("type")
    named = {stated} if isinstance(stated, str) else {one for one in listed(stated) if isinstance(one, str)}
    if not named:
        return None
    return {name[:40] for name in named - {"null"}} or {"null"}, "null" in named


def _limits(schema: dict[str, Any]) -> dict[str, float]:
    found = {}
    for name in _LIMITS:
        value = schema.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    for name, bound in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
        value = schema.get(name)
        if value is True and bound in found:  # 2.0 and 3.0: a flag beside the bound
            found[f"{bound} (exclusive)"] = found.pop(bound)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{bound} (exclusive)"] = float(value)
    return found


def _shown(value: Any) -> str:
    """A value as short text that is the same for the same value."""
    match value:
        case str():
            text = value
        case dict():
            text = "{" + ", ".join(f"{key}: {_flat(item)}" for key, item in sorted(value.items())[:20]) + "}"
        case list():
            text = "[" + ", ".join(_flat(item) for item in value[:20]) + "]"
        case _:
            text = _flat(value)
    return text[:_LONGEST]


def _flat(value: Any) -> str:
    return str(value)[:_LONGEST] if not isinstance(value, dict | list) else f"{type(value).__name__} {len(value)}"
