"""Which reader for which format: the running text of an artifact."""

from collections.abc import Callable

import msgspec

from cpo_scan.model import Artifact, Severity
from cpo_scan.probe.prose import MOST_BYTES, MOST_PLAIN, Prose
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_tags import DITA, DOCBOOK, HTML, Dialect
from cpo_scan.probe.text import decode, encoding_of
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

LINES = frozenset({"markdown", "restructuredtext", "asciidoc", "man", "info", "texinfo", "text"})
MARKUP: dict[str, Dialect] = {"html": HTML, "docbook": DOCBOOK, "dita": DITA}
PACKED = frozenset({"pdf", "ooxml", "odf", "epub", "rtf", "chm", "msoffice"})
MOST_RTF = 64 * 2**20  # pictures stand in it as digits
NOT_READ = frozenset({"sxw", "xps", "postscript", "qt-help"})
"""Documents for which there is no reader here; each is said to be unread."""

READABLE = LINES | MARKUP.keys() | PACKED | NOT_READ
"""Formats that `read_prose` knows, also those of which it only says that they are not read."""

# Encodings that a page may declare (names of the WHATWG Encoding Standard).
CHARSETS = frozenset(
    [
        "us-ascii",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-5",
        "iso-8859-7",
        "iso-8859-9",
        "iso-8859-15",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "koi8-r",
        "shift_jis",
        "euc-jp",
        "iso-2022-jp",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
        "euc-kr",
    ]
)


def read_prose(artifact: Artifact, content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    """The running text of a document. Raises Unreadable where there is none to be had, LookupError for other formats.

    `checkpoint` is called now and then and may raise.
    """
    form = artifact.format or ""
    if form in NOT_READ:
        raise _not_read(form)
    if form in PACKED:
        return _PACKED[form](content, limits, checkpoint)
    if form not in READABLE:
        raise LookupError(f"{form or 'an unknown format'} is no document")
    most = MOST_PLAIN if form == "text" else MOST_BYTES
    data = bytes(content.whole()[:most])
    whole = artifact.size <= most
    gaps = () if whole else (LimitHit("prose.cut", severity=Severity.BY_DESIGN, read=most, size=artifact.size),)
    if form in MARKUP:
        prose = read_markup(decode_page(data), MARKUP[form], whole=whole)
    else:
        from cpo_scan.probe.prose_lines import read_lines

        prose = read_lines(decode(data), form, whole=whole)
    return msgspec.structs.replace(prose, gaps=gaps) if gaps else prose


def _not_read(form: str) -> Unreadable:
    return Unreadable("prose.not_read", severity=Severity.BY_DESIGN, format=form)


def _pdf(content: Content, _: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_pdf import read_pdf

    return read_pdf(content, checkpoint)


def _ooxml(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_office import read_ooxml

    return read_ooxml(content, limits, checkpoint)


def _odf(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_office import read_odf

    return read_odf(content, limits, checkpoint)


def _epub(content: Content, limits: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_office import read_epub

    return read_epub(content, limits, checkpoint)


def _rtf(content: Content, _: Limits, __: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_rtf import read_rtf

    return read_rtf(bytes(content.whole()[:MOST_RTF]))


def _chm(content: Content, _: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_chm import read_chm

    return read_chm(content, checkpoint)


def _msoffice(content: Content, _: Limits, checkpoint: Callable[[], None]) -> Prose:
    from cpo_scan.probe.prose_word import read_msoffice

    return read_msoffice(content, checkpoint)


_PACKED: dict[str, Callable[[Content, Limits, Callable[[], None]], Prose]] = {
    "pdf": _pdf,
    "ooxml": _ooxml,
    "odf": _odf,
    "epub": _epub,
    "rtf": _rtf,
    "chm": _chm,
    "msoffice": _msoffice,
}


def decode_page(data: bytes, otherwise: str = "latin-1") -> str:
    """The text of a page in markup: by its mark, else the encoding that it declares, else UTF-8, else as said."""
    name, mark = encoding_of(data)
    if mark or name != "utf-8":
        return data[mark:].decode(name, "replace")
    start = data[:2048].lower()
    declared = ""
    for key in (b"charset=", b"encoding="):
        at = start.find(key)
        if at >= 0:
            rest = start[at + len(key) : at + len(key) + 32].lstrip(b"\"' ")
            end = next((place for place, byte in enumerate(rest) if byte in b"\"' ;>/\r\n\t?"), len(rest))
            declared = rest[:end].decode("ascii", "replace")
            break
    if declared in CHARSETS:
        return data.decode(declared, "replace")
    # The head of a page may end within a character: up to three bytes of it are no error.
    for cut in range(4):
        try:
            return data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8" if declared == "utf-8" else otherwise, "replace")
