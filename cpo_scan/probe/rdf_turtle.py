"""Turtle, TriG and N-Triples (W3C RDF 1.1, 25 February 2014; their grammars) as triples. Nothing is fetched.

Graphs of TriG are read as one. Nesting is bounded; what RDF 1.2 brings along is not read and told as such.
"""

from collections.abc import Iterator
from urllib.parse import urljoin

from cpo_scan.probe.patterns import standard
from cpo_scan.probe.rdf import DEEPEST, FIRST, LANGUAGE_TEXT, NIL, RDF, REST, XSD, Literal, Triple
from cpo_scan.probe.rdf_tokens import Syntax, Token, Tokens
from cpo_scan.targets.errors import Unreadable


def read_turtle(text: str, syntax: Syntax = "turtle", base: str = "") -> Iterator[Triple]:
    """The triples of a document, in its order.

    Raises Unreadable("rdf.malformed", line, column, error), and Unreadable("rdf.newer", line) for RDF 1.2.
    """
    return _Parser(text.removeprefix("\ufeff"), syntax, base).document()


class _Parser(Tokens):
    def __init__(self, text: str, syntax: Syntax, base: str) -> None:
        self._base = base
        self._prefixes: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._blank = 0
        self._found: list[Triple] = []
        super().__init__(text, syntax)

    def document(self) -> Iterator[Triple]:
        """All statements."""
        while self._token.kind != "end":
            token = self._token
            if token.kind == "at" or (token.kind == "word" and token.text.upper() in ("PREFIX", "BASE", "VERSION")):
                self._directive()
            elif self._syntax == "trig":
                self._block()
            else:
                self._statement()
                self._must(".")
            yield from self._found
            self._found.clear()

    def _directive(self) -> None:
        token = self._take()
        self._only_lines(False, token.at)
        word = token.text if token.kind == "at" else token.text.lower()
        match word:
            case "prefix":
                name = self._take()
                if name.kind != "name" or not name.text.endswith(":") or name.text.count(":") > 1:
                    self._refused("expected a prefix", name.at)
                if self._token.kind != "iri":
                    self._refused("expected an IRI", self._token.at)
                self._prefixes[name.text[:-1]] = self._iri(self._take())
                self._names.clear()
            case "base":
                if self._token.kind != "iri":
                    self._refused("expected an IRI", self._token.at)
                self._base = self._iri(self._take())
            case "version":
                raise Unreadable("rdf.newer", line=self._line_of(token.at))
            case _:
                self._refused("unknown directive", token.at)
        if token.kind == "at":
            self._must(".")

    def _block(self) -> None:
        """TriG, production 2g: a graph with or without a name, or statements as in Turtle."""
        token = self._token
        if token.kind == "word" and token.text.upper() == "GRAPH":
            self._take()
            if self._token.kind not in ("iri", "name", "blank") and not self._empty_node():
                self._refused("expected a graph", self._token.at)
            if self._token.kind != "mark":
                self._node(0)
            self._graph()
        elif self._is("{"):
            self._graph()
        elif token.kind in ("iri", "name", "blank"):
            subject = self._node(0)
            assert isinstance(subject, str)
            if self._is("{"):
                self._graph()
            else:
                self._predicates(subject, 0)
                self._must(".")
        else:
            if self._is("[") and self._empty_node() and self._is("{"):
                self._graph()
                return
            self._statement_at(token)
            self._must(".")

    def _empty_node(self) -> bool:
        """Take `[]`, which may name a graph."""
        if not self._is("[") or not self._follows("]"):
            return False
        self._take()
        self._take()
        return True

    def _graph(self) -> None:
        self._must("{")
        while not self._is("}"):
            self._statement()
            if not self._mark("."):
                break
        self._must("}")

    def _statement(self) -> None:
        self._statement_at(self._token)

    def _statement_at(self, token: Token) -> None:
        if token is not self._token:  # an empty node was taken already
            self._predicates(self._new(), 0)
            return
        if token.kind == "mark" and token.text == "[":
            size = len(self._found)
            subject = self._node(0)
            if len(self._found) > size and (self._is(".") or self._is("}")):
                return
        elif token.kind in ("iri", "name", "blank") or (token.kind == "mark" and token.text == "("):
            subject = self._node(0)
        else:
            self._refused("expected a subject", token.at)
        assert isinstance(subject, str)
        self._predicates(subject, 0)

    def _predicates(self, subject: str, depth: int) -> None:
        while True:
            line = self._line_of(self._token.at)
            predicate = self._predicate()
            while True:
                self._found.append(Triple(subject, predicate, self._node(depth), line))
                if not self._is(","):
                    break
                self._only_lines(False, self._token.at)
                self._take()
                line = self._line_of(self._token.at)
            if not self._is(";"):
                return
            self._only_lines(False, self._token.at)
            while self._mark(";"):
                pass
            if self._token.kind == "mark" and self._token.text in (".", "]", "}"):
                return

    def _predicate(self) -> str:
        token = self._take()
        match token.kind:
            case "word" if token.text == "a":
                self._only_lines(False, token.at)
                return f"{RDF}type"
            case "iri":
                return self._iri(token)
            case "name":
                return self._expanded(token)
            case _:
                self._refused("expected a predicate", token.at)

    def _node(self, depth: int) -> "str | Literal":
        token = self._take()
        match token.kind:
            case "iri":
                return self._iri(token)
            case "name":
                return self._expanded(token)
            case "blank":
                return token.text
            case "number":
                self._only_lines(False, token.at)
                return Literal(token.text, "", token.datatype)
            case "word" if token.text in ("true", "false"):
                self._only_lines(False, token.at)
                return Literal(token.text, "", f"{XSD}boolean")
            case "text":
                return self._literal(token)
            case "mark" if token.text in ("[", "("):
                self._only_lines(False, token.at)
                if depth >= DEEPEST:
                    self._refused("nesting", token.at)
                return self._blank_node(depth) if token.text == "[" else self._collection(depth)
            case _:
                self._refused("expected a node", token.at)

    def _literal(self, token: Token) -> Literal:
        if self._token.kind == "at":
            return Literal(token.text, self._take().text, LANGUAGE_TEXT)
        if self._mark("^^"):
            kind = self._take()
            match kind.kind:
                case "name":
                    return Literal(token.text, "", self._expanded(kind))
                case "iri":
                    return Literal(token.text, "", self._iri(kind))
                case _:
                    self._refused("expected a datatype", kind.at)
        return Literal(token.text)

    def _new(self) -> str:
        self._blank += 1
        return f"_:[{self._blank}]"

    def _blank_node(self, depth: int) -> str:
        name = self._new()
        if not self._mark("]"):
            self._predicates(name, depth + 1)
            self._must("]")
        return name

    def _collection(self, depth: int) -> str:
        head, last = NIL, ""
        while not self._mark(")"):
            line = self._line_of(self._token.at)
            link = self._new()
            self._found.append(Triple(link, FIRST, self._node(depth + 1), line))
            if last:
                self._found.append(Triple(last, REST, link, line))
            else:
                head = link
            last = link
        if last:
            self._found.append(Triple(last, REST, NIL, self._line))
        return head

    def _iri(self, token: Token) -> str:
        if self._syntax == "n-triples" and ":" not in token.text:
            self._refused("expected an absolute IRI", token.at)
        if not _written_right(token.text):
            self._refused("IRI", token.at)
        return resolved(token.text, self._base)

    def _expanded(self, token: Token) -> str:
        known = self._names.get(token.text)
        if known is not None:
            return known
        self._only_lines(False, token.at)
        prefix, _, local = token.text.partition(":")
        namespace = self._prefixes.get(prefix)
        if namespace is None:
            self._refused("undeclared prefix", token.at)
        whole = namespace + (local.replace("\\", "") if "\\" in local else local)
        self._names[token.text] = whole
        return whole


_NEVER = standard(r"[\x00-\x20<>\x22{}|^`\x5c]", text=True)


def _written_right(iri: str) -> bool:
    """No character that IRIs can't have, also not as an escape (Turtle, IRIREF; RFC 3987)."""
    return _NEVER.search(iri) is None


def resolved(iri: str, base: str) -> str:
    """An IRI by its base (RFC 3986, 5.2); as it stands where there is none."""
    if not base or ":" in iri.partition("/")[0].partition("?")[0].partition("#")[0]:
        return iri
    if not iri:
        return base.partition("#")[0]
    if iri.startswith("#"):
        return base.partition("#")[0] + iri
    try:
        return urljoin(base, iri) + ("#" if iri.endswith("#") else "")  # which urljoin drops
    except ValueError:  # what stands in brackets where a host should is no address
        return iri
