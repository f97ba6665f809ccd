"""RDF/XML (W3C RDF 1.1 XML Syntax, clause 7) as triples, as far as OSLC documents use it. Nothing is fetched."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.oslc_turtle import RDF, Literal, Triple
from cpo_scan.probe.xml_structure import text_in

_R = f"{{{RDF}}}"
_SYNTAX = {f"{_R}{name}" for name in ("about", "ID", "nodeID", "resource", "parseType", "datatype", "bagID", "RDF")}


def read_rdf(root: Any) -> Iterator[Triple]:
    """The triples of a document, outer ones first. A root element that is a node itself is read as one."""
    reader = _Reader()
    nodes = root.iterchildren("*") if root.tag == f"{_R}RDF" else iter((root,))
    for node in nodes:
        reader.node(node)
        yield from reader.found
        reader.found.clear()


class _Reader:
    def __init__(self) -> None:
        self.found: list[Triple] = []
        self._blank = 0

    def node(self, element: Any) -> str:
        """A node element; gives its name. Depth is bounded by that of the XML document."""
        subject = self._name(element)
        if element.tag != f"{_R}Description":
            self._state(subject, f"{RDF}type", _iri(element.tag), element)
        self._attributes(subject, element)
        for child in element.iterchildren("*"):
            self._property(subject, child)
        return subject

    def _property(self, subject: str, element: Any) -> None:
        predicate = _iri(element.tag)
        target = element.get(f"{_R}resource") or element.get(f"{_R}nodeID")
        kind = element.get(f"{_R}parseType")
        nodes = list(element.iterchildren("*"))
        if target is not None:
            self._state(subject, predicate, target, element)
            self._attributes(target, element)
        elif kind == "Resource":
            inner = self._new()
            self._state(subject, predicate, inner, element)
            for child in nodes:
                self._property(inner, child)
        elif kind == "Literal" or not nodes:
            self._state(subject, predicate, Literal(text_in(element)), element)
        else:
            for child in nodes:
                self._state(subject, predicate, self.node(child), element)

    def _attributes(self, subject: str, element: Any) -> None:
        """Property attributes (§2.5)."""
        for name, value in element.items():
            if name == f"{_R}type":
                self._state(subject, f"{RDF}type", value, element)
            elif name.startswith("{") and name not in _SYNTAX and not name.startswith("{http://www.w3.org/XML/"):
                self._state(subject, _iri(name), Literal(value), element)

    def _state(self, subject: str, predicate: str, value: "str | Literal", element: Any) -> None:
        self.found.append(Triple(subject, predicate, value, element.sourceline or 1))

    def _name(self, element: Any) -> str:
        for key, mark in ((f"{_R}about", ""), (f"{_R}ID", "#"), (f"{_R}nodeID", "_:")):
            if (name := element.get(key)) is not None:
                return f"{mark}{name}"
        return self._new()

    def _new(self) -> str:
        self._blank += 1
        return f"_:[{self._blank}]"


def _iri(name: str) -> str:
    """`{namespace}local` as an IRI."""
    return name.replace("{", "", 1).replace("}", "", 1)
