"""What the probe api.typelib states about COM type libraries: files of their own and resources of PE files."""

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.typelib import probe as typelib
from cpo_probes.api.typelib.model import KINDS, Broken
from cpo_probes.api.typelib.msft import read_library
from cpo_probes.api.typelib.probe import TypeLibraryProbe
from cpo_scan.probe import Unreadable
from cpo_scan.probe.binaries import read_resources
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.messages import load_messages

NONE = 0xFFFFFFFF
HRESULT, LONG = 0x80180018 - 2**32, 0x80030003 - 2**32
Member = tuple[str, int, str]  # name, INVOKEKIND (0: a variable), help text


class Writer:
    """Writes a type library in the format MSFT."""

    def __init__(self) -> None:
        self.names, self.strings = b"", b""

    def name(self, text: str) -> int:
        at = len(self.names)
        raw = text.encode()
        self.names += struct.pack("<IIBBH", NONE, NONE, len(raw), 0x38, 0) + raw + b"W" * (-len(raw) % 4)
        return at

    def string(self, text: str) -> int:
        if not text:
            return NONE
        at = len(self.strings)
        raw = struct.pack("<H", len(text)) + text.encode()
        self.strings += raw + b"W" * (-len(raw) % 4)
        return at

    def function(self, number: int, call: int, text: str, arguments: int) -> bytes:
        optional = struct.pack("<II", 0, self.string(text)) if text else b""
        size = 0x18 + len(optional) + 12 * arguments
        head = struct.pack("<IiIHHIHH", size | number << 16, HRESULT, 0, 0, 0x30, 1 | call << 3, arguments, 0)
        return head + optional + struct.pack("<iII", LONG, NONE, 1) * arguments

    def variable(self, number: int, text: str) -> bytes:
        optional = struct.pack("<II", 0, self.string(text)) if text else b""
        return struct.pack("<IiIHHI", 0x14 + len(optional) | number << 16, LONG, 0, 0, 0x24, 0) + optional

    def library(self, name: str, types: list[tuple[str, str, list[Member]]], *, flags: int = 0) -> bytes:
        rows, blocks = [], []
        for kind, type_name, members in types:
            functions = [member for member in members if member[1]]
            variables = [member for member in members if not member[1]]
            records = b"".join(self.function(n, call, text, n % 3) for n, (_, call, text) in enumerate(functions))
            records += b"".join(self.variable(n, text) for n, (_, _, text) in enumerate(variables))
            both = [*functions, *variables]
            block = struct.pack("<I", len(records)) + records
            block += b"".join(struct.pack("<I", 0x60000000 + number) for number in range(len(both)))
            block += b"".join(struct.pack("<I", self.name(member[0])) for member in both)
            block += bytes(4 * len(both))
            blocks.append(block if both else b"")
            row = [KINDS.index(kind), 0, 0, 0, 0, 0, len(functions) | len(variables) << 16, 0, 0, 0, 0, NONE, 0]
            datatype = LONG & NONE if kind == "typedef" else 0
            rows.append([*row, self.name(type_name), 0, NONE, 0, 0, NONE, 0, 0, datatype, 0, 0, 0])
        library_name = self.name(name)
        header = [0x5446534D, 0x00010002, NONE, 0, 0, 2, 1 | 4 << 16, flags, len(types), NONE, 0, 0, 1]
        header += [len(self.names), library_name, NONE, NONE, 0x20, 0x80, NONE, 0]
        start = 0x54 + 4 * len(types) + 15 * 16
        places = [start + 100 * len(types)]
        for block in blocks:
            places.append(places[-1] + len(block))
        for row, block, place in zip(rows, blocks, places, strict=False):
            row[1] = place if block else NONE
        segments = [(NONE, 0)] * 15
        segments[0] = (start, 100 * len(types))
        segments[7] = (places[-1], len(self.names))
        segments[8] = (places[-1] + len(self.names), len(self.strings))
        return b"".join(
            [
                struct.pack("<21I", *header),
                bytes(4 * len(types)),
                *(struct.pack("<IIII", at, size, NONE, 0xF) for at, size in segments),
                *(struct.pack("<25I", *row) for row in rows),
                *blocks,
                self.names,
                self.strings,
            ]
        )


