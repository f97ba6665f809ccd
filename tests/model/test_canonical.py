"""Canonical bytes are those of RFC 8785, held against an implementation that is not ours."""

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.model import Locator, Strength
from cpo_scan.model.canonical import canonical

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9).map(lambda value: round(value, 6))
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_canonical_bytes_are_those_of_the_rfc(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(_VALUES)
def test_canonical_bytes_of_what_was_read_back_are_the_same(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 / 3, b"0.333333"),
        (1.0, b"1"),
        (-0.0, b"0"),
        (0.000001, b"0.000001"),
        (0.00000049, b"0"),
        (2**53 + 1, b'"9007199254740993"'),
        ("a\ud800b", '"a\ufffdb"'.encode()),
        ({"z": 1, "a": {"c": (1, 2), "b": Strength.NAMED}}, b'{"a":{"b":"named","c":[1,2]},"z":1}'),
        (Locator(line=3), b'{"line":3}'),
        ({"\U0001f600": 1, "\uffff": 2}, '{"\U0001f600":1,"\uffff":2}'.encode()),
    ],
)
def test_what_stands_in_a_report(value: Any, expected: bytes) -> None:
    assert canonical(value) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, {1: 2}, object()])
def test_what_has_no_place_in_a_report_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"place in a report|must be a string"):
        canonical(value)
