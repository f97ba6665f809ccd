"""What makes a GraphQL schema valid beyond its syntax (GraphQL, September 2025, clause 3).

Every rule takes time in proportion to the schema. The order of the breaches is that of the rules and of the documents.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cpo_probes.api.graphql.schema import (
    INTROSPECTION,
    ROOTS,
    At,
    Definition,
    Field,
    Schema,
    Type,
    Value,
    root_types,
)
from cpo_probes.api.graphql.values import fits
from cpo_scan.probe import Artifact

_EMPTY = {"type": "fields", "interface": "fields", "union": "members", "enum": "values", "input": "inputs"}
# Codes of what another file, or the program behind the schema, could supply.
ELSEWHERE = frozenset(("graphql.extends_nothing", "graphql.no_query"))


# What these directives demand (§3.13.3, §3.13.4).
_STRINGS = {("deprecated", "reason"): Type("String", "", ""), ("specifiedBy", "url"): Type("String", "!", "")}


class Breach(NamedTuple):
    """A rule that does not hold, and where."""

    code: str
    file: Artifact
    at: At
    params: dict[str, str]


def breaches(definitions: list[Definition]) -> Iterator[Breach]:
    """All breaches of a schema that these definitions make up."""
    schema = Schema(definitions)
    yield from _doubles(schema)
    yield from _unknown(schema)
    yield from _directive_uses(schema)
    yield from _extensions(schema)
    yield from _roots(schema)
    yield from _types(schema)
    yield from _implementations(schema)
    yield from _circles(schema)


def _doubles(schema: Schema) -> Iterator[Breach]:
    """Names are unique: types, directives, fields, arguments, values, operations of the schema (§3.3, §3.6 ff.)."""
    seen: set[tuple[str, ...]] = set()

    def twice(code: str, item: Definition, at: At, *key: str, name: str) -> Iterator[Breach]:
        if (code, *key) in seen:
            yield Breach(code, item.file, at, {"name": name})
        seen.add((code, *key))

    for item in schema.all:
        if item.kind == "schema":
            if not item.extends:
                yield from twice("graphql.schema_twice", item, item.at, name="schema")
            for operation, _, at in item.roots:
                yield from twice("graphql.root_twice", item, at, operation, name=operation)
        elif item.kind == "directive":
            yield from twice("graphql.directive_twice", item, item.at, item.name, name=item.name)
        elif not item.extends:
            yield from twice("graphql.type_twice", item, item.at, item.name, name=item.name)
        for field in item.fields:
            name = f"{item.name}.{field.name}"
            yield from twice("graphql.field_twice", item, field.at, item.name, field.name, name=name)
            yield from _arguments_twice(item, name, field.arguments)
        yield from _arguments_twice(item, f"@{item.name}", item.arguments)
        for value in item.inputs:
            name = f"{item.name}.{value.name}"
            yield from twice("graphql.field_twice", item, value.at, item.name, value.name, name=name)
        for value in item.values:
            name = f"{item.name}.{value.name}"
            yield from twice("graphql.value_twice", item, value.at, item.name, value.name, name=name)


def _unknown(schema: Schema) -> Iterator[Breach]:
    """What is referred to is defined (§3.4)."""
    for item, kind in schema.references():
        if kind.name not in schema.known:
            yield Breach("graphql.type_unknown", item.file, kind.at, {"name": kind.name})
    for item in schema.all:
        for name, at in (*item.interfaces, *item.members, *((name, at) for _, name, at in item.roots)):
            if name not in schema.known:
                yield Breach("graphql.type_unknown", item.file, at, {"name": name})


def _directive_uses(schema: Schema) -> Iterator[Breach]:
    """A directive is defined, stands where it may, with the arguments that it has (§3.13, §5.7, §5.4)."""
    for item, use, location in schema.uses():
        known = schema.directives.get(use.name)
        if known is None:
            yield Breach("graphql.directive_unknown", item.file, use.at, {"name": use.name})
            continue
        locations, arguments, _ = known
        if location not in locations:
            params = {"name": use.name, "location": location}
            yield Breach("graphql.directive_misplaced", item.file, use.at, params)
        given: set[str] = set()
        for name, value, at in use.arguments:
            params = {"name": name, "owner": f"@{use.name}"}
            if name not in arguments:
                yield Breach("graphql.argument_unknown", item.file, at, params)
            wanted = _STRINGS.get((use.name, name))
            if wanted is not None and not fits(schema, wanted, value):
                yield Breach("graphql.argument_value", item.file, at, params)
            if name in given:
                yield Breach("graphql.argument_twice", item.file, at, params)
            given.add(name)
        for name, required in arguments.items():
            if required and name not in given:
                params = {"name": name, "owner": f"@{use.name}"}
                yield Breach("graphql.argument_missing", item.file, use.at, params)
    shared: dict[str, set[str]] = {}
    for item, key, uses in schema.use_lists():
        seen = shared.setdefault(key, set()) if key else set()
        for use in uses:
            repeatable = use.name not in schema.directives or schema.directives[use.name][2]
            if use.name in seen and not repeatable:
                yield Breach("graphql.directive_repeated", item.file, use.at, {"name": use.name})
            seen.add(use.name)


def _extensions(schema: Schema) -> Iterator[Breach]:
    """An extension extends a type of its own kind (§3.4.3)."""
    for item in schema.all:
        if item.extends and item.kind != "schema":
            kind = schema.kinds.get(item.name)
            if kind is None:
                yield Breach("graphql.extends_nothing", item.file, item.at, {"name": item.name})
            elif kind != item.kind:
                yield Breach("graphql.extends_other_kind", item.file, item.at, {"name": item.name})


def _roots(schema: Schema) -> Iterator[Breach]:
    """There is a query root; root types are object types, different ones (§3.3.1)."""
    roots = [(item, *root) for item in schema.all for root in item.roots]
    seen: dict[str, str] = {}
    for item, operation, name, at in roots:
        if schema.kinds.get(name, "type") != "type":
            yield Breach("graphql.root_no_object", item.file, at, {"name": name})
        if seen.setdefault(name, operation) != operation:
            yield Breach("graphql.root_shared", item.file, at, {"name": name})
    stated = next((item for item in schema.all if item.kind == "schema" and not item.extends), None)
    if stated is None:
        for name in ROOTS.values():
            other = schema.merged.get(name)
            if other is not None and other.definition.kind != "type":
                yield Breach("graphql.root_no_object", other.definition.file, other.definition.at, {"name": name})
    if "query" not in root_types(schema.all).values() or (not roots and "Query" not in schema.known):
        first = next((item for item in schema.all if item.kind == "schema"), schema.all[0] if schema.all else None)
        if stated is not None:
            yield Breach("graphql.schema_no_query", stated.file, stated.at, {})
        elif first is not None:
            yield Breach("graphql.no_query", first.file, first.at, {})


def _types(schema: Schema) -> Iterator[Breach]:
    """Names, contents and the direction of what is referred to (§3.6 to §3.10, §3.13)."""
    for name, merged in schema.merged.items():
        item = merged.definition
        if name.startswith("__") and name not in INTROSPECTION:
            yield Breach("graphql.name_reserved", item.file, item.at, {"name": name})
        content = _EMPTY.get(item.kind)
        if content is not None and not any(getattr(part, content) for part in merged.parts):
            yield Breach("graphql.empty", item.file, item.at, {"name": name})
        members: set[str] = set()
        for part in merged.parts:
            for member, at in part.members:
                params = {"name": member, "owner": name}
                if schema.kinds.get(member, "type") != "type":
                    yield Breach("graphql.member_no_object", part.file, at, params)
                if member in members:
                    yield Breach("graphql.member_twice", part.file, at, params)
                members.add(member)
    for item in schema.all:
        for field in item.fields:
            owner = f"{item.name}.{field.name}"
            if field.name.startswith("__"):
                yield Breach("graphql.name_reserved", item.file, field.at, {"name": owner})
            if schema.kinds.get(field.type.name) == "input":
                yield Breach(
                    "graphql.no_output_type", item.file, field.type.at, {"name": field.type.name, "owner": owner}
                )
            yield from _inputs(schema, item, field.arguments, owner)
        yield from _inputs(schema, item, [*item.inputs, *item.values], item.name)
        yield from _inputs(schema, item, item.arguments, f"@{item.name}")
        if item.kind == "directive" and item.name.startswith("__"):
            yield Breach("graphql.name_reserved", item.file, item.at, {"name": f"@{item.name}"})


def _inputs(schema: Schema, item: Definition, values: list[Value], owner: str) -> Iterator[Breach]:
    for value in values:
        name = f"{owner}.{value.name}"
        if value.name.startswith("__"):
            yield Breach("graphql.name_reserved", item.file, value.at, {"name": name})
        if value.type is None:
            continue
        if schema.kinds.get(value.type.name) in ("type", "interface", "union"):
            params = {"name": value.type.name, "owner": name}
            yield Breach("graphql.no_input_type", item.file, value.type.at, params)
        if value.ending is not None and value.demanded:
            yield Breach("graphql.required_deprecated", item.file, value.at, {"name": name})
        if value.default is not None and not fits(schema, value.type, value.default):
            yield Breach("graphql.default_value", item.file, value.at, {"name": name})


def _implementations(schema: Schema) -> Iterator[Breach]:
    """A type has all that its interfaces demand (§3.6 IsValidImplementation)."""
    for name, merged in schema.merged.items():
        stated: dict[str, tuple[Definition, At]] = {}
        for part, interface, at in merged.interfaces:
            params = {"name": name, "interface": interface}
            if interface in stated:
                yield Breach("graphql.implements_twice", part.file, at, params)
            elif interface == name:
                yield Breach("graphql.implements_itself", part.file, at, params)
            elif schema.kinds.get(interface, "interface") != "interface":
                yield Breach("graphql.implements_no_interface", part.file, at, params)
            stated.setdefault(interface, (part, at))
        fields = {field.name: (part, field) for part, field in merged.fields}
        for interface, (part, at) in stated.items():
            demanded = schema.merged.get(interface)
            if demanded is None or interface == name or demanded.definition.kind != "interface":
                continue
            for _, above, _ in demanded.interfaces:
                if above == name:
                    yield Breach("graphql.interface_circle", part.file, at, {"name": name, "interface": interface})
                elif above not in stated:
                    params = {"name": name, "interface": above}
                    yield Breach("graphql.interface_not_inherited", part.file, at, params)
            for _, wanted in demanded.fields:
                where = f"{interface}.{wanted.name}"
                if wanted.name not in fields:
                    params = {"name": name, "interface": where}
                    yield Breach("graphql.interface_field_missing", part.file, at, params)
                else:
                    yield from _fits(schema, *fields[wanted.name], wanted, f"{name}.{wanted.name}", where)


def _fits(schema: Schema, part: Definition, field: Field, wanted: Field, name: str, where: str) -> Iterator[Breach]:
    params = {"name": name, "interface": where}
    if not _is_below(schema, field.type, wanted.type):
        yield Breach("graphql.interface_field_type", part.file, field.type.at, params)
    has = {value.name: value for value in field.arguments}
    demanded = {value.name: value for value in wanted.arguments}
    for argument, value in demanded.items():
        params = {"name": f"{name}.{argument}", "interface": where}
        own = has.get(argument)
        if own is None:
            yield Breach("graphql.interface_argument_missing", part.file, field.at, params)
        elif own.type is not None and value.type is not None and own.type[:2] != value.type[:2]:
            yield Breach("graphql.interface_argument_type", part.file, own.type.at, params)
    for argument, value in has.items():
        if argument not in demanded and value.demanded:
            params = {"name": f"{name}.{argument}", "interface": where}
            yield Breach("graphql.interface_argument_required", part.file, value.at, params)


def _is_below(schema: Schema, kind: Type, wanted: Type) -> bool:
    """IsValidImplementationFieldType (§3.6): the same, or one that says more."""
    own, other = kind.wrappers, iter(wanted.wrappers)
    expected = next(other, "")
    for mark in own:
        if mark == expected:
            expected = next(other, "")
        elif mark == "[":
            return False
    if expected:
        return False
    if kind.name == wanted.name or wanted.name not in schema.kinds or kind.name not in schema.kinds:
        return True
    above = schema.merged.get(wanted.name)
    merged = schema.merged.get(kind.name)
    return (above is not None and kind.name in above.members) or (merged is not None and wanted.name in merged.stated)


def _circles(schema: Schema) -> Iterator[Breach]:
    """No input object demands itself (§3.10 input objects, circular references)."""
    inner: dict[str, list[tuple[Definition, Value]]] = {}
    for name, merged in schema.merged.items():
        if merged.definition.kind == "input":
            inner[name] = [
                (part, value)
                for part in merged.parts
                for value in part.inputs
                if value.type is not None
                and value.type.wrappers == "!"
                and schema.kinds.get(value.type.name) == "input"
            ]
    state: dict[str, int] = {}  # 1: on the way, 2: done
    for start, first in inner.items():
        if start in state:
            continue
        state[start] = 1
        way = [(start, iter(first))]
        while way:
            name, steps = way[-1]
            for part, value in steps:
                target = value.type.name if value.type is not None else ""
                if state.get(target) == 1:
                    yield Breach("graphql.input_circle", part.file, value.at, {"name": f"{name}.{value.name}"})
                elif target not in state and target in inner:
                    state[target] = 1
                    way.append((target, iter(inner[target])))
                    break
            else:
                state[name] = 2
                way.pop()


def _arguments_twice(item: Definition, owner: str, values: Iterable[Value]) -> Iterator[Breach]:
    seen: set[str] = set()
    for value in values:
        if value.name in seen:
            yield Breach("graphql.argument_twice", item.file, value.at, {"name": value.name, "owner": owner})
        seen.add(value.name)
