"""exchange.documents: what glTF and FMI demand beyond their schemas is held, each fault by itself."""

import copy
import io
import zipfile
from typing import Any

import pytest

from cpo_probes.exchange.documents.gltf_rules import broken
from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_scan.probe.testing import run_probe


def codes(attributes: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in attributes["problems"]]


def stated(path: str, data: bytes) -> dict[str, Any]:
    findings = run_probe(DocumentsProbe, {path: data}).of("exchange.file")
    found: dict[str, Any] = next(row["attributes"] for row in findings if row["evidence"][0]["artifact"] == path)
    return found


TRIANGLE: dict[str, Any] = {
    "asset": {"version": "2.0", "minVersion": "2.0"},
    "buffers": [{"byteLength": 100}],
    "bufferViews": [{"buffer": 0, "byteLength": 64}, {"buffer": 0, "byteOffset": 64, "byteLength": 36}],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
        {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"},
        {"bufferView": 1, "componentType": 5126, "count": 3, "type": "SCALAR", "min": [0], "max": [1]},
    ],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1, "TEXCOORD_1": 1}}]}],
    "animations": [{"channels": [{"sampler": 0}], "samplers": [{"input": 2, "output": 1}]}],
}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("accessors", 0, "byteOffset"), 2, "gltf.alignment"),
        (("bufferViews", 1, "byteOffset"), 62, "gltf.alignment"),
        (("bufferViews", 0, "byteStride"), 8, "gltf.stride"),
        (("accessors", 0, "min"), None, "gltf.bounds"),
        (("accessors", 1, "count"), 2, "gltf.counts_differ"),
        (("meshes", 0, "primitives", 0, "attributes", "TEXCOORD_3"), 1, "gltf.numbering"),
        (("animations", 0, "channels", 0, "sampler"), 1, "gltf.index"),
        (("accessors", 2, "max"), None, "gltf.bounds"),
        (("animations", 0, "samplers", 0, "input"), 0, "gltf.times"),
        (("asset", "minVersion"), "2.1", "gltf.min_version"),
    ],
)
def test_rules_of_meshes_and_animations_find_each_fault_and_nothing_else(
    path: tuple[str | int, ...], value: Any, code: str
) -> None:
    assert broken(TRIANGLE) == []
    document: Any = copy.deepcopy(TRIANGLE)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert {problem["code"] for problem in broken(document)} == {code}


VARIABLES_2 = """<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="Pump" guid="{1}"><CoSimulation modelIdentifier="pump"/>
  <UnitDefinitions><Unit name="m"><DisplayUnit name="mm" factor="1000"/></Unit></UnitDefinitions>
  <TypeDefinitions><SimpleType name="Length"><Real unit="m"/></SimpleType></TypeDefinitions>
  <ModelVariables>
    <ScalarVariable name="x" valueReference="0" causality="output"><Real unit="m" displayUnit="mm"/></ScalarVariable>
    <ScalarVariable name="v" valueReference="1"><Real derivative="1" declaredType="Length"/></ScalarVariable>
    <ScalarVariable name="n" valueReference="2" variability="discrete" causality="input"><Integer start="1"/>
    </ScalarVariable>
    <ScalarVariable name="p" valueReference="3" variability="fixed" causality="parameter"><Real start="1"/>
    </ScalarVariable>
  </ModelVariables>
  <ModelStructure><Outputs><Unknown index="1" dependencies="2" dependenciesKind="fixed"/></Outputs>
    <Derivatives><Unknown index="2"/></Derivatives></ModelStructure>
</fmiModelDescription>"""
VARIABLES_3 = """<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="3.0" modelName="Pump" instantiationToken="{1}"><CoSimulation modelIdentifier="pump"/>
  <ModelVariables>
    <Float64 name="time" valueReference="0" causality="independent" variability="continuous"/>
    <Float64 name="x" valueReference="1" causality="output"><Alias name="position"/></Float64>
    <Int32 name="n" valueReference="2" causality="input" initial="exact" start="1"/>
    <String name="s" valueReference="3" causality="parameter"><Start value="a"/></String>
    <Clock name="c" valueReference="4" causality="input" intervalVariability="triggered"/>
  </ModelVariables>
  <ModelStructure><Output valueReference="1"/></ModelStructure>
</fmiModelDescription>"""


@pytest.mark.parametrize("text", [VARIABLES_2, VARIABLES_3])
def test_a_model_description_that_keeps_to_the_rules_of_variables_is_valid(text: str) -> None:
    attributes = stated("modelDescription.xml", text.encode())
    assert (attributes["valid"], attributes["problems"]) == (True, [])


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        (VARIABLES_2, 'name="v"', 'name="x"', "fmi.name"),
        (VARIABLES_2, 'variability="discrete" ', "", "fmi.continuous"),
        (VARIABLES_2, 'variability="fixed" causality="parameter"', 'causality="parameter"', "fmi.kinds"),
        (VARIABLES_2, 'causality="input"', 'causality="input" initial="exact"', "fmi.initial"),
        (VARIABLES_2, '<Integer start="1"/>', "<Integer/>", "fmi.start_missing"),
        (VARIABLES_2, 'displayUnit="mm"', 'displayUnit="mm" start="1"', "fmi.start_given"),
        (VARIABLES_2, 'displayUnit="mm"', 'displayUnit="km"', "fmi.unit"),
        (VARIABLES_2, '<Real unit="m"/>', '<Real unit="kg"/>', "fmi.unit"),
        (VARIABLES_2, '<Unknown index="2"/>', '<Unknown index="9"/>', "fmi.lost"),
        (VARIABLES_2, '<Unknown index="2"/>', '<Unknown index="4"/>', "fmi.no_derivative"),
        (VARIABLES_2, 'dependencies="2"', 'dependencies="2 3"', "fmi.dependencies"),
        (VARIABLES_2, 'valueReference="1"', 'valueReference="1" causality="output"', "fmi.outputs"),
        (VARIABLES_3, '<Alias name="position"/>', '<Alias name="time"/>', "fmi.name"),
        (VARIABLES_3, '<Start value="a"/>', "", "fmi.start_missing"),
        (VARIABLES_3, 'causality="output"', 'causality="output" variability="fixed"', "fmi.kinds"),
        (VARIABLES_3, '<Output valueReference="1"/>', "", "fmi.outputs"),
    ],
)
def test_rules_of_fmi_beyond_its_schema_are_held(text: str, old: str, new: str, code: str) -> None:
    assert text.count(old) == 1
    broken_text = text.replace(old, new)
    attributes = stated("modelDescription.xml", broken_text.encode())
    assert (attributes["valid"], codes(attributes)) == (False, [code])
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("modelDescription.xml", broken_text)
    assert codes(stated("pump.fmu", package.getvalue())) == [code]
