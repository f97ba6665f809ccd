"""What a tag of markup means, in HTML and in the XML of DocBook, DITA and OpenDocument. Each is read once: the pages of
one generator repeat the same few hundred.
"""

import re
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple

import msgspec

from cpo_scan.probe.prose import BREAK

_TAG_LIMIT = 4095  # characters of one tag that are looked at
_NAME = re.compile("/?+((?:[^\\W_]|[:-])++)")
_NAME_LIMIT = 40  # characters of a tag in which its name stands
_MOST_TAGS, _LONG_TAG = 8_192, 200  # tags that are kept with what they mean, and characters of the longest
_SHORT_TEXT = 64  # characters of a text that is kept beside the one without character references
ASIDE = 7
"""Level of terms and captions: headings that divide nothing."""
CODE = frozenset({"pre", "code", "samp", "kbd", "tt", "xmp", "listing", "plaintext"})
CONTROLS = frozenset({"form", "input", "button", "select", "textarea", "canvas"})
_ACTING = CODE | CONTROLS | {"a", "area", "nav", "title", "html", "meta", "frame", "iframe", "frameset", "script"}
# A link or a place and nothing else, or any tag with a class alone: most of the tags that no other page has. There is
# nothing in their values that looks like an attribute.
_SIMPLE = re.compile(
    r'a (?:class="[^"\s&]*+" )?+(?:href="([^"\s&]*+)"|(?:id|name)="([^"\s&]++)")|'
    r'([a-z][a-z0-9]*+) class="[^"=&\n]*+"'
)


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
    headings={**{f"h{level}": level for level in range(1, 7)}, "dt": ASIDE, "caption": ASIDE},
    blocks=_names("p br div li td th tr dt dd pre table ul ol dl blockquote title option section article caption")
    | {f"h{level}" for level in range(1, 7)},
    hidden=frozenset({"script", "style", "svg", "noscript", "template"}),
    xml=False,
)
DOCBOOK = Dialect(
    headings={"title": 0, "term": ASIDE},
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
    headings={"title": 0, "dt": ASIDE},
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


class Tag(NamedTuple):
    """A tag and what it means."""

    name: str
    text: str
    """Without its angle brackets, cut to what is looked at."""
    closing: bool
    gap: str
    """What stands in the text in its place: a space or the end of a block, and its line ends."""
    kind: int
    """PLAIN, NOTED, …"""
    target: str = ""
    """Of a link."""
    anchors: tuple[str, ...] = ()


PLAIN, NOTED, LINK, ACTING, TEXT, RAW = range(6)
"""Kinds of tags. It does no more than to part the text; it does so, and names a place or is not shown as it stands; it
begins or ends a link; it does anything else; it is no tag at all, since `<` stands before something that is no name;
its gap is text of the document (CDATA)."""


class Tags(dict[str, Tag]):
    """The tags of a dialect by what stands between their angle brackets, as `pattern` gives it."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._dialect = dialect
        self._acting = (
            frozenset(dialect.headings) | dialect.hidden | dialect.sections | (frozenset() if dialect.xml else _ACTING)
        )
        self.pattern = _pattern(dialect)
        """Parts a text: the one group is what stands between `<` and `>`, with all of a comment, a section of
        characters, or an element that nobody sees. At the end of the text they count as closed."""

    def __missing__(self, written: str) -> Tag:
        tag = self._read(written)
        if len(written) <= _LONG_TAG:
            if len(self) >= _MOST_TAGS:
                self.clear()
            self[written] = tag
        return tag

    def _read(self, written: str) -> Tag:
        dialect = self._dialect
        if not dialect.xml and len(written) <= _LONG_TAG and (simple := _SIMPLE.fullmatch(written)) is not None:
            target, place, name = simple.groups()
            if name is None:
                return Tag("a", written, False, " ", LINK, target or "", (place,) if place else ())
            if name not in dialect.hidden:
                return self[name]._replace(text=written)
        lines = "\n" * written.count("\n")
        if written.startswith("!--"):
            return Tag("", "", False, lines, NOTED)
        if dialect.xml and written.startswith("![CDATA["):
            return Tag("", "", False, written[8:], RAW)
        text = written[:_TAG_LIMIT]
        name, closing = _name(text), text.startswith("/")
        if name in dialect.hidden and not closing:
            text = text.partition(">")[0]
        kind = LINK if name == "a" else ACTING
        if name not in self._acting and (name or text[:1] in "/!?"):
            kind = ACTING if dialect.xml and "xml:lang" in text else PLAIN if text == written else NOTED
        elif not name and text[:1] not in "/!?":
            return Tag("", f"<{written}>", False, unescape_lines(f"<{written}>"), TEXT)
        anchors: list[str] = []
        if not (dialect.xml or closing) and "=" in text:
            if "id" in text or "ID" in text:
                anchors.append(attribute(text, "id"))
            if name in ("a", "map") and ("name" in text or "NAME" in text):
                anchors.append(attribute(text, "name"))
        named = tuple(filter(None, anchors))
        return Tag(
            name=name,
            text=text,
            closing=closing,
            gap=(BREAK if name in dialect.blocks else " ") + lines,
            kind=NOTED if kind == PLAIN and named else kind,
            target=attribute(text, "href") if kind == LINK and not closing else "",
            anchors=named,
        )


def _pattern(dialect: Dialect) -> re.Pattern[str]:
    hidden = "".join(
        rf"{name}(?![^\W_]|[:-])[^>]*+(?<!/)>(?:[^<]++|<(?!/{name}))*+(?:<[^>]*+|\Z)|"
        for name in map(_in_any_case, sorted(dialect.hidden))
    )
    sections = r"!\[CDATA\[(?:[^\]]++|\](?!\]>))*+|" if dialect.xml else ""
    return re.compile(rf"<(!--(?:[^-]++|-(?!->))*+|{sections}{hidden}[^>]*+)(?:(?:--|\]\])?>|\Z)")


def _in_any_case(name: str) -> str:
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else re.escape(sign) for sign in name)


@cache
def html_tags() -> Tags:
    """Those of HTML, for all pages of a process."""
    return Tags(HTML)


def unescape_lines(text: str) -> str:
    """Character references replaced; one that makes a new line is a space, so that lines keep their numbers."""
    return _unescape_short(text) if len(text) <= _SHORT_TEXT else _unescape(text)


def _unescape(text: str) -> str:
    said = unescape(text)
    if said.count("\n") == text.count("\n"):
        return said
    return "\n".join(unescape(line).replace("\n", " ") for line in text.split("\n"))


_unescape_short = lru_cache(2_048)(_unescape)


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
