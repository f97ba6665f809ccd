"""exchange.files: what can be said of an exchange file or schema without the schema of its standard."""

import io
import json
import zipfile
from typing import Any

import pytest

from cpo_probes.exchange.files import ExchangeFilesProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_metadata, run_probe

QIF = Recognition(format="qif", standard="qif", version="3.0", facts={"root": "QIFDocument"})
GLTF = Recognition(format="gltf", standard="gltf", version="2.0")
MESH = Recognition(format="3mf", standard="3mf")
XSD = Recognition(format="xsd", part="schema")


def run(path: str, data: bytes, recognition: Recognition, **others: Any) -> Result:
    return run_probe(ExchangeFilesProbe, {path: data, **others}, recognitions={path: recognition})


def attributes(result: Result, kind: str = "exchange.file") -> dict[str, Any]:
    return result.one(kind)


def test_a_file_whose_carrier_is_intact_is_not_called_valid() -> None:
    for path, data, recognition in (
        ("a.qif", b"<QIFDocument/>", QIF),
        ("a.gltf", b'{"asset": {"version": "2.0"}}', GLTF),
        ("a.jt", b"Version 9.5 JT", Recognition(format="jt", standard="jt", version="9.5")),
    ):
        stated = attributes(run(path, data, recognition))
        assert stated["valid"] is None
        assert [problem["code"] for problem in stated["problems"]] == ["exchange.schema_not_at_hand"]
        assert stated["version"] == recognition.version


@pytest.mark.parametrize(
    ("path", "data", "recognition", "code"),
    [
        ("a.qif", b"<QIFDocument>\n<open></QIFDocument>", QIF, "xml.malformed"),
        ("a.gltf", b'{"asset": {"version": "2.0"}', GLTF, "json.malformed"),
    ],
)
def test_a_broken_carrier_is_refused_and_listed(path: str, data: bytes, recognition: Recognition, code: str) -> None:
    result = run(path, data, recognition)
    stated = attributes(result)
    assert stated["valid"] is False
    assert stated["problems"][0]["code"] == code
    assert stated["problems"][0]["line"] >= 1
    assert result.reasons == [code]


@pytest.mark.parametrize("data", [b"{\\rtf1\\ansi terms}", b"[header]\nname=a\n", b"{{3, 4}, {5, 6}}"])
def test_brackets_alone_do_not_make_a_file_broken_json(data: bytes) -> None:
    result = run("terms.rtf", data, Recognition(format="rtf", standard="rtf"))
    assert attributes(result)["valid"] is None
    assert result.reasons == []


VTU = Recognition(format="vtk-xml", standard="vtk", version="1.0")
APPENDED = b'<VTKFile version="1.0">\n<UnstructuredGrid/>\n<AppendedData encoding="%s">_%s</AppendedData>\n</VTKFile>'


def test_binary_data_that_a_format_allows_in_its_xml_is_no_damage() -> None:
    result = run("a.vtu", APPENDED % (b"raw", b"\x08\0\0\0<\xff&"), VTU)
    stated = attributes(result)
    assert stated["valid"] is None
    assert [problem["code"] for problem in stated["problems"]] == ["exchange.schema_not_at_hand", "exchange.raw_data"]
    assert result.reasons == ["exchange.raw_data"]


@pytest.mark.parametrize(
    "data",
    [
        APPENDED % (b"base64", b"\x08\0\0\0<\xff&"),
        (APPENDED % (b"raw", b"\x08\0")).replace(b"<UnstructuredGrid/>", b"<UnstructuredGrid>&</Grid>"),
    ],
)
def test_damage_elsewhere_in_such_a_file_is_told(data: bytes) -> None:
    assert attributes(run("a.vtu", data, VTU))["valid"] is False


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<QIFDocument>" + b"<a>" * 300 + b"</a>" * 300 + b"</QIFDocument>", "limit.xml_depth"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///x">]><QIFDocument>&x;</QIFDocument>', "xml.external_entity"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><QIFDocument/>', "xml.external_dtd"),
    ],
)
def test_tricks_and_limits_leave_no_verdict_and_a_row(data: bytes, code: str) -> None:
    result = run("a.qif", data, QIF)
    assert attributes(result)["valid"] is None
    assert result.reasons == [code]


