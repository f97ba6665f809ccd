"""Does a Schematron schema hold together? Its structure and its expressions are checked, and none of it is executed.

Rules of Schematron become a program (XSLT) that runs; those that a product ships are not ours to run.
"""

import importlib.resources
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.xml import root_of, well_formed
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit
from cpo_scan.targets.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import RelaxNG

SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"  # ISO/IEC 19757-3
_LARGEST = 4 * 2**20  # octets
_LISTED = 20
_MOST_EXPRESSIONS = 20_000
_XPATH_1 = (
    "",
    "xslt",
    "xslt1",
    "xpath",
    "exslt",
    "stx",
)  # query languages whose expressions are XPath 1.0 (annexes C to H)
_EXPRESSIONS = {
    "assert": "test",
    "report": "test",
    "rule": "context",
    "value-of": "select",
    "name": "path",
    "let": "value",
}
_PARTS = ("include", "extends")


class SchematronReport(msgspec.Struct, frozen=True, kw_only=True):
    """`valid` is None where something kept it from being checked whole; `rules`: asserts and reports."""

    valid: bool | None
    rules: int = 0
    query: str = ""
    problems: tuple[tuple[Reason, int | None], ...] = ()


def check_schematron(content: Content, limits: Limits) -> SchematronReport:
    """Hold a schema against the grammar of ISO/IEC 19757-3, and its expressions against XPath 1.0 where they are such.

    Raises Unreadable where the document is no well-formed XML.
    """

    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    if well_formed(content, limits).entities:
        return SchematronReport(valid=None, problems=((Reason("xsd.entities"), None),))
    root: Any = root_of(data)
    if root.tag != f"{{{SCHEMATRON}}}schema":
        return SchematronReport(valid=None, problems=((Reason("schematron.older"), None),))
    query = root.get("queryBinding", "").lower()
    rules = sum(1 for _ in root.iter(f"{{{SCHEMATRON}}}assert", f"{{{SCHEMATRON}}}report"))
    grammar = _grammar()
    if not grammar.validate(root):
        listed = [(Reason("schematron.refused"), int(entry.line)) for entry in list(grammar.error_log)[:_LISTED]]
        return SchematronReport(valid=False, rules=rules, query=query, problems=tuple(listed))
    if query in _XPATH_1:
        broken = _broken(root)
        if broken:
            return SchematronReport(valid=False, rules=rules, query=query, problems=tuple(broken))
    missing = [name for name in _PARTS if any(one.get("href") for one in root.iter(f"{{{SCHEMATRON}}}{name}"))]
    if missing:
        problem = (Reason("schematron.includes"), None)
        return SchematronReport(valid=None, rules=rules, query=query, problems=(problem,))
    if query not in _XPATH_1:
        problem = (Reason("schematron.query", {"query": query[:40]}), None)
        return SchematronReport(valid=None, rules=rules, query=query, problems=(problem,))
    return SchematronReport(valid=True, rules=rules, query=query)


def _broken(root: Any) -> list[tuple[Reason, int | None]]:
    """Expressions that are none; those of abstract patterns have holes that are filled elsewhere."""
    from lxml import etree

    found: list[tuple[Reason, int | None]] = []
    looked = 0
    for element in root.iter(*(f"{{{SCHEMATRON}}}{name}" for name in _EXPRESSIONS)):
        text = element.get(_EXPRESSIONS[element.tag.rpartition("}")[2]])
        if text is None or any(
            one.get("abstract") == "true" for one in element.iterancestors(f"{{{SCHEMATRON}}}pattern")
        ):
            continue
        looked += 1
        if looked > _MOST_EXPRESSIONS or len(found) >= _LISTED:
            break
        try:
            etree.XPath(text)
        except etree.XPathError:
            found.append((Reason("schematron.expression", {"expression": text[:80]}), element.sourceline))
    return found


@cache
def _grammar() -> "RelaxNG":
    """The grammar of ISO/IEC 19757-3 as lxml brings it along."""
    from lxml import etree

    place = importlib.resources.files("lxml.isoschematron") / "resources" / "rng" / "iso-schematron.rng"
    return etree.RelaxNG(etree.fromstring(place.read_bytes()))
