"""Capabilities that a product registers: in sources by syntax tree, in manifests, by the names of its readers."""

import zipfile
from io import BytesIO
from typing import Any

import pytest

from cpo_probes.exchange.associations.probe import AssociationProbe
from cpo_probes.exchange.names.label_words import suffixes_in, words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.native.symbols import SymbolProbe
from cpo_probes.exchange.registration.probe import RegistrationProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from tests.probes.capability_rules import DATA, STANDARDS, recognised

KIND = "exchange.capability"


def python(source: str, **others: bytes) -> Result:
    """The registrations of one Python module, `Mod/Mesh/Init.py`, in a product with other files."""
    files = {"Mod/Mesh/Init.py": source.encode(), **others}
    kinds = {path: "python" for path in files if path.endswith(".py")}
    return run_probe(RegistrationProbe, files, data=DATA, recognitions=recognised(**kinds))


def standards(result: Result, **attributes: Any) -> set[tuple[str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in result.of(KIND, **attributes)}


MESH = {"Mod/Mesh/Mesh.so": b"\x7fELF"}


# -- calls


def test_registration_gives_standard_direction_words_and_handler() -> None:
    result = python('FreeCAD.addImportType("STL Mesh (*.stl *.ast)", "Mesh")\n', **MESH)
    found = result.one(KIND, standard="stl")
    assert found["direction"] == "import"
    assert (found["via"], found["availability"]) == ("registration", "unknown")
    assert found["name"] == "STL Mesh (*.stl *.ast)"
    assert found["handler"] == "Mesh"
    assert result.findings[0]["strength"] == "registered"
    assert result.findings[0]["evidence"][0]["locator"] == {"line": 1}


def test_export_only_is_export_only() -> None:
    assert standards(python('App.addExportType("glTF (*.gltf *.glb)", "Mesh")', **MESH)) == {("gltf", "export")}


@pytest.mark.parametrize(
    "source",
    [
        'from FreeCAD import addImportType\naddImportType("STL (*.stl)", "Mesh")',
        'from FreeCAD import addImportType as reg\nreg("STL (*.stl)", "Mesh")',
        'import FreeCAD as F\nF.addImportType("STL (*.stl)", "Mesh")',
        'LABEL = "STL (*.stl)"\nFreeCAD.addImportType(LABEL, "Mesh")',
        'FreeCAD.addImportType("STL " + "(*.stl)", "Mesh")',
        'FreeCAD.addImportType(translate("Mesh", "STL (*.stl)"), "Mesh")',
        'FreeCAD.addImportType(\n  "STL "\n  "(*.stl)",  # both kinds\n  "Mesh",\n)',
        'class W:\n  def Initialize(self):\n    FreeCAD.addImportType("STL (*.stl)", "Mesh")',
    ],
)
def test_every_way_to_write_the_call_is_seen(source: str) -> None:
    result = python(source, **MESH)
    assert standards(result) == {("stl", "import")}
    assert "condition" not in result.one(KIND)


@pytest.mark.parametrize(
    "source",
    [
        '# FreeCAD.addImportType("STL (*.stl)", "Mesh")',
        '"""FreeCAD.addImportType("STL (*.stl)", "Mesh")"""',
        'text = \'FreeCAD.addImportType("STL (*.stl)", "Mesh")\'',
        'if False:\n    FreeCAD.addImportType("STL (*.stl)", "Mesh")',
        'other.addImportType("STL (*.stl)", "Mesh")',
        'def addImportType(label, module):\n    "(*.stl)"',
    ],
)
def test_what_is_commented_out_quoted_or_dead_is_nothing(source: str) -> None:
    assert python(source, **MESH).findings == []


def test_one_label_registers_each_of_its_standards() -> None:
    result = python('App.addImportType("CAD (*.stp *.step *.igs *.brep)", "Mesh")', **MESH)
    assert standards(result) == {("step", "import"), ("iges", "import"), ("brep", "import")}


def test_suffix_of_other_software_counts_only_where_the_label_names_the_standard() -> None:
    assert standards(python('App.addImportType("GCode (*.nc *.gcode)", "Mesh")', **MESH)) == {("gcode", "import")}
    assert standards(python('App.addImportType("NetCDF (*.nc)", "Mesh")', **MESH)) == {("netcdf", "import")}


def test_carrier_counts_when_it_is_registered_by_name() -> None:
    assert standards(python('App.addImportType("Fenics (*.xml)", "Mesh")', **MESH)) == set()
    assert standards(python('App.addImportType("Fenics XML (*.xml)", "Mesh")', **MESH)) == {("xml", "import")}
    assert standards(python('App.addExportType("Drawing (*.pdf *.png)", "Mesh")', **MESH)) == {("pdf", "export")}


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        ('if "VTK" in built:\n  {}', '"VTK" in built'),
        ("if a:\n  if b:\n    {}", "a and b"),
        ("if a:\n  pass\nelse:\n  {}", "not (a)"),
        ("try:\n  {}\nexcept ImportError:\n  pass", "try"),
        ("try:\n  pass\nexcept ImportError:\n  {}", "except ImportError"),
        ("x = {} if a else 0", 'App.addImportType("VTK (*.vtk)", "Mesh") if a else 0'),
    ],
)
def test_condition_is_quoted(source: str, condition: str) -> None:
    result = python(source.format('App.addImportType("VTK (*.vtk)", "Mesh")'), **MESH)
    assert result.one(KIND)["condition"] == condition
    assert result.findings[0]["strength"] == "registered"


