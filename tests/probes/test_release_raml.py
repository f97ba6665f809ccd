"""Changes between two releases of RAML descriptions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.releases import ReleaseProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, run_probe

Change = tuple[str, str, bool]


def told(old: str, new: str, more: dict[str, bytes] | None = None) -> set[Change]:
    more = more or {}
    result = run_probe(ReleaseProbe, {"a.raml": new.encode(), **more}, previous={"a.raml": old.encode(), **more})
    assert result.rows == []
    rows = [row["attributes"] for row in result.of("release.change")]
    return {(row["what"], row["element"], row["breaking"]) for row in rows}


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


RAML = """#%RAML 1.0
title: Orders
version: v1
baseUri: https://api.example.com/shop/{version}
mediaType: application/json
securedBy: [token]
securitySchemes: {token: {type: Pass Through}, key: {type: Pass Through}}
types:
  Item: {properties: {name: string, note?: string, next?: Item}}
  Order: {type: Item, properties: {state: {enum: [open, done]}, lines: "Line[]", old?: {type: string, (deprecated): 1}}}
  Line: {properties: {count: {type: integer, minimum: 1}, price: number | nil, code: string | integer}}
traits: {paged: {queryParameters: {page: {type: integer, required: false}}}}
resourceTypes: {collection: {get: {responses: {200: {body: "Order[]"}}}, "post?": {body: Order}}}
/orders:
  type: collection
  get: {is: [paged], queryParameters: {limit?: integer}, headers: {X-Trace: string}}
  post: {}
  /{id}:
    uriParameters: {id: integer}
    get: {(deprecated): gone, responses: {200: {body: {application/json: Order}}, 404: {body: {text/plain: string}}}}
    delete: {securedBy: [null]}
"""
GET, ONE = "GET /orders", "GET /orders/{}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("limit?: integer", "limit: integer", {("input_required", f"{GET} › query limit", True)}),
        ("limit?: integer", "limit?: string", {("type_changed", f"{GET} › query limit", True)}),
        ("limit?: integer", "limit: {type: integer, required: false}", set()),
        ("limit?: integer", "", {("input_removed", f"{GET} › query limit", True)}),
        ("is: [paged], ", "", {("input_removed", f"{GET} › query page", True)}),
        ("X-Trace: string", "x-trace: string", set()),
        ("X-Trace: string", "X-Trace: string, X-Key: string", {
            ("required_input_added", f"{GET} › header x-key", True)}),
        ("  post: {}\n", "", {("operation_removed", "POST /orders", True)}),
        ("  post: {}\n", "  post: {}\n  put: {}\n", {("operation_added", "PUT /orders", False)}),
        ("/{id}:\n    uriParameters: {id: integer}", "/{key}:\n    uriParameters: {key: integer}", set()),
        ("uriParameters: {id: integer}", "uriParameters: {id: string}", {
            ("type_changed", f"{ONE} › path 1", True), ("type_changed", "DELETE /orders/{} › path 1", True)}),
        ("enum: [open, done]", "enum: [open]", {("value_removed", "Order.state = done", True)}),
        ("minimum: 1", "minimum: 2", {("limit_tightened", "Line.count › minimum", True)}),
        ("number | nil", "number", {("null_removed", "Line.price", True)}),
        ("string | integer", "string | integer | boolean", {("alternative_added", "Line.code", False)}),
        ('lines: "Line[]", ', "lines: Line, ", {("type_changed", "Order.lines", True)}),
        ("name: string, ", "name: string, size: integer, ", {
            ("required_member_added", "Order.size", True), ("required_member_added", "Item.size", True)}),
        ("note?: string", "note: string", {
            ("member_required", "Order.note", True), ("member_required", "Item.note", True)}),
        ("404: {body: {text/plain: string}}", "", {
            ("failure_removed", f"{ONE} › 404", False), ("failure_removed", f"{ONE} › 404 text/plain", False)}),
        ("delete: {securedBy: [null]}", "delete: {}", {("access_narrowed", "DELETE /orders/{}", True)}),
        ("securedBy: [token]", "securedBy: [key]", {
            ("access_narrowed", name, True) for name in (GET, ONE, "POST /orders")}),
        ("api.example.com/shop", "other.example.com/shop", set()),
        ("example.com/shop", "example.com/store", {("fact_changed", "address", True)}),
    ],
)  # fmt: skip
def test_raml_by_resources_parameters_and_types(old: str, new: str, expected: set[Change]) -> None:
    found = told(RAML, replaced(RAML, old, new))
    # What goes in and comes out is told of both; which of them breaks is the table's business.
    assert expected <= found, found
    assert {(what, element) for what, element, _ in found} == {(what, element) for what, element, _ in expected}, found


def test_the_same_written_otherwise_is_no_change() -> None:
    other = replaced(RAML, 'lines: "Line[]"', "lines: {type: array, items: Line}")
    other = replaced(other, "name: string", "name: {type: string}")
    other = replaced(other, "200: {body: {application/json: Order}}", "200: {body: Order}")
    assert told(RAML, other) == set()


def test_what_was_marked_as_deprecated_goes_announced() -> None:
    new = replaced(RAML, "    get: {(deprecated): gone", "    head: {(deprecated): gone")
    result = run_probe(ReleaseProbe, {"a.raml": new.encode()}, previous={"a.raml": RAML.encode()})
    announced = {row["attributes"]["element"]: row["attributes"]["announced"] for row in result.findings}
    assert announced == {ONE: True, "HEAD /orders/{}": False}


def test_types_that_are_included_and_schemas_in_other_languages() -> None:
    text = replaced(RAML, "{properties: {count: {type: integer, minimum: 1}", "!include line.raml #").split(" #")[0]
    text += (
        "\n/orders:\n  post:\n    body:\n      application/json: {type: !include order.json}\n      text/xml: Line\n"
    )
    line = b"#%RAML 1.0 DataType\nproperties: {count: integer}\n"
    assert told(text, text, {"line.raml": line, "order.json": b'{"type": "object"}'}) == set()
    old = {"a.raml": text.encode(), "line.raml": line, "order.json": b'{"type": "object"}'}
    new = {**old, "line.raml": line.replace(b"integer", b"string"), "order.json": b'{"type": "array"}'}
    rows = [row["attributes"] for row in run_probe(ReleaseProbe, new, previous=old).of("release.change")]
    assert {(row["what"], row["element"]) for row in rows} == {
        ("type_changed", "Line.count"),
        ("rule_changed", "POST /orders › body application/json"),
    }


OLD = """#%RAML 0.8
title: Orders
baseUri: https://api.example.com
schemas: [{order: '{"type": "object"}'}]
/orders:
  get: {queryParameters: {a: {type: integer}, b: {required: true, repeat: true}}}
  post: {body: {application/x-www-form-urlencoded: {formParameters: {x: {type: string}}},
    application/json: {schema: order}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a: {type: integer}", "a: {type: integer, required: true}", {
            ("input_required", "GET /orders › query a", True)}),
        ("repeat: true", "repeat: false", {("type_changed", "GET /orders › query b", True)}),
        ("x: {type: string}", "x: {type: number}", {
            ("type_changed", "POST /orders › body application/x-www-form-urlencoded.x", True)}),
        ('"object"', '"array"', {("rule_changed", "order", False)}),
    ],
)  # fmt: skip
def test_raml_0_8_by_named_parameters(old: str, new: str, expected: set[Change]) -> None:
    assert told(OLD, replaced(OLD, old, new)) == expected


