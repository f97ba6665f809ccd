"""Turtle (W3C RDF 1.1 Turtle, the grammar of clause 6.5) as triples. Nothing is fetched; nesting is bounded."""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_scan.probe import Unreadable, patterns

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DEEPEST = 200  # blank nodes and collections inside each other
_SPACE = patterns.standard(r"[ \t\r\n]*+", text=True)
_IRI = patterns.standard(r"<[^<>\x22{}|^`\x00-\x20]*+>", text=True)
_TEXT = {
    '"': patterns.standard(r"[^\x22\\\r\n]*+", text=True),
    "'": patterns.standard(r"[^'\\\r\n]*+", text=True),
}
_AT = patterns.standard(r"@[A-Za-z0-9-]++", text=True)
_NUMBER = patterns.standard(r"[+-]?(?:[0-9]++(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text=True)
# Characters of names: all beyond ASCII, and of ASCII `-._` with letters and digits; `%` and `:` in the local part.
_PREFIX = patterns.standard(r"[^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*+", text=True)
_LOCAL = patterns.standard(r"[^\x00-\x24\x26-\x2c\x2f\x3b-\x40\x5b-\x5e\x60\x7b-\x7f]*+", text=True)
_MARKS = ".;,()[]"
_ESCAPED = "_~.-!$&'()*+,;=/?#@%"  # what may stand behind a backslash in a local name


class Literal(NamedTuple):
    """A literal value; escapes in it are left as they are."""

    text: str
    language: str = ""


class Triple(NamedTuple):
    """One statement. Nodes are IRIs as written (joined with their prefix) or `_:name`."""

    subject: str
    predicate: str
    object: "str | Literal"
    line: int


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def read_turtle(text: str) -> Iterator[Triple]:
    """The triples of a document, in its order. Raises Unreadable("oslc.turtle_malformed", line, column, error)."""
    return _Parser(text).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("\ufeff")
        self._at = 0
        self._line, self._counted = 1, 0
        self._prefixes: dict[str, str] = {}
        self._blank = 0
        self._found: list[Triple] = []
        self._token = self._next()

    # -- tokens

    def _next(self) -> _Token:
        start = self._after_space()
        if start >= len(self._text):
            self._at = start
            return _Token("end", "", start)
        kind, end = self._kind(self._text[start], start)
        self._at = end
        return _Token(kind, self._text[start:end], start)

    def _kind(self, first: str, start: int) -> tuple[str, int]:
        """Kind and end of the token that starts here."""
        text = self._text
        match: patterns.Match | None = None
        if first == "<":
            kind, match = "iri", _IRI.match(text, start)
        elif first in _TEXT:
            return "text", self._long(first * 3, start) if text.startswith(first * 3, start) else self._short(
                first, start
            )
        elif first == "@":
            kind, match = "at", _AT.match(text, start)
        elif (first in "+-.0123456789") and (match := _NUMBER.match(text, start)) is not None:
            kind = "number"
        elif first in _MARKS:
            return "mark", start + 1
        elif text.startswith("^^", start):
            return "mark", start + 2
        else:
            return self._name(start)
        if match is None:
            raise self._broken("token", start)
        return kind, match.end()

    def _name(self, start: int) -> tuple[str, int]:
        """A name with a prefix, a blank node, or a bare word."""
        text = self._text
        prefix = _PREFIX.match(text, start)
        end = prefix.end() if prefix is not None else start
        if text[end : end + 1] != ":":
            if end == start:
                raise self._broken("token", start)
            return "word", end
        end += 1
        while True:
            local = _LOCAL.match(text, end)
            end = local.end() if local is not None else end
            if text[end : end + 1] != "\\" or text[end + 1 : end + 2] not in _ESCAPED:
                break
            end += 2
        while text[end - 1] == "." and text[end - 2] != "\\":  # it ends the statement
            end -= 1
        return "blank" if text.startswith("_:", start) else "name", end

    def _short(self, quote: str, start: int) -> int:
        """The end of a string in single quotes of its kind."""
        at = start + 1
        while True:
            run = _TEXT[quote].match(self._text, at)
            at = run.end() if run is not None else at
            if self._text[at : at + 1] == quote:
                return at + 1
            if self._text[at : at + 1] != "\\" or self._text[at + 1 : at + 2] in ("", "\n", "\r"):
                raise self._broken("string", start)
            at += 2

    def _after_space(self) -> int:
        """Where the next token starts: behind white space and comments."""
        at = self._at
        while True:
            space = _SPACE.match(self._text, at)
            at = space.end() if space is not None else at
            if self._text[at : at + 1] != "#":
                return at
            end = self._text.find("\n", at)
            at = end if end >= 0 else len(self._text)

    def _long(self, quotes: str, start: int) -> int:
        """The end of a string in three quotes."""
        at = start + 3
        while (at := self._text.find(quotes, at)) >= 0:
            slashes = at
            while self._text[slashes - 1] == "\\":
                slashes -= 1
            if (at - slashes) % 2 == 0:
                return at + 3
            at += 1
        raise self._broken("string", start)

    def _broken(self, error: str, at: int) -> Unreadable:
        line = self._text.count("\n", 0, at) + 1
        return Unreadable("oslc.turtle_malformed", line=line, column=at - self._text.rfind("\n", 0, at), error=error)

    def _line_of(self, at: int) -> int:
        """Tokens come in order, so each line end is counted once."""
        if at > self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        return self._line

    def _take(self) -> _Token:
        token, self._token = self._token, self._next()
        return token

    def _mark(self, mark: str) -> bool:
        if self._token.kind == "mark" and self._token.text == mark:
            self._take()
            return True
        return False

    def _must(self, mark: str) -> None:
        if not self._mark(mark):
            raise self._broken(f"expected {mark}", self._token.at)

    # -- grammar

    def document(self) -> Iterator[Triple]:
        """All statements."""
        while self._token.kind != "end":
            token = self._token
            if token.kind == "at" or (token.kind == "word" and token.text.upper() in ("PREFIX", "BASE")):
                self._directive()
            else:
                self._statement()
                self._must(".")
            yield from self._found
            self._found.clear()

    def _directive(self) -> None:
        token = self._take()
        word = token.text.removeprefix("@").upper()
        if word == "PREFIX":
            name = self._take()
            if name.kind != "name" or not name.text.endswith(":"):
                raise self._broken("expected a prefix", name.at)
            self._prefixes[name.text[:-1]] = self._iri()
        elif word == "BASE":
            self._iri()
        else:
            raise self._broken("unknown directive", token.at)
        if token.kind == "at":
            self._must(".")

    def _iri(self) -> str:
        token = self._take()
        if token.kind != "iri":
            raise self._broken("expected an IRI", token.at)
        return token.text[1:-1]

    def _statement(self) -> None:
        token = self._token
        if token.kind == "mark" and token.text == "[":
            subject = self._node(0)
            if self._token.kind == "mark" and self._token.text == ".":
                return
        elif token.kind in ("iri", "name", "blank") or (token.kind == "mark" and token.text == "("):
            subject = self._node(0)
        else:
            raise self._broken("expected a subject", token.at)
        assert isinstance(subject, str)
        self._predicates(subject, 0)

    def _predicates(self, subject: str, depth: int) -> None:
        while True:
            line = self._line_of(self._token.at)
            predicate = self._predicate()
            while True:
                self._found.append(Triple(subject, predicate, self._node(depth), line))
                if not self._mark(","):
                    break
            if not self._mark(";"):
                return
            while self._mark(";"):
                pass
            if self._token.kind == "mark" and self._token.text in (".", "]"):
                return

    def _predicate(self) -> str:
        token = self._take()
        if token.kind == "word" and token.text == "a":
            return f"{RDF}type"
        if token.kind == "iri":
            return token.text[1:-1]
        if token.kind == "name":
            return self._expanded(token)
        raise self._broken("expected a predicate", token.at)

    def _node(self, depth: int) -> "str | Literal":
        token = self._take()
        match token.kind:
            case "iri":
                return token.text[1:-1]
            case "name":
                return self._expanded(token)
            case "blank":
                return token.text
            case "number":
                return Literal(token.text)
            case "word" if token.text in ("true", "false"):
                return Literal(token.text)
            case "text":
                return self._literal(token)
            case "mark" if token.text in ("[", "("):
                if depth >= _DEEPEST:
                    raise self._broken("nesting", token.at)
                return self._blank_node(depth) if token.text == "[" else self._collection(depth)
        raise self._broken("expected a node", token.at)

    def _literal(self, token: _Token) -> Literal:
        quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) >= 6 else 1
        text = token.text[quotes:-quotes]
        if self._token.kind == "at":
            return Literal(text, self._take().text[1:])
        if self._mark("^^"):
            kind = self._take()
            if kind.kind == "name":
                self._expanded(kind)
            elif kind.kind != "iri":
                raise self._broken("expected a datatype", kind.at)
        return Literal(text)

    def _blank_node(self, depth: int) -> str:
        self._blank += 1
        name = f"_:[{self._blank}]"
        if not self._mark("]"):
            self._predicates(name, depth + 1)
            self._must("]")
        return name

    def _collection(self, depth: int) -> str:
        """The head of a list; its members are stated of the head, which is all that is asked for here."""
        self._blank += 1
        name = f"_:({self._blank})"
        while not self._mark(")"):
            if self._token.kind == "end":
                raise self._broken("expected )", self._token.at)
            line = self._line_of(self._token.at)
            self._found.append(Triple(name, f"{RDF}first", self._node(depth + 1), line))
        return name

    def _expanded(self, token: _Token) -> str:
        prefix, _, local = token.text.partition(":")
        namespace = self._prefixes.get(prefix)
        if namespace is None:
            raise self._broken("undeclared prefix", token.at)
        return namespace + (local.replace("\\", "") if "\\" in local else local)
