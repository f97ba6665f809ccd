"""Reads schemas in EXPRESS (ISO 10303-11:2004, clauses 8 to 11): what they declare, and where the grammar is broken.

An error ends its declaration; reading goes on after the END_… of it, so that one file shows all its errors.
"""

from collections.abc import Callable, Iterator

import msgspec

from cpo_probes.exchange.express.entities import EntityReader
from cpo_probes.exchange.express.expressions import Broken, TooDeep, unexpected
from cpo_probes.exchange.express.model import (
    Algorithm,
    AnyType,
    Constant,
    Declaration,
    Interface,
    Named,
    Schema,
    SubtypeConstraint,
)
from cpo_probes.exchange.express.statements import statements_end
from cpo_probes.exchange.express.tokens import ASSIGN, IDENTIFIER, STRING, Text
from cpo_probes.exchange.express.types import DEPTH

MOST = 20  # errors that are kept; reading stops there

_INNER = frozenset(("entity", "type", "function", "procedure", "subtype_constraint"))
_DECLARATIONS = _INNER | {"rule", "constant"}


class Read(msgspec.Struct, frozen=True):
    """What a source holds. `too_deep`: something was nested beyond what is read."""

    schemas: tuple[Schema, ...]
    errors: tuple[Broken, ...]
    names: frozenset[str]
    """Names that are declared inside of declarations: parameters, variables, labels, items of enumerations."""
    too_deep: bool = False
    remarks: tuple[Broken, ...] = ()
    """What the grammar does not allow and all readers do: functions without a statement (production 220)."""


def read(text: Text, checkpoint: Callable[[], None] = lambda: None) -> Read:
    """Read all schemas of a source. `checkpoint` is called for each declaration and may raise to stop."""
    return _Reader(text, checkpoint).run()


