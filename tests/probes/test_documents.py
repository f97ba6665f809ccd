"""exchange.documents: files of XML and JSON standards and their packages, held against the schema of the standard."""

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.documents.gltf_rules import broken
from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe

FMI2 = b"""<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="Pump" guid="{1}" generationTool="made by hand">
  <CoSimulation modelIdentifier="pump"/>
  <ModelVariables><ScalarVariable name="p" valueReference="0"><Real/></ScalarVariable></ModelVariables>
  <ModelStructure/>
</fmiModelDescription>"""
FMI1 = b"""<fmiModelDescription fmiVersion="1.0" modelName="Pump" modelIdentifier="pump" guid="1"
  numberOfContinuousStates="0" numberOfEventIndicators="0"/>"""
SSD = b"""<ssd:SystemStructureDescription xmlns:ssd="http://ssp-standard.org/SSP1/SystemStructureDescription"
  version="1.0" name="Plant"><ssd:System name="plant"/></ssd:SystemStructureDescription>"""
SSD2 = b"""<SystemStructureDescription xmlns="http://ssp-standard.org/SSP1/SystemStructureDescription"
  xmlns:ssc="http://ssp-standard.org/SSP1/SystemStructureCommon" version="2.0" name="Plant"><System name="plant">
  <Connectors><Connector name="u" kind="input"><ssc:Float64 unit="m"/><ssc:Dimension size="3"/></Connector></Connectors>
  </System></SystemStructureDescription>"""
NODES = b"""<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"><Models>
  <Model ModelUri="urn:pump" Version="1.2"><RequiredModel ModelUri="http://opcfoundation.org/UA/" Version="1.05.02"/>
  </Model></Models><UAObject NodeId="i=1" BrowseName="Pump"><DisplayName>Pump</DisplayName></UAObject></UANodeSet>"""
AAS = b'{"submodels": [{"modelType": "Submodel", "id": "urn:pump"}]}'
AAS_XML = (
    b'<environment xmlns="https://admin-shell.io/aas/3/0"><submodels><submodel><id>urn:pump</id></submodel></submodels>'
    b"</environment>"
)
GLTF: dict[str, Any] = {
    "asset": {"version": "2.0", "generator": "made by hand"},
    "buffers": [{"byteLength": 12}],
    "bufferViews": [{"buffer": 0, "byteLength": 12}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 1, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0]}
    ],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
    "nodes": [{"mesh": 0}, {"children": [0]}],
    "scenes": [{"nodes": [1]}],
    "scene": 0,
}
REQIF_HEAD = """<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"><THE-HEADER>
<REQ-IF-HEADER IDENTIFIER="h"><CREATION-TIME>2026-01-01T00:00:00Z</CREATION-TIME><REQ-IF-TOOL-ID>t</REQ-IF-TOOL-ID>
<REQ-IF-VERSION>1.0</REQ-IF-VERSION><SOURCE-TOOL-ID>t</SOURCE-TOOL-ID><TITLE>t</TITLE></REQ-IF-HEADER></THE-HEADER>
<CORE-CONTENT><REQ-IF-CONTENT><SPEC-TYPES><SPEC-OBJECT-TYPE IDENTIFIER="type" LAST-CHANGE="2026-01-01T00:00:00Z"/>
</SPEC-TYPES><SPEC-OBJECTS>"""
REQIF_END = "</SPEC-OBJECTS></REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>"


def requirements(*types: str) -> bytes:
    objects = "".join(
        f'<SPEC-OBJECT IDENTIFIER="o{number}" LAST-CHANGE="2026-01-01T00:00:00Z"><TYPE><SPEC-OBJECT-TYPE-REF>{kind}'
        "</SPEC-OBJECT-TYPE-REF></TYPE></SPEC-OBJECT>"
        for number, kind in enumerate(types)
    )
    return (REQIF_HEAD + objects + REQIF_END).encode()


