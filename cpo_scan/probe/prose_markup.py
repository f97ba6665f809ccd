"""Running text out of markup: HTML, and the XML of DocBook, DITA and OpenDocument. One pass, in linear time.

Only `<`, `>` and quotes are trusted, and not much: no entity of the document is expanded, nothing is nested for real.
What a tag means is kept by its text, since pages of one generator repeat the same few hundred.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple

import msgspec

from cpo_scan.probe.phrases import count_words, dense
from cpo_scan.probe.prose import BREAK, MOST_ANCHORS, MOST_HEADINGS, MOST_LINKS, Face, Heading, Prose, folded

_TAG_LIMIT = 4096  # characters of one tag that are looked at
_HEADING_LIMIT = 2_000  # characters of one heading that are kept
_CODE = frozenset({"pre", "code", "samp", "kbd", "tt", "xmp", "listing", "plaintext"})
_CONTROLS = frozenset({"form", "input", "button", "select", "textarea", "canvas"})
# Text, and the tag behind it; without a tag it is the last of the markup.
_TOKEN = re.compile("([^<]*+)(?:<([^>]*+)>)?+")
_NAME = re.compile("/?+((?:[^\\W_]|[:-])++)")
_NAME_LIMIT = 40  # characters of a tag in which its name stands
_SHORT_TEXT = 64  # characters of a text that is kept beside the one without character references
_MOST_TAGS, _LONG_TAG = 8_192, 200  # tags that are kept with what they mean, and characters of the longest
_ASIDE = 7  # level of terms and captions: headings that divide nothing
_ACTING = _CODE | _CONTROLS | {"a", "area", "nav", "title", "html", "meta", "frame", "iframe", "frameset", "script"}


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """Elements by what they mean. A heading of level 0 has that of the sections around it."""

    headings: dict[str, int]
    blocks: frozenset[str]
    hidden: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    level: str = ""
    """Attribute that holds the level of a heading."""
    xml: bool = True


HTML = Dialect(
    headings={**{f"h{level}": level for level in range(1, 7)}, "dt": _ASIDE, "caption": _ASIDE},
    blocks=_names("p br div li td th tr dt dd pre table ul ol dl blockquote title option section article caption")
    | {f"h{level}" for level in range(1, 7)},
    hidden=frozenset({"script", "style", "svg", "noscript", "template"}),
    xml=False,
)
DOCBOOK = Dialect(
    headings={"title": 0, "term": _ASIDE},
    blocks=_names(
        "title para simpara formalpara listitem entry row member term programlisting screen literallayout "
        "note refname refpurpose synopsis section chapter"
    ),
    hidden=frozenset({"indexterm", "xi:include", "remark", "revhistory"}),
    sections=_names(
        "book article part chapter appendix preface section sect1 sect2 sect3 sect4 sect5 refentry refsect1 "
        "refsect2 refsection set topic"
    ),
)
DITA = Dialect(
    headings={"title": 0, "dt": _ASIDE},
    blocks=_names("title p li entry stentry row shortdesc dt dd pre codeblock note step cmd info section navtitle"),
    hidden=frozenset({"prolog", "draft-comment"}),
    sections=_names("topic concept task reference section bookmap map chapter"),
)
ODF = Dialect(
    headings={"text:h": 1},
    blocks=_names("text:p text:h text:list-item table:table-cell table:table-row draw:page text:line-break text:tab"),
    hidden=frozenset({"text:tracked-changes", "office:scripts", "office:automatic-styles", "office:styles"}),
    level="text:outline-level",
)


def read_markup(text: str, dialect: Dialect, *, whole: bool = True) -> Prose:
    """The prose of a text in markup. `whole` is false where it is only the head of a document."""
    walk = _Walk(text, dialect)
    face = None
    if not dialect.xml:
        face = Face(
            words=_count(walk.running),
            linked_words=_count(walk.linked),
            scripts=walk.scripts,
            controls=walk.controls,
            frames=walk.frames,
            bare="".join(walk.kept).lower(),
        )
    said = "".join(walk.pieces)
    title = walk.title or (walk.headings[0][2] if dialect.xml and walk.headings else "")
    return Prose(
        text=said,
        title=folded(title),
        language=walk.language,
        headings=tuple(_placed(walk.headings, walk.pieces)),
        links=tuple(walk.links),
        anchors=tuple(walk.anchors),
        whole=whole and len(walk.anchors) < MOST_ANCHORS,
        lined=True,
        face=face,
    )


class _Tag(NamedTuple):
    """A tag and what it means."""

    name: str
    text: str
    """Without its angle brackets, cut to what is looked at."""
    closing: bool
    apart: str
    """What stands in the text in its place, before its line ends."""
    lines: str
    gap: str
    """Both."""
    plain: bool
    """It does no more than to part the text."""
    target: str
    """Of a link."""
    anchors: tuple[str, ...]


class _Tags:
    """The tags of a dialect, each read once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[str, _Tag] = {}
        self._acting = (
            frozenset(dialect.headings) | dialect.hidden | dialect.sections | (frozenset() if dialect.xml else _ACTING)
        )

    def get(self, written: str) -> _Tag:
        """What stands between angle brackets."""
        tag = self._known.get(written)
        if tag is None:
            tag = self._read(written)
            if len(written) <= _LONG_TAG:
                if len(self._known) >= _MOST_TAGS:
                    self._known.clear()
                self._known[written] = tag
        return tag

    def _read(self, written: str) -> _Tag:
        text, dialect = written[: _TAG_LIMIT - 1], self._dialect
        name, closing = _name(text), text.startswith("/")
        plain = name not in self._acting and (bool(name) or text[:1] in "/!?")
        anchors: list[str] = []
        if dialect.xml:
            plain = plain and "xml:lang" not in text
        elif not closing and "=" in text:
            if "id" in text or "ID" in text:
                anchors.append(attribute(text, "id"))
            if name in ("a", "map") and ("name" in text or "NAME" in text):
                anchors.append(attribute(text, "name"))
        apart = BREAK if name in dialect.blocks else " "
        lines = "\n" * written.count("\n")
        return _Tag(
            name=name,
            text=text,
            closing=closing,
            apart=apart,
            lines=lines,
            gap=apart + lines,
            plain=plain,
            target=attribute(text, "href") if name == "a" and not (closing or dialect.xml) else "",
            anchors=tuple(filter(None, anchors)),
        )


