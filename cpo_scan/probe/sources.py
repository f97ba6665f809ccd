"""Syntax trees of source files (tree-sitter) and the few ways in which probes look at them.

Parsers run in C without recursion, and nothing here recurses either: depth is a hostile file's choice.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from cpo_scan.targets.errors import Unreadable

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

GRAMMARS = {
    "c": "tree_sitter_c",
    "c-sharp": "tree_sitter_c_sharp",
    "cpp": "tree_sitter_cpp",
    "java": "tree_sitter_java",
    "javascript": "tree_sitter_javascript",
    "python": "tree_sitter_python",
}
"""Grammar modules by language. Only that of Python belongs to the core."""

LONGEST_TEXT = 4_000  # bytes: longer nodes are no names, literals or conditions that a probe quotes


def parse(data: bytes, language: str) -> "Tree":
    """The syntax tree of a source. Broken places become ERROR nodes (`tree.root_node.has_error`), never an exception.

    Raises Unreadable where the grammar is not installed.
    """
    from tree_sitter import Parser

    return Parser(_language(language)).parse(data)


def find(tree: "Tree", *kinds: str) -> "dict[str, list[Node]]":
    """The named nodes of these kinds, by kind, each list in the order of the file.

    Walks with a cursor: a tree-sitter query takes time by the square of the children of an ERROR node.
    """
    found: dict[str, list[Node]] = {kind: [] for kind in kinds}
    wanted = {tree.language.id_for_node_kind(kind, True): found[kind] for kind in kinds}
    cursor = tree.walk()
    down, along, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    while True:
        node = cursor.node
        if node is not None and node.kind_id in wanted:
            wanted[node.kind_id].append(node)
        if down() or along():
            continue
        while up():
            if along():
                break
        else:
            return found


def text(node: "Node") -> str:
    """The source text of a node, bytes that are no UTF-8 as U+FFFD; nothing for a node of more than `LONGEST_TEXT`."""
    if node.end_byte - node.start_byte > LONGEST_TEXT:
        return ""
    return (node.text or b"").decode("utf-8", "replace")


class Enclosing:
    """Which of some nodes enclose another one? Asks the tree nothing, for its parents cost more the deeper it is."""

    def __init__(self, nodes: "Iterable[Node]") -> None:
        self._nodes = sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte))
        self._starts = [node.start_byte for node in self._nodes]
        self._outer: list[int] = []
        stack: list[int] = []
        for number, node in enumerate(self._nodes):
            while stack and self._nodes[stack[-1]].end_byte < node.end_byte:
                stack.pop()
            self._outer.append(stack[-1] if stack else -1)
            stack.append(number)

    def of(self, inner: "Node", most: int) -> "Iterator[Node]":
        """Those that enclose `inner`, inmost first, at most so many."""
        number = bisect_right(self._starts, inner.start_byte) - 1
        while number >= 0 and most:
            node = self._nodes[number]
            if node.end_byte >= inner.end_byte and node != inner:
                most -= 1
                yield node
            number = self._outer[number]


@cache
def _language(language: str) -> "Language":
    from importlib import import_module

    from tree_sitter import Language

    try:
        return Language(import_module(GRAMMARS[language]).language())
    except (KeyError, ImportError):
        raise Unreadable("source.no_grammar", language=language) from None
