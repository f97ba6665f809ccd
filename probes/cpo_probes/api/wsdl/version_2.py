"""WSDL 2.0: operations of interfaces, and whether the names lead anywhere."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import Operation, text_of
from cpo_probes.api.wsdl.documents import Documents
from cpo_probes.api.wsdl.surface import binding_facts, operation_of, said, schema_facts
from cpo_scan.probe.xml_structure import XmlProblem, expanded, problem_at

# WSDL 2.0 part 1 §2.5.1 and §2.3.1: tokens that stand instead of the name of an element.
_TOKENS = ("#any", "#none", "#other")
_CLAUSES = {"interface": "2.2.1", "binding": "2.7.1", "service": "2.12.1", "endpoint": "2.13.1", "element": "2.5.1"}
_CLAUSES |= {"operation": "2.4.1", "fault": "2.3.1"}


def operations(root: Any) -> Iterator[Operation]:
    """The operations of the interfaces of one document; those of others are counted there."""
    space = _space(root)
    for interface in root.iterchildren(f"{space}interface"):
        owner = interface.get("name") or ""
        for element in interface.iterchildren(f"{space}operation"):
            name = element.get("name") or ""
            text = said(element, f"{space}documentation")
            yield operation_of(element, f"{owner}.{name}" if owner else name, text, (owner, name))


def surroundings(documents: Documents) -> dict[str, Any]:
    """Attributes beside the operations."""
    root = documents.main.root
    space = _space(root)
    services = list(root.iterchildren(f"{space}service"))
    interfaces = list(root.iterchildren(f"{space}interface"))
    return {
        "title": next(
            (text_of(element.get("name")) for element in [*services, *interfaces] if element.get("name")), None
        ),
        "namespace": text_of(root.get("targetNamespace")),
        "services": len(services),
        "interfaces": len(interfaces),
        "operations_with_error": sum(
            operation.find(f"{space}outfault") is not None or operation.find(f"{space}infault") is not None
            for interface in interfaces
            for operation in interface.iterchildren(f"{space}operation")
        ),
        **binding_facts(root),
        **schema_facts(documents),
    }


class _Names:
    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.space = _space(documents.main.root)
        self.known: dict[str, dict[tuple[str, str], Any]] = {"interface": {}, "binding": {}}
        for description in documents.descriptions:
            for kind, found in self.known.items():
                for element in description.root.iterchildren(self.space + kind):
                    found.setdefault((description.namespace, (element.get("name") or "").strip()), element)

    def problem(self, element: Any, stated: str, kind: str) -> XmlProblem | None:
        """What is wrong with a reference to an interface or a binding."""
        name = expanded(element, stated)
        if name is None:
            return _problem(element, "wsdl.prefix_undeclared", kind, stated)
        if name in self.known[kind] or name[0] in self.documents.absent:
            return None
        return _problem(element, "wsdl.reference_missing", kind, stated)

    def interface(self, element: Any) -> Any:
        name = expanded(element, element.get("interface") or "")
        return self.known["interface"].get(name) if name is not None else None


def reference_problems(documents: Documents) -> Iterator[XmlProblem]:
    """What is wrong with the names of the examined document."""
    names = _Names(documents)
    root, space = documents.main.root, names.space
    yield from _twice(root, space)
    for interface in root.iterchildren(f"{space}interface"):
        for stated in (interface.get("extends") or "").split():
            yield from _some(names.problem(interface, stated, "interface"))
        for element in interface.iter(f"{space}input", f"{space}output", f"{space}fault"):
            yield from _some(_element(element, documents))
    for binding in root.iterchildren(f"{space}binding"):
        if stated := binding.get("interface"):
            yield from _some(names.problem(binding, stated, "interface"))
            yield from _bound(binding, names)
    for service in root.iterchildren(f"{space}service"):
        if stated := service.get("interface"):
            yield from _some(names.problem(service, stated, "interface"))
        for endpoint in service.iterchildren(f"{space}endpoint"):
            if stated := endpoint.get("binding"):
                yield from _some(names.problem(endpoint, stated, "binding"))


def _bound(binding: Any, names: _Names) -> Iterator[XmlProblem]:
    """References of a binding to operations and faults of its interface, or of those that it extends."""
    interface = names.interface(binding)
    offered: dict[str, set[str]] = {"operation": set(), "fault": set()}
    waiting, seen = [interface], set()
    while waiting:
        interface = waiting.pop()
        if interface is None:
            return  # an interface that is not at hand may define them
        if interface in seen:
            continue
        seen.add(interface)
        for kind, found in offered.items():
            found |= {element.get("name") or "" for element in interface.iterchildren(names.space + kind)}
        for stated in (interface.get("extends") or "").split():
            name = expanded(interface, stated)
            waiting.append(names.known["interface"].get(name) if name is not None else None)
    for kind, found in offered.items():
        for element in binding.iterchildren(names.space + kind):
            stated = (element.get("ref") or "").strip()
            name = expanded(element, stated) if stated else ("", "")
            if name is None:
                yield _problem(element, "wsdl.prefix_undeclared", kind, stated)
            elif stated and name[1] not in found:
                yield _problem(element, "wsdl.reference_missing", kind, stated)


def _element(element: Any, documents: Documents) -> XmlProblem | None:
    stated = (element.get("element") or "").strip()
    if not stated or stated in _TOKENS:
        return None
    name = expanded(element, stated)
    if name is None:
        return _problem(element, "wsdl.prefix_undeclared", "element", stated)
    known = documents.schemas.knows(f"{{{name[0]}}}{name[1]}", "element")
    if known is False and not (documents.missing and name[0] not in documents.schemas.namespaces):
        return _problem(element, "wsdl.component_missing", "element", stated)
    return None


def _twice(root: Any, space: str) -> Iterator[XmlProblem]:
    for kind in ("interface", "binding", "service"):
        seen: Counter[str] = Counter()
        for element in root.iterchildren(space + kind):
            name = (element.get("name") or "").strip()
            seen[name] += 1
            if name and seen[name] == 2:
                yield _problem(element, "wsdl.name_twice", kind, name)


def _some(problem: XmlProblem | None) -> Iterator[XmlProblem]:
    if problem is not None:
        yield problem


def _space(root: Any) -> str:
    return str(root.tag).rpartition("}")[0] + "}"


def _problem(element: Any, code: str, kind: str, name: str) -> XmlProblem:
    return problem_at(element, code, kind=kind, name=name[:200], clause=f"WSDL 2.0 §{_CLAUSES[kind]}")
