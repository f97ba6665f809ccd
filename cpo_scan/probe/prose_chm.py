"""Running text of compiled HTML help: its pages in the order of the table of contents, each headed by its name there.

Title and language stand in `#SYSTEM`, names of pages in the table of contents (HHC) and in the index (HHK), which are
pages of HTML themselves.
"""

import posixpath
import struct
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import msgspec

from cpo_scan.probe.chm import Entry, HelpFile
from cpo_scan.probe.property_sets import decoded
from cpo_scan.probe.prose import BREAK, MOST_BYTES, MOST_HEADINGS, MOST_TEXT, Heading, Mark, Prose, folded
from cpo_scan.probe.prose_formats import decode_page
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_tags import HTML, attribute
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

MOST_NAMES = 100_000
"""Entries of a table of contents or an index that are read."""
_MOST_HEADINGS = 10 * MOST_HEADINGS  # of all pages together
_PAGES = (".htm", ".html", ".xhtml")
# Primary language of a Windows language id ([MS-LCID] 2.2), and the code page of its texts without Unicode.
_LANGUAGES = {0x04: ("zh", 936), 0x05: ("cs", 1250), 0x07: ("de", 1252), 0x08: ("el", 1253), 0x09: ("en", 1252),
              0x0A: ("es", 1252), 0x0C: ("fr", 1252), 0x0E: ("hu", 1250), 0x10: ("it", 1252), 0x11: ("ja", 932),
              0x12: ("ko", 949), 0x13: ("nl", 1252), 0x15: ("pl", 1250), 0x16: ("pt", 1252), 0x19: ("ru", 1251),
              0x1D: ("sv", 1252), 0x1F: ("tr", 1254), 0x22: ("uk", 1251)}  # fmt: skip
_TRADITIONAL = {0x0404, 0x0C04, 0x1404}  # Taiwan, Hong Kong, Macao: another code page
_TITLE, _LANGUAGE = 3, 4  # entries of `#SYSTEM`
_LONGEST = 400  # bytes of a title


class _System(msgspec.Struct, frozen=True):
    title: bytes = b""
    language: int = 0


def read_chm(content: Content, checkpoint: Callable[[], None]) -> Prose:
    """The prose of a CHM file; `symbol` is the page. What can't be unpacked is a gap. Raises Unreadable."""
    help_file = HelpFile(content.whole(), checkpoint)
    system = _system(help_file)
    identity = system.language or help_file.compiler_language
    language, page = _LANGUAGES.get(identity & 0x3FF, ("", 1252))
    page = 950 if identity in _TRADITIONAL else page
    gaps: list[Unreadable] = []
    names = _names(help_file, page, gaps)
    wanted = {name: entry for name, entry in help_file.entries.items() if name.lower().endswith(_PAGES)}
    proses = _read(help_file, wanted, page, gaps)
    order = list(dict.fromkeys((*(name for name in names if name in proses), *sorted(proses))))
    return _joined(
        [(name, proses[name]) for name in order],
        names,
        Prose(
            title=folded(decoded(system.title, page))
            or (names.get(order[0]) or proses[order[0]].title if order else ""),
            language=language,
            kind="chm",
            whole=not gaps,
            gaps=tuple({str(gap.reason): gap for gap in gaps}.values()),
        ),
    )


def _read(help_file: HelpFile, wanted: dict[str, Entry], page: int, gaps: list[Unreadable]) -> dict[str, Prose]:
    """The pages, each read once, in the order in which they lie in the file."""
    found: dict[str, Prose] = {}
    size = 0
    for name, entry in sorted(wanted.items(), key=lambda item: (item[1].section, item[1].offset, item[0])):
        try:
            data = help_file.read(entry, MOST_BYTES)
        except LimitHit as error:
            gaps.append(error)
            break
        except Unreadable as error:
            gaps.append(error)
            continue
        prose = read_markup(decode_page(data, f"cp{page}"), HTML)
        if size + len(prose.text) > MOST_TEXT:
            gaps.append(LimitHit("prose.text_limit"))
            break
        size += len(prose.text)
        found[name] = msgspec.structs.replace(prose, links=(), anchors=(), face=None)
    return found


