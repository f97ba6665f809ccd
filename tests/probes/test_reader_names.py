"""Readers and writers by the names of classes and functions: native code, .NET, Java, JavaScript, Python."""

from typing import Any

import pytest

from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.native.linkage import LinkageProbe
from cpo_probes.exchange.native.symbols import SymbolProbe
from cpo_probes.exchange.registration.probe import RegistrationProbe
from cpo_scan.probe.classfile import PUBLIC
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from cpo_scan.rulebook.load import read_rules
from tests.probe.managed import assembly, class_file
from tests.probe.native import elf, pe
from tests.probes.capability_rules import DATA, STANDARDS, recognised

KIND = "exchange.capability"
BOTH_WAYS = {("collada", "import"), ("collada", "export")}
METHOD = 6  # public, ECMA-335 II.23.1.10


def claims(result: Result) -> set[tuple[str, str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.of(KIND)}


def examine(probe: Any, path: str, data: bytes, kind: str) -> Result:
    return run_probe(probe, {path: data}, data=DATA, recognitions=recognised(**{path: kind}))


def native(data: bytes, path: str = "lib/part.so", kind: str = "elf") -> Result:
    return examine(LinkageProbe, path, data, kind)


# -- native code


def test_functions_of_a_library_show_what_is_read_and_written() -> None:
    symbols = ["_ZN6GModel7readSTLERKSs", "_ZN6GModel8writeDXFERKSs", "_ZN6GModel9readImageERKSs", "exportGltf"]
    result = native(elf(exported=symbols))
    assert claims(result) == {
        ("stl", "import", "recognised"), ("dxf", "export", "recognised"), ("gltf", "export", "recognised")
    }  # fmt: skip
    assert result.one(KIND, standard="stl")["name"] == "readSTL"
    (stl,) = result.of(KIND, standard="stl")
    assert stl["evidence"][0]["locator"] == {"symbol": "_ZN6GModel7readSTLERKSs"}


def test_both_ways_are_one_claim() -> None:
    result = native(elf(exported=["_ZN3vcg11ImporterSTLE", "_ZN3vcg11ExporterSTLE"]))
    assert claims(result) == {("stl", "both", "recognised")}


def test_what_a_rule_of_a_library_shows_is_not_stated_twice() -> None:
    assert len(native(elf(imported=["_ZN13StlAPI_Writer5WriteEv", "_ZN1a9StlWriterE"])).findings) == 1


def test_microsoft_names_are_taken_apart() -> None:
    assert claims(native(pe({}, exported=["?writeDXF@Model@@QEAAXXZ"]), kind="pe")) == {("dxf", "export", "recognised")}


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("_ZN9DxfFilter8loadFileERK7QStringR3Doc", {("dxf", "import", "recognised")}),
        ("_ZN9PlyFilter8loadFileEv", {("ply", "import", "recognised")}),
        ("_ZNK2io9STLFilter10saveToFileEP3Doc", {("stl", "export", "recognised")}),
        ("_ZNK15ReaderWriterOBJ8readNodeERKSs", {("obj", "import", "recognised")}),
        ("?loadFile@DxfFilter@io@@UEAAHXZ", {("dxf", "import", "recognised")}),
        ("_ZN9DxfFilter12loadSettingsEv", set()),  # of the filter, and no drawing
        ("_ZN9DxfFilter8canWriteEv", set()),
        ("_ZN10DxfDimStyle8loadFileEv", set()),  # a part of a drawing
        ("_ZN9CsvFilter8loadFileEv", set()),  # a carrier
        ("_ZN9DxfFilter8loadFile", set()),  # cut off
        ("_Z8loadFile9DxfFilter", set()),  # takes one and is none
    ],
)
def test_methods_of_a_class_that_is_called_after_a_format(symbol: str, expected: set[tuple[str, str, str]]) -> None:
    assert claims(native(elf(exported=[symbol]))) == expected


