"""C and C++ headers: the types and functions that they declare for others, and the comments that describe them.

A scanner of declarations and no compiler: macros are not expanded, so that export macros, attributes and unknown
extensions do not disturb it (a full grammar breaks on most real headers for want of the macros). Of alternatives of the
preprocessor the first one counts. What it could not follow is counted in `broken`, never guessed.
"""

import re
from bisect import bisect_right

import msgspec

from cpo_scan.probe.header_text import CleanText, Comment, bare

_NESTED = r"\((?:[^(){};]++|\((?:[^(){};]++|\((?:[^(){};]++|\([^(){};]*+\))*+\))*+\))*+\)"
_STEP = re.compile(rf";|\{{|\}}|{_NESTED}|\(|\)")  # each begins with one sign: so the search skips ahead
_BRACE = re.compile(r"[{}]")
_ROUND = re.compile(r"[()]")
_ACCESS = re.compile(
    r"\b(public|protected|private|signals|Q_SIGNALS|published|__published)\b(?:\s++(?:slots|Q_SLOTS))?\s*+:(?!:)"
)
_ATTRIBUTE = re.compile(
    rf"\[\[[^\[\]]*+\]\]|\b(?:__attribute__|__declspec|alignas|_Alignas|__asm__|asm|throw|noexcept|__pragma)\s*+{_NESTED}"
)
_TYPE = re.compile(r"(?:typedef\s++)?(class|struct|union|enum(?:\s++(?:class|struct))?|__interface)\b")
_SPACE = re.compile(r"(?:inline\s++)?namespace\b\s*+([\w:]*+)(?:\s++[A-Z_][A-Z0-9_]*+)?\s*+\Z")
_IS_FUNCTION = re.compile(r"\)\s*+(?:(?:const|noexcept|override|final|volatile|&&?|[A-Z_][A-Z0-9_]++)\s*+)*\Z")
_CALL = re.compile(
    r"((?:\b[A-Za-z_]\w*+\s*+(?:<[^<>()]*+>\s*+)?::\s*+)*+(?:\boperator\b\s*+(?:\(\s*+\)|[^\s\w(]++|[^()]{1,80}?)|(?:~\s*+)?\b[A-Za-z_]\w*+))\s*+(?=\()"
)
_LAST_NAME = re.compile(r"([A-Za-z_]\w*+)\s*+(?:\[[^\[\]]*+\]\s*+)*\Z")
_NAME = re.compile(r"[A-Za-z_]\w*+")
_BASES = re.compile(r"(?<!:):(?!:)")
_POINTER = re.compile(r"\(\s*+(?:\w++\s++)?(?:\w++\s*+::\s*+)?[*^&]\s*+(?:\w++\s++)*([A-Za-z_]\w*+)")
_DEFAULTED = re.compile(r"=\s*+(delete)\s*+\Z")
_NO_NAMES = frozenset(
    {"if", "for", "while", "switch", "return", "sizeof", "void", "int", "char", "bool", "float", "double", "long"}
    | {"short", "unsigned", "signed", "const", "static_assert", "_Static_assert", "decltype", "typeof", "catch"}
    | {"alignof", "defined", "noexcept", "requires", "auto"}
)
LONGEST_HEAD = 16_384  # characters of a declaration before its braces
DEEPEST = 64  # namespaces and types inside each other
_SPECIFIERS = frozenset(
    {"inline", "virtual", "explicit", "static", "constexpr", "friend", "extern", "consteval", "__inline"}
    | {"__forceinline"}
)


