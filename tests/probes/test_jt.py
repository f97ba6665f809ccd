"""exchange.jt: files as the published layout has them, in all versions and orders; what is cut or points outside."""

import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.jt import segments as jt_segments
from cpo_probes.exchange.jt.layout import Layout, read
from cpo_probes.exchange.jt.probe import JtProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

JT = Recognition(format="jt", standard="jt")
HEADER = 24  # octets of a segment header


def guid(number: int) -> bytes:
    return bytes([number & 0xFF, number >> 8 & 0xFF]) + bytes(range(14))


# -- a writer of our own: elements, scene graphs, segments

PARTITION, GROUP, INSTANCE, PART, TRANSFORM, STRING, INTEGER, LATE_LOADED, SHAPE = (
    "10dd103e-2ac8-11d1-9b6b-0080c7bb5997",
    "10dd101b-2ac8-11d1-9b6b-0080c7bb5997",
    "10dd102a-2ac8-11d1-9b6b-0080c7bb5997",
    "ce357244-38fb-11d1-a506-006097bdc6e1",
    "10dd1083-2ac8-11d1-9b6b-0080c7bb5997",
    "10dd106e-2ac8-11d1-9b6b-0080c7bb5997",
    "10dd102b-2ac8-11d1-9b6b-0080c7bb5997",
    "e0b05be5-fbbd-11d1-a3a7-00aa00d10954",
    "10dd10ab-2ac8-11d1-9b6b-0080c7bb5997",
)


class Writer:
    """Writes scene graphs of one version and byte order."""

    def __init__(self, version: str, big: bool) -> None:
        self.order, self.major = ">" if big else "<", int(version.partition(".")[0])
        self.inner = b"" if self.major < 9 else struct.pack(self.order + ("h" if self.major < 10 else "B"), 1)

    def numbers(self, *values: int) -> bytes:
        return struct.pack(f"{self.order}{len(values)}i", *values)

    def counted(self, *values: int) -> bytes:
        return self.numbers(len(values), *values)

    def element(self, kind: str, base: int, number: int, content: bytes) -> bytes:
        one, two, three, *_ = UUID(kind).fields
        body = struct.pack(self.order + "IHH", one, two, three) + UUID(kind).bytes[8:]
        body += bytes([base]) + self.numbers(number) + content
        return self.numbers(len(body)) + body

    def node(self, *attributes: int) -> bytes:
        return self.inner + self.numbers(0) + self.counted(*attributes)

    def text(self, number: int, text: str) -> bytes:
        octets = text.encode("utf-16-be" if self.order == ">" else "utf-16-le")
        return self.element(
            STRING, 5, number, self.inner + self.numbers(0) + self.inner + self.numbers(len(text)) + octets
        )

    def late(self, number: int, segment: bytes) -> bytes:
        state = self.inner + self.numbers(0) + self.inner
        return self.element(LATE_LOADED, 8, number, state + segment + self.numbers(7))

    def end(self) -> bytes:
        return self.numbers(16) + b"\xff" * 16

    def scene(self, parts: int = 1, segment: bytes = bytes(16)) -> bytes:
        """A partition with `parts` parts below instances, each with a transform and three properties."""
        graph = self.element(PARTITION, 1, 1, self.node() + self.inner + self.counted(*range(10, 10 + parts)))
        atoms, table = self.text(2, "JT_PROP_MEASUREMENT_UNITS") + self.text(3, "Millimeters"), b""
        atoms += self.text(4, "shape") + self.late(5, segment)
        for part in range(parts):
            graph += self.element(
                INSTANCE, 0, 10 + part, self.node(1_000 + part) + self.inner + self.numbers(2_000 + part)
            )
            graph += self.element(TRANSFORM, 3, 1_000 + part, b"\0" * 40)
            graph += self.element(PART, 1, 2_000 + part, self.node() + self.inner + self.counted() + self.inner)
            table += self.numbers(2_000 + part, 2, 3, 4, 5, 0)
        rows = struct.pack(self.order + "hi", 1, parts) + table
        return graph + self.end() + atoms + self.end() + rows

    def packed(self, octets: bytes, way: str) -> bytes:
        flag, algorithm = {"none": (0, 1), "zlib": (2, 2), "lzma": (3, 3)}[way]
        ways: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "zlib": zlib.compress, "lzma": lzma.compress}
        inside = ways[way](octets)
        return struct.pack(self.order + "IiB", flag, len(inside) + 1, algorithm) + inside

    def segment(self, kind: int, number: int, way: str) -> bytes:
        shape = self.element(SHAPE, 4, number, b"shape" * 8)
        if 6 <= kind <= 16:
            return shape
        return self.packed(self.scene(3, guid(0)) if kind == 1 else shape, way)


def written(
    version: str = "9.5",
    types: tuple[int, ...] = (1, 6, 7, 8, 17, 4, 3),
    *,
    big: bool = False,
    contents_last: bool = True,
    reserved: int = 0,
    mark: str = " JT  DM 7.3.12.2",
    way: str = "zlib",
    contents_of: dict[int, bytes] | None = None,
) -> bytes:
    """A file after ISO 14306:2017, 5.1: header, table of contents, segments with their headers."""
    order, wide = ">" if big else "<", int(version.partition(".")[0]) >= 10
    size = 80 + 5 + (8 if wide else 4) + 16 + (16 if wide and reserved else 0)
    entry = struct.Struct(order + ("16sQiI" if wide else "16siiI"))
    table_size = 4 + entry.size * len(types)
    first = size if contents_last else size + table_size
    segments, entries, at = b"", b"", first
    writer = Writer(version, big)
    for number, kind in enumerate(types):
        inside = (contents_of or {}).get(kind) or writer.segment(kind, number, way)
        length = HEADER + len(inside)
        segments += struct.pack(order + "16sii", guid(number), kind, length) + inside
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


