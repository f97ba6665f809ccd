"""The page in a real Chromium: it filters, switches, links and prints, asks for nothing, and obeys no hostile text."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cpo_scan.report import Report
from cpo_scan.report.html import render_html
from cpo_scan.report.texts import Texts
from tests.report import hostile
from tests.report.browser import CHROMIUM, DRIVER, INSTALL, Browser, browser

Make = Callable[..., Report]
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=f"needs Chromium and its driver: {INSTALL}")
SHOWN = "return [...document.querySelectorAll('details.crit')].filter(e => e.checkVisibility()).map(e => e.id)"


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
    window.ask("POST", "/timeouts", script=10_000)
    window.ask("POST", "/execute/async", script="setTimeout(arguments[0], 300)", args=[])
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


def test_theme_switch_and_contrast(window: Browser, page: Path) -> None:
    window.open(page)
    for _ in range(2):
        window.run("document.getElementById('theme').click()")
        low = window.run(CONTRAST)
        assert low == [], f"below 4.5:1 (WCAG 2.2, 1.4.3): {low}"


def test_nothing_is_wider_than_a_phone(page: Path) -> None:
    with browser(390, 844) as phone:
        phone.open(page)
        phone.run("document.getElementById('open-all').click()")
        assert phone.run("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_page_prints_with_every_criterion_open(window: Browser, page: Path) -> None:
    window.open(page)
    printed = base64.b64decode(window.ask("POST", "/print", background=True))
    assert printed.startswith(b"%PDF-")
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


CONTRAST = """
const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
const ground = (one) => { for (let at = one; at; at = at.parentElement) { const c = rgba(getComputedStyle(at).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
for (const one of document.querySelectorAll('details')) one.open = true;
const low = new Set();
for (const one of document.querySelectorAll('body *')) {
  if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
  if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
  const [a, b] = [luminance(rgba(getComputedStyle(one).color)), luminance(ground(one))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) low.add(one.tagName + '.' + one.className + ' ' + ratio.toFixed(2) + ' ' + one.textContent.trim().slice(0, 30));
}
return [...low];
"""  # noqa: E501 - a script of the page
