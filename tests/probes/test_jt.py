"""exchange.jt: files as the published layout has them, in all versions and orders; what is cut or points outside."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.jt import JtProbe
from cpo_probes.exchange.jt_layout import Layout, read
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

JT = Recognition(format="jt", standard="jt")
HEADER = 24  # octets of a segment header


def guid(number: int) -> bytes:
    return bytes([number & 0xFF, number >> 8 & 0xFF]) + bytes(range(14))


def written(
    version: str = "9.5",
    types: tuple[int, ...] = (1, 6, 7, 8, 17, 4, 3),
    *,
    big: bool = False,
    contents_last: bool = True,
    reserved: int = 0,
    mark: str = " JT  DM 7.3.12.2",
    lengths: int = 40,
) -> bytes:
    """A file after ISO 14306:2017, 5.1: header, table of contents, segments with their headers."""
    order, wide = ">" if big else "<", int(version.partition(".")[0]) >= 10
    size = 80 + 5 + (8 if wide else 4) + 16 + (16 if wide and reserved else 0)
    entry = struct.Struct(order + ("16sQiI" if wide else "16siiI"))
    table_size = 4 + entry.size * len(types)
    first = size if contents_last else size + table_size
    segments, entries, at = b"", b"", first
    for number, kind in enumerate(types):
        length = HEADER + lengths + number
        segments += struct.pack(order + "16sii", guid(number), kind, length) + bytes(length - HEADER)
        entries += entry.pack(guid(number), at, length, kind << 24)
        at += length
    contents = at if contents_last else size
    head = f"Version {version}{mark}".ljust(75).encode() + b"\n\r\n  "
    head += struct.pack(order + ("BiQ" if wide else "Bii"), int(big), reserved, contents) + guid(0)
    head += bytes(16) if wide and reserved else b""
    table = struct.pack(order + "i", len(types)) + entries
    return head + (segments + table if contents_last else table + segments)


def stated(data: bytes, recognition: Recognition = JT) -> dict[str, Any]:
    return run_probe(JtProbe, {"a.jt": data}, recognitions={"a.jt": recognition}).one("exchange.file")


def codes(layout: Layout) -> list[str]:
    return [problem.code for problem in layout.errors]


@pytest.mark.parametrize("mark", ["", " JT", " JT  DM 8.3.0.0"])
@pytest.mark.parametrize("version", ["8.0", "8.1", "9.5", "10.3", "10.5"])
def test_every_version_is_read_whatever_its_order_and_layout(version: str, mark: str) -> None:
    for big in (False, True):
        for contents_last in (False, True):
            for reserved in (0, 1):
                data = written(version, big=big, contents_last=contents_last, reserved=reserved, mark=mark)
                layout = read(data)
                assert (layout.version, layout.errors, layout.remarks) == (version, (), ())
                assert (layout.segments, layout.headers, layout.scene_graph, layout.unused) == (7, 7, True, 0)
                assert layout.byte_order == ("big-endian" if big else "little-endian")


def test_segments_are_counted_by_the_names_of_their_types() -> None:
    attributes = stated(written(types=(1, 7, 7, 7, 17, 99)))
    assert attributes["segment_types"] == {
        "logical scene graph": 1, "shape LOD 0": 3, "XT B-rep": 1, "type 99": 1
    }  # fmt: skip
    assert (attributes["version"], attributes["writer"]) == ("9.5", "DM 7.3.12.2")
    assert (attributes["valid"], attributes["segments"], attributes["problems"]) == (True, 6, [])
    assert "extent of segments" in attributes["checked"]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["8.1", "9.5", "10.3"]),
    st.lists(st.integers(1, 33), min_size=6, max_size=161),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_a_file_that_is_cut_anywhere_is_never_valid(
    version: str, types: list[int], big: bool, contents_last: bool, data: st.DataObject
) -> None:
    whole = written(version, (1, *types), big=big, contents_last=contents_last)
    assert read(whole).errors == ()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert read(cut).errors


def test_what_points_outside_is_told_with_its_place() -> None:
    whole = written(contents_last=False)
    layout = read(whole[:-1])
    assert codes(layout) == ["jt.segment_outside"]
    assert layout.errors[0].byte == 105 + 4 + 6 * 28  # the last entry of the table
    assert codes(read(whole[:90])) == ["jt.cut_header"]
    assert codes(read(written()[:300])) == ["jt.contents_outside"]
    assert codes(read(whole[:80] + b"\2" + whole[81:])) == ["jt.byte_order"]
    assert codes(read(b"version https://example.org")) == ["jt.version"]


def test_the_scene_graph_must_be_there_and_be_one() -> None:
    assert codes(read(written(types=(2, 6)))) == ["jt.scene_graph_type"]
    data = written()
    assert codes(read(data[:89] + guid(900) + data[105:])) == ["jt.no_scene_graph"]


def test_an_empty_table_of_contents_has_no_verdict() -> None:
    data = written(types=())
    data = data[:89] + bytes(16) + data[105:]
    attributes = stated(data)
    assert (attributes["valid"], attributes["segments"]) == (None, 0)
    assert [problem["code"] for problem in attributes["problems"]] == ["jt.empty"]


def test_a_segment_header_that_disagrees_is_a_remark() -> None:
    data = bytearray(written(contents_last=False))
    data[105 + 4 + 7 * 28] ^= 0xFF
    attributes = stated(bytes(data))
    assert (attributes["valid"], attributes["segment_headers"]) == (True, 6)
    assert [remark["code"] for remark in attributes["remarks"]] == ["jt.segment_header"]


def test_a_count_that_the_file_can_t_hold_is_refused_at_once() -> None:
    data = bytearray(written())
    at = struct.unpack_from("<i", data, 85)[0]
    for count in (2**31 - 1, -1):
        struct.pack_into("<i", data, at, count)
        assert codes(read(bytes(data))) == ["jt.contents_cut"]


def test_a_truncated_file_that_only_its_name_calls_jt_is_still_told_as_one() -> None:
    attributes = stated(written()[:400], Recognition(format="jt", standard="jt", by_name=True))
    assert (attributes["version"], attributes["valid"]) == ("9.5", False)


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(JtProbe)
    check_determinism(JtProbe, {"a.jt": written(), "b/c.jt": written("10.3", big=True)})
    assert check_hostile(JtProbe, {"a.jt": written()}) > 30
