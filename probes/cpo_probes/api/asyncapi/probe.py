"""The probe for AsyncAPI descriptions; the work is done by the modules named asyncapi_* beside it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.asyncapi.rules import rule_problems
from cpo_probes.api.asyncapi.surface import Surface, actions, surroundings
from cpo_probes.api.asyncapi.walk import Survey, reference_problems
from cpo_probes.api.description import (
    LISTED,
    Verdict,
    counted,
    evidence_of_gaps,
    evidence_of_problems,
    mapping,
    names_placeholder,
    offered_by,
    refused,
    text_of,
    without_user,
)
from cpo_probes.api.references import References
from cpo_scan.probe import Artifact, Context, Finding, Probe, Severity, Unreadable, formats
from cpo_scan.probe.documents import Document, without_collection
from cpo_scan.probe.schemas import NoSchema, check, versions

_FAMILY = "asyncapi"
_COUNTED = 10_000  # problems of one sort beyond these are not looked for
# A description can still be right where a reader merely put up with these.
_TOLERATED = frozenset({"json.duplicate_key"})


class AsyncApiProbe(Probe):
    """What the shipped AsyncAPI documents describe.

    Operations on channels, how far they are described, and whether the document is valid by the official schema of its
    version and by what the text of the standard demands beyond it.
    """

    id = "api.asyncapi"
    version = 2
    examines = formats("asyncapi")
    states = ("api.description",)
    limitations = (
        "external references are recorded and never fetched; a description that needs them has validity null",
        "payloads in other schema languages such as Protocol Buffers are not checked",
        "examples and default values are not held against their schemas",
        "there is no official schema here for versions before 2.0: such a description has validity null",
    )
    references = (
        "https://www.asyncapi.com/docs/reference/specification/v2.6.0",
        "https://www.asyncapi.com/docs/reference/specification/v3.1.0",
    )
    remediation = (
        "Describe every operation in words that say more than its name, and correct what the list of problems names."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            document = context.yaml(artifact)
        except Unreadable as error:
            yield from refused(artifact, context, error, _FAMILY)
            return
        version = text_of(mapping(document.value).get("asyncapi"))
        if version is not None and names_placeholder(mapping(document.value).get("info")):
            context.partly(artifact, "api.template", severity=Severity.BY_DESIGN)
        elif version is not None and version[:1].isdigit():
            with without_collection():
                finding = _finding(artifact, document, context, version[:40])
            yield finding


def _finding(artifact: Artifact, document: Document, context: Context, version: str) -> Finding:
    value = document.value
    references = References(artifact, document, context, _FAMILY)
    major = version.partition(".")[0]
    found = list(actions(references, major))
    context.checkpoint()
    survey, verdict = Survey(), Verdict()
    _check(document, references, survey, verdict, version)
    verdict.keep(islice(rule_problems(references, found, major), _COUNTED))
    if references.external:
        verdict.lacks("asyncapi.external_reference", count=len(references.external))
    verdict.missing += references.left_out
    counts, gaps = counted([action.operation(references) for action in found])
    surface = Surface(references, found)
    offered, reason = offered_by(
        (mapping(value.get("info")).get(key) for key in ("title", "description")), (value, mapping(value.get("info")))
    )
    attributes = {
        "family": _FAMILY,
        "version": version,
        **surroundings(references),
        **counts,
        "channels": surface.channels,
        "documented_channels": surface.documented_channels,
        "parameters": surface.parameters,
        "documented_parameters": surface.documented_parameters,
        "messages": surface.messages,
        "documented_messages": surface.documented_messages,
        "operations_with_example": surface.with_example,
        "secured_operations": surface.secured,
        "deprecated": survey.deprecated,
        "examples": survey.examples,
        "properties": survey.properties,
        "documented_properties": survey.documented_properties,
        "external_references": sorted(map(without_user, references.external))[:LISTED] or None,
        "files": [file.path for file in references.files][:LISTED] or None,
        **verdict.attributes(),
    }
    heads = [f"/{key}" for key in ("asyncapi", "info", "channels", "operations") if key in value]
    return Finding(
        "api.description",
        attributes,
        strength=verdict.strength,
        evidence=(
            *(artifact.at(document.excerpt(pointer), **document.place(pointer)) for pointer in heads),
            *evidence_of_problems(artifact, verdict.problems),
            *evidence_of_gaps(artifact, gaps, document),
        ),
        offered=offered,
        offered_reason=reason,
    )


def _check(document: Document, references: References, survey: Survey, verdict: Verdict, version: str) -> None:
    schema = next((known for known in versions(_FAMILY) if version == known or version.startswith(known + ".")), "")
    verdict.keep(document.problems, tolerated=_TOLERATED)
    try:
        checked = check(document, _FAMILY, schema, disregard=_fits_twice)
        verdict.keep(checked.problems, checked.total)
    except NoSchema:
        verdict.lacks("asyncapi.no_schema", version=version)
    verdict.keep(islice(reference_problems(references, survey, schema), _COUNTED))


def _fits_twice(keyword: str, value: Any) -> bool:
    """The schemas of version 2 let a reference pass as one and also as the part itself, and then want but one of both.

    What the reference leads to is checked for itself.
    """
    return keyword == "oneOf" and isinstance(value, dict) and isinstance(value.get("$ref"), str)
