"""Documents of our own making for the tests of the readers: PDF, office packages and documents, EPUB, compiled help."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from tests.targets.made_boxes import NONE, compound
from tests.targets.made_lzx import FRAME, lzx

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DC = "http://purl.org/dc/elements/1.1/"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", language: str = "", outline: Sequence[str] = ()) -> bytes:
    """A PDF of lines of text, one page each; the outline names pages from the first on."""
    bodies: list[bytes] = []

    def add(body: str | bytes) -> int:
        bodies.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(bodies)

    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    first = 4 + 2 * count
    add(
        f"<< /Type /Catalog /Pages 2 0 R {f'/Lang ({language})' if language else ''} "
        f"{f'/Outlines {first} 0 R' if outline else ''} >>"
    )
    add(f"<< /Type /Pages /Count {count} /Kids [{kids}] >>")
    add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    for number, lines in enumerate(pages):
        add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        )
        escaped = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines]
        shown = "BT /F 12 Tf 72 770 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
        add(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
    if outline:
        add(f"<< /Type /Outlines /First {first + 1} 0 R /Last {first + len(outline)} 0 R /Count {len(outline)} >>")
        for number, name in enumerate(outline):
            following = f"/Next {first + 2 + number} 0 R" if number + 1 < len(outline) else ""
            add(f"<< /Title ({name}) /Parent {first} 0 R /Dest [{4 + 2 * number} 0 R /Fit] {following} >>")
    information = add(f"<< /Title ({title}) >>") if title else 0
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    info = b"/Info %d 0 R " % information if information else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, info, start)
    return bytes(out)


def package(members: Mapping[str, str]) -> bytes:
    """A ZIP package of texts; `mimetype` is stored, as its standards want it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), text, kind)
    return buffer.getvalue()


