"""What the probes api.graphql and api.graphql-introspection state, and what they leave open."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from graphql import GraphQLError, build_ast_schema, get_introspection_query, graphql_sync, validate_schema
from graphql import parse as parse_oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.graphql import introspection as graphql_introspection
from cpo_probes.api.graphql import probe as graphql_probe
from cpo_probes.api.graphql import rules as graphql_rules
from cpo_probes.api.graphql.introspection import GraphQlIntrospectionProbe
from cpo_probes.api.graphql.probe import GraphQlProbe
from cpo_probes.api.graphql.rules import breaches
from cpo_probes.api.graphql.syntax import parse
from cpo_probes.api.graphql.tokens import SyntaxFault
from cpo_scan.model import Artifact, Offered, Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.root import rules_root

FILE = Artifact(path="a.graphql", size=1, sha256=None)
SCHEMA = '''
"""The documents of the archive"""
schema @own(a: 1) { query: Query mutation: Change subscription: Watch }
directive @own(a: Int! = 3, b: [In!] = [{x: "q", y: {x: "s"}}]) repeatable on | SCHEMA | OBJECT | ENUM
directive @one on OBJECT | INTERFACE | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION | UNION
scalar Date @specifiedBy(url: "https://example.org/date")
interface Node { id: ID! }
interface Named implements Node @one { id: ID! name(short: Boolean = false): String }
type Query {
  "Reads one sealed document from the archive"
  node("Number of the wanted document" id: ID!, more: [Int!]! = [1, 2]): Node
  all(f: In): [Part!]! @deprecated(reason: "Use `node` instead. Removal on 2027-01-31 UTC.")
}
type Part implements Node & Named @own(a: 2) @own(a: 3) {
  id: ID! name(short: Boolean = false, lang: String): String! group: Group made: Date kind: Kind
}
type Other implements Node { id: ID! }
union Group @one = | Part | Other
enum Kind { PLAIN SEALED @deprecated LOST }
input In { x: String = "k" @one, y: In, z: [In!]! = [] }
type Change { add(a: In @one): Boolean }
type Watch { on: Int }
extend type Part @one { extra: Int }
extend enum Kind { OLD }
extend input In { w: Kind }
extend interface Named { extra: Int }
'''
PIECES = (
    *("type", "{", "}", "(", ")", "!", ":", "@one", "@own", "Part", "Query", "Int", "In", "extend", "schema", "input"),
    *("interface", "implements", "&", "=", "|", '"x"', '"""y"""', "[", "]", "1", "-3.5e4", "01", "$a", "null", "A"),
    *("#x\n", "repeatable", "on", "Node", '"\\u12"', '"\\u{1F600}"', "...", "union U2 = Part", "enum", "@deprecated"),
    *("__x", "true", '"open', "Kind", "Group", "Named", "String", "ID!", "Change", "id: ID", ",", "\ufeff", "é"),
)


def run(files: dict[str, str | bytes], **options: Any) -> Result:
    content = {path: item.encode() if isinstance(item, str) else item for path, item in files.items()}
    return run_probe(GraphQlProbe, content, **options)


def stated(text: str) -> dict[str, Any]:
    return run({"schema.graphql": text}).one("api.description")


def codes(text: str) -> list[str]:
    return [problem["code"] for problem in stated(text)["problems"]]


def verdict(text: str) -> bool:
    """Is it valid, by syntax and by all rules?"""
    try:
        definitions, doubled = parse(text, FILE)
    except SyntaxFault:
        return False
    return not doubled and not list(breaches(definitions))


def oracle(text: str) -> bool:
    """The same by graphql-core."""
    try:
        return not validate_schema(build_ast_schema(parse_oracle(text)))
    except (GraphQLError, TypeError):
        return False


def introspected(text: str) -> dict[str, Any]:
    """The introspection result of a schema, as a server would give it."""
    schema = build_ast_schema(parse_oracle(text))
    query = get_introspection_query(input_value_deprecation=True, schema_description=True)
    data = graphql_sync(schema, query).data
    assert data is not None
    return data


def introspection(value: Any) -> Result:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    seen = {"api/schema.json": Recognition(format="graphql-introspection")}
    return run_probe(GraphQlIntrospectionProbe, {"api/schema.json": content}, recognitions=seen)


def test_metadata_is_complete() -> None:
    check_metadata(GraphQlProbe)
    check_metadata(GraphQlIntrospectionProbe)


def test_the_findings_do_not_depend_on_order_and_damage_breaks_nothing() -> None:
    files = {"a/schema.graphql": SCHEMA.encode(), "a/more.graphql": b"extend type Query { more: Other }"}
    result = check_determinism(GraphQlProbe, files)
    assert [row["attributes"]["valid"] for row in result.findings] == [True, True]
    assert check_hostile(GraphQlProbe, files) > 50
    document = {"api/schema.json": json.dumps(introspected(SCHEMA)).encode()}
    seen = {"api/schema.json": Recognition(format="graphql-introspection")}
    check_determinism(GraphQlIntrospectionProbe, document, recognitions=seen)
    assert check_hostile(GraphQlIntrospectionProbe, document, recognitions=seen) > 20


def test_operations_are_the_fields_of_the_root_types() -> None:
    facts = stated(SCHEMA)
    assert (facts["family"], facts["valid"], facts["problems"]) == ("graphql", True, [])
    assert (facts["operations"], facts["queries"], facts["mutations"], facts["subscriptions"]) == (4, 2, 1, 1)
    assert facts["documented_operations"] == 1
    assert facts["undocumented"] == ["Query.all", "Change.add", "Watch.on"]
    assert (facts["parameters"], facts["documented_parameters"]) == (4, 1)
    assert facts["deprecated"] == 2
    assert facts["deprecations"] == [
        {"name": "Query.all", "replacement": "node", "date": "2027-01-31"},
        {"name": "Kind.SEALED"},
    ]
    assert (facts["deprecated_with_replacement"], facts["deprecated_with_date"]) == (1, 1)


def test_root_types_have_their_default_names_where_no_schema_names_them() -> None:
    text = "type Query { a: Int } type Mutation { b: Int c: Int } type Subscription { d: Int } type Change { e: Int }"
    assert (stated(text)["operations"], stated(text)["types"]) == (4, 1)
    assert stated("schema { query: Change }" + text)["operations"] == 1


def test_the_introspection_result_says_the_same_as_the_schema() -> None:
    (row,) = introspection({"data": introspected(SCHEMA)}).findings
    facts, same = row["attributes"], stated(SCHEMA)
    shared = ("operations", "queries", "documented_operations", "undocumented", "parameters", "documented_parameters")
    assert {key: facts[key] for key in shared} == {key: same[key] for key in shared}
    assert (facts["valid"], facts["problems"], facts["deprecated"]) == (True, [], 2)
    assert row["evidence"][0]["locator"]["pointer"] == "/data/__schema"


def test_a_wrong_introspection_result_is_invalid_with_the_place() -> None:
    value = introspected("type Query { a: Other } type Other { b: Int }")
    types = value["__schema"]["types"]
    places = {kind["name"]: index for index, kind in enumerate(types)}
    types[places["Other"]]["fields"][0]["type"] = {"kind": "SCALAR"}
    types[places["Query"]]["fields"][0]["type"]["name"] = "Gone"
    facts = introspection(value).one("api.description")
    assert facts["valid"] is False
    assert [(problem["code"], problem["pointer"]) for problem in facts["problems"][:2]] == [
        ("graphql.introspection", f"/__schema/types/{places['Other']}/fields/0"),
        ("graphql.type_unknown", f"/__schema/types/{places['Query']}/fields/0/type"),
    ]


def test_an_introspection_result_that_does_not_parse_is_invalid() -> None:
    result = introspection(b'{"data": {"__schema": {"queryType": ')
    assert result.one("api.description")["valid"] is False
    assert result.reasons == ["json.malformed"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("type Query { a: Int } schema { query: Query } schema { query: Query }", "graphql.schema_twice"),
        ("type Query { a: Int } schema { query: Query query: Query }", "graphql.root_twice"),
        ("type Query { a: Int } type A { b: Int } type A { c: Int }", "graphql.type_twice"),
        ("type Query { a: Int } directive @d on FIELD directive @d on FIELD", "graphql.directive_twice"),
        ("type Query { a: Int a: Int }", "graphql.field_twice"),
        ("type Query { a: Int } extend type Query { a: Int }", "graphql.field_twice"),
        ("type Query { a(i: I): Int } input I { b: Int b: Int }", "graphql.field_twice"),
        ("type Query { a: E } enum E { B B }", "graphql.value_twice"),
        ("type Query { a(b: Int, b: Int): Int }", "graphql.argument_twice"),
        ("type Query { a(b: I = {c: 1, c: 2}): Int } input I { c: Int }", "graphql.input_field_twice"),
        ("type Query { a: Gone }", "graphql.type_unknown"),
        ("type Query { a: Int @gone }", "graphql.directive_unknown"),
        ("type Query { a: Int @include(if: true) }", "graphql.directive_misplaced"),
        ("type Query { a: Int @deprecated @deprecated }", "graphql.directive_repeated"),
        ("type Query { a: Int @deprecated(why: 1) }", "graphql.argument_unknown"),
        ("type Query { a: D } scalar D @specifiedBy", "graphql.argument_missing"),
        ("type Query { a: Int @deprecated(reason: 1) }", "graphql.argument_value"),
        ("type Query { a: Int } extend interface Query { b: Int }", "graphql.extends_other_kind"),
        ("schema { query: Q } input Q { a: Int }", "graphql.root_no_object"),
        ("schema { query: Q mutation: Q } type Q { a: Int }", "graphql.root_shared"),
        ("type Query { a: Int } input Mutation { a: Int }", "graphql.root_no_object"),
        ("schema { mutation: M } type M { a: Int }", "graphql.schema_no_query"),
        (
            "type Query { b: I } interface I implements J { b: Int } interface J implements I { b: Int }",
            "graphql.interface_circle",
        ),
        ("type Query { __a: Int }", "graphql.name_reserved"),
        ("type Query { a: A } type A", "graphql.empty"),
        ("type Query { a: U } union U = I interface I { b: Int }", "graphql.member_no_object"),
        ("type Query { a: U } union U = Query | Query", "graphql.member_twice"),
        ("type Query { a: I } input I { b: Int }", "graphql.no_output_type"),
        ("type Query { a(b: Query): Int }", "graphql.no_input_type"),
        ("type Query { a(b: Int! @deprecated): Int }", "graphql.required_deprecated"),
        ("type Query implements I & I { b: Int } interface I { b: Int }", "graphql.implements_twice"),
        ("type Query { b: I } interface I implements I { b: Int }", "graphql.implements_itself"),
        ("type Query implements A { b: Int } type A { b: Int }", "graphql.implements_no_interface"),
        (
            "type Query implements I { b: Int } interface I implements J { b: Int } interface J { b: Int }",
            "graphql.interface_not_inherited",
        ),
        ("type Query implements I { a: Int } interface I { b: Int }", "graphql.interface_field_missing"),
        ("type Query implements I { b: Int } interface I { b: Int! }", "graphql.interface_field_type"),
        ("type Query implements I { b: Int } interface I { b(c: Int): Int }", "graphql.interface_argument_missing"),
        (
            "type Query implements I { b(c: ID): Int } interface I { b(c: Int): Int }",
            "graphql.interface_argument_type",
        ),
        ("type Query implements I { b(c: ID!): Int } interface I { b: Int }", "graphql.interface_argument_required"),
        ("type Query { a(b: I): Int } input I { j: J! } input J { i: I! }", "graphql.input_circle"),
    ],
)
def test_each_rule_of_the_standard_is_checked(text: str, code: str) -> None:
    assert code in codes(text)
    assert stated(text)["valid"] is False
    assert oracle(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "type Query implements I { b: [Query!]! } interface I { b: [I] }",
        "type Query { a: U } union U = Query type A implements I { u: Query } interface I { u: U }",
        "interface Query2 { a: Int } type Query { a(b: Boolean = true, c: [[Int!]!] = [[1]]): Query2 @deprecated }",
        'type Query { "a" b: Int """block \\""" quote\n""" c: Int # comment\n, , d: Int }',
        "type Query { type: Int input: Int on: Int query: Int fragment: Int }",
        "type Query { a(b: I): Int } input I { i: I j: [I!]! k: I! = {} }".replace(" k: I! = {}", ""),
        "scalar ID2 type Query { a: ID2 b: __Type } directive @deprecated(reason: String) on FIELD_DEFINITION",
        "type Query\n{a:Int}\r\nextend schema @d\rdirective @d on SCHEMA",
        "{ a ...f }\ntype Query { a: Int } fragment f on Query { a }",
    ],
)
def test_what_is_right_is_valid(text: str) -> None:
    assert codes(text) == []
    assert oracle(text) is True


