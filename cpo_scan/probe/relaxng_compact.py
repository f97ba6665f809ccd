"""The compact syntax of RELAX NG (ISO/IEC 19757-2 Annex C) as the elements of its XML syntax, without annotations.

What stands in a schema is turned into names and types that carry their namespace and library, so that nothing has to be
looked up later.
"""

from typing import Any

from cpo_scan.probe.relaxng_tokens import KEYWORDS, Tokens, unescaped

RELAXNG = "http://relaxng.org/ns/structure/1.0"
XSD_TYPES = "http://www.w3.org/2001/XMLSchema-datatypes"
_R = f"{{{RELAXNG}}}"
_DEFAULT: Any = {None: RELAXNG}
_DEEPEST = 100  # patterns inside each other
_GROUPS = {",": "group", "|": "choice", "&": "interleave"}
_REPEATED = {"*": "zeroOrMore", "+": "oneOrMore", "?": "optional"}
_COMBINED = {"=": "", "|=": "choice", "&=": "interleave"}


def read_compact(text: str) -> Any:
    """The root of the schema in the XML syntax (lxml). Raises Unreadable("relaxng.malformed", line, column, error)."""
    return _Parser(unescaped(text.removeprefix("\ufeff"))).schema()


class _Parser(Tokens):
    def __init__(self, text: str) -> None:
        self._namespaces: dict[str, str | None] = {"xml": "http://www.w3.org/XML/1998/namespace"}
        self._libraries = {"xsd": XSD_TYPES}
        self._default: str | None = None  # None: that of whoever takes the schema in
        super().__init__(text)

    def schema(self) -> Any:
        """All of it: declarations, then a pattern or what a grammar holds."""
        from lxml import etree

        while self._is("namespace", "default", "datatypes"):
            self._declaration()
        self._passed()
        if self._is_content() or self._token.kind == "end":
            root = etree.Element(f"{_R}grammar", nsmap=_DEFAULT)
            self._content(root, 0)
        else:
            holder = etree.Element(f"{_R}grammar", nsmap=_DEFAULT)
            self._pattern(holder, 0)
            root = holder[0]
        if self._token.kind != "end":
            self._refuse("expected the end", self._token.at)
        return root

    def _declaration(self) -> None:
        kind = self._take()
        match kind.text:
            case "namespace":
                name = self._name()
                self._must("=")
                self._namespaces[name] = self._namespace()
            case "default":
                self._must("namespace")
                name = "" if self._is("=") else self._name()
                self._must("=")
                self._default = self._namespace()
                if name:
                    self._namespaces[name] = self._default
            case _:
                name = self._name()
                self._must("=")
                self._libraries[name] = self._text_of()

    def _namespace(self) -> str | None:
        return None if self._mark("inherit") else self._text_of()

    def _is_content(self) -> bool:
        """Does what a grammar holds come next? Names are told from patterns by what follows them."""
        token = self._token
        if token.kind != "name":
            return False
        if token.text in ("start", "div", "include"):
            return True
        if token.text in KEYWORDS:
            return False
        return self._follows("=", "|=", "&=", "[")

    def _content(self, grammar: Any, depth: int) -> None:
        while True:
            self._passed()
            if not self._is_content():
                return
            token = self._token
            if ":" in token.text or self._follows("["):  # an element of a foreign namespace
                self._take()
                self._passed()
                continue
            self._component(grammar, depth)

    def _component(self, grammar: Any, depth: int) -> None:
        if depth > _DEEPEST:
            self._refuse("nesting", self._token.at)
        if self._mark("div"):
            self._must("{")
            self._content(self._new(grammar, "div"), depth + 1)
            self._must("}")
            return
        if self._mark("include"):
            include = self._new(grammar, "include", href=self._text_of())
            self._inherit(include)
            if self._mark("{"):
                self._content(include, depth + 1)
                self._must("}")
            return
        token = self._take()
        made = self._new(grammar, "start" if token.text == "start" else "define")
        if token.text != "start":
            made.set("name", token.text.removeprefix("\\"))
        sign = self._take()
        if sign.text not in _COMBINED or sign.kind != "mark":
            self._refuse("expected =", sign.at)
        if _COMBINED[sign.text]:
            made.set("combine", _COMBINED[sign.text])
        self._pattern(made, depth + 1)

    def _inherit(self, element: Any) -> None:
        namespace = self._default
        if self._mark("inherit"):
            self._must("=")
            token = self._token
            name = self._name()
            if name not in self._namespaces:
                self._refuse("undeclared prefix", token.at)
            namespace = self._namespaces[name]
        if namespace is not None:
            element.set("ns", namespace)

    # -- patterns

    def _pattern(self, holder: Any, depth: int) -> None:
        """Particles that one sign joins; two signs beside each other need brackets."""
        self._particle(holder, depth)
        if not self._is(*_GROUPS):
            return
        sign = self._token.text
        group = self._new(holder, _GROUPS[sign])
        group.append(group.getprevious())
        while self._mark(sign):
            self._particle(group, depth)
        if self._is(*_GROUPS):
            self._refuse("expected brackets", self._token.at)

    def _particle(self, holder: Any, depth: int) -> None:
        if depth > _DEEPEST:
            self._refuse("nesting", self._token.at)
        self._passed()
        self._primary(holder, depth + 1)
        self._followed()
        if self._is(*_REPEATED):
            repeat = self._new(holder, _REPEATED[self._take().text])
            repeat.append(repeat.getprevious())
            self._followed()

    def _primary(self, holder: Any, depth: int) -> None:
        token = self._token
        if token.kind == "text":
            self._value(holder, None)
            return
        if self._mark("("):
            self._pattern(holder, depth)
            self._must(")")
            return
        if token.kind != "name":
            self._refuse("expected a pattern", token.at)
        match token.text:
            case "element" | "attribute":
                self._take()
                made = self._new(holder, token.text)
                self._names(made, token.text, depth)
                self._braced(made, depth)
            case "list" | "mixed":
                self._take()
                self._braced(self._new(holder, token.text), depth)
            case "empty" | "text" | "notAllowed":
                self._take()
                self._new(holder, token.text)
            case "parent":
                self._take()
                self._new(holder, "parentRef", name=self._name(keyword=False))
            case "external":
                self._take()
                self._inherit(self._new(holder, "externalRef", href=self._text_of()))
            case "grammar":
                self._take()
                self._must("{")
                self._content(self._new(holder, "grammar"), depth)
                self._must("}")
            case name if name in ("string", "token") or ":" in name:
                self._typed(holder, depth)
            case _:
                self._new(holder, "ref", name=self._name(keyword=False))

    def _braced(self, made: Any, depth: int) -> None:
        self._must("{")
        self._pattern(made, depth)
        self._must("}")

    def _typed(self, holder: Any, depth: int) -> None:
        token = self._take()
        library, name = "", token.text
        if ":" in name:
            prefix, _, name = name.partition(":")
            if prefix not in self._libraries or name == "*":
                self._refuse("undeclared library of datatypes", token.at)
            library = self._libraries[prefix]
        if self._token.kind == "text":
            self._value(holder, (library, name))
            return
        data = self._new(holder, "data", type=name, datatypeLibrary=library)
        if self._mark("{"):
            while not self._is("}"):
                self._passed()
                parameter = self._new(data, "param", name=self._name())
                self._must("=")
                parameter.text = self._characters()
            self._must("}")
        if self._mark("-"):
            self._passed()
            self._primary(self._new(data, "except"), depth)

    def _value(self, holder: Any, kind: tuple[str, str] | None) -> None:
        value = self._new(holder, "value")
        if kind is not None:
            value.set("datatypeLibrary", kind[0])
            value.set("type", kind[1])
        if self._default is not None:
            value.set("ns", self._default)
        value.text = self._characters()

    def _characters(self) -> str:
        at = self._token.at
        text = self._text_of()
        if any(ord(one) < 32 and one not in "\t\n\r" for one in text) or "\ufffe" in text or "\uffff" in text:
            self._refuse("character", at)  # XML has no such character
        return text

    # -- names

    def _names(self, holder: Any, kind: str, depth: int) -> None:
        if depth > _DEEPEST:
            self._refuse("nesting", self._token.at)
        self._name_class(holder, kind, depth)
        if not self._is("|"):
            return
        choice = self._new(holder, "choice")
        choice.append(choice.getprevious())
        while self._mark("|"):
            self._name_class(choice, kind, depth)

    def _name_class(self, holder: Any, kind: str, depth: int) -> None:
        self._passed()
        token = self._take()
        if token.text == "*" and token.kind == "mark":
            self._except(self._new(holder, "anyName"), kind, depth)
        elif token.text == "(" and token.kind == "mark":
            self._names(holder, kind, depth + 1)
            self._must(")")
        elif token.kind == "name":
            prefix, colon, local = token.text.rpartition(":")
            namespace = self._default if kind == "element" else ""
            if colon:
                if prefix not in self._namespaces:
                    self._refuse("undeclared prefix", token.at)
                namespace = self._namespaces[prefix]
            made = self._new(holder, "nsName" if local == "*" else "name")
            if namespace is not None:
                made.set("ns", namespace)
            if local == "*":
                self._except(made, kind, depth)
            else:
                made.text = local.removeprefix("\\")
        else:
            self._refuse("expected a name", token.at)
        self._followed()

    def _except(self, holder: Any, kind: str, depth: int) -> None:
        if self._mark("-"):
            if depth > _DEEPEST:
                self._refuse("nesting", self._token.at)
            self._name_class(self._new(holder, "except"), kind, depth + 1)

    def _new(self, holder: Any, tag: str, /, **attributes: str) -> Any:
        made = holder.makeelement(_R + tag, attributes)
        holder.append(made)
        return made
