"""The spool: findings, coverage rows and artifacts in an embedded store, so that memory does not follow their number.

Rows come in any order and go out in the order of the report. One process writes; others read by `Inventory`.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from cpo_scan.model import Artifact, CoverageRow
from cpo_scan.model.canonical import canonical
from cpo_scan.scan.inventory import Inventory

_BATCH = 5_000  # rows of a transaction; a batch of findings is a few MB
_FINDINGS = """
CREATE TABLE findings (
  path TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, probe TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX findings_order ON findings (path, kind, id);
CREATE INDEX findings_id ON findings (id);
CREATE TABLE cited (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE notes (probe TEXT NOT NULL, path TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE coverage (list TEXT NOT NULL, artifact TEXT NOT NULL, severity TEXT NOT NULL, body BLOB NOT NULL);
"""
_ARTIFACTS = """
CREATE TABLE artifacts (
  path TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT, format TEXT,
  deliverable TEXT NOT NULL, role TEXT NOT NULL, package TEXT, recognition BLOB);
"""


class Duplicate(NamedTuple):
    """A finding whose id another one has already: an error of the probe. The row is not in the report's findings."""

    id: str
    probe: str
    kind: str
    artifact: str


class Counts(NamedTuple):
    """Sizes for the head of `coverage`. `bytes` are those of the files on the outermost level."""

    files: int
    members: int
    bytes: int
    recognised: int
    formats: dict[str, int]


class FindingRow(NamedTuple):
    """A finding as it is kept; made where it was found, so that the process that writes has little to do."""

    path: str
    kind: str
    id: str
    probe: str
    body: bytes  # canonical
    cited: tuple[str, ...]


def finding_row(row: dict[str, Any]) -> FindingRow:
    """From a row of `model.finish`."""
    cited = tuple(piece["artifact"] if isinstance(piece, dict) else piece.artifact for piece in row["evidence"])
    return FindingRow(str(cited[0]), str(row["kind"]), row["id"], row["probe"], canonical(row), cited)


ArtifactRow = tuple[str, str, int, str | None, str | None, str, str, str | None, bytes | None]
"""Path, name in lower case, size, SHA-256, format, deliverable, role, package, recognition in JSON."""
_ENCODE = msgspec.json.Encoder().encode


def artifact_row(item: Artifact) -> ArtifactRow:
    """An artifact as it is kept."""
    what = item.recognition
    return (
        item.path,
        item.path.rpartition("/")[2].lower(),
        item.size,
        item.sha256,
        None if what is None else what.format,
        item.deliverable,
        item.role,
        item.package,
        None if what is None else _ENCODE(what),
    )


class FindingStore:
    """Rows of one scan in a private temporary folder; gone with `close`. Not safe for use by several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        import tempfile

        self._folder = tempfile.TemporaryDirectory(prefix="cpo-scan-", dir=folder, ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        # WAL: worker processes read findings while this one goes on writing
        self._findings = _create(self.folder / "findings.sqlite", _FINDINGS, "WAL")
        self._artifacts = _create(self.folder / "inventory.sqlite", _ARTIFACTS, "MEMORY")
        self._sealed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete everything. Reports made from this store live on only as far as they were written elsewhere."""
        self._findings.close()
        self._artifacts.close()
        self._folder.cleanup()

    @property
    def inventory_file(self) -> str:
        """Where other processes find the inventory, once it is sealed."""
        return str(self.folder / "inventory.sqlite")

    @property
    def findings_file(self) -> str:
        """Where other processes find the findings."""
        return str(self.folder / "findings.sqlite")

    # -- in

    def drop(self, prefix: str) -> None:
        """Forget the artifacts, findings, notes and coverage rows of all paths that begin so."""
        span = (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1))
        with self._findings:
            for table, column in (("findings", "path"), ("cited", "path"), ("notes", "path"), ("coverage", "artifact")):
                self._findings.execute(f"DELETE FROM {table} WHERE {column} >= ? AND {column} < ?", span)
        with self._artifacts:
            self._artifacts.execute("DELETE FROM artifacts WHERE path >= ? AND path < ?", span)

    def add_findings(self, rows: Iterable[dict[str, Any]]) -> int:
        """Rows as `model.finish` gives them; returns how many. Duplicate ids are taken and listed by `duplicates`."""
        return self.keep_findings(map(finding_row, rows))

    def keep_findings(self, rows: Iterable[FindingRow]) -> int:
        """The same for rows that are made."""
        total = 0
        for batch in _batches(rows):
            total += len(batch)
            with self._findings:
                self._findings.executemany("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", [row[:5] for row in batch])
                self._findings.executemany(
                    "INSERT OR IGNORE INTO cited VALUES (?)", {(path,) for row in batch for path in row.cited}
                )
        return total

    def add_notes(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Notes of combining probes: id of the probe, path, value in MessagePack."""
        for batch in _batches(rows):
            with self._findings:
                self._findings.executemany("INSERT INTO notes VALUES (?, ?, ?)", batch)

    def add_coverage(self, rows: Iterable[CoverageRow]) -> None:
        """Rows of what was not looked at; equal rows are one."""
        for batch in _batches(rows):
            with self._findings:
                self._findings.executemany(
                    "INSERT INTO coverage VALUES (?, ?, ?, ?)",
                    [(row.list, row.artifact, str(row.severity), memoryview(_coverage(row))) for row in batch],
                )

    def add_artifacts(self, artifacts: Iterable[Artifact]) -> None:
        """Artifacts with their size, hash and recognition. The later of two with one path replaces the earlier."""
        self.keep_artifacts(map(artifact_row, artifacts))

    def keep_artifacts(self, rows: Iterable[ArtifactRow]) -> None:
        """The same for rows that are made."""
        for batch in _batches(rows):
            with self._artifacts:
                self._artifacts.executemany("INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch)

    def seal(self) -> Inventory:
        """Put the inventory in order and give read access to it, also for other processes (it can be pickled)."""
        if not self._sealed:
            with self._artifacts:
                try:
                    self._artifacts.execute("CREATE UNIQUE INDEX artifacts_path ON artifacts (path)")
                except sqlite3.IntegrityError:
                    self._artifacts.execute(
                        "DELETE FROM artifacts WHERE rowid NOT IN (SELECT max(rowid) FROM artifacts GROUP BY path)"
                    )
                    self._artifacts.execute("CREATE UNIQUE INDEX artifacts_path ON artifacts (path)")
                self._artifacts.execute("CREATE INDEX artifacts_format ON artifacts (format, path)")
                self._artifacts.execute("CREATE INDEX artifacts_name ON artifacts (name, path)")
            with self._findings:  # nearly all notes are there by now, and an index that is made at once costs half
                self._findings.execute("CREATE INDEX notes_order ON notes (probe, path)")
            self._sealed = True
        return Inventory(self.inventory_file)

    # -- out

    def findings(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Findings as rows of the report, in its order: by first evidence path, kind, id."""
        for body in self.finding_bytes(kind):
            yield msgspec.json.decode(body)

    def finding_bytes(self, kind: str | None = None) -> Iterator[bytes]:
        """The same as canonical bytes. Of several with one id, the first by its bytes stands for all."""
        yield from _ordered(self._findings, kind)

    def finding(self, identity: str) -> dict[str, Any] | None:
        """The finding of this id."""
        row = self._findings.execute(
            "SELECT body FROM findings WHERE id = ? ORDER BY path, kind, body LIMIT 1", (identity,)
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def duplicates(self) -> list[Duplicate]:
        """Findings that share the id of another one, the one that stays left out; the engine reports the probe."""
        rows = self._findings.execute(
            "SELECT id, probe, kind, path FROM findings"
            " WHERE id IN (SELECT id FROM findings GROUP BY id HAVING count(*) > 1) ORDER BY id, path, kind, body"
        )
        out: list[Duplicate] = []
        last = None
        for row in rows:
            if row[0] == last:
                out.append(Duplicate(*row))
            last = row[0]
        return out

    def coverage_bytes(self, listed: str) -> Iterator[bytes]:
        """Rows of one list of `coverage` (`unreadable`, `skipped`, `limits_hit`) as canonical bytes, in order."""
        cursor = self._findings.execute(
            "SELECT DISTINCT artifact, body FROM coverage WHERE list = ? ORDER BY artifact, body", (listed,)
        )
        return (bytes(body) for _, body in cursor)

    def coverage(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """All coverage rows with the list they stand in; by list, artifact, content."""
        for listed, _, body in self._findings.execute(
            "SELECT DISTINCT list, artifact, body FROM coverage ORDER BY list, artifact, body"
        ):
            yield listed, msgspec.json.decode(body)

    def lost(self) -> int:
        """How many coverage rows have the severity `lost`."""
        query = "SELECT count(*) FROM (SELECT DISTINCT list, body FROM coverage WHERE severity = 'lost')"
        return int(self._findings.execute(query).fetchone()[0])

    def counts(self) -> Counts:
        """Files, members, bytes, recognised artifacts, and artifacts per format."""
        files, members, size, recognised = self._artifacts.execute(
            "SELECT coalesce(sum(inner = 0), 0), coalesce(sum(inner), 0),"
            " coalesce(sum(CASE inner WHEN 0 THEN size END), 0), count(format)"
            " FROM (SELECT size, format, instr(path, '!/') > 0 AS inner FROM artifacts)"
        ).fetchone()
        formats = self._artifacts.execute(
            "SELECT format, count(*) FROM artifacts WHERE format IS NOT NULL GROUP BY format ORDER BY format"
        )
        return Counts(files, members, size, recognised, dict(formats.fetchall()))

    def outer(self, deliverable: str) -> Iterator[tuple[str, str]]:
        """Path and SHA-256 of the files of a deliverable on its outermost level, by path."""
        yield from self._artifacts.execute(
            "SELECT path, sha256 FROM artifacts WHERE deliverable = ? AND instr(path, '!/') = 0 ORDER BY path",
            (deliverable,),
        )

    def outer_size(self, deliverable: str) -> tuple[int, int]:
        """How many these are, and their bytes."""
        files, size = self._artifacts.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM artifacts WHERE deliverable = ? AND instr(path, '!/') = 0",
            (deliverable,),
        ).fetchone()
        return int(files), int(size)

    def sha256_of(self, path: str) -> str | None:
        """The SHA-256 of an artifact."""
        row = self._artifacts.execute("SELECT sha256 FROM artifacts WHERE path = ?", (path,)).fetchone()
        return None if row is None else row[0]

    def cited_artifacts(self) -> Iterator[dict[str, Any]]:
        """Artifacts that carry findings, as rows of the report, by path."""
        inventory = self.seal()
        with contextlib.closing(inventory):
            for (path,) in self._findings.execute("SELECT path FROM cited ORDER BY path"):
                found = inventory.get(path)
                if found is not None:
                    yield {"path": path, "size": found.size, "sha256": found.sha256, "format": found.format}

    def uncited(self) -> list[str]:
        """Evidence paths of findings that no artifact has: an error of a probe."""
        inventory = self.seal()
        with contextlib.closing(inventory):
            return [
                path
                for (path,) in self._findings.execute("SELECT path FROM cited ORDER BY path")
                if inventory.get(path) is None
            ]

    def known(self) -> int:
        """How many findings were taken so far."""
        return int(self._findings.execute("SELECT coalesce(max(rowid), 0) FROM findings").fetchone()[0])

    def reader(self) -> "FindingReader":
        """Read access to the findings for other processes (it can be pickled)."""
        return FindingReader(self.findings_file)


class FindingReader:
    """The first so many findings of the store (None: all that are in it when a read begins); for other processes."""

    def __init__(self, file: str, known: int | None = None) -> None:
        self._file, self._known = file, known

    def findings(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Findings as rows of the report, in its order; of one kind if it is given."""
        with contextlib.closing(sqlite3.connect(f"{Path(self._file).as_uri()}?mode=ro", uri=True)) as connection:
            for body in _ordered(connection, kind, self._known):
                yield msgspec.json.decode(body)

    def notes(self, probe: str) -> Iterator[tuple[str, bytes]]:
        """What a combining probe noted: path and value, by path; those of one path in the order yielded."""
        with contextlib.closing(sqlite3.connect(f"{Path(self._file).as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT path, body FROM notes WHERE probe = ? ORDER BY path, rowid"
            yield from connection.execute(query, (probe,))

    def links(self) -> Iterator[str]:
        """Paths of the symbolic links, by path: rows of the inventory, complete before any product probe runs."""
        with contextlib.closing(sqlite3.connect(f"{Path(self._file).as_uri()}?mode=ro", uri=True)) as connection:
            query = (
                "SELECT DISTINCT artifact FROM coverage WHERE list = 'skipped' AND"
                " (instr(body, CAST(? AS BLOB)) OR instr(body, CAST(? AS BLOB))) ORDER BY artifact"
            )
            for (path,) in connection.execute(query, ('"code":"fs.link"', '"code":"member.link"')):
                yield path


def _create(file: Path, tables: str, journal: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=60)
    # the file dies with the scan: nothing has to survive a crash of the machine
    connection.executescript(f"PRAGMA journal_mode={journal}; PRAGMA synchronous=OFF; {tables}")
    return connection


def _ordered(connection: sqlite3.Connection, kind: str | None, known: int | None = None) -> Iterator[bytes]:
    # the index gives the order, so nothing is sorted in memory; rows of one id stand beside each other only where
    # path and kind agree, which they do unless a probe chose its keys badly: hence the look for an earlier one
    query = (
        "SELECT f.body FROM findings AS f"
        " WHERE (?1 IS NULL OR f.kind = ?1) AND (?2 IS NULL OR f.rowid <= ?2) AND NOT EXISTS ("
        "  SELECT 1 FROM findings AS g WHERE g.id = f.id AND g.rowid != f.rowid AND (?2 IS NULL OR g.rowid <= ?2) AND"
        "  (g.path, g.kind, g.body, g.rowid) < (f.path, f.kind, f.body, f.rowid))"
        " ORDER BY f.path, f.kind, f.id"
    )
    for (body,) in connection.execute(query, (kind, known)):
        yield bytes(body)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _coverage(row: CoverageRow) -> bytes:
    fields: dict[str, Any] = {
        "artifact": row.artifact,
        "reason": {"code": row.reason.code, "params": row.reason.params},
        "probe": row.probe,
        "affects": sorted(row.affects),
        "severity": row.severity,
    }
    if row.nondeterministic:
        fields["nondeterministic"] = True
    return canonical(fields)