def zipped(**members: bytes) -> bytes:
    return packed({name.replace("__", "/"): data for name, data in members.items()})


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def binary(document: dict[str, Any], *, cut: int = 0, length: int | None = None, kind: bytes = b"JSON") -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), kind) + text + struct.pack("<I4s", 12, b"BIN\0") + b"\0" * 12
    data = struct.pack("<4sII", b"glTF", 2, len(chunks) + 12 if length is None else length) + chunks
    return data[: len(data) - cut]


RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def relation(kind: str, target: str) -> bytes:
    return RELS.format(f'<Relationship Id="r" Type="{kind}" Target="{target}"/>').encode()


TYPES = b"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="text/xml"/><Override PartName="/aasx/aasx-origin" ContentType="text/plain"/>
<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>"""
AASX = packed(
    {
        "_rels/.rels": relation("http://admin-shell.io/aasx/relationships/aasx-origin", "/aasx/aasx-origin"),
        "[Content_Types].xml": TYPES,
        "aasx/aasx-origin": b"",
        "aasx/_rels/aasx-origin.rels": relation(
            "http://admin-shell.io/aasx/relationships/aas-spec", "/AASX/pump%20a.xml"
        ),
        "aasx/pump a.xml": AAS_XML,
    }
)
MODEL = b'<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources/><build/></model>'
MESH = packed(
    {
        "_rels/.rels": relation("http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel", "/3D/3dmodel.model"),
        "[Content_Types].xml": TYPES,
        "3D/3dmodel.model": MODEL,
    }
)
VALID = {
    "modelDescription.xml": FMI2,
    "one/modelDescription.xml": FMI1,
    "pump.fmu": zipped(
        **{"modelDescription.xml": FMI2, "binaries__win64__pump.dll": b"MZ", "sources__pump.c": b"/**/"}
    ),
    "plant.ssd": SSD,
    "plant2.ssd": SSD2,
    "plant2.ssp": packed({"SystemStructure.ssd": SSD2}),
    "plant.ssp": packed({"SystemStructure.ssd": SSD, "resources/pump.txt": b"x"}),
    "pump.NodeSet2.xml": NODES,
    "pump.json": AAS,
    "pump.aas.xml": AAS_XML,
    "pump.aasx": AASX,
    "pump.gltf": json.dumps(GLTF).encode(),
    "pump.glb": binary(GLTF),
    "needs.reqif": requirements("type"),
    "needs.reqifz": packed({"needs.reqif": requirements("type", "type"), "picture.png": b"\x89PNG"}),
}


def run(path: str, data: bytes, **options: Any) -> Result:
    return run_probe(DocumentsProbe, {path: data, **options.pop("others", {})}, **options)


def stated(path: str, data: bytes, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(
        row["attributes"]
        for row in run(path, data, **options).of("exchange.file")
        if row["evidence"][0]["artifact"] == path
    )
    return found


def codes(attributes: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in attributes["problems"]]


@pytest.mark.parametrize("path", VALID)
def test_what_keeps_to_its_standard_is_valid_and_says_by_what(path: str) -> None:
    attributes = stated(path, VALID[path])
    assert attributes["valid"] is True, attributes["problems"]
    assert attributes["checked_with"][0]["source"] in ("shipped", "installed")
    assert [row["strength"] for row in run(path, VALID[path]).of("exchange.file", format=attributes["format"])] == [
        "validated"
    ]


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("modelDescription.xml", FMI2.replace(b"<ModelStructure/>", b""), "xml.refused"),
        ("modelDescription.xml", FMI2[:-5], "xml.malformed"),
        ("pump.fmu", zipped(**{"modelDescription.xml": FMI2.replace(b"<Real/>", b"<Imaginary/>")}), "xml.refused"),
        ("plant.ssd", SSD.replace(b'name="plant"', b""), "xml.refused"),
        ("plant.ssd", SSD2.replace(b'version="2.0"', b'version="1.0"'), "xml.refused"),
        ("plant.ssd", SSD2.replace(b"Float64", b"Float16"), "xml.refused"),
        ("pump.NodeSet2.xml", NODES.replace(b'NodeId="i=1"', b""), "xml.refused"),
        ("pump.json", AAS.replace(b'"id"', b'"ID"'), "schema.required"),
        (
            "pump.aasx",
            AASX.replace(b"<submodel>", b"<subModel>").replace(b"</submodel>", b"</subModel>"),
            "zip.bad_crc",
        ),
        ("pump.gltf", b'{"asset": {"version": "2.0"}, "nodes": [{"mesh": 7}]}', "gltf.index"),
        ("pump.gltf", b'{"asset": {"version": "2.0"}, "nodes": []}', "schema.other"),
        ("pump.glb", binary(GLTF, cut=4), "glb.length"),
        ("pump.glb", binary(GLTF, kind=b"TEXT"), "glb.chunk_order"),
        ("needs.reqif", requirements("typo"), "xml.dangling"),
        ("needs.reqif", requirements("type").replace(b"<REQ-IF-TOOL-ID>t</REQ-IF-TOOL-ID>", b""), "xml.refused"),
        ("needs.reqifz", packed({"needs.reqif": requirements("typo")}), "xml.dangling"),
    ],
)
def test_what_breaks_the_standard_is_refused_with_its_reason(path: str, data: bytes, code: str) -> None:
    attributes = stated(path, data)
    assert attributes["valid"] is False
    assert codes(attributes)[0] == code


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("path", ["pump.aasx", "pump.3mf"])
@pytest.mark.parametrize("lost", ["[Content_Types].xml", "_rels/.rels"])
def test_a_package_without_what_its_conventions_demand_is_refused(path: str, lost: str) -> None:
    whole = members({"pump.aasx": AASX, "pump.3mf": MESH}[path])
    attributes = stated(path, packed({name: data for name, data in whole.items() if name != lost}))
    assert attributes["valid"] is False
    assert {"code": "package.part_missing", "params": {"part": lost}} in attributes["problems"]
    assert codes(stated(path, packed(whole | {lost: b"<Types>"})))[0] == "xml.malformed"


def test_a_relation_that_leads_to_no_part_is_refused() -> None:
    more = {"3D/_rels/3dmodel.model.rels": relation("http://example.com/texture", "lost.png")}
    attributes = stated("pump.3mf", packed(members(MESH) | more))
    assert attributes["valid"] is False
    assert attributes["problems"][0] == {"code": "package.part_missing", "params": {"part": "3D/lost.png"}}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'Extension="model"', b'Extension="other"', "package.no_media_type"),
        (b"3dmanufacturing-3dmodel+xml", b"3dmanufacturing-texture", "package.media_type"),
    ],
)
def test_a_model_without_the_media_type_of_one_is_refused(old: bytes, new: bytes, code: str) -> None:
    attributes = stated("pump.3mf", packed(members(MESH) | {"[Content_Types].xml": TYPES.replace(old, new)}))
    assert (attributes["valid"], codes(attributes)[0]) == (False, code)


def test_a_package_that_has_lost_its_description_is_known_by_its_name_and_refused() -> None:
    attributes = stated("pump.fmu", packed({"binaries/linux64/pump.so": b"\x7fELF"}))
    assert (attributes["valid"], codes(attributes)[0]) == (False, "package.part_missing")
    attributes = stated("plant.ssp", packed({"resources/pump.fmu": b"x"}))
    assert (attributes["valid"], codes(attributes)[0]) == (False, "package.part_missing")


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        (
            "plan.qif",
            b'<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"/>',
            "exchange.schema_not_at_hand",
        ),
        ("modelDescription.xml", FMI2.replace(b'"2.0"', b'"4.0"'), "exchange.schema_other_version"),
        ("pump.gltf", b'{"asset": {"version": "1.0"}}', "exchange.schema_other_version"),
        ("pump.3mf", MESH, "exchange.schema_not_at_hand"),
    ],
)
def test_without_a_schema_there_is_no_verdict(path: str, data: bytes, code: str) -> None:
    attributes = stated(path, data)
    assert attributes["valid"] is None
    assert codes(attributes)[0] == code


KBL = b"""<KBL_container xmlns="http://www.prostep.org/Car_electric_container/KBL2.3/KBLSchema" id="a"><x id="%s"/>
  <x id="%s"/></KBL_container>"""
XMI = b"""<xmi:XMI xmlns:xmi="http://www.omg.org/spec/XMI/20131001" xmi:version="2.5"><a xmi:id="%s"/><b xmi:id="i"/>
  <c xmi:idref="%s"/></xmi:XMI>"""


@pytest.mark.parametrize(
    ("path", "text", "sound", "broken", "code"),
    [
        ("harness.kbl", KBL, (b"b", b"c"), (b"b", b"b"), "xml.identifier_twice"),
        ("model.xmi", XMI, (b"a", b"i"), (b"i", b"i"), "xml.identifier_twice"),
        ("model.xmi", XMI, (b"a", b"i"), (b"a", b"o"), "xml.dangling"),
    ],
)
def test_without_a_schema_identifiers_are_checked_that_every_edition_declares(
    path: str, text: bytes, sound: tuple[bytes, bytes], broken: tuple[bytes, bytes], code: str
) -> None:
    kept, lost = stated(path, text % sound), stated(path, text % broken)
    assert (kept["valid"], codes(kept)) == (None, ["exchange.schema_not_at_hand"])
    assert (lost["valid"], codes(lost)) == (False, [code, "exchange.schema_not_at_hand"])


def test_a_unit_tells_kinds_and_platforms() -> None:
    attributes = stated("pump.fmu", VALID["pump.fmu"])
    assert (attributes["platforms"], attributes["kinds"], attributes["sources"]) == (["win64"], ["co-simulation"], True)
    assert stated("pump.fmu", zipped(**{"modelDescription.xml": FMI2}))["remarks"] == [
        {"code": "fmu.no_implementation"}
    ]


def test_requirements_are_counted_and_references_that_lead_nowhere() -> None:
    attributes = stated("needs.reqif", requirements("type", "lost", "lost"))
    assert (attributes["spec_objects"], attributes["spec_types"], attributes["dangling_references"]) == (3, 1, 1)
    archive = stated("needs.reqifz", VALID["needs.reqifz"])
    assert (archive["documents"], archive["attachments"], archive["spec_objects"]) == (1, 1, 2)


def test_a_node_set_tells_its_models() -> None:
    attributes = stated("pump.NodeSet2.xml", NODES)
    assert attributes["models"] == ["urn:pump 1.2"]
    assert attributes["required_models"] == ["http://opcfoundation.org/UA/ 1.05.02"]


def test_what_a_schema_older_than_the_file_refuses_is_left_open() -> None:
    newer = NODES.replace(b'"1.05.02"', b'"1.05.10"').replace(b"<UAObject ", b'<UAObject DesignToolOnly="true" ')
    attributes = stated("pump.NodeSet2.xml", newer)
    assert (attributes["valid"], codes(attributes)) == (None, ["exchange.schema_older", "xml.refused"])
    same = newer.replace(b'"1.05.10"', b'"1.05.02"')
    assert stated("pump.NodeSet2.xml", same)["valid"] is False


def _shell(**changes: str | None) -> bytes:
    element = {"modelType": "Entity", "idShort": "motor", "entityType": "CoManagedEntity"} | changes
    told = {key: value for key, value in element.items() if value is not None}
    submodel = {"modelType": "Submodel", "id": "urn:pump", "submodelElements": [told]}
    return json.dumps({"submodels": [submodel]}).encode()


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"idShort": "motor-1"}, None),  # the hyphen came with edition 3.1
        ({"entityType": None}, None),  # mandatory until 3.0
        ({"idShort": "1-motor"}, False),
        ({"idShort": "motor-1", "entityType": "Motor"}, False),
    ],
)
def test_what_only_an_older_edition_refuses_is_left_open_where_no_edition_is_stated(
    changes: dict[str, str | None], valid: bool | None
) -> None:
    found = run_probe(DocumentsProbe, {"shell.json": _shell(**changes)}).one("exchange.file", standard="aas")
    assert found["valid"] is valid
    codes = [problem["code"] for problem in found["problems"]]
    assert ("exchange.edition_not_stated" in codes) == (valid is None)
    assert bool(codes) == (valid is not True)


def test_members_that_the_schema_of_shells_does_not_know_are_remarked() -> None:
    qualifier = {"type": "a", "valueType": "xs:int", "typo": 1}
    shell = {"modelType": "Submodel", "id": "urn:a", "idshort": "misspelt", "qualifiers": [qualifier]}
    data = json.dumps({"submodels": [shell]})
    attributes = stated("pump.aas.json", data.encode())
    assert attributes["valid"] is True
    (remark,) = attributes["remarks"]
    assert (remark["code"], remark["params"]) == ("json.unknown_members", {"names": "idshort, typo", "count": 2})


@pytest.mark.parametrize(("ending", "root"), [(".amf", '<amf unit="inch"/>'), (".3dxml", "<Model_3dxml/>")])
def test_a_format_that_may_be_packed_is_read_either_way(ending: str, root: str) -> None:
    recognitions = {f"pump{ending}": Recognition(format=ending[1:], standard=ending[1:])}
    plain, packed = f"<?xml version='1.0'?>{root}".encode(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"inner{ending}", plain)
    for data, carrier, valid in (
        (plain, "xml", None),
        (packed.getvalue(), "zip", None),
        (plain.replace(b"/>", b">"), "xml", False),
        (packed.getvalue()[:-30], "zip", False),
    ):
        result = run(f"pump{ending}", data, recognitions=recognitions)
        (found,) = [one for one in result.of("exchange.file") if one["evidence"][0]["artifact"] == f"pump{ending}"]
        assert (found["attributes"]["valid"], found["attributes"]["carrier"]) == (valid, carrier)


def test_a_scene_whose_files_are_missing_is_remarked() -> None:
    document = {**GLTF, "buffers": [{"byteLength": 12, "uri": "pump%20a.bin"}]}
    attributes = stated("pump.gltf", json.dumps(document).encode())
    assert attributes["valid"] is True
    assert attributes["remarks"] == [{"code": "gltf.file_missing", "params": {"name": "pump a.bin"}}]
    assert "remarks" not in stated("pump.gltf", json.dumps(document).encode(), others={"pump a.bin": b"\0" * 12})


def test_members_of_a_package_are_no_findings_of_their_own() -> None:
    result = run("pump.fmu", VALID["pump.fmu"])
    assert len(result.of("exchange.file", format="fmu")) == 1


PLAN = b'<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"/>'
PLAN_XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://qifstandards.org/xsd/qif3">
  <xs:element name="QIFDocument"><xs:complexType>{}<xs:attribute name="versionQIF"/></xs:complexType></xs:element>
</xs:schema>"""
OPEN_XSD = PLAN_XSD.format("").encode()
STRICT_XSD = PLAN_XSD.format("<xs:sequence><xs:any/></xs:sequence>").encode()


