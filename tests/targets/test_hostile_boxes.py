"""Archives that nobody honest writes: names that lead out, circles, lies about sizes, bombs."""

import lzma
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.formats.containers import ole_names
from cpo_scan.targets.cab import checksum
from cpo_scan.targets.containers import OPENERS, Budget, opens_as
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from tests.targets.made import members, read, reason, zipped
from tests.targets.made_boxes import (
    FILE,
    FOLDER,
    LINK,
    NONE,
    cab,
    compound,
    cpio,
    iso,
    mszip,
    number,
    program,
    sevenzip,
    stored_7z,
)

# -- names


OUTSIDE = [
    ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
    ("/etc/x", "%2Fetc/x"),
    ("a!/b", "a%21/b"),
    ("c%41", "c%2541"),
]


@pytest.mark.parametrize(("raw", "shown"), OUTSIDE)
def test_names_that_lead_out_are_encoded_and_repeated_ones_numbered(raw: str, shown: str) -> None:
    name = raw.encode()
    archives = [
        cpio([(name, b"1", FILE), (name, b"2", FILE)]),
        cab([(name, 0, 1), (name, 1, 1)], [(b"12", 2)]),
        stored_7z([(raw, b"1"), (raw, b"2")]),
    ]
    for archive in archives:
        assert read(archive) == {shown: b"1", f"{shown}%002": b"2"}


def test_backslashes_of_a_cabinet_are_folders() -> None:
    assert read(cab([(b"..\\a\\b.txt", 0, 1)], [(b"1", 1)])) == {"%2E%2E/a/b.txt": b"1"}


def test_a_name_of_a_cabinet_in_an_unknown_code_page_is_western_european() -> None:
    assert read(cab([(b"gr\xfc\xdfe", 0, 1)], [(b"1", 1)], attributes=0)) == {"gr\u00fc\u00dfe": b"1"}


def test_a_name_that_is_no_text_is_kept_byte_by_byte() -> None:
    assert read(cpio([(b"a\xff", b"1", FILE)])) == {"a%FF": b"1"}


# -- cpio


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"\A[a-z\xe4]{1,9}(/[a-z]{1,9}){0,3}\Z"), st.binary(max_size=200), max_size=5),
    st.sampled_from([b"070701", b"070702"]),
)
def test_cpio_gives_what_was_put_in(files: dict[str, bytes], magic: bytes) -> None:
    rows = [(name.encode(), data, FILE) for name, data in files.items()]
    assert read(cpio(rows, magic=magic)) == files


def test_entries_of_cpio_that_are_no_files() -> None:
    rows = [(b"l", b"../x", LINK), (b"f", b"", FOLDER), (b"p", b"", 0o10644), (b"s", b"", 0o140644), (b"u", b"", 0)]
    assert read(cpio(rows)) == {"l": "../x", "p": "other", "s": "other", "u": "other"}
    reasons = {member.name: member.reason.code for member in members(cpio(rows)) if member.reason}
    assert reasons == {"p": "member.pipe", "s": "member.socket", "u": "cpio.unknown_type"}


def test_damage_of_cpio_is_told() -> None:
    whole = cpio([(b"a", b"12", FILE)])
    assert read(cpio([(b"a", b"12", FILE)], trailer=False)) == {"a": b"12", "!": "cpio.truncated"}
    assert read(whole + b"more") == {"a": b"12", "!": "cpio.trailing_data"}
    assert read(whole.replace(b"00000002" + bytes(0), b"0000000G", 1)) == {"!": "cpio.damaged"}
    wrong = bytearray(cpio([(b"a", b"12", FILE)], magic=b"070702"))
    wrong[112] ^= 1
    assert read(bytes(wrong)) == {"a": "cpio.bad_sum"}


def test_a_size_of_four_gigabytes_is_a_limit_and_makes_no_room() -> None:
    header = bytearray(cpio([(b"a", b"12", FILE)]))
    header[6 + 8 * 6 : 6 + 8 * 7] = b"FFFFFFFF"
    assert read(bytes(header)) == {"a": "limit.member_bytes", "!": "cpio.truncated"}
    header[6 + 8 * 11 : 6 + 8 * 12] = b"7FFFFFFF"
    assert read(bytes(header)) == {"!": "cpio.damaged"}


# -- cabinets


