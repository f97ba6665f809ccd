"""exchange.structure: what is whole is not refused, what is cut or contradicts itself is, at its place."""

import io
import sqlite3
import struct
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.structure import a2l as structure_a2l
from cpo_probes.exchange.structure import binary as structure_binary
from cpo_probes.exchange.structure import idf as structure_idf
from cpo_probes.exchange.structure import mesh as structure_mesh
from cpo_probes.exchange.structure import text as structure_text
from cpo_probes.exchange.structure import usd as structure_usd
from cpo_probes.exchange.structure.found import Found, Octets
from cpo_probes.exchange.structure.probe import StructureProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables

TABLES = Tables()


def going_on() -> None:
    """A checkpoint that never stops."""


def codes(found: Found) -> list[str]:
    return [problem.code for problem in found.problems]


# -- files of our own making

FACET = (
    b"facet normal 0 0 1\n outer loop\n  vertex 0 0 0\n  vertex 1e-3 0 0\n  vertex 0 +1.5E+2 0\n endloop\nendfacet\n"
)
STL = b"solid made by hand\n" + FACET * 3 + b"endsolid made by hand\n"
STL_BINARY = b"made by hand".ljust(80) + struct.pack("<I", 2) + bytes(100)
PLY_HEAD = b"ply\nformat %s 1.0\ncomment made by hand\nelement vertex 3\nproperty float x\nproperty uchar red\n"
PLY_TAIL = b"element face 2\nproperty list uchar int vertex_indices\nend_header\n"
PLY = PLY_HEAD % b"ascii" + PLY_TAIL + b"0 255\n-1.5e3 0\nnan 7\n3 0 1 2\n3 2 1 0\n"
PLY_BINARY = (
    PLY_HEAD % b"binary_big_endian"
    + PLY_TAIL
    + struct.pack(">fBfBfB", 0, 1, 2, 3, 4, 5)
    + struct.pack(">BiiiBii", 3, 0, 1, 2, 2, 0, 1)
)
DXF = b"999\nmade\n  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1015\n  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n"
DXF += b"  0\nLINE\n 10\n0.0\n1001\n0\n  0\nENDSEC\n  0\nEOF\n"
EDIFACT = (
    b"UNA:+.? '\nUNB+UNOC:3+A+B+261122:1200+REF1'\nUNH+1+ORDERS:D:96A:UN'\nBGM+220+it?'s ?+ 1'\nUNT+3+1'\n"
    b"UNH+2+ORDERS:D:96A:UN'BGM+220'UNT+3+2'UNZ+2+REF1'\n"
)
GROUPS = b"UNB+UNOC:3+A+B+1:1+R'UNG+ORDERS+A+B+1:1+G+UN+D:96A'UNH+1+X'UNT+2+1'UNE+1+G'UNZ+1+R'"
A2L = (
    b'ASAP2_VERSION 1 71\n/begin PROJECT pump "a \\"pump\\" and ""more"""\n/* /begin MODULE */ // /end PROJECT\n'
    b'/begin MODULE m ""\n/end MODULE\n/end PROJECT\n'
)
IDF = (
    b'.HEADER\nBOARD_FILE 3.0 "made by hand" 2026/01/01.12:00:00 1\npump MM\n.END_HEADER\n# a comment\n'
    b".BOARD_OUTLINE ECAD\n1.6\n0 0 0 0\n0 10 0 0\n0 10 5.5 0\n0 0 0 0\n1 5 2 0\n1 6 2 360\n.END_BOARD_OUTLINE\n"
    b".DRILLED_HOLES\n0.8 1 1 PTH BOARD VIA ECAD\n.END_DRILLED_HOLES\n"
    b'.PLACEMENT\n"a b" part U1\n1 2 0 90.5 TOP PLACED\n.END_PLACEMENT'
)
USDA = (
    b'#usda 1.0\n(\n    doc = """a "text" in (lines\n"""\n    defaultPrim = "World"\n)\n\n# a comment {\n'
    b"def Xform \"World\" (\n    prepend references = @./other.usda@</Other>\n)\n{\n    string a = 'it\\'s ('\n"
    b'    point3f[] points = [(0, 0, 0), (1, 0, 0)]\n    over "inner" { }\n}\n'
)
_SECTIONS = b"".join(
    struct.pack("<16sQQ", name, 88, 8) for name in (b"TOKENS", b"STRINGS", b"FIELDS", b"FIELDSETS", b"PATHS", b"SPECS")
)
USDC = struct.pack("<8s8sQ64x8s", b"PXR-USDC", bytes([0, 8, 0]), 96, b"") + struct.pack("<Q", 6) + _SECTIONS


