"""Functional Mock-up Units: layout, model description by the schema of its version, platforms of their binaries."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.packages import parts
from cpo_probes.exchange.verdict import Verdict, problem, refused, unread
from cpo_probes.exchange.xml_documents import check_document
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
    try:
        facts = _facts(context.content(artifact), context)
    except Unreadable:
        return verdict  # the verdict says so
    return Verdict(**_with(verdict, facts=facts))


def fmu(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """An archive: FMI 1.0 for Model Exchange clause 2.4, 2.0.4 clause 2.3, 3.0 clause 2.5."""
    if _DESCRIPTION not in members:
        yield refused("package.part_missing", part=_DESCRIPTION)
        return
    yield from parts(artifact, context, [_DESCRIPTION, *(name for name in _OTHERS if name in members)])
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


def _with(verdict: Verdict, **changes: Any) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in verdict.__struct_fields__} | changes
