"""OPC UA node sets (OPC 10000-6 Annex F): the schema, and which information models they define and need."""

from typing import Any

from cpo_probes.exchange.verdict import Verdict, together
from cpo_probes.exchange.xml_documents import check_document
from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.xml import Start, walk_xml

_HEAD = frozenset(
    {"UANodeSet", "NamespaceUris", "ServerUris", "Uri", "Models", "Model", "RequiredModel", "RolePermissions",
     "RolePermission", "Extensions", "Extension", "Aliases"}
)  # fmt: skip
_MODELS = 50


def document(artifact: Artifact, context: Context) -> Verdict:
    """A node set; its models stand before its nodes."""
    verdict = check_document(artifact, context)
    try:
        facts = _models(context.content(artifact), context)
    except Unreadable:
        return verdict  # the verdict says so
    return together([verdict, Verdict(valid=True, facts=facts)])


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
