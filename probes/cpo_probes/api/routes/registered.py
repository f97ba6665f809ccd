"""Routes and methods that calls register in Go, PHP, Rust, Ruby and Java. The rules say what a call means.

Not a parser: comments and strings are taken out first, then calls with a text as their first argument are looked at.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.annotated import FILL, Skeleton
from cpo_probes.api.routes.route import Route, joined
from cpo_scan.probe.patterns import Match
from cpo_scan.probe.patterns import standard as pattern

Row = dict[str, Any]

_S = r"[ \t\r\n]*+"
_STRING = rf"(?:[\"'`]{FILL}*+[\"'`])"
_VERBS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
# `router.GET("/a", …)`, `$app->get('/a', …)`, `Route::get('/a', …)`; a verb may stand in front of the path, in Go also
# as `http.MethodGet`.
_CALL = pattern(
    rf"(\b[A-Za-z_]\w*+|\)){_S}(?:\.|->|::){_S}([A-Za-z_]++){_S}\({_S}(?:http\.Method([A-Z][a-z]++){_S},{_S})?"
    rf"({_STRING})(?:{_S},{_S}({_STRING}))?{_S}([,)])",
    text=True,
)
_FUNCTION = pattern(rf"\b([a-z_]++){_S}\((?:{_S}[$\w]++{_S},)?{_S}({_STRING}){_S}[,)]", text=True)
# `#[get("/a")]` of Rust
_ATTRIBUTE = pattern(rf"#\[{_S}([a-z]++){_S}\({_S}({_STRING})", text=True)
# `v1 := router.Group("/v1")`
_GROUPED = pattern(
    rf"\b([A-Za-z_]\w*+)[ \t]*+:?=[ \t]*+([A-Za-z_]\w*+){_S}\.{_S}([A-Z][a-z]++){_S}\({_S}({_STRING})", text=True
)
# What follows a call of gorilla/mux, and the handlers of axum.
_METHODS = pattern(rf"\.{_S}Methods{_S}\(([^()]*+)\)", text=True)
_HANDLERS = pattern(r"\b(get|post|put|delete|patch|head|options|any)\(", text=True)
_ONE = pattern(_STRING, text=True)
_AHEAD = 400  # characters behind a call that may say more of it
_DEEPEST = 8  # groups in groups
_OF_RESOURCE = (("GET", ""), ("POST", ""), ("GET", "{id}"), ("PUT", "{id}"), ("DELETE", "{id}"))


def registered_routes(skeleton: Skeleton, rows: list[Row], language: str) -> Iterator[Route]:
    """What a source registers, in its order; the first fitting row counts."""
    known = [
        row for row in rows if row["language"] == language and any(need in skeleton.source for need in row["needs"])
    ]
    if not known:
        return
    yield from _calls(skeleton, [row for row in known if "calls" in row])
    functions = {name: row for row in known for name in row.get("functions", ())}
    if functions:
        for match in (_ATTRIBUTE if language == "rust" else _FUNCTION).finditer(skeleton.text):
            row = functions.get(match.group(1))
            if row is not None:
                said = skeleton.string(match.start(2), match.end(2))
                verb = match.group(1).upper() if language == "rust" else ""
                yield _route(skeleton, row, verb, said, match.span())


def _calls(skeleton: Skeleton, rows: list[Row]) -> Iterator[Route]:
    prefixes = _prefixes(skeleton, {name for row in rows for name in row.get("groups", ())})
    matches = [(match, row) for match in _CALL.finditer(skeleton.text) if (row := _row(rows, match)) is not None]
    for number, (match, row) in enumerate(matches):
        owner, name = match.group(1), match.group(2)
        first = skeleton.string(match.start(4), match.end(4))
        if row["interface"] != "http":
            yield _route(skeleton, row, "", first, match.span())
            continue
        if match.group(6) != ",":
            continue
        if name in row.get("resources", ()):
            for verb, below in _OF_RESOURCE:
                yield _route(skeleton, row, verb, joined(first, below), match.span())
            continue
        verb, path = _told(skeleton, match, name, first)
        if not path.startswith("/") and "owners" not in row:
            continue
        end = matches[number + 1][0].start() if number + 1 < len(matches) else len(skeleton.text)
        for one in _verbs(skeleton, row, verb, match.end(), min(end, match.end() + _AHEAD)):
            yield _route(skeleton, row, one, joined(prefixes.get(owner, ""), path), match.span())


def _row(rows: list[Row], match: Match) -> Row | None:
    """The rule that knows a call."""
    owner, name = match.group(1), match.group(2)
    for row in rows:
        if (name in row["calls"] or name in row.get("resources", ())) and owner in row.get("owners", (owner,)):
            return row
    return None


def _told(skeleton: Skeleton, match: Match, name: str, first: str) -> tuple[str, str]:
    """Verb and path: by the name of the call, by a first argument that is a verb, or by both in one text (Go 1.22)."""
    if match.group(3) is not None:
        return match.group(3).upper(), first
    if first in _VERBS and match.group(5):
        return first, skeleton.string(match.start(5), match.end(5))
    verb, space, path = first.partition(" ")
    if space and verb in _VERBS:
        return verb, path.strip()
    return (name.upper() if name.upper() in _VERBS else ""), first


def _verbs(skeleton: Skeleton, row: Row, verb: str, start: int, end: int) -> list[str]:
    """The verbs that a call is for, as far as they stand behind it."""
    ahead = skeleton.text[start:end]
    if row["framework"] == "gorilla" and (found := _METHODS.search(ahead)) is not None:
        base = start + found.start(1)
        told = [skeleton.string(base + one.start(), base + one.end()) for one in _ONE.finditer(found.group(1))]
        return [one.upper() for one in told[:8]] or [verb]
    if row["framework"] == "axum":
        told = [one.group(1).upper() for one in _HANDLERS.finditer(ahead)]
        return ["" if one == "ANY" else one for one in told[:8]] or [verb]
    return [verb]


def _prefixes(skeleton: Skeleton, groups: set[str]) -> dict[str, str]:
    """The paths in front of what is registered on a group, by the name that the group was given."""
    found: dict[str, tuple[str, str]] = {}
    for match in _GROUPED.finditer(skeleton.text):
        if match.group(3) in groups:
            found[match.group(1)] = (match.group(2), skeleton.string(match.start(4), match.end(4)))
    prefixes: dict[str, str] = {}
    for name in found:
        parts: list[str] = []
        at = name
        while at in found and len(parts) < _DEEPEST:
            at, path = found[at]
            parts.insert(0, path)
        prefixes[name] = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return prefixes


def _route(skeleton: Skeleton, row: Row, verb: str, path: str, span: tuple[int, int]) -> Route:
    named = path if row["interface"] != "http" else joined(path)
    return Route(
        row["interface"],
        row["framework"],
        verb,
        named[:500],
        skeleton.line(span[0]),
        skeleton.excerpt(*span),
        whole=False,
    )
