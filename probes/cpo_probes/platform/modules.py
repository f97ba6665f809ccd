"""The probe `platform.modules`: of which modules the product is made, and which of them need each other."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.platform.module_builds import builds
from cpo_probes.platform.module_graph import Graph, Unit, named
from cpo_probes.platform.module_notes import Piece, pieces
from cpo_probes.platform.module_uses import tell_addons
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Index,
    Note,
    ProductContext,
    Strength,
    formats,
    names,
)
from cpo_scan.probe.jar_manifest import SERVICE_FILES


class ModuleProbe(CombiningProbe):
    """Modules of the product, what they need from each other, and what they keep for themselves"""

    id = "platform.modules"
    version = 2
    examines = (
        formats("java-class", "osgi-manifest", "java-manifest", "eclipse-plugin", "package-json", "python")
        | formats("elf", "pe", "mach-o")
        | names("*.py", "entry_points.txt")
        | names(*SERVICE_FILES)
    )
    states = ("component",)
    limitations = (
        "What is called by a name that is put together at run time is not seen, nor what a native plug-in takes from "
        "the program that loads it, where no headers of a kit are shipped.",
        "Where several modules offer the same, the nearest by path counts; where none is nearer the need is unclear.",
        "An import counts wherever it stands in a source, also where it is only for type checkers.",
        "Whether an add-on uses only public interfaces is told for Java and Python, by what the other module exports "
        "or by names (internal, impl, a leading underscore); for .NET by visibility, and by documentation files or a "
        "folder of a kit where the plug-in interface has one; for native add-ons by the headers of a kit alone, where "
        "a name that macros put together is not seen.",
        "That native modules are one, built for several platforms, is told by their names and by folders named after "
        "platforms.",
        "Native add-ons are libraries with an entry symbol of a host; assemblies that derive from a plug-in type of "
        "another one, or say so by Mono.Addins, are those of .NET.",
    )
    references = (
        "Java Virtual Machine Specification, clauses 4.4 and 4.7.25",
        "OSGi Core 8 clause 3",
        "ECMA-335 partition II, clauses 22.5 and 22.38",
        "Itanium C++ ABI 5.1",
        "ELF gABI: dynamic section",
        "Python language reference, clause 7.11",
        "Node.js documentation: packages",
    )
    remediation = "Cut circles between modules, and say of each module which of its parts others may use."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        """Note what an artifact says of its module."""
        for piece in pieces(artifact, context):
            yield Note(piece)

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each module."""
        table: dict[str, Any] = context.data("modules")
        graph = Graph(_units(context, table))
        for path, piece in context.notes(Piece):
            for key in piece.needs if piece.kind == "entries" else ():
                extending = graph.provider(key, Unit(kind="python", root=path))
                if extending is not None:
                    extending.addon = True
        tell_addons(context, graph, table)
        same = builds(graph, table["native"]["platform_words"])
        for unit in graph.units.values():
            context.checkpoint()
            finding = _finding(unit, graph, table, context.index, same.get(unit.id))
            if finding is not None:
                yield finding


def _units(context: ProductContext, table: dict[str, Any]) -> list[Unit]:
    """The modules, from what their artifacts say in the order of the paths.

    First what each offers; then what each needs, where classes of Java that nothing in the product is called like are
    counted by their package, so that memory follows what modules need from each other.
    """
    units: dict[tuple[str, str], Unit] = {}
    classes: set[str] = set()
    packages = _Packages(context.index, frozenset(table["python"]["import_folders"]))
    for path, piece in context.notes(Piece):
        if piece.kind == "entries":
            continue
        root, offers, loose = piece.root, piece.offers, False
        if piece.kind == "python":
            root, offers, loose = packages.of(path)
        unit = units.setdefault((piece.kind, root), Unit(kind=piece.kind, root=root, loose=loose))
        unit.offers.update(offers)
        if piece.kind == "java":
            classes.update(offers)
        for use in piece.private:
            unit.private.setdefault(use, path)
        if piece.exported is not None:
            unit.exported = (unit.exported or set()) | set(piece.exported)
        unit.friends.update(piece.friends)
        unit.extends.update(piece.extends)
        unit.addon = unit.addon or piece.addon
        unit.name, unit.version = unit.name or piece.name, unit.version or piece.version
        unit.files += piece.counts
        unit.unread += piece.unread
        if not unit.place or (piece.speaks and not unit.described):
            unit.place, unit.described = path, piece.speaks
    for path, piece in context.notes(Piece):
        if piece.kind == "entries":
            continue
        root = packages.of(path)[0] if piece.kind == "python" else piece.root
        unit = units[piece.kind, root]
        for key in piece.needs:
            if not key.startswith("class:"):
                unit.needs.setdefault(key, path)
            elif key not in classes:
                unit.outside.add(f"java:{key[6:].rpartition('/')[0].replace('/', '.')}")
            elif key not in unit.offers:
                unit.needs.setdefault(key, path)
    # a manifest without classes (of sources, of translations) is no module
    return [unit for unit in units.values() if unit.files]


