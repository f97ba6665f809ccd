"""Type libraries in the older format SLTG, written here block by block."""

import struct
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.typelib.model import KINDS, Broken, Implemented
from cpo_probes.api.typelib.probe import TypeLibraryProbe
from cpo_probes.api.typelib.sltg import read_library
from cpo_scan.probe.testing import check_determinism, check_hostile, run_probe

LIBRARY_ID = bytes(range(16))


class Function(NamedTuple):
    name: str
    call: int = 1
    text: str = ""
    result: int = 25  # VT_HRESULT
    parameters: tuple[tuple[str, int], ...] = ()  # name, and the word of its type
    id: int = 0x60000000
    hidden: bool = False


class Variable(NamedTuple):
    name: str
    type: int = 3  # VT_I4
    value: int | None = None
    text: str = ""


class Kind(NamedTuple):
    kind: str
    name: str
    members: tuple[Function | Variable, ...] = ()
    text: str = ""
    flags: int = 0
    refers: tuple[int, ...] = ()  # numbers of types that it refers to
    implements: tuple[tuple[int, int], ...] = ()  # place in `refers`, IMPLTYPEFLAGS
    alias: int = 0


class Words:
    """Help texts: all words in one tree, whose n-th leaf is reached over n bits of 0 and one of 1."""

    def __init__(self, texts: list[str]) -> None:
        self.words = ["", *sorted({word for text in texts for word in text.split()})]
        self.longest = max(map(len, texts), default=0) + 1

    def tree(self) -> bytes:
        leaves = [b"\x01" + word.encode() + b"\0" for word in self.words]
        raw = b""
        for number, leaf in enumerate(leaves[:-1], 1):
            raw += b"\x80" + struct.pack(">H", len(raw) + 3 + len(leaf)) + leaf
            assert number
        return raw + leaves[-1]

    def packed(self, text: str) -> bytes:
        last = len(self.words) - 1
        bits = ""
        for word in [*text.split(), ""]:
            number = self.words.index(word)
            bits += "0" * number + ("1" if number < last else "")
        bits += "1" * (-len(bits) % 8)
        return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


