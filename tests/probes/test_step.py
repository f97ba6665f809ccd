"""exchange.step: what the report says of a Part 21 file."""

import io
import zipfile
from typing import Any, cast

import pytest

from cpo_probes.exchange.step.probe import StepProbe
from cpo_scan.model import Artifact, Recognition
from cpo_scan.probe import Context
from cpo_scan.probe.testing import check_determinism, check_metadata, run_probe

FILE = b"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('part.stp','2024-05-06T07:08:09',('A. Person'),(''),'Writer 1','Mill 2','');
FILE_SCHEMA(('%s'));
ENDSEC;
DATA;
#1=POINT('',(0.,0.,0.));
ENDSEC;
END-ISO-10303-21;
"""
STEP = Recognition(format="step-p21", standard="step")
IFC = Recognition(format="ifc-p21", standard="ifc")


def stated(data: bytes, recognition: Recognition = STEP) -> dict[str, Any]:
    result = run_probe(StepProbe, {"a.stp": data}, recognitions={"a.stp": recognition})
    (finding,) = result.of("exchange.file")
    return finding


@pytest.mark.parametrize(
    ("schema", "name", "version", "number"),
    [
        ("AUTOMOTIVE_DESIGN { 1 0 10303 214 3 1 1 }", "AUTOMOTIVE_DESIGN", "AP214 ed3", "1 0 10303 214 3 1 1"),
        ("AUTOMOTIVE_DESIGN", "AUTOMOTIVE_DESIGN", "AP214", None),
        ("CONFIG_CONTROL_DESIGN", "CONFIG_CONTROL_DESIGN", "AP203 ed1", None),
        (
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF. {1 0 10303 442 1 1 4 }",
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF",
            "AP242 ed1",
            "1 0 10303 442 1 1 4",
        ),
        (
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 3 1 4 }",
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF",
            "AP242 ed2",
            "1 0 10303 442 3 1 4",
        ),
        (
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 6 1 4 }",
            "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF",
            "AP242",
            "1 0 10303 442 6 1 4",
        ),
        (
            "MODEL_BASED_INTEGRATED_MANUFACTURING_SCHEMA",
            "MODEL_BASED_INTEGRATED_MANUFACTURING_SCHEMA",
            "AP238 ed2",
            None,
        ),
        ("my_own_schema", "my_own_schema", None, None),
    ],
)
def test_schema_tells_protocol_and_edition(schema: str, name: str, version: str | None, number: str | None) -> None:
    finding = stated(FILE % schema.encode())
    attributes = finding["attributes"]
    assert (attributes["standard"], attributes["schema"]) == ("step", name)
    assert (attributes.get("version"), attributes.get("object_identifier")) == (version, number)
    assert (attributes["originating_system"], attributes["preprocessor"]) == ("Mill 2", "Writer 1")
    assert finding["evidence"][0]["locator"]["line"] == 5
    assert finding["evidence"][0]["excerpt"].startswith("FILE_SCHEMA((")


def test_no_person_of_the_header_is_repeated() -> None:
    assert "A. Person" not in str(stated(FILE % b"AUTOMOTIVE_DESIGN"))


def test_ifc_is_counted_as_ifc_and_not_as_step() -> None:
    for recognition in (STEP, IFC):
        attributes = stated(FILE % b"IFC4X3_ADD2", recognition)["attributes"]
        assert (attributes["standard"], attributes["schema"], attributes["version"]) == ("ifc", "IFC4X3_ADD2", "4.3.2")


def test_right_syntax_is_valid_and_says_that_instances_were_not_checked() -> None:
    finding = stated(FILE % b"AUTOMOTIVE_DESIGN")
    assert finding["attributes"]["valid"] is True
    assert finding["attributes"]["checked"] == "syntax"
    assert finding["attributes"]["not_checked"] == ["part21.instances_not_checked"]
    assert finding["attributes"]["problems"] == []
    assert finding["strength"] == "recognised"


def test_an_error_is_told_with_its_place_and_clause() -> None:
    finding = stated((FILE % b"AUTOMOTIVE_DESIGN").replace(b"(0.,0.,0.)", b"(0.,0.,,0.)"))
    assert finding["attributes"]["valid"] is False
    (problem,) = finding["attributes"]["problems"]
    assert (problem["line"], problem["column"], problem["clause"]) == (8, 20, "5.5")
    assert finding["evidence"][1]["locator"]["line"] == 8


def test_a_file_with_a_byte_order_mark_has_no_verdict() -> None:
    attributes = stated(b"\xef\xbb\xbf" + FILE % b"AUTOMOTIVE_DESIGN")["attributes"]
    assert attributes["valid"] is None
    assert [problem["code"] for problem in attributes["problems"]] == ["part21.byte_order_mark"]


def test_dangling_references_are_counted_beside_the_verdict() -> None:
    attributes = stated((FILE % b"AUTOMOTIVE_DESIGN").replace(b"'',(", b"#7,("))["attributes"]
    assert (attributes["valid"], attributes["dangling_references"]) == (True, 1)


def test_a_file_named_as_something_else_is_a_conflict_too() -> None:
    recognition = Recognition(format="step-p21", standard="step", named_as="iges")
    result = run_probe(StepProbe, {"a.igs": FILE % b"PDM_SCHEMA"}, recognitions={"a.igs": recognition})
    assert result.one("format.conflict", named_as="iges", recognised_as="step-p21")
    assert result.one("exchange.file", version="PDM schema")


def test_a_package_owns_its_model() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("house.ifc", FILE % b"IFC4")
    result = run_probe(StepProbe, {"house.ifczip": packed.getvalue()})
    finding = next(row for row in result.findings if row["evidence"][0]["artifact"] == "house.ifczip")
    attributes = finding["attributes"]
    assert (attributes["standard"], attributes["schema"], attributes["member"]) == ("ifc", "IFC4", "house.ifc")
    member = Artifact(path="house.ifczip!/house.ifc", size=1, sha256="", recognition=IFC, package="ifc")
    assert list(StepProbe().examine(member, cast(Context, None))) == []


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(StepProbe)
    check_determinism(StepProbe, {"a.stp": FILE % b"AUTOMOTIVE_DESIGN", "b.stp": FILE % b"IFC4"})