def usdz(*, method: int = 0, name: bytes = b"scene.usda", pad: int = 0) -> bytes:
    """One member, its data at octet 64 unless `pad` moves it."""
    extra = 64 - 30 - len(name) + pad
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, method, 0, 0, 0, len(USDA), len(USDA), len(name), extra)
    local += name + bytes(extra) + USDA
    row = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, method, 0, 0, 0, len(USDA), len(USDA), len(name), 0, 0, 0, 0, 0, 0
    )
    row += name
    return local + row + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(row), len(local), 0)


USDZ = usdz()


def mdf4() -> bytes:
    """Header → data group → channel group → channel, and data of 8 octets."""

    def block(kind: bytes, links: list[int], size: int = 0) -> bytes:
        return (
            b"##"
            + kind
            + bytes(4)
            + struct.pack("<QQ", 24 + 8 * len(links) + size, len(links))
            + b"".join(struct.pack("<Q", link) for link in links)
        )

    identity = (b"MDF     4.10    made    " + bytes(4) + struct.pack("<H", 410)).ljust(64, b"\0")
    header = block(b"HD", [168, 0, 0, 0, 0, 0], 32) + bytes(32)
    group = block(b"DG", [0, 224, 328, 0])
    channels = block(b"CG", [0, 272])
    channel = block(b"CN", [0, 0, 0, 0])
    return identity + header + group + channels.ljust(48, b"\0") + channel + block(b"DT", [], 8) + bytes(8)


def mdf3() -> bytes:
    identity = (b"MDF     3.30    made    " + struct.pack("<HHH", 0, 0, 330)).ljust(64, b"\0")
    header = b"HD" + struct.pack("<HIII", 16, 80, 0, 0)
    group = b"DG" + struct.pack("<HIII", 16, 0, 96, 0)
    return identity + header + group + b"CG" + struct.pack("<HII", 12, 0, 108) + b"CN" + struct.pack("<HI", 8, 0)


U3D = struct.pack("<III", 0x00443355, 6, 0) + bytes(8) + struct.pack("<III", 0xFFFFFF14, 4, 3) + bytes(8)


def sqlite_file(folder: Path) -> bytes:
    path = folder / "parts.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE part (id INTEGER, name TEXT)")
    connection.executemany("INSERT INTO part VALUES (?, ?)", [(number, "pump" * 50) for number in range(100)])
    connection.commit()
    connection.close()
    return path.read_bytes()


def parquet_file() -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2, 3]}), out)
    return out.getvalue()


def a2l(data: Octets, checkpoint: Callable[[], None]) -> Found:
    return structure_a2l.a2l(data, TABLES["a2l"], checkpoint)


def idf(data: Octets, checkpoint: Callable[[], None]) -> Found:
    return structure_idf.idf(data, TABLES["idf"], checkpoint)


CHECKS: dict[str, tuple[Callable[..., Found], bytes]] = {
    "stl-ascii": (structure_mesh.stl_text, STL),
    "stl-binary": (structure_mesh.stl_binary, STL_BINARY),
    "ply": (structure_mesh.ply, PLY),
    "ply-binary": (structure_mesh.ply, PLY_BINARY),
    "dxf": (structure_text.dxf, DXF),
    "edifact": (structure_text.edifact, EDIFACT),
    "edifact-groups": (structure_text.edifact, GROUPS),
    "a2l": (a2l, A2L),
    "idf": (idf, IDF),
    "usda": (structure_usd.usda, USDA),
    "usdc": (structure_usd.usdc, USDC),
    "usdz": (structure_usd.usdz, USDZ),
    "mdf": (structure_binary.mdf, mdf4()),
    "mdf-3": (structure_binary.mdf, mdf3()),
    "u3d": (structure_binary.u3d, U3D),
    "parquet": (structure_binary.parquet, parquet_file()),
}
WHOLE = ("stl-ascii", "stl-binary", "ply", "ply-binary", "idf")


@pytest.mark.parametrize("form", CHECKS)
def test_what_is_whole_is_not_refused(form: str) -> None:
    check, data = CHECKS[form]
    found = check(data, going_on)
    assert codes(found) == []
    assert found.open_because == (None if form in WHOLE else "structure.contents")


@pytest.mark.parametrize("again", [EDIFACT, GROUPS])
def test_interchanges_may_follow_each_other(again: bytes) -> None:
    found = structure_text.edifact(EDIFACT + again, going_on)
    assert codes(found) == []
    assert found.facts["messages"] == 2 + again.count(b"UNH")
    assert codes(structure_text.edifact(EDIFACT + again.replace(b"UNZ+", b"UNZ+1"), going_on)) == ["structure.differs"]
    assert codes(structure_text.edifact(EDIFACT + b"BGM+220'", going_on)) == ["structure.expected"]