class _Reader(EntityReader):
    def __init__(self, text: Text, checkpoint: Callable[[], None]) -> None:
        super().__init__(text)
        self.checkpoint = checkpoint
        self.errors: list[Broken] = []
        self.remarks: list[Broken] = []
        self.too_deep = False

    def run(self) -> Read:
        schemas: list[Schema] = []
        try:
            while self.classes[self.at] != "$":
                schemas.append(self._schema())
            if not schemas:
                raise unexpected(self.text, self.at, "SCHEMA", "9.3")
        except Broken as broken:
            self.errors.append(broken)
        except TooDeep:
            self.too_deep = True
        return Read(
            tuple(schemas), tuple(self.errors[:MOST]), frozenset(self.names), self.too_deep, tuple(self.remarks[:MOST])
        )

    def _schema(self) -> Schema:
        self._word("schema", "9.3")
        token = self.at
        name = self._name("9.3")
        version = ""
        if self.classes[self.at] == STRING:
            version = self.tokens[self.at].strip("'").strip()
            self.at += 1
        self._semicolon("9.3")
        interfaces: list[Interface] = []
        declarations: list[Declaration] = []
        while self.tokens[self.at] != "end_schema":
            start = self.at
            try:
                if self.tokens[self.at] in ("use", "reference") and not declarations:
                    interfaces.append(self._interface())
                elif self.tokens[self.at] == "constant" and not declarations:
                    declarations += self._constants()
                else:
                    declarations += self._declaration(0, "END_SCHEMA")
            except Broken as broken:
                self._resume(broken, start)
        self.at += 1
        self._semicolon("9.3")
        return Schema(name, token, version, tuple(interfaces), tuple(declarations))

    def _resume(self, broken: Broken, start: int) -> None:
        """After an error: go on after the end of the declaration that began at `start`."""
        self.errors.append(broken)
        end = f"end_{self.tokens[start]}"
        at = max(start + 1, broken.token)
        while self.classes[at] != "$" and self.tokens[at] != "end_schema":
            if self.tokens[at] == end and self.classes[at + 1] == ";":
                self.at = at + 2
                break
            if self.tokens[at] in _DECLARATIONS and self.classes[at - 1] == ";":
                self.at = at
                break
            at += 1
        else:
            self.at = at
        if self.classes[self.at] == "$" or len(self.errors) >= MOST:
            self.errors.pop()
            raise broken

    def _interface(self) -> Interface:
        """11.1, 11.2: USE FROM or REFERENCE FROM."""
        kind = self.tokens[self.at]
        self.at += 1
        self._word("from", "11")
        schema = self._named("11")
        items: list[tuple[Named, str]] = []
        if self._taken("("):
            while True:
                item = self._named("11")
                items.append((item, self._name("11") if self._taken("as") else item.name))
                if not self._taken(","):
                    break
            if not self._taken(")"):
                raise unexpected(self.text, self.at, ", ) AS", "11")
        self._semicolon("11")
        return Interface(kind, schema, tuple(items))

    def _declaration(self, depth: int, due: str) -> Iterator[Declaration]:
        """The declarations that one keyword opens; more than one for constants."""
        self.checkpoint()
        if depth > DEPTH:
            raise TooDeep
        match self.tokens[self.at]:
            case "entity":
                yield self._entity()
            case "type":
                yield self._type_declaration()
            case "function" | "procedure":
                yield self._function(depth)
            case "rule" if not depth:
                yield self._rule()
            case "subtype_constraint" if self.classes[self.at + 1] == IDENTIFIER:
                yield self._subtype_constraint()
            case _:
                raise unexpected(self.text, self.at, f"a declaration, {due}", "9.3")

    # -- constants, functions, rules

    def _constants(self) -> Iterator[Constant]:
        self.at += 1
        while True:
            token = self.at
            name = self._name("9.4", "a name, END_CONSTANT")
            self._word(":", "9.4")
            declared = self._type(concrete=True)
            self._word(":=", "9.4")
            self._expression()
            self._semicolon("9.4")
            yield Constant(name, token, declared)
            if self._taken("end_constant"):
                break
        self._semicolon("9.4")

    def _function(self, depth: int) -> Algorithm:
        kind = self.tokens[self.at]
        self.at += 1
        token = self.at
        name = self._name("9.5")
        types: list[AnyType] = []
        if self._taken("("):
            while True:
                if kind == "procedure":
                    self._taken("var")
                types.append(self._variables("9.5.3"))
                if not self._taken(";"):
                    break
            if not self._taken(")"):
                raise unexpected(self.text, self.at, "; )", "9.5.3")
        if kind == "function":
            self._word(":", "9.5.1")
            types.append(self._type())
        self._semicolon("9.5")
        inner = self._body(types, depth)
        start = self.at
        self.at = statements_end(self.text, self.at)
        if kind == "function" and self.at == start:
            self.remarks.append(Broken("express.no_statement", token, "9.5.1", name=name))
        self._word(f"end_{kind}", "9.5")
        self._semicolon("9.5")
        return Algorithm(kind, name, token, tuple(types), (), inner)

    def _rule(self) -> Algorithm:
        self.at += 1
        token = self.at
        name = self._name("9.6")
        self._word("for", "9.6")
        entities = self._list("9.6")
        self._semicolon("9.6")
        types: list[AnyType] = []
        inner = self._body(types, 0)
        self.at = statements_end(self.text, self.at)
        if self.tokens[self.at] != "where":
            raise unexpected(self.text, self.at, "WHERE", "9.6")
        self._where()
        self._word("end_rule", "9.6")
        self._semicolon("9.6")
        return Algorithm("rule", name, token, tuple(types), entities, inner)

    def _variables(self, clause: str) -> AnyType:
        """`name, name : type`"""
        self.names.add(self._name(clause))
        while self._taken(","):
            self.names.add(self._name(clause))
        if not self._taken(":"):
            raise unexpected(self.text, self.at, ", :", clause)
        return self._type()

    def _body(self, types: list[AnyType], depth: int) -> tuple[Declaration, ...]:
        """9.5.4: local declarations, constants, variables; statements come next."""
        inner: list[Declaration] = []
        while self.tokens[self.at] in _INNER and self.classes[self.at + 1] == IDENTIFIER:
            inner += self._declaration(depth + 1, "a statement")
        if self.tokens[self.at] == "constant":
            inner += self._constants()
        if self._taken("local"):
            while True:
                types.append(self._variables("9.5.4"))
                if self.classes[self.at] == ASSIGN:
                    self.at += 1
                    self._expression()
                self._semicolon("9.5.4")
                if self._taken("end_local"):
                    break
            self._semicolon("9.5.4")
        return tuple(inner)

    def _subtype_constraint(self) -> SubtypeConstraint:
        """9.7 (edition 2)."""
        self.at += 1
        token = self.at
        name = self._name("9.7")
        self._word("for", "9.7")
        entity = self._named("9.7")
        self._semicolon("9.7")
        abstract = self._taken("abstract")
        if abstract:
            self._word("supertype", "9.7.1")
            self._semicolon("9.7.1")
        total_over: tuple[Named, ...] = ()
        if self.tokens[self.at] == "total_over" and self.classes[self.at + 1] == "(":
            self.at += 1
            total_over = self._list("9.7.2")
            self._semicolon("9.7.2")
        constraint = None
        if self.tokens[self.at] != "end_subtype_constraint":
            constraint = self._supertype_expression()
            self._semicolon("9.7.3")
        self._word("end_subtype_constraint", "9.7")
        self._semicolon("9.7")
        return SubtypeConstraint(name, token, entity, abstract, total_over, constraint)
