"""Changes between two releases, family by family: what each reader takes for an operation, an input, an output."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.releases import ReleaseProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, run_probe
from cpo_scan.rulebook.data import read_table

Change = tuple[str, str, bool]


def told(name: str, old: str, new: str) -> set[Change]:
    """What changed, in which element, and whether it breaks a caller."""
    result = run_probe(ReleaseProbe, {name: new.encode()}, previous={name: old.encode()})
    assert result.rows == []
    rows = [row["attributes"] for row in result.of("release.change")]
    return {(row["what"], row["element"], row["breaking"]) for row in rows}


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return text


WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:x="http://www.w3.org/2001/XMLSchema"
  xmlns:t="urn:t" targetNamespace="urn:t"><types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <x:element name="get"><x:complexType><x:sequence><x:element name="id" type="x:int"/>
    <x:element name="note" type="x:string" minOccurs="0"/></x:sequence></x:complexType></x:element>
  <x:element name="part" type="t:Part"/>
  <x:complexType name="Item"><x:sequence><x:element name="name" type="x:string"/></x:sequence>
    <x:attribute name="lang" type="x:language"/></x:complexType>
  <x:complexType name="Part"><x:complexContent><x:extension base="t:Item"><x:sequence>
    <x:element name="state" type="t:State"/><x:element name="child" type="t:Part" minOccurs="0" maxOccurs="unbounded"/>
    </x:sequence></x:extension></x:complexContent></x:complexType>
  <x:simpleType name="State"><x:restriction base="x:string"><x:enumeration value="open"/><x:enumeration value="done"/>
    </x:restriction></x:simpleType>
  </x:schema></types>
  <message name="In"><part name="body" element="t:get"/></message>
  <message name="Out"><part name="body" element="t:part"/></message>
  <message name="Bad"><part name="why" type="x:string"/></message>
  <portType name="Parts"><operation name="get"><documentation>This operation is deprecated.</documentation>
    <input message="t:In"/><output message="t:Out"/><fault name="missing" message="t:Bad"/></operation>
    <operation name="ping"><input message="t:In"/></operation></portType></definitions>"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('<operation name="ping">', '<operation name="pong">', {
            ("operation_removed", "Parts.ping", True), ("operation_added", "Parts.pong", False)}),
        ('name="note" type="x:string" minOccurs="0"', 'name="note" type="x:string"', {
            ("member_required", "Parts.ping › body.note", True)}),
        ('name="id" type="x:int"', 'name="id" type="x:short"', {
            ("limit_tightened", "Parts.ping › body.id › maximum", True),
            ("limit_tightened", "Parts.ping › body.id › minimum", True)}),
        ('name="id" type="x:int"', 'name="id" type="x:string"', {("type_changed", "Parts.ping › body.id", True)}),
        ('<x:enumeration value="done"/>', "", {("value_removed", "State = done", False)}),
        ('<x:element name="name" type="x:string"/>', "", {("member_removed", "Part.name", True)}),
        ('<x:attribute name="lang" type="x:language"/>', "", {("member_removed", "Part.@lang", True)}),
        ('name="child" type="t:Part" minOccurs="0" maxOccurs="unbounded"', 'name="child" type="t:Part" minOccurs="0"', {
            ("type_changed", "Part.child", True)}),
        ('<fault name="missing" message="t:Bad"/>', "", {("failure_removed", "Parts.get › fault missing why", False)}),
        ('element="t:part"', 'element="t:get"', {
            ("fact_changed", "Parts.get › body › element", True), ("member_removed", "Parts.get › body.@lang", True),
            ("member_removed", "Parts.get › body.child", True), ("member_removed", "Parts.get › body.name", True),
            ("member_removed", "Parts.get › body.state", True), ("member_added", "Parts.get › body.note", False),
            ("required_member_added", "Parts.get › body.id", False)}),
    ],
)  # fmt: skip
def test_wsdl_by_port_types_messages_and_schemas(old: str, new: str, expected: set[Change]) -> None:
    assert told("parts.wsdl", WSDL, replaced(WSDL, (old, new))) == expected


def test_wsdl_says_by_its_documentation_that_an_operation_ends() -> None:
    new = replaced(WSDL, ('<operation name="get">', '<operation name="fetch">'))
    result = run_probe(ReleaseProbe, {"a.wsdl": new.encode()}, previous={"a.wsdl": WSDL.encode()})
    rows = {row["attributes"]["what"]: row["attributes"] for row in result.findings}
    assert rows["operation_removed"]["announced"] is True


def test_wsdl_in_other_words_is_the_same_interface() -> None:
    new = replaced(
        WSDL,
        ("xmlns:t=", "xmlns:q="), ("t:", "q:"),
        ('<x:element name="get"><x:complexType>', '<x:element name="get" type="q:Get"/><x:complexType name="Get">'),
        ("</x:sequence></x:complexType></x:element>", "</x:sequence></x:complexType>"),
    )  # fmt: skip
    assert told("parts.wsdl", WSDL, new) == set()


WSDL_2 = """<description xmlns="http://www.w3.org/ns/wsdl" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"
  targetNamespace="urn:t"><types><x:schema targetNamespace="urn:t"><x:element name="ask" type="x:string"/>
  <x:element name="tell" type="x:date"/></x:schema></types><interface name="I"><fault name="no" element="t:ask"/>
  <operation name="o" pattern="http://www.w3.org/ns/wsdl/in-out"><input element="t:ask"/><output element="t:tell"/>
  <outfault ref="t:no"/></operation></interface></description>"""


def test_wsdl_2_by_interfaces() -> None:
    new = replaced(
        WSDL_2, ('type="x:date"', 'type="x:string"'), ("/in-out", "/in-only"), ('<outfault ref="t:no"/>', "")
    )
    assert told("i.wsdl", WSDL_2, new) == {
        ("fact_changed", "I.o › pattern", True),
        ("type_changed", "I.o › message", True),
        ("failure_removed", "I.o › fault no", False),
    }


PROTO = """syntax = "proto3";
package shop.v1;
service Orders { rpc Get(GetRequest) returns (Order); rpc Watch(GetRequest) returns (stream Order); }
message GetRequest { string id = 1; }
message Order { string id = 1; repeated Line lines = 2; map<string, int32> tags = 3; State state = 4;
  oneof pay { string card = 5; string cash = 6; } message Line { int32 count = 1; } }
