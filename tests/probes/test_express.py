"""exchange.express: what the grammar writes is accepted, what breaks it is found where it is broken, names lead on."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.express.expressions import Broken, expression_end
from cpo_probes.exchange.express.grammar import Read, read
from cpo_probes.exchange.express.names import Names, resolve
from cpo_probes.exchange.express.probe import ExpressProbe
from cpo_probes.exchange.express.slots import Model
from cpo_probes.exchange.express.tokens import Text
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from tests.probes.express_language import knows, language

SCHEMA = b"""(* A schema of our own { iso standard 10303 part(214) version(3) object(1) } *)
SCHEMA gear_schema;
CONSTANT
  unit_ratio : REAL := 1.0;
END_CONSTANT;

TYPE label = STRING;
END_TYPE;
TYPE positive = REAL;
WHERE
  wr1 : SELF > 0.0;
END_TYPE;
TYPE hand = ENUMERATION OF (left, right);
END_TYPE;
TYPE described_thing = SELECT (gear, axle);
END_TYPE;

ENTITY item
  ABSTRACT SUPERTYPE OF (ONEOF (gear, axle ANDOR shaft));
  name : label;
  note : OPTIONAL label;
END_ENTITY; -- item

ENTITY axle SUBTYPE OF (item);
  length_of : positive;
INVERSE
  carried : SET [0 : ?] OF gear FOR carrier;
UNIQUE
  ur1 : length_of, SELF\\item.name;
END_ENTITY;

ENTITY shaft SUBTYPE OF (item);
END_ENTITY;

ENTITY gear
  SUBTYPE OF (item);
  teeth, spare_teeth : INTEGER;
  carrier : axle;
  turn : hand;
  ratios : LIST [1 : ?] OF UNIQUE positive;
  grid : ARRAY [1 : 2] OF OPTIONAL ARRAY [1 : teeth + 1] OF NUMBER;
  code : BINARY (8) FIXED;
DERIVE
  SELF\\item.note : label := 'derived';
  module_of : REAL := carrier.length_of / teeth ** 2;
WHERE
  wr1 : (teeth > 5) AND NOT (turn = hand.left);
  wr2 : SIZEOF(QUERY(r <* ratios | {0.0 < r <= 10.0})) = SIZEOF(ratios);
  wr3 : ('GEAR_SCHEMA.AXLE' IN TYPEOF(carrier)) OR (SELF\\item.name LIKE 'G@@');
END_ENTITY;

FUNCTION mean (values_of : AGGREGATE : t OF REAL; VAR_free : BOOLEAN) : REAL;
LOCAL
  total : REAL := 0.0;
  count : INTEGER;
END_LOCAL;
  count := SIZEOF(values_of);
  IF count = 0 THEN
    RETURN (?);
  ELSE
    REPEAT i := LOINDEX(values_of) TO HIINDEX(values_of) BY 1 WHILE total < 1.0E6;
      total := total + values_of[i];
      IF total > 100 THEN ESCAPE; END_IF;
    END_REPEAT;
  END_IF;
  CASE count OF
    1, 2 : total := -total;
    3 : BEGIN total := total * 2; SKIP; END;
    OTHERWISE : ;
  END_CASE;
  ALIAS a FOR total; a := a || [1 : 2, 3]; END_ALIAS;
  note_down(total, [], item('x', ?) || gear(1));
  RETURN (total / count);
END_FUNCTION;

PROCEDURE note_down (VAR total : REAL; of_what : LIST OF INTEGER; what : GENERIC : g);
END_PROCEDURE;

RULE gears_turn FOR (gear, axle);
LOCAL
  found : SET OF gear := [];
END_LOCAL;
  found := QUERY(g <* gear | g.turn = right);
WHERE
  wr1 : SIZEOF(found) >= 0;
END_RULE;

SUBTYPE_CONSTRAINT kinds FOR item;
  ABSTRACT SUPERTYPE;
  TOTAL_OVER (gear, axle);
  ONEOF (gear, shaft);
