"""What the probe api.asyncapi states, and what it leaves open."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api import description, references
from cpo_probes.api.asyncapi import probe as asyncapi
from cpo_probes.api.asyncapi import rules as asyncapi_rules
from cpo_probes.api.asyncapi import walk as asyncapi_walk
from cpo_probes.api.asyncapi.probe import AsyncApiProbe
from cpo_probes.api.deprecation import deprecation
from cpo_probes.api.description import without_user
from cpo_scan.model import Offered, Recognition
from cpo_scan.probe.schemas import versions
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.limits import Limits

SEEN = Recognition(format="asyncapi", version="3.0.0")
MAIN = "api/asyncapi.yaml"


def described_2(**more: Any) -> dict[str, Any]:
    """A small right description of version 2."""
    channels = {
        "orders/{id}": {
            "parameters": {"id": {"$ref": "#/components/parameters/id"}},
            "publish": {
                "operationId": "place",
                "summary": "Takes over one new order from the shop",
                "message": {"$ref": "#/components/messages/order"},
            },
            "subscribe": {"operationId": "placed", "message": {"oneOf": [{"$ref": "#/components/messages/order"}]}},
        }
    }
    components = {
        "parameters": {"id": {"description": "Number that the shop gave", "schema": {"type": "string"}}},
        "messages": {"order": {"description": "One order as the shop sends it", "payload": {"type": "object"}}},
    }
    info = {"title": "Orders", "version": "7"}
    return {"asyncapi": "2.6.0", "info": info, "channels": channels, "components": components} | more


def described_3(**more: Any) -> dict[str, Any]:
    """The same in version 3."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Orders", "version": "7"},
        "channels": {
            "orders": {
                "address": "orders/{id}",
                "parameters": {"id": {"description": "Number that the shop gave"}},
                "messages": {"order": {"payload": {"type": "object"}}, "other": {"payload": {"type": "string"}}},
            }
        },
        "operations": {
            "place": {
                "action": "send",
                "channel": {"$ref": "#/channels/orders"},
                "messages": [{"$ref": "#/channels/orders/messages/order"}],
                "description": "Takes over one new order from the shop",
            },
            "placed": {"action": "receive", "channel": {"$ref": "#/channels/orders"}},
        },
    } | more


def run(main: Any, files: dict[str, Any] | None = None, limits: Limits | None = None) -> Result:
    tree = {MAIN: main} | (files or {})
    content = {
        path: item if isinstance(item, bytes) else yaml.safe_dump(item, sort_keys=False).encode()
        for path, item in tree.items()
    }
    return run_probe(AsyncApiProbe, content, recognitions={MAIN: SEEN}, limits=limits)


def stated(main: Any, files: dict[str, Any] | None = None) -> dict[str, Any]:
    return run(main, files).one("api.description")


def codes(main: Any, files: dict[str, Any] | None = None) -> list[str]:
    return [problem["code"] for problem in stated(main, files)["problems"]]


def changed(value: dict[str, Any], path: str, new: Any) -> dict[str, Any]:
    """A copy with one value set; the path is parted by `>`."""
    copy: dict[str, Any] = json.loads(json.dumps(value))
    *way, last = path.split(">")
    inner = copy
    for key in way:
        inner = inner[key]
    inner[last] = new
    return copy


def test_metadata_is_complete() -> None:
    check_metadata(AsyncApiProbe)


def test_the_findings_do_not_depend_on_order_and_damage_breaks_nothing() -> None:
    main = changed(described_3(), "channels>orders>messages>order", {"$ref": "m.yaml#/order"})
    files = {
        MAIN: yaml.safe_dump(main, sort_keys=False).encode(),
        "api/m.yaml": b"order: {payload: {type: object, properties: {a: {type: string}}}}",
    }
    result = check_determinism(AsyncApiProbe, files, recognitions={MAIN: SEEN})
    assert result.one("api.description")["valid"] is True
    assert check_hostile(AsyncApiProbe, files, recognitions={MAIN: SEEN}) > 50


