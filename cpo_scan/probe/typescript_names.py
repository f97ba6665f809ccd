"""TypeScript declarations (.d.ts): the types, functions, values and members that they declare, and their comments.

A scanner of statements for ambient code, which has no bodies; not for sources. Of the grammar it knows what separates
one declaration from the next, so that types of any kind are passed over.
"""

import re
from bisect import bisect_right

import msgspec

_NOISE = re.compile(
    r"""
      //[^\n]*+(?:\n[ \t]*+//[^\n]*+)*+
    | /\*.*?(?:\*/|\Z)
    | "(?:[^"\\\n]++|\\.)*+"? | '(?:[^'\\\n]++|\\.)*+'? | `(?:[^`\\]++|\\.)*+`?
    """,
    re.DOTALL | re.VERBOSE,
)
_TOKEN = re.compile(r"[(){}\[\]<>;,\n]|=>")
_BRACE = re.compile(r"[{}]")
_DECLARATION = re.compile(
    r"((?:export|default|declare|abstract|async)\s++)*+"
    r"(interface|class|const\s++enum|enum|type|function|const|let|var|namespace|module|global)\b\s*+([\w$.]*+)"
)
_EXPORTS = re.compile(r"export\s*+(?:type\s*+)?\{([^{}]*+)\}(\s*+from)?")
_EXPORTED_NAME = re.compile(r"export\s*+(?:=|default)\s*+([\w$]++)\s*+\Z")
_MEMBER = re.compile(
    r"((?:(?:public|protected|private|static|readonly|abstract|declare|override|get|set|accessor)\s++)*+)([\w$]++|\#[\w$]++)?"
    r"\s*+\??\s*+([(:<;]|\Z)"
)
_UNFINISHED = re.compile(
    r"(?:[:|&=,?<(\[.+-]|=>"
    r"|\b(?:extends|implements|keyof|typeof|infer|is|in|readonly|declare|export|abstract))\Z"
)
_CONTINUED = re.compile(r"\s*+(?:[|&?:=.>,)\]{}]|extends\b|implements\b|is\b)")
_MARKS = str.maketrans("", "", "/*")
_LONGEST_DOC = 400  # characters of a comment that are kept
_LOOKED_BACK = 100  # characters before a line break that may say that the statement goes on
_LONGEST_HEAD = 4_096  # characters before a brace that are looked at, from the start
_LONGEST_STATEMENT = 65_536  # a list of exports may be long
_OPENING, _CLOSING = "([<", ")]>"


class Declared(msgspec.Struct, frozen=True):
    """A declaration. `name` is qualified (`vscode.window.createTerminal`); `overload` tells signatures apart."""

    kind: str  # type, function, variable, member
    name: str
    overload: str
    doc: str
    line: int


class Declarations(msgspec.Struct, frozen=True):
    """What a file declares for others. `broken` counts the places where brackets do not fit."""

    symbols: tuple[Declared, ...]
    broken: int = 0


def read_declarations(text: str) -> Declarations:
    """Read a file of ambient declarations. Never raises.

    Left out: private members, names that begin with an underscore, enumerators, index and call signatures, what a
    module does not export.
    """
    return _Scanner(text).read()


