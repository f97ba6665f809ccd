"""What sources of C, C++, C#, Java, JavaScript, Lua, Ruby and Tcl offer in dialogs and register, by their tokens."""

import pytest

from cpo_probes.exchange.registration.probe import RegistrationProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probe.test_bytecode import CLASS
from tests.probes.capability_rules import DATA, recognised

KIND = "exchange.capability"


def script(source: str, language: str) -> Result:
    return run_probe(
        RegistrationProbe, {"src/part": source.encode()}, data=DATA, recognitions=recognised(**{"src/part": language})
    )


def offered(result: Result) -> set[tuple[str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in result.findings}


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        (
            "javascript",
            "dialog.showOpenDialog(w, {filters: [{name: 'x', extensions: ['stp', 'step']}], properties: ['stl']})",
            {("step", "import")},
        ),
        ("typescript", "vscode.window.showSaveDialog({ filters: { 'Mesh': ['stl'] } });", {("stl", "export")}),
        (
            "javascript",
            "showOpenFilePicker({types: [{accept: {'model/gltf-binary': ['.glb']}}]})",
            {("gltf", "import")},
        ),
        ("javascript", "input.accept = '.obj,.stl'; x()", {("obj", "import"), ("stl", "import")}),
        ("javascript", 'const a = <input type="file" accept=".dxf" />;', {("dxf", "import")}),
        (
            "java-source",
            'c.setFileFilter(new FileNameExtensionFilter("STEP", "stp")); c.showOpenDialog(f);',
            {("step", "import")},
        ),
        ("java-source", 'new FileChooser.ExtensionFilter("STL", "*.stl"); c.showSaveDialog(w);', {("stl", "export")}),
        ("java-source", 'new FileNameExtensionFilter("STEP", "stp");', {("step", "unknown")}),
        ("csharp", 'var d = new OpenFileDialog { Title = "x", Filter = "STEP (*.stp)|*.stp" };', {("step", "import")}),
        ("csharp", 'saveFileDialog1.Filter = @"IGES|*.igs";', {("iges", "export")}),
        ("csharp", 'var s = new SaveFileDialog(); s.Title = "x"; s.Filter = "STL|*.stl";', {("stl", "export")}),
        ("tcl", 'set types {{"STEP" {.stp .step}} {All *}}\ntk_getOpenFile -filetypes $types', {("step", "import")}),
        ("tcl", 'set g [tk_getSaveFile -filetypes {{"DXF" {.dxf}} {"All" *}}]; puts .jt', {("dxf", "export")}),
        ("ruby", 'UI.openpanel("Open", "", "COLLADA|*.dae||")', {("collada", "import")}),
        ("ruby", 'f = UI.savepanel "Save", "", "STL|*.stl||"\nputs "*.jt"', {("stl", "export")}),
        ("lua", 'local d = iup.filedlg{dialogtype = "SAVE", filter = "*.dxf"}', {("dxf", "export")}),
        (
            "cpp",
            'QFileDialog::getOpenFileName(this, tr("x"), d, tr("STEP (*.stp);;IGES (*.igs)"));',
            {("step", "import"), ("iges", "import")},
        ),
        (
            "cpp",
            'auto n = Gui::FileDialog::getSaveFileName(w, t, d, "STL (*.stl)" ";;OBJ (*.obj)");',
            {("stl", "export"), ("obj", "export")},
        ),
        (
            "cpp",
            'wxFileDialog d(this, _("x"), "", "", "DXF (*.dxf)|*.dxf", wxFD_SAVE | wxFD_OVERWRITE_PROMPT);',
            {("dxf", "export")},
        ),
        (
            "c",
            'dialog_new("x", w, GTK_FILE_CHOOSER_ACTION_OPEN); gtk_file_filter_add_pattern(f, "*.ply");',
            {("ply", "import")},
        ),
        ("c", 'ofn.lpstrFilter = "STL\\0*.stl\\0"; GetSaveFileNameA(&ofn);', {("stl", "export")}),
    ],
)
def test_dialogs_offer_their_formats_each_way(language: str, source: str, expected: set[tuple[str, str]]) -> None:
    result = script(source, language)
    assert offered(result) == expected
    weak = {row["strength"] for row in result.findings if row["attributes"]["direction"] == "unknown"}
    assert weak <= {"named"}
    assert {row["strength"] for row in result.findings} <= {"recognised", "named"}


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("javascript", "// dialog.showOpenDialog({filters: [{extensions: ['stp']}]})"),
        ("javascript", "const text = \"showOpenDialog({filters: [{extensions: ['stp']}]})\""),
        ("javascript", "function showOpenDialog(options) { return ['.stp'] }"),
        ("java-source", '/* new FileNameExtensionFilter("STEP", "stp") */ chooser.showOpenDialog(f);'),
        ("csharp", '// d.Filter = "STEP|*.stp";\nvar openDialog = 1;'),
        ("tcl", '# tk_getOpenFile -filetypes {{"STEP" {.stp}}}'),
        ("ruby", '# UI.openpanel("Open", "", "STEP|*.stp||")'),
        ("ruby", 'Other.openpanel("Open", "", "STEP|*.stp||")'),
        ("cpp", '#if 0\nQFileDialog::getOpenFileName(0, "", "", "STEP (*.stp)");\n#endif'),
        ("cpp", 'QString QFileDialog::getOpenFileName(QWidget *w) { return "*.stp"; }'),
        ("lua", '--[[ iup.filedlg{dialogtype = "OPEN", filter = "*.stp"} ]]'),
    ],
)
def test_what_is_commented_out_quoted_or_defined_is_nothing(language: str, source: str) -> None:
    assert script(source, language).findings == []


