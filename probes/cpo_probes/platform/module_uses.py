"""What native and .NET add-ons take from other modules of the product, and whether that is published.

An assembly publishes its public types and members; where the one that holds the interface of the plug-ins has a
documentation file or lies in a folder of a development kit, only such assemblies of its maker do. A library publishes
what the headers of a development kit name: a library of which they name nothing is none of the interface.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cpo_probes.platform.module_graph import Graph, Unit
from cpo_scan.probe import Artifact, Index, ProductContext, Severity, Unreadable
from cpo_scan.probe.binaries import read_binary
from cpo_scan.probe.dotnet import Assembly, Type, read_assembly
from cpo_scan.probe.dotnet_uses import ForeignType, read_taken
from cpo_scan.probe.kit_roots import Roots
from cpo_scan.probe.mangled import identifiers
from cpo_scan.probe.patterns import compile as compile_pattern

_WORD = r"[A-Za-z_]\w*+"
_COMPANY = "System.Reflection.AssemblyCompanyAttribute"
_OFFERED = ("public", "protected")

Table = dict[str, Any]


def tell_addons(context: ProductContext, graph: Graph, table: Table) -> None:
    """Set of each native and .NET add-on that it is one, what it takes that is not published, and that this is told."""
    _Assemblies(context, graph, table).tell()
    _Libraries(context, graph, table).tell()


class _Assemblies:
    def __init__(self, context: ProductContext, graph: Graph, table: Table) -> None:
        self._context, self._graph, self._index = context, graph, context.index
        self._folders = frozenset(table["dotnet"]["kit_folders"])
        self._hidden = frozenset(table["java"]["hidden"])
        self._known: dict[str, tuple[Assembly, dict[str, Type]] | None] = {}

    def tell(self) -> None:
        """Look at each assembly that derives from a plug-in type of another one."""
        for unit in self._graph.units.values():
            if unit.kind != "dotnet":
                continue
            hosts = [self._other(assembly, unit) for assembly in unit.extends]
            units = [host for host in hosts if host is not None]
            unit.addon = unit.addon or bool(units)
            artifact = self._index.get(unit.place)
            if not unit.addon or artifact is None:
                continue
            self._context.checkpoint()
            try:
                taken = read_taken(self._context.content(artifact).whole())
            except Unreadable:
                continue  # a row of the coverage says so since it was noted
            published = [host for host in units if _published(host.place, self._index, self._folders)]
            unit.told_by = "documentation" if published else "visibility"
            for name in self._kept(unit, taken.types, taken.members, published):
                unit.takes.setdefault(name, unit.place)

    def _other(self, assembly: str, unit: Unit) -> Unit | None:
        found = self._graph.provider(f"net:{assembly.lower()}", unit)
        return found if found is not unit else None

    def _kept(
        self,
        unit: Unit,
        types: Iterable[ForeignType],
        members: Iterable[tuple[ForeignType, str]],
        published: list[Unit],
    ) -> Iterator[str]:
        """What is used of other modules although they do not offer it."""
        for one in types:
            other = self._other(one.assembly, unit)
            known = self._types(other) if other is not None else None
            if other is None or known is None or one.name not in known[1]:
                continue
            named_so = not self._hidden.isdisjoint(one.name.lower().split("."))
            if named_so or known[1][one.name].visibility not in _OFFERED or self._unpublished(other, published):
                yield f"{other.called}: {one.name}"
        for owner, name in members:
            other = self._other(owner.assembly, unit)
            known = self._types(other) if other is not None else None
            kind = known[1].get(owner.name) if known else None
            if other is not None and kind is not None and kind.visibility in _OFFERED:
                same = [method.visibility for method in kind.methods if method.name == name]
                same += [field.visibility for field in kind.fields if field.name == name]
                if same and not any(visibility in _OFFERED for visibility in same):
                    yield f"{other.called}: {owner.name}.{name}"

    def _unpublished(self, other: Unit, published: list[Unit]) -> bool:
        """Is it no part of an interface that its maker publishes in other assemblies?"""
        return not _published(other.place, self._index, self._folders) and any(
            self._one_maker(other, host) for host in published
        )

    def _types(self, unit: Unit) -> tuple[Assembly, dict[str, Type]] | None:
        if unit.id not in self._known:
            artifact = self._index.get(unit.place)
            self._known[unit.id] = None
            if artifact is not None:
                try:
                    found = read_assembly(self._context.content(artifact).whole())
                    self._known[unit.id] = (found, {kind.name: kind for kind in found.types})
                except Unreadable:
                    pass
        return self._known[unit.id]

    def _one_maker(self, unit: Unit, other: Unit) -> bool:
        """Do two assemblies name one company, or does one name begin like the other where they name none?"""
        companies = {self._company(unit), self._company(other)}
        if "" in companies:
            return unit.called.partition(".")[0].lower() == other.called.partition(".")[0].lower()
        return len(companies) == 1

    def _company(self, unit: Unit) -> str:
        known = self._types(unit)
        attributes = known[0].attributes if known else ()
        return next((one.text.strip().lower() for one in attributes if one.type == _COMPANY), "")


def _published(path: str, index: Index, folders: frozenset[str]) -> bool:
    """Has an assembly a documentation file beside it, or does it lie in a folder of a development kit?"""
    stem = path.rpartition(".")[0]
    for name in (f"{stem}.xml", f"{stem}.XML"):
        found = index.get(name)
        if found is not None and found.format == "dotnet-doc":
            return True
    return not folders.isdisjoint(segment.lower().removesuffix("!") for segment in path.split("/")[:-1])


class _Libraries:
    def __init__(self, context: ProductContext, graph: Graph, table: Table) -> None:
        self._context, self._graph, self._index = context, graph, context.index
        self._mechanisms = frozenset(table["native"]["addon_mechanisms"])
        self._most: dict[str, int] = table["limits"]

    def tell(self) -> None:
        """Look at each library that a host loads by its entry symbol, where the product ships headers of a kit."""
        paths = {
            row["evidence"][0]["artifact"]
            for row in self._context.findings("extension.use")
            if row["attributes"]["mechanism"] in self._mechanisms and row.get("origin") not in ("component", "test")
        }
        addons = [unit for unit in self._graph.units.values() if unit.kind == "native" and unit.place in paths]
        for unit in addons:
            unit.addon = True
        headers = list(self._headers()) if addons else []
        if not headers:
            return
        needs = {unit.id: symbols for unit in addons if (symbols := self._symbols(unit, imported=True)) is not None}
        wanted = set().union(*needs.values()) if needs else set()
        offers = dict(self._offers(wanted, {unit.id for unit in addons}))
        names = {symbol: identifiers(symbol) for offered in offers.values() for symbol in offered}
        named = self._named(headers, {parts[-1] for parts in names.values() if parts})
        for unit in addons:
            if unit.id not in needs:
                continue
            for id_, offered in sorted(offers.items()):
                used = {symbol: names[symbol] for symbol in offered & needs[unit.id] if names[symbol]}
                if any(parts[-1] in named for parts in used.values()):
                    unit.told_by = "headers"
                    for _, parts in sorted(used.items()):
                        if parts[-1] not in named:
                            unit.takes.setdefault(f"{self._graph.units[id_].called}: {'::'.join(parts)}", unit.place)

    def _headers(self) -> Iterator[Artifact]:
        """Headers of development kits; none where they are too many to be read, since a name may stand in any."""
        roots = Roots.of(self._context.data("surface"))
        listed = [one for one in self._index.select(formats=("c-header",)) if roots.of_header(_folder(one.path))]
        if len(listed) > self._most["headers"]:
            self._context.partly(
                listed[self._most["headers"]],
                "modules.many_headers",
                severity=Severity.BY_DESIGN,
                limit=self._most["headers"],
                there=len(listed),
            )
            return
        yield from listed

    def _symbols(self, unit: Unit, *, imported: bool) -> set[bytes] | None:
        artifact = self._index.get(unit.place)
        if artifact is None:
            return None
        self._context.checkpoint()
        try:
            found = read_binary(self._context.content(artifact).whole())
        except Unreadable:
            return None  # a row of the coverage says so since it was noted
        return set(found.imported if imported else found.exported)

    def _offers(self, wanted: set[bytes], addons: set[str]) -> Iterator[tuple[str, set[bytes]]]:
        """Which modules that are no add-ons themselves offer some of the symbols. Copies of a library are one."""
        seen: set[str | None] = set()
        for unit in self._graph.units.values():
            if unit.kind != "native" or unit.id in addons:
                continue
            artifact = self._index.get(unit.place)
            digest = artifact.sha256 if artifact else None
            if digest is not None and digest in seen:
                continue
            seen.add(digest)
            offered = (self._symbols(unit, imported=False) or set()) & wanted
            if offered:
                yield unit.id, offered

    def _named(self, headers: list[Artifact], wanted: set[str]) -> set[str]:
        """Which of the names stand in the headers."""
        pattern = compile_pattern(_WORD)
        left, found = {name.encode() for name in wanted}, set[str]()
        for _, content in self._context.contents(headers):
            self._context.checkpoint()
            if isinstance(content, Unreadable):
                continue
            here = left & {match.group() for match in pattern.finditer(content.whole())}
            found |= {name.decode() for name in here}
            left -= here
            if not left:
                break
        return found


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
