"""Assemblies of .NET: what they offer to others, and that no damage makes the reader crash."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.dotnet import Accessed, Attribute, Field, Reference, is_assembly, read_assembly
from tests.probe.managed import assembly
from tests.probe.native import pe

PUBLIC, FAMILY, PRIVATE, SPECIAL = 6, 4, 1, 0x800
TYPES = (
    ("Acme", "Part", 0x1, (("Open", PUBLIC, 2), ("get_Mass", PUBLIC | SPECIAL, 0), ("Hide", PRIVATE, 0)), (("Id", 6),)),
    ("Acme", "Kept", 0x0, (("Run", PUBLIC, 0),), ()),
    ("", "Inside", 0x2, (("Step", FAMILY, 0),), ()),
    ("", "Deep", 0x2, (), ()),
    ("Acme", "IPlugin", 0xA1, (("Load", PUBLIC | 0x400, 1),), ()),
)
SOUND = assembly(TYPES, nested=((4, 2), (5, 3)), properties=((2, "Mass", 2),), attribute="AssemblyCompanyAttribute")


@pytest.mark.parametrize("wide", [False, True])
def test_types_and_members_are_read_with_their_visibility(wide: bool) -> None:
    found = read_assembly(assembly(TYPES, nested=((4, 2), (5, 3)), properties=((2, "Mass", 2),), wide=wide))
    assert (found.name, found.version, found.runtime) == ("Acme.Core", "1.2.3.4", "v4.0.30319")
    assert found.references == (Reference("mscorlib", "4.0.0.0"),)
    part = found.types[0]
    assert (part.name, part.visibility, part.kind, part.base) == ("Acme.Part", "public", "class", "System.Object")
    assert [(method.name, method.visibility, method.parameters) for method in part.methods] == [
        ("Open", "public", 2),
        ("get_Mass", "public", 0),
        ("Hide", "private", 0),
    ]
    assert part.methods[1].accessor == "property"
    assert part.properties == (Accessed("Mass", "public"),)
    assert part.fields == (Field("Id", "public"),)


def test_a_nested_type_is_no_more_visible_than_what_it_is_nested_in() -> None:
    names = {found.name: found.visibility for found in read_assembly(SOUND).types}
    assert names == {
        "Acme.Part": "public",
        "Acme.Kept": "internal",
        "Acme.Part+Inside": "public",
        "Acme.Kept+Deep": "internal",
        "Acme.IPlugin": "public",
    }


def test_an_interface_is_told_from_a_class() -> None:
    assert read_assembly(SOUND).types[-1].kind == "interface"


def test_enumerations_structures_and_delegates_are_told_by_their_base() -> None:
    for base, kind in (("Enum", "enum"), ("ValueType", "struct"), ("MulticastDelegate", "delegate")):
        assert read_assembly(assembly(TYPES[:1], base=("System", base))).types[0].kind == kind


def test_a_custom_attribute_comes_with_its_text() -> None:
    assert read_assembly(SOUND).attributes == (Attribute("System.Reflection.AssemblyCompanyAttribute", "Acme"),)


def test_a_native_program_is_no_assembly() -> None:
    native = pe({"kernel32.dll": ["ExitProcess"]})
    assert not is_assembly(native)
    with pytest.raises(Unreadable, match=r"dotnet\.none"):
        read_assembly(native)


@pytest.mark.parametrize("data", [b"", b"MZ", b"\x7fELF" + bytes(60)])
def test_other_files_are_no_assembly(data: bytes) -> None:
    assert not is_assembly(data)


@pytest.mark.parametrize("share", range(2, 100, 4))
def test_a_cut_assembly_is_said_so(share: int) -> None:
    with pytest.raises(Unreadable, match=r"dotnet\.(?:malformed|none)"):
        read_assembly(SOUND[: len(SOUND) * share // 100])


def test_types_that_would_share_their_members_are_refused() -> None:
    """Each type with all methods of the file: a small file could ask for any amount of work."""
    tables = SOUND.index(b"#~")
    assert tables
    first = SOUND.index(struct.pack("<HH", 2, 4))  # where the fields and methods of the second type begin
    with pytest.raises(Unreadable, match=r"dotnet\.malformed"):
        read_assembly(SOUND[: first + 2] + struct.pack("<H", 900) + SOUND[first + 4 :])


@given(st.data())
def test_no_damage_makes_it_crash(data: st.DataObject) -> None:
    damaged = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0x80, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_assembly(bytes(damaged))
    except Unreadable as error:
        assert error.reason.code.startswith("dotnet.")
    else:
        assert isinstance(found.name, str)


def test_without_types_an_assembly_says_what_it_is_and_needs() -> None:
    whole, brief = read_assembly(SOUND), read_assembly(SOUND, types=False)
    assert brief.types == ()
    assert (brief.name, brief.version, brief.references) == (whole.name, whole.version, whole.references)
    assert brief.attributes == whole.attributes
