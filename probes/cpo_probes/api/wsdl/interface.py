"""A WSDL description as an interface that can be compared: the operations of its port types or interfaces.

How they are reached (bindings, ports) is read by `wsdl_bindings`.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.type_table import TypeTable
from cpo_probes.api.wsdl.bindings import ways_in
from cpo_probes.api.wsdl.documents import WSDL_1, WSDL_2, Documents
from cpo_probes.api.wsdl.surface import deprecated, said
from cpo_probes.api.xsd_types import XsdTypes
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import ANY, Interface, Operation, Slot
from cpo_scan.probe.xml_structure import expanded

_W = f"{{{WSDL_1}}}"
# WSDL 2.0 part 2 §2.3: the pattern that a description states or leaves out.
_IN_OUT = "in-out"


def read_wsdl(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of one WSDL document, 1.1 or 2.0; None where it is none. Raises as the readers do."""
    tree = context.xml(artifact)
    tag = tree.getroot().tag
    first = tag == f"{_W}definitions"
    if not first and tag not in {f"{{{namespace}}}description" for namespace in WSDL_2}:
        return None
    reading = _Reading(Documents(artifact, tree, context))
    found = dict(reading.version_1() if first else reading.version_2()) | dict(ways_in(reading.documents))
    reading.types.read()
    names = [element.get("name") for element in tree.getroot().iterchildren(f"{tag.rpartition('}')[0]}}}service")]
    return Interface(
        family="wsdl",
        title=(names[0] or "")[:240] if len(names) == 1 else "",
        files=len(reading.documents.files),
        operations=found,
        types=reading.table.types,
    )


class _Reading:
    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.table = TypeTable()
        self.types = XsdTypes(documents.schemas, self.table)

    # -- 1.1

    def version_1(self) -> Iterator[tuple[str, Operation]]:
        """The operations of the document's own port types."""
        messages = {
            (description.namespace, (message.get("name") or "").strip()): message
            for description in reversed(self.documents.descriptions)
            for message in description.root.iterchildren(f"{_W}message")
        }
        for port_type in self.documents.main.root.iterchildren(f"{_W}portType"):
            for element in port_type.iterchildren(f"{_W}operation"):
                name = f"{port_type.get('name') or ''}.{element.get('name') or ''}"
                inputs: dict[str, Slot] = {}
                outputs: dict[str, Slot] = {}
                failures: set[str] = set()
                for part in element.iterchildren(f"{_W}input", f"{_W}output", f"{_W}fault"):
                    message = messages.get(expanded(part, part.get("message") or "") or ("", ""))
                    kind = part.tag.removeprefix(_W)
                    prefix = f"fault {part.get('name') or ''} " if kind == "fault" else ""
                    slots = dict(self._parts(message, prefix, name)) or {f"{prefix}message".strip(): Slot(at=name)}
                    if kind == "input":
                        inputs |= slots
                    else:
                        outputs |= slots
                        failures |= slots.keys() if kind == "fault" else set()
                yield name, self._operation(element, f"{_W}documentation", name, inputs, outputs, failures)

    def _parts(self, message: Any, prefix: str, at: str) -> Iterator[tuple[str, Slot]]:
        for part in message.iterchildren(f"{_W}part") if message is not None else ():
            named = part.get("name") or ""
            element, type_ = part.get("element"), part.get("type")
            name = expanded(part, element or type_ or "")
            number = ANY
            if name is not None and (element or type_):
                number = self.types.element(name) if element else self.types.type(name)
            # By which element a message is known on the wire.
            facts = {"element": name[1][:200]} if element and name is not None else {}
            yield f"{prefix}{named}", Slot(type=number, required=True, facts=facts, at=at)

    # -- 2.0

    def version_2(self) -> Iterator[tuple[str, Operation]]:
        """The operations of the document's own interfaces."""
        root = self.documents.main.root
        space = root.tag.rpartition("}")[0] + "}"
        for interface in root.iterchildren(f"{space}interface"):
            faults = {fault.get("name") or "": fault for fault in interface.iterchildren(f"{space}fault")}
            for element in interface.iterchildren(f"{space}operation"):
                name = f"{interface.get('name') or ''}.{element.get('name') or ''}"
                inputs: dict[str, Slot] = {}
                outputs: dict[str, Slot] = {}
                failures: set[str] = set()
                for part in element.iterchildren(
                    *(space + kind for kind in ("input", "output", "infault", "outfault"))
                ):
                    kind = part.tag.removeprefix(space)
                    side = inputs if kind.startswith("in") else outputs
                    if kind in ("input", "output"):
                        key = f"message {part.get('messageLabel') or ''}".strip()
                        side[key] = self._message(part, name)
                        continue
                    fault = (part.get("ref") or "").rpartition(":")[2]
                    side[f"fault {fault}"] = self._message(faults.get(fault), name)
                    if side is outputs:
                        failures.add(f"fault {fault}")
                pattern = (element.get("pattern") or _IN_OUT).rstrip("/").rpartition("/")[2]
                operation = self._operation(element, f"{space}documentation", name, inputs, outputs, failures)
                yield name, Operation(
                    operation.inputs, operation.outputs, operation.failures, facts={"pattern": pattern[:80]},
                    deprecated=operation.deprecated, at=name,
                )  # fmt: skip

    def _message(self, element: Any, at: str) -> Slot:
        stated = (element.get("element") or "").strip() if element is not None else ""
        name = expanded(element, stated) if stated and not stated.startswith("#") else None
        facts = {"element": name[1][:200] if name is not None else stated} if stated else {}
        return Slot(type=self.types.element(name) if name is not None else ANY, required=True, facts=facts, at=at)

    def _operation(
        self,
        element: Any,
        documentation: str,
        name: str,
        inputs: dict[str, Slot],
        outputs: dict[str, Slot],
        failures: set[str],
    ) -> Operation:
        ending = deprecated(said(element, documentation))
        return Operation(inputs, outputs, frozenset(failures), deprecated=ending is not None, at=name)
