"""Filters of dialogs and frames of written files among the texts of a native program."""

import pytest

from cpo_probes.exchange.native.linkage import LinkageProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probe.native import elf, pe, wasm
from tests.probes.capability_rules import DATA, recognised

KIND = "exchange.capability"
STEP = b"END-ISO-10303-21;\0FILE_NAME('%s'\0FILE_SCHEMA(('\0CONFIG_CONTROL_DESIGN"
STL = b"  facet normal %f %f %f\0    outer loop\n\0    endloop\n\0  endfacet\n"


def program(*texts: bytes, data: bytes | None = None) -> Result:
    whole = (data if data is not None else elf(["libc.so.6"])) + b"\0\0\0\0" + b"\0".join(texts) + b"\0"
    kind = "pe" if whole[:2] == b"MZ" else "elf"
    return run_probe(LinkageProbe, {"bin/program": whole}, data=DATA, recognitions=recognised(**{"bin/program": kind}))


def said(result: Result) -> set[tuple[str, str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.of(KIND)}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((b"STL files (*.stl)",), {("stl", "unknown", "named")}),
        ((b"*.stl|STL files;;*.jt|JT files",), {("stl", "unknown", "named"), ("jt", "unknown", "named")}),
        ((b"STEP (*.stp *.step);;IGES (*.igs)",), {("step", "unknown", "named"), ("iges", "unknown", "named")}),
        (
            (b"XML Files (*.xml)|*.xml|STEP part|*.stp;*.step|IGES surfaces|*.igs|JT|*.jt|All Files (*.*)|*.*",),
            {("step", "unknown", "named"), ("iges", "unknown", "named"), ("jt", "unknown", "named")},
        ),
        ((b"Import STEP (*.stp)",), {("step", "import", "recognised")}),
        ((b"Save as STL (*.stl)",), {("stl", "export", "recognised")}),
        ((b"STL mesh (*.stl)", b"Export as &STL..."), {("stl", "export", "recognised")}),
        ((b"STL mesh (*.stl)", b"Export as STL...", b"Import STL"), {("stl", "both", "recognised")}),
        ((b"STL mesh (*.stl)", b"Export as DXF..."), {("stl", "unknown", "named")}),
    ],
)
def test_a_filter_names_a_format_and_words_tell_its_direction(
    texts: tuple[bytes, ...], expected: set[tuple[str, str, str]]
) -> None:
    assert said(program(*texts)) == expected


@pytest.mark.parametrize("form", ["utf-16-le", "utf-32-le"])
def test_filters_in_wide_letters_are_read(form: str) -> None:
    assert said(program("Import STEP (*.stp)".encode(form))) == {("step", "import", "recognised")}
    assert said(program("JT (*.jt)|*.jt".encode(form), data=pe({}))) == {("jt", "unknown", "named")}


@pytest.mark.parametrize(
    "text",
    [
        b"*.stl",
        b"no library file (*.stl)",
        b"Cannot read *.stl",
        b"Use patterns such as '*.stl' or (*.stl) here",
        b'addExportType("STL mesh (*.stl)")',
        b"Comma separated (*.csv)",
        b"Select one or more of the many files that you want to convert (*.stl)",
    ],
)
def test_what_only_looks_like_a_filter_is_none(text: bytes) -> None:
    assert said(program(text)) == set()


OPENS, SAVES = "_ZN11QFileDialog15getOpenFileNameEP7QWidget", "_ZN11QFileDialog15getSaveFileNameEP7QWidget"


@pytest.mark.parametrize(
    ("symbols", "direction", "strength"),
    [
        ([OPENS], "import", "recognised"),
        ([SAVES], "export", "recognised"),
        (["GetOpenFileNameW"], "import", "recognised"),
        ([OPENS, SAVES], "unknown", "named"),
        ([OPENS, "_ZN11QFileDialogC1EP7QWidget"], "unknown", "named"),  # a dialog of its own may save
        ([], "unknown", "named"),
    ],
)
def test_a_program_that_asks_one_way_only_says_which_way_its_filters_go(
    symbols: list[str], direction: str, strength: str
) -> None:
    result = program(b"STL files (*.stl)", data=elf(imported=symbols))
    assert said(result) == {("stl", direction, strength)}
    assert len(result.findings[0]["evidence"]) == (2 if strength == "recognised" else 1)