def test_a_schema_in_the_product_is_used_and_said_to_be_of_unknown_origin() -> None:
    files = {"plans/plan.qif": PLAN, "schemas/qif.xsd": OPEN_XSD}
    result = run_probe(DocumentsProbe, files)
    attributes = result.one("exchange.file")
    assert attributes["valid"] is True
    (row,) = attributes["checked_with"]
    assert (row["source"], row["artifact"], row["official"]) == ("product", "schemas/qif.xsd", None)
    assert result.of("exchange.file")[0]["strength"] == "recognised"
    assert result.reads["schemas/qif.xsd"]


def test_schemas_of_the_product_that_disagree_leave_no_verdict() -> None:
    files = {"plan.qif": PLAN, "a/qif.xsd": OPEN_XSD, "b/qif.xsd": STRICT_XSD, "c/qif.xsd": OPEN_XSD}
    attributes = run_probe(DocumentsProbe, files).one("exchange.file")
    assert (attributes["valid"], codes(attributes)) == (None, ["exchange.schemas_disagree"])


def test_a_broken_schema_in_the_product_is_not_used() -> None:
    files = {"plan.qif": PLAN, "qif.xsd": OPEN_XSD.replace(b"</xs:element>", b"<xs:bolt/></xs:element>")}
    assert run_probe(DocumentsProbe, files).one("exchange.file")["valid"] is None


