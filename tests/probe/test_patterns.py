"""One subset of patterns, the same matches on every engine, and nothing outside of it."""

import mmap
import tempfile
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cpo_scan.probe import patterns
from cpo_scan.probe.pattern_cost import fails_early
from cpo_scan.probe.pattern_syntax import parse

_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\s", r"\w", r"\n", r"\x00", "[a-c]", "K", "s"])
_QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{0,2}?"])
_ANCHORS = st.sampled_from(["", "", "", "^", "$", r"\A", r"\Z", r"\b"])


def _join(parts: list[tuple[str, str, str]]) -> str:
    return "".join(f"{before}{atom}{quantifier}" for before, atom, quantifier in parts)


_SEQUENCES = st.lists(st.tuples(_ANCHORS, _ATOMS, _QUANTIFIERS), min_size=1, max_size=4).map(_join)
_NESTED = st.recursive(
    _SEQUENCES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner, _QUANTIFIERS, inner).map(lambda parts: f"({parts[0]}){parts[1]}{parts[2]}"),
        st.tuples(inner, _QUANTIFIERS).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    ),
    max_leaves=4,
)
_PATTERNS = st.one_of(_NESTED, _NESTED.map(lambda pattern: "(?i)" + pattern))
_BYTES = st.lists(st.sampled_from(b"abcAKks01_ \n\r\0\xe9\xff"), max_size=12).map(bytes)
_TEXTS = st.text(st.sampled_from("abcAKks01_ \n\r\0é\u212a\u017f\u0660\U0001f600"), max_size=12)


def _spans(match: Any) -> Any:
    return None if match is None else [match.span(group) for group in range(len(match.groups()) + 1)]


def _agree(pattern: str, subject: Any, text: bool) -> None:
    try:
        patterns.check(pattern, text=text)
    except patterns.PatternError:
        assume(False)
    ours, theirs = patterns.fast(pattern, text=text), patterns.standard(pattern, text=text)
    for method in ("search", "match", "fullmatch"):
        assert _spans(getattr(ours, method)(subject)) == _spans(getattr(theirs, method)(subject)), method
    if theirs.match(subject[:0]) is None:
        found = [_spans(match) for match in ours.finditer(subject)]
        if all(span[0][0] < span[0][1] for span in found):
            assert found == [_spans(match) for match in theirs.finditer(subject)]


@settings(max_examples=600, deadline=None)
@given(pattern=_PATTERNS, subject=_BYTES)
def test_engines_agree_on_bytes(pattern: str, subject: bytes) -> None:
    _agree(pattern, subject, False)


@settings(max_examples=400, deadline=None)
@given(pattern=_PATTERNS, subject=_TEXTS)
def test_engines_agree_on_text(pattern: str, subject: str) -> None:
    _agree(pattern, subject, True)


@settings(max_examples=300, deadline=None)
@given(pattern=_PATTERNS, subject=_BYTES)
def test_a_possessive_mark_changes_no_match(pattern: str, subject: bytes) -> None:
    plain = pattern.replace("*+", "*").replace("++", "+").replace("?+", "?")
    try:
        patterns.check(pattern)
        patterns.check(plain)
    except patterns.PatternError:
        assume(False)
    assert _spans(patterns.standard(pattern).search(subject)) == _spans(patterns.standard(plain).search(subject))


@settings(max_examples=400, deadline=None)
@given(pattern=st.text(max_size=12))
def test_any_text_is_a_pattern_or_refused_with_one_line(pattern: str) -> None:
    try:
        patterns.check(pattern)
    except patterns.PatternError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)", r"(?<!a)b", r"(a)\1", r"(?P=a)", r"(?s).", r"a**", r"a*+*", r"\p{L}", r"\Q", r"[[:alpha:]]", r"[z-a]",
        r"(a", r"a)", r"[a", "a{1001}", r"(?:a*)*", r"^*", "é", r"(?P<a>x)(?P<a>y)", r"\z", r"\B", r"\x1", "{",
        r"a{,3}",
    ],
)  # fmt: skip
def test_what_engines_do_not_share_is_refused(pattern: str) -> None:
    with pytest.raises(patterns.PatternError):
        patterns.check(pattern)


@pytest.mark.parametrize(
    "pattern", [r"a*+a", r"(?:ab|ac)*+d", r"\w++\b", r"a++$", r"(?:a|b)*+[ac]", r"(?:a+?)?+", r"(?:c(?:|b))*+"]
)
def test_possessive_that_would_have_to_give_back_is_refused(pattern: str) -> None:
    with pytest.raises(patterns.PatternError, match="give back"):
        patterns.check(pattern)


@pytest.mark.parametrize("pattern", [r"(?:a+)+$", r"(?:a|a*b)+", r"(?:[ab]+c?)+d", r"(?:a|ab|b)*", r"(?:a?a){2,9}"])
def test_loop_that_can_match_in_several_ways_is_refused(pattern: str) -> None:
    with pytest.raises(patterns.PatternError):
        patterns.check(pattern)


def test_quoted_strings_match_with_escapes() -> None:
    found = patterns.compile(r'"((?:[^"\\]|\\.)*+)"').search(b'x "a\\"b" "c"')
    assert found is not None
    assert found.group(1) == b'a\\"b'


def test_mapped_bytes_are_searched_in_place() -> None:
    with tempfile.TemporaryFile() as stream:
        stream.write(b"xx aab")
        stream.flush()
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            found = patterns.compile(r"(a+)b").search(mapped)
            assert found is not None
            assert found.span(1) == (3, 5)
            del found


def test_lone_surrogates_are_text_too() -> None:
    found = patterns.compile("a+", text=True).search("\ud800aa")
    assert found is not None
    assert found.span() == (1, 3)


@settings(max_examples=60, deadline=None)
@given(
    pattern=st.sampled_from([r"[ab]+", r"a[\w.]*+", r"\bK\w*", r"(a)|(b+?)", r"(?i)k{1,3}", r"[^\n]+", r"^.", r"a$|b"]),
    piece=st.lists(st.sampled_from(b"abcAKks01_ \n\r\0"), min_size=1, max_size=12).map(bytes),
    gap=st.sampled_from([b"", b"-" * 40, b"-" * 3000]),
    text=st.booleans(),
)
def test_matches_stay_the_same_where_the_engine_changes_on_the_way(
    pattern: str, piece: bytes, gap: bytes, text: bool
) -> None:
    data = (piece + gap) * (9000 // len(piece + gap) + 9)
    subject = data.decode() if text else data
    ours, theirs = patterns.compile(pattern, text=text), patterns.standard(pattern, text=text)
    assert [_spans(match) for match in ours.finditer(subject)] == [_spans(match) for match in theirs.finditer(subject)]


@pytest.mark.parametrize(
    ("pattern", "early"),
    [
        (r"[A-Za-z_][\w.]*+", True),
        (r"(?:get|set)\w+", True),
        (r"a{0,20}b", True),
        (r"(?:ab){0,1000}b", False),
        (r'"[^"]*+"', False),
        (r"\w+\b", False),
        (r"(?:a|b[^c]*c)x", False),
    ],
)
def test_whether_a_try_can_fail_late_is_told_from_the_pattern(pattern: str, early: bool) -> None:
    assert fails_early(parse(pattern, False)) is early


def test_start_is_that_of_the_subject_wherever_the_search_begins() -> None:
    for pattern in (patterns.compile(r"\Ab"), patterns.standard(r"\Ab")):
        assert pattern.search(b"ab", 1) is None
