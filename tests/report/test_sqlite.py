"""The database of a report answers in SQL what the report says."""

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

from cpo_scan.report import Report
from cpo_scan.report.sqlite import write_sqlite
from tests.report import hostile

Make = Callable[..., Report]


def test_every_finding_and_its_evidence_is_there(make: Make, tmp_path: Path) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    out = io.BytesIO()
    write_sqlite(report, out)
    file = tmp_path / "report.sqlite"
    file.write_bytes(out.getvalue())
    connection = sqlite3.connect(file)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        ids = {row[0] for row in connection.execute("SELECT id FROM finding")}
        assert ids == {row["id"] for row in report.findings()}
        pieces = connection.execute("SELECT count(*) FROM evidence").fetchone()[0]
        assert pieces == sum(len(row["evidence"]) for row in report.findings())
        outcomes = dict(connection.execute("SELECT id, outcome FROM criterion"))
        assert outcomes == {row["id"]: row["outcome"] for row in report.assessment["criteria"]}
    finally:
        connection.close()
