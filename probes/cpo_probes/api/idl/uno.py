"""The grammar of UNO IDL, by the UNOIDL syntax of the OpenOffice.org Developer's Guide and its UNOIDL appendix."""

from cpo_probes.api.idl.reader import IdlReader

_SIMPLE = frozenset({"boolean", "byte", "short", "long", "hyper", "float", "double", "char", "string", "type", "any"})
_MEMBER_FLAGS = frozenset(
    {"attribute", "readonly", "bound", "property", "optional", "maybevoid", "maybeambiguous", "maybedefault"}
    | {"constrained", "removable", "removeable", "transient", "oneway", "const"}
)
_RESERVED = frozenset(
    {"any", "attribute", "boolean", "byte", "char", "const", "constants", "double", "enum", "exception", "float"}
    | {"hyper", "in", "inout", "interface", "long", "module", "out", "published", "raises", "sequence", "service"}
    | {"short", "singleton", "string", "struct", "typedef", "unsigned", "void"}
)


class UnoReader(IdlReader):
    """Reads a UNO IDL file."""

    dialect = "uno"
    reserved = _RESERVED

    def definition(self) -> None:
        """modules, and what stands in them"""
        first = self.at
        published = self.accept("published")
        match self.next:
            case "module" if not published:
                self._module()
            case "interface":
                self._interface(first)
            case "struct" | "exception":
                self._struct(first)
            case "enum":
                self._enum(first)
            case "typedef":
                self.at += 1
                self.type()
                self._named("typedef", first)
            case "const":
                self._constant(first)
            case "constants":
                self.at += 1
                self.group("constants", self.word(), self.at - 1, first, lambda: self._constant(self.at))
            case "service":
                self._service(first)
            case "singleton":
                self._singleton(first)
            case _:
                self.fail("module, interface, service, struct, exception, enum, constants, typedef, singleton")

    def type(self, *, void: bool = False) -> None:
        """A type as it is used."""
        text = self.next
        if text in _SIMPLE or (void and text == "void"):
            self.at += 1
        elif text == "unsigned":
            self.at += 1
            if self.take() not in ("short", "long", "hyper"):
                self.at -= 1
                self.fail("short, long, hyper")
        elif text == "sequence":
            self.at += 1
            self._arguments(most=1)
        else:
            self.scoped_reference()
            if self.next == "<":
                self._arguments()

    def _arguments(self, most: int = 100) -> None:
        self.depth += 1
        self.expect("<")
        if self.depth > 60:
            self.fail(">")
        self.type()
        while most > 1 and self.accept(","):
            self.type()
        self.expect(">")
        self.depth -= 1

    def _module(self) -> None:
        self.at += 1
        name = self.word()
        full = self.declare(name, "module", self.at - 1, again=True)
        if full not in self.modules:
            self.modules.append(full)
        self.inside(full, self.definition)
        self.expect(";")

    def _named(self, kind: str, first: int) -> None:
        name = self.word()
        self.declare(name, kind, self.at - 1)
        self.expect(";")
        self.add(kind, name, first)

    def _constant(self, first: int) -> None:
        self.expect("const")
        self.type()
        name = self.word()
        self.declare(name, "constant", self.at - 1)
        self.expect("=")
        self.expression(";")
        self.expect(";")
        self.add("constant", name, first)

    def _interface(self, first: int) -> None:
        self.at += 1
        name = self.word()
        if self.accept(";"):
            self.declare(name, "forward", self.at - 2, again=True)
            return
        number = self.at - 1
        if self.accept(":"):
            self.bases[self.inner(name)] = [self.scoped_reference()]
        self.group("interface", name, number, first, self._interface_member)

    def _flags(self) -> list[str]:
        flags: list[str] = []
        if self.accept("["):
            while True:
                if self.next not in _MEMBER_FLAGS:
                    self.fail("attribute, property, oneway, optional, readonly, bound")
                flags.append(self.take())
                if not self.accept(","):
                    break
            self.expect("]")
        return flags

    def _interface_member(self) -> None:
        first = self.at
        flags = self._flags()
        if self.next == "interface":
            self.at += 1
            self.scoped_reference()
            self.expect(";")
            return
        if "attribute" in flags:
            self.type()
            name = self.word()
            self.declare(name, "attribute", self.at - 1)
            if self.accept("{"):
                while self.next in ("get", "set"):
                    self.at += 1
                    self._raises()
                    self.expect(";")
                self.expect("}")
            self.expect(";")
            self.add("attribute", name, first)
            return
        self.type(void=True)
        name = self.word()
        self.declare(name, "operation", self.at - 1)
        self._parameters()
        self._raises()
        self.expect(";")
        self.add("operation", name, first)

    def _parameters(self) -> None:
        self.listed("()", self._parameter, empty=True)

    def _parameter(self) -> None:
        self.expect("[")
        if self.next not in ("in", "out", "inout"):
            self.fail("in, out, inout")
        self.at += 1
        self.expect("]")
        self.type()
        self.accept("...")
        self.word()

    def _raises(self) -> None:
        if self.accept("raises"):
            self.listed("()", self.scoped_reference)

    def _struct(self, first: int) -> None:
        kind = self.take()
        number = self.at
        name = self.word()
        parameters: set[str] = set()
        if kind == "struct" and self.accept("<"):
            parameters.add(self.word())
            while self.accept(","):
                parameters.add(self.word())
            self.expect(">")
        if self.accept(":"):
            self.bases[self.inner(name)] = [self.scoped_reference()]
        used = len(self.references)

        def member() -> None:
            start = self.at
            self.type()
            while True:
                member_name = self.word()
                self.declare(member_name, "member", self.at - 1)
                if not self.accept(","):
                    break
            self.expect(";")
            self.add("member", member_name, start)

        self.group(kind, name, number, first, member)
        self.references[used:] = [each for each in self.references[used:] if each.name not in parameters]

    def _enum(self, first: int) -> None:
        self.at += 1
        name = self.word()
        full = self.declare(name, "enum", self.at - 1)
        self.enumerators(full, lambda value: self.symbols.setdefault(f"{full}::{value}", "value"))
        self.expect(";")
        self.add("enum", name, first)

    def _service(self, first: int) -> None:
        self.at += 1
        name = self.word()
        number = self.at - 1
        statement = self._service_member
        if self.accept(":"):
            self.bases[self.inner(name)] = [self.scoped_reference()]
            if self.accept(";"):
                self.declare(name, "service", number)
                self.add("service", name, first)
                return
            statement = self._constructor
        self.group("service", name, number, first, statement)

    def _constructor(self) -> None:
        first = self.at
        name = self.word()
        self._parameters()
        self._raises()
        self.expect(";")
        self.add("constructor", name, first)

    def _service_member(self) -> None:
        first = self.at
        flags = self._flags()
        if self.next in ("interface", "service", "observes", "needs"):
            self.at += 1
            self.names_of()
            self.expect(";")
            return
        if "property" not in flags:
            self.fail("interface, service, property")
        self.type()
        while True:
            name = self.word()
            self.add("property", name, first)
            if not self.accept(","):
                break
        self.expect(";")

    def _singleton(self, first: int) -> None:
        self.at += 1
        name = self.word()
        self.declare(name, "singleton", self.at - 1)
        if self.accept(":"):
            self.scoped_reference()
        else:
            self.expect("{")
            self.expect("service")
            self.scoped_reference()
            self.expect(";")
            self.expect("}")
        self.expect(";")
        self.add("singleton", name, first)