def test_check_sum_of_a_block_is_that_of_the_specification() -> None:
    def slow(data: bytes) -> int:
        total = 0
        for at in range(0, len(data) & ~3, 4):
            total ^= int.from_bytes(data[at : at + 4], "little")
        return total ^ int.from_bytes(data[len(data) & ~3 :], "big")

    for size in (0, 1, 3, 4, 5, 12, 127, 128, 1000, 32_775):
        data = bytes((7 * at + at // 256) & 255 for at in range(size))
        assert checksum(data) == slow(data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60_000), min_size=1, max_size=3))
def test_blocks_of_mszip_see_those_before_them(contents: list[bytes]) -> None:
    files, offset = [], 0
    for place, data in enumerate(contents):
        files.append((b"%d" % place, offset, len(data)))
        offset += len(data)
    archive = cab(files, mszip(b"".join(contents)), method=1)
    assert read(archive) == {str(place): data for place, data in enumerate(contents)}


def test_a_bomb_of_a_cabinet_stops_at_the_limit() -> None:
    archive = cab([(b"a", 0, 50_000_000)], mszip(bytes(50_000_000)), method=1)
    assert len(archive) < 200_000
    assert read(archive, limits=Limits(container_bytes=10**6)) == {"a": "limit.container_bytes"}
    assert read(archive, limits=Limits(member_bytes=10**6)) == {"a": "limit.member_bytes"}


@pytest.mark.parametrize(("method", "name"), [(2, "Quantum"), (7, "7")])
def test_other_methods_of_cabinets_are_told(method: int, name: str) -> None:
    archive = cab([(b"a", 0, 2)], [(b"12", 2)], method=method)
    assert read(archive) == {"a": "cab.unknown_method"}
    with pytest.raises(Unreadable) as caught:
        next(iter(members(archive))).content()
    assert caught.value.reason.params == {"method": name}


def test_what_a_cabinet_says_of_places_is_not_believed() -> None:
    block = [(b"1234", 4)]
    assert read(cab([(b"a", 0, 3), (b"b", 2, 2)], block)) == {"a": b"123", "b": "cab.overlap"}
    assert read(cab([(b"a", 0, 9)], block)) == {"a": "cab.truncated"}
    assert read(cab([(b"a", 0, 4)], block, folder=3)) == {"!": "cab.damaged"}
    assert read(cab([(b"a", 0, 4)], block, folder=0xFFFE)) == {"a": "cab.continued"}
    assert read(cab([(b"a", 0, 4)], block, folder=0xFFFD)) == {"a": "cab.continued"}
    assert read(cab([(b"a", 0, 4)], [(b"1234", 0)])) == {"a": "cab.continued"}
    assert read(cab([(b"a", 0, 4)], [(b"1234", 5)])) == {"a": "cab.damaged"}
    assert read(cab([(b"a", 0, 4)], [(b"XX34", 4)], method=1)) == {"a": "packed.damaged"}


# -- compound files


FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
ROOT = ("Root Entry", 5, NONE, NONE, 1, END, 0)


def package(*entries: tuple[str, int, int, int, int, int, int], table: list[int], sectors: list[bytes]) -> bytes:
    return compound([ROOT, *entries], sectors, [FAT, END, *table])


def opened(data: bytes) -> dict[str, bytes | str]:
    found: dict[str, bytes | str] = {}
    try:
        for member in OPENERS["msi"](BytesContent(data), Budget(Limits()).enter(), "a"):
            try:
                with member.content() as content:
                    found[member.name] = bytes(content.whole())
            except Unreadable as error:
                found[member.name] = error.reason.code
    except Unreadable as error:
        found["!"] = error.reason.code
    return found


def test_streams_of_a_compound_file_are_read_in_the_order_of_their_sectors() -> None:
    pieces = [bytes([65 + place]) * 512 for place in range(9)]
    # sectors 2 to 10, the stream goes 4, 2, 3, 5, 6, …
    archive = package(
        ("big", 2, NONE, NONE, NONE, 4, 4500), table=[3, 5, 2, 6, 7, 8, 9, 10, END], sectors=pieces
    )  # fmt: skip
    order = [2, 0, 1, 3, 4, 5, 6, 7, 8]
    assert opened(archive) == {"big": b"".join(pieces[place] for place in order)[:4500]}


def test_small_streams_and_storages_are_read() -> None:
    root = ("Root Entry", 5, NONE, NONE, 2, 3, 192)
    entries = [root, ("inner", 2, NONE, NONE, NONE, 1, 70), ("part", 1, NONE, NONE, 1, 0, 0)]
    archive = compound(entries, [bytes(64) + b"x" * 70], [FAT, END, END, END], small=[END, 2, END])
    assert opened(archive) == {"part/inner": b"x" * 70}


