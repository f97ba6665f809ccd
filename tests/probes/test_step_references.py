"""Instances against a schema: what references lead to, bounds, widths, uniqueness, what an instance may be at once."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.express.grammar import read
from cpo_probes.exchange.express.slots import Model
from cpo_probes.exchange.express.tokens import Text
from cpo_probes.exchange.part21.checker import check
from cpo_probes.exchange.step import instances as step_instances
from cpo_probes.exchange.step import runs as step_runs
from cpo_probes.exchange.step.instances import Outcome
from cpo_probes.exchange.step.probe import StepProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import run_probe

SCHEMA = b"""SCHEMA mill;
TYPE code = STRING (4) FIXED; END_TYPE;
TYPE label = STRING (6); END_TYPE;
TYPE note = STRING (100); END_TYPE;
TYPE bits = BINARY (5); END_TYPE;
TYPE wheel_list = LIST [1 : ?] OF wheel; END_TYPE;
TYPE carrier = SELECT (shaft, label); END_TYPE;
TYPE either = SELECT (shaft, wheel_list); END_TYPE;
ENTITY part ABSTRACT SUPERTYPE; id : OPTIONAL code; END_ENTITY;
ENTITY wheel SUPERTYPE OF (ONEOF (spur, bevel) ANDOR marked) SUBTYPE OF (part);
  on : OPTIONAL shaft; next : OPTIONAL wheel;
