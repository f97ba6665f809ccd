"""SquashFS images and AppImages: what mksquashfs packed is read, lies of an image are told."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS, opens_as
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.squashfs import program_end
from tests.probe.native import elf
from tests.targets.boxes.make import LINKS, TREE
from tests.targets.made import read

BOXES = Path(__file__).parent / "boxes"
IMAGE = (BOXES / "gzip.squashfs").read_bytes()


def appimage(image: bytes, kind: int = 2, *, wide: bool = True) -> bytes:
    """A program without sections and an image behind it; the mark stands in the padding of its first bytes."""
    program = bytearray(elf(["libc.so.6"], wide=wide))
    program[8:11] = b"AI" + bytes([kind])
    struct.pack_into("<Q" if wide else "<L", program, 40 if wide else 32, len(program) - 128)
    struct.pack_into("<2H", program, 58 if wide else 46, 64, 2)
    return bytes(program) + image


@pytest.mark.parametrize("wide", [True, False])
def test_the_image_behind_a_program_is_read(wide: bool) -> None:
    whole = appimage(IMAGE, wide=wide)
    assert program_end(whole) == len(whole) - len(IMAGE)
    assert opens_as("Tool.AppImage", BytesContent(whole)) == "appimage"
    assert read(whole, "Tool.AppImage") == {**TREE, **LINKS}


def test_a_program_without_an_image_says_so() -> None:
    assert read(appimage(b"")) == {"!": "squashfs.truncated"}
    assert read(appimage(b"\0" * 200)) == {"!": "squashfs.damaged"}
    with pytest.raises(Unreadable):
        program_end(b"\x7fELF")


def test_an_image_packed_by_what_is_not_read_is_told() -> None:
    assert read((BOXES / "lzo.squashfs").read_bytes()) == {"!": "squashfs.unknown_method"}


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (12, struct.pack("<L", 1), "squashfs.damaged"),  # bytes of a block
        (28, struct.pack("<H", 3), "squashfs.damaged"),  # version
        (32, struct.pack("<Q", 2**40), "squashfs.truncated"),  # the root
        (64, struct.pack("<Q", 2**63), "squashfs.truncated"),  # where the inodes stand
        (72, struct.pack("<Q", len(IMAGE)), "squashfs.truncated"),  # where the folders stand
    ],
)
def test_numbers_of_an_image_are_not_believed(at: int, value: bytes, reason: str) -> None:
    assert read(IMAGE[:at] + value + IMAGE[at + len(value) :]) == {"!": reason}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["gzip", "xz", "lzma", "zstd"]), st.data())
def test_damage_raises_nothing_but_a_reason(name: str, data: st.DataObject) -> None:
    image = bytearray((BOXES / f"{name}.squashfs").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(image) - 1))
        image[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(96, len(image))) if data.draw(st.booleans()) else len(image)
    try:
        for member in OPENERS["squashfs"](BytesContent(bytes(image[:end])), Budget(Limits()).enter(), "a"):
            if member.kind == "file":
                member.content().whole()
    except Unreadable as error:
        assert error.reason.code.startswith(("squashfs.", "packed.", "limit."))


def test_bytes_and_members_are_counted() -> None:
    assert read(IMAGE, limits=Limits(container_bytes=1_000))["!"] == "limit.container_bytes"
    assert read(IMAGE, limits=Limits(container_members=2))["!"] == "limit.container_members"
    assert read(IMAGE, limits=Limits(member_bytes=20_000))["data/table.bin"] == "limit.member_bytes"


def test_an_image_inside_of_others_is_charged_to_them() -> None:
    outer = Budget(Limits(container_bytes=10_000)).enter()
    with pytest.raises(Unreadable):
        for member in OPENERS["squashfs"](BytesContent(IMAGE), outer.enter(), "a"):
            if member.kind == "file":
                member.content().whole()
    assert outer.unpacked > 10_000
