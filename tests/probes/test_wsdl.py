"""WSDL 1.1 and 2.0: what is counted, what is described, and what makes a description invalid or leaves it open."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.wsdl.probe import WsdlProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

HEAD = (
    '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:shop" xmlns:d="urn:data"'
    ' xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' targetNamespace="urn:shop" name="Shop">'
)
TYPES = (
    '<w:types><x:schema targetNamespace="urn:data"><x:element name="Order"><x:complexType><x:sequence>'
    '<x:element name="number" type="x:int"><x:annotation><x:documentation>Counts up from one every year'
    "</x:documentation></x:annotation></x:element>"
    '<x:element name="note" type="x:string"/></x:sequence></x:complexType></x:element></x:schema></w:types>'
)
MESSAGES = '<w:message name="In"><w:part name="body" element="d:Order"/></w:message>'
PORT_TYPE = (
    '<w:portType name="Orders"><w:operation name="PlaceOrder">'
    "<w:documentation>Takes goods out of the <b>warehouse</b> and bills the customer.</w:documentation>"
    '<w:input message="t:In"/></w:operation>'
    '<w:operation name="CancelOrder"><w:documentation>Cancel order</w:documentation>'
    '<w:input message="t:In"/></w:operation></w:portType>'
)
BINDING = (
    '<w:binding name="B" type="t:Orders"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>'
    '<w:operation name="PlaceOrder"/></w:binding>'
    '<w:service name="ShopService"><w:port name="P" binding="t:B">'
    '<s:address location="https://user:secret@shop.example/soap"/></w:port></w:service>'
)


def wsdl(*parts: str, head: str = HEAD) -> bytes:
    return f"{head}{''.join(parts)}</w:definitions>".encode()


SHOP = wsdl(TYPES, MESSAGES, PORT_TYPE, BINDING)


def stated(files: dict[str, bytes], path: str = "shop.wsdl") -> dict[str, object]:
    result = run_probe(WsdlProbe(), files)
    (only,) = [row["attributes"] for row in result.findings if row["evidence"][0]["artifact"] == path]
    found: dict[str, object] = only
    return found


def codes(found: dict[str, object]) -> list[str]:
    problems = found["problems"]
    assert isinstance(problems, list)
    return [problem["code"] for problem in problems]


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(WsdlProbe)
    check_determinism(WsdlProbe(), {"shop.wsdl": SHOP, "two.wsdl": WSDL_2})
    assert check_hostile(WsdlProbe(), {"shop.wsdl": SHOP}) > 40


def test_operations_of_port_types_are_counted_and_those_with_words_of_their_own_are_documented() -> None:
    found = stated({"shop.wsdl": SHOP})
    assert found["family"] == "wsdl" and found["version"] == "1.1" and found["title"] == "Shop"
    assert found["operations"] == 2 and found["documented_operations"] == 1
    assert found["operations_with_documentation"] == 2
    assert found["undocumented"] == ["Orders.CancelOrder"]
    assert found["valid"] is True and found["problems"] == []


def test_elements_of_embedded_schemas_are_properties() -> None:
    found = stated({"shop.wsdl": SHOP})
    assert (found["schemas"], found["properties"], found["documented_properties"]) == (1, 2, 1)


def test_addresses_are_given_without_passwords() -> None:
    assert stated({"shop.wsdl": SHOP})["servers"] == ["https://shop.example/soap"]


def test_a_deprecated_operation_is_told_with_what_takes_its_place() -> None:
    port_type = PORT_TYPE.replace("Cancel order", "Deprecated: use PlaceOrder with a negative amount instead.")
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES, port_type)})
    assert found["deprecated_operations"] == 1
    assert found["deprecations"] == [{"name": "Orders.CancelOrder", "replacement": "PlaceOrder"}]


def test_a_message_that_is_not_there_makes_it_invalid_with_the_place() -> None:
    found = stated({"shop.wsdl": wsdl(TYPES, PORT_TYPE)})
    assert found["valid"] is False and set(codes(found)) == {"wsdl.reference_missing"}
    problems = found["problems"]
    assert isinstance(problems, list)
    assert problems[0]["xpath"].endswith("w:operation[1]/w:input") and problems[0]["line"] == 1
    assert problems[0]["params"]["clause"] == "WSDL 1.1 §2.3"


def test_a_part_of_an_element_that_no_schema_defines_makes_it_invalid() -> None:
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES.replace("d:Order", "d:Parcel"), PORT_TYPE)})
    assert found["valid"] is False and codes(found) == ["wsdl.component_missing"]


def test_a_prefix_without_namespace_makes_it_invalid() -> None:
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES.replace("d:Order", "nowhere:Order"), PORT_TYPE)})
    assert codes(found) == ["wsdl.prefix_undeclared"]


def test_a_schema_that_does_not_compile_makes_it_invalid_and_names_its_line() -> None:
    types = TYPES.replace('type="x:int"', 'type="d:Nothing"').replace("<x:schema", "\n\n<x:schema")
    found = stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE)})
    assert found["valid"] is False and codes(found) == ["xsd.refused"]
    problems = found["problems"]
    assert isinstance(problems, list) and problems[0]["line"] == 3


def test_an_element_of_wsdl_at_the_wrong_place_makes_it_invalid() -> None:
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES, PORT_TYPE, "<w:operation name='Stray'/>")})
    assert found["valid"] is False and codes(found) == ["structure.element_unknown"]


def test_an_operation_without_input_and_output_makes_it_invalid() -> None:
    found = stated({"shop.wsdl": wsdl("<w:portType name='P'><w:operation name='O'/></w:portType>")})
    assert codes(found) == ["wsdl.operation_empty"]


def test_extensions_are_let_be() -> None:
    policy = '<p:Policy xmlns:p="http://www.w3.org/ns/ws-policy"><p:All p:Optional="true"/></p:Policy>'
    assert stated({"shop.wsdl": wsdl(policy, TYPES, MESSAGES, PORT_TYPE)})["valid"] is True


def test_what_readers_put_up_with_is_told_and_does_not_refuse_it() -> None:
    binding = BINDING.replace('type="t:Orders"', 'type="Orders"').replace('binding="t:B"', 'binding="t:Other"')
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES, PORT_TYPE, binding)})
    assert found["valid"] is True and codes(found) == ["wsdl.reference_unprefixed", "wsdl.port_unbound"]


IMPORT = '<w:import namespace="urn:shop" location="parts/messages.wsdl"/>'


def test_imports_inside_the_product_are_resolved_and_counted_where_they_stand() -> None:
    files = {"shop.wsdl": wsdl(IMPORT, PORT_TYPE), "parts/messages.wsdl": wsdl(TYPES, MESSAGES)}
    found = stated(files)
    assert found["valid"] is True and found["operations"] == 2 and found["files"] == ["parts/messages.wsdl"]
    other = stated(files, "parts/messages.wsdl")
    assert other["operations"] == 0 and other["valid"] is True


def test_descriptions_that_import_each_other_end() -> None:
    back = '<w:import namespace="urn:shop" location="../shop.wsdl"/>'
    files = {"shop.wsdl": wsdl(IMPORT, PORT_TYPE), "parts/messages.wsdl": wsdl(back, TYPES, MESSAGES)}
    assert stated(files)["valid"] is True


def test_a_missing_import_leaves_validity_open() -> None:
    found = stated({"shop.wsdl": wsdl(IMPORT, PORT_TYPE)})
    assert found["valid"] is None and codes(found) == ["wsdl.import_missing"]


def test_an_import_from_elsewhere_is_recorded_and_never_fetched() -> None:
    found = stated({"shop.wsdl": wsdl(IMPORT.replace("parts/", "https://me:pw@shop.example/"), PORT_TYPE)})
    assert found["valid"] is None and codes(found) == ["wsdl.import_external"]
    assert found["external_references"] == ["https://shop.example/messages.wsdl"]


def test_an_import_never_leaves_the_product() -> None:
    for location in ("../../../etc/passwd", "/etc/passwd", "file:///etc/passwd"):
        found = stated({"a/shop.wsdl": wsdl(IMPORT.replace("parts/messages.wsdl", location))}, "a/shop.wsdl")
        assert found["valid"] is None


def schema(namespace: str, *content: str) -> str:
    return (
        f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}" xmlns:d="{namespace}">'
        f"{''.join(content)}</x:schema>"
    )


def test_embedded_schemas_see_each_other_without_a_location() -> None:
    types = (
        "<w:types>"
        + schema("urn:data", '<x:import namespace="urn:more"/><x:element name="Order" type="m:T" xmlns:m="urn:more"/>')
        + schema("urn:more", '<x:simpleType name="T"><x:restriction base="x:string"/></x:simpleType>')
        + schema("urn:more", '<x:element name="Second" type="d:T"/>')
        + "</w:types>"
    )
    assert stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE)})["problems"] == []


def test_a_namespace_may_be_spread_over_files() -> None:
    types = "<w:types>" + schema(
        "urn:own", *(f'<x:import namespace="urn:data" schemaLocation="{n}.xsd"/>' for n in (1, 2))
    )
    files = {
        "shop.wsdl": wsdl(types, "</w:types>", MESSAGES, PORT_TYPE),
        "1.xsd": schema("urn:data", '<x:simpleType name="T"><x:restriction base="x:string"/></x:simpleType>').encode(),
        "2.xsd": schema("urn:data", '<x:element name="Order" type="d:T"/>').encode(),
    }
    found = stated(files)
    assert found["valid"] is True and found["files"] == ["1.xsd", "2.xsd"]


def test_a_schema_without_namespace_takes_that_of_who_includes_it() -> None:
    types = "<w:types>" + schema("urn:data", '<x:include schemaLocation="plain.xsd"/>') + "</w:types>"
    plain = '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:element name="Order" type="x:int"/></x:schema>'
    assert stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE), "plain.xsd": plain.encode()})["valid"] is True


def test_a_missing_schema_matters_only_where_something_refers_to_it() -> None:
    far = '<x:import namespace="urn:far" schemaLocation="https://far.example/far.xsd"/>'
    unused = "<w:types>" + schema("urn:data", far, '<x:element name="Order"/>') + "</w:types>"
    assert stated({"shop.wsdl": wsdl(unused, MESSAGES, PORT_TYPE)})["valid"] is True
    used = unused.replace('name="Order"', 'name="Order" type="f:T" xmlns:f="urn:far"')
    found = stated({"shop.wsdl": wsdl(used, MESSAGES, PORT_TYPE)})
    assert found["valid"] is None and codes(found) == ["xsd.external"]


def test_a_long_chain_of_schemas_is_followed_to_its_end() -> None:
    files = {
        f"{n}.xsd": schema(
            f"urn:{n}",
            f'<x:import namespace="urn:{n + 1}" schemaLocation="{n + 1}.xsd"/>' if n < 300 else "",
            f'<x:element name="E" type="n:T" xmlns:n="urn:{n + 1}"/>' if n < 300 else "",
            '<x:simpleType name="T"><x:restriction base="x:string"/></x:simpleType>',
        ).encode()
        for n in range(1, 301)
    }
    types = "<w:types>" + schema("urn:own", '<x:import namespace="urn:1" schemaLocation="1.xsd"/>') + "</w:types>"
    found = stated({"shop.wsdl": wsdl(types)} | files)
    assert found["valid"] is True
    broken = files | {"300.xsd": schema("urn:300", '<x:element name="Other"/>').encode()}
    found = stated({"shop.wsdl": wsdl(types)} | broken)
    assert found["valid"] is False
    problems = found["problems"]
    assert isinstance(problems, list) and problems[0]["file"] == "299.xsd"


def test_schemas_that_include_each_other_end() -> None:
    types = "<w:types>" + schema("urn:own", '<x:import namespace="urn:data" schemaLocation="1.xsd"/>') + "</w:types>"
    other = '<x:include schemaLocation="2.xsd"/><x:element name="Order" type="d:T"/>'
    back = '<x:include schemaLocation="1.xsd"/><x:simpleType name="T"><x:restriction base="x:string"/></x:simpleType>'
    files = {"1.xsd": schema("urn:data", other).encode(), "2.xsd": schema("urn:data", back).encode()}
    assert stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE)} | files)["valid"] is True


def test_a_schema_that_can_not_be_read_leaves_it_open_and_says_why() -> None:
    types = "<w:types>" + schema("urn:data", '<x:include schemaLocation="1.xsd"/>') + "</w:types>"
    found = stated({"shop.wsdl": wsdl(types), "1.xsd": b"<broken"})
    assert found["valid"] is None and codes(found) == ["xsd.unreadable"]
    problems = found["problems"]
    assert isinstance(problems, list) and problems[0]["params"]["error"] == "xml.malformed"


def test_schemas_of_a_draft_leave_it_open() -> None:
    types = '<w:types><o:schema xmlns:o="http://www.w3.org/1999/XMLSchema" targetNamespace="urn:data"/></w:types>'
    found = stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE)})
    assert found["valid"] is None and codes(found) == ["wsdl.draft_schema"]


def test_arrays_of_soap_need_no_schema_beside_them() -> None:
    soap = "http://schemas.xmlsoap.org/soap/encoding/"
    types = (
        "<w:types>"
        + schema(
            "urn:data",
            f'<x:import namespace="{soap}"/><x:complexType name="List"><x:complexContent>'
            f'<x:restriction base="e:Array" xmlns:e="{soap}"><x:attribute ref="e:arrayType" w:arrayType="x:string[]"/>'
            '</x:restriction></x:complexContent></x:complexType><x:element name="Order" type="d:List"/>',
        )
        + "</w:types>"
    )
    assert stated({"shop.wsdl": wsdl(types, MESSAGES, PORT_TYPE)})["problems"] == []


@pytest.mark.parametrize(("imported", "valid"), [(True, True), (False, False)])
def test_a_schema_inside_of_a_message_needs_the_import_of_its_namespace(imported: bool, valid: bool) -> None:
    """What .NET services write for a DataSet."""
    types = schema(
        "urn:data",
        ('<x:import namespace="http://www.w3.org/2001/XMLSchema"/>' if imported else "")
        + '<x:element name="Order"><x:complexType><x:sequence><x:element ref="x:schema"/><x:any/>'
        '<x:element name="n" type="x:int"/></x:sequence></x:complexType></x:element>',
    )
    assert stated({"shop.wsdl": wsdl(f"<w:types>{types}</w:types>", MESSAGES, PORT_TYPE)})["valid"] is valid


def test_entities_are_not_expanded_and_that_is_told() -> None:
    declared = b'<!DOCTYPE w:definitions [<!ENTITY own "x"><!ENTITY far SYSTEM "file:///etc/passwd">]>'
    result = run_probe(WsdlProbe(), {"shop.wsdl": declared + SHOP})
    found = result.one("api.description")
    assert found["valid"] is None and [problem["code"] for problem in found["problems"]] == ["wsdl.entities"]
    assert result.reasons == ["wsdl.entities"]


def test_entities_that_grow_are_a_row_and_no_verdict() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 20}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE w:definitions [<!ENTITY l0 "{"a" * 400}">{levels}]>'.encode()
    document = bomb + SHOP.replace(b"Cancel order", b"&l8;")
    result = run_probe(WsdlProbe(), {"shop.wsdl": document})
    assert result.reasons == ["limit.xml_expansion"]
    assert result.one("api.description")["valid"] is None


def test_what_does_not_parse_is_invalid_with_the_place() -> None:
    result = run_probe(WsdlProbe(), {"shop.wsdl": SHOP[:-20]})
    found = result.one("api.description")
    assert found["valid"] is False and found["problems"][0]["code"] == "xml.malformed"
    assert result.reasons == ["xml.malformed"]


def test_an_xml_schema_is_no_description() -> None:
    assert run_probe(WsdlProbe(), {"types.xsd": schema("urn:data").encode()}).findings == []


WSDL_2 = b"""<description xmlns="http://www.w3.org/ns/wsdl" targetNamespace="urn:two" xmlns:t="urn:two"
 xmlns:d="urn:data"  xmlns:wsoap="http://www.w3.org/ns/wsdl/soap">
