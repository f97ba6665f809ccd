"""Suffixes that Python sources test for: `if suffix == ".stl":` in a function that reads or writes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.python_calls import Module, arguments
from cpo_probes.exchange.registration.python_tables import Entry, literals
from cpo_scan.probe.sources import Enclosing, text

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST_SUFFIX = 10
_ABOUT = frozenset({"ext", "extension", "filetype", "fmt", "format", "suffix", "splitext"})
"""Words of what is compared that say that it is the suffix or name of a format."""
_SOURCES = {"in": "import", "input": "import", "source": "import", "src": "import"}
_GOALS = {"dest": "export", "destination": "export", "out": "export", "output": "export", "target": "export"}


def chosen(module: Module, names: Naming) -> Iterator[Entry]:
    """All suffixes that a source tests for in functions that read or write."""
    functions = Enclosing(module.nodes["function_definition"])
    for node in module.nodes["comparison_operator"]:
        yield from _compared(node, functions, names, module)
    for node in module.nodes["call"]:
        function = node.child_by_field_name("function")
        if function is not None and text(function).endswith(".endswith"):
            yield from _tested(node, function, arguments(node)[:1], functions, names, module)


def _compared(node: "Node", functions: Enclosing, names: Naming, module: Module) -> Iterator[Entry]:
    sides = [child for child in node.named_children if child.type != "comment"]
    if len(sides) == 2:
        yield from _tested(node, sides[0], sides[1:], functions, names, module)


def _tested(
    node: "Node", tested: "Node", against: "list[Node]", functions: Enclosing, names: Naming, module: Module
) -> Iterator[Entry]:
    """Suffixes with which something is compared, where the function around says what is done with such files."""
    found = [(one, place) for value in against for one, place in literals(value, module.names)]
    found = [(one, place) for one, place in found if 1 < len(one.lstrip(".")) <= LONGEST_SUFFIX]
    if not found or _is_refused(node):
        return
    words = {word.lower() for word in words_of(text(tested))}
    function = next(functions.of(node, 1), None)
    title = text(function.child_by_field_name("name") or function) if function is not None else ""
    way = _way(title, words, names)
    for one, place in found if way is not None else ():
        if one.startswith(".") or words & _ABOUT:
            condition, line = module.conditions.of(node), place.start_point[0] + 1
            yield Entry(one, way or "", title, condition, line, text(node), False, "suffix-test")


def _way(title: str, words: set[str], names: Naming) -> str | None:
    """Which way a function goes by its name, or what is tested by its own."""
    own = {_SOURCES.get(word) or _GOALS.get(word) for word in words} - {None}
    parts = [word.lower() for word in words_of(title)]
    told = {names.role(word) for word in parts} - {None}
    if parts == ["open"]:
        return None  # to read or to write
    if not parts or names.is_denied(parts) or len(told) != 1 or len(own) > 1:
        return None
    return (own or told).pop()


def _is_refused(test: "Node") -> bool:
    """`if suffix == ".xls": raise …`: what is tested for is what is not supported."""
    above = test.parent
    if above is None or above.type not in ("if_statement", "elif_clause"):
        return False
    if text(test).startswith("not ") or " not in " in text(test) or "!=" in text(test):
        return False
    body = above.child_by_field_name("consequence")
    first = body.named_children[0] if body is not None and body.named_children else None
    return first is not None and first.type == "raise_statement"
