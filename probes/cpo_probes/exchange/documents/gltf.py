"""glTF in JSON and in binary (ISO/IEC 12113): the schema, the chunks of a GLB, the files that it needs."""

from typing import Any

from cpo_probes.exchange.documents import gltf_buffers
from cpo_probes.exchange.documents.gltf_buffers import TooMuch
from cpo_probes.exchange.documents.gltf_rules import broken
from cpo_probes.exchange.documents.json_documents import check_json
from cpo_probes.exchange.verdict import Verdict, problem, refused, together, unread
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.data_text import read_json
from cpo_scan.probe.documents import Document

_LISTED = 20


def gltf(artifact: Artifact, context: Context) -> Verdict:
    """A document in JSON."""
    try:
        document = context.json(artifact)
    except Unreadable as error:
        return unread(artifact, context, error)
    return _described(artifact, context, document, None)


def glb(artifact: Artifact, context: Context) -> Verdict:
    """Binary glTF, clause 4.4: a header of 12 bytes, then chunks of a length, a type and data, the first one JSON."""
    try:
        data = context.content(artifact).whole()
    except Unreadable as error:
        return unread(artifact, context, error)
    if len(data) < 20:
        return refused("glb.cut", size=len(data))
    version, length = int.from_bytes(data[4:8], "little"), int.from_bytes(data[8:12], "little")
    if version != 2:
        return Verdict(valid=None, problems=(problem("exchange.schema_other_version", version=str(version)),), total=1)
    if length != len(data):
        return refused("glb.length", stated=length, size=len(data))
    chunks = []
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        if size % 4 or at + 8 + size > len(data):
            return refused("glb.chunk", offset=at, size=size)
        chunks.append((bytes(data[at + 4 : at + 8]), at + 8, size))
        at += 8 + size
        if len(chunks) > _LISTED:
            break
    if not chunks or chunks[0][0] != b"JSON" or (len(chunks) > 1 and chunks[1][0] != b"BIN\0"):
        return refused("glb.chunk_order")
    _, start, size = chunks[0]
    if size > context.limits.document_bytes:
        return Verdict(valid=None, problems=(problem("limit.document_bytes", size=size),), total=1)
    try:
        document = read_json(bytes(data[start : start + size]).rstrip(b" "), context.limits)
    except Unreadable as error:
        return unread(artifact, context, error, part="JSON")
    chunk = memoryview(data)[chunks[1][1] : chunks[1][1] + chunks[1][2]] if len(chunks) > 1 else None
    return _described(artifact, context, document, chunk)


def _described(artifact: Artifact, context: Context, document: Document, chunk: gltf_buffers.Octets | None) -> Verdict:
    value: dict[str, Any] = document.value if isinstance(document.value, dict) else {}
    asset = value.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    facts: dict[str, Any] = {
        "generator": _text(asset.get("generator")) if isinstance(asset, dict) else None,
        "extensions_used": _names(value.get("extensionsUsed")),
        "extensions_required": _names(value.get("extensionsRequired")),
    }
    remarks = [
        problem("gltf.file_missing", name=uri[:200]) for uri in _files(value) if context.related(artifact, uri) is None
    ]
    verdict = check_json(artifact, context, document, "gltf", version if isinstance(version, str) else None)
    problems = broken(value) if verdict.valid else []
    too_much = False
    if verdict.valid and not problems:
        try:
            problems = _held(artifact, context, value, chunk)
        except TooMuch:
            too_much = True
    more = Verdict(
        valid=None if too_much else not problems,
        problems=(problem("structure.large"),) if too_much else tuple(problems[:_LISTED]),
        total=1 if too_much else len(problems),
        facts=facts,
        remarks=tuple(remarks[:_LISTED]),
    )
    return together([verdict, more])


def _held(
    artifact: Artifact, context: Context, value: dict[str, Any], chunk: gltf_buffers.Octets | None
) -> list[dict[str, Any]]:
    """What is wrong with the data in the buffers."""

    def related(uri: str) -> gltf_buffers.Octets | None:
        found = context.related(artifact, _unquoted(uri)) if ":" not in uri else None
        return memoryview(context.content(found).whole()) if found is not None else None

    return gltf_buffers.broken(value, gltf_buffers.buffers(value, chunk, related), context.checkpoint)


def _files(value: dict[str, Any]) -> list[str]:
    """Relative addresses of buffers and images, at most 100."""
    found = []
    for key in ("buffers", "images"):
        items = value.get(key)
        for item in items if isinstance(items, list) else ():
            uri = item.get("uri") if isinstance(item, dict) else None
            if isinstance(uri, str) and uri and ":" not in uri:
                found.append(_unquoted(uri))
    return found[:100]


def _unquoted(uri: str) -> str:
    from urllib.parse import unquote

    return unquote(uri)


def _names(value: Any) -> list[str]:
    return [item[:100] for item in value if isinstance(item, str)][:100] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) else None
