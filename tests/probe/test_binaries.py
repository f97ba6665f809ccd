"""Programs and libraries: what the dynamic linker sees of them, and that nothing in them is trusted."""

import struct
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.binaries import Binary, read_binary
from cpo_scan.probe.binary_reader import MOST_LIBRARIES
from tests.probe.native import elf, macho, pe, universal

NEEDED = ("libTKSTEP.so.7", "libc.so.6")
EXPORTED = ("GetPluginVersion", "_ZN4Part4loadEv")
IMPORTED = ("_ZN18STEPControl_ReaderC1Ev", "malloc", "lib3mf_reader_readfromfileutf8")


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("counted_by", ["hash", "gnu", "sections", "order"])
def test_elf_is_read_whatever_says_how_many_symbols_there_are(wide: bool, order: str, counted_by: str) -> None:
    binary = read_binary(
        elf(NEEDED, EXPORTED, IMPORTED, name="libpart.so.1", wide=wide, order=order, counted_by=counted_by)
    )
    assert binary.format == "elf"
    assert binary.needed == NEEDED
    assert binary.name == "libpart.so.1"
    assert [name.decode() for name in binary.exported] == list(EXPORTED)
    assert [name.decode() for name in binary.imported] == list(IMPORTED)


def test_architecture_is_named() -> None:
    assert read_binary(elf()).architecture == "x86_64"
    assert read_binary(elf(wide=False)).architecture == "x86"
    assert read_binary(pe({})).architecture == "x86_64"
    assert read_binary(macho()).architecture == "aarch64"


@pytest.mark.parametrize("wide", [True, False])
def test_pe_imports_by_name_and_exports_are_read(wide: bool) -> None:
    binary = read_binary(
        pe({"TKSTEP.dll": IMPORTED[:1], "lib3mf.dll": IMPORTED[2:]}, EXPORTED, name="part.dll", wide=wide)
    )
    assert (binary.format, binary.name, binary.needed) == ("pe", "part.dll", ("TKSTEP.dll", "lib3mf.dll"))
    assert {name.decode() for name in binary.imported} == {IMPORTED[0], IMPORTED[2]}
    assert {name.decode() for name in binary.exported} == set(EXPORTED)


def test_mach_o_loses_the_underscore_of_the_platform() -> None:
    binary = read_binary(macho(["@rpath/libTKSTEP.7.dylib"], EXPORTED, IMPORTED, name="@rpath/libpart.dylib"))
    assert (binary.format, binary.name) == ("mach-o", "@rpath/libpart.dylib")
    assert binary.needed == ("@rpath/libTKSTEP.7.dylib",)
    assert [name.decode() for name in binary.exported] == list(EXPORTED)
    assert [name.decode() for name in binary.imported] == list(IMPORTED)


def test_universal_file_names_all_its_architectures() -> None:
    first, second = macho(NEEDED, cpu=0x01000007), macho(NEEDED)
    binary = read_binary(universal((0x01000007, first), (0x0100000C, second)))
    assert (binary.architecture, binary.needed) == ("aarch64+x86_64", NEEDED)


def test_java_class_is_no_universal_file() -> None:
    with pytest.raises(Unreadable, match=r"binary\.unknown"):
        read_binary(struct.pack(">IHH", 0xCAFEBABE, 0, 61) + bytes(4096))


def test_real_extension_module_of_this_machine_exports_its_entry_point() -> None:
    place = import_module("tree_sitter._binding").__file__
    assert place is not None
    binary = read_binary(Path(place).read_bytes())
    assert b"PyInit__binding" in binary.exported
    assert any(name.startswith(b"Py") for name in binary.imported)


def test_symbols_can_be_left_out() -> None:
    binary = read_binary(elf(NEEDED, EXPORTED, IMPORTED), symbols=False)
    assert (binary.needed, binary.exported, binary.imported) == (NEEDED, (), ())


@pytest.mark.parametrize("data", [b"", b"MZ", b"\x7fELF", b"MZ" + bytes(100), b"\xcf\xfa\xed\xfe", b"text", bytes(64)])
def test_what_is_no_program_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable, match="binary"):
        read_binary(data)


def test_names_that_overlap_take_no_memory_beyond_their_table() -> None:
    """A table of half a million bytes without NUL, and each of its tails asked for as a name."""
    names = ["a" * 500_000]
    sound = elf(exported=[*names, *("b" for _ in range(2_000))], counted_by="hash")
    table = sound.index(b"\0a_local_one\0")
    rewritten = bytearray(sound)
    for number in range(2_000):
        struct.pack_into("<I", rewritten, 64 + 2 * 56 + 24 * (3 + number), 20 + number)
    assert table
    with pytest.raises(Unreadable, match=r"binary\.malformed"):
        read_binary(bytes(rewritten))


def test_too_many_libraries_are_refused() -> None:
    with pytest.raises(Unreadable, match=r"binary\.malformed"):
        read_binary(elf(["liba.so"] * (MOST_LIBRARIES + 1)))


def test_debug_information_of_a_program_needs_nothing() -> None:
    """`objcopy --only-keep-debug` keeps the segments of the program and not what they point to."""
    program = elf(NEEDED, EXPORTED, IMPORTED, counted_by="sections")
    place = len(program) - 2 * 64
    debug = bytearray(program)
    struct.pack_into("<I", debug, place + 4, 8)  # SHT_NOBITS in the place of SHT_DYNAMIC
    assert read_binary(bytes(debug)).needed == ()


SOUND = [
    elf(NEEDED, EXPORTED, IMPORTED, name="liba.so"),
    elf(NEEDED, EXPORTED, IMPORTED, counted_by="gnu", wide=False, order=">"),
    elf(NEEDED, EXPORTED, IMPORTED, counted_by="sections"),
    pe({"TKSTEP.dll": IMPORTED}, EXPORTED, name="a.dll"),
    pe({"TKSTEP.dll": IMPORTED}, EXPORTED, name="a.dll", wide=False),
    macho(NEEDED, EXPORTED, IMPORTED, name="a.dylib"),
    universal((7, macho(NEEDED)), (12, macho(NEEDED, EXPORTED))),
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SOUND), st.data())
def test_damaged_program_is_read_or_refused_and_nothing_else(sound: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        value = data.draw(st.sampled_from([b"\0", b"\xff", b"\x80", b"\xff\xff\xff\xff", bytes(8), b"\xff" * 8]))
        damaged[place : place + len(value)] = value
    cut = data.draw(st.integers(0, len(damaged)))
    for case in (bytes(damaged), bytes(damaged[:cut])):
        try:
            assert isinstance(read_binary(case), Binary)
        except Unreadable as error:
            assert error.reason.code.startswith("binary.")
