"""What the page on people says is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

from cpo_scan.layers import LayerFiles, read_people
from cpo_scan.rulebook.book import Rulebook
from tests.cli.test_commands import ROOT, call
from tests.layers.conftest import TODAY

PAGE = (ROOT / "docs/people.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    product = str(ROOT / "samples/open-plm/product.yaml")
    assert call("scan", "--workers", "0", "--quiet", "--product", product, "-o", "json=report.json").exit_code == 0
    for copy in ("old.json", "determined.json"):
        Path(copy).write_bytes(Path("report.json").read_bytes())
    Path("tender.csv").write_text("id,text\nT-1,JT files can be written.\n", encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    for line in lines:
        if "--rated" in line:
            sheet = Path("sheet.csv")
            rows = sheet.read_text(encoding="utf-8-sig").splitlines()
            filled = [rows[0], *(re.sub(r",,$", ",yes,", row) for row in rows[1:])]
            sheet.write_text("\n".join(filled), encoding="utf-8")
        program, *arguments = shlex.split(line)
        done = call(*arguments)
        assert (program, done.exit_code) == ("cpo-scan", 0), f"{line}: {done.output}"
    assert len(lines) == 8


def test_the_files_of_the_page_are_read(rulebook: Rulebook, tmp_path: Path) -> None:
    raised, waived = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "n.yaml").write_text(raised, encoding="utf-8")
    (tmp_path / "w.yaml").write_text(waived, encoding="utf-8")
    files = LayerFiles(nonconformities=str(tmp_path / "n.yaml"), waivers=str(tmp_path / "w.yaml"))
    people = read_people(files, rulebook, TODAY.replace(month=9))
    assert people.nonconformities is not None
    assert people.waivers is not None
    assert [one.item for one in people.nonconformities] == ["DELETE /parts/{id}"]


COMMANDS = (("assess",), ("sample",), ("compare",), ("scan",), ("requirements", "draft"))


def test_the_page_names_no_option_that_is_not_there() -> None:
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    known = "".join(call(*command, "--help").output for command in COMMANDS)
    assert {option for option in told if option not in known} == set()
