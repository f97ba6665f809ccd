"""Reads schemas in EXPRESS (ISO 10303-11:2004, clauses 8 to 11): what they declare, and where the grammar is broken.

An error ends its declaration; reading goes on after the END_… of it, so that one file shows all its errors.
"""

from collections.abc import Callable, Iterator

import msgspec

from cpo_probes.exchange.express_expressions import Broken, TooDeep, expression_end, unexpected
from cpo_probes.exchange.express_model import (
    Aggregate,
    Algorithm,
    AnyType,
    Attribute,
    Constant,
    Declaration,
    Entity,
    Enumeration,
    Interface,
    Inverse,
    Named,
    Schema,
    Select,
    Simple,
    TypeDeclaration,
)
from cpo_probes.exchange.express_statements import semicolon, statements_end
from cpo_probes.exchange.express_tokens import ASSIGN, IDENTIFIER, STRING, Text

MOST = 20  # errors that are kept; reading stops there
_DEPTH = 100  # types or declarations inside each other

_SIMPLE = frozenset(("binary", "boolean", "integer", "logical", "number", "real", "string"))
_AGGREGATES = frozenset(("array", "bag", "list", "set", "aggregate"))
_SECTIONS = frozenset(("derive", "inverse", "unique", "where", "end_entity"))


class Read(msgspec.Struct, frozen=True):
    """What a source holds. `too_deep`: something was nested beyond what is read."""

    schemas: tuple[Schema, ...]
    errors: tuple[Broken, ...]
    names: frozenset[str]
    """Names that are declared inside of declarations: parameters, variables, labels, items of enumerations."""
    too_deep: bool = False


def read(text: Text, checkpoint: Callable[[], None] = lambda: None) -> Read:
    """Read all schemas of a source. `checkpoint` is called for each declaration and may raise to stop."""
    return _Reader(text, checkpoint).run()


