"""The reports on the samples, as text that a reviewer reads: what is said of them, sentence by sentence.

`CPO_GOLDEN=write pytest tests/golden` writes them anew; the difference is then reviewed, line by line.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.report import Report, Texts
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options

HERE = Path(__file__).resolve().parent


class Silent:
    """Watches nothing."""

    def stage(self, name: str) -> None: ...

    def found(self, files: int, size: int) -> None: ...

    def done(self, files: int, size: int) -> None: ...


def reviewed(report: Report, texts: Texts) -> Iterator[str]:
    """What a reviewer wants to see: facts, gaps, outcomes with their reasons; no digests, no versions of libraries."""
    yield f"exit by findings: {report.finding_count} findings"
    for finding in report.findings():
        yield ""
        whose = f"{finding['origin']}/{finding['offered']} by {finding['probe']}"
        yield f"{finding['kind']} [{finding['strength']}] {whose}"
        yield f"  subject {finding['subject']}"
        for name, value in sorted(finding["attributes"].items()):
            yield f"  {name}: {value}"
        for piece in finding["evidence"]:
            yield f"  @ {piece['artifact']} {piece.get('locator') or ''} | {piece.get('excerpt', '')}"
    yield ""
    yield "COVERAGE"
    for name in ("unreadable", "limits_hit", "skipped"):
        for row in report.coverage[name]:
            text = texts.message(row["reason"], "en")
            yield f"  {name}: {row['artifact']} ({row['severity']}; {row.get('probe') or '-'}): {text}"
    yield ""
    yield "PROBES"
    for row in report.probes:
        yield f"  {row['id']} v{row['version']} {row['status']}: {row['examined']} examined, {row['findings']} findings"
    yield ""
    yield "CRITERIA"
    for criterion in report.assessment["criteria"]:
        parts = ", ".join(f"{part['mode']} {part['outcome']}" for part in criterion["parts"])
        yield f"  {criterion['id']} {criterion['outcome']} ({parts})"
        for reason in criterion["rationale"]:
            yield f"    en {texts.message(reason, 'en')}"
            yield f"    de {texts.message(reason, 'de')}"
    yield ""
    yield "MEASURES"
    for measure in report.assessment["measures"]:
        yield f"  {_measure(measure)}"


def _measure(row: dict[str, Any]) -> str:
    value = "null" if row["value"] is None else f"{row['value']:g}"
    return f"{row['id']}: {row['numerator']} / {row['denominator']} = {value} within {row['bounds']}"


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("open-plm", {"product": "product.yaml"}),
        ("closed-cad", {"product": "product.yaml"}),
        ("hostile", {"targets": ("",)}),
    ],
)
def test_the_report_on_a_sample_is_the_reviewed_one(samples: Path, name: str, request_: dict[str, Any]) -> None:
    where = samples / name
    request = Request(
        options=Options(workers=0),
        product=str(where / request_["product"]) if "product" in request_ else None,
        targets=tuple(str(where) for _ in request_.get("targets", ())),
    )
    with scanned(request, Silent()) as done:
        text = "\n".join(reviewed(done.report, done.texts)) + "\n"
    golden = HERE / f"{name}.txt"
    if os.environ.get("CPO_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
