"""The tokens of GraphQL documents, and lines and columns in them (GraphQL, September 2025, clause 2.1)."""

from bisect import bisect_right

from cpo_scan.probe.documents import EXCERPT
from cpo_scan.probe.patterns import standard

# Ignored characters, names, strings, numbers, punctuators, comments (§2.1). A block string is found by its start.
_TOKEN = standard(
    r'[ \t\r\n,]++|[A-Za-z_][A-Za-z0-9_]*+|"""|"(?:[^"\\\n\r]|\\[^\n\r])*+"|[!$&():=@\[\]{}|]|\.\.\.|#[^\n\r]*+'
    r"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?",
    text=True,
)
_CODE_POINT = standard(r"u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]++\}", text=True)
MOST_TEXT = 2_000  # characters of a description that are kept


class SyntaxFault(Exception):
    """The grammar does not hold at a character: its offset, and what stands there."""

    def __init__(self, at: int, found: str) -> None:
        super().__init__(at, found)
        self.at, self.found = at, found[:80]


class Lines:
    """Lines and columns of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        starts, at = [0], text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        self._starts = starts

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of a character, from 1."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def excerpt(self, at: int) -> str:
        """The text from a character to the end of its line."""
        return self._text[at : at + EXCERPT].split("\n", 1)[0].strip()


def tokens(text: str) -> tuple[list[str], list[int]]:
    """Tokens and their offsets; a block string as a token that starts with three quotes."""
    texts: list[str] = []
    starts: list[int] = []
    end, more = 0, True
    while more:
        more = False
        for match in _TOKEN.finditer(text, end):
            start = match.start()
            if start != end:
                raise SyntaxFault(end, text[end])
            token = match.group()
            end = match.end()
            first = token[0]
            if first in " \t\r\n,#":
                continue
            if first == '"':
                if token == '"""':
                    end = _block_end(text, start)
                    texts.append(text[start : min(end, start + MOST_TEXT)])
                    starts.append(start)
                    more = True
                    break
                if "\\" in token and not _escapes_hold(token):
                    raise SyntaxFault(start, token)
            elif (
                (first.isdigit() or first == "-") and text[end : end + 1] and (text[end].isalnum() or text[end] in "_.")
            ):
                raise SyntaxFault(end, text[end])
            texts.append(token)
            starts.append(start)
    if end != len(text):
        raise SyntaxFault(end, text[end])
    return texts, starts


def _escapes_hold(token: str) -> bool:
    """Is every backslash of a string the start of an escape sequence (§2.9.4)?"""
    at = token.find("\\")
    while at >= 0:
        if token[at + 1] == "u":
            if _CODE_POINT.match(token, at + 1) is None:
                return False
        elif token[at + 1] not in '"\\/bfnrt':
            return False
        at = token.find("\\", at + 2)
    return True


def _block_end(text: str, start: int) -> int:
    at = text.find('"""', start + 3)
    while at > 0 and text[at - 1] == "\\":
        at = text.find('"""', at + 3)
    if at < 0:
        raise SyntaxFault(start, '"""')
    return at + 3
