"""Documents are written while their long lists are made."""

import io
import json
from collections.abc import Iterator

from hypothesis import given as examples
from hypothesis import strategies as st

from cpo_scan.report.jsonstream import given, write_json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def written(document: dict[str, object]) -> bytes:
    out = io.BytesIO()
    write_json(document, out)
    return out.getvalue()


@examples(st.dictionaries(st.text(max_size=5), PLAIN, max_size=5))
def test_what_is_written_is_what_was_given(document: dict[str, object]) -> None:
    assert json.loads(written(document)) == document


@examples(st.lists(PLAIN, min_size=1, max_size=5))
def test_an_iterator_is_written_as_the_list_of_its_rows(rows: list[object]) -> None:
    assert json.loads(written({"a": {"rows": iter(rows)}})) == {"a": {"rows": rows}}


def test_a_list_that_would_be_empty_is_left_out() -> None:
    assert json.loads(written({"a": 1, "rows": iter(()), "b": [{"rows": iter(())}]})) == {"a": 1, "b": [{}]}


def test_rows_are_written_before_the_next_one_is_made() -> None:
    out = io.BytesIO()
    seen: list[int] = []

    def rows() -> Iterator[dict[str, int]]:
        for number in range(3):
            seen.append(len(out.getvalue()))
            yield {"n": number}

    write_json({"rows": rows()}, out)
    assert seen == sorted(set(seen))


def test_members_that_say_nothing_are_left_out() -> None:
    assert given(a_b=1, class_="x", none=None, text="", rows=[], false=False, zero=0, all={}) == {
        "a-b": 1,
        "class": "x",
        "false": False,
        "zero": 0,
        "all": {},
    }
