"""The faces of comparisons: the scope above, why something is not comparable, and hostile text inert."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import html as parser
from markdown_it import MarkdownIt

from cpo_scan.cli.compare import compare
from cpo_scan.compare import Products, Releases, compare_products, compare_releases
from cpo_scan.compare.html import render_html
from cpo_scan.compare.markdown import render_markdown
from cpo_scan.model import Role
from cpo_scan.model.report import Deliverable, Product
from cpo_scan.report import Report
from cpo_scan.report.texts import Texts
from tests.report import hostile
from tests.report.product import findings, row

Make = Callable[..., Report]


@pytest.fixture
def both(make: Make) -> list[Releases | Products]:
    """A comparison of each kind, in which everything occurs."""

    def judged(whole: dict[str, Any]) -> None:
        next(one for one in whole["criteria"] if one["id"] == "P-2.4-01")["outcome"] = "evidenced"
        whole["measures"][0]["numerator"] = 200

    terms = Product(name="Other", version="2", deliverables=(Deliverable(id="t", role=Role.TERMS),))
    old, new = make(findings()), make(findings()[2:], judged=judged)
    return [compare_releases(old, new), compare_products([old, new, make(findings(), product=terms)])]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_code_has_words_in_both_languages(both: list[Releases | Products], words: Texts, lang: str) -> None:
    for compared in both:
        for text in (render_markdown(compared, words, lang), render_html(compared, words, lang).decode()):
            assert not re.findall(r"\b(?:compare|report)\.[a-z_]+(?:\.[a-z_]+)*\b", text)


def test_the_scope_stands_above_the_table_and_nothing_is_ranked(both: list[Releases | Products], words: Texts) -> None:
    text = render_markdown(both[1], words, "en")
    assert text.index("### Scope") < text.index("### Criteria")
    assert "terms" in text[: text.index("### Criteria")]
    assert "ranks nothing" in text
    assert "not comparable: other deliverables: docs, server and –" in text


def test_a_release_shows_what_changed(both: list[Releases | Products], words: Texts) -> None:
    text = render_markdown(both[0], words, "en")
    assert "**P-2.4-01**" in text
    assert "| inconclusive | evidenced |" in text
    assert "**gone** api.description:openapi:Parts API" in text
    assert "200 / 245" in text


def test_the_page_runs_and_fetches_nothing(both: list[Releases | Products], words: Texts) -> None:
    for compared in both:
        page = parser.fromstring(render_html(compared, words, "en"))
        assert page.xpath("//script | //link | //img | //iframe | //form") == []
        attributes = [str(value) for element in page.iter() for value in element.attrib.values()]
        assert not [value for value in attributes if value.startswith(("http", "//", "javascript"))]
        assert [value for value in attributes if value.startswith("default-src 'none'")]


def test_hostile_text_stays_text(make: Make, words: Texts) -> None:
    known, rows = hostile.known(), hostile.rows()
    old = make(rows, known=known, judged=lambda whole: whole.update(hostile.judged()))
    new = make([row("docs.set", "a", {"format": "html", "root": "a"})], known=known)
    for compared in (compare_releases(old, new), compare_products([old, new])):
        page = parser.fromstring(render_html(compared, words, "en"))
        assert page.xpath("//script | //img | //style[contains(., 'display:none')]") == []
        text = render_markdown(compared, words, "en")
        shown = parser.fromstring(MarkdownIt("commonmark").enable("table").render(text))
        assert shown.xpath("//script | //img | //a | //style") == []
        assert "\x1b" not in text
        assert "\u202e" not in text


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(compare, list(arguments))
    return done.exit_code, done.output


def test_the_command_writes_all_faces(make: Make, tmp_path: Path) -> None:
    old, new = (str(make(rows).file) for rows in (findings(), findings()[1:]))
    faces = {form: tmp_path / f"c.{form}" for form in ("json", "html", "markdown")}
    code, _ = run(old, new, *(part for form, path in faces.items() for part in ("-o", f"{form}={path}")))
    assert code == 0
    assert all(path.stat().st_size > 1_000 for path in faces.values())
    assert run("--products", old, new, old)[1].startswith("## Products beside each other")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.json"], "two reports are expected, OLD and NEW, and 1 are given"),
        (["--products", "a.json"], "--products takes 2 to 20 reports, and 1 are given"),
        (["a", "b", "-o", "pdf=x"], "-o pdf=x: FORMAT=PATH is needed; there are json, markdown, html"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], says: str) -> None:
    code, output = run(*arguments)
    assert code == 2
    assert says in output