def test_unconditional_registration_outweighs_the_conditional_one() -> None:
    call = 'App.addImportType("VTK (*.vtk)", "Mesh")'
    result = python(f"if a:\n  {call}\n{call}\n", **MESH)
    assert "condition" not in result.one(KIND)
    assert result.findings[0]["evidence_total"] == 2


def test_handler_that_is_not_shipped_refutes_the_registration() -> None:
    result = python('FreeCAD.addImportType("PLMXML files (*.plmxml)", "PlmXmlParser")')
    found = result.one(KIND)
    assert found["refuted"] == {"reason": "capability.handler_missing", "missing": "PlmXmlParser"}
    assert result.findings[0]["strength"] == "mentioned"


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("importDXF", "Mod/Draft/importDXF.py"),
        ("importDXF", "Mod/Draft/importDXF.pyc"),
        ("Import", "lib/Import.so"),
        ("Import", "bin/Import.pyd"),
        ("Import", "lib/Import.cpython-311-x86_64-linux-gnu.so"),
        ("feminout.importMesh", "Mod/Fem/feminout/importMesh.py"),
        ("dxf", "Mod/dxf/__init__.py"),
    ],
)
def test_handler_may_be_source_extension_or_package(module: str, path: str) -> None:
    result = python(f'App.addImportType("DXF (*.dxf)", "{module}")', **{path: b""})
    assert "refuted" not in result.one(KIND)
    assert path in result.reads


def test_handler_in_another_package_is_another_one() -> None:
    result = python('App.addImportType("DXF (*.dxf)", "feminout.importMesh")', **{"Mod/Mesh/importMesh.py": b""})
    assert result.one(KIND)["refuted"]["missing"] == "feminout.importMesh"


def test_conversion_left_to_another_program_is_said() -> None:
    handler = (
        b'import subprocess\ndef convert(n):\n  path = "/usr/bin/ODAFileConverter"\n  subprocess.call([path, n])\n'
    )
    call = 'App.addImportType("DWG (*.dwg)", "importDWG")'
    assert python(call, **{"importDWG.py": handler}).one(KIND)["requires"] == "ODAFileConverter"
    assert "requires" not in python(call, **{"importDWG.py": handler.replace(b"subprocess.call", b"print")}).one(KIND)
    commented = handler.replace(b"  subprocess.call", b"  # subprocess.call")
    assert "requires" not in python(call, **{"importDWG.py": commented}).one(KIND)


