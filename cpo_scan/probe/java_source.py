"""Java sources: the types that they declare, and what their documentation comments say of types and members.

A scanner of declarations and no parser: bodies are stepped over, so that a source of any release of the language is
read. Comments and literals are found first (Java Language Specification, clauses 3.7 and 3.10), then what braces and
semicolons part.
"""

import re
from bisect import bisect_left

import msgspec

from cpo_scan.probe.javadoc import Described

_NOISE = re.compile(
    r'''
      //[^\n]*+
    | /\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?
    | """(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)
    | "(?:[^"\\\n]++|\\.)*+"?
    | '(?:[^'\\\n]++|\\.){1,8}+'
    ''',
    re.DOTALL | re.VERBOSE,
)
_STEP = re.compile(r"[;{}]")
_BRACE = re.compile(r"[{}]")
_NESTED = r"\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+\)"
_ANNOTATION = re.compile(rf"@(?!interface\b)[\w.]++(?:\s*+{_NESTED})?")
_TYPE = re.compile(r"(?:^|[\s@])(class|interface|enum|record)\s++([A-Za-z_$][\w$]*+)")
_PACKAGE = re.compile(r"^\s*+package\s++([\w.]++)\s*+;", re.MULTILINE)
_METHOD = re.compile(r"([A-Za-z_$][\w$]*+)\s*+\(")
_FIELD = re.compile(r"([A-Za-z_$][\w$]*+)\s*+(?:\[\s*+\]\s*+)*+(?:=|,|\Z)")
_CONSTANT = re.compile(rf"([A-Za-z_$][\w$]*+)\s*+(?:{_NESTED})?\s*+")
_MARK = re.compile(r"^[ \t]*+\*+ ?", re.MULTILINE)
_BLOCK_TAG = re.compile(r"^[ \t]*+@[a-zA-Z]", re.MULTILINE)
_LONGEST_HEAD = 16_384  # characters of a declaration before its braces
_LONGEST_DOC = 1_000  # characters of a comment that are kept
_DEEPEST = 64  # types inside each other


class JavaType(msgspec.Struct, frozen=True):
    """A type. `name` is full, with dots also before nested types; `members` are those that a comment describes."""

    name: str
    doc: str
    members: tuple[Described, ...]


def read_java(text: str) -> tuple[JavaType, ...]:
    """The types of a source, with those that they hold. Never raises: what is no declaration is passed over."""
    return _Scanner(text).read()


class _Type:
    __slots__ = ("doc", "kind", "members", "name")

    def __init__(self, kind: str, name: str, doc: str) -> None:
        self.kind, self.name, self.doc = kind, name, doc
        self.members: dict[tuple[str, int], str] = {}

    def described(self) -> tuple[Described, ...]:
        return tuple(Described(name, count, doc) for (name, count), doc in self.members.items())


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.ends: list[int] = []
        self.docs: list[str] = []  # comments for the documentation, by where they end
        parts: list[str] = []
        at = 0
        for noise in _NOISE.finditer(text):
            start, end = noise.span()
            parts += (text[at:start], " " * (end - start))
            at = end
            if text.startswith("/**", start) and not text.startswith("/**/", start):
                self.ends.append(end)
                self.docs.append(text[start + 3 : min(end, start + 4 * _LONGEST_DOC)].removesuffix("*/"))
        parts.append(text[at:])
        self.code = "".join(parts)

    def read(self) -> tuple[JavaType, ...]:
        code = self.code
        package = _PACKAGE.search(code)
        prefix = f"{package[1]}." if package else ""
        start = at = 0
        open_types: list[_Type] = []
        found: list[_Type] = []
        while (sign := _STEP.search(code, at)) is not None:
            at = sign.end()
            if sign[0] == ";":
                if open_types:
                    self._member(open_types[-1], start, sign.start())
                start = at
            elif sign[0] == "}":
                if open_types:
                    open_types.pop()
                start = at
            else:
                head = _ANNOTATION.sub(_blank, code[max(start, sign.start() - _LONGEST_HEAD) : sign.start()])
                declared = _TYPE.search(head)
                if declared is not None and "=" not in head and len(open_types) < _DEEPEST:
                    outer = f"{open_types[-1].name}." if open_types else prefix
                    kind = _Type(declared[1], outer + declared[2], self._doc(start, sign.start()))
                    found.append(kind)
                    open_types.append(kind)
                    start = at
                    if kind.kind == "enum":
                        start = at = self._constants(kind, at)
                    continue
                at = self._past(at)
                if "=" in head:  # the value of a field: its statement goes on
                    continue
                if open_types:
                    self._member(open_types[-1], start, sign.start())
                start = at
        return tuple(JavaType(kind.name, kind.doc, kind.described()) for kind in found)

    def _member(self, owner: _Type, start: int, end: int) -> None:
        """A method, a constructor, or fields: what stands between two places, without its body."""
        whole = self.code[start : min(end, start + _LONGEST_HEAD)]
        doc = self._doc(start, start + len(whole))
        if not doc:
            return
        head = _ANNOTATION.sub(_blank, whole)
        declared = head.partition("=")[0]
        method = _METHOD.search(declared)
        if method is not None:
            name = "<init>" if method[1] == owner.name.rpartition(".")[2] else method[1]
            owner.members.setdefault((name, _parameters(head, method.end())), doc)
            return
        if len(declared.split()) < 2:  # a block of an initialiser
            return
        for field in _FIELD.finditer(declared if "<" not in declared else declared.rpartition(">")[2]):
            owner.members.setdefault((field[1], -1), doc)

    def _constants(self, owner: _Type, at: int) -> int:
        """The constants of an enumeration; gives the place behind them."""
        code, space = self.code, at
        while True:
            while at < len(code) and (code[at].isspace() or code[at] == ","):
                at += 1
            begins = at
            annotation = _ANNOTATION.match(code, at)
            while annotation is not None:
                at = annotation.end()
                while at < len(code) and code[at].isspace():
                    at += 1
                annotation = _ANNOTATION.match(code, at)
            constant = _CONSTANT.match(code, at)
            if constant is None:
                return at + 1 if code[at : at + 1] == ";" else at
            if doc := self._doc(space, begins):
                owner.members.setdefault((constant[1], -1), doc)
            at = constant.end()
            if code[at : at + 1] == "{":
                at = self._past(at + 1)
            space = at

    def _past(self, at: int) -> int:
        """Behind the brace that closes the one before `at`."""
        depth = 1
        for brace in _BRACE.finditer(self.code, at):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                return brace.end()
        return len(self.code)

    def _doc(self, start: int, end: int) -> str:
        """What the last comment before a declaration says, without its block tags. It stands between two places."""
        begins = end - len(self.code[start:end].lstrip(" \t\r\n\f,"))
        number = bisect_left(self.ends, begins + 1) - 1
        if number < 0 or self.ends[number] < start:
            return ""
        said = _MARK.sub("", self.docs[number])
        tag = _BLOCK_TAG.search(said)
        return (said[: tag.start()] if tag else said).strip()[:_LONGEST_DOC]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _parameters(head: str, at: int) -> int:
    """How many parameters stand in the brackets that open before `at`."""
    depth, count, some = 0, 0, False
    for sign in head[at:]:
        if sign in "(<":
            depth += 1
        elif sign == ")" and not depth:
            break
        elif sign in ")>":
            depth -= 1
        elif sign == "," and not depth:
            count += 1
        some = some or not sign.isspace()
    return count + some
