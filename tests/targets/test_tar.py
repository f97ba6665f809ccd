"""TAR archives, packed or not, and single packed files."""

import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.packed import unpacked_name
from tests.targets.made import ar, members, read, tarred

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
FORMATS = [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"\A[a-zäß→]{1,9}(/[a-z0-9é]{1,60}){0,4}\Z"), st.binary(max_size=1500), min_size=1, max_size=6
    ),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.sampled_from([None, *PACKERS]),
)
def test_what_tarfile_writes_is_read_identically(files: dict[str, bytes], form: int, packer: str | None) -> None:
    archive = tarred([(name, data, {}) for name, data in files.items()], form)
    assert read(PACKERS[packer](archive) if packer else archive) == files


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_damage_raises_nothing_but_unreadable(data: st.DataObject) -> None:
    archive = bytearray(
        tarred(
            [("n" * 150, b"x" * 700, {}), ("l", None, {"type": tarfile.SYMTYPE, "linkname": "ö" * 120})],
            data.draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])),
        )[:4096]
    )
    opener, pack = data.draw(st.sampled_from([("tar", bytes), ("gzip", PACKERS["gz"]), ("bzip2", PACKERS["bz2"])]))
    if data.draw(st.booleans()):
        archive = bytearray(pack(bytes(archive)))
        pack = bytes
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    broken = pack(bytes(archive[: data.draw(st.integers(0, len(archive)))]))
    try:
        for member in OPENERS[opener](BytesContent(broken), Budget(Limits()).enter(), "a.tar"):
            try:
                if member.kind == "file":
                    member.content().finish()
            except Unreadable:
                pass
    except Unreadable:
        pass


@pytest.mark.parametrize("form", FORMATS)
def test_long_names_of_all_formats_are_read(form: int) -> None:
    name = "/".join(["d" * 40] * 4) + "/" + "f" * 50
    assert read(tarred([(name, b"1", {})], form)) == {name: b"1"}


def test_dot_segments_are_dropped_and_a_repeated_name_gets_a_number() -> None:
    assert read(tarred([("./a", b"1", {}), ("a", b"2", {})])) == {"a": b"1", "a%002": b"2"}


def test_links_are_recorded_devices_are_told_folders_are_no_members() -> None:
    archive = tarred(
        [
            ("s", None, {"type": tarfile.SYMTYPE, "linkname": "../../x"}),
            ("h", None, {"type": tarfile.LNKTYPE, "linkname": "/etc/hostname"}),
            ("p", None, {"type": tarfile.FIFOTYPE}),
            ("z", None, {"type": tarfile.CHRTYPE}),
            ("d", None, {"type": tarfile.DIRTYPE}),
            ("f", b"1", {}),
        ]
    )
    assert read(archive) == {"s": "../../x", "h": "/etc/hostname", "p": "other", "z": "other", "f": b"1"}
    reasons = {member.name: member.reason.code for member in members(archive) if member.reason}
    assert reasons == {"p": "member.pipe", "z": "member.character_device"}


def test_what_a_layer_of_an_image_hides_is_told() -> None:
    layer = tarred([("usr/.wh.old", b"", {}), ("var/.wh..wh..opq", b"", {}), (".wh.x", b"1", {})])
    assert read(layer) == {"usr/.wh.old": "other", "var/.wh..wh..opq": "other", ".wh.x": b"1"}
    reasons = [(member.reason.code, member.reason.params) for member in members(layer) if member.reason]
    assert reasons == [("image.whiteout", {"name": "usr/old"}), ("image.whiteout", {"name": "var/*"})]


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a"])
def test_packed_tar_is_one_container(name: str) -> None:
    assert read(gzip.compress(tarred([("b/c", b"1", {})])), name) == {"b/c": b"1"}


def test_empty_packed_tar_has_no_members() -> None:
    assert read(gzip.compress(bytes(10_240)), "a.tar.gz") == {}
    assert read(gzip.compress(bytes(10_240)), "zeros.gz") == {"zeros": bytes(10_240)}


@pytest.mark.parametrize("packer", PACKERS)
def test_single_packed_file_is_named_without_its_suffix(packer: str) -> None:
    assert read(PACKERS[packer](b"1" * 100_000), f"part.stp.{packer}") == {"part.stp": b"1" * 100_000}