@pytest.mark.parametrize("main", [described_2(), described_3()], ids=["2.6", "3.0"])
def test_an_operation_is_an_operation_and_not_a_message(main: dict[str, Any]) -> None:
    facts = stated(main)
    assert (facts["family"], facts["version"], facts["title"], facts["api_version"]) == (
        "asyncapi",
        main["asyncapi"],
        "Orders",
        "7",
    )
    assert (facts["operations"], facts["documented_operations"], facts["valid"]) == (2, 1, True)
    assert facts["undocumented"] == (["subscribe orders/{id}"] if "operations" not in main else ["receive placed"])
    assert (facts["channels"], facts["parameters"], facts["documented_parameters"]) == (1, 1, 1)
    assert facts["messages"] == (1 if "operations" not in main else 2)


@pytest.mark.parametrize("version", [known for known in versions("asyncapi") if known < "3"])
def test_every_version_2_has_its_own_schema(version: str) -> None:
    assert stated(described_2(asyncapi=f"{version}.0"))["valid"] is True
    assert codes(described_2(asyncapi=f"{version}.0", nonsense=1)) == ["schema.additional_properties"]


def test_a_version_without_a_schema_leaves_validity_open() -> None:
    facts = stated(described_3(asyncapi="3.9.0"))
    assert (facts["valid"], facts["operations"]) == (None, 2)
    assert [problem["code"] for problem in facts["problems"]] == ["asyncapi.no_schema"]


@pytest.mark.parametrize("main", [{"info": {}}, ["asyncapi"], {"asyncapi": None}, {"asyncapi": {"a": 1}}])
def test_what_states_no_version_is_no_description(main: Any) -> None:
    result = run(main)
    assert (result.findings, result.rows) == ([], [])


def test_what_breaks_the_schema_is_named_with_its_place() -> None:
    main = changed(described_3(), "operations>place>action", "push")
    facts = stated(main)
    (problem,) = facts["problems"]
    assert facts["valid"] is False
    assert (problem["code"], problem["pointer"], problem["line"] > 1) == (
        "schema.enum",
        "/operations/place/action",
        True,
    )


@pytest.mark.parametrize(
    ("main", "code"),
    [
        (changed(described_2(), "channels>orders/{id}>parameters>no", {"schema": {}}), "asyncapi.parameter_unused"),
        (changed(described_2(), "channels>a{b}", {"parameters": {}}), "asyncapi.parameter_undeclared"),
        (changed(described_2(), "channels>a?b=c", {}), "asyncapi.channel_address"),
        (changed(described_2(), "channels>a", {"servers": ["no"]}), "asyncapi.server_undeclared"),
        (changed(described_2(), "channels>a", {"publish": {"operationId": "place"}}), "asyncapi.operation_id_twice"),
        (changed(described_2(), "channels>a", {"publish": {"security": [{"k": []}]}}), "asyncapi.security_undeclared"),
        (described_2(tags=[{"name": "a"}, {"name": "a", "description": "x"}]), "asyncapi.tag_twice"),
        (
            described_2(servers={"s": {"url": "{a}.e.org", "protocol": "mqtt", "variables": {"b": {}}}}),
            "asyncapi.server_variable_undeclared",
        ),
        (changed(described_3(), "channels>orders>address", "orders"), "asyncapi.parameter_unused"),
        (changed(described_3(), "channels>orders>address", "o/{id}#a"), "asyncapi.channel_address"),
        (
            changed(described_3(), "operations>placed>messages", [{"$ref": "#/channels/orders/parameters/id"}]),
            "asyncapi.not_a_message_of_the_channel",
        ),
        (
            changed(described_3(), "channels>orders>servers", [{"$ref": "#/components/servers/s"}])
            | {"components": {"servers": {"s": {"host": "e.org", "protocol": "mqtt"}}}},
            "asyncapi.not_a_root_server",
        ),
    ],
)
def test_what_the_text_of_the_standard_demands_is_checked(main: dict[str, Any], code: str) -> None:
    assert code in codes(main)
    assert stated(main)["valid"] is False


