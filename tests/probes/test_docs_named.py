"""Does a documentation describe this release? By the names that Sphinx, Doxygen and DocFX list."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cpo_probes.docs.sets import DocSetsProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probe.managed import assembly

PROSE = (
    "The part list shows each component of the assembly once. Choose the release state first, then the view of the "
    "structure that you want to compare, and start the comparison from the menu. Differences are marked in the tree. "
)
SPHINX = '<script src="_static/documentation_options.js"></script>'
DOXYGEN = '<meta name="generator" content="Doxygen 1.9.4"/>'
NAMES = [f"Part{number}" for number in range(40)]


def page(title: str, head: str) -> bytes:
    body = f"<h1>{title}</h1><p>{PROSE * 2}</p>"
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def inventory(rows: Sequence[tuple[str, str]]) -> bytes:
    head = b"# Sphinx inventory version 2\n# Project: Acme\n# Version: 7\n# The remainder is compressed using zlib.\n"
    return head + zlib.compress("".join(f"{name} {role} 1 a.html#$ -\n" for role, name in rows).encode())


def run(files: Mapping[str, bytes]) -> Result:
    return run_probe(DocSetsProbe, dict(files))


def told(files: Mapping[str, bytes]) -> dict[str, Any]:
    found = run(files).one("docs.set")
    keys = ("matches_release", "documented_names", "documented_names_not_shipped", "names_compared_with")
    return {key: found.get(key) for key in keys if found.get(key) is not None}


def python(names: Sequence[str]) -> bytes:
    return "".join(f"class {name}:\n    pass\n" for name in names).encode()


def sphinx(package: str = "acme") -> dict[str, bytes]:
    rows = [("py:module", f"{package}.core"), *(("py:class", f"{package}.core.{name}") for name in NAMES)]
    return {"docs/index.html": page("Acme", SPHINX), "docs/objects.inv": inventory(rows)}


def test_python_names_of_sphinx_are_held_against_the_shipped_package() -> None:
    files = {**sphinx(), "lib/acme/__init__.py": b"", "lib/acme/core.py": python(NAMES)}
    assert told(files) == {
        "matches_release": True,
        "documented_names": 41,
        "documented_names_not_shipped": 0,
        "names_compared_with": "python",
    }


def test_names_that_are_gone_are_listed() -> None:
    files = {**sphinx(), "lib/acme/__init__.py": b"", "lib/acme/core.py": python(NAMES[:30])}
    assert told(files)["matches_release"] is False
    assert run(files).one("docs.set")["names_not_shipped"][0] == "acme.core.Part30"


def test_names_in_a_compiled_module_count() -> None:
    files = {**sphinx(), "lib/acme/__init__.py": b"", "lib/acme/core.so": b"\x7fELF" + "\0".join(NAMES).encode()}
    assert told(files)["matches_release"] is True


def test_documentation_of_another_package_is_not_compared() -> None:
    assert told({**sphinx("other"), "lib/acme/__init__.py": b"", "lib/acme/core.py": python(NAMES)}) == {}


def doxygen() -> dict[str, bytes]:
    pages = {f"doc/html/classacme_1_1{name}.html": page(f"acme::{name} Class Reference", DOXYGEN) for name in NAMES}
    return {**pages, "doc/html/index.html": page("Acme", DOXYGEN)}


def header(names: Sequence[str]) -> bytes:
    return "".join(f"class {name} {{ public: void save(); }};\n" for name in names).encode()


def tags(*, files: bool) -> bytes:
    kinds = "".join(f'<compound kind="class"><name>acme::{name}</name></compound>' for name in NAMES)
    listed = "".join(f'<class kind="class">acme::{name}</class>' for name in NAMES)
    file = f'<compound kind="file"><name>part.h</name>{listed}</compound>' if files else ""
    hidden = '<compound kind="file"><name>kept.h</name><class kind="class">acme::Kept</class></compound>'
    return f'<?xml version="1.0"?><tagfile>{kinds}{file}{hidden if files else ""}</tagfile>'.encode()


def test_pages_of_doxygen_are_held_against_the_shipped_headers() -> None:
    found = told({**doxygen(), "sdk/include/part.h": header(NAMES)})
    assert found == {
        "matches_release": True,
        "documented_names": 40,
        "documented_names_not_shipped": 0,
        "names_compared_with": "headers",
    }


@pytest.mark.parametrize("more", [{}, {"doc/acme.tag": tags(files=False)}])
def test_types_of_which_nobody_says_that_they_are_public_are_no_gap(more: dict[str, bytes]) -> None:
    """Doxygen describes what is internal too: that no header is shipped for it says nothing of the release."""
    assert told({**doxygen(), **more, "sdk/include/part.h": header(NAMES[:30])}) == {}


def test_a_tag_file_that_lists_types_by_header_tells_what_is_missing() -> None:
    found = told({**doxygen(), "doc/acme.tag": tags(files=True), "sdk/include/part.h": header(NAMES[:30])})
    assert (found["matches_release"], found["documented_names"], found["documented_names_not_shipped"]) == (
        False,
        40,
        10,
    )


def test_map_of_docfx_is_held_against_the_assemblies() -> None:
    rows = "".join(f"- uid: Acme.{name}\n  commentId: T:Acme.{name}\n" for name in NAMES)
    files = {
        "docs/index.html": page("Acme", '<meta name="generator" content="docfx 2.59">'),
        "docs/xrefmap.yml": f"### YamlMime:XRefMap\nreferences:\n{rows}".encode(),
        "bin/Acme.dll": assembly([("Acme", name, 1, (), ()) for name in NAMES[:38]]),
    }
    found = told(files)
    assert (found["matches_release"], found["documented_names_not_shipped"]) == (True, 2)
    assert found["names_compared_with"] == "assemblies"


def test_a_damaged_inventory_is_a_row() -> None:
    result = run({"docs/index.html": page("Acme", SPHINX), "docs/objects.inv": sphinx()["docs/objects.inv"][:-20]})
    assert result.of("docs.set")
    files = {"docs/index.html": page("Acme", SPHINX), "docs/objects.inv": b"# Sphinx inventory version 9\n"}
    assert run(files).reasons == ["inventory.malformed"]


def test_contract() -> None:
    tree = {**sphinx(), **doxygen(), "acme/__init__.py": b"", "include/part.h": header(NAMES)}
    tree = {path: data for path, data in tree.items() if "Part3" not in path}
    check_determinism(DocSetsProbe, tree)
    check_hostile(DocSetsProbe, {path: tree[path] for path in sorted(tree)[:6]})
