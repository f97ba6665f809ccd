"""Reading a document type definition that lies by itself, with expat: nothing it names is fetched."""

from typing import Any
from xml.parsers import expat

import msgspec

from cpo_scan.probe.patterns import standard
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

_LARGEST = 8 * 2**20  # octets
_USED = standard(r"%([A-Za-z_:][-A-Za-z0-9._:]*+);")
_DECLARED = standard(r"<!ENTITY\s++%\s++([A-Za-z_:][-A-Za-z0-9._:]*+)\s")
_CARRIER = b'<!DOCTYPE a SYSTEM "it"><a/>'


class DtdReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a definition declares; `external` are entities that it keeps elsewhere, which were not read."""

    elements: int
    attributes: int
    entities: int
    external: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    """Parameter entities that it uses and leaves to whoever includes it: a module, which can't be judged by itself."""


def read_dtd(content: Content) -> DtdReport:
    """Raises Unreadable("dtd.malformed", line, column, error) where XML 1.0 §2.8 is broken, LimitHit for its size."""
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    undeclared = _undeclared(data)
    counts = {"elements": 0, "attributes": 0, "entities": 0}
    external: list[str] = []
    outer = expat.ParserCreate()
    outer.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
    broken: list[expat.ExpatError] = []

    def count(name: str) -> Any:
        def counted(*_: object) -> None:
            counts[name] += 1

        return counted

    def open_external(context: str | None, _base: str | None, system: str | None, public: str | None) -> int:
        if opened or system != "it":
            external.append((system or public or "")[:200])
            return 1
        opened.append(True)
        inner = outer.ExternalEntityParserCreate(context)
        try:
            inner.Parse(data, True)
        except expat.ExpatError as error:
            broken.append(error)
            return 0
        return 1

    opened: list[bool] = []
    outer.ElementDeclHandler = count("elements")
    outer.AttlistDeclHandler = count("attributes")
    outer.EntityDeclHandler = count("entities")
    outer.ExternalEntityRefHandler = open_external
    try:
        outer.Parse(_CARRIER, True)
    except expat.ExpatError as error:
        told = broken[0] if broken else error
        if undeclared:
            return _report(counts, external, undeclared)
        name = expat.ErrorString(told.code).replace(" ", "_")[:60]
        raise Unreadable("dtd.malformed", line=told.lineno, column=told.offset + 1, error=name) from None
    return _report(counts, external, undeclared)


def _report(counts: dict[str, int], external: list[str], undeclared: tuple[str, ...]) -> DtdReport:
    return DtdReport(
        elements=counts["elements"],
        attributes=counts["attributes"],
        entities=counts["entities"],
        external=tuple(sorted(set(external))[:20]),
        undeclared=undeclared,
    )


def _undeclared(data: bytes) -> tuple[str, ...]:
    """Names of parameter entities (XML 1.0 §4.1) that are used and not declared here; at most 20."""
    used = {found.group(1) for found in _USED.finditer(data)}
    used -= {found.group(1) for found in _DECLARED.finditer(data)}
    return tuple(sorted(name.decode("ascii") for name in used)[:20])