def test_message_ids_are_unique_among_messages_and_not_among_their_uses() -> None:
    main = changed(described_2(), "components>messages>order>messageId", "order")
    assert codes(main) == []
    other = {"publish": {"message": {"messageId": "order", "payload": {"type": "string"}}}}
    assert codes(changed(main, "channels>b", other)) == ["asyncapi.message_id_twice"]


def test_a_reference_to_another_part_than_it_stands_for_is_found() -> None:
    main = changed(described_2(), "channels>orders/{id}>publish>message", {"$ref": "#/components/parameters/id"})
    assert stated(main)["valid"] is False
    assert codes(changed(described_2(), "channels>a", {"publish": {"message": {"$ref": "#/no"}}})) == [
        "asyncapi.reference_missing"
    ]


def test_a_description_in_several_files_is_one_description() -> None:
    main = changed(described_3(), "channels>orders", {"$ref": "channels.yaml#/orders"})
    files = {
        "api/channels.yaml": {
            "orders": {
                "address": "orders",
                "messages": {"order": {"$ref": "messages.json"}, "gone": {"$ref": "no.yaml"}},
            }
        },
        "api/messages.json": b'{"payload": {"type": "nonsense"}}',
    }
    facts = stated(main, files)
    assert facts["files"] == ["api/channels.yaml", "api/messages.json"]
    assert {(problem["code"], problem.get("file")) for problem in facts["problems"]} == {
        ("schema.enum", "api/messages.json"),
        ("asyncapi.reference_no_file", "api/channels.yaml"),
    }


def test_an_external_reference_is_recorded_and_never_fetched() -> None:
    main = changed(described_2(), "channels>b", {"publish": {"message": {"$ref": "https://me:pw@example.org/m.yaml"}}})
    facts = stated(main)
    assert facts["valid"] is None
    assert facts["external_references"] == ["https://example.org/m.yaml"]
    assert [problem["code"] for problem in facts["problems"]] == ["asyncapi.external_reference"]


def test_words_of_other_schema_languages_are_no_parts_of_the_description() -> None:
    order = {"$ref": "#/channels/orders/messages/order"}
    payload = {"subscribe": order, "reply": order}
    assert stated(changed(described_3(), "channels>orders>messages>order>payload", payload))["problems"] == []


def test_a_title_that_is_a_placeholder_makes_a_template() -> None:
    result = run(changed(described_3(), "info>title", "{{ title }}"))
    assert (result.findings, result.reasons) == ([], ["api.template"])


def test_references_in_data_are_data() -> None:
    schema = {"type": "object", "default": {"$ref": "#/no"}, "properties": {"$ref": {"type": "string"}}}
    main = changed(described_2(), "components>messages>order>payload", schema)
    main["components"]["messages"]["order"]["examples"] = [{"payload": {"$ref": "#/no"}}]
    facts = stated(main)
    assert (codes(main), facts["valid"], facts["properties"]) == ([], True, 1)


def test_traits_say_what_the_operation_itself_does_not() -> None:
    main = changed(described_3(), "operations>placed>traits", [{"description": "Tells the shop what became of it"}])
    assert stated(main)["documented_operations"] == 2


def test_security_servers_examples_and_deprecation_are_stated() -> None:
    main = described_2(
        servers={"s": {"url": "mqtt://me:pw@e.org:{port}", "protocol": "mqtt", "security": [{"k": []}]}},
        info={"title": "Orders", "version": "7", "license": {"name": "MIT"}, "contact": {"name": "a"}},
    )
    main["components"]["securitySchemes"] = {"k": {"type": "userPassword"}}
    main["components"]["messages"]["order"]["examples"] = [{"payload": {}}]
    operation = main["channels"]["orders/{id}"]["subscribe"]
    operation["x-deprecated"] = True
    operation["description"] = "Use `orders/all` instead, gone on 2027-01-31"
    operation["security"] = []
    facts = stated(main)
    assert facts["valid"] is True
    assert (facts["licence"], facts["contact"], facts["servers"]) == ("MIT", True, ["mqtt://e.org:{port}"])
    assert (facts["security"], facts["secured_operations"], facts["operations_with_example"]) == (
        ["userPassword"],
        1,
        2,
    )
    assert facts["deprecations"] == [
        {"name": "subscribe orders/{id}", "replacement": "orders/all", "date": "2027-01-31"}
    ]


