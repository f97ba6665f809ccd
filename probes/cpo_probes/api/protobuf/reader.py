"""What .proto files are made of: the parts that all their statements share, and what a file was found to hold."""

from collections.abc import Iterator

import msgspec

from cpo_scan.probe.tokens import DEEPEST, Statement, StatementCursor, SyntaxFault, Tokens, is_string, is_word


class Import(msgspec.Struct, frozen=True):
    """`import "path"`; `kind` is empty, `public`, `weak` or `option`."""

    path: str
    kind: str
    number: int


class Reference(msgspec.Struct, frozen=True):
    """A name that must lead somewhere. `wants`: type, message, extension."""

    name: str
    scope: str
    number: int
    wants: str


class Rpc(msgspec.Struct, frozen=True):
    """A method of a service: tokens `first` to `last`."""

    service: str
    name: str
    first: int
    last: int
    streams: bool
    deprecated: bool


class Field(msgspec.Struct, frozen=True):
    """A field of a message, or an extension."""

    owner: str
    name: str
    first: int
    last: int
    deprecated: bool
    extends: bool
    oneof: str = ""


class SetOption(msgspec.Struct, frozen=True):
    """An option of Protocol Buffers' own. `part`: only a part of it is set; `kind` as in the table of options."""

    of: str
    name: str
    part: bool
    kind: str
    text: str
    number: int
    owner: int

    def kind_fits(self, wanted: str) -> bool:
        """Can the value be of this type?"""
        if wanted == "bool":
            return self.text in ("true", "false") and self.kind == "enum"
        return wanted in ("any", self.kind)


class Default(msgspec.Struct, frozen=True):
    """The default value of a field, as written: its `kind` as in the table of options, and its text with the sign."""

    type: str
    scope: str
    repeated: bool
    kind: str
    text: str
    number: int


_MESSAGES = {"{": "}", "<": ">"}  # brackets of messages in text format