def test_an_interchange_with_other_separators_is_not_read_by_those_before() -> None:
    found = structure_text.edifact(EDIFACT + b"UNA|^,! ~\nUNB^UNOC|3^A^B^1|1^R~UNZ^0^R~", going_on)
    assert (codes(found), found.open_because) == ([], "structure.contents")


def test_a_link_of_a_block_that_leads_out_of_the_file_is_refused() -> None:
    whole = mdf4()
    for place, link, code in ((96, len(whole) + 8, "structure.ends"), (96, 72, "structure.expected")):
        data = bytearray(whole)
        data[place : place + 8] = struct.pack("<Q", link)
        assert codes(structure_binary.mdf(bytes(data), going_on)) == [code]


BINARY = ("stl-binary", "ply-binary", "mdf", "u3d", "parquet", "usdc", "usdz")
# Where a cut can't be told: what follows is optional, or the file may end there
FREE: dict[str, Container[int]] = {
    "stl-ascii": range(STL.rfind(b"endsolid") + 8, len(STL)),
    "a2l": range(A2L.find(b" PROJECT") + 2),
    "u3d": range(20, 21),
    "idf": {at for at in range(len(IDF)) if IDF[:at].rstrip().endswith((b"END_BOARD_OUTLINE", b"END_DRILLED_HOLES"))},
    "usda": {*range(9, USDA.find(b"(") + 1), *range(USDA.find(b"# a comment") - 3, USDA.find(b"def Xform") + 1)},
}


@pytest.mark.parametrize("form", CHECKS)
def test_what_is_cut_is_refused_wherever_it_is_cut(form: str) -> None:
    check, data = CHECKS[form]
    for length in range(1, len(data if form in BINARY else data.rstrip())):
        if length in FREE.get(form, range(0)):
            continue
        found = check(data[:length], going_on)
        assert found.problems or found.open_because == "structure.form", length
        assert all(problem.byte <= length for problem in found.problems)


def test_a_database_is_refused_where_pages_are_missing(tmp_path: Path) -> None:
    data = sqlite_file(tmp_path)
    assert structure_binary.sqlite(data, going_on).problems == ()
    assert codes(structure_binary.sqlite(data[:-512], going_on)) == ["structure.differs"]
    assert codes(structure_binary.sqlite(data[:4096], going_on)) == ["structure.differs"]
    assert codes(structure_binary.sqlite(data[:50], going_on)) == ["structure.ends"]


@pytest.mark.parametrize(
    ("form", "old", "new", "code", "place"),
    [
        ("stl-ascii", b"vertex 1e-3 0 0", b"vertex 1e-3 0", "structure.expected", b"facet"),
        ("stl-ascii", b"endfacet\nfacet", b"endfacet\ncolor 1\nfacet", "structure.expected", b"color"),
        ("stl-ascii", b"endsolid", b"end", "structure.expected", b"end made"),
        ("ply", b"property uchar red", b"property colour red", "structure.expected", b"property colour"),
        ("ply", b"comment made", b"made", "structure.expected", b"made"),
        ("ply", b"nan 7", b"one 7", "structure.expected", b"one 7"),
        ("ply", b"3 2 1 0", b"4 2 1 0", "structure.ends", b""),
        ("dxf", b"ENTITIES\n", b"ENTITIES\n  0\nSECTION\n  2\nBLOCKS\n", "structure.expected", b"SECTION\n  2\nBLOCKS"),
        ("dxf", b"  0\nLINE", b"  0\nENDSEC\n  0\nLINE", "structure.expected", b"LINE"),
        ("dxf", b"$ACADVER\n", b"$ACADVER\nodd\n", "structure.expected", b"odd"),
        ("edifact", b"UNT+3+1'", b"UNT+4+1'", "structure.differs", b"UNT"),
        ("edifact", b"UNT+3+1'", b"UNT+3+7'", "structure.differs", b"UNT"),
        ("edifact", b"UNZ+2", b"UNZ+1", "structure.differs", b"UNZ"),
        ("edifact", b"BGM+220'", b"bgm+220'", "structure.expected", b"bgm"),
        ("edifact", b"UNZ+2+REF1'", b"UNZ+2+REF1'BGM'", "structure.expected", b"BGM'\n"),
        ("a2l", b"/end MODULE", b"/end MODUL", "structure.expected", b"/end MODUL"),
        ("idf", b".END_HEADER\n", b"", "structure.expected", b".BOARD_OUTLINE"),
        ("mdf", b"##CG", b"##XX", "structure.expected", b"##XX"),
        ("mdf-3", b"CN", b"XX", "structure.expected", b"XX"),
    ],
)
def test_damage_is_told_where_it_is(form: str, old: bytes, new: bytes, code: str, place: bytes) -> None:
    check, data = CHECKS[form]
    damaged = data.replace(old, new, 1)
    found = check(damaged, going_on)
    assert codes(found)[:1] == [code]
    assert found.problems[0].byte == (damaged.find(place) if place else len(damaged))