def docx(paragraphs: Sequence[tuple[str, str]], *, title: str = "") -> bytes:
    """Paragraphs with the id of their style. `berschrift1` is what German Word calls the built-in style heading 1."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text[:3]}</w:t></w:r>'
        f"<w:r><w:t>{text[3:]}</w:t></w:r></w:p>"
        for style, text in paragraphs
    )
    return package(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{_W}"><w:style w:styleId="berschrift1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
            "docProps/core.xml": f'<properties xmlns:dc="{_DC}"><dc:title>{title}</dc:title></properties>',
        }
    )


def pptx(slides: Sequence[tuple[str, str]]) -> bytes:
    """Slides: title and text."""
    members = {"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": f'<p:presentation xmlns:p="{_P}"/>'}
    for number, (title, text) in enumerate(slides, 1):
        members[f"ppt/slides/slide{number}.xml"] = (
            f'<p:sld xmlns:p="{_P}" xmlns:a="{_A}"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr>'
            f"<a:p><a:r><a:t>{title}</a:t></a:r></a:p></p:sp><p:sp><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp></p:sld>"
        )
    return package(members)


def xlsx(sheet: str, rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet; texts are shared strings, as spreadsheets write them."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row))
    cells = "".join(
        "<row>" + "".join(f'<c t="s"><v>{texts.index(cell)}</v></c>' for cell in row) + "</row>" for row in rows
    )
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{_S}"><sheets><sheet name="{sheet}"/></sheets></workbook>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_S}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_S}"><sheetData>{cells}</sheetData></worksheet>',
        }
    )


def odt(body: str, *, title: str = "") -> bytes:
    """A text document with this content of `office:text`."""
    office = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    text = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {office} {text}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
            "meta.xml": f'<office:document-meta {office} xmlns:dc="{_DC}"><dc:title>{title}</dc:title>'
            "</office:document-meta>",
        }
    )


def epub(pages: Mapping[str, str], *, title: str = "") -> bytes:
    """A book whose spine has the pages in this order."""
    items = "".join(f'<item id="i{number}" href="{name}"/>' for number, name in enumerate(pages))
    spine = "".join(f'<itemref idref="i{number}"/>' for number in range(len(pages)))
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container/>",
            "OPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
            f"<dc:language>en</dc:language></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"OPS/{name}": f"<html><body>{text}</body></html>" for name, text in pages.items()},
        }
    )


def chm(
    title: str,
    pages: Mapping[str, bytes | str],
    *,
    language: int = 0x0407,
    together: int = 1,
    packed: bool = True,
) -> bytes:
    """Compiled help: its files (paths begin with `/`), packed so many frames together, or as they are."""
    raws = {name: text if isinstance(text, bytes) else text.encode("cp1252") for name, text in pages.items()}
    system = struct.pack("<I", 3) + struct.pack("<HHI", 4, 4, language)
    if title:
        system += struct.pack("<HH", 3, len(title) + 1) + title.encode("cp1252") + b"\0"
    plain = b"".join(raws.values())
    frames, places, size = _frames(plain, together)
    control = struct.pack("<I4s5I", 6, b"LZXC", 2, together, 1, 1, 0)
    resets = struct.pack("<IIIIQQQ", 2, len(places), 8, 0x28, len(plain), size, FRAME)
    resets += b"".join(struct.pack("<Q", place) for place in places)
    storage = "::DataSpace/Storage/MSCompressed/"
    kept = {
        "/#SYSTEM": system,
        f"{storage}Content": frames,
        f"{storage}ControlData": control,
        f"{storage}Transform/{{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}}/InstanceData/ResetTable": resets,
    }
    kept |= {} if packed else raws
    entries, section0, at = b"", b"", 0
    for name, raw in kept.items():
        entries += _entry(name, 0, len(section0), len(raw))
        section0 += raw
    for name, raw in raws.items() if packed else ():
        entries += _entry(name, 1, at, len(raw))
        at += len(raw)
    chunk = 4096
    listing = b"PMGL" + struct.pack("<IIII", chunk - 20 - len(entries), 0, 0xFFFFFFFF, 0xFFFFFFFF) + entries
    assert len(listing) <= chunk
    listing += bytes(chunk - len(listing))
    header = b"ITSP" + struct.pack("<IIIIIIIII", 1, 84, 10, chunk, 2, 1, 0xFFFFFFFF, 0, 0) + bytes(44)
    directory = 96
    data = directory + len(header) + chunk
    head = b"ITSF" + struct.pack("<IIIII", 3, 96, 1, 0, 0x0409) + bytes(32)
    head += struct.pack("<QQQQQ", 0, 0, directory, len(header) + chunk, data)
    return head + header + listing + section0


def _entry(name: str, section: int, offset: int, size: int) -> bytes:
    raw = name.encode()
    return _number(len(raw)) + raw + _number(section) + _number(offset) + _number(size)


def _frames(plain: bytes, together: int) -> tuple[bytes, list[int], int]:
    """Packed frames, where each begins, and their size; so many of them share a beginning."""
    packed, places = b"", []
    for start in range(0, len(plain), together * FRAME):
        stretch = plain[start : start + together * FRAME]
        stretch += bytes(-len(stretch) % FRAME)
        for frame, _ in lzx(stretch, window=15):
            places.append(len(packed))
            packed += frame
    return packed, places, len(packed)


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of at most three streams."""
    entries: list[tuple[str, int, int, int, int, int, int]] = []
    sectors: list[bytes] = []
    table = [0xFFFFFFFD, 0xFFFFFFFE]  # its own sector, the directory
    for number, (name, short) in enumerate(streams.items(), 1):
        raw = short.ljust(4096, b"\0")  # so that it lies in sectors of its own
        right = number + 1 if number < len(streams) else NONE
        entries.append((name, 2, NONE, right, NONE, len(table), len(raw)))
        count = -(-len(raw) // 512)
        sectors += [raw[512 * at : 512 * at + 512] for at in range(count)]
        table += [len(table) + at + 1 for at in range(count - 1)] + [0xFFFFFFFE]
    root = ("Root Entry", 5, NONE, NONE, 1 if streams else NONE, 0xFFFFFFFE, 0)
    assert len(table) <= 128
    return compound([root, *entries], sectors, table)


def doc(
    paragraphs: Sequence[tuple[str, int]], *, boxes: str = "", title: str = "", flags: int = 0, version: int = 0xC1
) -> bytes:
    """A Word document of paragraphs, each with the number of its style; every second piece has one byte a character."""
    texts = [text + "\r" for text, _ in paragraphs]
    texts += [boxes] if boxes else []
    styles = [style for _, style in paragraphs] + [0]
    body, pieces, bounds, starts = bytearray(2048), b"", [0], [2048]
    for number, text in enumerate(texts):
        if number % 2:
            pieces += struct.pack("<HIH", 0, len(body) * 2 | 0x40000000, 0)
            body += text.encode("cp1252")
            body += bytes(len(body) % 2)
        else:
            pieces += struct.pack("<HIH", 0, len(body), 0)
            body += text.encode("utf-16-le")
        bounds.append(bounds[-1] + len(text))
        starts.append(len(body))
    count = len(texts)
    table = b"".join(struct.pack("<I", bound) for bound in bounds) + pieces
    clx = b"\1\2\0ab" + b"\2" + struct.pack("<I", len(table)) + table
    papers = struct.pack("<III", 2048, len(body), 3)  # the properties stand in page 3
    page = b"".join(struct.pack("<I", start) for start in starts)
    page += b"".join(bytes([(400 + 8 * number) // 2]) + bytes(12) for number in range(count))
    page = page.ljust(400, b"\0") + b"".join(
        struct.pack("<BHHB", 3, style, 0x2640, 9 if not style else style - 1) + bytes(2) for style in styles[:count]
    )
    body[1536:2048] = page.ljust(511, b"\0")[:511] + bytes([count])
    boxed = len(boxes)
    struct.pack_into("<HH", body, 0, 0xA5EC, version)
    struct.pack_into("<H", body, 10, flags | 0x0200)
    struct.pack_into("<7i", body, 76, bounds[-1] - boxed, 0, 0, -1, 0, 0, boxed)
    struct.pack_into("<II", body, 154 + 13 * 8, 0, len(papers))
    struct.pack_into("<II", body, 154 + 33 * 8, len(papers), len(clx))
    return ole({"WordDocument": bytes(body), "1Table": papers + clx, "\5SummaryInformation": properties({2: title})})


def properties(values: Mapping[int, str | Sequence[str]], *, page: int = 1252) -> bytes:
    """A property set of strings and vectors of strings."""
    name = "utf-8" if page == 65001 else f"cp{page}"
    raws = {1: struct.pack("<IHH", 2, page, 0)}
    for key, value in values.items():
        listed = [value] if isinstance(value, str) else list(value)
        raw = struct.pack("<I", 0x1E) if isinstance(value, str) else struct.pack("<II", 0x101E, len(listed))
        for one in listed:
            text = one.encode(name) + b"\0"
            raw += struct.pack("<I", len(text)) + text
        raws[key] = raw + bytes(-len(raw) % 4)
    at = 8 + 8 * len(raws)
    rows = places = b""
    for key, raw in raws.items():
        rows += struct.pack("<II", key, at)
        at += len(raw)
        places += raw
    head = struct.pack("<HHI16sI", 0xFFFE, 0, 0, bytes(16), 1) + bytes(16) + struct.pack("<I", 48)
    return head + struct.pack("<II", at, len(raws)) + rows + places


def _number(value: int) -> bytes:
    """Seven bits a byte, the highest first."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
