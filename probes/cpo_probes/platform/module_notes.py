"""What one artifact says of the module that it belongs to: what the module offers to others, and what it needs.

Names of what is offered and needed are keys with a kind before them, so that a class of Java is no module of Python:
`class:org/acme/api/Reader`, `java:org.acme.api` (a package that is exported), `bundle:org.acme`, `module:org.acme`,
`net:acme`, `lib:libacme.so.1`, `py:acme`, `npm:acme`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.binaries import read_binary
from cpo_scan.probe.classfile import MODULE, ClassFile, read_class, read_references
from cpo_scan.probe.dotnet import is_assembly, read_assembly
from cpo_scan.probe.jar_manifest import clauses, read_headers
from cpo_scan.probe.plugin_names import plugin_hosts
from cpo_scan.probe.python_names import read_imports

Table = dict[str, Any]
_FRIENDS = "System.Runtime.CompilerServices.InternalsVisibleToAttribute"
_ADDIN_MARKS = {"Mono.Addins.AddinAttribute"}  # an assembly says that it extends another one (Mono.Addins reference)
_PYTHON_ENTRY = b"PyInit_"  # what a native module of Python exports (Python/C API, initialisation of modules)


class Piece(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one artifact says. `root` is where the module lies; empty where the product's folders decide (Python)."""

    kind: str  # java, dotnet, native, python, node
    root: str = ""
    name: str = ""
    version: str = ""
    offers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    exported: tuple[str, ...] | None = None
    """What it says that others may use; None: it says nothing of that."""
    private: tuple[tuple[str, str], ...] = ()
    """What it uses of others although its name says that it is theirs: key of the other, and the name."""
    friends: tuple[str, ...] = ()
    """Modules that it lets use more than others."""
    addon: bool = False
    """It says that it extends another program."""
    speaks: bool = False
    """It is the module's own description, and so the first thing to cite."""
    extends: tuple[str, ...] = ()
    """Names of assemblies with plug-in types from which it derives."""
    counts: bool = False
    """It is a part that the module is made of, and no description alone."""
    unread: bool = False


def java_piece(artifact: Artifact, context: Context) -> Piece:
    """A class, and the classes that it names. One that can't be read says only that."""
    data = context.bytes(artifact)
    try:
        found = read_references(data)
        if found.access & MODULE:
            return _java_module(artifact, read_class(data))
    except Unreadable:  # a row of the coverage says why: sdk.surface-java reads it too
        return Piece(kind="java", root=artifact.path.rpartition("!/")[0], unread=True)
    needs = tuple(f"class:{name}" for name in found.names if not name.startswith("java/"))
    root = _class_root(artifact.path, found.name)
    return Piece(kind="java", root=root, offers=(f"class:{found.name}",), needs=needs, counts=True)


def _java_module(artifact: Artifact, found: ClassFile) -> Piece:
    exported = tuple(f"java:{one.package.replace('/', '.')}" for one in found.exports if not one.to)
    return Piece(
        kind="java",
        root=_unversioned(_folder(artifact.path)),
        name=found.module,
        offers=(f"module:{found.module}",),
        needs=tuple(f"module:{name}" for name in found.requires if not name.startswith("java.")),
        exported=exported,
        addon=bool(found.provides),
        speaks=True,
    )


def bundle_piece(artifact: Artifact, context: Context, table: Table) -> Piece | None:
    """A manifest of a JAR: name, version, and for a bundle what it exports and requires."""
    path = artifact.path
    if path.rpartition("/")[0].rpartition("/")[2] != "META-INF":
        return None
    headers = {name: header.value for name, header in read_headers(context.text(artifact)).items()}
    bundle = headers.get("bundle-symbolicname", "").partition(";")[0].strip()
    needs = [
        f"{kind}:{one}"
        for header, kind in (("require-bundle", "bundle"), ("import-package", "java"), ("fragment-host", "bundle"))
        for clause in clauses(headers.get(header, ""))
        for one in clause.paths
    ]
    exported: tuple[str, ...] | None = None
    if bundle or "export-package" in headers:
        exported = tuple(
            f"java:{one}"
            for clause in clauses(headers.get("export-package", ""))
            if clause.parameters.get("x-internal:") != "true" and "x-friends:" not in clause.parameters
            for one in clause.paths
        )
    return Piece(
        kind="java",
        root=_folder(_folder(path)),
        name=bundle or headers.get("automatic-module-name", ""),
        version=headers.get("bundle-version") or headers.get("implementation-version", ""),
        offers=(*((f"bundle:{bundle}",) if bundle else ()), *(exported or ())),
        needs=tuple(sorted(set(needs))),
        exported=exported,
        addon=any(header in headers for header in table["java"]["addon_headers"]),
        speaks=True,
    )


def registering_piece(artifact: Artifact, context: Context, table: Table) -> Piece | None:
    """What makes a jar or a bundle an add-on: a plugin.xml that extends something, a file of service providers."""
    folder = _folder(artifact.path)
    if artifact.format == "eclipse-plugin":
        extends = any(True for _ in context.xml(artifact).getroot().iterchildren("extension"))
        return Piece(kind="java", root=folder, addon=True) if extends else None
    if folder.endswith("META-INF/services") and not artifact.name.startswith(tuple(table["java"]["no_addon_services"])):
        return Piece(kind="java", root=_folder(_folder(folder)), addon=True)
    return None


