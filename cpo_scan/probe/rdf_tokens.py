"""The tokens of Turtle, TriG and N-Triples (W3C RDF 1.1, their grammars), one after the other, with their places."""

from bisect import bisect_right
from typing import Literal as Choice
from typing import NamedTuple, NoReturn

from cpo_scan.probe.patterns import standard
from cpo_scan.probe.rdf import XSD
from cpo_scan.targets.errors import Unreadable

Syntax = Choice["turtle", "trig", "n-triples"]

_SKIPPED = standard(r"(?:[ \t\r\n]|#[^\r\n]*+(?:[\r\n]|\Z))*+", text=True)
_HEX = "[0-9A-Fa-f]"
_NUMERIC = rf"u{_HEX}{{4}}|U{_HEX}{{8}}"
_IRI = standard(rf"<((?:[^<>\x22{{}}|^`\x5c\x00-\x20]|\x5c(?:{_NUMERIC}))*+)>", text=True)
_ESCAPE = rf"\x5c(?:[tbnrf\x22'\x5c]|{_NUMERIC})"
_SHORT = {
    '"': standard(rf"\x22((?:[^\x22\x5c\r\n]|{_ESCAPE})*+)\x22", text=True),
    "'": standard(rf"'((?:[^'\x5c\r\n]|{_ESCAPE})*+)'", text=True),
}
_LONG = standard(rf"(?:[^\x5c]|{_ESCAPE})*+", text=True)
_ESCAPED = standard(rf"{_ESCAPE}", text=True)
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_AT = standard(r"@([A-Za-z]++(?:-[A-Za-z0-9]++)*+)", text=True)
_DOUBLE = standard(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)[eE][+-]?[0-9]++", text=True)
_DECIMAL = standard(r"[+-]?[0-9]*+\.[0-9]++", text=True)
_INTEGER = standard(r"[+-]?[0-9]++", text=True)
# Names: ASCII as the grammar says; what lies beyond is looked up in `_BEYOND`.
_LETTERS = r"[^\x00-\x40\x5b-\x60\x7b-\x7f]"
_CHARS = r"[^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
_PLX = rf"%{_HEX}{{2}}|\x5c[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL_FIRST = rf"(?:[^\x00-\x2f\x3b-\x40\x5b-\x5e\x60\x7b-\x7f]|{_PLX})"
_LOCAL_MORE = rf"(?:\.*+(?:[^\x00-\x2c\x2e\x2f\x3b-\x40\x5b-\x5e\x60\x7b-\x7f]|{_PLX}))*+"
_PREFIX = standard(rf"(?:{_LETTERS}(?:\.*+{_CHARS})*+)?:", text=True)
_LOCAL = standard(rf"(?:{_LOCAL_FIRST}{_LOCAL_MORE})?", text=True)
_BLANK = standard(rf"_:([^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f](?:\.*+{_CHARS})*+)", text=True)
_WORD = standard(r"[A-Za-z]++", text=True)
# Characters of names beyond ASCII: PN_CHARS_BASE, and what PN_CHARS adds behind the first character. First and last.
_BASE = (
    (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F),
    (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
_BEYOND = tuple(sorted((*_BASE, (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))))
_STARTS = [first for first, _ in _BEYOND]
_MARKS = ".;,()[]{}"
_NEWER = ("<<", "{|", "|}", ">>", "~")


class Token(NamedTuple):
    kind: Choice["iri", "name", "blank", "text", "number", "word", "at", "mark", "end"]
    text: str
    at: int
    datatype: str = ""


class Tokens:
    """Reads a text token by token; `self._token` is the next one."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        self._text, self._syntax = text, syntax
        self._at = 0
        self._line, self._counted = 1, 0
        self._token = self._next()

    def _next(self) -> Token:
        skipped = _SKIPPED.match(self._text, self._at)
        start = skipped.end() if skipped is not None else self._at
        first = self._text[start : start + 1]
        if not first:
            return Token("end", "", start)
        return self._read(first, start)

    def _read(self, first: str, start: int) -> Token:
        text = self._text
        if first == "<":
            match = _IRI.match(text, start)
            if match is None:
                self._refused("token", start)
            self._at = match.end()
            return Token("iri", self._unescaped(match.group(1), start), start)
        if first in "\"'":
            return self._string(first, start)
        if first == "_":
            if (match := _BLANK.match(text, start)) is None:
                self._refused("token", start)
            self._at = match.end()
            self._letters(match.group(1), start)
            return Token("blank", match.group(), start)
        if first == "@":
            if (match := _AT.match(text, start)) is None:
                self._refused("token", start)
            self._at = match.end()
            return Token("at", match.group(1), start)
        if first in "+-.0123456789" and (number := self._number(start)) is not None:
            return number
        if first in _MARKS:
            if text.startswith(("{|", "|}"), start):
                self._refused("token", start)
            self._at = start + 1
            return Token("mark", first, start)
        if text.startswith("^^", start):
            self._at = start + 2
            return Token("mark", "^^", start)
        return self._name(start)

    def _number(self, start: int) -> Token | None:
        for pattern, datatype in ((_DOUBLE, "double"), (_DECIMAL, "decimal"), (_INTEGER, "integer")):
            if (match := pattern.match(self._text, start)) is not None:
                self._at = match.end()
                return Token("number", match.group(), start, XSD + datatype)
        return None

    def _name(self, start: int) -> Token:
        """A name with a prefix, or a bare word."""
        text = self._text
        prefix = _PREFIX.match(text, start)
        if prefix is None:
            word = _WORD.match(text, start)
            if word is None:
                self._refused("token", start)
            self._at = word.end()
            return Token("word", word.group(), start)
        local = _LOCAL.match(text, prefix.end())
        self._at = local.end() if local is not None else prefix.end()
        name = text[start : self._at]
        if not name.isascii():
            self._letters(prefix.group()[:-1], start)
            self._letters(text[prefix.end() : self._at], prefix.end())
        return Token("name", name, start)

    def _letters(self, name: str, at: int) -> None:
        """Refuse a name with a character beyond ASCII that names can't have."""
        if name.isascii():
            return
        for index, character in enumerate(name):
            code = ord(character)
            if code < 128:
                continue
            ranges = _BASE if index == 0 else _BEYOND
            row = ranges[0] if code < 0xC0 else ranges[max(bisect_right([low for low, _ in ranges], code) - 1, 0)]
            if index and code == 0xB7:
                continue
            if not row[0] <= code <= row[1]:
                self._refused("name", at)

    def _string(self, quote: str, start: int) -> Token:
        if self._text.startswith(quote * 3, start):
            end = self._long(quote * 3, start)
            body = self._text[start + 3 : end]
            if _LONG.fullmatch(body) is None:
                self._refused("escape", start)
            self._at = end + 3
            self._only_lines(False, start)
            return Token("text", self._unescaped(body, start), start)
        match = _SHORT[quote].match(self._text, start)
        if match is None:
            self._refused("string", start)
        self._at = match.end()
        self._only_lines(quote == '"', start)
        return Token("text", self._unescaped(match.group(1), start), start)

    def _long(self, quotes: str, start: int) -> int:
        """Where the three quotes stand that end a string."""
        at = start + 3
        while (at := self._text.find(quotes, at)) >= 0:
            slashes = at
            while self._text[slashes - 1] == "\\":
                slashes -= 1
            if (at - slashes) % 2 == 0:
                return at
            at += 1
        self._refused("string", start)

    def _unescaped(self, text: str, at: int) -> str:
        if "\\" not in text:
            return text
        parts, end = [], 0
        for match in _ESCAPED.finditer(text):
            parts.append(text[end : match.start()])
            escape, end = match.group(), match.end()
            if escape[1] in "uU":
                code = int(escape[2:], 16)
                if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                    self._refused("escape", at)
                parts.append(chr(code))
            else:
                parts.append(_CONTROL.get(escape[1], escape[1]))
        parts.append(text[end:])
        return "".join(parts)

    def _refused(self, error: str, at: int) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        if self._text.startswith(_NEWER, at):
            raise Unreadable("rdf.newer", line=line)
        raise Unreadable("rdf.malformed", line=line, column=at - self._text.rfind("\n", 0, at), error=error)

    def _line_of(self, at: int) -> int:
        """Tokens come in order, so each line end is counted once."""
        if at > self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        return self._line

    def _take(self) -> Token:
        token, self._token = self._token, self._next()
        return token

    def _follows(self, *texts: str) -> bool:
        """Does one of these stand behind the next token?"""
        skipped = _SKIPPED.match(self._text, self._at)
        return self._text.startswith(texts, skipped.end() if skipped is not None else self._at)

    def _is(self, mark: str) -> bool:
        return self._token.kind == "mark" and self._token.text == mark

    def _mark(self, mark: str) -> bool:
        if self._is(mark):
            self._take()
            return True
        return False

    def _must(self, mark: str) -> None:
        if not self._mark(mark):
            self._refused(f"expected {mark}", self._token.at)

    def _only_lines(self, allowed: bool, at: int) -> None:
        """N-Triples has neither short forms nor names."""
        if self._syntax == "n-triples" and not allowed:
            self._refused("not in N-Triples", at)