def test_verdicts_are_those_of_the_reference_implementation_on_damaged_schemas() -> None:
    dice = random.Random(20)
    pieces = re.findall(r'"""[\s\S]*?"""|"[^"\n]*"|\s+|[A-Za-z_]\w*|.', SCHEMA)
    disagreeing = []
    valid = 0
    for _ in range(250):
        damaged = list(pieces)
        place = dice.randrange(len(damaged))
        match dice.randrange(4):
            case 0:
                del damaged[place]
            case 1:
                damaged[place] = f" {dice.choice(PIECES)} "
            case 2:
                damaged.insert(place, f" {dice.choice(PIECES)} ")
            case _:
                other = dice.randrange(len(damaged))
                damaged[place], damaged[other] = damaged[other], damaged[place]
        text = "".join(damaged)
        valid += verdict(text)
        if verdict(text) != oracle(text):
            disagreeing.append(text)
    assert disagreeing == []
    assert valid > 20


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map(" ".join))
def test_any_text_is_parsed_or_refused_with_a_place(text: str) -> None:
    try:
        definitions, _ = parse(text, FILE)
    except SyntaxFault as fault:
        assert 0 <= fault.at <= len(text)
    else:
        list(breaches(definitions))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("type Query { a: Int", 1, 20),
        ("type Query {\n  a Int\n}", 2, 5),
        ("type Query {}", 1, 13),
        ('type Query { "open: Int }', 1, 14),
        ('"""open\ntype Query { a: Int }', 1, 1),
        ("type Query { a: Int } extend type Query", 1, 40),
        ("type Query { a(b: Int = $c): Int }", 1, 25),
        ("type Query { a: Int }\n§", 2, 1),
        ("type Query { a(b: Int = 01): Int }", 1, 26),
    ],
)
def test_what_does_not_parse_is_invalid_with_its_place(text: str, line: int, column: int) -> None:
    result = run({"schema.graphql": text})
    (row,) = result.findings
    assert row["attributes"]["valid"] is False
    assert row["evidence"][0]["locator"] == {"line": line, "column": column}
    assert result.reasons == ["graphql.syntax"]
    assert oracle(text) is False


