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

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

_BASE = "cpo:///"
_XML_AT = "cpo-known:xml"
_TAG = f"{{{XSD}}}"
_LARGEST = 8 * 2**20  # octets of a schema that is compiled
_MOST_OCCURS = 10_000  # libxml2 unrolls some content models: beyond that it takes memory without bound
_MOST_PARTICLES = 100_000  # of one content model, with the groups that it refers to put in their places
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
_PARTICLES = ("element", "group", "choice", "sequence", "all", "any")
_REFERRING = (*_NAMING, "ref", "refer", "substitutionGroup")
_INTERNAL = "schemap_internal"  # libxml2: it gave up, which says nothing of the schema
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
    undeclared: tuple[str, ...] = ()
    """Names of its own namespace that it uses and does not declare, where it was refused."""
    restricts: bool = False
    """It restricts content models, and libxml2 does not look whether they are narrower (part 1 §3.9.6)."""


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
    if report.namespace in (XSD, XSI):  # what it declares is built into every compiler, which refuses to have it again
        return msgspec.structs.replace(report, problems=(XsdProblem(reason=Reason("xsd.own_language")),)), None
    loader.unlocated(root)
    loader.roots.append(root)
    _lead_xml(root)
    _without_never(root)
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
    if any(one.reason.params["error"] == _INTERNAL for one in refused):
        return msgspec.structs.replace(report, problems=(XsdProblem(reason=Reason("xsd.compiler")),)), None
    restricts = any(_restricts(one) for one in loader.roots)
    report = msgspec.structs.replace(report, valid=not refused, problems=tuple(refused[:_LISTED]), restricts=restricts)
    if compiled is None:
        return msgspec.structs.replace(report, undeclared=tuple(_undeclared(root))), None
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
        changed = _without_never(root) or changed
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


def _without_never(root: Any) -> bool:
    """Leave out particles that never occur, which are none (part 1 §3.3.2, §3.8.2); was there one?

    libxml2 counts them where it looks whether a content model is ambiguous.
    """
    never = [
        item
        for item in root.iter(*(f"{_TAG}{name}" for name in _PARTICLES))
        if item.get("maxOccurs", "").strip() == "0" and item.get("minOccurs", "").strip() == "0"
    ]
    for item in never:
        if item.getparent() is not root:
            item.getparent().remove(item)
    return bool(never)


def _restricts(root: Any) -> bool:
    return any(
        next(item.iterchildren(*(f"{_TAG}{name}" for name in _PARTICLES)), None) is not None
        for item in root.iter(f"{_TAG}restriction")
    )


def _nothing(_: str) -> None:
    return None


@cache
def _known_xml() -> bytes:
    return (rules_root() / "schemas" / "xml-namespace.xsd").read_bytes()


def obstacle(root: Any) -> XsdProblem | None:
    """Why a schema is not compiled: it is one of XML Schema 1.1, or it would be unrolled without end."""
    if (unrolled := _unrolled(root)) is not None:
        return unrolled
    for element in root.iter(f"{_TAG}*"):
        if (newer := _only_1_1(element)) is not None:
            return XsdProblem(reason=Reason("xsd.version_1_1", {"element": newer}), line=element.sourceline)
        for occurs in (element.get("minOccurs"), element.get("maxOccurs")):
            digits = (occurs or "").strip()
            if digits.isdecimal() and (len(digits) > 9 or int(digits) > _MOST_OCCURS):
                return XsdProblem(reason=Reason("xsd.occurs", {"limit": _MOST_OCCURS}), line=element.sourceline)
    return None


def _unrolled(root: Any) -> XsdProblem | None:
    """Groups that refer to groups, again and again: libxml2 puts each in its place."""
    groups = {group.get("name"): group for group in root.iterchildren(f"{_TAG}group")}
    sizes: dict[str, int] = {}

    def size(holder: Any) -> int:
        total = 0
        for item in holder.iter(f"{_TAG}element", f"{_TAG}any", f"{_TAG}group"):
            name = (item.get("ref") or "").rpartition(":")[2] if item.tag == f"{_TAG}group" else ""
            total += sizes.get(name, 1) if name else 1
        return total

    for name in _inner_first(groups):
        sizes[name] = size(groups[name])
        if sizes[name] > _MOST_PARTICLES:
            reason = Reason("xsd.particles", {"limit": _MOST_PARTICLES})
            return XsdProblem(reason=reason, line=groups[name].sourceline)
    return None


def _inner_first(groups: dict[str, Any]) -> Iterator[str]:
    """Names of groups, each behind those that it refers to; circles are told by the compiler."""
    seen: set[str] = set()
    for start in groups:
        stack = [(start, False)]
        while stack:
            name, done = stack.pop()
            if done:
                yield name
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                for item in groups[name].iter(f"{_TAG}group"):
                    inner = (item.get("ref") or "").rpartition(":")[2]
                    if inner in groups and inner not in seen:
                        stack.append((inner, False))


def _undeclared(root: Any) -> Iterator[str]:
    """Names of the schema's own namespace, or of none, that nothing at its top declares."""
    declared = {item.get("name") for item in root.iterchildren(f"{_TAG}*")}
    own = root.get("targetNamespace")
    used: dict[str, None] = {}
    for element in root.iter(f"{_TAG}*"):
        for attribute in _REFERRING:
            for written in element.get(attribute, "").split():
                prefix, colon, local = written.rpartition(":")
                if local not in declared and element.nsmap.get(prefix if colon else None) == own:
                    used.setdefault(local)
    yield from list(used)[:_LISTED]


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
