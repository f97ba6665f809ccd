"""What menus and messages of a program name is a mention, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.native.program_texts import LONGEST, ProgramTextProbe, _around
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
        (b"Could not open %s for writing the STL", {("stl", "export")}),
        (b"Could not open %s to create the STL", set()),
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
        (b"Load STL binary geometry file", {("stl", "import")}),
        (b"Reading mesh from file in CGNS format", {("cgns", "import")}),
        (b"writing DICOM file ...", {("dicom", "export")}),
        (b"Dump KML", {("kml", "export")}),
        (b"ERROR: load was defined outside a *STEP", set()),  # a force
        (b"couldn't load ODB++ output settings", set()),
        (b"Load a file and save it as an ODF file", {("odf", "export")}),
        (b"VRML import is not yet supported.", set()),
        (b"no support for reading E57 from a stream", set()),
        (b"Failed to import cell %s to SAT database.", set()),
        (b"Save output for VHDL design units.", set()),
        (b"Export a body using OpenCASCADE", set()),
        (b"dump SAT model to a file", set()),  # a problem of logic, and no suffix is written
        (b"Import plugin for AutoCAD DXF files", {("dxf", "import")}),  # AutoCAD's, and no drawing of AutoCAD
        (b"Import AutoCAD files", {("dwg", "import")}),
        (b"Import DWG DXF files", {("dwg", "import"), ("dxf", "import")}),
        (b"Import an MS Project XML file", {("msproject-xml", "import")}),
        (b"Imports point cloud data from a PTS file.", set()),
        (b"Import Point Cloud Data", {("pcd", "import")}),
        (b"you import x T", set()),  # no X_T
        (b'Open "Contribute to KiCad" in a web browser: important', set()),
    ],
)
def test_a_text_that_joins_a_format_and_a_direction_is_a_mention(text: bytes, said: set[tuple[str, str]]) -> None:
    assert claims(run(text, b"imported")) == said


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


def test_wide_texts_of_programs_on_linux_are_read() -> None:
    wide = "\0Export &DXF\0Load STL…\0Größe: export IGES\0".encode("utf-32-le")
    assert claims(run(wide)) == {("dxf", "export"), ("stl", "import"), ("iges", "export")}


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


@given(
    before=st.lists(st.sampled_from(b"ab ~\x1f\x7f\0"), max_size=9).map(bytes),
    run_of=st.integers(0, LONGEST + 3),
    behind=st.integers(0, LONGEST + 3),
    at=st.integers(0, 9),
)
def test_a_text_reaches_as_far_as_letters_do_and_is_known_as_too_long(
    before: bytes, run_of: int, behind: int, at: int
) -> None:
    window = before + b"a" * run_of + b"b" * behind + before
    place = min(len(before) + run_of, len(window)) - min(at, len(before) + run_of)
    begin, end = _around(window, place, 1)
    letters = range(0x20, 0x7F)
    assert all(octet in letters for octet in window[begin:end])
    assert begin == 0 or place - begin == LONGEST + 1 or window[begin - 1] not in letters
    assert end == len(window) or end - place == LONGEST + 1 or window[end] not in letters
