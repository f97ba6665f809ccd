"""JSON-LD (W3C JSON-LD 1.1, clauses 3 and 4) as triples, as far as OSLC documents use it. Nothing is fetched.

Contexts in the document and in files of the product beside it are read: prefixes, terms, `@vocab`, `@type` of a term,
aliases of keywords. Left out are `@reverse`, `@nest`, scoped contexts, and containers but `@list`, `@set`, `@language`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from cpo_probes.api.oslc_turtle import RDF, Literal, Triple
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable, patterns
from cpo_scan.probe.documents import Document, pointer_to

_MOST = 1_000_000  # statements of one document
_CONTEXTS = 50  # documents that a context is made of
_OUTSIDE = patterns.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|//)", text=True)
_DEEPEST = 100  # nodes inside each other


def read_json_ld(artifact: Artifact, context: Context) -> tuple[list[Triple], list[str]]:
    """The triples of a document, and the addresses of contexts that are not at hand. Raises Unreadable."""
    document = context.json(artifact)
    reader = _Reader(artifact, document, context)
    names = _Names()
    value = document.value
    if isinstance(value, dict):
        names = reader.names(value.get("@context"), names, artifact)
    nodes = value if isinstance(value, list) else [value]
    for index, node in enumerate(nodes):
        if isinstance(node, dict):
            reader.node(node, pointer_to(index) if isinstance(value, list) else "", names)
    return reader.found, sorted(reader.absent)


class _Names:
    """What a context says: how keys become IRIs, and which of them stand for a keyword."""

    def __init__(self) -> None:
        self.terms: dict[str, str] = {}
        self.kinds: dict[str, str] = {}  # of a term: @id, @vocab or a data type
        self.containers: dict[str, str] = {}
        self.vocabulary = ""

    def copy(self) -> "_Names":
        """Names that may be added to."""
        other = _Names()
        other.terms, other.kinds, other.containers = dict(self.terms), dict(self.kinds), dict(self.containers)
        other.vocabulary = self.vocabulary
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
        return (self.vocabulary + name if self.vocabulary else "") if vocabulary else name

    def take(self, stated: Mapping[str, Any]) -> None:
        """Take in one context object."""
        if isinstance(stated.get("@vocab"), str):
            self.vocabulary = self.iri(stated["@vocab"]) if ":" in stated["@vocab"] else self.vocabulary
        plain = {key: value for key, value in stated.items() if not key.startswith("@")}
        # Prefixes first: a term may be written with one that stands behind it.
        for key, value in plain.items():
            if isinstance(value, str) and ("://" in value or value.startswith("@")):
                self.terms[key] = value
        for key, value in plain.items():
            meant = value.get("@id", key) if isinstance(value, dict) else value
            if not isinstance(meant, str):
                self.terms.pop(key, None)
                continue
            if isinstance(value, dict) or key not in self.terms:
                if meant == key and ":" not in key and not self.vocabulary:
                    continue
                self.terms[key] = (
                    meant if meant.startswith("@") else self.iri(meant) if meant != key else self._own(key)
                )
            if isinstance(value, dict) and isinstance(value.get("@type"), str):
                self.kinds[key] = value["@type"]
            if isinstance(value, dict) and isinstance(value.get("@container"), str):
                self.containers[key] = value["@container"]

    def _own(self, key: str) -> str:
        prefix, colon, local = key.partition(":")
        return self.terms[prefix] + local if colon and prefix in self.terms else key if colon else self.vocabulary + key


class _Reader:
    def __init__(self, artifact: Artifact, document: Document, context: Context) -> None:
        self._artifact, self._document, self._context = artifact, document, context
        self.found: list[Triple] = []
        self.absent: set[str] = set()
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
                            self._state(subject, f"{RDF}type", iri, at)
                case "@graph" | "@included":
                    for index, inner in enumerate(value if isinstance(value, list) else [value]):
                        if isinstance(inner, dict):
                            self.node(inner, at + pointer_to(index) if isinstance(value, list) else at, names)
                case keyword if keyword.startswith("@"):
                    continue
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
                        self._state(subject, predicate, Literal(one, language), at)
            return
        listed = value if isinstance(value, list) else [value]
        for index, one in enumerate(listed):
            place = at + pointer_to(index) if isinstance(value, list) else at
            for meant in self._meant(one, key, place, names):
                self._state(subject, predicate, meant, place)

    def _meant(self, value: Any, key: str, at: str, names: _Names) -> Iterator["str | Literal"]:
        kind = names.kinds.get(key, "")
        match value:
            case bool():
                yield Literal("true" if value else "false")
            case int() | float():
                yield Literal(str(value))
            case str() if kind in ("@id", "@vocab"):
                yield names.iri(value, vocabulary=kind == "@vocab") or value
            case str():
                yield Literal(value)
            case dict():
                keys = {names.keyword(inner): inner for inner in value}
                if "@value" in keys:
                    language = value.get(keys.get("@language", ""))
                    yield Literal(str(value[keys["@value"]]), language if isinstance(language, str) else "")
                elif (inner := keys.get("@list", keys.get("@set"))) is not None:
                    items = value[inner]
                    for index, item in enumerate(items if isinstance(items, list) else [items]):
                        yield from self._meant(item, key, at + pointer_to(inner, index), names)
                else:
                    yield self.node(value, at, names)
            case _:
                return

    def _state(self, subject: str, predicate: str, value: "str | Literal", at: str) -> None:
        if len(self.found) >= _MOST:
            raise LimitHit("limit.document_nodes", limit=_MOST)
        if len(self.found) % 10_000 == 0:
            self._context.checkpoint()
        self.found.append(Triple(subject, predicate, value, self._document.position(at)[0]))

    def _new(self) -> str:
        self._blank += 1
        return f"_:[{self._blank}]"
