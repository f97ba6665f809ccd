"""An AsyncAPI description as an interface that can be compared: what is sent and received on its channels."""

from cpo_probes.api.asyncapi.surface import Action, actions
from cpo_probes.api.description import information, mapping, text_of
from cpo_probes.api.references import References
from cpo_probes.api.schema_types import SchemaTypes
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import Interface, Operation, Slot

# Seen from the application that the description is of: in version 2 others `publish` to it, in version 3 it `receive`s.
_COMES_IN = ("publish", "receive")


def read_asyncapi(artifact: Artifact, context: Context) -> Interface | None:
    """The interface that a description offers; None where it is none. Raises as the readers do."""
    document = context.yaml(artifact)
    version = text_of(mapping(document.value).get("asyncapi"))
    if version is None or version[:1] not in ("2", "3"):
        return None
    references = References(artifact, document, context, "asyncapi")
    types = SchemaTypes(references, siblings=True)
    operations: dict[str, Operation] = {}
    for action in actions(references, version[:1]):
        verb, address = _names(action)
        slots = {
            f"message {text_of(message.get('contentType')) or ''} {number or ''}".strip(): Slot(
                type=types.number(message.get("payload"), file, action.pointer), at=action.pointer
            )
            for number, (message, file) in enumerate(action.messages(references))
        }
        operations.setdefault(
            f"{verb} {address}",
            Operation(
                inputs=slots if verb in _COMES_IN else {},
                outputs={} if verb in _COMES_IN else slots,
                deprecated=action.value.get("deprecated") is True,
                at=action.pointer,
            ),
        )
    types.read()
    info = information(document.value.get("info"))
    return Interface(
        family="asyncapi",
        title=info["title"] or "",
        version=info["api_version"] or "",
        files=len(references.files),
        operations=operations,
        types=types.types,
    )


def _names(action: Action) -> tuple[str, str]:
    """The verb, and the address of the channel: what others know it by."""
    verb = action.name.partition(" ")[0]
    address = action.channel.get("address")
    return verb, address if isinstance(address, str) else action.name.partition(" ")[2]