TYPES: list[tuple[str, str, list[Member]]] = [
    ("enum", "Kind", [("NONE", 0, ""), ("SOLD", 0, "")]),
    (
        "dispinterface",
        "IStore",
        [
            ("QueryInterface", 1, ""),
            ("Invoke", 1, ""),
            ("Find", 1, "Looks for one order by its number"),
            ("Remove", 1, "Remove"),
            ("Count", 2, "How many orders there are"),
            ("Count", 4, ""),
            ("Size", 0, ""),
        ],
    ),
    ("interface", "IPlain", [("Open", 1, "")]),
    ("struct", "Point", [("x", 0, ""), ("y", 0, "")]),
    ("coclass", "Store", []),
    ("typedef", "Number", []),
]
LIBRARY = Writer().library("OrdersLib", TYPES)


def pe(*libraries: bytes, kind: str = "TYPELIB") -> bytes:
    """A PE file with nothing but resources of one kind, named 1, 2, …"""
    count = len(libraries)
    names = 24 + 16 + 8 * count  # behind the directories of kinds and of names
    leaves = names + 24 * count
    text = leaves + 16 * count
    data = text + 2 + 2 * len(kind) + 64
    base = 0x1000
    section = struct.pack("<IIHHHHII", 0, 0, 0, 0, 1, 0, text | 1 << 31, 24 | 1 << 31)
    section += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, count)
    section += b"".join(struct.pack("<II", n + 1, names + 24 * n | 1 << 31) for n in range(count))
    section += b"".join(struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1033, leaves + 16 * n) for n in range(count))
    at = base + data
    for library in libraries:
        section += struct.pack("<IIII", at, len(library), 0, 0)
        at += len(library)
    section += struct.pack("<H", len(kind)) + kind.encode("utf-16-le")
    section = section.ljust(data, b"\0") + b"".join(libraries)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 96 + 16 * 8, 0x2102)
    directories = [(0, 0)] * 16
    directories[2] = (base, len(section))
    optional = struct.pack("<H", 0x10B).ljust(92, b"\0") + struct.pack("<I", 16)
    optional += b"".join(struct.pack("<II", *directory) for directory in directories)
    table = b".rsrc\0\0\0" + struct.pack("<IIIIIIHHI", len(section), base, len(section), 0x400, 0, 0, 0, 0, 0x40000040)
    return (head + optional + table).ljust(0x400, b"\0") + section


def test_metadata_is_complete() -> None:
    check_metadata(TypeLibraryProbe)


def test_the_findings_do_not_depend_on_order_and_damage_breaks_nothing() -> None:
    check_determinism(TypeLibraryProbe, {"a.tlb": LIBRARY, "b.dll": pe(LIBRARY, LIBRARY)})
    assert check_hostile(TypeLibraryProbe, {"a.tlb": LIBRARY}) > 40
    assert check_hostile(TypeLibraryProbe, {"b.dll": pe(LIBRARY)}) > 40


def test_methods_and_properties_are_counted_with_their_help_texts() -> None:
    result = run_probe(TypeLibraryProbe, {"orders.tlb": LIBRARY})
    found = result.one("api.description")
    assert (found["family"], found["title"], found["api_version"]) == ("typelib", "OrdersLib", "1.4")
    assert (found["operations"], found["documented_operations"]) == (3, 1)
    assert found["undocumented"] == ["IStore::Remove", "IPlain::Open"]
    assert (found["attributes"], found["documented_attributes"]) == (2, 1)
    assert (found["interfaces"], found["components"], found["schemas"], found["enums"]) == (2, 1, 1, 1)
    assert (found["constants"], found["properties"], found["types"]) == (2, 2, 1)
    assert (found["valid"], found["problems"]) == (True, [])
    assert result.findings[0]["strength"] == "validated"


def test_a_library_inside_of_a_program_is_found() -> None:
    result = run_probe(TypeLibraryProbe, {"orders.dll": pe(LIBRARY)})
    found = result.one("api.description")
    assert (found["title"], found["operations"], found["resource"]) == ("OrdersLib", 3, "TYPELIB/1")
    offset = result.findings[0]["evidence"][0]["locator"]["bytes"][0]
    assert pe(LIBRARY)[offset : offset + 4] == b"MSFT"


