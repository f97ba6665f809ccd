"""What a product says that it is: name, version and build, read from its own metadata; nothing is guessed.

Read are the files that lie nearest to the top of the product, a few of each sort. What lies below a folder of other
people's packages is theirs and not looked at (`others` of the table `platforms`).
"""

from collections.abc import Callable, Mapping

import msgspec

from cpo_scan.model import Artifact, Severity
from cpo_scan.model.report import Identity
from cpo_scan.probe.binaries import read_resources
from cpo_scan.probe.context import ProductContext, TimeUp
from cpo_scan.probe.version_resource import VERSION, version_strings
from cpo_scan.probe.xml import End, Start
from cpo_scan.targets.errors import Unreadable

__all__ = ["MOST", "Identity", "identities"]

MOST = 40
"""Rows of a product; a suite of many programs has some dozens."""
_PER_SORT = 12  # files of one sort that are read, those nearest to the top first
_DEEPEST = 6  # folders and containers between the top and such a file
_LENGTH = 200  # characters of a name or version that are kept
_TEXT = 2**20  # bytes of a text that are read

Said = tuple[str | None, str | None, str | None]
"""Name, version, build."""
Read = Callable[[Artifact, ProductContext], Said]


class _Sort(msgspec.Struct, frozen=True):
    """One sort of file that states an identity: chosen by format and name."""

    read: Read
    formats: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def identities(context: ProductContext, *, tell: bool = True) -> tuple[Identity, ...]:
    """What the product's own files say, the topmost of each sort first; equal statements once, by the first file.

    `tell`: what could not be read becomes a row, which bears on no other fact.
    """
    found: dict[Said, Identity] = {}
    others = frozenset(context.data("platforms")["others"])
    for sort in _SORTS:
        for artifact in _nearest(context, sort, others):
            context.checkpoint()
            try:
                name, version, build = (_short(value) for value in sort.read(artifact, context))
            except TimeUp:
                raise
            except Unreadable as error:
                if tell:
                    told = error.again()
                    told.severity = Severity.BOUNDED
                    context.unreadable(artifact, told)
                continue
            if (name or version) and len(found) < MOST:
                row = Identity(source=artifact.path, name=name, version=version, build=build)
                found.setdefault((name, version, build), row)
    return tuple(found.values())


def _nearest(context: ProductContext, sort: _Sort, others: frozenset[str]) -> list[Artifact]:
    """Files of a sort that are the product's own, by depth and path."""
    chosen: list[tuple[int, str, Artifact]] = []
    for artifact in context.index.select(formats=sort.formats, names=sort.names):
        depth = artifact.path.count("/")
        if depth <= _DEEPEST and others.isdisjoint(artifact.path.lower().split("/")):
            chosen.append((depth, artifact.path, artifact))
            if len(chosen) >= 100 * _PER_SORT:
                chosen = sorted(chosen, key=_by_depth)[:_PER_SORT]
    return [artifact for _, _, artifact in sorted(chosen, key=_by_depth)[:_PER_SORT]]


def _by_depth(row: tuple[int, str, Artifact]) -> tuple[int, str]:
    return row[0], row[1]


def _short(value: str | None) -> str | None:
    text = " ".join((value or "")[: 4 * _LENGTH].split())[:_LENGTH]
    placeholder = "${" in text or (text[:1] == "@" and text[-1:] == "@")
    return text if text and not placeholder else None


def _fields(text: str, sign: str) -> dict[str, str]:
    """`name: value` or `name=value` lines up to the first blank one; what a space begins continues a line."""
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if not line.strip():
            if found:
                break
            continue
        if line[:1] == " " and last and sign == ":":
            found[last] = (found[last] + line[1:])[:_TEXT]
            continue
        name, found_sign, value = line.partition(sign)
        if found_sign and not line.startswith("#"):
            last = name.strip().lower()
            found.setdefault(last, value.strip())
    return found


def _first(fields: Mapping[str, str], *names: str) -> str | None:
    return next((fields[name] for name in names if fields.get(name)), None)


def _package(artifact: Artifact, context: ProductContext) -> Said:
    """Core metadata of Python packages; control files of Debian packages (policy 5.3)."""
    fields = _fields(context.text(artifact, _TEXT), ":")
    if "metadata-version" not in fields and "package" not in fields:
        return None, None, None
    return _first(fields, "name", "package"), _first(fields, "version"), None


def _manifest(artifact: Artifact, context: ProductContext) -> Said:
    """Main section of a JAR manifest (JAR file specification; OSGi Core 8, 3.2.1)."""
    fields = _fields(context.text(artifact, _TEXT), ":")
    name = _first(fields, "bundle-name", "implementation-title", "specification-title", "bundle-symbolicname")
    name = name if name is None or not name.startswith("%") else _first(fields, "bundle-symbolicname")
    version = _first(fields, "bundle-version", "implementation-version", "specification-version")
    build = _first(fields, "implementation-build", "build-number", "implementation-build-id", "scm-revision")
    return name.partition(";")[0] if name else None, version, build


