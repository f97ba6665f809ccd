"""The page: whole, offline, in both languages, and inert whatever the tree says."""

import hashlib
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from lxml import html as markup

from cpo_scan.model import Strength
from cpo_scan.model.report import Facts, Product, Tool
from cpo_scan.report import Report
from cpo_scan.report.html import Limits, anchor, render_html
from cpo_scan.report.texts import Texts
from tests.report import hostile
from tests.report.product import assessment, findings, row

Make = Callable[..., Report]


def parsed(page: str | bytes) -> Any:
    """The tree of a page or of a part of it."""
    return markup.fromstring(page)


def words(tree: Any, lang: str) -> str:
    """The text that a reader of one language sees."""
    for one in tree.xpath(f"//script|//style|//*[contains(@class, 't') and @class='t' and @lang!='{lang}']"):
        one.drop_tree()
    return " ".join(tree.text_content().split())


@pytest.fixture
def page(make: Make, texts: Texts) -> str:
    return render_html(make(), texts, "en").decode()


def test_first_screen_says_what_it_is_and_what_it_is_not(page: str) -> None:
    text = words(parsed(page), "en")
    for said in ("Open PLM", "7.2.1", "Example AG", "Not a certificate.", "The catalogue is provisional",
                 "scope: 2 of 3 deliverables", "3 of 10 mandatory criteria decided by machine", "2026-11-22 09:04 UTC",
                 "E. Auditor @ audit-7", "lost (errors, limits)"):  # fmt: skip
        assert said in text
    assert "score" not in text.replace("There is no overall score.", "")


def test_both_languages_are_inside(page: str) -> None:
    german = words(parsed(page), "de")
    for said in ("Kein Zertifikat.", "gegenteilige Belege", "Muss", "182 von 245 Operationen", "74,3 %"):
        assert said in german
    assert "Not a certificate" not in german
    assert 'lang="de"' in page


def test_without_a_description_of_the_product_the_scope_is_the_given_files(make: Make, texts: Texts) -> None:
    unnamed = make(None, Facts(tool=Tool(version="1"), product=Product()))
    assert "scope: only the given files" in words(parsed(render_html(unnamed, texts, "en")), "en")


def test_five_gaps_lead_to_their_criteria(page: str) -> None:
    tree = parsed(page)
    links = tree.xpath("//ol[@class='gaps']//a/@href")
    assert len(links) == 5
    assert links[0] == "#P-2.4-01"
    for link in links:
        assert len(tree.xpath(f"//details[@id='{link[1:]}']")) == 1


def test_every_criterion_has_its_why_and_what_to_do(page: str, make: Make) -> None:
    tree = parsed(page)
    criteria = tree.xpath("//details[contains(@class, 'crit')]")
    assert [one.get("id") for one in criteria] == [one["id"] for one in make().assessment["criteria"]]
    for one in criteria:
        text = words(parsed(markup.tostring(one)), "en")
        assert "Why" in text
        assert "What to do" in text


def test_measures_show_both_lists_and_evidence_its_place(page: str) -> None:
    one = parsed(markup.tostring(parsed(page).xpath("//details[@id='P-2.4-01']")[0]))
    text = words(one, "en")
    for said in ("182 / 245 = 74.3 % (70 % … 79 %)", "Counted: 2", "Not counted: 2", "no description: GET /jobs",
                 "server/api/parts.yaml", "line 12, /paths", "openapi: 3.1.0",
                 "Unknown origin, shown apart: 3 of 4"):  # fmt: skip
        assert said in text


def test_registered_reads_registered_not_exercised(page: str) -> None:
    assert "registered, not exercised" in words(parsed(page), "en")


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    tree = parsed(page)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for link in tree.xpath("//a/@href"):
        assert link.startswith("#")
        assert link[1:] in ids


def test_nothing_is_asked_from_outside(page: str) -> None:
    assert not re.search(r"(?:https?:)?//[a-z]|@import|url\(", re.sub(r"<code.*?</code>", "", page, flags=re.S))
    assert not parsed(page).xpath("//@src|//link|//iframe|//object|//form|//@style|//base")


