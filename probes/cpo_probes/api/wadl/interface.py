"""A WADL description as an interface that can be compared: methods at resources, parameters, representations."""

from collections.abc import Iterable, Iterator
from typing import Any

from cpo_probes.api.path_template import position, without_names
from cpo_probes.api.type_table import TypeTable
from cpo_probes.api.wadl.resources import Method, Resources
from cpo_probes.api.wsdl.surface import deprecated
from cpo_probes.api.xsd_types import XsdTypes
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import ANY, Interface, Operation, Slot, Type
from cpo_scan.probe.xml_structure import expanded, text_in
from cpo_scan.probe.xsd import XSD


def read_wadl(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of one WADL document; None where it is none. Raises as the readers do."""
    root = context.xml(artifact).getroot()
    resources = Resources(artifact, root, context)
    if root.tag.rpartition("}")[2] != "application":
        return None
    reading = _Reading(resources)
    operations: dict[str, Operation] = {}
    for method in resources.methods():
        operations.setdefault(f"{method.name} {without_names(method.path)}"[:500], reading.operation(method))
    reading.types.read()
    docs = (doc.get("title") for doc in root.iterchildren(f"{resources.space}doc"))
    return Interface(
        family="wadl",
        title=next((title.strip()[:240] for title in docs if title), ""),
        files=len(reading.files - {artifact.path}),
        operations=operations,
        types=reading.table.types,
    )


class _Reading:
    def __init__(self, resources: Resources) -> None:
        self._resources, self._space = resources, resources.space
        self.table = TypeTable()
        schemas, _ = resources.grammars()
        self.files = {document.path for document in schemas.documents}
        self.types = XsdTypes(schemas, self.table)

    def operation(self, method: Method) -> Operation:
        """One method with all that goes in and comes out."""
        at = f"{method.name} {method.path}"[:500]
        inputs: dict[str, Slot] = {}
        for holder in method.holders:
            inputs |= dict(self._parameters(holder, at, method.path))
        for request in method.element.iterchildren(f"{self._space}request"):
            inputs |= dict(self._parameters(request, at, method.path))
            inputs |= {f"body {kind}": slot for _, kind, slot in self._representations(request, at)}
        outputs: dict[str, Slot] = {}
        failures: set[str] = set()
        for response in method.element.iterchildren(f"{self._space}response"):
            for status, found in self._answers(response, at):
                outputs |= found
                failures |= found.keys() if status[:1] in ("4", "5", "f") else set()
        said = "\n".join(text_in(doc) for doc in method.element.iterchildren(f"{self._space}doc"))
        return Operation(inputs, outputs, frozenset(failures), deprecated=deprecated(said) is not None, at=at)

    def _answers(self, response: Any, at: str) -> Iterator[tuple[str, dict[str, Slot]]]:
        """What comes back, by status: that of the response, else (draft of 2006) of the representation or fault."""
        stated = (response.get("status") or "").split()
        shared = dict(self._parameters(response, at, ""))
        parts: dict[str, dict[str, Slot]] = {status: {} for status in stated}
        for element, default in (("representation", "200"), ("fault", "fault")):
            for own, kind, slot in self._representations(response, at, element):
                for status in stated or own.split() or [default]:
                    parts.setdefault(status, {})[f"{status} {kind}"] = slot
        for status, found in (parts or {"200": {}}).items():
            yield status, {status: Slot(at=at)} | found | {f"{status} {key}": slot for key, slot in shared.items()}

    def _parameters(self, holder: Any, at: str, path: str) -> Iterator[tuple[str, Slot]]:
        for written in holder.iterchildren(f"{self._space}param"):
            parameter = self._resources.meant(written)
            if parameter is None:
                continue
            style, name = parameter.get("style") or "", parameter.get("name") or ""
            if style == "template" and path:
                key = f"path {position(path, name)}"
            else:
                key = f"{style} {name.lower() if style == 'header' else name}".strip()
            yield key, self._slot(parameter, at, template=style == "template")

    def _slot(self, parameter: Any, at: str, *, template: bool = False) -> Slot:
        name = expanded(parameter, parameter.get("type") or "")
        # Clause 2.12: a string where it is not said.
        number = self.types.type(name if parameter.get("type") and name is not None else (XSD, "string"))
        options = [option.get("value") or "" for option in parameter.iterchildren(f"{self._space}option")]
        if options:
            number = self.table.shared(
                Type(bases=("string",), values=tuple(sorted({value[:200] for value in options})))
            )
        if _true(parameter.get("repeating")):
            number = self.table.array(number)
        facts = {"fixed": parameter.get("fixed")[:200]} if parameter.get("fixed") is not None else {}
        return Slot(type=number, required=_true(parameter.get("required")) and not template, facts=facts, at=at)

    def _representations(
        self, holder: Any, at: str, element: str = "representation"
    ) -> Iterator[tuple[str, str, Slot]]:
        """Each representation with its own status, its media type and its type."""
        for written in holder.iterchildren(f"{self._space}{element}"):
            one = self._resources.meant(written)
            if one is None:
                continue
            name = expanded(one, one.get("element") or "")
            number = self.types.element(name) if one.get("element") and name is not None else ANY
            members = dict(self._fields(one.iterchildren(f"{self._space}param"), at))
            if members and number == ANY:
                number = self.table.add(Type(bases=("object",), members=dict(sorted(members.items())), at=at))
            kind = (one.get("mediaType") or "").strip().lower() or "representation"
            yield (one.get("status") or "").strip(), kind, Slot(type=number, at=at)

    def _fields(self, parameters: Iterable[Any], at: str) -> Iterator[tuple[str, Slot]]:
        for written in parameters:
            parameter = self._resources.meant(written)
            if parameter is not None and parameter.get("style") in ("query", "plain", None):
                yield parameter.get("name") or "", self._slot(parameter, at)


def _true(text: str | None) -> bool:
    return (text or "").strip() in ("true", "1")
