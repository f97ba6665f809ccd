"""Native and .NET add-ons: do they use only what the product publishes?"""

from collections.abc import Mapping, Sequence
from typing import Any

from cpo_probes.platform.modules import ModuleProbe
from cpo_probes.sdk.native_plugins import NativePluginProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probe.managed import assembly
from tests.probe.native import elf

PUBLIC, INTERNAL, ABSTRACT, INTERFACE = 0x1, 0x0, 0x80, 0xA0
HOST = assembly(
    (
        ("Acme.Api", "IPlugin", PUBLIC | INTERFACE, (), ()),
        ("Acme.Api", "Model", PUBLIC, (("Save", 6, 0), ("Flush", 3, 0)), ()),
        ("Acme.Api", "Cache", INTERNAL, (("Drop", 6, 0),), ()),
    ),
    name="Acme.Api",
    references=("mscorlib",),
)
CORE = assembly((("Acme.Core", "Engine", PUBLIC, (), ()),), name="Acme.Core")
OTHER = assembly((("Json", "Text", PUBLIC, (), ()),), name="Json.Net")
DOC = b"<?xml version='1.0'?><doc><assembly><name>Acme.Api</name></assembly><members></members></doc>"


def addon(
    refers: Sequence[tuple[str, str, int]], members: Sequence[tuple[int, str]] = (), *, library: bool = True
) -> bytes:
    return assembly(
        (("Acme.Step", "StepPlugin", PUBLIC, (), ()),),
        name="Acme.Step",
        references=("Acme.Api", "Acme.Core", "Json.Net"),
        base=("Acme.Api", "IPlugin"),
        refers=refers,
        members=members,
        library=library,
    )


def step(files: Mapping[str, bytes]) -> dict[str, Any]:
    tree = {"Acme.Api.dll": HOST, "Acme.Core.dll": CORE, "Json.Net.dll": OTHER, **files}
    return run_probe(ModuleProbe, tree).one("component", name="Acme.Step")


def test_an_assembly_that_derives_from_a_plug_in_type_of_another_one_is_an_add_on() -> None:
    found = step({"plugins/Acme.Step.dll": addon([("Acme.Api", "Model", 1)], [(1, "Save")])})
    assert (found["addon"], found["only_public"], found["published_by"]) == (True, True, "visibility")


def test_types_and_members_that_are_kept_are_named() -> None:
    refers = [("Acme.Api", "Model", 1), ("Acme.Api", "Cache", 1)]
    found = step({"plugins/Acme.Step.dll": addon(refers, [(1, "Flush"), (1, "Save")])})
    assert found["only_public"] is False
    assert found["internal_uses"] == ["Acme.Api: Acme.Api.Cache", "Acme.Api: Acme.Api.Model.Flush"]


def test_where_the_plug_in_interface_is_documented_other_assemblies_of_its_maker_are_not_published() -> None:
    refers = [("Acme.Core", "Engine", 2), ("Json", "Text", 3)]
    found = step({"Acme.Api.xml": DOC, "plugins/Acme.Step.dll": addon(refers)})
    assert (found["only_public"], found["published_by"]) == (False, "documentation")
    assert found["internal_uses"] == ["Acme.Core: Acme.Core.Engine"]
    documented = DOC.replace(b"Acme.Api", b"Acme.Core")
    found = step({"Acme.Api.xml": DOC, "Acme.Core.xml": documented, "plugins/Acme.Step.dll": addon(refers)})
    assert found["only_public"] is True


def test_programs_and_assemblies_without_a_host_are_no_add_ons() -> None:
    assert "addon" not in step({"Acme.Step.exe": addon([], library=False)})
    alone = run_probe(ModuleProbe, {"Acme.Step.dll": addon([])}).one("component", name="Acme.Step")
    assert "addon" not in alone
    assert "only_public" not in alone


def test_an_assembly_that_calls_itself_an_addin_of_mono_addins_is_one() -> None:
    marked = assembly(
        (), name="Acme.Step", references=("Mono.Addins",), attribute="AddinAttribute", space="Mono.Addins"
    )
    assert step({"Acme.Step.dll": marked})["addon"]


KIT = {"sdk/include/acme.h": b"class ACME_API Part { public: void save(); };\nint acme_open(void);\n"}
LIBRARY = elf(exported=["_ZN4Acme4Part4saveEv", "acme_open", "acme_secret"], name="libacme.so")


def native(files: Mapping[str, bytes]) -> Result:
    tree = {"lib/libacme.so": LIBRARY, "lib/libz.so": elf(exported=["deflate"], name="libz.so"), **files}
    return run_probe(ModuleProbe, tree, findings=run_probe(NativePluginProbe, tree).findings)


def plugin(*imported: str) -> bytes:
    return elf(["libacme.so", "libz.so"], exported=["clap_entry"], imported=imported)


def test_a_native_add_on_that_uses_what_the_headers_name_uses_only_what_is_public() -> None:
    files = {**KIT, "plugins/a.so": plugin("_ZN4Acme4Part4saveEv", "acme_open", "deflate", "malloc")}
    found = native(files).one("component", name="a.so")
    assert (found["addon"], found["only_public"], found["published_by"]) == (True, True, "headers")


def test_a_symbol_of_the_host_that_no_header_names_is_named() -> None:
    files = {**KIT, "plugins/a.so": plugin("acme_open", "acme_secret", "deflate")}
    found = native(files).one("component", name="a.so")
    assert (found["only_public"], found["internal_uses"]) == (False, ["libacme.so: acme_secret"])


def test_without_headers_of_a_kit_nothing_is_told() -> None:
    for more in ({}, {"src/acme.h": KIT["sdk/include/acme.h"], "src/acme.c": b"int x;"}):
        found = native({**more, "plugins/a.so": plugin("acme_open", "acme_secret")}).one("component", name="a.so")
        assert found["addon"]
        assert "only_public" not in found


def test_a_library_that_is_no_add_on_is_not_judged() -> None:
    assert "only_public" not in native({**KIT, "plugins/a.so": plugin("acme_open")}).one("component", name="libacme.so")


def test_contract() -> None:
    tree = {"Acme.Api.dll": HOST, "Acme.Api.xml": DOC, "x/Acme.Step.dll": addon([("Acme.Api", "Cache", 1)])}
    check_determinism(ModuleProbe, tree)
    check_hostile(ModuleProbe, tree)
