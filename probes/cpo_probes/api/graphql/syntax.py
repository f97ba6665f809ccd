"""The GraphQL schema definition language: text to definitions, without recursion, in linear time.

Grammar: GraphQL, September 2025, clauses 2.1 and 3 (type system documents). Operations and fragments may stand in
between; they are stepped over.
"""

from typing import NoReturn

from cpo_probes.api.deprecation import Deprecation, deprecation
from cpo_probes.api.graphql.schema import Constant, Definition, Field, Type, Use, Value
from cpo_probes.api.graphql.tokens import MOST_TEXT, SyntaxFault, tokens
from cpo_scan.probe import Artifact

_LOCATIONS = frozenset(  # §3.13
    (
        *("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"),
        *("VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE"),
        *("UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"),
    )
)
_EXECUTABLE = frozenset(("query", "mutation", "subscription", "fragment"))
_OPENING = {"{": "}", "[": "]", "(": ")"}
_WORDS = {"true": "boolean", "false": "boolean", "null": "null"}


def parse(text: str, file: Artifact) -> tuple[list[Definition], list[tuple[str, int]]]:
    """The definitions of a document, and names that stand twice in one input value, with their places.

    Raises SyntaxFault.
    """
    parser = _Parser(text.replace("\ufeff", " "), file)
    return parser.document(), parser.doubled


def parse_constant(text: str, file: Artifact) -> Constant:
    """A value by itself, as an introspection result states it. Raises SyntaxFault."""
    return _Parser(text.replace("\ufeff", " "), file).only_constant()


