"""Probes of strangers in worker processes: imported where they work, and whatever they promise is held against them."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from cpo_scan.probe.outline import Outline, load
from cpo_scan.probe.registry import installed
from cpo_scan.run import Request, scanned
from cpo_scan.scan.choosing import Choice, LateProbe
from cpo_scan.scan.engine import Options

GADGET = """
    from multiprocessing import parent_process
    from cpo_scan.probe import Finding, Probe, names
    IN_WORKER = parent_process() is not None
    {first}
    class Gadget(Probe):
        '''Gadgets that a product ships.'''
        id = "acme.gadget"
        examines = names("*.gadget")
        states = ("extension.use",)
        {second}
        def examine(self, artifact, context):
            yield Finding("extension.use", {{"mechanism": "gadget"}}, evidence=(artifact.at(),))
"""


class Silent:
    """Watches nothing."""

    def stage(self, name: str) -> None: ...
    def found(self, files: int, size: int) -> None: ...
    def done(self, files: int, size: int) -> None: ...


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    import sys

    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("acme_gadget", None)


def install(site: Path, first: str = "", second: str = "") -> None:
    """Lay down what an installed distribution looks like."""
    (site / "acme_gadget.py").write_text(dedent(GADGET).format(first=first, second=second))
    info = site / "acme_gadget-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_gadget\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[cpo_scan.probes.v1]\nacme.gadget = acme_gadget:Gadget\n")


@pytest.fixture
def product(tmp_path: Path) -> Path:
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "one.gadget").write_text("1")
    (folder / "two.gadget").write_text("2")
    (folder / "other.txt").write_text("3")
    return folder


def scan(product: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], int]:
    """The probe's row, the findings, the rows of what was lost, and the exit code."""
    request = Request(targets=(str(product),), only=("acme.gadget",), options=Options(workers=1))
    with scanned(request, Silent()) as done:
        row = next(row for row in done.report.probes if row["id"] == "acme.gadget")
        lost = [row for listed in done.report.coverage.values() if isinstance(listed, list) for row in listed]
        return row, list(done.report.findings()), lost, int(done.exit_code)


def test_a_stranger_s_probe_works_in_a_worker(site: Path, product: Path) -> None:
    install(site)
    row, findings, lost, _ = scan(product)
    assert (row["status"], row["examined"], len(findings), lost) == ("ok", 2, 2, [])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("assert not IN_WORKER", "", "probe.import_failed"),
        ("", "refines = ('other.probe',) if IN_WORKER else ()", "probe.breach"),
        ("", "examines = names('*.gadget', '*.txt') if IN_WORKER else names('*.gadget')", "probe.breach"),
    ],
)
def test_a_probe_that_is_another_one_in_the_worker_is_a_probe_error(
    site: Path, product: Path, first: str, second: str, code: str
) -> None:
    install(site, first, second)
    row, findings, lost, status = scan(product)
    assert (row["status"], findings, status) == ("failed", [], 3)
    assert {problem["code"] for problem in row["problems"]} == {code}
    assert {(one["artifact"], one["probe"]) for one in lost} == {
        ("one.gadget", "acme.gadget"),
        ("two.gadget", "acme.gadget"),
    }


def test_a_probe_that_kills_the_worker_on_import_costs_its_own_artifacts_only(site: Path, product: Path) -> None:
    install(site, "import os; IN_WORKER and os._exit(7)")
    row, findings, lost, status = scan(product)
    assert (findings, status) == ([], 3)
    assert row["problems"] == [{"code": "worker.died", "params": {}}]
    assert {(one["artifact"], one["reason"]["code"]) for one in lost} == {
        ("one.gadget", "worker.died"),
        ("two.gadget", "worker.died"),
    }


@pytest.mark.parametrize(
    "second",
    [
        "def __init__(self): self.states = ['extension.use', object()]",
        "def __init__(self): self.uses_index = 'perhaps'",
        "def __init__(self): self.examines = 7",
    ],
)
def test_an_instance_that_denies_its_class_is_refused_before_the_scan(site: Path, second: str) -> None:
    install(site, second=second)
    found = installed()["acme.gadget"]
    assert (found.probe, found.outline) == (None, None)
    assert found.problem is not None
    assert found.problem.code == "probe.bad_metadata"


def test_a_probe_is_not_imported_before_an_artifact_fits(site: Path) -> None:
    install(site, "raise SystemError('imported')")
    outline = Outline(
        id="acme.gadget",
        value="acme_gadget:Gadget",
        version=1,
        examines=(installed()["exchange.files"].outline or pytest.fail("no outline")).examines,
        states=("extension.use",),
        uses_index=False,
        refines=(),
        works_on="artifacts",
        compares=False,
        limitations=(),
    )
    late = LateProbe(outline)
    assert Choice([late]).wanting("a.gadget", None) == []
    assert getattr(late.loaded, "code", None) == "probe.import_failed"


def test_every_probe_of_ours_is_the_same_when_it_is_loaded_from_its_outline() -> None:
    for registered in installed():
        if registered.distribution == "cpo-scan" and registered.outline is not None:
            assert type(load(registered.outline)) is type(registered.probe)
