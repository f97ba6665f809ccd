"""The table of findings, read back by the library and compared with the report."""

import io
import json
from collections.abc import Callable

import pyarrow as pa
import pytest
from pyarrow import parquet as reading

from cpo_scan.model.report import Facts
from cpo_scan.report import Report, parquet
from cpo_scan.report.parquet import write_parquet
from tests.report import hostile, product

Make = Callable[..., Report]


def read(report: Report) -> reading.ParquetFile:
    out = io.BytesIO()
    write_parquet(report, out)
    return reading.ParquetFile(pa.BufferReader(out.getvalue()), page_checksum_verification=True)


@pytest.mark.parametrize("rows", [None, hostile.rows()], ids=["product", "hostile"])
def test_every_finding_comes_back_as_it_is(make: Make, rows: list[dict[str, object]] | None) -> None:
    report = make(rows, judged=product.assessment(product.findings()))
    found = read(report).read().to_pylist()
    assert len(found) == report.finding_count
    for row, expected in zip(found, report.findings(), strict=True):
        for name in ("id", "subject", "probe", "kind", "strength", "origin", "offered", "evidence_total"):
            assert row[name] == expected[name]
        assert json.loads(row["attributes"]) == expected["attributes"]
        for piece, stated in zip(row["evidence"], expected["evidence"], strict=True):
            at = stated.get("locator") or {}
            assert piece["artifact"] == stated["artifact"]
            assert piece["excerpt"] == stated.get("excerpt")
            assert [piece["byte_offset"], piece["byte_length"]] == list(at.get("bytes") or (None, None))
            for name in ("line", "column", "page", "pointer", "xpath", "symbol"):
                assert piece[name] == at.get(name)


def test_rows_go_out_in_groups(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP", 5)
    file = read(make())
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [5, 5, 3]


def test_the_table_says_of_which_scan_it_is(make: Make) -> None:
    report = make()
    said = read(report).schema_arrow.metadata
    assert said[b"cpo-scan.scan_digest"].decode() == report.scan_digest
    assert said[b"cpo-scan.product"] == b"Open PLM"
    assert said[b"cpo-scan.findings"] == b"13"


def test_a_scan_without_findings_gives_an_empty_table(make: Make) -> None:
    file = read(make([], Facts(tool=product.facts().tool), not_read=[]))
    assert file.metadata.num_rows == 0
    assert "subject" in file.schema_arrow.names


def test_equal_reports_give_equal_bytes(make: Make) -> None:
    report = make()
    first, second = io.BytesIO(), io.BytesIO()
    write_parquet(report, first)
    write_parquet(report, second)
    assert first.getvalue() == second.getvalue()
