"""The check against official schemas: complete, placed, in one order, and without a network."""

import hashlib
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from cpo_scan.probe.data_text import read_json, read_yaml
from cpo_scan.probe.documents import Document
from cpo_scan.probe.schemas import NoSchema, check, default_dialect, versions
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.limits import Limits

FOLDER = rules_root() / "schemas" / "third_party" / "openapi"


def _document(version: str, **more: Any) -> Document:
    key = {"swagger": "2.0"} if version == "2.0" else {"openapi": f"{version}.0"}
    return read_json(
        msgspec.json.encode({**key, "info": {"title": "t", "version": "1"}, "paths": {}, **more}), Limits()
    )


def test_the_schemas_are_byte_for_byte_those_of_their_source() -> None:
    source = yaml.safe_load((FOLDER / "SOURCE.yaml").read_bytes())
    for row in source["files"]:
        assert hashlib.sha256((FOLDER / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert row["licence"] and row["package"] in source["packages"]
    for package in source["packages"].values():
        assert (FOLDER / package["notice"]).is_file()


def test_four_versions_are_at_hand() -> None:
    assert versions("openapi") == ("2.0", "3.0", "3.1", "3.2")
    assert default_dialect("openapi", "2.0") is None
    assert default_dialect("openapi", "3.1") == "https://spec.openapis.org/oas/3.1/dialect/base"


@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "3.2"])
def test_a_right_document_has_no_problems(version: str) -> None:
    assert check(_document(version), "openapi", version).total == 0


@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "3.2"])
def test_a_bad_type_deep_in_a_schema_object_is_found(version: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "strnig"}}}}
    where = "/definitions/X" if version == "2.0" else "/components/schemas/X"
    more: dict[str, Any] = (
        {"definitions": {"X": schema}} if version == "2.0" else {"components": {"schemas": {"X": schema}}}
    )
    checked = check(_document(version, **more), "openapi", version)
    assert checked.total >= 1
    assert {problem.pointer for problem in checked.problems} == {f"{where}/properties/a/items/type"}


def test_problems_name_pointer_line_keyword_and_clause() -> None:
    document = read_yaml(
        b"""openapi: 3.0.0
info: {title: 1}
paths:
  /a:
    get:
      parameters:
      - {name: x, in: query, schema: {type: strnig}}
      responses: {}
""",
        Limits(),
    )
    rows = [problem.row() for problem in check(document, "openapi", "3.0").problems]
    assert [(row["pointer"], row["code"], row["line"]) for row in rows] == [
        ("/info", "schema.required", 2),
        ("/info/title", "schema.type", 2),
        ("/paths/~1a/get/parameters/0/schema/type", "schema.enum", 7),
        ("/paths/~1a/get/responses", "schema.other", 8),
    ]
    assert rows[0]["params"] == {"name": "version", "keyword": "required", "schema": "/definitions/Info/required"}
    assert rows[3]["params"]["keyword"] == "minProperties"


def test_many_problems_are_counted_and_a_hundred_listed_in_the_order_of_their_places() -> None:
    document = _document("3.1", tags=[{"name": 1} for _ in range(300)])
    checked = check(document, "openapi", "3.1")
    assert checked.total == 300
    assert [problem.pointer for problem in checked.problems] == [f"/tags/{number}/name" for number in range(100)]


@pytest.mark.parametrize("part", ["schema", "parameter", "path-item", "response"])
@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "3.2"])
def test_a_part_is_held_against_the_schema_of_such_a_part(version: str, part: str) -> None:
    document = read_json(b'{"x": {"a/b": {"description": 1}}}', Limits())
    checked = check(document, "openapi", version, part=part, pointer="/x/a~1b")
    # A Path Item of 2.0 has no description: the whole of it is wrong.
    wrong = "/x/a~1b" if (version, part) == ("2.0", "path-item") else "/x/a~1b/description"
    assert wrong in [problem.pointer for problem in checked.problems]


def test_an_unknown_version_part_or_dialect_has_no_schema() -> None:
    document = _document("3.1")
    for version, part, dialect in [
        ("9.9", "", None),
        ("2.0", "link", None),
        ("3.1", "", "https://example.org/dialect"),
    ]:
        with pytest.raises(NoSchema):
            check(document, "openapi", version, part=part, dialect=dialect)
    assert check(document, "openapi", "3.1", dialect="https://json-schema.org/draft/2020-12/schema").total == 0


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_the_verdict_is_that_of_an_independent_validator(version: str) -> None:
    schema = msgspec.json.decode((FOLDER / f"v{version}.json").read_bytes())
    independent = jsonschema.Draft4Validator(schema)
    cases: tuple[dict[str, Any], ...] = (
        {},
        {"tags": 1},
        {"x-own": 1},
        {"own": 1},
        {"security": [{}]},
        {"paths": {"a": {}}},
        {"info": {}},
    )
    for more in cases:
        document = _document(version, **more)
        assert (check(document, "openapi", version).total == 0) == independent.is_valid(document.value)


def test_problems_of_one_place_and_keyword_stand_in_the_order_of_what_they_name() -> None:
    document = read_json(b'{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{}]}}}}', Limits())
    checked = check(document, "openapi", "3.0")
    told = [(problem.pointer, problem.params["schema"], problem.params.get("name")) for problem in checked.problems]
    assert len(told) > 2
    assert told == sorted(told, key=lambda row: (row[0].count("/"), *map(str, row)))
