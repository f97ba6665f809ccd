"""ReqIF documents and archives: the schema of OMG ReqIF 1.2, rules beyond it, what they hold and refer to in vain."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.documents.packages import parts
from cpo_probes.exchange.documents.reqif_rules import LARGEST, broken
from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import Verdict, refused, together
from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.xml import Start, walk_xml

_COUNTED = {
    "SPEC-OBJECT": "spec_objects",
    "SPEC-RELATION": "spec_relations",
    "SPECIFICATION": "specifications",
    "SPEC-OBJECT-TYPE": "spec_types",
    "SPEC-RELATION-TYPE": "spec_types",
    "SPECIFICATION-TYPE": "spec_types",
    "RELATION-GROUP-TYPE": "spec_types",
}


def document(artifact: Artifact, context: Context) -> Verdict:
    """A document by itself."""
    verdict = check_document(artifact, context)
    facts: dict[str, Any] = {}
    if verdict.elements:
        facts = {**_counts(verdict.elements), "dangling_references": verdict.dangling}
    elif verdict.valid is None:
        facts = _walked(context.content(artifact), context)
    return together(
        [
            verdict,
            *_beyond_schema(verdict, context.content(artifact), artifact.size, context),
            Verdict(valid=True, facts=facts),
        ]
    )


def archive(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """OMG ReqIF 1.2 clause 8.5: documents, and the files that they attach."""
    documents = [name for name in members if name.lower().endswith(".reqif")]
    if not documents:
        yield refused("package.part_missing", part="*.reqif")
    facts: Counter[str] = Counter()
    for verdict, name in zip(parts(artifact, context, documents), documents, strict=False):
        yield verdict
        if verdict.elements:
            content = context.member_content(artifact, name)
            yield from _beyond_schema(verdict, content, members[name], context, part=name[:200])
        facts.update(_counts(verdict.elements) if verdict.elements else {})
        facts["dangling_references"] += verdict.dangling
    attached = sum(1 for name in members if name not in documents and not name.endswith("/"))
    yield Verdict(valid=True, facts={**facts, "documents": len(documents), "attachments": attached})


def _beyond_schema(verdict: Verdict, content: Content, size: int, context: Context, **part: str) -> Iterator[Verdict]:
    """What the schema can't say, of a document that was held against it."""
    if not verdict.elements or size > LARGEST:
        return
    try:
        problems, remarks = broken(content, context)
    except Unreadable:
        return  # the verdict says so
    yield Verdict(
        valid=not problems,
        problems=tuple(_placed(item, part) for item in problems),
        total=len(problems),
        remarks=tuple(_placed(item, part) for item in remarks),
    )


def _placed(item: dict[str, Any], part: dict[str, str]) -> dict[str, Any]:
    return {**item, "params": {**item["params"], **part}}


def _walked(content: Content, context: Context) -> dict[str, Any]:
    """The counts of a document for which there was no schema."""
    elements: Counter[str] = Counter()
    try:
        elements.update(event.tag for event in walk_xml(content, context.limits) if isinstance(event, Start))
    except Unreadable:
        return {}  # the verdict says so
    return _counts(elements)


def _counts(elements: dict[str, int]) -> dict[str, int]:
    counts = dict.fromkeys(_COUNTED.values(), 0)
    for tag, count in elements.items():
        if (name := _COUNTED.get(tag.rpartition("}")[2])) is not None:
            counts[name] += count
    return counts
