"""A report held against the files again: what is as it was, what is not, and what was not looked at."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.report.read import Report, read_report
from cpo_scan.report.write import write_report
from cpo_scan.run import Request, scanned, verified
from cpo_scan.scan.engine import Options
from cpo_scan.targets.errors import TargetError
from cpo_scan.trail.verify import Difference, Verification

HERE = Options(workers=0)
OPENAPI = b'{"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}'


class Quiet:
    """An observer that says nothing."""

    def stage(self, name: str) -> None: ...
    def found(self, files: int, size: int) -> None: ...
    def done(self, files: int, size: int) -> None: ...


def scan(folder: Path, **request: Any) -> Report:
    """The report of a scan, written and read again."""
    file = folder.parent / f"{folder.name}-report.json"
    with scanned(Request(options=HERE, **request), Quiet()) as done, file.open("wb") as stream:
        write_report(done.report, stream)
    return read_report(file)


def verify(report: Report, **request: Any) -> Verification:
    return verified(report, Request(options=HERE, **request), Quiet())


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A small product: a description of an interface outside of an archive and one inside."""
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "api.json").write_bytes(OPENAPI)
    (folder / "notes.txt").write_text("nothing rests on this one")
    with zipfile.ZipFile(folder / "parts.zip", "w") as archive:
        archive.writestr("inner/api.json", OPENAPI)
        archive.writestr("inner/other.txt", "x")
    return folder


def test_the_same_files_are_the_same(product: Path) -> None:
    found = verify(scan(product, targets=(str(product),)), targets=(str(product),))
    assert found.same
    assert found.whole
    assert found.cited == 2
    assert found.differences == ()


def test_they_may_lie_elsewhere(product: Path, tmp_path: Path) -> None:
    report = scan(product, targets=(str(product),))
    product.rename(tmp_path / "moved")
    assert verify(report, targets=(str(tmp_path / "moved"),)).same


def test_a_changed_file_is_named_and_so_is_one_that_is_gone(product: Path) -> None:
    report = scan(product, targets=(str(product),))
    (product / "api.json").write_bytes(OPENAPI + b"\n")
    (product / "parts.zip").unlink()
    found = verify(report, targets=(str(product),))
    assert not found.same
    assert found.differences == (
        Difference(path="api.json", state="changed"),
        Difference(path="parts.zip!/inner/api.json", state="missing"),
    )


def test_a_change_inside_of_an_archive_is_found(product: Path) -> None:
    report = scan(product, targets=(str(product),))
    with zipfile.ZipFile(product / "parts.zip", "w") as archive:
        archive.writestr("inner/api.json", OPENAPI.replace(b"T", b"U"))
    found = verify(report, targets=(str(product),))
    assert found.differences == (Difference(path="parts.zip!/inner/api.json", state="changed"),)


def test_an_archive_that_can_not_be_read_any_more_is_not_called_missing(product: Path) -> None:
    report = scan(product, targets=(str(product),))
    data = (product / "parts.zip").read_bytes()
    (product / "parts.zip").write_bytes(data[: len(data) // 3])
    found = verify(report, targets=(str(product),))
    assert found.differences == (Difference(path="parts.zip!/inner/api.json", state="not_read"),)
    assert not found.whole


def test_a_file_without_findings_changes_the_tree_only(product: Path) -> None:
    report = scan(product, targets=(str(product),))
    (product / "notes.txt").write_text("another text")
    found = verify(report, targets=(str(product),))
    assert found.differences == ()
    assert [tree.same for tree in found.trees] == [False]
    assert not found.same


def test_an_archive_as_a_target_is_verified_by_its_members(product: Path, tmp_path: Path) -> None:
    archive = tmp_path / "release.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        stream.write(product / "api.json", "v1/api.json")
        stream.write(product / "parts.zip", "v1/parts.zip")
    report = scan(product, targets=(str(archive),))
    found = verify(report, targets=(str(archive),))
    assert (found.same, found.whole, found.cited) == (True, True, 2)


def description(product: Path) -> Path:
    file = product.parent / "product.yaml"
    file.write_text(
        "name: T\nversion: '1'\ndeliverables:\n"
        "  - {id: server, role: server, target: product}\n"
        "  - {id: docs, role: docs, target: manual}\n"
        "exclusions:\n  - {path: server/notes.txt, reason: not ours}\n"
    )
    (product.parent / "manual").mkdir()
    (product.parent / "manual" / "api.yaml").write_bytes(OPENAPI)
    return file


def test_what_was_not_given_is_not_looked_at_and_that_is_said(product: Path) -> None:
    file = description(product)
    report = scan(product, product=str(file))
    server = product.parent / "server"
    product.rename(server)  # its id is made from its name
    found = verify(report, targets=(str(server),))
    assert [(tree.id, tree.now is not None, tree.same) for tree in found.trees] == [
        ("server", True, True),
        ("docs", False, False),
    ]
    assert (found.cited, found.not_given) == (2, 1)
    assert found.same
    assert not found.whole


def test_exclusions_of_the_scan_hold_for_the_verification_too(product: Path) -> None:
    report = scan(product, product=str(description(product)))
    (product / "notes.txt").write_text("another text")
    found = verify(report, product=str(product.parent / "product.yaml"))
    assert (found.same, found.whole) == (True, True)


def test_a_target_that_the_report_does_not_know_is_refused(product: Path) -> None:
    report = scan(product, product=str(description(product)))
    with pytest.raises(TargetError, match=r"^target: the report has no deliverable of this id; it has server, docs$"):
        verify(report, targets=(str(product.parent / "product.yaml"),))
