"""The probe for RAML descriptions (versions 0.8 and 1.0); resources and methods are read by `raml_surface`."""

from collections.abc import Iterator
from itertools import islice

from cpo_probes.api.description import (
    LISTED,
    Verdict,
    counted,
    evidence_of_gaps,
    evidence_of_problems,
    mapping,
    offered_by,
    opened,
    text_of,
    without_user,
)
from cpo_probes.api.raml.surface import Reader, Resource
from cpo_probes.api.standard_apis import standardised
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Document, Problem, pointer_to, without_collection

_FAMILY = "raml"
_COUNTED = 10_000  # problems beyond these are not looked for
# RAML 1.0 "The Root of the Document"; RAML 0.8 "Basic Information" and what follows.
_ROOT_10 = frozenset(
    (
        *("title", "description", "version", "baseUri", "baseUriParameters", "protocols", "mediaType", "documentation"),
        *("schemas", "types", "traits", "resourceTypes", "annotationTypes", "securitySchemes", "securedBy", "uses"),
    )
)
_ROOT_08 = _ROOT_10 - {"description", "types", "annotationTypes", "uses"}
# RAML 1.0 "Methods".
_METHOD_10 = frozenset(
    (
        *("displayName", "description", "queryParameters", "headers", "queryString", "responses", "body", "protocols"),
        *("is", "securedBy"),
    )
)
_METHOD_08 = _METHOD_10 - {"displayName", "queryString"} | {"baseUriParameters"}


class RamlProbe(Probe):
    """What the shipped RAML documents describe.

    Operations are methods of resources, those that a resource takes over from its type included.
    """

    id = "api.raml"
    version = 2
    examines = formats("raml")
    states = ("api.description",)
    limitations = (
        "overlays and extensions are not applied",
        "there is no official schema of RAML: the root, resources, methods, includes and names that are referred to are"
        " checked, data types are not; so a document without a fault has validity null",
    )
    references = (
        "https://github.com/raml-org/raml-spec/blob/master/versions/raml-10/raml-10.md",
        "https://github.com/raml-org/raml-spec/blob/master/versions/raml-08/raml-08.md",
    )
    remediation = "Describe every method in words that say more than its name."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        document = opened(artifact, context, _FAMILY, context.yaml)
        if isinstance(document, Finding):
            yield document
            return
        with without_collection():
            finding = _finding(artifact, document, context)
        yield finding


def _finding(artifact: Artifact, document: Document, context: Context) -> Finding:
    version = artifact.version or "1.0"
    value = mapping(document.value)
    reader = Reader(artifact, document, context)
    resources = list(reader.resources())
    counts, gaps = counted([operation for resource in resources for operation in resource.operations(reader)])
    counts |= reader.counts(resources)
    schemes = reader.named("securitySchemes")
    schemas = len(reader.named("types")) + len(reader.named("schemas"))
    base = text_of(reader.text("/baseUri", value.get("baseUri")))
    description = reader.text("/description", value.get("description"))
    verdict = Verdict()
    verdict.keep(document.problems)
    verdict.keep(islice(_root_problems(document, version), _COUNTED))
    verdict.keep(islice(_method_problems(document, resources, version), _COUNTED))
    verdict.keep(reader.problems)
    if reader.external:
        verdict.lacks("raml.external_include", count=len(reader.external))
    verdict.missing += reader.left_out
    if verdict.valid is not False:
        verdict.lacks("raml.no_schema", version=version)
    offered, reason = offered_by((value.get("title"), description))
    return Finding(
        "api.description",
        {
            "family": _FAMILY,
            "version": version,
            "title": text_of(value.get("title")),
            "api_version": text_of(value.get("version")),
            "servers": [without_user(base)] if base else [],
            **counts,
            "security": sorted({kind for scheme in schemes.values() if (kind := text_of(mapping(scheme).get("type")))}),
            "schemas": schemas,
            "external_references": sorted(map(without_user, reader.external))[:LISTED] or None,
            "files": sorted(reader.files)[:LISTED] or None,
            **standardised(
                context.data("standard-apis"),
                ((method, resource.path) for resource in resources for method in resource.methods()),
                reader.parameter_names(resources),
                text_of(value.get("title")),
            ),
            **verdict.attributes(),
        },
        strength=verdict.strength,
        evidence=(
            *(
                artifact.at(document.excerpt(pointer), **document.place(pointer))
                for pointer in [pointer_to(key) for key in value if key in ("title", "version") or key.startswith("/")][
                    :8
                ]
            ),
            *(() if value else (artifact.at(),)),
            *evidence_of_problems(artifact, verdict.problems),
            *evidence_of_gaps(artifact, gaps, document),
        ),
        offered=offered,
        offered_reason=reason,
    )


def _root_problems(document: Document, version: str) -> Iterator[Problem]:
    """The root is a mapping with a title and with no other keys than those of the standard."""

    def at(pointer: str, code: str, **params: str) -> Problem:
        line, column = document.position(pointer)
        return Problem(code=code, params=params, pointer=pointer, line=line, column=column)

    value = document.value
    if not isinstance(value, dict):
        yield at("", "raml.root")
        return
    if not isinstance(value.get("title"), str | int | float) or isinstance(value.get("title"), bool):
        yield at("/title" if "title" in value else "", "raml.title")
    known = _ROOT_08 if version == "0.8" else _ROOT_10
    for key in value:
        if key not in known and not key.startswith("/") and not (key.startswith("(") and version != "0.8"):
            yield at(pointer_to(key), "raml.unknown_key", name=key[:200])


def _method_problems(document: Document, resources: list[Resource], version: str) -> Iterator[Problem]:
    """A method has no other keys than those of the standard."""
    known = _METHOD_08 if version == "0.8" else _METHOD_10
    for resource in resources:
        for method, value in resource.own.items():
            for key in mapping(value):
                if key not in known and not (key.startswith("(") and version != "0.8") and resource.pointer is not None:
                    pointer = resource.pointer + pointer_to(method, key)
                    line, column = document.position(pointer)
                    params = {"name": key[:200]}
                    yield Problem(code="raml.unknown_key", params=params, pointer=pointer, line=line, column=column)