def test_several_solids_may_stand_in_one_file() -> None:
    found = structure_mesh.stl_text(STL + b"\n" + STL, going_on)
    assert (found.problems, found.facts) == ((), {"facets": 6})


def test_lists_that_a_list_of_blocks_leads_back_into_end() -> None:
    looped = bytearray(mdf4())
    looped[64 + 104 + 24 : 64 + 104 + 32] = struct.pack("<Q", 168)
    assert codes(structure_binary.mdf(bytes(looped), going_on)) == ["structure.expected"]


def test_a_recording_that_was_not_finished_has_no_verdict() -> None:
    found = structure_binary.mdf(b"UnFinMF " + mdf4()[8:], going_on)
    assert (found.problems, found.open_because) == ((), "structure.unfinished")


def test_texts_of_a2l_may_end_with_a_reverse_solidus() -> None:
    old = b'/begin PROJECT p "C:\\temp\\"\n/begin MODULE m "x"\n/end MODULE\n/end PROJECT\n'
    assert a2l(old, going_on).problems == ()


@given(count=st.integers(0, 2**70), size=st.sampled_from([b"float", b"double", b"uchar"]))
def test_counts_that_no_file_can_hold_cost_nothing(count: int, size: bytes) -> None:
    header = b"ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty %s x\nend_header\n" % (count, size)
    found = structure_mesh.ply(header, going_on)
    assert bool(found.problems) == (count > 0)


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=6), st.booleans())
def test_lists_of_any_lengths_are_counted(lists: list[list[int]], binary: bool) -> None:
    kind = b"binary_little_endian" if binary else b"ascii"
    header = b"ply\nformat %s 1.0\nelement face %d\nproperty list uchar short i\nend_header\n" % (kind, len(lists))
    if binary:
        body = b"".join(struct.pack(f"<B{len(one)}h", len(one), *one) for one in lists)
    else:
        body = b"".join(" ".join(map(str, [len(one), *one])).encode() + b"\n" for one in lists)
    assert structure_mesh.ply(header + body, going_on).problems == ()
    if lists:
        assert structure_mesh.ply((header + body).rstrip()[:-1], going_on).problems or not binary


@given(form=st.sampled_from(sorted(CHECKS)), at=st.integers(0, 400), noise=st.binary(max_size=9))
def test_any_damage_is_taken(form: str, at: int, noise: bytes) -> None:
    check, data = CHECKS[form]
    found = check(data[:at] + noise + data[at + len(noise) :], going_on)
    assert all(0 <= problem.byte <= len(data) + len(noise) for problem in found.problems)


FILES: dict[str, tuple[bytes, Recognition]] = {
    "part.stl": (STL, Recognition(format="stl-ascii", standard="stl")),
    "part.ply": (PLY_BINARY, Recognition(format="ply", standard="ply", version="1.0")),
    "sheet.dxf": (DXF, Recognition(format="dxf", standard="dxf", version="AC1015")),
    "order.edi": (EDIFACT, Recognition(format="edifact", standard="edifact", version="3")),
    "run.mf4": (mdf4(), Recognition(format="mdf", standard="mdf", version="4.10")),
}


def stated(path: str, data: bytes) -> dict[str, Any]:
    result = run_probe(StructureProbe, {path: data}, recognitions={path: FILES[path][1]})
    return result.one("exchange.file")


def test_only_what_was_checked_wholly_is_valid() -> None:
    verdicts = {path: stated(path, data)["valid"] for path, (data, _) in FILES.items()}
    assert verdicts == {"part.stl": True, "part.ply": True, "sheet.dxf": None, "order.edi": None, "run.mf4": None}
    assert [problem["code"] for problem in stated("sheet.dxf", DXF)["problems"]] == ["structure.contents"]


def test_a_refused_file_says_where() -> None:
    attributes = stated("sheet.dxf", DXF.replace(b"  0\nENDSEC\n  0\nEOF\n", b""))
    assert attributes["valid"] is False
    (problem,) = attributes["problems"]
    assert (problem["code"], problem["line"], problem["params"]) == ("structure.ends", 23, {"wanted": "EOF"})


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(StructureProbe)
    check_determinism(StructureProbe, {path: data for path, (data, _) in FILES.items()})


@pytest.mark.parametrize("path", FILES)
def test_hostile_files_break_nothing(path: str) -> None:
    check_hostile(StructureProbe, {path: FILES[path][0]})