@pytest.mark.parametrize(("held", "seen"), [(b"OBJ mesh (*.obj)", True), (b"obj", False)])
def test_class_called_after_an_ordinary_word_counts_where_a_file_pattern_spells_it(held: bytes, seen: bool) -> None:
    library = elf(exported=["_ZN9ObjFilter8loadFileERK7QString"]) + held
    assert claims(native(library)) == ({("obj", "import", "recognised")} if seen else set())


@pytest.mark.parametrize(("held", "seen"), [(b"\0*.pcd\0", True), (b"\0.pcd\0", True), (b"PCD Photo CD", False)])
def test_name_that_means_something_else_too_counts_where_the_suffix_is_written_out(held: bytes, seen: bool) -> None:
    assert claims(native(elf(exported=["readPCD"]) + held)) == ({("pcd", "import", "recognised")} if seen else set())


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("PyVTKAddFile_vtkWriter", set()),
        ("vtkReader", set()),
        ("AddFile_vtkSTLWriter", {("stl", "export", "recognised")}),
        ("readVTKFile", {("vtk", "import", "recognised")}),
    ],
)
def test_prefix_of_a_library_is_no_format(symbol: str, expected: set[tuple[str, str, str]]) -> None:
    assert claims(native(elf(exported=[symbol]))) == expected


@pytest.mark.parametrize("symbol", ["readOBJ2", "loadOBJ3Node", "read_JT12"])
def test_number_behind_an_ordinary_word_makes_it_another_one(symbol: str) -> None:
    assert claims(native(elf(exported=[symbol]))) == set()


@pytest.mark.parametrize(
    "held",
    [b"13DxfFileWriter", b"N4Acme13DxfFileWriterE", b".?AVDxfFileWriter@Acme@@"],
)
def test_type_information_of_a_class_shows_it(held: bytes) -> None:
    data = elf() + b"\0text\0" + held + b"\0more\0"
    result = native(data)
    assert claims(result) == {("dxf", "export", "recognised")}
    place, length = result.findings[0]["evidence"][0]["locator"]["bytes"]
    assert held.startswith(data[place : place + length])


@pytest.mark.parametrize("held", [b"12DxfFileWriter", b"DxfFileWriter", b"N4Acme13DxfFileWriter", b"3DxfFileWriter"])
def test_bytes_that_only_look_like_a_type_are_nothing(held: bytes) -> None:
    assert native(elf() + b"\0text\0" + held + b"\0more\0").findings == []


def test_type_information_across_two_windows_is_seen_once() -> None:
    head = elf() + b"\0"
    data = head.ljust(2**20 - 8, b"\0") + b"\x0013DxfFileWriter\0" + bytes(100)
    assert [row["evidence_total"] for row in native(data).findings] == [1]


def test_plug_in_of_a_host_is_told_by_the_functions_that_it_calls() -> None:
    both = ["filter_register_import", "filter_register_export"]
    assert claims(native(elf(imported=both), "lib/libdxf_filter.so")) == {
        ("dxf", "import", "recognised"), ("dxf", "export", "recognised")
    }  # fmt: skip
    assert claims(native(elf(imported=both[1:]), "lib/libdxf_filter.so")) == {("dxf", "export", "recognised")}
    assert native(elf(imported=both), "lib/libmisc_objects.so").findings == []


def test_plug_in_called_after_role_and_format_is_named() -> None:
    assert claims(native(elf(), "plugins/export_dxf.so")) == {("dxf", "export", "named")}
    assert claims(native(elf() + b"\0*.dxf\0", "plugins/libimportdxf.so")) == {("dxf", "import", "recognised")}
    assert native(elf(), "plugins/export.so").findings == []


# -- .NET and Java


def dotnet(*types: tuple[str, str, tuple[str, ...]]) -> Result:
    rows = [(space, name, 1, tuple((method, METHOD, 1) for method in methods), ()) for space, name, methods in types]
    return examine(SymbolProbe, "bin/Acme.dll", assembly(rows), "pe")


