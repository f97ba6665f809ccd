"""Compiling an XML Schema that is not trusted: what it imports comes from where it lies, or not at all.

Imports of the XML namespace (`xml:lang` …) always get our own schema of it: published schemas leave the place empty or
name one in the network, and everybody is expected to know it.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.xml import root_of, well_formed
from cpo_scan.probe.xsd_references import References, references_of
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import XMLSchema

XSD = "http://www.w3.org/2001/XMLSchema"

XML = "http://www.w3.org/XML/1998/namespace"

_BASE = "cpo:///"
_XML_AT = "cpo-known:xml"
_TAG = f"{{{XSD}}}"
_LARGEST = 8 * 2**20  # octets of a schema that is compiled
_MOST_OCCURS = 10_000  # libxml2 unrolls some content models: beyond that it takes memory without bound
_MOST_FILES = 500
_LISTED = 20
# What XML Schema 1.1 brought (its appendices on the changes since 1.0): elements, attributes, simple types
_ONLY_1_1 = frozenset(
    ("assert", "assertion", "alternative", "override", "openContent", "defaultOpenContent", "explicitTimezone")
)
_ATTRIBUTES_1_1 = frozenset(
    ("notNamespace", "notQName", "inheritable", "defaultAttributes", "defaultAttributesApply", "xpathDefaultNamespace")
)
_TYPES_1_1 = frozenset(("anyAtomicType", "dateTimeStamp", "dayTimeDuration", "yearMonthDuration"))
_NAMING = ("type", "base", "itemType", "memberTypes")
_VERSIONING = "{http://www.w3.org/2007/XMLSchema-versioning}minVersion"

Load = Callable[[str], Content | None]
"""Gives the schema at a path of the container (`schemas/types.xsd`), None where there is none."""


class XsdProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong, or what kept the schema from being compiled."""

    reason: Reason
    line: int | None = None


class XsdReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a schema says of itself and whether it holds together; `valid` is None where something was missing."""

    namespace: str | None
    version: str | None
    elements: tuple[str, ...]
    valid: bool | None
    includes: tuple[str, ...] = ()
    """Locations of what it includes and imports, as written."""
    problems: tuple[XsdProblem, ...] = ()


def compile_xsd(content: Content, limits: Limits, path: str, load: Load) -> XsdReport:
    """Compile the XML Schema 1.0 at `path` of its container with all that it imports and includes, through `load`.

    Raises Unreadable where the document itself is no well-formed XML.
    """
    report, _ = build_xsd(content, limits, path, load)
    return report


def build_xsd(
    content: Content, limits: Limits, path: str, load: Load, known: Load | None = None, *, lean: bool = False
) -> "tuple[XsdReport, Compiled | None]":
    """The same, and what was compiled: None unless the schema is valid and all of it was there.

    `known` gives schemas by their address (`https://…`) where they are at hand; nothing is fetched. `lean`: compiled
    for documents of any size (`_without_counts`); only a schema compiled as it stands is judged itself.
    """
    from lxml import etree

    loader = _Loader(limits, load, known or _nothing, lean)
    octets = loader.octets(content)
    root = root_of(octets, base_url=_BASE + quote(path), find=loader.at)
    names = {item.get("name") for item in root.iterchildren(f"{_TAG}element")}
    report = XsdReport(
        namespace=root.get("targetNamespace"),
        version=root.get("version"),
        elements=tuple(sorted(name for name in names if name))[:_LISTED],
        includes=tuple(_locations(root))[:_LISTED],
        valid=None,
    )
    if (found := obstacle(root)) is not None:
        return msgspec.structs.replace(report, problems=(found,)), None
    loader.unlocated(root)
    loader.roots.append(root)
    _lead_xml(root)
    if lean:
        _without_counts(root)
    refused: list[XsdProblem] = []
    compiled = None
    try:
        compiled = etree.XMLSchema(root.getroottree())
    except etree.XMLSchemaParseError as error:
        refused = [
            XsdProblem(reason=Reason("xsd.refused", {"error": entry.type_name.lower()}), line=entry.line or None)
            for entry in error.error_log
            if entry.level_name != "WARNING"
        ] or [XsdProblem(reason=Reason("xsd.refused", {"error": "unknown"}))]
    if loader.problems:
        return msgspec.structs.replace(report, problems=tuple(loader.problems[:_LISTED])), None
    report = msgspec.structs.replace(report, valid=not refused, problems=tuple(refused[:_LISTED]))
    if compiled is None:
        return report, None
    return report, Compiled(compiled, references_of(loader.spaces(root.get("targetNamespace") or "")))


class Compiled(msgspec.Struct, frozen=True):
    """A schema ready for validation: libxml2's, and what that leaves out."""

    schema: "XMLSchema"
    references: References


