"""An earlier release beside the one that is scanned: what the report says of it, and that it stays out of the rest."""

import json
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.report.formats import parse_output, write_outputs
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options
from cpo_scan.targets.errors import TargetError


def describe(folder: Path, *paths: str) -> Path:
    """A release with one description."""
    items = {path: {"get": {"responses": {"200": {"description": "done"}}}} for path in paths}
    document = {"openapi": "3.0.3", "info": {"title": "Orders", "version": "1"}, "paths": items}
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def scan(new: Path, previous: Path | None = None, *, workers: int = 0, code: int = 0, cache: str | None = None) -> Any:
    """What the report says, as it stands in its file."""
    request = Request(
        targets=(str(new),),
        previous=None if previous is None else str(previous),
        only=("api.releases",),
        options=Options(workers=workers, cache=cache),
    )
    file = new.parent / "report.json"
    with scanned(request, Silent()) as done:
        write_outputs(done.report, [parse_output(f"json={file}")], done.texts, "en", manifest=done.manifest)
        assert done.exit_code == code
    return json.loads(file.read_text(encoding="utf-8"))


class Silent:
    """An observer that looks away."""

    def stage(self, name: str) -> None: ...
    def found(self, files: int, size: int) -> None: ...
    def done(self, files: int, size: int) -> None: ...


def comparing(report: Any) -> Any:
    return next(row for row in report["body"]["probes"] if row["id"] == "api.releases")


def test_changes_since_an_earlier_release_are_findings_of_this_one(tmp_path: Path) -> None:
    old, new = describe(tmp_path / "old", "/a", "/b"), describe(tmp_path / "new", "/a", "/c")
    report = scan(new, old)
    found = {row["attributes"]["what"]: row for row in report["body"]["findings"]}
    assert found.keys() == {"operation_removed", "operation_added"}
    assert found["operation_removed"]["evidence"][0]["artifact"] == "api/openapi.json"
    assert report["body"]["coverage"]["files"] == 1
    measures = {row["id"]: row for row in report["assessment"]["measures"]}
    assert (measures["K19"]["numerator"], measures["K19"]["denominator"]) == (0, 1)


def test_the_body_names_the_earlier_release_by_what_it_holds(tmp_path: Path) -> None:
    old, new = describe(tmp_path / "old", "/a"), describe(tmp_path / "new", "/a")
    first = scan(new, old)
    elsewhere = describe(tmp_path / "another" / "place", "/a")
    again = scan(new, elsewhere, workers=2)
    assert first["scan_digest"] == again["scan_digest"]
    assert first["body"]["options"]["previous"]["files"] == 1
    assert len(first["body"]["options"]["previous"]["digest"]) == 64
    other = scan(new, describe(tmp_path / "third", "/a", "/b"))
    assert other["scan_digest"] != first["scan_digest"]


def test_without_an_earlier_release_the_comparison_did_not_run_and_says_so(tmp_path: Path) -> None:
    report = scan(describe(tmp_path / "new", "/a"))
    assert comparing(report)["status"] == "not_run"
    assert [problem["code"] for problem in comparing(report)["problems"]] == ["probe.no_previous"]
    criteria = {row["id"]: row for row in report["assessment"]["criteria"]}
    assert criteria["P-2.4-03"]["outcome"] == "not_examined"
    assert "previous" not in report["body"]["options"]


def test_what_could_not_be_read_in_the_earlier_release_is_a_gap_of_the_comparison(tmp_path: Path) -> None:
    old, new = describe(tmp_path / "old", "/a"), describe(tmp_path / "new", "/a")
    (old / "api" / "openapi.json").write_text('{"openapi": "3.0.3", "info": {}, "paths": {', encoding="utf-8")
    report = scan(new, old, code=3)
    (row,) = report["body"]["coverage"]["unreadable"]
    assert row["reason"]["code"] == "release.unread_before"
    assert row["reason"]["params"]["artifact"] == "api/openapi.json"
    assert row["affects"] == ["release.change"]


def test_an_earlier_release_that_is_not_there_is_an_error_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        scan(describe(tmp_path / "new"), tmp_path / "no such")


def test_a_comparison_says_the_same_with_a_cache(tmp_path: Path) -> None:
    old, new = describe(tmp_path / "old", "/a", "/b"), describe(tmp_path / "new", "/a", "/c")
    cold = scan(new, old)
    first, warm = (scan(new, old, cache=str(tmp_path / "cache")) for _ in range(2))
    assert cold["body"] == first["body"] == warm["body"]
    assert warm["run"]["cache"]["reused"] == 2  # the description of each release; what compares them is made anew
    (old / "api" / "openapi.json").unlink()
    describe_again = describe(tmp_path / "other", "/a") / "api" / "openapi.json"
    describe_again.rename(old / "api" / "openapi.json")
    assert scan(new, old, cache=str(tmp_path / "cache"))["body"] == scan(new, old)["body"]
