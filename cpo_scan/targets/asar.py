"""ASAR, the archive of Electron programs: a directory in JSON behind four numbers, then the files, not packed.

Files that the packer left beside the archive (`NAME.asar.unpacked/`) are told as links to there.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import exactly
from cpo_scan.targets.member import Member, Names, link_text, member_name

_SIZES = struct.Struct("<4L")  # of the number behind it (4), of the directory, of its text padded, of its text
_DIRECTORY = 32 * 2**20  # bytes of text that are read
_DEEPEST = 256  # folders in each other
_BEFORE_FILES = 8  # places are counted from the end of the directory, whose size does not count the first two numbers


class _Integrity(msgspec.Struct, frozen=True):
    algorithm: str = ""
    hash: str = ""


class _Entry(msgspec.Struct, frozen=True):
    """A row of the directory: a folder has `files`, a link has `link`, everything else is a file."""

    files: dict[str, Any] | None = None
    size: int = 0
    offset: str | None = None  # as text, since it may pass 2^53
    link: str | None = None
    unpacked: bool = False
    integrity: _Integrity | None = None


def is_asar(head: bytes) -> bool:
    """Is this the beginning of such an archive? The numbers agree and the text is a directory."""
    if len(head) < _SIZES.size or not head[_SIZES.size :].startswith(b'{"files":'):
        return False
    width, directory, padded, text = _SIZES.unpack_from(head)
    return bool(width == 4 and directory == padded + 4 and text + 4 <= padded <= text + 7)


def open_asar(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of an Electron archive, in the order of its directory. Raises Unreadable."""
    names = names or Names()
    data = content.whole()
    if not is_asar(content.head):
        raise Unreadable("asar.damaged", at=0)
    _, directory, _, size = _SIZES.unpack(data[: _SIZES.size])
    if size > _DIRECTORY:
        raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)
    raw = data[_SIZES.size : _SIZES.size + size]
    if len(raw) < size:
        raise Unreadable("asar.truncated")
    start = _BEFORE_FILES + directory
    for path, entry in _walk(raw):
        budget.check()
        budget.member()
        yield _member(data, start, path, entry, name, names, budget)


def _walk(raw: bytes) -> Iterator[tuple[str, _Entry]]:
    """Paths and entries, folder by folder. Raises Unreadable where the directory is none."""
    try:
        root = msgspec.json.decode(raw, type=_Entry)
        open_ = [iter([("", root)])]
        while open_:
            if (row := next(open_[-1], None)) is None:
                open_.pop()
                continue
            path, entry = row
            if entry.files is None:
                yield path, entry
                continue
            if len(open_) > _DEEPEST:
                raise LimitHit("limit.depth", limit=_DEEPEST)
            open_.append(_rows(path, entry.files))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise Unreadable("asar.damaged", at=_SIZES.size) from None


def _rows(path: str, files: dict[str, Any]) -> Iterator[tuple[str, _Entry]]:
    for name, row in files.items():
        yield f"{path}/{name}" if path else name, msgspec.convert(row, _Entry)


def _member(data: Bytes, start: int, path: str, entry: _Entry, name: str, names: Names, budget: Budget) -> Member:
    shown = names.unique(member_name(path))
    if entry.link is not None:
        return Member(shown, "link", link_target=link_text(entry.link))
    if entry.unpacked:
        up = "../" * (path.count("/") + 1)
        return Member(shown, "link", entry.size, link_target=link_text(f"{up}{name}.unpacked/{path}"))

    def read() -> Content:
        offset = entry.offset or ""
        if not (offset.isascii() and offset.isdecimal()) or len(offset) > 20 or entry.size < 0:
            raise Unreadable("asar.damaged", at=_SIZES.size)
        if entry.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        begin = start + int(offset)
        if begin + entry.size > len(data):
            raise Unreadable("asar.truncated")
        body = _Checked(Window(data, begin, begin + entry.size), entry)
        if entry.size <= SMALL:
            budget.charge(entry.size)
            return BytesContent(exactly(body, entry.size))
        return StreamContent(body, budget.meter())

    return Member(shown, "file", max(entry.size, 0), read=read)


class _Checked:
    """The bytes of a file, held against the SHA-256 that the directory tells of them, where it does."""

    def __init__(self, window: Window, entry: _Entry) -> None:
        self._window, self._left = window, entry.size
        told = entry.integrity
        self._wanted = told.hash.lower() if told is not None and told.algorithm == "SHA256" else None
        self._sum = hashlib.sha256()

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where they are others."""
        data = self._window.read(most)
        if self._wanted is not None and data:
            self._sum.update(data)
            self._left -= len(data)
            if not self._left and self._sum.hexdigest() != self._wanted:
                raise Unreadable("asar.bad_sum")
        return data

    def close(self) -> None:
        """Nothing to let go: the bytes belong to the container."""
