"""Defaults, kept numbers and message sets in .proto files, as the compiler sees them; protoc was given every case."""

from typing import Any

import pytest

from cpo_probes.api.protobuf.probe import ProtobufProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import run_probe

SEEN = Recognition(format="protobuf")


def stated(text: str, **files: str) -> dict[str, Any]:
    others = {f"{name}.proto": content.encode() for name, content in files.items()}
    result = run_probe(ProtobufProbe, {"a.proto": text.encode()} | others, recognitions={"a.proto": SEEN})
    attributes: dict[str, Any] = result.findings[0]["attributes"]
    return attributes


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ("int32", "-2147483648"),
        ("uint64", "18446744073709551615"),
        ("sint64", "0x10"),
        ("float", "inf"),
        ("float", "1"),
        ("double", "-nan"),
        ("bool", "false"),
        ("bytes", r'"\001" "b"'),
        ("E", "V"),
        ("A.E", "V"),
    ],
)
def test_a_default_value_of_the_fields_type_is_right(field: str, default: str) -> None:
    found = stated(f"message A {{ enum E {{ V = 1; }} optional {field} a = 1 [default = {default}]; }}")
    assert (found["problems"], found["valid"]) == ([], True)


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ("optional int32", "2147483648"),
        ("optional uint32", "-1"),
        ("optional uint32", "true"),
        ("optional int64", "1.5"),
        ("optional bool", "True"),
        ("optional bool", "1"),
        ("optional string", "1"),
        ("optional float", "big"),
        ("optional E", "W"),
        ("optional E", "1"),
        ("optional A", '""'),
        ("repeated int32", "1"),
        ("map<int32, int32>", "1"),
        ("optional group G", "1"),
    ],
)
def test_a_default_value_that_the_field_cannot_have_is_named(field: str, default: str) -> None:
    end = "{ }" if "group" in field else ";"
    name = "" if "group" in field else "a"
    found = stated(f"message A {{ enum E {{ V = 1; }} {field} {name} = 1 [default = {default}] {end} }}")
    assert [problem["code"] for problem in found["problems"]] == ["protobuf.default"]


def test_the_values_of_an_imported_enum_are_known() -> None:
    other = "enum E { V = 1; }"
    assert stated('import "b.proto"; message A { optional E a = 1 [default = V]; }', b=other)["valid"] is True
    assert stated('import "b.proto"; message A { optional E a = 1 [default = W]; }', b=other)["valid"] is False


def test_an_enum_that_is_not_at_hand_leaves_its_default_open() -> None:
    assert stated('import "b.proto"; message A { optional E a = 1 [default = V]; }')["valid"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('message A { reserved 10, "foo"; }', "protobuf.syntax"),
        ('message A { reserved "foo", 10; }', "protobuf.syntax"),
        ('enum A { X = 1; reserved 10, "foo"; }', "protobuf.syntax"),
        ('message A { reserved "foo", "foo"; }', "protobuf.reserved_twice"),
        ("message A { reserved 0; }", "protobuf.number"),
        ("message A { reserved -10; }", "protobuf.number"),
        ("message A { reserved 2147483648; }", "protobuf.number"),
        ("enum A { X = 1; reserved 2147483648; }", "protobuf.number"),
        ("enum A { X = 1; reserved -2147483649; }", "protobuf.number"),
        ("message A { extensions 0; }", "protobuf.number"),
        ("message A { extensions 1 to 536870912; }", "protobuf.number"),
        ("message A { reserved 2 to 5, 4 to 6; }", "protobuf.range_twice"),
        ("message A { reserved 2 to 5; extensions 5 to 9; }", "protobuf.range_twice"),
        ("enum A { X = 1; reserved 2 to 5, 4; }", "protobuf.range_twice"),
    ],
)
def test_numbers_and_names_that_cannot_be_kept_are_named(text: str, code: str) -> None:
    found = stated(text)
    assert found["valid"] is False
    assert code in [problem["code"] for problem in found["problems"]]


@pytest.mark.parametrize(
    "text",
    [
        "message A { reserved 1 to 536870912; }",
        "message A { extensions 1 to 10, 12; extensions 11; reserved 20, 21; }",
        "enum A { Y = 0; X = 1; reserved -5 to -1, 2 to max; }",
    ],
)
def test_numbers_that_can_be_kept_are_right(text: str) -> None:
    assert stated(text)["problems"] == []


SET = "message A { option message_set_wire_format = true; extensions 4 to max; } "
LARGE = "message B { extend A { optional B x = 2000000000; } }"


def test_extensions_of_a_message_set_may_have_large_numbers() -> None:
    assert stated(SET + LARGE)["problems"] == []
    assert stated(f'import "b.proto"; {LARGE}', b=SET)["problems"] == []
    found = stated("message A { extensions 4 to max; } " + LARGE)
    assert "protobuf.number" in [problem["code"] for problem in found["problems"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SET.replace("extensions", "optional int32 x = 3; extensions"), "protobuf.message_set_field"),
        ('syntax = "proto3"; message A { option message_set_wire_format = true; }', "protobuf.message_set"),
        ("message A { option map_entry = true; }", "protobuf.option"),
        ("enum A { option allow_alias = false; X = 1; }", "protobuf.alias_denied"),
        (
            'message A { extensions 1 to 9; } extend A { optional int32 x = 2 [json_name = "y"]; }',
            "protobuf.json_name_extension",
        ),
    ],
)
def test_options_that_the_compiler_refuses_are_named(text: str, code: str) -> None:
    found = stated(text)
    assert (found["valid"], [problem["code"] for problem in found["problems"]]) == (False, [code])


def test_the_unstable_edition_leaves_validity_open() -> None:
    assert stated('edition = "UNSTABLE"; message A { string a = 1; }')["valid"] is None


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("enum A { X = 1; }", False),
        ("enum A { X = 0; }", True),
        ("option features.enum_type = CLOSED; enum A { X = 1; }", True),
        ("enum A { option features.enum_type = CLOSED; X = 1; }", True),
        ("enum A { option features = {enum_type: CLOSED}; X = 1; }", True),
    ],
)
def test_an_open_enum_of_an_edition_starts_with_zero(text: str, valid: bool) -> None:
    assert stated(f'edition = "2023"; {text}')["valid"] is valid


def test_words_of_the_language_are_names_of_fields_and_not_of_values() -> None:
    assert stated("message A { optional int32 reserved = 1; optional int32 option = 2; }")["valid"] is True
    assert stated("enum A { X = 0; reserved = 1; }")["valid"] is False
    assert stated("enum A { X = 0; option = 1; }")["valid"] is False