@pytest.mark.parametrize("opening", ["{", "[", "(", "{a:", "[["])
@pytest.mark.parametrize("start", ["type Query ", "type Query { a(b: Int = ", "type Query { a: ", "query A "])
def test_depth_costs_nothing(start: str, opening: str) -> None:
    with pytest.raises(SyntaxFault):
        parse(start + opening * 50_000, FILE)


def test_nested_values_and_lists_are_fine() -> None:
    deep = 5_000
    assert verdict(f"type Query {{ a(b: {'[' * deep}Int{']' * deep} = {'[' * deep}{']' * deep}): Int }}")


def test_queries_of_a_client_are_no_description() -> None:
    files: dict[str, str | bytes] = {"q.graphql": "query A($a: Int) { b(a: $a) { c } }\nfragment F on B { c }"}
    assert run(files).findings == []


def test_operations_with_a_keyword_may_stand_between_definitions() -> None:
    assert (
        stated("type Query { a: Int } query Q($a: [Int] = [1]) @b(c: {d: 1}) { a(b: {c: 1}) { d } }")["operations"] == 1
    )


def test_a_part_without_operations_is_no_description() -> None:
    assert run({"types.graphql": "type A { b: Int }"}).findings == []


def test_a_schema_in_several_files_is_counted_where_its_operations_stand_and_checked_as_a_whole() -> None:
    result = run(
        {
            "schema/base.graphql": "type Query { version: String }",
            "schema/user/user.graphql": "extend type Query { user: User } scalar Date",
            "schema/user/types.graphql": "type User implements Node { id: ID! made: Date }",
            "schema/node.graphql": "interface Node { id: ID! }",
            "other/schema.graphql": "type Query { a: Int }",
        }
    )
    found = {row["evidence"][0]["artifact"]: row["attributes"] for row in result.findings}
    assert {path: (facts["operations"], facts["valid"]) for path, facts in found.items()} == {
        "other/schema.graphql": (1, True),
        "schema/base.graphql": (1, True),
        "schema/user/user.graphql": (1, True),
    }
    assert found["schema/base.graphql"]["files"] == [
        "schema/node.graphql",
        "schema/user/types.graphql",
        "schema/user/user.graphql",
    ]