END_ENTITY;
ENTITY spur SUBTYPE OF (wheel); END_ENTITY;
ENTITY bevel SUBTYPE OF (wheel); SELF\\wheel.next : OPTIONAL bevel; END_ENTITY;
ENTITY marked SUBTYPE OF (wheel); mark : label; END_ENTITY;
ENTITY shaft SUBTYPE OF (part); END_ENTITY;
ENTITY train; wheels : SET [1 : 3] OF wheel; order : LIST [2 : 2] OF UNIQUE label; END_ENTITY;
ENTITY box; held : carrier; what : either; rows : LIST OF LIST [1 : ?] OF shaft; words : note; raw : bits; END_ENTITY;
ENTITY grid; cells : ARRAY [0 : 2] OF OPTIONAL UNIQUE REAL; END_ENTITY;
ENTITY whole; x : REAL; END_ENTITY;
ENTITY half SUBTYPE OF (whole); END_ENTITY;
SUBTYPE_CONSTRAINT kinds FOR whole; TOTAL_OVER (half); END_SUBTYPE_CONSTRAINT;
END_SCHEMA;
"""
LINES = [
    "#1=SHAFT($);",
    "#2=SPUR('ABCD',#1,#3);",
    "#3=BEVEL($,#9,#4);",
    "#4=BEVEL($,$,$);",
    "#5=(MARKED('mark')PART($)SPUR()WHEEL(#1,#3));",
    "#6=TRAIN((#2,#3,#5),('a','b'));",
    "#7=BOX(#1,WHEEL_LIST((#2,#4)),((#1),(#1,#9)),'w',\"3F\");",
    "#8=GRID((1.,$,2.));",
    "#9=SHAFT('a''\\\\b');",
    "#10=BOX(LABEL('on it'),#9,(),'','\"0\"');".replace("'\"0\"'", '"0"'),
    "#11=HALF(1.);",
]


@cache
def model() -> Model:
    return Model.of(read(Text(SCHEMA)).schemas[0])


def written(lines: list[str], level: str = "2;1") -> bytes:
    return (
        f"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'{level}');\n"
        "FILE_NAME('','2024-05-06T07:08:09',(''),(''),'','','');\n"
        "FILE_SCHEMA(('MILL'));\nENDSEC;\nDATA;\n" + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"
    ).encode()


def outcome(*lines: str, level: str = "2;1") -> Outcome:
    data = written([*LINES, *lines], level)
    assert check(data).errors == ()
    return step_instances.check(data, model())


def test_what_the_schema_allows_has_no_errors() -> None:
    assert outcome() == Outcome(errors=(), read=11)


@pytest.mark.parametrize(
    ("line", "code", "about"),
    [
        ("#20=SPUR($,#2,$);", "reference", {"attribute": "on", "wanted": "SHAFT", "kind": "SPUR"}),
        ("#20=SPUR($,#21,$);\n#21=BEVEL($,$,$);", "reference", {"instance": "#20", "found": "#21"}),
        ("#20=BEVEL($,$,#2);", "reference", {"attribute": "next", "wanted": "BEVEL", "kind": "SPUR"}),
        ("#20=(MARKED('m')PART($)SPUR()WHEEL(#5,$));", "reference", {"kind": "MARKED, SPUR"}),
        ("#20=TRAIN((#1),('a','b'));", "reference", {"wanted": "WHEEL", "kind": "SHAFT"}),
        ("#20=BOX(#2,#1,(),'',\"0\");", "reference", {"attribute": "held", "wanted": "SHAFT"}),
        ("#20=BOX(#1,WHEEL_LIST((#2,#1)),(),'',\"0\");", "reference", {"attribute": "what", "kind": "SHAFT"}),
        ("#20=BOX(#1,#2,(),'',\"0\");", "reference", {"attribute": "what", "wanted": "SHAFT"}),
        ("#20=BOX(#1,#1,((#1),(#2)),'',\"0\");", "reference", {"attribute": "rows"}),
        ("#20=TRAIN((),('a','b'));", "bounds", {"wanted": "SET [1:3]", "found": 0}),
        ("#20=TRAIN((#2,#3,#4,#5),('a','b'));", "bounds", {"wanted": "SET [1:3]", "found": 4}),
        ("#20=TRAIN((#2),('a'));", "bounds", {"wanted": "LIST [2:2]", "found": 1}),
        ("#20=BOX(#1,#1,(()),'',\"0\");", "bounds", {"wanted": "LIST [1:?]", "found": 0}),
        ("#20=GRID((1.,2.));", "bounds", {"wanted": "ARRAY [0:2]", "found": 2}),
        ("#20=TRAIN((#2,#3,#02),('a','b'));", "twice", {"wanted": "SET", "found": "#02"}),
        ("#20=TRAIN((#2),('a','a'));", "twice", {"wanted": "LIST", "found": "'a'"}),
        ("#20=GRID((1.,1.,$));", "twice", {"wanted": "ARRAY"}),
        ("#20=SHAFT('ABC');", "width", {"wanted": "STRING(4) FIXED", "found": 3}),
        ("#20=SHAFT('ABCDE');", "width", {"found": 5}),
        ("#20=BOX(LABEL('1234567'),#1,(),'',\"0\");", "width", {"wanted": "STRING(6)", "found": 7}),
        ("#20=BOX(#1,#1,(),'" + "x" * 101 + '\',"0");', "width", {"wanted": "STRING(100)", "found": 101}),
        ("#20=BOX(#1,#1,(),'" + "x''" * 51 + '\',"0");', "width", {"wanted": "STRING(100)", "found": 102}),
        ("#20=BOX(#1,#1,(),'',\"07F\");", "width", {"wanted": "BINARY(5)", "found": 8}),
        ("#20=PART($);", "abstract", {"entity": "PART"}),
        ("#20=(PART($));", "abstract", {"entity": "PART"}),
        ("#20=(BEVEL()PART($)SPUR()WHEEL($,$));", "one_of", {"one": "BEVEL", "other": "SPUR"}),
        ("#20=(MARKED('m')SPUR()WHEEL($,$));", "supertype_missing", {"missing": "PART"}),
        ("#20=(PART($)SPUR()MARKED('m')WHEEL($,$));", "record_order", {}),
        ("#20=(MARKED('m')PART($)PART($)WHEEL($,$));", "record_twice", {"entity": "PART"}),
        ("#20=WHOLE(1.);", "total_over", {"wanted": "HALF"}),
    ],
)
@pytest.mark.parametrize("often", [0, 40])
def test_what_the_schema_does_not_allow_is_told(line: str, code: str, about: dict[str, Any], often: int) -> None:
    """Alone, and among others that a pattern takes."""
    others = [row.replace("#", f"#{number}", 1) for number in range(100, 100 + often) for row in LINES]
    errors = outcome(*others, line).errors
    assert [error.code for error in errors] == [f"instances.{code}"]
    assert errors[0].params["instance"] == "#20"
    assert {name: errors[0].params[name] for name in about} == about


@pytest.mark.parametrize(
    "line",
    [
        "#20=SPUR($,#999,$);",  # nothing defines it: told by the syntax, and of no type
        "#20=TRAIN((#2),('a','A'));",
        "#20=WHEEL('\\X2\\00C400D600DC00DF\\X0\\',$,$);",
        "#20=!OWN_KIND(#1);\n#21=SPUR($,#20,$);",
        "#20=(MARKED('m')PART($)WHEEL(/* on */ #1,$));",
    ],
)
def test_what_can_t_be_said_to_be_wrong_is_let_through(line: str) -> None:
    assert outcome(line).errors == ()


@pytest.mark.parametrize("records", ["A_Z()AB()R()", "AB()A_Z()R()"])
def test_a_low_line_may_stand_before_or_after_the_letters(records: str) -> None:
    source = "SCHEMA mill; ENTITY r; END_ENTITY; ENTITY ab SUBTYPE OF (r); END_ENTITY;"
    source += "ENTITY a_z SUBTYPE OF (r); END_ENTITY;"
    small = Model.of(read(Text(f"{source} END_SCHEMA;".encode())).schemas[0])
    assert step_instances.check(written([f"#1=({records});"]), small).errors == ()
    (error,) = step_instances.check(written(["#1=(R()AB());"]), small).errors
    assert error.code == "instances.record_order"


def test_constants_and_values_from_elsewhere_may_stand_for_anything() -> None:
    assert outcome("#20=GRID((@1,#PI,$));\n#21=SPUR(@2,#MAIN,$);", level="4;1").errors == ()


# -- runs: with vectors and without

names = st.sampled_from(["#1", "#2", "#3", "#4", "#9", "#0012", "#77", "$"])
gaps = st.sampled_from(["", "", "", " ", "\n", "\r\n\t"])
comments = st.sampled_from(["", "", "", "", "/* #1=(';') */", "/**/"])
wheels = st.builds(
    lambda gap, remark, on, following: f"{remark}SPUR{gap}({gap}$,{gap}{on},{following}{gap})",
    gaps,
    comments,
    names,
    names,
)
complexes = st.builds(lambda gap, on: f"({gap}MARKED('#1''')PART($){gap}SPUR(){gap}WHEEL({on},$))", gaps, names)
trains = st.builds(
    lambda gap, found: f"TRAIN(({gap}{','.join(found)}{gap}),('a;','b('))",
    gaps,
    st.lists(names.filter(lambda name: name != "$"), min_size=1, max_size=3),
)
bodies = st.lists(st.one_of(wheels, complexes, trains), min_size=60, max_size=120)


@settings(max_examples=25, deadline=None)
@given(bodies)
def test_vectors_and_tokens_give_the_same_answer(parts: list[str]) -> None:
    lines = [f"#{number}={body};" for number, body in enumerate(parts * 3, 100)]
    data = written([*LINES, *lines])
    found = []
    for worth in (1, 2**30):
        step_runs._WORTH_VECTORS = worth
        try:
            found.append(step_instances.check(data, model()))
        finally:
            step_runs._WORTH_VECTORS = 4096
    assert found[0] == found[1]


def slowly(data: bytes) -> Outcome:
    """Each instance by itself: the pattern is never made."""
    worth = step_instances._WORTH
    step_instances._WORTH = 10**9
    try:
        return step_instances.check(data, model())
    finally:
        step_instances._WORTH = worth


@settings(max_examples=25, deadline=None)
@given(bodies)
def test_runs_and_single_instances_give_the_same_errors(parts: list[str]) -> None:
    data = written([*LINES, *(f"#{number}={body};" for number, body in enumerate(parts, 100))])
    assert step_instances.check(data, model()).errors == slowly(data).errors


@pytest.mark.parametrize("vectors", [True, False])
def test_one_wrong_reference_in_a_long_file_is_found_before_and_after(
    vectors: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not vectors:
        monkeypatch.setattr(step_runs, "_vectors", lambda: None)
    spurs = [f"#{number}=SPUR('ABCD',#{number + 40_000},#{number - 1});" for number in range(1_000, 16_000)]
    shafts = [f"#{number + 40_000}=SHAFT($);" for number in range(1_000, 16_000)]
    lines = [*LINES, "#999=SPUR($,$,$);", *spurs, *shafts]
    assert step_instances.check(written(lines), model()).errors == ()
    wrong = [line.replace("#55000=SHAFT($)", "#55000=SPUR($,$,$)") for line in lines]
    (error,) = step_instances.check(written(wrong), model()).errors
    assert (error.code, error.params["instance"], error.params["kind"]) == ("instances.reference", "#15000", "SPUR")


def test_huge_names_are_compared_too() -> None:
    name = 2**27 + 5
    assert outcome(f"#{name}=SHAFT($);\n#20=SPUR($,#{name},$);").errors == ()
    (error,) = outcome(f"#{name}=SPUR($,$,$);\n#20=SPUR($,#{name},$);").errors
    assert error.code == "instances.reference"


# -- several data sections

STEP = Recognition(format="step-p21", standard="step")
OTHER = b"SCHEMA other;\nENTITY wheel; size : INTEGER; END_ENTITY;\nEND_SCHEMA;\n"
TWO = (
    written(["#1=SHAFT($);"], "4;1")
    .replace(b"('MILL')", b"('MILL','OTHER { 1 0 10303 999 1 }')")
    .replace(b"DATA;", b"DATA('one',('MILL'));")
    .replace(b"ENDSEC;\nEND-", b"ENDSEC;\nDATA('two',('OTHER'));\n#2=WHEEL(5);\n#3=WHEEL(5);\nENDSEC;\nEND-")
)


def stated(data: bytes) -> dict[str, Any]:
    files = {"a.stp": data, "mill.exp": SCHEMA, "other.exp": OTHER}
    return run_probe(StepProbe, files, recognitions={"a.stp": STEP}).one("exchange.file")


def test_each_data_section_is_held_against_its_own_schema() -> None:
    attributes = stated(TWO)
    assert (attributes["valid"], attributes["checked"], attributes["problems"]) == (True, "syntax and instances", [])
    assert [used["artifact"] for used in attributes["checked_with"]] == ["mill.exp", "other.exp"]
    wrong = stated(TWO.replace(b"#2=WHEEL(5)", b"#2=WHEEL('5')"))
    assert [problem["params"]["instance"] for problem in wrong["problems"]] == ["#2"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"'two'", b"'one'", "part21.section_twice"),
        (b"'two',('OTHER')", b"'two',('THIRD')", "part21.section_schema"),
    ],
)
def test_names_and_schemas_of_data_sections_are_checked(old: bytes, new: bytes, code: str) -> None:
    assert [problem["code"] for problem in stated(TWO.replace(old, new))["problems"]] == [code]


def test_a_schema_that_takes_its_entities_from_others_is_used_too() -> None:
    files = {
        "a.stp": written(["#1=AXLE(#2);", "#2=SPOT(1.);"]).replace(b"MILL", b"SHORT"),
        "short.exp": b"SCHEMA short;\nUSE FROM base (point AS spot);\nENTITY axle; at : spot; END_ENTITY;\nEND_SCHEMA;",
        "base.exp": b"SCHEMA base;\nENTITY point; x : REAL;\nEND_ENTITY;\nEND_SCHEMA;\n",
    }
    found = run_probe(StepProbe, files, recognitions={"a.stp": STEP}).one("exchange.file")
    assert (found["valid"], found["checked"]) == (True, "syntax and instances")
    files["a.stp"] = files["a.stp"].replace(b"SPOT(1.)", b"AXLE(#2)")
    found = run_probe(StepProbe, files, recognitions={"a.stp": STEP}).one("exchange.file")
    assert [problem["params"]["kind"] for problem in found["problems"]] == ["AXLE"] * 2
    del files["base.exp"]
    found = run_probe(StepProbe, files, recognitions={"a.stp": STEP}).one("exchange.file")
    assert (found["valid"], found["not_checked"][0]["code"]) == (True, "instances.schema_unusable")
