"""Python sources: what they define for others, and what describes it; held against the standard library's parser."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.python_names import Import, Module, read_imports, read_module

SOURCE = '''#!/usr/bin/env python3
"""The module as a whole."""
import os

LIMIT = {"a": (1,
    2)}

class Part(Base,
           metaclass=Meta):
    """A part with its shape."""
    size: int = 1

    def open(self, name: str = ")", *, mode={"r": 1}) -> "dict[str, int]":
        # not the docstring
        r"""Opens it for reading."""
        def inner(): pass

    @property
    def mass(self): return 1

    def _hidden(self): pass

    async def load(self):
        text = """
def no_function():
    """
        return text

    class Nested:
        def deep(self): ...

class _Private:
    def unseen(self): pass

if os.name == "nt":
    def on_windows():
        "Only there, and only so."
else:
    try:
        def elsewhere(): pass
    except ImportError: pass
'''


def names(text: str) -> list[str]:
    return [found.name for found in read_module(text).definitions]


def docs(text: str) -> dict[str, str]:
    return {found.name: found.doc for found in read_module(text).definitions}


def test_public_definitions_are_found_where_others_can_reach_them() -> None:
    assert names(SOURCE) == [
        "Part", "Part.open", "Part.mass", "Part.load", "Part.Nested", "Part.Nested.deep", "on_windows", "elsewhere",
    ]  # fmt: skip


def test_docstrings_describe() -> None:
    assert read_module(SOURCE).doc == "The module as a whole."
    said = docs(SOURCE)
    assert said["Part"] == "A part with its shape."
    assert said["Part.open"] == "Opens it for reading."
    assert said["on_windows"] == "Only there, and only so."
    assert said["Part.load"] == ""


def test_a_docstring_that_only_repeats_the_signature_describes_nothing() -> None:
    text = 'def AddArea(self, zones):\n    r"""AddArea(BOARD self, ZONES * zones, int net) -> ZONE"""\n'
    assert docs(text) == {"AddArea": ""}
    both = 'def f(a):\n    """f(a) -> int\n\n    Counts what is there."""\n'
    assert docs(both) == {"f": "Counts what is there."}


def test_all_says_what_a_module_offers() -> None:
    text = '__all__ = ["a", "B"]\n__all__ += ("c",)\ndef a(): pass\ndef b(): pass\n'
    text += "class B:\n    def m(self): pass\ndef c(): pass\n"
    assert names(text) == ["a", "B", "B.m", "c"]
    assert read_module(text).everything == ("a", "B", "c")


def test_an_all_that_is_computed_says_nothing() -> None:
    assert names(
        "__all__ = [name for name in dir()]\n".replace("[", "list(").replace("]", ")") + "def a(): pass\n"
    ) == ["a"]


def test_setters_and_overloads_are_one_name() -> None:
    text = (
        "class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, v):\n        'Sets it to v.'\n"
    )
    assert docs(text) == {"A": "", "A.x": "Sets it to v."}


def test_tabs_and_spaces_indent_alike() -> None:
    assert names("class A:\n\tdef f(self): pass\n        # comment\n\tdef g(self): pass\n") == ["A", "A.f", "A.g"]


def test_the_standard_library_is_read_as_its_own_parser_reads_it() -> None:
    """Real sources, thousands of definitions: the same names, and docstrings but for those of signatures."""
    compared = 0
    for path in sorted(Path(ast.__file__).parent.glob("[a-h]*.py")):
        text = path.read_text(encoding="utf-8", errors="replace").replace("__all__", "__none__")
        expected = dict(_parsed(ast.parse(text).body, ""))
        found = docs(text)
        assert set(found) == set(expected), path.name
        assert all(expected[name] for name, doc in found.items() if doc), path.name
        compared += len(expected)
    assert compared > 1_000


def _parsed(body: Iterable[ast.AST], prefix: str) -> Iterable[tuple[str, bool]]:
    documented: dict[str, bool] = {}
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if not name.startswith("_"):
                    full = prefix + name
                    documented[full] = documented.get(full, False) or bool(ast.get_docstring(node))
                    if isinstance(node, ast.ClassDef):
                        documented |= dict(_parsed(node.body, f"{full}."))
            case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While() | ast.ExceptHandler():
                for part in ("body", "orelse", "finalbody", "handlers"):
                    for name, doc in _parsed(getattr(node, part, []), prefix):
                        documented[name] = documented.get(name, False) or doc
    return documented.items()


@given(st.text(alphabet="def clas:()[]{}\"'#\\\n\tx_=,", max_size=150))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_module(text), Module)


@pytest.mark.parametrize("part", ["def f(", "class A:\n ", "'''", '"', "(", "def f():\n", "#", "x = [\n", "if x:\n\t"])
def test_a_hundred_thousand_of_anything_take_no_time_to_speak_of(part: str) -> None:
    assert isinstance(read_module(part * 100_000), Module)


def test_imports_are_found_wherever_they_stand_and_not_in_texts() -> None:
    source = (
        "import os, a.b as c\n# import no\n'''\nimport never\n'''\n"
        "def f():\n    from ..x import (y as z,\n        _w)\n    from . import sibling\n"
        "from k import *\nfrom m import a, \\\n  b; import q\n"
    )
    assert read_imports(source) == (
        Import("os", line=1),
        Import("a.b", line=1),
        Import("x", 2, ("y", "_w"), 7),
        Import("", 1, ("sibling",), 9),
        Import("k", 0, ("*",), 10),
        Import("m", 0, ("a", "b"), 11),
    )


@given(st.text(alphabet="import from.,*()\\\n\t ab_;'\"#", max_size=200))
def test_any_text_has_imports_or_none(text: str) -> None:
    read_imports(text)
