"""The probe for GraphQL introspection results: the same schema as data (GraphQL, September 2025, clause 4)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.deprecation import Deprecation, deprecation
from cpo_probes.api.description import (
    Verdict,
    evidence_of_gaps,
    evidence_of_problems,
    listed,
    mapping,
    offered_by,
    opened,
)
from cpo_probes.api.graphql.rules import breaches
from cpo_probes.api.graphql.schema import BUILT_IN_SCALARS, INTROSPECTION, Definition, Field, Type, Value, root_types
from cpo_probes.api.graphql.surface import description_of, surface
from cpo_probes.api.graphql.syntax import parse_constant
from cpo_probes.api.graphql.tokens import SyntaxFault
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Problem, pointer_to, without_collection

_FAMILY = "graphql"
_COUNTED = 10_000  # breaches beyond these are not looked for
_WRAPPERS = 32  # of a type; the query that tools send asks for nine
_KINDS = {
    "OBJECT": "type", "INTERFACE": "interface", "UNION": "union", "ENUM": "enum", "INPUT_OBJECT": "input",
    "SCALAR": "scalar",
}  # fmt: skip
_BUILT_IN = BUILT_IN_SCALARS | INTROSPECTION
_BUILT_IN_DIRECTIVES = frozenset(("skip", "include", "deprecated", "specifiedBy", "oneOf"))


class GraphQlIntrospectionProbe(Probe):
    """What the shipped GraphQL introspection results describe.

    Operations are the fields of the root types.
    """

    id = "api.graphql-introspection"
    version = 1
    examines = formats("graphql-introspection")
    states = ("api.description",)
    limitations = ("an introspection result tells nothing of the directives that are applied in the schema",)
    references = ("https://spec.graphql.org/September2025/#sec-Introspection",)
    remediation = "Give every field of the root types a description that says more than its name."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        document = opened(artifact, context, _FAMILY, context.json)
        if isinstance(document, Finding):
            yield document
            return
        found = _schema(document.value)
        if found is None:
            return
        with without_collection():
            reader = _Reader(artifact, *found)
            definitions = reader.definitions()
            context.checkpoint()
            verdict = Verdict()
            verdict.keep(document.problems, tolerated=frozenset({"json.duplicate_key"}))
            problems = (
                *((code, pointer, {}) for code, pointer in reader.faults),
                *((breach.code, str(breach.at), breach.params) for breach in islice(breaches(definitions), _COUNTED)),
            )
            for code, pointer, params in problems:
                line, column = document.position(pointer)
                shown = {key: text[:200] for key, text in params.items()}
                verdict.keep([Problem(code=code, params=shown, pointer=pointer, line=line, column=column)])
            attributes, gaps = surface(
                definitions, root_types(definitions), lambda at: {"pointer": str(at)}, lambda _: ""
            )
        offered, reason = offered_by(description_of(definitions))
        base = found[0]
        yield Finding(
            "api.description",
            {"family": _FAMILY, **attributes, **verdict.attributes()},
            strength=verdict.strength,
            evidence=(
                artifact.at(document.excerpt(base), **document.place(base)),
                *evidence_of_problems(artifact, verdict.problems),
                *evidence_of_gaps(artifact, gaps, document),
            ),
            offered=offered,
            offered_reason=reason,
        )


def _schema(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Pointer and value of `__schema`: at the root, or below `data` or another key."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("__schema"), dict):
        return "/__schema", value["__schema"]
    for key, inner in value.items():
        if isinstance(inner, dict) and isinstance(inner.get("__schema"), dict):
            return pointer_to(key, "__schema"), inner["__schema"]
    return None


def described(artifact: Artifact, value: Any) -> list[Definition] | None:
    """The definitions of an introspection result; None where it is none."""
    found = _schema(value)
    return _Reader(artifact, *found).definitions() if found is not None else None


class _Reader:
    """From the data of an introspection result to definitions."""

    def __init__(self, artifact: Artifact, base: str, schema: dict[str, Any]) -> None:
        self._artifact, self._base, self._value = artifact, base, schema
        self.faults: list[tuple[str, str]] = []

    def definitions(self) -> list[Definition]:
        """The schema, its types and directives."""
        schema = Definition("schema", "", self._artifact, self._base, text=_text(self._value))
        for operation in ("query", "mutation", "subscription"):
            name = mapping(self._value.get(f"{operation}Type")).get("name")
            if isinstance(name, str):
                schema.roots.append((operation, name, f"{self._base}/{operation}Type"))
        found = [schema]
        if not isinstance(self._value.get("types"), list):
            self._fault(self._base)
        for index, value in enumerate(listed(self._value.get("types"))):
            pointer = f"{self._base}/types/{index}"
            name, kind = mapping(value).get("name"), mapping(value).get("kind")
            if not isinstance(name, str) or kind not in _KINDS:
                self._fault(pointer)
            elif name not in _BUILT_IN:
                found.append(self._type(value, name, _KINDS[kind], pointer))
        for index, value in enumerate(listed(self._value.get("directives"))):
            name = mapping(value).get("name")
            if isinstance(name, str) and name not in _BUILT_IN_DIRECTIVES:
                pointer = f"{self._base}/directives/{index}"
                item = Definition("directive", name, self._artifact, pointer, text=_text(value))
                item.arguments = list(self._values(value.get("args"), f"{pointer}/args"))
                found.append(item)
        return found

    def _fault(self, pointer: str) -> None:
        if len(self.faults) < _COUNTED:
            self.faults.append(("graphql.introspection", pointer))

    def _type(self, value: dict[str, Any], name: str, kind: str, pointer: str) -> Definition:
        item = Definition(kind, name, self._artifact, pointer, text=_text(value))
        if kind in ("type", "interface"):
            item.fields = list(self._fields(value.get("fields"), f"{pointer}/fields"))
            item.interfaces = list(self._names(value.get("interfaces"), f"{pointer}/interfaces"))
        elif kind == "union":
            item.members = list(self._names(value.get("possibleTypes"), f"{pointer}/possibleTypes"))
        elif kind == "input":
            item.inputs = list(self._values(value.get("inputFields"), f"{pointer}/inputFields"))
        elif kind == "enum":
            item.values = list(self._values(value.get("enumValues"), f"{pointer}/enumValues", typed=False))
        return item

    def _fields(self, values: Any, pointer: str) -> Iterator[Field]:
        for index, value in enumerate(listed(values)):
            at = f"{pointer}/{index}"
            name = mapping(value).get("name")
            kind = self._reference(mapping(value).get("type"), f"{at}/type")
            if not isinstance(name, str) or kind is None:
                self._fault(at)
                continue
            arguments = list(self._values(value.get("args"), f"{at}/args"))
            yield Field(name, arguments, kind, _text(value), [], _ending(value), at)

    def _values(self, values: Any, pointer: str, *, typed: bool = True) -> Iterator[Value]:
        for index, value in enumerate(listed(values)):
            at = f"{pointer}/{index}"
            name = mapping(value).get("name")
            kind = self._reference(mapping(value).get("type"), f"{at}/type") if typed else None
            if not isinstance(name, str) or (typed and kind is None):
                self._fault(at)
                continue
            default = None
            if isinstance(value.get("defaultValue"), str):
                try:
                    default = parse_constant(value["defaultValue"], self._artifact)
                except SyntaxFault:
                    self._fault(f"{at}/defaultValue")
            yield Value(name, kind, default, _text(value), [], _ending(value), at)

    def _names(self, values: Any, pointer: str) -> Iterator[tuple[str, str]]:
        for index, value in enumerate(listed(values)):
            name = mapping(value).get("name")
            if isinstance(name, str):
                yield name, f"{pointer}/{index}"
            else:
                self._fault(f"{pointer}/{index}")

    def _reference(self, value: Any, pointer: str) -> Type | None:
        wrappers = ""
        for _ in range(_WRAPPERS):
            kind = mapping(value).get("kind")
            if kind in ("NON_NULL", "LIST"):
                wrappers += "!" if kind == "NON_NULL" else "["
                value = value.get("ofType")
                continue
            name = mapping(value).get("name")
            return Type(name, wrappers, pointer) if isinstance(name, str) else None
        return None


def _text(value: dict[str, Any]) -> str:
    description = value.get("description")
    return description if isinstance(description, str) else ""


def _ending(value: dict[str, Any]) -> Deprecation | None:
    if value.get("isDeprecated") is not True:
        return None
    reason = value.get("deprecationReason")
    return deprecation(reason if isinstance(reason, str) else "")