def test_types_of_an_assembly_show_readers_and_writers() -> None:
    result = dotnet(("Acme.Io", "StlImporter", ()), ("Acme", "DxfWriter", ()), ("Acme", "ObjectReader", ()))
    assert claims(result) == {("stl", "import", "recognised"), ("dxf", "export", "recognised")}
    assert result.findings[0]["evidence"][0]["locator"]["symbol"] == "Acme.DxfWriter"


def test_class_of_a_format_says_by_its_methods_which_way() -> None:
    result = dotnet(
        ("Acme.DataExchange.Formats", "VaultCsv1x", ("Import", "Check")),
        ("Acme.DataExchange.Formats", "Gltf2", ("Import", "Export")),
        ("Acme.Views", "CsvTable", ("Import",)),
        ("Acme.Views", "DxfColours", ("Load",)),
    )
    assert claims(result) == {
        ("csv", "import", "mentioned"), ("gltf", "import", "recognised"), ("gltf", "export", "recognised")
    }  # fmt: skip


def test_method_that_names_a_feature_for_a_carrier_is_a_mention() -> None:
    methods = tuple((name, "()V", PUBLIC) for name in ("exportToSVG", "exportToOBJ", "readXml", "exportSettings"))
    data = class_file("a/Home", methods=methods)
    result = examine(SymbolProbe, "a/Home.class", data, "java-class")
    assert claims(result) == {("svg", "export", "mentioned"), ("obj", "export", "recognised")}
    assert result.one(KIND, standard="svg")["name"] == "Home.exportToSVG"


def test_native_program_has_no_types() -> None:
    assert examine(SymbolProbe, "a.exe", pe({}), "pe").examined == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme/io/input/STL", {("stl", "import", "recognised")}),
        ("acme/io/output/OBJ", {("obj", "export", "recognised")}),
        ("acme/io/output/Off", set()),  # an ordinary word
        ("acme/io/output/STLMap", set()),
        ("acme/io/STL", set()),
    ],
)
def test_class_called_after_a_format_among_readers_or_writers(name: str, expected: set[tuple[str, str, str]]) -> None:
    data = class_file(name)
    assert claims(examine(SymbolProbe, f"a.jar!/{name}.class", data, "java-class")) == expected


# -- JavaScript


def test_classes_and_functions_of_a_script_count_where_they_are_defined() -> None:
    source = b"""
    // class JtLoader {}
    const text = "class IgesReader {}"
    class STLLoader extends Loader {}
    export async function exportGltf() {}
    THREE.DXFExporter = class { }
    const api = { importIFC: 1, importReqif: function () {} }
    """
    result = examine(SymbolProbe, "src/a.js", source, "javascript")
    assert claims(result) == {
        ("stl", "import", "recognised"), ("gltf", "export", "recognised"),
        ("dxf", "export", "recognised"), ("reqif", "import", "recognised"),
    }  # fmt: skip
    assert result.one(KIND, standard="stl")["name"] == "STLLoader"


def test_declarations_for_another_package_define_nothing() -> None:
    assert examine(SymbolProbe, "types/a.d.ts", b"declare class STLLoader {}", "typescript").findings == []


# -- Python


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        (b'def export_step(path):\n  "Write a STEP file."\n', True),
        (b'def export_step(path):\n  return path.endswith(".stp")\n', True),
        (b"def export_step(number):\n  return number + 1\n", False),
        (b"from steps import STEP\nclass ExportStep:\n  pass\n", False),
    ],
)
def test_ordinary_word_means_a_format_where_the_source_spells_it_out(source: bytes, seen: bool) -> None:
    result = examine(SymbolProbe, "pipeline.py", source, "python")
    assert claims(result) == ({("step", "export", "recognised")} if seen else set())


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("FEM mesh formats (*.bdf *.inp *.med *.unv)", ["abaqus", "med", "nastran", "unv"]),
        ("Input files (*.inp)", []),
        ("Input and table (*.inp *.med)", ["med"]),
        ("Abaqus input (*.inp)", ["abaqus"]),
    ],
)
def test_a_suffix_of_others_too_is_known_by_its_name_or_by_its_company(label: str, found: list[str]) -> None:
    standards = read_rules("standards.yaml", "standards").data
    assert Naming(standards, DATA["registrations"]).in_label(label) == found


