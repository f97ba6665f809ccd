"""What a native program shows by more than one name: pairs of words, drivers, crates, commands, plug-ins, patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.native.drivers import LONGEST_PATH
from cpo_probes.exchange.native.linkage import LinkageProbe
from cpo_probes.exchange.native.pairs import Pair
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probe.native import elf
from tests.probes.capability_rules import DATA, STANDARDS, recognised

KIND = "exchange.capability"
MORE = [
    {"id": "rtf", "extensions": ["rtf"], "aliases": ["RTF"]},
    {"id": "edif", "extensions": ["edf"], "aliases": ["EDIF"]},
    {"id": "verilog", "extensions": ["sv"], "aliases": ["Verilog"]},
    {"id": "dbase", "extensions": ["dbf"], "aliases": ["DBF"]},
    {"id": "gdsii", "extensions": ["gds"], "aliases": ["GDSII"]},
    {"id": "shapefile", "extensions": ["shp"], "aliases": ["Shapefile"]},
    {"id": "msoffice", "extensions": ["xls"], "aliases": ["Excel 97-2003"]},
    {"id": "ods", "extensions": ["atfx"], "aliases": ["ASAM ODS"]},
]
RULES = DATA | {"standards": {**STANDARDS, "standards": [*STANDARDS["standards"], *MORE]}}


def native(data: bytes, path: str = "lib/part.so") -> Result:
    return run_probe(LinkageProbe, {path: data}, data=RULES, recognitions=recognised(**{path: "elf"}))


def claims(result: Result) -> set[tuple[str, str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.of(KIND)}


def ways(*said: str) -> set[tuple[str, str, str]]:
    """Recognised ones, each as `standard direction`."""
    return {(standard, direction, "recognised") for standard, _, direction in (each.partition(" ") for each in said)}


def texts(*held: bytes) -> bytes:
    return b"\0" + b"\0".join(held) + b"\0"


# -- words that count in pairs


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        (["_ZN10IE_Imp_RTFC1Ev", "_ZN10IE_Exp_RTFC1Ev"], {("rtf", "both", "recognised")}),
        (["_ZN10IE_Imp_RTFC1Ev", "_ZN10IE_Exp_DXFC1Ev"], ways("rtf import", "dxf export")),
        (["_ZN10IE_Imp_RTFC1Ev"], set()),  # one way alone: an implementation
        (["_ZN18IE_Imp_RTF_SnifferC1Ev", "_ZN18IE_Exp_RTF_SnifferC1Ev"], set()),
        (["_ZN15VerilogFrontendC1Ev", "_ZN11EdifBackendC1Ev"], ways("verilog import", "edif export")),
        (["_ZN11EdifBackendC1Ev", "_ZN9GlBackendC1Ev"], set()),
        (["_ZN12FrontendEdifC1Ev", "_ZN11BackendEdifC1Ev"], set()),
        (["_ZN10IE_Imp_RTFC1Ev", "_ZN11EdifBackendC1Ev"], set()),  # of two pairs
    ],
)  # fmt: skip
def test_words_that_mean_more_than_a_role_count_in_pairs(
    symbols: list[str], expected: set[tuple[str, str, str]]
) -> None:
    assert claims(native(elf(exported=symbols))) == expected


def test_types_known_in_one_file_only_count_as_others_do() -> None:
    held = texts(b"N4Acme15VerilogFrontendE", b"*N12_GLOBAL__N_111EdifBackendE", b"*N12_GLOBAL__N_19StlWriterE")
    assert claims(native(elf(extra=held))) == {
        ("verilog", "import", "recognised"), ("edif", "export", "recognised"), ("stl", "export", "recognised"),
    }  # fmt: skip


@given(st.text(max_size=40))
def test_any_name_is_taken_apart_by_a_pair(name: str) -> None:
    for is_front in (True, False):
        plain = Pair({"imp": "import", "exp": "export"}, is_front).plain(name)
        assert plain is None or plain.endswith(("Reader", "Writer"))


# -- a class for a role, a method for a format


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("_ZN2MR8MeshLoad7fromPlyEv", {("ply", "import", "recognised")}),
        ("_ZN2MR8MeshSave11toBinaryStlEv", {("stl", "export", "recognised")}),
        ("_ZN2MR8MeshSave5to3mfEv", {("3mf", "export", "recognised")}),
        ("?fromPly@MeshLoad@MR@@YAXXZ", {("ply", "import", "recognised")}),
        ("_ZN2MR8MeshLoad5toPlyEv", set()),  # what loads does not write
        ("_ZN2MR8MeshTool7fromPlyEv", set()),
        ("_ZN2MR8MeshLoad8fromfileEv", set()),
        ("_ZN2MR8MeshSave8toStringEv", set()),
        ("_ZN2MR8MeshLoad4fromEv", set()),
    ],
)
def test_a_class_that_reads_and_a_method_for_a_format(symbol: str, expected: set[tuple[str, str, str]]) -> None:
    assert claims(native(elf(exported=[symbol]))) == expected


@pytest.mark.parametrize(("held", "seen"), [(b"*.dbf", True), (b".dbf", True), (b"the dbf", False)])
def test_ordinary_word_in_a_function_counts_where_the_suffix_is_written_out(held: bytes, seen: bool) -> None:
    result = native(elf(imported=["load_dbf"], extra=texts(held)))
    assert claims(result) == ({("dbase", "import", "recognised")} if seen else set())


# -- commands by name


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (b"read_gds", {("gdsii", "import", "named")}),
        (b"write_gds(outfile, max_points=199) -> None", {("gdsii", "export", "named")}),
        (b"write_edif", {("edif", "export", "named")}),
        (b"read_stl_file", {("stl", "import", "named")}),
        (b"write_edif -pvector bra %s", set()),  # a call of it, not its name
        (b"read_gds_settings", set()),
        (b"read_key", set()),
        (b"read_json", set()),
        (b"write_obj", set()),  # an ordinary word, and no suffix
    ],
)
def test_a_command_called_after_role_and_format_is_named(held: bytes, expected: set[tuple[str, str, str]]) -> None:
    result = native(elf(extra=texts(held)))
    assert claims(result) == expected
    assert all(row["attributes"]["mechanism"] == "command" for row in result.findings)


def test_a_template_is_called_as_others_are() -> None:
    symbols = ["_Z9PLY_LoadTIN5Acme4MeshEEvv", "_ZN4Acme11DXF_WriterTE", "_ZN4Acme5PLOTTE"]
    assert claims(native(elf(exported=symbols[:1]))) == ways("ply import")
    assert claims(native(elf(exported=symbols))) == ways("ply import", "dxf export")


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("_ZN2MR29deserializeObjectTreeFromGltfEv", ways("gltf import")),
        ("_ZN4Acme14saveShapeToStlEv", ways("stl export")),
        ("_ZN4Acme14loadSceneToStlEv", set()),  # what loads does not write
        ("_ZN4Acme16saveSceneFromStlEv", set()),
        ("_ZN4Acme14loadMeshFromStlCacheEv", set()),
    ],
)
def test_what_is_read_may_stand_between_role_and_format(symbol: str, expected: set[tuple[str, str, str]]) -> None:
    assert claims(native(elf(exported=[symbol]))) == expected


def test_what_a_reader_shows_is_not_stated_again_by_its_command() -> None:
    result = native(elf(exported=["_ZN9StlReaderC1Ev"], extra=texts(b"read_stl", b"write_stl")))
    assert claims(result) == {("stl", "import", "recognised"), ("stl", "export", "named")}


def test_a_symbol_is_no_command() -> None:
    assert claims(native(elf(imported=["read_gds"]))) == set()


# -- drivers and crates

ASKS, MAKES = "OGRGetDriverByName", "OGR_Dr_CreateDataSource"


@pytest.mark.parametrize(
    ("symbols", "held", "expected"),
    [
        ([ASKS, MAKES], b"ESRI Shapefile", {("shapefile", "export", "named")}),
        (["_ZN17GDALDriverManager15GetDriverByNameEPKc"], b"DXF", {("dxf", "unknown", "named")}),
        ([MAKES], b"ESRI Shapefile", set()),
        ([ASKS], b"the ESRI Shapefile driver", set()),
    ],
)
def test_a_driver_that_is_asked_for_by_name_is_named(
    symbols: list[str], held: bytes, expected: set[tuple[str, str, str]]
) -> None:
    assert claims(native(elf(imported=symbols, extra=texts(held)))) == expected


def test_a_program_that_offers_drivers_asks_for_none() -> None:
    assert claims(native(elf(exported=[ASKS, MAKES], extra=texts(b"DXF")))) == set()


CARGO = b"/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (CARGO + b"calamine-0.36.1/src/ods.rsOds error: ", {("odf", "import", "recognised")}),
        (CARGO + b"las-0.9.0-rc.1/src/reader/las.rs" + CARGO + b"las-0.9.0/src/writer.rs", ways("las both")),
        (CARGO.replace(b"/", b"\\") + b"las-0.9.0\\src\\reader\\las.rs", {("las", "import", "recognised")}),
        (CARGO + b"las-0.9.0/src/lib.rs", set()),
        (CARGO + b"las-tools-0.9.0/src/reader.rs", set()),
        (b"crates/las/src/reader.rs", {("las", "import", "recognised")}),
        (b"crates/las.rs/src/reader.rs", set()),
        (CARGO + b"las-0.9.0/src/" + b"x" * LONGEST_PATH + b".rs", set()),
        (CARGO, set()),
    ],
)  # fmt: skip
def test_source_files_of_rust_libraries_show_what_is_linked(held: bytes, expected: set[tuple[str, str, str]]) -> None:
    result = native(elf(extra=texts(held)))
    assert claims(result) == expected
    assert all(row["attributes"]["via"] == "library" for row in result.findings)


# -- plug-ins by the names of their files


@pytest.mark.parametrize(
    ("path", "held", "expected"),
    [
        ("plugins/imp_dxf.so", b"DXF", {("dxf", "import", "recognised")}),
        ("plugins/exp_dxf.so", b"", {("dxf", "export", "named")}),
        ("plugins/libacme_datasource_netcdf.so", b"", {("netcdf", "import", "named")}),
        ("plugins/xls_import.so", b".xls", {("msoffice", "import", "recognised")}),
        ("plugins/xls_import.so", b"", set()),  # a word that means more, and nothing says that it is the format
        ("plugins/acme_import_csv.so", b".csv", {("csv", "import", "mentioned")}),
        ("plugins/acme_import_image.so", b".png", set()),
        ("plugins/imp_rove.so", b"", set()),
        ("plugins/exp.so", b"", set()),
        ("plugins/imp_step.so", b"", set()),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_a_plug_in_is_called_after_role_and_format(
    path: str, held: bytes, expected: set[tuple[str, str, str]], is_named: bool
) -> None:
    name = path.rpartition("/")[2] if is_named and "lib" not in path else ""
    assert claims(native(elf(name=name, extra=texts(held)), path)) == expected


def test_a_library_that_others_link_is_no_plug_in_by_its_name() -> None:
    assert claims(native(elf(name="libdxf_import.so.1"), "lib/libdxf_import.so.1")) == set()


# -- patterns that stand alone


def test_patterns_alone_are_filters_where_the_toolkit_takes_them_one_by_one() -> None:
    held = texts(b"*.stl", b"*.cdb", b"Import STL")
    found = native(elf(imported=["gtk_file_filter_add_pattern"], extra=held))
    assert claims(found) == {("stl", "import", "recognised")}  # a suffix that others have too is none
    assert found.one(KIND)["name"] == "*.stl"
    assert claims(native(elf(extra=held))) == set()


def test_every_standard_of_drivers_and_crates_is_registered() -> None:
    from cpo_scan.rulebook.data import read_table

    known = {row["id"] for row in read_table("standards").data["standards"]}
    table = read_table("libraries").data
    named = {standard for row in table["drivers"] for standard in row["formats"].values()}
    assert named | {standard for row in table["crates"] for standard in row["standards"]} <= known


def test_probe_keeps_the_contract_over_such_programs() -> None:
    held = texts(b"read_gds", CARGO + b"las-0.9.0/src/reader.rs", b"*.stl", b"ESRI Shapefile")
    data = elf(
        imported=[ASKS, MAKES, "gtk_file_filter_add_pattern"], exported=["_ZN2MR8MeshLoad7fromPlyEv"], extra=held
    )
    check_determinism(LinkageProbe, {"imp_dxf.so": data}, data=RULES, recognitions=recognised(**{"imp_dxf.so": "elf"}))
    check_hostile(LinkageProbe, {"imp_dxf.so": data}, data=RULES, recognitions=recognised(**{"imp_dxf.so": "elf"}))