class Symbol(msgspec.Struct, frozen=True):
    """A declaration for others. `name` is qualified: `gmsh::model::add`; `parameters` without spaces tell overloads
    apart; `doc` is the beginning of the comment that describes it, without its marks."""

    kind: str  # type, function
    name: str
    parameters: str
    doc: str
    line: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a header declares. `calls` counts macros that are called where declarations stand, so that they may declare
    something for others; `broken` the places where braces or brackets do not fit."""

    language: str  # c, cpp
    symbols: tuple[Symbol, ...]
    calls: int = 0
    broken: int = 0


def read_header(text: str, language: str | None = None) -> Header:
    """The types and functions of a header. Without a `language` its words decide whether it is C or C++.

    Left out: what is private, what a name that begins with an underscore or a namespace such as `detail` marks as such,
    forward declarations, members defined outside of their class, data members, enumerators, macros and what they expand
    to.
    """
    return _Scanner(text, language).read()


_HIDDEN_SPACES = frozenset({"detail", "details", "internal", "impl", "private", "priv", "_impl", "anonymous"})
_LEADING = re.compile(
    rf"(?:[A-Z_][A-Z0-9_]{{2,}}(?:\s*+{_NESTED})?\s++)+(?=(?:class|struct|namespace|template|enum|typedef|union|extern)\b)"
)
_ALONE = re.compile(r"(?:[A-Z_][A-Z0-9_]{2,}+[ \t\r]*+\n\s*+)++(?=\S)")
_DIRECTIVES = re.compile(r"#[ \t]*+(?:include|define|pragma|undef)\b")
_FILE = re.compile(r"[\\@](?:file|mainpage|page|defgroup|addtogroup|weakgroup|copyright)\b|SPDX-License-Identifier")
_GROUP = re.compile(r"[\\@][{}]")
_GROUP_TITLE = re.compile(r"[\\@](?:name|defgroup|addtogroup|ingroup)\b[^\n]*+")
_MORE = re.compile(
    r"\s*+[&*]*+\s*+(?!(?:const|volatile|noexcept|override|final|throw|try|[A-Z_][A-Z0-9_]++)\b)[A-Za-z_]"
)
_ENTER, _BODY, _VALUE = range(3)


class _Scope:
    """What encloses a declaration. `now` is the access within a type at this place."""

    __slots__ = ("kind", "name", "now", "visible")

    def __init__(self, kind: str, name: str, visible: bool, now: bool = True) -> None:
        self.kind, self.name, self.visible, self.now = kind, name, visible, now


class _Scanner:
    def __init__(self, text: str, language: str | None) -> None:
        clean = CleanText(text, known=language is not None)
        self.text, self.code, self.comments, self.named = text, clean.code, clean.comments, clean.named
        self.cpp = clean.cpp if language is None else language == "cpp"
        self.broken = clean.broken
        self.symbols: list[Symbol] = []
        self.calls = 0
        self.lead = 0  # where the statement begins with the macros before it
        self.scopes: list[_Scope] = []
        self.starts = [comment.start for comment in self.comments]
        self.grouping = "@{" in text or "\\{" in text
        self.grouped = 0  # comments that were looked at for groups
        self.group: str | None = None  # what a group says of all its members; None outside of one
        self.line, self.counted = 1, 0

    def read(self) -> Header:
        self._declarations()
        symbols = self.symbols
        if self.named:
            named = self.named
            symbols = [
                msgspec.structs.replace(symbol, doc=named[key])
                if not symbol.doc and (key := (symbol.kind, symbol.name.rpartition("::")[2])) in named
                else symbol
                for symbol in symbols
            ]
        return Header(language="cpp" if self.cpp else "c", symbols=tuple(symbols), calls=self.calls, broken=self.broken)

    def _declarations(self) -> None:
        code = self.code
        step = _STEP.search
        start = at = 0
        while found := step(code, at):
            sign = code[found.start()]
            at = found.end()
            if sign == ";":
                self._statement(start, at - 1)
                start = at
            elif sign == "{":
                action = self._opened(start, at - 1)
                if action == _ENTER:
                    start = at
                    continue
                at = self._past(_BRACE, "{", at)
                if action == _BODY:
                    at = self._past_initialisers(start, at)
                elif action == _VALUE:
                    after = code[at : at + 80].lstrip()[:1]
                    if after in (";", ",", "=", "[") or not after:
                        at = self._past_semicolon(at)
                start = at
            elif sign == "}":
                if not self.scopes:
                    self.broken += 1
                elif self.scopes.pop().kind == "type":
                    at = self._past_semicolon(at)
                start = at
            elif sign == "(" and at - found.start() == 1:
                at = self._past(_ROUND, "(", at)
            elif sign == ")":
                self.broken += 1
        self.broken += len(self.scopes)

    def _past(self, brackets: re.Pattern[str], opening: str, at: int) -> int:
        """Behind the bracket that closes the one before `at`."""
        depth = 1
        for bracket in brackets.finditer(self.code, at):
            depth += 1 if bracket[0] == opening else -1
            if not depth:
                return bracket.end()
        self.broken += 1
        return len(self.code)

    def _past_initialisers(self, start: int, at: int) -> int:
        """Behind the body of a constructor whose members are initialised in braces: `A() : a{1}, b{2} {}`."""
        code = self.code
        while (after := code[at : at + 80].lstrip()[:1]) == "," or (after == "{" and code.find(":", start, at) >= 0):
            brace = code.find("{", at)
            if brace < 0:
                break
            at = self._past(_BRACE, "{", brace + 1)
        return at

    def _past_semicolon(self, at: int) -> int:
        end = self.code.find(";", at)
        return len(self.code) if end < 0 else end + 1

    # -- one statement

    def _head(self, start: int, end: int) -> tuple[str, int, bool]:
        """The statement without access, attributes and template; where it begins; whether it is for others."""
        head = self.code[start:end].lstrip()
        start = end - len(head)
        head = head.rstrip()
        scope = self.scopes[-1] if self.scopes else None
        at = start
        if len(head) > LONGEST_HEAD:
            self.broken += 1
            return "", at, False
        if scope is not None and scope.kind == "type" and ":" in head:
            for access in _ACCESS.finditer(head):
                scope.now = access[1] not in ("private", "__published")
                at = start + access.end()
            head = head[at - start :]
        stripped = head.lstrip()
        at += len(head) - len(stripped)
        head = stripped.rstrip()
        if "[[" in head or "__" in head or "alignas" in head or "noexcept" in head:
            head = _ATTRIBUTE.sub(lambda found: " " * len(found[0]), head).rstrip()
            stripped = head.lstrip()
            at += len(head) - len(stripped)
            head = stripped
        self.lead = at
        if head[:1].isupper() or head[:1] == "_":
            for leading in (_ALONE, _LEADING):
                if macros := leading.match(head):
                    head = head[macros.end() :]
                    at += macros.end()
        return head, at, scope is None or (scope.visible and scope.now)

    def _statement(self, start: int, end: int) -> None:
        """A declaration that ends with a semicolon."""
        head, at, visible = self._head(start, end)
        if not head or not visible:
            return
        whole, head = len(head), _without_template(head)
        if head.startswith(("typedef ", "typedef\n", "typedef\t")):
            pointer = _POINTER.search(head)
            name = pointer or _LAST_NAME.search(head) or _LAST_NAME.search(head.partition("(")[0])
            if name is not None:
                self._add("type", name[1], "", start, at, end)
        elif head.startswith("using ") and "=" in head:
            name = _NAME.match(head[6:].lstrip())
            if name is not None:
                self._add("type", name[0], "", start, at, end)
        elif "(" in head and not head.startswith(("using ", "friend ")):
            self._function(head, start, at, end, whole - len(head))

    def _opened(self, start: int, end: int) -> int:
        """What begins with a brace."""
        head, at, visible = self._head(start, end)
        if not head:
            return _BODY
        if len(self.scopes) >= DEEPEST:
            self.broken += 1
            return _BODY
        whole, head = len(head), _without_template(head)
        if space := _SPACE.match(head):
            name = space[1]
            hidden = not name or not _HIDDEN_SPACES.isdisjoint(name.lower().split("::")) or name.startswith("_")
            self.scopes.append(_Scope("space", name, visible and not hidden))
            return _ENTER
        if head == "extern":
            self.scopes.append(_Scope("space", "", visible))
            return _ENTER
        kind = _TYPE.match(head)
        if kind and not _IS_FUNCTION.search(head):
            return self._type(kind[1], head, start, at, end, visible)
        if "(" in head:
            if visible and not head.startswith("friend "):
                self._function(head, start, at, None, whole - len(head))
            return _BODY
        return _VALUE

    def _type(self, kind: str, head: str, start: int, at: int, end: int, visible: bool) -> int:
        if head.startswith("typedef"):
            after = self._past(_BRACE, "{", end + 1)
            name = _NAME.search(self.code, after, self._past_semicolon(after))
            if name is not None and visible:
                self._add("type", name[0], "", start, at, None)
            return _VALUE
        bases = _BASES.search(head)
        said = (head[: bases.start()] if bases else head)[len(kind) :].rstrip()
        if "(" in said:
            said = _ROUND_GROUP.sub(" ", said)
        names = [name for name in _NAME.findall(said) if name not in ("final", "sealed", "abstract")]
        special = said.endswith(">")  # a specialisation says nothing new
        public = bool(names) and not special and visible and not names[-1].startswith("_")
        if public:
            self._add("type", names[-1], "", start, at, None)
        if kind.startswith("enum") or not self.cpp or not names:
            return _VALUE
        self.scopes.append(_Scope("type", names[-1], public, now=kind != "class"))
        return _ENTER

    def _function(self, head: str, start: int, at: int, end: int | None, template: int) -> None:
        """A function, if it is one: a name with brackets, and before it what it returns.

        `template`: so many characters of a template lay before the head.
        """
        scope = self.scopes[-1] if self.scopes else None
        owner = scope.name if scope is not None and scope.kind == "type" else None
        begin, macros, typed = 0, 0, False
        while found := _CALL.search(head, begin):
            name = found[1]
            before = head[begin : found.start()].strip()
            bracket = _STEP.match(head, found.end())
            after = bracket.end() if bracket is not None else found.end() + 1
            parameters = head[found.end() : after]
            if "=" in before or before.endswith((",", "<", ">=")):
                return
            is_operator = "operator" in name
            if not is_operator and name in _NO_NAMES:
                begin = after if not before else len(head)
                continue
            if parameters.startswith("((") and name.isupper() and before:  # prototypes in a macro: f OF((int a))
                last = _LAST_NAME.search(before)
                if last is None:
                    return
                name = last[1]
            own = owner is not None and name.replace(" ", "").lstrip("~") == owner
            said = typed or not _SPECIFIERS.issuperset(before.split())
            if not own and not is_operator and _is_type(head, after, bool(before), owner):
                begin, typed = after, True  # a macro that stands for a type: Handle(Geom_Curve) Curve() const
                continue
            if before.endswith(":") or (not said and "::" in name):
                return
            if not said and not own and not is_operator:
                begin = macros = after  # a macro, and what it belongs to may follow
                continue
            rest = head[after:]
            plain = name.replace(" ", "") if not is_operator else " ".join(name.split())
            if "::" in plain.partition("operator")[0] or plain.startswith("_") or _DEFAULTED.search(rest):
                return
            if macros:
                lead = head[macros:]
                at += template + macros + len(lead) - len(lead.lstrip())
            self._add("function", plain, "".join(parameters.split())[:200], start, at, end)
            return
        self.calls += macros > 0

    # -- what is said of it

    def _add(self, kind: str, name: str, parameters: str, start: int, at: int, end: int | None) -> None:
        if name.startswith("_"):
            return
        spaces = [scope.name for scope in self.scopes if scope.name]
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        self.symbols.append(Symbol(kind, "::".join((*spaces, name)), parameters, self._doc(start, at, end), self.line))

    def _doc(self, start: int, at: int, end: int | None) -> str:
        text = self.text
        number = bisect_right(self.starts, at) - 1
        if self.grouping:
            self._groups(number)
        for before, place in ((number, at), (bisect_right(self.starts, self.lead) - 1, self.lead)):
            comment = self.comments[before] if before >= 0 else None
            if comment is not None and comment.start >= start and self._describes(comment, start, place):
                return bare(text[comment.start : comment.end])
        if end is not None and number + 1 < len(self.comments):
            number = bisect_right(self.starts, end)
            if number < len(self.comments):
                comment = self.comments[number]
                between = text[end + 1 : comment.start]
                if not between.strip() and ("\n" not in between or text[comment.start + 3] == "<"):
                    return bare(text[comment.start : comment.end])
        return self.group or ""

    def _describes(self, comment: Comment, start: int, at: int) -> bool:
        """Does the comment before a declaration belong to it?"""
        text = self.text
        if text[comment.start + 3 : comment.start + 4] == "<" or self.code[comment.end : at].strip():
            return False
        if start and "\n" not in text[start : comment.start]:  # on the line of what came before
            return False
        between = text[comment.end : at]
        if comment.formal:
            if _GROUP.search(text, comment.start, comment.end) or _FILE.search(text, comment.start, comment.end):
                return False
            return "#" not in between or not _DIRECTIVES.search(between)
        return not between.strip() and between.count("\n") < 2

    def _groups(self, last: int) -> None:
        """Look at the comments up to `last` for groups, @{ … @}: their first comment speaks for all members."""
        for number in range(self.grouped, last + 1):
            comment = self.comments[number]
            said = self.text[comment.start : comment.end]
            if "@{" in said or "\\{" in said:
                self.group = bare(_GROUP_TITLE.sub("", said)).replace("@{", "")
            elif "@}" in said or "\\}" in said:
                self.group = None
            elif self.group is not None and not self.group.strip():
                self.group = bare(said)
        self.grouped = max(self.grouped, last + 1)


def _is_type(head: str, after: int, preceded: bool, owner: str | None) -> bool:
    """Is a macro with brackets, which end at `after`, what a function returns, and not a declaration of its own?"""
    if not _MORE.match(head, after):
        return False
    following = _CALL.search(head, after)
    if following is None:
        return False
    return preceded or (following[1] != owner and not head[after : following.start()].strip(" \t\r\n&*"))


_ROUND_GROUP = re.compile(_NESTED)


def _without_template(head: str) -> str:
    """Without the parameters of a template in front."""
    while head.startswith("template"):
        at = head.find("<")
        if at < 0 or head[8:at].strip():
            return head
        depth = 0
        for place in range(at, len(head)):
            if head[place] == "<":
                depth += 1
            elif head[place] == ">":
                depth -= 1
                if not depth:
                    break
        head = head[place + 1 :].lstrip()
    return head
