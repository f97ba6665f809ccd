"""Instances of Part 21 files against a schema in EXPRESS: what it allows is accepted, what it does not is found."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.express.grammar import read
from cpo_probes.exchange.express.slots import Model
from cpo_probes.exchange.express.tokens import Text
from cpo_probes.exchange.part21 import tokens as part21_tokens
from cpo_probes.exchange.part21.checker import check
from cpo_probes.exchange.step import instances as step_instances
from cpo_probes.exchange.step import shapes as step_shapes
from cpo_probes.exchange.step.instances import Outcome
from cpo_probes.exchange.step.probe import StepProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import check_hostile, run_probe

SCHEMA = b"""SCHEMA gears;
TYPE label = STRING; END_TYPE;
TYPE ratio = REAL; END_TYPE;
TYPE small_ratio = ratio; END_TYPE;
TYPE amount = INTEGER; END_TYPE;
TYPE hand = ENUMERATION OF (left, right, both_hands); END_TYPE;
TYPE measure = SELECT (ratio, amount, label); END_TYPE;
TYPE thing = SELECT (gear, measure); END_TYPE;
TYPE row = LIST [0 : ?] OF ratio; END_TYPE;
ENTITY item ABSTRACT SUPERTYPE OF (ONEOF (gear, axle)); name : label; note : OPTIONAL label; END_ENTITY;
ENTITY axle SUBTYPE OF (item); turns : LOGICAL; rows : LIST OF row; END_ENTITY;
ENTITY gear SUBTYPE OF (item);
  teeth : INTEGER; carrier : OPTIONAL axle; turn : hand; of_what : measure; what : OPTIONAL thing;
  grid : ARRAY [0 : 1] OF OPTIONAL NUMBER; code : BINARY; strong : BOOLEAN;
END_ENTITY;
ENTITY fixed_gear SUBTYPE OF (gear);
  SELF\\gear.carrier : axle;
DERIVE
  SELF\\item.note : label := 'fixed';
