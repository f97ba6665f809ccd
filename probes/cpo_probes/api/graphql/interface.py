"""A GraphQL schema as an interface that can be compared: fields of the root types, and fields that take arguments."""

from collections import deque

from cpo_probes.api.graphql.introspection import described
from cpo_probes.api.graphql.schema import BUILT_IN_SCALARS, Definition, Field, Merged, Schema, Value, root_types
from cpo_probes.api.graphql.schema import Type as Reference
from cpo_probes.api.graphql.syntax import parse
from cpo_probes.api.graphql.tokens import SyntaxFault
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import ANY, Interface, Operation, Slot, Type

_LARGEST = 16 * 2**20
_BASES = {"Int": "integer", "Float": "number", "Boolean": "boolean", "String": "string", "ID": "ID"}


def read_graphql(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of one SDL document; None where it does not parse. Types of other documents take everything."""
    try:
        definitions, _ = parse(context.text(artifact, _LARGEST), artifact)
    except SyntaxFault:
        return None  # the probe of the family says so
    return _interface(definitions)


def read_introspection(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of an introspection result; None where it is none. Raises as the readers do."""
    definitions = described(artifact, context.json(artifact).value)
    return _interface(definitions) if definitions is not None else None


def _interface(definitions: list[Definition]) -> Interface | None:
    return _Reading(Schema(definitions), root_types(definitions)).interface()


class _Reading:
    def __init__(self, schema: Schema, roots: dict[str, str]) -> None:
        self._schema, self._roots = schema, roots
        self._types: list[Type] = [Type()]
        self._numbers: dict[tuple[str, str], int] = {}
        self._todo: deque[tuple[int, str, str]] = deque()

    def interface(self) -> Interface | None:
        """The schema, if it has operations."""
        operations: dict[str, Operation] = {}
        for name, merged in sorted(self._schema.merged.items()):
            for _, field in merged.fields:
                if name in self._roots:
                    operations[f"{self._roots[name]} {field.name}"] = self._operation(name, field)
                elif field.arguments:
                    operations[f"{name}.{field.name}"] = self._operation(name, field)
        if not any(name in self._roots for name in self._schema.merged):
            return None
        while self._todo:
            number, name, wrappers = self._todo.popleft()
            self._types[number] = self._type(name, wrappers)
        return Interface(family="graphql", operations=operations, types=self._types)

    def _operation(self, owner: str, field: Field) -> Operation:
        at = f"{owner}.{field.name}"
        return Operation(
            inputs={value.name: self._input(value, f"{at}.{value.name}") for value in field.arguments},
            outputs={"result": Slot(type=self._number(field.type), at=at)},
            deprecated=field.ending is not None,
            at=at,
        )

    def _input(self, value: Value, at: str) -> Slot:
        # That it must be given says that it may not be null: one change and not two.
        number = ANY if value.type is None else self._numbered(value.type.name, value.type.wrappers.removeprefix("!"))
        return Slot(type=number, required=value.demanded, deprecated=value.ending is not None, at=at)

    def _number(self, reference: Reference) -> int:
        return self._numbered(reference.name, reference.wrappers)

    def _numbered(self, name: str, wrappers: str) -> int:
        if not wrappers.strip("!") and name not in self._schema.merged and name not in BUILT_IN_SCALARS:
            return ANY
        known = self._numbers.get((name, wrappers))
        if known is None:
            known = self._numbers[name, wrappers] = len(self._types)
            self._types.append(Type())
            self._todo.append((known, name, wrappers))
        return known

    def _type(self, name: str, wrappers: str) -> Type:
        nullable, inner = not wrappers.startswith("!"), wrappers.removeprefix("!")
        if inner.startswith("["):
            return Type(bases=("array",), nullable=nullable, item=self._numbered(name, inner[1:]))
        merged = self._schema.merged.get(name)
        if merged is None:
            return Type(bases=(_BASES.get(name, name),), nullable=nullable)
        match merged.definition.kind:
            case "enum":
                return Type(name, ("string",), nullable, values=tuple(sorted(merged.values)), at=name)
            case "union":
                members = tuple(self._numbered(member, "!") for member in sorted(merged.members))
                return Type(name, nullable=nullable, alternatives=members, at=name)
            case "input":
                slots = {key: self._input(value, f"{name}.{key}") for key, value in merged.inputs.items()}
                return Type(name, ("object",), nullable, members=slots, closed=True, at=name)
            case "type" | "interface":
                return Type(name, ("object",), nullable, members=self._fields(name, merged), at=name)
            case _:
                return Type(name, (name,), nullable, at=name)

    def _fields(self, name: str, merged: Merged) -> dict[str, Slot]:
        """Fields that take arguments are operations of their own."""
        return {
            field.name: Slot(
                type=self._number(field.type), deprecated=field.ending is not None, at=f"{name}.{field.name}"
            )
            for _, field in merged.fields
            if not field.arguments
        }
