"""RDF 1.1 as a document states it: terms, statements with their lines, and a graph to look things up in."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cpo_scan.targets.errors import LimitHit

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = f"{RDF}type"
FIRST, REST, NIL = f"{RDF}first", f"{RDF}rest", f"{RDF}nil"
TEXT, LANGUAGE_TEXT = f"{XSD}string", f"{RDF}langString"

MOST = 1_000_000  # statements of a document
DEEPEST = 200  # nodes and lists inside each other
LARGEST = 16 * 2**20  # octets of a document that is read


class Literal(NamedTuple):
    """A literal value; a plain one is of `xsd:string`, one with a language of `rdf:langString` (RDF 1.1, 3.3)."""

    text: str
    language: str = ""
    datatype: str = TEXT


class Triple(NamedTuple):
    """One statement. Nodes are IRIs (relative where the document states no base) or begin with `_:`."""

    subject: str
    predicate: str
    object: "str | Literal"
    line: int


class NoList(ValueError):
    """What should be a list is none (SHACL §2, "SHACL lists"): a link is missing, there twice, or leads in a circle."""


class Graph:
    """The statements of one document, by subject and predicate, in its order."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._of: dict[str, dict[str, list[Triple]]] = {}
        self._types: dict[str, list[str]] = {}
        self.size = self._steps = 0
        for triple in triples:
            self.size += 1
            if self.size > MOST:
                raise LimitHit("limit.document_nodes", limit=MOST)
            self._of.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple)
            if triple.predicate == TYPE and isinstance(triple.object, str):
                self._types.setdefault(triple.object, []).append(triple.subject)

    def __iter__(self) -> Iterator[Triple]:
        for predicates in self._of.values():
            for triples in predicates.values():
                yield from triples

    def subjects(self) -> Iterable[str]:
        """All nodes of which something is said."""
        return self._of.keys()

    def says_of(self, subject: str) -> dict[str, list[Triple]]:
        """Statements about a node, by predicate."""
        return self._of.get(subject, {})

    def values(self, subject: str, predicate: str) -> list[Triple]:
        """Statements with different values; a value that is stated twice counts once."""
        found = self.says_of(subject).get(predicate, [])
        if len(found) < 2:
            return found
        return list({triple.object: triple for triple in reversed(found)}.values())[::-1]

    def instances(self, kind: str) -> list[str]:
        """Nodes of this very type, each once; no subclasses."""
        return list(dict.fromkeys(self._types.get(kind, [])))

    def line(self, subject: str) -> int | None:
        """Where the document first says something of a node."""
        return min((triples[0].line for triples in self.says_of(subject).values()), default=None)

    def members(self, head: "str | Literal") -> list["str | Literal"]:
        """The members of a list. Raises NoList, and LimitHit where lists are gone through again and again."""
        found: list[str | Literal] = []
        seen: set[str] = set()
        while head != NIL:
            if not isinstance(head, str) or head in seen:
                raise NoList
            seen.add(head)
            self._steps += 1
            if self._steps > 4 * MOST:
                raise LimitHit("limit.document_nodes", limit=4 * MOST)
            first, rest = self.values(head, FIRST), self.values(head, REST)
            if len(first) != 1 or len(rest) != 1:
                raise NoList
            found.append(first[0].object)
            head = rest[0].object
        return found
