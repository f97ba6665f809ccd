"""What the documentation tells readers to type is what the program does."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.shell_completion import ShellComplete

from cpo_scan.cli import program
from tests.cli.test_commands import ROOT, call
from tests.docs.documented import DOCS, Command, WrittenFile, pages, steps

WITH_COMMANDS = [page for page in pages() if any(isinstance(step, Command) for step in steps(page.read_text("utf-8")))]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_command_of_a_page_ends_as_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    for step in steps(page.read_text("utf-8")):
        match step:
            case WrittenFile(name, text):
                Path(name).parent.mkdir(exist_ok=True)
                Path(name).write_text(text, encoding="utf-8")
            case Command(line, code):
                words = shlex.split(line)
                assert words[0] == "cpo-scan"
                quick = ["--workers", "0"] if words[1] == "scan" and "--workers" not in words else []
                done = call(*words[1:], *quick)
                assert done.exit_code == code, f"{line}\n{done.output}"


def test_the_tutorials_and_how_tos_are_among_the_pages_with_commands() -> None:
    names = {page.relative_to(DOCS).as_posix() for page in WITH_COMMANDS}
    assert {"tutorials/vendor.md", "tutorials/auditor.md", "tutorials/pipeline.md", "how-to/rules.md"} <= names


def test_options_that_pages_name_exist() -> None:
    known = set()
    for command in ("scan", "assess", "render", "compare", "explain", "sample draw", "sample rate", "requirements"):
        known |= set(re.findall(r"--[a-z][a-z-]+", call(*command.split(), "--help").output))
    for page in (DOCS / "tutorials").glob("*.md"):
        told = set(re.findall(r"`(--[a-z][a-z-]+)", page.read_text("utf-8")))
        assert told <= known, page.name


def test_pipeline_pieces_are_well_formed_and_scan() -> None:
    text = (DOCS / "how-to/pipelines.md").read_text("utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert [sorted(map(str, block))[-1] for block in blocks] == [
        "on" if "on" in blocks[0] else "name",
        "openness",
        "repos",
    ]
    known = set(re.findall(r"--[a-z][a-z-]+", call("scan", "--help").output))
    for line in re.findall(r"cpo-scan scan .*", text):
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)) <= known, line


@pytest.mark.parametrize(
    ("typed", "started", "offered"),
    [
        ([], "sc", "scan"),
        (["scan"], "--work", "--workers"),
        (["scan", "--lang"], "d", "de"),
        (["render"], "--vi", "--view"),
    ],
)
def test_the_shell_completes_commands_options_and_values(typed: list[str], started: str, offered: str) -> None:
    completed = ShellComplete(program, {}, "cpo-scan", "_CPO_SCAN_COMPLETE").get_completions(typed, started)
    assert offered in [item.value for item in completed]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_of_the_completion_page_prints_a_script(shell: str) -> None:
    line = f"_CPO_SCAN_COMPLETE={shell}_source cpo-scan"
    assert line in (DOCS / "how-to/completion.md").read_text("utf-8")
    environment = os.environ | {"_CPO_SCAN_COMPLETE": f"{shell}_source"}
    code = "import sys; sys.argv[0] = 'cpo-scan'; from cpo_scan.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "_CPO_SCAN_COMPLETE" in done.stdout, done.stderr
