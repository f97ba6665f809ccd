"""Content: the head at once, each byte once, errors said again."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from cpo_scan.targets import content as module
from cpo_scan.targets.content import (
    CHUNK,
    HEAD,
    SMALL,
    BytesContent,
    Content,
    FileContent,
    StreamContent,
    find,
    holds,
)
from cpo_scan.targets.errors import LimitHit, Unreadable

SIZES = [0, 1, HEAD - 1, HEAD, HEAD + 1, SMALL, SMALL + 1, 3 * SMALL]


def opened(data: bytes, kind: str, tmp_path: Path) -> Content:
    match kind:
        case "bytes":
            return BytesContent(data)
        case "stream":
            return StreamContent(io.BytesIO(data))
    file = tmp_path / "file"
    file.write_bytes(data)
    return FileContent(os.open(file, os.O_RDONLY), len(data))


@pytest.mark.parametrize("kind", ["bytes", "stream", "file"])
@pytest.mark.parametrize("size", SIZES)
def test_head_whole_open_and_digest_agree(kind: str, size: int, tmp_path: Path) -> None:
    data = bytes(range(251)) * (size // 251) + bytes(size % 251)
    expected = (size, hashlib.sha256(data).hexdigest())
    with opened(data, kind, tmp_path) as content:
        assert content.head == data[:HEAD]
        assert content.finish() == expected
        assert content.whole()[:] == data
        with content.open() as stream:
            stream.seek(size // 2)
            assert stream.read() == data[size // 2 :]
        assert content.finish() == expected
    with opened(data, kind, tmp_path) as content:
        assert content.whole()[:] == data
        assert content.finish(last=True) == expected


def test_large_member_goes_to_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", HEAD)
    with StreamContent(io.BytesIO(b"x" * 10**6)) as content:
        whole = content.whole()
        assert not isinstance(whole, bytes)
        assert whole[:] == b"x" * 10**6
        assert content.finish() == (10**6, hashlib.sha256(b"x" * 10**6).hexdigest())


def test_limit_is_raised_by_whoever_reads_and_again() -> None:
    read = 0

    def charge(size: int) -> None:
        nonlocal read
        read += size
        if read > 2 * HEAD:
            raise LimitHit("limit.member_bytes", limit=2 * HEAD)

    content = StreamContent(io.BytesIO(bytes(10 * HEAD)), charge)
    for _ in range(2):
        with pytest.raises(LimitHit, match=r"limit\.member_bytes"):
            content.finish()
        with pytest.raises(LimitHit):
            content.whole()


def test_bytes_that_were_let_go_are_not_given_in_part() -> None:
    content = StreamContent(io.BytesIO(bytes(10 * HEAD)))
    content.finish(last=True)
    with pytest.raises(ValueError, match="let go"):
        content.whole()


def test_file_that_grew_since_it_was_listed_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 500)
    with FileContent(os.open(tmp_path / "a", os.O_RDONLY), 100) as content:
        assert content.finish() == (500, hashlib.sha256(b"x" * 500).hexdigest())


def test_error_of_the_system_is_a_reason(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(Unreadable) as caught:
        FileContent(descriptor, 10)
    assert caught.value.reason.code == "fs.io_error"
    assert caught.value.reason.params == {"error": "EISDIR"}
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(descriptor)


def test_error_said_again_is_the_same() -> None:
    error = LimitHit("limit.depth", limit=8)
    again = error.again()
    assert isinstance(again, LimitHit)
    assert (again.reason, again.severity, str(again)) == (error.reason, error.severity, str(error))


@pytest.mark.parametrize("kind", ["bytes", "file"])
@pytest.mark.parametrize("place", [0, 5, 4 * CHUNK - 3, 4 * CHUNK, 5 * CHUNK + 1])
def test_a_literal_is_found_also_where_windows_meet(kind: str, place: int, tmp_path: Path) -> None:
    data = bytearray(b"." * (9 * CHUNK))
    data[place : place + 6] = b"needle"
    with opened(bytes(data), kind, tmp_path) as content:
        whole = content.whole()
        assert find(whole, b"needle") == place
        assert find(whole, b"needle", place + 1) == -1
        assert holds(whole, [b"absent", b"needle"])
        assert not holds(whole, [b"absent", b"needles"])


@pytest.mark.parametrize("size", [0, 1, 5, 6, 3 * 2**20 + 1])
def test_pieces_are_all_bytes_and_the_last_one_says_so(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    path = tmp_path / "file"
    path.write_bytes(data)
    with FileContent(os.open(path, os.O_RDONLY), size) as content:
        for _ in range(2):  # pages that were let go are read again
            pieces = list(content.pieces(5 if size < 100 else 2**18))
            assert b"".join(piece for piece, _ in pieces) == data
            assert [last for _, last in pieces] == [False] * (len(pieces) - 1) + [True]


@pytest.mark.parametrize("start", [0, 1, 5000])
def test_a_window_lets_pages_go_and_reads_on(start: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HELD", 2 * 4096)
    data = bytes(range(251)) * 9000
    with opened(data, "file", tmp_path) as content:
        whole = content.whole()
        assert not isinstance(whole, bytes)
        window = module.Window(whole, start, len(data))
        parts = [*iter(lambda: window.read(3000), b"")]
        assert b"".join(parts) == data[start:]
        assert whole[:] == data
