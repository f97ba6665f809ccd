"""Functional Mock-up Units: layout, model description by the schema of its version, platforms of their binaries."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.documents.fmi_rules import broken
from cpo_probes.exchange.documents.packages import parts
from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import Verdict, problem, refused, together, unread
from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.xml import Start, walk_xml

_DESCRIPTION = "modelDescription.xml"
# FMI 3.0 clause 2.5: further documents of the archive that have a schema of their own
_OTHERS = ("terminalsAndIcons/terminalsAndIcons.xml", "sources/buildDescription.xml")
_KINDS = {
    "ModelExchange": "model exchange",
    "CoSimulation": "co-simulation",
    "ScheduledExecution": "scheduled execution",
    "Implementation": "co-simulation",  # FMI 1.0 for Co-Simulation: without it, model exchange
}


def description(artifact: Artifact, context: Context) -> Verdict:
    """A model description that lies by itself."""
    verdict = check_document(artifact, context)
    if verdict.valid is False:
        return _told(verdict, artifact, context)
    return together([_told(verdict, artifact, context), _ruled(artifact, context, context.content(artifact))])


def _told(verdict: Verdict, artifact: Artifact, context: Context) -> Verdict:
    try:
        facts = _facts(context.content(artifact), context)
    except Unreadable:
        return verdict  # the verdict says so
    return msgspec.structs.replace(verdict, facts=facts)


def _ruled(artifact: Artifact, context: Context, content: Content, *, part: str = "") -> Verdict:
    """What the standard demands beyond its schema."""
    try:
        problems = broken(content, context)
    except Unreadable as error:
        return unread(artifact, context, error, part=part)
    if part:
        problems = [item | {"params": {**item.get("params", {}), "part": part}} for item in problems]
    return Verdict(valid=not problems, problems=tuple(problems), total=len(problems))


def fmu(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """An archive: FMI 1.0 for Model Exchange clause 2.4, 2.0.4 clause 2.3, 3.0 clause 2.5."""
    if _DESCRIPTION not in members:
        yield refused("package.part_missing", part=_DESCRIPTION)
        return
    described = list(parts(artifact, context, [_DESCRIPTION]))
    yield from described
    if all(verdict.valid is not False for verdict in described):
        yield _ruled(artifact, context, context.member_content(artifact, _DESCRIPTION), part=_DESCRIPTION)
    yield from parts(artifact, context, [name for name in _OTHERS if name in members])
    platforms = sorted(
        {
            name.split("/")[1]
            for name in members
            if name.startswith("binaries/") and name.count("/") >= 2 and not name.endswith("/")
        }
    )
    sources = any(name.startswith("sources/") and not name.endswith("/") for name in members)
    facts: dict[str, Any] = {
        "platforms": platforms,
        "sources": sources,
        "documentation": any(name.startswith("documentation/") and not name.endswith("/") for name in members),
    }
    try:
        facts |= _facts(context.member_content(artifact, _DESCRIPTION), context)
    except Unreadable as error:
        yield unread(artifact, context, error, part=_DESCRIPTION)
        return
    remarks = () if platforms or sources else (problem("fmu.no_implementation"),)
    yield Verdict(valid=True, facts=facts, remarks=remarks)


def _facts(content: Content, context: Context) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    kinds: set[str] = set()
    for event in walk_xml(content, context.limits):
        if not isinstance(event, Start):
            continue
        if event.depth == 1:
            attributes = event.attributes
            facts["fmi_version"] = attributes.get("fmiVersion", "")[:40] or None
            facts["model"] = attributes.get("modelName", "")[:200] or None
            facts["generation_tool"] = attributes.get("generationTool", "")[:200] or None
        elif event.depth == 2 and event.tag in _KINDS:
            kinds.add(_KINDS[event.tag])
    if not kinds and str(facts.get("fmi_version") or "").startswith("1."):
        kinds.add("model exchange")
    return facts | {"kinds": sorted(kinds)}