def test_policy_allows_only_our_own_style_and_script(page: str) -> None:
    tree = parsed(page)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for one in tree.xpath("//style|//script[not(@type='application/json')]"):
        digest = b64encode(hashlib.sha256(one.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not [name for one in tree.iter() for name in one.attrib if name.startswith("on")]


def test_hostile_text_is_text(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    page = render_html(report, texts, "en").decode()
    tree = parsed(page)
    assert [one.get("type") for one in tree.xpath("//script")] == ["application/json", None]
    listed = json.loads(tree.xpath("//script")[0].text)["rows"]
    assert any("<script>window.owned=1</script>" in cell for row in listed for cell in row), "as text, in data"
    assert len(tree.xpath("//style")) == 2
    assert not tree.xpath("//img")
    assert "{{ 7 * 7 }}" in tree.text_content()
    content = page.replace("\n", "").replace("\t", "")
    assert content.isprintable(), sorted({sign for sign in content if not sign.isprintable()})


def test_hostile_ids_are_safe_places() -> None:
    assert anchor("P-2.4-01") == "P-2.4-01"
    assert anchor("main") == "C-main"
    assert anchor('a" onclick="x') == "C-a_22__20_onclick_3d__22_x"
    assert anchor("a b") != anchor("a_b")


def test_long_lists_are_cut_and_say_so(make: Make, texts: Texts) -> None:
    many = [row("docs.set", f"d{number}/i.html", {"format": "html", "root": f"d{number}"}) for number in range(40)]
    limits = Limits(table=10, artifacts=10)
    text = words(parsed(render_html(make(many), texts, "en", limits)), "en")
    assert text.count("More in the JSON report: 30") == 2


def test_the_list_of_findings_has_a_fair_part_of_each_kind(make: Make, texts: Texts) -> None:
    many = [row("docs.set", f"d{number}/i.html", {"format": "html", "root": f"d{number}"}) for number in range(60)]
    rows = [*many, *[row("component", f"{name}.jar", {"name": name}) for name in "abc"]]
    tree = parsed(render_html(make(rows), texts, "en", Limits(listed=20)))
    listed = json.loads(tree.xpath("//script[@id='f-data']")[0].text)["rows"]
    assert Counter(one[0] for one in listed) == {"component": 3, "docs.set": 17}
    assert "20 of 63 findings are listed here" in words(tree, "en")


def test_rules_are_said_in_words_with_their_thresholds(make: Make, texts: Texts) -> None:
    judged = assessment(findings())
    rule = {"rule": "m.operations_described.value >= p.share", "limits": {"share": 0.8}}
    judged["criteria"][0]["rationale"] = [{"code": "test.rule", "params": rule}]
    page = render_html(make(judged=judged), texts, "en").decode()
    assert "the share in “operations_described (operations_described)” is at least 80 %" in page
    assert "der Anteil bei „operations_described (operations_described)“ ist mindestens 80 %" in page
    assert "m.operations_described.value &gt;= p.share" in page, "and as the profile writes it"


def test_every_section_that_the_navigation_names_is_there_and_named(page: str) -> None:
    tree = parsed(page)
    links = tree.xpath("//nav/a/@href")
    assert {"#exits", "#horizon", "#findings", "#exchange"} <= set(links)
    for link in links:
        section = tree.xpath(f"//*[@id='{link[1:]}']")[0]
        assert tree.xpath(f"//*[@id='{section.get('aria-labelledby')}']")[0].text_content().strip()


def test_same_report_gives_the_same_page(make: Make, texts: Texts) -> None:
    report = make()
    assert render_html(report, texts, "de") == render_html(report, texts, "de")


def test_headings_have_no_gap_and_tables_have_headers(page: str) -> None:
    tree = parsed(page)
    assert len(tree.xpath("//h1")) == 1
    levels = [int(one.get("aria-level") or one.tag[1]) for one in tree.xpath("//h1|//h2|//h3|//h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in tree.xpath("//table"):
        assert table.xpath(".//th[@scope]")
    for landmark in ("//main", "//nav[@aria-label]", "//footer"):
        assert tree.xpath(landmark)


def test_interfaces_that_code_declares_are_no_descriptions(make: Make, words: Texts) -> None:
    attributes = {
        "family": "openapi", "framework": "fastapi", "interface": "http", "described": False,
        "description_shipped": False, "endpoints": 65, "documented_endpoints": 0, "undocumented_endpoints": 65,
    }  # fmt: skip
    declared = row("api.description", "app/routes.py", attributes, Strength.NAMED)
    page = markup.fromstring(render_html(make([declared]), words, "en"))
    part = page.find(".//section[@id='interfaces']")
    assert part is not None
    assert part.find(".//table") is None
    said = " ".join("".join(map(str, part.itertext())).split())
    assert "No machine-readable interface description was seen." in said
    assert "Code and configuration declare 65 interfaces; of 65 no shipped description tells" in said
