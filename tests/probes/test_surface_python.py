"""The surface of Python packages: what can be imported from a product, and what cannot."""

from cpo_probes.sdk.surface_python import PythonSurfaceProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

MODULE = b'''"""A module."""
class Part:
    """A solid with faces and edges."""
    def open(self): pass
    def _hide(self): pass
def make(): "Makes an empty solid at once."
'''
TREE = {
    "usr/lib/python3/dist-packages/acme/__init__.py": MODULE,
    "usr/lib/python3/dist-packages/acme/shapes.py": MODULE,
    "usr/lib/python3/dist-packages/acme/_native.py": MODULE,
    "usr/lib/python3/dist-packages/acme/tests/test_part.py": MODULE,
    "usr/lib/python3/dist-packages/single.py": MODULE,
    "usr/share/acme/scripts/run.py": MODULE,
    "setup.py": MODULE,
}


def test_packages_and_single_modules_are_offered_and_scripts_are_not() -> None:
    result = run_probe(PythonSurfaceProbe(), TREE)
    roots = {row["attributes"]["root"]: row["attributes"]["symbols"] for row in result.of("sdk.surface")}
    assert roots == {"usr/lib/python3/dist-packages/acme": 6, "usr/lib/python3/dist-packages/single.py": 3}
    found = result.one("sdk.surface", root="usr/lib/python3/dist-packages/single.py")
    assert (found["types"], found["functions"], found["members"], found["documented_symbols"]) == (1, 1, 1, 2)
    assert found["undocumented"] == ["single.Part.open"]


def test_a_package_at_the_top_is_offered() -> None:
    found = run_probe(PythonSurfaceProbe(), {"acme/__init__.py": MODULE, "acme/deep/more.py": MODULE}).one(
        "sdk.surface"
    )
    assert (found["root"], found["symbols"]) == ("acme", 6)


def test_a_package_in_a_namespace_is_offered_where_a_distribution_is_installed() -> None:
    tree = {"acme/plm/__init__.py": MODULE, "acme/plm/deep/more.py": MODULE}
    assert not run_probe(PythonSurfaceProbe(), tree).findings
    metadata = {"acme_plm-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: acme.plm\nVersion: 1.0\n"}
    found = run_probe(PythonSurfaceProbe(), tree | metadata).one("sdk.surface")
    assert (found["root"], found["symbols"], found["undocumented"][0]) == ("acme/plm", 6, "acme.plm.Part.open")


def test_stubs_and_sources_are_one_surface() -> None:
    tree = {
        "acme/__init__.py": MODULE,
        "acme/__init__.pyi": b"class Part:\n    def more(self) -> int: ...\n",
        "acme/py.typed": b"",
    }
    found = run_probe(PythonSurfaceProbe(), tree).one("sdk.surface")
    assert (found["symbols"], found["stubs"], found["typed"]) == (4, 1, True)


def test_a_typed_package_is_offered_wherever_it_lies() -> None:
    tree = {"usr/share/acme/python/acme/__init__.py": MODULE, "usr/share/acme/python/acme/py.typed": b""}
    assert run_probe(PythonSurfaceProbe(), tree).one("sdk.surface")["root"] == "usr/share/acme/python/acme"


def test_contract() -> None:
    check_metadata(PythonSurfaceProbe)
    check_determinism(PythonSurfaceProbe(), TREE)
    check_hostile(PythonSurfaceProbe(), {"acme/__init__.py": MODULE})
