"""Statements as Word and PDF tables and in the form of an OpenACR: what is claimed, and what is refused in one line."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from cpo_scan.layers.openacr import claimed
from cpo_scan.layers.statement import Claim, Word, read_statement
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.pdf_tables import tables_of
from cpo_scan.rulebook.word_tables import word_tables
from tests.layers.conftest import TODAY

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
HEAD = ["Kriterium", "Aussage", "Begründung"]
Read = Callable[[str, bytes], tuple[Claim, ...]]


@pytest.fixture
def read(rulebook: Rulebook, tmp_path: Path) -> Read:
    def made(name: str, content: bytes) -> tuple[Claim, ...]:
        file = tmp_path / name
        file.write_bytes(content)
        return read_statement(str(file), rulebook, TODAY)

    return made


def docx(body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def table(*rows: list[str]) -> str:
    def cell(text: str) -> str:
        inner = text if text.startswith("<") else f"<w:r><w:t>{text}</w:t></w:r>"
        return f"<w:tc><w:p>{inner}</w:p></w:tc>"

    return f"<w:tbl>{''.join('<w:tr>' + ''.join(map(cell, row)) + '</w:tr>' for row in rows)}</w:tbl>"


def pdf(*tables: list[list[str]], lines: bool = True) -> bytes:
    out, style = io.BytesIO(), getSampleStyleSheet()["Normal"]
    parts: list[Any] = []
    for rows in tables:
        cells = [[Paragraph(text, style) for text in row] for row in rows]
        grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)] if lines else []
        parts += [Table(cells, colWidths=(110, 80, 300), style=grid), Paragraph("between", style)]
    SimpleDocTemplate(out, pagesize=A4).build(parts)
    return out.getvalue()


def words(claims: tuple[Claim, ...]) -> dict[str | None, Word]:
    return {one.criterion: one.claim for one in claims}


# -- Word


def test_a_word_table_is_read(read: Read) -> None:
    body = table(HEAD, ["P-2.4-01", "ja", "im Handbuch"], ["P-2.4-07", "nein", ""], ["P-2.5-01", "", ""])
    assert read("s.docx", docx(body)) == (
        Claim(claim=Word.YES, criterion="P-2.4-01", text="im Handbuch"),
        Claim(claim=Word.NO, criterion="P-2.4-07"),
    )


def test_all_tables_with_the_head_are_read_and_no_others(read: Read) -> None:
    body = (
        table(["Name", "Version"], ["Open PLM", "4"])
        + table(HEAD, ["P-2.4-01 Interfaces are documented", "yes", ""])
        + "<w:p/>"
        + table(["id", "text", "claim"], ["P-2.5-01", "AP242", "partly"])
    )
    assert words(read("s.docx", docx(body))) == {"P-2.4-01": Word.YES, "P-2.5-01": Word.PARTLY}


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("☒ yes ☐ partly ☐ no", Word.YES),
        ("☐ ja ☑ teilweise ☐ nein", Word.PARTLY),
        ("☐ yes ☐ partly ☐ no", None),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>no</w:t></w:r>', Word.NO),
        ('<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>'
         "</w:fldChar><w:t>yes</w:t></w:r>", Word.YES),
        ("<w:sdt><w:sdtContent><w:r><w:t>n/a</w:t></w:r></w:sdtContent></w:sdt>", Word.NOT_APPLICABLE),
        ("<w:del><w:r><w:delText>no</w:delText></w:r></w:del><w:ins><w:r><w:t>yes</w:t></w:r></w:ins>", Word.YES),
    ],
)  # fmt: skip
def test_boxes_and_tracked_changes_mean_what_a_reader_sees(read: Read, cell: str, word: Word | None) -> None:
    found = words(read("s.docx", docx(table(HEAD, ["P-2.4-01", cell, ""]))))
    assert found == ({} if word is None else {"P-2.4-01": word})


def test_a_column_for_each_answer_is_read_by_its_mark(read: Read) -> None:
    body = table(["id", "yes", "partly", "no"], ["P-2.4-01", "", "X", ""], ["P-2.4-07", "", "", ""])
    assert words(read("s.docx", docx(body))) == {"P-2.4-01": Word.PARTLY}


def test_a_table_inside_of_a_cell_is_not_its_text() -> None:
    inner = f"<w:tbl><w:tr><w:tc><w:p>{'<w:r><w:t>inner</w:t></w:r>'}</w:p></w:tc></w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc><w:p><w:r><w:t>outer</w:t></w:r></w:p>{inner}</w:tc></w:tr></w:tbl>"
    assert word_tables("s", docx(body)) == [[["outer"]]]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (table(HEAD, ["P-9", "yes", ""]), ": table 1, row 2: the catalogue cpo-provisional has no criterion 'P-9'"),
        (table(HEAD, ["P-2.4-01", "maybe", ""]), ": table 1, row 2: 'maybe' is no claim"),
        (table(HEAD, ["P-2.4-01", "☒ yes ☒ no", ""]), "'☒ yes ☒ no' is no claim"),
        (table(HEAD, ["", "yes", ""]), ": table 1, row 2: no criterion stands in the column id"),
        (table(HEAD, *[["P-2.4-01", "yes", ""]] * 2), ": table 1, row 3: P-2.4-01 stands here twice"),
        (table(["id", "yes", "no"], ["P-2.4-01", "x", "x"]), "marks in yes and no: one claim is expected"),
        (table(["a", "b"]), "no table whose first row names id and claim"),
        ("", "no table whose first row names id and claim"),
    ],
)
def test_a_word_document_that_is_no_statement_is_refused_in_one_line(read: Read, body: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        read("s.docx", docx(body))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", docx("")[:60]], ids=["nothing", "zip", "ole", "cut"]
)
def test_what_is_no_word_document_is_refused(read: Read, content: bytes) -> None:
    with pytest.raises(RuleError, match=r"s\.docx: no Word document"):
        read("s.docx", content)


def test_a_document_with_entities_is_refused(read: Read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(
            "word/document.xml",
            f'<!DOCTYPE w:document [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document {W}>&e;</w:document>',
        )
    with pytest.raises(RuleError, match="document type declaration"):
        read("s.docx", out.getvalue())


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader_of_word_documents(content: bytes) -> None:
    with pytest.raises(RuleError):
        word_tables("s.docx", content)


# -- PDF


def test_a_pdf_table_is_read(read: Read) -> None:
    rows = [HEAD, ["P-2.4-01 Interfaces are documented", "ja", "im Handbuch, " * 12], ["P-2.4-07", "nein", "-"]]
    found = read("s.pdf", pdf(rows))
    assert words(found) == {"P-2.4-01": Word.YES, "P-2.4-07": Word.NO}
    assert found[0].text == ("im Handbuch, " * 12).strip()


def test_a_table_over_several_pages_goes_on(read: Read) -> None:
    document = pdf([HEAD, *([f"P-2.4-{number:02}", "yes", "word " * 200] for number in range(1, 8))])
    tables = tables_of(document)
    assert not isinstance(tables, str)
    assert len({page for page, _ in tables}) > 1
    found = read("s.pdf", document)
    assert [one.criterion for one in found] == [f"P-2.4-{number:02}" for number in range(1, 8)]
    assert {one.text for one in found} == {("word " * 200).strip()}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", pdf([HEAD])[:200]])
def test_what_is_no_pdf_is_refused_in_one_line(read: Read, content: bytes) -> None:
    with pytest.raises(RuleError, match=r"save the statement as DOCX|no table whose first row") as caught:
        read("s.pdf", content)
    assert "\n" not in str(caught.value)


def test_a_pdf_without_lines_says_what_to_do(read: Read) -> None:
    with pytest.raises(RuleError, match=r"in a PDF its cells need lines around them\. Give the statement as DOCX"):
        read("s.pdf", pdf([HEAD, ["P-2.4-01", "ja", ""]], lines=False))


def test_without_the_extra_it_says_how_to_get_it(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpo_scan.rulebook.pdf_tables.find_spec", lambda _: None)
    with pytest.raises(RuleError, match=r"needs pdfplumber: pip install 'cpo-scan\[statements\]'"):
        read("s.pdf", b"%PDF-1.7")


# -- OpenACR

OPENACR = """\
title: Open PLM conformance report
product: {name: Open PLM, version: "4.2"}
author: {name: V. Endor, email: v@example.com}
report_date: "2026-05-01T10:00:00Z"
chapters:
  "2.4":
    notes: Interfaces
    criteria:
      - num: P-2.4-01
        components:
          - {name: web, adherence: {level: supports, notes: In the manual.}}
          - {name: docs, adherence: {level: not-applicable}}
      - num: P-2.4-07
        components:
          - {name: web, adherence: {level: does-not-support, notes: None.}}
      - num: P-2.4-08
        components:
          - {name: web, adherence: {level: not-evaluated}}
