"""Reading XML that is not trusted: what is broken is placed, what grows is stopped, nothing is fetched."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.model import Severity
from cpo_scan.probe.xml import End, Start, read_xml, walk_xml, well_formed
from cpo_scan.probe.xsd import XsdReport, compile_xsd
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

LIMITS = Limits()
DEPTH = 40


def content(text: str | bytes) -> BytesContent:
    return BytesContent(text if isinstance(text, bytes) else text.encode())


def whole_walk(document: Content, limits: Limits) -> Any:
    return list(walk_xml(document, limits))


READERS = pytest.mark.parametrize("read", [well_formed, read_xml, whole_walk])
Read = Callable[[Content, Limits], Any]


@READERS
@pytest.mark.parametrize(
    ("text", "line", "column", "error"),
    [
        ("<a>\n <b></a>", 2, 7, "tag_mismatch"),
        ("<a/>\n<b/>", 2, 1, "junk_after_doc_element"),
        ("<a b='1' b='2'/>", 1, 10, "duplicate_attribute"),
        ("<a>&nothing;</a>", 1, 4, "undefined_entity"),
        ("<a>\x00</a>", 1, 4, "invalid_token"),
        ("", 1, 1, "no_elements"),
        ("<a>cut", 1, 7, "no_elements"),
    ],
)
def test_what_is_malformed_has_a_place_and_a_name(read: Read, text: str, line: int, column: int, error: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content(text), LIMITS)
    assert caught.value.reason.code == "xml.malformed"
    assert caught.value.reason.params == {"line": line, "column": column, "error": error}


LAUGHS = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))


@READERS
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a>" * (LIMITS.xml_depth + 1), "limit.xml_depth"),
        ("<a>" * 200_000 + "</a>" * 200_000, "limit.xml_depth"),
        (f'<!DOCTYPE a [<!ENTITY e0 "laughter">{LAUGHS}]><a>&e11;</a>', "limit.xml_expansion"),
        (f'<!DOCTYPE a [<!ENTITY e0 "laughter">{LAUGHS}]><a b="&e11;"/>', "limit.xml_expansion"),
        (f'<!DOCTYPE a [<!ENTITY e "{"x" * 100_000}">]><a>{"&e;" * 50_000}</a>', "limit.xml_expansion"),
        (f'<!DOCTYPE a [<!ATTLIST b c CDATA "{"x" * 100_000}">]><a>{"<b/>" * 5_000}</a>', "limit.xml_expansion"),
    ],
)
def test_what_grows_or_nests_without_end_hits_a_limit(read: Read, text: str, code: str) -> None:
    with pytest.raises(LimitHit) as caught:
        read(content(text), LIMITS)
    assert caught.value.reason.code == code


@READERS
def test_depth_is_counted_and_not_guessed(read: Read) -> None:
    limits = Limits(xml_depth=DEPTH)
    read(content("<a>" * DEPTH + "</a>" * DEPTH), limits)
    with pytest.raises(LimitHit):
        read(content("<a>" * (DEPTH + 1) + "</a>" * (DEPTH + 1)), limits)


@READERS
def test_long_attributes_and_many_of_them_are_read(read: Read) -> None:
    read(content(f'<a b="{"x" * 12_000_000}"/>'), LIMITS)
    many = " ".join(f"b{number}=''" for number in range(50_000))
    read(content(f"<a {many}/>"), LIMITS)


def test_external_entities_are_told_and_never_opened() -> None:
    text = '<!DOCTYPE a SYSTEM "x.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "inner">]><a>&x;&y;</a>'
    summary = well_formed(content(text), LIMITS)
    assert (summary.doctype, summary.external_dtd, summary.entities, summary.external_entities) == (True, "x.dtd", 2, 1)
    assert [(row.reason.code, row.severity) for row in summary.unread] == [
        ("xml.external_entity", Severity.LOST),
        ("xml.external_dtd", Severity.BOUNDED),
    ]
    tree = read_xml(content(text), LIMITS)
    assert "root:" not in str(list(tree.getroot().itertext()))


def test_entities_of_the_document_itself_are_no_gap() -> None:
    summary = well_formed(content('<!DOCTYPE a [<!ENTITY n "http://example.org/">]><a b="&n;c">&n;</a>'), LIMITS)
    assert (summary.entities, summary.unread) == (1, ())


def test_xinclude_is_text_and_no_order() -> None:
    text = '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include parse="text" href="/etc/passwd"/></a>'
    assert len(read_xml(content(text), LIMITS).getroot()) == 1
    assert well_formed(content(text), LIMITS).elements == 2


def test_large_documents_are_walked_and_not_read_as_trees() -> None:
    text = f"<a>{'<b/>' * 1000}</a>"
    with pytest.raises(LimitHit) as caught:
        read_xml(content(text), Limits(document_bytes=100))
    assert caught.value.reason.code == "limit.document_bytes"
    assert well_formed(content(text), Limits(document_bytes=100)).elements == 1001


def test_walking_gives_names_by_namespace_with_places_and_text() -> None:
    text = '<r:a xmlns:r="urn:x"\n xmlns="urn:y"><b r:c="1" d="2">one<e/>two</b></r:a>'
    events = list(walk_xml(content(text), LIMITS))
    assert events == [
        Start("{urn:x}a", {}, 1, 1, 1),
        Start("{urn:y}b", {"{urn:x}c": "1", "d": "2"}, 2, 2, 16),
        Start("{urn:y}e", {}, 3, 2, 36),
        End("{urn:y}e", "", 3),
        End("{urn:y}b", "onetwo", 2),
        End("{urn:x}a", "", 1),
    ]
    with pytest.raises(Unreadable, match=r"xml\.malformed"):
        list(walk_xml(content("<p:a/>"), LIMITS))


@READERS
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16", "UTF-16"), ("utf-8-sig", "UTF-8"), ("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252")],
)
def test_encodings_of_the_west_are_read(read: Read, encoding: str, declared: str) -> None:
    read(content(f'<?xml version="1.0" encoding="{declared}"?><a>Wände</a>'.encode(encoding)), LIMITS)


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gbk"])
def test_encodings_of_the_east_are_read_too(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>部品</a>'.encode(encoding)
    assert whole_walk(content(data), LIMITS)[-1] == End("a", "部品", 1)
    with pytest.raises(Unreadable) as caught:
        well_formed(content(data.replace("部".encode(encoding), b"\xff\xff")), LIMITS)
    assert caught.value.reason.code == "xml.encoding"


def test_an_unknown_encoding_is_unreadable_and_not_malformed() -> None:
    with pytest.raises(Unreadable) as caught:
        well_formed(content('<?xml version="1.0" encoding="x-made-up"?><a/>'), LIMITS)
    assert caught.value.reason.code == "xml.encoding"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_the_same_way(data: bytes) -> None:
    for read in (well_formed, read_xml, whole_walk):
        try:
            read(content(b"<a>" + data + b"</a>"), LIMITS)
        except Unreadable as error:
            assert error.reason.code.startswith(("xml.", "limit."))


# -- XML Schema

SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="urn:b" targetNamespace="urn:a">{}</xs:schema>'
OTHER = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b">'
    '<xs:include schemaLocation="deeper/c.xsd"/><xs:element name="e" type="xs:string"/></xs:schema>'
)
THIRD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
USE = '<xs:import namespace="urn:b" schemaLocation="{}"/><xs:element name="x" type="xs:string"/>' + (
    '<xs:complexType name="t"><xs:sequence><xs:element ref="b:e"/></xs:sequence></xs:complexType>'
)


def compiled(body: str, **files: str) -> tuple[XsdReport, list[str]]:
    asked: list[str] = []

    def load(path: str) -> Content | None:
        asked.append(path)
        return content(files[path]) if path in files else None

    return compile_xsd(content(SCHEMA.format(body)), LIMITS, "lib/a.xsd", load), asked


def test_a_schema_is_compiled_with_all_that_it_imports() -> None:
    files = {"types/b.xsd": OTHER, "types/deeper/c.xsd": THIRD}
    report, asked = compiled(USE.format("../types/b.xsd"), **files)
    assert (report.valid, report.problems) == (True, ())
    assert asked == ["types/b.xsd", "types/deeper/c.xsd"]
    assert (report.namespace, report.elements) == ("urn:a", ("x",))


@pytest.mark.parametrize("location", ["b.xsd", "http://example.org/b.xsd", "file:///etc/passwd", "/etc/passwd", ""])
def test_a_schema_with_something_missing_has_no_verdict(location: str) -> None:
    report, asked = compiled(USE.format(location))
    assert report.valid is None
    assert [problem.reason.code for problem in report.problems] == ["xsd.missing"]
    assert all(not path.startswith(("http:", "file:")) for path in asked)


def test_a_schema_that_contradicts_itself_is_refused_with_the_line() -> None:
    report, _ = compiled('\n<xs:element name="x" type="xs:nothing"/>')
    assert report.valid is False
    assert (report.problems[0].reason.code, report.problems[0].line) == ("xsd.refused", 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('<xs:complexType name="t"><xs:assert test="@a"/></xs:complexType>', "xsd.version_1_1"),
        ('<xs:element name="x"/><xs:group name="g"><xs:sequence maxOccurs="999999999999"/></xs:group>', "xsd.occurs"),
    ],
)
def test_what_is_not_compiled_is_told(body: str, code: str) -> None:
    report, _ = compiled(body)
    assert report.valid is None
    assert [problem.reason.code for problem in report.problems] == [code]
