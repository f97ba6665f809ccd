"""A GraphQL schema as data: what the SDL and the introspection result both say (GraphQL, September 2025, clause 3)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from cpo_probes.api.deprecation import Deprecation
from cpo_scan.probe import Artifact

BUILT_IN_SCALARS = frozenset(("Int", "Float", "String", "Boolean", "ID"))  # §3.5
INTROSPECTION = frozenset(  # §4.2
    f"__{name}"
    for name in ("Schema", "Type", "TypeKind", "Field", "InputValue", "EnumValue", "Directive", "DirectiveLocation")
)
ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
"""Kinds of operations and the default names of their root types (§3.3.1)."""
At = int | str
"""Where something stands: the offset of a character in the SDL, or a JSON pointer in the introspection result."""


class Type(NamedTuple):
    """A reference to a type: `[Order!]!` is `Order` with the wrappers `![!`, from the outside in."""

    name: str
    wrappers: str
    at: At

    @property
    def required(self) -> bool:
        """Is null not allowed?"""
        return self.wrappers.startswith("!")


class Constant(NamedTuple):
    """A value without variables (§2.9): kind `int float string boolean null name list object`, and what it holds."""

    kind: str
    content: Any  # text; a list of constants; a mapping of names to them


class Use(NamedTuple):
    """A directive where it is applied."""

    name: str
    arguments: list[tuple[str, Constant, At]]  # name, value, place
    at: At


class Value(NamedTuple):
    """An argument, an input field or a value of an enum (then without type)."""

    name: str
    type: Type | None
    default: Constant | None
    text: str
    uses: list[Use]
    ending: Deprecation | None
    at: At

    @property
    def demanded(self) -> bool:
        """Must it be given?"""
        return self.type is not None and self.type.required and self.default is None


class Field(NamedTuple):
    """A field of an object or interface."""

    name: str
    arguments: list[Value]
    type: Type
    text: str
    uses: list[Use]
    ending: Deprecation | None
    at: At


class Definition:
    """A definition, or an extension of one that stands elsewhere."""

    __slots__ = (
        "arguments", "at", "extends", "fields", "file", "inputs", "interfaces", "kind", "locations", "members", "name",
        "repeatable", "roots", "text", "uses", "values",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, file: Artifact, at: At, *, extends: bool = False, text: str = "") -> None:
        self.kind = kind  # schema scalar type interface union enum input directive
        self.name = name
        self.file = file
        self.at = at
        self.extends = extends
        self.text = text
        self.uses: list[Use] = []
        self.fields: list[Field] = []
        self.inputs: list[Value] = []
        self.values: list[Value] = []
        self.interfaces: list[tuple[str, At]] = []
        self.members: list[tuple[str, At]] = []
        self.arguments: list[Value] = []  # of a directive
        self.locations: list[str] = []
        self.repeatable = False
        self.roots: list[tuple[str, str, At]] = []  # kind of operation, type, place


# Locations of the directives that every schema has, and their arguments: name, required (§3.13.1 to §3.13.5).
_BUILT_IN_DIRECTIVES: dict[str, tuple[frozenset[str], dict[str, bool]]] = {
    "skip": (frozenset(("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT")), {"if": True}),
    "include": (frozenset(("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT")), {"if": True}),
    "deprecated": (
        frozenset(("FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE")),
        {"reason": False},
    ),
    "specifiedBy": (frozenset(("SCALAR",)), {"url": True}),
    "oneOf": (frozenset(("INPUT_OBJECT",)), {}),
}
_LOCATIONS = {
    "schema": "SCHEMA", "scalar": "SCALAR", "type": "OBJECT", "interface": "INTERFACE", "union": "UNION",
    "enum": "ENUM", "input": "INPUT_OBJECT",
}  # fmt: skip


def root_types(definitions: list[Definition]) -> dict[str, str]:
    """Type of each root, and the kind of its operations."""
    stated = [root for definition in definitions for root in definition.roots]
    if any(definition.kind == "schema" and not definition.extends for definition in definitions):
        return {name: operation for operation, name, _ in stated}
    return {name: operation for operation, name in ROOTS.items()} | {name: operation for operation, name, _ in stated}


class Merged:
    """A type with all that its extensions add."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.parts = [definition]

    @property
    def fields(self) -> Iterator[tuple[Definition, Field]]:
        return ((part, field) for part in self.parts for field in part.fields)

    @property
    def interfaces(self) -> Iterator[tuple[Definition, str, At]]:
        return ((part, *item) for part in self.parts for item in part.interfaces)

    @cached_property
    def values(self) -> frozenset[str]:
        """The values of an enum."""
        return frozenset(value.name for part in self.parts for value in part.values)

    @cached_property
    def inputs(self) -> dict[str, Value]:
        """The fields of an input object."""
        return {value.name: value for part in self.parts for value in part.inputs}

    @cached_property
    def members(self) -> frozenset[str]:
        """The types of a union."""
        return frozenset(member for part in self.parts for member, _ in part.members)

    @cached_property
    def stated(self) -> frozenset[str]:
        """The interfaces that it says to implement."""
        return frozenset(interface for _, interface, _ in self.interfaces)


