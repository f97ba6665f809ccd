"""What sources of C#, Java, JavaScript, Lua, Ruby and Tcl offer in dialogs and register, by their tokens."""

import pytest

from cpo_probes.exchange.registration import RegistrationProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
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


def test_place_is_the_line_of_the_call() -> None:
    result = script('x = 1\n\nUI.openpanel("a", "", "STL|*.stl||")\n', "ruby")
    assert result.findings[0]["evidence"][0]["locator"] == {"line": 3}


SOURCES = {
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
@pytest.mark.parametrize("language", ["csharp", "javascript", "ruby", "tcl"])
def test_damaged_source_is_survived(language: str) -> None:
    check_hostile(RegistrationProbe, {"a": SOURCES[language]}, recognitions=recognised(a=language), data=DATA)
