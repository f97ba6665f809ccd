"""Readers and writers in sources of many languages: by name, by what they convert, by the suffixes they test for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.names.conversions import converted
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.native.script_names import LANGUAGES, defined_in, members
from cpo_probes.exchange.native.symbols import SymbolProbe
from cpo_probes.exchange.registration.probe import RegistrationProbe
from cpo_scan.probe.testing import Result, run_probe
from tests.probe.test_bytecode import CLASS, FILTER
from tests.probes.capability_rules import DATA, STANDARDS, recognised

Found = set[tuple[str, str, str]]


def examine(probe: type[SymbolProbe] | type[RegistrationProbe], path: str, source: bytes, kind: str) -> Result:
    return run_probe(probe, {path: source}, data=DATA, recognitions=recognised(**{path: kind}))


def claims(result: Result) -> Found:
    return {(row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.findings}


# -- names


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("csharp", "public class DxfWriter { }", {("dxf", "export")}),
        ("csharp", "class A { void ExportReqif(string path) { } }", {("reqif", "export")}),
        ("csharp", "class A { void Run() { ExportReqif(path); new DxfWriter(); } }", set()),
        ("csharp", '// class DxfWriter\nvar x = "class DxfWriter";', set()),
        (
            "java-source",
            "class A { static Mesh readGltf(File f) throws IOException { return null; } }",
            {("gltf", "import")},
        ),
        ("java-source", "class A { void f() { return readGltf(x); } }", set()),
        ("ruby", "class StlExporter < Base\nend", {("stl", "export")}),
        ("ruby", "def self.import_dxf(path)\nend", {("dxf", "import")}),
        (
            "lua",
            "function M.export_dxf(path) end\nlocal function read_stl() end",
            {("dxf", "export"), ("stl", "import")},
        ),
        ("tcl", "proc ::acme::exportDXF {path} { }\n# proc importSTL {} {}", {("dxf", "export")}),
    ],
)
def test_classes_and_functions_of_other_languages_show_readers_and_writers(
    kind: str, source: str, expected: set[tuple[str, str]]
) -> None:
    found = claims(examine(SymbolProbe, "src/part", source.encode(), kind))
    assert {(standard, direction) for standard, direction, _ in found} == expected


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (
            "format/GLTF.js",
            "class GLTF { readFeatures(a) { } write_file() { } }",
            {("gltf", "import"), ("gltf", "export")},
        ),
        ("format/GLTF.js", "class GLTF { render(a) { } } function readFeatures() {}", set()),
        ("lib/GltfParser.js", "export default { async parse(data, options) { return 1; } };", {("gltf", "import")}),
        ("lib/GltfParser.js", "export default { render(data) { } };", set()),
        ("lib/GltfParser.js", "parse(data); if (x) { parse(y) }", set()),
        ("lib/GltfParser.spec.js", "export default { parse(data) { } };", set()),
        ("lib/a.ts", "export async function GLTFExportAsync(scene: Scene) { }", {("gltf", "export")}),
    ],
)
def test_classes_and_modules_of_javascript_are_told_by_what_their_functions_do(
    path: str, source: str, expected: set[tuple[str, str]]
) -> None:
    found = claims(examine(SymbolProbe, path, source.encode(), "javascript"))
    assert {(standard, direction) for standard, direction, _ in found} == expected


def test_class_that_opens_what_it_writes_reads_nothing() -> None:
    source = b"class DXFDoc:\n  def open(self): ...\n  def close(self): ...\n  def write_text(self): ...\n"
    assert claims(examine(SymbolProbe, "formats/a.py", source, "python")) == {("dxf", "export", "recognised")}
    source = source.replace(b"def close", b"def load")
    assert {way for _, way, _ in claims(examine(SymbolProbe, "formats/a.py", source, "python"))} == {"import", "export"}


# -- conversions


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("to_gltf", ("gltf", "export", True)),
        ("network_from_reqif", ("reqif", "import", True)),
        ("toGLTF", ("gltf", "export", True)),
        ("project_to_vtk", ("vtk", "export", False)),
        ("mesh_to_csv", ("csv", "export", False)),
        ("parseGltfIntoScene", ("gltf", "import", True)),
        ("load_dxf_to_mesh", ("dxf", "import", True)),
        ("export_model_to_gltf", ("gltf", "export", True)),
        ("load_mesh_to_gltf", None),
        ("export_from_gltf", None),
        ("to_gltf_settings", None),
        ("to_string", None),
        ("tomorrow", None),
        ("test_to_gltf", None),
    ],
)
def test_name_of_a_conversion_says_from_what_or_to_what(name: str, expected: tuple[str, str, bool] | None) -> None:
    found = converted(name, Naming(STANDARDS, DATA["registrations"]))
    assert (found and (found.named.standard, found.named.direction, found.sure)) == expected


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("acme/mesh.py", "def to_vtk(mesh): ...", set()),
        ("acme/mesh.py", 'def to_vtk(mesh, path="a.vtk"): ...\nSUFFIX = ".vtk"', {("vtk", "export", "recognised")}),
        ("acme/io/_vtk.py", "def project_to_vtk(project): ...", {("vtk", "export", "recognised")}),
        ("acme/io/_csv.py", "def project_to_csv(project): ...", {("csv", "export", "mentioned")}),
        ("acme/rows.py", "def rows_to_csv(rows): ...", set()),
        ("acme/rows.py", "def _to_gltf(rows): ...", set()),
    ],
)
def test_short_name_in_a_conversion_counts_where_the_source_or_its_module_names_it(
    path: str, source: str, expected: Found
) -> None:
    assert claims(examine(SymbolProbe, path, source.encode(), "python")) == expected


# -- suffixes that are tested for


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        (
            "javascript",
            'switch (extension) { case "stl": return loadStl(x); '
            'case "gltf": case "glb": write(new GLTFExporter()); break; }',
            {("stl", "import"), ("gltf", "export")},
        ),
        ("javascript", 'switch (kind) { case "stl": return loadStl(x); }', set()),
        ("javascript", 'switch (kind) { case ".stl": return loadStl(x); }', {("stl", "import")}),
        ("javascript", 'switch (ext) { case "stl": reject(x); }', set()),
        ("javascript", 'if (ext === "stl") { loader = new MeshLoader(); }', {("stl", "import")}),
        ("javascript", 'if (ext !== "stl") { return loadMesh(); }', set()),
        ("typescript", 'if (name.endsWith(".stl")) return parseMesh(name);', {("stl", "import")}),
        ("java-source", 'if (name.endsWith(".dxf")) { new DrawingWriter().run(); }', {("dxf", "export")}),
        ("csharp", 'if (extension == ".dxf") { ImportDrawing(path); ExportDrawing(path); }', set()),
        ("ruby", 'case extname\nwhen ".stl" then load_mesh(path)\nend', {("stl", "import")}),
        ("javascript", '// if (ext === ".stl") loadMesh()\nlet a = \'if (ext === ".stl") loadMesh()\'', set()),
    ],
)
def test_suffix_goes_the_way_of_what_is_called_for_it(kind: str, source: str, expected: set[tuple[str, str]]) -> None:
    found = claims(examine(RegistrationProbe, "src/part", source.encode(), kind))
    assert {(standard, direction) for standard, direction, _ in found} == expected


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("javascript", "const F = [{extensions: ['stl']}];\nshowOpenDialog({filters: F})", {("stl", "import")}),
        ("javascript", "let F = [{extensions: ['stl']}]; F = [];\nshowOpenDialog({filters: F})", set()),
        ("lua", 'local f = "*.dxf"\niup.filedlg{dialogtype = "SAVE", filter = f}', {("dxf", "export")}),
        ("csharp", 'const string WRITABLE_EXTENSIONS = ".stl";', {("stl", "export")}),
    ],
)
def test_filters_that_a_name_stands_for_are_those_of_the_dialog(
    kind: str, source: str, expected: set[tuple[str, str]]
) -> None:
    found = claims(examine(RegistrationProbe, "src/part", source.encode(), kind))
    assert {(standard, direction) for standard, direction, _ in found} == expected


def test_filter_class_of_the_product_itself_counts_by_its_name() -> None:
    own = b"org/acme/dialogs/MeshFormatFileExtensionFilter".ljust(len(FILTER), b"_")
    own = own[: -len(b"ExtensionFilter")] + b"ExtensionFilter"
    data = CLASS.replace(FILTER.encode(), own).replace(b"igs", b".jt")
    assert claims(examine(RegistrationProbe, "Dialogs.class", data, "java-class")) == {("jt", "import", "recognised")}
    other = CLASS.replace(FILTER.encode(), b"x" * len(FILTER)).replace(b"igs", b".jt")
    assert claims(examine(RegistrationProbe, "Dialogs.class", other, "java-class")) == set()


# -- any source


_PIECES = st.sampled_from(
    [
        "class A ",
        "{",
        "}",
        "(",
        ")",
        "case ",
        '".stl"',
        ":",
        "switch (ext) ",
        "loadStl",
        "def ",
        "proc ",
        "new ",
        ",",
        "\n",
    ]
)


@given(st.lists(_PIECES, max_size=40), st.sampled_from(sorted(LANGUAGES.values())))
def test_definitions_lie_where_their_names_stand(pieces: list[str], language: str) -> None:
    source = "".join(pieces)
    for one in (*defined_in(source, language), *(member for _, member in members(source))):
        assert source.startswith(one.name, one.offset)


@given(st.lists(_PIECES, max_size=40), st.sampled_from(["javascript", "csharp", "java-source", "lua", "ruby"]))
def test_any_source_is_examined_without_a_fault(pieces: list[str], kind: str) -> None:
    examine(RegistrationProbe, "src/part", "".join(pieces).encode(), kind)
    examine(SymbolProbe, "src/part", "".join(pieces).encode(), kind)
