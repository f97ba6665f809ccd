"""Nothing unseen, nothing that steers a terminal or turns the direction of a line."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.report.inert import visible
from tests.report import hostile


def test_controls_and_direction_overrides_are_shown_as_what_they_are() -> None:
    assert visible("a\u202eb\x1b[2J\n\x9b") == "a\\u202eb\\x1b[2J\\x0a\\x9b"
    assert visible("\U000e0041") == "\\U000e0041"


def test_honest_text_stays_as_it_is() -> None:
    for text in ("Größe", "部品表", "می\u200cخواهم", "e\u0301", "שלום", "🙂", "a b"):
        assert visible(text) == text


@given(st.text())
def test_no_control_or_format_character_is_left(text: str) -> None:
    for sign in visible(text):
        assert unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp"), repr(sign)
        assert unicodedata.bidirectional(sign) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def test_hostile_text_is_one_line() -> None:
    assert visible(hostile.ALL).isprintable()
