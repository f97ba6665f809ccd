"""A comparison as one HTML page: no script, no request, hostile text inert."""

import hashlib
from base64 import b64encode
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from cpo_scan.compare.products import Products
from cpo_scan.compare.releases import Releases
from cpo_scan.compare.standing import Side
from cpo_scan.compare.words import Words
from cpo_scan.report.inert import visible
from cpo_scan.report.texts import Texts


def render_html(compared: Releases | Products, texts: Texts, lang: str) -> bytes:
    """The page as UTF-8."""
    words = Words(texts, lang)
    title = words.label(f"compare.title.{compared.kind}")
    sides: tuple[Side, ...]
    rows: dict[str, Any]
    if isinstance(compared, Releases):
        sides = (compared.old, compared.new)
        names = [
            f"{words.label(f'compare.{name}')}: {words.name(side)}"
            for name, side in zip(("old", "new"), sides, strict=True)
        ]
        rows = {"criteria": words.changed_criteria(compared), "measures": words.changed_measures(compared)}
    else:
        sides, rows = compared.products, {}
        names = [f"{number}. {words.name(side)}" for number, side in enumerate(sides, 1)]
    css = _css()
    page = _environment().get_template("comparison.html").render(
        kind=compared.kind, compared=compared, words=words, t=words.label, title=title, names=names,
        scope=words.scopes(sides), css=css, policy=_policy(css), **rows,
    )  # fmt: skip
    return page.encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cpo_scan.compare", "templates"),
        autoescape=select_autoescape(("html",), default=True),
        trim_blocks=True,
    )
    environment.filters["visible"] = lambda value: visible(str(value))
    return environment


@cache
def _css() -> Markup:
    """The style sheet; it holds no text of a target."""
    source, _, _ = PackageLoader("cpo_scan.compare", "templates").get_source(_environment(), "comparison.css")
    return Markup(source.strip())


def _policy(css: str) -> str:
    """Nothing runs and nothing is fetched; the style is ours, by its hash."""
    style = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
