"""The walk: deterministic, nothing followed, nothing raised."""

import os
import pickle
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.model import encode_name
from cpo_scan.targets import walk as module
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.locate import decode_path, locate, locate_many
from cpo_scan.targets.member import Names, member_name
from cpo_scan.targets.walk import Entry, open_entry, walk
from tests.targets.made import reason, tarred, zipped


def tree(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)


def test_whole_sequence_is_ordered_by_the_bytes_of_the_paths(tmp_path: Path) -> None:
    tree(tmp_path, "a/b", "a.txt", "a-b/c", "a/a/a", "A", "ä", "z/ü", "a!/x", "a%", "z.d/e")
    paths = [entry.path for entry in walk(str(tmp_path))]
    assert paths == sorted(paths, key=str.encode)
    assert len(paths) == 10


def test_links_pipes_and_sockets_are_recorded_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "up").symlink_to("../..")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "absolute").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()  # noqa: PTH109 - the path of a socket may have 100 bytes
        os.chdir(tmp_path)
        listener.bind("socket")
        os.chdir(here)
        entries = {entry.path: entry for entry in walk(str(tmp_path))}
        assert {path: (entry.kind, entry.link_target) for path, entry in entries.items()} == {
            "absolute": ("link", "/etc/hostname"),
            "loop": ("link", "loop"),
            "pipe": ("other", None),
            "socket": ("other", None),
            "up": ("link", "../.."),
        }
        codes = {path: reason(lambda path=path: open_entry(str(tmp_path), path)) for path in entries}  # type: ignore[misc]
    assert codes == {
        "absolute": "fs.link",
        "loop": "fs.link",
        "pipe": "fs.pipe",
        "socket": "fs.not_regular",
        "up": "fs.link",
    }
    assert entries["pipe"].reason is not None
    assert entries["pipe"].reason.code == "fs.pipe"


def test_names_that_are_no_utf8_are_encoded_and_opened(tmp_path: Path) -> None:
    for name in (b"\xff\xfe", b"line\nend", b"a%b", b"a!", b"-rf"):
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    entries = list(walk(str(tmp_path)))
    assert [entry.path for entry in entries] == ["%FF%FE", "-rf", "a%21", "a%25b", "line\nend"]
    for entry in entries:
        with open_entry(str(tmp_path), entry.raw) as content:
            assert content.whole() == entry.raw.encode("utf-8", "surrogateescape")
        assert pickle.loads(pickle.dumps(entry)) == entry
        with locate(str(tmp_path), entry.path, Limits()) as content:
            assert content.whole() == entry.raw.encode("utf-8", "surrogateescape")


def test_file_at_a_path_longer_than_the_system_takes_is_found_and_opened(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(150):
        os.mkdir("d" * 30, dir_fd=here)
        there = os.open("d" * 30, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.symlink("x", "link", dir_fd=here)
    file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, b"1")
    os.close(file)
    os.close(here)
    entries = list(walk(str(tmp_path)))
    assert [(entry.kind, entry.size, len(entry.path)) for entry in entries] == [("file", 1, 4654), ("link", 0, 4654)]
    with open_entry(str(tmp_path), entries[0].raw) as content:
        assert content.whole() == b"1"
    assert reason(lambda: open_entry(str(tmp_path), entries[1].raw)) == "fs.link"


def test_what_may_not_be_listed_is_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "a", "b/c", "d")
    scandir = os.scandir

    def refuse(path: str) -> "os._ScandirIterator[str]":
        if path.endswith("b/"):
            raise PermissionError(13, "refused")
        return scandir(path)

    monkeypatch.setattr("cpo_scan.targets.walk.os.scandir", refuse)
    monkeypatch.setattr("cpo_scan.targets.walk.os.supports_fd", {refuse})
    rows = [(entry.path, entry.kind, entry.reason and entry.reason.code) for entry in walk(str(tmp_path))]
    assert rows == [("a", "file", None), ("b", "unreadable", "fs.not_permitted"), ("d", "file", None)]


def test_what_vanished_meanwhile_is_a_reason(tmp_path: Path) -> None:
    assert reason(lambda: open_entry(str(tmp_path), "gone")) == "fs.vanished"
    assert reason(lambda: open_entry(str(tmp_path), "nul\0")) == "fs.vanished"
    assert reason(lambda: open_entry(str(tmp_path), "")) == "fs.folder"
    assert next(walk(str(tmp_path / "gone"))).kind == "unreadable"


def test_names_that_become_one_get_a_number() -> None:
    rows: list[Entry | tuple[str, str]] = [Entry("b", "b"), Entry("a", "2"), Entry("a", "1")]
    assert [row.path for row in module._unique(rows) if isinstance(row, Entry)] == ["b", "a%002", "a"]


@settings(deadline=None)
@given(st.lists(st.text(max_size=4) | st.sampled_from(["a", "a\x002", "a\x00"]), max_size=12))
def test_member_names_are_unique_and_safe(names: list[str]) -> None:
    unique = Names()
    found = [unique.unique(member_name(name)) for name in names]
    assert len(set(found)) == len(found)
    for name in found:
        assert name and "!" not in name and "\0" not in name and not name.startswith("/")
        assert ".." not in name.split("/")
        name.encode()


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=12).filter(lambda raw: b"/" not in raw))
def test_encoded_paths_can_be_decoded(raw: bytes) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    assert decode_path(encode_name(name)) == name


def test_artifacts_are_found_again_in_nested_containers(tmp_path: Path) -> None:
    inner = zipped([("x", b"1"), ("y", b"2")])
    (tmp_path / "a.zip").write_bytes(
        zipped([("b.jar", inner), ("t.tar", tarred([("p/q", b"3", {}), ("r", b"4", {})]))])
    )
    (tmp_path / "plain").write_bytes(b"5")
    wanted = {
        "a.zip!/b.jar!/y": b"2",
        "a.zip!/b.jar!/x": b"1",
        "a.zip!/b.jar": inner,
        "a.zip!/t.tar!/r": b"4",
        "a.zip!/t.tar!/p/q": b"3",
        "plain": b"5",
    }
    found = {}
    for path, content in locate_many(str(tmp_path), [*wanted, "a.zip!/no!/x", "none"], Limits()):
        found[path] = content.reason.code if isinstance(content, Unreadable) else content.whole()[:]
    assert found == {**wanted, "a.zip!/no!/x": "artifact.missing", "none": "fs.vanished"}
    for path, data in wanted.items():
        with locate(str(tmp_path), path, Limits()) as content:
            assert content.whole()[:] == data
    assert reason(lambda: locate(str(tmp_path), "plain!/x", Limits())) == "artifact.missing"
    assert reason(lambda: locate(str(tmp_path), "a.zip!/b.jar!/x", Limits(depth=1))) == "limit.depth"


def test_artifacts_of_an_archive_target_are_found_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("b/c", b"1")]))
    with locate(str(tmp_path / "a.zip"), "b/c", Limits(), archive=True) as content:
        assert content.whole() == b"1"
    (tmp_path / "f").write_bytes(b"2")
    with locate(str(tmp_path / "f"), "f", Limits()) as content:
        assert content.whole() == b"2"
    assert reason(lambda: locate(str(tmp_path / "f"), "g", Limits())) == "artifact.missing"
