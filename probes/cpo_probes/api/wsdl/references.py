"""Do the names in a WSDL 1.1 description lead anywhere? Messages, port types, bindings, elements and types of schemas.

A description is refused where a name is missing by which the interface itself stands: messages of operations, elements
and types of their parts, port types of bindings. Four faults are told and do not refuse it, because readers of the
field go on without what they concern: an import that is there twice, a port whose binding is not there, a binding of an
operation that the port type does not have, and a reference without a prefix that means the target namespace although
the default one is another.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import without_user
from cpo_probes.api.wsdl.documents import WSDL_1, Documents
from cpo_scan.probe.xml_structure import XmlProblem, expanded, problem_at

TOLERATED = frozenset({"wsdl.reference_unprefixed", "wsdl.port_unbound", "wsdl.operation_missing", "wsdl.import_twice"})
_W = f"{{{WSDL_1}}}"
_SOAP = ("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
_NAMED = ("message", "portType", "binding", "service")
_CLAUSES = {"message": "2.3", "portType": "2.4", "binding": "2.5", "service": "2.7", "port": "2.6", "part": "2.3.1"}


class Names:
    """The names that a description and its imports define."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: dict[str, dict[tuple[str, str], Any]] = {kind: {} for kind in _NAMED}
        for description in documents.descriptions:
            for kind in _NAMED:
                for element in description.root.iterchildren(_W + kind):
                    self._known[kind].setdefault((description.namespace, (element.get("name") or "").strip()), element)
        self.unknown: set[str] = set()
        """Namespaces that are referred to, and what should define them is not at hand."""

    def resolve(
        self, element: Any, attribute: str, kind: str, code: str = "wsdl.reference_missing"
    ) -> tuple[Any, XmlProblem | None]:
        """The element that an attribute refers to, and what is wrong with the reference (`code`: it leads nowhere)."""
        stated = (element.get(attribute) or "").strip()
        if not stated:
            return None, None
        name = expanded(element, stated)
        if name is None:
            return None, _problem(element, "wsdl.prefix_undeclared", kind, stated)
        if (found := self._known[kind].get(name)) is not None:
            return found, None
        if ":" not in stated:
            found = self._known[kind].get((self._documents.main.namespace, stated))
            if found is not None:
                return found, _problem(element, "wsdl.reference_unprefixed", kind, stated)
        if name[0] in self._documents.absent:
            self.unknown.add(name[0])
            return None, None
        return None, _problem(element, code, kind, stated)

    def component(self, element: Any, attribute: str) -> XmlProblem | None:
        """What is wrong with the `element` or `type` of a message part."""
        stated = (element.get(attribute) or "").strip()
        if not stated:
            return None
        name = expanded(element, stated)
        if name is None:
            return _problem(element, "wsdl.prefix_undeclared", "part", stated)
        schemas = self._documents.schemas
        known = schemas.knows(f"{{{name[0]}}}{name[1]}", attribute)
        if known is False and ":" not in stated:
            target = self._documents.main.namespace
            if schemas.knows(f"{{{target}}}{stated}", attribute):
                return _problem(element, "wsdl.reference_unprefixed", "part", stated)
        if known is False and self._documents.missing and name[0] not in schemas.namespaces:
            known = None
        if known is None:
            self.unknown.add(name[0])
        return _problem(element, "wsdl.component_missing", "part", stated) if known is False else None


def reference_problems(documents: Documents, names: Names) -> Iterator[XmlProblem]:
    """What is wrong with the names of the examined document, and with the shape of its operations."""
    root = documents.main.root
    yield from _twice(root)
    for message in root.iterchildren(f"{_W}message"):
        for part in message.iterchildren(f"{_W}part"):
            for attribute in ("element", "type"):
                if (problem := names.component(part, attribute)) is not None:
                    yield problem
    for port_type in root.iterchildren(f"{_W}portType"):
        for operation in port_type.iterchildren(f"{_W}operation"):
            yield from _shape(operation)
            for message in operation.iterchildren(f"{_W}input", f"{_W}output", f"{_W}fault"):
                yield from _only(names.resolve(message, "message", "message"))
    for binding in root.iterchildren(f"{_W}binding"):
        yield from _binding(binding, names)
    for service in root.iterchildren(f"{_W}service"):
        for port in service.iterchildren(f"{_W}port"):
            yield from _only(names.resolve(port, "binding", "binding", "wsdl.port_unbound"))


def import_problems(root: Any) -> Iterator[XmlProblem]:
    """Imports that say the same again; readers of the field read them once."""
    space = root.tag.rpartition("}")[0] + "}"
    clause = "WSDL 1.1 §2.1.1" if space == _W else "WSDL 2.0 part 1 §4.2"
    seen: Counter[tuple[str, str]] = Counter()
    for element in root.iterchildren(f"{space}import"):
        stated = (element.get("namespace") or "").strip(), (element.get("location") or "").strip()
        seen[stated] += 1
        if seen[stated] == 2:
            told = without_user(stated[1]) or stated[0]
            yield problem_at(element, "wsdl.import_twice", location=told[:200], clause=clause)


def _only(resolved: tuple[Any, XmlProblem | None]) -> Iterator[XmlProblem]:
    if resolved[1] is not None:
        yield resolved[1]


def _binding(binding: Any, names: Names) -> Iterator[XmlProblem]:
    port_type, problem = names.resolve(binding, "type", "portType")
    yield from _only((None, problem))
    offered = (
        {operation.get("name") for operation in port_type.iterchildren(f"{_W}operation")}
        if port_type is not None
        else None
    )
    for operation in binding.iterchildren(f"{_W}operation"):
        name = operation.get("name")
        if offered is not None and name is not None and name not in offered:
            yield _problem(operation, "wsdl.operation_missing", "binding", name)
        for namespace in _SOAP:
            for header in operation.iter(f"{{{namespace}}}header", f"{{{namespace}}}headerfault"):
                yield from _only(names.resolve(header, "message", "message"))


def _shape(operation: Any) -> Iterator[XmlProblem]:
    """WSDL 1.1 §2.4: input, output, or both in either order and then faults."""
    found = [child.tag.removeprefix(_W) for child in operation.iterchildren(f"{_W}input", f"{_W}output", f"{_W}fault")]
    name = operation.get("name") or ""
    if not {"input", "output"} & set(found):
        yield _problem(operation, "wsdl.operation_empty", "portType", name)
    elif "fault" in found and len({"input", "output"} & set(found)) < 2:
        yield _problem(operation, "wsdl.fault_alone", "portType", name)


def _twice(root: Any) -> Iterator[XmlProblem]:
    groups = [list(root.iterchildren(_W + kind)) for kind in _NAMED]
    groups += [list(service.iterchildren(f"{_W}port")) for service in root.iterchildren(f"{_W}service")]
    groups += [list(message.iterchildren(f"{_W}part")) for message in root.iterchildren(f"{_W}message")]
    for group in groups:
        seen: Counter[str] = Counter()
        for element in group:
            name = (element.get("name") or "").strip()
            seen[name] += 1
            if name and seen[name] == 2:
                yield _problem(element, "wsdl.name_twice", element.tag.removeprefix(_W), name)


def _problem(element: Any, code: str, kind: str, name: str) -> XmlProblem:
    return problem_at(element, code, kind=kind, name=name[:200], clause=f"WSDL 1.1 §{_CLAUSES[kind]}")
