"""The running text of documents: what each reader makes of its format, and that any bytes are borne."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.model import Artifact, Recognition
from cpo_scan.probe.prose import BREAK, MOST_PLAIN, Prose, sentence
from cpo_scan.probe.prose_formats import LINES, PACKED, decode_page, read_prose
from cpo_scan.probe.prose_lines import read_lines
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_pdf import title_in_head
from cpo_scan.probe.prose_tags import DITA, DOCBOOK, HTML
from cpo_scan.probe.testing import recognise
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from tests.probe import papers


def read(data: bytes, form: str | None = None, name: str = "paper") -> Prose:
    found = Recognition(format=form) if form else recognise(name, data)
    artifact = Artifact(path=name, size=len(data), sha256=None, recognition=found)
    return read_prose(artifact, BytesContent(data), Limits(), lambda: None)


def parts(prose: Prose) -> list[tuple[str, str]]:
    """Heading and text of each section that has a text."""
    said = [(one.heading, prose.text[one.start : one.end].replace(BREAK, " ").split()) for one in prose.sections()]
    return [(heading, " ".join(words)) for heading, words in said if words]


# -- lines and markup


def test_html_gives_text_headings_links_and_places() -> None:
    page = (
        '<html lang="en"><head><title>Parts &amp; views</title><script>var x = "no text";</script></head>\n'
        '<body><h1 id="top">Parts</h1><p>Compare <b>two</b> parts.</p>\n<h2>Export</h2><!-- none -->'
        '<p>Written as <a name="step" href="step.html#ap242">STEP</a>.</p></body></html>'
    )
    prose = read_markup(page, HTML)
    assert (prose.title, prose.language) == ("Parts & views", "en")
    assert parts(prose)[1:] == [("Parts", "Parts Compare two parts."), ("Export", "Export Written as STEP .")]
    assert (prose.links, prose.anchors) == (("step.html#ap242",), ("top", "step"))
    assert "no text" not in prose.text and prose.text.count("\n") == page.count("\n")
    assert prose.place(prose.text.index("STEP")) == {"line": 3}
    assert prose.face is not None and (prose.face.words, prose.face.linked_words, prose.face.scripts) == (7, 1, 1)


def test_terms_and_captions_are_headings_that_divide_nothing() -> None:
    prose = read_markup("<h1>A</h1><dl><dt>Port</dt><dd>443</dd></dl>", HTML)
    assert [heading.level for heading in prose.headings] == [1, 7]
    assert parts(prose) == [("A", "A Port 443")]


def test_docbook_and_dita_headings_have_the_level_of_their_sections() -> None:
    chapter = "<chapter><title>Export</title><para>Text <![CDATA[<b>]]></para></chapter>"
    book = f"<book xml:lang='de'><title>Acme</title>{chapter}</book>"
    prose = read_markup(book, DOCBOOK)
    assert [(heading.text, heading.level) for heading in prose.headings] == [("Acme", 1), ("Export", 2)]
    assert (prose.title, prose.language) == ("Acme", "de") and "Text <b>" in " ".join(prose.text.split())
    topic = read_markup(
        "<topic><title>Ports</title><prolog><p>hidden</p></prolog><body><p>443</p></body></topic>", DITA
    )
    assert parts(topic) == [("Ports", "Ports 443")]


@pytest.mark.parametrize(
    ("form", "text", "headings"),
    [
        ("markdown", "# One\ntext\n\nTwo\n===\n```\n# code\n```\n## Three ##\n", ["One", "Two", "Three"]),
        ("restructuredtext", "One\n###\n\nTwo\n---\ntext\n\nSix\n---\n", ["One", "Two", "Six"]),
        ("asciidoc", "= One\n----\n= code\n----\n== Two\n", ["One", "Two"]),
        ("info", "This is x.info\n\n\x1f\nFile: x.info\n\nOne\n***\n\nTwo\n===\n", ["One", "Two"]),
        ("texinfo", "@settitle One\n@chapter Two\ntext\n", ["One", "Two"]),
        ("text", "REQUIREMENTS\n\ntext\n\nSystems:\n  Linux\n\nNotes\n-----\n", ["REQUIREMENTS", "Systems", "Notes"]),
        ("man", '.TH ACME 1 "2026" "acme 7.1"\n.SH NAME\nacme \\- compares\n.SH "SEE ALSO"\n', ["NAME", "SEE ALSO"]),
    ],
)  # fmt: skip
def test_headings_of_formats_that_are_written_in_lines(form: str, text: str, headings: list[str]) -> None:
    prose = read(text.encode(), form)
    assert [heading.text for heading in prose.headings] == headings
    assert prose.lined and all(
        prose.text.startswith(("", name), heading.at) for heading, name in zip(prose.headings, headings, strict=True)
    )


def test_man_page_loses_its_requests_and_keeps_its_lines() -> None:
    prose = read_lines('.\\" a comment\n.TH AC\\-ME \\&1\n.B acme\n\\fIpart\\fP \\-x\n', "man")
    assert prose.text.split("\n") == ["", "AC-ME 1", "acme", "part -x", ""]
    assert prose.title == "AC-ME 1"


def test_markdown_has_a_title_in_front_and_links_outside_of_code() -> None:
    text = "---\ntitle: Views\n---\n[a](b.md#c) `[d](e.md)` ![f](g.png) [h](folder/)\n"
    prose = read(text.encode(), "markdown")
    assert (prose.title, prose.links) == ("Views", ("b.md#c", "g.png"))


def test_long_text_is_cut_and_that_is_said() -> None:
    prose = read(b"word\n" * (MOST_PLAIN // 4), "text")
    assert [gap.reason.code for gap in prose.gaps] == ["prose.cut"]
    assert not prose.whole and len(prose.text) == MOST_PLAIN


def test_sentence_ends_at_points_blocks_bullets_and_blank_lines() -> None:
    text = f"First. Second STEP\nfile here. Third.{BREAK}Cell STEP{BREAK}next"
    at = text.index("STEP")
    assert sentence(text, at, at + 4, 100) == "Second STEP file here."
    assert sentence(text, text.rindex("STEP"), text.rindex("STEP") + 4, 100) == "Cell STEP"


@pytest.mark.parametrize(
    ("declared", "text"),
    [("shift_jis", "部品表を比較する"), ("windows-1252", "Stücklisten vergleichen"), ("utf-8", "比較 ü")],
)
def test_declared_encoding_of_a_page_is_used(declared: str, text: str) -> None:
    assert text in decode_page(f'<meta charset="{declared}"><title>{text}</title>'.encode(declared))
    assert text in decode_page(f'<?xml version="1.0" encoding="{declared}"?><a>{text}</a>'.encode(declared))


def test_encoding_that_is_no_text_encoding_is_not_used() -> None:
    assert "<title>A" in decode_page(b'<meta charset="zlib"><title>A</title>')


# -- packed documents


def test_pdf_gives_pages_title_language_and_outline() -> None:
    pages = [["Acme manual", "Version 7.1"], ["Installing the server", "Linux and Windows (64 bit)"]]
    prose = read(papers.pdf(pages, title="Acme", language="de-DE", outline=["Acme manual", "Installing the server"]))
    assert (prose.title, prose.language, prose.gaps, prose.whole) == ("Acme", "de-DE", (), True)
    assert parts(prose)[1] == ("Installing the server", "Installing the server Linux and Windows (64 bit)")
    assert prose.place(prose.text.index("Windows")) == {"page": 2}


def test_numbered_lines_are_the_headings_of_a_pdf_without_an_outline() -> None:
    lines = ["1 Introduction", "2.1 System requirements", "Linux", "12.5 mm", "3 Contents 17"]
    assert [heading.text for heading in read(papers.pdf([lines])).headings] == ["Introduction", "System requirements"]


def test_encrypted_pdf_is_said_to_be_unread() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(papers.pdf([["secret"]]))))
    for password, readable in (("open sesame", False), ("", True)):
        writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        if readable:
            assert "secret" in read(out.getvalue()).text
        else:
            with pytest.raises(Unreadable) as caught:
                read(out.getvalue())
            assert caught.value.reason.code == "pdf.encrypted"


def test_pdf_without_text_says_so() -> None:
    prose = read(papers.pdf([[], []]))
    assert [(gap.reason.code, str(gap.severity)) for gap in prose.gaps] == [("pdf.no_text", "by_design")]


def test_missing_reader_is_named_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    with pytest.raises(Unreadable) as caught:
        read(papers.pdf([["a"]]))
    assert caught.value.reason.code == "prose.no_reader"
    assert caught.value.reason.params["install"] == "pip install pypdfium2"


def test_title_stands_in_the_head_of_a_pdf_too() -> None:
    assert title_in_head(b"%PDF-1.7\n1 0 obj << /Title (Structure \\(Part 1\\)) >>") == "Structure (Part 1)"
    assert title_in_head(b"%PDF-1.4 /Title (\xfe\xff\0A)") == "A"


def test_docx_headings_are_told_by_built_in_styles_in_any_language() -> None:
    prose = read(papers.docx([("berschrift1", "Export"), ("Standard", "Parts are written.")], title="Acme"))
    assert (prose.kind, prose.title, parts(prose)) == ("docx", "Acme", [("Export", "Export Parts are written.")])


def test_slides_are_pages_and_their_titles_are_headings() -> None:
    prose = read(papers.pptx([("One", "first"), ("Two", "second")]))
    assert (prose.kind, parts(prose)) == ("pptx", [("One", "One first"), ("Two", "Two second")])
    assert prose.place(prose.text.index("second")) == {"page": 2}


def test_cells_of_a_sheet_are_read_row_by_row() -> None:
    prose = read(papers.xlsx("Matrix", [["System", "Version"], ["Windows", "11"]]))
    assert (prose.kind, parts(prose)) == ("xlsx", [("Matrix", "Matrix System Version Windows 11")])
    assert prose.place(prose.text.index("11")) == {"symbol": "Matrix"}


def test_opendocument_keeps_the_order_of_its_text() -> None:
    body = '<text:h text:outline-level="2">Ports</text:h><text:p>Open <text:span>443</text:span> only.</text:p>'
    prose = read(papers.odt(body, title="Acme"))
    assert (prose.kind, prose.title, parts(prose)) == ("odt", "Acme", [("Ports", "Ports Open 443 only.")])
    assert prose.headings[0].level == 2 and prose.place(0) == {}


def test_pages_of_a_book_come_in_the_order_of_its_spine() -> None:
    prose = read(
        papers.epub({"b.xhtml": "<h1>First</h1><p>one</p>", "a.xhtml": "<h1>Second</h1><p>two</p>"}, title="Acme")
    )
    assert (prose.title, prose.language) == ("Acme", "en")
    assert parts(prose) == [("First", "First one"), ("Second", "Second two")]
    assert prose.place(prose.text.index("two")) == {"symbol": "OPS/a.xhtml"}


def test_rtf_loses_its_tables_of_fonts_and_keeps_its_signs() -> None:
    head = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}"
    prose = read(head + rb"\pard\outlinelevel0 Export\par\pard Gr\'f6\'dfe \u8364?5\par}")
    assert parts(prose) == [("Export", "Export Größe €5")]


def test_format_without_a_reader_is_said_to_be_unread() -> None:
    with pytest.raises(Unreadable) as caught:
        read(b"x", "xps")
    assert (caught.value.reason.code, str(caught.value.severity)) == ("prose.not_read", "by_design")
    with pytest.raises(LookupError):
        read(b"x", "step")


def test_broken_part_of_a_package_is_a_gap() -> None:
    members = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document><w:p>"}
    assert read(papers.package(members), "ooxml").gaps[0].reason.code == "xml.malformed"


# -- hostile


@given(st.binary(max_size=300) | st.text(alphabet="<>/=\"'ahref-! title&;{}[]()#\n", max_size=300).map(str.encode))
def test_any_bytes_are_some_document_in_lines_or_markup(data: bytes) -> None:
    for form in (*LINES, "html", "docbook", "dita"):
        prose = read(data, form)
        assert all(0 <= heading.at <= len(prose.text) for heading in prose.headings)
        assert sum(one.end - one.start for one in prose.sections()) == len(prose.text)


SOUND: dict[str, bytes] = {
    "pdf": papers.pdf([["Acme", "manual"]], title="Acme", outline=["Acme"]),
    "ooxml": papers.docx([("berschrift1", "Export")]),
    "odf": papers.odt("<text:p>Text</text:p>"),
    "epub": papers.epub({"a.xhtml": "<p>a</p>"}),
    "rtf": rb"{\rtf1 {\fonttbl a}text\par}",
    "chm": papers.chm("Acme", {"/a.htm": "<p>a</p>"}),
    "msoffice": papers.doc([("Text", 1)], title="Acme"),
}


def test_every_packed_format_is_tried() -> None:
    assert set(SOUND) == PACKED


@given(st.sampled_from(sorted(SOUND)), st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_damaged_documents_are_read_or_refused(form: str, at: int, intruder: bytes) -> None:
    sound = SOUND[form]
    at %= len(sound)
    for damaged in (sound[:at], sound[:at] + intruder + sound[at + len(intruder) :]):
        try:
            read(damaged, form)
        except Unreadable as error:
            assert error.reason.code


def test_prose_is_the_same_every_time() -> None:
    readings: list[Any] = [read(data, form) for form, data in SOUND.items()]
    assert [(one.text, one.headings) for one in readings] == [
        (again.text, again.headings) for again in (read(data, form) for form, data in SOUND.items())
    ]
