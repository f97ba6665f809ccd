"""Do the names in an entity data model lead anywhere, and to the right kind of thing?

A namespace that is included from a document outside of the product leaves it open. Terms of annotations are not
followed: what a reader does not know of them it ignores (OData CSDL 4.01 §14).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cpo_probes.api.odata.model import Entry, Member, Model, Type, Where, single
from cpo_scan.probe.documents import Problem

_DEEPEST = 100  # types that inherit from each other
_VALUES = ("primitive", "enum", "complex", "definition")


class Rules:
    """The checks, and the namespaces that they would have needed."""

    def __init__(self, model: Model, table: Mapping[str, Any]) -> None:
        self.model = model
        self._primitive = frozenset(table["primitive_types"])
        self.absent: set[str] = set()
        self._calls = {(call.kind, call.name) for call in model.calls}

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the examined document."""
        for kind in self.model.types.values():
            if kind.own:
                yield from self._type(kind)
        for call in self.model.calls:
            if call.own:
                yield from self._members(call.parameters)
                yield from self._named(call.returns, call.where)
        yield from self._containers()

    # -- types

    def kind_of(self, name: str) -> str | None:
        """`primitive`, or the kind of a defined type; None where it is not known here, empty where it is wrong."""
        name = single(name)
        space, dot, local = name.rpartition(".")
        if space == "Edm" or (not dot and self.model.language == "csdl-3"):
            return "primitive" if local in self._primitive else ""
        qualified = self.model.qualified(name)
        if (found := self.model.types.get(qualified)) is not None:
            return found.kind
        namespace = qualified.rpartition(".")[0]
        if namespace not in self.model.namespaces and namespace in self.model.included:
            self.absent.add(namespace)
            return None
        return ""

    def _named(self, name: str, where: Where, kinds: tuple[str, ...] = ()) -> Iterator[Problem]:
        if not name.strip():
            return  # the grammar says whether it may be absent
        kind = self.kind_of(name)
        if kind == "":
            yield self.model.problem(where, "odata.type_missing", name=name)
        elif kind is not None and kinds and kind not in kinds:
            yield self.model.problem(where, "odata.type_kind", name=name, kind=kind)

    def _type(self, kind: Type) -> Iterator[Problem]:
        yield from self._named(kind.base, kind.where, ("primitive",) if kind.kind == "definition" else (kind.kind,))
        if kind.kind == "association":
            for end in kind.members:
                yield from self._named(end.type, end.where, ("entity",))
            return
        yield from self._members(kind.members)
        seen = Counter(member.name for member in kind.members)
        for member in kind.members:
            if seen[member.name] > 1:
                seen[member.name] = 0
                yield self.model.problem(member.where, "odata.name_twice", name=f"{kind.name}/{member.name}")
        known, whole = self._all_members(kind)
        for path, where in kind.keys:
            if whole and path.partition("/")[0] not in known:
                yield self.model.problem(where, "odata.key_missing", name=path)

    def _members(self, members: Iterable[Member]) -> Iterator[Problem]:
        for member in members:
            if member.roles is not None:
                yield from self._role(member)
            elif member.navigation:
                yield from self._named(
                    member.type, member.where, ("entity",) if single(member.type)[:4] != "Edm." else ()
                )
            else:
                yield from self._named(member.type, member.where)

    def _role(self, member: Member) -> Iterator[Problem]:
        assert member.roles is not None
        association = self.model.types.get(self.model.qualified(member.roles[0]))
        if association is None or association.kind != "association":
            yield self.model.problem(member.where, "odata.association_missing", name=member.roles[0])
        elif member.roles[1] not in {end.name or single(end.type).rpartition(".")[2] for end in association.members}:
            yield self.model.problem(member.where, "odata.role_missing", name=member.roles[1])

    def _all_members(self, kind: Type) -> tuple[set[str], bool]:
        """Names of the properties of a type and of what it inherits from, and whether all of that is at hand."""
        found: set[str] = set()
        for _ in range(_DEEPEST):
            found |= {member.name for member in kind.members}
            if not kind.base:
                return found, True
            base = self.model.types.get(self.model.qualified(kind.base))
            if base is None:
                return found, False
            kind = base
        return found, False

    # -- the container

    def _containers(self) -> Iterator[Problem]:
        own = [entry for entry in self.model.entries if entry.own]
        sets = {entry.name for entry in self.model.entries}
        seen: Counter[tuple[str, str]] = Counter()
        for entry in own:
            seen[entry.container, entry.name] += 1
            # Function imports of version 3 may have the same name with other parameters.
            if seen[entry.container, entry.name] == 2 and (
                entry.kind != "FunctionImport" or self.model.language != "csdl-3"
            ):
                yield self.model.problem(entry.where, "odata.name_twice", name=entry.name)
            yield from self._entry(entry)
            for target, where in entry.bindings:
                if "/" not in target and "." not in target and target not in sets and not self.model.included:
                    yield self.model.problem(where, "odata.binding_missing", name=target)
        for _, association, ends, where in self.model.association_sets:
            found = self.model.types.get(self.model.qualified(association))
            if found is None or found.kind != "association":
                yield self.model.problem(where, "odata.association_missing", name=association)
            for name in ends:
                if name and name not in sets:
                    yield self.model.problem(where, "odata.binding_missing", name=name)

    def _entry(self, entry: Entry) -> Iterator[Problem]:
        if entry.kind in ("EntitySet", "Singleton"):
            yield from self._named(entry.target, entry.where, ("entity",))
            return
        yield from self._members(entry.parameters)
        yield from self._named(entry.returns, entry.where)
        if not entry.target:
            return
        name = self.model.qualified(entry.target)
        namespace = name.rpartition(".")[0]
        if (entry.kind.removesuffix("Import"), name) in self._calls:
            return
        if namespace not in self.model.namespaces and namespace in self.model.included:
            self.absent.add(namespace)
        else:
            yield self.model.problem(entry.where, "odata.operation_missing", name=entry.target)
