"""Customers' lists of requirements: what is read as a link, what is only proposed, and what is refused."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.catalogues.requirements import propose, read_requirements
from cpo_scan.layers.requirements import Link, Requirement
from cpo_scan.rulebook.book import Rulebook, load_rulebook
from cpo_scan.rulebook.load import RuleError

Read = Callable[..., tuple[Requirement, ...]]

REQIF = """\
<?xml version="1.0" encoding="UTF-8"?>
<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd">
<THE-HEADER><REQ-IF-HEADER IDENTIFIER="h"><TITLE>Tender</TITLE></REQ-IF-HEADER></THE-HEADER>
<CORE-CONTENT><REQ-IF-CONTENT>
<SPEC-TYPES><SPEC-OBJECT-TYPE IDENTIFIER="t"><SPEC-ATTRIBUTES>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a-id" LONG-NAME="ReqIF.ForeignID"/>
<ATTRIBUTE-DEFINITION-XHTML IDENTIFIER="a-text" LONG-NAME="ReqIF.Text"/>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a-head" LONG-NAME="ReqIF.ChapterName"/>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a-std" LONG-NAME="Standard"/>
</SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE></SPEC-TYPES>
<SPEC-OBJECTS>
<SPEC-OBJECT IDENTIFIER="o-1"><TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
<ATTRIBUTE-VALUE-STRING THE-VALUE="Exchange">
<DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a-head</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION>
</ATTRIBUTE-VALUE-STRING>
</VALUES></SPEC-OBJECT>
<SPEC-OBJECT IDENTIFIER="o-2"><TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
<ATTRIBUTE-VALUE-STRING THE-VALUE="T-7">
<DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a-id</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION>
</ATTRIBUTE-VALUE-STRING>
<ATTRIBUTE-VALUE-XHTML><THE-VALUE>
<div xmlns="http://www.w3.org/1999/xhtml"><p>Parts go out as <b>STEP AP242</b>.</p></div></THE-VALUE>
<DEFINITION><ATTRIBUTE-DEFINITION-XHTML-REF>a-text</ATTRIBUTE-DEFINITION-XHTML-REF></DEFINITION>
</ATTRIBUTE-VALUE-XHTML>
<ATTRIBUTE-VALUE-STRING THE-VALUE="jt">
<DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a-std</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION>
</ATTRIBUTE-VALUE-STRING>
</VALUES></SPEC-OBJECT>
</SPEC-OBJECTS>
<SPECIFICATIONS><SPECIFICATION IDENTIFIER="s"><CHILDREN>
<SPEC-HIERARCHY IDENTIFIER="h-1"><OBJECT><SPEC-OBJECT-REF>o-1</SPEC-OBJECT-REF></OBJECT><CHILDREN>
<SPEC-HIERARCHY IDENTIFIER="h-2"><OBJECT><SPEC-OBJECT-REF>o-2</SPEC-OBJECT-REF></OBJECT></SPEC-HIERARCHY>
</CHILDREN></SPEC-HIERARCHY>
</CHILDREN></SPECIFICATION></SPECIFICATIONS>
</REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>
"""


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def read(book: Rulebook, tmp_path: Path) -> Read:
    def made(text: str, name: str = "list.csv") -> tuple[Requirement, ...]:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return read_requirements(str(file), book)

    return made


def test_the_columns_of_a_table_are_links(read: Read) -> None:
    rows = read(
        "ID;Text;Kriterium;Kennzahl;Mindestens;Standard;Richtung;Ausgabe\n"
        "R-1;Docs;P-2.4-01, P-2.4-07;;;;;\n"
        "R-2;Rate;;K02;80 %;;;\n"
        "R-3;Rate;;K02 >= 0,9;;;;\n"
        "R-4;JT;;;;jt;Import und Export;\n"
        "R-5;Names;;;;STEP AP242;export;\n"
        "R-6;Edition;;;;ReqIF;;1.2\n"
    )
    assert [row.links for row in rows] == [
        (Link(criterion="P-2.4-01"), Link(criterion="P-2.4-07")),
        (Link(measure="K02", at_least=0.8),),
        (Link(measure="K02", at_least=0.9),),
        (Link(standard="jt", direction="both"),),
        (Link(standard="step", direction="export", edition="AP242"),),
        (Link(standard="reqif", edition="1.2"),),
    ]


def test_what_only_the_words_say_is_proposed_and_marked(read: Read) -> None:
    (row,) = read("id,text\nR-1,The system shall export STEP AP242.\n")
    assert row.links == (Link(standard="step", direction="export", edition="AP242", proposed=True, words="STEP AP242"),)


def test_a_standard_that_is_stated_is_not_proposed_again(read: Read) -> None:
    (row,) = read("id,text,standard\nR-1,Export of STEP,step\n")
    assert row.links == (Link(standard="step"),)


@pytest.mark.parametrize("text", ["the next step", "an inventor reads a word", "a project in Excel", "the iso stop"])
def test_common_words_propose_nothing(text: str) -> None:
    assert propose(text) == ()


def test_a_text_that_names_two_standards_and_two_directions_proposes_no_direction() -> None:
    assert {(link.standard, link.direction) for link in propose("Read IFC4, write ODB++")} == {
        ("ifc", None),
        ("odb", None),
    }


def test_an_entry_that_asks_for_nothing_is_information(read: Read) -> None:
    rows = read("id,text,type\nR-1,About STEP,Information\nR-2,,requirement\n")
    assert [(row.information, row.links) for row in rows] == [(True, ()), (True, ())]


def test_further_rows_of_a_requirement_give_further_links(read: Read) -> None:
    (row,) = read("id,text,standard,direction\nR-1,Exchange of STEP,jt,import\nR-1,,step,export\n")
    assert row.links == (Link(standard="jt", direction="import"), Link(standard="step", direction="export"))


def test_reqif_gives_ids_groups_and_links(read: Read) -> None:
    (row,) = read(REQIF, "tender.reqif")
    assert (row.id, row.text, row.groups) == ("T-7", "Parts go out as STEP AP242.", ("Exchange",))
    assert [(link.standard, link.proposed) for link in row.links] == [("jt", False), ("step", True)]
    assert row.source.file == "tender.reqif"


def test_a_reqif_archive_is_read_like_its_document(book: Rulebook, tmp_path: Path) -> None:
    file = tmp_path / "tender.reqifz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tender.reqif", REQIF)
    (row,) = read_requirements(str(file), book)
    assert (row.id, row.source.file) == ("T-7", "tender.reqifz")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,text\n,x\n", ":2: no id stands here"),
        ("text\nx\n", "columns id and text (or title) are expected; there are: text"),
        ("id,text,criterion\nR,x,P-2.4-1\n", ":2: the catalogue cpo-provisional has no criterion 'P-2.4-1'"),
        ("id,text,measure\nR,x,K99\n", ":2: unknown measure 'K99'"),
        ("id,text,measure\nR,x,K02 >= much\n", ":2: K02 at least 'much': a share from 0 to 1"),
        ("id,text,measure\nR,x,K02 >= 80\n", ":2: K02 at least '80': a share from 0 to 1"),
        ("id,text,measure\nR,x,A01 >= 80 %\n", ":2: A01 at least '80 %': a number is expected"),
        ("id,text,at least\nR,x,3\n", ":2: a threshold stands here, and no measure"),
        ("id,text,standard\nR,x,step242\n", ":2: unknown standard 'step242'"),
        ("id,text,standard,direction\nR,x,step,sideways\n", ":2: 'sideways' is no direction"),
        ("id,text,standard,direction\nR,x,,export\n", ":2: a direction or edition stands here, and no standard"),
        (
            "id,text,standard,direction\nR,x,openapi,export\n",
            ":2: openapi describes interfaces, which have no direction",
        ),
        ("id,text,standard,edition\nR,x,jt; step,10\n", ":2: one edition stands here for several standards"),
        ("id,text,standard,edition\nR,x,IFC4,IFC2X3\n", ":2: 'IFC4' names the edition IFC4, and the column"),
        ("id,text\nR,x\nR,y\n", ":3: the requirement R stands in line 2 with other words"),
        ("id,text,type,standard\nR,x,information,jt\n", ":2: R asks for nothing by its kind, and has a link"),
        ("id,text,Anforderung\nR,x,y\n", "the columns 'text' and 'Anforderung' both state the text"),
    ],
)
def test_a_list_that_is_not_as_it_must_be_is_refused_in_one_line(read: Read, text: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        read(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_list_is_refused(read: Read) -> None:
    with pytest.raises(RuleError, match="is no list of requirements"):
        read("- {id: A, category: '1', obligation: shall, title: b}\n", "c.yaml")


CONTROLS = """{"catalog": {"uuid": "x", "metadata": {"title": "t"}, "groups": [{"id": "ex", "title": "Exchange",
 "controls": [{"id": "ex-1", "title": "Export", "params": [{"id": "p", "label": "a \\\\*neutral\\\\* format"}],
  "parts": [{"name": "statement", "prose": "Parts go out in {{ insert: param, p }}, such as STEP."},
            {"name": "guidance", "prose": "JT is another."}]}]}]}}"""


def test_controls_of_a_published_catalogue_are_a_list_of_requirements(read: Read) -> None:
    (one,) = read(CONTROLS, "c.json")
    assert (one.id, one.title, one.groups, one.information) == ("ex-1", "Export", ("Exchange",), False)
    assert one.text == "Parts go out in [a *neutral* format], such as STEP."
    assert [(link.standard, link.proposed) for link in one.links] == [("step", True)]


def test_columns_of_other_names_are_what_somebody_says(tmp_path: Path, book: Rulebook) -> None:
    list_of = tmp_path / "list.csv"
    list_of.write_text("Key,Wish,Text\nK-1,STEP goes out,a note\n", encoding="utf-8")
    (one,) = read_requirements(str(list_of), book, ["id=Key", "text=Wish"])
    assert (one.id, one.text) == ("K-1", "STEP goes out")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("text", "FIELD=COLUMN is expected"),
        ("words=Wish", "'words' is no field; there are: "),
        ("text=None", "no column 'None'; there are: Key, Wish"),
    ],
)
def test_what_is_said_of_columns_must_lead_somewhere(tmp_path: Path, book: Rulebook, said: str, says: str) -> None:
    list_of = tmp_path / "list.csv"
    list_of.write_text("Key,Wish\nK-1,STEP goes out\n", encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_requirements(str(list_of), book, [said])
    assert str(caught.value).startswith(f"--map {said}: ")
    assert says in str(caught.value)
    with pytest.raises(RuleError, match=r"there are: Key, Wish; cpo-scan requirements draft --map text=COLUMN says"):
        read_requirements(str(list_of), book)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.reqif", "", ":1: the file is empty"), ("a.reqif", "id,text\n", ":1: no XML"), ("a.json", "\n", "is empty")],
)
def test_a_file_that_holds_no_list_is_one_line(read: Read, name: str, content: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        read(content, name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_no_text_breaks_the_proposals(text: str) -> None:
    assert all(link.proposed and link.words in text for link in propose(text) if link.words is not None)