def test_a_fault_in_another_part_is_named_with_its_file() -> None:
    result = run({"a/q.graphql": "type Query { u: U }", "a/u.graphql": "type U { b: Int b: Int }"})
    (problem,) = result.one("api.description")["problems"]
    assert (problem["code"], problem["file"], problem["line"]) == ("graphql.field_twice", "a/u.graphql", 1)


def test_two_complete_schemas_in_one_folder_stay_two() -> None:
    text = "type Query { a: A } type A { b: Int }"
    result = run({"v1.graphql": text, "v2.graphql": text})
    assert [row["attributes"]["valid"] for row in result.findings] == [True, True]


def test_documents_that_define_the_same_are_of_two_schemas_although_a_third_takes_from_both() -> None:
    result = run(
        {
            "a.graphql": "type Query { a: A } type A { b: Int }",
            "b.graphql": "type Query { b: B } type B { c: Int }",
            "more.graphql": "extend type A { d: Int } extend type B { d: Int }",
            "odd.graphql": "schema { query: B } extend type Gone { a: Int }",
        }
    )
    found = {row["evidence"][0]["artifact"]: row["attributes"] for row in result.findings}
    assert (found["a.graphql"]["operations"], found["a.graphql"]["valid"]) == (1, True)
    assert (found["b.graphql"]["operations"], found["b.graphql"]["valid"]) == (1, True)


