"""STEP in XML: which model it follows (business objects, domain model, Part 28), of which part, in which edition."""

from typing import Any

import msgspec

from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import Verdict
from cpo_scan.probe import Artifact, Context, patterns

_MODELS = {"step-bo-xml": "business object model", "step-dm-xml": "domain model", "step-p28": "Part 28"}
# http://standards.iso.org/iso/ts/10303/-3001/-ed-1/tech/xml-schema/bo_model, …/-4442/ed-5/…/domain_model
_ISO = r"https?://standards\.iso\.org/iso/ts/10303/-([0-9]{4})/-?ed-?([0-9]{1,3})/tech/xml-schema/(?:bo_model|domain_model)"


def document(artifact: Artifact, context: Context) -> Verdict:
    """The verdict on the document, with what its namespace says of model, part of ISO/TS 10303 and edition of that."""
    facts: dict[str, Any] = {"model": _MODELS.get(artifact.format or ""), "encoding": "xml"}
    found = patterns.standard(_ISO).search(context.content(artifact).head)
    if found is not None:
        part, edition = found.group(1).decode(), found.group(2).decode()
        facts |= {"schema": found.group(0).decode(), "part": f"ISO/TS 10303-{part}", "part_edition": edition}
    verdict = check_document(artifact, context)
    return msgspec.structs.replace(verdict, facts=verdict.facts | facts)
