"""How the operations of a WSDL description are reached: protocol, transport, style, SOAP action, headers, ports.

WSDL 1.1 §2.5 to §5; WSDL 2.0 part 1 §2.9 to §2.15 and part 2 §5 and §6. A binding is known by what it binds and the
protocol, since its name is not on the wire; a port is known by its name, which generated code shows.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.wsdl.documents import WSDL_1, Documents
from cpo_probes.api.wsdl.surface import PROTOCOLS
from cpo_scan.probe.interface import Operation, Slot

_W = f"{{{WSDL_1}}}"
_SOAP_2, _HTTP_2 = "{http://www.w3.org/ns/wsdl/soap}", "{http://www.w3.org/ns/wsdl/http}"
_STYLE = "document"  # WSDL 1.1 §3.3: where none is stated


def ways_in(documents: Documents) -> Iterator[tuple[str, Operation]]:
    """The bindings and ports of the document itself, and how each bound operation is called."""
    root = documents.main.root
    space = root.tag.rpartition("}")[0] + "}"
    bindings = list(root.iterchildren(f"{space}binding"))
    bind = _binding_1 if space == _W else _binding_2
    names = Counter(_named(binding, bind(binding)[0]) for binding in bindings)
    for binding in bindings:
        facts, operations = bind(binding)
        key = _named(binding, facts)
        if names[key] > 1:
            key = f"{key} {binding.get('name') or ''}"
        yield key[:500], Operation(facts=facts, at=key[:500])
        for operation, name in operations:
            full = f"{key} › {name}"[:500]
            call = _call_1 if space == _W else _call_2
            called, headers = call(operation, facts)
            yield full, Operation(inputs=headers, facts=called, at=full)
    yield from _ports(root, space)


def _local(name: str | None) -> str:
    return (name or "").strip().rpartition(":")[2][:200]


def _named(binding: Any, facts: dict[str, str]) -> str:
    bound = _local(binding.get("type") if binding.tag.startswith(_W) else binding.get("interface"))
    return f"binding of {bound} ({facts.get('protocol', 'other')})"


def _ports(root: Any, space: str) -> Iterator[tuple[str, Operation]]:
    for service in root.iterchildren(f"{space}service"):
        for port in service.iterchildren(f"{space}port", f"{space}endpoint"):
            name = f"port {service.get('name') or ''}.{port.get('name') or ''}"[:500]
            stated = port.get("address") or ""
            for element in port.iterchildren("*"):
                stated = stated or (element.get("location") or "" if element.tag.endswith("}address") else "")
            path = _path(stated.strip())
            yield name, Operation(facts={"address": path} if path else {}, at=name)


def _path(address: str) -> str:
    """What stands behind the host, which belongs to an installation and not to a release."""
    scheme, mark, rest = address.partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        return ""
    return ("/" + rest.partition("/")[2].partition("?")[0]).rstrip("/")[:240]


# -- 1.1


def _binding_1(binding: Any) -> tuple[dict[str, str], list[tuple[Any, str]]]:
    facts: dict[str, str] = {}
    for element in binding.iterchildren("{*}binding"):
        namespace = element.tag[1:].rpartition("}")[0]
        if namespace in PROTOCOLS:
            facts = {"protocol": PROTOCOLS[namespace]}
            stated = {"transport": element.get("transport"), "verb": element.get("verb"), "style": element.get("style")}
            facts |= {key: value.strip()[:240] for key, value in stated.items() if value}
            break
    operations = [(one, (one.get("name") or "")[:200]) for one in binding.iterchildren(f"{_W}operation")]
    return facts, operations


def _call_1(operation: Any, binding: dict[str, str]) -> tuple[dict[str, str], dict[str, Slot]]:
    facts: dict[str, str] = {}
    headers: dict[str, Slot] = {}
    if binding.get("protocol", "").startswith("soap"):
        facts["style"] = binding.get("style", _STYLE)
    for element in operation.iterchildren("{*}operation"):
        if element.tag[1:].rpartition("}")[0] in PROTOCOLS:
            for key, attribute in (("action", "soapAction"), ("style", "style"), ("location", "location")):
                if (value := element.get(attribute)) is not None:
                    facts[key] = value.strip()[:240]
    for side in operation.iterchildren(f"{_W}input", f"{_W}output"):
        kind = side.tag.removeprefix(_W)
        for element in side.iter("*"):
            namespace, _, local = element.tag[1:].rpartition("}")
            if namespace not in PROTOCOLS:
                continue
            if local == "body":
                facts[f"{kind} use"] = (element.get("use") or "literal").strip()[:40]
                if facts.get("style") == "rpc" and element.get("namespace"):
                    facts[f"{kind} namespace"] = element.get("namespace").strip()[:240]
            elif local == "header" and kind == "input":
                headers[f"header {_local(element.get('message'))} {(element.get('part') or '')[:200]}"] = Slot(
                    required=True
                )
            elif local in ("urlEncoded", "urlReplacement"):
                facts[f"{kind} use"] = local
    return facts, headers


# -- 2.0


def _binding_2(binding: Any) -> tuple[dict[str, str], list[tuple[Any, str]]]:
    kind = (binding.get("type") or "").strip()
    version = (binding.get(f"{_SOAP_2}version") or "1.2").strip()
    facts = {"protocol": f"soap {version}" if kind.endswith("/soap") else PROTOCOLS.get(kind, kind[:240])}
    transport = binding.get(f"{_SOAP_2}protocol") or binding.get(f"{_HTTP_2}methodDefault")
    if transport:
        facts["transport"] = transport.strip()[:240]
    space = binding.tag.rpartition("}")[0] + "}"
    return facts, [(one, _local(one.get("ref"))) for one in binding.iterchildren(f"{space}operation")]


def _call_2(operation: Any, _: dict[str, str]) -> tuple[dict[str, str], dict[str, Slot]]:
    stated = {
        "action": operation.get(f"{_SOAP_2}action"),
        "verb": operation.get(f"{_HTTP_2}method"),
        "location": operation.get(f"{_HTTP_2}location"),
    }
    headers = {
        f"header {_local(element.get('element'))}": Slot(required=(element.get("required") or "") in ("true", "1"))
        for element in operation.iter(f"{_SOAP_2}header")
    }
    return {key: value.strip()[:240] for key, value in stated.items() if value}, headers
