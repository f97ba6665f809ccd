"""What a WSDL 1.1 description offers: operations of its own port types, and what surrounds them."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.deprecation import Deprecation, deprecation
from cpo_probes.api.description import LISTED, Operation, text_of, without_user
from cpo_probes.api.wsdl.documents import WSDL_1, Documents
from cpo_scan.probe import patterns
from cpo_scan.probe.wording import is_documented
from cpo_scan.probe.xml_structure import path_to, text_in
from cpo_scan.probe.xsd import XSD

_W = f"{{{WSDL_1}}}"
_X = f"{{{XSD}}}"
PROTOCOLS = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "soap 1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "soap 1.2",
    "http://www.w3.org/ns/wsdl/soap": "soap 1.2",
    "http://schemas.xmlsoap.org/wsdl/http/": "http",
    "http://www.w3.org/ns/wsdl/http": "http",
}
_ADDRESSES = {"address": "location", "endpoint": "address"}  # element, and its attribute with the address
_POLICY = patterns.compile(
    r"\A\{(?:http://docs\.oasis-open\.org/ws-sx/ws-securitypolicy/[0-9]{6}|http://schemas\.xmlsoap\.org/ws/2005/07/securitypolicy)/?\}"
    r"(?P<name>[A-Za-z]+(?:Binding|Token))\Z",
    text=True,
)
# `@deprecated`, `DEPRECATED: …`, `This operation is deprecated`; not what merely talks of deprecated things.
_DEPRECATED = patterns.compile(
    r"(?i)\A[ \t\r\n*\[(<]*deprecated\b|@deprecated\b|\b(?:is|are|been|considered) (?:now )?deprecated\b"
    r"|\bist (?:nun |jetzt )?veraltet\b",
    text=True,
)


def said(element: Any, documentation: str) -> str:
    """The texts of an element's documentation children."""
    return "\n".join(text_in(child) for child in element.iterchildren(documentation))


def operation_of(element: Any, name: str, text: str, own: tuple[str, ...]) -> Operation:
    """An operation at an element; deprecated where its documentation says so."""
    return Operation(
        name=name,
        text=text,
        own=own,
        place=place_of(element),
        deprecation=deprecated(text),
        excerpt=f"{element.tag.rpartition('}')[2]} {name}",
    )


def deprecated(text: str) -> Deprecation | None:
    """What a documentation text says of the end of what it describes."""
    return deprecation(text) if text and _DEPRECATED.search(text[:2000]) else None


def place_of(element: Any) -> dict[str, Any]:
    """Keys of a locator."""
    return {"xpath": path_to(element), "line": element.sourceline}


def operations(root: Any) -> Iterator[Operation]:
    """The operations of the port types of one document; those of imported documents are counted there."""
    for port_type in root.iterchildren(f"{_W}portType"):
        owner = port_type.get("name") or ""
        for element in port_type.iterchildren(f"{_W}operation"):
            name = element.get("name") or ""
            text = said(element, f"{_W}documentation")
            yield operation_of(element, f"{owner}.{name}" if owner else name, text, (owner, name))


def surroundings(documents: Documents) -> dict[str, Any]:
    """Attributes beside the operations."""
    root = documents.main.root
    services = list(root.iterchildren(f"{_W}service"))
    port_types = list(root.iterchildren(f"{_W}portType"))
    inputs = {
        (element.get("message") or "").rpartition(":")[2]
        for port_type in port_types
        for operation in port_type.iterchildren(f"{_W}operation")
        for element in operation.iterchildren(f"{_W}input")
    }
    parameters = [
        part
        for message in root.iterchildren(f"{_W}message")
        if message.get("name") in inputs
        for part in message.iterchildren(f"{_W}part")
    ]
    named = [root, *services, *port_types]
    return {
        "title": next((text_of(element.get("name")) for element in named if element.get("name")), None),
        "namespace": text_of(root.get("targetNamespace")),
        "services": len(services),
        "port_types": len(port_types),
        "parameters": len(parameters),
        "documented_parameters": sum(
            is_documented(said(part, f"{_W}documentation"), part.get("name") or "") for part in parameters
        ),
        "operations_with_error": sum(
            operation.find(f"{_W}fault") is not None
            for port_type in port_types
            for operation in port_type.iterchildren(f"{_W}operation")
        ),
        **binding_facts(root),
        **schema_facts(documents),
    }


def binding_facts(root: Any) -> dict[str, Any]:
    """Protocols, addresses and security policies that a description of either version names."""
    protocols, servers, policies = set(), set(), set()
    for element in root.iter("*"):
        namespace, _, local = element.tag[1:].rpartition("}")
        if namespace in PROTOCOLS and local in ("binding", "address"):
            protocols.add(PROTOCOLS[namespace])
        location = element.get(_ADDRESSES[local]) if local in _ADDRESSES else None
        if location:
            servers.add(without_user(location.strip()))
        elif local.endswith(("Binding", "Token")) and (policy := _POLICY.match(element.tag)) is not None:
            policies.add(policy.group("name"))
    return {
        "protocols": sorted(protocols),
        "servers": sorted(servers)[:LISTED],
        "security": sorted(policies)[:LISTED],
    }


def schema_facts(documents: Documents) -> dict[str, Any]:
    """Elements and attributes of the schemas inside the examined document, and how many of them are described."""
    schemas = properties = described = 0
    for document in documents.schemas.documents:
        if not document.embedded or document.path != documents.main.artifact.path:
            continue
        schemas += sum(1 for _ in document.root.iterchildren(f"{_X}element", f"{_X}complexType", f"{_X}simpleType"))
        for element in document.root.iter(f"{_X}element", f"{_X}attribute"):
            name = element.get("name")
            if name is None or element.getparent() is document.root:
                continue
            properties += 1
            described += any(
                is_documented(said(note, f"{_X}documentation"), name)
                for note in element.iterchildren(f"{_X}annotation")
            )
    return {"schemas": schemas, "properties": properties, "documented_properties": described}
