"""Modules and what they need from each other: jars, bundles, assemblies, libraries, packages of Python and Node."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.platform.module_graph import Graph, Unit, circles
from cpo_probes.platform.modules import ModuleProbe
from cpo_scan.probe.classfile import PUBLIC
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from tests.probe.managed import assembly, class_file
from tests.probe.native import elf, pe


def jar(classes: Mapping[str, Sequence[str]], manifest: str = "", others: Mapping[str, bytes] = {}) -> bytes:
    """A jar of classes, each with the classes that it names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        if manifest:
            archive.writestr("META-INF/MANIFEST.MF", f"Manifest-Version: 1.0\n{manifest}\n")
        for name, needs in classes.items():
            archive.writestr(f"{name}.class", class_file(name, PUBLIC, interfaces=tuple(needs)))
        for name, content in others.items():
            archive.writestr(name, content)
    return held.getvalue()


def bundle(name: str, *headers: str) -> str:
    return "\n".join(["Bundle-ManifestVersion: 2", f"Bundle-SymbolicName: {name}", *headers])


def run(files: Mapping[str, bytes]) -> Result:
    return run_probe(ModuleProbe, dict(files))


def module(result: Result, name: str) -> dict[str, Any]:
    return result.one("component", name=name)


def test_a_jar_depends_on_the_jar_whose_packages_its_classes_name() -> None:
    result = run({"lib/core.jar": jar({"a/core/X": ()}), "lib/ui.jar": jar({"a/ui/Y": ("a/core/X", "org/else/Z")})})
    ui, core = module(result, "ui"), module(result, "core")
    assert (ui["depends_on"], ui["needs_outside"], ui["in_cycle"]) == (["core"], 1, False)
    assert (core["depends_on"], core["needed_by"]) == ([], 1)
    row = result.of("component", name="ui")[0]
    assert row["evidence"][0]["artifact"] == "lib/ui.jar"
    assert row["evidence"][1] == {"artifact": "lib/ui.jar!/a/ui/Y.class", "excerpt": "a/core/X", "locator": {}}


def test_modules_that_need_each_other_are_a_circle() -> None:
    files = {
        "a.jar": jar({"a/A": ("b/B",)}), "b.jar": jar({"b/B": ("c/C",)}), "c.jar": jar({"c/C": ("a/A",)}),
        "d.jar": jar({"d/D": ("a/A",)}),
    }  # fmt: skip
    result = run(files)
    assert module(result, "b")["cycle"] == ["a", "b", "c"]
    assert not module(result, "d")["in_cycle"]


def test_a_bundle_is_called_by_its_name_and_an_add_on_that_uses_what_is_kept_is_told() -> None:
    core = bundle("acme.core", "Bundle-Version: 3.1", "Export-Package: a.api,a.secret;x-internal:=true")
    addon = bundle("acme.step", "Fragment-Host: acme.core")
    files = {
        "core.jar": jar({"a/api/X": (), "a/secret/S": ()}, core),
        "good.jar": jar({"g/G": ("a/api/X",)}, addon),
        "bad.jar": jar({"h/H": ("a/api/X", "a/secret/S")}, addon.replace("step", "bad")),
    }
    result = run(files)
    assert (module(result, "acme.core")["version"], module(result, "acme.core")["exported"]) == ("3.1", 1)
    good, bad = module(result, "acme.step"), module(result, "acme.bad")
    assert (good["addon"], good["only_public"]) == (True, True)
    assert (bad["only_public"], bad["internal_uses"]) == (False, ["acme.core: a.secret"])


def test_without_declared_exports_a_package_is_kept_by_its_name() -> None:
    files = {"core.jar": jar({"a/internal/X": ()}), "x.jar": jar({"x/X": ("a/internal/X",)})}
    assert module(run(files), "x")["internal_uses"] == ["core: a.internal"]
    assert "declares_interface" in module(run(files), "core")


def test_what_several_offer_is_unclear_unless_one_is_nearer_or_they_are_copies() -> None:
    one, two, user = jar({"p/A": ()}), jar({"p/A": (), "p/B": ()}), jar({"u/U": ("p/A",)})
    unclear = module(run({"x/one.jar": one, "x/two.jar": two, "u.jar": user}), "u")
    assert (unclear["depends_on"], unclear["unclear"]) == ([], ["class:p/A"])
    assert module(run({"x/one.jar": one, "y/two.jar": two, "y/u.jar": user}), "u")["depends_on"] == ["two"]
    assert module(run({"x/one.jar": one, "y/one.jar": two, "u.jar": user}), "u")["depends_on"] == ["one"]
    assert module(run({"x/a.jar": one, "x/b.jar": one, "u.jar": user}), "u")["depends_on"] == ["a"]