def _pom(artifact: Artifact, context: ProductContext) -> Said:
    """`pom.properties`, as Maven puts it into archives."""
    lines = (line.partition("=") for line in context.text(artifact, _TEXT).splitlines() if not line.startswith("#"))
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    return ":".join(fields[key] for key in ("groupid", "artifactid") if fields.get(key)), fields.get("version"), None


def _eclipse(artifact: Artifact, context: ProductContext) -> Said:
    """`.eclipseproduct`: name, id and version as properties."""
    lines = (line.partition("=") for line in context.text(artifact, _TEXT).splitlines() if not line.startswith("#"))
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    return _first(fields, "name", "id"), _first(fields, "version"), None


def _desktop(artifact: Artifact, context: ProductContext) -> Said:
    """A desktop entry states a name; its `Version` is that of the specification (1.5, 6)."""
    text = context.text(artifact, _TEXT)
    if "[Desktop Entry]" not in text:
        return None, None, None
    fields = _fields(text.partition("[Desktop Entry]")[2].partition("\n[")[0].strip(), "=")
    if fields.get("type") != "Application":
        return None, None, None
    return _first(fields, "name"), _first(fields, "x-appversion", "x-appimage-version"), None


def _npm(artifact: Artifact, context: ProductContext) -> Said:
    value = context.json(artifact).value
    fields = value if isinstance(value, dict) else {}
    name, version = fields.get("name"), fields.get("version")
    return name if isinstance(name, str) else None, version if isinstance(version, str) else None, None


def _chart(artifact: Artifact, context: ProductContext) -> Said:
    """A Helm chart; `appVersion` is the version of what it installs."""
    value = context.yaml(artifact).value
    fields = value if isinstance(value, dict) else {}
    name, version = fields.get("name"), fields.get("appVersion") or fields.get("version")
    return str(name) if name else None, str(version) if version else None, None


def _appstream(artifact: Artifact, context: ProductContext) -> Said:
    """Name and newest release of an AppStream component; releases stand with the newest first (AppStream 1.0, 2.1)."""
    name = version = None
    plain = False
    for event in context.walk_xml(artifact):
        match event:
            case Start(tag="name", attributes=attributes, depth=2):
                plain = not attributes
            case Start(tag="release", attributes=attributes):
                version = version or attributes.get("version")
            case End(tag="name", text=text, depth=2) if plain:
                name = name or text
            case _:
                pass
    return name, version, None


def _plist(artifact: Artifact, context: ProductContext) -> Said:
    """Property list of a macOS bundle (Core Foundation keys), in XML; binary ones say nothing here."""
    if not context.content(artifact).head.lstrip().startswith(b"<"):
        return None, None, None
    found: dict[str, str] = {}
    key = ""
    for event in context.walk_xml(artifact):
        if isinstance(event, End):
            if event.tag == "key":
                key = event.text.strip()
            elif event.tag == "string" and event.depth <= 3 and key:
                found.setdefault(key, event.text)
                key = ""
    name = _first(found, "CFBundleDisplayName", "CFBundleName")
    return name, _first(found, "CFBundleShortVersionString"), _first(found, "CFBundleVersion")


def _nuget(artifact: Artifact, context: ProductContext) -> Said:
    found: dict[str, str] = {}
    for event in context.walk_xml(artifact):
        if isinstance(event, End) and event.depth == 3:
            found.setdefault(event.tag.rpartition("}")[2], event.text)
    return found.get("id"), found.get("version"), None


def _appx(artifact: Artifact, context: ProductContext) -> Said:
    """The `Identity` of a Windows app package."""
    for event in context.walk_xml(artifact):
        if isinstance(event, Start) and event.tag.rpartition("}")[2] == "Identity":
            return event.attributes.get("Name"), event.attributes.get("Version"), None
    return None, None, None


def _program(artifact: Artifact, context: ProductContext) -> Said:
    """Strings of the version resource of a Windows program."""
    data = context.content(artifact).whole()
    for resource in read_resources(data, VERSION)[:1]:
        said = version_strings(data, resource.offset, resource.size)
        version, build = said.get("ProductVersion"), said.get("FileVersion")
        return said.get("ProductName"), version or build, build if version and build != version else None
    return None, None, None


_SORTS = (
    _Sort(_eclipse, names=(".eclipseproduct",)),
    _Sort(_package, formats=("python-metadata",)),
    _Sort(_package, names=("control",)),
    _Sort(_npm, names=("package.json",)),
    _Sort(_appstream, formats=("appstream",)),
    _Sort(_plist, names=("Info.plist",)),
    _Sort(_program, formats=("pe",), names=("*.exe",)),
    _Sort(_manifest, names=("MANIFEST.MF",)),
    _Sort(_pom, names=("pom.properties",)),
    _Sort(_nuget, formats=("nuspec",)),
    _Sort(_appx, names=("AppxManifest.xml",)),
    _Sort(_chart, names=("Chart.yaml",)),
    _Sort(_desktop, formats=("desktop-entry",)),
)

NAMES = tuple(sorted({name for sort in _SORTS for name in sort.names if not sort.formats}))
FORMATS = tuple(sorted({form for sort in _SORTS for form in sort.formats}))
"""What a probe that hands on identities examines."""
