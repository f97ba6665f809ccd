"""Criterion rules: what is allowed, what is refused, and that two corners decide them exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.rulebook.expressions import DEPTH_LIMIT, LENGTH_LIMIT, ExpressionError, parse_rule


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("m.A.value >= 0.8", {("A", "value"): "up"}),
        ("0.8 <= m.A.value", {("A", "value"): "up"}),
        ("m.A.value < p.most", {("A", "value"): "down"}),
        ("!(m.A.value < 0.2)", {("A", "value"): "up"}),
        ("!!(m.A.value > 1) && m.B.numerator <= 0", {("A", "value"): "up", ("B", "numerator"): "down"}),
        ("m.A.numerator > m.B.numerator", {("A", "numerator"): "up", ("B", "numerator"): "down"}),
        ("true || m.A.denominator >= 1", {("A", "denominator"): "up"}),
    ],
)
def test_directions_are_read_from_the_expression(text: str, directions: dict[tuple[str, str], str]) -> None:
    assert parse_rule(text).directions == directions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m.A.value",
        "m.A.value == 1",
        "m.A.value != 1",
        "m.A.value >= ",
        "m.A.size >= 1",
        "m['A'].value >= 1",
        "1 < 2",
        "p.a < p.b",
        "[1, 2].all(x, x > 0)",
        "has(m.A)",
        "m.A.value.matches('(a+)+$')",
        "m.A.value + 1 >= 2",
        "m.A.value >= 1 ? true : false",
        "m.A.value >= 0.1 && m.A.value <= 0.9",
        "m.A.value >= 1 m.B.value >= 1",
        "m.A.value >= 1e999",
        "m.A.value >= 1.",
        "m.A.value >= 01",
        "(m.A.value >= 1",
        "m.A.value >= 1)",
        "trueish",
        "m.A.value >= 'x'",
        "m.A.value >= 1 // comment",
        "m.A.value >= 1 & true",
        "x" * (LENGTH_LIMIT + 1),
        "(" * (DEPTH_LIMIT + 1) + "true" + ")" * (DEPTH_LIMIT + 1),
        "!" * (DEPTH_LIMIT + 2) + "true",
    ],
)
def test_everything_else_is_refused_with_one_line(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_rule(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60) | st.text(alphabet="mpAv.()!&|<>=019 truefalse", max_size=60))
def test_any_text_is_a_rule_or_an_expression_error(text: str) -> None:
    try:
        rule = parse_rule(text)
    except ExpressionError:
        return
    assert isinstance(rule.holds({measure: {} for measure in rule.measures}, dict.fromkeys(rule.parameters, 1.0)), bool)


@pytest.mark.parametrize("text", ["m.A.value >= 0.8", "!(m.A.value < 0.8)", "m.A.value <= 0.8"])
def test_a_value_that_is_null_does_not_hold(text: str) -> None:
    assert parse_rule(text).holds({"A": {"value": None}}, {}) is False


@pytest.mark.parametrize("text", ["m.A.value >= 0.8 || m.B.numerator >= 1", "m.B.numerator >= 1 || m.A.value >= 0.8"])
def test_null_does_not_hide_what_another_measure_shows(text: str) -> None:
    assert parse_rule(text).holds({"A": {"value": None}, "B": {"numerator": 1}}, {})


_NUMBERS = st.sampled_from([0, 1, 2, 3])


@st.composite
def _rules(draw: st.DrawFn) -> str:
    def part(depth: int) -> str:
        if depth == 0 or draw(st.booleans()):
            measure = draw(st.sampled_from("AB"))
            return f"m.{measure}.numerator {draw(st.sampled_from(['>=', '<', '>', '<=']))} {draw(_NUMBERS)}"
        if draw(st.integers(0, 3)) == 0:
            return f"!({part(depth - 1)})"
        return f"({part(depth - 1)} {draw(st.sampled_from(['&&', '||']))} {part(depth - 1)})"

    return part(3)


@given(_rules(), _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
def test_two_corners_decide_every_point_between(text: str, a: int, b: int, more_a: int, more_b: int) -> None:
    try:
        rule = parse_rule(text)
    except ExpressionError:
        return  # a field in both directions

    def corner(best: bool) -> bool:
        measures: dict[str, dict[str, float | None]] = {}
        for (name, field), direction in rule.directions.items():
            low, high = (a, a + more_a) if name == "A" else (b, b + more_b)
            measures[name] = {field: high if (direction == "up") is best else low}
        return rule.holds(measures, {})

    between = [
        rule.holds({"A": {"numerator": x}, "B": {"numerator": y}}, {})
        for x in range(a, a + more_a + 1)
        for y in range(b, b + more_b + 1)
    ]
    assert corner(best=False) is all(between)
    assert corner(best=True) is any(between)
