"""The cache as users meet it: an option that is off, a line in the report, a command that looks after the folder."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from cpo_scan.scan.cache import FILE
from tests.cli.test_commands import call


@pytest.fixture
def product(tmp_path: Path) -> Path:
    (tmp_path / "made" / "api").mkdir(parents=True)
    (tmp_path / "made" / "api" / "openapi.json").write_text(
        json.dumps({"openapi": "3.0.3", "info": {"title": "Orders", "version": "1"}, "paths": {}})
    )
    return tmp_path / "made"


def scan(product: Path, *arguments: str) -> tuple[Result, Any]:
    report = product.parent / "report.json"
    only = ("--only", "api.openapi", "--workers", "0", "-o", f"json={report}")
    result = call("scan", str(product), *only, *arguments)
    return result, json.loads(report.read_text()) if report.exists() else None


def test_a_scan_uses_no_cache_unless_it_is_told(product: Path) -> None:
    result, report = scan(product)
    assert result.exit_code == 0, result.output
    assert "cache" not in report["run"]
    assert scan(product, "--cache", "off")[1]["run"].keys() == report["run"].keys()


def test_the_report_says_what_came_from_a_cache_and_is_else_the_same(product: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    cold = scan(product)[1]
    first, second = scan(product, "--cache", cache)[1], scan(product, "--cache", cache)
    assert first["run"]["cache"]["reused"] == 0 < first["run"]["cache"]["kept"]
    assert second[1]["run"]["cache"]["reused"] > 0
    assert "were taken from a cache" in second[0].stdout
    assert "cache not used" not in second[0].stderr
    for report in (first, second[1]):
        assert {name: report[name] for name in report if name != "run"} == {
            name: cold[name] for name in cold if name != "run"
        }


def test_an_audit_takes_nothing_from_a_cache_and_says_so(product: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    scan(product, "--cache", cache)
    result, report = scan(product, "--cache", cache, "--audit")
    assert report["run"]["cache"] == {"reused": 0, "kept": 0, "problem": {"code": "cache.audit", "params": {}}}
    assert "made anew" in result.stderr
    assert "cache" not in scan(product, "--audit")[1]["run"]


def test_trust_in_sizes_and_times_stands_in_the_body_and_needs_a_cache(product: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    assert scan(product, "--trust-stat")[0].exit_code == 2
    result, report = scan(product, "--cache", cache, "--trust-stat")
    assert report["body"]["options"]["trust_stat"] is True
    assert "--trust-stat" in result.stdout
    result, report = scan(product, "--cache", cache, "--trust-stat", "--audit")
    assert "trust_stat" not in report["body"]["options"]
    assert "trust_stat" not in scan(product, "--cache", cache)[1]["body"]["options"]


def test_an_audit_knows_no_waivers(product: Path) -> None:
    result, _ = scan(product, "--audit", "--waivers", "waivers.yaml")
    assert result.exit_code == 2
    assert "--audit" in result.stderr


@pytest.mark.parametrize("inside", ["", "cache", "api/deep/cache"])
def test_a_cache_does_not_lie_in_what_is_scanned(product: Path, inside: str) -> None:
    result, _ = scan(product, "--cache", str(product / inside))
    assert result.exit_code == 2
    assert "--cache" in result.stderr
    assert not (product / "cache").exists()


def test_a_damaged_cache_costs_one_line_and_no_result(product: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cold = scan(product, "--cache", str(cache))[1]
    (cache / FILE).write_bytes(b"damaged" * 1000)
    result, report = scan(product, "--cache", str(cache))
    assert result.exit_code == 0
    assert [line for line in result.stderr.splitlines() if "damaged" in line and line.startswith("cpo-scan: ")]
    assert report["scan_digest"] == cold["scan_digest"]


def test_the_command_shows_prunes_and_clears(product: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    scan(product, "--cache", str(cache))
    scan(product, "--cache", str(cache))
    shown = call("cache", "show", str(cache))
    assert shown.exit_code == 0, shown.output
    assert "of 2 scans" in shown.stdout
    assert call("cache", "prune", str(cache), "--size", "1G").stdout.startswith("0 results dropped")
    assert call("cache", "prune", str(cache), "--size", "0").stdout.rstrip().partition(",")[2].startswith(" 0 left")
    assert "deleted" in call("cache", "clear", str(cache)).stdout
    assert not cache.exists()
    assert "no cache" in call("cache", "clear", str(cache)).stdout


@pytest.mark.parametrize("command", ["show", "prune"])
def test_a_folder_without_a_cache_is_a_usage_error(tmp_path: Path, command: str) -> None:
    result = call("cache", command, str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.startswith("cpo-scan: the cache: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["", "many", "-5", "5X", "1.5G"])
def test_a_size_is_a_number_with_a_unit(tmp_path: Path, size: str) -> None:
    result = call("cache", "prune", str(tmp_path), "--size", size)
    assert result.exit_code == 2
    assert "500M" in result.stderr
