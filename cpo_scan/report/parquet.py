"""All findings as a Parquet table, one row a finding, by pyarrow: for people who ask many reports at once.

Rows go out in groups, so that memory does not follow their number. Texts stand as they are in the report.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from cpo_scan.report.read import Report

Row = dict[str, Any]

GROUP = 10_000  # rows; some 10 MB of a usual report
_PLAIN = ("id", "subject", "probe", "kind", "strength", "origin", "offered")
_PLACE = ("line", "column", "page", "pointer", "xpath", "symbol")
_NUMBERS = ("line", "column", "page", "byte_offset", "byte_length")


def write_parquet(report: Report, stream: BinaryIO) -> None:
    """The table's bytes. `attributes` is JSON text; what report they are of stands in the file's metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    place = [
        (name, pa.int64() if name in _NUMBERS else pa.string()) for name in (*_PLACE, "byte_offset", "byte_length")
    ]
    evidence = pa.struct([("artifact", pa.string()), *place, ("excerpt", pa.string())])
    schema = pa.schema(
        [
            *((name, pa.string()) for name in _PLAIN),
            ("attributes", pa.string()),
            ("evidence", pa.list_(evidence)),
            ("evidence_total", pa.int64()),
        ],
        metadata={name: value.encode() for name, value in _about(report).items()},
    )
    with parquet.ParquetWriter(stream, schema, compression="zstd", write_page_checksum=True) as writer:
        rows = (_row(row) for row in report.findings())
        while group := list(islice(rows, GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=GROUP)


def _about(report: Report) -> dict[str, str]:
    """What the table is of, under names of our own."""
    known = {
        "schema_version": report.schema_version,
        "scan_digest": report.scan_digest,
        "tool": f"cpo-scan {report.tool['version']}",
        "product": report.product.get("name"),
        "product_version": report.product.get("version"),
        "findings": str(report.finding_count),
    }
    return {f"cpo-scan.{name}": str(value) for name, value in known.items() if value}


def _row(row: Row) -> Row:
    return {
        **{name: row[name] for name in _PLAIN},
        "attributes": json.dumps(row["attributes"], ensure_ascii=False, sort_keys=True),
        "evidence": list(_evidence(row)),
        "evidence_total": row["evidence_total"],
    }


def _evidence(row: Row) -> Iterator[Row]:
    for piece in row["evidence"]:
        at = piece.get("locator") or {}
        start, length = at.get("bytes") or (None, None)
        yield {
            "artifact": piece["artifact"],
            **{name: at.get(name) for name in _PLACE},
            "byte_offset": start,
            "byte_length": length,
            "excerpt": piece.get("excerpt"),
        }