def test_a_package_in_several_jars_is_told_apart_by_its_classes() -> None:
    files = {"a.jar": jar({"p/A": ()}), "b.jar": jar({"p/B": ("p/A",)}), "u.jar": jar({"u/U": ("p/B", "p/Gone")})}
    result = run(files)
    assert (module(result, "u")["depends_on"], module(result, "u")["needs_outside"]) == (["b"], 1)
    assert module(result, "b")["depends_on"] == ["a"]


def test_a_bundle_that_imports_a_package_needs_the_one_that_exports_it() -> None:
    files = {
        "a.jar": jar({"p/A": ()}, bundle("acme.a", "Export-Package: p")),
        "b.jar": jar({"q/B": ()}, bundle("acme.b", "Import-Package: p;version=1,org.gone")),
    }
    found = module(run(files), "acme.b")
    assert (found["depends_on"], found["needs_outside"]) == (["acme.a"], 1)


def test_a_jar_without_classes_is_no_module() -> None:
    assert not run({"src.jar": jar({}, bundle("acme.sources"))}).findings


def test_a_class_that_cannot_be_read_is_counted() -> None:
    broken = jar({"a/A": ()}, others={"a/B.class": class_file("a/B")[:40]})
    found = module(run({"a.jar": broken}), "a")
    assert (found["unread"], found["files"]) == (1, 1)
    assert "only_public" not in found


def test_libraries_depend_on_those_whose_names_they_need() -> None:
    files = {
        "bin/tool": elf(["libcore.so.1", "libc.so.6"]),
        "lib/libcore.so.1.2": elf(["libbase.so"], name="libcore.so.1"),
        "lib/libbase.so": elf(["libcore.so.1"], name="libbase.so"),
        "win/App.exe": pe({"CORE.dll": ["run"]}),
        "win/core.DLL": pe({"KERNEL32.dll": ["ExitProcess"]}),
    }
    result = run(files)
    assert module(result, "tool")["depends_on"] == ["libcore.so.1.2"]
    assert module(result, "libbase.so")["cycle"] == ["libbase.so", "libcore.so.1.2"]
    assert module(result, "App.exe")["depends_on"] == ["core.DLL"]


def test_assemblies_depend_on_those_that_they_refer_to_and_friends_are_told() -> None:
    core = assembly(
        (), name="Acme.Core", attribute="InternalsVisibleToAttribute", space="System.Runtime.CompilerServices"
    )
    files = {"Core.dll": core, "App.dll": assembly((), name="Acme", references=("mscorlib", "acme.core"))}
    found = module(run(files), "Acme")
    assert (found["depends_on"], found["version"], found["needs_outside"]) == (["Acme.Core"], "1.2.3.4", 1)
    assert found["internal_uses"] == ["Acme.Core: friend assembly"]


def test_packages_of_python_import_each_other_and_what_lies_beside() -> None:
    files = {
        "Mod/Part/InitGui.py": b"import Draft, os\nfrom core._hidden import f\n",
        "Mod/Draft/Draft.py": b'"""\nimport never\n"""\nimport core.api\n',
        "Mod/core/__init__.py": b"",
        "Mod/core/api/__init__.py": b"from . import other\n",
        "Mod/core/api/deep.py": b"def f():\n    import Draft\n",
        "elsewhere/tool.py": b"import Draft\n",
        "lib/Sketch.so": elf(exported=["PyInit_Sketch"]),
        "Mod/core/sketches.py": b"import Sketch\n",
    }
    result = run(files)
    part = module(result, "Part")
    assert (part["depends_on"], part["addon"], part["only_public"]) == (["Draft", "core"], True, False)
    assert part["internal_uses"] == ["core: core._hidden"]
    assert module(result, "core")["cycle"] == ["Draft", "core"]
    assert module(result, "core")["depends_on"] == ["Draft", "Sketch.so"]
    assert not result.of("component", name="elsewhere")


def test_entry_points_make_the_package_behind_them_an_add_on() -> None:
    files = {
        "site-packages/acme_step/__init__.py": b"import acme\n",
        "site-packages/acme/__init__.py": b"",
        "site-packages/acme_step.dist-info/entry_points.txt": b"[acme.readers]\nstep = acme_step.io:Reader\n",
    }
    result = run(files)
    assert module(result, "acme_step")["addon"]
    assert "addon" not in module(result, "acme")