enum State { OPEN = 0; DONE = 1; }
message Old { option deprecated = true; string a = 1; }
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("string id = 1; repeated", "string id = 9; repeated", {("fact_changed", "shop.v1.Order.id › number", True)}),
        ("string id = 1; repeated", "int64 id = 1; repeated", {("type_changed", "shop.v1.Order.id", True)}),
        ("string id = 1; repeated", "string key = 1; repeated", {
            ("member_removed", "shop.v1.Order.id", True), ("member_added", "shop.v1.Order.key", False)}),
        ("repeated Line lines", "Line lines", {("type_changed", "shop.v1.Order.lines", True)}),
        ("map<string, int32>", "map<string, int64>", {("type_changed", "shop.v1.Order.tags[]", True)}),
        ("DONE = 1", "DONE = 2", {("fact_changed", "shop.v1.State.DONE › number", True)}),
        ("DONE = 1;", "", {("member_removed", "shop.v1.State.DONE", True)}),
        ("DONE = 1;", "DONE = 1; GONE = 2;", {("member_added", "shop.v1.State.GONE", False)}),
        ("returns (stream Order)", "returns (Order)", {("fact_changed", "shop.v1.Orders/Watch › response", True)}),
        ("rpc Get(GetRequest) returns (Order);", "", {("operation_removed", "shop.v1.Orders/Get", True)}),
        ("rpc Get(GetRequest)", "rpc Get(Order)", {("type_changed", "shop.v1.Orders/Get › request", True)}),
        ("string cash = 6; }", "} string cash = 6;", {("fact_changed", "shop.v1.Order.cash › oneof", True)}),
        ("repeated Line", "repeated .shop.v1.Order.Line", set()),
        ("message Old", "// words\nmessage Old", set()),
    ],
)  # fmt: skip
def test_protobuf_by_rpcs_fields_and_numbers(old: str, new: str, expected: set[Change]) -> None:
    assert told("shop.proto", PROTO, replaced(PROTO, (old, new))) == expected