def test_names_of_what_is_packed() -> None:
    names = {
        "a.tgz": "a.tar",
        "a.svgz": "a.svg",
        "a.wrz": "a.wrl",
        "a.x3dz": "a.x3d",
        "a.XZ": "a",
        ".gz": ".gz",
        "a": "a",
        "a.b": "a.b",
    }
    assert {name: unpacked_name(name) for name in names} == names


@pytest.mark.parametrize("packer", PACKERS)
def test_several_streams_in_a_row_are_one_file(packer: str) -> None:
    pack = PACKERS[packer]
    assert read(pack(b"one") + pack(b"two") + bytes(512), "a") == {"a": b"onetwo"}


@pytest.mark.parametrize("packer", PACKERS)
def test_something_else_behind_a_stream_is_told(packer: str) -> None:
    assert read(PACKERS[packer](b"one") + b"something else", "a") == {"a": "packed.trailing_data"}


@pytest.mark.parametrize("packer", PACKERS)
def test_cut_off_stream_is_told(packer: str) -> None:
    packed = PACKERS[packer](random.Random(1).randbytes(9000))
    assert read(packed[:5000], "a") == {"a": "packed.truncated"}


def test_bad_check_sum_of_gzip_is_told_also_behind_the_end_of_a_tar() -> None:
    packed = bytearray(gzip.compress(tarred([("a", b"1", {})])))
    packed[-5] ^= 1
    assert read(bytes(packed)) == {"a": b"1", "!": "packed.damaged"}


def test_lzma_alone_is_read() -> None:
    assert read(lzma.compress(b"1" * 1000, lzma.FORMAT_ALONE), "a.lzma") == {"a": b"1" * 1000}


def test_dictionary_beyond_the_limit_is_a_limit() -> None:
    packed = lzma.compress(b"1", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**26}])
    assert read(packed, "a", Limits(decoder_memory=2**24)) == {"a": "limit.decoder_memory"}


def test_zstd_is_read() -> None:
    import zstandard

    packed = zstandard.ZstdCompressor().compress(tarred([("a", b"1" * 400_000, {})]))
    assert read(packed) == {"a": b"1" * 400_000}
    assert read(packed[:-3])["!"] == "packed.truncated"
    assert read(packed[:4] + b"\xff" * 30, "a") == {"a": "packed.damaged"}
    zeros = zstandard.ZstdCompressor().compress(bytes(50_000_000))
    assert read(zeros, "zeros.zst", Limits(member_bytes=10**6)) == {"zeros": "limit.member_bytes"}


def test_zstd_without_a_decoder_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    with pytest.raises(Unreadable) as caught:
        list(members(b"\x28\xb5\x2f\xfd" + bytes(20)))
    assert caught.value.reason.code == "packed.no_decoder"
    assert "pip install" in caught.value.reason.params["install"]


def test_cut_off_tar_is_told_with_its_place() -> None:
    archive = tarred([("a", b"x" * 3000, {}), ("b", b"1", {})])
    assert read(archive[:2000]) == {"a": "tar.truncated", "!": "tar.truncated"}
    assert read(archive[:4000]) == {"a": b"x" * 3000, "!": "tar.truncated"}


def test_damaged_header_ends_the_archive_with_a_row() -> None:
    archive = bytearray(tarred([("a", b"1", {}), ("b", b"2", {})]))
    archive[1024] ^= 1
    assert read(bytes(archive)) == {"a": b"1", "!": "tar.damaged"}


def test_second_archive_behind_the_first_is_told() -> None:
    archive = tarred([("a", b"1", {})])
    assert read(archive + archive) == {"a": b"1", "!": "tar.trailing_data"}


def test_member_beyond_the_limit_is_skipped_and_the_next_is_read() -> None:
    archive = gzip.compress(tarred([("zeros", bytes(3_000_000), {}), ("b", b"2", {})]))
    assert read(archive, limits=Limits(member_bytes=10**6)) == {"zeros": "limit.member_bytes", "b": b"2"}
    assert read(archive, limits=Limits(container_bytes=10**6)) == {
        "zeros": "limit.container_bytes",
        "!": "limit.container_bytes",
    }


