"""The grammar of OMG IDL: version 4.2 with its annotations, and what CORBA 2 and 3 allowed before it."""

from cpo_probes.api.idl.reader import IdlReader
from cpo_scan.probe.tokens import Cursor

_BASIC = frozenset(
    {"short", "long", "float", "double", "char", "wchar", "boolean", "octet", "any", "Object", "ValueBase", "unsigned"}
    | {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
)
_MULTIPLE = frozenset({"unsigned", "long", "short", "double"})  # words of which a type may have more than one
_BOUNDED = frozenset({"string", "wstring", "fixed"})
_TYPES = frozenset({"struct", "union", "enum", "typedef", "native", "bitset", "bitmask"})
_PORTS = frozenset({"provides", "uses", "emits", "publishes", "consumes", "port", "mirrorport"})
# Clause 7.2.4, without those that later versions added and older files use as names.
_RESERVED = frozenset(
    {"abstract", "any", "attribute", "boolean", "case", "char", "const", "context", "custom", "default", "double"}
    | {"enum", "exception", "factory", "fixed", "float", "in", "inout", "interface", "local", "long", "module"}
    | {"native", "octet", "oneway", "out", "private", "public", "raises", "readonly", "sequence", "short", "string"}
    | {"struct", "supports", "switch", "truncatable", "typedef", "union", "unsigned", "valuetype", "void", "wchar"}
    | {"wstring", "FALSE", "TRUE", "Object", "ValueBase"}
)


class OmgReader(IdlReader):
    """Reads an OMG IDL file."""

    dialect = "omg"
    reserved = _RESERVED

    def word(self, what: str = "name") -> str:
        """An identifier; an underscore in front only says that it is no keyword (clause 7.2.3.2)"""
        return super().word(what).removeprefix("_")

    def definition(self) -> None:
        """A definition of a specification, a module or the like"""
        first = self.at
        self._annotations()
        match self.next:
            case "module":
                self._module()
            case "abstract" | "local" | "interface" | "custom" | "valuetype" | "eventtype" | "porttype":
                self._object(first)
            case "component" | "home" | "connector":
                self._component(first)
            case "exception":
                self.at += 1
                self.group("exception", self.word(), self.at - 1, first, self._member)
            case "const":
                self._constant(first)
            case "import" | "typeid" | "typeprefix":
                self.at += 1
                while self.at < self.end and self.texts[self.at] != ";":
                    self.at += 1
                self.expect(";")
            case _:
                self._type_definition(first)

    def _annotations(self) -> None:
        """`@key`, `@range(min=1)`, and `@annotation name { … };`, which is declared and no part of an interface"""
        while self.accept("@"):
            if self.next == "annotation" and self.texts[self.at + 1] != "(":
                self.at += 1
                self.word()
                self.skip_group()
                self.accept(";")
                continue
            Cursor.word(self)  # also a keyword: @default
            while self.accept("::"):
                Cursor.word(self)
            if self.next == "(":
                self.skip_group()

    def _module(self) -> None:
        self.at += 1
        name = self.word()
        full = self.declare(name, "module", self.at - 1, again=True)
        if full not in self.modules:
            self.modules.append(full)
        self.inside(full, self.definition)
        self.accept(";")

    # -- interfaces and values

    def _object(self, first: int) -> None:
        while self.next in ("abstract", "local", "custom"):
            self.at += 1
        kind = self.take()
        if kind not in ("interface", "valuetype", "eventtype", "porttype"):
            self.at -= 1
            self.fail("interface, valuetype")
        number = self.at
        name = self.word()
        if self.next == ";":
            self.at += 1
            self.declare(name, "forward", number, again=True)
            return
        if kind in ("valuetype", "eventtype") and self.next not in (":", "supports", "{"):
            self.type()  # a boxed value
            self.expect(";")
            self.declare(name, kind, number)
            self.add(kind, name, first)
            return
        self._heritage(name)
        self.group(kind, name, number, first, self._port if kind == "porttype" else self._export)

    def _heritage(self, name: str) -> None:
        bases: list[str] = []
        if self.accept(":"):
            self.accept("truncatable")
            bases += self.names_of()
        if self.accept("supports"):
            bases += self.names_of()
        if bases:
            self.bases[self.inner(name)] = bases

    def _export(self) -> None:
        first = self.at
        self._annotations()
        match self.next:
            case "readonly" | "attribute":
                self._attribute(first)
            case "exception" | "const" | "import" | "typeid" | "typeprefix":
                self.at = first
                self.definition()
            case "factory" | "finder" if self.texts[self.at + 2] == "(":
                self.at += 1
                self._call("operation", first)
            case "public" | "private":
                self.at += 1
                self._member()
            case "provides" | "uses" | "port" | "mirrorport":
                self._port()
            case _ if self.next in _TYPES:
                self._type_definition(first)
            case _:
                self.accept("oneway")
                if not self.accept("void"):
                    self.type()
                self._call("operation", first)

    def _call(self, kind: str, first: int) -> None:
        """`name(parameters) raises (…) context (…);`"""
        name = self.word()
        self.declare(name, kind, self.at - 1)
        self.listed("()", self._parameter, empty=True)
        self._raises("raises")
        if self.accept("context"):
            self.skip_group()
        self.expect(";")
        self.add(kind, name, first)

    def _parameter(self) -> None:
        self._annotations()
        if self.next not in ("in", "out", "inout"):
            self.fail("in, out, inout")
        self.at += 1
        self._annotations()
        self.type()
        self.word()

    def _raises(self, word: str) -> None:
        if self.accept(word):
            self.listed("()", self.scoped_reference)

    def _attribute(self, first: int) -> None:
        self.accept("readonly")
        self.expect("attribute")
        self.type()
        names = [self.word()]
        while self.accept(","):
            names.append(self.word())
        for word in ("raises", "getraises", "setraises"):
            self._raises(word)
        self.expect(";")
        for name in names:
            self.declare(name, "attribute", self.at - 1)
            self.add("attribute", name, first)

    # -- components (CORBA 3)

    def _component(self, first: int) -> None:
        kind = self.take()
        number = self.at
        name = self.word()
        if self.accept(";"):
            self.declare(name, "forward", number, again=True)
            return
        self._heritage(name)
        if kind == "home":
            self.expect("manages")
            self.scoped_reference()
            if self.accept("primarykey"):
                self.scoped_reference()
        self.group(kind, name, number, first, self._export if kind == "home" else self._port)
        self.accept(";")

    def _port(self) -> None:
        first = self.at
        self._annotations()
        if self.next in ("readonly", "attribute"):
            self._attribute(first)
            return
        if self.next not in _PORTS:
            self.fail("provides, uses, emits, publishes, consumes, attribute")
        self.at += 1
        self.accept("multiple")
        self.type()
        self.word()
        self.expect(";")

    # -- types

    def type(self) -> None:
        """A type as it is used"""
        text = self.next
        if text in _BASIC:
            self.at += 1
            if text in _MULTIPLE:
                while self.next in _MULTIPLE:
                    self.at += 1
                if text == "unsigned" and self.texts[self.at - 1] not in ("short", "long"):
                    self.fail("short, long")
        elif text in _BOUNDED:
            self.at += 1
            if self.accept("<"):
                self.expression(">", ",")
                if text == "fixed" and self.accept(","):
                    self.expression(">")
                self.expect(">")
        elif text in ("sequence", "map"):
            self._template(2 if text == "map" else 1)
        elif text in ("struct", "union", "enum") and self.texts[self.at + 2] in ("{", "switch", ":"):
            self._constructed(self.at)
        else:
            if text in ("in", "out", "inout", "void", "const"):
                self.fail("type")
            self.scoped_reference()

    def _template(self, types: int) -> None:
        self.at += 1
        self.expect("<")
        self.depth += 1
        if self.depth > 60:
            self.fail(">")
        for number in range(types):
            if number:
                self.expect(",")
            self._annotations()
            self.type()
        if self.accept(","):
            self.expression(">")
        self.depth -= 1
        self.expect(">")

    def _declarators(self, kind: str, first: int) -> None:
        while True:
            number = self.at
            name = self.word()
            while self.accept("["):
                self.expression("]")
                self.expect("]")
            if kind != "member" or self.scope:
                self.declare(name, kind, number)
            if not self.accept(","):
                break
        self.add(kind, name, first)

    def _member(self) -> None:
        first = self.at
        self._annotations()
        self.type()
        self._annotations()
        self._declarators("member", first)
        self.expect(";")

    def _constant(self, first: int) -> None:
        self.at += 1
        self.type()
        number = self.at
        name = self.word()
        self.declare(name, "constant", number)
        self.expect("=")
        self.expression(";")
        self.expect(";")
        self.add("constant", name, first)

    def _type_definition(self, first: int) -> None:
        match self.next:
            case "typedef":
                self.at += 1
                self._annotations()
                self.type()
                self._declarators("typedef", first)
            case "native":
                self.at += 1
                name = self.word()
                self.declare(name, "native", self.at - 1)
                if self.texts[self.at] == "(":
                    self.skip_group()
                self.add("native", name, first)
            case "struct" | "union" | "enum" | "bitset" | "bitmask":
                if self.texts[self.at + 2] == ";":
                    self.at += 2
                    self.declare(self.texts[self.at - 1], "forward", self.at - 1, again=True)
                else:
                    self._constructed(first)
            case _:
                self.fail("module, interface, valuetype, struct, union, enum, exception, typedef, const")
        self.expect(";")

    def _constructed(self, first: int) -> None:
        kind = self.take()
        number = self.at
        name = self.word()
        if kind in ("enum", "bitmask"):
            self._values(kind, name, number, first)
            return
        if kind == "union":
            self.expect("switch")
            self.expect("(")
            self._annotations()
            self.type()
            self.expect(")")
        elif self.accept(":"):
            self.bases[self.inner(name)] = [self.scoped_reference()]
        body = {"union": self._case, "bitset": self._bits}.get(kind, self._member)
        self.group(kind, name, number, first, body, ends="")

    def _values(self, kind: str, name: str, number: int, first: int) -> None:
        full = self.declare(name, "enum", number)
        self.enumerators(full, lambda value: self.declare(value, "value", self.at - 1), self._annotations)
        self.add(kind, name, first)

    def _case(self) -> None:
        if self.next not in ("case", "default"):
            self.fail("case, default")
        while self.next in ("case", "default"):
            if self.take() == "case":
                self.expression(":")
            self.expect(":")
        self._member()

    def _bits(self) -> None:
        first = self.at
        self._annotations()
        self.expect("bitfield")
        self.expect("<")
        self.expression(">", ",")
        if self.accept(","):
            self.type()
        self.expect(">")
        while not self.accept(";"):
            self.word()
            self.accept(",")
        self.add("member", "", first)