def test_a_description_that_calls_itself_internal_is_not_offered() -> None:
    (row,) = run(described_3(info={"title": "Orders (internal)", "version": "1"})).findings
    assert row["offered"] == Offered.INTERNAL
    assert row["offered_reason"]["code"] == "api.marked_internal"


@pytest.mark.parametrize("content", [b"asyncapi: 3.0.0\ninfo: ]", b'{"asyncapi": "3.0.0",', b"asyncapi: '3.0.0\n"])
def test_what_does_not_parse_is_invalid_with_its_place(content: bytes) -> None:
    result = run(content)
    assert result.one("api.description")["valid"] is False
    assert result.findings[0]["evidence"][0]["locator"]["line"] >= 1
    assert len(result.rows) == 1


def test_a_limit_leaves_validity_open() -> None:
    result = run(described_3(), limits=Limits(document_nodes=10))
    assert result.one("api.description")["valid"] is None
    assert result.reasons == ["limit.document_nodes"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=3) | st.just("#/channels/orders"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$ref", "messages", "message", "oneOf", "traits", "parameters", "servers", "payload", "tags"]
            )
            | st.text(max_size=2),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def test_a_channel_whose_name_is_a_number_is_judged_like_any_other() -> None:
    assert stated(changed(described_2(), "channels", {"0": None}))["valid"] is False


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["2", "3"]), st.data())
def test_anything_may_stand_anywhere(major: str, data: st.DataObject) -> None:
    main = described_2() if major == "2" else described_3()
    places = ["info", "channels", "servers", "components", "operations", "tags", "channels>x", "servers>x"]
    place = data.draw(st.sampled_from(places))
    main.setdefault("servers", {})
    facts = stated(changed(main, place, data.draw(_JSON)))
    assert facts["documented_operations"] <= facts["operations"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use `fullId` instead. Removal on 2024-07-01 UTC.", ("fullId", "2024-07-01")),
        ("Replaced by GET /v2/orders", ("GET /v2/orders", None)),
        ("Ersetzt durch neueBestellung, entfällt 2027-03", ("neueBestellung", "2027-03")),
        ("Please use caution", (None, None)),
        ("Use the new orders instead", ("orders", None)),
        ("No longer supported", (None, None)),
    ],
)
def test_replacement_and_date_of_a_deprecation_are_read(text: str, expected: tuple[str | None, str | None]) -> None:
    assert deprecation(text) == expected


def test_extension_fields_tell_of_a_deprecation_too() -> None:
    assert deprecation("Old", {"x-sunset": "on 2026-12-31", "x-replaced-by": "new"}) == ("new", "2026-12-31")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("amqp://u:p@h:1/x@y", "amqp://h:1/x@y"),
        ("h/x@y", "h/x@y"),
        ("https://h?a=b@c", "https://h?a=b@c"),
        ("https://u@h", "https://h"),
    ],
)
def test_names_and_passwords_in_addresses_are_masked(address: str, shown: str) -> None:
    assert without_user(address) == shown


def test_official_schemas_are_those_of_the_source() -> None:
    import hashlib

    for family in ("asyncapi", "openrpc"):
        folder = rules_root() / "schemas" / "third_party" / family
        source = yaml.safe_load((folder / "SOURCE.yaml").read_bytes())
        for row in source["files"]:
            assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"], row["file"]
            assert (folder / source["packages"][row["package"]]["notice"]).is_file()


def test_every_reason_that_it_may_give_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "api-a.yaml").read_bytes())
    known = words | yaml.safe_load((rules_root() / "messages" / "parts" / "openapi.yaml").read_bytes())
    modules = (asyncapi, asyncapi_rules, asyncapi_walk, description, references)
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    spoken = set(re.findall(r'"((?:asyncapi|api|limit)\.[a-z_0-9]+)"', sources)) - {"api.description", "api.asyncapi"}
    spoken |= {f"asyncapi.{code}" for code in re.findall(r"_family\}\.([a-z_]+)\"", sources)}
    assert spoken <= set(known)
    assert len(spoken) > 15