def test_the_users_schema_comes_before_that_of_the_product(tmp_path: Path) -> None:
    (tmp_path / "qif.xsd").write_bytes(STRICT_XSD)
    files = {"plan.qif": PLAN, "qif.xsd": OPEN_XSD}
    attributes = run_probe(DocumentsProbe, files, schemas=str(tmp_path)).one("exchange.file")
    assert (attributes["valid"], attributes["checked_with"][0]["source"]) == (False, "given")


def test_bombs_and_pointers_are_said_to_be_what_they_are() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    assert run("pump.fmu", pointer).findings == []
    fmu = Recognition(format="fmu", standard="fmi", version="2.0")
    broken_zip = run("pump.fmu", VALID["pump.fmu"][:200], recognitions={"pump.fmu": fmu})
    assert broken_zip.one("exchange.file")["valid"] is False
    assert broken_zip.reasons


INDEX = st.integers(0, 3)
SMALL = st.fixed_dictionaries(
    {
        "asset": st.just({"version": "2.0"}),
        "nodes": st.lists(st.fixed_dictionaries({}, optional={"children": st.lists(INDEX, max_size=3)}), max_size=4),
        "scenes": st.lists(st.fixed_dictionaries({"nodes": st.lists(INDEX, max_size=2)}), max_size=2),
        "extensionsUsed": st.lists(st.sampled_from("ab"), max_size=2),
        "extensionsRequired": st.lists(st.sampled_from("ab"), max_size=2),
    }
)