def test_blender_add_on_registers_by_its_base_class() -> None:
    source = """
from bpy_extras.io_utils import ImportHelper, ExportHelper
class ImportOBJ(bpy.types.Operator, ImportHelper):
    bl_idname = "import_scene.obj"
    bl_label = "Import OBJ"
    filename_ext = ".obj"
    filter_glob: StringProperty(default="*.obj;*.mtl", options={"HIDDEN"})
class ExportX(bpy.types.Operator, ExportHelper):
    bl_label = "Export STL"
    filename_ext = ".stl"
"""
    result = python(source)
    assert standards(result) == {("obj", "import"), ("stl", "export")}
    assert result.one(KIND, standard="obj")["name"] == "Import OBJ"


@pytest.mark.parametrize(
    ("call", "direction"),
    [
        ('QFileDialog.getOpenFileName(self, "Open", "", "STEP (*.stp);;All Files (*.*)")', "import"),
        ('QtWidgets.QFileDialog.getSaveFileName(filter="STEP (*.stp)")', "export"),
        ('filedialog.askopenfilename(filetypes=[("STEP", "*.stp"), ("all", "*")])', "import"),
    ],
)
def test_filter_of_a_file_dialog_is_recognised_and_not_registered(call: str, direction: str) -> None:
    result = python(f"def act():\n  if self.ready:\n    {call}\n")
    assert standards(result) == {("step", direction)}
    assert result.findings[0]["strength"] == "recognised"
    assert "condition" not in result.one(KIND)


def test_dialog_for_a_wrapper_is_a_mention() -> None:
    result = python('QFileDialog.getOpenFileName(self, "x", "", "XML settings (*.xml)")\n')
    assert standards(result) == {("xml", "import")}
    assert result.findings[0]["strength"] == "mentioned"


def test_label_that_says_what_else_the_suffix_means_names_no_format() -> None:
    calls = 'QFileDialog.getOpenFileName(self, "x", "", "Python obj files (*.obj);;STL (*.stl)")\n'
    assert standards(python(calls)) == {("stl", "import")}


def test_broken_source_gives_what_can_be_read_and_says_so() -> None:
    result = python('FreeCAD.addImportType("STL (*.stl)", "Mesh")\ndef (:\n', **MESH)
    assert result.one(KIND)["syntax_errors"] is True


def test_generated_source_is_left_out_and_said() -> None:
    result = python('App.addImportType("STL (*.stl)", "Mesh")\n' + "#" * 2**20, **MESH)
    assert result.findings == []
    assert [(row.reason.code, row.severity) for row in result.rows] == [("source.generated", "by_design")]


