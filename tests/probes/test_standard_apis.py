"""Descriptions of interfaces that a standard describes are told by their operations, and never by a title alone."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.api.openapi.probe import OpenApiProbe
from cpo_probes.api.raml.probe import RamlProbe
from cpo_probes.api.standard_apis import standardised
from cpo_probes.api.wadl.probe import WadlProbe
from cpo_scan.probe.testing import run_probe
from cpo_scan.rulebook.data import read_table

TABLE = read_table("standard-apis").data
ROWS = {row["name"]: row for row in TABLE["interfaces"]}
CORES = {
    name: [tuple(operation.split(" ", 1)) for operation in row["core"]] for name, row in ROWS.items() if "core" in row
}


def found(operations: list[tuple[str, str]], title: str = "", parameters: tuple[str, ...] = ()) -> list[str]:
    attributes = standardised(TABLE, operations, parameters, title)
    return [row["name"] for row in attributes.get("standard_interfaces", ())]


@pytest.mark.parametrize("name", CORES)
@pytest.mark.parametrize("prefix", ["", "/api/v3.0", "/{tenant}"])
def test_all_of_its_operations_make_the_interface_whatever_its_title_and_prefix(name: str, prefix: str) -> None:
    operations = [(verb.lower(), prefix + path.replace("{}", "{id}")) for verb, path in CORES[name]]
    assert found(operations, "Our service") == [name]
    assert standardised(TABLE, operations, (), None)["standard"] == ROWS[name]["standard"]


@pytest.mark.parametrize("name", CORES)
def test_a_title_alone_is_no_interface_and_makes_up_for_some_operations(name: str) -> None:
    title, core = ROWS[name]["titles"][0].upper(), CORES[name]
    assert found([], title) == []
    assert found(core[:1], title) == []
    assert name in found(core[: (len(core) + 1) // 2], title)
    assert name not in found(core[:-1], "Our service")


def test_operations_below_different_prefixes_are_not_one_interface() -> None:
    core = CORES["SCIM 2.0"]
    mixed = [(verb, f"/{number}{path}") for number, (verb, path) in enumerate(core)]
    assert found(mixed) == []


def test_oslc_is_known_by_its_parameters() -> None:
    assert found([("GET", "/things")], parameters=("oslc.where", "oslc.select")) == ["OSLC Core"]
    assert found([("GET", "/things")], parameters=("oslc.where", "limit")) == []


def test_a_description_says_which_standard_it_is_of_and_how_much_of_it_was_seen() -> None:
    paths: dict[str, Any] = {}
    for verb, path in CORES["Systems Modeling API and Services"]:
        variables = [{"name": "a", "in": "path", "required": True, "schema": {}}] if "{}" in path else []
        numbered = path.replace("{}", "{a}", 1).replace("{}", "{b}", 1)
        if "{b}" in numbered:
            variables.append({"name": "b", "in": "path", "required": True, "schema": {}})
        paths[numbered] = {verb.lower(): {"parameters": variables, "responses": {"200": {"description": "x"}}}}
    document = {"openapi": "3.0.3", "info": {"title": "Models", "version": "1"}, "paths": paths}
    attributes = run_probe(OpenApiProbe(), {"openapi.json": msgspec.json.encode(document)}).one("api.description")
    assert attributes["standard"] == "sysml2"
    assert attributes["standard_interfaces"] == [
        {"standard": "sysml2", "name": "Systems Modeling API and Services", "seen": 6, "of": 6, "titled": False}
    ]
    other = {**document, "paths": {"/x": paths["/projects"]}, "info": {"title": "SysML v2 API", "version": "1"}}
    attributes = run_probe(OpenApiProbe(), {"openapi.json": msgspec.json.encode(other)}).one("api.description")
    assert attributes.get("standard") is None and "standard_interfaces" not in attributes


def test_every_standard_of_the_table_is_registered() -> None:
    known = {row["id"] for row in read_table("standards").data["standards"]}
    assert {row["standard"] for row in ROWS.values()} <= known


@given(
    st.lists(st.tuples(st.sampled_from(["get", "POST"]), st.text("/{}ab", max_size=12)), max_size=8),
    st.text(max_size=20),
)
def test_any_operations_are_looked_at(operations: list[tuple[str, str]], title: str) -> None:
    assert found(operations, title) == []


def test_other_families_tell_it_by_the_same_operations() -> None:
    raml = "#%RAML 1.0\ntitle: Twins\n/shells:\n  get: {}\n  /{id}:\n    get: {}\n    /submodel-refs: {get: {}}\n"
    raml += "    /asset-information: {get: {}}\n"
    found = run_probe(RamlProbe, {"a.raml": raml.encode()}).one("api.description")
    assert (found["standard"], [row["name"] for row in found["standard_interfaces"]]) == ("aas", ["AAS Repository API"])
    paths = ("Users", "Users/{id}", "Groups", "ServiceProviderConfig")
    wadl = "".join(f'<resource path="{path}"><method name="GET"/></resource>' for path in paths)
    wadl += '<resource path="Users"><method name="POST"/></resource>'
    wadl += '<resource path="Users/{x}"><method name="PATCH"/></resource>'
    wadl = f'<application xmlns="http://wadl.dev.java.net/2009/02"><resources base="x">{wadl}</resources></application>'
    assert run_probe(WadlProbe, {"a.wadl": wadl.encode()}).one("api.description")["standard"] == "scim"


def test_an_interface_of_nobodys_standard_has_none() -> None:
    raml = b"#%RAML 1.0\ntitle: Orders\n/orders:\n  get: {}\n"
    assert "standard" not in run_probe(RamlProbe, {"a.raml": raml}).one("api.description")
