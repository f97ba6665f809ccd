"""Changes of how a WSDL description's operations are reached: bindings, SOAP actions, headers, ports."""

import pytest

from cpo_probes.api.releases import ReleaseProbe
from cpo_scan.probe.testing import check_hostile, run_probe

Change = tuple[str, str, bool]


def told(old: str, new: str) -> set[Change]:
    result = run_probe(ReleaseProbe, {"a.wsdl": new.encode()}, previous={"a.wsdl": old.encode()})
    assert result.rows == []
    rows = [row["attributes"] for row in result.of("release.change")]
    return {(row["what"], row["element"], row["breaking"]) for row in rows}


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"
  targetNamespace="urn:t">
  <message name="In"><part name="a" type="x:string"/></message>
  <message name="Token"><part name="id" type="x:string"/></message>
  <portType name="Parts"><operation name="find"><input message="t:In"/><output message="t:In"/></operation></portType>
  <binding name="PartsSoap" type="t:Parts"><s:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="find"><s:operation soapAction="urn:find"/>
      <input><s:body use="literal" namespace="urn:t"/><s:header message="t:Token" part="id" use="literal"/></input>
      <output><s:body use="literal" namespace="urn:t"/></output></operation></binding>
  <binding name="PartsGet" type="t:Parts"><h:binding verb="GET"/>
    <operation name="find"><h:operation location="/find"/><input><h:urlEncoded/></input><output/></operation></binding>
  <service name="Shop"><port name="Soap" binding="t:PartsSoap"><s:address location="https://a.example/ws/parts"/></port>
  </service></definitions>"""
SOAP, HTTP = "binding of Parts (soap 1.1)", "binding of Parts (http)"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('soapAction="urn:find"', 'soapAction="urn:look"', {("fact_changed", f"{SOAP} › find › action", True)}),
        ('style="rpc"', 'style="document"', {
            ("fact_changed", f"{SOAP} › style", True), ("fact_changed", f"{SOAP} › find › style", True),
            ("fact_changed", f"{SOAP} › find › input namespace", True),
            ("fact_changed", f"{SOAP} › find › output namespace", True)}),
        ("soap/http", "soap/smtp", {("fact_changed", f"{SOAP} › transport", True)}),
        ("</input>\n      <output><s:body use=\"literal\"", "</input>\n      <output><s:body use=\"encoded\"", {
            ("fact_changed", f"{SOAP} › find › output use", True)}),
        ('<s:header message="t:Token" part="id" use="literal"/>', "", {
            ("input_removed", f"{SOAP} › find › header Token id", True)}),
        ('location="/find"', 'location="/look"', {("fact_changed", f"{HTTP} › find › location", True)}),
        ('verb="GET"', 'verb="POST"', {("fact_changed", f"{HTTP} › verb", True)}),
        ("https://a.example/ws/parts", "https://a.example/v2/parts", {
            ("fact_changed", "port Shop.Soap › address", True)}),
        ("https://a.example/ws/parts", "http://b.example:8080/ws/parts/", set()),
        ('<port name="Soap"', '<port name="SoapPort"', {
            ("operation_removed", "port Shop.Soap", True), ("operation_added", "port Shop.SoapPort", False)}),
        ('binding name="PartsGet"', 'binding name="Other"', set()),
    ],
)  # fmt: skip
def test_wsdl_by_bindings_and_ports(old: str, new: str, expected: set[Change]) -> None:
    assert told(WSDL, replaced(WSDL, old, new)) == expected


def test_a_binding_that_is_gone_breaks_and_a_header_that_is_new_does() -> None:
    start, end = WSDL.index('<binding name="PartsGet"'), WSDL.index("<service")
    without = WSDL[:start] + WSDL[end:]
    assert told(WSDL, without) == {
        ("operation_removed", HTTP, True),
        ("operation_removed", f"{HTTP} › find", True),
    }
    bare = replaced(WSDL, '<s:header message="t:Token" part="id" use="literal"/>', "")
    assert told(bare, WSDL) == {("required_input_added", f"{SOAP} › find › header Token id", True)}


def test_two_bindings_of_one_kind_are_told_apart_by_name() -> None:
    start, end = WSDL.index('<binding name="PartsSoap"'), WSDL.index('<binding name="PartsGet"')
    twice = WSDL[:end] + WSDL[start:end].replace("PartsSoap", "PartsToo") + WSDL[end:]
    changed = twice.replace("urn:find", "urn:look", 1)
    assert told(twice, twice.replace('xmlns:t="urn:t"', 'xmlns:t="urn:t" xml:lang="en"')) == set()
    assert told(twice, changed) == {("fact_changed", f"{SOAP} PartsSoap › find › action", True)}


WSDL_2 = """<description xmlns="http://www.w3.org/ns/wsdl" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"
  xmlns:ws="http://www.w3.org/ns/wsdl/soap" xmlns:wh="http://www.w3.org/ns/wsdl/http" targetNamespace="urn:t"><types>
  <x:schema targetNamespace="urn:t"><x:element name="ask" type="x:string"/></x:schema></types>
  <interface name="I"><operation name="o" pattern="http://www.w3.org/ns/wsdl/in-only"><input element="t:ask"/>
  </operation></interface><binding name="B" interface="t:I" type="http://www.w3.org/ns/wsdl/soap" ws:version="1.1"
    ws:protocol="http://www.w3.org/2006/01/soap11/bindings/HTTP/"><operation ref="t:o" ws:action="urn:o"/></binding>
  <binding name="C" interface="t:I" type="http://www.w3.org/ns/wsdl/http"><operation ref="t:o" wh:method="POST"
    wh:location="o"/></binding>
  <service name="S" interface="t:I"><endpoint name="E" binding="t:B" address="http://a.example/i"/></service>
  </description>"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('ws:action="urn:o"', 'ws:action="urn:p"', {("fact_changed", "binding of I (soap 1.1) › o › action", True)}),
        ('wh:method="POST"', 'wh:method="PUT"', {("fact_changed", "binding of I (http) › o › verb", True)}),
        ('wh:location="o"', 'wh:location="p"', {("fact_changed", "binding of I (http) › o › location", True)}),
        ("http://a.example/i", "http://a.example/j", {("fact_changed", "port S.E › address", True)}),
        ('<binding name="C"', '<binding name="D"', set()),
    ],
)
def test_wsdl_2_by_bindings_and_endpoints(old: str, new: str, expected: set[Change]) -> None:
    assert told(WSDL_2, replaced(WSDL_2, old, new)) == expected


def test_damage_breaks_nothing() -> None:
    short = WSDL[:400] + WSDL[WSDL.index("<binding") :]
    assert check_hostile(ReleaseProbe, {"a.wsdl": short.encode()}, previous={"a.wsdl": WSDL.encode()})
