"""Reading a document type definition that lies by itself, with expat: what it names comes from where it lies, or not
at all; nothing is fetched."""

import posixpath
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

import msgspec

from cpo_scan.probe.patterns import standard
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

_LARGEST = 8 * 2**20  # octets of a file
_ALL = 64 * 2**20  # octets of all that belongs together
_FILES = 500
_DEEPEST = 40  # files inside each other
_LISTED = 20
_USED = standard(r"%([A-Za-z_:][-A-Za-z0-9._:]*+);")
_DECLARED = standard(r"<!ENTITY\s++%\s++([A-Za-z_:][-A-Za-z0-9._:]*+)\s")
# Declared behind all else: expat tells of it unless it met an entity that nothing declares (XML 1.0 §4.1)
_END_NAME = "cpo-scan.end"
_END = b'\n<!ENTITY cpo-scan.end "">'
_CARRIER = b'<!DOCTYPE a SYSTEM "it"><a/>'
# What SGML (ISO 8879) has and XML dropped: omitted tags, data entities, entities without a place, comments and groups
# inside of declarations, exceptions in content models, kinds of attributes
_SGML = (
    r"<!ELEMENT\s++(?:[^\s<>()]++|\([^<>()]*+\))\s++[-Oo]\s++[-Oo][\s(%]",
    r"<!ENTITY\s++(?:%\s++)?[^\s<>%]++\s++(?:[SC]DATA|PI|STARTTAG|ENDTAG|M[SD])\s++[\"']",
    r"<!ENTITY\s++(?:%\s++)?[^\s<>%]++\s++PUBLIC\s++(?:\"[^\"]*+\"|'[^']*+')\s*+>",
    r"<!(?:SGML|SHORTREF|USEMAP|USELINK|LINKTYPE)\s",
    r"<!(?:ELEMENT|ATTLIST)\s++\(",
    r"<!(?:ELEMENT|ATTLIST|ENTITY)\s[^<>\"']{0,1000}\s--",
    r"\s[-+]\(\s{0,9}[A-Za-z%]",
    r"\s(?:NUMBERS?|NAMES?|NUTOKENS?|#CURRENT|#CONREF)\s",
)

Load = Callable[[str], Content | None]
"""Gives the file at a path of the container, None where there is none."""


class DtdReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a definition declares; `external` are entities that it keeps elsewhere, which were not read."""

    elements: int
    attributes: int
    entities: int
    external: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    """Parameter entities that it uses and leaves to whoever includes it: a module, which can't be judged by itself."""
    sgml: bool = False
    """It is written in SGML, of which XML is a part only: nothing more is known of it."""


def read_dtd(content: Content, path: str = "", load: Load = lambda _: None) -> DtdReport:
    """Read the definition at `path` of its container with the files that it names, through `load`.

    Raises Unreadable("dtd.malformed", line, column, error) where XML 1.0 §2.8 is broken, LimitHit for its size.
    """
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    return _Reader(data, path, load).report()


class _Reader:
    def __init__(self, data: bytes, path: str, load: Load) -> None:
        self._data, self._path, self._load = data, path, load
        self._counts = {"elements": 0, "attributes": 0, "entities": 0}
        self._external: list[str] = []
        self._read: list[bytes] = []
        self._octets = 0
        self._parsers: list[Any] = []
        self._reached = False
        self._broken: tuple[expat.ExpatError, bool] | None = None

    def report(self) -> DtdReport:
        outer = expat.ParserCreate()
        outer.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        outer.ElementDeclHandler = self._counter("elements")
        outer.AttlistDeclHandler = self._counter("attributes")
        outer.EntityDeclHandler = self._entity
        outer.ExternalEntityRefHandler = self._open
        self._parsers.append(outer)
        try:
            outer.Parse(_CARRIER, True)
        except expat.ExpatError as error:
            return self._refused(error)
        return self._report(() if self._reached else self._undeclared())

    def _refused(self, error: expat.ExpatError) -> DtdReport:
        """What an error means: a module lacks what others declare, and SGML is no XML."""
        told, own = self._broken or (error, True)
        name = expat.ErrorString(told.code).replace(" ", "_")[:60]
        if "amplification" in name:
            raise LimitHit("limit.xml_expansion", limit=_ALL)
        undeclared = self._undeclared()
        if undeclared:
            return self._report(undeclared)
        if any(_is_sgml(data) for data in (self._data, *self._read)):
            return self._report((), sgml=True)
        if not own:
            told = error  # the file that it names is examined by itself, and said to be wrong there
        raise Unreadable("dtd.malformed", line=told.lineno, column=told.offset + 1, error=name) from None

    def _counter(self, name: str) -> Any:
        def counted(*_: object) -> None:
            self._counts[name] += 1

        return counted

    def _entity(self, name: str, *_: object) -> None:
        if name == _END_NAME:
            self._reached = True
        else:
            self._counts["entities"] += 1

    def _open(self, context: str | None, base: str | None, system: str | None, public: str | None) -> int:
        """Called by expat for the definition itself, and for each file that it names."""
        inner = self._parsers[-1].ExternalEntityParserCreate(context)
        if len(self._parsers) == 1 and system == "it":
            data, place = self._data, self._path
        else:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(base or ""), system or ""))
            data = self._found(system or "", place)
            if not data:
                self._external.append((system or public or "")[:200])
        inner.SetBase(place)
        self._parsers.append(inner)
        try:
            # Nothing, where it is not at hand: expat would leave out all that follows if it were not read at all.
            inner.Parse(data, False)
            inner.Parse(_END if data is self._data and b"\0" not in data[:4] else b"", True)
        except expat.ExpatError as error:
            self._broken = self._broken or (error, len(self._parsers) == 2)
            return 0
        finally:
            self._parsers.pop()
        return 1

    def _found(self, system: str, place: str) -> bytes:
        if not system or ":" in system.partition("/")[0] or system.startswith("/") or place.startswith(".."):
            return b""
        if len(self._read) >= _FILES or len(self._parsers) > _DEEPEST:
            return b""
        content = self._load(place)
        if content is None:
            return b""
        data = bytes(content.whole())
        self._octets += len(data)
        if len(data) > _LARGEST or self._octets > _ALL:
            raise LimitHit("limit.document_bytes", size=self._octets, limit=_ALL)
        self._read.append(data)
        return data

    def _report(self, undeclared: tuple[str, ...], *, sgml: bool = False) -> DtdReport:
        return DtdReport(
            elements=self._counts["elements"],
            attributes=self._counts["attributes"],
            entities=self._counts["entities"],
            external=tuple(sorted(set(self._external))[:_LISTED]),
            undeclared=undeclared,
            sgml=sgml,
        )

    def _undeclared(self) -> tuple[str, ...]:
        """Names of parameter entities (XML 1.0 §4.1) that are used and declared nowhere here; at most 20."""
        read = [_without_comments(data) for data in (self._data, *self._read)]
        used = {found.group(1) for data in read for found in _USED.finditer(data)}
        used -= {found.group(1) for data in read for found in _DECLARED.finditer(data)}
        return tuple(sorted(name.decode("ascii") for name in used)[:_LISTED])


def _without_comments(data: bytes) -> bytes:
    parts, end = [], 0
    while (start := data.find(b"<!--", end)) >= 0:
        parts.append(data[end:start])
        end = data.find(b"-->", start) + 3
        if end < 3:
            return b" ".join(parts)
    return b" ".join((*parts, data[end:]))


def _is_sgml(data: bytes) -> bool:
    return any(standard(pattern).search(data) is not None for pattern in _SGML)
