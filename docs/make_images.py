"""Makes the pictures of the report in docs/images, of the sample product: python docs/make_images.py

Needs the system's Chromium and its driver, as the browser tests do. Run it when the page has changed.
"""

import base64
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cpo_scan.report.audience import View, seen_by
from cpo_scan.report.html import render_html
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options
from tests.report.browser import Browser, browser

HERE = Path(__file__).resolve().parent
PRODUCT = HERE.parent / "samples" / "open-plm" / "product.yaml"
STATEMENT = HERE / "statement-of-the-sample.yaml"
# name: (view, language, theme, what to show: the id of a place, width, height)
PICTURES = {
    "report": ("auditor", "en", "light", "main", 1280, 1160),
    "report-de-dark": ("auditor", "de", "dark", "main", 1280, 1160),
    "criterion": ("auditor", "en", "light", "P-2.4-01", 1280, 1000),
    "matrix": ("auditor", "en", "light", "exchange", 1280, 980),
    "matrix-de-dark": ("auditor", "de", "dark", "exchange", 1280, 980),
    "findings": ("auditor", "en", "light", "findings", 1280, 1000),
    "interfaces": ("auditor", "en", "light", "interfaces", 1280, 1100),
    "vendor": ("vendor", "en", "light", "todo", 1280, 900),
    "customer": ("customer", "de", "light", "main", 1280, 700),
    "phone": ("auditor", "en", "light", "main", 420, 900),
}
_SHOW = """
document.documentElement.dataset.theme = arguments[0];
document.documentElement.style.scrollBehavior = 'auto';
const place = document.getElementById(arguments[1]);
if (place.matches('details')) place.open = true;
if (arguments[1] !== 'main') place.scrollIntoView();
document.activeElement.blur();
"""


class _Silent:
    """Watches nothing."""

    def stage(self, name: str) -> None: ...

    def found(self, files: int, size: int) -> None: ...

    def done(self, files: int, size: int) -> None: ...


def main() -> None:
    """Scans the sample and takes all pictures."""
    request = Request(product=str(PRODUCT), statement=str(STATEMENT), options=Options(workers=0))
    with scanned(request, _Silent()) as done, tempfile.TemporaryDirectory() as folder:
        # a picture tells no machine and no hour
        done.report.run |= {"host": None, "user": "A. Auditor", "started": None, "finished": "2026-11-22T09:00:00Z"}
        for seen in View:
            page = render_html(seen_by(done.report, seen), done.texts, "en")
            Path(folder, f"{seen}.html").write_bytes(page)
        for name, (view, lang, theme, place, width, height) in PICTURES.items():
            with browser(width, height) as window:
                _take(window, Path(folder, f"{view}.html"), lang, theme, place)
                (HERE / "images" / f"{name}.png").write_bytes(base64.b64decode(window.screenshot()))


def _take(window: Browser, page: Path, lang: str, theme: str, place: str) -> None:
    window.open(page, f"?lang={lang}")
    window.run(_SHOW, theme, place)
    window.run(_SHOW, theme, place)  # what lay outside the window has its true height now
    window.wait("setTimeout(arguments[0], 200)")


if __name__ == "__main__":
    main()