@pytest.mark.parametrize("opening", ["(", "[", "f(", "if a:\n", "App.addImportType("])
def test_nesting_without_end_is_survived(opening: str) -> None:
    result = python(opening * (200_000 // len(opening)) + '\nApp.addImportType("STL (*.stl)", "Mesh")', **MESH)
    assert all(row.severity != "lost" for row in result.rows)


def test_registrations_without_end_are_cut_and_said() -> None:
    calls = "\n".join(f'App.addImportType("S{number} (*.stl)", "Mesh")' for number in range(6_000))
    result = python(calls, **MESH)
    assert len(result.findings) == 5_000
    assert result.reasons == ["capability.too_many"]


# -- manifests


def manifest(name: str, content: str, kind: str = "", others: dict[str, bytes] | None = None) -> Result:
    return run_probe(
        AssociationProbe,
        {name: content.encode(), **(others or {})},
        data=DATA,
        recognitions=recognised(**({name: kind} if kind else {})),
    )


def test_desktop_entry_opens_its_types() -> None:
    entry = (
        "[Desktop Entry]\nName=Cad\nName[de]=Zeichnen\nMimeType=model/step;image/png;model/stl;\n"
        "[Other]\nMimeType=model/iges;\n"
    )
    result = manifest("cad.desktop", entry, "desktop-entry")
    assert standards(result) == {("step", "import"), ("stl", "import")}
    assert result.one(KIND, standard="step")["name"] == "Cad"
    assert {row["strength"] for row in result.findings} == {"registered"}


@pytest.mark.parametrize(
    ("keys", "expected", "strength"),
    [
        ("X-KDE-Import=model/step,image/png\n", {("step", "import")}, "registered"),
        ("X-KDE-Import=text/x\nX-KDE-Export=model/stl\n", {("stl", "export")}, "registered"),
        ("MimeType=model/step;\nX-KDE-Import=model/stl\n", {("stl", "import")}, "registered"),
        ("MimeType=model/step;\nX-KDE-ServiceTypes=ThumbCreator\n", {("step", "unknown")}, "named"),
    ],
)  # fmt: skip
def test_service_entry_is_a_plug_in_and_opens_nothing_by_itself(
    keys: str, expected: set[tuple[str, str]], strength: str
) -> None:
    result = manifest("a.desktop", f"[Desktop Entry]\nType=Service\nName=A\n{keys}", "desktop-entry")
    assert standards(result) == expected
    assert {row["strength"] for row in result.findings} == {strength}
    assert all(row["evidence"][0]["locator"]["line"] > 3 for row in result.findings)


def test_mime_definition_names_a_format_without_direction() -> None:
    package = (
        '<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info"><mime-type type="application/x-cad">'
        '<comment xml:lang="de">Leiterplatte</comment><comment>IDF board</comment><glob pattern="*.emn"/></mime-type>'
        '<mime-type type="image/x-photo"><glob pattern="*.dxf"/></mime-type></mime-info>'
    )
    result = manifest("mime/cad.xml", package, "shared-mime-info")
    assert standards(result) == {("idf", "unknown")}
    assert (result.one(KIND)["name"], result.findings[0]["strength"]) == ("IDF board", "named")


@pytest.mark.parametrize(
    ("kind", "comment", "glob", "expected"),
    [
        ("application/x-acme-plot", "Acme plot", "*.emn", set()),  # another program's files
        ("application/x-acme-IDF", "Acme board", "*.emn", {("idf", "unknown")}),
        ("application/x-acme", "Acme drawing", "*.dxf", {("dxf", "unknown")}),  # nobody else has this suffix
        ("application/x-acme", "Acme requirements", "*.reqif", {("reqif", "unknown")}),
        ("application/x-dxf", "Anything", "*.acme", {("dxf", "unknown")}),
    ],
)
def test_a_suffix_under_a_foreign_type_counts_where_words_or_the_suffix_say_whose_it_is(
    kind: str, comment: str, glob: str, expected: set[tuple[str, str]]
) -> None:
    package = (
        f'<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info"><mime-type type="{kind}">'
        f'<comment>{comment}</comment><glob pattern="{glob}"/></mime-type></mime-info>'
    )
    assert standards(manifest("mime/cad.xml", package, "shared-mime-info")) == expected


@pytest.mark.parametrize(
    ("mime", "expected"),
    [
        ("application/x-stl", {("stl", "import")}),
        ("application/x-reqif+xml", {("reqif", "import")}),
        ("image/x-dxf", {("dxf", "import")}),
        ("application/x-step", {("step", "import")}),
        ("application/x-idf", set()),  # an ordinary word
        ("application/x-csv", set()),  # carriers have types of their own
        ("audio/x-stl", set()),
        ("application/x-stl-viewer", set()),
        ("application/x-", set()),
    ],
)
def test_a_type_that_was_never_registered_means_the_format_whose_name_it_is(
    mime: str, expected: set[tuple[str, str]]
) -> None:
    assert standards(manifest("a.desktop", f"[Desktop Entry]\nName=A\nMimeType={mime};\n", "desktop-entry")) == expected


@pytest.mark.parametrize(
    ("line", "expected", "availability"),
    [
        ("Requires-Dist: ezdxf (>=1.0)", {("dxf", "unknown")}, "unknown"),
        ("Requires-Dist: Python_Reqif", set(), ""),
        ("Requires-Dist: numpy-stl[x]>=2; extra == 'mesh'", {("stl", "unknown")}, "option:mesh"),
        ('Requires-Dist: ezdxf; python_version < "3.12" and extra == "cad"', {("dxf", "unknown")}, "option:cad"),
        ("Requires-Dist: ezdxf; extra ==", {("dxf", "unknown")}, "unknown"),
        ("Requires: ezdxf", set(), ""),
        ("\nRequires-Dist: ezdxf", set(), ""),  # a description
    ],
)
def test_a_package_that_is_needed_mentions_its_formats(
    line: str, expected: set[tuple[str, str]], availability: str
) -> None:
    metadata = f"Metadata-Version: 2.1\nName: acme\n{line}\n"
    result = manifest("acme.dist-info/METADATA", metadata, "python-metadata")
    assert standards(result) == expected
    for row in result.findings:
        assert (row["strength"], row["attributes"]["mechanism"]) == ("mentioned", "dependency")
        assert row["attributes"]["availability"] == availability


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ('{"dependencies": {"dxf-parser": "^1"}, "peerDependencies": {"web-ifc": "*"}}', {("dxf", "unknown")}),
        ('{"devDependencies": {"dxf-parser": "^1"}}', set()),
        ('{"dependencies": ["dxf-parser"]}', set()),
        ('["dxf-parser"]', set()),
    ],
)
def test_a_package_of_npm_that_is_needed_mentions_its_formats(package: str, expected: set[tuple[str, str]]) -> None:
    rules = DATA | {"libraries": DATA["libraries"] | {"dependencies": {"pypi": {}, "npm": {"dxf-parser": ["dxf"]}}}}
    files, kinds = {"package.json": package.encode()}, recognised(**{"package.json": "package-json"})
    assert standards(run_probe(AssociationProbe, files, data=rules, recognitions=kinds)) == expected


