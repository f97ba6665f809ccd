"""What an OData service offers: entity sets, singletons, imports, and operations bound to its types.

Rule: an entity set and a singleton are one operation each, whatever HTTP methods they allow; so is each import of a
function or an action, and each overload of a bound function or action, since it is called at the resource that it is
bound to. Unbound ones without an import can't be called and are none. An import is described also by its function or
action, an entity set and a singleton also by their entity type.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.deprecation import deprecation
from cpo_probes.api.description import Operation
from cpo_probes.api.odata.model import Call, Entry, Member, Model, Remarks, Type, single
from cpo_scan.probe.wording import is_documented

_KINDS = ("entity", "complex", "enum", "definition")


def operations(model: Model) -> Iterator[Operation]:
    """The operations of the examined document, in its order: entries first, bound ones after them."""
    for entry in model.entries:
        if entry.own:
            yield _entry(entry, model)
    for call in model.calls:
        if call.own and call.bound:
            yield _bound(call, model)


def _entry(entry: Entry, model: Model) -> Operation:
    remark = model.remark(entry.container, entry.name)
    text = remark.text or model.remark(model.qualified(entry.target)).text
    own = (entry.name, single(entry.target).rpartition(".")[2])
    return _operation(model, entry.name, text, own, entry.where, remark, f"{entry.kind} {entry.name}")


def _bound(call: Call, model: Model) -> Operation:
    remark = model.remark(call.name)
    owner = single(call.parameters[0].type).rpartition(".")[2] if call.parameters else ""
    name = f"{owner}/{call.name}" if owner else call.name
    own = (call.name.rpartition(".")[2], owner)
    return _operation(model, name, remark.text, own, call.where, remark, f"{call.kind} {call.name}")


def _operation(
    model: Model, name: str, text: str, own: tuple[str, ...], where: Any, remark: Remarks, excerpt: str
) -> Operation:
    ending = deprecation(remark.deprecated) if remark.deprecated is not None else None
    return Operation(name=name, text=text, own=own, place=model.locate(where), deprecation=ending, excerpt=excerpt)


def surroundings(model: Model) -> dict[str, Any]:
    """Attributes beside the operations."""
    types = [kind for kind in model.types.values() if kind.own and kind.kind in _KINDS]
    entities = [kind for kind in types if kind.kind == "entity"]
    properties = [(kind, member) for kind in types if kind.kind in ("entity", "complex") for member in kind.members]
    parameters = [
        (owner, member)
        for owner, members in [
            *((call.name, call.parameters[1 if call.bound else 0 :]) for call in model.calls if call.own),
            *((f"{entry.container}/{entry.name}", entry.parameters) for entry in model.entries if entry.own),
        ]
        for member in members
    ]
    readable = _readable(model)
    return {
        "title": (model.containers[0] if model.containers else min(model.namespaces, default=""))[:240] or None,
        "api_version": model.schema_version,
        "entity_sets": sum(entry.own and entry.kind == "EntitySet" for entry in model.entries),
        "singletons": sum(entry.own and entry.kind == "Singleton" for entry in model.entries),
        "imports": sum(entry.own and entry.kind.endswith("Import") for entry in model.entries),
        "bound_operations": sum(call.own and call.bound for call in model.calls),
        "entity_types": len(entities),
        "readable_entity_types": sum(kind.name in readable for kind in entities),
        "schemas": len(types),
        "documented_schemas": sum(
            is_documented(model.remark(kind.name).text, kind.name.rpartition(".")[2]) for kind in types
        ),
        "properties": len(properties),
        "documented_properties": sum(_described(model, kind.name, member) for kind, member in properties),
        "parameters": len(parameters),
        "documented_parameters": sum(_described(model, owner, member) for owner, member in parameters),
        "security": sorted(model.security),
    }


def _described(model: Model, owner: str, member: Member) -> bool:
    return is_documented(model.remark(owner, member.name).text, member.name)


def _readable(model: Model) -> set[str]:
    """Entity types that a client gets at: those of entity sets, singletons and results, and where they lead to."""
    functions = {call.name: call for call in model.calls}
    waiting = [entry.target for entry in model.entries if entry.kind in ("EntitySet", "Singleton")]
    waiting += [entry.returns for entry in model.entries]
    waiting += [
        functions[name].returns
        for entry in model.entries
        if entry.kind.endswith("Import") and (name := model.qualified(entry.target)) in functions
    ]
    derived: dict[str, list[str]] = {}
    for kind in model.types.values():
        if kind.base:
            derived.setdefault(model.qualified(kind.base), []).append(kind.name)
    found: set[str] = set()
    while waiting:
        name = model.qualified(single(waiting.pop()))
        if name in found or name not in model.types:
            continue
        found.add(name)
        kind = model.types[name]
        waiting += [kind.base, *derived.get(name, ())]
        waiting += [_led_to(member, model) for member in kind.members if member.navigation or "." in member.type]
    return found


def _led_to(member: Member, model: Model) -> str:
    if member.roles is None:
        return member.type
    association: Type | None = model.types.get(model.qualified(member.roles[0]))
    ends = association.members if association is not None else ()
    return next((end.type for end in ends if end.name == member.roles[1]), "")
