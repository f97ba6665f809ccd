"""JSON-LD (W3C JSON-LD 1.1, clauses 3 and 4) as triples. Nothing is fetched.

Contexts in the document and in files of the product beside it are read: prefixes, terms, `@vocab`, `@base`,
`@language`, types and containers (`@list`, `@set`, `@language`) of terms, aliases of keywords. What else JSON-LD has is
left out and told, so that nobody takes a part for the whole.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from cpo_scan.model import Artifact
from cpo_scan.probe.documents import Document, pointer_to
from cpo_scan.probe.patterns import compile
from cpo_scan.probe.rdf import FIRST, LANGUAGE_TEXT, MOST, NIL, REST, TYPE, XSD, Literal, Triple
from cpo_scan.probe.rdf_turtle import resolved
from cpo_scan.targets.errors import LimitHit, Unreadable

if TYPE_CHECKING:
    from cpo_scan.probe.context import Context

_CONTEXTS = 50  # documents that a context is made of
_OUTSIDE = compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|//)", text=True)
_DEEPEST = 100  # nodes inside each other
_LISTED = 20
_IN_CONTEXT = frozenset(("@vocab", "@base", "@language", "@version", "@protected"))
_IN_TERM = frozenset(("@id", "@type", "@container", "@language", "@protected", "@prefix"))
_IN_NODE = frozenset(("@id", "@type", "@context", "@graph", "@included", "@index"))
_IN_VALUE = frozenset(("@value", "@type", "@language", "@index"))
_CONTAINERS = (None, "@list", "@set", "@language")


class JsonLd(NamedTuple):
    """What was read: `absent` are contexts that are not at hand, `left_out` keywords that were not read."""

    triples: list[Triple]
    absent: tuple[str, ...]
    left_out: tuple[str, ...]


def read_json_ld(artifact: Artifact, context: "Context") -> JsonLd:
    """The triples of a document. Raises Unreadable, and LimitHit beyond its limits on nodes and depth."""
    document = context.json(artifact)
    reader = _Reader(artifact, document, context)
    names = _Names(reader.left_out)
    value = document.value
    if isinstance(value, dict):
        names = reader.names(value.get("@context"), names, artifact)
    nodes = value if isinstance(value, list) else [value]
    for index, node in enumerate(nodes):
        if isinstance(node, dict):
            reader.node(node, pointer_to(index) if isinstance(value, list) else "", names)
    return JsonLd(reader.found, tuple(sorted(reader.absent)), tuple(sorted(reader.left_out))[:_LISTED])


class _Names:
    """What a context says: how keys become IRIs, and which of them stand for a keyword."""

    def __init__(self, left_out: set[str]) -> None:
        self.terms: dict[str, str] = {}
        self.kinds: dict[str, str] = {}  # of a term: @id, @vocab or a data type
        self.containers: dict[str, str] = {}
        self.languages: dict[str, str] = {}
        self.vocabulary, self.base, self.language = "", "", ""
        self._left_out = left_out

    def copy(self) -> "_Names":
        """Names that may be added to."""
        other = _Names(self._left_out)
        other.terms, other.kinds, other.containers = dict(self.terms), dict(self.kinds), dict(self.containers)
        other.languages = dict(self.languages)
        other.vocabulary, other.base, other.language = self.vocabulary, self.base, self.language
        return other

    def keyword(self, key: str) -> str:
        """The keyword that a key stands for, else the key."""
        return key if key.startswith("@") else self.terms[key] if self.terms.get(key, "")[:1] == "@" else key

    def iri(self, name: str, *, vocabulary: bool = True) -> str:
        """An IRI; empty for a key that stands for nothing."""
        if vocabulary and name in self.terms:
            return self.terms[name]
        prefix, colon, local = name.partition(":")
        if colon and (prefix == "_" or local.startswith("//")):
            return name
        if colon and prefix in self.terms:
            return self.terms[prefix] + local
        if colon:
            return name
        if vocabulary:
            return self.vocabulary + name if self.vocabulary else ""
        return resolved(name, self.base)

    def take(self, stated: Mapping[str, Any]) -> None:
        """Take in one context object."""
        self._left_out.update(key for key in stated if key.startswith("@") and key not in _IN_CONTEXT)
        if isinstance(stated.get("@base"), str):
            self.base = resolved(stated["@base"], self.base)
        if "@language" in stated:
            self.language = stated["@language"] if isinstance(stated["@language"], str) else ""
        if "@vocab" in stated and not isinstance(stated["@vocab"], str):
            self.vocabulary = ""
        elif "@vocab" in stated:
            name = stated["@vocab"]
            self.vocabulary = self.iri(name) if ":" in name else self.vocabulary
            if ":" not in name:
                self._left_out.add("@vocab")
        plain = {key: value for key, value in stated.items() if not key.startswith("@")}
        # Prefixes first: a term may be written with one that stands behind it.
        for key, value in plain.items():
            if isinstance(value, str) and ("://" in value or value.startswith("@")):
                self.terms[key] = value
        for key, value in plain.items():
            self._term(key, value)

    def _term(self, key: str, value: Any) -> None:
        meant = value.get("@id", key) if isinstance(value, dict) else value
        for known in (self.kinds, self.containers, self.languages):
            known.pop(key, None)
        if not isinstance(meant, str):
            self.terms.pop(key, None)
            self._left_out.add("@id")
            return
        if isinstance(value, dict):
            self._left_out.update(inner for inner in value if inner not in _IN_TERM)
        if isinstance(value, dict) or key not in self.terms:
            if meant == key and ":" not in key and not self.vocabulary:
                return
            self.terms[key] = meant if meant.startswith("@") else self.iri(meant) if meant != key else self._own(key)
        if not isinstance(value, dict):
            return
        if isinstance(value.get("@type"), str):
            kind = value["@type"]
            self.kinds[key] = kind if kind.startswith("@") else self.iri(kind)
            if kind not in ("@id", "@vocab") and kind.startswith("@"):
                self._left_out.add(kind)
        if value.get("@container") not in _CONTAINERS:
            self._left_out.add("@container")
        elif isinstance(value.get("@container"), str):
            self.containers[key] = value["@container"]
        if "@language" in value:
            self.languages[key] = value["@language"] if isinstance(value["@language"], str) else ""

    def _own(self, key: str) -> str:
        prefix, colon, local = key.partition(":")
        return self.terms[prefix] + local if colon and prefix in self.terms else key if colon else self.vocabulary + key


class _Reader:
    def __init__(self, artifact: Artifact, document: Document, context: "Context") -> None:
        self._artifact, self._document, self._context = artifact, document, context
        self.found: list[Triple] = []
        self.absent: set[str] = set()
        self.left_out: set[str] = set()
        self._blank = 0
        self._opened = 0
        self._depth = 0

    # -- contexts

    def names(self, stated: Any, names: _Names, artifact: Artifact) -> _Names:
        """The names that hold below a context."""
        if stated is None:
            return names
        names = names.copy()
        for one in stated if isinstance(stated, list) else [stated]:
            if isinstance(one, dict):
                names.take(one)
            elif isinstance(one, str):
                names = self._beside(one, names, artifact)
            else:
                self.left_out.add("@context")
        return names

    def _beside(self, address: str, names: _Names, artifact: Artifact) -> _Names:
        self._opened += 1
        found = None
        if not _OUTSIDE.match(address) and self._opened <= _CONTEXTS:
            found = self._context.related(artifact, unquote(address.partition("#")[0]))
        if found is None:
            self.absent.add(address)
            return names
        try:
            value = self._context.json(found).value
        except Unreadable:
            self.absent.add(address)
            return names
        return self.names(value.get("@context") if isinstance(value, dict) else None, names, found)

    # -- nodes

    def node(self, node: dict[str, Any], pointer: str, names: _Names) -> str:
        """A node object; gives its name."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise LimitHit("limit.document_depth", limit=_DEEPEST)
        if pointer and "@context" in node:
            if node["@context"] is None:
                self.left_out.add("@context")
            names = self.names(node["@context"], names, self._artifact)
        keys = {names.keyword(key): key for key in node}
        stated = node.get(keys.get("@id", "@id"))
        subject = names.iri(stated, vocabulary=False) if isinstance(stated, str) else self._new()
        for key, value in node.items():
            at = pointer + pointer_to(key)
            match names.keyword(key):
                case "@type":
                    for kind in value if isinstance(value, list) else [value]:
                        if isinstance(kind, str) and (iri := names.iri(kind)):
                            self._state(subject, TYPE, iri, at)
                case "@graph" | "@included":
                    for index, inner in enumerate(value if isinstance(value, list) else [value]):
                        if isinstance(inner, dict):
                            self.node(inner, at + pointer_to(index) if isinstance(value, list) else at, names)
                case keyword if keyword.startswith("@"):
                    if keyword not in _IN_NODE:
                        self.left_out.add(keyword[:_LISTED])
                case _:
                    if predicate := names.iri(key):
                        self._values(subject, predicate, key, value, at, names)
        self._depth -= 1
        return subject

    def _values(self, subject: str, predicate: str, key: str, value: Any, at: str, names: _Names) -> None:
        if names.containers.get(key) == "@language" and isinstance(value, dict):
            for language, texts in value.items():
                for one in texts if isinstance(texts, list) else [texts]:
                    if isinstance(one, str):
                        self._state(subject, predicate, _text(one, language.removeprefix("@none")), at)
            return
        if names.containers.get(key) == "@list" and not (isinstance(value, dict) and "@list" in value):
            self._state(subject, predicate, self._list(value, key, at, names), at)
            return
        listed = value if isinstance(value, list) else [value]
        for index, one in enumerate(listed):
            place = at + pointer_to(index) if isinstance(value, list) else at
            for meant in self._meant(one, key, place, names):
                self._state(subject, predicate, meant, place)

    def _list(self, value: Any, key: str, at: str, names: _Names) -> str:
        head, last = NIL, ""
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            place = at + pointer_to(index) if isinstance(value, list) else at
            for meant in self._meant(item, key, place, names):
                link = self._new()
                if last:
                    self._state(last, REST, link, place)
                else:
                    head = link
                self._state(link, FIRST, meant, place)
                last = link
        if last:
            self._state(last, REST, NIL, at)
        return head

    def _meant(self, value: Any, key: str, at: str, names: _Names) -> Iterator["str | Literal"]:
        kind = names.kinds.get(key, "")
        datatype = "" if kind.startswith("@") else kind
        match value:
            case bool():
                yield Literal("true" if value else "false", "", datatype or f"{XSD}boolean")
            case int() | float():
                yield Literal(*_number(value, datatype))
            case str() if kind in ("@id", "@vocab"):
                yield names.iri(value, vocabulary=kind == "@vocab") or names.iri(value, vocabulary=False)
            case str() if datatype:
                yield Literal(value, "", datatype)
            case str():
                yield _text(value, names.languages.get(key, names.language))
            case dict():
                keys = {names.keyword(inner): inner for inner in value}
                if "@value" in keys:
                    self.left_out.update(inner[:_LISTED] for inner in keys if inner not in _IN_VALUE)
                    yield self._value(value, keys, names)
                elif "@list" in keys:
                    yield self._list(value[keys["@list"]], key, at + pointer_to(keys["@list"]), names)
                elif "@set" in keys:
                    items = value[keys["@set"]]
                    for index, item in enumerate(items if isinstance(items, list) else [items]):
                        yield from self._meant(item, key, at + pointer_to(keys["@set"], index), names)
                else:
                    yield self.node(value, at, names)
            case list():
                self.left_out.add("@list")
            case _:
                return

    def _value(self, value: Mapping[str, Any], keys: Mapping[str, str], names: _Names) -> Literal:
        stated = value[keys["@value"]]
        language = value.get(keys.get("@language", ""))
        kind = value.get(keys.get("@type", ""))
        datatype = names.iri(kind) if isinstance(kind, str) else ""
        if datatype.startswith("@"):
            self.left_out.add(datatype)
        match stated:
            case bool():
                return Literal("true" if stated else "false", "", datatype or f"{XSD}boolean")
            case int() | float():
                return Literal(*_number(stated, datatype))
            case str() if datatype:
                return Literal(stated, "", datatype)
            case str():
                return _text(stated, language if isinstance(language, str) else "")
            case _:
                self.left_out.add("@value")
                return Literal("")

    def _state(self, subject: str, predicate: str, value: "str | Literal", at: str) -> None:
        if len(self.found) >= MOST:
            raise LimitHit("limit.document_nodes", limit=MOST)
        if len(self.found) % 10_000 == 0:
            self._context.checkpoint()
        self.found.append(Triple(subject, predicate, value, self._document.position(at)[0]))

    def _new(self) -> str:
        self._blank += 1
        return f"_:[{self._blank}]"


def _text(text: str, language: str) -> Literal:
    return Literal(text, language, LANGUAGE_TEXT) if language else Literal(text)


def _number(value: float, datatype: str) -> tuple[str, str, str]:
    """JSON-LD API §8.2.2: whole numbers are integers, others doubles in canonical form."""
    if datatype != f"{XSD}double" and (isinstance(value, int) or (value.is_integer() and abs(value) < 1e21)):
        return str(int(value)), "", datatype or f"{XSD}integer"
    mantissa, _, exponent = f"{value:.15E}".partition("E")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent or 0)}", "", datatype or f"{XSD}double"