UNO = (
    '<?xml version="1.0"?><oor:data xmlns:oor="http://openoffice.org/2001/registry"><oor:component-data '
    'oor:package="org.openoffice.TypeDetection" oor:name="{kind}"><node oor:name="{kind}">{rows}</node>'
    "</oor:component-data></oor:data>"
)


def uno(name: str, **properties: str) -> str:
    values = "".join(f'<prop oor:name="{key}"><value>{value}</value></prop>' for key, value in properties.items())
    return f'<node oor:name="{name}" oor:op="replace">{values}</node>'


def test_uno_filter_takes_direction_from_flags_and_standard_from_its_type_in_another_file() -> None:
    filters = UNO.format(
        kind="Filters",
        rows=uno("writer8", Flags="IMPORT EXPORT DEFAULT", Type="writer8", UIName="ODF Text")
        + uno("pdf_import", Flags="IMPORT ALIEN", Type="pdf_type")
        + uno("hidden", Flags="IMPORT INTERNAL", Type="pdf_type")
        + uno("dxf_export", Flags="EXPORT", Type="dxf_type"),
    )
    types = UNO.format(
        kind="Types",
        rows=uno("writer8", MediaType="application/vnd.oasis.opendocument.text", Extensions="odt")
        + uno("pdf_type", MediaType="application/pdf", Extensions="pdf")
        + uno("dxf_type", MediaType="", Extensions="dxf"),
    )
    result = run_probe(
        AssociationProbe,
        {"registry/a.xcd": filters.encode(), "registry/b.xcd": types.encode()},
        data=DATA,
        recognitions=recognised(**{"registry/a.xcd": "uno-registry", "registry/b.xcd": "uno-registry"}),
    )
    assert standards(result) == {("odf", "both"), ("pdf", "import"), ("dxf", "export")}
    assert result.one(KIND, standard="odf")["name"] == "ODF Text"
    assert "registry/b.xcd" in result.reads