@pytest.mark.parametrize("form", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files_are_read_with_their_holes(form: str) -> None:
    # 4 bytes at 1000 and 3 at 5000 of 6000
    pieces, real = [(1000, b"abcd"), (5000, b"xyz")], 6000
    stored = b"".join(data for _, data in pieces)
    numbers = [str(value) for offset, data in pieces for value in (offset, len(data))]
    headers = {"GNU.sparse.name": "s", "GNU.sparse.realsize": str(real)}
    info = tarfile.TarInfo("GNUSparseFile.0/s")
    if form == "gnu":
        info = tarfile.TarInfo("s")
        info.type, info.size = tarfile.GNUTYPE_SPARSE, len(stored)
        block = bytearray(info.tobuf(tarfile.GNU_FORMAT)[:512])
        for number, (offset, data) in enumerate(pieces):
            block[386 + 24 * number : 410 + 24 * number] = b"%011o\0%011o\0" % (offset, len(data))
        block[483:495] = b"%011o\0" % real
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        archive = bytes(block) + stored.ljust(512, b"\0") + bytes(1024)
    else:
        if form == "1.0":
            headers |= {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
            stored = ("\n".join(["2", *numbers]) + "\n").encode().ljust(512, b"\0") + stored
        elif form == "0.1":
            headers["GNU.sparse.map"] = ",".join(numbers)
        archive = _pax_tar(info, headers, stored, numbers if form == "0.0" else [])
    expected = bytearray(real)
    for offset, data in pieces:
        expected[offset : offset + len(data)] = data
    assert read(archive) == {"s": bytes(expected)}


def _pax_tar(info: tarfile.TarInfo, headers: dict[str, str], stored: bytes, numbers: list[str]) -> bytes:
    pairs = list(headers.items())
    for offset, size in zip(numbers[::2], numbers[1::2], strict=True):
        pairs += [("GNU.sparse.offset", offset), ("GNU.sparse.numbytes", size)]
    records = b""
    for key, value in pairs:
        text = f" {key}={value}\n".encode()
        length = len(text) + 2 if len(text) + 2 < 100 else len(text) + 3
        records += str(length).encode() + text
    extension = tarfile.TarInfo("x")
    extension.type, extension.size = b"x", len(records)
    info.size = len(stored)
    blocks = [extension.tobuf(), records, info.tobuf(), stored]
    return b"".join(block.ljust(-(-len(block) // 512) * 512, b"\0") for block in blocks) + bytes(1024)


def test_sparse_file_of_petabytes_is_a_limit() -> None:
    info = tarfile.TarInfo("s")
    archive = _pax_tar(info, {"GNU.sparse.realsize": str(2**50), "GNU.sparse.map": "0,0"}, b"", [])
    assert read(archive) == {"s": "limit.member_bytes"}


def test_tar_written_by_the_standard_library_from_a_sparse_file_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "holes"
    with file.open("wb") as out:
        out.seek(3_000_000)
        out.write(b"end")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(file, "holes")
    assert read(packed.getvalue()) == {"holes": bytes(3_000_000) + b"end"}


def test_debian_package_is_opened_down_to_its_files() -> None:
    data = lzma.compress(tarred([("./usr/share/a", b"1", {})]))
    found = read(ar([(b"debian-binary", b"2.0\n"), (b"data.tar.xz/", data)]))
    assert list(found) == ["debian-binary", "data.tar.xz"]
    assert read(data, "data.tar.xz") == {"usr/share/a": b"1"}


def test_long_names_of_ar_are_read() -> None:
    table = b"a-name-longer-than-16.o/\n"
    assert list(read(ar([(b"/", b"sym"), (b"//", table), (b"/0", b"1")]))) == ["a-name-longer-than-16.o"]
    assert read(ar([(b"#1/21", b"a-name-longer-than-161")])) == {"a-name-longer-than-16": b"1"}


def test_cut_off_ar_is_told() -> None:
    archive = ar([(b"a", b"12"), (b"b", b"3456")])
    assert read(archive[:-2]) == {"a": b"12", "b": "ar.truncated", "!": "ar.truncated"}
    assert read(archive[:100]) == {"a": b"12", "!": "ar.damaged"}
