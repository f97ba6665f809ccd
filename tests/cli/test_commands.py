"""The program as its users call it: what is printed, and the exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from cpo_scan import __version__
from cpo_scan.cli import program
from cpo_scan.cli.errors import guarded
from cpo_scan.cli.progress import Progress, size_text

ROOT = Path(__file__).resolve().parents[2]


def call(*arguments: str) -> Result:
    """Run the program in this process, errors turned into lines and codes as for users."""
    import click

    @click.command(context_settings={"ignore_unknown_options": True})
    @click.pass_context
    def outer(ctx: click.Context) -> None:
        sys.argv = ["cpo-scan", *arguments]
        ctx.exit(guarded(program))

    before = sys.argv
    try:
        return CliRunner().invoke(outer, [])
    finally:
        sys.argv = before


def scan(*arguments: str) -> Result:
    return call("scan", "--workers", "0", *arguments)


def test_scan_without_outputs_shows_the_summary_and_writes_nothing(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = scan("--product", str(samples / "open-plm" / "product.yaml"))
    assert result.exit_code == 0, result.output
    assert "Open PLM 4.2.0" in result.stdout
    assert "Not a certificate" in result.stdout
    assert not list(tmp_path.iterdir())


def test_one_scan_writes_many_outputs(samples: Path, tmp_path: Path) -> None:
    faces = {form: tmp_path / f"report.{form}" for form in ("json", "html", "markdown", "manifest")}
    outputs = [part for form, path in faces.items() for part in ("-o", f"{form}={path}")]
    result = scan(str(samples / "closed-cad"), *outputs)
    assert result.exit_code == 0, result.output
    assert all(path.stat().st_size for path in faces.values())
    assert json.loads(faces["json"].read_text())["schema_version"].startswith("1.")


@pytest.mark.skipif(sys.platform == "win32", reason="sha256sum is a tool of Unix")
def test_the_manifest_is_read_by_sha256sum(samples: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest"
    scan(str(samples / "closed-cad"), "-o", f"manifest={manifest}")
    checked = subprocess.run(
        ["sha256sum", "-c", str(manifest)], cwd=samples / "closed-cad", capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_render_makes_the_same_faces_of_an_old_report(samples: Path, tmp_path: Path) -> None:
    report, first, second = tmp_path / "report.json", tmp_path / "first.html", tmp_path / "second.html"
    scan(str(samples / "closed-cad"), "-o", f"json={report}", "-o", f"html={first}")
    assert call("render", str(report), "-o", f"html={second}").exit_code == 0
    assert first.read_bytes() == second.read_bytes()


def test_render_writes_a_view_and_refuses_formats_that_would_show_more(samples: Path, tmp_path: Path) -> None:
    report, page, refused = tmp_path / "report.json", tmp_path / "customer.html", tmp_path / "customer.csv"
    scan("--product", str(samples / "open-plm" / "product.yaml"), "-o", f"json={report}")
    assert call("render", str(report), "--view", "customer", "-o", f"html={page}").exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "This is the customer&#39;s view." in text
    assert "parts.openapi.yaml" in report.read_text(encoding="utf-8")
    assert "parts.openapi.yaml" not in text
    result = call("render", str(report), "--view", "customer", "-o", f"csv={refused}")
    assert result.exit_code == 2
    assert "--view customer is for html, markdown" in result.output
    assert not refused.exists()


def test_assess_judges_old_facts_by_another_profile_and_changes_none(samples: Path, tmp_path: Path) -> None:
    report, again, profile = tmp_path / "report.json", tmp_path / "again.json", tmp_path / "mine.yaml"
    scan("--product", str(samples / "open-plm" / "product.yaml"), "-o", f"json={report}")
    rules = yaml.safe_load((ROOT / "rules" / "profiles" / "default.yaml").read_text(encoding="utf-8"))
    rules["parameters"]["fewest_operations"]["value"] = 10_000
    profile.write_text(yaml.safe_dump(rules, sort_keys=False), encoding="utf-8")
    result = call("assess", str(report), "--profile", str(profile), "-o", f"json={again}", "--quiet")
    assert result.exit_code == 0, result.output
    old, new = json.loads(report.read_text()), json.loads(again.read_text())
    assert new["body"] == old["body"]
    assert new["scan_digest"] == old["scan_digest"]
    parts = [
        {row["id"]: {part["mode"]: part["outcome"] for part in row["parts"]} for row in one["assessment"]["criteria"]}
        for one in (old, new)
    ]
    assert [one["P-2.4-01"]["machine"] for one in parts] == ["evidenced", "inconclusive"]


def test_assess_by_the_same_rules_gives_the_same_assessment(samples: Path, tmp_path: Path) -> None:
    report, again = tmp_path / "report.json", tmp_path / "again.json"
    scan(str(samples / "closed-cad"), "-o", f"json={report}")
    call("assess", str(report), "-o", f"json={again}", "--quiet")
    old, new = json.loads(report.read_text()), json.loads(again.read_text())
    assert new["assessment_digest"] == old["assessment_digest"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "not-there"], "not-there"),
        (["scan"], "nothing to scan"),
        (["scan", ".", "-o", "pfd=x"], "no format 'pfd'"),
        (["scan", ".", "--profile", "strict"], "there is no profile 'strict'"),
        (["scan", ".", "--only", "api.opnapi"], "did you mean api.openapi"),
        (["scan", ".", "--product", "no.yaml"], "no.yaml"),
        (["scna"], "Did you mean scan?"),
        (["render", "no.json", "-o", "html=x"], "no.json"),
        (["explain", "inconclusiv"], "inconclusive"),
        (["probes", "api.opnapi"], "did you mean api.openapi"),
        (["new", "probe", "Not An Id"], "Not An Id"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_status_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = call(*[str(tmp_path) if argument == "." else argument for argument in arguments])
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_gate_fails_a_product_that_ships_little(samples: Path) -> None:
    result = scan(str(samples / "closed-cad"), "--fail-on", "mandatory")
    assert result.exit_code == 1, result.output
    assert "gate" in result.stdout


def test_an_incomplete_scan_outranks_the_gate(samples: Path) -> None:
    hostile = str(samples / "hostile")
    assert scan(hostile, "--fail-on", "mandatory").exit_code == 3
    assert scan(hostile, "--fail-on", "never", "--allow-incomplete").exit_code == 0


def test_a_report_on_standard_output_stands_alone_there(samples: Path) -> None:
    result = scan(str(samples / "closed-cad"), "-o", "json=-")
    assert json.loads(result.stdout)["schema_version"].startswith("1.")


@pytest.mark.parametrize("command", ["probes", "formats", "criteria", "measures"])
def test_lists_name_what_there_is_and_each_row_can_be_shown(command: str) -> None:
    listed = call(command)
    assert listed.exit_code == 0
    name = listed.stdout.splitlines()[1].split()[0]
    shown = call(command, name)
    assert shown.exit_code == 0, shown.output
    assert name in shown.stdout
    assert call("explain", name).stdout == shown.stdout


@pytest.mark.parametrize(
    "word", ["evidenced", "contradicted", "inconclusive", "no_evidence", "needs_human", "registered"]
)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_words_of_a_report_are_explained(word: str, lang: str) -> None:
    result = call("explain", word, "--lang", lang)
    assert result.exit_code == 0
    assert len(result.stdout) > len(word) + 20


def test_help_names_every_command_and_no_other() -> None:
    result = call("--help")
    for name in (
        "scan",
        "assess",
        "render",
        "statement",
        "probes",
        "formats",
        "criteria",
        "measures",
        "explain",
        "new",
    ):
        assert f"\n  {name}" in result.output
        assert call(name, "--help").exit_code == 0


def test_the_module_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cpo_scan", "--version"], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == f"cpo-scan {__version__}"


def test_an_internal_error_is_one_line_and_status_4(monkeypatch: pytest.MonkeyPatch, samples: Path) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr("cpo_scan.run.describe", broken)
    result = scan(str(samples))
    assert result.exit_code == 4
    assert "ZeroDivisionError at" in result.output
    assert "Traceback" not in result.output


class _Stream:
    def __init__(self, terminal: bool) -> None:
        self.terminal, self.text = terminal, ""

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_progress_renews_one_line_on_a_terminal_and_stays_quiet_elsewhere() -> None:
    terminal, file = _Stream(True), _Stream(False)
    for stream in (terminal, file):
        progress = Progress(stream=stream)  # type: ignore[arg-type]
        progress.stage("inventory")
        progress.found(10, 2_000_000)
        progress.done(5, 1_000_000)
        progress.close()
    assert "\r" in terminal.text
    assert "\n" not in terminal.text
    assert file.text == ""


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (10**12, "1000.0 GB")])
def test_sizes_are_for_people(size: float, text: str) -> None:
    assert size_text(size) == text
