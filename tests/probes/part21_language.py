"""The clear text encoding of ISO 10303-21:2016 as a table and a scanner of its own, beside the checker.

Tables 2 and 3 of the standard in a shorter form. The scanner goes octet by octet and knows no patterns; as the checker
does, and other readers, it takes a token that a line end breaks for two.
"""

from functools import cache

from tests.probes.grammars import Language, Token

GRAMMAR = """
file = start HEADER ';' entity entity entity { entity } ENDSEC ';' [ anchors ] [ references ] { data } end { signature }
entity = word '(' [ parameters ] ')' ';'
word = keyword | own
parameters = parameter { ',' parameter }
parameter = word '(' parameter ')' | '$' | '*' | value | '(' [ parameters ] ')'
value = number | string | name | valuename | occurrence | enumeration | binary
anchors = ANCHOR ';' { anchor } ENDSEC ';'
anchor = resource '=' item { '{' tag ':' item '}' } ';'
tag = keyword | tagname
item = '$' | value | resource | '(' [ item { ',' item } ] ')'
references = REFERENCE ';' { reference } ENDSEC ';'
reference = ( name | valuename ) '=' resource ';'
data = DATA [ '(' [ parameters ] ')' ] ';' { instance } ENDSEC ';'
instance = name '=' ( record | '(' record { record } ')' ) ';'
record = word '(' [ parameters ] ')'
signature = SIGNATURE base64
"""
SAMPLES = {
    "start": ["ISO-10303-21;"],
    "end": ["END-ISO-10303-21;"],
    "keyword": ["A", "POINT_2", "_X9"],
    "own": ["!OWN"],
    "tagname": ["tag", "a_1"],
    "number": ["0", "-12", "+3.", "4.5E-06", "1.E+5"],
    "string": [
        "''",
        "'it''s'",
        "'\\X2\\00C4\\X0\\'",
        "'\\S\\''",
        "'/* \\\\ #1='",
        "'\\PB\\\\X\\C4\\N\\'",
        "'\\X4\\0001F600\\X0\\'",
    ],
    "name": ["#1", "#0020", "#777"],
    "valuename": ["@3"],
    "occurrence": ["#CONSTANT", "@VALUE_1"],
    "enumeration": [".T.", ".A_1."],
    "binary": ['"0"', '"3FA0"'],
    "resource": ["<a>", "<http://example.org/a.stp#b>"],
    "base64": ["MIIG+/= ENDSEC;"],
}
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS = frozenset(b"0123456789")
_HEXADECIMAL = frozenset(b"0123456789ABCDEF")
_SMALL = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_BLANKS = frozenset([*range(0x21), 0x7F])


@cache
def language() -> Language:
    """The language, built once."""
    return Language(GRAMMAR, SAMPLES)


def knows(data: bytes) -> bool:
    """Is this an exchange structure, as far as the grammar goes?"""
    try:
        tokens = list(_Scanner(data).tokens())
    except _Wrong:
        return False
    return language().knows(tokens, "file")


class _Wrong(Exception):
    """No token begins here."""


