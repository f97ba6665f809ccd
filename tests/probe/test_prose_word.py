"""Binary Office documents: the text of Word by its pieces, the summary of the others, and that damage is told."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.property_sets import Summary, read_summary
from cpo_scan.probe.prose import BREAK, Prose
from cpo_scan.probe.prose_word import read_msoffice
from cpo_scan.targets.compound import Compound
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from tests.probe import papers

DOCUMENT = "\5DocumentSummaryInformation"


def read(data: bytes) -> Prose:
    return read_msoffice(BytesContent(data), lambda: None)


def blocks(prose: Prose) -> list[str]:
    return prose.text.split(BREAK)[:-1]


def test_pieces_of_one_and_of_two_bytes_are_put_together() -> None:
    prose = read(papers.doc([("Größe – 日本", 0), ("“€ 5”", 0), ("end", 0)], title="Acme Manual"))
    assert blocks(prose) == ["Größe – 日本", "“€ 5”", "end"]
    assert (prose.title, prose.kind, prose.whole) == ("Acme Manual", "doc", True)


def test_styles_and_outline_levels_make_headings() -> None:
    prose = read(papers.doc([("Export", 1), ("text", 0), ("Losses", 2), ("more", 0)]))
    assert [(heading.level, heading.text) for heading in prose.headings] == [(1, "Export"), (2, "Losses")]
    assert prose.text[prose.headings[1].at :].startswith("Losses")


def test_fields_give_their_results_and_not_their_instructions() -> None:
    told = "see \x13 HYPERLINK a \x13 REF x \x14inner\x15 \x14the page\x15 now\x01\x08"
    assert blocks(read(papers.doc([(told, 0)]))) == ["see the page now"]


def test_cells_pages_and_tabs_part_the_text() -> None:
    assert blocks(read(papers.doc([("one\x07two\x0cthree\tfour\x0bfive\x1esix", 0)]))) == [
        "one",
        "two",
        "three four five-six",
    ]


def test_text_of_boxes_follows_that_of_the_document() -> None:
    assert blocks(read(papers.doc([("body", 0)], boxes="boxed\r"))) == ["body", "boxed"]


def test_encrypted_documents_are_told() -> None:
    begin = struct.pack("<HH", 0x0809, 16) + bytes(16)
    for data in (
        papers.doc([("x", 0)], flags=0x0100),
        papers.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}),
        papers.ole({"Workbook": begin + struct.pack("<HH", 0x2F, 6)}),
        papers.ole({"PowerPoint Document": b"x", "Current User": struct.pack("<HHIII", 0, 0xFF6, 20, 20, 0xF3D1C4DF)}),
    ):
        with pytest.raises(Unreadable) as caught:
            read(data)
        assert caught.value.reason.code == "office.encrypted"


def test_word_before_97_is_not_read() -> None:
    with pytest.raises(Unreadable) as caught:
        read(papers.doc([("x", 0)], version=0x65))
    assert (caught.value.reason.code, str(caught.value.severity)) == ("prose.not_read", "by_design")


@pytest.mark.parametrize(("stream", "kind"), [("Workbook", "xls"), ("PowerPoint Document", "ppt")])
def test_of_workbooks_and_presentations_title_and_parts_are_read(stream: str, kind: str) -> None:
    data = papers.ole(
        {
            stream: b"x",
            "\5SummaryInformation": papers.properties({2: "Price list"}),
            DOCUMENT: papers.properties({13: ["Licence options", "Prices"]}),
        }
    )
    prose = read(data)
    assert (prose.title, prose.kind, prose.text, prose.whole) == ("Price list", kind, "", False)
    assert [heading.text for heading in prose.headings] == ["Licence options", "Prices"]
    assert [(gap.reason.code, str(gap.severity)) for gap in prose.gaps] == [("office.summary_only", "by_design")]


@pytest.mark.parametrize("page", [1252, 65001, 932])
def test_strings_of_a_summary_are_in_its_code_page(page: int) -> None:
    word = "概要" if page != 1252 else "Größe"
    data = papers.ole({DOCUMENT: papers.properties({13: [word, "x", "y"]}, page=page)})
    document = Compound(data)
    assert read_summary(document, {one.path[0]: one for one in document.streams()}) == Summary("", (word, "x", "y"))


SOUND = papers.doc([("Export", 1), ("text of the section", 0), ("boxes", 2)], boxes="boxed\r", title="Acme")
BOOK = papers.ole({"Workbook": b"x", DOCUMENT: papers.properties({13: ["One", "Two"]})})


@given(st.sampled_from([SOUND, BOOK]), st.integers(0, 20_000), st.binary(min_size=1, max_size=12))
def test_damaged_documents_are_read_or_refused(sound: bytes, at: int, intruder: bytes) -> None:
    at %= len(sound)
    for damaged in (sound[:at], sound[:at] + intruder + sound[at + len(intruder) :]):
        try:
            prose = read(damaged)
        except Unreadable as error:
            assert error.reason.code
        else:
            assert all(0 <= heading.at <= len(prose.text) for heading in prose.headings)


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)))
def test_paragraphs_come_out_as_they_went_in(texts: list[str]) -> None:
    texts = [" ".join(text.split()) for text in texts[:10]]
    texts = [text for text in texts if text and text.encode("cp1252", "ignore").decode("cp1252") == text]
    assert blocks(read(papers.doc([(text, 0) for text in texts]))) == texts