class _Loader:
    def __init__(self, limits: Limits, load: Load, known: Load, lean: bool) -> None:
        self._limits, self._load, self._known, self._loaded = limits, load, known, 0
        self._lean = lean
        self.problems: list[XsdProblem] = []
        self.roots: list[Any] = []

    def spaces(self, namespace: str) -> Iterator[tuple[Any, str]]:
        """All schemas that were read, with the namespace that each counts for."""
        for root in self.roots:
            yield root, root.get("targetNamespace") or namespace

    def octets(self, content: Content) -> bytes:
        """A schema that may be given to libxml2. Raises Unreadable."""
        data = content.whole()
        if len(data) > _LARGEST:
            raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
        if well_formed(content, self._limits).entities:
            self._note("xsd.entities")
        return bytes(data)

    def at(self, url: str) -> bytes | None:
        """What libxml2 asks for; None is an empty document to it."""
        if url == _XML_AT:
            return _known_xml()
        self._loaded += 1
        path = unquote(url.removeprefix(_BASE))
        ask = self._load if url.startswith(_BASE) else self._known
        content = ask(path) if self._loaded <= _MOST_FILES else None
        if content is None:
            self._note("xsd.missing", location=path)
            return None
        try:
            return self._prepared(self.octets(content), path)
        except Unreadable as error:
            self._note("xsd.unreadable", location=path, error=error.reason.code)
            return None

    def _prepared(self, octets: bytes, path: str) -> bytes | None:
        """A schema that another one pulls in: nothing in it that may not be compiled, its XML namespace led to ours."""
        from lxml import etree

        try:
            root = root_of(octets)
        except Unreadable:
            self._note("xsd.unreadable", location=path, error="xml.malformed")
            return None
        if (found := obstacle(root)) is not None:
            self.problems.append(found)
            return None
        self.unlocated(root)
        self.roots.append(root)
        changed = _lead_xml(root)
        if self._lean:
            changed = _without_counts(root) or changed
        return bytes(etree.tostring(root.getroottree())) if changed else octets

    def unlocated(self, root: Any) -> None:
        """Note imports that name no place: XML 1.0 processors are left to know the namespace."""
        for reference in root.iterchildren(f"{_TAG}import", f"{_TAG}include", f"{_TAG}redefine"):
            if reference.get("namespace") != XML and not (reference.get("schemaLocation") or "").strip():
                self._note("xsd.missing", location=reference.get("namespace") or "")

    def _note(self, code: str, **params: str) -> None:
        problem = XsdProblem(reason=Reason(code, {key: value[:200] for key, value in params.items()}))
        if problem not in self.problems:
            self.problems.append(problem)


def _locations(root: Any) -> Iterator[str]:
    for reference in root.iterchildren(f"{_TAG}import", f"{_TAG}include", f"{_TAG}redefine"):
        if location := (reference.get("schemaLocation") or "").strip():
            yield location[:200]


def _lead_xml(root: Any) -> bool:
    """Lead imports of the XML namespace to our schema of it; was there one?"""
    found = False
    for reference in root.iterchildren(f"{_TAG}import"):
        if reference.get("namespace") == XML:
            reference.set("schemaLocation", _XML_AT)
            found = True
    return found


def _without_counts(root: Any) -> bool:
    """Write `choice` without bound as a sequence without bound of one choice, which is the same (XML Schema 1.0 part 1
    §3.8.4); was there one?

    libxml2 counts what a repeated choice takes, and remembers each element that it took until its parent ends; what a
    repeated sequence takes it does not.
    """
    found = [each for each in root.iter(f"{_TAG}choice") if each.get("maxOccurs", "").strip() == "unbounded"]
    for choice in found:
        sequence = choice.makeelement(f"{_TAG}sequence", nsmap=choice.nsmap)
        for name in ("minOccurs", "maxOccurs"):
            if name in choice.attrib:
                sequence.set(name, choice.attrib.pop(name))
        sequence.tail, choice.tail = choice.tail, None
        choice.getparent().replace(choice, sequence)
        sequence.append(choice)
    return bool(found)


def _nothing(_: str) -> None:
    return None


@cache
def _known_xml() -> bytes:
    return (rules_root() / "schemas" / "xml-namespace.xsd").read_bytes()


def obstacle(root: Any) -> XsdProblem | None:
    """Why a schema is not compiled: it is one of XML Schema 1.1, or it would be unrolled without end."""
    for element in root.iter(f"{_TAG}*"):
        if (newer := _only_1_1(element)) is not None:
            return XsdProblem(reason=Reason("xsd.version_1_1", {"element": newer}), line=element.sourceline)
        for occurs in (element.get("minOccurs"), element.get("maxOccurs")):
            digits = (occurs or "").strip()
            if digits.isdecimal() and (len(digits) > 9 or int(digits) > _MOST_OCCURS):
                return XsdProblem(reason=Reason("xsd.occurs", {"limit": _MOST_OCCURS}), line=element.sourceline)
    return None


def _only_1_1(element: Any) -> str | None:
    """What an element of a schema has that XML Schema 1.0 does not know, by its name; None for nothing."""
    name: str = element.tag.removeprefix(_TAG)
    if name in _ONLY_1_1:
        return name
    attributes = element.attrib
    if not _ATTRIBUTES_1_1.isdisjoint(attributes):
        return str(min(_ATTRIBUTES_1_1.intersection(attributes)))
    if attributes.get(_VERSIONING, "1.0").strip() not in ("1.0", ""):
        return "vc:minVersion"
    for attribute in _NAMING:
        for written in attributes.get(attribute, "").split():
            prefix, colon, local = written.rpartition(":")
            if local in _TYPES_1_1 and element.nsmap.get(prefix if colon else None) == XSD:
                return str(local)
    return None
