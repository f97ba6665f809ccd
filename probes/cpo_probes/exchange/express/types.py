"""Types of EXPRESS (ISO 10303-11:2004, clauses 8 and 9.1), and the steps with which all declarations are read."""

from cpo_probes.exchange.express.expressions import TooDeep, expression_end, simple_expression_end, unexpected
from cpo_probes.exchange.express.model import Aggregate, AnyType, Enumeration, Named, Select, Simple, TypeDeclaration
from cpo_probes.exchange.express.statements import semicolon
from cpo_probes.exchange.express.tokens import IDENTIFIER, Text

DEPTH = 100  # types or declarations inside each other
_DIGITS = 18  # of a bound that is taken for a number

_SIMPLE = frozenset(("binary", "boolean", "integer", "logical", "number", "real", "string"))
_SIZED = frozenset(("binary", "real", "string"))
_AGGREGATES = frozenset(("array", "bag", "list", "set", "aggregate"))
_CONSTRUCTED = ("enumeration", "select", "generic_entity")


class TypeReader:
    """Reads from token `at` on; each method leaves `at` after what it has read, or raises Broken."""

    def __init__(self, text: Text) -> None:
        self.text, self.tokens, self.classes = text, text.tokens, text.classes
        self.at = 0
        self.names: set[str] = set()
        """Names that are declared inside of declarations: parameters, variables, labels, items of enumerations."""

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

    def _type(self, depth: int = 0, *, concrete: bool = False) -> AnyType:
        """A type of an attribute, parameter or variable; a `concrete` one is of values that exist (8.6)."""
        token = self.tokens[self.at]
        if self.classes[self.at] == IDENTIFIER and token != "generic_entity":
            self.at += 1
            return Named(token, self.at - 1)
        if token in _SIMPLE:
            self.at += 1
            if token not in _SIZED or self.classes[self.at] != "(":
                return Simple(token)
            self.at += 1
            width = self._bound()
            self._word(")", "8.1")
            return Simple(token, width, token != "real" and self._taken("fixed"))
        if token in _AGGREGATES and not (concrete and token == "aggregate"):
            return self._aggregate(depth, concrete)
        if token in ("generic", "generic_entity") and not concrete:
            self.at += 1
            self._label()
            return Simple(token)
        raise unexpected(self.text, self.at, "a type", "8")

    def _aggregate(self, depth: int, concrete: bool) -> Aggregate:
        if depth == DEPTH:
            raise TooDeep
        kind = self.tokens[self.at]
        low = high = None
        self.at += 1
        if kind == "aggregate":
            self._label()
        elif (concrete and kind == "array") or self.classes[self.at] == "[":
            self._word("[", "8.2.1")
            low = self._bound()
            self._word(":", "8.2")
            high = self._bound()
            self._word("]", "8.2")
        self._word("of", "8.2")
        optional = kind == "array" and self._taken("optional")
        unique = kind in ("array", "list") and self._taken("unique")
        return Aggregate(kind, self._type(depth + 1, concrete=concrete), optional, unique, low, high)

    def _bound(self) -> int | None:
        """An expression for a bound or width; its value where it is a plain number, else None."""
        start = self.at
        self.at = simple_expression_end(self.text, start)
        token = self.tokens[start]
        plain = self.at == start + 1 and token.isascii() and token.isdigit() and len(token) <= _DIGITS
        return int(token) if plain else None

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
        if extensible and self.tokens[self.at] == "generic_entity" and self.tokens[self.at + 1] == "select":
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
                return Select(items, based_on, extensible)
            case _:
                return self._type(concrete=True)

    def _where(self) -> None:
        """9.2.2.2: rules, at least one, each with or without a label."""
        if not self._taken("where"):
            return
        while True:
            if self.classes[self.at] == IDENTIFIER and self.classes[self.at + 1] == ":":
                self.names.add(self.tokens[self.at])
                self.at += 2
            self._expression()
            self._semicolon("9.2.2.2")
            if self.classes[self.at] == "k" and self.tokens[self.at][:4] == "end_":
                return
