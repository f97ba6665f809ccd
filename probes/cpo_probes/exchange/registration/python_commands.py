"""Formats in the command lines that Python sources define: choices of an option, commands called after formats."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.python_calls import Module, arguments, keywords
from cpo_probes.exchange.registration.python_tables import Entry, literals
from cpo_scan.probe.sources import Enclosing, text

if TYPE_CHECKING:
    from tree_sitter import Node

_WAYS = {
    **dict.fromkeys(("from", "in", "input", "source", "src"), "import"),
    **dict.fromkeys(("dest", "destination", "out", "output", "target", "to"), "export"),
}
"""Words of an option, or of its help, that say which way it goes."""
_OPTIONS = ("add_argument", "option", "argument", "Option", "Argument")


def commanded(module: Module, names: Naming, called: str) -> Iterator[Entry]:
    """All formats in command lines (argparse, click and typer); `called`: the name of the module."""
    functions = Enclosing(module.nodes["function_definition"])
    for node in module.nodes["call"]:
        function = node.child_by_field_name("function")
        name = text(function).rpartition(".")[2] if function is not None else ""
        if name in _OPTIONS:
            yield from _option(node, functions, names, module, called)
        elif name in ("add_command", "add_parser", "command") and function is not None:
            yield from _command(node, function, name, names, module)


def _option(node: "Node", functions: Enclosing, names: Naming, module: Module, called: str) -> Iterator[Entry]:
    """`add_argument("--format", choices=["pdf", "svg"])`, `option("--to", type=Choice(["csv"]))`, where words tell the
    way: those of the option, of its help, or of the function or module around."""
    given = dict(keywords(node))
    held = given.get("choices")
    if held is None and (kind := given.get("type")) is not None and kind.type == "call":
        made = text(kind.child_by_field_name("function") or kind).rpartition(".")[2]
        held = next(iter(arguments(kind)), None) if made == "Choice" else None
    offered = list(literals(held, module.names))[:64]
    meant = [(one, place) for one, place in offered if names.whole(one, meant=True) or names.in_label("", [one])]
    if len(meant) < 2 or 2 * len(meant) < len(offered):
        return
    function = next(functions.of(node, 1), None)
    around = text(function.child_by_field_name("name") or function) if function is not None else ""
    labels = [one for each in arguments(node)[:4] if (one := module.names.literal(each))]
    for speaking in (" ".join(labels), module.names.literal(given.get("help")) or "", around, called):
        parts = [word.lower() for word in words_of(speaking) if word.lower() != "parser"]  # that of the command line
        ways = {names.role(word) or _WAYS.get(word) for word in parts} - {None}
        if len(ways) > 1:
            return
        for way in ways:
            for one, place in meant:
                yield _entry(one, way or "", " ".join(labels), module, node, place)
            return


def _command(node: "Node", function: "Node", name: str, names: Naming, module: Module) -> Iterator[Entry]:
    """A command whose own name says it (`import-ifc`), or that is called like a format in a group that says it:
    `export.add_command(dxf)`, `@export.command()` above `def dxf`."""
    titles = [one for each in arguments(node)[:1] if (one := module.names.literal(each))]
    if name == "add_command":
        titles = [text(each).rpartition(".")[2] for each in arguments(node)[:1]]
    elif name == "command" and not titles and node.parent is not None and node.parent.parent is not None:
        defined = node.parent.parent.child_by_field_name("definition")
        titles = [text(defined.child_by_field_name("name") or defined)] if defined is not None else []
    group = text(function).split(".")[-2].lower() if "." in text(function) else ""
    way = names.role(group) if group in names.features else None
    for title in titles:
        named = names.in_identifier(title, function=True)
        if named is not None:
            yield _entry(named.standard, named.direction, title, module, node, node)
        elif way is not None and names.whole(title, meant=True) is not None:
            yield _entry(title, way, group, module, node, node)


def _entry(key: str, direction: str, table: str, module: Module, node: "Node", place: "Node") -> Entry:
    line, condition = place.start_point[0] + 1, module.conditions.of(node)
    return Entry(key, direction, table, condition, line, text(node), False, "command-line")