class _Scope(msgspec.Struct):
    kind: str  # space, type
    name: str
    visible: bool = True


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.comments: list[tuple[int, int]] = []
        self.module = ""
        parts: list[str] = []
        at = 0
        for noise in _NOISE.finditer(text):
            start, end = noise.span()
            parts += (text[at:start], " " * (end - start) if text[start] != "/" else _lines(text, start, end))
            if text[start] == "/":
                self.comments.append((start, end))
            at = end
        parts.append(text[at:])
        self.code = "".join(parts)
        self.starts = [start for start, _ in self.comments]
        self.scopes: list[_Scope] = []
        self.found: dict[tuple[str, str, str], Declared] = {}
        self.plain: dict[str, list[tuple[str, str, str]]] = {}  # top-level names without export
        self.exported: set[str] = set()
        self.exports = False
        self.broken = 0
        self.line, self.counted = 1, 0
        self.ended = 0  # where the statement before this one ended

    def read(self) -> Declarations:
        code = self.code
        start, depth = 0, 0
        at = 0
        while token := _TOKEN.search(code, at):
            sign, place = token[0], token.start()
            at = token.end()
            if sign in _OPENING:
                depth += 1
            elif sign in _CLOSING:
                depth = max(0, depth - 1)
            elif sign == "{":
                if depth or not self._enters(start, place):
                    at = self._past_braces(at)
                else:
                    start = self.ended = at
            elif sign == "}":
                self._statement(start, place)
                if self.scopes:
                    self.scopes.pop()
                else:
                    self.broken += 1
                start, depth = at, 0
                self.ended = at
            elif not depth and sign != "=>" and self._ends(sign, start, place):
                if self._statement(start, place) or sign != "\n":
                    self.ended = at
                start = at
        self._statement(start, len(code))
        self.broken += len(self.scopes)
        return Declarations(tuple(self._offered()), self.broken)

    def _offered(self) -> "list[Declared]":
        """Without what the file keeps for itself: in a module only the exported is for others."""
        hidden: set[str] = set()
        if self.exports:
            hidden = set(self.plain) - self.exported
        return [found for found in self.found.values() if found.name.partition(".")[0] not in hidden]

    def _ends(self, sign: str, start: int, place: int) -> bool:
        """Does a sign outside of brackets end a statement? A line break does as ECMA-262 inserts semicolons."""
        if sign == "\n":
            said = self.code[max(start, place - _LOOKED_BACK) : place].strip()
            return not said or not (_UNFINISHED.search(said) or _CONTINUED.match(self.code, place + 1))
        return sign == ";" or (bool(self.scopes) and self.scopes[-1].kind == "type")

    def _past_braces(self, at: int) -> int:
        depth = 1
        for brace in _BRACE.finditer(self.code, at):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                return brace.end()
        self.broken += 1
        return len(self.code)

    def _enters(self, start: int, place: int) -> bool:
        """Does a brace open something whose content is declared too?"""
        head = self.code[start : min(place, start + _LONGEST_HEAD)].strip()
        if self.scopes and self.scopes[-1].kind == "type":
            return False
        declaration = _DECLARATION.match(head)
        if declaration is None:
            return False
        kind, name = declaration[2], declaration[3]
        if kind in ("interface", "class"):
            visible = self._visible() and bool(name) and not name.startswith("_")
            if visible:
                self._add("type", name, "", start, bool(declaration[1]) and "export" in head.split())
            self.scopes.append(_Scope("type", name, visible))
            return True
        if kind in ("namespace", "module", "global"):
            self.scopes.append(_Scope("space", name if kind == "namespace" else "", self._visible()))
            if not self._nested() and "export" in head.split():
                self.exports = True
            elif kind == "namespace" and not self._nested():
                self.plain.setdefault(name.partition(".")[0], [])
            return True
        return False

    def _statement(self, start: int, end: int) -> bool:
        """Take over what a statement declares; False where there is none."""
        head = self.code[start : min(end, start + _LONGEST_STATEMENT)].strip()
        if head and self._visible():
            self._declare(head, start)
        return bool(head)

    def _declare(self, head: str, start: int) -> None:
        if self.scopes and self.scopes[-1].kind == "type":
            self._member(head, start)
            return
        if not self.scopes and head.startswith("export"):
            self.exports = True
            if listed := _EXPORTS.match(head):
                if not listed[2]:
                    self.exported.update(name.split()[0] for name in listed[1].split(",") if name.strip())
                return
            if named := _EXPORTED_NAME.match(head):
                self.exported.add(named[1])
                return
        declaration = _DECLARATION.match(head)
        if declaration is None or not declaration[3] or declaration[3].startswith("_"):
            return
        kind, name = declaration[2], declaration[3]
        exported = "export" in head[: declaration.start(2)].split()
        if kind == "function":
            self._add("function", name, "".join(head[declaration.end() :].split())[:200], start, exported)
        elif kind in ("const", "let", "var"):
            self._add("variable", name, "", start, exported)
        elif kind in ("type", "enum", "interface", "class") or kind.endswith("enum"):
            self._add("type", name, "", start, exported)

    def _member(self, head: str, start: int) -> None:
        member = _MEMBER.match(head)
        if member is None or not member[2] or member[2][0] in "#_" or "private" in member[1].split():
            return
        overload = "".join(head[member.end(2) :].split())[:200] if member[3] in ("(", "<") else ""
        self._add("member", member[2], overload, start, True)

    def _visible(self) -> bool:
        return not self.scopes or self.scopes[-1].visible

    def _nested(self) -> bool:
        return len(self.scopes) > 1

    def _add(self, kind: str, name: str, overload: str, start: int, exported: bool) -> None:
        full = ".".join((*(scope.name for scope in self.scopes if scope.name), name))
        if not self.scopes:
            if exported:
                self.exports = True
                self.exported.add(name)
            self.plain.setdefault(name, [])
        at = self._begin(start)
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        key = (kind, full, overload)
        doc = self._doc(at)
        if key not in self.found or (doc and not self.found[key].doc):
            self.found[key] = Declared(kind, full, overload, doc, self.line)

    def _begin(self, start: int) -> int:
        code, size = self.code, len(self.code)
        while start < size and code[start].isspace():
            start += 1
        return start

    def _doc(self, at: int) -> str:
        number = bisect_right(self.starts, at) - 1
        if number < 0:
            return ""
        start, end = self.comments[number]
        between = self.text[end:at]
        if (
            start < self.ended
            or between.strip()
            or (not self.text.startswith("/**", start) and between.count("\n") > 1)
        ):
            return ""
        if "\n" not in self.text[self.ended : start] and self.ended:
            return ""  # on the line of what came before
        return self.text[start : min(end, start + _LONGEST_DOC)].translate(_MARKS).strip()


def _lines(text: str, start: int, end: int) -> str:
    """A comment as spaces and line breaks: declarations may end before it."""
    return (
        "".join("\n" if sign == "\n" else " " for sign in text[start:end])
        if "\n" in text[start:end]
        else " " * (end - start)
    )
