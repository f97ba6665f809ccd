"""What the probe api.protobuf states about .proto files and descriptor sets, and what it leaves open."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.protobuf import probe as protobuf
from cpo_probes.api.protobuf.descriptors import Malformed, read_set
from cpo_probes.api.protobuf.grammar import ProtoFile
from cpo_probes.api.protobuf.probe import ProtobufProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.probe.tokens import Tokens
from cpo_scan.rulebook.messages import load_messages

SEEN = Recognition(format="protobuf")
STORE = b"""// Copyright of somebody, which is no documentation of anything.

syntax = "proto3";
package acme.store.v1;

import "google/protobuf/empty.proto";
import "acme/store/v1/types.proto";

// Keeps the orders of all customers.
service Orders {
  // Gives back one order with everything that belongs to it.
  rpc Get(GetRequest) returns (Order);
  rpc List(GetRequest) returns (stream Order) {
    option deprecated = true;
  }
  rpc Delete(GetRequest) returns (google.protobuf.Empty);  // Removes it from the archive for good.
}

message GetRequest {
  string id = 1;  // The number that the customer knows.
  map<string, Order> known = 2;
  oneof by { int32 number = 3; string name = 4 [deprecated = true]; }
}
"""
TYPES = b"""edition = "2023";
package acme.store.v1;
message Order { string id = 1; Kind kind = 2; enum Kind { KIND_NONE = 0; KIND_SOLD = 1; } }
"""
FILES = {"api/acme/store/v1/store.proto": STORE, "api/acme/store/v1/types.proto": TYPES}


def run(text: str | bytes, files: dict[str, bytes] | None = None, name: str = "a.proto") -> Result:
    raw = text.encode() if isinstance(text, str) else text
    return run_probe(ProtobufProbe, {name: raw} | (files or {}), recognitions={name: SEEN})


def stated(text: str | bytes, files: dict[str, bytes] | None = None) -> dict[str, Any]:
    found = [row["attributes"] for row in run(text, files).findings if row["evidence"][0]["artifact"] == "a.proto"]
    assert len(found) == 1
    attributes: dict[str, Any] = found[0]
    return attributes


def codes(text: str) -> list[str]:
    return [problem["code"] for problem in stated(text)["problems"]]


def proto3(body: str) -> str:
    return f'syntax = "proto3";\n{body}'


def test_metadata_is_complete() -> None:
    check_metadata(ProtobufProbe)


def test_the_findings_do_not_depend_on_order_and_damage_breaks_nothing() -> None:
    check_determinism(ProtobufProbe, FILES | {"set.desc": DESCRIPTOR_SET})
    assert check_hostile(ProtobufProbe, {"store.proto": STORE, "set.desc": DESCRIPTOR_SET}) > 80


def test_a_service_is_counted_with_what_its_comments_say() -> None:
    result = run_probe(ProtobufProbe, FILES)
    store = result.one("api.description", operations=3)
    assert store["version"] == "proto3"
    assert store["title"] == "acme.store.v1"
    assert (store["services"], store["documented_operations"], store["streaming_operations"]) == (1, 2, 1)
    assert store["undocumented"] == ["Orders/List"]
    assert store["deprecated_operations"] == 1
    assert (store["schemas"], store["properties"], store["documented_properties"]) == (1, 4, 1)
    assert store["valid"] is True
    assert store["files"] == ["api/acme/store/v1/types.proto"]
    assert [row["strength"] for row in result.findings] == ["validated", "validated"]


def test_a_file_without_services_describes_messages() -> None:
    types = run_probe(ProtobufProbe, FILES).one("api.description", version="2023")
    assert (types["operations"], types["schemas"], types["enums"], types["valid"]) == (0, 1, 1, True)


def test_a_missing_import_leaves_validity_open_and_is_named() -> None:
    found = stated(proto3('import "other/types.proto";\nmessage A { other.B b = 1; }'))
    assert found["valid"] is None
    assert found["external_references"] == ["other/types.proto"]
    problem = {"code": "protobuf.import_missing", "params": {"path": "other/types.proto"}, "line": 2, "column": 8}
    assert found["problems"] == [problem]


def test_what_an_import_hands_on_is_visible_and_the_rest_is_not() -> None:
    public = {
        "b.proto": b'syntax = "proto3"; import public "c.proto";',
        "c.proto": b"message C { optional int32 a = 1; }",
    }
    text = proto3('import "b.proto"; message A { C c = 1; }')
    assert stated(text, public)["valid"] is True
    hidden = public | {"b.proto": b'syntax = "proto3"; import "c.proto";'}
    assert stated(text, hidden)["valid"] is False


def test_an_import_that_cannot_be_read_leaves_validity_open() -> None:
    assert stated(proto3('import "b.proto"; message A { B b = 1; }'), {"b.proto": b"message {{{"})["valid"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("message A { string a = 1 }", "protobuf.syntax"),
        ("message A { string = 1; }", "protobuf.syntax"),
        ("message A { string a = 1;", "protobuf.syntax"),
        ("message A { string a = 1; } }", "protobuf.syntax"),
        ("service S { rpc A(B) returns C; } message B {} message C {}", "protobuf.syntax"),
        ("message A { string a = 0; }", "protobuf.number"),
        ("message A { string a = 536870912; }", "protobuf.number"),
        ("message A { string a = 19000; }", "protobuf.number_reserved"),
        ("message A { string a = 1; int32 b = 1; }", "protobuf.number_twice"),
        ("message A { string a = 1; int32 a = 2; }", "protobuf.name_twice"),
        ("message A {} message A {}", "protobuf.name_twice"),
        ("message A { string fooBar = 1; string foo_bar = 2; }", "protobuf.json_name"),
        ("enum Kind { KIND_A_B = 0; A_B = 1; }", "protobuf.json_name"),
        ("enum Kind { KIND = 0; KIND_ = 1; }", "protobuf.json_name"),
        ("message A { reserved 2 to 5; string a = 3; }", "protobuf.reserved"),
        ('message A { reserved "a"; string a = 3; }', "protobuf.reserved"),
        ("message A { required string a = 1; }", "protobuf.label"),
        ("message A { oneof o { repeated string a = 1; } }", "protobuf.label_in_oneof"),
        ("message A { oneof o { } }", "protobuf.empty"),
        ("message A { map<float, string> a = 1; }", "protobuf.map_key"),
        ("message A { string a = 1 [default = 'x']; }", "protobuf.default_proto3"),
        ("message A { extensions 10 to 20; }", "protobuf.extensions_proto3"),
        ("message A {} extend A { int32 a = 1; }", "protobuf.extend_proto3"),
        ("message A { B b = 1; }", "protobuf.unresolved"),
        ("message A { int32 a = 1; } message B { A.C c = 1; }", "protobuf.unresolved"),
        ("enum E { X = 0; } service S { rpc A(E) returns (E); }", "protobuf.wrong_kind"),
        ("enum E { }", "protobuf.empty"),
        ("enum E { X = 1; }", "protobuf.first_value"),
        ("enum E { X = 0; Y = 0; }", "protobuf.number_twice"),
        ("enum E { option allow_alias = true; X = 0; Y = 1; }", "protobuf.alias_unused"),
        ("option no_such = 1;", "protobuf.option"),
        ("option java_package = 1;", "protobuf.option_value"),
        ('option java_package = "a"; option java_package = "b";', "protobuf.option_twice"),
        ("message A { option (unknown) = 1; }", "protobuf.unresolved"),
        ('message A { string a = 1 [(x) = { a "b" }]; }', "protobuf.syntax"),
        ("package a; package b;", "protobuf.package_twice"),
        ('import "google/protobuf/any.proto"; import "google/protobuf/any.proto";', "protobuf.import_twice"),
    ],
)
def test_what_the_language_forbids_is_named(text: str, code: str) -> None:
    found = stated(proto3("message M {}\n" + text))
    assert found["valid"] is False
    assert code in [problem["code"] for problem in found["problems"]]
    assert all(problem["line"] >= 1 and problem["column"] >= 1 for problem in found["problems"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("message A { string a = 1; }", "protobuf.label_missing"),
        ("message A { optional group g = 1 { } }", "protobuf.group_name"),
        ("message A { extensions 100 to 199; } extend A { optional int32 b = 1; }", "protobuf.extension_range"),
        ('syntax = "proto4"; message A {}', "protobuf.version"),
    ],
)
def test_proto2_has_rules_of_its_own(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        'syntax = "proto3";',
        proto3("message A { optional string message = 1; repeated .A a = 2 [packed = false]; }"),
        proto3("message A { message B { C c = 1; } message C { B b = 1; A.B.D d = 2; } message B2 {} }").replace(
            "A.B.D", "A.B2"
        ),
        proto3("enum E { option allow_alias = true; A = 0; B = 0x0; C = -1; reserved 7, 9 to max; }"),
        proto3("package a.b; message C {} service S { rpc R(.a.b.C) returns (stream b.C) {}; }"),
        "message A { extensions 100 to max; optional group G = 1 { required int32 x = 1; } } "
        "extend A { repeated A more = 100; }",
        proto3(
            'import "google/protobuf/descriptor.proto";\n'
            "extend google.protobuf.MethodOptions { Rule rule = 50000; }\n"
            "message Rule { string get = 1; repeated Rule more = 2; }\n"
            "service S { rpc R(Rule) returns (Rule) {\n"
            'option (rule) = { get: "a" \'b\' more { get: "c" } more < > more: [{}, {}] };\n'
            'option (rule).get = "x"; } }'
        ),
        'edition = "2023"; option features.field_presence = IMPLICIT; message A { reserved a, b; string c = 1; }',
        'edition = "2024"; export message A { string c = 1; } local enum E { X = 0; }',
    ],
)
def test_right_files_are_valid(text: str) -> None:
    found = stated(text)
    assert (found["problems"], found["valid"]) == ([], True)


def test_a_fault_does_not_hide_what_follows() -> None:
    found = stated(proto3("message A { string a 1; } service S { rpc R(A) returns (A); rpc Q(A) returns (A); }"))
    assert (found["operations"], found["valid"]) == (2, False)


@pytest.mark.parametrize(
    "text",
    [
        '// a helper\nconst t = `\nsyntax = "proto3";\nmessage A {}\n`;\nexport default t;',
        'syntax = "proto3";\npackage {{ package }};\nmessage {{ name }} { {% for f in fields %} {% endfor %} }',
        "{ this is a note that mentions message and service }",
    ],
)
def test_templates_and_programs_are_no_descriptions(text: str) -> None:
    for name in ("a.proto", "a.js"):
        if name == "a.js" or "{{" in text or text.startswith("{"):
            result = run(text, name=name)
            assert result.findings == []
            assert result.reasons == ["api.no_description"]


def test_files_of_the_compiler_are_components() -> None:
    path = "include/google/protobuf/empty.proto"
    result = run_probe(ProtobufProbe, {path: b'syntax = "proto3"; package google.protobuf; message Empty {}'})
    assert [row["origin"] for row in result.findings] == ["component"]


def test_an_internal_package_is_marked() -> None:
    result = run(proto3("package acme.internal.v1; message A {}"))
    assert [row["offered"] for row in result.findings] == ["internal"]


def test_deep_nesting_ends_in_a_problem() -> None:
    assert "syntax.too_deep" in codes(proto3("message A { " * 5_000))
    assert "syntax.too_deep" in codes(proto3("option (a) = " + "{ a: " * 5_000))


def test_every_code_has_a_text() -> None:
    texts = load_messages()
    for module in Path(protobuf.__file__).parent.glob("protobuf*.py"):
        for code in re.findall(r'"((?:protobuf|syntax)\.[a-z_0-9]+)"', module.read_text(encoding="utf-8")):
            assert code in texts, code
    assert "api.no_description" in texts


# -- descriptor sets


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def described(name: str, *parts: bytes) -> bytes:
    return field(1, field(1, name) + b"".join(parts))


MESSAGE = field(4, field(1, "Order") + field(2, field(1, "id") + field(3, 1) + field(5, 9)))
SERVICE = field(
    6,
    field(1, "Orders")
    + field(2, field(1, "Get") + field(2, ".acme.Order") + field(3, ".acme.Order"))
    + field(
        2, field(1, "Watch") + field(2, ".acme.Order") + field(3, ".acme.Order") + field(4, field(33, 1)) + field(6, 1)
    ),
)
COMMENT = field(9, field(1, field(1, b"\x06\x00\x02\x00") + field(3, " Gives back everything about it.\n")))
DESCRIPTOR_SET = described("acme/orders.proto", field(2, "acme"), MESSAGE, SERVICE, COMMENT, field(12, "proto3"))


def test_a_descriptor_set_says_the_same() -> None:
    found = run_probe(ProtobufProbe, {"orders.desc": DESCRIPTOR_SET}).one("api.description")
    assert (found["version"], found["title"], found["form"]) == ("proto3", "acme", "descriptor-set")
    assert (found["services"], found["operations"], found["documented_operations"]) == (1, 2, 1)
    assert (found["schemas"], found["properties"], found["streaming_operations"]) == (1, 1, 1)
    assert found["undocumented"] == ["Orders/Watch"]
    assert found["deprecated_operations"] == 1
    assert found["valid"] is True


def test_a_set_without_its_imports_is_left_open() -> None:
    raw = described("a.proto", field(3, "b.proto"), field(3, "google/protobuf/any.proto"), SERVICE)
    found = run_probe(ProtobufProbe, {"a.pb": raw}).one("api.description")
    assert (found["valid"], found["external_references"]) == (None, ["b.proto"])


def test_a_set_with_a_type_that_nobody_declares_is_wrong() -> None:
    found = run_probe(ProtobufProbe, {"a.pb": described("some.proto", SERVICE)}).one("api.description")
    assert (found["valid"], found["problems"][0]["code"]) == (False, "protobuf.unresolved")


def test_other_binary_files_are_no_sets() -> None:
    result = run_probe(ProtobufProbe, {"model.pb": DESCRIPTOR_SET[:-3]}, recognitions={"model.pb": SET})
    assert result.findings == []
    assert result.reasons == ["protobuf.no_set"]


SET = Recognition(format="protobuf-descriptor")


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_octets_are_a_set_or_malformed(raw: bytes) -> None:
    try:
        assert read_set(raw)
    except Malformed as error:
        assert 0 <= error.offset <= len(raw)


# -- any text

NAMES = st.from_regex(r"[A-Z][a-z]{2,6}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.booleans(), st.booleans()), unique_by=lambda row: row[0], max_size=8))
@settings(max_examples=50, deadline=None)
def test_counts_are_those_of_the_text(rpcs: list[tuple[str, bool, bool]]) -> None:
    body = "".join(
        ("  // explains quite enough of it\n" if said else "") + f"  rpc {name}(M) returns ({'stream ' * streams}M);\n"
        for name, said, streams in rpcs
    )
    proto = ProtoFile(Tokens(proto3(f"message M {{}}\nservice S {{\n{body}}}")))
    assert proto.faults == []
    assert [(rpc.name, rpc.streams) for rpc in proto.rpcs] == [(name, streams) for name, _, streams in rpcs]
    said = [bool(proto.tokens.comment(rpc.first, rpc.last)) for rpc in proto.rpcs]
    assert said == [said for _, said, _ in rpcs]


WORDS = [
    "message",
    "A",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "=",
    "1",
    ";",
    "rpc",
    "service",
    "enum",
    "oneof",
    "//x\n",
    "/*",
    "<",
]


@given(st.lists(st.sampled_from([*WORDS, '"', "option", "extend", "map", "-", ".", ",", "\0", "ü", ":", "group"])))
@settings(max_examples=200, deadline=None)
def test_any_tokens_are_read_to_the_end(words: list[str]) -> None:
    proto = ProtoFile(Tokens(" ".join(words)))
    assert proto.at >= proto.end


TYPES = b'syntax = "proto3"; package t; message T { string a = 1; }'


def importing(path: str) -> bytes:
    return f'syntax = "proto3"; package u; import "{path}"; message U {{ t.T t = 1; }}'.encode()


def validity(files: dict[str, bytes]) -> Any:
    result = run_probe(ProtobufProbe(), files)
    (row,) = [row for row in result.findings if row["evidence"][0]["artifact"] == "app/u.proto"]
    return row["attributes"]["valid"], row["attributes"].get("files")


def test_an_import_is_found_below_any_folder_by_the_end_of_its_path() -> None:
    files = {"app/u.proto": importing("google/api/t.proto"), "vendor/googleapis/google/api/t.proto": TYPES}
    assert validity(files) == (True, ["vendor/googleapis/google/api/t.proto"])


def test_the_nearest_of_two_that_differ_is_meant_and_none_of_two_that_are_as_near() -> None:
    other = TYPES.replace(b"T {", b"X {")
    near = {"app/u.proto": importing("x/t.proto"), "app/deep/lib/x/t.proto": TYPES, "lib/other/x/t.proto": other}
    assert validity(near) == (True, ["app/deep/lib/x/t.proto"])
    unclear = {"app/u.proto": importing("x/t.proto"), "one/lib/x/t.proto": TYPES, "two/lib/x/t.proto": other}
    assert validity(unclear) == (None, None)
    same = {"app/u.proto": importing("x/t.proto"), "one/lib/x/t.proto": TYPES, "two/lib/x/t.proto": TYPES}
    assert validity(same)[0] is True


def test_what_files_hand_on_to_each_other_without_end_is_read_once() -> None:
    one = b'syntax = "proto3"; package t; import public "lib/b.proto"; message A { }'
    two = b'syntax = "proto3"; package t; import public "lib/a.proto"; message T { }'
    files = {"app/u.proto": importing("lib/a.proto"), "far/away/lib/a.proto": one, "far/away/lib/b.proto": two}
    assert validity(files) == (True, ["far/away/lib/a.proto", "far/away/lib/b.proto"])


def test_values_whose_words_differ_are_two_names() -> None:
    """protoc compares them in PascalCase: `Checkbox` and `CheckBox`."""
    assert stated(proto3("enum Box { CHECKBOX = 0; CHECK_BOX = 1; }"))["valid"] is True


def test_an_edition_later_than_those_known_leaves_validity_open() -> None:
    found = stated('edition = "2099"; message A { string a = 1; }')
    assert found["valid"] is None
    assert [problem["code"] for problem in found["problems"]] == ["protobuf.version_later"]