class _Scanner:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while self._gap():
            start = self.at
            kind = self._token()
            text = self.data[start : self.at].decode("latin-1")
            found.append((kind, text))
            if kind == "keyword" and text == "SIGNATURE":
                self._base64(found)
        return found

    def _peek(self, ahead: int = 0) -> int:
        at = self.at + ahead
        return self.data[at] if at < len(self.data) else -1

    def _gap(self) -> bool:
        """Step over blanks, comments and the print control directives; False at the end."""
        while self.at < len(self.data):
            two = self.data[self.at : self.at + 2]
            if self._peek() in _BLANKS:
                self.at += 1
            elif two == b"/*":
                end = self.data.find(b"*/", self.at + 2)
                if end < 0:
                    raise _Wrong
                self.at = end + 2
            elif self.data[self.at : self.at + 3] in (b"\\N\\", b"\\F\\"):
                self.at += 3
            else:
                return True
        return False

    def _token(self) -> str:
        for kind in ("start", "end"):
            text = SAMPLES[kind][0].encode()
            if self.data.startswith(text, self.at):
                self.at += len(text)
                return kind
        first = self._peek()
        match chr(first):
            case "'":
                return self._string()
            case '"':
                return self._binary()
            case ".":
                self.at += 1
                self._letters()
                self._must(ord("."))
                return "enumeration"
            case "#" | "@":
                return self._name(first)
            case "<":
                return self._resource()
            case "!":
                self.at += 1
                self._letters()
                return "own"
            case "(" | ")" | "," | ";" | "=" | "$" | "*" | "{" | "}" | ":":
                self.at += 1
                return ""
        if first in _LETTERS:
            return self._keyword()
        if first in _SMALL:
            while self._peek() in _SMALL | _LETTERS | _DIGITS:
                self.at += 1
            return "tagname"
        return self._number()

    def _must(self, octet: int) -> None:
        if self._peek() != octet:
            raise _Wrong
        self.at += 1

    def _letters(self) -> None:
        if self._peek() not in _LETTERS:
            raise _Wrong
        while self._peek() in _LETTERS | _DIGITS:
            self.at += 1

    def _keyword(self) -> str:
        self._letters()
        if self._peek() in _SMALL:
            while self._peek() in _SMALL | _LETTERS | _DIGITS:
                self.at += 1
            return "tagname"
        return "keyword"

    def _digits(self) -> None:
        if self._peek() not in _DIGITS:
            raise _Wrong
        while self._peek() in _DIGITS:
            self.at += 1

    def _number(self) -> str:
        if self._peek() in b"+-" and self._peek() >= 0:
            self.at += 1
        self._digits()
        if self._peek() == ord("."):
            self.at += 1
            while self._peek() in _DIGITS:
                self.at += 1
            signed = self._peek(1) in (ord("+"), ord("-"))
            if self._peek() == ord("E") and self._peek(1 + signed) in _DIGITS:
                self.at += 1 + signed
                self._digits()
        return "number"

    def _name(self, first: int) -> str:
        self.at += 1
        if self._peek() in _LETTERS:
            self._letters()
            return "occurrence"
        self._digits()
        return "name" if first == ord("#") else "valuename"

    def _resource(self) -> str:
        end = self.data.find(b">", self.at)
        inside = self.data[self.at + 1 : end] if end >= 0 else b"<"
        if any(octet in _BLANKS or octet == ord("<") for octet in inside):
            raise _Wrong
        self.at = end + 1
        return "resource"

    def _binary(self) -> str:
        self.at += 1
        digits = b""
        while self._peek() != ord('"'):
            if self.data[self.at : self.at + 3] in (b"\\N\\", b"\\F\\"):
                self.at += 3
                continue
            if self._peek() in _HEXADECIMAL:
                digits += bytes([self._peek()])
            elif self._peek() not in _BLANKS:
                raise _Wrong
            self.at += 1
        self.at += 1
        if digits[:1] not in (b"0", b"1", b"2", b"3"):
            raise _Wrong
        return "binary"

    def _string(self) -> str:
        self.at += 1
        while True:
            octet = self._peek()
            if octet < 0 or octet > 0x7F:
                raise _Wrong
            self.at += 1
            if octet == ord("'"):
                if self._peek() != ord("'"):
                    return "string"
                self.at += 1
            elif octet == ord("\\"):
                self._directive()

    def _directive(self) -> None:
        """6.4.3.1 to 6.4.3.4, after the reverse solidus."""
        rest = self.data[self.at : self.at + 3]
        if rest[:1] == b"\\":
            self.at += 1
        elif (rest[:2] == b"S\\" and len(rest) == 3 and 0x20 <= rest[2] <= 0x7E) or (
            rest[:1] == b"P" and rest[1:2] and rest[1] in _LETTERS and rest[2:] == b"\\"
        ):
            self.at += 3
        elif rest[:2] in (b"N\\", b"F\\"):
            self.at += 2
        elif rest[:2] == b"X\\":
            self.at += 2
            self._hexadecimal(2)
        elif rest in (b"X2\\", b"X4\\"):
            self.at += 3
            each = 4 if rest[1:2] == b"2" else 8
            self._hexadecimal(each)
            while not self.data.startswith(b"\\X0\\", self.at):
                self._hexadecimal(each)
            self.at += 4
        else:
            raise _Wrong

    def _hexadecimal(self, count: int) -> None:
        for _ in range(count):
            if self._peek() not in _HEXADECIMAL:
                raise _Wrong
            self.at += 1

    def _base64(self, found: list[Token]) -> None:
        """The content of a signature with the end of its section; a semicolon may stand before it."""
        self._gap_of_signature()
        start = self.at
        end = self.data.find(b"ENDSEC", start)
        allowed = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") | _BLANKS
        if end < 0 or any(octet not in allowed for octet in self.data[start:end]):
            raise _Wrong
        self.at = end + 6
        while self._peek() in _BLANKS:
            self.at += 1
        self._must(ord(";"))
        found.append(("base64", ""))

    def _gap_of_signature(self) -> None:
        while self._peek() in _BLANKS:
            self.at += 1
        if self._peek() == ord(";"):
            self.at += 1