def test_inkscape_extension_without_its_script_is_refuted() -> None:
    extension = (
        '<inkscape-extension xmlns="http://www.inkscape.org/namespace/inkscape/extension"><input><extension>.dxf'
        '</extension><filetypename>DXF (*.dxf)</filetypename></input><script><command location="inx">dxf.py'
        "</command></script></inkscape-extension>"
    )
    assert "refuted" not in manifest("ext/dxf.inx", extension, others={"ext/dxf.py": b""}).one(KIND)
    lost = manifest("ext/dxf.inx", extension)
    assert lost.one(KIND)["refuted"]["missing"] == "dxf.py"
    assert lost.findings[0]["strength"] == "mentioned"


def test_eclipse_wizards_and_parsers_register() -> None:
    plugin = (
        '<plugin><extension point="org.eclipse.ui.importWizards"><wizard name="ReqIF requirements"/></extension>'
        '<extension point="org.eclipse.ui.exportWizards"><wizard name="next step of the flow"/></extension>'
        '<extension point="org.eclipse.emf.ecore.extension_parser"><parser type="reqif" class="a.B"/></extension>'
        '<extension point="other"><wizard name="JT"/></extension></plugin>'
    )
    assert standards(manifest("plugin.xml", plugin, "eclipse-plugin")) == {("reqif", "import"), ("reqif", "both")}


def test_plist_viewer_reads_and_editor_writes_too() -> None:
    plist = (
        "<plist><dict><key>CFBundleDocumentTypes</key><array><dict><key>CFBundleTypeRole</key><string>Viewer</string>"
        "<key>CFBundleTypeName</key><string>STEP file</string><key>CFBundleTypeExtensions</key><array><string>stp"
        "</string></array></dict><dict><key>CFBundleTypeRole</key><string>Editor</string><key>CFBundleTypeExtensions"
        "</key><array><string>stl</string></array></dict><dict><key>CFBundleTypeRole</key><string>None</string>"
        "<key>CFBundleTypeExtensions</key><array><string>jt</string></array></dict></array></dict></plist>"
    )
    assert standards(manifest("Contents/Info.plist", plist)) == {("step", "import"), ("stl", "both")}


def test_registry_file_and_custom_editor_open_suffixes() -> None:
    registry = 'Windows Registry Editor Version 5.00\n\n[HKEY_CLASSES_ROOT\\.stp]\n@="Cad"\n[-HKEY_CLASSES_ROOT\\.jt]\n'
    assert standards(manifest("setup.reg", registry)) == {("step", "import")}
    package = (
        '{"contributes": {"customEditors": [{"displayName": "Mesh", "selector": [{"filenamePattern": "*.stl"}]}]}}'
    )
    assert standards(manifest("package.json", package, "package-json")) == {("stl", "import")}
    for odd in ("[]", '{"contributes": []}', '{"contributes": {"customEditors": [1, {"selector": [2]}]}}'):
        assert manifest("package.json", odd, "package-json").findings == []


# -- names of readers and writers


def test_java_classes_in_an_archive_show_readers_and_writers() -> None:
    packed = BytesIO()
    names = [
        "OBJWriter",
        "DAELoader",
        "Max3DSLoader",
        "OBJWriter$1",
        "ClassLoader",
        "ObjectReader",
        "XMLWriter",
        "WsdlReader",
    ]
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(f"com/acme/{name}.class", b"\xca\xfe\xba\xbe")
    found = {f"app.jar!/com/acme/{name}.class": Recognition(format="java-class") for name in names}
    result = run_probe(SymbolProbe, {"app.jar": packed.getvalue()}, data=DATA, recognitions=found)
    assert standards(result) == {("obj", "export"), ("collada", "import"), ("3ds", "import")}
    assert result.one(KIND, standard="3ds")["via"] == "symbol"
    assert {row["strength"] for row in result.findings} == {"recognised"}


