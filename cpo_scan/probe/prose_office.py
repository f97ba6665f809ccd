"""Running text of packages: Office Open XML (ISO/IEC 29500), OpenDocument (ISO/IEC 26300) and EPUB (ISO/IEC 23736).

Only the parts that hold text are unpacked, each within limits; XML goes through the readers that expand nothing.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

import msgspec

from cpo_scan.probe.prose import Heading, Mark, Prose, Writer, folded
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_tags import HTML, ODF
from cpo_scan.probe.text import decode
from cpo_scan.probe.xml import End, Start, walk_xml
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

MOST_PART = 64 * 2**20
"""Bytes of one unpacked part."""
MOST_PARTS = 256 * 2**20
MOST_STRINGS = 500_000
"""Shared strings of a workbook."""

_STYLES = {"title": 1, **{f"heading {level}": min(6, level) for level in range(1, 10)}}
_EPUB_PAGES = (".xhtml", ".html", ".htm", ".xml")


def read_ooxml(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    """The prose of a .docx, .pptx or .xlsx; slides are pages, sheets are symbols. Raises Unreadable."""
    parts = _Parts(content, limits, checkpoint, _is_ooxml)
    writer = Writer()
    kind = ""
    for name in parts.like("word/document"):
        kind = "docx"
        _word(parts, name, writer)
    for number, name in enumerate(parts.like("ppt/slides/slide"), 1):
        kind = "pptx"
        writer.mark(page=number)
        _slide(parts, name, writer)
    if sheets := parts.like("xl/worksheets/sheet"):
        kind = "xlsx"
        _workbook(parts, sheets, writer)
    return parts.prose(writer, kind, *_core(parts))


def read_odf(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    """The prose of an OpenDocument package. Raises Unreadable."""
    parts = _Parts(content, limits, checkpoint, lambda name: name in ("content.xml", "meta.xml", "mimetype"))
    kind = parts.text("mimetype").strip().rpartition(".")[2]
    kinds = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
    body = read_markup(parts.text("content.xml"), ODF)
    title = language = ""
    for event in parts.walk("meta.xml"):
        if isinstance(event, End):
            match event.tag.rpartition("}")[2]:
                case "title":
                    title = folded(event.text)
                case "language":
                    language = event.text.strip()[:20]
    return msgspec.structs.replace(
        body,
        title=title or body.title,
        language=language or body.language,
        kind=kinds.get(kind.partition("-")[0], "odf"),
        lined=False,
        gaps=tuple(parts.gaps),
        whole=not parts.gaps,
    )


def read_epub(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    """The prose of a book, its pages in the order of the spine; `symbol` is the member. Raises Unreadable."""
    parts = _Parts(content, limits, checkpoint, lambda name: name.endswith((*_EPUB_PAGES, ".opf")))
    package = next((name for name in parts.names if name.endswith(".opf")), "")
    items: dict[str, str] = {}
    spine: list[str] = []
    title = language = ""
    for event in parts.walk(package):
        match event:
            case Start(tag=tag, attributes=attributes) if tag.endswith("}item"):
                items[attributes.get("id", "")] = unquote(attributes.get("href", ""))
            case Start(tag=tag, attributes=attributes) if tag.endswith("}itemref"):
                spine.append(attributes.get("idref", ""))
            case End(tag=tag, text=text) if tag.endswith("}title"):
                title = title or folded(text)
            case End(tag=tag, text=text) if tag.endswith("}language"):
                language = language or text.strip()[:20]
            case _:
                pass
    folder = posixpath.dirname(package)
    pages = [posixpath.normpath(posixpath.join(folder, items[one])) for one in spine if one in items]
    pieces: list[str] = []
    headings: list[Heading] = []
    marks: list[Mark] = []
    size = 0
    for name in pages or [name for name in parts.names if name.endswith(_EPUB_PAGES[:3])]:
        checkpoint()
        page = read_markup(parts.text(name), HTML)
        marks.append(Mark(size, {"symbol": name}))
        headings += (msgspec.structs.replace(heading, at=heading.at + size) for heading in page.headings)
        pieces.append(page.text)
        size += len(page.text)
    return Prose(
        text="".join(pieces),
        title=title,
        language=language,
        kind="epub",
        headings=tuple(headings),
        marks=tuple(marks),
        gaps=tuple(parts.gaps),
        whole=not parts.gaps,
    )


class _Parts:
    """The parts of a package that hold text, unpacked once."""

    def __init__(
        self, content: Content, limits: Limits, checkpoint: Callable[[], None], wanted: Callable[[str], bool]
    ) -> None:
        self._limits, self._checkpoint = limits, checkpoint
        self._bytes: dict[str, bytes] = {}
        self.gaps: list[Unreadable] = []
        size = 0
        narrow = msgspec.structs.replace(limits, member_bytes=min(limits.member_bytes, MOST_PART))
        for member in OPENERS["zip"](content, Budget(narrow), ""):
            if member.kind != "file" or not wanted(member.name):
                continue
            checkpoint()
            if size > MOST_PARTS:
                self.gaps.append(LimitHit("prose.parts_limit", limit=MOST_PARTS))
                return
            try:
                with member.content() as opened:
                    self._bytes[member.name] = bytes(opened.whole())
            except Unreadable as error:
                self.gaps.append(error)
                continue
            size += len(self._bytes[member.name])

    @property
    def names(self) -> list[str]:
        """Names of the parts, by name."""
        return sorted(self._bytes)

    def like(self, stem: str) -> list[str]:
        """Parts whose names are a stem and a number, by that number."""
        found = [name for name in self._bytes if name.startswith(stem) and name.endswith(".xml")]
        numbers = {name: name[len(stem) : -4] for name in found}
        return sorted(
            (name for name in found if not numbers[name] or (numbers[name].isascii() and numbers[name].isdigit())),
            key=lambda name: (len(numbers[name]), name),
        )

    def text(self, name: str) -> str:
        """A part as text; nothing where it is missing."""
        return decode(self._bytes.get(name, b""))

    def walk(self, name: str) -> Iterator[Start | End]:
        """Starts and ends of the elements of a part; a broken one is a gap."""
        if name not in self._bytes:
            return
        try:
            for number, event in enumerate(walk_xml(BytesContent(self._bytes[name]), self._limits)):
                if number % 16384 == 0:
                    self._checkpoint()
                yield event
        except Unreadable as error:
            self.gaps.append(error)

    def prose(self, writer: Writer, kind: str, title: str, language: str) -> Prose:
        """What was written, with what is known of the package."""
        gaps = [*self.gaps, *([LimitHit("prose.text_limit")] if writer.full else [])]
        first = next((heading.text for heading in writer.headings), "")
        return Prose(
            text=writer.text(),
            title=title or first,
            language=language,
            kind=kind,
            headings=tuple(writer.headings),
            marks=tuple(writer.marks),
            gaps=tuple(gaps),
            whole=not gaps,
        )


def _is_ooxml(name: str) -> bool:
    return name.endswith(".xml") and (
        name.startswith(("word/document", "ppt/slides/slide", "xl/worksheets/sheet"))
        or name in ("word/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "docProps/core.xml")
    )


def _core(parts: _Parts) -> tuple[str, str]:
    """Title and language of the core properties (ISO/IEC 29500-2, 8.3.2)."""
    said = {
        event.tag.rpartition("}")[2]: event.text for event in parts.walk("docProps/core.xml") if isinstance(event, End)
    }
    return folded(said.get("title", "")), said.get("language", "").strip()[:20]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _value(attributes: Mapping[str, str]) -> str:
    return next((value for key, value in attributes.items() if _local(key) == "val"), "")


def _levels(parts: _Parts) -> dict[str, int]:
    """Levels of the heading styles by id; the names of built-in styles are English in every language (17.7.4.9)."""
    levels: dict[str, int] = {}
    style = ""
    for event in parts.walk("word/styles.xml"):
        if isinstance(event, Start):
            match _local(event.tag):
                case "style":
                    style = next((value for key, value in event.attributes.items() if _local(key) == "styleId"), "")
                case "name" if (level := _STYLES.get(_value(event.attributes).lower())) is not None:
                    levels[style] = level
                case _:
                    pass
    return levels


def _word(parts: _Parts, name: str, writer: Writer) -> None:
    """Paragraphs of the main part (17.3.1.22)."""
    levels = _levels(parts)
    words: list[str] = []
    level = 0
    for event in parts.walk(name):
        if writer.full:
            return
        match event:
            case Start(tag=tag, attributes=attributes):
                match _local(tag):
                    case "pStyle":
                        level = levels.get(_value(attributes), 0)
                    case "outlineLvl" if (value := _value(attributes)).isascii() and value.isdigit():
                        level = min(6, int(value[:2]) + 1) if int(value[:2]) < 9 else level
                    case "tab" | "br" | "cr":
                        words.append(" ")
                    case _:
                        pass
            case End(tag=tag, text=text):
                match _local(tag):
                    case "t":
                        words.append(text)
                    case "p":
                        writer.block("".join(words), level)
                        words, level = [], 0
                    case _:
                        pass


def _slide(parts: _Parts, name: str, writer: Writer) -> None:
    """Paragraphs of a slide; those of a title placeholder are headings (19.3.1.36)."""
    words: list[str] = []
    title = False
    for event in parts.walk(name):
        match event:
            case Start(tag=tag, attributes=attributes):
                match _local(tag):
                    case "sp":
                        title = False
                    case "ph":
                        title = attributes.get("type") in ("title", "ctrTitle")
                    case _:
                        pass
            case End(tag=tag, text=text):
                match _local(tag):
                    case "t":
                        words.append(text)
                    case "p":
                        writer.block("".join(words), int(title))
                        words = []
                    case _:
                        pass


def _workbook(parts: _Parts, sheets: list[str], writer: Writer) -> None:
    """Cells with text, row by row (18.3.1); the name of a sheet is its heading."""
    strings: list[str] = []
    words: list[str] = []
    for event in parts.walk("xl/sharedStrings.xml"):
        if isinstance(event, End):
            match _local(event.tag):
                case "t":
                    words.append(event.text)
                case "si":
                    if len(strings) >= MOST_STRINGS:
                        parts.gaps.append(LimitHit("prose.strings_limit", limit=MOST_STRINGS))
                        break
                    strings.append("".join(words)[:10_000])
                    words = []
                case _:
                    pass
    names = [
        event.attributes.get("name", "")
        for event in parts.walk("xl/workbook.xml")
        if isinstance(event, Start) and _local(event.tag) == "sheet"
    ]
    for number, name in enumerate(sheets):
        sheet = names[number] if len(names) == len(sheets) else posixpath.basename(name)
        writer.mark(symbol=sheet)
        writer.block(sheet, 1)
        _sheet(parts, name, strings, writer)


def _sheet(parts: _Parts, name: str, strings: list[str], writer: Writer) -> None:
    kind = ""
    for event in parts.walk(name):
        if writer.full:
            return
        match event:
            case Start(tag=tag, attributes=attributes):
                if _local(tag) == "c":
                    kind = attributes.get("t", "n")
            case End(tag=tag, text=text):
                match _local(tag):
                    case "v" if kind == "s":
                        if text.isascii() and text.isdigit() and len(text) < 9 and int(text) < len(strings):
                            writer.block(strings[int(text)])
                    case "v" if kind in ("n", "str"):
                        writer.block(text)
                    case "t":
                        writer.block(text)
                    case _:
                        pass
