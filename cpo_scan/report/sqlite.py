"""A report as an SQLite database, for people who ask with SQL: findings, criteria, measures, what people brought."""

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import BinaryIO

from cpo_scan.report.read import Report

_TABLES = """
CREATE TABLE report (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE artifact (path TEXT PRIMARY KEY, size INTEGER, sha256 TEXT, format TEXT) WITHOUT ROWID;
CREATE TABLE finding (
  id TEXT PRIMARY KEY, subject TEXT, probe TEXT, kind TEXT, strength TEXT, origin TEXT, offered TEXT,
  evidence_total INTEGER) WITHOUT ROWID;
CREATE TABLE attribute (finding TEXT REFERENCES finding, name TEXT, value, PRIMARY KEY (finding, name)) WITHOUT ROWID;
CREATE TABLE evidence (
  finding TEXT REFERENCES finding, place INTEGER, artifact TEXT, line INTEGER, pointer TEXT, xpath TEXT, symbol TEXT,
  excerpt TEXT, PRIMARY KEY (finding, place)) WITHOUT ROWID;
CREATE TABLE coverage (list TEXT, artifact TEXT, severity TEXT, probe TEXT, code TEXT, params TEXT);
CREATE TABLE probe (
  id TEXT PRIMARY KEY, version INTEGER, status TEXT, examined INTEGER, findings INTEGER) WITHOUT ROWID;
CREATE TABLE measure (
  id TEXT PRIMARY KEY, numerator, denominator, value REAL, low REAL, high REAL, minimum_strength TEXT) WITHOUT ROWID;
CREATE TABLE criterion (
  id TEXT PRIMARY KEY, official_id TEXT, category TEXT, obligation TEXT, obligation_basis TEXT, outcome TEXT)
  WITHOUT ROWID;
CREATE TABLE criterion_measure (criterion TEXT REFERENCES criterion, measure TEXT REFERENCES measure);
CREATE TABLE criterion_finding (criterion TEXT REFERENCES criterion, finding TEXT REFERENCES finding);
CREATE TABLE requirement (
  id TEXT PRIMARY KEY, line INTEGER, title TEXT, text TEXT, result TEXT, reasons TEXT) WITHOUT ROWID;
CREATE TABLE requirement_link (
  requirement TEXT REFERENCES requirement, place INTEGER, criterion TEXT, measure TEXT, at_least REAL, standard TEXT,
  direction TEXT, edition TEXT, proposed INTEGER, result TEXT, reasons TEXT, findings_total INTEGER,
  PRIMARY KEY (requirement, place)) WITHOUT ROWID;
CREATE TABLE nonconformity (
  id TEXT PRIMARY KEY, criterion TEXT REFERENCES criterion, subject TEXT, item TEXT, grade TEXT, text TEXT, due TEXT,
  state TEXT, overdue INTEGER, raised TEXT, answered TEXT, corrected TEXT, closed TEXT, reasons TEXT) WITHOUT ROWID;
CREATE INDEX finding_kind ON finding (kind);
CREATE INDEX evidence_artifact ON evidence (artifact);
"""


_FINDING = ("id", "subject", "probe", "kind", "strength", "origin", "offered", "evidence_total")
_PROBE = ("id", "version", "status", "examined", "findings")
_LINK = ("criterion", "measure", "at_least", "standard", "direction", "edition", "proposed", "result", "reasons",
         "findings_total")  # fmt: skip
_NONCONFORMITY = ("id", "criterion", "subject", "item", "grade", "text", "due", "state", "overdue", "raised",
                  "answered", "corrected", "closed", "reasons")  # fmt: skip
_CRITERION = ("id", "official_id", "category", "obligation", "obligation_basis", "outcome")


def write_sqlite(report: Report, stream: BinaryIO) -> None:
    """The database's bytes. Lists and objects stand as JSON text."""
    with tempfile.TemporaryDirectory(prefix="cpo-scan-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "all.sqlite")
        connection = sqlite3.connect(file)
        try:
            connection.executescript(_TABLES)
            with connection:
                _fill(connection, report)
            connection.execute("VACUUM")
        finally:
            connection.close()
        stream.write(file.read_bytes())


def _fill(connection: sqlite3.Connection, report: Report) -> None:
    many = connection.executemany
    many(
        "INSERT INTO report VALUES (?, ?)",
        [
            ("schema_version", report.schema_version),
            ("scan_digest", report.scan_digest),
            ("assessment_digest", report.assessment_digest),
            ("tool", report.tool["version"]),
            ("product", report.product.get("name")),
            ("product_version", report.product.get("version")),
        ],
    )
    many(
        "INSERT INTO artifact VALUES (?, ?, ?, ?)",
        ((row["path"], row["size"], row["sha256"], row["format"]) for row in report.artifacts),
    )
    for row in report.findings():
        connection.execute("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [row[name] for name in _FINDING])
        many(
            "INSERT INTO attribute VALUES (?, ?, ?)",
            ((row["id"], name, _value(value)) for name, value in row["attributes"].items()),
        )
        for place, piece in enumerate(row["evidence"]):
            at = piece.get("locator") or {}
            found = [at.get(name) for name in ("line", "pointer", "xpath", "symbol")]
            connection.execute(
                "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [row["id"], place, piece["artifact"], *found, piece.get("excerpt")],
            )
    for listed in ("unreadable", "skipped", "limits_hit"):
        for row in report.coverage[listed]:
            reason = row["reason"]
            connection.execute(
                "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)",
                [listed, row["artifact"], row["severity"], row.get("probe"), reason["code"], _value(reason["params"])],
            )
    for row in report.probes:
        connection.execute("INSERT INTO probe VALUES (?, ?, ?, ?, ?)", [row[name] for name in _PROBE])
    for row in report.assessment["measures"]:
        low, high = (row.get("bounds") or (None, None))[:2]
        cells = [row["id"], row["numerator"], row["denominator"], row["value"], low, high, row["minimum_strength"]]
        connection.execute("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?)", [_value(cell) for cell in cells])
    for row in report.assessment["criteria"]:
        connection.execute("INSERT INTO criterion VALUES (?, ?, ?, ?, ?, ?)", [row[name] for name in _CRITERION])
        many("INSERT INTO criterion_measure VALUES (?, ?)", ((row["id"], name) for name in row["measures"]))
        many("INSERT INTO criterion_finding VALUES (?, ?)", ((row["id"], name) for name in row["findings"]))
    _fill_people(connection, report)


def _fill_people(connection: sqlite3.Connection, report: Report) -> None:
    for row in report.layers.get("requirements", ()):
        cells = [_value(row.get(name)) for name in ("id", "line", "title", "text", "result", "reasons")]
        connection.execute("INSERT INTO requirement VALUES (?, ?, ?, ?, ?, ?)", cells)
        for place, link in enumerate(row["links"]):
            found = [_value(link.get(name)) for name in _LINK]
            connection.execute(f"INSERT INTO requirement_link VALUES ({_marks(_LINK, 2)})", [row["id"], place, *found])
    for row in report.layers.get("nonconformities", ()):
        cells = [_value(row.get(name)) for name in _NONCONFORMITY]
        connection.execute(f"INSERT INTO nonconformity VALUES ({_marks(_NONCONFORMITY)})", cells)


def _marks(names: tuple[str, ...], more: int = 0) -> str:
    return ", ".join("?" * (len(names) + more))


def _value(value: object) -> object:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict | list) else value
