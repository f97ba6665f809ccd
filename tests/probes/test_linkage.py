"""Capabilities that native code shows: by the readers and writers that it uses or offers, never by a need alone."""

from typing import Any

import pytest

from cpo_probes.exchange.native.linkage import LinkageProbe, stem_of
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from tests.probe.native import elf, macho, pe
from tests.probes.capability_rules import DATA, recognised
from tests.probes.qt_metadata import metadata

KIND = "exchange.capability"
READER = "_ZN21STEPCAFControl_Reader8ReadFileEPKc"
WRITER = "_ZN18STEPControl_Writer5WriteEPKc"


def native(data: bytes, name: str = "lib/part.so", kind: str = "elf") -> Result:
    return run_probe(LinkageProbe, {name: data}, data=DATA, recognitions=recognised(**{name: kind}))


def directions(result: Result) -> dict[str, str]:
    return {row["attributes"]["standard"]: row["attributes"]["direction"] for row in result.of(KIND)}


def test_reader_that_is_used_shows_import() -> None:
    result = native(elf(["libTKXDESTEP.so.7"], imported=[READER, "malloc"]))
    found = result.one(KIND)
    assert (found["standard"], found["direction"], found["via"]) == ("step", "import", "library")
    assert result.findings[0]["strength"] == "recognised"
    assert result.findings[0]["evidence"][0]["locator"] == {"symbol": READER}


def test_reader_and_writer_show_both() -> None:
    assert directions(native(elf(imported=[READER, WRITER]))) == {"step": "both"}


def test_reader_that_is_offered_is_a_symbol() -> None:
    found = native(elf(exported=[READER], name="libTKXDESTEP.so.7")).one(KIND)
    assert (found["direction"], found["via"]) == ("import", "symbol")


def test_need_alone_tells_no_direction_and_is_only_named() -> None:
    result = native(elf(["libTKIGES.so.7", "libTKSTEP.so.7"], imported=[READER]))
    assert directions(result) == {"step": "import", "iges": "unknown"}
    assert {row["attributes"]["standard"]: row["strength"] for row in result.findings} == {
        "step": "recognised",
        "iges": "named",
    }


@pytest.mark.parametrize(
    "symbol",
    [
        "_ZN19MySTEPControl_ReaderC1Ev",  # another class that ends alike
        "_ZN22STEPControl_ReaderUtilC1Ev",  # another class that starts alike
        "STEPControl_Readers",
        "_ZN4acme14readSTEPReaderEv",
        "xlib3mf_reader_readfromfile",
    ],
)
def test_symbol_that_only_looks_alike_is_nothing(symbol: str) -> None:
    assert native(elf(imported=[symbol])).findings == []


def test_c_functions_are_matched_by_glob() -> None:
    symbols = ["lib3mf_reader_readfromfileutf8", "lib3mf_model_querywriter", "lib3mf_createmodel"]
    assert directions(native(elf(["lib3MF.so.1"], imported=symbols))) == {"3mf": "both"}
    assert directions(native(elf(["lib3MF.so.1"], imported=symbols[2:]))) == {"3mf": "unknown"}


def test_microsoft_names_are_matched() -> None:
    symbols = ["??0STEPControl_Reader@@QEAA@XZ", "?Write@STEPControl_Writer@@QEAA?AW4X@@PEBD@Z"]
    result = native(pe({"TKSTEP.dll": symbols}), "bin/part.dll", "pe")
    assert directions(result) == {"step": "both"}
    other = ["??0MySTEPControl_Reader@@QEAA@XZ", "?Write@STEPControl_WriterX@@QEAAXXZ"]
    assert native(pe({"a.dll": other}), "bin/part.dll", "pe").findings == []


def test_mach_o_names_are_matched() -> None:
    result = native(macho(["@rpath/libTKSTEP.7.dylib"], imported=[READER]), "part.dylib", "mach-o")
    assert directions(result) == {"step": "import"}


def test_methods_of_a_class_tell_the_direction() -> None:
    read = "_ZN9BRepTools4ReadER12TopoDS_ShapePKcRK12BRep_Builder"
    write = "_ZN9BRepTools5WriteERK12TopoDS_ShapePKc"
    clean = "_ZN9BRepTools5CleanERK12TopoDS_Shape"
    assert directions(native(elf(imported=[read, clean]))) == {"brep": "import"}
    assert directions(native(elf(imported=[read, write]))) == {"brep": "both"}
    assert native(elf(imported=[clean])).findings == []


def test_library_that_may_lack_the_format_is_only_named() -> None:
    result = native(elf(["libassimp.so.5"], imported=["aiImportFileExWithProperties"]))
    assert {row["strength"] for row in result.findings} == {"named"}
    assert directions(result)["collada"] == "import"


def test_converter_reads_the_one_and_writes_the_other() -> None:
    result = native(elf(extra=b"\0an IDF file\0#VRML V2.0 utf8\0"), "bin/idf2vrml")
    assert directions(result) == {"idf": "import", "vrml": "export"}
    assert {row["strength"] for row in result.findings} == {"recognised"}
    assert {row["attributes"]["via"] for row in result.findings} == {"converter"}


def test_converter_by_name_alone_is_only_named() -> None:
    assert {row["strength"] for row in native(elf(), "bin/idf2vrml").findings} == {"named"}
    assert native(elf(), "bin/time2wait").findings == []


