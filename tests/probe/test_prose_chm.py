"""Compiled HTML help: its pages are read, in the order of the table of contents, and damage is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import chm
from cpo_scan.probe.prose import Prose
from cpo_scan.probe.prose_chm import read_chm
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import LimitHit, Unreadable
from tests.probe import papers


def read(data: bytes) -> Prose:
    return read_chm(BytesContent(data), lambda: None)


def contents(*rows: tuple[str, str]) -> str:
    items = "".join(
        f'<LI><OBJECT type="text/sitemap"><param name="Name" value="{name}">'
        f'<param name="Local" value="{local}"></OBJECT>'
        for name, local in rows
    )
    return f'<HTML><BODY><OBJECT type="text/site properties"></OBJECT><UL>{items}</UL></BODY></HTML>'


def test_pages_stand_in_the_order_of_the_table_of_contents_with_its_names() -> None:
    prose = read(
        papers.chm(
            "Acme Help",
            {
                "/acme.hhc": contents(
                    ("Export of parts", "html/b.htm#top"), ("Start", "mk:@MSITStore:acme.chm::/a.htm")
                ),
                "/a.htm": "<h1>Welcome</h1><p>first</p>",
                "/html/b.htm": "<p>second</p>",
                "/html/c.htm": "<title>Left over</title><p>third</p>",
                "/style.css": "p {}",
            },
        )
    )
    assert (prose.title, prose.kind, prose.language, prose.whole) == ("Acme Help", "chm", "de", True)
    assert [heading.text for heading in prose.headings] == ["Export of parts", "Welcome", "Left over"]
    assert prose.place(prose.text.index("second")) == {"symbol": "html/b.htm"}
    assert prose.place(prose.text.index("third")) == {"symbol": "html/c.htm"}


def test_index_names_pages_that_the_table_of_contents_leaves_out() -> None:
    prose = read(papers.chm("", {"/x.hhk": contents(("Tolerances", "t.htm")), "/t.htm": "<p>text</p>"}))
    assert [heading.text for heading in prose.headings] == ["Tolerances"]


def test_help_without_a_title_is_called_like_its_first_page() -> None:
    prose = read(papers.chm("", {"/x.hhc": contents(("Acme Manual", "a.htm")), "/a.htm": "<p>text</p>"}))
    assert prose.title == "Acme Manual"


@pytest.mark.parametrize(
    ("language", "code", "page", "word"), [(0x0419, "ru", "cp1251", "Обзор"), (0x0411, "ja", "cp932", "概要")]
)
def test_pages_without_a_declared_encoding_are_in_that_of_the_language(
    language: int, code: str, page: str, word: str
) -> None:
    prose = read(papers.chm("", {"/a.htm": f"<h1>{word}</h1>".encode(page)}, language=language))
    assert (prose.language, prose.headings[0].text) == (code, word)


@pytest.mark.parametrize("together", [1, 2, 3])
def test_a_page_that_goes_over_beginnings_is_put_together(together: int) -> None:
    words = " ".join(f"w{number}" for number in range(20_000))
    prose = read(papers.chm("", {"/0.htm": "<p>before</p>", "/a.htm": f"<p>{words}</p>"}, together=together))
    assert words in prose.text
    assert prose.whole


def test_pages_that_are_not_packed_are_read_too() -> None:
    assert "plain" in read(papers.chm("", {"/a.htm": "<p>plain</p>"}, packed=False)).text


def test_what_is_cut_off_is_a_gap_and_the_title_remains() -> None:
    sound = papers.chm("Acme", {"/a.htm": "<p>a</p>"})
    prose = read(sound.replace(b"LZXC", b"LZXD"))
    assert (prose.title, prose.text, prose.whole) == ("Acme", "", False)
    assert [gap.reason.code for gap in prose.gaps] == ["chm.malformed"]


def test_no_more_is_unpacked_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chm, "MOST_UNPACKED", 300_000)
    pages = {f"/{number}.htm": f"<p>page{number}</p>" + " " * 40_000 for number in range(8)}
    prose = read(papers.chm("", pages))
    assert "page0" in prose.text and "page7" not in prose.text
    assert [type(gap) for gap in prose.gaps] == [LimitHit]


SOUND = papers.chm("Acme", {"/t.hhc": contents(("A", "a.htm")), "/a.htm": "<h1>One</h1>" + "text " * 50})


@given(st.integers(0, len(SOUND)), st.binary(min_size=1, max_size=12))
def test_damaged_help_is_read_or_refused(at: int, intruder: bytes) -> None:
    for damaged in (SOUND[:at], SOUND[:at] + intruder + SOUND[at + len(intruder) :]):
        try:
            prose = read(damaged)
        except Unreadable as error:
            assert error.reason.code
        else:
            assert all(0 <= heading.at <= len(prose.text) for heading in prose.headings)
            assert prose.whole == (not prose.gaps)