END_SUBTYPE_CONSTRAINT;
END_SCHEMA;
"""


def parsed(source: bytes) -> Read:
    return read(Text(source))


def resolved(source: bytes) -> Names:
    text = Text(source)
    found = read(text)
    assert not found.errors
    return resolve(text, found)


def codes(broken: tuple[Broken, ...]) -> list[str]:
    return [error.code for error in broken]


def stated(source: bytes, path: str = "gear.exp") -> dict[str, Any]:
    return run_probe(ExpressProbe, {path: source}).one("exchange.schema")


def schema(body: str, name: str = "s") -> bytes:
    return f"SCHEMA {name};\n{body}\nEND_SCHEMA;\n".encode()


# -- what the report says


def test_a_schema_is_counted_and_valid() -> None:
    attributes = stated(SCHEMA)
    counted = {
        kind: attributes[kind] for kind in ("entities", "types", "enumerations", "selects", "functions", "rules")
    }
    assert counted == {"entities": 4, "types": 4, "enumerations": 1, "selects": 1, "functions": 1, "rules": 1}
    assert (attributes["procedures"], attributes["constants"], attributes["subtype_constraints"]) == (1, 1, 1)
    assert (attributes["valid"], attributes["problems"], attributes["checked"]) == (True, [], ["syntax", "names"])
    assert (attributes["language"], attributes["name"], attributes["form"]) == ("express", "gear_schema", "long")


@pytest.mark.parametrize(
    ("name", "standard", "version"),
    [
        ("AUTOMOTIVE_DESIGN", "step", "AP214 ed3"),
        ("IFC4", "ifc", "4.0"),
        ("config_control_design", "step", "AP203 ed1"),
    ],
)
def test_the_name_tells_standard_and_version(name: str, standard: str, version: str) -> None:
    attributes = stated(SCHEMA.replace(b"gear_schema", name.encode()))
    assert (attributes["standard"], attributes["version"], attributes["name"]) == (standard, version, name)


def test_an_error_is_told_with_its_place_and_clause() -> None:
    source = b"SCHEMA s;\r\nENTITY a -- no semicolon\r\n  b : REAL;\r\nEND_ENTITY;\r\nEND_SCHEMA;\r\n"
    result = run_probe(ExpressProbe, {"s.exp": source})
    attributes = result.one("exchange.schema")
    assert attributes["valid"] is False
    (problem,) = attributes["problems"]
    assert (problem["code"], problem["line"], problem["column"], problem["clause"]) == (
        "express.unexpected",
        3,
        3,
        "9.2",
    )
    assert problem["params"] == {"wanted": ";", "found": "b"}
    assert result.findings[0]["evidence"][-1]["locator"]["line"] == 3


def test_a_short_form_has_no_verdict_and_says_what_is_missing() -> None:
    attributes = stated(schema("USE FROM other_schema (point AS spot);\nENTITY a; b : spot; c : strange;\nEND_ENTITY;"))
    assert (attributes["valid"], attributes["form"], attributes["uses"]) == (None, "short", ["other_schema"])
    assert attributes["problems"] == [
        {"code": "express.schemas_missing", "params": {"schemas": "other_schema", "count": 1}}
    ]


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(ExpressProbe)
    check_determinism(ExpressProbe, {"a.exp": SCHEMA, "b.exp": schema("TYPE t = REAL;\nEND_TYPE;")})
    assert check_hostile(ExpressProbe, {"a.exp": SCHEMA}) > 30


def test_a_stretch_of_spaces_and_deep_brackets_are_read_through() -> None:
    assert codes(parsed(b"SCHEMA s" + b" " * 2**20).errors) == ["express.ends"]
    deep = b"CONSTANT c : REAL := " + b"(" * 20_000 + b"1" + b")" * 20_000 + b"; END_CONSTANT;"
    assert not parsed(b"SCHEMA s; " + deep + b" END_SCHEMA;").errors
    assert codes(parsed(b"SCHEMA s; " + deep.replace(b"1)", b"1") + b" END_SCHEMA;").errors) == ["express.unexpected"]
    nested = b"IF TRUE THEN " * 500 + b"SKIP;" + b" END_IF;" * 500
    assert parsed(b"SCHEMA s; PROCEDURE p; " + nested + b" END_PROCEDURE; END_SCHEMA;").too_deep


# -- tokens


@pytest.mark.parametrize(
    "source",
    [
        b"(* a (* nested (* remark *) *) with -- and ' in it *) SCHEMA s; END_SCHEMA;",
        b"-- a tail remark with (* in it\nSCHEMA s; END_SCHEMA; -- the end",
        b"(**) SCHEMA s; (***) (*(*)*)*) END_SCHEMA;(* *)",
        b"SCHEMA s; CONSTANT a : STRING := 'it''s (* no remark *) -- here'; b : STRING := \"0000304A\"; END_CONSTANT;"
        b" END_SCHEMA;",
        b"schema S '{ 1 0 10303 214 3 }'; Type T = Real; end_TYPE; END_schema;",
        b"SCHEMA s; (* \xc4\xd6 \xff *) END_SCHEMA;\x1a",
    ],
)
def test_remarks_strings_and_case_are_read_as_the_standard_says(source: bytes) -> None:
    assert parsed(source).errors == ()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"SCHEMA s; (* never ends END_SCHEMA;", "express.remark_open"),
        (b"SCHEMA s; (* one (* two *) END_SCHEMA;", "express.remark_open"),
        (b"SCHEMA s; CONSTANT a : STRING := 'open\n; END_CONSTANT; END_SCHEMA;", "express.string_open"),
        (b'SCHEMA s; CONSTANT a : STRING := "0041"; END_CONSTANT; END_SCHEMA;', "express.encoded_string"),
        (b"SCHEMA s; ENTITY _a; END_ENTITY; END_SCHEMA;", "express.character"),
        (b"", "express.ends"),
        (b"no schema at all", "express.unexpected"),
    ],
)
def test_broken_tokens_are_told_as_what_they_are(source: bytes, code: str) -> None:
    assert codes(parsed(source).errors) == [code]


# -- sentences that the grammar writes


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(4, 9))
def test_any_expression_of_the_grammar_is_taken_whole(seed: int, depth: int) -> None:
    tokens = language().sentence(random.Random(seed), depth, "expression")
    text = Text(" ".join([*tokens, ";"]).encode())
    assert expression_end(text, 0) == len(tokens)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(4, 12), st.sampled_from([" ", "\n", " (* ( *) ", " -- )\n"]))
def test_any_schema_of_the_grammar_is_accepted(seed: int, depth: int, gap: str) -> None:
    tokens = language().sentence(random.Random(seed), depth)
    assert (found := parsed(gap.join(tokens).encode())).errors == ()
    assert not found.too_deep


CHANGES: dict[str, Callable[[list[str], int, random.Random], None]] = {
    "lost": lambda tokens, at, _: tokens.__delitem__(at),
    "doubled": lambda tokens, at, _: tokens.insert(at, tokens[at]),
    "swapped": lambda tokens, at, _: tokens.insert(max(0, at - 1), tokens.pop(at)),
    "replaced": lambda tokens, at, order: tokens.__setitem__(at, order.choice(tokens)),
}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(sorted(CHANGES)))
def test_a_changed_token_is_refused_where_and_only_where_the_grammar_says_so(seed: int, change: str) -> None:
    """Against a recogniser that goes all ways at once and shares no step with the reader."""
    order = random.Random(seed)
    tokens = language().sentence(order, order.choice([6, 8, 10]))[:90]
    CHANGES[change](tokens, order.randrange(len(tokens)), order)
    source = " ".join(tokens).encode()
    found = parsed(source)
    assert knows(source) == (not found.errors and not found.remarks)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("CONSTANT a : BOOLEAN := NOT NOT b; END_CONSTANT;", "express.unexpected"),
        ("CONSTANT a : REAL := - - 1; END_CONSTANT;", "express.unexpected"),
        ("CONSTANT a : REAL := 2 ** 3 ** 4; END_CONSTANT;", "express.power"),
        ("CONSTANT a : BOOLEAN := 1 < 2 < 3; END_CONSTANT;", "express.relation"),
        ("TYPE t = LIST [1 : 2 > 1] OF REAL; END_TYPE;", "express.relation"),
        ("CONSTANT a : REAL := (b).c; END_CONSTANT;", "express.unexpected"),
        ("CONSTANT a : REAL := [1][1]; END_CONSTANT;", "express.unexpected"),
        ("PROCEDURE p; q(); END_PROCEDURE;", "express.unexpected"),
        ("PROCEDURE p; a.b; END_PROCEDURE;", "express.unexpected"),
        ("PROCEDURE p; IF TRUE THEN END_IF; END_PROCEDURE;", "express.unexpected"),
        ("FUNCTION f (VAR a : REAL) : REAL; RETURN (a); END_FUNCTION;", "express.unexpected"),
        ("TYPE t = AGGREGATE OF REAL; END_TYPE;", "express.unexpected"),
        ("TYPE t = ARRAY OF REAL; END_TYPE;", "express.unexpected"),
        ("TYPE t = SET OF UNIQUE REAL; END_TYPE;", "express.unexpected"),
        ("TYPE t = ARRAY [1 : 2] OF UNIQUE OPTIONAL REAL; END_TYPE;", "express.unexpected"),
        ("TYPE t = INTEGER (5); END_TYPE;", "express.unexpected"),
        ("TYPE t = GENERIC_ENTITY SELECT (a); END_TYPE;", "express.unexpected"),
        ("TYPE t = REAL; WHERE END_TYPE;", "express.unexpected"),
        ("ENTITY a SUBTYPE OF (b) ABSTRACT; END_ENTITY;", "express.unexpected"),
        ("ENTITY a; DERIVE END_ENTITY;", "express.unexpected"),
        ("ENTITY a; UNIQUE u : b + c; END_ENTITY;", "express.unexpected"),
        ("RULE r FOR (a); ; END_RULE;", "express.unexpected"),
        ("ENTITY a; END_ENTITY; CONSTANT c : REAL := 1; END_CONSTANT;", "express.unexpected"),
        ("ENTITY a; END_ENTITY; USE FROM b;", "express.unexpected"),
    ],
)
def test_what_readers_often_let_through_is_refused(body: str, code: str) -> None:
    assert [error.code for error in parsed(schema(body)).errors][:1] == [code]


def test_a_function_without_a_statement_is_remarked_and_let_through() -> None:
    attributes = stated(schema("FUNCTION f : REAL;\nEND_FUNCTION;"))
    assert (attributes["valid"], attributes["problems"]) == (True, [])
    (remark,) = attributes["remarks"]
    assert (remark["code"], remark["line"], remark["params"]) == ("express.no_statement", 2, {"name": "f"})


def test_empty_parentheses_make_an_entity_and_call_no_function() -> None:
    body = "ENTITY a; END_ENTITY; FUNCTION f : a; RETURN (%s()); END_FUNCTION;"
    assert resolved(schema(body % "a")).errors == ()
    assert codes(resolved(schema(body % "f")).errors) == ["express.no_parameters"]
    assert codes(resolved(schema(body % "sizeof")).errors) == ["express.no_parameters"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_missing_semicolon_is_found_where_it_is_missing(data: st.DataObject) -> None:
    places = [at for at in range(len(SCHEMA)) if SCHEMA[at : at + 1] == b";"]
    at = data.draw(st.sampled_from(places))
    text = Text(SCHEMA[:at] + b" " + SCHEMA[at + 1 :])
    first = read(text).errors[0].token
    tokens = text.octets([first - 1, first])
    assert tokens[first - 1] < at < tokens[first]


@pytest.mark.parametrize(
    "body",
    [
        "ENTITY a; b : REAL END_ENTITY;",
        "ENTITY a; : REAL; END_ENTITY;",
        "ENTITY a SUBTYPE OF b; END_ENTITY;",
        "ENTITY a; b : LIST [1:] OF REAL; END_ENTITY;",
        "ENTITY a; b : REAL; WHERE wr1 : ; END_ENTITY;",
        "ENTITY a; DERIVE b : REAL = 1; END_ENTITY;",
        "ENTITY a; INVERSE b : SET OF c; END_ENTITY;",
        "ENTITY a; b : ENUMERATION OF (c); END_ENTITY;",
        "TYPE t = ENUMERATION (a, b); END_TYPE;",
        "TYPE t : REAL; END_TYPE;",
        "FUNCTION f (a : REAL, b : REAL) : REAL; END_FUNCTION;",
        "FUNCTION f (a : REAL); RETURN (1); END_FUNCTION;",
        "FUNCTION f : REAL; x = 1; END_FUNCTION;",
        "FUNCTION f : REAL; IF x THEN y := 1; END_FUNCTION;",
        "FUNCTION f : REAL; CASE x OF 1 y := 1; END_CASE; END_FUNCTION;",
        "FUNCTION f : REAL; REPEAT i := 1; END_REPEAT; END_FUNCTION;",
        "FUNCTION f : REAL; RETURN 1; END_FUNCTION;",
        "RULE r FOR a; END_RULE;",
        "CONSTANT a := 1; END_CONSTANT;",
        "x := 1;",
        "ENTITY a; END_TYPE;",
    ],
)
def test_what_breaks_the_grammar_is_refused(body: str) -> None:
    assert len(parsed(schema(body)).errors) == 1


def test_reading_goes_on_after_an_error() -> None:
    body = "ENTITY a; b REAL; END_ENTITY; TYPE t = ; END_TYPE; ENTITY c; END_ENTITY; FUNCTION f; END_FUNCTION;"
    found = parsed(schema(body))
    assert len(found.errors) == 3
    assert [declaration.name for declaration in found.schemas[0].declarations] == ["c"]


# -- names


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ("ENTITY a SUBTYPE OF (b); END_ENTITY;", "express.undefined", "b"),
        ("ENTITY a SUPERTYPE OF (ONEOF (b)); END_ENTITY;", "express.undefined", "b"),
        ("ENTITY a; x : SET OF nothing; END_ENTITY;", "express.undefined", "nothing"),
        ("TYPE t = SELECT (a, b); END_TYPE; ENTITY a; END_ENTITY;", "express.undefined", "b"),
        ("TYPE t = REAL; END_TYPE; ENTITY a SUBTYPE OF (t); END_ENTITY;", "express.no_entity", "t"),
        ("FUNCTION f : REAL; END_FUNCTION; ENTITY a; x : f; END_ENTITY;", "express.no_type", "f"),
        ("RULE r FOR (a); WHERE w : TRUE; END_RULE;", "express.undefined", "a"),
        ("ENTITY a; END_ENTITY; TYPE A = REAL; END_TYPE;", "express.twice", "a"),
        ("ENTITY a; x : REAL; X : REAL; END_ENTITY;", "express.twice", "x"),
        ("ENTITY a SUBTYPE OF (b); END_ENTITY; ENTITY b SUBTYPE OF (a); END_ENTITY;", "express.circular", "a"),
        ("ENTITY a; WHERE w : lost > 1; END_ENTITY;", "express.undefined", "lost"),
        ("FUNCTION f : REAL; RETURN (g(1)); END_FUNCTION;", "express.undefined", "g"),
        ("ENTITY a; INVERSE i : b FOR x; END_ENTITY; ENTITY b; y : a; END_ENTITY;", "express.no_attribute", "x"),
        (
            "ENTITY a; x : REAL; END_ENTITY; ENTITY b SUBTYPE OF (a); SELF\\a.y : REAL; END_ENTITY;",
            "express.no_attribute",
            "y",
        ),
    ],
)
def test_names_that_lead_to_nothing_are_found(body: str, code: str, name: str) -> None:
    errors = resolved(schema(body)).errors
    assert (errors[0].code, errors[0].params["name"]) == (code, name)


@pytest.mark.parametrize(
    "body",
    [
        "TYPE a = ENUMERATION OF (red, green); END_TYPE; TYPE b = ENUMERATION OF (red, blue); END_TYPE;",
        "TYPE a = ENUMERATION OF (line); END_TYPE; ENTITY line; END_ENTITY;",
        "TYPE s = SELECT (l); END_TYPE; TYPE l = LIST OF s; END_TYPE;",
        "ENTITY a; x : REAL; END_ENTITY; ENTITY b SUBTYPE OF (a); SELF\\a.x RENAMED y : REAL; WHERE y > 1; END_ENTITY;",
        "FUNCTION f : REAL; TYPE t = REAL; END_TYPE; LOCAL v : t; END_LOCAL; RETURN (v); END_FUNCTION;",
        "ENTITY a; with : REAL; fixed : BOOLEAN; END_ENTITY;",
    ],
)
def test_names_that_are_the_same_or_declared_inside_are_no_errors(body: str) -> None:
    assert resolved(schema(body)).errors == ()


def test_schemas_of_one_file_use_each_other() -> None:
    base = schema("ENTITY point; END_ENTITY; TYPE label = STRING; END_TYPE;", "base")
    using = schema("USE FROM base (point AS spot);\nREFERENCE FROM base;\nENTITY a; b : spot; c : label; END_ENTITY;")
    assert resolved(base + using) == Names((), (), 0)
    wrong = schema("USE FROM base (nothing);")
    assert codes(resolved(base + wrong).errors) == ["express.not_in_schema"]


def found_in(files: dict[str, bytes], path: str, schemas: str | None = None) -> dict[str, Any]:
    findings = run_probe(ExpressProbe, files, schemas=schemas).findings
    attributes: dict[str, Any] = next(
        row["attributes"]
        for row in findings
        if row["kind"] == "exchange.schema" and row["evidence"][0]["artifact"] == path
    )
    return attributes


ARM = schema(
    "USE FROM base_arm (point AS spot);\nREFERENCE FROM label_arm;\nENTITY a; b : spot; c : label;\nEND_ENTITY;",
    "a_arm",
)
BASE = schema("REFERENCE FROM label_arm (label);\nENTITY point; name : label;\nEND_ENTITY;", "base_arm")
LABEL = schema("TYPE label = STRING;\nEND_TYPE;", "label_arm")


def test_schemas_in_other_files_of_the_product_are_looked_up() -> None:
    whole = {"m/a/arm.exp": ARM, "m/base/arm.exp": BASE, "m/label/arm.exp": LABEL}
    assert found_in(whole, "m/a/arm.exp")["valid"] is True
    wrong = {**whole, "m/base/arm.exp": BASE.replace(b"ENTITY point", b"ENTITY dot")}
    attributes = found_in(wrong, "m/a/arm.exp")
    assert (attributes["valid"], attributes["problems"][0]["code"]) == (False, "express.not_in_schema")
    for less in ({"m/a/arm.exp": ARM, "m/base/arm.exp": BASE}, {**whole, "old/label.exp": LABEL + b" "}):
        attributes = found_in(less, "m/a/arm.exp")
        assert attributes["valid"] is None
        assert attributes["problems"][0]["params"]["schemas"] == "label_arm"


def test_schemas_that_are_given_are_looked_up_first(tmp_path: Path) -> None:
    (tmp_path / "base.exp").write_bytes(BASE)
    (tmp_path / "label.exp").write_bytes(LABEL)
    assert found_in({"arm.exp": ARM}, "arm.exp", str(tmp_path))["valid"] is True


def test_schemas_that_name_each_other_in_a_circle_are_read_once() -> None:
    one = schema("USE FROM two;\nENTITY a; b : OPTIONAL b;\nEND_ENTITY;", "one")
    two = schema("USE FROM one;\nENTITY b; a : OPTIONAL a;\nEND_ENTITY;", "two")
    assert found_in({"one.exp": one, "two.exp": two}, "two.exp")["valid"] is True


# -- what an instance has to say


def test_parameters_come_from_the_supertypes_first_and_derived_ones_are_marked() -> None:
    model = Model.of(parsed(SCHEMA).schemas[0])
    slots = model.slots("gear")
    assert [slot.name for slot in slots] == [
        "name", "note", "teeth", "spare_teeth", "carrier", "turn", "ratios", "grid", "code"
    ]  # fmt: skip
    assert [slot.name for slot in slots if slot.derived] == ["note"]


def test_a_supertype_that_is_reached_twice_gives_its_attributes_once() -> None:
    body = """ENTITY a; w : REAL; END_ENTITY; ENTITY b SUBTYPE OF (a); x : REAL; END_ENTITY;
    ENTITY c SUBTYPE OF (a); y : REAL; END_ENTITY; ENTITY d SUBTYPE OF (b, c); z : REAL; END_ENTITY;"""
    model = Model.of(parsed(schema(body)).schemas[0])
    assert [slot.name for slot in model.slots("d")] == ["w", "x", "y", "z"]


def test_long_chains_and_circles_of_names_are_followed_to_their_end() -> None:
    chain = "".join(f"ENTITY e{number} SUBTYPE OF (e{number + 1}); END_ENTITY; " for number in range(5_000))
    assert codes(resolved(schema(chain + "ENTITY e5000; END_ENTITY;")).errors) == []
    circle = chain + "ENTITY e5000 SUBTYPE OF (e0); END_ENTITY;"
    assert codes(resolved(schema(circle)).errors) == ["express.circular"]
    using = b"".join(schema(f"USE FROM s{number + 1}; USE FROM s{number + 2};", f"s{number}") for number in range(40))
    ends = schema("ENTITY a; END_ENTITY;", "s40") + schema("", "s41")
    assert resolved(using + ends + schema("USE FROM s0;\nENTITY b; x : a; END_ENTITY;")) == Names((), (), 0)
