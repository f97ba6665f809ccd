"""XML of catalogues: read without entities, network or growth, and its running text as plain lines."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from cpo_scan.rulebook.load import RuleError

_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "table", "ul", "ol", "dl"})
_SPACE = re.compile(r"[ \t\r\n]+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TICKS = re.compile(r"`+")


def read_tree(name: str, content: bytes) -> Any:
    """The root element of a document. Raises RuleError with file and line."""
    from cpo_scan.probe.xml import read_xml
    from cpo_scan.rulebook.messages import load_messages
    from cpo_scan.targets.content import BytesContent
    from cpo_scan.targets.errors import Unreadable
    from cpo_scan.targets.limits import Limits

    try:
        return read_xml(BytesContent(content), Limits()).getroot()
    except Unreadable as error:
        place = f"{name}:{error.reason.params.get('line', 1)}"
        raise RuleError(f"{place}: {' '.join(load_messages().render(error.reason).split())}") from None


def local(element: Any) -> str:
    """Name of an element without its namespace; empty for a comment, an entity or a processing instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, name: str) -> list[Any]:
    """Child elements of this local name."""
    return [child for child in element if local(child) == name]


def child(element: Any, *names: str) -> Any | None:
    """The first child along a path of local names."""
    found: Any | None = element
    for name in names:
        found = next(iter(children(found, name)), None) if found is not None else None
    return found


def running_text(element: Any) -> str:
    """The text of an element with markup of HTML's kind: one line a block, `- ` before list items, tabs between cells.

    A parameter of OSCAL (`<insert type="param" id-ref="x"/>`) is written as its other forms write it.
    """
    parts: list[str] = []
    _collect(element, parts)
    return tidy("".join(parts))


def tidy(text: str) -> str:
    """Lines without needless blanks; at most one empty line between two."""
    lines = [_SPACE.sub(" ", line).strip() if "\t" not in line else line.strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def unmarked(text: str) -> str:
    """The words that a text in OSCAL's Markdown means: backslash escapes and character references are undone, other
    marks stay as they are. In code spans neither is undone (CommonMark 0.31.2, clauses 2.4, 2.5 and 6.1)."""
    return "".join(
        piece if code else _REFERENCE.sub(_meant, _ESCAPED.sub(r"\1", piece)) for piece, code in _spans(text)
    )


def _spans(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a text, each with whether it is a code span: as many backticks at its end as at its beginning."""
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(text)]
    closing: dict[int, list[int]] = {}  # length of a run -> its places, the last first
    for number in range(len(runs) - 1, -1, -1):
        closing.setdefault(runs[number][1] - runs[number][0], []).append(number)
    at = number = 0
    while number < len(runs):
        start, end = runs[number]
        places = closing[end - start]
        while places and places[-1] <= number:
            places.pop()
        escaped = (start - len(text[at:start].rstrip("\\")) - at) % 2 == 1
        if escaped or not places:
            number += 1
            continue
        yield text[at:start], False
        at = runs[places[-1]][1]
        yield text[start:at], True
        number = places[-1] + 1
    yield text[at:], False


def _meant(match: re.Match[str]) -> str:
    meant = unescape(match[0]).replace("\xa0", " ")
    return meant if meant.isprintable() else match[0]


def _collect(element: Any, parts: list[str]) -> None:
    # The depth of the tree was limited when it was read, well below what Python's own stack takes.
    _add(element.text, parts)
    for inner in element:
        name = local(inner)
        block = name in _BLOCKS or name == "tr"
        if block or name in ("li", "br"):
            parts.append("\n")
        if name == "li":
            parts.append("- ")
        if name == "insert":
            parts.append(f"{{{{ insert: {inner.get('type', '')}, {inner.get('id-ref', '')} }}}}")
        elif name:
            _collect(inner, parts)
        if name in ("td", "th"):
            parts.append("\t")
        if block:
            parts.append("\n\n" if name == "p" else "\n")
        _add(inner.tail, parts)


def _add(text: str | None, parts: list[str]) -> None:
    if text:
        parts.append(_SPACE.sub(" ", text))


def blocks_text(element: Any) -> str:
    """The running text of those children that are blocks of text, and of no others."""
    parts: list[str] = []
    for inner in element:
        if local(inner) in _BLOCKS:
            parts.append("\n")
            _collect(inner, parts)
            parts.append("\n\n")
    return tidy("".join(parts))
