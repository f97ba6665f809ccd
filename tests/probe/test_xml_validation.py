"""Holding XML against a schema: the verdict of the standard, references included, nothing fetched, memory flat."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.xml_validation import SchemaUnusable, XmlChecked, XsdValidator
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:parts" targetNamespace="urn:parts"
    elementFormDefault="qualified">
  <xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation=""/>
  <xs:simpleType name="LOCAL"><xs:restriction base="xs:IDREF"/></xs:simpleType>
  <xs:complexType name="Named"><xs:attribute name="key" type="xs:ID" use="required"/></xs:complexType>
  <xs:element name="parts"><xs:complexType><xs:sequence>
    <xs:element name="part" maxOccurs="unbounded" minOccurs="0"><xs:complexType><xs:complexContent>
      <xs:extension base="Named">
        <xs:sequence>
          <xs:element name="near" minOccurs="0"><xs:complexType><xs:sequence>
            <xs:element name="ref" type="LOCAL" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
          <xs:element name="far" minOccurs="0"><xs:complexType><xs:sequence>
            <xs:element name="ref" type="xs:string" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
        </xs:sequence>
        <xs:attribute ref="xml:lang"/>
        <xs:attribute name="uses" type="xs:IDREFS"/>
      </xs:extension></xs:complexContent></xs:complexType></xs:element>
    <xs:element name="note" minOccurs="0"><xs:complexType><xs:attribute name="key" type="xs:string"/></xs:complexType>
    </xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


def nothing(_: str) -> Content | None:
    return None


def validator(schema: str = SCHEMA) -> XsdValidator:
    return XsdValidator.compiled(BytesContent(schema.encode()), Limits(), "parts.xsd", nothing)


def check(body: str, *, head: str = "") -> XmlChecked:
    return validator().check(BytesContent(f'{head}<parts xmlns="urn:parts">{body}</parts>'.encode()), Limits())


def codes(checked: XmlChecked) -> list[str]:
    return [problem.reason.code for problem in checked.problems]


def test_what_the_schema_allows_is_valid() -> None:
    checked = check('<part key="a" xml:lang="en"/><part key="b"><near><ref> a </ref></near></part>')
    assert (checked.valid, checked.problems) == (True, ())
    assert checked.elements == {"{urn:parts}parts": 1, "{urn:parts}part": 2, "{urn:parts}near": 1, "{urn:parts}ref": 1}


def test_what_it_refuses_is_told_with_line_and_names_and_not_in_the_words_of_a_library() -> None:
    checked = check('\n<part key="a"/>\n<bolt/>')
    assert checked.valid is False
    assert checked.problems[0].line == 3
    assert checked.problems[0].reason.params["element"] == "{urn:parts}bolt"
    assert set(checked.problems[0].reason.params) <= {"error", "element", "attribute"}


def test_a_reference_that_leads_nowhere_is_refused() -> None:
    checked = check('<part key="a" uses="a b"/>')
    assert (checked.valid, checked.dangling, codes(checked)) == (False, 1, ["xml.dangling"])


def test_an_identifier_that_is_there_twice_is_refused() -> None:
    assert "xml.identifier_twice" in codes(check('<part key="a"/><part key="a"/>'))


def test_a_name_that_is_a_reference_in_one_place_only_counts_there() -> None:
    assert check('<part key="a"><far><ref>elsewhere</ref></far></part><note key="a"/>').valid is True
    assert check('<part key="a"><near><ref>elsewhere</ref></near></part>').valid is False


@st.composite
def documents(draw: Any) -> str:
    keys = st.sampled_from(["a", "b", "c", "d"])
    body = ""
    for _ in range(draw(st.integers(0, 4))):
        uses = f' uses="{" ".join(draw(st.lists(keys, max_size=2)))}"' if draw(st.booleans()) else ""
        near = "".join(f"<ref>{key}</ref>" for key in draw(st.lists(keys, max_size=2)))
        far = "".join(f"<ref>{key}</ref>" for key in draw(st.lists(keys, max_size=1)))
        body += f'<part key="{draw(keys)}"{uses}>' + (f"<near>{near}</near>" if near else "")
        body += (f"<far>{far}</far>" if far else "") + "</part>"
    return f'<parts xmlns="urn:parts">{body}</parts>'


OTHER = xmlschema.XMLSchema(SCHEMA.replace('schemaLocation=""', ""))
OURS = validator()


@given(documents())
def test_identifiers_are_judged_as_another_validator_judges_them(document: str) -> None:
    assert OURS.check(BytesContent(document.encode()), Limits()).valid is OTHER.is_valid(document)


def test_a_document_does_not_choose_its_schema(tmp_path: Path) -> None:
    lure = tmp_path / "lure.xsd"
    lure.write_text(SCHEMA.replace('name="parts"', 'name="bolts"'))
    document = (
        f'<bolts xmlns="urn:parts" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="urn:parts {lure.as_uri()}"/>'
    )
    assert validator().check(BytesContent(document.encode()), Limits()).valid is False


def test_what_is_pulled_in_and_not_read_leaves_no_verdict() -> None:
    checked = check("&x;", head='<!DOCTYPE parts [<!ENTITY x SYSTEM "file:///etc/hostname">]>')
    assert checked.valid is None
    assert [error.reason.code for error in checked.unread] == ["xml.external_entity"]


def test_entities_of_the_document_itself_are_read() -> None:
    head = '<!DOCTYPE parts [<!ENTITY x "&#60;part key=&#39;a&#39;/>">]>'
    assert check("&x;", head=head).valid is True


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"<parts>", Unreadable),
        (b"", Unreadable),
        (b"<a>" * 400 + b"</a>" * 400, LimitHit),
        (b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 5000 + b'">]><a>' + b"&b;" * 50_000 + b"</a>", LimitHit),
    ],
)
def test_broken_and_hostile_documents_are_unreadable(data: bytes, error: type[Unreadable]) -> None:
    with pytest.raises(error):
        validator().check(BytesContent(data), Limits())


@pytest.mark.parametrize(
    "broken",
    [
        SCHEMA.replace("xs:IDREFS", "xs:NOTHING"),
        SCHEMA.replace("<xs:import ", '<xs:include schemaLocation="x"/><xs:import '),
        "<a/",
    ],
)
def test_a_schema_that_does_not_compile_says_why(broken: str) -> None:
    with pytest.raises(SchemaUnusable) as caught:
        validator(broken)
    assert caught.value.problems


def test_memory_does_not_grow_with_the_document() -> None:
    def peak(parts: int) -> int:
        data = (
            b'<parts xmlns="urn:parts"/>'.replace(b"/>", b">")
            + b'<note key="n"/>'
            + b" " * (parts * 1000)
            + b"</parts>"
        )
        content = BytesContent(data)
        tracemalloc.start()
        assert OURS.check(content, Limits()).valid is True
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20_000) < 2 * peak(2_000) + 2**20


REPEATED = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="list"><xs:complexType><xs:choice minOccurs="{least}" maxOccurs="unbounded">
    <xs:element name="a"/><xs:sequence><xs:element name="b"/><xs:element name="c" minOccurs="0"/></xs:sequence>
  </xs:choice></xs:complexType></xs:element>
</xs:schema>"""


