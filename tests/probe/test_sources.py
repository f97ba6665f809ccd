"""Syntax trees: what is broken is marked, what is deep costs nothing, and no parent is asked for."""

import pytest

from cpo_scan.probe import Unreadable
from cpo_scan.probe.sources import LONGEST_TEXT, Enclosing, find, parse, text


def test_tree_of_sound_source_has_no_error() -> None:
    assert not parse(b"import os\n", "python").root_node.has_error


@pytest.mark.parametrize("source", [b"def (\n", b"\0" * 1000, b"x = '\xff\xfe", "x = 'é'".encode("utf-16")])
def test_broken_source_gives_a_tree_that_says_so(source: bytes) -> None:
    assert parse(source, "python").root_node.has_error


@pytest.mark.parametrize("opening", [b"(", b"[", b"{", b"f(", b"not ", b"-", b"lambda:"])
def test_nesting_without_end_is_parsed_and_searched(opening: bytes) -> None:
    tree = parse(opening * 50_000 + b"App.addImportType('a', 'b')", "python")
    assert set(find(tree, "call", "if_statement")) == {"call", "if_statement"}


def test_nodes_come_in_the_order_of_the_file() -> None:
    tree = parse(b"b(a())\nc()\n", "python")
    assert [text(node) for node in find(tree, "call")["call"]] == ["b(a())", "a()", "c()"]


def test_language_without_grammar_is_said() -> None:
    with pytest.raises(Unreadable, match=r"source\.no_grammar"):
        parse(b"", "cobol")


def test_text_of_a_huge_node_is_not_copied() -> None:
    tree = parse(b"'" + b"x" * LONGEST_TEXT + b"'", "python")
    assert text(tree.root_node) == ""


def test_enclosing_nodes_come_inmost_first() -> None:
    tree = parse(b"if a:\n  if b:\n    f()\n  g()\nif c:\n  h()\nk()\n", "python")
    outer = Enclosing(find(tree, "if_statement")["if_statement"])
    calls = {text(node): node for node in find(tree, "call")["call"]}
    starts = {name: [node.start_point[0] for node in outer.of(node, 9)] for name, node in calls.items()}
    assert starts == {"f()": [1, 0], "g()": [0], "h()": [4], "k()": []}


def test_enclosing_nodes_are_limited() -> None:
    depth = 50
    source = "".join(f"{' ' * level}if a{level}:\n" for level in range(depth)) + " " * depth + "f()\n"
    tree = parse(source.encode(), "python")
    call = find(tree, "call")["call"][0]
    outer = Enclosing(find(tree, "if_statement")["if_statement"])
    assert len(list(outer.of(call, 9))) == 9
    assert len(list(outer.of(call, 900))) == depth
