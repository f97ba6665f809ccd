"""The paper of the PDF: fonts, styles, tables, the frame of each page; and texts that no page can choke on.

The fonts are the Bitstream Vera that reportlab brings; they are embedded. What they lack stands by its code point.
"""

import io
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from cpo_scan.report.inert import visible

REGULAR, BOLD = "Vera", "VeraBd"
_MARGIN = 17 * mm
WIDTH = A4[0] - 2 * _MARGIN
_FOOT = 6.5  # points
_BASELINE = _MARGIN - 1 * mm
_LONGEST = 4_000  # characters of a paragraph
_LONGEST_CELL = 600  # characters of a cell: a row has to fit on a page, whatever a target calls its parts
_INK, _SOFT, _LINE, _SHADE = (colors.HexColor(code) for code in ("#1a2233", "#556075", "#c9cfdb", "#eef1f6"))
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")


class Heading(Paragraph):
    """A heading that stands in the outline of the document; `level` counts from 0."""

    def __init__(self, text: str, style: ParagraphStyle, level: int) -> None:
        super().__init__(text, style)
        self.level = level


class Paper:
    """Makes the parts of a document, and the document of its parts."""

    def __init__(self) -> None:
        _fonts()
        self.escaped = False  # was there a character that the fonts lack?
        base = ParagraphStyle("base", fontName=REGULAR, fontSize=8, leading=11, textColor=_INK, splitLongWords=1)
        self._styles = {
            "text": ParagraphStyle("text", base, spaceAfter=3),
            "small": ParagraphStyle("small", base, fontSize=6.5, leading=8.6, textColor=_SOFT, spaceAfter=2),
            "strong": ParagraphStyle("strong", base, fontName=BOLD, spaceAfter=3),
            "cell": ParagraphStyle("cell", base, fontSize=7, leading=9),
            "cell head": ParagraphStyle("cell head", base, fontName=BOLD, fontSize=7, leading=9),
            "h0": ParagraphStyle("h0", base, fontName=BOLD, fontSize=18, leading=23, spaceAfter=6),
            "h1": ParagraphStyle("h1", base, fontName=BOLD, fontSize=12, leading=15, spaceBefore=12, spaceAfter=4),
            "h2": ParagraphStyle("h2", base, fontName=BOLD, fontSize=9, leading=12, spaceBefore=8, spaceAfter=2),
        }
        for name in ("h0", "h1", "h2"):
            self._styles[name].keepWithNext = 1

    def text(self, words: str, style: str = "text", *, before: str = "") -> Paragraph:
        """A paragraph of plain text; `before` stands in front of it in bold."""
        lead = f'<font name="{BOLD}">{self._plain(before, _LONGEST)}</font> ' if before else ""
        return Paragraph(lead + self._plain(words, _LONGEST), self._styles[style])

    def heading(self, words: str, level: int) -> Heading:
        """A heading of level 0 to 2."""
        return Heading(self._plain(words, _LONGEST_CELL), self._styles[f"h{level}"], level)

    def gap(self, height: float = 4) -> Spacer:
        """Some air, in points."""
        return Spacer(1, height)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
        """A table whose head stands on every page; `shares` of the width by column."""
        cells: list[list[Any]] = [[self._cell(word, "cell head") for word in head]] if head else []
        cells += [[self._cell(word, "cell") for word in row] for row in rows]
        whole = sum(shares)
        style: list[Any] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
        if head:
            style.append(("BACKGROUND", (0, 0), (-1, 0), _SHADE))
        return Table(
            cells,
            colWidths=[WIDTH * share / whole for share in shares],
            repeatRows=1 if head else 0,
            style=TableStyle(style),
            splitInRow=1,
        )

    def write(
        self,
        story: list[Flowable],
        stream: BinaryIO,
        *,
        title: str,
        subject: str,
        lang: str,
        moment: str,
        foot: Callable[[int], tuple[str, str]],
    ) -> None:
        """Lay out the story and write the document. `foot` gives both ends of a page's foot line; behind the second
        stands the number of all pages.

        `moment` (RFC 3339, UTC) is the date of the document; no clock is read, so equal stories give equal bytes.
        """
        document = _Document(
            stream,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN + 5 * mm,
            invariant=1,
            lang=lang,
            title=visible(title),
            author="cpo-scan",
            subject=visible(subject),
            creator="cpo-scan",
        )
        frame = Frame(_MARGIN, _MARGIN + 5 * mm, WIDTH, A4[1] - 2 * _MARGIN - 5 * mm, 0, 0, 0, 0, id="page")
        document.addPageTemplates([PageTemplate("page", [frame])])

        def made(*args: Any, **options: Any) -> Canvas:
            canvas = _Numbered(*args, **options)
            canvas.foot = lambda page: (self._printable(foot(page)[0]), self._printable(foot(page)[1]))
            stamp = _MOMENT.fullmatch(moment)
            canvas.setDateFormatter(lambda *_: f"D:{''.join(stamp.groups())}Z" if stamp else "D:19700101000000Z")
            return canvas

        document.build(story, canvasmaker=made)

    def _cell(self, words: str, style: str) -> Paragraph:
        return Paragraph(self._plain(words, _LONGEST_CELL), self._styles[style])

    def _plain(self, words: str, longest: int) -> str:
        shown = self._printable(words)
        return escape(shown if len(shown) <= longest else shown[: longest - 1] + "…")

    def _printable(self, words: str) -> str:
        shown = visible(words)
        known = _glyphs()
        if all(ord(char) in known for char in shown):
            return shown
        self.escaped = True
        return "".join(char if ord(char) in known else _code(char) for char in shown)


class _Document(BaseDocTemplate):
    headings = 0

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (reportlab's name)
        """Puts headings into the outline."""
        if isinstance(flowable, Heading):
            self.headings += 1
            key = f"part-{self.headings}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, flowable.level, closed=flowable.level > 0)


class _Numbered(Canvas):
    """Every page shows the number of all pages by one form, which is drawn when all are there."""

    foot: Callable[[int], tuple[str, str]]

    def showPage(self) -> None:  # noqa: N802 (reportlab's name)
        """Ends the page with its foot line."""
        left, right = self.foot(self.getPageNumber())
        room = pdfmetrics.stringWidth("00000", REGULAR, _FOOT)
        self.setFont(REGULAR, _FOOT)
        self.setFillColor(_SOFT)
        self.drawString(_MARGIN, _BASELINE, left)
        self.drawRightString(A4[0] - _MARGIN - room, _BASELINE, right)
        self.saveState()
        self.translate(A4[0] - _MARGIN - room, _BASELINE)
        self.doForm("pages")
        self.restoreState()
        super().showPage()

    def save(self) -> None:
        """Draws the number of pages and writes the document."""
        pages = self.getPageNumber() - 1
        self.beginForm("pages", 0, -5, 100, 15)
        self.setFont(REGULAR, _FOOT)
        self.setFillColor(_SOFT)
        self.drawString(0, 0, f" {pages}")
        self.endForm()
        super().save()


@cache
def _glyphs() -> frozenset[int]:
    """Code points that both fonts have."""
    fonts = _fonts()
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


@cache
def _fonts() -> tuple[TTFont, ...]:
    folder = Path(reportlab.__file__).parent / "fonts"
    fonts = tuple(TTFont(name, io.BytesIO((folder / f"{name}.ttf").read_bytes())) for name in (REGULAR, BOLD))
    for font in fonts:
        pdfmetrics.registerFont(font)
    return fonts


def _code(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
