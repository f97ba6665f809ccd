"""Running text out of markup: HTML, and the XML of DocBook, DITA and OpenDocument. One pass, in linear time.

Only `<`, `>` and quotes are trusted, and not much: no entity of the document is expanded, nothing is nested for real.
Text and tags are parted all at once; only the tags that do more than to part the text are looked at one by one.
"""

from collections.abc import Iterator

from cpo_scan.probe.phrases import count_words, dense
from cpo_scan.probe.prose import MOST_ANCHORS, MOST_HEADINGS, MOST_LINKS, Face, Heading, Prose, folded
from cpo_scan.probe.prose_tags import (
    ACTING,
    ASIDE,
    CODE,
    CONTROLS,
    HTML,
    LINK,
    NOTED,
    Dialect,
    Tag,
    Tags,
    attribute,
    html_tags,
    unescape_lines,
)

_HEADING_LIMIT = 2_000  # characters of one heading that are kept
_TITLE_LIMIT = 400
_MOST_TAGS = 50_000  # tags that are looked at together, so that memory does not follow their number


def read_markup(text: str, dialect: Dialect, *, whole: bool = True) -> Prose:
    """The prose of a text in markup. `whole` is false where it is only the head of a document."""
    walk = _Walk(text, dialect)
    face = None
    if not dialect.xml:
        face = Face(
            words=walk.words,
            linked_words=walk.linked_words,
            scripts=walk.scripts,
            controls=walk.controls,
            frames=walk.frames,
            bare="".join(walk.bare).lower(),
        )
    title = walk.title or (walk.headings[0].text if dialect.xml and walk.headings else "")
    return Prose(
        text="".join(walk.text),
        title=folded(title),
        language=walk.language,
        headings=tuple(walk.headings),
        links=tuple(walk.links),
        anchors=tuple(walk.anchors),
        whole=whole and len(walk.anchors) < MOST_ANCHORS,
        lined=True,
        face=face,
    )


