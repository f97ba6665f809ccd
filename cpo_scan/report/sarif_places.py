"""Where a finding lies, as a location of SARIF 2.1.0 (§3.28): a relative URI that code scanning can show, and the rest.

A member of a container is shown as its outermost container, since that is the file that lies in a repository; the
member's own path stands beside it. Only a line of the file itself is a region.
"""

from typing import Any
from urllib.parse import quote, unquote_to_bytes

from cpo_scan.report.inert import visible

Row = dict[str, Any]
BASE = "%SRCROOT%"  # §3.14.14: where relative URIs start; GitHub takes it for the root of the repository
_INSIDE = "!/"


def uri(path: str) -> str:
    """A path of the report as a relative reference (RFC 3986 §4.2): the bytes of the name, percent-encoded."""
    # a path of the report holds `%`, `!` and bytes that are no UTF-8 as %XX; a colon in front would be read as a scheme
    return quote(unquote_to_bytes(path), safe="/")


def location(artifact: str, locator: Row | None = None, excerpt: str = "") -> Row:
    """The location of a piece of evidence."""
    at = locator or {}
    outer, _, member = artifact.partition(_INSIDE)
    region: Row = {"startLine": 1}
    if not member and isinstance(at.get("line"), int):
        region = {"startLine": at["line"]}
        if isinstance(at.get("column"), int):
            region["startColumn"] = at["column"]
        if excerpt:
            region["snippet"] = {"text": visible(excerpt)}
    found: Row = {"physicalLocation": {"artifactLocation": {"uri": uri(outer), "uriBaseId": BASE}, "region": region}}
    if logical := _logical(artifact if member else "", at):
        found["logicalLocations"] = logical
    exact = {key: visible(value) if isinstance(value, str) else value for key, value in at.items()}
    beside: Row = {"artifact": visible(artifact)}
    if exact:
        beside["locator"] = exact
    if excerpt and "snippet" not in region:
        beside["excerpt"] = visible(excerpt)
    return {**found, "properties": beside}


def folder(name: str) -> Row:
    """The location of a whole deliverable (`.`: the target), for what was found nowhere in it."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(name), "uriBaseId": BASE},
            "region": {"startLine": 1},
        }
    }


def _logical(member: str, at: Row) -> list[Row]:
    """Logical locations (§3.33), with the kinds of §3.33.7 where they fit."""
    named = [
        (member, "resource"),
        (at.get("symbol"), "member"),
        (at.get("pointer"), "value"),
        (at.get("xpath"), "element"),
    ]
    return [{"fullyQualifiedName": visible(str(name)), "kind": kind} for name, kind in named if name]
