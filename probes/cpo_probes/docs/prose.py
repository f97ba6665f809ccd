"""The running text of a page: markup is blanked out in place, so that every line keeps its number."""

from html import unescape

_HIDDEN = ("script", "style", "svg", "noscript", "template")
_BLOCKS = frozenset(
    {
        "p",
        "br",
        "div",
        "li",
        "td",
        "th",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "dt",
        "dd",
        "pre",
        "table",
        "ul",
        "ol",
    }
    | {"dl", "blockquote", "title", "option", "section", "article"}
)
_BULLETS = "*+-\u2022\u00b7\u2013\u2014#|="
_SENTENCE_ENDS = ".!?\u3002\uff01\uff1f"


def visible(text: str, *, html: bool) -> str:
    """The text of a page without tags, comments, scripts and styles. The end of a block ends a sentence (U+2029)."""
    if not html:
        return text
    pieces: list[str] = []
    at, end = 0, len(text)
    low = text.lower()
    while at < end:
        start = text.find("<", at)
        if start < 0:
            start = end
        pieces.append(text[at:start])
        if start == end:
            break
        if text.startswith("<!--", start):
            close = text.find("-->", start)
            at = end if close < 0 else close + 3
        else:
            close = text.find(">", start)
            at = end if close < 0 else close + 1
            name = _name(low, start + 1)
            if name in _BLOCKS:
                pieces.append("\u2029")
            if name in _HIDDEN and low[start + 1] != "/":
                over = low.find(f"</{name}", at)
                at = end if over < 0 else over
        pieces.append("\n" * text.count("\n", start, at) or " ")
    return unescape("".join(pieces))


def _name(low: str, at: int) -> str:
    start = at + (low[at : at + 1] == "/")
    end = start
    while end < start + 12 and low[end : end + 1].isalnum():
        end += 1
    return low[start:end]


def sentence(text: str, at: int, end: int, most: int) -> str:
    """The sentence around a place, folded; at most so many characters to either side."""
    first, last = max(0, at - most), min(len(text), end + most)
    start = at
    while start > first and not _breaks(text, start - 1):
        start -= 1
    stop = end
    while stop < last and not _breaks(text, stop):
        stop += 1
    return " ".join(text[start : stop + 1].replace("\u2029", " ").split())


def _breaks(text: str, at: int) -> bool:
    """Does a sentence end with the character at this place? Blank lines, items of a list and ends of blocks end one."""
    character = text[at]
    if character == "\u2029":
        return True
    if character == "\n":
        after = text[at + 1 : at + 40].lstrip(" \t")
        return after[:1] == "\n" or (after[:1] in _BULLETS and after[1:2] in (" ", "\t", after[:1], ""))
    return character in _SENTENCE_ENDS and text[at + 1 : at + 2].isspace()
