"""Archives made by the tools of others (boxes/make.py): read as they were packed, whole or not at all."""

import gzip
import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS, opens_as
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.locate import locate_many
from cpo_scan.targets.walk import open_entry
from tests.targets.boxes.make import LINKS, TREE
from tests.targets.made import members, nested, read, zipped

BOXES = Path(__file__).parent / "boxes"
SEVENZIP = ("copy", "lzma", "lzma2", "deflate", "bzip2", "bcj", "bcj2", "arm", "ppc", "delta", "single", "plain-header")
CABS = ("mszip", "stored")
CPIO = ("newc", "crc", "odc")
RPM = ("gzip", "bzip2", "xz", "lzma", "zstd", "none")
DISCS = ("rock-ridge", "xorriso", "udf")
SQUASHFS = ("gzip", "xz", "zstd", "lzma")

WITH_LINKS: dict[str, bytes | str] = {**TREE, **LINKS}
TWINS = {"include/twin.h": "include/demo.h"}  # a hard link: the packers put the content with the one or the other
EXPECTED: dict[str, dict[str, bytes | str]] = {
    **{f"{name}.7z": WITH_LINKS for name in SEVENZIP},
    **{f"{name}.iso": WITH_LINKS for name in DISCS},
    **{f"{name}.squashfs": WITH_LINKS for name in SQUASHFS},
    "joliet.iso": {**TREE},
    "mszip.cab": {name.rpartition("/")[2]: data for name, data in TREE.items()},
    "stored.cab": {name.rpartition("/")[2]: data for name, data in TREE.items()},
}
WHOLE = [*EXPECTED, *(f"{name}.cpio" for name in CPIO), *(f"{name}.rpm" for name in RPM), "demo.msi"]


@cache
def box(name: str) -> bytes:
    packed = BOXES / f"{name}.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else (BOXES / name).read_bytes()


@cache
def whole(name: str) -> dict[str, bytes | str]:
    return read(box(name), name)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_another_tool_packed_is_read_byte_for_byte(name: str) -> None:
    assert whole(name) == EXPECTED[name]


@pytest.mark.parametrize("name", [*(f"{name}.cpio" for name in CPIO), *(f"{name}.rpm" for name in RPM)])
def test_hard_links_are_one_file_and_links_to_it(name: str) -> None:
    stem = "opt/demo/" if name.endswith("rpm") else ""
    found = {path.removeprefix(stem): data for path, data in whole(name).items()}
    first, second = "include/demo.h", "include/twin.h"
    if found[first] == stem + second:
        first, second = second, first
    twins: dict[str, bytes | str] = {first: TREE["include/demo.h"], second: stem + first}
    if name == "odc.cpio":  # repeats the content with each name
        twins[second] = TREE["include/demo.h"]
    assert found == {**WITH_LINKS, **twins}


def test_plain_names_of_a_disc_lose_their_version() -> None:
    found = whole("plain.iso")
    assert found["A.TXT"] == TREE["a.txt"]
    assert sorted(found.values(), key=str) == sorted(TREE.values(), key=str)


def test_cabinet_of_an_installer_has_the_names_that_are_installed() -> None:
    found = nested(box("demo.msi"), "demo.msi")
    installed = {path: data for path, data in found.items() if path.startswith("demo.cab!/")}
    assert installed == {
        "demo.cab!/Demo Tool/a.txt": TREE["a.txt"],
        "demo.cab!/Demo Tool/a long name.bin": TREE["code.bin"],
        "demo.cab!/Demo Tool/include/demo.h": TREE["include/demo.h"],
    }
    assert {"%21File", "%21Directory", "\5SummaryInformation"} <= {*found}


@pytest.mark.parametrize(
    ("name", "code"),
    [("ppmd.7z", "sevenzip.unknown_method"), ("encrypted.7z", "sevenzip.encrypted")],
)
def test_what_is_packed_in_another_way_is_told_member_by_member(name: str, code: str) -> None:
    assert whole(name) == {**{path: code if data else b"" for path, data in TREE.items()}, "include/link.h": "link"}


def test_encrypted_directory_is_told() -> None:
    assert whole("encrypted-header.7z") == {"!": "sevenzip.encrypted"}


