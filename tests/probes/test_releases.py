"""Two releases side by side: what changed, whether it breaks a caller, and whether it was announced."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.release_pairs import Head, paired
from cpo_probes.api.releases import ReleaseProbe
from cpo_scan.probe.testing import Files, check_determinism, check_hostile, check_metadata, run_probe

Json = dict[str, Any]


def description(paths: Json, **more: Any) -> bytes:
    document = {"openapi": "3.0.3", "info": {"title": "Orders", "version": "1"}, "paths": paths, **more}
    return msgspec.json.encode(document)


def operation(**more: Any) -> Json:
    return {"responses": {"200": {"description": "done"}}, **more}


def parameter(name: str, place: str = "query", **more: Any) -> Json:
    return {"name": name, "in": place, "schema": {"type": "string"}, **more}


def answering(schema: Json) -> Json:
    return {"responses": {"200": {"description": "done", "content": {"application/json": {"schema": schema}}}}}


def taking(schema: Json, **more: Any) -> Json:
    return operation(requestBody={"content": {"application/json": {"schema": schema}}, **more})


def changes(old: bytes | Files, new: bytes | Files) -> list[Json]:
    before = {"api/openapi.json": old} if isinstance(old, bytes) else old
    after = {"api/openapi.json": new} if isinstance(new, bytes) else new
    result = run_probe(ReleaseProbe, after, previous=before)
    assert result.rows == []
    return [row["attributes"] for row in result.of("release.change")]


def told(old: bytes | Files, new: bytes | Files) -> set[tuple[str, str, bool]]:
    return {(row["what"], row["element"], row["breaking"]) for row in changes(old, new)}


def object_of(*required: str, **members: Any) -> Json:
    return {"type": "object", "required": list(required), "properties": members}


def test_metadata() -> None:
    check_metadata(ReleaseProbe)


def test_the_same_release_twice_has_no_changes() -> None:
    same = description({"/orders": {"get": operation()}})
    assert changes(same, same) == []


def test_an_operation_that_is_gone_breaks_and_one_that_is_new_does_not() -> None:
    old, new = description({"/orders": {"get": operation()}}), description({"/items": {"get": operation()}})
    assert told(old, new) == {("operation_removed", "GET /orders", True), ("operation_added", "GET /items", False)}


def test_a_removal_that_the_earlier_release_deprecated_was_announced() -> None:
    old = description({"/a": {"get": operation(deprecated=True)}, "/b": {"get": operation()}})
    gone = {row["element"]: row["announced"] for row in changes(old, description({}))}
    assert gone == {"GET /a": True, "GET /b": False}


def test_the_finding_points_into_both_releases() -> None:
    old = description({"/orders": {"get": operation(parameters=[parameter("limit")])}})
    new = description({"/orders": {"get": operation()}})
    (row,) = run_probe(ReleaseProbe, {"a/openapi.json": new}, previous={"a/openapi.json": old}).findings
    assert row["attributes"]["previous"]["pointer"] == "/paths/~1orders/get/parameters/0"
    assert row["evidence"][0]["locator"] == {"pointer": "/paths/~1orders/get"}
    assert row["strength"] == "recognised"


def test_the_name_of_a_path_parameter_is_no_part_of_the_interface() -> None:
    old = description({"/orders/{id}": {"get": operation(parameters=[parameter("id", "path", required=True)])}})
    new = description({"/orders/{key}": {"get": operation(parameters=[parameter("key", "path", required=True)])}})
    assert changes(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [parameter("limit")], ("input_added", False)),
        ([], [parameter("limit", required=True)], ("required_input_added", True)),
        ([parameter("limit")], [], ("input_removed", True)),
        ([parameter("limit")], [parameter("limit", required=True)], ("input_required", True)),
        ([parameter("limit", required=True)], [parameter("limit")], ("input_optional", False)),
        ([parameter("X-Key", "header")], [parameter("x-key", "header")], None),
        ([parameter("limit")], [parameter("limit", schema={"type": "integer"})], ("type_changed", True)),
        ([parameter("limit")], [parameter("limit", deprecated=True)], ("element_deprecated", False)),
    ],
)
def test_changes_of_parameters(old: list[Json], new: list[Json], expected: tuple[str, bool] | None) -> None:
    before, after = (description({"/orders": {"get": operation(parameters=one)}}) for one in (old, new))
    assert [(row["what"], row["breaking"]) for row in changes(before, after)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("old", "new", "as_input", "as_output"),
    [
        ({"a": {}}, {"a": {}, "b": {}}, ("member_added", False), ("member_added", False)),
        ({"a": {}, "b": {}}, {"a": {}}, ("member_removed", True), ("member_removed", True)),
        (
            {"a": {"enum": ["x", "y"]}},
            {"a": {"enum": ["x"]}},
            ("value_removed", True),
            ("value_removed", False),
        ),
        ({"a": {"type": "integer"}}, {"a": {"type": "number"}}, ("type_widened", False), ("type_widened", True)),
        (
            {"a": {"type": "string", "nullable": True}},
            {"a": {"type": "string"}},
            ("null_removed", True),
            ("null_removed", False),
        ),
        (
            {"a": {"type": "string", "maxLength": 9}},
            {"a": {"type": "string", "maxLength": 4}},
            ("limit_tightened", True),
            ("limit_tightened", False),
        ),
    ],
)
def test_what_goes_in_may_only_widen_and_what_comes_out_may_only_narrow(
    old: Json, new: Json, as_input: tuple[str, bool], as_output: tuple[str, bool]
) -> None:
    for shape, expected in ((taking, as_input), (answering, as_output)):
        before, after = (description({"/o": {"post": shape(object_of(**one))}}) for one in (old, new))
        assert [(row["what"], row["breaking"]) for row in changes(before, after)] == [expected]


def test_a_member_that_becomes_required_breaks_callers_that_send_it_and_serves_those_that_read_it() -> None:
    before, after = object_of(a={}), object_of("a", a={})
    assert told(description({"/o": {"post": taking(before)}}), description({"/o": {"post": taking(after)}})) == {
        ("member_required", "POST /o › body application/json.a", True)
    }
    assert told(description({"/o": {"get": answering(before)}}), description({"/o": {"get": answering(after)}})) == {
        ("member_required", "GET /o › 200 application/json.a", False)
    }


def test_the_same_schema_inline_or_by_reference_is_the_same() -> None:
    lines = {"type": "array", "items": object_of(name={"type": "string"})}
    order = object_of("id", id={"type": "integer"}, lines=lines)
    inline = description({"/o": {"get": answering(order)}})
    referring = description(
        {"/o": {"get": answering({"allOf": [{"$ref": "#/components/schemas/Order"}]})}},
        components={"schemas": {"Order": order}},
    )
    assert changes(inline, referring) == []
    assert changes(referring, inline) == []


def test_a_change_of_a_shared_schema_is_told_once() -> None:
    def with_(schema: Json) -> bytes:
        paths = {f"/{name}": {"get": answering({"$ref": "#/components/schemas/Order"})} for name in "abc"}
        return description(paths, components={"schemas": {"Order": schema}})

    assert told(with_(object_of(a={}, b={})), with_(object_of(a={}))) == {("member_removed", "Order.b", True)}


def test_access_that_gets_harder_breaks() -> None:
    old = description({"/o": {"get": operation()}})
    new = description({"/o": {"get": operation(security=[{"key": []}])}})
    assert told(old, new) == {("access_narrowed", "GET /o", True)}
    assert told(new, old) == {("access_widened", "GET /o", False)}


def test_swagger_2_and_openapi_3_of_one_interface_are_compared_by_what_they_offer() -> None:
    old = msgspec.json.encode(
        {
            "swagger": "2.0",
            "info": {"title": "Orders", "version": "1"},
            "produces": ["application/json"],
            "paths": {
                "/o": {
                    "post": {
                        "consumes": ["application/json"],
                        "parameters": [
                            {"name": "order", "in": "body", "schema": object_of(a={"type": "string"})},
                            {"name": "limit", "in": "query", "type": "integer"},
                        ],
                        "responses": {"200": {"description": "done", "schema": {"type": "string"}}},
                    }
                }
            },
        }
    )
    new = description(
        {
            "/o": {
                "post": {
                    **answering({"type": "string"}),
                    "parameters": [parameter("limit", schema={"type": "integer"})],
                    "requestBody": {"content": {"application/json": {"schema": object_of(a={"type": "string"})}}},
                }
            }
        }
    )
    assert changes(old, new) == []


def test_a_description_in_a_folder_of_another_version_is_the_same_description() -> None:
    one = description({"/o": {"get": operation()}})
    assert told({"tool-1.2/api.json": one}, {"tool-1.3/api.json": description({})}) == {
        ("operation_removed", "GET /o", True)
    }


def test_a_description_that_is_gone_is_a_breaking_change_with_evidence_near_to_where_it_was() -> None:
    items = description({}, info={"title": "Items", "version": "1"})
    old = {"api/orders.json": description({}), "api/items.json": items}
    result = run_probe(ReleaseProbe, {"api/items.json": old["api/items.json"]}, previous=old)
    (row,) = result.findings
    assert row["attributes"]["what"] == "description_removed"
    assert row["attributes"]["breaking"] is True
    assert row["attributes"]["previous"] == {"artifact": "api/orders.json", "version": "1"}
    assert row["evidence"][0]["artifact"] == "api/items.json"


def test_without_an_earlier_release_nothing_is_said() -> None:
    assert run_probe(ReleaseProbe, {"api/openapi.json": description({})}).findings == []


def test_a_part_in_another_file_is_compared_though_the_main_file_is_the_same() -> None:
    main = description({"/o": {"get": answering({"$ref": "order.json"})}})
    old, new = (
        {"api/openapi.json": main, "api/order.json": msgspec.json.encode(schema)}
        for schema in (object_of(a={}, b={}), object_of(a={}))
    )
    assert told(old, new) == {("member_removed", "GET /o › 200 application/json.b", True)}


def test_pairs_by_path_then_title_then_path_without_digits() -> None:
    def heads(**titles: str) -> dict[str, Head]:
        return {path.replace("_", "/") + ".json": Head("openapi", title) for path, title in titles.items()}

    old, new = heads(a="A", b="B", v1_c="", d="D"), heads(a="X", moved="B", v2_c="", e="E")
    assert {(pair.old, pair.new) for pair in paired(old, new)} == {
        ("a.json", "a.json"), ("b.json", "moved.json"), ("v1/c.json", "v2/c.json"), ("d.json", ""), ("", "e.json"),
    }  # fmt: skip


SDL = """
type Query { order(id: ID!, first: Int): Order  old: Int @deprecated(reason: "gone soon") }
type Order { id: ID!  note: String  lines(first: Int): [Line!]! }
type Line { name: String }
enum State { OPEN CLOSED }
input NewOrder { note: String }
type Mutation { place(order: NewOrder!): State }
"""


def test_a_graphql_schema_by_fields_arguments_and_types() -> None:
    new = (
        SDL.replace("first: Int): Order", "first: Int!): Order")
        .replace('old: Int @deprecated(reason: "gone soon")', "")
        .replace("note: String  lines", "note: String!  lines")
        .replace("OPEN CLOSED", "OPEN")
        .replace("lines(first: Int)", "lines(first: Int, last: Int)")
        .replace("input NewOrder { note: String }", "input NewOrder { note: String, by: ID! }")
    )
    rows = changes({"schema.graphql": SDL.encode()}, {"schema.graphql": new.encode()})
    assert {(row["what"], row["element"], row["breaking"], row["announced"]) for row in rows} == {
        ("input_required", "query order › first", True, False),
        ("operation_removed", "query old", True, True),
        ("null_removed", "Order.note", False, False),
        ("input_added", "Order.lines › last", False, False),
        ("value_removed", "State = CLOSED", False, False),
        ("required_member_added", "NewOrder.by", True, False),
    }
    assert changes({"schema.graphql": SDL.encode()}, {"schema.graphql": SDL.encode()}) == []


def test_an_asyncapi_document_by_channels_and_payloads() -> None:
    def events(member: str) -> Files:
        payload = object_of(**{member: {"type": "string"}})
        message = {"payload": payload, "contentType": "application/json"}
        return {
            "asyncapi.json": msgspec.json.encode(
                {
                    "asyncapi": "2.6.0",
                    "info": {"title": "E", "version": "1"},
                    "channels": {"orders.new": {"subscribe": {"message": message}}},
                }
            )
        }

    assert changes(events("id"), events("id")) == []
    assert told(events("id"), events("key")) == {
        ("member_removed", "subscribe orders.new › message application/json.id", True),
        ("member_added", "subscribe orders.new › message application/json.key", False),
    }


OLD = description(
    {"/o/{id}": {"post": taking(object_of("a", a={"oneOf": [{"type": "string"}, {"type": "null"}]})), "x-a": {}}}
)
NEW = description(
    {"/o/{id}": {"get": answering({"$ref": "#/components/schemas/T"})}},
    components={"schemas": {"T": object_of(next={"$ref": "#/components/schemas/T"})}},
)


def test_order_does_not_matter() -> None:
    check_determinism(ReleaseProbe, {"x/openapi.json": NEW, "y/openapi.json": OLD}, previous={"x/openapi.json": OLD})


def test_damaged_descriptions_are_survived() -> None:
    assert check_hostile(ReleaseProbe, {"openapi.json": NEW}, previous={"openapi.json": OLD})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["string", "object", "#/components/schemas/A", "a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["$ref", "type", "properties", "items", "allOf", "oneOf", "enum", "required", "nullable", "a", "maxLength",
             "additionalProperties", "readOnly", "format"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON, JSON)
@settings(max_examples=60, deadline=None)
def test_any_schema_can_be_compared_with_any_other(old: Any, new: Any) -> None:
    def with_(schema: Any) -> bytes:
        return description({"/o": {"get": answering(schema)}}, components={"schemas": {"A": schema}})

    found = changes(with_(old), with_(new))
    assert changes(with_(new), with_(new)) == []
    assert all(isinstance(row["breaking"], bool) for row in found)
