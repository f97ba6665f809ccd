"""Lists inside the page: findings that can be searched, as data for the page's script; parts of kits by language."""

from collections import Counter
from typing import Any

import msgspec
from markupsafe import Markup

from cpo_scan.model import Offered, Origin, Strength
from cpo_scan.report import phrases, view
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import LANGUAGES, Texts

_KIT = ("headers", "library", "stubs", "docs", "samples", "build", "licence", "version")
_ID = 16  # hexadecimal digits of a finding's id in links: two alike among a million have a chance of 3 in 10^8


def rows(report: Report, kinds: Counter[str], most: int) -> list[list[str]]:
    """Findings for the list that can be searched, at most `most`: all of them, or a fair part of each kind.

    A row: kind, name, strength, origin, offered, artifact, place, excerpt, id. Nothing in it is unseen (`inert`).
    """
    room = view.shares(kinds, most)
    listed = []
    for row in report.findings():
        if room[row["kind"]] > 0:
            room[row["kind"]] -= 1
            piece = row["evidence"][0]
            cells = (
                row["kind"], phrases.named(row), row["strength"], row["origin"], row["offered"], piece["artifact"],
                phrases.short_place(piece.get("locator") or {}), piece.get("excerpt") or "", row["id"][:_ID],
            )  # fmt: skip
            listed.append([visible(str(cell)) for cell in cells])
    return listed


def embedded(listed: list[list[str]], texts: Texts) -> Markup:
    """The rows and the words for them as JSON that is safe inside a script element: it has no `<` (HTML §4.12.1.3)."""
    codes = [
        *(f"strength.{one}" for one in Strength),
        *(f"origin.{one}" for one in Origin),
        *(f"offered.{one}" for one in Offered),
    ]
    kinds = {row[0] for row in listed}
    words = {
        lang: {code: texts.label(f"report.{code}", lang) for code in codes}
        | {f"kind.{kind}": texts.kind(kind, lang) for kind in sorted(kinds)}
        for lang in LANGUAGES
    }
    text = msgspec.json.encode({"rows": listed, "words": words}).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def kits(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Parts of development kits: the names of all parts, and how many of each there are by language.

    C and C++ share a row: a native library serves both, and a page that names a header does too.
    """
    counted: dict[str, Counter[str]] = {}
    for row in parts:
        attributes = row["attributes"]
        counted.setdefault(str(attributes.get("language") or "–"), Counter())[str(attributes.get("part"))] += 1
    if "c" in counted and "cpp" in counted:
        counted["c, cpp"] = counted.pop("c") + counted.pop("cpp")
    return {"parts": _KIT, "rows": dict(sorted(counted.items()))}
