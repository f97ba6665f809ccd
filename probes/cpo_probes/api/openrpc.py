"""The probe for OpenRPC descriptions of JSON-RPC services."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.deprecation import deprecation
from cpo_probes.api.description import (
    LISTED,
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    evidence_of_problems,
    information,
    listed,
    mapping,
    offered_by,
    opened,
    text_of,
    without_user,
    words,
)
from cpo_probes.api.references import File, References
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Document, Problem, pointer_to, without_collection
from cpo_scan.probe.schemas import NoSchema, check, versions
from cpo_scan.probe.wording import is_documented

_FAMILY = "jsonrpc"
_SCHEMA = "openrpc"
_COUNTED = 10_000  # problems of one sort beyond these are not looked for
_TOLERATED = frozenset({"json.duplicate_key"})
# Keys whose value is plain data, where a `$ref` is no reference.
_DATA = frozenset(("examples", "default", "enum", "const", "value", "example", "required"))
_MAPS = frozenset(("properties", "patternProperties", "definitions", "schemas", "contentDescriptors", "components"))


class OpenRpcProbe(Probe):
    """What the shipped OpenRPC documents describe.

    Methods, how far they are described, and whether the document is valid by the official schema and by what the text
    of the standard demands beyond it.
    """

    id = "api.openrpc"
    version = 1
    examines = formats("openrpc")
    states = ("api.description",)
    limitations = (
        "external references are recorded and never fetched; a description that needs them has validity null",
    )
    references = ("https://spec.open-rpc.org/", "https://www.jsonrpc.org/specification")
    remediation = "Describe every method and its parameters in words that say more than their names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        document = opened(artifact, context, _FAMILY, context.yaml)
        if isinstance(document, Finding):
            yield document
            return
        version = text_of(mapping(document.value).get("openrpc"))
        if version is not None and version[:1].isdigit():
            with without_collection():
                finding = _finding(artifact, document, context, version[:40])
            yield finding


def _finding(artifact: Artifact, document: Document, context: Context, version: str) -> Finding:
    references = References(artifact, document, context, _SCHEMA)
    value = document.value
    verdict = Verdict()
    schema = next((known for known in versions(_SCHEMA) if version.startswith(known + ".")), "")
    verdict.keep(document.problems, tolerated=_TOLERATED)
    try:
        checked = check(document, _SCHEMA, schema)
        verdict.keep(checked.problems, checked.total)
    except NoSchema:
        verdict.lacks("openrpc.no_schema", version=version)
    verdict.keep(islice(_dangling(references), _COUNTED))
    described = list(methods(references))
    verdict.keep(islice(_rules(described, document), _COUNTED))
    if references.external:
        verdict.lacks("openrpc.external_reference", count=len(references.external))
    verdict.missing += references.left_out
    counts, gaps = counted([_operation(*method, references) for method in described])
    offered, reason = offered_by(
        (mapping(value.get("info")).get(key) for key in ("title", "description")), (value, mapping(value.get("info")))
    )
    return Finding(
        "api.description",
        {
            "family": _FAMILY,
            "language": "openrpc",
            "version": version,
            **information(value.get("info")),
            "servers": [
                without_user(url)
                for server in listed(value.get("servers"))
                if isinstance(url := mapping(server).get("url"), str)
            ][:LISTED],
            **counts,
            **_parameters(described, references),
            "operations_with_example": sum(bool(method.get("examples")) for _, method, _ in described),
            "operations_with_error": sum(bool(method.get("errors")) for _, method, _ in described),
            "external_references": sorted(map(without_user, references.external))[:LISTED] or None,
            "files": [file.path for file in references.files][:LISTED] or None,
            **verdict.attributes(),
        },
        strength=verdict.strength,
        evidence=(
            *(
                artifact.at(document.excerpt(pointer), **document.place(pointer))
                for pointer in ("/openrpc", "/info", "/methods")
                if pointer[1:] in value
            ),
            *evidence_of_problems(artifact, verdict.problems),
            *evidence_of_gaps(artifact, gaps, document),
        ),
        offered=offered,
        offered_reason=reason,
    )


_Method = tuple[str, dict[str, Any], File]  # pointer, value, the file that the value stands in


def methods(references: References) -> Iterator[_Method]:
    """The methods of a description: pointer, value, and the file that the value stands in."""
    root = references.root
    assert root.document is not None
    for index, written in enumerate(listed(root.document.value.get("methods"))):
        method, file = references.follow(written, root)
        if isinstance(method, dict):
            yield pointer_to("methods", index), method, file


def _operation(pointer: str, method: dict[str, Any], file: File, references: References) -> Operation:
    name = str(method.get("name", ""))[:300]
    text = words(method, "summary", "description")
    return Operation(
        name=name,
        text=text,
        own=(name,),
        place={"pointer": pointer},
        deprecation=deprecation(text, method) if method.get("deprecated") is True else None,
        internal=method.get("x-internal") is True,
        artifact=None if file is references.root else file.artifact,
    )


def _parameters(methods: list[_Method], references: References) -> dict[str, int]:
    """Parameters and results, and how many of them are described."""
    counts = {"parameters": 0, "documented_parameters": 0, "responses": 0, "documented_responses": 0}
    for _, method, file in methods:
        parts = [("parameters", item) for item in listed(method.get("params"))]
        parts += [("responses", method["result"])] if "result" in method else []
        for kind, written in parts:
            meant = mapping(references.follow(written, file)[0])
            counts[kind] += 1
            text = words(meant, "summary", "description")
            counts[f"documented_{kind}"] += is_documented(text, str(meant.get("name", "")))
    return counts


def _rules(methods: list[_Method], document: Document) -> Iterator[Problem]:
    """Method names are unique, parameter names within a method, required ones come first (OpenRPC, Method Object)."""
    seen: set[str] = set()
    for pointer, method, _ in methods:
        line, column = document.position(pointer)
        place: dict[str, Any] = {"pointer": pointer, "line": line, "column": column}
        name = method.get("name")
        if isinstance(name, str):
            if name in seen:
                yield Problem(code="openrpc.method_twice", params={"name": name[:200]}, **place)
            seen.add(name)
        parameters: set[str] = set()
        optional = False
        for item in map(mapping, listed(method.get("params"))):
            own = item.get("name")
            if isinstance(own, str) and own in parameters:
                yield Problem(code="openrpc.parameter_twice", params={"name": own[:200]}, **place)
            parameters.update([own] if isinstance(own, str) else [])
            if item.get("required") is True and optional and method.get("paramStructure") != "by-name":
                yield Problem(code="openrpc.required_after_optional", params={"name": str(own)[:200]}, **place)
                break
            optional = optional or ("$ref" not in item and item.get("required") is not True)


def _dangling(references: References) -> Iterator[Problem]:
    """References that lead nowhere, in the description and in its parts in other files."""
    root = references.root
    assert root.document is not None
    todo: list[tuple[File, Any, str, bool]] = [(root, root.document.value, "", False)]
    seen: set[tuple[str, str]] = set()
    steps = 0
    while todo:
        file, node, pointer, named = todo.pop()
        steps += 1
        if steps % 10_000 == 0:
            references.context.checkpoint()
        if isinstance(node, list):
            todo += [
                (file, item, f"{pointer}/{at}", False) for at, item in enumerate(node) if isinstance(item, dict | list)
            ]
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and not named and (file.artifact.path, reference) not in seen:
            seen.add((file.artifact.path, reference))
            place = references.resolve(reference, file)
            if isinstance(place, str):
                if place and file.document is not None:
                    line, column = file.document.position(f"{pointer}/$ref")
                    yield Problem(
                        code=place,
                        params={"reference": reference[:200]},
                        pointer=f"{pointer}/$ref",
                        line=line,
                        column=column,
                        file="" if file is root else file.artifact.path,
                    )
            elif place.file is not root and isinstance(place.value, dict | list):
                todo.append((place.file, place.value, place.pointer, False))
        for key, child in node.items():
            if isinstance(child, dict | list) and (named or (key not in _DATA and not key.startswith("x-"))):
                todo.append((file, child, pointer + pointer_to(key), key in _MAPS and not named))
