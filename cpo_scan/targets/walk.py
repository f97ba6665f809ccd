"""The walk through a directory, and the opening of one file in it.

Links are recorded and never followed, only regular files are opened, nothing is held but the folder at hand and the
way to it. Paths too long for the system are reached through directory descriptors.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from typing import Literal

import msgspec

from cpo_scan.model import Reason, encode_name
from cpo_scan.targets.content import Content, FileContent, io_error
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.member import Names, link_text

EntryKind = Literal["file", "link", "other", "unreadable"]

_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY", "O_NOINHERIT"):
    _FLAGS |= getattr(os, _name, 0)
_FOLDER_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_UTF8_NAMES = sys.getfilesystemencoding() == "utf-8"
_WINDOWS = os.name == "nt"
_STEP = 1000  # bytes of a path that every system takes (PATH_MAX of POSIX is 256 at least, of macOS 1024)
_WINDOWS_STEP = 240  # characters; longer paths need the prefix that switches the limit off
_OTHER = (
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character_device"),
    (stat.S_ISBLK, "block_device"),
)


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False, omit_defaults=True):
    """One thing that the walk found; folders are none. Picklable and small.

    `path` is that of the report, relative to the root; `raw` the same for the system (`open_entry`), with `/` on all
    systems; `size` in bytes. `reason` says why something `other` or `unreadable` is not read. `stamp`, where one was
    asked for: nanoseconds of the last change of the bytes and of the file, and its number in the file system.
    """

    path: str
    raw: str
    kind: EntryKind = "file"
    size: int = 0
    link_target: str | None = None
    reason: Reason | None = None
    stamp: tuple[int, int, int] | None = None


def walk(root: str, *, stamps: bool = False) -> Iterator[Entry]:
    """All entries below a folder, ordered by the bytes of their report paths, the same on every system.

    What can't be listed or looked at is an entry too, of kind `unreadable`; nothing is raised. With `stamps`
    each file has one.
    """
    # One frame for each folder on the way: what is left of it, last one first.
    frames = [_list(root, "", "", stamps)]
    while frames:
        rows = frames[-1]
        while rows:
            entry = rows.pop()
            if isinstance(entry, Entry):
                yield entry
            else:
                frames.append(_list(root, entry[0], entry[1], stamps))
                break
        else:
            frames.pop()


def open_entry(root: str, raw: str) -> Content:
    """The content of a regular file below `root` (the root itself: ""). Raises Unreadable for all else."""
    try:
        descriptor = os.open(_system_path(root, raw), _FLAGS)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or os.open not in os.supports_dir_fd:
            raise _opening_error(error) from None
        descriptor = _open_far(root, raw, _FLAGS)
    except ValueError:  # a NUL: no name of a file
        raise Unreadable("fs.vanished") from None
    try:
        status = os.fstat(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise io_error(error) from None
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise Unreadable(f"fs.{_what(status.st_mode)}")
    return FileContent(descriptor, status.st_size)


_Folder = tuple[str, str]  # path and raw path, each with a `/` at its end


def _list(root: str, path: str, raw: str, stamps: bool = False) -> list[Entry | _Folder]:
    """The entries of a folder, last one first. `path` and `raw` are empty for the root, else end in `/`."""
    rows: list[tuple[str, Entry | _Folder]] = []
    far = -1
    try:
        try:
            scan = os.scandir(_system_path(root, raw))
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG or os.scandir not in os.supports_fd:
                raise
            far = _open_far(root, raw, _FOLDER_FLAGS)
            scan = os.scandir(far)
        with scan:
            for found in scan:
                name = found.name
                if not _UTF8_NAMES:
                    name = os.fsencode(name).decode("utf-8", "surrogateescape")
                shown = name
                if not name.isascii() or "%" in name or "!" in name:
                    shown = encode_name(name)
                rows.append(_row(found, path + shown, raw + name, far, stamps))
    except OSError as error:
        rows.append(_lost(path, raw, io_error(error)))
    except Unreadable as error:
        rows.append(_lost(path, raw, error))
    finally:
        if far >= 0:
            os.close(far)
    rows.sort(key=_by_path, reverse=True)
    ordered = [row for _, row in rows]
    return ordered if len({key for key, _ in rows}) == len(rows) else _unique(ordered)


def _row(found: "os.DirEntry[str]", path: str, raw: str, far: int, stamps: bool) -> tuple[str, Entry | _Folder]:
    """The entry or folder with its place in the order: a folder sorts as what is below it, by `name/`."""
    try:
        if found.is_symlink() or (_WINDOWS and _is_junction(found)):
            target = os.readlink(found.name, dir_fd=far) if far >= 0 else os.readlink(found.path)  # noqa: PTH115
            return path, Entry(path, raw, "link", 0, link_text(target))
        if found.is_dir(follow_symlinks=False):
            return path + "/", (path + "/", raw + "/")
        status = found.stat(follow_symlinks=False)
    except OSError as error:
        return path, Entry(path, raw, "unreadable", reason=io_error(error).reason)
    if stat.S_ISREG(status.st_mode):
        if stamps:
            return path, Entry(path, raw, "file", status.st_size, stamp=stamp_of(status))
        return path, Entry(path, raw, "file", status.st_size)
    return path, Entry(path, raw, "other", reason=Reason(f"fs.{_what(status.st_mode)}"))


def stamp_of(status: os.stat_result) -> tuple[int, int, int]:
    """By what a file is taken for unchanged, beside its path and size (POSIX <sys/stat.h>; Windows gives the time of
    its making for the second, and no number here)."""
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _by_path(row: tuple[str, Entry | _Folder]) -> str:
    return row[0]  # report paths hold no surrogates, so that the order of their code points is that of their bytes


def _lost(path: str, raw: str, error: Unreadable) -> tuple[str, Entry]:
    """A folder that can't be listed, or not to its end. It comes first: before what could be listed."""
    return path, Entry(path.removesuffix("/"), raw.removesuffix("/"), "unreadable", reason=error.reason)


