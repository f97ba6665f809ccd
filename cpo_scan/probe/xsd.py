"""Compiling an XML Schema that is not trusted: what it imports comes from the product or not at all."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.xml import well_formed
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

XSD = "http://www.w3.org/2001/XMLSchema"

_BASE = "cpo:///"
_TAG = f"{{{XSD}}}"
_LARGEST = 8 * 2**20  # octets of a schema that is compiled
_MOST_OCCURS = 10_000  # libxml2 unrolls some content models: beyond that it takes memory without bound
_MOST_FILES = 500
_LISTED = 20
_ONLY_1_1 = ("assert", "assertion", "alternative", "override", "openContent", "defaultOpenContent")

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
    problems: tuple[XsdProblem, ...] = ()


def compile_xsd(content: Content, limits: Limits, path: str, load: Load) -> XsdReport:
    """Compile the XML Schema 1.0 at `path` of its container with all that it imports and includes, through `load`.

    Raises Unreadable where the document itself is no well-formed XML.
    """
    from lxml import etree

    loader = _Loader(limits, load)
    octets = loader.octets(content)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(_resolver(loader))
    try:
        root = etree.fromstring(octets, parser, base_url=_BASE + quote(path))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable("xml.malformed", line=line, column=column, error="syntax") from None
    names = {item.get("name") for item in root.iterchildren(f"{_TAG}element")}
    report = XsdReport(
        namespace=root.get("targetNamespace"),
        version=root.get("version"),
        elements=tuple(sorted(name for name in names if name))[:_LISTED],
        valid=None,
    )
    if (obstacle := _obstacle(root)) is not None:
        return msgspec.structs.replace(report, problems=(obstacle,))
    loader.unlocated(root)
    refused: list[XsdProblem] = []
    try:
        etree.XMLSchema(root.getroottree())
    except etree.XMLSchemaParseError as error:
        refused = [
            XsdProblem(reason=Reason("xsd.refused", {"error": entry.type_name.lower()}), line=entry.line or None)
            for entry in error.error_log
            if entry.level_name != "WARNING"
        ] or [XsdProblem(reason=Reason("xsd.refused", {"error": "unknown"}))]
    if loader.problems:
        return msgspec.structs.replace(report, problems=tuple(loader.problems[:_LISTED]))
    return msgspec.structs.replace(report, valid=not refused, problems=tuple(refused[:_LISTED]))


class _Loader:
    def __init__(self, limits: Limits, load: Load) -> None:
        self._limits, self._load, self._loaded = limits, load, 0
        self.problems: list[XsdProblem] = []

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
        self._loaded += 1
        path = unquote(url.removeprefix(_BASE))
        content = self._load(path) if url.startswith(_BASE) and self._loaded <= _MOST_FILES else None
        if content is None:
            self._note("xsd.missing", location=path)
            return None
        try:
            octets = self.octets(content)
        except Unreadable as error:
            self._note("xsd.unreadable", location=path, error=error.reason.code)
            return None
        return octets

    def unlocated(self, root: Any) -> None:
        """Note imports that name no place: XML 1.0 processors are left to know the namespace."""
        for reference in root.iterchildren(f"{_TAG}import", f"{_TAG}include", f"{_TAG}redefine"):
            if not (reference.get("schemaLocation") or "").strip():
                self._note("xsd.missing", location=reference.get("namespace") or "")

    def _note(self, code: str, **params: str) -> None:
        problem = XsdProblem(reason=Reason(code, {key: value[:200] for key, value in params.items()}))
        if problem not in self.problems:
            self.problems.append(problem)


def _resolver(loader: _Loader) -> Any:
    from lxml import etree

    class Resolver(etree.Resolver):
        def resolve(self, url: str, _public: str, context: Any) -> Any:  # type: ignore[override]
            octets = loader.at(url)
            if octets is None:
                return self.resolve_empty(context)  # type: ignore[attr-defined]
            return self.resolve_string(octets, context, base_url=url)

    return Resolver()


def _obstacle(root: Any) -> XsdProblem | None:
    """Why a schema is not compiled: it is one of XML Schema 1.1, or it would be unrolled without end."""
    for element in root.iter(f"{_TAG}*"):
        name = element.tag.removeprefix(_TAG)
        if name in _ONLY_1_1:
            return XsdProblem(reason=Reason("xsd.version_1_1", {"element": name}), line=element.sourceline)
        for occurs in (element.get("minOccurs"), element.get("maxOccurs")):
            digits = (occurs or "").strip()
            if digits.isdecimal() and (len(digits) > 9 or int(digits) > _MOST_OCCURS):
                return XsdProblem(reason=Reason("xsd.occurs", {"limit": _MOST_OCCURS}), line=element.sourceline)
    return None
