"""axe-core, the accessibility checker, from an installed distribution; nothing else of that distribution is run."""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from tests.report.browser import Browser

_DISTRIBUTION = "axe-playwright-python"  # axe-core 4.12 (MPL-2.0), used unmodified
# WCAG 2.2 level AA and axe's own best practices
_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then((found) => done(found.violations), (error) => done([{ id: String(error), nodes: [] }]));
"""


@cache
def source() -> str:
    """The script of axe-core."""
    for file in distribution(_DISTRIBUTION).files or ():
        if file.name == "axe.min.js":
            return Path(str(file.locate())).read_text(encoding="utf-8")
    raise LookupError(f"{_DISTRIBUTION} carries no axe.min.js")


def violations(window: Browser) -> list[str]:
    """What axe-core complains about in the page that is shown: rule and first places, one line each."""
    window.run(source())
    found: list[dict[str, Any]] = window.wait(_RUN)
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