class _Packages:
    """To which module of Python does a source belong? To its topmost package, else to its folder."""

    def __init__(self, index: Index, import_folders: frozenset[str]) -> None:
        self._index, self._import_folders = index, import_folders
        self._known: dict[str, str | None] = {}

    def of(self, path: str) -> tuple[str, tuple[str, ...], bool]:
        """Root of the module, the key by which others import this source, and whether it is a loose one."""
        folder, _, file = path.rpartition("/")
        stem = file.partition(".")[0]
        package = self._package(folder)
        if package is not None:
            return package, (f"py:{package.rpartition('/')[2]}",), False
        if folder.rpartition("/")[2].lower() in self._import_folders:
            return path, (f"py:{stem}",), False
        return folder.removesuffix("!"), (f"py:{stem}",), True

    def _package(self, folder: str) -> str | None:
        """The topmost package around a folder. A folder without `__init__.py` inside of a package is a part of it that
        is imported by its name (PEP 420)."""
        if folder not in self._known:
            top = None
            at = folder
            while at and not at.endswith("!"):
                if self._index.get(f"{at}/__init__.py") is not None:
                    top = at
                at, _, name = at.rpartition("/")
                if not name.isidentifier():
                    break
            self._known[folder] = top
        return self._known[folder]


def _finding(unit: Unit, graph: Graph, table: dict[str, Any], index: Index, build_of: str | None) -> Finding | None:
    needs, users = graph.needs[unit.id], graph.users.get(unit.id, ())
    if unit.loose and not needs.inside and not users:
        return None  # scripts that lie beside each other are no module
    main = index.get(unit.place)
    if not unit.described:
        main = index.get(unit.root) or main  # the archive as a whole
    if main is None:
        return None
    most: int = table["limits"]["names"]
    depends = named((graph.units[other].called for other in needs.inside), most)
    circle = graph.circles.get(unit.id, ())
    private: dict[str, str] = {}
    for use, path in _private(unit, graph, table):
        private.setdefault(use, path)
    internal = named(private, most)
    attributes: dict[str, Any] = {
        "name": unit.called[:300],
        "version": unit.version[:100] or None,
        "module": unit.kind,
        "root": unit.root,
        "files": unit.files,
        "depends_on": depends["listed"],
        "depends_on_total": depends["total"],
        "needed_by": len(users),
        "needs_outside": len(needs.outside | unit.outside),
        "unclear": sorted(needs.unclear)[:most] or None,
        "in_cycle": bool(circle),
        "cycle": sorted(graph.units[other].called for other in circle)[:most] or None,
        "declares_interface": unit.exported is not None if unit.kind in ("java", "node") else None,
        "exported": len(unit.exported) if unit.exported is not None else None,
        "build_of": build_of,
        "addon": unit.addon or None,
        "only_public": not private if _told(unit) else None,
        "published_by": unit.told_by or None,
        "internal_uses": internal["listed"] or None,
        "internal_uses_total": internal["total"] or None,
        "unread": unit.unread or None,
    }
    evidence = [main.at(unit.called)]
    evidence += _shown(private, needs.inside, unit, index, table["limits"]["evidence"])
    return Finding("component", attributes, Strength.RECOGNISED, tuple(evidence), key=unit.id)


def _told(unit: Unit) -> bool:
    """Is it known whether the module uses only what others publish?"""
    return bool(unit.told_by) or (unit.kind in ("java", "python") and not unit.unread)


def _private(unit: Unit, graph: Graph, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a module uses of others that these keep for themselves, and the first artifact that does."""
    hidden = frozenset(table["java"]["hidden"])
    for key, path in sorted(unit.needs.items()):
        kind, _, name = key.partition(":")
        other = graph.provider(key, unit) if kind in {"class", "net"} else None
        if other is None or other is unit:
            continue
        if kind == "net":
            if unit.called.lower() in other.friends and not unit.told_by:
                yield f"{other.called}: friend assembly", path
            continue
        package = name.rpartition("/")[0].replace("/", ".")
        if other.exported is not None:
            kept = f"java:{package}" not in other.exported
        else:
            kept = not hidden.isdisjoint(package.lower().split("."))
        if kept:
            yield f"{other.called}: {package}", path
    yield from sorted(unit.takes.items())
    for (key, name), path in sorted(unit.private.items()):
        other = graph.provider(key, unit)
        if other is not None and other is not unit:
            yield f"{other.called}: {name}", path


def _shown(private: dict[str, str], inside: dict[str, str], unit: Unit, index: Index, most: int) -> Iterator[Evidence]:
    """Artifacts that show a need each; those of what others keep for themselves first."""
    shown = 0
    uses = list(private.items())
    uses += [(key.partition(":")[2], unit.needs[key]) for _, key in sorted(inside.items())]
    for name, path in uses:
        artifact = index.get(path) if shown < most else None
        if artifact is not None:
            shown += 1
            yield artifact.at(name)