def _joined(pages: list[tuple[str, Prose]], names: dict[str, str], book: Prose) -> Prose:
    """One text of all pages. A page without a heading of its own gets its name from the table of contents."""
    pieces: list[str] = []
    headings: list[Heading] = []
    marks: list[Mark] = []
    size = 0
    for path, page in pages:
        marks.append(Mark(size, {"symbol": path.lstrip("/")}))
        own = [heading for heading in page.headings if heading.level <= 6]
        named = names.get(path) or page.title
        if named and not _headed(page, own) and len(headings) < _MOST_HEADINGS:
            headings.append(Heading(size, 1, folded(named)))
            pieces.append(named + BREAK)
            size += len(named) + 1
        headings += (msgspec.structs.replace(heading, at=heading.at + size) for heading in page.headings)
        text = page.text if page.text.endswith((BREAK, "\n")) else page.text + BREAK
        pieces.append(text)
        size += len(text)
    return msgspec.structs.replace(
        book, text="".join(pieces), headings=tuple(headings[:_MOST_HEADINGS]), marks=tuple(marks)
    )


def _headed(page: Prose, own: list[Heading]) -> bool:
    """Does a page begin with a heading of its own? Its title, which is text too, may stand before it."""
    if not own:
        return False
    before = page.text[: own[0].at]
    return len(before) < 2_000 and folded(before) in ("", page.title)


def _names(help_file: HelpFile, page: int, gaps: list[Unreadable]) -> dict[str, str]:
    """What the table of contents calls each page, in its order; then what the index does."""
    found: dict[str, str] = {}
    for ending in (".hhc", ".hhk"):
        for path, entry in sorted(help_file.entries.items()):
            if path.lower().endswith(ending):
                try:
                    text = decode_page(help_file.read(entry, MOST_BYTES), f"cp{page}")
                except Unreadable as error:
                    gaps.append(error)
                    continue
                for name, local in _site_map(text):
                    where = posixpath.normpath(posixpath.join(posixpath.dirname(path), _local(local)))
                    found.setdefault(where, name)
                    if len(found) >= MOST_NAMES:
                        return found
    return found


def _site_map(text: str) -> Iterator[tuple[str, str]]:
    """Name and page of each entry: `<param name="Name" value="…">`, then `<param name="Local" value="…">`."""
    low = text.lower()
    name = ""
    at = low.find("<param")
    while at >= 0:
        end = low.find(">", at)
        if end < 0:
            return
        tag = text[at:end] if end - at < 4096 else ""
        match attribute(tag, "name").lower():
            case "name":
                name = name or attribute(tag, "value")
            case "local":
                if name and (local := attribute(tag, "value")):
                    yield name, local
                name = ""
            case _:
                pass
        following = low.find("<param", end)
        if low.find("<object", end, following if following >= 0 else len(low)) >= 0:
            name = ""
        at = following


def _local(address: str) -> str:
    """The path of a page: without what may stand before it (`mk:@MSITStore:x.chm::/`) and behind it."""
    path = address.rpartition("::")[2].partition("#")[0].replace("\\", "/")
    return unquote(path)


def _system(help_file: HelpFile) -> _System:
    """Title and language of `#SYSTEM`: entries of code, length and value after four bytes of version."""
    entry = help_file.entries.get("/#SYSTEM")
    if entry is None:
        return _System()
    data = help_file.read(entry, 65536)
    title, language, at = b"", 0, 4
    while at + 4 <= len(data):
        code, length = struct.unpack_from("<HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if code == _TITLE:
            title = value[:_LONGEST].partition(b"\0")[0]
        elif code == _LANGUAGE and len(value) >= 4:
            language = struct.unpack_from("<I", value)[0]
        at += 4 + length
    return _System(title, language)
