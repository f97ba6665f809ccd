"""Running text of RTF files (specification 1.9.1): groups that hold no text are left out, nothing is executed."""

import codecs
from html import unescape

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.prose import MOST_TEXT, Prose, Writer, folded
from cpo_scan.targets.errors import Unreadable

_TOKEN = rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]++|([^\\{}\r\n]++)"
_NO_TEXT = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata colorschememapping latentstyles datastore listtable "
    b"listoverridetable rsidtbl generator header footer headerl headerr footerl footerr xmlnstbl fldinst".split()
)
_PARAGRAPHS = frozenset({b"par", b"sect", b"page", b"row", b"cell", b"line"})
_SIGNS = {b"tab": " ", b"emdash": "\u2014", b"endash": "\u2013", b"bullet": "\u2022", b"rquote": "\u2019"}
_DEEPEST = 1_000


def read_rtf(data: bytes) -> Prose:
    """The prose of an RTF file. Paragraphs with an outline level are headings. Raises Unreadable."""
    if not data.startswith(b"{\\rtf"):
        raise Unreadable("rtf.malformed")
    return _Reader(data).prose()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._writer = Writer()
        self._words: list[str] = []
        self._size = 0
        self._level = 0
        self._title = ""
        self._page = "cp1252"
        self._hidden: list[bool] = [False]
        self._skip = 0  # characters that stand for one in \uN, for readers without Unicode
        self._after = 1
        self._run(data)

    def prose(self) -> Prose:
        self._paragraph()
        first = next((heading.text for heading in self._writer.headings), "")
        return Prose(
            text=self._writer.text(), title=folded(unescape(first)), headings=tuple(self._writer.headings), kind="rtf"
        )

    def _run(self, data: bytes) -> None:
        for match in compile_pattern(_TOKEN.decode("latin-1")).finditer(data):
            word, number, code, sign, brace, plain = match.groups()
            if word is not None:
                self._word(word, int(number) if number else None)
            elif brace == b"{":
                self._hidden.append(self._hidden[-1])
                if len(self._hidden) > _DEEPEST:
                    raise Unreadable("rtf.malformed")
            elif brace == b"}":
                if len(self._hidden) > 1:
                    self._hidden.pop()
            elif code is not None:
                self._say(bytes([int(code, 16)]).decode(self._page, "replace"))
            elif sign is not None:
                self._sign(sign)
            elif plain is not None:
                self._say(plain.decode(self._page, "replace"))

    def _sign(self, sign: bytes) -> None:
        match sign:
            case b"*":
                self._hidden[-1] = True  # a destination that readers may not know
            case b"~":
                self._say("\u00a0")
            case b"_":
                self._say("-")
            case b"\\" | b"{" | b"}":
                self._say(sign.decode())
            case b"\n" | b"\r":
                self._paragraph()
            case _:
                pass

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _NO_TEXT:
            self._hidden[-1] = True
        elif word in _PARAGRAPHS:
            self._paragraph()
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word == b"u" and number is not None:
            code = number % 65536
            self._say("\ufffd" if 0xD800 <= code < 0xE000 else chr(code))
            self._skip = self._after
        elif word == b"uc" and number is not None:
            self._after = min(8, max(0, number))
        elif word == b"ansicpg" and number is not None:
            self._page = _codec(number)
        elif word == b"outlinelevel" and number is not None:
            self._level = min(6, max(0, number) + 1)
        elif word == b"pard":
            self._level = 0

    def _say(self, text: str) -> None:
        if self._skip:
            text, self._skip = text[self._skip :], max(0, self._skip - len(text))
        if text and not self._hidden[-1] and self._size < MOST_TEXT:
            self._words.append(text)
            self._size += len(text)

    def _paragraph(self) -> None:
        if not self._hidden[-1]:
            self._writer.block("".join(self._words), self._level)
            self._words = []


def _codec(number: int) -> str:
    """A code page of Windows; where Python does not know it, that of Western Europe."""
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