def lengths(size: int) -> list[int]:
    """Every length of what is small; of the rest the first and last ones, and a spread."""
    edge = 400
    if size <= 2 * edge:
        return list(range(size))
    return [*range(0, edge, 3), *range(edge, size - edge, max(1, size // 150)), *range(size - edge, size, 3)]


@pytest.mark.parametrize("name", WHOLE)
def test_truncated_archive_gives_what_is_whole_and_says_what_is_not(name: str) -> None:
    full = whole(name)
    opener = opens_as(name, BytesContent(box(name)))
    for length in lengths(len(box(name))):
        cut = box(name)[:length]
        if opens_as(name, BytesContent(cut)) != opener:
            continue  # not known as such any more
        found = read(cut, name)
        told = {path for path, data in found.items() if isinstance(data, str) and data != full.get(path)}
        assert all(found[path] == full[path] for path in {*found} - told), length
        assert told or found == full, length


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_random_damage_raises_nothing_but_unreadable(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in WHOLE if len(box(name)) < 60_000 or "iso" in name]))
    damaged = bytearray(box(name))
    low = 16 * 2048 if "iso" in name else 0
    for _ in range(data.draw(st.integers(1, 4))):
        near = data.draw(st.integers(low, min(len(damaged) - 1, low + 20_000)))
        at = data.draw(st.sampled_from([near, data.draw(st.integers(max(0, len(damaged) - 600), len(damaged) - 1))]))
        damaged[at] = data.draw(st.integers(0, 255))
    if opens_as(name, BytesContent(bytes(damaged))) is not None:
        read(bytes(damaged), name, Limits(container_bytes=10**6, container_members=1000))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_byte_of_a_checked_archive_is_never_given_as_content(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([f"{name}.7z" for name in SEVENZIP]))
    damaged = bytearray(box(name))
    damaged[data.draw(st.integers(12, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    for path, content in read(bytes(damaged), name).items():
        assert isinstance(content, str) or content == whole(name)[path]


@pytest.mark.parametrize("name", WHOLE)
def test_members_and_bytes_are_counted(name: str) -> None:
    few = read(box(name), name, Limits(container_members=2))
    assert len(few) == 3
    assert few["!"] == "limit.container_members"
    small = read(box(name), name, Limits(member_bytes=1_000))
    big = {path for path, data in whole(name).items() if isinstance(data, bytes) and len(data) > 1_000}
    assert {path for path, data in small.items() if data == "limit.member_bytes"} == big
    assert {path: data for path, data in small.items() if path not in big} == {
        path: data for path, data in whole(name).items() if path not in big
    }
    assert "limit.container_bytes" in read(box(name), name, Limits(container_bytes=1_000)).values()


@pytest.mark.parametrize("name", WHOLE)
def test_members_that_nobody_reads_cost_nothing(name: str) -> None:
    names = [member.name for member in members(box(name), name)]
    assert names == [path for path in whole(name) if path != "!"]


@pytest.mark.parametrize("name", WHOLE)
def test_an_archive_on_disk_is_read_like_one_in_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(box(name))
    with open_entry(str(tmp_path / name), "") as content:
        opened = {member.name for member in members(content, name)}
    assert opened == {*whole(name)} - {"!"}


def test_artifacts_are_found_again_in_archives_of_every_kind(tmp_path: Path) -> None:
    inner = {name: box(name) for name in ("bcj2.7z", "zstd.rpm", "crc.cpio", "mszip.cab", "udf.iso", "demo.msi")}
    (tmp_path / "all.zip").write_bytes(zipped(inner.items()))
    wanted = {
        "all.zip!/bcj2.7z!/code.bin": TREE["code.bin"],
        "all.zip!/zstd.rpm!/opt/demo/a.txt": TREE["a.txt"],
        "all.zip!/crc.cpio!/data/\u00e4 \u00f6.txt": TREE["data/\u00e4 \u00f6.txt"],
        "all.zip!/mszip.cab!/table.bin": TREE["data/table.bin"],
        "all.zip!/udf.iso!/code.bin": TREE["code.bin"],
        "all.zip!/demo.msi!/demo.cab!/Demo Tool/a long name.bin": TREE["code.bin"],
    }
    found = {}
    for path, content in locate_many(str(tmp_path), wanted, Limits()):
        assert not isinstance(content, Unreadable)
        found[path] = bytes(content.whole())
    assert found == wanted


def test_what_is_unpacked_counts_for_every_container_around_it() -> None:
    inner = box("lzma2.7z")
    outer = Budget(Limits())
    for member in OPENERS["zip"](BytesContent(zipped([("a.7z", inner)])), outer.enter(), "a.zip"):
        with member.content() as content:
            around = outer.enter()
            for one in OPENERS["7z"](content, around.enter(), "a.7z"):
                if one.kind == "file":
                    one.content().finish(last=True)
    total = sum(map(len, TREE.values()))
    assert around.unpacked >= total
    assert outer.unpacked >= total + len(inner)


def test_other_tools_list_the_same(tmp_path: Path) -> None:
    """Every tool that is here unpacks every archive that it can, and has the same files with the same digests."""
    tools = {"7z": ("7z", "x", "-bso0", "-bsp0", "-y"), "bsdtar": ("bsdtar", "-xf")}
    for tool, command in tools.items():
        if shutil.which(tool) is None:
            continue
        for name in (f"{name}.{kind}" for kind, names in (("7z", SEVENZIP), ("rpm", RPM)) for name in names):
            if name.endswith("rpm") and tool == "7z":
                continue  # unpacks to the cpio archive only
            place = tmp_path / tool / name
            place.mkdir(parents=True)
            subprocess.run([*command, str(BOXES / name)], cwd=place, check=True, capture_output=True)
            theirs = {
                path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in place.rglob("*")
                if path.is_file() and not path.is_symlink()
            }
            ours = {
                path: hashlib.sha256(data).hexdigest() for path, data in whole(name).items() if isinstance(data, bytes)
            }
            assert ours.items() <= theirs.items()
            assert {*theirs} - {*ours} <= {"opt/demo/include/demo.h", "opt/demo/include/twin.h"}
