"""RDF/XML (W3C RDF 1.1 XML Syntax, clause 7) as triples, from a tree that is read already. Nothing is fetched."""

from collections.abc import Iterator
from typing import Any, NoReturn

from cpo_scan.probe.patterns import standard
from cpo_scan.probe.rdf import FIRST, LANGUAGE_TEXT, NIL, RDF, REST, TYPE, Literal, Triple
from cpo_scan.probe.rdf_turtle import resolved
from cpo_scan.targets.errors import Unreadable

_R = f"{{{RDF}}}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_BASE, _LANGUAGE = f"{_XML}base", f"{_XML}lang"
# §6.1 and §7.2.2 to 7.2.4: names that are syntax, and those that are no more
_CORE = frozenset(_R + name for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype"))
_OLD = frozenset(_R + name for name in ("aboutEach", "aboutEachPrefix", "bagID"))
_NO_NODE = _CORE | _OLD | {f"{_R}li"}
_NO_PROPERTY = _CORE | _OLD | {f"{_R}Description"}
_BESIDE = frozenset(_R + name for name in ("ID", "parseType", "datatype"))
# Names without a namespace that RDF of 1999 had, and what XML keeps for itself (§6.1.4): no triple, and no error
_IGNORED = ("about", "ID", "resource", "parseType", "type", "bagID", "xml")
_NAME = standard(r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*+", text=True)


def read_rdf_xml(root: Any, base: str = "") -> Iterator[Triple]:
    """The triples of a document. A root element that is a node itself is read as one (§7.2.1).

    Raises Unreadable("rdf.malformed", line, column, error) for what is no RDF/XML. Depth is bounded by the tree's.
    """
    reader = _Reader()
    scope = _Scope(base, "").of(root)
    if root.tag == f"{_R}RDF":
        for name in root.attrib:
            if not name.startswith(_XML) and name.startswith("{"):
                _refuse("attribute", root)
        _no_text(root)
        nodes = root.iterchildren("*")
        scopes = [scope.of(node) for node in root.iterchildren("*")]
    else:
        nodes, scopes = iter((root,)), [scope]
    for node, inner in zip(nodes, scopes, strict=True):
        reader.node(node, inner)
        yield from reader.found
        reader.found.clear()


class _Scope:
    """Base and language that hold at an element."""

    __slots__ = ("base", "language")

    def __init__(self, base: str, language: str) -> None:
        self.base, self.language = base, language

    def of(self, element: Any) -> "_Scope":
        base, language = element.get(_BASE), element.get(_LANGUAGE)
        if base is None and language is None:
            return self
        return _Scope(
            self.base if base is None else resolved(base, self.base), self.language if language is None else language
        )


class _Reader:
    def __init__(self) -> None:
        self.found: list[Triple] = []
        self._blank = 0
        self._named: set[str] = set()

    def node(self, element: Any, scope: _Scope) -> str:
        """A node element (§7.2.11); gives its name."""
        if element.tag in _NO_NODE:
            _refuse("node element", element)
        subject = self._subject(element, scope)
        if element.tag != f"{_R}Description":
            self._state(subject, TYPE, _iri(element), element)
        self._attributes(subject, element, scope, ("about", "ID", "nodeID"))
        self._properties(subject, element, scope)
        return subject

    def _properties(self, subject: str, element: Any, scope: _Scope) -> None:
        _no_text(element)
        counter = 0
        for child in element.iterchildren("*"):
            predicate = _iri(child)
            if child.tag in _NO_PROPERTY:
                _refuse("property element", child)
            if child.tag == f"{_R}li":  # §7.4
                counter += 1
                predicate = f"{RDF}_{counter}"
            self._property(subject, predicate, child, scope.of(child))

    def _property(self, subject: str, predicate: str, element: Any, scope: _Scope) -> None:
        kind = element.get(f"{_R}parseType")
        resource, blank = element.get(f"{_R}resource"), element.get(f"{_R}nodeID")
        datatype = element.get(f"{_R}datatype")
        inner = list(element.iterchildren("*"))
        others = [
            name
            for name in element.attrib
            if name.startswith("{") and not name.startswith(_XML) and name not in _BESIDE
        ]
        if (resource is not None and blank is not None) or any(name in _OLD for name in others):
            _refuse("attribute", element)
        if kind is not None:
            if others or datatype is not None:
                _refuse("attribute", element)
            value = self._parsed(kind, element, inner, scope)
        elif inner:
            if len(inner) > 1 or others or datatype is not None:
                _refuse("property element", element)
            _no_text(element)
            value = self.node(inner[0], scope.of(inner[0]))
        elif element.text or (not others and datatype is not None) or (not others and resource is None):
            if others:
                _refuse("attribute", element)
            value = _literal(element.text or "", datatype, scope)
        else:
            if datatype is not None:
                _refuse("attribute", element)
            target = resolved(resource, scope.base) if resource is not None else self._blanked(blank, element)
            self._attributes(target, element, scope, ("resource", "nodeID", "ID"))
            value = target
        self._state(subject, predicate, value, element)
        if (name := element.get(f"{_R}ID")) is not None:
            self._reified(self._id(name, element, scope), subject, predicate, value, element)

    def _parsed(self, kind: str, element: Any, inner: list[Any], scope: _Scope) -> "str | Literal":
        match kind:
            case "Resource":
                node = self._new()
                self._properties(node, element, scope)
                return node
            case "Collection":
                return self._collection(element, inner, scope)
            case _:  # §7.2.20: any other is read as a literal
                from lxml import etree

                parts = [element.text or ""]
                for child in inner:
                    parts.append(etree.tostring(child, method="c14n", exclusive=True, with_tail=False).decode())
                    parts.append(child.tail or "")
                return Literal("".join(parts), "", f"{RDF}XMLLiteral")

    def _collection(self, element: Any, inner: list[Any], scope: _Scope) -> str:
        head, last = NIL, ""
        for child in inner:
            link = self._new()
            if last:
                self._state(last, REST, link, child)
            else:
                head = link
            self._state(link, FIRST, self.node(child, scope.of(child)), child)
            last = link
        if last:
            self._state(last, REST, NIL, element)
        return head

    def _attributes(self, subject: str, element: Any, scope: _Scope, syntax: tuple[str, ...]) -> None:
        """Property attributes (§7.2.11, 7.2.21)."""
        for name, value in element.items():
            if name.startswith(_XML) or name in {_R + known for known in syntax}:
                continue
            if not name.startswith("{"):
                if name.startswith(_IGNORED):
                    continue
                _refuse("attribute", element)
            if name in _CORE or name in _OLD or name in (f"{_R}Description", f"{_R}li"):
                _refuse("attribute", element)
            if name == f"{_R}type":
                self._state(subject, TYPE, resolved(value, scope.base), element)
            else:
                self._state(subject, _joined(name), _literal(value, None, scope), element)

    def _reified(self, name: str, subject: str, predicate: str, value: "str | Literal", element: Any) -> None:
        self._state(name, TYPE, f"{RDF}Statement", element)
        self._state(name, f"{RDF}subject", subject, element)
        self._state(name, f"{RDF}predicate", predicate, element)
        self._state(name, f"{RDF}object", value, element)

    def _state(self, subject: str, predicate: str, value: "str | Literal", element: Any) -> None:
        self.found.append(Triple(subject, predicate, value, element.sourceline or 1))

    def _subject(self, element: Any, scope: _Scope) -> str:
        stated = [name for name in ("about", "ID", "nodeID") if element.get(_R + name) is not None]
        if len(stated) > 1:
            _refuse("attribute", element)
        match stated:
            case ["about"]:
                return resolved(element.get(f"{_R}about"), scope.base)
            case ["ID"]:
                return self._id(element.get(f"{_R}ID"), element, scope)
            case _:
                return self._blanked(element.get(f"{_R}nodeID"), element)

    def _id(self, name: str, element: Any, scope: _Scope) -> str:
        whole = resolved(f"#{name}", scope.base)
        if _NAME.fullmatch(name) is None or whole in self._named:
            _refuse("rdf:ID", element)
        self._named.add(whole)
        return whole

    def _blanked(self, name: str | None, element: Any) -> str:
        if name is None:
            return self._new()
        if _NAME.fullmatch(name) is None:
            _refuse("rdf:nodeID", element)
        return f"_:{name}"

    def _new(self) -> str:
        self._blank += 1
        return f"_:[{self._blank}]"


def _literal(text: str, datatype: str | None, scope: _Scope) -> Literal:
    if datatype is not None:
        return Literal(text, "", resolved(datatype, scope.base))
    return Literal(text, scope.language, LANGUAGE_TEXT) if scope.language else Literal(text)


def _iri(element: Any) -> str:
    if not element.tag.startswith("{"):
        _refuse("element without a namespace", element)
    return _joined(element.tag)


def _joined(name: str) -> str:
    namespace, _, local = name[1:].partition("}")
    return namespace + local


def _no_text(element: Any) -> None:
    """Between nodes and properties stands white space only."""
    if (element.text and element.text.strip()) or any(
        child.tail and child.tail.strip() for child in element.iterchildren()
    ):
        _refuse("text", element)


def _refuse(error: str, element: Any) -> NoReturn:
    raise Unreadable("rdf.malformed", line=element.sourceline or 1, column=1, error=error)
