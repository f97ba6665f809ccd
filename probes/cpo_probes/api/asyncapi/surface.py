"""What an AsyncAPI description offers: operations of its channels, their messages, what surrounds them.

In version 2 an operation is the `publish` or `subscribe` of a channel, in version 3 an entry of `operations`.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from cpo_probes.api.deprecation import deprecation
from cpo_probes.api.description import LISTED, Operation, information, listed, mapping, text_of, without_user, words
from cpo_probes.api.references import File, References
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.wording import is_documented

_TEXTS = ("title", "summary", "description")


class Action(NamedTuple):
    """One operation with what it means after its references are followed."""

    name: str  # `publish orders/new`, `send orderPlaced`
    names: tuple[str, ...]
    value: dict[str, Any]
    file: File
    pointer: str
    channel: dict[str, Any]
    channel_file: File

    def operation(self, references: References) -> Operation:
        """The operation as it is counted."""
        traits = [
            mapping(references.follow(trait, self.file)[0]) for trait in listed(self.value.get("traits"))[:LISTED]
        ]
        text = "\n".join(words(part, *_TEXTS) for part in (self.value, *traits))
        marked = self.value.get("deprecated") is True or self.value.get("x-deprecated") is True
        return Operation(
            name=self.name,
            text=text,
            own=(*self.names, str(self.value.get("operationId", ""))),
            place={"pointer": self.pointer},
            deprecation=deprecation(text, self.value) if marked else None,
            internal=self.value.get("x-internal") is True,
            artifact=None if self.file is references.root else self.file.artifact,
        )

    def messages(self, references: References) -> Iterator[tuple[dict[str, Any], File]]:
        """The messages that it carries."""
        if "message" in self.value:
            message, file = references.follow(self.value["message"], self.file)
            several = mapping(message).get("oneOf")
            found = (
                [references.follow(item, file) for item in several] if isinstance(several, list) else [(message, file)]
            )
        elif isinstance(self.value.get("messages"), list):
            found = [references.follow(item, self.file) for item in self.value["messages"]]
        else:  # version 3: all messages of the channel
            channel = mapping(self.channel.get("messages"))
            found = [references.follow(item, self.channel_file) for item in channel.values()]
        yield from ((message, file) for message, file in found if isinstance(message, dict))


def channels(references: References) -> Iterator[tuple[str, dict[str, Any], File]]:
    """Name and value of each channel, in the order of the document."""
    root = references.root
    value = root.document.value if root.document is not None else {}
    for name, written in mapping(value.get("channels")).items():
        found, file = references.follow(written, root)
        if isinstance(found, dict) and not name.startswith("x-"):
            # Version 2 allows other fields beside the reference, which then hold.
            yield name, {**found, **{key: item for key, item in mapping(written).items() if key != "$ref"}}, file


def actions(references: References, major: str) -> Iterator[Action]:
    """The operations of a description, in the order of the document."""
    root = references.root
    value = root.document.value if root.document is not None else {}
    if major != "3":
        for name, channel, file in channels(references):
            own = mapping(mapping(value.get("channels")).get(name))
            for verb in ("publish", "subscribe"):
                operation, where = references.follow(channel.get(verb), file)
                if isinstance(operation, dict):
                    pointer = pointer_to("channels", name, verb) if verb in own else pointer_to("channels", name)
                    yield Action(
                        f"{verb} {name}",
                        (verb, name),
                        operation,
                        where if verb not in own else root,
                        pointer,
                        channel,
                        file,
                    )
        return
    for name, written in mapping(value.get("operations")).items():
        operation, file = references.follow(written, root)
        if isinstance(operation, dict) and not name.startswith("x-"):
            channel, channel_file = references.follow(operation.get("channel"), file)
            verb = str(operation.get("action", ""))[:40]
            reference = mapping(operation.get("channel")).get("$ref")
            address = mapping(channel).get("address")
            names = (
                name,
                verb,
                reference if isinstance(reference, str) else "",
                address if isinstance(address, str) else "",
            )
            pointer = pointer_to("operations", name)
            yield Action(f"{verb} {name}".strip(), names, operation, file, pointer, mapping(channel), channel_file)


class Surface:
    """What is counted beside the operations: channels, their parameters, messages."""

    def __init__(self, references: References, found: list[Action]) -> None:
        self.channels = self.documented_channels = 0
        self.parameters = self.documented_parameters = 0
        for name, channel, file in channels(references):
            self.channels += 1
            self.documented_channels += is_documented(words(channel, *_TEXTS), name, str(channel.get("address", "")))
            for parameter, written in mapping(channel.get("parameters")).items():
                meant, _ = references.follow(written, file)
                self.parameters += 1
                self.documented_parameters += is_documented(words(mapping(meant), "description"), parameter)
        self.with_example = self.secured = 0
        value = references.root.document.value if references.root.document is not None else {}
        servers = [references.follow(server, references.root)[0] for server in mapping(value.get("servers")).values()]
        by_server = any(mapping(server).get("security") for server in servers)
        messages: dict[int, tuple[dict[str, Any], bool]] = {}
        for action in found:
            carried = list(action.messages(references))
            for message, _ in carried:
                said = is_documented(
                    words(message, *_TEXTS), *map(str, (message.get("name"), message.get("messageId")))
                )
                messages.setdefault(id(message), (message, said))
            self.with_example += any(_has_example(message, file, references) for message, file in carried)
            self.secured += bool(action.value["security"]) if "security" in action.value else by_server
        self.messages = len(messages)
        self.documented_messages = sum(said for _, said in messages.values())


def _has_example(message: dict[str, Any], file: File, references: References) -> bool:
    if message.get("examples"):
        return True
    payload, _ = references.follow(message.get("payload"), file)
    return isinstance(payload, dict) and bool(payload.get("examples") or "example" in payload)


def surroundings(references: References) -> dict[str, Any]:
    """Attributes from the head of the document."""
    value = references.root.document.value if references.root.document is not None else {}
    components = mapping(value.get("components"))
    schemes = (
        references.follow(item, references.root)[0] for item in mapping(components.get("securitySchemes")).values()
    )
    servers = (references.follow(item, references.root)[0] for item in mapping(value.get("servers")).values())
    return {
        **information(value.get("info")),
        "servers": [url for server in servers if (url := _address(mapping(server)))][:LISTED],
        "protocols": sorted(
            {
                protocol
                for server in mapping(value.get("servers")).values()
                if (protocol := text_of(mapping(references.follow(server, references.root)[0]).get("protocol")))
            }
        )[:LISTED],
        "security": sorted(
            {str(scheme["type"])[:40] for scheme in schemes if isinstance(scheme, dict) and "type" in scheme}
        ),
        "schemas": len(mapping(components.get("schemas"))),
    }


def _address(server: dict[str, Any]) -> str:
    if isinstance(server.get("url"), str):
        return without_user(server["url"])
    host, path, protocol = (server.get(key) for key in ("host", "pathname", "protocol"))
    if not isinstance(host, str):
        return ""
    return without_user(
        f"{protocol if isinstance(protocol, str) else ''}://{host}{path if isinstance(path, str) else ''}"
    )
