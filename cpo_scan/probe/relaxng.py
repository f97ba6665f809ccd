"""Compiling a RELAX NG schema in XML that is not trusted: one that pulls in others is not compiled."""

from cpo_scan.probe.xml import root_of, well_formed
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit
from cpo_scan.targets.limits import Limits

RELAXNG = "http://relaxng.org/ns/structure/1.0"
_LARGEST = 2 * 2**20  # octets of a schema that is compiled


def compile_relaxng(content: Content, limits: Limits) -> tuple[bool | None, str]:
    """Does it hold together (None: not checked), and a code that says why or what is wrong. Raises Unreadable."""
    from lxml import etree

    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    if well_formed(content, limits).entities:
        return None, "xsd.entities"
    root = root_of(data)
    if any(True for _ in root.iter(f"{{{RELAXNG}}}include", f"{{{RELAXNG}}}externalRef")):
        return None, "relaxng.includes"
    try:
        etree.RelaxNG(root)
    except etree.RelaxNGParseError:
        return False, "relaxng.refused"
    return True, ""
