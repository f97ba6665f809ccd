"""An OpenRPC description as an interface that can be compared: methods, parameters, results, errors."""

from typing import Any

from cpo_probes.api.description import information, listed, mapping, text_of
from cpo_probes.api.openrpc import methods
from cpo_probes.api.references import File, References
from cpo_probes.api.schema_types import SchemaTypes
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import Interface, Operation, Slot


def read_openrpc(artifact: Artifact, context: Context) -> Interface | None:
    """The interface that a description offers; None where it is none. Raises as the readers do."""
    document = context.yaml(artifact)
    version = text_of(mapping(document.value).get("openrpc"))
    if version is None or not version[:1].isdigit():
        return None
    references = References(artifact, document, context, "openrpc")
    types = SchemaTypes(references, siblings=True)
    operations = {
        str(method.get("name", ""))[:500]: _operation(pointer, method, file, references, types)
        for pointer, method, file in methods(references)
    }
    types.read()
    info = information(document.value.get("info"))
    return Interface(
        family="jsonrpc",
        title=info["title"] or "",
        version=info["api_version"] or "",
        files=len(references.files),
        operations=operations,
        types=types.types,
    )


def _operation(
    pointer: str, method: dict[str, Any], file: File, references: References, types: SchemaTypes
) -> Operation:
    way = method.get("paramStructure")
    inputs: dict[str, Slot] = {}
    outputs: dict[str, Slot] = {}
    failures: set[str] = set()
    for number, written in enumerate(listed(method.get("params"))):
        meant, where = references.follow(written, file)
        meant = mapping(meant)
        # A caller that gives parameters by position relies on their order (OpenRPC, paramStructure).
        facts = {} if way == "by-name" else {"position": str(number)}
        inputs[str(meant.get("name", number))[:240]] = Slot(
            type=types.number(meant.get("schema"), where, f"{pointer}/params/{number}"),
            required=meant.get("required") is True,
            deprecated=meant.get("deprecated") is True,
            facts=facts,
            at=f"{pointer}/params/{number}",
        )
    if "result" in method:
        meant, where = references.follow(method["result"], file)
        number_ = types.number(mapping(meant).get("schema"), where, f"{pointer}/result")
        outputs["result"] = Slot(type=number_, at=f"{pointer}/result")
    for number, written in enumerate(listed(method.get("errors"))):
        meant, _ = references.follow(written, file)
        name = f"error {mapping(meant).get('code', number)}"[:80]
        outputs[name] = Slot(at=f"{pointer}/errors/{number}")
        failures.add(name)
    return Operation(inputs, outputs, frozenset(failures), deprecated=method.get("deprecated") is True, at=pointer)