def test_python_definitions_show_readers_and_writers_and_text_does_not() -> None:
    source = (
        b"class ReqIFExport:\n  pass\nasync def read_dxf_file(path):\n  pass\n"
        b'"""\nclass GltfReader:\n"""\ndef read_step_size():\n  pass\ndef load_obj(thing):\n  pass\n'
    )
    result = run_probe(SymbolProbe, {"a.py": source}, data=DATA, recognitions=recognised(**{"a.py": "python"}))
    assert standards(result) == {("reqif", "export"), ("dxf", "import")}


def test_short_name_counts_in_the_folder_of_its_standard() -> None:
    source = b"def read_ssd(filename):\n  pass\n"
    for path, expected in (("fmpy/ssp/ssd.py", {("ssp", "import")}), ("disks/drives.py", set())):
        result = run_probe(SymbolProbe, {path: source}, data=DATA, recognitions=recognised(**{path: "python"}))
        assert standards(result) == expected


# -- names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Max3DSLoader", ["Max", "3DS", "Loader"]),
        ("read_ssd", ["read", "ssd"]),
        ("DAELoader", ["DAE", "Loader"]),
        ("ReqIFExport", ["Req", "IF", "Export"]),
        ("importIFC", ["import", "IFC"]),
        ("STEP with colors", ["STEP", "with", "colors"]),
        ("X3DWriter", ["X", "3D", "Writer"]),
        ("", []),
        ("__", []),
    ],
)
def test_words_of_a_name(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_suffixes_of_a_label() -> None:
    assert suffixes_in("STEP (*.stp;*.STP *.step),*.stpZ|*.*|*i1.txt") == ["stp", "step", "stpz"]


def test_ordinary_words_name_no_standard() -> None:
    names = Naming(STANDARDS, DATA["registrations"])
    assert names.in_words("the next step of an obj") == frozenset()
    assert names.in_words("import STEP and OBJ") == {"step", "obj"}
    assert names.in_identifier("StepReader") is None
    assert names.in_identifier("STEPReader") is not None
    assert names.in_identifier("test_read_gltf", function=True) is None


# -- contract

PROBES = [RegistrationProbe, AssociationProbe, SymbolProbe]
FILES = {
    "Init.py": b'if x:\n  App.addImportType("STL (*.stl)", "Mesh")\nclass GltfReader(ImportHelper):\n  bl_label = ""\n',
    "a.desktop": b"[Desktop Entry]\nName=A\nMimeType=model/step;\n",
    "a.xcu": UNO.format(kind="Filters", rows=uno("a", Flags="IMPORT", Type="b", UIName="STL")).encode(),
    "plugin.xml": b'<plugin><extension point="org.eclipse.ui.importWizards"><wizard name="JT"/></extension></plugin>',
    "package.json": b'{"contributes": {"customEditors": [{"selector": [{"filenamePattern": "*.stl"}]}]}}',
    "Info.plist": b"<plist><dict><key>CFBundleDocumentTypes</key><array><dict/></array></dict></plist>",
}
KINDS = recognised(
    **{
        "Init.py": "python",
        "a.desktop": "desktop-entry",
        "a.xcu": "uno-registry",
        "plugin.xml": "eclipse-plugin",
        "package.json": "package-json",
    }
)


@pytest.mark.parametrize("probe", PROBES)
def test_probe_keeps_the_contract(probe: Any) -> None:
    check_metadata(probe)
    check_determinism(probe, FILES, recognitions=KINDS, data=DATA)
    check_hostile(probe, FILES, recognitions=KINDS, data=DATA)