def test_protobuf_default_values_labels_and_extensions_of_proto2() -> None:
    old = "message A { required int32 a = 1; optional int32 b = 2 [default = -1]; extensions 10 to 20; }\n"
    old += "extend A { optional int32 x = 10; }"
    new = replaced(old, ("required", "optional"), ("= -1", "= 2"), ("x = 10", "x = 11"))
    assert told("a.proto", old, new) == {
        ("member_optional", "A.a", False),
        ("fact_changed", "A.b › default", True),
        ("fact_changed", "extension x › value › number", True),
    }


def test_protobuf_message_that_was_marked_as_deprecated_goes_announced() -> None:
    new = PROTO[: PROTO.index("message Old")]
    result = run_probe(ReleaseProbe, {"a.proto": new.encode()}, previous={"a.proto": PROTO.encode()})
    (row,) = result.of("release.change")
    assert row["attributes"]["element"] == "message shop.v1.Old"
    assert row["attributes"]["announced"] is True


CSDL = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="S" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Base"><Key><PropertyRef Name="ID"/></Key>
  <Property Name="ID" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityType Name="Part" BaseType="S.Base"><Property Name="Name" Type="Edm.String" MaxLength="40"/>
  <Property Name="State" Type="S.State"/><NavigationProperty Name="Parts" Type="Collection(S.Part)"/></EntityType>
<EnumType Name="State"><Member Name="Open"/><Member Name="Done"/></EnumType>
<Function Name="Find"><Parameter Name="text" Type="Edm.String"/><ReturnType Type="Collection(S.Part)"/></Function>
<Action Name="Close" IsBound="true"><Parameter Name="part" Type="S.Part"/>
  <Parameter Name="why" Type="Edm.String"/></Action>
<EntityContainer Name="C"><EntitySet Name="Parts" EntityType="S.Part"/><FunctionImport Name="Find" Function="S.Find"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('<EntitySet Name="Parts"', '<EntitySet Name="Items"', {
            ("operation_removed", "EntitySet Parts", True), ("operation_added", "EntitySet Items", False)}),
        ('MaxLength="40"', 'MaxLength="20"', {
            ("limit_tightened", "Part.Name › maxLength", True), ("limit_tightened", "Part.Name › maxLength", False)}),
        ('MaxLength="40"', 'Nullable="false" MaxLength="40"', {
            ("member_required", "Part.Name", True), ("member_required", "Part.Name", False)}),
        ('Type="Edm.Int32" Nullable="false"', 'Type="Edm.String" Nullable="false"', {
            ("type_changed", "Part.ID", True)}),
        ('<Property Name="Name" Type="Edm.String" MaxLength="40"/>', "", {("member_removed", "Part.Name", True)}),
        ('<Member Name="Done"/>', "", {
            ("value_removed", "State = Done", True), ("value_removed", "State = Done", False)}),
        ('<Parameter Name="text" Type="Edm.String"/>', "", {
            ("operation_removed", "Find(text)", True), ("operation_added", "Find()", False)}),
        ('<Parameter Name="why" Type="Edm.String"/>', "", {("input_removed", "Part/S.Close › why", True)}),
        ('<PropertyRef Name="ID"/>', '<PropertyRef Name="Name"/>', {
            ("fact_changed", "EntitySet Parts › key", True)}),
        ('Namespace="S" ', 'Namespace="S" Alias="A" ', set()),
    ],
)  # fmt: skip
def test_odata_by_entity_sets_operations_and_properties(old: str, new: str, expected: set[Change]) -> None:
    assert told("metadata.edmx", CSDL, replaced(CSDL, (old, new))) == expected


