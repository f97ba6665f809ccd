"""What the probe api.openapi states, and what it leaves open."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpo_probes.api.openapi import probe as openapi
from cpo_probes.api.openapi import references as openapi_references
from cpo_probes.api.openapi import rules as openapi_rules
from cpo_probes.api.openapi.probe import OpenApiProbe
from cpo_scan.model import Offered, Recognition
from cpo_scan.probe import json_text, yaml_events
from cpo_scan.probe.schemas import SPOKEN
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata
from cpo_scan.probe.testing import run_probe as run_kit
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.limits import Limits

SEEN = Recognition(format="openapi-3", version="3.0.3")


def described(**more: Any) -> dict[str, Any]:
    """A small right description, version 3.0.3."""
    return {"openapi": "3.0.3", "info": {"title": "Vault", "version": "7"}, "paths": {}} | more


def operation(text: str = "Returns one order from the archive", **more: Any) -> dict[str, Any]:
    return {"description": text, "responses": {"200": {"description": "The order as it is stored"}}} | more


def run(main: Any, files: dict[str, Any] | None = None, limits: Limits | None = None) -> Result:
    tree = {"api/openapi.yaml": main} | (files or {})
    content = {
        path: item if isinstance(item, bytes) else yaml.safe_dump(item, sort_keys=False).encode()
        for path, item in tree.items()
    }
    return run_kit(OpenApiProbe, content, recognitions={"api/openapi.yaml": SEEN}, limits=limits)


def stated(main: Any, files: dict[str, Any] | None = None) -> dict[str, Any]:
    return run(main, files).one("api.description")


def codes(main: Any, files: dict[str, Any] | None = None) -> list[str]:
    return [problem["code"] for problem in stated(main, files)["problems"]]


def test_metadata_is_complete() -> None:
    check_metadata(OpenApiProbe)


def test_the_findings_do_not_depend_on_order_and_damage_breaks_nothing() -> None:
    files = {
        "api/openapi.yaml": yaml.safe_dump(
            described(paths={"/a/{x}": {"get": operation(parameters=[{"$ref": "p.json#/x"}])}})
        ).encode(),
        "api/p.json": b'{"x": {"name": "x", "in": "path", "required": true, "schema": {"type": "string"}}}',
    }
    seen = {"api/openapi.yaml": SEEN}
    result = check_determinism(OpenApiProbe, files, recognitions=seen)
    assert result.one("api.description")["valid"] is True
    assert "api/p.json" in result.reads
    assert check_hostile(OpenApiProbe, files, recognitions=seen) > 50


def test_operations_are_paths_times_methods() -> None:
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    item = {method: operation() for method in methods} | {"parameters": [], "summary": "s", "x-get": {}}
    facts = stated(described(paths={"/a": item, "/b": {"get": operation()}, "x-own": {"get": {}}}))
    assert (facts["family"], facts["version"], facts["title"], facts["api_version"]) == (
        "openapi",
        "3.0.3",
        "Vault",
        "7",
    )
    assert facts["operations"] == 9


def test_an_address_of_another_path_is_no_second_operation() -> None:
    assert stated(described(paths={"/a": {"get": operation()}, "/b": {"$ref": "#/paths/~1a"}}))["operations"] == 1


def test_3_2_counts_query_and_additional_operations() -> None:
    item = {"query": operation(), "get": operation(), "additionalOperations": {"COPY": operation("x")}}
    facts = stated(described(openapi="3.2.0", paths={"/a": item}, webhooks={"w": {"post": operation()}}))
    assert (facts["operations"], facts["webhooks"], facts["valid"]) == (3, 1, True)
    assert "COPY /a" in facts["undocumented"]


def test_undocumented_operation_is_listed_as_gap() -> None:
    paths = {
        "/orders": {"get": operation(), "post": operation("Orders", operationId="postOrders")},
        "/orders/all": {"get": {"responses": {"200": {"description": "ok"}}}},
        "/jobs": {"get": operation("", summary="Lists running jobs with their owners")},
        "/own": {"get": {"responses": {"200": {"description": "ok"}}, "x-internal": True}},
    }
    facts = stated(described(paths=paths))
    assert (facts["operations"], facts["documented_operations"]) == (5, 2)
    assert facts["undocumented"] == ["POST /orders", "GET /orders/all"]
    assert (facts["undocumented_total"], facts["internal_operations"]) == (2, 1)


def test_boilerplate_documents_nothing() -> None:
    paths = {f"/a{number}": {"get": operation("This endpoint is part of the API")} for number in range(6)}
    facts = stated(described(paths=paths))
    assert facts["documented_operations"] == 0


def test_what_surrounds_the_operations_is_counted() -> None:
    schema = {
        "type": "object",
        "properties": {
            "default": {"type": "string", "description": "State in which new orders start", "example": "open"},
            "name": {"type": "string", "description": "Name"},
            "item": {"$ref": "#/components/schemas/Item"},
        },
    }
    paths = {
        "/a": {
            "parameters": [
                {"name": "q", "in": "query", "schema": {"type": "string"}, "description": "Text to look for"}
            ],
            "get": operation(
                deprecated=True,
                parameters=[{"name": "n", "in": "query", "schema": {"type": "string"}, "example": "x"}],
                responses={"200": {"description": "The list of found orders"}, "404": {"description": "No"}},
            ),
            "put": operation(security=[]),
        }
    }
    facts = stated(
        described(
            paths=paths,
            security=[{"key": []}],
            servers=[{"url": "https://me:secret@example.org/v1"}],
            info={"title": "V", "version": "1", "license": {"name": "MIT"}, "contact": {"email": "a@example.org"}},
            components={
                "schemas": {"Order": schema, "Item": {"type": "object", "description": "One position of an order"}},
                "securitySchemes": {"key": {"type": "apiKey", "name": "k", "in": "header"}},
            },
        )
    )
    assert facts["valid"] is True
    assert (facts["parameters"], facts["documented_parameters"]) == (3, 2)
    assert (facts["responses"], facts["documented_responses"]) == (3, 2)
    assert (facts["operations_with_example"], facts["operations_with_error"]) == (1, 1)
    assert (facts["secured_operations"], facts["deprecated_operations"]) == (1, 1)
    assert (facts["schemas"], facts["properties"], facts["documented_properties"]) == (2, 3, 2)
    assert (facts["examples"], facts["licence"], facts["contact"]) == (2, "MIT", True)
    assert (facts["servers"], facts["security"]) == (["https://example.org/v1"], ["apiKey"])


def test_a_valid_description_is_validated_and_an_invalid_one_recognised() -> None:
    assert run(described()).of("api.description")[0]["strength"] == "validated"
    wrong = run(described(info={"title": "t"}))
    (row,) = wrong.of("api.description")
    assert row["strength"] == "recognised"
    assert row["attributes"]["valid"] is False
    (problem,) = row["attributes"]["problems"]
    assert (problem["code"], problem["pointer"], problem["line"]) == ("schema.required", "/info", 2)


@pytest.mark.parametrize("text", [b'{"openapi": "3.0.0", "paths": {"/a', b"openapi: 3.0.0\npaths:\n\t- x: ]\n"])
def test_a_malformed_description_is_in_the_coverage_and_not_valid(text: bytes) -> None:
    result = run(text)
    facts = result.one("api.description")
    assert (facts["valid"], facts["version"]) == (False, "3.0.3")
    assert result.reasons in (["json.malformed"], ["yaml.malformed"])


def test_a_description_beyond_a_limit_is_neither_valid_nor_invalid() -> None:
    result = run(b"openapi: 3.0.0\nx-a: [" + b"1," * 3_000 + b"1]\n", limits=Limits(document_nodes=2_000))
    assert result.one("api.description")["valid"] is None
    assert [(row.reason.code, row.list, row.severity) for row in result.rows] == [
        ("limit.document_nodes", "limits_hit", "lost")
    ]


@pytest.mark.parametrize(
    "text", [b"a: 1\n", b"[1]", b"openapi: {url: x}\n", b"swagger: true\n", b"", b"openapi: latest\n"]
)
def test_what_states_no_version_is_no_description(text: bytes) -> None:
    assert run(text).findings == []


@pytest.mark.parametrize(
    "text",
    [
        b"openapi: 3.0.3\ninfo:\n  title: Vault\n{% for path in paths %}\npaths: {}\n",
        b'{"openapi": "3.0.3", "info": {"title": "Vault"}, "paths": {{paths}} }',
        b"openapi: 3.0.3\ninfo: {title: <%= name %>: 1}\npaths: {}\n",
        b'openapi: 3.0.3\ninfo: {title: "${title}", version: "1"}\npaths: {}\n',
        b'openapi: 3.0.3\ninfo: {title: "{{ title }}", version: "1"}\npaths: {}\n',
    ],
)
def test_a_template_is_no_description_and_the_coverage_says_so(text: bytes) -> None:
    result = run(text)
    assert result.findings == []
    assert [(row.reason.code, str(row.severity)) for row in result.rows] == [("api.template", "by_design")]


@pytest.mark.parametrize(
    "text",
    [
        b'openapi: 3.0.3\ninfo: {title: "Prices in ${currency}", version: "1"}\npaths: {}\n',
        b'{"openapi": "3.0.3", "info": {"title": "Use {{name}}", "version": "1",, }, "paths": {}}',
    ],
)
def test_a_placeholder_in_a_text_makes_no_template(text: bytes) -> None:
    assert len(run(text).findings) == 1


def test_settings_with_the_words_of_a_description_are_none() -> None:
    assert run(b"openapi: 3.0.3\ninfo: verbose\npaths: ./src\n").findings == []


def test_a_version_without_official_schema_leaves_validity_open() -> None:
    facts = stated(described(openapi="3.9.0"))
    assert (facts["valid"], [problem["code"] for problem in facts["problems"]]) == (None, ["openapi.no_schema"])


# -- references


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/a~1b",
        "#/components/schemas/c~0d",
        "#/components/schemas/e%20f",
        "#/components/schemas/g%25h",
    ],
)
def test_local_references_are_decoded_and_resolved(reference: str) -> None:
    schemas = {"a/b": {}, "c~d": {}, "e f": {}, "g%h": {}, "X": {"type": "array", "items": {"$ref": reference}}}
    # Names with such characters are not allowed in components; the references themselves are right.
    assert not [code for code in codes(described(components={"schemas": schemas})) if code.startswith("openapi.")]


def test_a_reference_into_nothing_is_found_with_its_place() -> None:
    paths = {"/a": {"get": operation(responses={"200": {"$ref": "#/components/responses/No"}})}}
    facts = stated(described(paths=paths))
    assert facts["valid"] is False
    (problem,) = facts["problems"]
    assert problem["code"] == "openapi.reference_missing"
    assert problem["pointer"] == "/paths/~1a/get/responses/200/$ref"
    assert problem["params"] == {"reference": "#/components/responses/No"}


@pytest.mark.parametrize("reference", ["#/info", "#/info/title", "#/components/responses/Gone", "#"])
def test_a_reference_to_a_part_of_another_kind_is_found_with_its_place(reference: str) -> None:
    schema = {"type": "array", "items": {"$ref": reference}}
    parts = {"responses": {"Gone": {"description": "No such order", "content": {}}}, "schemas": {"List": schema}}
    facts = stated(described(components=parts, paths={"/a": {"get": operation()}}))
    assert [(problem["code"], problem["pointer"]) for problem in facts["problems"]] == [
        ("openapi.reference_other_kind", "/components/schemas/List/items/$ref")
    ]
    assert facts["valid"] is False


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/A/properties/parameters",
        "#/components/responses/R/content/text~1plain/schema",
        "#/paths/~1a/get/parameters/0/schema",
        "#/x-shared/B",
    ],
)
def test_a_schema_may_be_referred_to_wherever_it_stands(reference: str) -> None:
    text = {"type": "string"}
    media = {"text/plain": {"schema": text}}
    main = described(
        components={
            "schemas": {"A": {"properties": {"parameters": text}}, "C": {"$ref": reference}},
            "responses": {"R": {"description": "The order as text", "content": media}},
        },
        paths={"/a": {"get": operation(parameters=[{"name": "q", "in": "query", "schema": text}])}},
    )
    assert stated(main | {"x-shared": {"B": text}})["problems"] == []


@pytest.mark.parametrize("wrong", [1, "text", True, {"name": "a"}])
def test_parameters_that_are_no_list_make_it_invalid(wrong: Any) -> None:
    facts = stated(described(paths={"/a": {"get": operation(parameters=wrong), "parameters": wrong}}))
    assert (facts["operations"], facts["parameters"], facts["valid"]) == (1, 0, False)


def test_references_in_data_are_data_and_properties_with_their_names_are_not() -> None:
    data = {"$ref": "#/nowhere"}
    schema = {
        "type": "object",
        "example": data,
        "enum": [data],
        "default": data,
        "x-own": data,
        "properties": {"example": {"type": "string"}, "$ref": {"type": "string"}},
    }
    examples: dict[str, Any] = {"one": {"value": data}}
    media = {"schema": schema, "examples": examples}
    paths = {"/a": {"post": operation(requestBody={"content": {"application/json": media}})}}
    assert codes(described(paths=paths)) == []
    schema["properties"] = {"default": {"$ref": "#/nowhere"}}
    assert codes(described(paths=paths)) == ["openapi.reference_missing"]
    schema["properties"] = {}
    examples["two"] = {"$ref": "#/nowhere"}
    assert codes(described(paths=paths)) == ["openapi.reference_missing"]


def test_references_in_a_circle_are_fine() -> None:
    schemas = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"$ref": "#/components/schemas/C"},
        "C": {"$ref": "#/components/schemas/B"},
        "D": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/D"}]},
    }
    assert stated(described(components={"schemas": schemas}))["valid"] is True


def test_anchors_of_3_1_are_references_too() -> None:
    schemas = {
        "A": {"$anchor": "here"},
        "B": {"$ref": "#here"},
        "C": {"$id": "https://e.org/c"},
        "D": {"$ref": "https://e.org/c"},
    }
    assert stated(described(openapi="3.1.0", components={"schemas": schemas}))["valid"] is True
    assert codes(described(openapi="3.1.0", components={"schemas": {"B": {"$ref": "#gone"}}})) == [
        "openapi.reference_missing"
    ]


def test_an_external_reference_is_recorded_and_leaves_validity_open() -> None:
    schemas = {"A": {"$ref": "https://example.org/x.yaml#/A"}}
    facts = stated(described(components={"schemas": schemas}))
    assert facts["valid"] is None
    assert facts["external_references"] == ["https://example.org/x.yaml#/A"]
    assert [problem["code"] for problem in facts["problems"]] == ["openapi.external_reference"]


def test_a_description_in_several_files_is_one_description() -> None:
    files = {
        "api/paths/orders.yaml": {"get": operation(responses={"200": {"$ref": "../parts.json#/responses/Order"}})},
        "api/parts.json": json.dumps(
            {
                "responses": {
                    "Order": {"description": "One order", "content": {"a/b": {"schema": {"$ref": "#/Order"}}}}
                },
                "Order": {"type": "object", "properties": {"next": {"$ref": "openapi.yaml#/components/schemas/Next"}}},
            }
        ).encode(),
    }
    main = described(
        paths={"/orders": {"$ref": "paths/orders.yaml"}}, components={"schemas": {"Next": {"type": "string"}}}
    )
    facts = stated(main, files)
    assert (facts["valid"], facts["operations"], facts["properties"]) == (True, 1, 1)
    assert facts["files"] == ["api/parts.json", "api/paths/orders.yaml"]


def test_what_is_wrong_in_another_file_is_named_with_the_file() -> None:
    files = {"api/p.yaml": {"get": {"responses": {"200": {"$ref": "p.yaml#/gone"}}, "deprecated": "yes"}}}
    problems = stated(described(paths={"/a": {"$ref": "p.yaml"}}), files)["problems"]
    assert {(problem["code"], problem["file"], problem["pointer"]) for problem in problems} == {
        ("schema.type", "api/p.yaml", "/get/deprecated"),
        ("openapi.reference_missing", "api/p.yaml", "/get/responses/200/$ref"),
    }


def test_a_missing_and_a_broken_file_make_it_invalid() -> None:
    assert codes(described(paths={"/a": {"$ref": "gone.yaml#/x"}})) == ["openapi.reference_no_file"]
    assert codes(described(paths={"/a": {"$ref": "bad.yaml"}}), {"api/bad.yaml": b"a: ]"}) == [
        "openapi.reference_unreadable"
    ]


# -- what the text of the standard demands


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        ({"/a": {"get": operation(operationId="x"), "put": operation(operationId="x")}}, "openapi.operation_id_twice"),
        ({"/a/{id}": {"get": operation()}}, "openapi.path_parameter_undeclared"),
        (
            {"/a": {"get": operation(parameters=[{"name": "p", "in": "path", "required": True, "schema": {}}])}},
            "openapi.path_parameter_unused",
        ),
        (
            {"/a": {"get": operation(parameters=[{"name": "p", "in": "query", "schema": {}}] * 2)}},
            "openapi.parameter_twice",
        ),
    ],
)
def test_a_breach_of_the_standard_beyond_its_schema_is_found(paths: Any, code: str) -> None:
    facts = stated(described(paths=paths))
    assert code in [problem["code"] for problem in facts["problems"]]
    assert facts["valid"] is False


def test_a_security_scheme_that_is_not_declared_is_listed_and_leaves_the_verdict_to_the_official_schema() -> None:
    facts = stated(described(paths={"/a": {"get": operation(security=[{"none": []}])}}))
    assert [problem["code"] for problem in facts["problems"]] == ["openapi.security_undeclared"]
    assert facts["valid"] is True


def test_paths_that_differ_in_names_of_templates_only_are_identical() -> None:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in "ab"]
    paths = {
        "/x/{a}": {"get": operation(parameters=parameters[:1])},
        "/x/{b}": {"get": operation(parameters=parameters[1:])},
    }
    assert codes(described(paths=paths)) == ["openapi.path_twice"]
    assert codes(described(tags=[{"name": "t"}, {"name": "t", "description": "x"}])) == ["openapi.tag_twice"]


def test_swagger_2_has_its_own_rules() -> None:
    body = {"name": "b", "in": "body", "schema": {"type": "object"}}
    form = {"name": "f", "in": "formData", "type": "string"}
    main = {
        "swagger": "2.0",
        "info": {"title": "Old vault", "version": "1"},
        "host": "example.org",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": {"/a": {"post": operation(parameters=[body, form])}},
        "definitions": {"X": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "securityDefinitions": {"b": {"type": "basic"}},
    }
    facts = stated(main)
    assert (facts["version"], facts["operations"], facts["servers"]) == ("2.0", 1, ["https://example.org/v1"])
    assert (facts["schemas"], facts["properties"], facts["security"]) == (1, 1, ["basic"])
    assert [problem["code"] for problem in facts["problems"]] == ["openapi.body_twice"]
    assert stated(b"swagger: 2.0\ninfo: {title: t, version: '1'}\npaths: {}\n")["version"] == "2.0"


def test_another_dialect_of_json_schema_leaves_validity_open() -> None:
    main = described(openapi="3.1.0", jsonSchemaDialect="https://example.org/own")
    assert (stated(main)["valid"], codes(main)) == (None, ["openapi.other_dialect"])
    assert stated(described(openapi="3.1.0", jsonSchemaDialect="https://json-schema.org/draft/2020-12/schema"))["valid"]


# -- what the reader had to put up with


def test_duplicate_keys_of_yaml_are_wrong_and_those_of_json_are_listed() -> None:
    twice = stated(b"openapi: 3.0.0\ninfo: {title: t, version: '1', version: '2'}\npaths: {}\n")
    assert (twice["valid"], [problem["code"] for problem in twice["problems"]]) == (False, ["yaml.duplicate_key"])
    twice = stated(b'{"openapi": "3.0.0", "info": {"title": "t", "version": "1", "version": "2"}, "paths": {}}')
    assert (twice["valid"], [problem["code"] for problem in twice["problems"]]) == (True, ["json.duplicate_key"])


def test_a_description_that_holds_itself_is_read() -> None:
    facts = stated(b"openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {}\nx-a: &a [*a]\n")
    assert [problem["code"] for problem in facts["problems"]] == ["yaml.holds_itself"]


@pytest.mark.parametrize(
    ("info", "offered"),
    [
        ({"title": "Vault (internal)"}, Offered.INTERNAL),
        ({"title": "Vault private API"}, Offered.INTERNAL),
        ({"title": "Vault", "x-internal": True}, Offered.INTERNAL),
        ({"title": "Vault", "description": "For internal use."}, Offered.INTERNAL),
        ({"title": "Private Certificate Authority"}, None),
        ({"title": "Vault of internal memory modules"}, None),
    ],
)
def test_only_what_calls_itself_internal_is_internal(info: dict[str, Any], offered: Offered | None) -> None:
    (row,) = run(described(info={"version": "1"} | info)).of("api.description")
    assert (row["offered"] == Offered.INTERNAL) == (offered is not None)


def test_evidence_points_at_the_version_and_at_the_gaps() -> None:
    (row,) = run(described(paths={"/a": {"get": operation("A")}})).of("api.description")
    first, *others = row["evidence"]
    assert first == {
        "artifact": "api/openapi.yaml",
        "locator": {"pointer": "/openapi", "line": 1, "column": 1},
        "excerpt": "openapi: 3.0.3",
    }
    assert "/paths/~1a/get" in [item["locator"]["pointer"] for item in others]


def test_every_reason_that_it_may_give_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "openapi.yaml").read_bytes())
    modules = (openapi, openapi_references, openapi_rules, json_text, yaml_events)
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    spoken = set(re.findall(r'"((?:openapi|json|yaml|limit)\.[a-z_]+)"', sources))
    assert spoken - set(words) == {"limit.seconds"} & spoken
    assert {f"schema.{keyword}" for keyword in SPOKEN} <= set(words)


def test_of_a_deprecation_replacement_and_date_are_read() -> None:
    def ending(text: str, **more: Any) -> dict[str, Any]:
        return {"deprecated": True, "description": text, "responses": {"200": {"description": "d"}}, **more}

    paths = {
        "/a": {"get": ending("Use GET /b instead, it goes on 2027-03-01.")},
        "/b": {"get": ending("Old.", **{"x-sunset": "2027-03-01"})},
        "/c": {"get": ending("Old.")},
    }
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    found = run_kit(OpenApiProbe, {"openapi.json": json.dumps(document).encode()}).one("api.description")
    assert found["deprecations_total"] == found["deprecated_operations"] == 3
    assert (found["deprecated_with_replacement"], found["deprecated_with_date"], found["complete_deprecations"]) == (
        1,
        2,
        1,
    )
