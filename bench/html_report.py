"""The HTML page of a product with 100,000 findings as ratios to a small one: size, making, loading, filtering.

    python bench/html_report.py [--findings 100000] [--pairs 5]

The product is made here, by the test kit's builder; the browser is the system's Chromium, driven as in the tests. Both
pages are opened in turn, in one run. Times in the page are those of `performance.now`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cpo_scan.report import Report
from cpo_scan.report.html import render_html
from cpo_scan.scan.store import FindingStore
from tests.report.browser import Browser, browser
from tests.report.product import build, findings, row, stand_in_texts

_LOAD = "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd - t.responseEnd"
# one keystroke's work, painted: the list of findings, then the criteria
_FIND = """
const done = arguments[arguments.length - 1], box = document.getElementById(arguments[0]);
box.scrollIntoView({ behavior: 'instant' });
box.value = arguments[1];
const before = performance.now();
box.dispatchEvent(new Event('input'));
requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
"""
_SHAPES = (
    ("component", lambda n: {"name": f"part-{n}", "version": f"{n % 9}.{n % 7}"}),
    ("docs.set", lambda n: {"format": "html", "root": f"docs/{n}", "documents": n % 50}),
    ("exchange.file", lambda n: {"standard": ("step", "jt", "ifc")[n % 3], "valid": (True, None)[n % 2]}),
    ("extension.point", lambda n: {"mechanism": "eclipse", "name": f"com.example.point{n}"}),
    ("api.description", lambda n: {"family": "openapi", "title": f"API {n}", "operations": n % 90}),
)


def product(store: FindingStore, count: int) -> Report:
    """A report with `count` findings of five kinds, in as many files; it lives as long as the store."""
    rows = findings()
    for number in range(count - len(rows)):
        kind, attributes = _SHAPES[number % len(_SHAPES)]
        rows.append(
            row(kind, f"server/lib/{number % 997}/file-{number}.dat", attributes(number), excerpt=f"line {number}")
        )
    return build(store, rows)


def page(report: Report) -> tuple[bytes, float]:
    """The page, and the seconds of CPU that it took."""
    before = time.process_time()
    content = render_html(report, stand_in_texts(), "en")
    return content, time.process_time() - before


def measured(window: Browser, file: Path) -> dict[str, float]:
    """Milliseconds in the browser: loaded, findings found, criteria filtered."""
    window.open(file)
    window.wait("setTimeout(arguments[0], 300)")
    return {
        "load": window.run(_LOAD),
        "find a finding": window.wait(_FIND, "f-search", "file-1"),
        "filter criteria": window.wait(_FIND, "search", "interfaces"),
    }


def main() -> None:
    """Prints one line per figure: small, large, ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cpo-scan-bench-") as place:
        folder = Path(place)
        files, figures = {}, {}
        for name, count in (("small", len(findings())), ("large", options.findings)):
            store = FindingStore(folder)
            report = product(store, count)
            content, seconds = page(report)
            files[name] = folder / f"{name}.html"
            files[name].write_bytes(content)
            size = report.file.stat().st_size
            figures[name] = {"report MB": size / 1e6, "page MB": len(content) / 1e6, "CPU s": seconds}
            store.close()
        seen: dict[str, list[dict[str, float]]] = {"small": [], "large": []}
        with browser() as window:
            for _ in range(options.pairs):
                for name, file in files.items():
                    seen[name].append(measured(window, file))
        for name, rows in seen.items():
            figures[name] |= {f"{key} ms": statistics.median(one[key] for one in rows) for key in rows[0]}
    _print(figures, lambda small, large: large / small if small else float("inf"))


def _print(figures: dict[str, dict[str, float]], ratio: Callable[[float, float], float]) -> None:
    print(f"{'':20}{'small':>10}{'large':>10}{'ratio':>9}")
    for key, small in figures["small"].items():
        large = figures["large"][key]
        print(f"{key:20}{small:10.2f}{large:10.2f}{ratio(small, large):9.1f}")


if __name__ == "__main__":
    main()
