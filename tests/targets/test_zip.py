"""ZIP archives: what is fine is read, what is not is one reason, on every Python the same."""

import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import holds_members, zip_directory, zip_member, zip_names
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.zip import open_zip
from tests.targets.made import body, deflated, members, raw_zip, read, reason, zipped

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_000])
def test_every_method_that_zipfile_writes_is_read(method: int, size: int) -> None:
    data = random.Random(size).randbytes(size // 2) + bytes(size - size // 2)
    assert read(zipped([("a/b", data)], method)) == {"a/b": data}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"\A[a-zäß→.]{1,8}(/[a-z0-9é]{1,4}){0,2}\Z").filter(lambda name: "." not in name.split("/")),
        st.binary(max_size=300),
        max_size=6,
    ),
    st.sampled_from(METHODS),
)
def test_what_zipfile_writes_is_read_identically(files: dict[str, bytes], method: int) -> None:
    files = {name: data for name, data in files.items() if ".." not in name}
    archive = zipped(files.items(), method)
    assert read(archive) == files
    assert zip_directory(BytesContent(archive), Limits()) == {name: len(data) for name, data in files.items()}
    assert zip_names(BytesContent(archive)) == tuple(files)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_damage_raises_nothing_but_unreadable(data: st.DataObject) -> None:
    archive = bytearray(zipped([("a", b"x" * 90), ("b/c", bytes(range(200)))], data.draw(st.sampled_from(METHODS))))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    content = BytesContent(bytes(archive[: data.draw(st.integers(0, len(archive)))]))
    zip_names(content)

    try:
        for member in open_zip(content, Budget(Limits()).enter(), "a"):
            try:
                if member.kind == "file":
                    member.content().finish()
            except Unreadable:
                pass
    except Unreadable:
        pass


def test_folders_are_no_members_but_content_behind_a_folder_name_is() -> None:
    archive = raw_zip([(0, b"", 0, 0, 0), body(b"hidden")], [(b"folder/", 0), (b"other/", 1)])
    assert read(archive)["other%2F"] == b"hidden"
    assert len(read(archive)) == 1


def test_second_member_of_a_name_gets_a_number() -> None:
    archive = raw_zip([body(b"1"), body(b"2"), body(b"3")], [(b"a", 0), (b"a", 1), (b"a", 2)])
    assert read(archive) == {"a": b"1", "a%002": b"2", "a%003": b"3"}


def test_names_that_lead_out_of_the_archive_are_encoded() -> None:
    names = [b"../up", b"/root", b"C:\\a\\b", b"nul\0x", b"a!/b", b"a%b", b"", b"./x//y"]
    archive = raw_zip([body(str(n).encode()) for n in range(len(names))], [(n, i) for i, n in enumerate(names)])
    assert list(read(archive)) == ["%2E%2E/up", "%2Froot", "C:/a/b", "nul%00x", "a%21/b", "a%25b", "%00", "x/y"]


def test_backslashes_separate_unless_a_unix_packer_wrote_them() -> None:
    assert list(read(raw_zip([body(b"")], [(b"a\\b", 0)], system=0))) == ["a/b"]
    assert list(read(raw_zip([body(b"")], [(b"a\\b", 0)], system=3))) == ["a\\b"]


def test_names_are_utf8_where_flagged_or_from_unix_else_cp437() -> None:
    assert list(read(raw_zip([body(b"", 0x800)], [("ä".encode(), 0)]))) == ["ä"]
    assert list(read(raw_zip([body(b"", 0x800)], [(b"\xff", 0)]))) == ["%FF"]
    assert list(read(raw_zip([body(b"")], [("ä".encode(), 0)], system=3))) == ["ä"]
    assert list(read(raw_zip([body(b"")], [(b"\x84", 0)]))) == ["ä"]


def test_symbolic_link_is_recorded_with_its_target() -> None:
    archive = raw_zip([(0, b"../../x", 7, zlib.crc32(b"../../x"), 0)], [(b"l", 0)], system=3, mode=0o120777 << 16)
    (member,) = members(archive)
    assert (member.kind, member.link_target) == ("link", "../../x")
    assert reason(member.content) == "member.link"