def test_odata_in_xml_and_in_json_is_the_same_interface() -> None:
    part: dict[str, Any] = {
        "$Kind": "EntityType", "$BaseType": "S.Base", "Name": {"$Nullable": True, "$MaxLength": 40},
        "State": {"$Type": "S.State", "$Nullable": True},
        "Parts": {"$Kind": "NavigationProperty", "$Type": "S.Part", "$Collection": True},
    }  # fmt: skip
    parts = {"$Collection": True, "$Type": "S.Part"}
    why, text = ({"$Name": name, "$Nullable": True} for name in ("why", "text"))
    document = {
        "$Version": "4.01", "$EntityContainer": "S.C",
        "S": {
            "Base": {"$Kind": "EntityType", "$Key": ["ID"], "ID": {"$Type": "Edm.Int32"}}, "Part": part,
            "State": {"$Kind": "EnumType", "Open": 0, "Done": 1},
            "Find": [{"$Kind": "Function", "$Parameter": [text], "$ReturnType": parts}],
            "Close": [{"$Kind": "Action", "$IsBound": True, "$Parameter": [{"$Name": "part", "$Type": "S.Part"}, why]}],
            "C": {"$Kind": "EntityContainer", "Parts": parts, "Find": {"$Function": "S.Find"}},
        },
    }  # fmt: skip
    old, new = {"v1/m.edmx": CSDL.encode()}, {"v1/m.json": msgspec.json.encode(document)}
    result = run_probe(ReleaseProbe, new, previous=old)
    assert [row["attributes"] for row in result.findings] == []
    changed = {**document, "S": {**document["S"], "State": {"$Kind": "EnumType", "Open": 0}}}  # type: ignore[dict-item]
    result = run_probe(ReleaseProbe, {"v1/m.json": msgspec.json.encode(changed)}, previous=old)
    assert {row["attributes"]["element"] for row in result.findings} == {"State = Done"}


def test_graphql_as_a_schema_and_as_an_introspection_result_is_the_same_interface() -> None:
    def type_(kind: str, name: str, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "name": name, **more}

    string = {"kind": "SCALAR", "name": "String", "ofType": None}
    argument = {"name": "id", "type": {"kind": "NON_NULL", "ofType": string}}
    field = {"name": "order", "args": [argument], "type": {"kind": "OBJECT", "name": "Order"}, "isDeprecated": False}
    types = [
        type_("OBJECT", "Query", fields=[field]),
        type_("OBJECT", "Order", fields=[{"name": "note", "args": [], "type": string, "isDeprecated": False}]),
    ]
    result = {"data": {"__schema": {"queryType": {"name": "Query"}, "types": types, "directives": []}}}
    old = {"api/schema1.graphql": b"type Query { order(id: String!): Order } type Order { note: String }"}
    assert run_probe(ReleaseProbe, {"api/schema1.json": msgspec.json.encode(result)}, previous=old).findings == []
    types[1]["fields"] = [{"name": "remark", "args": [], "type": string}]
    found = run_probe(ReleaseProbe, {"api/schema1.json": msgspec.json.encode(result)}, previous=old)
    rows = {(row["attributes"]["what"], row["attributes"]["element"]) for row in found.findings}
    assert rows == {("member_removed", "Order.note"), ("member_added", "Order.remark")}


