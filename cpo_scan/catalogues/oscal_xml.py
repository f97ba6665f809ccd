"""OSCAL catalogues in XML, brought into the shape of their JSON form (OSCAL 1.x catalog model)."""

from typing import Any

from cpo_scan.catalogues.given import Given
from cpo_scan.catalogues.markup import blocks_text, child, children, running_text
from cpo_scan.catalogues.oscal import given_of

Data = dict[str, Any]


def read_oscal_xml(name: str, content: bytes, root: Any) -> Given:
    """The controls of a catalogue in XML. Raises RuleError with file and line."""
    places: dict[str, int] = {}
    data = {
        "metadata": _texts(child(root, "metadata"), "title", "version"),
        **_inside(root, places),
        **({"back-matter": {}} if child(root, "back-matter") is not None else {}),
    }
    return given_of(name, content, data, lambda identity: places.get(identity, 1))


def _inside(element: Any, places: dict[str, int]) -> Data:
    return {
        "params": [_param(inner) for inner in children(element, "param")],
        "controls": [_control(inner, places) for inner in children(element, "control")],
        "groups": [
            _attributes(inner, "id", "class")
            | _texts(inner, "title")
            | _inside(inner, places)
            | {"parts": [_part(part) for part in children(inner, "part")], "props": _props(inner)}
            for inner in children(element, "group")
        ],
    }


def _control(element: Any, places: dict[str, int]) -> Data:
    places.setdefault(element.get("id", ""), element.sourceline or 1)
    return (
        _attributes(element, "id", "class")
        | _texts(element, "title")
        | {
            "params": [_param(inner) for inner in children(element, "param")],
            "props": _props(element),
            "links": [_attributes(inner, "href", "rel") for inner in children(element, "link")],
            "parts": [_part(inner) for inner in children(element, "part")],
            "controls": [_control(inner, places) for inner in children(element, "control")],
        }
    )


def _part(element: Any) -> Data:
    return (
        _attributes(element, "id", "name", "class")
        | _texts(element, "title")
        | {
            "props": _props(element),
            "prose": blocks_text(element),
            "parts": [_part(inner) for inner in children(element, "part")],
        }
    )


def _param(element: Any) -> Data:
    select = child(element, "select")
    return (
        _attributes(element, "id")
        | _texts(element, "label")
        | {"values": [running_text(inner) for inner in children(element, "value")]}
        | ({} if select is None else {"select": {"choice": [running_text(one) for one in children(select, "choice")]}})
    )


def _props(element: Any) -> list[Data]:
    return [_attributes(inner, "name", "value", "class") for inner in children(element, "prop")]


def _attributes(element: Any, *names: str) -> Data:
    return {name: element.get(name) for name in names if element.get(name) is not None}


def _texts(element: Any, *names: str) -> Data:
    found = {name: child(element, name) for name in names} if element is not None else {}
    return {name: running_text(inner) for name, inner in found.items() if inner is not None}