def test_importer_class_is_registered_by_its_suffix() -> None:
    source = 'class Mesh < Sketchup::Importer\n  def file_extension\n    return "stl"\n  end\nend\n'
    result = script(source, "ruby")
    assert offered(result) == {("stl", "import")}
    assert result.findings[0]["strength"] == "registered"
    assert script(source.replace("Sketchup::Importer", "Other"), "ruby").findings == []


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("cpp", 'registry.registerImporter("STEP files", "*.stp *.step", &readStep);', {("step", "import")}),
        ("cpp", 'App::AddExportType("IGES format (*.igs)", "Mod");', {("iges", "export")}),
        ("java-source", 'host.registerExporter("JT", new JtWriter());', {("jt", "export")}),
        ("javascript", "app.registerReader({name: 'x', extensions: ['.stl']})", {("stl", "import")}),
        ("csharp", 'manager.RegisterImportFormat("3MF", ".3mf", typeof(Reader));', {("3mf", "import")}),
    ],
)
def test_a_call_that_registers_says_which_way_by_its_name(
    language: str, source: str, expected: set[tuple[str, str]]
) -> None:
    result = script(source, language)
    assert offered(result) == expected
    assert {row["strength"] for row in result.findings} == {"registered"}


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("cpp", 'static const Filter importFilters[] = {{"STEP", "*.stp *.step"}, {"STL", "*.stl"}};',
         {("step", "import"), ("stl", "import")}),
        ("java-source", 'static final String[] EXPORT_EXTENSIONS = {"jt"};', {("jt", "export")}),
        ("java-source", 'Set<String> IMPORT_EXTENSIONS = Set.of("stp");', {("step", "import")}),
        ("typescript", "const importFormats: string[] = ['.stp', '.igs'];", {("step", "import"), ("iges", "import")}),
        ("csharp", 'const string ExportFileFilter = "STL|*.stl";', {("stl", "export")}),
    ],
)  # fmt: skip
def test_a_table_that_lists_says_which_way_by_its_name(
    language: str, source: str, expected: set[tuple[str, str]]
) -> None:
    result = script(source, language)
    assert offered(result) == expected
    assert {row["strength"] for row in result.findings} == {"recognised"}


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("cpp", 'void registerImporter(const char *name) { log("*.stp"); }'),
        ("cpp", 'registerImportedWindow("*.stp");'),
        ("cpp", '// registerImporter("STEP", "*.stp");'),
        ("java-source", 'unregisterExporter("STEP");'),
        ("javascript", "const importExportFormats = ['.stp']"),
        ("javascript", "importFormat(name); other(['.stp'])"),
        ("javascript", "registerReader(name)"),
    ],
)
def test_names_that_say_something_else_register_nothing(language: str, source: str) -> None:
    assert script(source, language).findings == []


def test_place_is_the_line_of_the_call() -> None:
    result = script('x = 1\n\nUI.openpanel("a", "", "STL|*.stl||")\n', "ruby")
    assert result.findings[0]["evidence"][0]["locator"] == {"line": 3}


def test_a_compiled_class_offers_what_its_dialogs_filter() -> None:
    result = run_probe(
        RegistrationProbe,
        {"Dialogs.class": CLASS},
        data=DATA,
        recognitions=recognised(**{"Dialogs.class": "java-class"}),
    )
    assert offered(result) == {("step", "import"), ("iges", "import")}
    assert {row["strength"] for row in result.findings} == {"recognised"}
    assert result.findings[0]["evidence"][0]["locator"] == {"symbol": "Dialogs.open"}
    other = CLASS.replace(b"showOpenDialog", b"showNoneDialog")
    result = run_probe(
        RegistrationProbe,
        {"Dialogs.class": other},
        data=DATA,
        recognitions=recognised(**{"Dialogs.class": "java-class"}),
    )
    assert offered(result) == {("step", "unknown"), ("iges", "unknown")}
    assert {row["strength"] for row in result.findings} == {"named"}


SOURCES = {
    "cpp": b'static Filter exportFilters[] = {{"STL", "*.stl"}}; registerImporter("STEP (*.stp)");',
    "csharp": b'd.Filter = "STL|*.stl";',
    "java-source": b'new FileNameExtensionFilter("STL", "stl"); c.showOpenDialog(f);',
    "javascript": b'x.showOpenDialog({filters: [{extensions: ["stl"]}]})',
    "lua": b'iup.filedlg{dialogtype = "OPEN", filter = "*.stl"}',
    "ruby": b'UI.openpanel "a", "b", "STL|*.stl||"',
    "tcl": b'tk_getOpenFile -filetypes {{"STL" {.stl}}}',
}


@pytest.mark.parametrize("language", SOURCES)
def test_same_source_gives_the_same_findings(language: str) -> None:
    files = {"a": SOURCES[language]}
    assert check_determinism(RegistrationProbe, files, recognitions=recognised(a=language), data=DATA).findings


# one for each way in which a language sets off the arguments: to the end of a statement, in brackets, to the end of a
# line, to the end of a command
@pytest.mark.parametrize("language", ["cpp", "csharp", "javascript", "ruby", "tcl"])
def test_damaged_source_is_survived(language: str) -> None:
    check_hostile(RegistrationProbe, {"a": SOURCES[language]}, recognitions=recognised(a=language), data=DATA)