class _Reader:
    """Reads from token `at` on; each method leaves `at` after what it has read, or raises Broken."""

    def __init__(self, text: Text, checkpoint: Callable[[], None]) -> None:
        self.text, self.tokens, self.classes = text, text.tokens, text.classes
        self.checkpoint = checkpoint
        self.at = 0
        self.errors: list[Broken] = []
        self.names: set[str] = set()
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
        return Read(tuple(schemas), tuple(self.errors[:MOST]), frozenset(self.names), self.too_deep)

    # -- steps

    def _word(self, word: str, clause: str) -> None:
        if self.tokens[self.at] != word:
            raise unexpected(self.text, self.at, word.upper(), clause)
        self.at += 1

    def _name(self, clause: str, what: str = "a name") -> str:
        if self.classes[self.at] != IDENTIFIER:
            raise unexpected(self.text, self.at, what, clause)
        self.at += 1
        return self.tokens[self.at - 1]

    def _named(self, clause: str) -> Named:
        return Named(self._name(clause), self.at - 1)

    def _semicolon(self, clause: str) -> None:
        self.at = semicolon(self.text, self.at, clause)

    def _taken(self, token: str) -> bool:
        """Step over the token if it stands here."""
        if self.tokens[self.at] != token:
            return False
        self.at += 1
        return True

    def _expression(self) -> None:
        self.at = expression_end(self.text, self.at)

    def _list(self, clause: str) -> tuple[Named, ...]:
        """`( name, name )`"""
        self._word("(", clause)
        items = [self._named(clause)]
        while self._taken(","):
            items.append(self._named(clause))
        if not self._taken(")"):
            raise unexpected(self.text, self.at, ", )", clause)
        return tuple(items)

    # -- schemas

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
                if self.tokens[self.at] in ("use", "reference"):
                    interfaces.append(self._interface())
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
        if depth > _DEPTH:
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
            case "constant":
                yield from self._constants()
            case "subtype_constraint" if self.classes[self.at + 1] == IDENTIFIER:
                yield self._subtype_constraint()
            case _:
                raise unexpected(self.text, self.at, f"a declaration, {due}", "9.3")

    # -- types (8)

    def _type(self, depth: int = 0) -> AnyType:
        """A type of an attribute, parameter or variable."""
        token = self.tokens[self.at]
        if self.classes[self.at] == IDENTIFIER and token != "generic_entity":
            self.at += 1
            return Named(token, self.at - 1)
        if token in _SIMPLE:
            self.at += 1
            if self.classes[self.at] == "(":
                self.at += 1
                self._expression()
                self._word(")", "8.1")
                self._taken("fixed")
            return Simple(token)
        if token in _AGGREGATES:
            return self._aggregate(depth)
        if token in ("generic", "generic_entity"):
            self.at += 1
            self._label()
            return Simple(token)
        raise unexpected(self.text, self.at, "a type", "8")

    def _aggregate(self, depth: int) -> Aggregate:
        if depth == _DEPTH:
            raise TooDeep
        kind = self.tokens[self.at]
        self.at += 1
        if kind == "aggregate":
            self._label()
        elif self._taken("["):
            self._expression()
            self._word(":", "8.2")
            self._expression()
            self._word("]", "8.2")
        self._word("of", "8.2")
        modifiers = set()
        while self.tokens[self.at] in ("optional", "unique") and self.tokens[self.at] not in modifiers:
            modifiers.add(self.tokens[self.at])
            self.at += 1
        return Aggregate(kind, self._type(depth + 1), "optional" in modifiers)

    def _label(self) -> None:
        """9.5.3.4: `: label` after AGGREGATE and GENERIC."""
        if self._taken(":"):
            self.names.add(self._name("9.5.3.4"))

    def _type_declaration(self) -> TypeDeclaration:
        self.at += 1
        token = self.at
        name = self._name("9.1")
        self._word("=", "9.1")
        declared = self._underlying()
        self._semicolon("9.1")
        self._where()
        self._word("end_type", "9.1")
        self._semicolon("9.1")
        return TypeDeclaration(name, token, declared)

    def _underlying(self) -> AnyType:
        extensible = self.tokens[self.at] == "extensible" and self.tokens[self.at + 1] in _CONSTRUCTED
        self.at += extensible
        if self.tokens[self.at] == "generic_entity" and self.tokens[self.at + 1] == "select":
            self.at += 1
        match self.tokens[self.at]:
            case "enumeration":
                self.at += 1
                items: tuple[Named, ...] = ()
                based_on = None
                if self._taken("of"):
                    items = self._list("8.4.1")
                elif self._taken("based_on"):
                    based_on = self._named("8.4.1")
                    items = self._list("8.4.1") if self._taken("with") else ()
                elif not extensible:
                    raise unexpected(self.text, self.at, "OF", "8.4.1")
                self.names.update(item.name for item in items)
                return Enumeration(tuple(item.name for item in items), based_on, extensible)
            case "select":
                self.at += 1
                items, based_on = (), None
                if self.classes[self.at] == "(":
                    items = self._list("8.4.2")
                elif self._taken("based_on"):
                    based_on = self._named("8.4.2")
                    items = self._list("8.4.2") if self._taken("with") else ()
                elif not extensible:
                    raise unexpected(self.text, self.at, "(", "8.4.2")
                return Select(items, based_on, extensible)
            case _:
                return self._type()

    # -- entities (9.2)

    def _entity(self) -> Entity:
        self.at += 1
        token = self.at
        name = self._name("9.2")
        abstract, supertypes, constrained = self._heritage()
        self._semicolon("9.2")
        explicit: list[Attribute] = []
        derived: list[Attribute] = []
        inverse: list[Inverse] = []
        while self.tokens[self.at] not in _SECTIONS:
            explicit += self._explicit()
        if self._taken("derive"):
            while self.tokens[self.at] not in _SECTIONS:
                derived.append(self._derived())
        if self._taken("inverse"):
            while self.tokens[self.at] not in _SECTIONS:
                inverse.append(self._inverse())
        if self._taken("unique"):
            while self.tokens[self.at] not in ("where", "end_entity"):
                self._unique()
        self._where()
        self._word("end_entity", "9.2")
        self._semicolon("9.2")
        return Entity(name, token, abstract, supertypes, constrained, tuple(explicit), tuple(derived), tuple(inverse))

    def _heritage(self) -> tuple[bool, tuple[Named, ...], tuple[Named, ...]]:
        """9.2.3, 9.2.5: ABSTRACT, SUPERTYPE OF and SUBTYPE OF, in either order."""
        supertypes: tuple[Named, ...] = ()
        constrained: tuple[Named, ...] = ()
        abstract = False
        for _ in range(2):
            match self.tokens[self.at]:
                case "abstract":
                    abstract = True
                    self.at += 1
                    if self._taken("supertype") and self._taken("of"):
                        constrained = self._parenthesis()
                case "supertype":
                    self.at += 1
                    self._word("of", "9.2.5.2")
                    constrained = self._parenthesis()
                case "subtype":
                    self.at += 1
                    self._word("of", "9.2.3")
                    supertypes = self._list("9.2.3")
                case _:
                    break
        return abstract, supertypes, constrained

    def _parenthesis(self) -> tuple[Named, ...]:
        if self.classes[self.at] != "(":
            raise unexpected(self.text, self.at, "(", "9.2.5.2")
        return self._supertype_expression()

    def _supertype_expression(self) -> tuple[Named, ...]:
        """9.2.5.2: entities joined by ONEOF, AND, ANDOR."""
        found: list[Named] = []
        opened: list[str] = []
        while True:
            if self._taken("oneof"):
                self._word("(", "9.2.5.3")
                opened.append("oneof")
                continue
            if self._taken("("):
                opened.append("(")
                if len(opened) > _DEPTH:
                    raise TooDeep
                continue
            found.append(self._named("9.2.5"))
            while opened and self._taken(")"):
                opened.pop()
            one_of = bool(opened) and opened[-1] == "oneof"
            if self.tokens[self.at] in ("and", "andor") or (one_of and self.tokens[self.at] == ","):
                self.at += 1
            elif opened:
                raise unexpected(self.text, self.at, ", )" if one_of else ")", "9.2.5")
            else:
                return tuple(found)

    def _attribute_name(self, clause: str) -> tuple[str, int, Named | None, bool]:
        """A name, or `SELF\\entity.name [RENAMED name]` (9.2.3.4)."""
        if not self._taken("self"):
            return self._name(clause, "a name, SELF"), self.at - 1, None, False
        self._word("\\", "9.2.3.4")
        entity = self._named("9.2.3.4")
        self._word(".", "9.2.3.4")
        token = self.at
        name = self._name("9.2.3.4")
        renamed = self.tokens[self.at] == "renamed" and self.classes[self.at + 1] == IDENTIFIER
        if renamed:
            self.names.add(self.tokens[self.at + 1])
            self.at += 2
        return name, token, entity, renamed

    def _explicit(self) -> Iterator[Attribute]:
        names = [self._attribute_name("9.2.1.1")]
        while self._taken(","):
            names.append(self._attribute_name("9.2.1.1"))
        if not self._taken(":"):
            raise unexpected(self.text, self.at, ", :", "9.2.1.1")
        optional = self._taken("optional")
        declared = self._type()
        self._semicolon("9.2.1.1")
        for name, token, entity, renamed in names:
            yield Attribute(name, declared, token, optional, entity, renamed)

    def _derived(self) -> Attribute:
        name, token, entity, renamed = self._attribute_name("9.2.1.2")
        self._word(":", "9.2.1.2")
        declared = self._type()
        self._word(":=", "9.2.1.2")
        self._expression()
        self._semicolon("9.2.1.2")
        return Attribute(name, declared, token, False, entity, renamed)

    def _inverse(self) -> Inverse:
        name, token, redeclares, _ = self._attribute_name("9.2.1.3")
        self._word(":", "9.2.1.3")
        if self.tokens[self.at] in ("set", "bag"):
            self.at += 1
            if self._taken("["):
                self._expression()
                self._word(":", "8.2")
                self._expression()
                self._word("]", "8.2")
            self._word("of", "9.2.1.3")
        entity = self._named("9.2.1.3")
        self._word("for", "9.2.1.3")
        attribute = self._named("9.2.1.3")
        if self._taken("."):
            attribute = self._named("9.2.1.3")
        self._semicolon("9.2.1.3")
        return Inverse(name, entity, attribute, token, redeclares)

    def _unique(self) -> None:
        """9.2.2.1: attributes, also SELF\\entity.name."""
        if self.classes[self.at] == IDENTIFIER and self.classes[self.at + 1] == ":":
            self.names.add(self.tokens[self.at])
            self.at += 2
        self._expression()
        while self._taken(","):
            self._expression()
        self._semicolon("9.2.2.1")

    def _where(self) -> None:
        """9.2.2.2: rules, each with or without a label."""
        if not self._taken("where"):
            return
        while self.classes[self.at] != "k" or self.tokens[self.at][:4] != "end_":
            if self.classes[self.at] == IDENTIFIER and self.classes[self.at + 1] == ":":
                self.names.add(self.tokens[self.at])
                self.at += 2
            self._expression()
            self._semicolon("9.2.2.2")

    # -- constants, functions, rules

    def _constants(self) -> Iterator[Constant]:
        self.at += 1
        while not self._taken("end_constant"):
            token = self.at
            name = self._name("9.4", "a name, END_CONSTANT")
            self._word(":", "9.4")
            declared = self._type()
            self._word(":=", "9.4")
            self._expression()
            self._semicolon("9.4")
            yield Constant(name, token, declared)
        self._semicolon("9.4")

    def _function(self, depth: int) -> Algorithm:
        kind = self.tokens[self.at]
        self.at += 1
        token = self.at
        name = self._name("9.5")
        types: list[AnyType] = []
        if self._taken("("):
            while True:
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
        """9.5.4: local declarations, constants, variables, then statements."""
        inner: list[Declaration] = []
        while self.tokens[self.at] in _INNER:
            inner += self._declaration(depth + 1, "a statement")
        if self._taken("local"):
            while not self._taken("end_local"):
                types.append(self._variables("9.5.4"))
                if self.classes[self.at] == ASSIGN:
                    self.at += 1
                    self._expression()
                self._semicolon("9.5.4")
            self._semicolon("9.5.4")
        self.at = statements_end(self.text, self.at)
        return tuple(inner)

    def _subtype_constraint(self) -> Algorithm:
        """9.7 (edition 2)."""
        self.at += 1
        token = self.at
        name = self._name("9.7")
        self._word("for", "9.7")
        entities = [self._named("9.7")]
        self._semicolon("9.7")
        if self._taken("abstract"):
            self._word("supertype", "9.7.1")
            self._semicolon("9.7.1")
        if self.tokens[self.at] == "total_over" and self.classes[self.at + 1] == "(":
            self.at += 1
            entities += self._list("9.7.2")
            self._semicolon("9.7.2")
        if self.tokens[self.at] != "end_subtype_constraint":
            entities += self._supertype_expression()
            self._semicolon("9.7.3")
        self._word("end_subtype_constraint", "9.7")
        self._semicolon("9.7")
        return Algorithm("subtype_constraint", name, token, (), tuple(entities))


_CONSTRUCTED = ("enumeration", "select", "generic_entity")
_INNER = frozenset(("entity", "type", "function", "procedure", "constant"))
_DECLARATIONS = _INNER | {"rule"}
