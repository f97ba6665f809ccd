"""Tables of readers and writers in Python sources: `_loaders = {"stl": load_stl}`, `{"reader": {"extension": …}}`."""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cpo_probes.exchange.label_words import words_of
from cpo_probes.exchange.naming import Naming
from cpo_probes.exchange.python_calls import CONDITIONS, IMPORTS, NEVER, Conditions, Names
from cpo_scan.probe.sources import find, text

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MOST_ENTRIES = 1_000  # of one table
DEEPEST = 6  # lists and dictionaries inside of an entry
_FORMAT = frozenset({"format", "formats"})
_MADE = ("identifier", "attribute", "lambda", "call", "string", "dictionary", "tuple", "list")  # what a table may hold


class Entry(NamedTuple):
    """An entry: its key or suffix, which way, the name of its table, and where it stands."""

    key: str
    direction: str
    table: str
    condition: str | None
    line: int
    excerpt: str
    registers: bool = True
    """A table does; a class that says of itself which suffixes it reads is not yet in one."""


def entries(tree: "Tree", names: Naming, module: str = "") -> Iterator[Entry]:
    """All entries of tables that are named after readers or writers, in the order of the source.

    In a `module` of readers or writers (`exporter`) a table of formats is one too.
    """
    among = names.places.roles.get(module.lower())
    nodes = find(tree, "assignment", "pair", "class_definition", *IMPORTS, *CONDITIONS)
    known, conditions = Names(tree, nodes), Conditions(nodes)
    for node in nodes["assignment"]:
        target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if target is None or value is None:
            continue
        if target.type == "subscript":
            held, key = target.child_by_field_name("value"), target.child_by_field_name("subscript")
            pairs = [(key, value)]
        else:
            held = target
            pairs = list(_pairs(value)) if value.type == "dictionary" else []
        table = text(held).rpartition(".")[2] if held is not None else ""
        direction = names.in_table_name(table) if table.isidentifier() else None
        if direction is None and among is not None and _FORMAT & {word.lower() for word in words_of(table)}:
            direction = among
        condition = conditions.of(node) if direction is not None and pairs else None
        if direction is None or condition == NEVER:
            continue
        for key, made in pairs:
            literal = known.literal(key)
            if literal and key is not None and made.type in _MADE:
                yield Entry(literal, direction, table, condition, key.start_point[0] + 1, text(key))
    for node in nodes["pair"]:
        title, value = known.literal(node.child_by_field_name("key")), node.child_by_field_name("value")
        direction = names.in_key(title) if title else None
        if title is not None and direction is not None and value is not None and value.type in ("list", "dictionary"):
            for suffix, place in _suffixes(value, names, known):
                yield Entry(suffix, direction, title, conditions.of(node), place.start_point[0] + 1, text(place))
    for node in nodes["class_definition"]:
        condition = conditions.of(node)
        if condition != NEVER:
            yield from _of_class(node, names, known, condition)


def _of_class(node: "Node", names: Naming, known: Names, condition: str | None) -> Iterator[Entry]:
    """`class StlReader: EXTENSIONS = (".stl",)`: which way, its methods say (`read`, `write_file`) or its own name."""
    title, body = text(node.child_by_field_name("name") or node), node.child_by_field_name("body")
    listed: list[Node] = []
    ways = {names.in_key(title)}
    for statement in body.named_children[:MOST_ENTRIES] if body is not None else ():
        inner = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
        if inner is not None and inner.type == "function_definition":
            ways.add(names.places.does(text(inner.child_by_field_name("name") or inner)))
        given = statement.named_children[0] if statement.type == "expression_statement" else None
        target = given.child_by_field_name("left") if given is not None and given.type == "assignment" else None
        value = given.child_by_field_name("right") if given is not None and target is not None else None
        if target is not None and value is not None and names.is_suffix_key(text(target)):
            listed += value.named_children[:64] if value.type in ("list", "tuple", "set") else [value]
    for item in listed:
        suffix = known.literal(item)
        if suffix and suffix.startswith((".", "*.")):
            for way in sorted(way for way in ways if way is not None):
                yield Entry(suffix, way, title, condition, item.start_point[0] + 1, text(item), registers=False)


def _pairs(table: "Node") -> "Iterator[tuple[Node | None, Node]]":
    for pair in table.named_children[:MOST_ENTRIES]:
        value = pair.child_by_field_name("value") if pair.type == "pair" else None
        if value is not None:
            yield pair.child_by_field_name("key"), value


def _suffixes(node: "Node", names: Naming, known: Names) -> "Iterator[tuple[str, Node]]":
    """The suffixes and MIME types under keys that hold such, however deep."""
    waiting = deque([(node, 0)])
    looked = 0
    while waiting and looked < MOST_ENTRIES:
        looked += 1
        node, depth = waiting.popleft()
        if node.type == "pair":
            key, value = known.literal(node.child_by_field_name("key")), node.child_by_field_name("value")
            if key and value is not None and names.is_suffix_key(key):
                listed = value.named_children if value.type in ("list", "tuple") else [value]
                yield from ((found, item) for item in listed[:64] if (found := known.literal(item)))
            elif value is not None and depth < DEEPEST:
                waiting.append((value, depth + 1))
        elif node.type in ("list", "dictionary", "tuple") and depth < DEEPEST:
            waiting += [(child, depth + 1) for child in node.named_children[:64]]
