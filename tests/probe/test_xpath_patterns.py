"""Patterns of XPath: what the grammar allows is taken, and what another parser of it refuses is refused."""

import pytest
from elementpath.regex import RegexError, translate_pattern
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.probe.xpath_patterns import PatternRefused, check_pattern

RIGHT = [
    "", "a|b|", "^[A-Z]{2}-\\d{3,}$", "(?:a(b)*?)+?", "\\p{Lu}\\P{IsBasicLatin}\\i\\c", "[a-z-[aeiou]]", "[^-a]",
    "[a-]", "(a)(b)\\2\\1", ".*?", "a{0,3}", "\\$\\^\\-", "[\\n-\\r]", "^*", "[.^$*]", "\\.[\\]\\[]",
]  # fmt: skip
WRONG = [
    "(", "a)", "[", "[]", "a**", "*", "?", "{2}", "a{,3}", "a{3,2}", "\\", "\\x09", "\\u0041", "\\p{Xx}", "\\p{L",
    "\\1", "(a\\1)", "[z-a]", "[a-\\d]", "(?=a)", "(?<n>a)", "a|+", "[a[b]]", "\\b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", RIGHT)
def test_a_pattern_of_the_grammar_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", WRONG)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        check_pattern(pattern)


def test_white_space_is_not_there_in_an_extended_pattern() -> None:
    check_pattern("( ? : a ) { 2 , 3 }", extended=True)
    with pytest.raises(PatternRefused):
        check_pattern("a { 2 }")
    with pytest.raises(PatternRefused):
        check_pattern("[b-a] ", extended=True)


def test_nesting_has_an_end() -> None:
    check_pattern("(" * 150 + ")" * 150)
    for hostile in ("(" * 100_000, "[a-" * 100_000, "(" * 300 + ")" * 300):
        with pytest.raises(PatternRefused):
            check_pattern(hostile)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="ab-^$.*+?()[]{}\\|,:12dpsiLuI", max_size=8))
def test_nothing_is_taken_that_another_parser_refuses(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except PatternRefused:
        return
    try:
        translate_pattern(pattern)
    except RegexError:
        pytest.fail(pattern)
