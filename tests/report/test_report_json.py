"""The report's JSON: canonical, sealed, valid by its schema, and refused when somebody touched it."""

import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import rfc8785

from cpo_scan.model import KINDS, Evidence, Locator
from cpo_scan.model.assessment import Assessment, CriterionResult, MeasureResult
from cpo_scan.model.report import Facts, Layers, ProbeRow, Product, RuleRow, Tool, Tree
from cpo_scan.report import OutputError, Report, ReportError, make_report, output, read_report
from cpo_scan.rulebook.root import rules_root
from tests.report.product import assessment, coverage, facts, findings

Make = Callable[..., Report]


def schema() -> Any:
    return msgspec.json.decode((rules_root() / "schemas" / "report-1.json").read_bytes())


def problems(report: Report) -> list[str]:
    validator = jsonschema_rs.validator_for(schema(), offline=True)
    return [
        f"{error.instance_path}: {error.message}"
        for error in validator.iter_errors(json.loads(report.file.read_bytes()))
    ]


def body_bytes(report: Report) -> bytes:
    content = report.file.read_bytes()
    return content[content.index(b'"body":') + 7 : content.index(b',\n"scan_digest"')]


def test_report_is_valid_by_its_schema(make: Make) -> None:
    assert problems(make()) == []


def test_report_of_nothing_is_valid(make: Make) -> None:
    empty = make([], Facts(tool=facts().tool), not_read=[])
    assert problems(empty) == []
    assert empty.product["name"] is None
    assert empty.finding_count == 0


def test_schema_refuses_what_the_contract_does_not_know(make: Make) -> None:
    validator = jsonschema_rs.validator_for(schema(), offline=True)
    whole = json.loads(make().file.read_bytes())
    for path, key, value in [
        (("body",), "score", 7),
        (("body", "findings", 0), "verdict", "good"),
        (("body", "findings", 0), "kind", "api.guess"),
        (("body", "coverage", "unreadable", 0), "severity", "small"),
        (("assessment", "criteria", 0), "outcome", "conforms"),
        (("assessment", "measures", 0), "grade", "A"),
        ((), "overall", 1),
    ]:
        changed = json.loads(json.dumps(whole))
        place = changed
        for part in path:
            place = place[part]
        place[key] = value
        assert not validator.is_valid(changed), f"{path} {key}"


def test_schema_knows_every_kind_with_its_required_attributes() -> None:
    defined = schema()["$defs"]
    assert set(defined["finding"]["properties"]["kind"]["enum"]) == set(KINDS)
    for name, kind in KINDS.items():
        assert sorted(defined[f"kind.{name}"].get("required", [])) == sorted(kind.required)


@pytest.mark.parametrize(
    ("part", "struct"),
    [
        ("product", Product), ("probe", ProbeRow), ("tree", Tree), ("tool", Tool), ("fact_rule", RuleRow),
        ("layers", Layers),
        ("locator", Locator), ("evidence", Evidence), ("measure", MeasureResult), ("criterion", CriterionResult),
        ("assessment", Assessment),
    ],
)  # fmt: skip
def test_schema_and_types_have_the_same_fields(part: str, struct: Any) -> None:
    later = {"licensed_options", "platforms", "languages", "deployment"}
    known = {name for name, one in schema()["$defs"][part]["properties"].items() if not one.get("deprecated")}
    assert known - later == set(struct.__struct_fields__)


def test_schema_describes_itself() -> None:
    jsonschema_rs.meta.validate(schema())
    for name, part in schema()["$defs"].items():
        assert part.get("description"), name


def test_body_is_canonical_and_its_digest_is_over_exactly_these_bytes(make: Make) -> None:
    report = make()
    body = body_bytes(report)
    assert rfc8785.dumps(json.loads(body)) == body
    assert hashlib.sha256(body).hexdigest() == report.scan_digest
    judged = rfc8785.dumps(json.loads(report.file.read_bytes())["assessment"])
    assert hashlib.sha256(report.scan_digest.encode() + judged).hexdigest() == report.assessment_digest


def test_order_of_discovery_changes_no_byte_of_the_body(make: Make) -> None:
    rows = findings()
    digests = set()
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        digests.add(make(rows, not_read=coverage()[::-1], judged=assessment(findings())).scan_digest)
    assert len(digests) == 1


def test_body_names_no_place_and_no_person(make: Make, tmp_path: Path) -> None:
    body = body_bytes(make()).decode()
    assert str(tmp_path) not in body
    for word in ("audit-7", "E. Auditor", "2026-11-22"):
        assert word not in body
    assert not re.search(r'"artifact":"/', body)


def test_findings_are_read_one_by_one_and_by_id(make: Make) -> None:
    report = read_report(make().file)
    names = [row["id"] for row in report.findings()]
    assert len(names) == report.finding_count == len(findings())
    assert {row["kind"] for row in report.findings("docs.set", "sdk.surface")} == {"docs.set", "sdk.surface"}
    found = report.finding(names[3])
    assert found is not None
    assert found["id"] == names[3]
    assert report.finding("0" * 64) is None


def test_another_assessment_around_the_same_facts_keeps_the_scan_digest(make: Make, tmp_path: Path) -> None:
    report = make()
    pretty = tmp_path / "pretty.json"
    pretty.write_text(json.dumps(json.loads(report.file.read_bytes()), indent=2), encoding="utf-8")
    again = make_report(
        read_report(pretty).sealed(tmp_path),
        assessment={**assessment(findings()), "criteria": []},
        layers=Layers(determinations=({"criterion": "P-2.4-01", "scan_digest": report.scan_digest},)),
    )
    assert again.scan_digest == report.scan_digest
    assert again.assessment_digest != report.assessment_digest
    assert problems(again) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b'"operations":214', b'"operations":215'), "the body was changed"),
        ((b'"numerator":182', b'"numerator":245'), "the assessment was changed"),
        ((b'"schema_version":"1.0"', b'"schema_version":"2.0"'), "schema version 2.0 is not known"),
        ((b'"scan_digest"', b'"scan_digets"'), "not a report"),
        ((b'{"schema_version"', b'["schema_version"'), "not a report"),
    ],
)
def test_tampered_report_is_refused_in_one_line(
    make: Make, tmp_path: Path, change: tuple[bytes, bytes], words: str
) -> None:
    file = tmp_path / "tampered.json"
    content = make().file.read_bytes()
    assert change[0] in content
    file.write_bytes(content.replace(*change, 1))
    with pytest.raises(ReportError, match=words) as caught:
        read_report(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"schema_version":"1.0"}', b"null"])
def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    with pytest.raises(ReportError, match="not a report") as caught:
        read_report(file)
    assert "\n" not in str(caught.value)


def test_missing_and_oversized_reports_are_refused_in_one_line(make: Make, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="No such file"):
        read_report(tmp_path / "nothing.json")
    with pytest.raises(ReportError, match="more than the 100"):
        read_report(make().file, limit=100)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), output(str(target)) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert target.read_text(encoding="utf-8") == "old"
    with output(str(target)) as stream:
        stream.write(b"new")
    assert target.read_text(encoding="utf-8") == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["report.json"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"), output(str(tmp_path / "no" / "r.json")):
        pass
    with pytest.raises(OutputError, match="is a folder"), output(str(tmp_path)):
        pass


def test_output_goes_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with output("-") as stream:
        stream.write(b"{}")
    assert capfdbinary.readouterr().out == b"{}"
