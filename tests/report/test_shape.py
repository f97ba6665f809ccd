"""Reports of strangers: cut off, of another version, or with digests of their own around something else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cpo_scan.cli.render import render
from cpo_scan.model.assessment import assessment_digest
from cpo_scan.model.canonical import canonical, digest
from cpo_scan.report import Report, ReportError, read_report

Make = Callable[..., Report]


def sealed_again(report: Report, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The report with a change and with digests that fit it, as anybody can make them."""
    document = json.loads(report.file.read_bytes())
    change(document)
    document["scan_digest"] = digest(canonical(document["body"]))
    document["assessment_digest"] = assessment_digest(document["scan_digest"], document["assessment"])
    file = folder / "stranger.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


def test_report_that_is_cut_off_anywhere_is_refused_in_one_line(make: Make, tmp_path: Path) -> None:
    content = make().file.read_bytes()
    file = tmp_path / "cut.json"
    for part in range(0, len(content) - 2, len(content) // 60):
        file.write_bytes(content[:part])
        with pytest.raises(ReportError, match="not a report") as caught:
            read_report(file)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("version", ["2.0", "0.9", "", "abc", "2\n\x1b[2J.0", "x" * 5_000])
def test_version_that_is_not_known_is_refused_in_one_line(make: Make, tmp_path: Path, version: str) -> None:
    file = sealed_again(make(), tmp_path, put("schema_version", value=version))
    with pytest.raises(ReportError, match="is not known here") as caught:
        read_report(file)
    words = str(caught.value).removeprefix(str(file))
    assert len(words) < 300
    assert words.isprintable()


def test_later_report_of_the_same_major_version_is_read_without_what_is_new_in_it(make: Make, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["schema_version"] = "1.7"
        document["body"]["tool"]["built_by"] = "somebody"
        document["assessment"]["criteria"][0]["colour"] = "green"

    report = read_report(sealed_again(make(), tmp_path, change))
    assert report.schema_version == "1.7"
    assert report.finding_count == 13


@pytest.mark.parametrize("version", ["1.0", "1.7"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("assessment", "criteria", 0, "rationale", value=None), "rationale"),
        (put("assessment", "criteria", 0, "outcome", value="conforms"), "/assessment/criteria/0/outcome"),
        (put("assessment", "measures", value={}), "/assessment/measures"),
        (put("body", "product", "deliverables", value=[[]]), "/body/product/deliverables"),
        (put("body", "coverage", "files", value="x" * 9_000), "/body/coverage/files"),
        (put("body", "findings", 0, "evidence", value=[]), "without evidence"),
        (put("body", "findings", 0, "attributes", value=[]), "attributes"),
        (put("body", "findings", 3, "strength", value=None), "strength"),
        (put("layers", "claims", value=["x"]), "layers"),
        (put("gate", value=[]), "gate"),
    ],
)
def test_report_of_another_shape_is_refused_in_one_line_though_its_digests_hold(
    make: Make, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str, version: str
) -> None:
    def both(document: dict[str, Any]) -> None:
        document["schema_version"] = version
        change(document)

    with pytest.raises(ReportError, match=words) as caught:
        read_report(sealed_again(make(), tmp_path, both))
    line = str(caught.value).removeprefix(str(tmp_path))
    assert line.isprintable()
    assert len(line) < 300


def test_member_that_the_schema_does_not_know_is_refused_in_a_report_of_this_version(
    make: Make, tmp_path: Path
) -> None:
    with pytest.raises(ReportError, match="score"):
        read_report(sealed_again(make(), tmp_path, put("body", "score", value=7)))


def test_command_says_it_in_one_line_and_writes_nothing(make: Make, tmp_path: Path) -> None:
    file = sealed_again(make(), tmp_path, put("assessment", "criteria", 0, "parts", value=None))
    target = tmp_path / "out.sarif"
    run = CliRunner().invoke(render, [str(file), "-o", f"sarif={target}"])
    assert isinstance(run.exception, ReportError)
    assert not target.exists()