def test_allocation_tables_that_the_header_does_not_name_are_followed() -> None:
    tables, more, last = 110, 110, 14_050  # sectors: tables, the list of further tables, the directory behind them all
    data = bytes(range(256)) * 2
    chain = [*range(112, last), END]  # the stream: sectors 111 to 14,049
    table = [FAT] * tables + [0xFFFFFFFC, *chain, END]
    name = "\u4840\u3f3f".encode("utf-16-le").ljust(64, b"\0")
    rows = b"".join(
        raw + struct.pack("<HBB3L36xLQ", length, kind, 1, NONE, NONE, child, start, size)
        for raw, length, kind, child, start, size in (
            ("Root Entry".encode("utf-16-le").ljust(64, b"\0"), 22, 5, 1, END, 0),
            (name, 6, 2, NONE, 111, 512 * (last - 111)),
        )
    )
    header = compound([ROOT], [], [FAT])[:512]
    header = header[:44] + struct.pack("<2L", tables, last) + header[52:68] + struct.pack("<2L", more, 1)
    header += struct.pack("<109L", *range(109))
    numbers = b"".join(struct.pack("<L", value) for value in table).ljust(512 * tables, b"\xff")
    further = struct.pack("<L", 109).ljust(508, b"\xff") + struct.pack("<L", END)
    archive = header + numbers + further + data * (last - 111) + rows.ljust(512, b"\0")
    assert ole_names(BytesContent(archive)) == {"\u4840\u3f3f"}
    assert opens_as("a.msi", BytesContent(archive)) == "msi"
    found = opened(archive)
    assert [*map(len, found.values())] == [512 * (last - 111)]
    assert all(stream.startswith("%21") for stream in found)


def test_circles_in_a_compound_file_are_told() -> None:
    data = [b"x" * 512] * 9
    circle = [3, 2, END, END, END, END, END, END, END]
    assert opened(package(("a", 2, NONE, NONE, NONE, 2, 4500), table=circle, sectors=data)) == {"a": b"x" * 4500}
    assert opened(package(("a", 2, 1, NONE, NONE, 2, 0), table=circle, sectors=data)) == {"!": "ole.damaged_directory"}
    folder = package(("a", 1, NONE, NONE, 1, 2, 0), table=circle, sectors=data)
    assert opened(folder) == {"!": "ole.damaged_directory"}
    turning = compound([ROOT, ("a", 2, NONE, NONE, NONE, 2, 0)], data, [FAT, 1, *circle])
    assert opened(turning) == {"!": "ole.damaged_directory"}


def test_sizes_of_a_compound_file_are_not_believed() -> None:
    data = [b"x" * 512] * 9
    chain = [3, 4, 5, 6, 7, 8, 9, 10, END]
    absurd = package(("a", 2, NONE, NONE, NONE, 2, 0xFFFFFFFF), table=chain, sectors=data)
    assert opened(absurd) == {"a": "limit.member_bytes"}
    longer = package(("a", 2, NONE, NONE, NONE, 2, 500_000), table=chain, sectors=data)
    assert opened(longer) == {"a": "ole.damaged_stream"}
    outside = package(("a", 2, NONE, NONE, NONE, 200, 5_000), table=chain, sectors=data)
    assert opened(outside) == {"a": "ole.damaged_stream"}
    cut = package(("a", 2, NONE, NONE, NONE, 2, 4_600), table=chain, sectors=data)[:-600]
    assert opened(cut) == {"a": "ole.truncated"}


def test_a_compound_file_without_tables_is_no_installer() -> None:
    assert (
        opens_as("a.doc", BytesContent(package(("a", 2, NONE, NONE, NONE, 2, 0), table=[END], sectors=[b""]))) is None
    )


# -- discs


def test_a_folder_that_holds_itself_is_told() -> None:
    assert read(iso([[(b"A", 20, 2048, 2, b"")]])) == {"!": "iso.damaged_directory"}


def test_what_a_disc_says_of_places_is_not_believed() -> None:
    rows = [(b"A.;1", 40, 5, 0, b""), (b"B.TXT;1", 63, 4_000, 0, b""), (b"C", 0xFFFFFF, 0xFFFFFFF0, 0, b"")]
    assert read(iso([rows], b"12345")) == {"A": b"12345", "B.TXT": "iso.truncated", "C": "limit.member_bytes"}
    assert read(iso([[(b"D", 62, 900_000, 2, b"")]])) == {"!": "iso.truncated"}


