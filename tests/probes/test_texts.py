"""What menus and messages of a program name is a mention, and no more."""

import pytest

from cpo_probes.exchange.texts import ProgramTextProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe

ELF = Recognition(format="elf")


def run(*texts: bytes) -> Result:
    data = b"\x7fELF\x01\0" + b"\0".join(texts) + b"\0"
    return run_probe(ProgramTextProbe, {"bin/program": data}, recognitions={"bin/program": ELF})


def claims(result: Result) -> set[tuple[str, str]]:
    assert all(row["strength"] == "mentioned" for row in result.findings)
    return {(row["attributes"]["standard"], row["attributes"]["direction"]) for row in result.findings}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"Export as &STL...", {("stl", "export")}),
        (b"DXF line %d, importing file '%s'", {("dxf", "import")}),
        (b"Import and export of IGES files", {("iges", "import"), ("iges", "export")}),
        (b"Export as DXF for this geometry type is not supported", set()),
        (b"STLexporter", set()),
        (b"write_stl_ascii: Couldn't open the file", set()),
        (b"Could not open %s for writing the STL", set()),
        (b"from dxf import Base", set()),
        (b'addExportType("STL mesh (*.stl)")', set()),
        (b"importing the module", set()),
        (b"important step: export", set()),
        (b"Cannot open document '%s'", set()),
        (b"Export as Open Document", {("odf", "export")}),
        (b"Open Document Spreadsheet [ODS]", set()),
        (b"KiCad was unable to open this file, import it", {("kicad", "import")}),
        (b"KiCad was unable to open what you export", {("kicad", "export")}),
        (b"The design is too large and cannot be imported into KiCad.", set()),
        (b"Import Non-KiCad Project...", set()),
        (b"It has no KiCad equivalent. The object was not imported.", set()),
        (b"Export STEP from KiCad", {("step", "export")}),
        (b"To open what you export you will need to upgrade KiCad", {("kicad", "export")}),
        (b"Open an existing DXF to import", {("dxf", "import")}),
        (b'Open "Contribute to KiCad" in a web browser: important', set()),
    ],
)
def test_a_text_that_joins_a_format_and_a_direction_is_a_mention(text: bytes, said: set[tuple[str, str]]) -> None:
    assert claims(run(text)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Für STL-Dateien: exportieren…", {("stl", "export")}),
        ("Importer un modèle IGES", {("iges", "import")}),
        ("Экспорт: export STL", {("stl", "export")}),
        ("導出: export STL", {("stl", "export")}),  # begins behind what is no letter of those alphabets
    ],
)
def test_texts_of_windows_programs_in_other_letters_than_ascii_are_read(text: str, said: set[tuple[str, str]]) -> None:
    resource = len(text).to_bytes(2, "little") + text.encode("utf-16-le") + b"\0\0"
    assert claims(run(resource)) == said


def test_a_text_is_quoted_with_its_own_letters() -> None:
    (row,) = run("\0Für STL exportieren\0".encode("utf-16-le")).of("exchange.capability")
    assert row["evidence"][0]["excerpt"] == "Für STL exportieren"


def test_the_same_said_often_is_one_finding_with_its_places() -> None:
    result = run(b"Export STL", b"Save STL as ASCII, export", b"STL export failed")
    (row,) = result.of("exchange.capability")
    assert row["evidence_total"] == 3
    assert row["evidence"][0]["locator"]["bytes"][0] == 6


def test_a_format_of_the_same_name_is_told_by_what_else_the_program_speaks_of() -> None:
    assert claims(run(b"Import QIF files")) == {("qif", "import")}
    assert claims(run(b"Import QIF files\0New account")) == set()


def test_a_long_list_of_formats_tells_no_direction() -> None:
    assert claims(run(b"formats: " + b"stl, dxf, off, iges, " * 10 + b"for import and export")) == set()


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(ProgramTextProbe)
    files = {"bin/program": b"\x7fELF\0Export as STL\0Import DXF\0"}
    check_determinism(ProgramTextProbe, files, recognitions={"bin/program": ELF})
    check_hostile(ProgramTextProbe, files, recognitions={"bin/program": ELF})