WADL = """<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:x="http://www.w3.org/2001/XMLSchema"
  xmlns:t="urn:t">
<doc title="Parts"/><grammars><x:schema targetNamespace="urn:t"><x:element name="part"><x:complexType><x:sequence>
<x:element name="name" type="x:string"/></x:sequence></x:complexType></x:element></x:schema></grammars>
<resources base="http://h/"><resource path="parts/{id}" type="#paged">
<param name="id" style="template" type="x:string"/>
<method name="GET"><request><param name="deep" style="query" type="x:boolean"/></request>
<response status="200"><representation mediaType="application/xml" element="t:part"/></response>
<response status="404"/></method><method href="#put"/></resource></resources>
<resource_type id="paged"><param name="page" style="query" type="x:int"/></resource_type>
<method id="put" name="PUT"><request><representation mediaType="application/xml" element="t:part"/></request></method>
</application>"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name="deep" style="query"', 'name="deep" style="query" required="true"', {
            ("input_required", "GET /parts/{} › query deep", True)}),
        ('name="page" style="query" type="x:int"', 'name="page" style="query" type="x:string"', {
            ("type_changed", "GET /parts/{} › query page", True),
            ("type_changed", "PUT /parts/{} › query page", True)}),
        ('<x:element name="name" type="x:string"/>', '<x:element name="name" type="x:int"/>', {
            ("type_changed", "GET /parts/{} › 200 application/xml.name", True),
            ("type_changed", "PUT /parts/{} › body application/xml.name", True)}),
        ('<method href="#put"/>', "", {("operation_removed", "PUT /parts/{}", True)}),
        ('<response status="404"/>', "", {("failure_removed", "GET /parts/{} › 404", False)}),
    ],
)  # fmt: skip
def test_wadl_by_resources_parameters_and_representations(old: str, new: str, expected: set[Change]) -> None:
    assert told("parts.wadl", WADL, replaced(WADL, (old, new))) == expected


def test_wadl_whose_path_variable_has_another_name_is_the_same_interface() -> None:
    new = replaced(WADL, ("parts/{id}", "parts/{key}"), ('name="id" style="template"', 'name="key" style="template"'))
    assert told("parts.wadl", WADL, new) == set()


def openrpc(method: dict[str, Any]) -> str:
    document = {"openrpc": "1.3.2", "info": {"title": "T", "version": "1"}, "methods": [method]}
    return msgspec.json.encode(document).decode()


def test_openrpc_by_methods_parameters_and_results() -> None:
    a, b = ({"name": name, "schema": {"type": "string"}} for name in "ab")
    old = openrpc({"name": "get", "params": [a, b], "result": {"name": "r", "schema": {"type": "integer"}}})
    new = openrpc({"name": "get", "params": [b], "result": {"name": "r", "schema": {"type": "number"}}})
    assert told("openrpc.json", old, new) == {
        ("input_removed", "get › a", True),
        ("fact_changed", "get › b › position", True),
        ("type_widened", "get › result", True),
    }
    assert told("openrpc.json", old, openrpc({"name": "put", "params": []})) == {
        ("operation_removed", "get", True), ("operation_added", "put", False),
    }  # fmt: skip


UNO = """module a { module b {
struct P { long x; sequence< P > inner; };
enum E { ONE, TWO = 2 };
constants K { const long FIRST = 1; };
exception Gone { string why; };
interface I : a::Base { long get([in] string name, [inout] any what) raises (Gone); [attribute, readonly] long Size;
/** @deprecated */ void old(); };
}; };"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("long x;", "long x; long y;", {("required_member_added", "a::b::P.y", True)}),
        ("long x;", "hyper x;", {("type_changed", "a::b::P.x", True)}),
        ("TWO = 2", "TWO = 3", {("fact_changed", "a::b::E.TWO › value", True)}),
        ("FIRST = 1", "FIRST = 2", {("fact_changed", "constant a::b::K::FIRST › definition", True)}),
        ("[in] string name", "[in] string other", set()),
        ("[in] string name", "[in] long name", {("type_changed", "a::b::I::get › parameter 1", True)}),
        ("[inout] any", "[in] any", {
            ("fact_changed", "a::b::I::get › parameter 2 › way", True),
            ("output_removed", "a::b::I::get › parameter 2", True)}),
        (" raises (Gone)", "", {("failure_removed", "a::b::I::get › raises a::b::Gone", False)}),
        (" raises (Gone)", " raises (a::b::Gone)", set()),
        (": a::Base", "", {("output_removed", "interface a::b::I › base a::Base", True)}),
        ("[attribute, readonly]", "[attribute]", {("input_added", "a::b::I::Size › value", False)}),
        ("/** @deprecated */ void old();", "", {("operation_removed", "a::b::I::old", True)}),
        ("sequence< P >", "sequence< a::b::P >", set()),
    ],
)  # fmt: skip
def test_uno_idl_by_operations_parameters_and_data_types(old: str, new: str, expected: set[Change]) -> None:
    assert told("I.idl", UNO, replaced(UNO, (old, new))) == expected


