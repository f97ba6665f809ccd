"""Read access to the inventory of a scan: every artifact by path, name and format, from any process."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.model import Artifact, Recognition

_COLUMNS = "path, size, sha256, deliverable, role, package, recognition"
_DECODE = msgspec.json.Decoder(Recognition).decode


class Inventory:
    """`cpo_scan.probe.Index` over the store's file. Opened read-only and when it is first used; can be pickled."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def __reduce__(self) -> tuple[type["Inventory"], tuple[str]]:
        return Inventory, (self._file,)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str) -> Artifact | None:
        """The artifact of exactly this path."""
        row = self._query(f"SELECT {_COLUMNS} FROM artifacts WHERE path = ?", (path,)).fetchone()
        return None if row is None else _artifact(row)

    def select(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> Iterator[Artifact]:
        """Artifacts of these formats and of these names (globs, blind to case), below `under`; by path."""
        where, values = _condition(formats, names, under)
        for row in self._query(f"SELECT {_COLUMNS} FROM artifacts{where} ORDER BY path", values):
            yield _artifact(row)

    def rows(self, formats: Iterable[str], names: Iterable[str], under: str) -> Iterator[tuple[Any, ...]]:
        """What `select` would give, as the rows stand in the store: for whoever only asks whether they changed."""
        where, values = _condition(formats, names, under)
        yield from self._query(f"SELECT {_COLUMNS} FROM artifacts{where} ORDER BY path", values)

    def count(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> int:
        """How many `select` would give."""
        where, values = _condition(formats, names, under)
        return int(self._query(f"SELECT count(*) FROM artifacts{where}", values).fetchone()[0])

    def _query(self, text: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        if self._connection is None:
            # a watchdog's thread may be the one that reads: SQLite itself is built to bear it
            self._connection = sqlite3.connect(
                f"{Path(self._file).as_uri()}?mode=ro", uri=True, timeout=60, check_same_thread=False
            )
        return self._connection.execute(text, values)


def _artifact(row: tuple[Any, ...]) -> Artifact:
    path, size, sha256, deliverable, role, package, recognition = row
    return Artifact(
        path=path,
        size=size,
        sha256=sha256,
        recognition=None if recognition is None else _DECODE(recognition),
        deliverable=deliverable,
        role=role,
        package=package,
    )


def _condition(formats: Iterable[str], names: Iterable[str], under: str) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted := sorted(set(formats)):
        parts.append(f"format IN ({', '.join('?' * len(wanted))})")
        values += wanted
    if globs := sorted({name.lower() for name in names}):
        exact = [name for name in globs if not any(sign in name for sign in "*?[")]
        alternatives = [f"name IN ({', '.join('?' * len(exact))})"] if exact else []
        values += exact
        for glob in globs:
            if glob not in exact:
                alternatives.append("name GLOB ?")
                values.append(_sqlite_glob(glob))
        parts.append(f"({' OR '.join(alternatives)})")
    if folder := under.rstrip("/"):
        parts.append("path > ? AND path < ?")
        values += [folder + "/", folder + "0"]  # "0" is the character after "/"
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(values)


def _sqlite_glob(glob: str) -> str:
    """A glob of the shell (fnmatch) as SQLite reads it: `[^…]` negates, and a bracket that never closes is itself."""
    out = ""
    at = 0
    while at < len(glob):
        sign = glob[at]
        at += 1
        if sign != "[":
            out += sign
            continue
        negated = glob.startswith("!", at)
        # a "]" that comes first stands for itself
        end = glob.find("]", at + negated + 1)
        if end < 0:
            out += "[[]"
            continue
        inner = glob[at + negated : end]
        out += f"[{'^' if negated else ''}{inner}]" if negated or not inner.startswith("^") else _caret(inner)
        at = end + 1
    return out


def _caret(inner: str) -> str:
    """A set that begins with a plain `^`, which SQLite would read as a negation there."""
    return f"[{inner[1:]}^]" if len(inner) > 1 else "^"