@cache
def _html_tags() -> _Tags:
    return _Tags(HTML)


class _Walk:
    """One pass over the markup."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self._tags = _html_tags() if dialect is HTML else _Tags(dialect)
        self.title = self.language = ""
        self.headings: list[tuple[int, int, str]] = []
        """Number of the piece at which it stands, level, text."""
        self.links: dict[str, None] = {}
        self.anchors: dict[str, None] = {}
        self.scripts = self.controls = 0
        self.frames = False
        self.pieces: list[str] = []
        self.running: list[str] = []
        self.linked: list[str] = []
        self.kept: list[str] = []
        self._nested = 0
        self._heading: tuple[int, int, list[str]] | None = None
        self._heading_size = 0
        self._depth = {"a": 0, "nav": 0, "code": 0}
        self._in_title = False
        at = 0
        while at >= 0:
            at = self._stretch(at)
        self._close_heading()

    def _stretch(self, at: int) -> int:
        """Goes on from a place to the next one that tags do not lead over (a comment, a script); -1 at the end."""
        pieces, kept, anchors, get, xml = self.pieces, self.kept, self.anchors, self._tags.get, self._dialect.xml
        into = self._into()
        for match in _TOKEN.finditer(self._text, at):
            said, written = match.groups()
            if said:
                if into is None:
                    self._see(said)
                else:
                    kept.append(said)
                    if "&" in said:
                        said = _unescaped(said)
                    pieces.append(said)
                    into.append(said)
            if written is None:
                return self._over(match.end()) if self._opens(match.end()) else -1
            if written[:1] == "!" and self._opens(match.start(2) - 1):
                return self._over(match.start(2) - 1)
            tag = get(written)
            if tag.plain:
                pieces.append(tag.gap)
                if into is not None or not (xml or self._depth["code"]):
                    kept.append(tag.text)
                if tag.anchors and len(anchors) < MOST_ANCHORS:
                    anchors.update(dict.fromkeys(tag.anchors))
                continue
            if not tag.name and tag.text[:1] not in "/!?":
                self._see(f"<{written}>")
                continue
            self._tag(tag)
            if tag.name in self._dialect.hidden and not tag.closing and not tag.text.endswith("/"):
                over = self._skip(tag.name, match.end())
                self._put(tag.lines + "\n" * self._text.count("\n", match.end(), over))
                return over
            self._put(tag.lines)
            into = self._into()
        return -1

    def _into(self) -> list[str] | None:
        """Where running text is counted; None where more is to be done with it."""
        if self._dialect.xml or self._in_title or self._heading is not None or self._depth["code"]:
            return None
        return self.linked if self._depth["a"] or self._depth["nav"] else self.running

    def _opens(self, start: int) -> bool:
        """Does a comment or a section of characters begin here?"""
        return self._text.startswith("<!--", start) or (self._dialect.xml and self._text.startswith("<![CDATA[", start))

    def _over(self, start: int) -> int:
        """The place behind a comment or a section of characters."""
        text, end = self._text, len(self._text)
        if text.startswith("<!--", start):
            close = text.find("-->", start + 4)
            at = end if close < 0 else close + 3
            self._put("\n" * text.count("\n", start, at))
            return at
        close = text.find("]]>", start + 9)
        self._see(text[start + 9 : end if close < 0 else close], raw=True)
        return end if close < 0 else close + 3

    def _skip(self, name: str, at: int) -> int:
        """The place behind the end tag of `name`, blind to case."""
        text, closing = self._text, f"</{name}"
        while (at := text.find("</", at)) >= 0:
            if text[at : at + len(closing)].lower() == closing:
                after = text.find(">", at)
                return len(text) if after < 0 else after + 1
            at += 2
        return len(text)

    def _tag(self, tag: _Tag) -> None:
        dialect, name = self._dialect, tag.name
        self._put(tag.apart)
        if name in dialect.headings:
            self._close_heading()
            if not tag.closing:
                self._heading = (len(self.pieces), self._level(name, tag.text), [])
                self._heading_size = 0
        elif name in dialect.sections:
            self._nested = max(0, self._nested + (-1 if tag.closing else 0 if tag.text.endswith("/") else 1))
        if dialect.xml:
            if not self.language and "xml:lang" in tag.text:
                self.language = attribute(tag.text, "xml:lang")
            return
        self._html(tag)

    def _level(self, name: str, tag: str) -> int:
        level = self._dialect.headings[name] or max(1, self._nested)
        if self._dialect.level:
            given = attribute(tag, self._dialect.level)
            level = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else level
        return level if level == _ASIDE else min(6, max(1, level))

    def _html(self, tag: _Tag) -> None:
        name, text, closing = tag.name, tag.text, tag.closing
        if not self._depth["code"]:
            self.kept.append(text)
        if tag.anchors and len(self.anchors) < MOST_ANCHORS:
            self.anchors.update(dict.fromkeys(tag.anchors))
        match name:
            case "a":
                self._depth["a"] = int(not closing)
                self._link(tag.target)
            case _ if name in _CODE:
                self._depth["code"] = max(0, self._depth["code"] + (-1 if closing else 1))
            case "area":
                self._link(attribute(text, "href"))
            case "nav":
                self._depth["nav"] = max(0, self._depth["nav"] + (-1 if closing else 1))
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
            case _ if name in _CONTROLS:
                self.controls += not closing
            case _:
                pass

    def _link(self, target: str) -> None:
        if target and len(self.links) < MOST_LINKS:
            self.links[target] = None

    def _see(self, text: str, *, raw: bool = False) -> None:
        said = text if raw or "&" not in text else _unescaped(text)
        if self._in_title:
            self.title = (self.title + said)[:400]
        elif self._heading is not None and self._heading_size < _HEADING_LIMIT:
            self._heading[2].append(said)
            self._heading_size += len(said)
        self._put(said)
        if self._dialect.xml or self._in_title or self._depth["code"]:
            return
        self.kept.append(text)
        (self.linked if self._depth["a"] or self._depth["nav"] else self.running).append(said)

    def _put(self, text: str) -> None:
        if text:
            self.pieces.append(text)

    def _close_heading(self) -> None:
        if self._heading is not None:
            at, level, pieces = self._heading
            if (heading := folded("".join(pieces))) and len(self.headings) < MOST_HEADINGS:
                self.headings.append((at, level, heading))
            self._heading = None


def _placed(headings: list[tuple[int, int, str]], pieces: list[str]) -> Iterator[Heading]:
    """Headings with the place in the text instead of the number of the piece."""
    at = before = 0
    for number, level, text in headings:
        at += sum(map(len, pieces[before:number]))
        before = number
        yield Heading(at, level, text)


def _count(texts: list[str]) -> int:
    """The words of texts, which end with each of them."""
    together = "\n".join(texts)
    return sum(map(count_words, texts)) if dense(together) else count_words(together)


def _unescaped(text: str) -> str:
    """Character references replaced; one that makes a new line is a space, so that lines keep their numbers."""
    return _unescaped_short(text) if len(text) <= _SHORT_TEXT else _unescaped_any(text)


def _unescaped_any(text: str) -> str:
    said = unescape(text)
    if said.count("\n") == text.count("\n"):
        return said
    return "\n".join(unescape(line).replace("\n", " ") for line in text.split("\n"))


_unescaped_short = lru_cache(2_048)(_unescaped_any)


def _name(tag: str) -> str:
    match = _NAME.match(tag, 0, _NAME_LIMIT)
    return match.group(1).lower() if match is not None and match.group(1)[0].isalpha() else ""


@cache
def _attribute(name: str) -> re.Pattern[str]:
    return re.compile(rf"""\s(?ai:{re.escape(name)})\s*+=\s*+(?:"([^"]*+)|'([^']*+)|(\S*+))""")


def attribute(tag: str, name: str) -> str:
    """The value of an attribute of a tag, quoted or not; empty where it is absent. `name` in lower case."""
    match = _attribute(name).search(tag)
    if match is None:
        return ""
    bare = match.group(3)
    if bare is not None:
        return unescape(bare)
    value = match.group(match.lastindex or 0)
    return (unescape(value) if "&" in value else value).strip()
