"""Names and labels taken apart: where a word ends, in ASCII and in every other alphabet alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.names.label_words import _words_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Max3DSLoader", ["Max", "3DS", "Loader"]),
        ("read_ssd", ["read", "ssd"]),
        ("DAELoader", ["DAE", "Loader"]),
        ("STEP with colors (*.step *.stp)", ["STEP", "with", "colors", "step", "stp"]),
        ("AP242", ["AP", "242"]),
        ("Zeichnungs\u00dcbersicht", ["Zeichnungs", "\u00dcbersicht"]),
        ("", []),
    ],
)
def test_a_word_ends_where_a_reader_of_code_would_end_it(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(st.sampled_from("abYZ19_ -.:\u00e4\u00dc"), max_size=12) | st.text(max_size=12))
def test_words_in_ascii_are_those_of_the_rule_for_every_alphabet(text: str) -> None:
    assert words_of(text) == _words_of(text)
