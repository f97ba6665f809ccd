"""The store of a cache: results by key, in one SQLite file of the folder that the user names.

It is trusted like rules are, and all the same never believed blindly: each entry carries a digest over its key and its
bytes, and what is damaged, foreign, newer than this program or open to others is left alone. A scan that can't use its
cache starts from nothing and says why.
"""

import contextlib
import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import time
from typing import NamedTuple

from cpo_scan.model import Reason

FILE = "cpo-scan-cache.sqlite"
VERSION = 1  # of what is in it; another one is not read
_MARK = 0x43504F43  # application id of SQLite's header: "CPOC"
_MOST = 4 * 2**30  # bytes that entries may take; above it those go that were not used for longest
_KEEP = 0.75  # of it, once some go
_WAIT = 30.0  # seconds for another scan that is writing
_BUFFER = 16 * 2**20  # bytes that wait for a transaction
_DAY = 86_400
_TABLES = """
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL, sealed BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX entries_used ON entries (used);
CREATE TABLE tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class CacheUnusable(Exception):
    """The store can't be used; `reason` says why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.reason = Reason(code, dict(params))


class Status(NamedTuple):
    """What is in a cache. `size`: bytes of its file; `held`: of these in use; `days`: since the entry was used that was
    not used for longest; `scans`, `reused` and `kept`: scans so far, and steps that these took from it and put in."""

    entries: int
    size: int
    held: int
    scans: int
    reused: int
    kept: int
    days: int