@given(SMALL)
def test_rules_of_scenes_find_what_is_wrong_and_only_that(document: dict[str, Any]) -> None:
    found = {problem["code"] for problem in broken(document)}
    nodes = document["nodes"]
    children = [child for node in nodes for child in node.get("children", [])]
    roots = [node for scene in document["scenes"] for node in scene["nodes"]]
    assert ("gltf.index" in found) == any(index >= len(nodes) for index in children + roots)
    assert ("gltf.two_parents" in found) == (len(children) != len(set(children)))
    assert ("gltf.extension" in found) == (not set(document["extensionsRequired"]) <= set(document["extensionsUsed"]))


KEYS = st.sampled_from(
    [
        *("nodes", "children", "accessors", "sparse", "count", "bufferViews", "meshes", "primitives", "attributes"),
        *("animations", "samplers", "input", "channels", "sampler", "asset", "minVersion", "version", "POSITION"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)


@given(ANYTHING)
def test_rules_of_scenes_take_any_document(value: Any) -> None:
    broken(value if isinstance(value, dict) else {"nodes": value})


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(DocumentsProbe)
    check_determinism(DocumentsProbe, {**VALID, "plan.qif": PLAN, "qif.xsd": OPEN_XSD})


@pytest.mark.parametrize("path", ["pump.fmu", "pump.gltf", "pump.glb", "needs.reqif", "pump.NodeSet2.xml", "pump.aasx"])
def test_hostile_documents_break_nothing(path: str) -> None:
    check_hostile(DocumentsProbe, {path: VALID[path]})
