"""The surface of .NET assemblies, and what the XML file beside them describes."""

from cpo_probes.sdk.surface_dotnet import DotnetSurfaceProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from tests.probe.managed import assembly
from tests.probe.native import pe

PUBLIC, SPECIAL = 6, 0x800
TYPES = (
    (
        "Acme",
        "Part",
        0x1,
        ((".ctor", PUBLIC | SPECIAL, 0), ("Open", PUBLIC, 2), ("Open", PUBLIC, 1), ("get_Mass", PUBLIC | SPECIAL, 0)),
        (("Id", 6), ("hidden", 1)),
    ),
    ("Acme", "Kept", 0x0, (("Run", PUBLIC, 0),), ()),
)
DLL = assembly(TYPES, properties=((2, "Mass", 4),))
XML = b"""<doc><assembly><name>Acme.Core</name></assembly><members>
<member name="T:Acme.Part"><summary>A solid with faces and edges.</summary></member>
<member name="M:Acme.Part.#ctor"><summary>Makes an empty solid at once.</summary></member>
<member name="M:Acme.Part.Open(System.String,System.Collections.Generic.Dictionary{System.String,System.Int32})">
<summary>Reads the file from the disk.</summary></member>
<member name="P:Acme.Part.Mass"><summary>Mass</summary></member>
</members></doc>"""
TREE = {"bin/Acme.Core.dll": DLL, "bin/Acme.Core.xml": XML}


def test_types_and_members_are_counted_and_matched_with_their_descriptions() -> None:
    found = run_probe(DotnetSurfaceProbe(), TREE).one("sdk.surface")
    assert (found["language"], found["root"]) == ("dotnet", "bin/Acme.Core.dll")
    assert (found["types"], found["members"], found["documented_symbols"]) == (1, 5, 3)
    assert found["undocumented"] == ["Acme.Part.Id", "Acme.Part.Mass", "Acme.Part.Open"]
    assert found["documentation"] is True


def test_without_the_file_nothing_is_described() -> None:
    found = run_probe(DotnetSurfaceProbe(), {"a.exe": DLL}).one("sdk.surface")
    assert (found["documented_symbols"], found["documentation"]) == (0, False)


def program(*more: tuple[str, str, int, tuple[tuple[str, int, int], ...], tuple[tuple[str, int], ...]]) -> bytes:
    return assembly((*TYPES, *more), name="Acme", library=False)


PLUGIN = ("Acme", "Plugin", 0x81, ((".ctor", PUBLIC | SPECIAL, 0), ("Start", PUBLIC, 0)), ())


def test_public_types_of_a_program_are_no_interface_by_themselves() -> None:
    assert run_probe(DotnetSurfaceProbe(), {"Acme.exe": program()}).findings == []
    static = ("Acme", "NoPlugin", 0x181, (("Load", PUBLIC, 0),), ())
    assert run_probe(DotnetSurfaceProbe(), {"Acme.exe": program(static)}).findings == []


def test_of_a_program_count_the_types_that_its_plug_in_types_lead_to() -> None:
    found = run_probe(DotnetSurfaceProbe(), {"Acme.exe": program(PLUGIN)}).one("sdk.surface")
    assert (found["program"], found["entry_types"]) == (True, ["Acme.Plugin"])
    assert found["undocumented"] == ["Acme.Plugin", "Acme.Plugin..ctor", "Acme.Plugin.Start"]


def test_public_types_of_an_add_on_are_for_its_host() -> None:
    types = (("Acme.Step", "StepPlugin", 0x1, ((".ctor", PUBLIC | SPECIAL, 0),), ()),)
    addon = assembly(types, name="Acme.Step", references=("Acme.Api",), base=("Acme.Api", "IPlugin"))
    assert run_probe(DotnetSurfaceProbe(), {"Acme.Step.dll": addon}).findings == []
    own = assembly((*types, PLUGIN), name="Acme.Step", references=("Acme.Api",), base=("Acme.Api", "IPlugin"))
    found = run_probe(DotnetSurfaceProbe(), {"Acme.Step.dll": own}).one("sdk.surface")
    assert (found["entry_types"], found.get("program")) == (["Acme.Plugin"], None)


def test_a_program_with_an_xml_file_publishes_its_types() -> None:
    found = run_probe(DotnetSurfaceProbe(), {"Acme.exe": program(), "Acme.xml": XML}).one("sdk.surface")
    assert (found["types"], found.get("program")) == (1, None)


def test_native_programs_have_none() -> None:
    assert run_probe(DotnetSurfaceProbe(), {"a.dll": pe({"kernel32.dll": ["ExitProcess"]})}).findings == []


def test_a_broken_description_file_is_said_so_and_the_types_still_count() -> None:
    result = run_probe(DotnetSurfaceProbe(), {"bin/a.dll": DLL, "bin/a.xml": b"<doc><members>"})
    assert result.one("sdk.surface")["types"] == 1
    assert len(result.reasons) == 1


def test_contract() -> None:
    check_metadata(DotnetSurfaceProbe)
    check_determinism(DotnetSurfaceProbe(), TREE)
    check_hostile(DotnetSurfaceProbe(), TREE)
