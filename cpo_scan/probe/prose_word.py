"""Running text of binary Office documents: Word 97 to 2003 by its piece table, the others by their summary alone.

[MS-DOC]: the file information block tells the place of the piece table (2.4.1), which puts the text together;
paragraphs are headings by the number of their style or their outline level (2.4.6.1). Numbers of clauses below are
those of [MS-DOC], where nothing else is said.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator

from cpo_scan.model import Severity
from cpo_scan.probe.property_sets import Summary, read_summary
from cpo_scan.probe.prose import Heading, Prose, Writer, folded
from cpo_scan.targets.compound import Compound, Stream
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

MOST_STREAM = 256 * 2**20
"""Bytes of a stream that is read: pictures stand in the stream of the text."""
_KINDS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt", "VisioDocument": "vsd"}
_PAGE = 512  # bytes of a page of formatting (2.9.175)
_FIB = 0xA5EC  # 2.5.2: wIdent
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200  # 2.5.2: fEncrypted, fWhichTblStm
_CLX, _PAPERS = 154 + 33 * 8, 154 + 13 * 8  # 2.5.6: fcClx, fcPlcfBtePapx
_MAIN = 76  # 2.5.4: ccpText
_FILE_PASS, _BEGIN = 0x2F, 0x0809  # [MS-XLS] 2.4.117, 2.4.21
_USER_ENCRYPTED = 0xF3D1C4DF  # [MS-PPT] 2.3.2: headerToken
_OUTLINE_LEVEL = 0x2640  # 2.6.2: sprmPOutLvl
_CONTROL = re.compile(r"[\x00-\x1f]")
_LAST_HEADING = 9  # 2.9.271: the styles 1 to 9 are those of headings
# Sizes of the operands of properties, by the upper three bits of their numbers (2.6); None: it begins with its size.
_OPERANDS = (1, 1, 2, 4, 2, 2, None, 3)


def read_msoffice(content: Content, checkpoint: Callable[[], None]) -> Prose:
    """The prose of a .doc; of an .xls or .ppt title and names of parts, with a gap. Raises Unreadable."""
    document = Compound(content.whole())
    streams = {stream.path[0]: stream for stream in document.streams() if len(stream.path) == 1}
    kind = next((kind for name, kind in _KINDS.items() if name in streams), "")
    if "EncryptedPackage" in streams or _encrypted(document, streams):
        raise Unreadable("office.encrypted")
    summary = read_summary(document, streams)
    if kind == "doc":
        try:
            return _word(document, streams, summary, checkpoint)
        except (struct.error, IndexError, OverflowError):
            raise Unreadable("office.malformed") from None
    gap = Unreadable("office.summary_only", severity=Severity.BY_DESIGN, format=kind or "msoffice")
    headings = tuple(Heading(0, 1, folded(part)) for part in summary.parts if part)  # its text was not read
    return Prose(title=summary.title, kind=kind, headings=headings, whole=False, gaps=(gap,))


def _encrypted(document: Compound, streams: dict[str, Stream]) -> bool:
    """Do workbooks and presentations say that they are encrypted? Word is asked where it is read."""
    for name in ("Workbook", "Book"):
        if name in streams:
            head = _read(document, streams[name], 4096)
            at = 0
            while at + 4 <= len(head):
                record, size = struct.unpack_from("<HH", head, at)
                if record == _FILE_PASS:
                    return True
                if at and record != _BEGIN and record not in (0x86, 0xE1):  # write protection, interface header
                    return False
                at += 4 + size
    if "Current User" in streams:
        head = _read(document, streams["Current User"], 16)
        return len(head) == 16 and struct.unpack_from("<I", head, 12)[0] == _USER_ENCRYPTED
    return False


def _read(document: Compound, stream: Stream, most: int) -> bytes:
    return document.open(stream).read(min(stream.size, most))


def _word(document: Compound, streams: dict[str, Stream], summary: Summary, checkpoint: Callable[[], None]) -> Prose:
    stream = streams["WordDocument"]
    if stream.size > MOST_STREAM:
        raise LimitHit("limit.member_bytes", limit=MOST_STREAM)
    data = _read(document, stream, MOST_STREAM)
    identity, version = struct.unpack_from("<HH", data, 0)
    flags = struct.unpack_from("<H", data, 10)[0]
    if flags & _ENCRYPTED:
        raise Unreadable("office.encrypted")
    if identity != _FIB or version < 0xC0:  # Word 6 and 95
        raise Unreadable("prose.not_read", severity=Severity.BY_DESIGN, format="doc")
    table = streams.get("1Table" if flags & _TABLE_1 else "0Table")
    if table is None or table.size > MOST_STREAM:
        raise Unreadable("office.malformed")
    tables = _read(document, table, MOST_STREAM)
    headings = _Headings(data, _part(tables, *struct.unpack_from("<II", data, _PAPERS)))
    writer = Writer()
    paragraph = _Paragraph(writer, headings)
    for start, end, place, wide in _pieces(_part(tables, *struct.unpack_from("<II", data, _CLX)), _wanted(data)):
        checkpoint()
        if writer.full:
            break
        size = (end - start) * (2 if wide else 1)
        raw = data[place : place + size]
        text = raw.decode("utf-16-le", "replace") if wide else raw.decode("cp1252", "replace")
        paragraph.take(text, place, 2 if wide else 1)
    paragraph.end(0)
    gaps = (LimitHit("prose.text_limit"),) if writer.full else ()
    return Prose(
        text=writer.text(),
        title=summary.title,
        kind="doc",
        headings=tuple(writer.headings),
        whole=not gaps,
        gaps=gaps,
    )


def _part(data: bytes, start: int, size: int) -> bytes:
    part = data[start : start + size]
    if len(part) < size:
        raise Unreadable("office.malformed")
    return part


def _wanted(data: bytes) -> list[tuple[int, int]]:
    """The text proper and the text of boxes, as ranges of characters; what stands in notes and margins is left out."""
    main, *others = struct.unpack_from("<6i", data, _MAIN)
    # ccpText, ccpFtn, ccpHdd, a reserved one, ccpAtn, ccpEdn; then ccpTxbx (2.5.4)
    boxes = struct.unpack_from("<i", data, _MAIN + 24)[0]
    notes, margins, _, comments, endnotes = others
    if min(main, boxes, notes, margins, comments, endnotes) < 0:
        raise Unreadable("office.malformed")
    start = main + notes + margins + comments + endnotes
    return [(0, main), (start, start + boxes)]


def _pieces(clx: bytes, wanted: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, bool]]:
    """First and last character, place in the stream, and has a character two bytes? (2.9.38, 2.9.177, 2.9.73)"""
    at = 0
    while clx[at] == 1:  # properties that pieces refer to
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at] != 2:
        raise Unreadable("office.malformed")
    size = struct.unpack_from("<I", clx, at + 1)[0]
    table = clx[at + 5 : at + 5 + size]
    count = (len(table) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", table, 0)
    for first, last in wanted:
        for number in range(count):
            start, end = max(first, bounds[number]), min(last, bounds[number + 1])
            if start < end:
                field = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * number + 2)[0]
                wide = not field & 0x40000000
                place = field & 0x3FFFFFFF
                step = start - bounds[number]
                yield start, end, place + 2 * step if wide else place // 2 + step, wide


class _Paragraph:
    """Characters become paragraphs; codes of fields and objects are left out (2.4.3, 2.8.25)."""

    def __init__(self, writer: Writer, headings: "_Headings") -> None:
        self._writer, self._headings = writer, headings
        self._words: list[str] = []
        self._fields: list[bool] = []  # is this field still giving its instructions?

    def take(self, text: str, place: int, width: int) -> None:
        """The text of a piece; `place` is that of its first character in the stream."""
        start = 0
        for found in _CONTROL.finditer(text):
            self._say(text[start : found.start()])
            self._control(found.group(), place + found.start() * width)
            start = found.end()
            if self._writer.full:
                return
        self._say(text[start:])

    def _say(self, text: str) -> None:
        if text and not any(self._fields):
            self._words.append(text)

    def _control(self, sign: str, place: int) -> None:
        match sign:
            case "\r" | "\x07" | "\x0c":
                self.end(place)
            case "\x13":
                self._fields.append(True)
            case "\x14" if self._fields:
                self._fields[-1] = False
            case "\x15" if self._fields:
                self._fields.pop()
            case "\t" | "\x0b":
                self._say(" ")
            case "\x1e":
                self._say("-")
            case _:
                pass

    def end(self, place: int) -> None:
        """The paragraph ends with the character at this place of the stream."""
        if self._words:
            self._writer.block("".join(self._words), self._headings.level(place))
        self._words = []


class _Headings:
    """Which paragraphs are headings? By the pages of paragraph properties that a table lists (2.8.35, 2.9.175)."""

    def __init__(self, data: bytes, table: bytes) -> None:
        self._starts: list[int] = []
        self._levels: list[int] = []
        count = max(0, (len(table) - 4) // 8)
        pages = struct.unpack_from(f"<{count}I", table, 4 * (count + 1)) if count else ()
        rows: list[tuple[int, int]] = []
        for page in dict.fromkeys(number & 0x3FFFFF for number in pages):
            rows += _styled(data[page * _PAGE : (page + 1) * _PAGE])
        for start, level in sorted(rows):
            self._starts.append(start)
            self._levels.append(level)

    def level(self, place: int) -> int:
        """Level of the heading that the paragraph around a place of the stream is; 0 where it is none."""
        number = bisect_right(self._starts, place) - 1
        return self._levels[number] if number >= 0 else 0


def _styled(page: bytes) -> Iterator[tuple[int, int]]:
    """Where each run of paragraphs of a page begins in the stream, and its level."""
    if len(page) < _PAGE:
        return
    count = page[-1]
    if 4 * (count + 1) + 13 * count > _PAGE - 1:
        return
    starts = struct.unpack_from(f"<{count + 1}I", page, 0)
    for number in range(count):
        at = 2 * page[4 * (count + 1) + 13 * number]
        yield starts[number], _level(page, at) if at else 0
    if count:
        yield starts[count], 0


def _level(page: bytes, at: int) -> int:
    """Level by the style and the properties of a paragraph (2.9.174, 2.9.114)."""
    size = 2 * page[at] - 1
    at += 1
    if size < 0:
        size, at = 2 * page[at], at + 1
    part = page[at : min(at + size, _PAGE - 1)]
    if len(part) < 2:
        return 0
    style = struct.unpack_from("<H", part, 0)[0]
    level: int = style if 1 <= style <= _LAST_HEADING else 0
    at = 2
    while at + 3 <= len(part):
        number = struct.unpack_from("<H", part, at)[0]
        if number == _OUTLINE_LEVEL:
            level = part[at + 2] + 1 if part[at + 2] < _LAST_HEADING else 0
        operand = _OPERANDS[number >> 13]
        at += 2 + (part[at + 2] + 1 if operand is None else operand)
    return min(level, 6)