class _Parser:
    """Walks over the tokens. Behind the last one stand empty texts."""

    def __init__(self, text: str, file: Artifact) -> None:
        self._texts, self._starts = tokens(text)
        self._texts += ["", ""]
        self._starts += [len(text)] * 2
        self._file = file
        self._at = 0
        self.doubled: list[tuple[str, int]] = []

    def document(self) -> list[Definition]:
        """All definitions."""
        found: list[Definition] = []
        if not self._texts[0]:
            self._fail()  # a document has at least one definition
        while self._texts[self._at]:
            text = self._description()
            keyword = self._texts[self._at]
            if keyword in _EXECUTABLE or (keyword == "{" and self._is_selection()):
                self._step_over()
            else:
                found.append(self._definition(text))
        return found

    # -- steps

    def _fail(self) -> NoReturn:
        raise SyntaxFault(self._starts[self._at], self._texts[self._at])

    def _accept(self, text: str) -> bool:
        if self._texts[self._at] == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if self._texts[self._at] != text:
            self._fail()
        self._at += 1

    def _name(self) -> str:
        text = self._texts[self._at]
        if not (text[:1].isalpha() or text[:1] == "_"):
            self._fail()
        self._at += 1
        return text

    def _description(self) -> str:
        token = self._texts[self._at]
        if token[:1] != '"':
            return ""
        self._at += 1
        return _unquoted(token)

    def _is_selection(self) -> bool:
        """Does a query without a keyword start here (§2.3)? Braces of a template do not."""
        first = self._texts[self._at + 1]
        return first == "..." or first[:1].isalpha() or first[:1] == "_"

    def _step_over(self) -> None:
        """An operation or a fragment: to the end of its selection set."""
        while self._texts[self._at] != "{":
            if self._texts[self._at] in ("", "}"):
                self._fail()
            if self._texts[self._at] in _OPENING:
                self._group()
            else:
                self._at += 1
        self._group()

    def _group(self) -> None:
        closing: list[str] = []
        while True:
            token = self._texts[self._at]
            if not token:
                self._fail()
            if token in _OPENING:
                closing.append(_OPENING[token])
            elif token in ("}", "]", ")") and token != closing.pop():
                self._fail()
            self._at += 1
            if not closing:
                return

    # -- definitions (§3)

    def _definition(self, text: str) -> Definition:
        extends = False
        if self._texts[self._at] == "extend" and not text:
            self._at += 1
            extends = True
        at, keyword = self._starts[self._at], self._texts[self._at]
        if keyword not in ("schema", "scalar", "type", "interface", "union", "enum", "input", "directive"):
            self._fail()
        self._at += 1
        if keyword == "directive":
            if extends:
                self._at -= 1
                self._fail()
            return self._directive(text)
        name_at = self._starts[self._at] if keyword != "schema" else at
        found = Definition(
            keyword, "" if keyword == "schema" else self._name(), self._file, name_at, extends=extends, text=text
        )
        if keyword in ("type", "interface") and self._accept("implements"):
            self._accept("&")
            while True:
                found.interfaces.append((self._texts[self._at], self._starts[self._at]))
                self._name()
                if not self._accept("&"):
                    break
        found.uses = self._uses()
        has_body = self._body(found)
        if extends and not (has_body or found.uses or found.interfaces):
            self._fail()
        if keyword == "schema" and not extends and not has_body:
            self._fail()
        return found

    def _body(self, found: Definition) -> bool:
        """What a definition is made of; False where it has no body."""
        if found.kind == "union":
            if not self._accept("="):
                return False
            self._accept("|")
            while True:
                found.members.append((self._texts[self._at], self._starts[self._at]))
                self._name()
                if not self._accept("|"):
                    return True
        if found.kind == "scalar" or not self._accept("{"):
            return False
        while True:  # at least one
            if found.kind == "schema":
                found.roots.append(self._root())
            elif found.kind == "enum":
                found.values.append(self._enum_value())
            elif found.kind == "input":
                found.inputs.append(self._input_value())
            else:
                found.fields.append(self._field())
            if self._accept("}"):
                return True

    def _root(self) -> tuple[str, str, int]:
        if self._texts[self._at] not in ("query", "mutation", "subscription"):
            self._fail()
        operation = self._name()
        self._expect(":")
        at = self._starts[self._at]
        return operation, self._name(), at

    def _directive(self, text: str) -> Definition:
        self._expect("@")
        at = self._starts[self._at]
        found = Definition("directive", self._name(), self._file, at, text=text)
        found.arguments = self._arguments()
        found.repeatable = self._accept("repeatable")
        self._expect("on")
        self._accept("|")
        while True:
            if self._texts[self._at] not in _LOCATIONS:
                self._fail()
            found.locations.append(self._name())
            if not self._accept("|"):
                return found

    def _field(self) -> Field:
        text = self._description()
        at, name = self._starts[self._at], self._name()
        arguments = self._arguments()
        self._expect(":")
        kind, uses = self._type(), self._uses()
        return Field(name, arguments, kind, text, uses, _ending(uses), at)

    def _arguments(self) -> list[Value]:
        found: list[Value] = []
        if self._accept("("):
            found.append(self._input_value())
            while not self._accept(")"):
                found.append(self._input_value())
        return found

    def _input_value(self) -> Value:
        text = self._description()
        at, name = self._starts[self._at], self._name()
        self._expect(":")
        kind = self._type()
        default = self.constant() if self._accept("=") else None
        uses = self._uses()
        return Value(name, kind, default, text, uses, _ending(uses), at)

    def _enum_value(self) -> Value:
        text = self._description()
        at = self._starts[self._at]
        if self._texts[self._at] in ("true", "false", "null"):
            self._fail()
        name, uses = self._name(), self._uses()
        return Value(name, None, None, text, uses, _ending(uses), at)

    def _type(self) -> Type:
        lists = 0
        while self._accept("["):
            lists += 1
        at, name = self._starts[self._at], self._name()
        wrappers = ["!"] if self._accept("!") else []
        for _ in range(lists):
            self._expect("]")
            wrappers.append("[")
            if self._accept("!"):
                wrappers.append("!")
        return Type(name, "".join(reversed(wrappers)), at)

    def _uses(self) -> list[Use]:
        found: list[Use] = []
        while self._accept("@"):
            at, name = self._starts[self._at], self._name()
            arguments: list[tuple[str, Constant, int | str]] = []
            if self._accept("("):
                while not arguments or not self._accept(")"):
                    where, argument = self._starts[self._at], self._name()
                    self._expect(":")
                    arguments.append((argument, self.constant(), where))
            found.append(Use(name, arguments, at))
        return found

    def only_constant(self) -> Constant:
        """The value that the whole text is."""
        found = self.constant()
        if self._texts[self._at]:
            self._fail()
        return found

    def constant(self) -> Constant:
        """A value without variables (§2.9); not recursive, for lists may be deep."""
        outer: list[tuple[str, list[Constant] | dict[str, Constant], str]] = []  # closing token, content, name in it
        name = ""
        while True:
            token = self._texts[self._at]
            if outer and token == outer[-1][0]:
                closing, content, name = outer.pop()
                found = Constant("list" if closing == "]" else "object", content)
            else:
                if outer and outer[-1][0] == "}":
                    at, name = self._starts[self._at], self._name()
                    if name in outer[-1][1]:
                        self.doubled.append((name, at))
                    self._expect(":")
                    token = self._texts[self._at]
                if token in ("[", "{"):
                    outer.append((_OPENING[token], [] if token == "[" else {}, name))
                    self._at += 1
                    continue
                found = self._leaf(token)
            self._at += 1
            if not outer:
                return found
            content = outer[-1][1]
            if isinstance(content, dict):
                content[name] = found
            else:
                content.append(found)

    def _leaf(self, token: str) -> Constant:
        first = token[:1]
        if first == '"':
            return Constant("string", _unquoted(token))
        if first.isdigit() or first == "-":
            return Constant("float" if any(mark in token for mark in ".eE") else "int", token)
        if not (first.isalpha() or first == "_"):
            self._fail()
        return Constant(_WORDS.get(token, "name"), token)


def _unquoted(token: str) -> str:
    if token.startswith('"""'):
        return token[3:].removesuffix('"""').replace('\\"""', '"""').strip()
    return token[1:-1][:MOST_TEXT]


def _ending(uses: list[Use]) -> Deprecation | None:
    """What `@deprecated` says (§3.13.3)."""
    for use in uses:
        if use.name == "deprecated":
            reasons = (value.content for name, value, _ in use.arguments if name == "reason" and value.kind == "string")
            return deprecation(next(reasons, ""))
    return None
