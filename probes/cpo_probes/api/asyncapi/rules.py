"""What the text of AsyncAPI demands beyond the JSON Schema. Each rule is a MUST, named with its object."""

from collections.abc import Iterable, Iterator
from typing import Any

from cpo_probes.api.asyncapi.surface import Action, channels
from cpo_probes.api.description import listed, mapping
from cpo_probes.api.references import File, References
from cpo_scan.probe.documents import Problem, pointer_to
from cpo_scan.probe.patterns import compile as pattern

_EXPRESSION = pattern(r"\{(?P<name>[^{}]+)\}", text=True)


def rule_problems(references: References, found: list[Action], major: str) -> Iterator[Problem]:
    """The breaches of a description and of its operations, in the order of the rules."""
    yield from _servers(references)
    if major == "3":
        yield from _channels_3(references)
        yield from _operations_3(references)
    else:
        yield from _channels_2(references)
        yield from _identifiers(found, references)
        yield from _security_2(references, found)
        yield from _tags(references, found)


def _at(file: File, pointer: str, code: str, references: References, **params: str) -> Problem:
    assert file.document is not None
    line, column = file.document.position(pointer)
    return Problem(
        code=code,
        params={key: text[:200] for key, text in params.items()},
        pointer=pointer,
        line=line,
        column=column,
        file="" if file is references.root else file.artifact.path,
    )


def _names(template: str) -> list[str]:
    return list(dict.fromkeys(match.group("name") for match in _EXPRESSION.finditer(template)))


def _servers(references: References) -> Iterator[Problem]:
    """The variables of a server are those of its URL (2.x Server Object; 3.x host and pathname)."""
    root = references.root
    assert root.document is not None
    for name, server in mapping(root.document.value.get("servers")).items():
        variables = mapping(server).get("variables")
        if not isinstance(variables, dict):
            continue
        template = "".join(str(server.get(key, "")) for key in ("url", "host", "pathname"))
        used, base = _names(template), pointer_to("servers", name, "variables")
        for missing in sorted(set(used) - set(variables)):
            yield _at(root, base, "asyncapi.server_variable_undeclared", references, server=name, name=missing)
        for extra in sorted(set(variables) - set(used)) if used else ():
            where = base + pointer_to(extra)
            yield _at(root, where, "asyncapi.server_variable_unused", references, server=name, name=extra)


def _parameters(
    references: References, name: str, address: str, channel: dict[str, Any], *, all_used: bool
) -> Iterator[Problem]:
    """The parameters of a channel are those of its address (Parameters Object)."""
    declared = channel.get("parameters")
    if not isinstance(declared, dict):
        return
    used = _names(address)
    base = pointer_to("channels", name, "parameters")
    for missing in sorted(set(used) - set(declared)):
        yield _at(references.root, base, "asyncapi.parameter_undeclared", references, channel=name, name=missing)
    for extra in sorted(set(declared) - set(used)) if used or all_used else ():
        where = base + pointer_to(extra)
        yield _at(references.root, where, "asyncapi.parameter_unused", references, channel=name, name=extra)


def _channels_2(references: References) -> Iterator[Problem]:
    root = references.root
    assert root.document is not None
    servers = set(mapping(root.document.value.get("servers")))
    for name, channel, _ in channels(references):
        if "?" in name or "#" in name:
            yield _at(root, pointer_to("channels", name), "asyncapi.channel_address", references, channel=name)
        yield from _parameters(references, name, name, channel, all_used=False)
        for index, server in enumerate(listed(channel.get("servers"))):
            if isinstance(server, str) and server not in servers:
                where = pointer_to("channels", name, "servers", index)
                yield _at(root, where, "asyncapi.server_undeclared", references, channel=name, name=server)


def _channels_3(references: References) -> Iterator[Problem]:
    root = references.root
    for name, channel, _ in channels(references):
        address = channel.get("address")
        if isinstance(address, str):
            if "?" in address or "#" in address:
                where = pointer_to("channels", name, "address")
                yield _at(root, where, "asyncapi.channel_address", references, channel=address)
            yield from _parameters(references, name, address, channel, all_used=True)
        for index, server in enumerate(listed(channel.get("servers"))):
            reference = mapping(server).get("$ref")
            if isinstance(reference, str) and "#/servers/" not in reference:
                where = pointer_to("channels", name, "servers", index)
                yield _at(root, where, "asyncapi.not_a_root_server", references, reference=reference)


def _operations_3(references: References) -> Iterator[Problem]:
    """Channel and messages of an operation are those of the root's channels (3.x Operation Object)."""
    root = references.root
    assert root.document is not None
    for name, operation in mapping(root.document.value.get("operations")).items():
        reference = mapping(mapping(operation).get("channel")).get("$ref")
        if not isinstance(reference, str):
            continue
        base = pointer_to("operations", name)
        if "#/channels/" not in reference:
            yield _at(root, base + "/channel", "asyncapi.not_a_root_channel", references, reference=reference)
        for index, message in enumerate(listed(operation.get("messages"))):
            target = mapping(message).get("$ref")
            if isinstance(target, str) and not target.startswith(f"{reference}/messages/"):
                where = f"{base}/messages/{index}"
                yield _at(root, where, "asyncapi.not_a_message_of_the_channel", references, reference=target)


def _identifiers(found: list[Action], references: References) -> Iterator[Problem]:
    """`operationId` and `messageId` are unique (2.x Operation Object; 2.4 Message Object)."""
    first: dict[str, str] = {}
    carried: dict[str, int] = {}
    for action in found:
        name = action.value.get("operationId")
        if isinstance(name, str) and first.setdefault(name, action.name) != action.name:
            yield _at(references.root, action.pointer, "asyncapi.operation_id_twice", references, name=name)
        for message, _ in action.messages(references):
            name = message.get("messageId")
            # One message that several operations refer to is one.
            if isinstance(name, str) and carried.setdefault(name, id(message)) != id(message):
                yield _at(references.root, action.pointer, "asyncapi.message_id_twice", references, name=name)


def _security_2(references: References, found: list[Action]) -> Iterator[Problem]:
    """Each name of a security requirement is a declared scheme (2.x Security Requirement Object)."""
    root = references.root
    assert root.document is not None
    value = root.document.value
    schemes = set(mapping(mapping(value.get("components")).get("securitySchemes")))
    places: list[tuple[File, str, Any]] = [
        (root, pointer_to("servers", name), server) for name, server in mapping(value.get("servers")).items()
    ]
    places += [(action.file, action.pointer, action.value) for action in found if action.file is root]
    for file, base, holder in places:
        for index, requirement in enumerate(listed(mapping(holder).get("security"))):
            for name in mapping(requirement):
                if name not in schemes:
                    where = f"{base}/security/{index}" + pointer_to(name)
                    yield _at(file, where, "asyncapi.security_undeclared", references, name=name)


def _tags(references: References, found: list[Action]) -> Iterator[Problem]:
    """Tags of one list have different names (2.x Tags Object)."""
    root = references.root
    assert root.document is not None
    yield from _twice(root.document.value.get("tags"), root, "/tags", references)
    for action in found:
        yield from _twice(action.value.get("tags"), references.root, f"{action.pointer}/tags", references)


def _twice(tags: Iterable[Any] | None, file: File, pointer: str, references: References) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, tag in enumerate(listed(tags)):
        name = mapping(tag).get("name")
        if isinstance(name, str):
            if name in seen:
                yield _at(file, f"{pointer}/{index}", "asyncapi.tag_twice", references, name=name)
            seen.add(name)