@pytest.mark.parametrize(
    ("code", "bodies"),
    [
        ("zip.bad_crc", (0, b"abc", 3, 1, 0)),
        ("zip.encrypted", (0, b"abcdefghijklm", 1, 1, 1)),
        ("zip.unknown_method", (98, b"abc", 9, 1, 0)),
        ("zip.size_mismatch", (8, deflated(bytes(50_000)), 10, 0, 0)),  # more than declared
        ("zip.size_mismatch", (8, deflated(bytes(5 * 10**7)), 10, 0, 0)),
        ("zip.size_mismatch", (8, deflated(b"x"), 2**32 - 2, 0, 0)),  # less, beyond what deflate can reach
        ("zip.size_mismatch", (8, deflated(b"x"), 100, 0, 0)),
        ("zip.size_mismatch", (8, deflated(bytes(2_000_000)), 1_999_999, 0, 0)),
        ("zip.size_mismatch", (8, deflated(bytes(2_000_000)), 2_000_001, 0, 0)),
        ("zip.size_mismatch", (0, b"abc", 4, 1, 0)),
        ("packed.damaged", (8, b"\xff\xff\xff", 9, 1, 0)),
        ("packed.truncated", (8, deflated(b"abcdefgh" * 9)[:-2], 72, 1, 0)),
        ("packed.truncated", (12, b"BZh91AY", 9, 1, 0)),
        ("packed.damaged", (14, b"\x09\x14\x05\x00\xff\x00\x00\x00\x00\x00", 9, 1, 0)),
    ],
)
def test_broken_member_is_one_reason(code: str, bodies: tuple[int, bytes, int, int, int]) -> None:
    assert read(raw_zip([bodies, body(b"fine")], [(b"a", 0), (b"b", 1)])) == {"a": code, "b": b"fine"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("off", [-1, 1])
def test_sizes_of_other_methods_may_not_lie_either(method: int, off: int) -> None:
    archive = bytearray(zipped([("a", b"abc" * 30)], method))
    central = archive.rfind(b"PK\1\2")
    struct.pack_into("<L", archive, central + 24, 90 + off)
    assert read(bytes(archive)) == {"a": "zip.size_mismatch"}


def test_overlapping_members_are_refused_but_the_first() -> None:
    archive = raw_zip([body(b"x" * 100)], [(b"%d" % n, 0) for n in range(3)])
    assert read(archive) == {"0": b"x" * 100, "1": "zip.overlap", "2": "zip.overlap"}


def test_quoted_overlap_is_refused() -> None:
    # The body of the first holds the whole second member, header and all.
    inner = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(b"abc"), 3, 3, 1, 0) + b"b" + b"abc"
    archive = bytearray(raw_zip([(0, inner, len(inner), zlib.crc32(inner), 0)], [(b"a", 0)]))
    central, end = archive.find(b"PK\1\2"), archive.find(b"PK\5\6")
    row = bytearray(archive[central:end])
    row[-1:] = b"b"
    struct.pack_into("<3L", row, 16, zlib.crc32(b"abc"), 3, 3)
    struct.pack_into("<L", row, 42, 31)
    directory = bytes(archive[central:end]) + bytes(row)
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(directory), central, 0)
    assert read(bytes(archive[:central]) + directory + tail) == {"a": inner, "b": "zip.overlap"}


def test_member_that_claims_to_reach_behind_the_directory_takes_no_other_with_it() -> None:
    archive = bytearray(raw_zip([body(b"one"), body(b"two")], [(b"a", 0), (b"b", 1)]))
    struct.pack_into("<L", archive, archive.find(b"PK\1\2") + 20, 10**6)
    assert read(bytes(archive)) == {"a": "zip.out_of_bounds", "b": b"two"}


def test_other_name_in_the_local_header_is_a_mismatch() -> None:
    archive = bytearray(raw_zip([body(b"one")], [(b"abc", 0)]))
    archive[30:33] = b"xyz"
    assert read(bytes(archive)) == {"abc": "zip.header_mismatch"}


@pytest.mark.parametrize("cut", [30, 100, 400])
def test_archive_without_directory_is_given_up_as_a_whole(cut: int) -> None:
    assert read(zipped([("a", b"x" * 600), ("b", random.Random(1).randbytes(500))])[:cut]) == {"!": "zip.no_directory"}


def test_damaged_directory_is_given_up_as_a_whole() -> None:
    archive = bytearray(zipped([("a", b"1"), ("b", b"2")]))
    archive[archive.rfind(b"PK\1\2")] = 0
    assert read(bytes(archive)) == {"!": "zip.damaged_directory"}


def test_empty_archive_is_fine() -> None:
    assert read(zipped([])) == {}
    assert zip_names(BytesContent(zipped([]))) == ()


def test_archive_behind_a_program_is_read() -> None:
    assert read(b"MZ program" * 1000 + zipped([("a", b"1")])) == {"a": b"1"}


def test_archive_with_a_comment_that_looks_like_an_end_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = b"see PK\5\6 here" + bytes(40)
    assert read(out.getvalue()) == {"a": b"1"}


def test_zip64_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"1" * 70_000)
    assert read(out.getvalue()) == {"a": b"1" * 70_000}


def test_70_000_members_need_zip64_and_are_all_listed() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        for number in range(70_000):
            written.writestr(f"{number}", b"")
    assert len(zip_directory(BytesContent(archive.getvalue()), Limits())) == 70_000


def test_limits_of_members_and_bytes_are_hit_at_the_same_place() -> None:
    archive = zipped([(name, b"x" * 100) for name in "abcd"])
    found = read(archive, limits=Limits(container_members=2))
    assert found == {"a": b"x" * 100, "b": b"x" * 100, "!": "limit.container_members"}
    found = read(archive, limits=Limits(container_bytes=250))
    assert found == {
        "a": b"x" * 100,
        "b": b"x" * 100,
        "c": "limit.container_bytes",
        "!": "limit.container_bytes",
    }
    assert read(archive, limits=Limits(member_bytes=99))["a"] == "limit.member_bytes"


def test_names_are_never_an_error() -> None:
    assert zip_names(BytesContent(b"")) is None
    assert zip_names(BytesContent(b"PK\5\6")) is None
    assert zip_names(BytesContent(b"PK\5\6" * 20_000)) is None


def test_one_member_is_read_by_its_name() -> None:
    content = BytesContent(zipped([("a", b"1"), ("b", b"22")]))
    assert zip_member(content, "b", Limits()) == b"22"
    assert reason(lambda: zip_member(content, "c", Limits())) == "member.missing"
    with pytest.raises(LimitHit):
        zip_member(content, "b", Limits(document_bytes=1))


def test_a_format_that_may_be_packed_is_opened_where_it_is() -> None:
    assert holds_members("zip", BytesContent(zipped([("part.amf", b"<amf/>")])))
    assert not holds_members("zip", BytesContent(b'<?xml version="1.0"?><amf unit="inch"/>'))
