"""Types, declarators and attributes of Microsoft's IDL: C's, read as far as it takes to tell names from types."""

from collections.abc import Mapping
from typing import NamedTuple

from cpo_probes.api.idl.reader import IdlReader, Item
from cpo_scan.probe.tokens import is_string, is_word

_BASIC = frozenset(
    {"void", "int", "short", "long", "char", "small", "hyper", "float", "double", "boolean", "byte", "signed"}
    | {"unsigned", "wchar_t", "error_status_t", "handle_t", "bool", "const", "volatile", "struct", "union", "enum"}
    | {"interface", "SAFEARRAY", "pipe", "context_handle", "__int3264", "__int8", "__int16", "__int32", "__int64"}
    | {"__stdcall", "_stdcall", "__cdecl", "_cdecl", "__pascal", "_pascal", "pascal", "static", "inline", "event"}
    | {"Boolean", "Char", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Single", "Double"}
    | {"String", "Guid", "Object", "overridable", "protected", "ref", "out", "_RPC_FAR", "__RPC_FAR"}
)


class Attributes(NamedTuple):
    """What stands in brackets in front of a declaration."""

    names: frozenset[str]
    values: Mapping[str, str]

    @property
    def text(self) -> str:
        """The help text."""
        return self.values.get("helpstring", "")


class MicrosoftTypes(IdlReader):
    """Reads what stands in and around declarations."""

    def attributes(self) -> Attributes:
        """`[uuid(…), helpstring("…")]`, also several of them"""
        names: set[str] = set()
        values: dict[str, str] = {}
        while self.accept("["):
            while not self.accept("]"):
                if self.accept(","):
                    continue
                number = self.at
                name = self.word("name of an attribute")
                while self.accept("."):
                    self.word()
                names.add(name)
                if self.next == "(":
                    self.skip_group()
                    inside = self.texts[number + 2 : self.at - 1]
                    values[name] = "".join(text[1:-1] if is_string(text) else text for text in inside)
                if self.next != "]":
                    self.expect(",")
        return Attributes(frozenset(names), values)

    def _marked(self, attributes: Attributes) -> bool:
        return "deprecated" in attributes.names

    def type_name(self) -> str:
        """A name of a type that is referred to: `A`, `a.b.C`, `A<B, C*>`"""
        number = self.at
        name = self.word()
        while self.next in (".", "::"):
            self.at += 1
            name += "::" + self.word()
        self.refer(name, number)
        if self.accept("<"):
            depth = 1
            while depth and self.at < self.end:
                depth += {"<": 1, ">": -1}.get(self.take(), 0)
        return name

    def type_arguments(self) -> None:
        depth = 0
        while self.at < self.end:
            text = self.take()
            depth += {"<": 1, ">": -1}.get(text, 0)
            if depth == 0:
                return
            if text in (";", "{", "}"):
                break
        self.fail(">")

    def refer_types(self, numbers: list[int]) -> None:
        for number in numbers:
            if self.texts[number] not in _BASIC:
                self.refer(self.texts[number], number)

    def parameters(self) -> None:
        self.expect("(")
        if self.accept(")"):
            return
        while True:
            self.attributes()
            words: list[int] = []
            start = self.at
            while self.next not in (",", ")"):
                text = self.next
                if text in ("(", "["):
                    self.skip_group()
                elif text == "<":
                    self.type_arguments()
                elif is_word(text):
                    words.append(self.at)
                    self.at += 1
                elif text in ("*", "&", ".", "::", "..."):
                    self.at += 1
                elif text == "=" and words:
                    self.at += 1
                    self.expression(",", ")")
                else:
                    self.fail(")")
            if not words and (self.at == start or self.texts[start] != "..."):
                self.fail("parameter")
            self.refer_types(words[: max(1, len(words) - 1)])
            if not self.accept(","):
                break
        self.expect(")")

    def body_of_type(self, first: int) -> None:
        """`struct name { … }`, if it stands here"""
        start = self.at
        while self.next in ("const", "volatile", "static"):
            self.at += 1
        kind = self.texts[self.at]
        if kind not in ("struct", "union", "enum"):
            self.at = start
            return
        self.at += 1
        self.attributes()
        number = self.at
        name = self.take() if is_word(self.next) and self.next != "switch" else ""
        if kind == "struct" and self.accept(":"):
            self.type_name()
        if self.next == "switch":
            self.at += 1
            self.skip_group()
            if is_word(self.next):
                self.at += 1
        if self.next == "{":
            self.skip_group()
            if name:
                self.declare(name, kind, number, again=True)
            self.items.append(Item(kind, self.scope, name, first, self.at - 1))
        elif name:
            self.declare(name, "forward", number, again=True)
        else:
            self.fail("{")

    def declarators(self, kind: str, first: int) -> None:
        """Everything up to `;`: the last word of each declarator is its name"""
        name = ""
        while self.next != ";":
            text = self.next
            if text == "(":
                inner = [self.texts[number] for number in range(self.at, min(self.at + 8, self.end))]
                self.skip_group()
                if not name or self.next == "(":  # a pointer to a function: its name stands in the first bracket
                    name = next((word for word in inner[::-1] if is_word(word) and word not in _BASIC), name)
            elif text == "[":
                self.skip_group()
            elif text == ",":
                self._name_declared(name, kind)
                name = ""
                self.at += 1
            elif text in ("*", "&", "::", ".", "<", ">", ":") or text[:1].isdigit():
                self.at += 1
            elif is_word(text):
                name = self.take()
            else:
                self.fail(";")
        self._name_declared(name, kind)
        self.at += 1
        if kind == "typedef":
            self.add("typedef", name, first)

    def _name_declared(self, name: str, kind: str) -> None:
        if not name:
            self.fail("name")
        if kind == "typedef":
            self.declare(name, "typedef", self.at - 1, again=True)

    def constant(self, first: int) -> None:
        self.at += 1
        name = ""
        while self.next != "=":
            if is_word(self.next):
                name = self.next
            elif self.next not in ("*", "[", "]"):
                self.fail("=")
            self.at += 1
        self.at += 1
        while self.next not in (";", ""):
            if self.next in ("(", "{"):
                self.skip_group()
            else:
                self.at += 1
        self.expect(";")
        if not name:
            self.fail("name")
        self.declare(name, "constant", self.at - 1, again=True)
        self.add("constant", name, first)
