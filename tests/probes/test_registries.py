"""Tables in JSON and XML that list formats with a direction."""

import pytest

from cpo_probes.exchange.associations.probe import AssociationProbe
from cpo_probes.exchange.registries import RegistryProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from tests.probes.capability_rules import DATA, recognised

KIND = "exchange.capability"


def run(text: str, kind: str) -> Result:
    return run_probe(RegistryProbe, {"plug": text.encode()}, data=DATA, recognitions=recognised(plug=kind))


def listed(result: Result) -> set[tuple[str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in result.of(KIND)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"importers": [{"name": "x", "extensions": [".stp", "step"]}]}', {("step", "import")}),
        ('{"mesh_writer": {"output": [{"extension": "stl", "description": "dxf"}]}}', {("stl", "export")}),
        ('{"formats": [{"extension": "stl", "import": true, "export": false}]}', {("stl", "import")}),
        ('{"formats": [{"fileExtensions": "*.dxf;*.stl", "canExport": true}]}', {("dxf", "export"), ("stl", "export")}),
        ('{"reader": {"mimeType": "model/gltf-binary"}}', {("gltf", "import")}),
        ('{"import": [".stl", "./dist/stl"], "extension": 1}', {("stl", "import")}),
        ('{"formats": [{"extension": "stl"}], "import": 1}', set()),
        ('{"headers": [{"extension": "stl"}], "important": true, "import": null}', set()),
        ('{"importer": {"extension": ["xml", 5, null, {"a": "stl"}]}}', set()),
        ('["importer", {"extensions": 3}]', set()),
    ],
)
def test_entry_of_a_json_table_tells_its_direction(text: str, expected: set[tuple[str, str]]) -> None:
    result = run(text, "json")
    assert listed(result) == expected
    assert {row["strength"] for row in result.findings} <= {"registered"}


def test_place_of_an_entry_is_its_pointer() -> None:
    result = run('{"importers": [{"extensions": [".stp", ".stl"]}]}', "json")
    assert {row["evidence"][0]["locator"]["pointer"] for row in result.findings} == {
        "/importers/0/extensions/0",
        "/importers/0/extensions/1",
    }
    assert result.one(KIND, standard="stl")["table"] == "importers"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<a><ReaderFactory extensions="stl dxf"/></a>', {("stl", "import"), ("dxf", "import")}),
        ('<a xmlns="urn:x"><exporter><extension>stp</extension></exporter></a>', {("step", "export")}),
        (
            '<a><service type="file_opener" id="x"><suffixes><suffix>stp</suffix><suffix>stl</suffix></suffixes>'
            "<mime-types><mime-type>image/vnd.dxf</mime-type></mime-types></service></a>",
            {("step", "import"), ("stl", "import"), ("dxf", "import")},
        ),
        ('<a><service type="file_saver" file_extension="dxf" id="stl"/></a>', {("dxf", "export")}),
        ('<a><service type="function_group"><suffixes><suffix>stp</suffix></suffixes></service></a>', set()),
        ('<a><type extension="stl"/><!-- <importer extension="dxf"/> --><importer/></a>', set()),
    ],
)
def test_element_of_an_xml_table_tells_its_direction(text: str, expected: set[tuple[str, str]]) -> None:
    assert listed(run(text, "xml")) == expected


def test_what_does_not_parse_is_said_and_what_is_large_is_data() -> None:
    assert run('{"importers": {"extension": ', "json").reasons == ["json.malformed"]
    assert run('{"importer": {"extension": "stl"}}' + " " * 2**20, "json").findings == []


def test_probe_keeps_its_contract() -> None:
    check_metadata(RegistryProbe)
    files = {"a.json": b'{"importers": [{"extensions": [".stp"]}]}', "b.xml": b'<a><importer extension="stl"/></a>'}
    kinds = recognised(**{"a.json": "json", "b.xml": "xml"})
    check_determinism(RegistryProbe, files, recognitions=kinds, data=DATA)
    check_hostile(RegistryProbe, files, recognitions=kinds, data=DATA)


# -- commands of packages


def commands(files: dict[str, bytes]) -> Result:
    kinds = {
        path: "python-entry-points" if path.endswith(".txt") else "package-json" for path in files if path[-1] in "tn"
    }
    return run_probe(AssociationProbe, files, data=DATA, recognitions=recognised(**kinds))


def test_command_between_two_formats_reads_the_one_and_writes_the_other() -> None:
    points = b"[other]\nifc2stl = a:b\n[console_scripts]\nstl2dxf = acme.convert:main\nacme = acme.run:main\n"
    shipped = commands({"acme.dist-info/entry_points.txt": points, "acme/convert.py": b"'.stl' '.dxf'"})
    assert listed(shipped) == {("stl", "import"), ("dxf", "export")}
    assert {row["strength"] for row in shipped.findings} == {"recognised"}
    silent = commands({"acme.dist-info/entry_points.txt": points, "acme/convert.py": b""})
    assert {row["strength"] for row in silent.findings} == {"named"}
    lost = commands({"acme.dist-info/entry_points.txt": points})
    assert lost.one(KIND, standard="stl")["refuted"]["missing"] == "acme.convert"
    assert {row["strength"] for row in lost.findings} == {"mentioned"}


def test_commands_of_a_node_package_too() -> None:
    package = b'{"bin": {"gltf2stl": "bin/run.js", "other": 5}}'
    assert listed(commands({"package.json": package, "bin/run.js": b"glTF to .stl"})) == {
        ("gltf", "import"), ("stl", "export")
    }  # fmt: skip
    for odd in (b'{"bin": "run.js"}', b"[]", b'{"bin": {"a2b": {}}}'):
        assert commands({"package.json": odd}).findings == []
