"""Tables of readers and writers in Python sources: `_loaders = {"stl": load_stl}`, `{"reader": {"extension": …}}`.

Also classes that say of themselves which suffixes they read or write, and the texts in lists.
"""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.python_calls import NEVER, Module, Names, arguments
from cpo_scan.probe.sources import text

if TYPE_CHECKING:
    from tree_sitter import Node

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
    mechanism: str = "table"
    label: str = ""
    """The product's own words beside the key, if any."""
    made: str = ""
    """The code beside the key, as it stands there: what reads or writes such files."""


_LISTS = ("list", "tuple", "set")
_MAKING = ("set", "frozenset", "tuple", "list", "sorted")
_DEEPEST_LIST = 4
_MAY = ("can", "has", "have", "is", "supports")
_GIVING = ("defaultExtension", "filter", "fileExtension", "fileExtensions", "default_extension")
"""Methods that return suffixes besides those of the suffix keys, as translators of Maya do (MPxFileTranslator)."""


def literals(node: "Node | None", known: Names, depth: int = 0) -> "Iterator[tuple[str, Node]]":
    """The strings that a value is or lists: literals, lists, sums and sets of them, constants; and where they stand."""
    if node is None or depth > _DEEPEST_LIST:
        return
    if node.type in _LISTS:
        for child in node.named_children[:256]:
            yield from literals(child, known, depth + 1)
    elif node.type == "call" and text(node.child_by_field_name("function") or node) in _MAKING:
        for child in arguments(node)[:4]:
            yield from literals(child, known, depth + 1)
    elif (found := known.literal(node)) is not None:
        yield found, node
    elif node.type == "identifier":
        yield from literals(known.held.get(text(node)), known, depth + 1)
    elif node.type == "binary_operator":
        for child in node.named_children[:16]:
            yield from literals(child, known, depth + 1)


def entries(module: Module, names: Naming, called: str = "") -> Iterator[Entry]:
    """All entries of tables that are named after readers or writers, in the order of the source.

    In a module of readers or writers (`called` `exporter`) a table of formats is one too.
    """
    among = names.places.roles.get(called.lower())
    nodes, known, conditions = module.nodes, module.names, module.conditions
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
                line = key.start_point[0] + 1
                yield Entry(literal, direction, table, condition, line, text(key), made=text(made))
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
    """`class StlReader: EXTENSIONS = (".stl",)`: which way, its methods say (`read`, `write_file`) or its own name.

    In `class CsvFormat: extensions = ("csv",)` the methods `import_set` and `export_set` say it too.
    """
    title, body = text(node.child_by_field_name("name") or node), node.child_by_field_name("body")
    listed: list[tuple[str, Node]] = []
    ways, label = {names.in_key(title)}, title
    for statement in body.named_children[:MOST_ENTRIES] if body is not None else ():
        inner = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
        if inner is not None and inner.type == "function_definition":
            method = text(inner.child_by_field_name("name") or inner)
            ways.add(_does(method, inner, names))
            if method == "__init__":
                listed += _own_suffixes(inner, names, known)
            elif names.is_suffix_key(method.removeprefix("get_")) or method in _GIVING:
                listed += [pair for given in _returned(inner) for pair in literals(given, known)]
        given = statement.named_children[0] if statement.type == "expression_statement" else None
        target = given.child_by_field_name("left") if given is not None and given.type == "assignment" else None
        value = given.child_by_field_name("right") if given is not None and target is not None else None
        if target is not None and value is not None and names.is_suffix_key(text(target)):
            listed += list(literals(value, known))[:64]
        elif target is not None and text(target) in ("name", "title", "label", "description"):
            label += f" {known.literal(value)}"
    for suffix, item in listed:
        if suffix.startswith((".", "*.")) or (suffix.replace("_", "").isalnum() and names.by_suffix(suffix)):
            for way in sorted(way for way in ways if way is not None):
                yield Entry(suffix, way, title, condition, item.start_point[0] + 1, text(item), False, "class", label)


def _does(method: str, node: "Node", names: Naming) -> str | None:
    """What a method of a class does: `read`, `export_set`; what `can_read`, `haveWriteMethod` say that it may."""
    words = [word.lower() for word in words_of(method)]
    if words and words[0] in _MAY:
        ways = {names.role(word) for word in words[1:]} - {None}
        returned = {text(given) for given in _returned(node)}
        return ways.pop() if len(ways) == 1 and returned != {"False"} else None
    first = method.partition("_")[0]
    return names.role(first) if first in names.features else names.places.does(method)


def _returned(method: "Node") -> "Iterator[Node]":
    """What the statements of a method return, those inside of others left out."""
    body = method.child_by_field_name("body")
    for statement in body.named_children[:64] if body is not None else ():
        if statement.type == "return_statement":
            yield from statement.named_children[:1]


def _own_suffixes(method: "Node", names: Naming, known: Names) -> "Iterator[tuple[str, Node]]":
    """`self.extension = ".csv"` in the constructor of a class."""
    body = method.child_by_field_name("body")
    for statement in body.named_children[:64] if body is not None else ():
        given = statement.named_children[0] if statement.type == "expression_statement" else None
        target = given.child_by_field_name("left") if given is not None and given.type == "assignment" else None
        if given is not None and target is not None and target.type == "attribute":
            owner, _, name = text(target).rpartition(".")
            if owner == "self" and names.is_suffix_key(name):
                yield from literals(given.child_by_field_name("right"), known)


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
