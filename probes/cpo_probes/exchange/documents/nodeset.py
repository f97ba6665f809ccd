"""OPC UA node sets (OPC 10000-6 Annex F): the schema, and which information models they define and need."""

from typing import Any

import msgspec

from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import MOST, Verdict, problem, together
from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.xml import Start, walk_xml

_HEAD = frozenset(
    {"UANodeSet", "NamespaceUris", "ServerUris", "Uri", "Models", "Model", "RequiredModel", "RolePermissions",
     "RolePermission", "Extensions", "Extension", "Aliases"}
)  # fmt: skip
_MODELS = 50
_BASE = "http://opcfoundation.org/UA/"  # the model that all others are built on; its version is that of OPC UA


def document(artifact: Artifact, context: Context) -> Verdict:
    """A node set; its models stand before its nodes."""
    verdict = check_document(artifact, context)
    try:
        facts = _models(context.content(artifact), context)
    except Unreadable:
        return verdict  # the verdict says so
    return together([_of_its_time(verdict, facts), Verdict(valid=True, facts=facts)])


def _of_its_time(verdict: Verdict, facts: dict[str, Any]) -> Verdict:
    """What a schema refuses that is older than the release of OPC UA on which the node set is built is left open."""
    stated = [
        version
        for uri, _, version in (row.partition(" ") for row in (*facts["models"], *facts["required_models"]))
        if uri == _BASE and _numbers(version)
    ]
    newest = max(stated, key=_numbers, default="")
    known = [str(row.get("version") or "") for row in verdict.checked_with]
    older = all(_numbers(version) and _numbers(version) < _numbers(newest) for version in known)
    refused = verdict.valid is False and all(row["code"] == "xml.refused" for row in verdict.problems)
    if not (refused and known and older):
        return verdict
    why = problem("exchange.schema_older", version=newest, schema=max(known, key=_numbers))
    return msgspec.structs.replace(
        verdict, valid=None, problems=(why, *verdict.problems)[:MOST], total=verdict.total + 1
    )


def _numbers(version: str) -> tuple[int, ...]:
    """`1.05.02` as numbers; none where it is no such version."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() and len(part) < 10 for part in parts) else ()


def _models(content: Content, context: Context) -> dict[str, Any]:
    models: list[str] = []
    needed: list[str] = []
    for event in walk_xml(content, context.limits):
        if not isinstance(event, Start):
            continue
        local = event.tag.rpartition("}")[2]
        if local not in _HEAD or local == "Aliases":
            break
        if local in ("Model", "RequiredModel"):
            uri, version = event.attributes.get("ModelUri", ""), event.attributes.get("Version", "")
            (models if local == "Model" else needed).append(f"{uri} {version}".strip()[:200])
    return {"models": models[:_MODELS], "required_models": needed[:_MODELS]}
