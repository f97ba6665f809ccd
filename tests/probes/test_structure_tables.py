"""exchange.structure by tables, and USD: what keeps to its rules passes, each fault has its place."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.structure import a2l as structure_a2l
from cpo_probes.exchange.structure import binary as structure_binary
from cpo_probes.exchange.structure import idf as structure_idf
from cpo_probes.exchange.structure import scene as structure_scene
from cpo_probes.exchange.structure import text as structure_text
from cpo_probes.exchange.structure import usd as structure_usd
from cpo_probes.exchange.structure.found import Found
from cpo_probes.exchange.structure.probe import StructureProbe
from cpo_scan.probe.testing import run_probe
from cpo_scan.rulebook.data import Tables

TABLES = Tables()


def going_on() -> None:
    """A checkpoint that never stops."""


def a2l(data: bytes) -> Found:
    return structure_a2l.a2l(data, TABLES["a2l"], going_on)


def idf(data: bytes) -> Found:
    return structure_idf.idf(data, TABLES["idf"], going_on)


def codes(found: Found) -> list[str]:
    return [problem.code for problem in found.problems]


A2L = b"""ASAP2_VERSION 1 61
/begin PROJECT pump "a ""pump"" of our own"
  /begin HEADER "" VERSION "1" PROJECT_NO p1 /end HEADER
  /begin MODULE m ""
    /begin A2ML block "IF_DATA" taggedunion { }; /end A2ML
    /begin IF_DATA XCP /begin PROTOCOL 0x1 "unknown" /end PROTOCOL /end IF_DATA
    /begin COMPU_METHOD linear "" LINEAR "%6.2" "bar" COEFFS_LINEAR 0.5 -1e3 /end COMPU_METHOD
    /begin COMPU_METHOD words "" TAB_VERB "%1.0" "" COMPU_TAB_REF states /end COMPU_METHOD
    /begin COMPU_VTAB states "" TAB_VERB 2 0 "off" 1 "on" DEFAULT_VALUE "?" /end COMPU_VTAB
    /begin RECORD_LAYOUT layout FNC_VALUES 1 FLOAT32_IEEE COLUMN_DIR DIRECT /end RECORD_LAYOUT
    /begin MEASUREMENT speed "" UWORD words 0 0.0 0 0xFFFF ECU_ADDRESS 0x1000 /end MEASUREMENT
    /begin CHARACTERISTIC gain "" CURVE 0x2000 layout 0 linear 0 100
      /begin AXIS_DESCR STD_AXIS speed NO_COMPU_METHOD 8 0 100 /end AXIS_DESCR
    /end CHARACTERISTIC
    /begin FUNCTION f "" /begin REF_CHARACTERISTIC gain /end REF_CHARACTERISTIC /end FUNCTION
  /end MODULE
