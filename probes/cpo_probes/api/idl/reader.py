"""What the readers of all IDL dialects share: what a file declares, refers to, includes, and what is wrong with it."""

from collections.abc import Callable

import msgspec

from cpo_scan.probe.tokens import DEEPEST, Statement, StatementCursor, SyntaxFault, Tokens, is_word

_OPERATORS = frozenset("+-*/%|&^~<>()!=?:") | {"::", "."}


class Item(msgspec.Struct, frozen=True):
    """A declared thing: tokens `first` to `last`. `text` is documentation that stands in the code itself.

    Kinds: interface operation attribute service singleton constructor property struct union enum exception typedef
    constants constant valuetype component home coclass native.
    """

    kind: str
    scope: str
    name: str
    first: int
    last: int
    deprecated: bool = False
    text: str = ""

    @property
    def full(self) -> str:
        """The name with all that it stands in: `a::b::C`."""
        return f"{self.scope}::{self.name}" if self.scope else self.name


class Include(msgspec.Struct, frozen=True):
    """Another file that this one needs."""

    path: str
    offset: int  # in characters


class Reference(msgspec.Struct, frozen=True):
    """A name that must lead somewhere, as it is written in `scope`."""

    name: str
    scope: str
    number: int


class IdlReader(StatementCursor):
    """Reads declarations. Faults are kept; then the next declaration is read."""

    code = "idl.syntax"
    dialect = ""
    reserved: frozenset[str] = frozenset()
    """Words that can't be names."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.items: list[Item] = []
        self.symbols: dict[str, str] = {}
        self.bases: dict[str, list[str]] = {}
        self.references: list[Reference] = []
        self.includes: list[Include] = []
        self.modules: list[str] = []
        self.scope = ""
        self.depth = 0

    def read(self) -> None:
        """Read the whole file."""
        while self.at < self.end:
            start = self.at
            self.attempt(self.definition)
            if self.at == start:  # a brace that closes nothing
                self.at += 1

    def definition(self) -> None:
        """One declaration at the top or in a module."""
        raise NotImplementedError

    def word(self, what: str = "name") -> str:
        """An identifier."""
        if self.texts[self.at] in self.reserved:
            self.fail(what)
        return super().word(what)

    def add(self, kind: str, name: str, first: int, *, deprecated: bool = False, text: str = "") -> None:
        """A thing is declared; it ends with the token before the one at hand."""
        self.items.append(Item(kind, self.scope, name, first, self.at - 1, deprecated, text))

    def inner(self, name: str) -> str:
        """A name of the scope at hand with all that it stands in."""
        return f"{self.scope}::{name}" if self.scope else name

    def declare(self, name: str, kind: str, number: int, *, again: bool = False) -> str:
        """A name comes into the scope at hand; gives it with all that it stands in. `again`: it may be known."""
        full = self.inner(name)
        known = self.symbols.get(full)
        if known is None or known == "forward":
            self.symbols[full] = kind
        elif not again:
            self.fault("idl.name_twice", number, name=full[:200])
        return full

    def refer(self, name: str, number: int) -> None:
        """A name is used."""
        self.references.append(Reference(name, self.scope, number))

    def scoped(self) -> str:
        """A name with its scopes: `::a::B`."""
        name = self.take() if self.next == "::" else ""
        name += self.word()
        while self.next == "::":
            self.at += 1
            name += "::" + self.word()
        return name

    def scoped_reference(self) -> str:
        """A scoped name that is used here."""
        number = self.at
        name = self.scoped()
        self.refer(name, number)
        return name

    def names_of(self, *, resolve: bool = True) -> list[str]:
        """Scoped names with commas between them."""
        names = [self.scoped_reference() if resolve else self.scoped()]
        while self.accept(","):
            names.append(self.scoped_reference() if resolve else self.scoped())
        return names

    def listed(self, brackets: str, part: Callable[[], object], *, empty: bool = False, trailing: bool = False) -> None:
        """Parts with commas between them, in brackets; `empty`: there may be none, `trailing`: a comma may end them."""
        closing = brackets[1]
        self.expect(brackets[0])
        if empty and self.accept(closing):
            return
        part()
        while self.accept(",") and not (trailing and self.next == closing):
            part()
        self.expect(closing)

    def enumerators(self, full: str, declare: Callable[[str], object], before: Statement | None = None) -> None:
        """`{ name = expression, … }` of the enumeration `full`; `before` reads what may stand in front of a name."""

        def one() -> None:
            start = self.at
            if before is not None:
                before()
            name = self.word()
            declare(name)
            if self.accept("="):
                self.expression(",", "}")
            self.items.append(Item("value", full, name, start, self.at - 1))

        self.listed("{}", one, trailing=True)

    def inside(self, full: str, statement: Statement) -> None:
        """`{ statements }` of the scope `full`."""
        outer, self.scope = self.scope, full
        self.expect("{")
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise SyntaxFault(self.at, "syntax.too_deep", limit=str(DEEPEST))
            while self.next != "}":
                if self.at >= self.end:
                    self.fail("}")
                self.attempt(statement)
            self.at += 1
        finally:
            self.depth -= 1
            self.scope = outer

    def group(self, kind: str, name: str, number: int, first: int, statement: Statement, ends: str = ";") -> None:
        """`{ statements }` of a thing named by the token `number`; it stands in the list before what is in it."""
        full = self.declare(name, kind, number)
        place = len(self.items)
        self.inside(full, statement)
        if ends:
            self.expect(ends)
        self.items.insert(place, Item(kind, self.scope, name, first, self.at - 1))

    def expression(self, *ends: str) -> None:
        """A constant expression, up to one of the tokens that end it."""
        start, depth = self.at, 0
        while self.at < self.end:
            text = self.next
            if depth == 0 and text in ends:
                break
            if text == "(":
                depth += 1
            elif text == ")":
                depth -= 1
                if depth < 0:
                    self.fail(ends[0])
            elif is_word(text):
                if self.at > start and _ends_value(self.texts[self.at - 1]):
                    self.fail(ends[0])
            elif text not in _OPERATORS and text[0] not in "0123456789.\"'":
                self.fail(ends[0])
            self.at += 1
        if self.at == start or self.at >= self.end:
            self.fail("value")


def _ends_value(text: str) -> bool:
    """Does a value end with this token, so that no name can follow it?"""
    return is_word(text) or text[:1].isdigit() or text == ")"
