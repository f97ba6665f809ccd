"""The page in a real Chromium: it filters, switches, links and prints, asks for nothing, and obeys no hostile text."""

import base64
import io
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from cpo_scan.report import Report
from cpo_scan.report.audience import View, seen_by
from cpo_scan.report.html import render_html
from cpo_scan.report.texts import Texts
from tests.report import hostile
from tests.report.axe import violations
from tests.report.browser import CHROMIUM, DRIVER, INSTALL, Browser, browser
from tests.report.product import findings, row

Make = Callable[..., Report]
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=f"needs Chromium and its driver: {INSTALL}")
SHOWN = "return [...document.querySelectorAll('details.crit')].filter(e => e.checkVisibility()).map(e => e.id)"

OPEN_ONE_OF_EACH_OUTCOME = """
const seen = new Set();
for (const one of document.querySelectorAll('details')) {
  if (one.matches('.crit') && one.id !== 'P-2.4-01' && seen.has(one.dataset.outcome)) continue;
  seen.add(one.dataset.outcome);
  one.open = true;
}
"""


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(make: Make, texts: Texts, tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    file.write_bytes(render_html(make(), texts, "en"))
    return file


def test_page_opens_without_a_complaint_and_without_a_request(window: Browser, page: Path) -> None:
    window.open(page)
    assert window.log() == []
    assert window.run("return performance.getEntriesByType('resource').length") == 0
    assert window.run("return getComputedStyle(document.querySelector('.card')).borderTopLeftRadius") != "0px"


def test_language_switch_changes_every_text(window: Browser, page: Path) -> None:
    window.open(page)
    # innerText leaves out what the browser has not drawn yet
    window.run("for (const one of document.querySelectorAll('.part')) one.style.contentVisibility = 'visible'")
    assert "Not a certificate." in window.run("return document.body.innerText")
    window.run("document.querySelector('[data-lang=de]').click()")
    text = window.run("return document.body.innerText")
    assert "Kein Zertifikat." in text
    assert "Not a certificate." not in text
    assert window.run("return document.title") == "Open PLM – Nachweisbericht zur Offenheit"
    assert window.run("return document.getElementById('search').placeholder").startswith("Kriterien")
    assert window.run("return document.documentElement.lang") == "de"
    window.run("document.querySelector('[data-lang=en]').click()")


def test_filters_by_word_outcome_and_obligation(window: Browser, page: Path) -> None:
    window.open(page)
    every = window.run(SHOWN)
    assert len(every) == 51
    window.run("document.querySelector('[data-only=contradicted]').click()")
    assert window.run(SHOWN) == ["P-2.1-03"]
    window.run("document.getElementById('reset').click()")
    assert window.run(SHOWN) == every
    window.run(
        "const s = document.getElementById('search'); s.value = 'parts.yaml'; s.dispatchEvent(new Event('input'))"
    )
    window.wait("setTimeout(arguments[0], 300)")
    assert window.run(SHOWN) == ["P-2.4-01"]
    window.run("document.getElementById('reset').click()")
    window.run(
        "const o = document.getElementById('obligation'); o.value = 'optional'; o.dispatchEvent(new Event('change'))"
    )
    assert set(window.run(SHOWN)) < set(every)
    assert window.run("return document.getElementById('shown').textContent").endswith("/ 51")


def test_a_deep_link_opens_its_criterion(window: Browser, page: Path) -> None:
    window.open(page, "#P-2.4-01")
    assert window.run("return document.getElementById('P-2.4-01').open")
    top = window.run("return document.getElementById('P-2.4-01').getBoundingClientRect().top")
    assert 0 <= top < 200
    window.run("document.querySelector('.gaps li:nth-child(2) a').click()")
    assert window.run("return document.getElementById('P-2.1-03').open")


def test_keyboard_goes_from_criterion_to_criterion(window: Browser, page: Path) -> None:
    window.open(page)
    window.keys("jj")
    assert window.run("return document.activeElement.parentElement.id") == "P-2.1-02"
    window.keys("k")
    assert window.run("return document.activeElement.parentElement.id") == "P-2.1-01"
    window.keys("/")
    assert window.run("return document.activeElement.id") == "search"


def test_theme_switch_changes_the_theme(window: Browser, page: Path) -> None:
    window.open(page)
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = window.run(ground)
    window.run("document.getElementById('theme').click()")
    assert window.run(ground) != before
    window.run("document.getElementById('theme').click()")
    assert window.run(ground) == before


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("de", "dark")])
def test_axe_finds_no_violation_in_both_languages_and_themes(
    window: Browser, page: Path, lang: str, theme: str
) -> None:
    window.open(page, f"?lang={lang}")
    window.run("document.documentElement.dataset.theme = arguments[0]", theme)
    window.run(OPEN_ONE_OF_EACH_OUTCOME)
    assert violations(window) == []