def test_types_that_lead_to_themselves_are_read_to_an_end() -> None:
    text = "#%RAML 1.0\ntitle: T\ntypes:\n  A: B\n  B: A\n  C: [C, D]\n  D: {type: C}\n  E: E[]\n  F: F | nil\n"
    text += "/x:\n  post: {body: A}\n  put: {body: C}\n  get: {responses: {200: {body: E}, 201: {body: F}}}\n"
    assert told(text, text) == set()
    chain = "".join(f"  T{n}: {{type: T{n + 1}, properties: {{p{n}: T{n + 1}}}}}\n" for n in range(400))
    deep = f"#%RAML 1.0\ntitle: T\ntypes:\n{chain}  T400: string\n/x:\n  post: {{body: T0}}\n"
    assert told(deep, deep.replace("title: T", "title: T ")) == set()


def test_order_does_not_matter_and_damage_breaks_nothing() -> None:
    new = RAML.replace("limit?", "most?").encode()
    check_determinism(ReleaseProbe, {"a.raml": new, "b.raml": OLD.encode()}, previous={"a.raml": RAML.encode()})
    assert check_hostile(ReleaseProbe, {"a.raml": OLD.encode()}, previous={"a.raml": RAML.encode()})


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_description_with_any_line_changed_can_be_compared(data: st.DataObject) -> None:
    start = data.draw(st.integers(12, len(RAML) - 1))
    end = data.draw(st.integers(start, min(len(RAML), start + 60)))
    put = data.draw(st.sampled_from(["", "x", "[]", "{}", ": ", "?", "|", "\n", " - ", "!include x", "type: "]))
    changed = (RAML[:start] + put + RAML[end:]).encode()
    result = run_probe(ReleaseProbe, {"a.raml": changed}, previous={"a.raml": RAML.encode()})
    assert all(isinstance(row["attributes"]["breaking"], bool) for row in result.findings)
