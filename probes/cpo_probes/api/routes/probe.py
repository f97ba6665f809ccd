"""Interfaces that the program declares in its code and configuration, and how many of them a description tells of.

So the documents are not the only witness of what there is. A declared interface is no description: its strength is
`named`, and the attribute `described` is false.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.annotated import Skeleton, classes
from cpo_probes.api.class_annotations import read_annotations
from cpo_probes.api.openapi.surface import LISTED, operations
from cpo_probes.api.references import References
from cpo_probes.api.routes.annotated import Annotations, annotated_routes
from cpo_probes.api.routes.calls import call_routes
from cpo_probes.api.routes.compiled import annotated_types
from cpo_probes.api.routes.configured import configured_routes
from cpo_probes.api.routes.python import python_routes
from cpo_probes.api.routes.rails import rails_routes
from cpo_probes.api.routes.registered import registered_routes
from cpo_probes.api.routes.route import Route, segments
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Finding,
    LimitHit,
    Note,
    ProductContext,
    Severity,
    Strength,
    Unreadable,
    formats,
    names,
)
from cpo_scan.probe.dotnet import is_assembly, read_assembly
from cpo_scan.probe.schemas import versions

MOST = 20_000  # routes of one file
_CONFIGURATIONS = (
    *("web.xml", "sun-jaxws.xml", "jaxws-endpoints.xml", "services.xml", "*.wsdd", "*.svc", "*.asmx", "*.reg"),
    *("*.disco", "*.wsil", "XmlRpcServlet.properties", "*.zcml"),
)
_SOURCES = {
    "java-source": "java", "csharp": "csharp", "typescript": "typescript", "javascript": "javascript", "go": "go",
    "php": "php", "rust": "rust",
}  # fmt: skip
_ANNOTATED = frozenset({"java", "csharp", "typescript", "javascript", "php"})
_REGISTERED = frozenset({"java", "go", "php", "rust"})
_LARGEST_ASSEMBLY = 64 * 2**20  # octets


class RouteProbe(CombiningProbe):
    """Interfaces that code and configuration declare, with or without a description."""

    id = "api.routes"
    version = 3
    examines = (
        formats("python").containing(
            b"fastapi", b"starlette", b"flask", b"quart", b"sanic", b"bottle", b"aiohttp", b"django", b"rest_framework",
            b"xmlrpc", b"XMLRPC",
        )
        | formats("java-source").containing(
            b"ws.rs", b"springframework", b".jws", b"WebServlet", b"io.micronaut.http", b"apache.xmlrpc"
        )
        | formats("java-class").containing(
            b"/ws/rs/", b"springframework/web/bind", b"/jws/WebService", b"WebServlet;", b"micronaut/http/annotation",
            b"KafkaListener;", b"JmsListener;", b"RabbitListener;",
        )
        | formats("csharp").containing(
            b"HttpGet", b"HttpPost", b"HttpPut", b"HttpDelete", b"MapGet(", b"MapPost(", b"ServiceContract",
            b"WebService", b"XmlRpcMethod",
        )
        | formats("pe").containing(
            b"HttpGetAttribute", b"HttpPostAttribute", b"HttpPutAttribute", b"HttpDeleteAttribute",
            b"HttpPatchAttribute", b"ServiceContractAttribute", b"WebServiceAttribute", b"XmlRpcMethodAttribute",
        )
        | formats("go").containing(
            b'"net/http"', b"gin-gonic/gin", b"labstack/echo", b"gofiber/fiber", b"go-chi/chi", b"gorilla/mux",
            b"julienschmidt/httprouter",
        )
        | formats("php").containing(
            b"Facades\\Route", b"Routing\\Attribute", b"Routing\\Annotation", b"Slim\\", b"xmlrpc_server"
        )
        | formats("rust").containing(b"axum::", b"actix_web::", b"rocket::")
        | formats("ruby").containing(b"routes.draw", b"xmlrpc/server")
        | (formats("javascript", "typescript") | names("*.ts")).containing(
            b"express", b"fastify", b"koa-router", b"@koa/router", b"hono", b"@nestjs/", b"Controller)("
        )
        | names(*_CONFIGURATIONS)
    )  # fmt: skip
    states = ("api.description",)
    limitations = (
        "Routes that are computed at run time are not seen, nor are descriptions that the program makes at run time.",
        "A path that gets a prefix in another file is matched with descriptions by its end.",
        "Discovery documents (DISCO, WS-Inspection) name services; which of them a shipped WSDL describes is not told.",
        "XML-RPC servers are seen in Python, Java, C#, PHP and Ruby where they name their methods, and in the"
        " configuration of Apache XML-RPC; no language describes them.",
        "A class that is shipped as source and as class file or in an assembly declares its routes twice.",
        "Of .NET assemblies only attributes are seen, with their first value, and no routes that calls register.",
        "In Go, PHP, Rust and Ruby a path is seen where it is written out; groups count in Go alone, and annotations in"
        " comments of PHP do not.",
        "Packed and minified JavaScript is read as far as its registrations keep their form.",
    )
    references = (
        "https://jakarta.ee/specifications/restful-ws/3.1/",
        "https://docs.spring.io/spring-framework/reference/web/webmvc.html",
        "https://fastapi.tiangolo.com/reference/",
        "http://xmlrpc.com/spec.md",
        "https://guides.rubyonrails.org/routing.html",
        "https://pkg.go.dev/net/http#ServeMux",
        "https://laravel.com/docs/routing",
        "https://symfony.com/doc/current/routing.html",
        "https://expressjs.com/en/guide/routing.html",
        "https://learn.microsoft.com/aspnet/core/mvc/controllers/routing",
    )
    remediation = "Ship a description of every interface that customers may use; mark the others as internal."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding | Note]:
        if artifact.format != "pe" and artifact.size > context.limits.source_bytes:
            # larger sources are taken for bundles of many, which are not the vendor's words any more
            limit = context.limits.source_bytes
            context.partly(artifact, "source.generated", severity=Severity.BY_DESIGN, size=artifact.size, limit=limit)
            return
        found = list(_routes(artifact, context, context.data("routes")))
        if len(found) > MOST:
            context.partly(artifact, "routes.more", limit=MOST)
        if found:
            yield Note(found[:MOST])

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        rules = context.data("routes")
        shipped = _Shipped(context, rules["interfaces"])
        for path, found in context.notes(list[Route]):
            artifact = context.index.get(path)
            groups: defaultdict[tuple[str, str], dict[str, Route]] = defaultdict(dict)
            for route in found:
                groups[route.interface, route.framework].setdefault(route.name, route)
            for (interface, framework), routes in sorted(groups.items()):
                if artifact is not None:
                    yield _finding(artifact, interface, framework, list(routes.values()), shipped)


def _routes(artifact: Artifact, context: Context, rules: dict[str, Any]) -> Iterator[Route]:
    language = _SOURCES.get(artifact.format or "")
    match artifact.format:
        case "python":
            yield from python_routes(context.source(artifact, "python"), rules["python"])
        case "java-class":
            rows = Annotations(rules["annotations"], "java").of_class_files()
            data = bytes(context.bytes(artifact, context.limits.source_bytes))
            yield from annotated_routes([read_annotations(data)], rows)
        case "pe":
            if artifact.size > _LARGEST_ASSEMBLY:
                raise LimitHit("limit.document_bytes", size=artifact.size, limit=_LARGEST_ASSEMBLY)
            rows = Annotations(rules["annotations"], "csharp").of_class_files()
            whole = context.content(artifact).whole()
            if is_assembly(whole):
                yield from annotated_routes(annotated_types(read_assembly(whole)), rows)
        case "ruby":
            text = context.text(artifact, context.limits.source_bytes)
            if "routes.draw" in text:
                yield from rails_routes(text)
            yield from registered_routes(Skeleton(text), rules["registrations"], "ruby")
        case _ if language or artifact.name.lower().endswith(".ts"):
            skeleton = Skeleton(context.text(artifact, context.limits.source_bytes))
            yield from _of_source(skeleton, language or "typescript", rules)
        case _:
            yield from configured_routes(artifact, context, rules["servlets"])


def _of_source(skeleton: Skeleton, language: str, rules: dict[str, Any]) -> Iterator[Route]:
    if language in _ANNOTATED and (rows := Annotations(rules["annotations"], language).of_source(skeleton)):
        yield from annotated_routes(classes(skeleton, language), rows)
    if language in _REGISTERED:
        yield from registered_routes(skeleton, rules["registrations"], language)
    else:
        yield from call_routes(skeleton, rules["calls"], language)


def _finding(artifact: Artifact, interface: str, framework: str, routes: list[Route], shipped: "_Shipped") -> Finding:
    hidden = [route for route in routes if route.hidden]
    routes = [route for route in routes if not route.hidden]
    told = shipped.of(interface)
    described = None if told is None else [told.tells_of(route) for route in routes]
    missing = [route for route, known in zip(routes, described or (), strict=False) if not known]
    return Finding(
        "api.description",
        {
            "family": shipped.family(interface),
            "described": False,
            "interface": interface,
            "framework": framework,
            "description_shipped": told is None or told.shipped,
            "endpoints": len(routes),
            "internal_endpoints": len(hidden) or None,
            "documented_endpoints": None if described is None else sum(described),
            "undocumented_endpoints": None if described is None else len(missing),
            "undocumented": [route.name[:300] for route in missing[:LISTED]] or None,
        },
        strength=Strength.NAMED,
        evidence=tuple(
            artifact.at(route.excerpt, **({"line": route.line} if route.line else {}))
            for route in (missing or routes or hidden)[:20]
        ),
        key=f"{framework} {artifact.name}",
    )


class _Told:
    """What the shipped descriptions tell of one kind of interface."""

    def __init__(self, shipped: bool, operations: dict[str, set[tuple[str, ...]]]) -> None:
        self.shipped = shipped
        self._whole: set[tuple[str, tuple[str, ...]]] = set()
        self._ends: set[tuple[str, tuple[str, ...]]] = set()
        for verb, paths in operations.items():
            for path in paths:
                self._whole |= {(verb, path), ("", path)}
                for start in range(len(path) + 1):
                    self._ends.add((verb, path[start:]))
                    self._ends.add(("", path[start:]))

    def tells_of(self, route: Route) -> bool:
        """Is there an operation of this verb whose path ends in that of the route?"""
        path = segments(route.path)
        while path and path[-1] == "" and route.path.endswith("*"):  # `/api/*` is what lies below
            path = path[:-1]
        # An end without a word in it (`/{id}`) is that of too many operations.
        return (route.verb, path) in (self._ends if any(path) else self._whole)


class _Shipped:
    """Which families of descriptions the product ships, and what those tell that can be held against routes."""

    def __init__(self, context: ProductContext, interfaces: dict[str, Any]) -> None:
        self._context, self._interfaces = context, interfaces
        self._known: dict[str, _Told | None] = {}

    def family(self, interface: str) -> str:
        """The family of description that such an interface has in this product, else the usual one."""
        row = self._interfaces[interface]
        if row["formats"] and not self._context.index.count(formats=row["formats"]):
            for other, forms in row.get("others", {}).items():
                if self._context.index.count(formats=forms):
                    return str(other)
        return str(row["family"])

    def of(self, interface: str) -> _Told | None:
        """None where descriptions are shipped that can't be held against routes."""
        if interface not in self._known:
            self._known[interface] = self._read(interface)
        return self._known[interface]

    def _read(self, interface: str) -> _Told | None:
        row, index = self._interfaces[interface], self._context.index
        if not row["formats"]:  # no language describes such an interface
            return _Told(False, {})
        if any(index.count(formats=forms) for forms in row.get("others", {}).values()):
            return None
        if not index.count(formats=row["formats"]):
            return _Told(False, {})
        match interface:
            case "http":
                return _Told(True, self._operations(row["formats"]))
            case "messaging":
                return _Told(True, {"": self._channels(row["formats"])})
            case _:
                return None

    def _operations(self, forms: list[str]) -> dict[str, set[tuple[str, ...]]]:
        found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for artifact in self._context.index.select(formats=forms):
            self._context.checkpoint()
            try:
                document = self._context.yaml(artifact)
            except Unreadable:
                continue  # the probe of the family has said so
            value = document.value if isinstance(document.value, dict) else {}
            stated = str(value.get("openapi", value.get("swagger", "")))
            version = next((known for known in versions("openapi") if stated.startswith(known)), "3.0")
            for operation in operations(References(artifact, document, self._context, "openapi"), "paths", version):
                found[operation.method.upper()].add(segments(operation.path))
        return found

    def _channels(self, forms: list[str]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for artifact in self._context.index.select(formats=forms):
            try:
                value = self._context.yaml(artifact).value
            except Unreadable:
                continue
            channels = value.get("channels") if isinstance(value, dict) else None
            for name, channel in channels.items() if isinstance(channels, dict) else ():
                address = channel.get("address") if isinstance(channel, dict) else None
                found.add(segments(address if isinstance(address, str) else name))
        return found