OMG = """module m { typedef sequence<long, 4> L; struct S { @key long a, b[2]; };
union U switch (long) { case 1: string s; default: long n; };
interface I { oneway void ping(in string s); attribute S value; readonly attribute L list;
  S get(in unsigned long long n, out S other) raises (E); exception E { string why; }; }; };"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sequence<long, 4> L", "sequence<long> L", {("fact_changed", "typedef m::L › definition", True)}),
        ("b[2]", "b[3]", {("type_changed", "m::S.b", True)}),
        ("string s; default", "wstring s; default", {("type_changed", "m::U.s", True)}),
        ("oneway void", "void", {("fact_changed", "m::I::ping › oneway", True)}),
        ("unsigned long long n", "unsigned long n", {("type_changed", "m::I::get › parameter 1", True)}),
        ("attribute S value", "readonly attribute S value", {("input_removed", "m::I::value › value", True)}),
        ("@key long", "long", set()),
        ("in string s", "in  string  /* words */ t", set()),
    ],
)  # fmt: skip
def test_omg_idl_by_operations_parameters_and_data_types(old: str, new: str, expected: set[Change]) -> None:
    assert told("m.idl", OMG, replaced(OMG, (old, new))) == expected


ALL = {
    "a.wsdl": WSDL, "b.wsdl": WSDL_2, "c.proto": PROTO, "d.edmx": CSDL, "e.wadl": WADL, "f.idl": UNO, "g.idl": OMG,
    "h.json": openrpc({"name": "get", "params": []}),
}  # fmt: skip
OLD = {name: text.encode() for name, text in ALL.items()}
NEW = {name: replaced(text, ("get", "fetch") if "get" in text else ("o", "u")).encode() for name, text in ALL.items()}


def test_order_does_not_matter() -> None:
    check_determinism(ReleaseProbe, NEW, previous=OLD)


SHORT = {
    "f.idl": b"module a { interface I : a::B { long get([in] string name) raises (E); [attribute] long S; }; };",
    "g.idl": b"module m { struct S { long a, b[2]; }; interface I { S get(in unsigned long n) raises (E); }; };",
}


@pytest.mark.parametrize("name", list(ALL))
def test_damaged_descriptions_are_survived(name: str) -> None:
    assert check_hostile(ReleaseProbe, {name: SHORT.get(name, OLD[name])}, previous={name: NEW[name]})


@pytest.mark.parametrize("name", ["a.wsdl", "c.proto", "d.edmx", "e.wadl", "f.idl", "g.idl"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_description_with_any_line_changed_can_be_compared(name: str, data: st.DataObject) -> None:
    text = ALL[name]
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    put = data.draw(
        st.sampled_from(["", "x", ";", "}", "{", "<", "/>", '"', "(", ")", " = 1", "repeated ", "::", "[", ","])
    )
    changed = (text[:start] + put + text[end:]).encode()
    result = run_probe(ReleaseProbe, {name: changed}, previous={name: text.encode()})
    assert all(isinstance(row["attributes"]["breaking"], bool) for row in result.findings)


XSD = "http://www.w3.org/2001/XMLSchema"


@given(
    st.recursive(
        st.sampled_from(["E", "A", "R", "G"]), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8
    )
)
@settings(max_examples=40, deadline=None)
def test_schemas_that_lead_to_themselves_are_read_to_an_end(shape: Any) -> None:
    def part(one: Any) -> str:
        match one:
            case list():
                return "<x:choice>" + "".join(map(part, one)) + "</x:choice>"
            case "E":
                return '<x:element ref="t:part" minOccurs="0"/>'
            case "A":
                return '<x:element name="a" type="t:Part" maxOccurs="3"/>'
            case "G":
                return '<x:group ref="t:G"/>'
            case _:
                inner = '<x:complexType><x:sequence><x:group ref="t:G"/></x:sequence></x:complexType>'
                return f'<x:element name="r">{inner}</x:element>'

    content = part(shape)
    schema = f'<x:group name="G"><x:sequence>{content}</x:sequence></x:group>'
    text = replaced(
        WSDL,
        ("<x:simpleType", schema + "<x:simpleType"),
        ('<x:element name="state"', content + '<x:element name="state"'),
    )
    assert told("parts.wsdl", text, replaced(text, ("xmlns:t=", 'xml:lang="en" xmlns:t='))) == set()


def test_every_family_that_is_compared_is_explained_with_its_sources() -> None:
    table = read_table("breaking-changes").data
    told = set(table["families"])
    assert told == {
        *("openapi", "asyncapi", "graphql", "wsdl", "wadl", "odata", "protobuf", "idl", "jsonrpc", "raml", "typelib")
    }
    assert {source for row in table["families"].values() for source in row["source"]} <= table["sources"].keys()
    assert {row["source"] for row in table["changes"]} <= table["sources"].keys()