def test_packages_of_node_depend_on_the_nearest_of_that_name() -> None:
    files = {
        "app/package.json": b'{"name": "app", "version": "1", "dependencies": {"x": "1", "y": "1"}, "contributes": {}}',
        "app/node_modules/x/package.json": b'{"name": "x", "version": "2", "exports": "./x.js"}',
        "node_modules/x/package.json": b'{"name": "x", "version": "1"}',
    }
    result = run(files)
    app = module(result, "app")
    assert (app["depends_on"], app["needs_outside"], app["declares_interface"]) == (["x"], 1, False)
    by_root = {row["attributes"]["root"]: row["attributes"] for row in result.findings}
    near, far = by_root["app/node_modules/x"], by_root["node_modules/x"]
    assert (near["needed_by"], near["declares_interface"]) == (1, True)
    assert (far["needed_by"], far["declares_interface"]) == (0, False)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), unique=True)))
def test_circles_are_those_who_reach_each_other(needs: dict[str, list[str]]) -> None:
    reach = {node: {node} for node in "abcdefgh"}
    for _ in reach:
        for node, listed in needs.items():
            for other in listed:
                reach[node] |= reach[other]
    found = circles({node: sorted(needs.get(node, ())) for node in reach})
    for node, reached in reach.items():
        together = {other for other in reached if node in reach[other]}
        assert found.get(node, ()) == (tuple(sorted(together)) if len(together) > 1 else ())


def test_a_long_chain_is_no_matter_of_depth() -> None:
    assert circles({str(n): [str(n + 1)] for n in range(20_000)}) == {}


def test_a_module_that_offers_a_key_itself_needs_nobody_for_it() -> None:
    one = Unit(kind="java", root="a.jar", offers={"class:p/A"}, needs={"class:p/A": "a.jar!/p/B.class"})
    graph = Graph([one, Unit(kind="java", root="b.jar", offers={"class:p/A"})])
    assert not graph.needs[one.id].inside


PRODUCT = {
    "a.jar": jar({"a/A": ("b/B",)}, bundle("acme.a", "Export-Package: a")),
    "b.jar": jar({"b/B": ("a/A",)}),
    "x/libx.so": elf(["liby.so"], name="libx.so"),
    "m/__init__.py": b"import n\n",
    "n/__init__.py": b"import m._x\n",
    "package.json": b'{"name": "x", "version": "1"}',
    "entry_points.txt": b"[a.b]\nc = m:d\n",
    "plugin.xml": b"<?eclipse version='3.4'?><plugin><extension point='a'/></plugin>",
}


@pytest.mark.parametrize("path", ["META-INF/MANIFEST.MF", "entry_points.txt", "package.json", "a.py"])
@given(data=st.binary(max_size=150))
def test_any_bytes_are_read_or_refused(path: str, data: bytes) -> None:
    run({path: data})


def test_contract() -> None:
    check_metadata(ModuleProbe)
    check_determinism(ModuleProbe, PRODUCT)
    check_hostile(ModuleProbe, PRODUCT)


def test_a_folder_inside_of_a_package_is_a_part_of_it() -> None:
    files = {
        "acme/__init__.py": b"",
        "acme/backend/json/writer.py": b"from acme.backend.xml import reader\n",
        "acme/backend/xml/reader.py": b"from acme.backend.json import writer\n",
        "acme/add-ons/one.py": b"import acme\n",
    }
    found = {row["attributes"]["root"]: row["attributes"]["files"] for row in run(files).of("component")}
    assert found == {"acme": 3, "acme/add-ons": 1}


def test_a_library_built_for_several_platforms_is_one_module() -> None:
    result = run({
        "fmu/binaries/linux64/libsolver.so": elf(), "fmu/binaries/win64/solver.dll": pe({}),
        "fmu/binaries/x86_64-windows/solver.dll": pe({}), "fmu/binaries/win64/other.dll": pe({}),
        "plugins/a/main.so": elf(), "plugins/b/main.so": elf(),
    })  # fmt: skip
    told = {row["attributes"]["root"]: row["attributes"].get("build_of") for row in result.of("component")}
    first = "fmu/binaries/linux64/libsolver.so"
    assert {root: one for root, one in told.items() if one} == {
        "fmu/binaries/win64/solver.dll": first,
        "fmu/binaries/x86_64-windows/solver.dll": first,
    }