def package(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_package_is_read_to_its_checksums() -> None:
    whole = package(model=b"<model>solid</model>")
    assert attributes(run("a.3mf", whole, MESH))["valid"] is None
    broken = run("a.3mf", whole.replace(b"solid", b"sol1d"), MESH)
    assert attributes(broken)["valid"] is False
    assert attributes(broken)["problems"][0]["code"] == "zip.bad_crc"


def test_a_package_owns_its_members() -> None:
    from cpo_scan.model import Artifact
    from cpo_scan.probe.context import Context
    from cpo_scan.targets.content import BytesContent, Content
    from cpo_scan.targets.limits import Limits

    class One:
        def content(self, _: Artifact) -> Content:
            return BytesContent(b"<fmiModelDescription/>")

        def related(self, _artifact: Artifact, _path: str) -> Artifact | None:
            return None

    recognition = Recognition(format="fmi", standard="fmi")
    for owner, count in (("fmi", 0), ("ssp", 1), (None, 1)):
        artifact = Artifact(path="a.fmu!/m.xml", size=1, sha256="0", recognition=recognition, package=owner)
        found = list(ExchangeFilesProbe().examine(artifact, Context(One(), Limits(), None, {})))
        assert len(found) == count


def test_carriers_and_descriptions_are_no_exchange_files() -> None:
    for recognition in (
        Recognition(format="xml", carrier=True),
        Recognition(format="openapi-3", standard="openapi", part="description"),
        Recognition(format="html"),
    ):
        assert run("a.txt", b"<a/>", recognition).findings == []


def test_what_only_a_name_says_is_named_and_not_recognised() -> None:
    result = run("a.x_t", b"", Recognition(format="parasolid-text", standard="parasolid", by_name=True))
    assert [finding["strength"] for finding in result.of("exchange.file")] == ["named"]


def test_a_name_that_says_something_else_is_a_conflict() -> None:
    result = run("a.stp", b"<html/>", Recognition(format="html", named_as="step-p21"))
    assert [finding["kind"] for finding in result.findings] == ["format.conflict"]


# -- schemas

BODY = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"%s>%s</xs:schema>'
REQIF = b' targetNamespace="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"'


def test_a_schema_that_compiles_with_what_lies_beside_it_is_valid() -> None:
    data = BODY % (REQIF, b'<xs:include schemaLocation="types/part.xsd"/><xs:element name="a" type="xs:string"/>')
    result = run_probe(
        ExchangeFilesProbe,
        {"lib/a.xsd": data, "lib/types/part.xsd": BODY % (REQIF, b"")},
        recognitions={"lib/a.xsd": XSD, "lib/types/part.xsd": XSD},
    )
    findings = result.of("exchange.schema")
    assert [finding["attributes"]["valid"] for finding in findings] == [True, True]
    assert {finding["attributes"]["standard"] for finding in findings} == {"reqif"}
    assert "lib/types/part.xsd" in result.reads
    assert result.of("exchange.file") == []


@pytest.mark.parametrize(
    ("root", "inside", "what"),
    [
        ('vc:minVersion="1.1"', "", "vc:minVersion"),
        ('defaultAttributes="all"', '<xs:attributeGroup name="all"/>', "defaultAttributes"),
        ("", '<xs:element name="at" type="xs:dateTimeStamp"/>', "dateTimeStamp"),
        ("", '<xs:complexType name="a"><xs:sequence/><xs:assert test="true()"/></xs:complexType>', "assert"),
    ],
)
def test_a_schema_that_needs_xml_schema_1_1_is_compiled_by_it(root: str, inside: str, what: str) -> None:
    head = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning"'
    schema = f"<xs:schema {head} {root}>{inside}</xs:schema>".encode()
    found = run_probe(ExchangeFilesProbe, {"a.xsd": schema}).one("exchange.schema")
    assert (found["language_version"], found["valid"], found["problems"]) == ("1.1", True, [])
    parts = schema.replace(b">", b'><xs:import namespace="urn:b"/>', 1)
    found = run_probe(ExchangeFilesProbe, {"a.xsd": parts}).one("exchange.schema")
    assert (found["language_version"], found["valid"]) == ("1.1", None)
    codes = [(one["code"], one["params"]) for one in found["problems"]]
    assert codes[0] == ("xsd.version_1_1", {"element": what})
    assert codes[-1] == ("xsd.references_1_1", {"version": "1.1"})


def test_a_schema_whose_parts_are_missing_has_no_verdict() -> None:
    stated = attributes(run("a.xsd", BODY % (b"", b'<xs:include schemaLocation="b.xsd"/>'), XSD), "exchange.schema")
    assert stated["valid"] is None
    assert stated["problems"] == [{"code": "xsd.missing", "params": {"location": "b.xsd"}}]


def test_module_of_a_schema_that_names_what_others_declare_is_left_open() -> None:
    group = b'<xs:group name="g"><xs:sequence><xs:element ref="part"/></xs:sequence></xs:group>'
    stated = attributes(run("a.xsd", BODY % (b"", group), XSD), "exchange.schema")
    assert (stated["valid"], stated["problems"][0]["code"]) == (None, "xsd.module")
    whole = group + b'<xs:element name="a" type="lost"/>'
    assert attributes(run("a.xsd", BODY % (b"", whole), XSD), "exchange.schema")["valid"] is False
    assert "standard" not in stated


def test_a_schema_without_namespace_is_known_by_its_element() -> None:
    data = BODY % (b"", b'<xs:element name="fmiModelDescription" type="xs:string"/>')
    assert attributes(run("a.xsd", data, XSD), "exchange.schema")["standard"] == "fmi"


@pytest.mark.parametrize(
    ("namespace", "publisher"),
    [
        ("http://www.w3.org/2005/08/addressing", "W3C"),
        ("http://docs.oasis-open.org/wsn/b-2", "OASIS"),
        ("urn:oasis:names:tc:SAML:2.0:assertion", "OASIS"),
        ("http://www.omg.org/spec/BPMN/20100524/MODEL", "OMG"),
        ("http://www.omg.org/spec/ReqIF/20110401/reqif.xsd", None),  # of an exchange standard, which is told apart
        ("http://schemas.acme.example/parts", None),
        ("http://acme.example/http://www.w3.org/", None),
        ("", None),
    ],
)
def test_schemas_of_standards_bodies_name_their_publisher(namespace: str, publisher: str | None) -> None:
    target = f' targetNamespace="{namespace}"' if namespace else ""
    stated = attributes(run("a.xsd", BODY % (target.encode(), b""), XSD), "exchange.schema")
    assert stated.get("publisher") == publisher


def test_json_schemas_are_held_against_their_meta_schema() -> None:
    recognition = Recognition(format="json-schema", part="schema")
    for kind, valid in (("object", True), ("objekt", False)):
        data = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": kind}).encode()
        assert attributes(run("a.json", data, recognition), "exchange.schema")["valid"] is valid
    foreign = json.dumps({"$schema": "http://127.0.0.1:9/own", "type": 1}).encode()
    assert attributes(run("a.json", foreign, recognition), "exchange.schema")["valid"] is None


@pytest.mark.parametrize(
    ("name", "standard"), [("IFC4X3_DEV", "ifc"), ("config_control_design", "step"), ("my_schema", None)]
)
def test_express_schemas_are_known_by_name_and_not_called_valid(name: str, standard: str | None) -> None:
    recognition = Recognition(format="express", part="schema", facts={"schema": name})
    stated = attributes(run("a.exp", b"SCHEMA x;", recognition), "exchange.schema")
    assert (stated["language"], stated.get("standard"), stated["valid"]) == ("express", standard, None)
    assert stated["problems"][0]["code"] == "exchange.language_not_checked"


DTD = Recognition(format="dtd", part="schema")
RNG = Recognition(format="relaxng", part="schema")
GRAMMAR = '<element name="a" xmlns="http://relaxng.org/ns/structure/1.0">{}</element>'


@pytest.mark.parametrize(
    ("recognition", "data", "valid", "code"),
    [
        (DTD, b"<!ELEMENT a (b*)><!ELEMENT b EMPTY><!ATTLIST a c CDATA #IMPLIED>", True, ""),
        (DTD, b"<!ELEMENT a (b*>", False, "dtd.malformed"),
        (DTD, b'<!ENTITY % x SYSTEM "file:///etc/hostname">%x;<!ELEMENT a EMPTY>', None, "xsd.missing"),
        (DTD, b'<!ENTITY % x SYSTEM "it">%x;<!ELEMENT a EMPTY>', None, "xsd.missing"),
        (RNG, GRAMMAR.format("<text/>").encode(), True, ""),
        (RNG, GRAMMAR.format('<ref name="nowhere"/>').encode(), False, "relaxng.refused"),
        (RNG, GRAMMAR.format('<externalRef href="file:///etc/hostname"/>').encode(), None, "xsd.missing"),
        (RNG, b"<element", False, "xml.malformed"),
    ],
)
def test_other_schema_languages_are_read_wholly_and_nothing_is_fetched(
    recognition: Recognition, data: bytes, valid: bool | None, code: str
) -> None:
    stated = run("a.schema", data, recognition).one("exchange.schema")
    assert stated["valid"] is valid
    assert [problem["code"] for problem in stated["problems"]] == ([code] if code else [])


def test_a_published_schema_is_official_by_its_bytes_and_tells_its_version() -> None:
    from cpo_scan.rulebook.root import rules_root

    folder = rules_root() / "schemas" / "third_party" / "fmi-2"
    files = {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".xsd")}
    result = run_probe(ExchangeFilesProbe, files)
    assert {(row["attributes"]["version"], row["attributes"]["official"]) for row in result.of("exchange.schema")} == {
        ("2.0", True)
    }
    altered = {name: data.replace(b"</xs:schema>", b"<!-- ours --></xs:schema>") for name, data in files.items()}
    changed = run_probe(ExchangeFilesProbe, altered).of("exchange.schema")
    assert {(row["attributes"]["version"], row["attributes"]["official"]) for row in changed} == {("2.0", False)}


