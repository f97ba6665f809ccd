"""Formats that Python sources describe beside a word that says which way.

`@exporter(extension=["csv"])`; `plugin.kind = IMPORT`; `{"extension": "html", "export": True}`;
`READABLE_EXTENSIONS = (".stl",)`; `{".stl": load_stl}`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.python_calls import Callees, Module, arguments, keywords
from cpo_probes.exchange.registration.python_tables import Entry, literals
from cpo_probes.exchange.registration.script_roles import (
    agent_direction,
    flag_direction,
    list_direction,
    registering_direction,
    registers,
    verb_direction,
)
from cpo_scan.probe.sources import text

if TYPE_CHECKING:
    from tree_sitter import Node

FARTHEST_ATTRIBUTE = 60  # statements between two attributes of one description
_NOTHING = ("None", "False", "lambda: None")
_LITERALS = ("string", "concatenated_string", "list", "tuple", "set", "binary_operator")
_NAMES = ("identifier", "attribute")
_LABELS = ("label", "name", "desc", "description", "title")


def described(module: Module, names: Naming, rows: list[dict[str, Any]]) -> Iterator[Entry]:
    """All such descriptions of a source, by kind. `rows`: the calls of the rules that are given suffixes."""
    callees = Callees(rows)
    for node in module.nodes["call"]:
        yield from _in_call(node, names, module)
        if (known := callees.known(node, module.names)) is not None:
            yield from _in_known(node, *known, module)
    for node in module.nodes["assignment"]:
        yield from _in_attribute(node, names, module)
        yield from _in_list(node, names, module)
    for node in module.nodes["dictionary"]:
        yield from _in_dictionary(node, names, module)


def _in_call(node: "Node", names: Naming, module: Module) -> Iterator[Entry]:
    """A call with suffixes under a name that holds such: `@data_exporter(label=…, extension=[…])`.

    It registers where it decorates, or says so (`register(EXPORT, extension="vcf")`); what makes an object of a reader
    or of a format with both is recognised.
    """
    called = node.child_by_field_name("function")
    name = text(called).rpartition(".")[2] if called is not None and called.type in _NAMES else ""
    if not name:
        return
    named = list(keywords(node))
    decorates = node.parent is not None and node.parent.type == "decorator"
    direction = registering_direction(name, names) if registers(name) else None
    if not any(names.is_suffix_key(key) for key, _ in named):
        given = arguments(node) if direction is not None else []
        for found, place in list(literals(given[0], module.names))[:64] if given else ():
            if found.startswith((".", "*.")) or (len(given) > 1 and names.whole(found, meant=True) is not None):
                yield _entry(found, direction or "", name, node, place, module)
        return
    alone = direction or agent_direction(name, names) or (names.in_key(name) if decorates else None)
    is_registered = decorates or registers(name)
    ways: set[str | None] = {alone} if alone is not None else set()
    if not ways and (is_registered or name[:1].isupper()):
        ways |= set(_flagged(named, names))
    if not ways and is_registered:
        ways |= {names.in_key(text(each).rpartition(".")[2]) for each in arguments(node) if each.type in _NAMES}
    label = " ".join(one for key, value in named if key in _LABELS and (one := module.names.literal(value)))
    for key, value in named:
        if names.is_suffix_key(key):
            for found, place in literals(value, module.names):
                for way in sorted(way for way in ways if way is not None):
                    yield _entry(found, way, name, node, place, module, registers=is_registered, label=label)


def _in_known(node: "Node", called: str, row: dict[str, Any], module: Module) -> Iterator[Entry]:
    """`st.file_uploader("Mesh", type=["stl"])`."""
    given = arguments(node)
    values = [value for key, value in keywords(node) if key in row["keys"]]
    values += given[row["place"] : row["place"] + 1] if "place" in row else []
    for found, place in (pair for value in values for pair in literals(value, module.names)):
        yield _entry(found, row["direction"], called, node, place, module, mechanism=row["id"])


def _flagged(items: "Iterable[tuple[str, Node]]", names: Naming) -> Iterator[str]:
    """The ways that flags and functions of a description grant: `can_import=True`, `"writer": write_stl`."""
    for key, value in items:
        way = flag_direction(key, names)
        if way is not None and value.type not in _LITERALS and text(value) not in _NOTHING:
            yield way


def _in_attribute(node: "Node", names: Naming, module: Module) -> Iterator[Entry]:
    """`plugin.extension = "csv"` near `plugin.kind = EXPORT`, without a new `plugin` between them."""
    target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    if target is None or value is None or target.type != "attribute" or node.parent is None:
        return
    owner, own = target.child_by_field_name("object"), text(target.child_by_field_name("attribute") or target)
    if owner is None or owner.type != "identifier" or not names.is_suffix_key(own):
        return
    holder, ways, label = text(owner), set[str](), ""
    for key, other in _siblings(node.parent, holder):
        if other.type in _NAMES and (way := names.in_key(text(other).rpartition(".")[2])) is not None:
            ways.add(way)
        elif key in _LABELS:
            label = module.names.literal(other) or ""
    if len(ways) == 1:
        for found, place in literals(value, module.names):
            yield _entry(found, ways.copy().pop(), holder, node, place, module, label=label)


def _siblings(statement: "Node", holder: str) -> "Iterator[tuple[str, Node]]":
    """The other attributes that the same object is given in the statements around."""
    for step in ("prev_named_sibling", "next_named_sibling"):
        other = getattr(statement, step)
        for _ in range(FARTHEST_ATTRIBUTE):
            inner = other.named_children[0] if other is not None and other.type == "expression_statement" else None
            if inner is not None and inner.type == "assignment":
                target, value = inner.child_by_field_name("left"), inner.child_by_field_name("right")
                if target is not None and text(target) == holder:
                    break
                if target is not None and value is not None and target.type == "attribute":
                    name, _, attribute = text(target).rpartition(".")
                    if name == holder:
                        yield attribute, value
            if other is None:
                break
            other = getattr(other, step)


def _in_list(node: "Node", names: Naming, module: Module) -> Iterator[Entry]:
    """`ACCEPTED_FILE_EXTENSIONS = [".docx"]`, `supported_export_formats = {"edf": …}`."""
    target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    if target is None or value is None or target.type not in _NAMES:
        return
    name = text(target).rpartition(".")[2]
    direction = list_direction(name, names)
    if direction is None:
        return
    given = value.named_children if value.type == "dictionary" else [value]
    for each in given[:256]:
        for found, place in literals(each.child_by_field_name("key") if each.type == "pair" else each, module.names):
            yield _entry(found, direction, name, node, place, module, mechanism="named-table")


def _in_dictionary(node: "Node", names: Naming, module: Module) -> Iterator[Entry]:
    """`{"extension": "html", "export": True}`, or suffixes and what reads them: `{".stl": load_stl}`."""
    pairs: list[tuple[str, Node]] = []
    for pair in node.named_children[:256]:
        value = pair.child_by_field_name("value") if pair.type == "pair" else None
        key = module.names.literal(pair.child_by_field_name("key")) if value is not None else None
        if key and value is not None:
            pairs.append((key, value))
    listed = [value for key, value in pairs if names.is_suffix_key(key)]
    if listed:
        ways = sorted(set(_flagged(pairs, names)))
        label = " ".join(one for key, value in pairs if key in _LABELS and (one := module.names.literal(value)))
        for value in listed if ways else ():
            for found, place in literals(value, module.names):
                for way in ways:
                    yield _entry(found, way, "extension", node, place, module, label=label)
        return
    for key, value in pairs:
        if key.startswith((".", "*.")) and value.type not in _LITERALS:
            told = {does for word in _identifiers(value) if (does := verb_direction(word, names)) is not None}
            if len(told) == 1:
                yield _entry(key, told.pop(), "table", node, value, module, made=text(value))


def _identifiers(value: "Node") -> list[str]:
    """The last parts of the names in a value: `module.load_stl`, `dict(STL=read_stl)`, `partial(load, "stl")`."""
    if value.type in _NAMES:
        return [text(value).rpartition(".")[2]]
    if value.type == "call":
        inner = [*arguments(value), *(each for _, each in keywords(value))]
        found = [text(each).rpartition(".")[2] for each in inner if each.type in _NAMES]
        return found or [text(value.child_by_field_name("function") or value).rpartition(".")[2]]
    if value.type in ("tuple", "list"):
        return [text(each).rpartition(".")[2] for each in value.named_children[:8] if each.type in _NAMES]
    return []


def _entry(
    key: str,
    direction: str,
    table: str,
    node: "Node",
    place: "Node",
    module: Module,
    *,
    registers: bool = True,
    label: str = "",
    made: str = "",
    mechanism: str = "description",
) -> Entry:
    return Entry(
        key,
        direction,
        table,
        module.conditions.of(node),
        place.start_point[0] + 1,
        text(node).partition("\n")[0] if mechanism == "description" else text(place),
        registers=registers and mechanism == "description",
        mechanism=mechanism,
        label=label,
        made=made,
    )