PLUGIN = ["GetKicadPluginClass", "GetFileFilter", "GetModelExtension", "Load"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gmshToAcme", {("gmsh", "import")}),
        ("acmeToGmsh", {("gmsh", "export")}),
        ("stl2acme", {("stl", "import")}),
        ("acme2stl.exe", {("stl", "export")}),
        ("gotostl", set()),  # no joint: a plain word
        ("stl2d", set()),
        ("text2step", set()),  # an ordinary word is a step of anything
    ],
)
def test_a_program_that_converts_from_or_to_the_own_form_of_the_product(name: str, said: set[tuple[str, str]]) -> None:
    found = native(elf(), f"bin/{name}").findings
    assert {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in found} == said
    assert {row["strength"] for row in found} <= {"named"}


def test_what_is_called_after_the_program_means_no_format_with_that_suffix() -> None:
    data = elf(extra=b"\x009EMNReader\x00*.emn\x00")
    assert [row["attributes"]["standard"] for row in native(data, "bin/emn").findings] == []
    assert [row["attributes"]["standard"] for row in native(data, "bin/viewer").findings] == ["idf"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-32-le"])
def test_plug_in_of_a_host_registers_its_file_filters(encoding: str) -> None:
    zero = "\0".encode(encoding)
    texts = zero.join(text.encode(encoding) for text in ["", "IDF (*.emn;*.EMN)|*.emn;*.EMN", "no file (*.stl)", ""])
    result = native(elf(exported=PLUGIN, extra=texts))
    assert directions(result) == {"idf": "import"}
    assert result.one(KIND)["name"] == "IDF"
    other = native(elf(exported=PLUGIN[1:], extra=texts))  # a filter that no host asks for tells no direction
    assert directions(other) == {"idf": "unknown"}
    assert {row["strength"] for row in other.findings} == {"named"}


@pytest.mark.parametrize(
    "library",
    ["libTKSTEP.so.7", "libTKSTEP.so", "TKSTEP.dll", "@rpath/libTKSTEP.7.dylib", "/opt/lib/libTKSTEP.7.6.dylib"],
)
def test_name_of_a_library_is_the_same_on_all_platforms(library: str) -> None:
    assert stem_of(library) == "tkstep"


def test_evidence_is_capped_and_the_number_said() -> None:
    symbols = [f"_ZN18STEPControl_Reader{len(name)}{name}Ev" for name in (f"method{number:03}" for number in range(99))]
    result = native(elf(imported=symbols))
    assert result.one(KIND)["symbols"] == 99
    assert result.findings[0]["evidence_total"] == 8


@pytest.mark.parametrize("note", [False, True])
def test_filter_plug_in_registers_by_its_own_description(note: bool) -> None:
    own = {"KPlugin": {"Id": "stepfilter"}, "X-KDE-Import": "model/step,image/png", "X-KDE-Export": ["model/stl"]}
    data = elf(exported=["qt_plugin_instance"]) + metadata("org.kde.KPluginFactory", own, note=note)
    result = run_probe(LinkageProbe, {"a.so": data}, data=DATA, recognitions=recognised(**{"a.so": "elf"}))
    found = {
        (row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.findings
    }
    assert found == {("step", "import", "registered"), ("stl", "export", "registered")}
    assert result.one(KIND, standard="step")["name"] == "stepfilter"
    assert result.one(KIND, standard="step")["mechanism"] == "kde-filter"
    (step,) = result.of(KIND, standard="step")
    start, size = step["evidence"][0]["locator"]["bytes"]
    assert data[start : start + size].endswith(b"\xff")
    assert step["evidence"][0]["excerpt"] == "X-KDE-Import: model/step"


def test_library_that_is_no_plug_in_registers_nothing_by_such_bytes() -> None:
    data = elf(exported=["main"]) + metadata("org.kde.KPluginFactory", {"X-KDE-Import": "model/step"})
    assert run_probe(LinkageProbe, {"a": data}, data=DATA, recognitions=recognised(a="elf")).findings == []


def test_broken_program_is_one_row() -> None:
    result = native(elf(["liba.so"], imported=[READER])[:200])
    assert result.findings == []
    assert result.reasons == ["binary.malformed"]


def test_every_rule_has_an_anchor_that_its_names_hold() -> None:
    """A name without an anchor would never be looked at."""
    missing: list[Any] = []
    for row in DATA["libraries"]["libraries"]:
        for name in (*row.get("import", ()), *row.get("export", ()), *row.get("either", ())):
            parts = name.replace("*", "").split("::")
            if not any(anchor in part for anchor in row["anchor"] for part in parts):
                missing.append((row["id"], name))
    assert missing == []


def test_every_standard_of_the_rules_is_registered() -> None:
    from cpo_scan.rulebook.data import read_table

    known = {row["id"] for row in read_table("standards").data["standards"]}
    used = {standard for row in DATA["libraries"]["libraries"] for standard in row["standards"]}
    assert used <= known


def test_probe_keeps_the_contract() -> None:
    files = {
        "bin/idf2vrml": elf(
            ["libTKSTEP.so.7"], exported=PLUGIN, imported=[READER, WRITER], extra=b"\0IDF (*.idf)|*.idf\0"
        ),
        "part.dll": pe({"TKSTEP.dll": ["??0STEPControl_Reader@@QEAA@XZ"]}, ["Load"], name="part.dll"),
        "part.dylib": macho(["libTKSTEP.7.dylib"], [WRITER], [READER], name="part.dylib"),
    }
    kinds = recognised(**{"bin/idf2vrml": "elf", "part.dll": "pe", "part.dylib": "mach-o"})
    check_metadata(LinkageProbe)
    check_determinism(LinkageProbe, files, recognitions=kinds, data=DATA)
    check_hostile(LinkageProbe, files, recognitions=kinds, data=DATA)
