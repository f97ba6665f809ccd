"""Routes that are registered by calls: JavaScript and TypeScript servers, decorators as compiled, ASP.NET."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.annotated import FILL, Skeleton
from cpo_probes.api.routes.route import Route, joined
from cpo_scan.probe.patterns import standard as pattern

Row = dict[str, Any]

_S = r"[ \t\r\n]*+"
_STRING = rf"([\"'`]{FILL}*+[\"'`])"
_MODULE = pattern(rf"\b(?:require{_S}\({_S}|from{_S}|import{_S}){_STRING}", text=True)
# `const app = express()`, `this.router = express_1.Router()`, `const app = (0, fastify_1.default)()`, `new Hono()`
_MADE = pattern(
    r"\b([A-Za-z_$][\w$]*+)(?:[ \t]*+:[ \t]*+[\w.<>]{1,60})?[ \t]*+=[ \t\r\n]*+"
    r"(?:(?:await|new)[ \t]++|\(0,[ \t]*+)?([A-Za-z_$][\w$.]*+)\)?[ \t]*+[(<]",
    text=True,
)
_CALL = pattern(
    rf"\b([A-Za-z_$][\w$]*+){_S}\.{_S}([A-Za-z]++){_S}\({_S}{_STRING}{_S}([,)])",
    text=True,
)
_OBJECT = pattern(rf"\b([A-Za-z_$][\w$]*+){_S}\.{_S}route{_S}\({_S}\{{([^{{}}]{{0,1000}})", text=True)
_FIELD = pattern(rf"\b(method|url|path){_S}:{_S}(?:\[{_S})?{_STRING}", text=True)
_COMPILED = pattern(
    rf"\(0,{_S}[A-Za-z_$][\w$]*+\.([A-Z][A-Za-z]++)\)\({_S}(?:{_STRING})?",
    text=True,
)
_COMPILED_VERBS = ("Get", "Post", "Put", "Delete", "Patch", "Head", "Options", "All")


def call_routes(skeleton: Skeleton, rows: list[Row], language: str) -> Iterator[Route]:
    """The routes that calls register, in the order of the source."""
    if language == "csharp":
        yield from _minimal(skeleton, [row for row in rows if row["language"] == "csharp"])
        return
    modules = {skeleton.string(match.start(1), match.end(1)) for match in _MODULE.finditer(skeleton.text)}
    known = [row for row in rows if row["language"] == "javascript" and modules & set(row["modules"])]
    if known:
        makers = _made(skeleton, known)
        yield from _called(skeleton, makers)
        yield from _described(skeleton, makers)
    yield from _compiled(skeleton)


def _made(skeleton: Skeleton, rows: list[Row]) -> dict[str, Row]:
    """Names that a framework's constructor was assigned to, and those that go by custom."""
    found: dict[str, Row] = {name: row for row in rows for name in row.get("receivers", ())}
    for match in _MADE.finditer(skeleton.text):
        name, maker = match.groups()
        words = maker.replace("_1.default", "").replace("_1.", ".").split(".")
        for row in rows:
            if words[-1] in row["makers"] or (len(words) == 2 and words[0] in row["makers"]):
                found[name] = row
                break
    return found


def _called(skeleton: Skeleton, makers: dict[str, Row]) -> Iterator[Route]:
    for match in _CALL.finditer(skeleton.text):
        row, verb = makers.get(match.group(1)), match.group(2)
        if row is None or verb not in row["verbs"] or match.group(4) != ",":
            continue
        path = skeleton.string(match.start(3), match.end(3))
        if path.startswith("/") or path == "*":
            yield _route(skeleton, row["framework"], verb, joined(path), match.start(), match.end(), whole=False)


def _described(skeleton: Skeleton, makers: dict[str, Row]) -> Iterator[Route]:
    """`server.route({method: "GET", url: "/orders"})`"""
    for match in _OBJECT.finditer(skeleton.text):
        row = makers.get(match.group(1))
        if row is None:
            continue
        fields = {
            field.group(1): skeleton.string(match.start(2) + field.start(2), match.start(2) + field.end(2))
            for field in _FIELD.finditer(match.group(2))
        }
        path = fields.get("url", fields.get("path", ""))
        if path.startswith("/"):
            verb = fields.get("method", "")
            yield _route(skeleton, row["framework"], verb, joined(path), match.start(), match.end(), whole=False)


def _compiled(skeleton: Skeleton) -> Iterator[Route]:
    """Decorators as TypeScript compiles them: `(0, common_1.Get)("/orders")`, the class behind its methods."""
    waiting: list[tuple[str, str, int, int]] = []
    if "__decorate" not in skeleton.source:
        return
    for match in _COMPILED.finditer(skeleton.text):
        name = match.group(1)
        path = skeleton.string(match.start(2), match.end(2)) if match.group(2) else ""
        if name in _COMPILED_VERBS:
            waiting.append((name, path, *match.span()))
        elif name.endswith("Controller"):
            for verb, below, start, end in waiting:
                yield _route(skeleton, "nest", verb, joined(path, below), start, end)
            waiting = []


def _minimal(skeleton: Skeleton, rows: list[Row]) -> Iterator[Route]:
    """`app.MapGet("/orders", …)`"""
    verbs = {verb: row for row in rows for verb in row["verbs"]}
    for match in _CALL.finditer(skeleton.text):
        row = verbs.get(match.group(2))
        if row is not None and match.group(4) == ",":
            path = skeleton.string(match.start(3), match.end(3))
            verb = match.group(2).removeprefix("Map")
            yield _route(skeleton, row["framework"], verb, joined(path), match.start(), match.end(), whole=False)


def _route(
    skeleton: Skeleton, framework: str, verb: str, path: str, start: int, end: int, *, whole: bool = True
) -> Route:
    named = verb.upper().replace("DEL", "DELETE") if verb.lower() == "del" else verb.upper()
    named = "" if named == "ALL" else named
    return Route("http", framework, named, path, skeleton.line(start), skeleton.excerpt(start, end), whole)
