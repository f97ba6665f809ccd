"""Rules in words: the same comparisons, the thresholds beside them, and no expression that a reader has to decode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.report.spoken import spoken
from cpo_scan.rulebook.book import load_rulebook
from tests.report.product import stand_in_texts

TEXTS = stand_in_texts()


def said(rule: str, lang: str = "en", **limits: float) -> str:
    return spoken(rule, limits, lambda name: f"T {name}", TEXTS, lang)


@pytest.mark.parametrize(
    ("rule", "en", "de"),
    [
        (
            "m.K26.value >= p.share",
            "the share in “T K26” is at least 80 %",
            "der Anteil bei „T K26“ ist mindestens 80 %",
        ),
        ("m.K16.numerator >= 4", "“T K16” is at least 4", "„T K16“ ist mindestens 4"),
        ("3 < m.A.numerator", "“T A” is more than 3", "„T A“ ist größer als 3"),
        ("m.A.denominator >= 1", "there is something to measure in “T A”", "bei „T A“ gibt es etwas zu messen"),
        ("m.A.denominator >= p.one", "there is something to measure in “T A”", "bei „T A“ gibt es etwas zu messen"),
        ("m.A.value <= 0", "the share in “T A” is at most 0 %", "der Anteil bei „T A“ ist höchstens 0 %"),
        ("m.A.numerator > m.B.numerator", "“T A” is more than “T B”", "„T A“ ist größer als „T B“"),
        ("true", "always", "immer"),
        (
            "(m.A.numerator >= 1 && !(m.B.numerator < 2)) || m.C.numerator >= 1",
            "(“T A” is at least 1 and not (“T B” is less than 2)) or “T C” is at least 1",
            "(„T A“ ist mindestens 1 und nicht („T B“ ist kleiner als 2)) oder „T C“ ist mindestens 1",
        ),
    ],
)
def test_rules_are_said_in_both_languages(rule: str, en: str, de: str) -> None:
    assert said(rule, share=0.8, one=1) == en
    assert said(rule, "de", share=0.8, one=1) == de


def test_a_threshold_that_an_older_report_does_not_state_is_called_by_its_name() -> None:
    assert said("m.A.value >= p.described_operations") == "the share in “T A” is at least described operations"


def test_every_rule_of_the_default_profile_reads_without_an_expression() -> None:
    book = load_rulebook()
    for binding in book.profile.criteria.values():
        for rule in (binding.evidenced, binding.against, binding.inconclusive):
            if rule is not None:
                words = spoken(rule.text, book.profile.parameters, lambda name: f"T {name}", TEXTS, "en")
                assert not set("&|=<>_") & set(words), words


@given(st.text(max_size=80))
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert isinstance(said(text), str)