def test_word_file_makes_an_ordinary_word_a_format() -> None:
    names = Naming(STANDARDS, DATA["registrations"])
    found = names.in_identifier("ReadStepFile")
    assert found is not None and (found.standard, found.direction) == ("step", "import")
    assert names.in_identifier("readNextStepFile") is None
    assert names.in_identifier("ImportStlPlugin") is not None
    assert names.in_identifier("StlImportTest") is None


def test_class_that_is_called_after_a_format_is_a_reader_by_its_methods() -> None:
    source = (
        b"class GLTF2:\n  @classmethod\n  def load(cls):\n    pass\n  def dump(self):\n    pass\nclass Dxf:\n  x = 1\n"
    )
    assert claims(examine(SymbolProbe, "a.py", source, "python")) == {("gltf", "import", "recognised")}


def table(source: str) -> Result:
    return examine(RegistrationProbe, "exchange.py", source.encode(), "python")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('_mesh_loaders = {"stl": load_stl, "dxf": dxf.load, "count": 1}', {("stl", "import"), ("dxf", "import")}),
        ('CLASS_READERS = {".stl": STLReader}', {("stl", "import")}),
        ('self._writers["dxf"] = lambda mesh: None', {("dxf", "export")}),
        ('META = {"mesh_writer": {"output": [{"extension": "stl", "id": "dxf"}]}}', {("stl", "export")}),
        ('register_format("ansys", [".msh"], read, {"ansys": write})', {("ansys", "both")}),
        ('register_format("gmsh", [".msh"], None, {"gmsh": write})', {("gmsh", "export")}),
        ('wx.FileDialog(self, "Open", wildcard="STL (*.stl)|*.stl", style=wx.FD_OPEN)', {("stl", "import")}),
        (
            'filters = {"A": "STL files (*.stl)", "B": "DXF (*.dxf)"}\n'
            'QFileDialog.getSaveFileName(None, "", f"{filters[kind]};;All files (*.*)")',
            {("stl", "export"), ("dxf", "export")},
        ),
        ('QFileDialog.getSaveFileName(None, "", filters[kind])\nfilters = {"A": "STL files (*.stl)"}', set()),
        (
            'class Mesh(Form):\n  EXTENSIONS = (".stl", ".dxf")\n  def read(self): ...\n'
            "  @classmethod\n  def write_file(cls, mesh): ...\n",
            {("stl", "import"), ("dxf", "import"), ("stl", "export"), ("dxf", "export")},
        ),
        ('class MeshReader:\n  EXTENSIONS = ".stl"\n', {("stl", "import")}),
        ('class Scan:\n  EXTENSIONS = (".stl",)\n  def read_settings(self): ...\n', set()),
        ('class MeshReader:\n  EXTENSIONS = ("stl",)\n', {("stl", "import")}),
        ('readers = {"stl": 5}\nheaders = {"stl": a}', set()),
        ('# _loaders = {"stl": load_stl}', set()),
        ('if False:\n  _loaders = {"stl": load_stl}', set()),
    ],
)
def test_table_of_readers_and_writers_registers_its_entries(source: str, expected: set[tuple[str, str]]) -> None:
    result = table(source)
    assert {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in result.findings} == expected


def test_table_of_formats_in_a_module_of_writers_registers_them() -> None:
    source = b'FORMAT_FILE = {".dxf": _dxf, ".stl": _stl}\nOPTIONS = {".jt": a}\n'
    found = examine(RegistrationProbe, "core/exporter.py", source, "python").of(KIND)
    assert {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in found} == {
        ("dxf", "export"), ("stl", "export")
    }  # fmt: skip
    assert not table(source.decode()).findings


