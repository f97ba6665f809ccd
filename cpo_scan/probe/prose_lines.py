"""Running text of documents that are written in lines: Markdown, reStructuredText, AsciiDoc, man, Info, Texinfo, text.

The text is the file's own, so that each line keeps its number; only roff requests lose their marks.
"""

from collections.abc import Callable, Iterator

from cpo_scan.probe.prose import MOST_HEADINGS, MOST_LINKS, Heading, Prose, folded

_UNDERLINES = frozenset("=-~^\"'*+.#")
_FENCES = ("```", "~~~", "----", "....")
_TEXINFO = {
    "chapter": 1,
    "unnumbered": 1,
    "appendix": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "heading": 2,
}

Found = Iterator[Heading]


def read_lines(text: str, form: str, *, whole: bool = True) -> Prose:
    """The prose of a text; `form` is the id of its format, anything else than those above is plain text."""
    if form == "man":
        return _man(text, whole)
    find = _FINDERS.get(form, _plain)
    headings = tuple(_at_most(find(text)))
    title = _front_matter(text) if form == "markdown" else ""
    first = next((heading.text for heading in headings), "")
    links = tuple(_markdown_links(text)) if form == "markdown" else ()
    return Prose(text=text, title=title or first, headings=headings, links=links, whole=whole, lined=True)


def _at_most(found: Found) -> Found:
    for number, heading in enumerate(found):
        if number >= MOST_HEADINGS:
            return
        if heading.text:
            yield heading


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each line, without its end."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield at, text[at:end].rstrip("\r")
        at = end + 1


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Offset and text of the lines outside of code: fenced blocks of Markdown and AsciiDoc."""
    code, before = "", ""
    for at, line in _lines(text):
        bare = line.strip()
        fence = next((mark for mark in _FENCES if bare.startswith(mark)), "")
        if fence in ("----", "....") and set(bare) == {fence[0]} and before and before[0] not in "#=" and not code:
            fence = ""  # it underlines what stands above
        if fence and (not code or fence == code):
            code = "" if code else fence
        elif not code:
            yield at, line
        before = bare


def _marked(text: str) -> Found:
    """Headings marked by `#` or `=`, and underlined ones."""
    above, above_at, styles = "", 0, list[str]()
    for at, line in prose_lines(text):
        bare = line.strip()
        mark = bare[:1]
        if mark in ("#", "=") and bare.lstrip(mark)[:1] == " ":
            yield Heading(at, min(6, len(bare) - len(bare.lstrip(mark))), folded(bare.strip("#= ")))
            bare = ""
        elif above and _underlines(bare, above):
            if mark not in styles:
                styles.append(mark)
            yield Heading(above_at, min(6, styles.index(mark) + 1), folded(above))
            bare = ""
        above, above_at = ("" if _rule(bare) else bare), at


def _underlines(bare: str, above: str) -> bool:
    return len(bare) >= 3 and len(set(bare)) == 1 and bare[0] in _UNDERLINES and len(bare) >= len(above) - 1


def _rule(bare: str) -> bool:
    return len(bare) >= 3 and len(set(bare)) == 1 and bare[0] in _UNDERLINES


def _plain(text: str) -> Found:
    """Headings of plain text: underlined, in capitals, or a short line that ends in a colon after a blank one."""
    above, above_at, blank = "", 0, True
    for at, line in _lines(text):
        bare = line.strip()
        if above and _underlines(bare, above):
            yield Heading(above_at, 1, folded(above))
        elif bare and blank and len(bare) <= 60 and not line[:1].isspace():
            letters = [letter for letter in bare if letter.isalpha()]
            if len(letters) > 3 and all(letter.isupper() for letter in letters):
                yield Heading(at, 1, folded(bare))
            elif bare.endswith(":") and len(bare.split()) <= 6 and letters:
                yield Heading(at, 2, folded(bare.rstrip(":")))
        above, above_at, blank = bare, at, not bare


def _info(text: str) -> Found:
    """Headings of Info: underlined; a line that starts with U+001F begins a node."""
    above, above_at = "", 0
    for at, line in _lines(text):
        bare = line.strip()
        if above and _underlines(bare, above):
            yield Heading(above_at, {"*": 1, "=": 2, "-": 3}.get(bare[0], 4), folded(above))
        above, above_at = bare, at


def _texinfo(text: str) -> Found:
    for at, line in _lines(text):
        if line.startswith("@"):
            command, _, rest = line[1:].partition(" ")
            if command in _TEXINFO:
                yield Heading(at, _TEXINFO[command], folded(rest))
            elif command in ("settitle", "title"):
                yield Heading(at, 1, folded(rest))


_FINDERS: dict[str, Callable[[str], Found]] = {
    "markdown": _marked,
    "restructuredtext": _marked,
    "asciidoc": _marked,
    "info": _info,
    "texinfo": _texinfo,
}


def _front_matter(text: str) -> str:
    """The title of the YAML block before a page, by its own line alone."""
    if not text.startswith("---\n"):
        return ""
    for _, line in _lines(text[4:4096]):
        if line.startswith("---"):
            return ""
        if line.startswith("title:"):
            return folded(line[6:].strip().strip("\"'"))
    return ""


def _markdown_links(text: str) -> Iterator[str]:
    """Targets of `[text](target)`, outside of code."""
    seen: set[str] = set()
    for _, line in prose_lines(text):
        at = -1
        while (at := line.find("](", at + 1)) >= 0 and len(seen) < MOST_LINKS:
            end = line.find(")", at)
            target = line[at + 2 : end if end >= 0 else at + 2].split(None, 1)
            inside = line.count("`", 0, at) % 2
            if target and not inside and (link := target[0].strip("<>")) not in seen and _names_a_file(link):
                seen.add(link)
                yield link


def _names_a_file(link: str) -> bool:
    """Generators of sites also take links without an ending; where those lead only they know."""
    return "." in link.partition("#")[0].rpartition("/")[2]


def _man(text: str, whole: bool) -> Prose:
    """A man page (`man` or `mdoc` macros): its name and section as title, its sections as headings."""
    pieces: list[str] = []
    headings: list[Heading] = []
    title, size = "", 0
    for _, line in _lines(text):
        said, level = line, 0
        if line[:1] in (".", "'"):
            macro, _, rest = line.partition(" ")
            rest = rest.replace('"', "").strip()
            if macro in (".TH", ".Dt"):
                title = title or " ".join(_plain_roff(rest).split()[:2])[:120]
            level = {".SH": 1, ".Sh": 1, ".SS": 2, ".Ss": 2}.get(macro, 0)
            said = "" if macro[1:2] in ("\\", "") or not macro[1:2].isalpha() else rest
        said = _plain_roff(said)
        if level and len(headings) < MOST_HEADINGS and (name := folded(said)):
            headings.append(Heading(size, level, name))
        pieces += (said, "\n")
        size += len(said) + 1
    return Prose(text="".join(pieces), title=title, headings=tuple(headings), whole=whole, lined=True)


_ESCAPES = {"\\-": "-", "\\&": "", "\\(em": "-", "\\(aq": "'", "\\(dq": '"', "\\e": "\\", "\\ ": " ", "\\|": ""}


def _plain_roff(text: str) -> str:
    """Without the escapes of roff for fonts and signs (groff(7))."""
    if "\\" not in text:
        return text
    for escape, plain in _ESCAPES.items():
        text = text.replace(escape, plain)
    pieces = text.split("\\f")
    return pieces[0] + "".join(
        piece[3:] if piece[:1] == "(" else piece.partition("]")[2] if piece[:1] == "[" else piece[1:]
        for piece in pieces[1:]
    )