class CacheReader:
    """A worker's look into the store. Never writes, never raises: what is wrong ends the looking and is told once."""

    def __init__(self, folder: str) -> None:
        self._place = Path(folder, FILE)
        self._connection: sqlite3.Connection | None = None
        self._problem: Reason | None = None
        self.off = False
        self.touched: list[int] = []
        """Entries whose day of use is not today."""
        self._today = today()

    def find(self, key: bytes) -> bytes | None:
        """The bytes kept under a key, if they are what was kept."""
        if self.off:
            return None
        try:
            if self._connection is None:
                self._connection = _connect(self._place, "ro")
            row = self._connection.execute(
                "SELECT id, used, sealed, body FROM entries WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.Error as error:
            self.off, self._problem = True, _reason(error)
            return None
        if row is None:
            return None
        number, used, sealed, body = row
        if not isinstance(body, bytes) or sealed != _seal(key, body):
            self._problem = Reason("cache.damaged_entries")
            return None
        if used != self._today:
            self.touched.append(number)
        return body

    def said(self) -> tuple[Reason | None, list[int]]:
        """What went wrong and which entries were used, since this was last asked."""
        told = self._problem, self.touched
        self._problem, self.touched = None, []
        return told


class CacheStore:
    """The side that writes: one for each scan, in the process that leads it. Several scans may write at once."""

    def __init__(self, folder: Path, *, make: bool = True) -> None:
        """Opens the store in a folder, made private to its owner where it is not there. Raises CacheUnusable."""
        self.folder = folder
        place = folder / FILE
        try:
            if make:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _hold_private(folder, place)
            fresh = not place.exists()
            if fresh and not make:
                raise CacheUnusable("cache.none", folder=str(folder))
            if fresh:
                # private from its first byte on; another scan may have been faster
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._connection = _connect(place, "rw")
        except OSError as error:
            raise CacheUnusable("cache.not_openable", error=error.strerror or type(error).__name__) from None
        except sqlite3.Error as error:
            raise CacheUnusable(**_params(_reason(error))) from None
        try:
            self._check()
        except sqlite3.Error as error:
            self._connection.close()
            raise CacheUnusable(**_params(_reason(error))) from None
        except CacheUnusable:
            self._connection.close()
            raise
        self._rows: list[tuple[bytes, int, bytes, bytes]] = []
        self._touched: set[int] = set()
        self._held = 0
        self.problem: Reason | None = None
        """What went wrong since: then nothing more is written."""

    def _check(self) -> None:
        (mark,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if not mark and not version:
            self._create()
            return
        if mark != _MARK:
            raise CacheUnusable("cache.foreign", file=FILE)
        if version != VERSION:
            raise CacheUnusable("cache.other_version", version=version, wanted=VERSION)

    def _create(self) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return  # another scan was faster
            if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                raise CacheUnusable("cache.foreign", file=FILE)
            for statement in filter(str.strip, _TABLES.split(";")):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {_MARK}")
            self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let go of the file; what waits and was not written is lost."""
        self._connection.close()

    # -- in

    def add(self, rows: Iterable[tuple[bytes, bytes]], touched: Iterable[int] = ()) -> None:
        """Keep bytes under keys, and remember which entries were used."""
        if self.problem is not None:
            return
        self._touched.update(touched)
        for key, body in rows:
            self._rows.append((key, today(), _seal(key, body), body))
            self._held += len(body)
        if self._held > _BUFFER:
            self._write()

    def finish(self, *, reused: int, kept: int, most: int = _MOST) -> None:
        """Write what waits, count the scan, and let go of what was not used for longest where there is too much."""
        if self.problem is None:
            self._write({"scans": 1, "reused": reused, "kept": kept})
        if self.problem is None:
            with self._guarded():
                self._shrink(most)

    def _write(self, tally: dict[str, int] | None = None) -> None:
        with self._guarded(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT INTO entries (key, used, sealed, body) VALUES (?, ?, ?, ?) ON CONFLICT (key)"
                " DO UPDATE SET used = excluded.used, sealed = excluded.sealed, body = excluded.body",
                self._rows,
            )
            self._connection.executemany(
                "UPDATE entries SET used = ? WHERE id = ?", [(today(), number) for number in sorted(self._touched)]
            )
            self._connection.executemany(
                "INSERT INTO tally VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                list((tally or {}).items()),
            )
        self._rows, self._held = [], 0
        self._touched.clear()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.problem = _reason(error)

    # -- house-keeping

    def status(self) -> Status:
        """What is in it. Raises CacheUnusable."""
        try:
            entries, oldest = self._connection.execute("SELECT count(*), min(used) FROM entries").fetchone()
            tally = dict(self._connection.execute("SELECT name, value FROM tally").fetchall())
            size, held = self._size()
        except sqlite3.Error as error:
            raise CacheUnusable(**_params(_reason(error))) from None
        days = today() - oldest if oldest is not None else 0
        return Status(
            entries, size, held, tally.get("scans", 0), tally.get("reused", 0), tally.get("kept", 0), max(0, days)
        )

    def prune(self, *, most: int | None = None, days: int | None = None) -> int:
        """Let go of entries that were not used for so many days, then of the least used above so many bytes; gives how
        many went. The file gets smaller too. Raises CacheUnusable."""
        try:
            before = self._count()
            if days is not None:
                with self._connection:
                    self._connection.execute("DELETE FROM entries WHERE used < ?", (today() - days,))
            if most is not None:
                self._shrink(most, keep=1.0)
            gone = before - self._count()
            self._connection.execute("VACUUM")
        except sqlite3.Error as error:
            raise CacheUnusable(**_params(_reason(error))) from None
        return gone

    def _count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM entries").fetchone()[0])

    def _size(self) -> tuple[int, int]:
        page, pages, free = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_size", "page_count", "freelist_count")
        )
        return page * pages, page * (pages - free)

    def _shrink(self, most: int, keep: float = _KEEP) -> None:
        """Entries go by the day of their last use, on one day those first that were kept first."""
        _, held = self._size()
        if held <= most:
            return
        excess = held - int(most * keep)
        last = 0
        gone = []
        for number, size in self._connection.execute("SELECT id, length(body) FROM entries ORDER BY used, id"):
            if last >= excess:
                break
            gone.append((number,))
            last += size + _PER_ENTRY
        with self._connection:
            self._connection.executemany("DELETE FROM entries WHERE id = ?", gone)


_PER_ENTRY = 160  # bytes beside the body: key, seal, their places in two indexes


def clear(folder: Path) -> bool:
    """Delete the store of a folder, and the folder where nothing else is in it; False where there is none. Raises
    CacheUnusable where the file is no store of ours: nothing foreign is deleted."""
    place = folder / FILE
    if not place.is_file():
        return False
    with place.open("rb") as stream:
        head = stream.read(72)
    # SQLite file format §1.3: the application id stands at byte 68; an empty file is one that was never written
    if head and (not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:72], "big") != _MARK):
        raise CacheUnusable("cache.foreign", file=FILE)
    try:
        for file in (place, place.with_name(f"{FILE}-journal")):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise CacheUnusable("cache.not_openable", error=error.strerror or type(error).__name__) from None
    with contextlib.suppress(OSError):
        folder.rmdir()
    return True


def today() -> int:
    """Days since 1970-01-01, UTC."""
    return int(time() // _DAY)


def _connect(place: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{place.absolute().as_uri()}?mode={mode}", uri=True, timeout=_WAIT)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA trusted_schema = OFF")  # https://sqlite.org/security.html
    return connection


def _hold_private(folder: Path, place: Path) -> None:
    """Whoever may write here decides what a scan says: so it must be the user alone (on systems with owners)."""
    if not hasattr(os, "getuid"):
        return
    for path in (folder, place):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if status.st_uid not in (os.getuid(), 0) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise CacheUnusable("cache.not_private", path=path.name)


def _seal(key: bytes, body: bytes) -> bytes:
    return hashlib.sha256(key + body).digest()


def _reason(error: sqlite3.Error) -> Reason:
    """An error of SQLite. Busy is no damage, and neither is a full disk."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Reason("cache.busy")
    if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR")):
        return Reason("cache.not_openable", {"error": name})
    return Reason("cache.damaged", {"error": name})


def _params(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, **reason.params}