class Writer:
    def __init__(self, kinds: list[Kind]) -> None:
        self.names = b""
        self.words = Words([one.text for kind in kinds for one in (kind, *kind.members)])

    def name(self, text: str) -> int:
        at = len(self.names)
        raw = b"\xff" * 8 + text.encode() + b"\0"
        self.names += raw + b"\0" * (-len(raw) % 2)
        return at

    def function(self, one: Function, at: int, last: bool) -> bytes:
        help = self.words.packed(one.text) if one.text else b""
        arguments = b"".join(struct.pack("<HH", self.name(name) | 1, word) for name, word in one.parameters)
        size = 24 + len(arguments) + len(help) + (len(help) & 1)
        head = struct.pack(
            "<BBHHIHHHBBHHH", 0x6C, one.call << 4 | 2, 0xFFFF if last else at + size, self.name(one.name), one.id,
            0xFFFE, at + 24 + len(arguments) if help else 0xFFFF, at + 24, len(one.parameters) << 3 | 4, 0x80,
            one.result, 0, 0x40 if one.hidden else 0,
        )  # fmt: skip
        return (head + arguments + help).ljust(size, b"\0")

    def variable(self, one: Variable, at: int, last: bool, number: int) -> bytes:
        help = self.words.packed(one.text) if one.text else b""
        size = 20 + 4 + len(help) + (len(help) & 1)
        flags = 0x02 | (0x10 if one.value is not None else 0)
        place = at + 20 if one.value is not None else 0
        head = struct.pack(
            "<BBHHHHIHHH", 0x2A, flags, 0xFFFF if last else at + size, self.name(one.name), place, one.type,
            0x40000000 + number, 0xFFFE, at + 24 if help else 0xFFFF, 0,
        )  # fmt: skip
        return (head + struct.pack("<i", one.value or 0) + help).ljust(size, b"\0")

    def references(self, refers: tuple[int, ...]) -> bytes:
        if not refers:
            return b""
        strings = [f"*\\Rffff*#{number:x}".encode() for number in refers]
        head = b"\xdf\0" + b"\xff" * 66 + struct.pack("<I", 8 * len(refers)) + b"\xff" * 8 * len(refers)
        return head + b"\xff\xff\x01\0\0\0\0" + b"".join(struct.pack("<H", len(s)) + s for s in strings) + b"\xdf"

    def block(self, kind: Kind) -> bytes:
        references = self.references(kind.refers)
        members = b""
        for number, (place, flags) in enumerate(kind.implements):
            following = 0xFFFF if number == len(kind.implements) - 1 else len(members) + 22
            members += struct.pack("<HHHBBHHHHHHH", 0x4A, following, 0xFFFF, flags, 0x80, 18, place, 1, 2, 3, 4, 5)[:22]
        functions = [one for one in kind.members if isinstance(one, Function)]
        variables = [one for one in kind.members if isinstance(one, Variable)]
        functions_at = len(members) if functions else 0xFFFF
        for one in functions:
            members += self.function(one, len(members), one is functions[-1])
        variables_at = len(members) if variables else 0xFFFF
        for number, each in enumerate(variables):
            members += self.variable(each, len(members), each is variables[-1], number)
        tail = [len(functions), len(variables), len(kind.implements), 0, functions_at, variables_at]
        tail += [0 if kind.implements else 0xFFFF, 0, 0, 0, kind.alias, 0xFFFF, 0, 0, 1 if kind.alias else 0]
        header = struct.pack(
            "<HIIIIHHIBBBBI", 0x0501, 34 if references else 0xFFFFFFFF, 0xFFFFFFFF, 34 + len(references), 0xFFFFFFFF,
            1, 0, 0xFFFE0000, (kind.flags & 0x1F) << 3 | 2, kind.flags >> 5, 2, KINDS.index(kind.kind), 0,
        )  # fmt: skip
        return (
            header
            + references
            + struct.pack("<HHBI", 1, 0xFFFF, 1, len(members))
            + members
            + struct.pack("<27H", *tail, *[0] * 12)
        )

    def library(self, name: str, kinds: list[Kind], *, text: str = "", flags: int = 0) -> bytes:
        own = self.name(name)
        blocks, listed = [], b""
        for number, kind in enumerate(kinds):
            blocks.append(self.block(kind))
            help = self.words.packed(kind.text) if kind.text else b""
            listed += struct.pack("<H", 4) + f"A{number:03}".encode() + struct.pack("<H", 1) + b"B"
            listed += struct.pack("<HHH", 0xFFFF, self.name(kind.name), len(help)) + help
            listed += struct.pack("<HIH", 0xFFFF, 0, 0xFFFF) + bytes([number + 1] * 16)
            listed += struct.pack("<H", KINDS.index(kind.kind))
        tree = self.words.tree()
        about = struct.pack("<HHHHH", 0x51CC, 3, own, 0xFFFF, len(text)) + text.encode() + struct.pack("<H", 0xFFFF)
        about += struct.pack("<IHHIHHH", 0, 1, 0x409, 0, flags, 1, 4) + LIBRARY_ID
        about += b"\xff" * 0x40 + struct.pack("<H", len(kinds)) + listed
        helps = struct.pack("<HI", self.words.longest, len(tree)) + tree
        about += struct.pack("<I", len(about) + 4 + len(helps)) + helps
        about += b"\xff\xff" + bytes(0x20E) + b"\0" * 8  # the hash table; names point behind their own eight octets
        blocks.append(about[: len(about) - 8] + self.names + b"\0" * 8)
        count = len(blocks)
        entries = b"".join(
            struct.pack("<IHH", len(block), 13, number + 2 if number < count - 1 else 0)
            for number, block in enumerate(blocks)
        )
        head = struct.pack("<4sHHHH16sII", b"SLTG", count + 1, 9, 0, 1, bytes(16), 0x44, 0xFFFF0000)
        index = b"\x01CompObj\0dir\0" + b"AAAAAAAAAA\0" * (count - 1) + bytes(9)
        return head + entries + index + b"".join(blocks)


