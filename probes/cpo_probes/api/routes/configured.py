"""Interfaces that a configuration declares: servlets, views, services of web service stacks, COM classes; discovery.

A discovery document (DISCO, WS-Inspection) says where services are and where their description is, and describes none.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import without_user
from cpo_probes.api.routes.route import Route
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.patterns import standard as pattern
from cpo_scan.probe.xml import Start

MOST = 5_000  # entries of one file
_DISCO = "http://schemas.xmlsoap.org/disco/"
_WSIL = "http://schemas.xmlsoap.org/ws/2001/10/inspection/"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_BROWSER, _PLONE = "{http://namespaces.zope.org/browser}", "{http://namespaces.plone.org/plone}"
_PROXIES = ("Reference.map", "results.discomap", "Reference.cs", "Reference.vb", "Reference.svcmap")
_COM_CLASS = pattern(
    r"(?i)^\[HKEY_(?:CLASSES_ROOT|LOCAL_MACHINE\\Software\\Classes|CURRENT_USER\\Software\\Classes)"
    r"\\(?:Wow6432Node\\)?CLSID\\(\{[0-9A-F-]{36}\})\\(?:InprocServer32|LocalServer32)\]",
    text=True,
)
_HOSTED = pattern(
    r"(?i)<%@[ \t\r\n]*+(?:ServiceHost|WebService)[ \t\r\n]([^>]{0,1000})>",
    text=True,
)
_SERVED = pattern(r'(?i)\b(?:Service|Class)[ \t]*+=[ \t]*+"([^"]{1,200})"', text=True)


def configured_routes(artifact: Artifact, context: Context, servlets: list[dict[str, Any]]) -> Iterator[Route]:
    """The interfaces that one configuration file declares. Raises as the readers do."""
    name = artifact.name.lower()
    if name == "web.xml":
        yield from _web_xml(artifact, context, servlets)
    elif name in ("sun-jaxws.xml", "jaxws-endpoints.xml"):
        yield from _elements(artifact, context, "endpoint", ("name",), "jax-ws")
    elif name.endswith(".wsdd"):
        yield from _elements(artifact, context, "service", ("name",), "axis")
    elif name == "services.xml":
        yield from _elements(artifact, context, "service", ("name",), "axis2")
    elif name.endswith(".disco"):
        # Beside a client's proxy it tells of a service that is called, and not of one that is offered.
        if all(context.related(artifact, proxy) is None for proxy in _PROXIES):
            yield from _discovered(artifact, context, "discovery", f"{{{_DISCO}scl/}}contractRef", "ref", "disco")
    elif name.endswith(".wsil"):
        yield from _discovered(artifact, context, "inspection", f"{{{_WSIL}}}description", "location", "ws-inspection")
    elif name.endswith(".zcml"):
        yield from _zcml(artifact, context)
    elif name == "xmlrpcservlet.properties":
        yield from _handlers(context.text(artifact))
    elif name.endswith((".svc", ".asmx")):
        text = context.text(artifact)[:20_000]
        for match in _HOSTED.finditer(text):
            served = _SERVED.search(match.group(1))
            if served is not None:
                framework = "wcf" if name.endswith(".svc") else "asmx"
                line = text.count("\n", 0, match.start()) + 1
                yield Route("soap", framework, "", served.group(1), line, match.group()[:240])
    elif name.endswith(".reg"):
        yield from _registered(artifact, context)


def _web_xml(artifact: Artifact, context: Context, servlets: list[dict[str, Any]]) -> Iterator[Route]:
    """Mapped servlets whose class is known to offer an interface; all others show pages as far as anybody knows."""
    known = {name: row for row in servlets for name in row["class"]}
    root = context.xml(artifact).getroot()
    rows: dict[str, dict[str, Any]] = {}
    for element in root.iter("{*}servlet"):
        name, kind = element.findtext("{*}servlet-name"), element.findtext("{*}servlet-class")
        if name and kind and kind.strip() in known:
            rows[name.strip()] = known[kind.strip()]
    for element in root.iter("{*}servlet-mapping"):
        row = rows.get((element.findtext("{*}servlet-name") or "").strip())
        for mapped in element.iterfind("{*}url-pattern"):
            path, line = (mapped.text or "").strip()[:500], int(str(mapped.sourceline or 1))
            if row is not None and path:
                yield Route(row["interface"], row["framework"], "", path, line, path, whole=False)


def _zcml(artifact: Artifact, context: Context) -> Iterator[Route]:
    """Views and services that Zope's configuration names; a view with a template shows a page."""
    number = 0
    for element in context.xml(artifact).getroot().iter(f"{_BROWSER}page", f"{_BROWSER}view", f"{_PLONE}service"):
        service = element.tag.startswith(_PLONE)
        name, verb = (element.get("name") or "").strip(), (element.get("method") or "").strip() if service else ""
        if (not name and not service) or element.get("template") is not None:
            continue
        number += 1
        if number <= MOST:
            path = f"/{name}" if service or name.startswith("@@") else f"/@@{name}"
            line, framework = int(str(element.sourceline or 1)), "plone.rest" if service else "zope"
            yield Route("http", framework, verb.upper(), path[:500], line, f"{verb} {name}".strip()[:240], whole=False)


def _elements(
    artifact: Artifact, context: Context, tag: str, names: tuple[str, ...], framework: str
) -> Iterator[Route]:
    number = 0
    for event in context.walk_xml(artifact):
        if isinstance(event, Start) and event.tag.rpartition("}")[2] == tag:
            service = next((event.attributes[name] for name in names if name in event.attributes), "")
            number += bool(service)
            if service and number <= MOST:
                yield Route("soap", framework, "", service[:500], 0, service[:240])


def _discovered(
    artifact: Artifact, context: Context, root: str, tag: str, attribute: str, framework: str
) -> Iterator[Route]:
    """The services whose WSDL a discovery document refers to, by the place of that."""
    tree = context.xml(artifact)
    if tree.getroot().tag.rpartition("}")[2] != root:
        return
    seen: set[str] = set()
    for element in tree.getroot().iter(tag):
        stated = (element.get(attribute) or "").strip()
        if element.get("referencedNamespace", _WSDL).rstrip("/") + "/" != _WSDL:
            continue  # of WS-Inspection: a description in another language
        address = without_user(stated).partition("?")[0]
        if address and address not in seen and len(seen) < MOST:
            seen.add(address)
            yield Route("soap", framework, "", address, int(str(element.sourceline or 1)), address)


def _handlers(text: str) -> Iterator[Route]:
    """The handlers of Apache XML-RPC: `name = class`, whose methods are called as `name.method`."""
    for number, line in enumerate(text.split("\n")[:MOST], 1):
        name, sign, handler = line.partition("=")
        if sign and handler.strip() and not line.lstrip().startswith(("#", "!")):
            yield Route("xmlrpc", "apache-xmlrpc", "", name.strip()[:500], number, line.strip()[:240])


def _registered(artifact: Artifact, context: Context) -> Iterator[Route]:
    seen: set[str] = set()
    text = context.text(artifact, context.limits.source_bytes)
    for match in _COM_CLASS.finditer(text):
        identity = match.group(1).upper()
        if identity not in seen and len(seen) < MOST:
            seen.add(identity)
            yield Route("com", "registry", "", identity, text.count("\n", 0, match.start()) + 1, match.group())