/end PROJECT
"""


def test_a_description_that_keeps_to_the_table_is_counted_and_not_called_valid() -> None:
    found = a2l(A2L)
    assert (codes(found), found.open_because, found.remarks) == ([], "structure.contents", ())
    assert found.facts == {"projects": 1, "modules": 1, "measurements": 1, "characteristics": 1}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (b"UWORD words 0 0.0", b"UWORD words 0.5 0.0", "an integer (MEASUREMENT)"),
        (b"UWORD words 0 0.0", b"UWORD words 0 off", "a number (MEASUREMENT)"),
        (b'speed "" UWORD', b"speed UWORD", "a text (MEASUREMENT)"),
        (b"0.5 -1e3 /end", b"0.5 /end", "number (COEFFS_LINEAR)"),
        (b'1 "on"', b"1", "text (COMPU_VTAB)"),
        (b"0xFFFF ECU", b"0xFFFF 5 ECU", "a keyword or the end of MEASUREMENT"),
        (b"/begin HEADER", b"/begin MEASUREMENT", "what PROJECT may hold, not MEASUREMENT,"),
        (b"/end MODULE", b"/end PROJECT", "/end MODULE"),
    ],
)
def test_what_the_table_does_not_allow_is_refused(old: bytes, new: bytes, wanted: str) -> None:
    found = a2l(A2L.replace(old, new, 1))
    assert found.problems[0].params["wanted"] == wanted


def test_a_table_with_more_rows_than_stated_is_refused() -> None:
    (problem,) = a2l(A2L.replace(b"TAB_VERB 2", b"TAB_VERB 3")).problems
    assert (problem.code, problem.params["stated"], problem.params["found"]) == ("structure.differs", "3", "2")


def test_a_name_that_is_not_defined_is_remarked() -> None:
    found = a2l(A2L.replace(b"/begin REF_CHARACTERISTIC gain", b"/begin REF_CHARACTERISTIC gone"))
    assert codes(found) == []
    assert [remark.params for remark in found.remarks] == [{"name": "gone", "kind": "OBJECT"}]
    assert found.facts["names_missing"] == 1


def test_keywords_of_another_version_are_told_and_passed_over() -> None:
    found = a2l(A2L.replace(b"ECU_ADDRESS 0x1000", b"NEW_KEYWORD 1 2 ECU_ADDRESS 0x1000"))
    assert (codes(found), found.facts["unknown_keywords"]) == ([], ["NEW_KEYWORD"])


def test_names_of_a_module_with_other_files_are_not_judged() -> None:
    found = a2l(
        A2L.replace(b"/begin FUNCTION", b'/include "more.a2l" /begin FUNCTION').replace(b" gain /end", b" x /end")
    )
    assert (found.remarks, found.facts["includes"]) == ((), 1)


@given(st.text(alphabet='/begindPROJECT MODULE"*\n 0x1.', max_size=200))
def test_any_text_has_a_verdict_on_its_blocks(text: str) -> None:
    found = a2l(text.encode())
    assert all(0 <= problem.byte <= len(text) for problem in found.problems)


IDF = b""".HEADER
BOARD_FILE 3.0 "made by hand" 2026/01/01.12:00:00 1
pump THOU
.END_HEADER
.BOARD_OUTLINE MCAD
62.0
0 0.0 0.0 0.0
0 100.0 0.0 0.0
0 100.0 50.0 0.0
0 0.0 0.0 0.0
.END_BOARD_OUTLINE
.NOTES
1 1 50 200 "keep clear"
.END_NOTES
.PLACEMENT
cap part C1
10 10 0 90 BOTTOM UNPLACED
.END_PLACEMENT
"""
LIBRARY = b""".HEADER
LIBRARY_FILE 3.0 "made by hand" 2026/01/01 2
.END_HEADER
.ELECTRICAL
cap part MM 2.5
0 0 0 0
0 5 0 360
PROP CAPACITANCE 100.0
.END_ELECTRICAL
"""


@pytest.mark.parametrize("data", [IDF, LIBRARY, IDF.replace(b"\n", b"\r\n")])
def test_a_board_and_a_library_are_checked_wholly(data: bytes) -> None:
    path = "pump.emn"
    row = run_probe(StructureProbe, {path: data}).of("exchange.file")[0]["attributes"]
    assert (row["standard"], row["version"], row["valid"], row["problems"]) == ("idf", "3.0", True, [])


@pytest.mark.parametrize(
    ("data", "old", "new", "line"),
    [
        (IDF, b"pump THOU", b"pump INCH", 3),
        (IDF, b"OUTLINE MCAD", b"OUTLINE", 5),
        (IDF, b"62.0\n", b"thick\n", 6),
        (IDF, b"0 100.0 0.0 0.0", b"0 100.0 0.0", 8),
        (IDF, b"0 0.0 0.0 0.0\n.END", b"0 0.0 1.0 0.0\n.END", 10),
        (IDF, b"BOTTOM UNPLACED", b"INSIDE UNPLACED", 17),
        (IDF, b"10 10 0 90 BOTTOM UNPLACED\n", b"", 17),
        (LIBRARY, b".ELECTRICAL", b".PLACEMENT", 4),
        (LIBRARY, b"MM 2.5", b"MM", 5),
        (LIBRARY, b"CAPACITANCE 100.0", b"CAPACITANCE much", 8),
    ],
)
def test_a_record_that_is_not_as_it_should_be_is_refused_in_its_line(
    data: bytes, old: bytes, new: bytes, line: int
) -> None:
    row = run_probe(StructureProbe, {"pump.emn": data.replace(old, new)}).of("exchange.file")[0]["attributes"]
    assert row["valid"] is False
    assert row["problems"][0]["line"] == line


def test_of_other_revisions_only_the_sections_are_looked_at() -> None:
    found = idf(IDF.replace(b"BOARD_FILE 3.0", b"BOARD_FILE 2.0").replace(b"62.0", b"thick"))
    assert (codes(found), found.open_because) == ([], "structure.contents")


def usda(data: bytes) -> Found:
    return structure_usd.usda(b"#usda 1.0\n" + data, going_on)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'def "a" { }',
        b"over Mesh \"a\" ( kind = 'x' ) { rel r = </a/b> }",
        b'(\n"""a comment of (the layer"""\n)\nclass "a" {}\nreorder rootPrims = ["a"]',
        b'def "a" { asset f = @@@a@b\\@@@c@@@ string s = "it\\"s }" } # }',
        b'def "a" { /* { */ int a = 1 // {\n }',
    ],
)
def test_layers_that_keep_to_the_syntax_are_not_refused(data: bytes) -> None:
    assert codes(usda(data)) == []


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b'def "a" { ', "}"),
        (b'def "a" { ]', "}"),
        (b'def "a', '"'),
        (b'def "a" ( ) ', "{"),
        (b'dfe "a" { }', "def, over or class"),
        (b"def Mesh { }", "a name"),
        (b'def Mesh Mesh "a" { }', "a name"),
        (b'def "a" { rel r = </a/b }', ">"),
        (b'def "a" { asset f = @x }', "@"),
        (b"}", "a statement"),
    ],
)
def test_layers_that_break_the_syntax_are_refused(data: bytes, wanted: str) -> None:
    (problem,) = usda(data).problems
    assert problem.params["wanted"] == wanted


@given(st.text(alphabet="def \"'(){}[]<>@#\n/*a", max_size=80))
def test_any_layer_has_a_verdict(text: str) -> None:
    assert len(usda(text.encode()).problems) <= 1


def crate(sections: list[bytes], *, start: int = 88) -> bytes:
    rows = b"".join(struct.pack("<16sQQ", name, start, 8) for name in sections)
    return struct.pack("<8s8sQ64x8s", b"PXR-USDC", bytes([0, 8, 0]), 96, b"") + struct.pack("<Q", len(sections)) + rows


SECTIONS = [b"TOKENS", b"STRINGS", b"FIELDS", b"FIELDSETS", b"PATHS", b"SPECS"]


def test_binary_layers_tell_their_version_and_have_all_sections() -> None:
    found = structure_usd.usdc(crate(SECTIONS), going_on)
    assert (codes(found), found.facts["version"]) == ([], "0.8.0")
    assert codes(structure_usd.usdc(crate(SECTIONS[:-1]), going_on)) == ["structure.expected"]
    assert codes(structure_usd.usdc(crate(SECTIONS, start=10**9), going_on)) == ["structure.ends"] * 6


def stored(name: bytes, *, method: int = 0, pad: int = 0) -> bytes:
    """An archive of one member; its data begins at octet 64, or `pad` behind that."""
    body, extra = b"#usda 1.0\n", 64 - 30 - len(name) + pad
    sizes: tuple[Any, ...] = (0, len(body), len(body), len(name))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, method, 0, 0, *sizes, extra) + name + bytes(extra) + body
    row = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, method, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + name
    return local + row + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(row), len(local), 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (stored(b"scene.usda"), []),
        (stored(b"scene.usda", method=8), ["structure.differs"]),
        (stored(b"scene.usda", pad=1), ["structure.expected"]),
        (stored(b"picture.png"), ["structure.expected"]),
    ],
)
def test_packages_of_layers_are_stored_and_aligned_with_a_layer_first(data: bytes, expected: list[str]) -> None:
    assert codes(structure_usd.usdz(data, going_on)) == expected


VRML = b"""#VRML V2.0 utf8
# a comment with { and "
DEF Pump Transform { children [ Shape { geometry DEF B Box { } }, USE B ] }
WorldInfo { title "a \\"pump\\" {" }
ROUTE Pump.a TO Pump.b
"""
SAT = b"""700 3 1 0
@4 made @8 ACIS 7.0 @3 now
1 1e-6 1e-10
body $-1 $1 #
lump $2 $0 @2 #x #
shell $0 #
End-of-ACIS-data
"""
SAB = b"ACIS BinaryFile" + bytes(40) + b"\x0e\x03End\x0e\x02of\x0e\x04ACIS\x0d\x04data"
E57 = struct.pack("<8s2I4Q", b"ASTM-E57", 1, 0, 1024, 48, 900, 1024).ljust(1024, b"\0")


@pytest.mark.parametrize(
    ("path", "data", "standard"),
    [
        ("pump.wrl", VRML, "vrml"),
        ("pump.x3dv", VRML.replace(b"#VRML V2.0", b"#X3D V3.3"), "x3d"),
        ("pump.sat", SAT, "acis"),
        ("pump.sab", SAB, "acis"),
        ("scan.e57", E57, "e57"),
    ],
)
def test_scenes_bodies_and_scans_that_are_whole_are_left_open(path: str, data: bytes, standard: str) -> None:
    row = run_probe(StructureProbe, {path: data}).of("exchange.file")[0]["attributes"]
    assert (row["standard"], row["valid"], row["problems"]) == (standard, None, [{"code": "structure.contents"}])
    cut = run_probe(StructureProbe, {path: data[: len(data) // 2]}).of("exchange.file")[0]["attributes"]
    assert cut["valid"] is False


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (b"USE B", b"USE C", "DEF C before it is used"),
        (b"Box { }", b"Box { ]", "}"),
        (b'{" }', b"{ }", '"'),
        (b"ROUTE", b"} ROUTE", "a node"),
    ],
)
def test_scenes_with_a_fault_are_refused(old: bytes, new: bytes, wanted: str) -> None:
    (problem,) = structure_scene.vrml(VRML.replace(old, new), going_on).problems
    assert problem.params["wanted"] == wanted


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SAT.replace(b"700 3", b"700 4"), "structure.differs"),
        (SAT.replace(b"700 3", b"700 0").replace(b"$2", b"$3"), "structure.expected"),
        (SAT.replace(b"shell", b"lump"), ""),
        (SAT.replace(b"700 3", b"700 9").replace(b"shell", b"Begin-of-ACIS-History-Data"), ""),
    ],
)
def test_bodies_have_the_records_that_they_state_and_point_to(data: bytes, code: str) -> None:
    assert codes(structure_scene.sat(data, going_on)) == ([code] if code else [])


@given(st.text(alphabet='#{}[]"\\DEFUS ab\n', max_size=80))
def test_any_scene_has_a_verdict(text: str) -> None:
    assert len(structure_scene.vrml(b"#VRML V2.0\n" + text.encode(), going_on).problems) <= 1


def block(kind: bytes, links: list[int], body: bytes) -> bytes:
    """A block of MDF 4."""
    head = b"##" + kind + bytes(4) + struct.pack("<QQ", 24 + 8 * len(links) + len(body), len(links))
    return head + b"".join(struct.pack("<Q", link) for link in links) + body


def measured(cycles: int, form: str, *, ids: int = 0) -> bytes:
    """One group with records of 4 octets and 12 octets of data: plain, in a list, or packed."""
    identity = (b"MDF     4.10    made    " + bytes(4) + struct.pack("<H", 410)).ljust(64, b"\0")
    group, channels, data = 64 + 104, 64 + 104 + 64, 64 + 104 + 64 + 104
    header = block(b"HD", [group, 0, 0, 0, 0, 0], bytes(32))
    row = struct.pack("<QQHH4xII", 0, cycles, 0, 0, 4, 0)
    start = (
        identity
        + header
        + block(b"DG", [0, channels, 0, data], bytes([ids]) + bytes(7)).replace(
            struct.pack("<QQQQ", 0, channels, 0, data), struct.pack("<QQQQ", 0, channels, data, 0)
        )
    )
    start += block(b"CG", [0, 0, 0, 0, 0, 0], row)
    match form:
        case "plain":
            return start + block(b"DT", [], bytes(12))
        case "packed":
            return start + block(b"DZ", [], b"DT\0\0" + struct.pack("<IQQ", 0, 12, 5) + bytes(5))
        case _:
            first = data + 24 + 8 * 3 + 8
            parts = block(b"DL", [0, first, first + 32], bytes(8)) + block(b"DT", [], bytes(8))
            return start + parts + block(b"DT", [], bytes(4))


@pytest.mark.parametrize("form", ["plain", "packed", "listed"])
def test_a_measurement_whose_data_is_shorter_than_its_records_is_refused(form: str) -> None:
    assert codes(structure_binary.mdf(measured(3, form), going_on)) == []
    (problem,) = structure_binary.mdf(measured(4, form), going_on).problems
    assert (problem.params["stated"], problem.params["found"]) == ("16", "12")


def test_a_group_that_is_not_sorted_is_not_counted() -> None:
    assert codes(structure_binary.mdf(measured(4, "plain", ids=1), going_on)) == []


def test_an_old_measurement_whose_records_go_beyond_the_file_is_refused() -> None:
    def old(cycles: int) -> bytes:
        identity = (b"MDF     3.30    made    " + struct.pack("<HHH", 0, 0, 330)).ljust(64, b"\0")
        header = b"HD" + struct.pack("<HIII", 16, 80, 0, 0)
        group = b"DG" + struct.pack("<HIIIIHH", 24, 0, 104, 0, 130, 1, 0)
        return identity + header + group + b"CG" + struct.pack("<HIIIHHHI", 26, 0, 0, 0, 0, 0, 4, cycles) + bytes(12)

    assert codes(structure_binary.mdf(old(3), going_on)) == []
    assert codes(structure_binary.mdf(old(4), going_on)) == ["structure.differs"]


def drawing(first: str, second: str) -> bytes:
    groups = [
        "0",
        "SECTION",
        "2",
        "HEADER",
        "9",
        "$HANDSEED",
        "5",
        "FF",
        "0",
        "ENDSEC",
        "0",
        "SECTION",
        "2",
        "ENTITIES",
    ]
    groups += ["0", "LINE", "5", first, "10", "0.0", "0", "POINT", " 5", second, "0", "ENDSEC", "0", "EOF"]
    return "\n".join([*groups, ""]).encode()


def test_a_handle_that_is_there_twice_is_refused_in_its_line() -> None:
    assert codes(structure_text.dxf(drawing("A", "FF"), going_on)) == []
    row = run_probe(StructureProbe, {"pump.dxf": drawing("1f", "01F")}).of("exchange.file")[0]["attributes"]
    (problem,) = row["problems"]
    assert (problem["code"], problem["line"], problem["params"]) == ("structure.handle_twice", 24, {"name": "01F"})
