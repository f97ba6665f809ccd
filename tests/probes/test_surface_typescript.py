"""The surface of TypeScript declarations, one for each package."""

from cpo_probes.sdk.surface_typescript import TypescriptSurfaceProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

FILE = b"""/** A solid with faces and edges. */
export interface Part { open(name: string): void; mass: number }
export declare function make(): Part;
"""
TREE = {
    "package/package.json": b'{"name": "acme"}',
    "package/index.d.ts": FILE,
    "package/dist/more.d.ts": FILE,
    "package/node_modules/other/index.d.ts": FILE,
    "package/src/code.ts": b"export function f() {}",
}


def test_the_declarations_of_a_package_are_one_surface() -> None:
    found = run_probe(TypescriptSurfaceProbe(), TREE).one("sdk.surface")
    assert (found["root"], found["files"], found["symbols"], found["documented_symbols"]) == ("package", 2, 8, 2)


def test_what_a_comment_describes_is_documented() -> None:
    found = run_probe(TypescriptSurfaceProbe(), {"a/index.d.ts": FILE}).one("sdk.surface")
    assert (found["root"], found["documented_symbols"]) == ("a", 1)
    assert found["undocumented"] == ["Part.mass", "Part.open", "make"]


def test_brackets_that_do_not_fit_are_said() -> None:
    assert run_probe(TypescriptSurfaceProbe(), {"a/index.d.ts": FILE + b"export interface B {"}).reasons == [
        "surface.unclear"
    ]


def test_contract() -> None:
    check_metadata(TypescriptSurfaceProbe)
    check_determinism(TypescriptSurfaceProbe(), TREE)
    check_hostile(TypescriptSurfaceProbe(), {"a/index.d.ts": FILE})
