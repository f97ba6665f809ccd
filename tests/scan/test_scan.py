"""A whole scan by the engine: the same facts whoever does the work and wherever the target lies, nothing lost."""

import gzip
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options
from cpo_scan.targets.errors import TargetError
from cpo_scan.targets.limits import Limits
from tests.probe.native import elf, macho

STEP = (
    b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    b"FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\nDATA;\n#1=CARTESIAN_POINT('',(0.,0.,0.));\nENDSEC;\nEND-ISO-10303-21;\n"
)


class Watching:
    """An observer that remembers the stages, and that what was found was done."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.files = 0

    def stage(self, name: str) -> None:
        self.stages.append(name)

    def found(self, files: int, size: int) -> None:
        assert size >= 0
        self.files += files

    def done(self, files: int, size: int) -> None:
        assert size >= 0
        self.files -= files


Scanned = dict[str, Any]
Scan = Callable[..., Scanned]


@pytest.fixture
def scan() -> Scan:
    """Scan targets; gives what the report says."""

    def run(*targets: Path, workers: int = 0, limits: Limits | None = None, **request: Any) -> Scanned:
        options = Options(workers=workers, limits=limits or Limits())
        watching = Watching()
        with scanned(Request(targets=tuple(map(str, targets)), options=options, **request), watching) as done:
            assert watching.files == 0
            report = done.report
            return {
                "digest": report.scan_digest,
                "exit": int(done.exit_code),
                "findings": list(report.findings()),
                "coverage": report.coverage,
                "probes": {row["id"]: row for row in report.probes},
                "product": report.product,
                "body": report.file.read_bytes(),
            }

    return run


def rows(result: Scanned, listed: str) -> dict[str, str]:
    """Coverage rows of a list: artifact and code of the reason."""
    return {row["artifact"]: row["reason"]["code"] for row in result["coverage"][listed]}


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def test_the_facts_are_the_same_for_any_number_of_workers_and_at_any_place(
    scan: Scan, samples: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "some where" / "else"
    shutil.copytree(samples / "open-plm", moved)
    digests = {scan(samples / "open-plm", workers=workers)["digest"] for workers in (0, 1, 3)} | {
        scan(moved, workers=2)["digest"]
    }
    assert len(digests) == 1


def test_no_path_of_this_machine_stands_in_the_body(scan: Scan, samples: Path) -> None:
    result = scan(samples / "open-plm")
    assert str(samples).encode() not in result["body"]


def test_containers_are_opened_in_each_other_and_evidence_leads_into_them(scan: Scan, tmp_path: Path) -> None:
    deep = zipped({"lib/inner.jar": zipped({"part.stp": STEP})})
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        info = tarfile.TarInfo("data/outer.zip")
        info.size = len(deep)
        archive.addfile(info, io.BytesIO(deep))
    (tmp_path / "product.tar.gz").write_bytes(tarred.getvalue())
    (tmp_path / "a.txt").write_text("beside")
    result = scan(tmp_path)
    (found,) = (row for row in result["findings"] if row["kind"] == "exchange.file")
    assert found["evidence"][0]["artifact"] == "product.tar.gz!/data/outer.zip!/lib/inner.jar!/part.stp"
    assert (result["coverage"]["files"], result["coverage"]["members"]) == (2, 3)


def test_the_paths_of_an_archive_target_start_inside_it(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "release.zip").write_bytes(zipped({"data/part.stp": STEP}))
    result = scan(tmp_path / "release.zip")
    assert result["findings"][0]["evidence"][0]["artifact"] == "data/part.stp"
    assert result["product"]["deliverables"][0]["tree"]["files"] == 1


def test_a_folder_and_its_archive_have_the_same_tree_digest(scan: Scan, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "part.stp").write_bytes(STEP)
    (folder / "note.txt").write_bytes(b"text")
    (tmp_path / "folder.zip").write_bytes(zipped({"part.stp": STEP, "note.txt": b"text"}))

    def tree(result: Scanned) -> str:
        return str(result["product"]["deliverables"][0]["tree"]["digest"])

    assert tree(scan(folder)) == tree(scan(tmp_path / "folder.zip"))


def test_links_are_recorded_and_never_double_a_count(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "part.stp").write_bytes(STEP)
    (tmp_path / "copy.stp").symlink_to("real/part.stp")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "out").symlink_to("/etc/hostname")
    result = scan(tmp_path)
    assert sum(row["kind"] == "exchange.file" for row in result["findings"]) == 1
    assert rows(result, "skipped") == {"copy.stp": "fs.link", "folder": "fs.link", "out": "fs.link"}
    assert result["product"]["deliverables"][0]["tree"]["links"] == 3
    assert result["exit"] == 0


@pytest.mark.parametrize(
    ("name", "content", "place", "code"),
    [
        ("cut.zip", zipped({"a": b"x" * 1000})[:60], "cut.zip", "zip.no_directory"),
        ("cut.gz", gzip.compress(bytes(range(256)) * 20)[:200], "cut.gz!/cut", "packed.truncated"),
        ("cut.openapi.json", b'{"openapi": "3.0.0", "info": {"title"', "cut.openapi.json", "json.malformed"),
    ],
)
def test_what_can_not_be_read_is_a_row_and_the_rest_is_scanned(
    scan: Scan, tmp_path: Path, name: str, content: bytes, place: str, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "part.stp").write_bytes(STEP)
    result = scan(tmp_path)
    assert rows(result, "unreadable") == {place: code}
    assert any(row["kind"] == "exchange.file" for row in result["findings"])
    assert result["exit"] == 3


def test_an_incomplete_scan_may_be_allowed(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(zipped({"a": b"x" * 1000})[:60])
    assert scan(tmp_path)["exit"] == 3
    assert scan(tmp_path, allow_incomplete=True)["exit"] == 0


def test_a_limit_hides_nothing_without_saying_so(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "zeros.zip").write_bytes(zipped({"zeros": bytes(10**6), "part.stp": STEP}))
    result = scan(tmp_path, limits=Limits(member_bytes=10**5))
    assert rows(result, "limits_hit") == {"zeros.zip!/zeros": "limit.member_bytes"}
    assert any(row["kind"] == "exchange.file" for row in result["findings"])


def test_what_a_whole_target_may_unpack_is_decided_by_order_and_not_by_speed(scan: Scan, tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.zip").write_bytes(zipped({"part.stp": STEP, "zeros": b"0123456789" * 10_000}))
    limits = Limits(target_bytes=250_000)
    results = [scan(tmp_path, workers=workers, limits=limits) for workers in (0, 1, 3)]
    assert len({result["digest"] for result in results}) == 1
    assert set(rows(results[0], "limits_hit")) == {"3.zip", "4.zip", "5.zip"}


def test_an_honest_ratio_of_a_thousand_to_one_is_no_attack(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "zeros.zip").write_bytes(zipped({"zeros": bytes(10**7)}))
    result = scan(tmp_path)
    assert result["exit"] == 0
    assert not result["coverage"]["limits_hit"]


def test_a_product_description_inside_the_target_is_not_obeyed(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "product.yaml").write_text('name: Fine\ndeliverables: []\nexclusions: [{path: "**", reason: no}]\n')
    (tmp_path / "part.stp").write_bytes(STEP)
    result = scan(tmp_path)
    assert "name" not in {key for key, value in result["product"].items() if value}
    assert any(row["kind"] == "exchange.file" for row in result["findings"])


def test_exclusions_and_overrides_of_the_user_count_and_are_listed(scan: Scan, tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "old").mkdir(parents=True)
    (target / "old" / "part.stp").write_bytes(STEP)
    (target / "part.stp").write_bytes(STEP)
    description = tmp_path / "product.yaml"
    description.write_text(
        "name: Fine\nversion: '1'\ndeliverables: [{id: all, role: server, target: target}]\n"
        "exclusions: [{path: old, reason: replaced in this release}]\n"
        "origin: [{path: '*.stp', value: sample, reason: training material}]\n"
    )
    result = scan(product=str(description))
    assert rows(result, "skipped") == {"old/part.stp": "product.excluded"}
    (found,) = (row for row in result["findings"] if row["kind"] == "exchange.file")
    assert (found["origin"], found["origin_reason"]["params"]["reason"]) == ("sample", "training material")


def test_a_package_that_is_the_target_is_examined_as_what_it_is(scan: Scan, tmp_path: Path) -> None:
    model = b'<?xml version="1.0"?><fmiModelDescription fmiVersion="2.0" modelName="m" guid="g"></fmiModelDescription>'
    (tmp_path / "m.fmu").write_bytes(zipped({"modelDescription.xml": model}))
    result = scan(tmp_path / "m.fmu")
    assert [row["attributes"]["standard"] for row in result["findings"] if row["kind"] == "exchange.file"] == ["fmi"]


def test_every_installed_probe_has_a_row_also_one_that_is_switched_off(scan: Scan, samples: Path) -> None:
    result = scan(samples / "closed-cad", skip=("docs.sets",))
    assert result["probes"]["docs.sets"]["status"] == "not_run"
    others = [row for name, row in result["probes"].items() if name != "docs.sets"]
    assert all(row["status"] in ("ok", "partial") or row["problems"] for row in others)


@pytest.mark.parametrize("missing", ["not-there", "empty"])
def test_a_target_that_can_not_be_scanned_is_one_line(scan: Scan, tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TargetError, match=missing):
        scan(tmp_path / missing)


NOTE_XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://qifstandards.org/xsd/qif3">
  <xs:element name="QIFDocument"/></xs:schema>"""