class Schema:
    """Definitions and extensions taken together."""

    def __init__(self, definitions: list[Definition]) -> None:
        self.all = definitions
        self.merged: dict[str, Merged] = {}
        self.directives: dict[str, tuple[frozenset[str], dict[str, bool], bool]] = {
            name: (places, arguments, False) for name, (places, arguments) in _BUILT_IN_DIRECTIVES.items()
        }
        for item in definitions:
            if item.kind == "directive":
                arguments = {value.name: value.demanded for value in item.arguments}
                self.directives[item.name] = (frozenset(item.locations), arguments, item.repeatable)
            elif item.kind != "schema" and not item.extends:
                self.merged.setdefault(item.name, Merged(item))
        for item in definitions:
            if item.extends and item.name in self.merged:
                self.merged[item.name].parts.append(item)
        self.known = self.merged.keys() | BUILT_IN_SCALARS | INTROSPECTION
        self.kinds = dict.fromkeys(BUILT_IN_SCALARS, "scalar") | dict.fromkeys(INTROSPECTION, "type")
        self.kinds |= {"__TypeKind": "enum", "__DirectiveLocation": "enum"}
        self.kinds |= {name: merged.definition.kind for name, merged in self.merged.items()}

    # -- walking over it

    def references(self) -> Iterator[tuple[Definition, Type]]:
        """Each reference to a type from a field, an argument or an input field."""
        for item in self.all:
            for field in item.fields:
                yield item, field.type
                yield from ((item, value.type) for value in field.arguments if value.type is not None)
            for value in (*item.inputs, *item.arguments):
                if value.type is not None:
                    yield item, value.type

    def uses(self) -> Iterator[tuple[Definition, Use, str]]:
        """Each directive that is applied, with its location."""
        for item in self.all:
            yield from ((item, use, _LOCATIONS[item.kind]) for use in item.uses if item.kind in _LOCATIONS)
            for field in item.fields:
                yield from ((item, use, "FIELD_DEFINITION") for use in field.uses)
                for value in field.arguments:
                    yield from ((item, use, "ARGUMENT_DEFINITION") for use in value.uses)
            for values, location in (
                (item.inputs, "INPUT_FIELD_DEFINITION"),
                (item.values, "ENUM_VALUE"),
                (item.arguments, "ARGUMENT_DEFINITION"),
            ):
                for value in values:
                    yield from ((item, use, location) for use in value.uses)

    def use_lists(self) -> Iterator[tuple[Definition, str, list[Use]]]:
        """The directives of each place, with a key under which those of a type and its extensions are one."""
        for item in self.all:
            yield item, f"{item.kind} {item.name}", item.uses
            for field in item.fields:
                yield item, "", field.uses
                yield from ((item, "", value.uses) for value in field.arguments)
            for value in (*item.inputs, *item.values, *item.arguments):
                yield item, "", value.uses


class Needs(NamedTuple):
    """What a document refers to and does not define: names of types, of directives, of types that it extends."""

    types: frozenset[str]
    directives: frozenset[str]
    extended: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.types or self.directives or self.extended)


def needs(definitions: list[Definition]) -> Needs:
    """What is missing in these definitions."""
    schema = Schema(definitions)
    types = {kind.name for _, kind in schema.references()} | {
        name for definition in definitions for name, _ in (*definition.interfaces, *definition.members)
    }
    types |= {name for definition in definitions for _, name, _ in definition.roots}
    used = {use.name for _, use, _ in schema.uses()}
    extended = {item.name for item in definitions if item.extends and item.kind != "schema"}
    return Needs(
        frozenset(types - schema.known), frozenset(used - schema.directives.keys()), frozenset(extended - schema.known)
    )
