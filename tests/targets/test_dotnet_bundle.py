"""Programs of .NET in a single file: for Linux and Windows, of three versions, packed or not, and damaged ones."""

import struct
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.targets.containers import OPENERS, Budget, holds_members, opens_as
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from tests.targets.made_boxes import program

MARK = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
FILES = {"Acme.dll": b"MZ" + bytes(5000), "de/Acme.resources.dll": b"MZ translated", "Acme.deps.json": b"{}"}


def text(value: str) -> bytes:
    raw = value.encode()
    size, out = len(raw), b""
    while size >= 0x80:
        out, size = out + bytes([size & 0x7F | 0x80]), size >> 7
    return out + bytes([size]) + raw


def bundle(base: bytes, files: Mapping[str, bytes], *, version: int, packed: bool = False) -> bytes:
    """A program with files behind it; the place of the list stands before the mark that it holds."""
    body, rows = base.ljust(len(base) + 4096, b"\0"), b""
    for path, content in files.items():
        raw = zlib.compress(content, wbits=-15) if packed else content
        row = [len(body), len(content)] + ([len(raw) if packed else 0] if version >= 6 else [])
        rows += struct.pack(f"<{len(row)}qB", *row, 1) + text(path)
        body += raw
    place = len(body)
    body += struct.pack("<IIi", version, 0, len(files)) + text("abc") + (bytes(40) if version >= 2 else b"") + rows
    at = body.index(MARK)
    return body[: at - 8] + struct.pack("<q", place) + body[at:]


def elf_program() -> bytes:
    """An ELF program of 64 bits with two section headers at its end."""
    head = b"\x7fELF\x02\x01\x01" + bytes(33) + struct.pack("<Q", 256) + bytes(10) + struct.pack("<HH", 64, 2)
    return head.ljust(64, b"\0") + bytes(40) + bytes(8) + MARK + bytes(112) + bytes(128)


def windows_program() -> bytes:
    return program(resource=bytes(64) + bytes(8) + MARK + bytes(64))


def read(data: bytes, limits: Limits | None = None) -> dict[str, bytes]:
    found = {}
    for member in OPENERS["program"](BytesContent(data), Budget(limits or Limits()).enter(), "acme"):
        with member.content() as content:
            found[member.name] = bytes(content.whole())
    return found


@pytest.mark.parametrize("version", [1, 2, 6])
@pytest.mark.parametrize("base", [elf_program(), windows_program()], ids=["elf", "pe"])
def test_files_of_a_program_in_a_single_file_are_its_members(base: bytes, version: int) -> None:
    data = bundle(base, FILES, version=version)
    assert read(data) == FILES
    assert opens_as("acme", BytesContent(data)) == "program"


def test_packed_files_are_unpacked() -> None:
    assert read(bundle(elf_program(), FILES, version=6, packed=True)) == FILES


def test_a_program_that_carries_nothing_is_no_container() -> None:
    for data in (elf_program(), elf_program() + bytes(8000), b"\x7fELF" + bytes(9000), elf_program()[:50]):
        assert not holds_members("program", BytesContent(data))
        assert read(data) == {}


def test_a_list_that_says_too_much_is_refused() -> None:
    sound = bundle(elf_program(), FILES, version=6)
    at = sound.rindex(struct.pack("<IIi", 6, 0, 3))
    for count in (-1, 4, 100):
        with pytest.raises(Unreadable) as caught:
            read(sound[: at + 8] + struct.pack("<i", count) + sound[at + 12 :])
        assert caught.value.reason.code == "bundle.damaged"
    with pytest.raises(Unreadable) as caught:
        read(sound, Limits(container_members=2))
    assert caught.value.reason.code == "limit.container_members"


def test_a_file_that_unpacks_to_more_than_the_limit_is_cut() -> None:
    with pytest.raises(Unreadable):
        read(bundle(elf_program(), {"a": bytes(100_000)}, version=6, packed=True), Limits(member_bytes=50_000))


SOUND = bundle(elf_program(), FILES, version=6, packed=True)


@given(st.integers(0, len(SOUND)), st.binary(min_size=1, max_size=12))
def test_damaged_programs_are_read_or_refused(at: int, intruder: bytes) -> None:
    for damaged in (SOUND[:at], SOUND[:at] + intruder + SOUND[at + len(intruder) :]):
        try:
            read(damaged)
        except Unreadable as error:
            assert error.reason.code
