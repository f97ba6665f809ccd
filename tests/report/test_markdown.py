"""The summary for pull requests: readable, and inert whatever the tree says."""

from collections.abc import Callable

from lxml import html as markup
from markdown_it import MarkdownIt

from cpo_scan.report import Report
from cpo_scan.report.markdown import code, prose, render_markdown
from cpo_scan.report.texts import Texts
from tests.report import hostile

Make = Callable[..., Report]


def test_summary_has_the_counts_the_gaps_and_the_caution(make: Make, texts: Texts) -> None:
    text = render_markdown(make(), texts, "en")
    for said in ("## Open PLM 7.2.1", "Not a certificate", "3 of 10 mandatory criteria", "mandatory, reported",
                 "1. 🟡 **P-2.4-01 Offered interfaces are documented comprehensibly**",
                 "STEP (ISO 10303)"):  # fmt: skip
        assert said in text
    assert "gegenteilige Belege" in render_markdown(make(), texts, "de")


def test_tables_have_as_many_cells_in_every_row(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    block: list[int] = []
    for line in [*render_markdown(report, texts, "en").split("\n"), ""]:
        if line.startswith("|"):
            block.append(line.replace("\\|", "").count("|"))
        else:
            assert len(set(block)) <= 1
            block = []


def test_hostile_text_makes_no_markup(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    text = render_markdown(report, texts, "en")
    rendered = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(text)
    tags = {one.tag for one in markup.fromstring(f"<div>{rendered}</div>").iter() if isinstance(one.tag, str)}
    assert tags <= {"div", "h2", "h3", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "ol", "li",
                    "sub", "code", "details", "summary", "blockquote"}  # fmt: skip
    assert "@octocat" not in text
    assert "https://evil" not in text
    assert text.replace("\n", "").isprintable()


def test_prose_reads_as_it_was() -> None:
    renderer = MarkdownIt("commonmark", {"html": True})
    for text in ("a_b_c * [x](y) <b> #1 & `c` | ~ \\", "1 < 2", "plain"):
        shown = renderer.render("x " + prose(text))
        assert "<em>" not in shown
        assert "<a" not in shown


def test_code_spans_hold_any_backticks() -> None:
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("a|b") == "`a\\|b`"
    assert code("") == ""
