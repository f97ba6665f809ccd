"""An OData service as an interface that can be compared: entity sets, singletons, imports, bound operations.

What lies in an entity set is read and written: whether a service lets it be written is its own business, and the model
seldom says it. So a property that must be given counts as a thing to give, and every property as one that is answered.
"""

from collections import deque
from collections.abc import Iterator

from cpo_probes.api.odata.model import Call, Entry, Member, Model, single
from cpo_probes.api.odata.model import Type as Described
from cpo_probes.api.odata.probe import read_model
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import ANY, Interface, Operation, Slot, Type

_DEEPEST = 100  # types that inherit from each other
# OData CSDL 4.01 clause 4.4: the integers with their bounds.
_INTEGERS = {
    "Byte": (0.0, 255.0), "SByte": (-128.0, 127.0), "Int16": (-(2.0**15), 2.0**15 - 1),
    "Int32": (-(2.0**31), 2.0**31 - 1), "Int64": (-(2.0**63), 2.0**63 - 1),
}  # fmt: skip


def read_odata(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of one CSDL document; None where it describes no service. Raises as the readers do."""
    found = read_model(artifact, context)
    if found is None:
        return None
    model, files = found
    context.checkpoint()
    reading = _Reading(model)
    operations = reading.operations()
    if not operations:
        return None
    reading.read()
    return Interface(
        family="odata",
        title=model.containers[0][:240] if len(model.containers) == 1 else "",
        version=(model.schema_version or "")[:240],
        files=files,
        operations=operations,
        types=reading.table.types,
    )


class _Reading:
    def __init__(self, model: Model) -> None:
        self._model = model
        self.table = TypeTable()
        self._todo: deque[tuple[int, Described]] = deque()

    def operations(self) -> dict[str, Operation]:
        """Each thing that a client calls, by the name in its address."""
        found: dict[str, Operation] = {}
        for entry in self._model.entries:
            if entry.own:
                for name, operation in self._entry(entry):
                    found.setdefault(name[:500], operation)
        for call in self._model.calls:
            if call.own and call.bound:
                owner = single(call.parameters[0].type).rpartition(".")[2] if call.parameters else ""
                name = f"{owner}/{self._signed(call, call.parameters[1:])}"
                found.setdefault(name[:500], self._call(call, call.parameters[1:], call.name))
        return found

    def read(self) -> None:
        """Fill in the types."""
        while self._todo:
            number, described = self._todo.popleft()
            self.table.put(number, self._type(described))

    def _entry(self, entry: Entry) -> Iterator[tuple[str, Operation]]:
        at = f"{entry.container}/{entry.name}"
        deprecated = self._model.remark(entry.container, entry.name).deprecated is not None
        if entry.kind in ("EntitySet", "Singleton"):
            number = self._number(entry.target)
            slot = Slot(type=number, at=at)
            keys = {"key": ", ".join(self._keys(entry.target))} if entry.kind == "EntitySet" else {}
            yield (
                f"{entry.kind} {entry.name}",
                Operation({"entity": slot}, {"entity": slot}, facts=keys, deprecated=deprecated, at=at),
            )
            return
        kind = entry.kind.removesuffix("Import")
        target = self._model.qualified(entry.target)
        calls = [call for call in self._model.calls if call.kind == kind and call.name == target and not call.bound]
        for call in calls:
            operation = self._call(call, call.parameters, at)
            ending = operation.deprecated or deprecated
            name = f"{entry.name}{self._signed(call, call.parameters).removeprefix(call.name)}"
            yield name, Operation(operation.inputs, operation.outputs, deprecated=ending, at=at)
        if not calls:  # version 3 and before: the import says it all
            yield (
                entry.name,
                Operation(
                    self._inputs(entry.parameters, at), self._result(entry.returns, at), deprecated=deprecated, at=at
                ),
            )

    def _signed(self, call: Call, parameters: tuple[Member, ...]) -> str:
        """Functions are told apart by the names of their parameters (clause 12.4), actions by their binding."""
        if call.kind != "Function":
            return call.name
        return f"{call.name}({', '.join(sorted(member.name for member in parameters))})"

    def _call(self, call: Call, parameters: tuple[Member, ...], at: str) -> Operation:
        deprecated = self._model.remark(call.name).deprecated is not None
        return Operation(self._inputs(parameters, at), self._result(call.returns, at), deprecated=deprecated, at=at)

    def _inputs(self, parameters: tuple[Member, ...], at: str) -> dict[str, Slot]:
        return {member.name: self._slot(member, f"{at}/{member.name}") for member in parameters}

    def _result(self, returned: str, at: str) -> dict[str, Slot]:
        return {"result": Slot(type=self._number(returned), at=at)} if returned.strip() else {}

    # -- types

    def _slot(self, member: Member, at: str, deprecated: bool = False) -> Slot:
        stated = member.type
        if member.roles is not None:
            return Slot(at=at, deprecated=deprecated, facts={"relationship": member.roles[0][:200]})
        collection = single(stated) != stated.strip()
        # That it may not be null says that it must be given: one change and not two.
        required = not (member.nullable or member.default or member.navigation or collection)
        number = self._number(stated)
        if member.longest.isdigit():
            base = self.table.types[number]
            number = self.table.shared(Type(bases=base.bases, limits={"maxLength": float(member.longest)}))
        return Slot(type=number, required=required, deprecated=deprecated, at=at)

    def _number(self, stated: str) -> int:
        name = single(stated)
        if name != stated.strip():
            return self.table.array(self._number(name))
        space, _, local = name.rpartition(".")
        if space == "Edm" or not space:
            if local in _INTEGERS:
                low, high = _INTEGERS[local]
                return self.table.shared(Type(bases=("integer",), limits={"minimum": low, "maximum": high}))
            return self.table.leaf(local[:80]) if local not in ("", "Untyped", "PrimitiveType") else ANY
        described = self._model.types.get(self._model.qualified(name))
        if described is None:
            return ANY
        if described.kind == "definition":
            return (
                self._number(described.base) if "." in described.base and single(described.base)[:4] == "Edm." else ANY
            )
        number, new = self.table.number(described.name)
        if new:
            self._todo.append((number, described))
        return number

    def _type(self, described: Described) -> Type:
        local = described.name.rpartition(".")[2]
        if described.kind == "enum":
            values = tuple(sorted({member.name for member in described.members}))
            return Type(name=local, bases=("string",), values=values, at=described.name)
        members: dict[str, Slot] = {}
        for kind in self._inherited(described):
            for member in kind.members:
                deprecated = self._model.remark(kind.name, member.name).deprecated is not None
                members.setdefault(member.name, self._slot(member, f"{kind.name}/{member.name}", deprecated))
        ending = self._model.remark(described.name).deprecated is not None
        return Type(
            name=local, bases=("object",), members=dict(sorted(members.items())), deprecated=ending, at=described.name
        )

    def _inherited(self, described: Described) -> Iterator[Described]:
        """The type and those that it is derived from."""
        for _ in range(_DEEPEST):
            yield described
            base = self._model.types.get(self._model.qualified(described.base)) if described.base else None
            if base is None:
                return
            described = base

    def _keys(self, target: str) -> list[str]:
        described = self._model.types.get(self._model.qualified(target))
        return [key for kind in (self._inherited(described) if described else ()) for key, _ in kind.keys]
