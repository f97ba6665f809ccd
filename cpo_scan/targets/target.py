"""What the user names: a folder, an archive or package whose paths start inside it, or a single file."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cpo_scan.model import Reason, encode_name
from cpo_scan.targets.containers import opens_as
from cpo_scan.targets.content import Content, io_error
from cpo_scan.targets.errors import TargetError, Unreadable
from cpo_scan.targets.walk import Entry, open_entry, stamp_of, walk

_TEXTS = {  # the same as in the message catalogues; a target that can't be opened must be told without them too
    "target.missing": "{path}: there is no such file or folder",
    "target.not_permitted": "{path}: it may not be read",
    "target.not_regular": "{path}: neither a file nor a folder",
    "target.empty_folder": "{path}: the folder is empty, nothing to scan",
    "target.empty_file": "{path}: the file is empty, nothing to scan",
    "target.unreadable": "{path}: it can't be read ({error})",
}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A target that can be opened. Picklable.

    `place` is its absolute path on this machine (never in a report), `name` its last segment as in report paths.
    `archive`: it is a container itself, and the paths of the report start inside it.
    """

    place: str
    name: str
    folder: bool
    archive: bool = False

    def entries(self, *, stamps: bool = False) -> Iterator[Entry]:
        """What lies in it, in the order of report paths: a folder's entries, or the one file that it is.

        The path of an archive is "": what is in it has the paths of its members. `stamps`: files have one.
        """
        if self.folder:
            return walk(self.place, stamps=stamps)
        size, stamp = _size(self.place)
        return iter([Entry("" if self.archive else self.name, "", "file", size, stamp=stamp if stamps else None)])

    def open(self, entry: Entry) -> Content:
        """The content of an entry; raises Unreadable."""
        return open_entry(self.place, entry.raw)


def open_target(path: str | Path) -> Target:
    """The target at a path. Raises TargetError, in one line, where there is nothing that could be scanned.

    Links in `path` itself are followed: it is the user who names it. An archive that is damaged or cut off is a target
    all the same: the report then says what was lost, and its digest says of which bytes.
    """
    named = os.fspath(path)
    try:
        place = os.path.realpath(named)
        status = Path(place).stat()
        if stat.S_ISDIR(status.st_mode):
            return _folder(named, place)
        if not stat.S_ISREG(status.st_mode):
            raise _error("target.not_regular", named)
        if not status.st_size:
            raise _error("target.empty_file", named)
        with open_entry(place, "") as content:
            archive = opens_as(_name(place), content) is not None
        return Target(place=place, name=_name(place), folder=False, archive=archive)
    except ValueError:  # a NUL in the path
        raise _error("target.missing", named) from None
    except OSError as error:
        raise _unreadable(named, io_error(error)) from None
    except Unreadable as error:
        raise _unreadable(named, error) from None


def _folder(named: str, place: str) -> Target:
    with os.scandir(place):  # raises where it may not be listed
        pass
    if next(walk(place), None) is None:
        raise _error("target.empty_folder", named)
    return Target(place=place, name=_name(place), folder=True)


def _name(place: str) -> str:
    return encode_name(os.path.basename(place)) or "target"  # noqa: PTH119


def _size(place: str) -> tuple[int, tuple[int, int, int] | None]:
    try:
        status = Path(place).stat()
    except OSError:
        return 0, None
    return status.st_size, stamp_of(status)


def _unreadable(named: str, error: Unreadable) -> TargetError:
    match error.reason.code:
        case "fs.vanished" | "fs.link":  # a link that leads nowhere, or to itself
            return _error("target.missing", named)
        case "fs.not_permitted":
            return _error("target.not_permitted", named)
        case "fs.not_regular" | "fs.pipe" | "fs.socket":
            return _error("target.not_regular", named)
        case code:
            return _error("target.unreadable", named, error=str(error.reason.params.get("error", code)))


def _error(code: str, named: str, **params: str) -> TargetError:
    shown = "".join(char if char.isprintable() else "\ufffd" for char in named)  # one line, whatever the name is
    params = {"path": shown, **params}
    return TargetError(_TEXTS[code].format(**params), Reason(code, params))