def test_several_libraries_of_one_program_are_told_apart() -> None:
    other = Writer().library("EventsLib", TYPES[:1])
    result = run_probe(TypeLibraryProbe, {"orders.dll": pe(LIBRARY, other)})
    assert sorted(row["attributes"]["title"] for row in result.findings) == ["EventsLib", "OrdersLib"]
    assert len({row["id"] for row in result.findings}) == 2


def test_programs_without_the_resource_say_nothing() -> None:
    mentions = pe(LIBRARY, kind="OTHER") + "TYPELIB".encode("utf-16-le")
    result = run_probe(TypeLibraryProbe, {"plain.exe": mentions, "none.exe": pe(LIBRARY, kind="OTHER")})
    assert (result.findings, result.rows, result.examined) == ([], [], ("plain.exe",))


def test_a_resource_that_is_no_type_library_is_a_row() -> None:
    result = run_probe(TypeLibraryProbe, {"odd.dll": pe(b"hello, this is none")})
    assert (result.findings, result.reasons) == ([], ["typelib.none"])


def test_a_hidden_library_is_internal() -> None:
    result = run_probe(TypeLibraryProbe, {"a.tlb": Writer().library("L", TYPES, flags=4)})
    assert [row["offered"] for row in result.findings] == ["internal"]


@pytest.mark.parametrize(("place", "value"), [(0x20, 0x00FFFFFF), (0x20, 2_000), (0x6C, 0x7FFFFFFF)])
def test_tables_beyond_the_end_make_it_invalid(place: int, value: int) -> None:
    broken = LIBRARY[:place] + struct.pack("<I", value) + LIBRARY[place + 4 :]
    found = run_probe(TypeLibraryProbe, {"a.tlb": broken}).one("api.description")
    assert (found["valid"], found["problems"][0]["code"]) == (False, "typelib.broken")


def test_one_broken_record_does_not_hide_the_other_types() -> None:
    start = 0x54 + 4 * len(TYPES) + 15 * 16
    place = start + 100 + 4  # where the members of the second type lie
    broken = LIBRARY[:place] + struct.pack("<I", 0x7FFFFFFF) + LIBRARY[place + 4 :]
    found = run_probe(TypeLibraryProbe, {"a.tlb": broken}).one("api.description")
    assert (found["valid"], found["operations"], found["interfaces"]) == (False, 1, 2)


def test_resources_are_read_by_kind() -> None:
    assert [(found.name, found.size) for found in read_resources(pe(LIBRARY, b"abc"), "TYPELIB")] == [
        ("1", len(LIBRARY)),
        ("2", 3),
    ]
    assert read_resources(pe(LIBRARY), "16") == ()
    with pytest.raises(Unreadable):
        read_resources(pe(LIBRARY)[:0x420], "TYPELIB")


def test_every_code_has_a_text() -> None:
    texts = load_messages()
    for module in Path(typelib.__file__).parent.glob("typelib*.py"):
        for code in re.findall(r'"(typelib\.[a-z_0-9]+)"', module.read_text(encoding="utf-8")):
            assert code in texts, code


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True)
MEMBERS = st.lists(
    st.tuples(NAMES, st.sampled_from([0, 1, 2, 4, 8]), st.sampled_from(["", "says something"])), max_size=6
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), NAMES, MEMBERS), max_size=5), NAMES)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(types: list[tuple[str, str, list[Member]]], name: str) -> None:
    library = read_library(Writer().library(name, types))
    assert (library.name, library.problems) == (name, [])
    read = [
        (each.kind, each.name, [(member.name, member.call, member.text) for member in each.members])
        for each in library.types
    ]
    assert read == [(kind, own, sorted(members, key=lambda member: not member[1])) for kind, own, members in types]


@given(st.binary(max_size=64), st.integers(0, len(LIBRARY)))
@settings(max_examples=100, deadline=None)
def test_any_octets_are_read_or_broken(intruder: bytes, place: int) -> None:
    try:
        read_library(LIBRARY[:place] + intruder + LIBRARY[place + len(intruder) :])
    except Broken as error:
        assert error.what