def binary_piece(artifact: Artifact, context: Context) -> Piece | None:
    """A program or library, native or of .NET; None for translations of an assembly."""
    data = context.content(artifact).whole()
    if artifact.format == "pe" and is_assembly(data):
        found = read_assembly(data, types=False)
        if found.culture or not found.name:
            return None
        friends = (one.text.partition(",")[0].strip() for one in found.attributes if one.type == _FRIENDS)
        return Piece(
            kind="dotnet",
            root=artifact.path,
            name=found.name,
            version=found.version,
            offers=(f"net:{found.name.lower()}",),
            needs=tuple(f"net:{one.name.lower()}" for one in found.references),
            friends=tuple(friend.lower() for friend in friends if friend),
            addon=not _ADDIN_MARKS.isdisjoint(one.type for one in found.attributes),
            extends=plugin_hosts(data, context.data("mechanisms")["types"]),
            speaks=True,
            counts=True,
        )
    binary = read_binary(data, symbols=False)
    fold = str.lower if binary.format == "pe" else str
    offers = {f"lib:{fold(_base(name))}" for name in (binary.name, artifact.name) if name}
    if data.find(_PYTHON_ENTRY) >= 0:
        offers.add(f"py:{artifact.name.partition('.')[0]}")
    return Piece(
        kind="native",
        root=artifact.path,
        name=artifact.name,
        offers=tuple(sorted(offers)),
        needs=tuple(f"lib:{fold(_base(name))}" for name in binary.needed),
        speaks=True,
        counts=True,
    )


def python_piece(artifact: Artifact, context: Context, table: Table) -> Piece:
    """A source of Python: the modules that it imports from elsewhere."""
    limit = context.limits.source_bytes
    text = context.text(artifact)[:limit]  # what is longer was generated, and its imports stand at the top
    hidden = table["python"]["hidden_prefix"]
    needs: set[str] = set()
    private: set[tuple[str, str]] = set()
    for one in read_imports(text):
        if one.level or not one.module:
            continue
        first, *others = one.module.split(".")
        needs.add(f"py:{first}")
        for name in (*others, *one.names):
            if name.startswith(hidden) and not name.endswith("__") and not first.startswith(hidden):
                private.add((f"py:{first}", f"{one.module}.{name}" if name in one.names else one.module))
    addon = artifact.name.lower() in table["python"]["addon_files"]
    return Piece(kind="python", needs=tuple(sorted(needs)), private=tuple(sorted(private)), addon=addon, counts=True)


def entry_piece(artifact: Artifact, context: Context, table: Table) -> Piece | None:
    """Entry points of a distribution: the packages that extend another program by them."""
    section, extending = "", set[str]()
    for line in context.text(artifact).splitlines():
        bare = line.strip()
        if bare.startswith("[") and bare.endswith("]"):
            section = bare[1:-1].strip()
        elif section and section not in table["python"]["no_addon"] and "=" in bare:
            target = bare.partition("=")[2].strip().partition(":")[0].partition(".")[0].strip()
            if target.isidentifier():
                extending.add(f"py:{target}")
    return Piece(kind="entries", needs=tuple(sorted(extending)), addon=True) if extending else None


def node_piece(artifact: Artifact, context: Context, table: Table) -> Piece | None:
    """A package of Node with a name and a version."""
    value = context.json(artifact).value
    if not isinstance(value, dict):
        return None
    name, version = value.get("name"), value.get("version")
    if not (isinstance(name, str) and name and isinstance(version, str)):
        return None
    rows = table["node"]
    needs = {f"npm:{one}" for key in rows["needs"] if isinstance(listed := value.get(key), dict) for one in listed}
    published = [key for key in rows["publishes"] if value.get(key)]
    return Piece(
        kind="node",
        root=_folder(artifact.path),
        name=name,
        version=version,
        offers=(f"npm:{name}",),
        needs=tuple(sorted(needs)),
        exported=tuple(published) if published else None,
        addon=any(value.get(key) for key in rows["addon"]),
        speaks=True,
        counts=True,
    )


def pieces(artifact: Artifact, context: Context) -> Iterator[Piece]:
    """What an artifact says of its module; raises Unreadable."""
    table: Table = context.data("modules")
    found: Piece | None
    match artifact.format:
        case "java-class":
            found = java_piece(artifact, context)
        case "osgi-manifest" | "java-manifest":
            found = bundle_piece(artifact, context, table)
        case "elf" | "pe" | "mach-o":
            found = binary_piece(artifact, context)
        case "python":
            found = python_piece(artifact, context, table)
        case "package-json":
            found = node_piece(artifact, context, table)
        case _ if artifact.name.lower() == "entry_points.txt":
            found = entry_piece(artifact, context, table)
        case _ if artifact.name.lower().endswith(".py"):
            found = python_piece(artifact, context, table)
        case _:
            found = registering_piece(artifact, context, table)
    if found is not None:
        yield found


def _folder(path: str) -> str:
    """The folder of a file, or the container at whose top it lies."""
    return path.rpartition("/")[0].removesuffix("!")


def _base(name: str) -> str:
    """The file name of a library that is needed by a path (`@rpath/libacme.dylib`)."""
    return name.replace("\\", "/").rpartition("/")[2]


def _class_root(path: str, name: str) -> str:
    """The jar or the folder in which the package of a class begins."""
    file = f"{name}.class"
    if path.endswith(f"/{file}"):
        return _unversioned(path[: -len(file) - 1].removesuffix("!"))
    return "" if path == file else _folder(path)


def _unversioned(root: str) -> str:
    """Without the folder for a release of Java (JAR File Specification, multi-release JAR files)."""
    before, found, release = root.rpartition("/META-INF/versions/")
    return before.removesuffix("!") if found and release.isdigit() else root