END_ENTITY;
ENTITY unit; dimensions : label; END_ENTITY;
ENTITY si_unit SUBTYPE OF (unit); prefix : OPTIONAL hand; DERIVE SELF\\unit.dimensions : label := ''; END_ENTITY;
ENTITY length_unit SUBTYPE OF (unit); END_ENTITY;
END_SCHEMA;
"""
GEAR = "#2=GEAR('g',$,12,#1,.LEFT.,RATIO(1.5),$,(1.,$),\"0A1\",.T.);"
LINES = [
    "#1=AXLE('a','',.U.,((1.,2.),()));",
    GEAR,
    "#3=FIXED_GEAR('f',*,12,#1,.BOTH_HANDS.,LABEL('l'),AMOUNT(3),(1,2.5),\"0\",.F.);",
    "#4=GEAR('g',$,12,$,.RIGHT.,SMALL_RATIO(1.5),#2,($,$),\"0\",.T.);",
    "#5=(LENGTH_UNIT()SI_UNIT(.LEFT.)UNIT(*));",
    "#6=SI_UNIT(*,$);",
]


@cache
def model() -> Model:
    return Model.of(read(Text(SCHEMA)).schemas[0])


def written(lines: list[str], name: str = "GEARS") -> bytes:
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('','2024-05-06T07:08:09',(''),(''),'','','');\n"
        f"FILE_SCHEMA(('{name}'));\nENDSEC;\nDATA;\n" + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"
    ).encode()


def outcome(*lines: str) -> Outcome:
    data = written([*LINES, *lines])
    assert check(data).well_formed
    return step_instances.check(data, model())


def test_what_the_schema_allows_has_no_errors() -> None:
    assert outcome().errors == ()


@pytest.mark.parametrize(
    ("line", "code", "about"),
    [
        ("#9=WHEEL('a');", "unknown_entity", "WHEEL"),
        ("#9=ITEM('a',$);", "abstract", "ITEM"),
        ("#9=AXLE('a',$,.T.);", "count", "AXLE"),
        ("#9=AXLE($,$,.T.,());", "missing", "name"),
        ("#9=AXLE('a',*,.T.,());", "derived", "note"),
        ("#9=AXLE(1,$,.T.,());", "value", "name"),
        ("#9=AXLE('a',$,.MAYBE.,());", "value", "turns"),
        ("#9=AXLE('a',$,.T.,(1.));", "value", "rows"),
        ("#9=AXLE('a',$,.T.,('x'));", "value", "rows"),
        ("#9=AXLE('a',$,.T.,(($)));", "value", "rows"),
        (GEAR.replace("#2=", "#9=").replace("12", "12."), "value", "teeth"),
        (GEAR.replace("#2=", "#9=").replace("#1", "'a'"), "value", "carrier"),
        (GEAR.replace("#2=", "#9=").replace(".LEFT.", ".UP."), "value", "turn"),
        (GEAR.replace("#2=", "#9=").replace("RATIO(1.5)", "HAND(.LEFT.)"), "value", "of_what"),
        (GEAR.replace("#2=", "#9=").replace("RATIO(1.5)", "#1"), "value", "of_what"),
        (GEAR.replace("#2=", "#9=").replace("RATIO(1.5)", "AMOUNT(1.5)"), "value", "of_what"),
        (GEAR.replace("#2=", "#9=").replace(".T.", ".U."), "value", "strong"),
        ("#9=FIXED_GEAR('f','n',12,#1,.LEFT.,LABEL('l'),$,(1,2),\"0\",.F.);", "not_derived", "note"),
        ("#9=FIXED_GEAR('f',*,12,$,.LEFT.,LABEL('l'),$,(1,2),\"0\",.F.);", "missing", "carrier"),
        ("#9=(LENGTH_UNIT()SI_UNIT(.LEFT.)UNIT(1));", "not_derived", "dimensions"),
        ("#9=(LENGTH_UNIT('x')SI_UNIT(.LEFT.)UNIT(*));", "count", "LENGTH_UNIT"),
    ],
)
def test_what_the_schema_does_not_allow_is_told_with_its_instance(line: str, code: str, about: str) -> None:
    (error,) = outcome(line).errors
    assert error.code == f"instances.{code}"
    assert error.params["instance"] == "#9"
    assert about in (error.params.get("attribute"), error.params["entity"])


@pytest.mark.parametrize(
    "line",
    [
        "#9=!OWN_ENTITY('a',$);",
        "#9 = GEAR /* of ours */ ( 'g' , $ , 12 , $ , .LEFT. , 1.5 , $ , (1,2) , \"0\" , .T. ) ;",
        "#9=AXLE('a',$,.T.,((1,2)));",
    ],
)
def test_what_readers_let_through_is_let_through(line: str) -> None:
    assert outcome(line).errors == ()


texts = st.sampled_from(["''", "'a''b'", "'\\X2\\00C4\\X0\\'", "'#1=AXLE();'"])
reals = st.sampled_from(["1.", "-2.5E-3", "3"])
hands = st.sampled_from([".LEFT.", ".RIGHT.", ".BOTH_HANDS."])
measures = st.one_of(
    reals.map(lambda value: f"RATIO({value})"), st.just("AMOUNT(7)"), texts.map(lambda text: f"LABEL({text})")
)
optional = st.sampled_from(["$", "'x'"])
rows = st.lists(st.lists(reals, max_size=3).map(",".join).map(lambda row: f"({row})"), max_size=3).map(",".join)
gaps = st.sampled_from(["", "", " ", "\n", "/* ; */"])
entities = st.one_of(
    st.builds(lambda name, note, row: f"AXLE({name},{note},.T.,({row}))", texts, optional, rows),
    st.builds(
        lambda name, gap, turn, value, what: f'GEAR{gap}({name},$,{gap}3,#1,{turn},{value},{what},(1.,2),"0",.T.)',
        *(texts, gaps, hands, measures, st.one_of(measures, st.just("#2"), st.just("$"))),
    ),
    st.builds(lambda turn: f"(LENGTH_UNIT()SI_UNIT({turn})UNIT(*))", hands),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(entities, min_size=1, max_size=8), st.integers(1, 12))
def test_whatever_is_written_by_the_schema_is_accepted(bodies: list[str], times: int) -> None:
    """Also often enough for the pattern to take over, which must agree with the slow way."""
    lines = [f"#{number + 10}={body};" for number, body in enumerate(bodies * times * 4)]
    assert outcome(*lines).errors == ()


@pytest.mark.parametrize("fast", [True, False])
def test_one_wrong_value_among_many_right_ones_is_found(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not fast:
        nothing: Callable[[bytes], Any] = lambda _: None  # noqa: E731
        monkeypatch.setattr(step_shapes, "linear", nothing)
        monkeypatch.setattr(step_shapes, "_KEPT", {})
        monkeypatch.setattr(part21_tokens, "linear", nothing)
    lines = [GEAR.replace("#2=", f"#{number}=") for number in range(10, 2_000)]
    lines[1_700] = lines[1_700].replace("RATIO(1.5)", "RATIO('x')")
    (error,) = outcome(*lines).errors
    assert (error.code, error.params["instance"]) == ("instances.value", "#1710")


def test_data_behind_anchors_and_in_several_sections_are_read() -> None:
    data = (
        written(LINES)
        .replace(b"'2;1'", b"'4;1'")
        .replace(b"DATA;", b"ANCHOR;\n<a>='DATA;';\nENDSEC;\nDATA('a',('GEARS'));")
    )
    second = b"ENDSEC;\nDATA('b',('GEARS'));\n#9=AXLE('a',1,.T.,());\nENDSEC;\nEND-ISO"
    data = data.replace(b"ENDSEC;\nEND-ISO", second)
    assert check(data).well_formed
    (error,) = step_instances.check(data, model()).errors
    assert error.params["instance"] == "#9"


def test_names_of_another_schema_say_nothing() -> None:
    assert step_instances.check(written(["#1=WHEEL(1);", "#2=TYRE();"]), model()) == Outcome(
        errors=(), read=2, foreign=True
    )


# -- where the schema comes from

STEP = Recognition(format="step-p21", standard="step")
BROKEN = [*LINES[:-1], "#6=SI_UNIT(*);"]
HALF = SCHEMA.replace(b"END_SCHEMA", b"ENTITY x SUBTYPE OF (y); END_ENTITY; END_SCHEMA")


def stated(files: dict[str, bytes], schemas: str | None = None) -> dict[str, Any]:
    recognitions = {path: STEP for path in files if path.endswith(".stp")}
    return run_probe(StepProbe, files, recognitions=recognitions, schemas=schemas).one("exchange.file")


def test_a_schema_in_the_product_is_used_and_named() -> None:
    attributes = stated({"samples/a.stp": written(LINES), "schemas/gears.exp": SCHEMA})
    assert (attributes["valid"], attributes["checked"]) == (True, "syntax and instances")
    (used,) = attributes["checked_with"]
    assert (used["source"], used["artifact"]) == ("product", "schemas/gears.exp")
    refused = stated({"a.stp": written(BROKEN), "schemas/gears.exp": SCHEMA})
    assert refused["valid"] is False
    (problem,) = refused["problems"]
    assert (problem["code"], problem["line"], problem["clause"]) == ("instances.count", 13, "12.2")


def test_a_schema_that_is_given_comes_first(tmp_path: Path) -> None:
    (tmp_path / "mine.exp").write_bytes(SCHEMA)
    other = SCHEMA.replace(b"prefix : OPTIONAL hand;", b"")
    attributes = stated({"a.stp": written(LINES), "gears.exp": other}, str(tmp_path))
    assert (attributes["valid"], attributes["checked_with"][0]["source"]) == (True, "given")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "part21.instances_not_checked"),
        ({"other.exp": SCHEMA.replace(b"gears", b"other")}, "part21.instances_not_checked"),
        ({"a.exp": HALF}, "instances.schema_unusable"),
        ({"a.exp": SCHEMA, "b.exp": SCHEMA + b" "}, "instances.schemas_disagree"),
        ({"a.exp": b"-- { 1 0 10303 214 1 1 1 1 }\n" + SCHEMA}, "instances.other_edition"),
    ],
)
def test_without_the_right_schema_only_the_syntax_is_judged(files: dict[str, bytes], reason: str) -> None:
    attributes = stated({"a.stp": written(BROKEN, "GEARS { 1 0 10303 214 3 1 1 }"), **files})
    assert (attributes["valid"], attributes["checked"]) == (True, "syntax")
    (told,) = attributes["not_checked"]
    assert (told if isinstance(told, str) else told["code"]) == reason


def test_damaged_files_and_schemas_crash_nothing() -> None:
    files = {"a.stp": written(LINES), "gears.exp": SCHEMA}
    assert check_hostile(StepProbe, files, recognitions={"a.stp": STEP}) > 60


def test_schemas_that_are_made_to_take_long_are_bounded() -> None:
    """A value that fits no way of a select in selects in lists, tried in every way; supertypes without end."""
    types = "".join(f"TYPE l{number} = LIST OF s; END_TYPE; " for number in range(12))
    several = ", ".join(f"l{number}" for number in range(12))
    source = f"SCHEMA gears; {types} TYPE s = SELECT ({several}); END_TYPE; ENTITY e; x : s; END_ENTITY; END_SCHEMA;"
    data = written([f"#1=E({'(' * 30}'x'{')' * 30});"])
    found = step_instances.check(data, Model.of(read(Text(source.encode())).schemas[0]))
    assert (found.whole, found.errors) == (False, ())
    chain = "".join(f"ENTITY e{number} SUBTYPE OF (e{number - 1}); END_ENTITY; " for number in range(1, 5_000))
    deep = Model.of(read(Text(f"SCHEMA s; ENTITY e0; x : REAL; END_ENTITY; {chain} END_SCHEMA;".encode())).schemas[0])
    assert [slot.owner for slot in deep.slots("e4999")] == ["e0"]
