"""XML Schema 1.1: compiled where the extra is installed, by itself, in bounded time; nothing is opened."""

import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.xsd11 import compile_xsd11
from cpo_scan.targets.content import BytesContent

ASSERT = '<xs:complexType name="t"><xs:sequence/><xs:assert test="{}"/></xs:complexType>'

PATTERN = (
    '<xs:simpleType name="t"><xs:restriction base="xs:string"><xs:pattern value="{}"/></xs:restriction></xs:simpleType>'
)


def schema(inside: str, lead: str = "") -> bytes:
    return f'{lead}<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n{inside}</xs:schema>'.encode()


def verdict(data: bytes) -> tuple[bool | None, list[str]]:
    valid, problems = compile_xsd11(BytesContent(data))
    return valid, [reason.code for reason, _ in problems]


@pytest.mark.parametrize(
    "inside",
    [
        ASSERT.format("@a = 1 or doc('http://127.0.0.1/')"),
        '<xs:element name="at" type="xs:dateTimeStamp"/>',
        '<xs:complexType name="t"><xs:openContent><xs:any/></xs:openContent><xs:sequence/></xs:complexType>',
    ],
)
def test_a_sound_schema_is_valid(inside: str) -> None:
    assert verdict(schema(inside)) == (True, [])


@pytest.mark.parametrize(
    "inside",
    [
        ASSERT.format("@a and"),
        '<xs:element name="a" type="lost"/>',
        "<xs:wrong/>",
        PATTERN.format("(a"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_a_line(inside: str) -> None:
    valid, problems = compile_xsd11(BytesContent(schema(inside)))
    assert valid is False
    assert [reason.code for reason, _ in problems] == ["xsd.refused"]
    assert problems[0][1] in (1, 2)


def test_values_are_not_held_against_patterns_that_take_any_time() -> None:
    kind = PATTERN.format("(a+)+")
    assert verdict(schema(f'{kind}<xs:element name="e" type="t" default="{"a" * 60}b"/>')) == (True, [])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (schema('<xs:include schemaLocation="file:///etc/passwd"/>'), "xsd.references_1_1"),
        (schema('<xs:import namespace="urn:b" schemaLocation="http://127.0.0.1/b.xsd"/>'), "xsd.references_1_1"),
        (schema("", "<!DOCTYPE a [<!ENTITY b 'c'>]>"), "xsd.entities"),
        (schema("<!--" + " " * 2**20 + "-->"), "limit.document_bytes"),
    ],
)
def test_what_is_not_compiled_says_why(data: bytes, code: str) -> None:
    assert verdict(data) == (None, [code])


def test_a_missing_extra_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    valid, ((reason, _),) = compile_xsd11(BytesContent(schema("")))
    assert (valid, reason.code, reason.params) == (
        None,
        "xsd.extra_1_1",
        {"install": 'pip install "cpo-scan[schemas]"', "version": "1.1"},
    )


def test_broken_xml_is_told() -> None:
    with pytest.raises(Unreadable):
        verdict(b"<xs:schema>")


WHOLE = schema(ASSERT.format("@a = 1"))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=3))
def test_damage_is_told(at: int, put: bytes) -> None:
    try:
        verdict(WHOLE[:at] + put + WHOLE[at + len(put) :])
    except Unreadable as error:
        assert error.reason.code == "xml.malformed"
