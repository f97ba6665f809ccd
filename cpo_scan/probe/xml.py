"""XML that is not trusted: nothing is fetched, nothing grows beyond its size, depth and expansion are counted.

Every document goes through expat first, in flat memory: it tells what is malformed and where, counts depth and
expansion while it reads, and takes an attribute of any length. Only what passed is given to libxml2, and its own limits
are lifted only where the document declares nothing that could grow.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol
from xml.parsers import expat

import msgspec

from cpo_scan.model import Severity
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _ElementTree

_PIECE = 256 * 2**10
LONGEST_TEXT = 64 * 2**10
"""Characters of an element's text that are kept."""
_EXPANSION = 64 * 2**20  # characters that defaulted attributes may add

_ERRORS = {
    expat.errors.codes[getattr(expat.errors, name)]: name.removeprefix("XML_ERROR_").lower()
    for name in dir(expat.errors)
    if name.startswith("XML_ERROR_")
}
_AMPLIFIED = "amplification_limit_breach"
_UNKNOWN_ENCODING = ("unknown_encoding", "incorrect_encoding")
_DECLARED = re.compile(rb"""\A<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")


class XmlSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole reading of a well-formed document showed. `root` is written as in the document, with its prefix."""

    root: str
    elements: int
    depth: int
    doctype: bool = False
    external_dtd: str | None = None
    entities: int = 0
    external_entities: int = 0
    names: dict[str, int] = {}
    """How often elements of each name stand there, `{namespace}local`; with a watcher."""

    @property
    def unread(self) -> tuple[Unreadable, ...]:
        """What the document pulls in and was not read."""
        rows = []
        if self.external_entities:
            rows.append(Unreadable("xml.external_entity", count=self.external_entities))
        if self.external_dtd is not None:
            rows.append(Unreadable("xml.external_dtd", severity=Severity.BOUNDED, name=self.external_dtd[:120]))
        return tuple(rows)


class Start(msgspec.Struct, frozen=True):
    """An element begins. `tag` and the keys of `attributes` are `{namespace}local`; `line`, `column` count from 1."""

    tag: str
    attributes: dict[str, str]
    depth: int
    line: int
    column: int


class End(msgspec.Struct, frozen=True):
    """An element ends. `text` is the character data right inside of it, at most 64 Ki characters."""

    tag: str
    text: str
    depth: int


Take = Callable[[dict[str, str], str], bool]


class Watcher(Protocol):
    """Sees the elements of a document while it is read. Names are as expat gives them: `namespace local`."""

    def element(self, name: str) -> tuple[Take, bool] | None:
        """Asked once for each name: what to call where such an element begins, and whether also without attributes.

        It gets the attributes and the name of the element around ("" for none), and says whether the text is wanted.
        """

    def text(self, text: str) -> None:
        """The text of such an element, if it holds no other element; at most 64 Ki characters."""


def well_formed(content: Content, limits: Limits, watcher: Watcher | None = None) -> XmlSummary:
    """Read a document of any size wholly, in flat memory.

    Raises Unreadable("xml.malformed", line, column, error) where XML 1.0 is broken, LimitHit for depth and expansion.
    With a `watcher`, also for prefixes without namespace.
    """
    reader = _Reader(limits, None, watcher)
    for _ in reader.read(content):
        pass
    return reader.summary()


def walk_xml(content: Content, limits: Limits) -> Iterator[Start | End]:
    """Starts and ends of the elements, in flat memory. Raises as `well_formed`, also for prefixes without namespace."""
    events: list[Start | End] = []
    reader = _Reader(limits, events)
    for _ in reader.read(content):
        yield from events
        events.clear()


def read_xml(content: Content, limits: Limits) -> "_ElementTree":
    """The tree of a document; entities of the document itself are left as they are. Raises as `well_formed`."""
    from lxml import etree

    size = len(content.whole())
    if size > limits.document_bytes:
        raise LimitHit("limit.document_bytes", size=size, limit=limits.document_bytes)
    summary = well_formed(content, limits)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        # libxml2's limits (10 MB a text or attribute) guard against expansion; without a DTD there is none.
        huge_tree=not summary.doctype,
    )
    parser.resolvers.add(resolver())
    try:
        return etree.parse(content.open(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable("xml.malformed", line=line, column=column, error=f"libxml2_{error.code}") from None  # type: ignore[attr-defined]


def root_of(
    octets: bytes, *, base_url: str = "about:blank", find: Callable[[str], bytes | None] = lambda _: None
) -> Any:
    """The root of a small document in octets, such as a schema: nothing is expanded or fetched but what `find` gives.

    Raises Unreadable with the place where it is not well-formed.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(resolver(find))
    try:
        return etree.fromstring(octets, parser, base_url=base_url)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable("xml.malformed", line=line, column=column, error="syntax") from None


def resolver(find: Callable[[str], bytes | None] = lambda _: None) -> Any:
    """Answers whatever libxml2 would like to open: with the bytes that `find` has for a URL, else an empty document."""
    from lxml import etree

    class Resolver(etree.Resolver):
        # The stubs of lxml tell another signature, and lack `resolve_empty`.
        def resolve(self, url: str, _public: str, context: Any) -> Any:  # type: ignore[override]
            octets = find(url)
            if octets is None:
                return self.resolve_empty(context)  # type: ignore[attr-defined]
            return self.resolve_string(octets, context, base_url=url)

    return Resolver()


class _Seen:
    """What is known of elements of one name while a watcher looks on."""

    __slots__ = ("always", "count", "take")

    def __init__(self, wanted: tuple[Take, bool] | None) -> None:
        self.take: Take | None = wanted[0] if wanted else None
        self.always = wanted is not None and wanted[1]
        self.count = 0


class _Reader:
    """One reading by expat; namespaces are resolved with `events`, where what happens is appended, or a `watcher`."""

    def __init__(self, limits: Limits, events: list[Start | End] | None, watcher: Watcher | None = None) -> None:
        self._limits, self._events, self._watcher = limits, events, watcher
        self._root = ""
        self._elements = self._depth = self._deepest = self._defaults = 0
        self._doctype = False
        self._external_dtd: str | None = None
        self._entities = self._external_entities = 0
        self._texts: list[list[str]] = []
        self._known: dict[str, _Seen] = {}
        self._left: list[int] = []  # characters that may still be kept, of each open element

    def summary(self) -> XmlSummary:
        return XmlSummary(
            root=self._root,
            elements=sum(seen.count for seen in self._known.values()) or self._elements,
            depth=self._deepest,
            doctype=self._doctype,
            external_dtd=self._external_dtd,
            entities=self._entities,
            external_entities=self._external_entities,
            names={_clark(name): seen.count for name, seen in self._known.items()},
        )

    def read(self, content: Content) -> Iterator[None]:
        """Reads piece by piece; what one piece brought stands in the events then."""
        encoding = _foreign_encoding(content.head)
        decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
        self._parser = self._set_up("utf-8" if decoder else None)
        for piece, last in content.pieces(_PIECE):
            try:
                self._parser.Parse(decoder.decode(piece, last).encode() if decoder else piece, last)
            except expat.ExpatError as error:
                raise self._told(error) from None
            except (UnicodeError, LookupError, ValueError):
                line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
                raise Unreadable("xml.encoding", line=line, column=column) from None
            yield

    def _set_up(self, encoding: str | None) -> Any:
        plain = self._events is None and self._watcher is None
        parser = expat.ParserCreate(encoding, None if plain else " ")
        parser.ordered_attributes = False
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype_declared
        parser.EntityDeclHandler = self._entity_declared
        parser.AttlistDeclHandler = self._attribute_declared
        if plain:
            parser.StartElementHandler = self._start
            parser.EndElementHandler = self._end
        elif self._watcher is not None:
            self._parser = parser
            parser.StartElementHandler, parser.EndElementHandler = self._watch(self._watcher)
        else:
            parser.StartElementHandler = self._start_event
            parser.EndElementHandler = self._end_event
            parser.CharacterDataHandler = self._text_event
        return parser

    def _told(self, error: expat.ExpatError) -> Unreadable:
        name = _ERRORS.get(error.code, f"error_{error.code}")
        if name == _AMPLIFIED:
            return LimitHit("limit.xml_expansion", line=error.lineno, column=error.offset + 1)
        if name in _UNKNOWN_ENCODING:
            return Unreadable("xml.encoding", line=error.lineno, column=error.offset + 1)
        return Unreadable("xml.malformed", line=error.lineno, column=error.offset + 1, error=name)

    # -- what expat calls

    def _doctype_declared(self, _name: str, system: str | None, _public: str | None, _internal: int) -> None:
        self._doctype = True
        self._external_dtd = system

    def _entity_declared(
        self,
        _name: str,
        _parameter: int,
        _value: str | None,
        _base: str | None,
        system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        self._entities += 1
        if system is not None:
            self._external_entities += 1

    def _attribute_declared(self, _element: str, _name: str, _type: str, default: str | None, _required: int) -> None:
        self._defaults += len(default or "")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._depth > self._deepest:
            self._deeper(self._depth, name)
        if self._defaults:
            self._expanding()

    def _deeper(self, depth: int, name: str) -> None:
        self._deepest = depth
        if depth > self._limits.xml_depth:
            raise LimitHit("limit.xml_depth", limit=self._limits.xml_depth, line=self._parser.CurrentLineNumber)
        if depth == 1:
            self._root = name

    def _expanding(self) -> None:
        if self._elements * self._defaults > _EXPANSION:
            raise LimitHit("limit.xml_expansion", line=self._parser.CurrentLineNumber, column=1)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _watch(self, watcher: Watcher) -> tuple[Any, Any]:
        """Handlers for starts and ends; closures, since they are called for each element of the largest documents."""
        parser, path = self._parser, [""] * (self._limits.xml_depth + 2)
        known = self._known
        text: list[str] = []
        collecting = False
        depth = deepest = left = 0

        def characters(piece: str) -> None:
            nonlocal left
            if left > 0:
                text.append(piece[:left])
                left -= len(piece)

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, deepest, collecting, left
            depth += 1
            if depth > deepest:
                deepest = depth
                self._deeper(depth, name)
            if self._defaults:
                self._elements += 1
                self._expanding()
            if collecting:
                collecting, parser.CharacterDataHandler = False, None
                text.clear()
            path[depth] = name
            seen = known.get(name)
            if seen is None:
                seen = known[name] = _Seen(watcher.element(name))
            seen.count += 1
            if (attributes or seen.always) and seen.take is not None and seen.take(attributes, path[depth - 1]):
                collecting, left, parser.CharacterDataHandler = True, LONGEST_TEXT, characters

        def end(_name: str) -> None:
            nonlocal depth, collecting
            depth -= 1
            if collecting:
                collecting, parser.CharacterDataHandler = False, None
                watcher.text("".join(text))
                text.clear()

        return start, end

    def _start_event(self, name: str, attributes: dict[str, str]) -> None:
        self._start(name, attributes)
        assert self._events is not None
        named = {_clark(key): value for key, value in attributes.items()}
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        self._events.append(Start(_clark(name), named, self._depth, line, column))
        self._texts.append([])
        self._left.append(LONGEST_TEXT)

    def _end_event(self, name: str) -> None:
        assert self._events is not None
        self._events.append(End(_clark(name), "".join(self._texts.pop()), self._depth))
        self._left.pop()
        self._depth -= 1

    def _text_event(self, text: str) -> None:
        if left := self._left[-1]:
            self._texts[-1].append(text[:left])
            self._left[-1] = max(0, left - len(text))


def _clark(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}" if namespace else local


def _foreign_encoding(head: bytes) -> str | None:
    """The declared encoding where expat does not know it by itself and Python does: Shift_JIS, GBK, EUC-KR …"""
    match = _DECLARED.match(head[:300])
    if match is None:
        return None
    try:
        codec = codecs.lookup(match[1].decode("ascii"))
    except LookupError:
        return None
    try:
        b"".decode(codec.name)  # LookupError for codecs that make no text
    except LookupError:
        return None
    return None if codec.name in _OWN else codec.name


_OWN = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "ascii"})