def written(name: str, *kinds: Kind, **more: Any) -> bytes:
    return Writer(list(kinds)).library(name, list(kinds), **more)


STORE = [
    Kind("enum", "State", (Variable("OPEN", value=1), Variable("SOLD", value=-4, text="Nothing more can be changed"))),
    Kind("struct", "Point", (Variable("x"), Variable("y", 5))),
    Kind(
        "dispinterface",
        "IStore",
        (
            Function(
                "Find",
                text="Looks for one order by its number",
                parameters=(("number", 3), ("found", 0x4E00 | 12)),
                id=1,
            ),
            Function("Remove", parameters=(("name", 8), ("why", 8))),
            Function("Count", 2, "How many orders there are", result=3),
            Function("Count", 4, parameters=(("count", 3),)),
            Variable("Size"),
        ),
        text="The orders that are kept",
    ),
    Kind("interface", "IPlain", (Function("Open", hidden=True),), refers=(2,), implements=((0, 0),)),
    Kind("coclass", "Store", refers=(2, 3), implements=((0, 1), (1, 2)), flags=0x02),
    Kind("typedef", "Number", alias=3),
]
LIBRARY = written("OrdersLib", *STORE, text="Orders of a small shop")


def test_the_old_format_is_counted_as_the_new_one_is() -> None:
    result = run_probe(TypeLibraryProbe, {"orders.olb": LIBRARY})
    found = result.one("api.description")
    assert (found["family"], found["format"], found["title"]) == ("typelib", "sltg", "OrdersLib")
    assert (found["api_version"], found["description"]) == ("1.4", "Orders of a small shop")
    assert found["uuid"] == "03020100-0504-0706-0809-0a0b0c0d0e0f"
    assert (found["operations"], found["documented_operations"]) == (3, 1)
    assert found["undocumented"] == ["IStore::Remove", "IPlain::Open"]
    assert (found["attributes"], found["documented_attributes"]) == (2, 1)
    assert (found["interfaces"], found["components"], found["schemas"], found["enums"]) == (2, 1, 1, 1)
    assert (found["constants"], found["properties"], found["types"]) == (2, 2, 1)
    assert (found["valid"], found["problems"], found["hidden_operations"]) == (True, [], 1)


def test_types_ways_and_values_are_read() -> None:
    library = read_library(LIBRARY)
    assert library.problems == []
    state, point, store, plain, of_class, number = library.types
    assert [(one.name, one.value, one.text) for one in state.members] == [
        ("OPEN", "1", ""),
        ("SOLD", "-4", "Nothing more can be changed"),
    ]
    assert [(one.name, one.type) for one in point.members] == [("x", "long"), ("y", "double")]
    assert [(one.name, one.type, one.way) for one in store.members[0].parameters] == [
        ("number", "long", "in"),
        ("found", "VARIANT*", "out"),
    ]
    assert (store.text, store.members[0].id, store.members[0].type) == ("The orders that are kept", 1, "HRESULT")
    assert (plain.bases, plain.members[0].hidden) == (("IStore",), True)
    assert of_class.implements == (Implemented("IStore", default=True), Implemented("IPlain", source=True))
    assert (of_class.creatable, number.stands_for) == (True, "long")


def test_pointers_arrays_and_other_types() -> None:
    words = {
        (0x0E00 | 29, 0): "Point*",  # VT_USERDEFINED, first reference
        (26, 0x0E00 | 3): "long**",
        (27, 0, 8): "SAFEARRAY(BSTR)",
        (0x0E00 | 27, 0, 8): "SAFEARRAY(BSTR)*",
        (63,): "?",
    }
    for stated, expected in words.items():
        raw = b"".join(struct.pack("<H", word) for word in stated)
        one = Kind("interface", "I", (Function("F", parameters=(("p", 0), ("q", 0))),), refers=(1,))
        data = written("L", one, STORE[1])
        at = data.index(b"\x6c\x12") + 24
        data = data[: at + 2] + raw + data[at + 2 + len(raw) :]
        found = read_library(data).types[0]
        assert found.members[0].parameters[0].type == expected