def _unique(rows: list[Entry | _Folder]) -> list[Entry | _Folder]:
    """Names of Windows that are no Unicode can become one; then the later ones get a number."""
    names = Names()
    kept: list[Entry | _Folder] = []
    for row in reversed(rows):
        if isinstance(row, Entry):
            kept.append(msgspec.structs.replace(row, path=names.unique(row.path)))
        else:
            kept.append((names.unique(row[0][:-1]) + "/", row[1]))
    return kept[::-1]


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return next((what for test, what in _OTHER if test(mode)), "not_regular")


def _is_junction(found: "os.DirEntry[str]") -> bool:
    """A folder of NTFS that stands for another one; `is_symlink` does not know it."""
    tag = getattr(found.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)


def _system_path(root: str, raw: str) -> str:
    if not raw:
        return root
    if _WINDOWS:
        path = os.path.join(root, raw.replace("/", "\\")).rstrip("\\")  # noqa: PTH118
        return "\\\\?\\" + path if len(path) > _WINDOWS_STEP and not path.startswith("\\\\") else path
    if not _UTF8_NAMES:
        raw = os.fsdecode(raw.encode("utf-8", "surrogateescape"))
    return f"{root}/{raw}"


def _open_far(root: str, raw: str, flags: int) -> int:
    """A descriptor for a path that is too long for one call: some folders at a time. Raises Unreadable."""
    parts = raw.rstrip("/").split("/")
    here = -1
    try:
        here = os.open(root, _FOLDER_FLAGS & ~getattr(os, "O_NOFOLLOW", 0))
        while parts:
            step = [parts.pop(0)]
            while parts and len("/".join([*step, parts[0]]).encode("utf-8", "surrogateescape")) < _STEP:
                step.append(parts.pop(0))
            there = os.open(_system_path("", "/".join(step))[1:], _FOLDER_FLAGS if parts else flags, dir_fd=here)
            os.close(here)
            here = there
    except OSError as error:
        if here >= 0:
            os.close(here)
        raise _opening_error(error) from None
    return here


def _opening_error(error: OSError) -> Unreadable:
    # A socket, or a device without a driver, refuses to be opened (open(2): ENXIO).
    return Unreadable("fs.not_regular") if error.errno == errno.ENXIO else io_error(error)


def raw_names(root: str, path: str) -> Iterator[str]:
    """The raw paths of files whose report path this is; for names that can't be decoded from it."""
    folder, _, _ = path.rpartition("/")
    folders = [("", "")]
    for segment in folder.split("/") if folder else []:
        folders = [
            row
            for shown, raw in folders
            for row in _list(root, shown, raw)
            if not isinstance(row, Entry) and row[0] == f"{shown}{segment}/"
        ]
    for shown, raw in folders:
        yield from (row.raw for row in _list(root, shown, raw) if isinstance(row, Entry) and row.path == path)