def test_what_another_document_adds_wrongly_is_not_held_against_a_schema_that_stands_alone() -> None:
    result = run({"a.graphql": "type Query { a: Int }", "b.graphql": "extend type Query { b: Gone }"})
    found = {row["evidence"][0]["artifact"]: row["attributes"]["valid"] for row in result.findings}
    assert found == {"a.graphql": True, "b.graphql": False}


def test_parts_are_joined_with_the_nearest_that_define_what_they_lack() -> None:
    result = run(
        {
            "a/types.graphql": "type U { b: Int }",
            "a/q.graphql": "type Query { u: U }",
            "b/types.graphql": "type U { b: Gone }",
            "b/deep/er/still/q.graphql": "type Query { u: U }",
            "c.zip!/q.graphql": "type Query { u: U }",
        }
    )
    found = {row["evidence"][0]["artifact"]: row["attributes"] for row in result.findings}
    assert found["a/q.graphql"]["files"] == ["a/types.graphql"]
    assert found["a/q.graphql"]["valid"] is True
    assert "files" not in found["b/deep/er/still/q.graphql"], "three folders up is too far"
    assert "files" not in found["c.zip!/q.graphql"], "another container"


def test_names_of_the_roots_may_be_said_in_another_file() -> None:
    result = run({"schema.graphql": "schema { query: Root }", "root.graphql": "type Root { a: Int }"})
    assert result.one("api.description")["operations"] == 1
    assert result.findings[0]["evidence"][0]["artifact"] == "root.graphql"


def test_an_extension_of_what_is_not_in_the_files_leaves_validity_open() -> None:
    facts = stated("extend type Query { a: Int }")
    assert (facts["operations"], facts["valid"]) == (1, None)
    assert [problem["code"] for problem in facts["problems"]] == ["graphql.extends_nothing", "graphql.no_query"]


def test_a_linked_specification_may_define_what_is_missing() -> None:
    text = 'extend schema @link(url: "https://specs.example.org/v2.0") type Query @key(a: "b") { a: Int }'
    assert stated(text)["valid"] is None


def test_a_schema_that_calls_itself_internal_is_not_offered() -> None:
    (row,) = run({"a.graphql": '"For internal use"\nschema { query: Query } type Query { a: Int }'}).findings
    assert row["offered"] == Offered.INTERNAL


def test_unknown_names_are_compared_with_nothing() -> None:
    """The cost of a hostile schema grows with its size and not with its square."""
    text = "type Query { a: Int }" + "".join(f"type T{number} {{ a: U{number} }} " for number in range(3_000))
    facts = stated(text)
    assert (facts["problems_total"], len(facts["problems"])) == (3_000, 100)


def test_every_reason_that_they_may_give_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "api-a.yaml").read_bytes())
    modules = (graphql_probe, graphql_introspection, graphql_rules)
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    spoken = set(re.findall(r'"(graphql\.[a-z_]+)"', sources))
    assert spoken <= set(words)
    assert {code for code in words if code.startswith("graphql.")} == spoken
