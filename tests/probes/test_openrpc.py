"""What the probes api.openrpc, api.mcp and api.opencli state."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpo_probes.api import mcp, opencli, openrpc, references
from cpo_probes.api.mcp import McpToolsProbe
from cpo_probes.api.opencli import OpenCliProbe
from cpo_probes.api.openrpc import OpenRpcProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import ProbeLike, Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.root import rules_root

FORMATS: dict[Any, str] = {OpenRpcProbe: "openrpc", McpToolsProbe: "mcp-tools", OpenCliProbe: "opencli"}
PARAMETER = {
    "name": "id",
    "description": "Number of the sealed document",
    "required": True,
    "schema": {"type": "string"},
}
GET = {
    "name": "vault.get",
    "summary": "Reads one sealed document from the archive",
    "params": [PARAMETER],
    "result": {"name": "document", "schema": {"$ref": "#/components/schemas/Document"}},
    "errors": [{"code": 1, "message": "not there"}],
}
LIST = {"name": "vault.list", "params": [], "result": {"name": "all", "schema": True}}
TOOL = {
    "name": "read_document",
    "description": "Reads one sealed document from the archive",
    "inputSchema": {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "Number of the wanted document"}},
    },
}
PROGRAM = {
    "opencli": "0.1",
    "info": {"title": "vault", "version": "2"},
    "commands": [
        {
            "name": "document",
            "commands": [
                {
                    "name": "get",
                    "description": "Reads one sealed file from the archive",
                    "options": [{"name": "--out", "description": "Folder where the file goes"}],
                },
                {"name": "purge", "hidden": True},
            ],
        },
        {"name": "list"},
    ],
}


def described(**more: Any) -> dict[str, Any]:
    """A small right description, OpenRPC 1.2.6."""
    return {
        "openrpc": "1.2.6",
        "info": {"title": "Vault", "version": "3", "license": {"name": "MIT"}},
        "methods": [GET, LIST],
        "components": {"schemas": {"Document": {"type": "object", "properties": {"$ref": {"type": "string"}}}}},
    } | more


def run(value: Any, files: dict[str, Any] | None = None, probe: ProbeLike = OpenRpcProbe) -> Result:
    tree = {"api/main.json": value} | (files or {})
    content = {path: item if isinstance(item, bytes) else json.dumps(item).encode() for path, item in tree.items()}
    return run_probe(probe, content, recognitions={"api/main.json": Recognition(format=FORMATS[probe])})


def stated(value: Any, files: dict[str, Any] | None = None, probe: ProbeLike = OpenRpcProbe) -> dict[str, Any]:
    return run(value, files, probe).one("api.description")


def codes(value: Any, files: dict[str, Any] | None = None, probe: ProbeLike = OpenRpcProbe) -> list[str]:
    return [problem["code"] for problem in stated(value, files, probe)["problems"]]


@pytest.mark.parametrize(
    ("probe", "value"), [(OpenRpcProbe, described()), (McpToolsProbe, {"tools": [TOOL]}), (OpenCliProbe, PROGRAM)]
)
def test_the_probes_keep_the_contract(probe: Any, value: Any) -> None:
    check_metadata(probe)
    files = {"api/main.json": json.dumps(value).encode()}
    seen = {"api/main.json": Recognition(format=FORMATS[probe])}
    check_determinism(probe, files, recognitions=seen)
    assert check_hostile(probe, files, recognitions=seen) > 20


@pytest.mark.parametrize("probe", FORMATS)
def test_what_does_not_parse_is_invalid_and_listed(probe: Any) -> None:
    result = run(b'{"openrpc": "1.2.6", "tools": [', probe=probe)
    assert result.one("api.description")["valid"] is False
    assert len(result.rows) == 1


# -- OpenRPC


def test_operations_are_methods() -> None:
    facts = stated(described(servers=[{"name": "a", "url": "https://me:pw@example.org/rpc"}]))
    assert (facts["family"], facts["version"], facts["title"], facts["api_version"]) == (
        "jsonrpc",
        "1.2.6",
        "Vault",
        "3",
    )
    assert (facts["operations"], facts["documented_operations"], facts["valid"]) == (2, 1, True)
    assert facts["undocumented"] == ["vault.list"]
    assert (facts["parameters"], facts["documented_parameters"], facts["operations_with_error"]) == (1, 1, 1)
    assert (facts["servers"], facts["licence"]) == (["https://example.org/rpc"], "MIT")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"methods": [GET, GET]}, "openrpc.method_twice"),
        ({"methods": [GET | {"params": [PARAMETER, PARAMETER]}]}, "openrpc.parameter_twice"),
        (
            {"methods": [GET | {"params": [{"name": "a", "schema": True}, PARAMETER]}]},
            "openrpc.required_after_optional",
        ),
        ({"methods": [GET | {"params": [{"$ref": "#/components/no"}]}]}, "openrpc.reference_missing"),
        ({"methods": [{"name": "a"}]}, "schema.required"),
        ({"nonsense": 1}, "schema.additional_properties"),
    ],
)
def test_what_is_wrong_is_named(more: dict[str, Any], code: str) -> None:
    assert code in codes(described(**more))
    assert stated(described(**more))["valid"] is False


def test_parameters_by_name_have_no_order() -> None:
    parameters = [{"name": "a", "schema": True}, PARAMETER]
    assert codes(described(methods=[GET | {"params": parameters, "paramStructure": "by-name"}])) == []


def test_a_version_without_a_schema_leaves_validity_open() -> None:
    assert stated(described(openrpc="1.9.0"))["valid"] is None


def test_an_external_reference_is_recorded_and_a_local_one_followed() -> None:
    outside = GET | {"params": [{"$ref": "https://example.org/a.json"}]}
    assert stated(described(methods=[outside]))["valid"] is None
    inside = GET | {"params": [{"$ref": "parts.json#/id"}]}
    facts = stated(described(methods=[inside]), {"api/parts.json": {"id": PARAMETER}})
    assert (facts["documented_parameters"], facts["files"], facts["valid"]) == (1, ["api/parts.json"], True)


def test_a_deprecated_method_is_told_with_its_replacement() -> None:
    old = LIST | {"deprecated": True, "description": "Use `vault.all` instead"}
    assert stated(described(methods=[old]))["deprecations"] == [{"name": "vault.list", "replacement": "vault.all"}]


# -- tools of the Model Context Protocol


def test_operations_are_tools() -> None:
    facts = stated(
        {"serverInfo": {"name": "vault"}, "tools": [TOOL, TOOL | {"name": "b", "description": "b"}]},
        None,
        McpToolsProbe,
    )
    assert (facts["family"], facts["title"], facts["operations"], facts["documented_operations"]) == (
        "mcp",
        "vault",
        2,
        1,
    )
    assert (facts["parameters"], facts["documented_parameters"], facts["valid"]) == (2, 2, None)


def test_a_tool_has_a_name_of_its_own_and_says_what_it_takes() -> None:
    tools = [TOOL, TOOL, {"inputSchema": {"type": "object"}}, {"name": "c", "inputSchema": {}}, 5]
    assert codes({"tools": tools}, None, McpToolsProbe) == [
        "mcp.name_twice",
        "mcp.no_name",
        "mcp.no_arguments",
        "mcp.no_name",
        "mcp.no_arguments",
    ]


# -- OpenCLI


def test_operations_are_commands_without_commands_below() -> None:
    facts = stated(PROGRAM, None, OpenCliProbe)
    assert (facts["operations"], facts["documented_operations"], facts["internal_operations"]) == (3, 1, 1)
    assert facts["undocumented"] == ["list"]
    assert (facts["title"], facts["version"], facts["api_version"], facts["valid"]) == ("vault", "0.1", "2", None)
    assert (facts["parameters"], facts["documented_parameters"]) == (1, 1)


def test_a_program_without_commands_is_one_operation() -> None:
    assert stated({"opencli": "0.1", "info": {"title": "vault"}}, None, OpenCliProbe)["operations"] == 1


def test_every_reason_that_they_may_give_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "api-a.yaml").read_bytes())
    modules = (mcp, opencli, openrpc, references)
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    spoken = set(re.findall(r'"((?:openrpc|mcp|opencli)\.[a-z_]+)"', sources))
    spoken |= {f"openrpc.{code}" for code in re.findall(r"_family\}\.([a-z_]+)\"", sources)}
    assert spoken == {code for code in words if code.startswith(("openrpc.", "mcp.", "opencli."))}
