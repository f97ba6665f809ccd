"""LZX: what our writer packs comes back byte for byte (cabextract and 7z read it too); damage is told, never obeyed."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.lzx import FRAME, WINDOWS, Lzx
from tests.targets.boxes.make import machine_code
from tests.targets.made import read
from tests.targets.made_boxes import cab
from tests.targets.made_lzx import ALIGNED, PLAIN, VERBATIM, lzx

LARGE = 1 << 23
TEXT = b"".join(b"%d bottles of beer on the wall, %d bottles of beer\n" % (n, n) for n in range(1_500))
DATA = st.one_of(
    st.binary(max_size=400),
    st.integers(1, 70_000).map(lambda size: machine_code(size)[:size]),
    st.integers(1, len(TEXT)).map(lambda size: TEXT[:size]),
    st.tuples(st.binary(min_size=1, max_size=9), st.integers(1, 9_000)).map(lambda given: given[0] * given[1]),
)
KINDS = st.sampled_from([VERBATIM, ALIGNED, PLAIN])
BLOCKS = st.tuples(
    st.lists(st.tuples(KINDS, st.sampled_from([1, 2, 7, 5_001, FRAME, 40_000])), max_size=4),
    KINDS.map(lambda kind: (kind, LARGE)),
).map(lambda given: [*given[0], given[1]])
CALLS = st.sampled_from([0, 5_000, 12_000_000])


def unpacked(frames: list[tuple[bytes, int]], window: int) -> bytes:
    stream = Lzx(window)
    return b"".join(stream.unpack(packed, size) for packed, size in frames)


@settings(max_examples=40, deadline=None)
@given(DATA, BLOCKS, st.sampled_from(WINDOWS), CALLS)
def test_what_was_packed_comes_back_in_frames_and_at_once(
    data: bytes, blocks: list[tuple[int, int]], window: int, calls: int
) -> None:
    frames = lzx(data, blocks, window=window, calls=calls)
    assert unpacked(frames, window) == data
    assert Lzx(window).unpack(b"".join(packed for packed, _ in frames), len(data)) == data


def test_matches_reach_back_over_frames_and_the_window_slides() -> None:
    data = TEXT + machine_code(60_000) + TEXT + TEXT[:7_001]
    for kind in (VERBATIM, ALIGNED):
        frames = lzx(data, [(kind, 50_000)], window=15)
        assert unpacked(frames, 15) == data
        assert sum(len(packed) for packed, _ in frames) < len(data) // 2


def test_targets_of_calls_are_put_back_but_in_the_last_ten_bytes_of_a_frame() -> None:
    data = b"\xe8\x10\0\0\0" * 20_000
    assert unpacked(lzx(data, calls=len(data)), 15) == data
    short = b"\xe8\x10\0\0\0\xe8\x10\0\0"  # in frames of ten bytes or fewer nothing is changed
    assert unpacked(lzx(short, calls=99), 15) == short


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_told_and_never_more_than_the_frame(data: st.DataObject) -> None:
    ((packed, size),) = lzx(TEXT[:3_000], data.draw(BLOCKS), calls=data.draw(CALLS))
    at = data.draw(st.integers(0, len(packed) - 1))
    damaged = packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :]
    for broken in (damaged, packed[:at]):
        try:
            assert len(Lzx(15).unpack(broken, size)) == size
        except Unreadable as error:
            assert error.reason.code in ("packed.damaged", "packed.truncated")
            assert error.reason.params == {"format": "LZX"}


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_give_a_frame_or_a_reason(packed: bytes) -> None:
    try:
        assert len(Lzx(21).unpack(packed)) == FRAME
    except Unreadable as error:
        assert error.reason.code in ("packed.damaged", "packed.truncated")


def test_a_recent_offset_of_nothing_is_refused() -> None:
    data = b"abc" * 40
    frames = lzx(data, [(VERBATIM, 12), (PLAIN, 9), (VERBATIM, LARGE)])
    recent = (3).to_bytes(4, "little") + (1).to_bytes(4, "little") * 2
    ((packed, size),) = frames
    assert packed.count(recent) == 1
    with pytest.raises(Unreadable):
        Lzx(15).unpack(packed.replace(recent, bytes(12)), size)


@pytest.mark.parametrize("window", [14, 22])
def test_a_window_that_is_none_is_refused(window: int) -> None:
    with pytest.raises(Unreadable):
        Lzx(window)


# -- in cabinets


def test_a_cabinet_of_lzx_is_read() -> None:
    data = TEXT + machine_code(50_000)
    files = [(b"song.txt", 0, len(TEXT)), (b"code.bin", len(TEXT), 50_000)]
    archive = cab(files, lzx(data, [(VERBATIM, 9_001), (PLAIN, 501), (ALIGNED, LARGE)], calls=len(data)), method=0xF03)
    assert read(archive) == {"song.txt": TEXT, "code.bin": machine_code(50_000)}


def test_a_bomb_of_lzx_stops_at_the_limit() -> None:
    archive = cab([(b"a", 0, 1_500_000)], lzx(bytes(1_500_000)), method=0xF03)
    assert len(archive) < 40_000
    assert read(archive, limits=Limits(container_bytes=10**6)) == {"a": "limit.container_bytes"}


def test_lzx_with_a_window_that_is_none_is_told() -> None:
    assert read(cab([(b"a", 0, 2)], [(b"12", 2)], method=3)) == {"a": "cab.unknown_method"}


def test_damage_in_one_block_takes_those_behind_it_along() -> None:
    frames = lzx(TEXT, [(VERBATIM, FRAME)])
    broken = [frames[0], (b"\0" * 9, frames[1][1]), *frames[2:]]
    found = read(cab([(b"a", 0, 100), (b"b", 40_000, 100)], broken, method=0xF03))
    assert found == {"a": TEXT[:100], "b": "packed.damaged"}


def test_other_tools_read_what_our_writer_packs(tmp_path: Path) -> None:
    """Holds the writer, and through it the reader, against those that are installed."""
    data = TEXT + machine_code(40_001)
    blocks = [(VERBATIM, 9_001), (PLAIN, 501), (ALIGNED, LARGE)]
    (tmp_path / "x.cab").write_bytes(cab([(b"a", 0, len(data))], lzx(data, blocks, calls=len(data)), method=0xF03))
    for tool, command in {"cabextract": ("-q", "-d"), "7z": ("x", "-o")}.items():
        if shutil.which(tool) is None:
            continue
        place = tmp_path / tool
        flags = [*command, str(place)] if tool == "cabextract" else ["x", f"-o{place}"]
        subprocess.run([tool, *flags, str(tmp_path / "x.cab")], check=True, capture_output=True)
        assert (place / "a").read_bytes() == data
