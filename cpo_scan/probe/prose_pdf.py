"""Running text of PDF files (ISO 32000-2) by PDFium, page by page.

Text that stands in images is not seen. Files that only a password opens are not read; those whose password is empty
are, as in every viewer. PDFium is native code: what it trips over costs a worker and not the scan.
"""

import codecs
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from cpo_scan.model import Severity
from cpo_scan.probe.prose import MOST_HEADINGS, Heading, Prose, Writer, folded
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MOST_PAGES = 10_000
MOST_PAGE_TEXT = 200_000
"""Characters of one page that are kept; a page of prose has some thousands."""
INSTALL = "pip install pypdfium2"
_DEEPEST = 8  # levels of the outline
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY of fpdfview.h
_HEAD = 32 * 2**10


def read_pdf(content: Content, checkpoint: Callable[[], None]) -> Prose:
    """The prose of a PDF file, `page` as its places. Raises Unreadable: no reader, encrypted, damaged."""
    try:
        from pypdfium2 import PdfDocument, PdfiumError
    except ImportError:
        raise Unreadable("prose.no_reader", format="pdf", install=INSTALL) from None
    logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)  # what it puts up with is none of the user's business
    try:
        document = PdfDocument(content.open())
    except PdfiumError as error:
        if error.err_code in (_PASSWORD, _SECURITY):
            raise Unreadable("pdf.encrypted") from None
        raise Unreadable("pdf.malformed", error=error.err_code or 0) from None
    with closing(document):
        return _read(document, checkpoint)


def _read(document: "PdfDocument", checkpoint: Callable[[], None]) -> Prose:
    from pypdfium2 import PdfiumError

    writer, failed, pages = Writer(), 0, len(document)
    for number in range(min(pages, MOST_PAGES)):
        checkpoint()
        if writer.full:
            break
        writer.mark(page=number + 1)
        try:
            writer.block(_page(document, number))
        except PdfiumError:
            failed += 1
    text = writer.text()
    if failed and failed == pages:
        raise Unreadable("pdf.malformed", error="pages")
    return Prose(
        text=text,
        title=_printable(document.get_metadata_value("Title")),
        language=_language(document),
        headings=_outline(document, writer, text) or tuple(_numbered(text)),
        marks=tuple(writer.marks),
        whole=not failed and len(writer.marks) == pages,
        gaps=tuple(_gaps(pages, len(writer.marks), failed, text)),
    )


def _page(document: "PdfDocument", number: int) -> str:
    """The text of a page, lines ended by a line feed."""
    with closing(document[number]) as page, closing(page.get_textpage()) as words:
        return str(words.get_text_range(0, min(words.count_chars(), MOST_PAGE_TEXT))).replace("\r\n", "\n")


def _gaps(pages: int, read: int, failed: int, text: str) -> Iterator[Unreadable]:
    if failed:
        yield Unreadable("pdf.pages_failed", pages=failed, of=pages)
    if read < pages:
        yield LimitHit("pdf.pages_limit", pages=read, of=pages)
    if pages and not failed and not text.strip():
        yield Unreadable("pdf.no_text", severity=Severity.BY_DESIGN, pages=pages)


def _language(document: "PdfDocument") -> str:
    """The language that the catalog states (14.9.2), a tag in UTF-16."""
    import ctypes

    from pypdfium2 import raw

    buffer = (ctypes.c_ushort * 32)()
    size = raw.FPDFCatalog_GetLanguage(document, buffer, ctypes.sizeof(buffer))
    if not 2 < size <= ctypes.sizeof(buffer):
        return ""
    return _printable(bytes(buffer)[: size - 2].decode("utf-16-le", "replace"))


def _printable(text: str) -> str:
    return folded("".join(sign if sign.isprintable() else " " for sign in text))


def _outline(document: "PdfDocument", writer: Writer, text: str) -> tuple[Heading, ...]:
    """Headings by the outline (12.3.3), each where its words stand on its page."""
    found: list[Heading] = []
    starts = [mark.at for mark in writer.marks]
    for entry in document.get_toc(max_depth=_DEEPEST):
        destination = entry.get_dest()
        page = destination.get_index() if destination is not None else None
        name = _printable(entry.get_title())
        if len(found) >= MOST_HEADINGS:
            break
        if not name or page is None or not 0 <= page < len(starts):
            continue
        end = starts[page + 1] if page + 1 < len(starts) else len(text)
        at = text.find(name, starts[page], end)
        found.append(Heading(max(at, starts[page]), min(6, entry.level + 1), name))
    return tuple(sorted(found, key=lambda heading: heading.at))


def _numbered(text: str) -> Iterator[Heading]:
    """Lines such as `3.2 Installing the server`: headings where a document has no outline."""
    at = count = 0
    for line in text.replace("\u2029", "\n").split("\n"):
        number, _, name = line.strip().partition(" ")
        parts, name = number.rstrip(".").split("."), name.strip()
        if (
            len(parts) <= 4
            and all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts)
            and 3 <= len(name) <= 80
            and name[0].isupper()
            and not name[-1].isdigit()
            and name[-1] not in ".,;:"
            and len(name.split()) <= 10
        ):
            count += 1
            if count > MOST_HEADINGS:
                return
            yield Heading(at, len(parts), folded(name))
        at += len(line) + 1


def title_in_head(head: bytes) -> str:
    """The title that a PDF states in its first bytes (14.3.3), for want of a reader; empty where it is not there."""
    at = head[:_HEAD].find(b"/Title") if head.startswith(b"%PDF-") else -1
    rest = head[at + 6 : at + 406].lstrip() if at >= 0 else b""
    if not rest.startswith(b"("):
        return ""
    value, depth, skip = bytearray(), 1, False
    for byte in rest[1:]:
        if skip:
            value.append(byte)
        elif byte != 0x5C:
            depth += (byte == 0x28) - (byte == 0x29)
            if not depth:
                break
            value.append(byte)
        skip = byte == 0x5C and not skip
    marked = value.startswith(codecs.BOM_UTF16_BE)
    return _printable(value[2:].decode("utf-16-be", "replace") if marked else value.decode("latin-1")).strip()