@pytest.mark.parametrize("view", [View.VENDOR, View.CUSTOMER])
def test_axe_finds_no_violation_in_the_other_views(
    window: Browser, make: Make, texts: Texts, tmp_path: Path, view: View
) -> None:
    file = tmp_path / "view.html"
    file.write_bytes(render_html(seen_by(make(), view), texts, "en"))
    window.open(file)
    assert violations(window) == []
    assert window.log() == []


def test_findings_are_searched_and_turned_over_page_by_page(
    window: Browser, make: Make, texts: Texts, tmp_path: Path
) -> None:
    rows = [row("component", f"lib/part-{number}.jar", {"name": f"part-{number}"}) for number in range(120)]
    file = tmp_path / "many.html"
    file.write_bytes(render_html(make([*rows, *findings()]), texts, "en"))
    window.open(file)
    lines, page = (
        "return document.querySelectorAll('#f-rows tr').length",
        "return document.getElementById('f-page').textContent",
    )
    assert window.run(lines) == 50
    assert window.run("return document.getElementById('f-before').disabled")
    window.run("document.getElementById('f-next').click()")
    assert window.run(page).startswith("51 to 100 of ")
    window.run(
        "const k = document.getElementById('f-kind'); k.value = 'component'; k.dispatchEvent(new Event('change'))"
    )
    window.run(
        "const s = document.getElementById('f-search'); s.value = 'PART-11'; s.dispatchEvent(new Event('input'))"
    )
    assert window.run(page) == "1 to 11 of 11"
    window.run("document.querySelector('[data-lang=de]').click()")
    assert window.run(page) == "1 bis 11 von 11"
    assert "Hersteller" in window.run("return document.getElementById('f-rows').textContent")
    window.run("document.querySelector('[data-lang=en]').click()")
    assert window.log() == []


def test_a_deep_link_leads_to_a_finding(window: Browser, page: Path, make: Make) -> None:
    last = list(make().findings())[-1]["id"][:16]
    window.open(page, f"#F-{last}")
    assert window.run("return document.querySelectorAll('#f-rows tr').length") == 1
    assert window.run("return document.getElementById('f-rows').firstChild.id") == f"F-{last}"


def test_without_a_script_everything_but_the_tools_is_there(page: Path, tmp_path: Path) -> None:
    still = tmp_path / "still.html"
    still.write_bytes(page.read_bytes().replace(b"script-src &#39;sha256-", b"script-src &#39;sha256-AAAA"))
    with browser() as plain:
        plain.open(still)
        assert plain.run("return document.documentElement.classList.contains('js')") is False
        assert plain.run("return document.querySelectorAll('details.crit').length") == 51
        assert plain.run("return document.getElementById('search').checkVisibility()") is False
        assert "Not a certificate." in plain.run("return document.body.innerText")


def test_nothing_is_wider_than_a_phone(page: Path) -> None:
    with browser(390, 844) as phone:
        phone.open(page)
        phone.run("document.getElementById('open-all').click()")
        assert phone.run("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_page_prints_with_every_criterion_open(window: Browser, page: Path) -> None:
    window.open(page, "?lang=en")
    printed = base64.b64decode(window.ask("POST", "/print", background=True))
    read = (one.extract_text() for one in PdfReader(io.BytesIO(printed)).pages)
    pages = [unicodedata.normalize("NFKC", text) for text in read]  # ligatures
    assert len(pages) > 5
    for number, text in enumerate(pages, 1):
        assert "Not a certificate." in text, "on every page"
        assert f"{number} / {len(pages)}" in text
    whole = " ".join(" ".join(pages).split())
    for said in ("Not counted: 2", "no description: GET /jobs", "Ways out for the data", "How to do it again"):
        assert said in whole
    assert window.log() == []


def test_hostile_text_runs_nothing(window: Browser, make: Make, texts: Texts, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    file.write_bytes(render_html(report, texts, "en"))
    window.open(file)
    window.run("document.getElementById('open-all').click()")
    assert window.run("return window.owned === undefined")
    assert window.run("return document.images.length") == 0
    assert window.log() == []
    assert window.run("return getComputedStyle(document.querySelector('h1')).display") != "none"