def test_a_hidden_library_is_internal() -> None:
    result = run_probe(TypeLibraryProbe, {"a.tlb": written("L", flags=4)})
    assert [row["offered"] for row in result.findings] == ["internal"]


@pytest.mark.parametrize(("place", "value"), [(4, 0), (4, 0xFFFF), (10, 0), (10, 0x7FFF)])
def test_a_chain_that_leads_nowhere_makes_it_invalid(place: int, value: int) -> None:
    broken = LIBRARY[:place] + struct.pack("<H", value) + LIBRARY[place + 2 :]
    found = run_probe(TypeLibraryProbe, {"a.tlb": broken}).one("api.description")
    assert (found["valid"], found["problems"][0]["code"]) == (False, "typelib.broken")


def test_one_broken_type_does_not_hide_the_others() -> None:
    at = LIBRARY.index(struct.pack("<H", 0x0501))
    found = run_probe(TypeLibraryProbe, {"a.tlb": LIBRARY[:at] + b"\0\0" + LIBRARY[at + 2 :]}).one("api.description")
    assert (found["valid"], found["operations"], found["enums"]) == (False, 3, 0)


def test_a_chain_of_members_that_leads_back_ends() -> None:
    at = LIBRARY.index(b"\x6c\x12")
    library = read_library(LIBRARY[: at + 2] + LIBRARY[at + 2 : at + 2] + b"\0\0" + LIBRARY[at + 4 :])
    assert library.problems and len(library.types) == len(STORE) - 1


def test_help_texts_without_end_are_cut() -> None:
    one = Kind("interface", "I", (Function("F", text="again " * 40),))
    data = written("L", one)
    assert len(read_library(data).types[0].members[0].text) == len("again " * 40) - 1
    tree = data.index(b"\x80\0\x05\x01\0")
    rooted = data[:tree] + b"\x01x\0" + data[tree + 3 :]  # the root is a leaf: no bit is used up
    assert len(read_library(rooted).types[0].members[0].text) <= 300


def test_damage_breaks_nothing() -> None:
    check_determinism(TypeLibraryProbe, {"a.tlb": LIBRARY, "b.olb": LIBRARY})
    assert check_hostile(TypeLibraryProbe, {"a.tlb": LIBRARY}) > 40


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
TEXTS = st.sampled_from(["", "says something", "Looks for one", "one"])
FUNCTIONS = st.tuples(NAMES, st.sampled_from([1, 2, 4, 8]), TEXTS).map(lambda told: Function(*told))
VARIABLES = st.tuples(NAMES, st.sampled_from([2, 3, 8]), st.none(), TEXTS).map(lambda told: Variable(*told))


@given(st.lists(st.tuples(NAMES, st.lists(FUNCTIONS | VARIABLES, max_size=5), TEXTS), max_size=4), NAMES)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(types: list[tuple[str, list[Function | Variable], str]], name: str) -> None:
    kinds = [Kind("dispinterface", own, tuple(members), text) for own, members, text in types]
    library = read_library(written(name, *kinds))
    assert (library.name, library.problems) == (name, [])
    for described, kind in zip(library.types, kinds, strict=True):
        assert (described.name, described.text) == (kind.name, kind.text)
        expected = sorted(kind.members, key=lambda one: isinstance(one, Variable))
        assert [(one.name, one.text) for one in described.members] == [(one.name, one.text) for one in expected]


@given(st.binary(max_size=64), st.integers(0, len(LIBRARY)))
@settings(max_examples=150, deadline=None)
def test_any_octets_are_read_or_broken(intruder: bytes, place: int) -> None:
    try:
        read_library(LIBRARY[:place] + intruder + LIBRARY[place + len(intruder) :])
    except Broken as error:
        assert error.what


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_octets_behind_the_mark_are_broken(rest: bytes) -> None:
    with pytest.raises(Broken):
        read_library(b"SLTG" + rest)
