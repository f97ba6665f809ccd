"""Interfaces that a configuration declares: servlets of web.xml, services of web service stacks, COM classes."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.route import Route
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.patterns import standard as pattern
from cpo_scan.probe.xml import Start

MOST = 5_000  # entries of one file
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


def _registered(artifact: Artifact, context: Context) -> Iterator[Route]:
    seen: set[str] = set()
    text = context.text(artifact, context.limits.source_bytes)
    for match in _COM_CLASS.finditer(text):
        identity = match.group(1).upper()
        if identity not in seen and len(seen) < MOST:
            seen.add(identity)
            yield Route("com", "registry", "", identity, text.count("\n", 0, match.start()) + 1, match.group())