class _Walk:
    """One pass over the markup."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._tags = html_tags() if dialect is HTML else Tags(dialect)
        self.title = self.language = ""
        self.headings: list[Heading] = []
        self.links: dict[str, None] = {}
        self.anchors: dict[str, None] = {}
        self.scripts = self.controls = 0
        self.frames = False
        self.words = self.linked_words = 0
        self.text: list[str] = []
        self.bare: list[str] = []
        """Text and tags outside of code."""
        self._running: list[str] = []
        self._linked: list[str] = []
        self._pieces: list[str] = []
        self._counted = self._at = 0
        """So many pieces were counted, so many characters of the text lie before the next one."""
        self._nested = 0
        self._heading: tuple[int, int, list[str]] | None = None
        self._heading_size = 0
        self._a = self._nav = self._code = 0
        self._in_title = False
        for parts in self._parted(text):
            self._take(parts, references="&" in text)
        self._close_heading()

    def _parted(self, text: str) -> Iterator[list[str]]:
        """Text and tags in turn; text comes first and last. What ends within a tag ends before it."""
        closed, split = text.endswith(">"), self._tags.pattern.split
        while len(parts := split(text, _MOST_TAGS)) > 2 * _MOST_TAGS and parts[-1]:
            text, parts[-1] = parts[-1], ""
            yield parts
        if len(parts) > 1 and not parts[-1] and not closed:
            last = parts[-2]
            if not (last.startswith("!--") or ">" in last or (self._dialect.xml and last.startswith("![CDATA["))):
                parts[-3:] = [parts[-3] + "\n" * last.count("\n")]  # each line keeps its number
        yield parts

    def _take(self, parts: list[str], *, references: bool) -> None:
        said = parts[::2]
        if references:
            said = [unescape_lines(text) if "&" in text else text for text in said]
        tags = list(map(self._tags.__getitem__, parts[1::2]))
        self._pieces, self._counted = parts[:], 0
        self._pieces[::2] = said
        self._pieces[1::2] = [tag.gap for tag in tags]
        texts = kept = 0
        into = self._into()
        for number in [number for number, tag in enumerate(tags) if tag.kind]:
            _, text, closing, gap, kind, target, anchors = tag = tags[number]
            parts[2 * number + 1] = text
            if anchors and len(self.anchors) < MOST_ANCHORS:
                self.anchors.update(dict.fromkeys(anchors))
            if kind == NOTED:
                continue
            if into is None:
                self._said(said[texts : number + 1])
            else:
                into += said[texts : number + 1]
            texts = number + 1
            if kind == LINK:
                self._a = int(not closing)
                if target and len(self.links) < MOST_LINKS:
                    self.links[target] = None
            elif kind == ACTING:
                before = self._in_title, self._code > 0
                self._act(tag, 2 * number + 1)
                if before != (self._in_title, self._code > 0):
                    self._keep(parts, kept, 2 * number + 2, *before)
                    kept = 2 * number + 2
            else:
                self._said([gap])
                if self._in_title:
                    parts[2 * number + 1] = ""
            into = self._into()
        self._said(said[texts:])
        self._keep(parts, kept, len(parts), self._in_title, self._code > 0)
        self._count_to(len(self._pieces))
        self.text.append("".join(self._pieces))
        self.words += _words(self._running)
        self.linked_words += _words(self._linked)
        self._running.clear()
        self._linked.clear()

    def _count_to(self, piece: int) -> int:
        """How many characters of the text lie before a piece."""
        self._at += sum(map(len, self._pieces[self._counted : piece]))
        self._counted = piece
        return self._at

    def _into(self) -> list[str] | None:
        """Where running text is counted; None where more is to be done with it."""
        if self._dialect.xml or self._in_title or self._heading is not None or self._code:
            return None
        return self._linked if self._a or self._nav else self._running

    def _keep(self, parts: list[str], start: int, end: int, in_title: bool, in_code: bool) -> None:
        """Text and tags for those who look for what is no text: none of code, and of a title only the tags."""
        if not (in_code or self._dialect.xml):
            kept = [parts[place] for place in range(start, end) if place % 2] if in_title else parts[start:end]
            self.bare.append("".join(kept))

    def _said(self, texts: list[str]) -> None:
        """Texts that belong to the title, to a heading, to links or to running text."""
        if self._in_title:
            self.title = (self.title + "".join(texts))[:_TITLE_LIMIT]
        elif self._heading is not None:
            for text in texts:
                if self._heading_size < _HEADING_LIMIT:
                    self._heading[2].append(text)
                    self._heading_size += len(text)
        if not (self._in_title or self._code or self._dialect.xml):
            if self._a or self._nav:
                self._linked += texts
            else:
                self._running += texts

    def _act(self, tag: Tag, piece: int) -> None:
        """What a tag means for headings, sections and the rest."""
        dialect, name = self._dialect, tag.name
        if name in dialect.headings:
            self._close_heading()
            if not tag.closing:
                # the first sign of its piece parts it from what comes before
                self._heading = (self._count_to(piece) + 1, self._level(name, tag.text), [])
                self._heading_size = 0
        elif name in dialect.sections:
            self._nested = max(0, self._nested + (-1 if tag.closing else 0 if tag.text.endswith("/") else 1))
        if not dialect.xml:
            self._html(name, tag.text, tag.closing)
        elif not self.language and "xml:lang" in tag.text:
            self.language = attribute(tag.text, "xml:lang")

    def _level(self, name: str, tag: str) -> int:
        level = self._dialect.headings[name] or max(1, self._nested)
        if self._dialect.level:
            given = attribute(tag, self._dialect.level)
            level = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else level
        return level if level == ASIDE else min(6, max(1, level))

    def _html(self, name: str, text: str, closing: bool) -> None:
        match name:
            case _ if name in CODE:
                self._code = max(0, self._code + (-1 if closing else 1))
            case "area":
                self._link(attribute(text, "href"))
            case "nav":
                self._nav = max(0, self._nav + (-1 if closing else 1))
            case "title":
                self._in_title = not closing
            case "html" if not closing:
                self.language = attribute(text, "xml:lang") or attribute(text, "lang")
            case "meta" if not self.language and attribute(text, "name").lower() in ("dc.language", "language"):
                self.language = attribute(text, "content")
            case "frame" | "iframe":
                self.frames = self.frames or name == "frame"
                self._link(attribute(text, "src"))
            case "frameset":
                self.frames = True
            case "script":
                self.scripts += not closing
            case _ if name in CONTROLS:
                self.controls += not closing
            case _:
                pass

    def _link(self, target: str) -> None:
        if target and len(self.links) < MOST_LINKS:
            self.links[target] = None

    def _close_heading(self) -> None:
        if self._heading is not None:
            at, level, pieces = self._heading
            if (heading := folded("".join(pieces))) and len(self.headings) < MOST_HEADINGS:
                self.headings.append(Heading(at, level, heading))
            self._heading = None


def _words(texts: list[str]) -> int:
    """The words of texts, which end with each of them."""
    together = "\n".join(texts)
    return sum(map(count_words, texts)) if dense(together) else count_words(together)