def test_hostile_schemas_break_nothing() -> None:
    from cpo_scan.probe.testing import check_hostile

    check_hostile(
        ExchangeFilesProbe,
        {"a.dtd": b"<!ELEMENT a (b*)><!ELEMENT b EMPTY>", "a.rng": GRAMMAR.format("<text/>").encode()},
        recognitions={"a.dtd": DTD, "a.rng": RNG},
    )


def test_the_schema_of_a_language_for_interfaces_is_no_exchange_schema() -> None:
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://swagger.io/v2/schema.json#"}
    recognition = Recognition(format="json-schema", standard="openapi", part="schema")
    assert run("a.json", json.dumps(schema).encode(), recognition).findings == []


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(ExchangeFilesProbe)
    check_determinism(ExchangeFilesProbe, {"a.xsd": BODY % (REQIF, b""), "b.dae": b"<COLLADA/>"})


def test_a_module_of_a_document_type_definition_is_not_judged_by_itself() -> None:
    module = b"<!ELEMENT text (#PCDATA)>\n<!ATTLIST text %style.attributes; %place;>\n"
    result = run_probe(ExchangeFilesProbe, {"text.mod": module}, recognitions={"text.mod": DTD})
    schema = result.one("exchange.schema")
    assert schema["valid"] is None
    assert schema["problems"] == [{"code": "dtd.module", "params": {"entities": ["place", "style.attributes"]}}]
    assert not result.rows
