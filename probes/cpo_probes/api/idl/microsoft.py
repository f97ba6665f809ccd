"""The grammar of Microsoft's IDL (MIDL and ODL language reference): RPC interfaces, COM interfaces, type libraries.

Types and declarators are C's; they are read as far as it takes to tell names from types.
"""

from cpo_probes.api.idl.microsoft_types import Attributes, MicrosoftTypes
from cpo_probes.api.idl.reader import Include, Item
from cpo_scan.probe.tokens import Statement, is_string, is_word

_COM_BASES = frozenset({"IUnknown", "IDispatch", "IInspectable"})
_COM_WORDS = frozenset(
    {"object", "odl", "dual", "oleautomation", "coclass", "library", "dispinterface", "runtimeclass"}
)
_PROPERTY = frozenset({"propget", "propput", "propputref"})
_SECTIONS = frozenset({"properties", "methods"})


class MicrosoftReader(MicrosoftTypes):
    """Reads a MIDL or ODL file."""

    dialect = "ms"

    def read(self) -> None:
        """Read the whole file."""
        self.libraries: list[str] = []
        self.version = ""
        self.hidden = False
        self.uncertain = False
        self._section = ""  # of the dispatch interface at hand: properties or methods
        self.modern = False  # MIDL 3: properties without brackets
        super().read()

    def definition(self) -> None:
        """What may stand at the top, in a library or in a namespace"""
        if self.accept(";"):
            return
        first = self.at
        attributes = self.attributes()
        kind = self.texts[self.at]
        if kind in _COM_WORDS or not _COM_WORDS.isdisjoint(attributes.names):
            self.dialect = "com"
        match kind:
            case "import":
                self._import()
            case "importlib" | "cpp_quote" | "midl_pragma" | "apicontract" | "declare":
                self._aside(kind)
            case "namespace":
                self._namespace()
            case "library":
                self._library(first, attributes)
            case "interface" | "dispinterface":
                self._interface(first, attributes)
            case "coclass" | "runtimeclass":
                self._class(first, attributes)
            case "module":
                self.at += 1
                self._named_group("module", first, attributes, self._member)
                self.accept(";")
            case "delegate":
                self.at += 1
                self._method(first, attributes, "delegate")
            case _:
                self._data(first)

    # -- what is around the interfaces

    def _import(self) -> None:
        self.at += 1
        while True:
            if not is_string(self.next):
                self.fail("string")
            self.includes.append(Include(self.next[1:-1], self.tokens.starts[self.at]))
            self.at += 1
            if not self.accept(","):
                break
        self.expect(";")

    def _aside(self, kind: str) -> None:
        """What only steers the compiler"""
        self.at += 1
        if kind == "importlib":
            self.expect("(")
            self.libraries.append(self.next.strip('"')[:240])
            self.at -= 1
        while self.at < self.end and self.next not in ("(", "{", ";"):
            self.at += 1
        if self.next in ("(", "{"):
            self.skip_group()
        elif self.at >= self.end:
            self.fail("(")
        self.accept(";")

    def _namespace(self) -> None:
        self.at += 1
        self.dialect = "com"
        self.modern = True
        name = self.word()
        while self.accept("."):
            name += "::" + self.word()
        full = self.declare(name, "module", self.at - 1, again=True)
        if full not in self.modules:
            self.modules.append(full)
        self.inside(full, self.definition)
        self.accept(";")

    def _library(self, first: int, attributes: Attributes) -> None:
        self.at += 1
        self.version = attributes.values.get("version", "")[:40]
        self.hidden = "hidden" in attributes.names or "restricted" in attributes.names
        name = self.word()
        self.modules.append(name)
        self.items.append(Item("library", self.scope, name, first, self.at - 1, text=attributes.text))
        self.inside(self.scope, self.definition)  # names in a library are seen outside of it
        self.accept(";")

    # -- interfaces

    def _named_group(self, kind: str, first: int, attributes: Attributes, statement: Statement) -> None:
        number = self.at
        name = self.word()
        if self.accept("<"):
            while not self.accept(">"):
                self.word("type parameter")
                self.accept(",")
        full = self.inner(name)
        if self.accept(";"):
            self.declare(name, "forward", number, again=True)
            return
        bases = []
        while self.next in (":", "requires", ","):
            self.at += 1
            self.attributes()
            bases.append(self.type_name())
        if bases:
            self.bases[full] = bases
            if not _COM_BASES.isdisjoint(bases):
                self.dialect = "com"
        # an interface may be told again inside of a library
        self.declare(name, kind, number, again=True)
        place = len(self.items)
        self.inside(full, statement)
        self.items.insert(
            place, Item(kind, self.scope, name, first, self.at - 1, self._marked(attributes), attributes.text)
        )
        self.accept(";")

    def _interface(self, first: int, attributes: Attributes) -> None:
        kind = self.take()
        if kind == "dispinterface":
            self._section = ""
            self._named_group("interface", first, attributes, self._dispatch_member)
        else:
            self._named_group("interface", first, attributes, self._member)

    def _dispatch_member(self) -> None:
        if self.next in _SECTIONS and self.texts[self.at + 1] == ":":
            self._section = self.take()
            self.at += 1
            return
        if self.next == "interface":
            self.at += 1
            self.type_name()
            self.expect(";")
            return
        self._member(properties=self._section == "properties")

    def _class(self, first: int, attributes: Attributes) -> None:
        kind = self.take()
        statement = self._class_member if kind == "coclass" else self._runtime_member
        self._named_group("coclass", first, attributes, statement)

    def _runtime_member(self) -> None:
        """As in a class of COM, or as in an interface (MIDL 3)"""
        first = self.at
        self.attributes()
        named = self.next == "interface"
        self.at = first
        if named:
            self._class_member()
        else:
            self._member()

    def _class_member(self) -> None:
        self.attributes()
        if self.next not in ("interface", "dispinterface"):
            self.fail("interface, dispinterface")
        self.at += 1
        self.type_name()
        self.expect(";")

    def _member(self, properties: bool = False) -> None:
        """A method, a property, or a declaration among them"""
        if self.accept(";"):
            return
        first = self.at
        attributes = self.attributes()
        match self.texts[self.at]:
            case text if text.isupper() and self.texts[self.at + 1] in (";", "("):
                self._macro()
            case "const" if not self._is_constant():
                self._method(first, attributes, "operation")
            case "typedef" | "const" | "import" | "importlib" | "cpp_quote" | "midl_pragma" | "interface":
                self.at = first
                self.definition()
            case "struct" | "union" | "enum" if self._is_data():
                self._data(first)
            case _:
                self._method(first, attributes, "attribute" if properties else "operation")

    def _is_data(self) -> bool:
        """Is a structure declared here, and not only named as the type of a method?"""
        return "{" in (self.texts[self.at + 1], self.texts[self.at + 2]) or self.texts[self.at + 2] == ";"

    def _is_constant(self) -> bool:
        """`const int a = 1;`, and no method that gives something constant"""
        ahead = self.at
        while ahead < self.end and self.texts[ahead] not in ("=", "(", ";", "{", "}"):
            ahead += 1
        return self.texts[ahead] == "="

    def _method(self, first: int, attributes: Attributes, kind: str) -> None:
        types: list[int] = []
        while True:
            text = self.next
            if text == "(" and not (types and self.texts[types[-1]] == "SAFEARRAY"):
                break
            if text == "(":
                self.skip_group()
            elif text == "<":
                self.type_arguments()
            elif is_word(text):
                types.append(self.at)
                self.at += 1
            elif text in ("*", "&", ".", "::"):
                self.at += 1
            elif text == "[" and types:
                self.skip_group()
            elif text in (";", "{") and len(types) > 1 and (kind == "attribute" or self.modern):
                self._property(first, attributes, types)
                return
            else:
                self.fail("method")
        if len(types) < 2 and not self.modern:
            self.fail("method")
        name = self.texts[types[-1]]
        self.refer_types(types[:-1])
        self.parameters()
        self.accept("const")
        if self.accept("="):
            self.expression(";")
        self.expect(";")
        if not _PROPERTY.isdisjoint(attributes.names):
            kind = "attribute"
        if kind != "delegate":
            self.symbols.setdefault(self.inner(name), kind)
            self.add(kind, name, first, deprecated=self._marked(attributes), text=attributes.text)
        else:
            self.declare(name, "typedef", first, again=True)
            self.add("typedef", name, first)

    def _property(self, first: int, attributes: Attributes, types: list[int]) -> None:
        """`type name;`, in MIDL 3 also `type name { get; set; };`"""
        name = self.texts[types[-1]]
        self.refer_types(types[:-1])
        if self.next == "{":
            self.skip_group()
            self.accept(";")
        else:
            self.expect(";")
        self.add("attribute", name, first, deprecated=self._marked(attributes), text=attributes.text)

    def _data(self, first: int) -> None:
        """`typedef`, `const`, and structures by themselves"""
        match self.texts[self.at]:
            case "const":
                self.constant(first)
            case "typedef":
                self.at += 1
                self.attributes()
                self.body_of_type(first)
                self.declarators("typedef", first)
            case "struct" | "union" | "enum" | "encapsulated_union":
                self.body_of_type(first)
                if self.next == ";":
                    self.at += 1
                else:
                    self.declarators("member", first)
            case "extern":
                while self.at < self.end and self.texts[self.at] != ";":
                    self.at += 1
                self.expect(";")
            case text if is_word(text):
                self._function(first)
            case _:
                self.fail("interface, dispinterface, coclass, library, module, typedef, struct, enum, const, import")

    def _function(self, first: int) -> None:
        """A function by itself, as widl allows; or a macro of a C header, which nobody can work out here"""
        if self.texts[self.at + 1] == "(":
            self._macro()
        else:
            self._method(first, Attributes(frozenset(), {}), "operation")

    def _macro(self) -> None:
        """`NAME(…)` of a C header: what it stands for is not known"""
        self.uncertain = True
        self.at += 1
        if self.next == "(":
            self.skip_group()
        self.accept(";")