class ProtoReader(StatementCursor):
    """The tokens of a .proto file, and what is known of it so far. Faults are kept; then the next statement is read."""

    code = "protobuf.syntax"

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.version = "proto2"
        self.edition = False
        self.later: int | None = None  # the token of an edition that is later than those known here
        self.package = ""
        self.imports: list[Import] = []
        self.symbols: dict[str, str] = {}  # full name: message enum value service extension field oneof rpc
        self.references: list[Reference] = []
        self.rpcs: list[Rpc] = []
        self.fields: list[Field] = []
        self.enum_values: list[tuple[str, str, int, bool]] = []  # enumeration, value, number, deprecated
        self.messages: list[tuple[str, int, int]] = []
        self.extension_ranges: dict[str, list[tuple[int, int]]] = {}
        self.extensions: list[tuple[str, str, int, int]] = []  # extended name, scope, field number, token
        self.message_sets: set[str] = set()  # messages whose extensions may have larger numbers
        self.set_options: list[SetOption] = []
        self.defaults: list[Default] = []
        self.owner = 0  # where the block or the list of options starts that is being read
        self.stated = False  # syntax, edition or package stands there
        self.depth = 0
        self.deprecated_types: set[str] = set()  # messages and enumerations
        self.deprecated_messages = 0
        self.deprecated = False  # the file as a whole
        self.scope = ""
        self._deprecated_here = False

    def string(self) -> str:
        if not is_string(self.next):
            self.fail("string")
        parts = []
        while is_string(self.next):
            parts.append(self.take()[1:-1])
        return "".join(parts)

    def dotted(self) -> str:
        name = self.word()
        while self.accept("."):
            name += "." + self.word()
        return name

    def type_name(self) -> str:
        return ("." if self.accept(".") else "") + self.dotted()

    def integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        text = self.next
        value = integer_of(text)
        if value is None:
            self.fail("number")
        self.at += 1
        return sign * value

    def option_statement(self, of: str) -> str:
        self.at += 1
        name = self._option(of)
        self.expect(";")
        return name

    def _option(self, of: str) -> str:
        """`name = value`; gives the name."""
        first = self.at
        parts = [self._option_part()]
        while self.accept("."):
            parts.append(self._option_part())
        if parts[0][0] == "(":
            self.references.append(Reference(parts[0][1:-1], self.scope or self.package, first + 1, "extension"))
        self.expect("=")
        kind, text = self._value()
        if parts[0][0] != "(":
            self.set_options.append(SetOption(of, parts[0], len(parts) > 1, kind, text, first, self.owner))
        self.deprecated_here = text == "true" and parts == ["deprecated"]
        return parts[0] if len(parts) == 1 else ""

    def _option_part(self) -> str:
        if not self.accept("("):
            return self.word()
        name = self.type_name()
        self.expect(")")
        return f"({name})"

    def _value(self) -> tuple[str, str]:
        """The value of an option: string, number, enum or message, and its text."""
        if self.next == "{":
            self._aggregate("}")
            return "message", ""
        return self._scalar()

    def _scalar(self) -> tuple[str, str]:
        if is_string(self.next):
            return "string", self.string()
        sign = self.take() if self.next in ("-", "+") else ""
        text = self.next
        if is_word(text) and (not sign or text in ("inf", "nan", "infinity")):
            return "enum", sign + self.take()
        if text[:1].isdigit() or (text[:1] == "." and text != "."):
            return "number", sign + self.take()
        self.fail("value")

    def _aggregate(self, closing: str) -> None:
        """A message in text format, between braces or angle brackets."""
        self._deeper()
        self.at += 1
        while not self.accept(closing):
            if self.next == "[":  # an extension or the address of a type
                self.skip_group()
            else:
                self.word(f"name, {closing}")
            if self.accept(":"):
                self._aggregate_value()
            elif self.next in _MESSAGES:
                self._aggregate(_MESSAGES[self.next])
            else:
                self.fail(":")
            if self.next in (",", ";"):
                self.at += 1
        self.depth -= 1

    def _aggregate_value(self) -> None:
        if self.next in _MESSAGES:
            self._aggregate(_MESSAGES[self.next])
        elif self.accept("["):
            while not self.accept("]"):
                self._aggregate_value()
                if self.next != "]":
                    self.expect(",")
        else:
            self._scalar()

    def options(self, of: str) -> tuple[dict[str, int], bool]:
        """`[a = 1, (b) = 2]`, if it stands here: the simple names with their tokens, and whether it is deprecated."""
        names: dict[str, int] = {}
        deprecated = False
        outer, self.owner = self.owner, self.at
        if self.accept("["):
            while True:
                number = self.at
                names[self._option(of)] = number
                deprecated = deprecated or self.deprecated_here
                if not self.accept(","):
                    break
            self.expect("]")
        self.owner = outer
        return names, deprecated

    def declare(self, scope: str, name: str, kind: str, number: int) -> str:
        full = f"{scope}.{name}" if scope else name
        if full in self.symbols:
            self.fault("protobuf.name_twice", number, name=full[:200])
        else:
            self.symbols[full] = kind
        return full

    def block(self, statement: Statement) -> None:
        """`{ statements }`"""
        outer, self.owner = self.owner, self.at
        self.expect("{")
        self._deeper()
        try:
            while self.next != "}":
                if self.at >= self.end:
                    self.fail("}")
                if not self.accept(";"):
                    self.attempt(statement)
            self.at += 1
        finally:
            self.depth -= 1
            self.owner = outer

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.depth = 0
            raise SyntaxFault(self.at, "syntax.too_deep", limit=str(DEEPEST))

    def told(self, faults: Iterator[tuple[str, int, dict[str, str]]]) -> None:
        for code, number, params in faults:
            self.fault(code, number, **params)


def integer_of(text: str) -> int | None:
    """A decimal, octal or hexadecimal literal; None where it is none or longer than any that fits."""
    if not text[:1].isdigit() or len(text) > 40 or "_" in text:
        return None
    try:
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        return int(text, 8) if text[0] == "0" and len(text) > 1 else int(text)
    except ValueError:
        return None
