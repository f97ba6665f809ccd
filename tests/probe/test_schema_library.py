"""Where schemas come from: those that are handed on are the published ones, the user's word comes first."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpo_scan.probe import schema_library
from cpo_scan.probe.data_text import read_json
from cpo_scan.probe.json_validation import JsonValidator
from cpo_scan.probe.schema_library import NotAtHand, SchemaLibrary
from cpo_scan.probe.xml_validation import SchemaUnusable
from cpo_scan.rulebook.data import Tables
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.given_schemas import list_schemas
from cpo_scan.targets.limits import Limits

LIMITS = Limits()
SETS = Tables()["official-schemas"]["sets"]
ENTRIES = [(row, entry["file"], form) for row in SETS for entry in row["entries"] for form in entry["documents"]]
FOLDERS = sorted({row["folder"] for row in SETS if "folder" in row})
REQIF = "{http://www.omg.org/spec/ReqIF/20110401/reqif.xsd}REQ-IF"
KBL = "{http://www.prostep.org/Car_electric_container/KBL2.3/KBLSchema}KBL_container"


@pytest.fixture
def library() -> SchemaLibrary:
    return SchemaLibrary(Tables())


@pytest.mark.parametrize("folder", FOLDERS)
def test_schemas_handed_on_are_the_bytes_of_their_source_and_have_a_licence(folder: str) -> None:
    place = rules_root() / "schemas" / "third_party" / folder
    source = yaml.safe_load((place / "SOURCE.yaml").read_text())
    for row in source["files"]:
        assert hashlib.sha256((place / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert row["licence"]
        assert row["package"] in source["packages"]
    listed = {row["file"] for row in source["files"]}
    assert {item.name for item in place.iterdir() if item.name.endswith((".xsd", ".json"))} == listed


@pytest.mark.parametrize(("row", "file", "form"), ENTRIES, ids=[f"{row['id']}:{form}" for row, _, form in ENTRIES])
def test_every_schema_of_the_table_is_at_hand_and_compiles(
    library: SchemaLibrary, row: dict[str, Any], file: str, form: str
) -> None:
    version = row["version"]
    if row["language"] == "xsd":
        schema: Any = library.xml(form, version, LIMITS)[0]
    else:
        schema = library.json(form, version)[0]
    assert (schema.name, schema.version) == (file, version)
    assert schema.source == ("shipped" if "folder" in row else "installed")


def test_what_an_extra_brings_is_official_by_its_bytes(library: SchemaLibrary) -> None:
    assert library.xml(REQIF, None, LIMITS)[0].official is True


def test_a_version_without_a_schema_is_told(library: SchemaLibrary) -> None:
    with pytest.raises(NotAtHand) as caught:
        library.xml("fmiModelDescription", "4.0", LIMITS)
    assert caught.value.reason.code == "exchange.schema_other_version"


def test_without_the_extra_its_install_command_is_told(library: SchemaLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_library, "_distribution", lambda _name, _path: None)
    with pytest.raises(NotAtHand) as caught:
        library.xml(REQIF, None, LIMITS)
    assert caught.value.reason.params["install"] == 'pip install "cpo-scan[reqif]"'


def test_a_package_whose_schema_was_altered_is_not_used(
    library: SchemaLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def altered(_name: str, _path: str) -> Mapping[str, bytes]:
        return {"reqif.xsd": b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'}

    monkeypatch.setattr(schema_library, "_distribution", altered)
    with pytest.raises(NotAtHand) as caught:
        library.xml(REQIF, None, LIMITS)
    assert caught.value.reason.code == "exchange.schema_unknown_bytes"


KBL_XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.prostep.org/Car_electric_container/KBL2.3/KBLSchema">
  <xs:include schemaLocation="parts/wire.xsd"/>
  <xs:element name="KBL_container"/></xs:schema>"""
WIRE = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="wire"/></xs:schema>'


def test_schemas_of_the_user_are_found_by_namespace_and_root_and_come_first(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "kbl.xsd").write_text(KBL_XSD)
    (tmp_path / "parts" / "wire.xsd").write_text(WIRE)
    (tmp_path / "fmi.xsd").write_text(WIRE.replace("wire", "fmiModelDescription"))
    library = SchemaLibrary(Tables(), list_schemas(str(tmp_path)))
    schema, validator = library.xml(KBL, None, LIMITS)
    assert (schema.name, schema.source, schema.official) == ("kbl.xsd", "given", None)
    document = b'<k:KBL_container xmlns:k="http://www.prostep.org/Car_electric_container/KBL2.3/KBLSchema"/>'
    assert validator.check(BytesContent(document), LIMITS).valid is True
    assert library.xml("fmiModelDescription", "2.0", LIMITS)[0].source == "given"
    with pytest.raises(NotAtHand):
        library.xml("{urn:nobody}knows", None, LIMITS)


def test_a_schema_of_the_user_that_lacks_a_part_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "kbl.xsd").write_text(KBL_XSD)
    library = SchemaLibrary(Tables(), list_schemas(str(tmp_path)))
    for _ in range(2):
        with pytest.raises(SchemaUnusable):
            library.xml(KBL, None, LIMITS)


def test_a_json_schema_of_the_user_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "glTF.schema.json").write_text('{"required": ["mine"]}')
    schema, validator = SchemaLibrary(Tables(), list_schemas(str(tmp_path))).json("gltf", "2.0")
    assert schema.source == "given"
    assert validator.check(read_json(b"{}", LIMITS)).total == 1


def test_line_ends_do_not_make_a_published_schema_unknown(library: SchemaLibrary) -> None:
    data = (rules_root() / "schemas" / "third_party" / "fmi-3" / "fmi3ModelDescription.xsd").read_bytes()
    assert b"\r" not in data
    known = library.official(data.replace(b"\n", b"\r\n"))
    assert known is not None
    assert known["version"] == "3.0"
    assert library.official(data + b" ") is None


@pytest.mark.parametrize(("text", "total"), [("plain", 0), ("\U0001f600", 0), ("\U0010ffff", 0), ("\x01", 1)])
def test_patterns_in_utf_16_units_are_read_as_characters(text: str, total: int) -> None:
    """As ECMA-262 without the flag u writes all characters of XML 1.0."""
    pattern = (
        r"^([\\t\\n\\r -\ud7ff\ue000-\ufffd]|\\ud800[\\udc00-\\udfff]|[\\ud801-\\udbfe][\\udc00-\\udfff]"
        r"|\\udbff[\\udc00-\\udfff])*$"
    )
    validator = JsonValidator({"a.json": f'{{"type": "string", "pattern": "{pattern}"}}'.encode()}, "a.json")
    import json

    assert validator.check(read_json(json.dumps(text).encode(), LIMITS)).total == total


def test_later_editions_are_known_for_the_schema_that_is_at_hand(library: SchemaLibrary) -> None:
    """Every place that a later edition changes is there: a place that is not would raise."""
    rows = [row for row in SETS if "later" in row]
    assert rows
    for row in rows:
        (entry,) = row["entries"]
        editions, _ = library.later(entry["documents"][0]) or ((), None)
        assert editions == tuple(row["later"]["editions"])