@given(st.sampled_from([0, 1, 2]), st.lists(st.sampled_from("abc"), max_size=6))
def test_a_repeated_choice_takes_what_the_standard_lets_it_take(least: int, names: list[str]) -> None:
    schema, text = REPEATED.format(least=least), f"<list>{''.join(f'<{name}/>' for name in names)}</list>"
    expected = xmlschema.XMLSchema10(schema).is_valid(text)
    assert validator(schema).check(BytesContent(text.encode()), Limits()).valid is expected


def test_the_line_of_a_schema_problem_stays_where_it_stands() -> None:
    broken = REPEATED.format(least=0).replace('name="c"', 'name="c" type="xs:nonsense"')
    with pytest.raises(SchemaUnusable) as told:
        validator(broken)
    assert told.value.problems[0].line == 3


def test_many_references_to_few_identifiers_are_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpo_scan.probe.xml_identifiers._GATHERED", 4)
    uses = '<part key="b{}" uses="a a b1"/>'
    checked = check(
        '<part key="a"/>' + "".join(uses.format(number) for number in range(20)) + '<part key="c" uses="d"/>'
    )
    assert (checked.valid, checked.dangling) == (False, 1)
    assert codes(checked) == ["xml.dangling"]


TYPES = {
    "dateTime": "2026-11-22T08:00:00Z", "date": "2026-11-22", "time": "08:00:00", "gYear": "2026", "gMonth": "--11",
    "gYearMonth": "2026-11", "gMonthDay": "--11-22", "gDay": "---22", "duration": "P1D", "float": "NaN",
    "double": "INF", "integer": "5", "boolean": "true", "NCName": "a",
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_white_space_around_a_value_is_no_fault_of_it(name: str) -> None:
    schema = validator(
        f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType>
        <xs:simpleContent><xs:extension base="xs:{name}"><xs:attribute name="a" type="xs:{name}"/></xs:extension>
        </xs:simpleContent></xs:complexType></xs:element></xs:schema>"""
    )
    for value, sound in (
        (TYPES[name], True),
        (f" {TYPES[name]}", True),
        (f"\n\t{TYPES[name]} \n", True),
        (f"{TYPES[name]} x y", False),
        (" ", False),
        (f" {TYPES[name]}&apos; is not a valid value of the atomic type &apos;xs:{name}&apos;.", False),
    ):
        for document in (f"<r>{value}</r>", f'<r a="{value}">{TYPES[name]}</r>'):
            assert schema.check(BytesContent(document.encode()), Limits()).valid is sound, document


def test_a_document_of_which_not_all_was_read_is_not_valid_for_white_space() -> None:
    schema = validator(
        """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType><xs:sequence>
        <xs:element name="d" type="xs:date" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
        </xs:schema>"""
    )
    many = "<d> 2026-11-22 </d>" * 30_000
    checked = schema.check(BytesContent(f"<r>{many}</r>".encode()), Limits())
    assert (checked.valid, codes(checked)) == (None, ["xml.not_read_on"])
