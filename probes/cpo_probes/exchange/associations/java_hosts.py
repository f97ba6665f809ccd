"""Formats that Java modules register with their hosts: NetBeans, IntelliJ, ImageJ; and readers provided as services."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.handlers import missing_class
from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Strength

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_SERVICES = 500  # classes of one service file
_SERVICES = "META-INF/services/"
_FACTORIES = "Factories"


def netbeans(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Suffixes that a layer resolves to a MIME type; where it registers a loader for the type too, they are opened."""
    root = context.xml(artifact).getroot()
    if root.tag != "filesystem":
        return
    loaders = dict(_loaders(root))
    for folder in root.iter("folder"):
        for entry in folder.findall("file") if folder.get("name") == "MIMEResolver" else ():
            values = [(item.get("name", ""), item.get("stringvalue", "")) for item in entry.findall("attr")]
            suffixes = [value for key, value in values if key.partition(".")[0] == "ext"]
            types = [value for key, value in values if key.partition(".")[0] == "mimeType"]
            handlers = [loaders[mime] for mime in types if mime in loaders]
            yield from _resolved(entry, suffixes, types, handlers, artifact, context, names)


def resolver(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """A resolver of NetBeans in a document of its own: suffixes and the MIME type that they mean."""
    root = context.xml(artifact).getroot()
    for entry in root.iter("file") if root.tag == "MIME-resolver" else ():
        suffixes = [item.get("name", "") for item in entry.iter("ext")]
        types = [item.get("mime", "") for item in entry.iter("resolver")]
        yield from _resolved(entry, suffixes, types, [], artifact, context, names)


def _resolved(
    entry: "_Element",
    suffixes: list[str],
    types: list[str],
    handlers: list[str],
    artifact: Artifact,
    context: Context,
    names: Naming,
) -> Iterator[Claim]:
    found = (
        set(names.in_label("", suffixes)) | {each for mime in types if (each := names.by_mime(mime))} - names.wrappers
    )
    more: dict[str, Any] = {"mechanism": "netbeans"}
    direction, strength = ("import", Strength.REGISTERED) if handlers else ("unknown", Strength.NAMED)
    handler = next((name for name in handlers if name), "")
    if handler:
        more["handler"] = handler
        if missing_class(handler, context):
            more["refuted"] = {"reason": "capability.handler_missing", "missing": handler}
            strength = Strength.MENTIONED
    label = ", ".join(suffixes or types)
    for standard in sorted(found):
        yield Claim(
            standard, direction, "registration", label, (artifact.at(label, line=_line(entry)),), strength, more
        )


def _loaders(root: "_Element") -> Iterator[tuple[str, str]]:
    """MIME types for which a layer registers a loader (`Loaders/model/step/Factories`), and its class if it is told."""
    for top in root.findall("folder"):
        for kind in top.findall("folder") if top.get("name") == "Loaders" else ():
            for mime in kind.findall("folder"):
                for factories in (folder for folder in mime.findall("folder") if folder.get("name") == _FACTORIES):
                    attributes = {item.get("name"): item.get("stringvalue", "") for item in factories.iter("attr")}
                    handler = attributes.get("dataObjectClass") or attributes.get("instanceClass") or ""
                    if factories.find("file") is not None:
                        yield f"{kind.get('name', '')}/{mime.get('name', '')}", handler


def intellij(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """File types of a plug-in for IntelliJ: the program opens such files."""
    root = context.xml(artifact).getroot()
    for entry in root.iter("fileType") if root.tag == "idea-plugin" else ():
        label, handler = entry.get("name", ""), entry.get("implementationClass", "")
        suffixes = [suffix.strip() for suffix in entry.get("extensions", "").split(";") if suffix.strip()]
        more: dict[str, Any] = {"mechanism": "intellij"} | ({"handler": handler} if handler else {})
        strength = Strength.REGISTERED
        if handler and missing_class(handler, context):
            more["refuted"] = {"reason": "capability.handler_missing", "missing": handler}
            strength = Strength.MENTIONED
        for standard in names.in_label("", suffixes) if suffixes else ():
            place = artifact.at(f"{label}: {', '.join(suffixes)}", line=_line(entry))
            yield Claim(standard, "import", "registration", label or ", ".join(suffixes), (place,), strength, more)


def imagej(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Commands that a jar puts into the menus of ImageJ: `File>Import, "STL...", org.acme.StlReader("open")`."""
    for number, line in enumerate(context.text(artifact).splitlines()[:MOST_SERVICES], 1):
        menu, _, behind = line.partition(",")
        label, _, command = behind.strip().partition('"')[2].partition('"')
        words = {word.lower() for word in words_of(menu)}
        ways = {names.role(word) for word in words} - {None}
        handler = command.lstrip(" ,").partition("(")[0].strip()
        if line.startswith("#") or len(ways) != 1 or not handler:
            continue
        more: dict[str, Any] = {"mechanism": "imagej", "handler": handler}
        strength = Strength.REGISTERED
        if missing_class(handler, context):
            more["refuted"] = {"reason": "capability.handler_missing", "missing": handler}
            strength = Strength.MENTIONED
        place = artifact.at(line.strip(), line=number)
        for standard in names.in_label(label):
            yield Claim(standard, ways.copy().pop() or "", "registration", label.strip(), (place,), strength, more)


def services(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Readers and writers that a jar provides as services (java.util.ServiceLoader); their names tell the formats."""
    folder, _, service = artifact.path.rpartition("/")
    if not f"{folder}/".endswith(_SERVICES):
        return
    way = names.in_key(service.rpartition(".")[2].removesuffix("Spi"))
    for number, line in enumerate(context.text(artifact).splitlines()[:MOST_SERVICES], 1):
        provider = line.partition("#")[0].strip()
        simple = provider.rpartition(".")[2].rpartition("$")[2]
        named = names.in_identifier(simple)
        standard = named.standard if named is not None else names.whole(simple, meant=True) if way else None
        if standard is None or (named is not None and named.carrier):
            continue
        more: dict[str, Any] = {"mechanism": "service-loader", "handler": provider, "service": service}
        strength = Strength.REGISTERED
        if missing_class(provider, context):
            more["refuted"] = {"reason": "capability.handler_missing", "missing": provider}
            strength = Strength.MENTIONED
        direction = named.direction if named is not None else way or "unknown"
        place = artifact.at(provider, line=number)
        yield Claim(standard, direction, "registration", simple, (place,), strength, more)


def _line(entry: "_Element") -> int:
    return entry.sourceline if isinstance(entry.sourceline, int) else 1
