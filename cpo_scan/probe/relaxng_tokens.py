"""The tokens of the compact syntax of RELAX NG (ISO/IEC 19757-2 Annex C), one after the other, with their places."""

from typing import Literal as Choice
from typing import NamedTuple, NoReturn

from cpo_scan.probe.patterns import standard
from cpo_scan.targets.errors import Unreadable

_MOST = 500_000  # tokens
KEYWORDS = frozenset(
    ("attribute", "default", "datatypes", "div", "element", "empty", "external", "grammar", "include", "inherit",
     "list", "mixed", "namespace", "notAllowed", "parent", "start", "string", "text", "token")
)  # fmt: skip
_SPACE = standard(r"(?:[ \t\r\n]|#[^\r\n]*+(?:[\r\n]|\Z))*+", text=True)
_NAME = standard(
    r"\\?[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f](?:[^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f])*+"
    r"(?::(?:\*|[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f](?:[^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f])*+))?",
    text=True,
)
_SHORT = {'"': standard(r"\x22([^\x22\r\n]*+)\x22", text=True), "'": standard(r"'([^'\r\n]*+)'", text=True)}
_ESCAPE = standard(r"\x5cx+\{[0-9A-Fa-f]{1,6}\}", text=True)
_MARKS = ("|=", "&=", ">>", *"=|&,*+?-~()[]{}")
_LINE_ENDS = {0x0A: "\udc0a", 0x0D: "\udc0d"}  # an escaped line end ends no literal and no remark


class Token(NamedTuple):
    kind: Choice["name", "text", "mark", "end"]
    text: str
    at: int


def unescaped(text: str) -> str:
    """C.2: `\\x{2A}` stands for a character wherever it is written."""
    parts: list[str] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        code = int(match.group().partition("{")[2][:-1], 16)
        if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            continue
        parts += (text[end : match.start()], _LINE_ENDS.get(code) or chr(code))
        end = match.end()
    return "".join((*parts, text[end:])) if end else text


class Tokens:
    """Reads a text token by token; `self._token` is the next one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._count = 0
        self._token = self._next()

    def _next(self) -> Token:
        space = _SPACE.match(self._text, self._at)
        start = space.end() if space is not None else self._at
        self._count += 1
        if start >= len(self._text):
            self._at = start
            return Token("end", "", start)
        first = self._text[start]
        if self._count > _MOST:
            self._refuse("size", start)
        if first in _SHORT:
            return self._literal(first, start)
        name = _NAME.match(self._text, start)
        if name is not None:
            self._at = name.end()
            return Token("name", name.group(), start)
        for mark in _MARKS:
            if self._text.startswith(mark, start):
                self._at = start + len(mark)
                return Token("mark", mark, start)
        self._refuse("token", start)

    def _literal(self, quote: str, start: int) -> Token:
        if self._text.startswith(quote * 3, start):
            end = self._text.find(quote * 3, start + 3)
            if end < 0:
                self._refuse("literal", start)
            self._at = end + 3
            return Token("text", self._text[start + 3 : end], start)
        match = _SHORT[quote].match(self._text, start)
        if match is None:
            self._refuse("literal", start)
        self._at = match.end()
        return Token("text", match.group(1), start)

    def _refuse(self, error: str, at: int) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        raise Unreadable("relaxng.malformed", line=line, column=at - self._text.rfind("\n", 0, at), error=error)

    def _take(self) -> Token:
        token, self._token = self._token, self._next()
        return token

    def _follows(self, *texts: str) -> bool:
        """Does one of these stand behind the next token?"""
        space = _SPACE.match(self._text, self._at)
        return self._text.startswith(texts, space.end() if space is not None else self._at)

    def _is(self, *texts: str) -> bool:
        return self._token.kind in ("mark", "name") and self._token.text in texts

    def _mark(self, text: str) -> bool:
        if self._is(text):
            self._take()
            return True
        return False

    def _must(self, text: str) -> None:
        if not self._mark(text):
            self._refuse(f"expected {text}", self._token.at)

    def _text_of(self) -> str:
        """A literal, its segments joined (`~`)."""
        if self._token.kind != "text":
            self._refuse("expected a literal", self._token.at)
        parts = [self._take().text]
        while self._mark("~"):
            if self._token.kind != "text":
                self._refuse("expected a literal", self._token.at)
            parts.append(self._take().text)
        text = "".join(parts)
        for code, kept in _LINE_ENDS.items():
            text = text.replace(kept, chr(code))
        return text

    def _name(self, *, keyword: bool = True) -> str:
        """A name without a prefix; a keyword too, or written with a backslash."""
        token = self._take()
        if token.kind != "name" or ":" in token.text or (not keyword and token.text in KEYWORDS):
            self._refuse("expected a name", token.at)
        return token.text.removeprefix("\\")

    def _passed(self) -> None:
        """Annotations in brackets."""
        while self._is("["):
            depth = 0
            while True:
                token = self._take()
                if token.kind == "end":
                    self._refuse("expected ]", token.at)
                depth += {"[": 1, "]": -1}.get(token.text, 0) if token.kind == "mark" else 0
                if not depth:
                    break

    def _followed(self) -> None:
        """Annotations behind `>>`."""
        while self._mark(">>"):
            self._take()
            if not self._is("["):
                self._refuse("expected [", self._token.at)
            self._passed()
