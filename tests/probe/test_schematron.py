"""Schematron schemas: held against their grammar and XPath, never run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.files import ExchangeFilesProbe
from cpo_scan.model import Recognition
from cpo_scan.probe import Unreadable
from cpo_scan.probe.schematron import SchematronReport, check_schematron
from cpo_scan.probe.testing import run_probe
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.limits import Limits

HEAD = '<schema xmlns="http://purl.oclc.org/dsdl/schematron"'


def schema(rules: str, more: str = "") -> bytes:
    return f"{HEAD}{more}><ns prefix='q' uri='urn:q'/><pattern>{rules}</pattern></schema>".encode()


def rule(test: str) -> str:
    return f'<rule context="q:part[@id]"><assert test="{test}">A part has a name.</assert></rule>'


def check(data: bytes) -> SchematronReport:
    return check_schematron(BytesContent(data), Limits())


def codes(report: SchematronReport) -> list[str]:
    return [reason.code for reason, _ in report.problems]


def test_a_sound_schema_is_valid_and_its_rules_are_counted() -> None:
    report = check(schema(rule("count(q:name) = 1") + rule("document('http://127.0.0.1/x') or current()/@a")))
    assert (report.valid, report.rules, report.problems) == (True, 2, ())


def test_an_expression_that_is_none_is_refused_with_its_line() -> None:
    report = check(schema("\n" + rule("@a and")))
    assert (report.valid, codes(report)) == (False, ["schematron.expression"])
    assert report.problems[0][1] == 2


@pytest.mark.parametrize("rules", ["<rule><assert>x</assert></rule>", "<wrong/>", '<rule context="a"><assert/></rule>'])
def test_what_the_grammar_refuses_is_refused(rules: str) -> None:
    report = check(schema(rules))
    assert report.valid is False
    assert set(codes(report)) == {"schematron.refused"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (schema(rule("if (a) then b else c"), ' queryBinding="xslt2"'), "schematron.query"),
        (schema(rule("1")).replace(b"<pattern>", b"<include href='a.sch'/><pattern>"), "schematron.includes"),
        (b"<schema xmlns='http://www.ascc.net/xml/schematron'/>", "schematron.older"),
        (b"<!DOCTYPE schema [<!ENTITY a 'b'>]>" + schema(rule("1")), "xsd.entities"),
    ],
)
def test_what_can_not_be_checked_whole_has_no_verdict(data: bytes, code: str) -> None:
    report = check(data)
    assert (report.valid, codes(report)) == (None, [code])


def test_expressions_of_abstract_patterns_wait_for_what_fills_them() -> None:
    data = schema(rule("$a $b")).replace(b"<pattern>", b"<pattern abstract='true' id='p'>")
    assert check(data).valid is True
    assert check(schema(rule("$a $b"))).valid is False


def test_broken_xml_is_told() -> None:
    with pytest.raises(Unreadable):
        check(b"<schema xmlns='http://purl.oclc.org/dsdl/schematron'>")


WHOLE = schema(rule("count(q:name) = 1"))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_damage_is_told(at: int, put: bytes) -> None:
    try:
        check(WHOLE[:at] + put + WHOLE[at + len(put) :])
    except Unreadable as error:
        assert error.reason.code.startswith(("xml.", "limit."))


def test_the_finding_says_what_was_checked() -> None:
    kind = {"a.sch": Recognition(format="schematron", part="schema")}
    found = run_probe(ExchangeFilesProbe, {"a.sch": schema(rule("@a and"))}, recognitions=kind).one("exchange.schema")
    assert (found["language"], found["valid"], found["rules"]) == ("schematron", False, 1)
    assert found["problems"] == [{"code": "schematron.expression", "params": {"expression": "@a and"}, "line": 1}]