def test_condition_around_a_table_is_quoted() -> None:
    assert table('if cascade:\n  _loaders = {"stl": load}').one(KIND)["condition"] == "cascade"


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (
            "acme/formats/obj.py",
            "def load(f): pass\ndef dump_string(db): pass\n",
            {("obj", "import"), ("obj", "export")},
        ),
        ("acme/formats/las/las_loader.py", "def load_string(s): pass\n", {("las", "import")}),
        ("acme/io/_dxf.py", "def write(f): pass\n", {("dxf", "export")}),
        ("acme/writers/stl.py", "def write(f): pass\ndef read(f): pass\n", {("stl", "export")}),
        ("acme/collada/__init__.py", "def save_model(m): pass\ndef load_model(p): pass\n", BOTH_WAYS),
        ("acme/reqif/exporter.py", "def export_module(m): pass\ndef _import_it(): pass\n", {("reqif", "export")}),
        ("reqif/parser/spec_parser.py", "class SpecParser: pass\nclass Settings: pass\n", {("reqif", "import")}),
        ("acme/reqif/xml/writer.py", "class Writer: pass\n", {("reqif", "export")}),
        (
            "acme/reqif/model/parser/spec_parser.py",
            "class SpecParser: pass\n",
            {("reqif", "import")},
        ),  # `model` is neutral
        ("acme/reqif/server/parser/url_parser.py", "class UrlParser: pass\n", set()),
        ("acme/xml/parser/node_parser.py", "class NodeParser: pass\n", set()),
        # what says nothing: one way alone outside of such folders, other functions, what is inside of a class
        ("acme/collada/__init__.py", "def load_model(p): pass\n", set()),
        ("acme/formats/obj.py", "def load_settings(f): pass\ndef _load(f): pass\n", set()),
        ("acme/formats/obj.py", "class Cache:\n    def load(self): pass\n", set()),
        ("acme/formats/obj.py", 'TEXT = """\ndef load(f): pass\n"""\n', set()),
        ("acme/off/exporter.py", "def export_all(m): pass\n", set()),  # an ordinary word
        ("acme/formats/xml.py", "def load(f): pass\n", set()),  # a carrier
        ("acme/things/obj.py", "def load(f): pass\ndef dump(f): pass\n", set()),
    ],
)
def test_module_for_a_format_offers_readers_and_writers(path: str, source: str, expected: set[tuple[str, str]]) -> None:
    found = examine(SymbolProbe, path, source.encode(), "python").of(KIND)
    assert {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in found} == expected


def test_writer_of_xml_writes_the_format_whose_root_it_spells() -> None:
    source = b'class XmlExporter:\n    def build(self):\n        return Element("REQ-IF")\n'
    assert claims(examine(SymbolProbe, "a.py", source, "python")) == {("reqif", "export", "recognised")}
    plain = source.replace(b"REQ-IF", b"root")
    assert claims(examine(SymbolProbe, "a.py", plain, "python")) == {("xml", "export", "mentioned")}


# -- contract


def test_probes_keep_the_contract() -> None:
    managed = assembly([("A.Formats", "Gltf", 1, (("Import", METHOD, 1),), ())])
    files = {
        "a.dll": managed,
        "a.js": b"class STLLoader {}",
        "b.py": b'_loaders = {"stl": load}\nclass GLTF2:\n  pass\n',
    }
    kinds = recognised(**{"a.dll": "pe", "a.js": "javascript", "b.py": "python"})
    for probe in (SymbolProbe, RegistrationProbe):
        check_determinism(probe, files, recognitions=kinds, data=DATA)
        check_hostile(probe, files, recognitions=kinds, data=DATA)
    program = {"libdxf_filter.so": elf(imported=["filter_register_import"]) + b"\x0013DxfFileWriter\0"}
    check_determinism(LinkageProbe, program, recognitions=recognised(**{"libdxf_filter.so": "elf"}), data=DATA)
    check_hostile(LinkageProbe, program, recognitions=recognised(**{"libdxf_filter.so": "elf"}), data=DATA)