"""


def test_an_openacr_is_read(read: Read) -> None:
    first, second = read("s.yaml", OPENACR.encode())
    assert (first.criterion, first.claim, first.text, first.person) == (
        "P-2.4-01",
        Word.YES,
        "In the manual.",
        "V. Endor",
    )
    assert (str(first.date), first.release) == ("2026-05-01", "4.2")
    assert (second.criterion, second.claim) == ("P-2.4-07", Word.NO)


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ({"supports"}, Word.YES),
        ({"supports", "not-applicable"}, Word.YES),
        ({"supports", "not-evaluated"}, Word.PARTLY),
        ({"supports", "does-not-support"}, Word.PARTLY),
        ({"partially-supports"}, Word.PARTLY),
        ({"does-not-support"}, Word.NO),
        ({"does-not-support", "not-applicable"}, Word.NO),
        ({"not-applicable"}, Word.NOT_APPLICABLE),
        ({"not-applicable", "not-evaluated"}, None),
        ({"not-evaluated"}, None),
        (set(), None),
    ],
)
def test_levels_of_components_make_one_claim(levels: set[str], word: Word | None) -> None:
    assert claimed(levels) == word


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("P-2.4-07", "1.1.1", ":13: the catalogue cpo-provisional has no criterion '1.1.1'"),
        ("P-2.4-07", "P-2.4-01", ":13: P-2.4-01 stands here twice"),
        ("level: supports", "level: sure", ":11:"),
        ("2026-05-01T", "2026-12-01T", ":4: dated 2026-12-01, after 2026-06-30"),
    ],
)
def test_an_openacr_that_is_not_as_it_must_be_is_refused(read: Read, old: str, new: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        read("s.yaml", OPENACR.replace(old, new, 1).encode())
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
