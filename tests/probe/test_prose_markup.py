"""Running text out of markup: what is text, what is hidden, what a tag is, and that lines keep their numbers."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import prose_markup
from cpo_scan.probe.phrases import dense, plain_words, qualified_words
from cpo_scan.probe.prose import Prose
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_tags import DOCBOOK, HTML

PIECES = [
    *("<p>", "</p>", "<a href='x.html'>", '<a class="el" href="y.html#z">', "</a>", '<tr class="even">', "<br/>"),
    *("<h1>", "</h1>", "<pre>", "</pre>", "<title>", "</title>", "<nav>", "</nav>", "<script>", "</script>", "<SVG >"),
    *("</svg>", "<!--", "-->", "<![CDATA[", "]]>", "<3", "<>", "</>", "<!DOCTYPE a>", "&lt;", "&#10;", "\n", "<", ">"),
    *('"', "-", "/", " of words ", "\u6f22\u5b57", "<section>", "</section>", "<indexterm>", "</indexterm>"),
]


def html(text: str) -> Prose:
    return read_markup(text, HTML)


def words(prose: Prose) -> str:
    return " ".join(prose.text.split())


def test_comments_and_what_stands_in_them_are_no_text() -> None:
    assert words(html("one <!-- two > <p>three</p> --> four <!-- five -> six --->seven")) == "one four seven"


@pytest.mark.parametrize("name", ["script", "STYLE", "Svg", "noscript", "template"])
def test_elements_that_nobody_sees_are_no_text(name: str) -> None:
    assert words(html(f"one <{name} a='b'>two <b>three</b> </{name.upper()} >four")) == "one four"


def test_elements_that_are_closed_at_once_or_called_alike_hide_nothing() -> None:
    assert words(html("one <script/>two <scripts>three <script-x>four <script:x>five")) == "one two three four five"


@pytest.mark.parametrize("opened", ["<!-- ", "<script>", "<style>a { b: c } <i>"])
def test_what_is_never_closed_hides_the_rest(opened: str) -> None:
    prose = html(f"one {opened} two\nthree")
    assert words(prose) == "one"
    assert prose.text.count("\n") == 1


def test_markup_that_ends_within_a_tag_ends_before_it() -> None:
    assert words(html("one <b>two</b> three <a href='x.html")) == "one two three"


def test_a_sign_that_begins_no_tag_is_text() -> None:
    assert words(html("if a <3 and b> 5 then &lt;p&gt;")) == "if a <3 and b> 5 then <p>"


def test_words_of_links_code_and_title_are_told_apart_from_running_ones() -> None:
    prose = html("<title>My title</title>some running words <a href='a'>linked ones</a><pre>int main</pre> and more")
    assert prose.face is not None
    assert (prose.face.words, prose.face.linked_words) == (5, 2)
    assert words(prose) == "My title some running words linked ones int main and more"
    assert "int main" not in prose.face.bare
    assert "running words" in prose.face.bare


def test_links_and_places_stand_in_the_order_of_the_page() -> None:
    prose = html(
        '<a name="top"></a><a class="el" href="b.html">b</a><area alt="x" href="c.html"><p id="end"></p>'
        '<a class="el" href="a.html" id="last">a</a><a class="el" href="b.html">b</a>'
    )
    assert prose.links == ("b.html", "c.html", "a.html")
    assert prose.anchors == ("top", "end", "last")


def test_sections_of_characters_are_text_in_xml_and_markup_in_html() -> None:
    assert words(read_markup("<para>a <![CDATA[<b> &amp; c]]> d</para>", DOCBOOK)) == "a <b> &amp; c d"
    assert words(html("a <![CDATA[<b> c]]> d")) == "a c]]> d"


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_lines_of_the_text_are_those_of_the_page(pieces: list[str]) -> None:
    page = "".join(pieces) + "<p>"  # whatever ends within a tag is left out with its lines
    for dialect in (HTML, DOCBOOK):
        prose = read_markup(page, dialect)
        assert prose.text.count("\n") == page.count("\n")
        assert all(0 < heading.at <= len(prose.text) for heading in prose.headings)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_how_many_tags_are_looked_at_together_changes_nothing(pieces: list[str]) -> None:
    page = "".join(pieces)
    for dialect in (HTML, DOCBOOK):
        at_once = read_markup(page, dialect)
        with patch.object(prose_markup, "_MOST_TAGS", 3):
            assert read_markup(page, dialect) == at_once


@pytest.mark.parametrize("part", ["<", "<!--", "<script>", "<script ", "<p", "<![CDATA[", "<pre>", "</a>", "<a id=x>"])
def test_a_hundred_thousand_of_anything_take_no_time_to_speak_of(part: str) -> None:
    for dialect in (HTML, DOCBOOK):
        assert read_markup(part * 100_000, dialect).lined


def test_words_of_a_text_are_parted_by_signs_of_any_script() -> None:
    assert plain_words("Ein\u00a0Wort\u2029noch\u2014eins, \u201ezwei\u201c gr\u00f6\u00dfer a_b") == (
        " ein wort noch eins zwei gr\u00f6\u00dfer a_b "
    )


def test_only_scripts_without_spaces_are_dense() -> None:
    assert not dense("plain") and not dense("block\u2029\u00a0end") and not dense("gr\u00f6\u00dfer \u2192 \u2026")
    assert dense("\u6f22\u5b57") and dense("block\u2029\u0e01")


def test_names_of_programs_keep_the_signs_between_their_parts() -> None:
    assert qualified_words("see org.example.Reader$Inner. Use acme-tools, 3d+ x_1--") == {
        *("see", "org.example.Reader$Inner", "Use", "acme-tools", "d", "x_1"),
    }