# -- what is inside of the segments


@pytest.mark.parametrize("way", ["none", "zlib", "lzma"])
@pytest.mark.parametrize("version", ["8.0", "8.2", "9.0", "9.5", "10.0", "10.10"])
@pytest.mark.parametrize("big", [False, True])
def test_segments_are_unpacked_and_the_scene_graph_is_walked(version: str, big: bool, way: str) -> None:
    attributes = stated(written(version, (1, 7, 17, 4), big=big, way=way))
    assert (attributes["valid"], attributes["problems"], attributes.get("remarks")) == (True, [], None)
    assert attributes["scene_elements"] == {"geometric transform": 3, "instance": 3, "part": 3, "partition": 1}
    assert attributes["property_atoms"] == {"late loaded": 1, "string": 3}
    assert (attributes["properties"], attributes["units"]) == (6, ["Millimeters"])
    assert sum(attributes["packing"].values()) == 4
    assert attributes["packing"].get(way, 0) >= 3
    assert attributes["checked"][-2:] == ["packed data", "elements of the scene graph"]


def test_packed_data_that_is_damaged_is_told_with_its_segment() -> None:
    writer = Writer("9.5", False)
    for way in ("zlib", "lzma"):
        whole = writer.packed(writer.scene(40), way)
        broken = whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:]
        cut = struct.pack("<IiB", *struct.unpack("<IiB", whole[:9])) + whole[9:-6]
        cut = cut[:4] + struct.pack("<i", len(cut) - 8) + cut[8:]
        for damaged, code in ((broken, "jt.packed_broken"), (cut, "jt.packed_cut")):
            attributes = stated(written(contents_of={1: damaged}))
            assert attributes["valid"] is False
            (problem,) = attributes["problems"]
            assert (problem["code"], problem["params"]["kind"]) == (code, "logical scene graph")
    outside = struct.pack("<IiB", 2, 10_000, 2) + b"x" * 50
    assert [row["code"] for row in stated(written(contents_of={1: outside}))["problems"]] == ["jt.packed_outside"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["8.1", "9.5", "10.5"]), st.booleans(), st.data())
def test_a_scene_graph_that_is_cut_anywhere_is_refused(version: str, big: bool, data: st.DataObject) -> None:
    writer = Writer(version, big)
    whole = writer.scene(3)
    without_table = len(whole) - 6 - 3 * 24  # a graph without a table of properties is let through
    at = data.draw(st.integers(0, len(whole) - 1).filter(lambda at: not without_table <= at < without_table + 6))
    attributes = stated(written(version, (1, 7), big=big, contents_of={1: writer.packed(whole[:at], "zlib")}))
    assert attributes["valid"] is False
    assert attributes["problems"][0]["code"] in ("jt.element_outside", "jt.elements_open", "jt.property_table")


def test_an_element_that_is_longer_than_its_segment_is_refused() -> None:
    writer = Writer("8.1", False)
    shape = writer.element(SHAPE, 4, 1, b"shape")
    attributes = stated(written("8.1", (1, 7), contents_of={7: shape[:-1]}))
    (problem,) = attributes["problems"]
    assert (problem["code"], problem["params"]["kind"]) == ("jt.element_outside", "shape LOD 0")


def test_references_that_lead_nowhere_are_counted_beside_the_verdict() -> None:
    writer = Writer("9.5", False)
    graph = writer.element(PARTITION, 1, 1, writer.node(7) + writer.inner + writer.counted(8, 1))
    twice = writer.element(GROUP, 1, 1, writer.node() + writer.inner + writer.numbers(500))
    scene = graph + twice + writer.end() + writer.late(2, guid(999)) + writer.end()
    attributes = stated(written(contents_of={1: writer.packed(scene, "zlib")}))
    assert attributes["valid"] is True
    assert {row["code"]: row["params"]["count"] for row in attributes["remarks"]} == {
        "jt.element_content": 1,
        "jt.object_twice": 1,
        "jt.object_missing": 2,
        "jt.late_loaded_missing": 1,
    }


def test_what_is_packed_in_an_unknown_way_or_too_large_has_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = struct.pack("<IiB", 2, 51, 9) + b"x" * 50
    attributes = stated(written(contents_of={4: unknown}))
    assert (attributes["valid"], attributes["problems"][0]["code"]) == (None, "jt.packing_unknown")
    monkeypatch.setattr(jt_segments, "_LARGEST", 30)
    attributes = stated(written())
    assert (attributes["valid"], attributes["problems"][0]["code"]) == (None, "jt.packed_large")


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(JtProbe)
    check_determinism(JtProbe, {"a.jt": written(), "b/c.jt": written("10.3", big=True)})
    assert check_hostile(JtProbe, {"a.jt": written()}) > 30