<types><x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:data">
<x:element name="Ask" type="x:string"/></x:schema></types>
<interface name="Base"><operation name="ping" pattern="http://www.w3.org/ns/wsdl/in-out">
<documentation>Answers at once so that callers know the service lives</documentation>
<input messageLabel="In" element="#none"/></operation></interface>
<interface name="Desk" extends="t:Base"><operation name="ask"><input element="d:Ask"/></operation></interface>
<binding name="B" interface="t:Desk" type="http://www.w3.org/ns/wsdl/soap" wsoap:version="1.2">
<operation ref="t:ping"/></binding>
<service name="Desk" interface="t:Desk"><endpoint name="E" binding="t:B" address="https://desk.example/"/></service>
</description>"""


def test_interfaces_of_version_2_are_counted_and_checked() -> None:
    found = stated({"two.wsdl": WSDL_2}, "two.wsdl")
    assert found["version"] == "2.0" and found["operations"] == 2 and found["documented_operations"] == 1
    assert found["valid"] is True and found["servers"] == ["https://desk.example/"]


def test_a_binding_of_version_2_to_an_unknown_operation_makes_it_invalid() -> None:
    found = stated({"two.wsdl": WSDL_2.replace(b'ref="t:ping"', b'ref="t:pong"')}, "two.wsdl")
    assert found["valid"] is False and codes(found) == ["wsdl.reference_missing"]


def test_a_service_of_version_2_without_endpoint_makes_it_invalid() -> None:
    start, end = WSDL_2.index(b"<endpoint"), WSDL_2.index(b"</service>")
    found = stated({"two.wsdl": WSDL_2[:start] + WSDL_2[end:]}, "two.wsdl")
    assert codes(found) == ["structure.element_missing"]


_NAMES = st.text(alphabet="abcäöü中", min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_NAMES, st.sampled_from(["", "It moves the part from one plant to another"])), max_size=12))
def test_every_operation_is_counted_whatever_its_name(rows: list[tuple[str, str]]) -> None:
    operations = "".join(
        f'<w:operation name="{name}"><w:documentation>{text} {number}{name}</w:documentation>'
        '<w:input message="t:In"/></w:operation>'
        for number, (name, text) in enumerate(rows)
    )
    port_type = f'<w:portType name="P">{operations}</w:portType>'
    found = stated({"shop.wsdl": wsdl(TYPES, MESSAGES, port_type)})
    assert found["operations"] == len(rows) and found["valid"] is True
    documented, gaps = found["documented_operations"], found["undocumented_total"]
    assert isinstance(documented, int) and isinstance(gaps, int) and documented + gaps == len(rows)


@pytest.mark.parametrize(("second", "count"), [("a.wsdl", 1), ("b.wsdl", 0)])
def test_an_import_that_is_there_twice_is_told_and_refuses_nothing(second: str, count: int) -> None:
    text = '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:x">'
    text += (
        f'<import namespace="urn:a" location="a.wsdl"/><import namespace="urn:a" location="{second}"/></definitions>'
    )
    other = b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:a"/>'
    result = run_probe(WsdlProbe(), {"x.wsdl": text.encode(), "a.wsdl": other, "b.wsdl": other})
    found = next(row["attributes"] for row in result.findings if row["attributes"]["namespace"] == "urn:x")
    assert [problem["code"] for problem in found["problems"]] == ["wsdl.import_twice"] * count
    assert found["valid"] is True
