"""Shorter ways to look at an artifact give what the plain ones give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.formats import evidence
from cpo_scan.formats.checks import _stands_after
from cpo_scan.formats.recogniser import Recogniser
from cpo_scan.probe.patterns import first_word, standard
from cpo_scan.rulebook.formats import FormatRules, load_formats
from cpo_scan.targets.content import BytesContent

RULES: FormatRules = load_formats()
WORDS = sorted(
    {
        pattern
        for row in RULES.formats
        for signature in row.signatures
        for pattern in signature.patterns
        if first_word(pattern)
    }
)
PIECES = st.sampled_from(["interface", "end", "x", " ", "\n", "{", "}", "(in ", "schema", "_", "runtimeclass", "é"])


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"\bend\s++x", b"end"),
        (r"\b(?:end|begin)", b""),
        (r"\bend|begin", b""),
        (r"(?i)\bend", b""),
        (r"end\b", b""),
        (r"\bend?", b"en"),
        (r"\bend[12]", b"end"),
    ],
)
def test_the_word_that_every_match_begins_with(pattern: str, word: bytes) -> None:
    assert first_word(pattern) == word


@given(st.sampled_from([*WORDS, r"\bend\s++x", r"\bendend", r"\bend(?:end)?+x"]), st.lists(PIECES, max_size=40))
def test_a_pattern_behind_a_word_is_found_where_it_is_found_without_looking_for_the_word(
    pattern: str, pieces: list[str]
) -> None:
    data = "".join(pieces).encode()
    found, plain = evidence._look(pattern)(data), standard(pattern).search(data)
    assert (found and (found.span(), found.groups())) == (plain and (plain.span(), plain.groups()))


@given(
    st.lists(st.sampled_from([b"{", b"<", b"%", b"#", b"a"]), max_size=30).map(b"".join),
    st.sampled_from([(b"%", (b"{", b"<")), (b"#", (b"<", b"{{"))]),
)
def test_a_sign_behind_others_is_seen_wherever_it_stands(
    text: bytes, looked_for: tuple[bytes, tuple[bytes, ...]]
) -> None:
    sign, others = looked_for
    assert _stands_after(text, sign, others) == any(other + sign in text for other in others)


def test_what_its_magic_alone_decides_is_the_same_with_and_without_a_closer_look() -> None:
    recogniser = Recogniser(RULES)
    quick = [entry for entries in recogniser._magic.values() for entry in entries if entry.enough]
    assert quick
    for entry in quick:
        for name in ("a", "a.txt", "a.step", "a.png"):
            content = BytesContent(entry.literal + b"\0" * 600)
            found = recogniser.recognise(name, content)
            hint = recogniser._names.find(name)
            looked = evidence.Evidence(content)
            row = recogniser._binary(content.head, hint, looked)
            assert row is not None
            assert found == recogniser._recognition(row, hint, looked)