def test_pieces_of_a_file_are_one_file() -> None:
    rows = [(b"A", 40, 2048, 0x80, b""), (b"A", 42, 3, 0, b"")]
    image = iso([rows], b"x" * 2048 + bytes(2048) + b"end")
    assert read(image) == {"A": b"x" * 2048 + b"end"}
    assert read(iso([[(b"A", 40, 1, 0x80, b""), (b"B", 40, 1, 0, b"")]])) == {"!": "iso.damaged_directory"}


def test_many_files_in_one_place_are_charged_each() -> None:
    rows = [(b"%02d" % place, 40, 40_000, 0, b"") for place in range(40)]
    found = read(iso([rows]), limits=Limits(container_bytes=1_000_000))
    assert list(found.values()).count("limit.container_bytes") == 2  # the member, and the rest
    assert len(found) == 27


def _both(value: int) -> bytes:
    """A number in both byte orders (ECMA-119 7.3.3)."""
    return struct.pack("<L", value) + struct.pack(">L", value)


def _mode(mode: int) -> bytes:
    return b"PX\x24\1" + _both(mode) + bytes(24)


def test_names_of_rock_ridge_are_put_together_and_what_is_packed_is_told() -> None:
    start = b"SP\7\1\xbe\xef\0"
    name = b"NM\x0a\1\1long-" + b"NM\x0b\1\0name.h"
    link = b"SL\x12\1\0" + b"\4\0" + b"\0\1a" + b"\0\6b-part"[:8]
    rows = [
        (b"\0", 20, 2048, 2, start),
        (b"A", 40, 3, 0, name),
        (b"B", 40, 0, 0, b"NM\6\1\0b" + _mode(LINK) + link),
        (b"C", 40, 3, 0, b"ZF\x10\1pz" + bytes(10)),
        (b"D", 40, 0, 0, _mode(0o060600)),
        (b"E", 20, 2048, 2, b"RE\4\1"),
    ]
    assert read(iso([rows], b"abc")) == {
        "long-name.h": b"abc",
        "b": "../a/b-part",
        "C": "iso.unknown_method",
        "D": "other",
    }


def test_fields_that_continue_each_other_for_ever_are_told() -> None:
    more = b"CE\x1c\1" + _both(40) + _both(0) + _both(28)
    rows = [(b"\0", 20, 2048, 2, b"SP\7\1\xbe\xef\0"), (b"A", 41, 1, 0, more)]
    assert read(iso([rows], more)) == {"!": "iso.damaged_directory"}


# -- 7z


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.from_regex(r"\A[a-z\xe4]{1,9}\Z"), st.binary(min_size=1, max_size=300), min_size=1))
def test_7z_gives_what_was_put_in(files: dict[str, bytes]) -> None:
    assert read(stored_7z([*files.items()])) == files