def test_words_of_the_formats_own_name_tell_no_direction() -> None:
    whole = elf([]) + b"\0\0\0\0Open Document Text (*.odt)\0"
    assert said(run_probe(LinkageProbe, {"a": whole}, recognitions=recognised(a="elf"))) == {
        ("odf", "unknown", "named")
    }


@pytest.mark.parametrize(("frame", "standard"), [(STEP, "step"), (STL, "stl"), (b"#VRML V2.0 utf8\0Shape {", "vrml")])
def test_the_frame_of_a_written_file_shows_its_writer(frame: bytes, standard: str) -> None:
    result = program(frame)
    assert said(result) == {(standard, "export", "recognised")}
    (row,) = result.of(KIND)
    assert row["attributes"]["via"] == "symbol"
    assert all("bytes" in place["locator"] for place in row["evidence"])


@pytest.mark.parametrize(
    "texts",
    [b"ISO-10303-21;\0FILE_SCHEMA", b"facet normal\0endfacet\0endloop\0outer loop", b"#VRML V2.0 utf8\0IndexedFaceSet"],
)
def test_what_a_reader_compares_with_shows_no_writer(texts: bytes) -> None:
    assert said(program(texts)) == set()


def test_a_frame_shows_the_writer_beside_a_reader_of_the_program() -> None:
    own = program(STL, data=elf(exported=["_ZN4Acme9StlReaderC1Ev"]))
    assert said(own) == {("stl", "import", "recognised"), ("stl", "export", "recognised")}
    library = program(STL, data=elf(imported=["_ZN13StlAPI_Reader4ReadEv"]))  # its texts come with the library
    assert said(library) == {("stl", "import", "recognised")}


def test_a_frame_is_found_over_the_windows_in_which_a_program_is_read() -> None:
    first, *rest = STL.split(b"\0")
    whole = b"\0".join([first, bytes(2 * 2**20 + 5), *rest])
    assert said(program(whole)) == {("stl", "export", "recognised")}


def test_writers_that_symbols_show_are_told_once() -> None:
    data = elf(imported=["_ZN18STEPControl_Writer5WriteEPKc"])
    assert said(program(STEP, b"STEP (*.stp)", data=data)) == {("step", "export", "recognised")}


TREE = {"bin/a": elf(["libc.so.6"]) + b"\0\0STL files (*.stl)\0Import STL\0" + STEP + b"\0"}


def test_same_program_gives_the_same_findings() -> None:
    assert check_determinism(LinkageProbe, TREE, recognitions=recognised(**{"bin/a": "elf"}), data=DATA).findings


def test_damaged_program_is_survived() -> None:
    check_hostile(LinkageProbe, TREE, recognitions=recognised(**{"bin/a": "elf"}), data=DATA)


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        ("_ZN9PTXFilter8loadFileEPKc", b"\0.ptx\0"),  # clouds of points have that suffix too
        ("_ZN6netgen8ParseCSGERSi", b"CSG"),  # constructive solid geometry
    ],
)
def test_names_that_other_formats_have_too_claim_nothing(symbol: str, text: bytes) -> None:
    whole = elf(exported=[symbol]) + b"\0\0" + text
    assert run_probe(LinkageProbe, {"a.so": whole}, recognitions=recognised(**{"a.so": "elf"})).findings == []


def test_web_assembly_is_read_as_native_code_is() -> None:
    data = b"\0" + b"21STEPCAFControl_Reader\0" + b"DXF drawing (*.dxf)\0Import DXF\0"
    module = wasm([("env", "emscripten_memcpy")], ["readGltfFile"], data=data)
    result = run_probe(LinkageProbe, {"a.wasm": module}, recognitions=recognised(**{"a.wasm": "wasm"}), data=DATA)
    assert said(result) == {
        ("step", "import", "recognised"),
        ("gltf", "import", "recognised"),
        ("dxf", "import", "recognised"),
    }


def test_a_library_that_was_linked_statically_shows_what_of_it_is_used() -> None:
    """Its writer's texts come along; the classes say that the program reads only."""
    whole = elf(["libc.so.6"]) + b"\0\0\0\x0021STEPCAFControl_Reader\0" + STEP + b"\0"
    result = run_probe(LinkageProbe, {"bin/a": whole}, recognitions=recognised(**{"bin/a": "elf"}), data=DATA)
    assert said(result) == {("step", "import", "recognised")}
    (row,) = result.of(KIND)
    assert row["attributes"]["name"] == "Open CASCADE STEP"
    assert row["evidence"][0]["excerpt"] == "holds 21STEPCAFControl_Reader"
