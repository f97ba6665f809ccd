"""What the page on catalogues says is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

from cpo_scan.rulebook.book import profile_names
from tests.catalogues.official import as_csv, official
from tests.cli.test_commands import ROOT, call

PAGE = (ROOT / "docs/catalogues.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scan = ("scan", "--workers", "0", "--quiet", str(ROOT / "samples/closed-cad"), "-o", "json=report.json")
    assert call(*scan).exit_code == 0
    Path("criteria.csv").write_bytes(as_csv(official()))
    Path("crosswalk.csv").write_text("criterion,scheme,version,id,relation\nC-001,cpo-provisional,1,P-2.4-07,equal\n")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    for line in lines:
        if "migrate" in line:
            Path("old.yaml").write_bytes(Path("licensed.yaml").read_bytes())
            Path("new.yaml").write_bytes(Path("licensed.yaml").read_bytes())
            made = ("new", "determinations", "report.json", "--catalogue", "old.yaml", "-o", "determinations.yaml")
            assert call(*made).exit_code == 0
            path = Path("determinations.yaml")
            text = path.read_text(encoding="utf-8").replace("person: null", "person: E. Valuator", 1)
            path.write_text(text.replace("\ndate: null", "\ndate: 2026-01-01"), encoding="utf-8")
        program, *arguments = shlex.split(line)
        done = call(*arguments)
        assert (program, done.exit_code) == ("cpo-scan", 0), done.output
    assert len(lines) == 4
    assert "120 carried, 0 not carried" in done.output


def test_the_page_names_every_profile_and_option() -> None:
    for name in profile_names():
        assert f"`{name}`" in PAGE, name
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    known = "".join(
        call("catalogue", command, "--help").output for command in ("import", "check", "migrate", "coverage")
    )
    known += call("assess", "--help").output
    assert {option for option in told if option not in known} == set()
