"""Comments are no tokens, strings are told from code, in each of the languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.script_tokens import LANGUAGES, Kind, tokens


def words(source: str, language: str) -> list[str]:
    return [token.text for token in tokens(source, language) if token.kind is Kind.WORD]


def strings(source: str, language: str) -> list[str]:
    return [token.text for token in tokens(source, language) if token.kind is Kind.STRING]


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("javascript", "a // b\n/* c\n d */ e"),
        ("java", "a // b\n/** c */ e"),
        ("csharp", "a /// b\n/* c */ e"),
        ("lua", "a -- b\n--[[ c\n d ]] --[==[ ]] f ]==] e"),
        ("ruby", "a # b\n=begin\nc\n=end\ne"),
        ("tcl", "a\n# b \\\n c\ne"),
        ("javascript", "a /* never closed"),
        ("cpp", "a // b\n#if 0\nc d\n#else\ne"),
        ("cpp", "a\n #  if 0 // b\nc"),
    ],
)
def test_comments_are_no_tokens(language: str, source: str) -> None:
    assert words(source, language) == (["a", "e"] if "e" in source.split() else ["a"])


@pytest.mark.parametrize(
    ("language", "source", "value"),
    [
        ("javascript", r"'it\'s // no comment'", "it's // no comment"),
        ("javascript", "`two\nlines /* */`", "two\nlines /* */"),
        ("javascript", r'"\u0041\x42\n"', "AB\n"),
        ("java", '"""\nblock "quoted" // text"""', '\nblock "quoted" // text'),
        ("csharp", '@"C:\\new ""x"" // y"', 'C:\\new "x" // y'),
        ("csharp", '$"{a} // b"', "{a} // b"),
        ("cpp", r'L"a \"b\" // c"', 'a "b" // c'),
        ("cpp", 'u8R"x(a ") // b)x"', 'a ") // b'),
        ("cpp", 'R"(cut off', "cut off"),
        ("lua", "[==[ ]] -- x ]==]", " ]] -- x "),
        ("ruby", '"# no comment"', "# no comment"),
        ("ruby", "<<~EOS\n  # text\nEOS", "  # text"),
        ("tcl", r'"a # b \" c"', 'a # b " c'),
    ],
)
def test_a_string_has_its_value_and_holds_no_comment(language: str, source: str, value: str) -> None:
    assert strings(source, language) == [value]


def test_quotes_in_a_regular_expression_open_no_string() -> None:
    source = "x.replace(/[\"'/]/g, y); z = a / b / c; class A"
    assert strings(source, "javascript") == []
    assert words(source, "javascript")[-2:] == ["class", "A"]


def test_a_quote_in_a_number_opens_no_string() -> None:
    assert strings("int a = 1'000'000; f(\"b\"); int c = 0x1'F;", "cpp") == ["b"]


def test_sign_of_a_comment_inside_a_command_of_tcl_is_none() -> None:
    assert words("set colour #fff ;# white\nputs ok", "tcl") == ["set", "colour", "#fff", "puts", "ok"]


@given(st.sampled_from(LANGUAGES), st.text(alphabet="ab1 \"'`#/*-[]{}=\\\n;@$<~%EOS()", max_size=80))
def test_any_text_gives_tokens_in_order_that_stand_in_it(language: str, source: str) -> None:
    before = -1
    for token in tokens(source, language):
        assert before < token.start < len(source)
        if token.kind in (Kind.WORD, Kind.NUMBER, Kind.SIGN):
            assert source.startswith(token.text, token.start)
        before = token.start


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("opening", ['"', "'", "`", "/*", "[[", "<<EOS\n", "#", '"""', '@"', "--[["])
def test_openings_without_end_are_survived(language: str, opening: str) -> None:
    assert sum(1 for _ in tokens(opening * 20_000, language)) <= 20_000 * len(opening)
