"""The scan of a report, done again: the same facts, or what differs."""

import json
from pathlib import Path

import pytest

from cpo_scan.cli import program
from cpo_scan.cli.errors import guarded
from cpo_scan.report.read import read_report
from cpo_scan.trail.replay import differences, hangs_on_the_clock


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["cpo-scan", *arguments])
    return guarded(program)


@pytest.fixture
def report(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report on a sample that was scanned without one probe and with short excerpts."""
    file = tmp_path / "report.json"
    asked = ("--workers", "0", "--quiet", "--skip", "docs.mentions", "--excerpts", "short", "-o", f"json={file}")
    assert call(monkeypatch, "scan", "--product", str(samples / "open-plm" / "product.yaml"), *asked) == 0
    return file


def replay(monkeypatch: pytest.MonkeyPatch, report: Path, *arguments: str) -> int:
    return call(monkeypatch, "replay", "--workers", "0", str(report), *arguments)


def test_the_same_files_give_the_same_facts_with_the_options_of_the_report(
    report: Path, samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(monkeypatch, report, "--product", str(samples / "open-plm" / "product.yaml")) == 0
    assert json.loads(report.read_bytes())["scan_digest"] in capsys.readouterr().out


def test_other_files_give_other_facts_and_what_differs_is_said(
    report: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "again.json"
    other = str(samples / "closed-cad" / "product.yaml")
    assert replay(monkeypatch, report, "--product", other, "-o", f"json={kept}") == 1
    said = capsys.readouterr().out
    assert "the files themselves" in said
    assert "not found again" in said
    codes = [reason.code for reason in differences(read_report(report), read_report(kept))]
    assert "replay.trees" in codes
    assert "replay.options" in codes  # another product description


def test_a_report_does_not_differ_from_itself(report: Path) -> None:
    read = read_report(report)
    assert list(differences(read, read)) == []
    assert not hangs_on_the_clock(read.coverage)


def test_each_thing_that_shapes_a_body_is_named(report: Path) -> None:
    old, new = read_report(report), read_report(report)
    new.tool = {"version": "9", "libraries": {}}
    new.rules = [{**row, "sha256": "0"} if row["kind"] == "formats" else row for row in new.rules]
    new.probes = [{**row, "version": 99} if row["id"] == "api.openapi" else row for row in new.probes]
    new.coverage = {**new.coverage, "bytes": 1, "unreadable": [{"nondeterministic": True}]}
    found = {reason.code: reason.params for reason in differences(old, new)}
    assert found["replay.tool"] == {"old": old.tool["version"], "new": "9"}
    assert found["replay.rules"] == {"names": ["formats"]}
    assert found["replay.probes"] == {"names": ["api.openapi"]}
    assert found["replay.coverage"] == {"names": ["bytes", "unreadable"]}
    assert hangs_on_the_clock(new.coverage)


def test_findings_are_told_apart_by_gone_new_and_changed(report: Path) -> None:
    old, new = read_report(report), read_report(report)
    first, second, *rest = old.findings()
    new = new.showing([{**second, "origin": "generated"}, *rest, {**first, "id": "f" * 64}])
    found = {reason.code: reason.params for reason in differences(old, new)}
    assert found == {
        "replay.findings_gone": {"count": 1, "kinds": [first["kind"]]},
        "replay.findings_new": {"count": 1, "kinds": [first["kind"]]},
        "replay.findings_other": {"count": 1, "kinds": [second["kind"]]},
    }


@pytest.mark.parametrize("lang", ["en", "de"])
def test_verify_prints_one_line_per_deliverable_and_says_what_was_not_looked_at(
    report: Path, samples: Path, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "verify", "--lang", lang, str(report)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    product = str(samples / "open-plm" / "product.yaml")
    assert call(monkeypatch, "verify", "--workers", "0", "--lang", lang, str(report), "--product", product) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said[1:-1]] == ["server", "sdk", "docs"]


def test_verify_exits_with_1_where_bytes_differ_and_with_2_where_the_report_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "product" / "api.json"
    file.parent.mkdir()
    file.write_text('{"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}')
    made = tmp_path / "other.json"
    asked = ("--workers", "0", "--quiet")
    assert call(monkeypatch, "scan", str(file.parent), *asked, "-o", f"json={made}") == 0
    file.write_text("{}")
    assert call(monkeypatch, "verify", "--workers", "0", str(made), str(file.parent)) == 1
    assert "api.json: other bytes" in capsys.readouterr().out
    made.write_bytes(made.read_bytes().replace(b'"OpenAPI"', b'"OpenApi"').replace(b'"T"', b'"U"'))
    assert call(monkeypatch, "verify", "--workers", "0", str(made), str(file.parent)) == 2
    assert "the body was changed after the scan" in capsys.readouterr().err