PLAN = b'<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"/>'


def test_schemas_of_the_user_are_part_of_the_options_and_of_what_is_found(scan: Scan, tmp_path: Path) -> None:
    target, schemas = tmp_path / "target", tmp_path / "schemas"
    target.mkdir()
    schemas.mkdir()
    (target / "plan.qif").write_bytes(PLAN)
    (schemas / "qif.xsd").write_bytes(NOTE_XSD)
    without = scan(target)
    results = [scan(target, schemas=str(schemas), workers=workers) for workers in (0, 2)]
    assert len({result["digest"] for result in results} | {without["digest"]}) == 2
    assert b'"schemas":{"digest":' in results[0]["body"]
    assert str(tmp_path).encode() not in results[0]["body"]
    assert [
        [row["attributes"]["valid"] for row in result["findings"] if row["kind"] == "exchange.file"]
        for result in (without, *results)
    ] == [[None], [True], [True]]


def test_one_file_has_one_finding_although_its_probe_waits_for_the_whole_inventory(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "plan.qif").write_bytes(PLAN)
    (tmp_path / "qif.xsd").write_bytes(NOTE_XSD)
    for workers in (0, 2):
        result = scan(tmp_path, workers=workers)
        found = [
            (row["probe"], row["attributes"]["valid"]) for row in result["findings"] if row["kind"] == "exchange.file"
        ]
        assert found == [("exchange.documents", True)]
    skipped = scan(tmp_path, skip=("exchange.documents",))
    assert [row["probe"] for row in skipped["findings"] if row["kind"] == "exchange.file"] == ["exchange.files"]


def test_a_system_is_the_vendors_where_one_of_his_programs_shows_it(scan: Scan, tmp_path: Path) -> None:
    for path, data in {
        "libstdc++.so.6": elf(),
        "bin/app/run": elf(),
        "libnewt.dylib": macho(),
    }.items():
        place = tmp_path / "product" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    result = scan(tmp_path / "product", only=("platform.options",))
    systems = [row for row in result["findings"] if row["attributes"].get("class") == "os"]
    assert {row["attributes"]["name"]: row["origin"] for row in systems} == {"linux": "vendor", "macos": "component"}