def test_counts_of_7z_make_no_room() -> None:
    files = sevenzip(b"\1\5" + number(2**60) + b"\0\0")
    assert reason(lambda: [*members(files)]) == "sevenzip.damaged_directory"
    many = sevenzip(b"\1\5" + number(1_000_000) + b"\x11" + number(200_000) + bytes(200_000) + b"\0\0")
    assert reason(lambda: [*members(many)]) == "limit.container_members"
    folders = sevenzip(b"\1\4\7\x0b" + number(2**50) + b"\0")
    assert reason(lambda: [*members(folders)]) == "sevenzip.damaged_directory"
    far = struct.pack("<QQL", 2**62, 100, 0)
    assert (
        reason(lambda: [*members(b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", _crc(far)) + far)])
        == "sevenzip.truncated"
    )
    absurd = struct.pack("<QQL", 0, 2**62, 0)
    code = reason(lambda: [*members(b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", _crc(absurd)) + absurd)])
    assert code == "limit.directory_bytes"


def _crc(data: bytes) -> int:
    from zlib import crc32

    return crc32(data)


def test_a_bomb_of_7z_stops_at_the_limit() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]
    packed = lzma.compress(bytes(30_000_000), lzma.FORMAT_RAW, filters=filters)
    archive = stored_7z([("a", packed)], coder=b"\x21\x21\1\x08", size=30_000_000)
    assert len(archive) < 10_000
    assert read(archive) == {"a": bytes(30_000_000)}
    assert read(archive, limits=Limits(container_bytes=10**6)) == {"a": "limit.container_bytes"}
    assert read(archive, limits=Limits(member_bytes=10**6)) == {"a": "limit.member_bytes"}


def test_a_dictionary_of_four_gigabytes_is_a_limit() -> None:
    archive = stored_7z([("a", b"\1\0\0x\0")], coder=b"\x21\x21\1\x28", size=2**40)
    assert read(archive, limits=Limits(member_bytes=2**50)) == {"a": "limit.decoder_memory"}


def test_a_coder_that_feeds_itself_is_never_run() -> None:
    # two coders: the first one's input is its own output, the second one reads the packed stream
    shape = b"\2" + b"\1\0" + b"\1\0" + number(0) + number(0)
    header = b"\1\4\6" + number(0) + number(1) + b"\x09" + number(1) + b"\0"
    header += b"\7\x0b\1\0" + shape + b"\x0c" + number(1) + number(1) + b"\0\0"
    header += b"\5\1\x11\5\0a\0\0\0\0\0"
    assert read(sevenzip(header, b"x")) == {"a": b"x"}


def test_a_directory_that_is_packed_in_itself_for_ever_is_told() -> None:
    header = b"\x17\6" + number(0) + number(1) + b"\x09" + number(31) + b"\0"
    header += b"\7\x0b\1\0\1\1\0\x0c" + number(31) + b"\0\0"
    assert read(sevenzip(header, header.ljust(31, b"\0"))) == {"!": "sevenzip.damaged"}


def test_members_behind_damage_in_a_block_are_told_one_by_one() -> None:
    archive = bytearray(stored_7z([("a", b"1"), ("b", b"2"), ("c", b"3")]))
    archive[33] ^= 1
    assert read(bytes(archive)) == {"a": b"1", "b": "sevenzip.bad_crc", "c": b"3"}


# -- programs


NSIS = b"\0\0\0\0\xef\xbe\xad\xdeNullsoftInst" + bytes(100)
INNO = b"JR.Inno.Setup"


def test_archives_behind_a_program_are_opened() -> None:
    assert read(program(stored_7z([("a", b"1")])), "setup.exe") == {"a": b"1"}
    script = b";!@Install@!UTF-8!\nTitle=x\n;!@InstallEnd@!"
    assert read(program(script + stored_7z([("a", b"1")]), signature=bytes(64)), "setup.exe") == {"a": b"1"}
    assert read(program(zipped([("a", b"1")])), "setup.exe") == {"a": b"1"}


def test_cabinets_of_a_program_are_its_members() -> None:
    cabinet = cab([(b"a", 0, 4)], [(b"1234", 4)])
    assert read(program(cabinet + cabinet), "setup.exe") == {"carried-1.cab": cabinet, "carried-2.cab": cabinet}
    assert read(program(resource=bytes(99) + cabinet), "setup.exe") == {"carried-1.cab": cabinet}
    absurd = cabinet[:8] + b"\xff" * 4 + cabinet[12:]
    assert opens_as("setup.exe", BytesContent(program(absurd))) is None


def test_a_program_that_carries_nothing_is_no_container() -> None:
    for data in (program(), program(signature=bytes(500)), program(b"x" * 30), b"MZ" + bytes(70), program()[:300]):
        assert opens_as("a.exe", BytesContent(data)) is None
        assert [*OPENERS["program"](BytesContent(data), Budget(Limits()).enter(), "a.exe")] == []


@pytest.mark.parametrize(
    ("data", "maker"),
    [
        (program(NSIS), "NSIS"),
        (program(bytes(100), resource=INNO), "Inno Setup"),
        (program(b"Rar!\x1a\x07\1" + bytes(99)), "RAR"),
        (program(bytes(99) + b"MEI\x0c\x0b\n\x0b\x0e" + bytes(80)), "PyInstaller"),
    ],
)
def test_installers_that_are_not_opened_are_told(data: bytes, maker: str) -> None:
    assert opens_as("setup.exe", BytesContent(data)) is None
    with pytest.raises(Unreadable) as caught:
        list(OPENERS["program"](BytesContent(data), Budget(Limits()).enter(), "setup.exe"))
    assert caught.value.reason.code == "container.installer"
    assert caught.value.reason.params["maker"] == maker
