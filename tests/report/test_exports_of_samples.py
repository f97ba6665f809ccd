"""The machine exports of real scans: of the samples, with what people say, valid by the validators of the formats."""

import hashlib
import io
import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import Parse
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message
from trestle.oscal.assessment_results import AssessmentResults

from cpo_scan.model import Strength
from cpo_scan.report import Report
from cpo_scan.report.cyclonedx import write_cyclonedx
from cpo_scan.report.formats import FACES, parse_output, write_outputs
from cpo_scan.report.oscal import write_oscal
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.root import rules_root
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options
from tests.report import people, product

Make = Callable[..., Report]
FORMS = ("oscal", "cyclonedx", "intoto")
RESULTS = rules_root() / "schemas/third_party/oscal-1.2.3/oscal_assessment-results_schema.json"


class Silent:
    """An observer that looks away."""

    def stage(self, name: str) -> None: ...

    def found(self, files: int, size: int) -> None: ...

    def done(self, files: int, size: int) -> None: ...


@pytest.mark.parametrize("sample", ["open-plm", "closed-cad", "hostile"])
def test_exports_of_a_scan_are_valid(sample: str, samples: Path, tmp_path: Path) -> None:
    where = samples / sample
    described = sample != "hostile"  # there, the file of that name belongs to the target
    request = Request(
        product=str(where / "product.yaml") if described else None,
        targets=() if described else (str(where),),
        options=Options(workers=0),
    )
    with scanned(request, Silent()) as done:
        outputs = [parse_output(f"{form}={tmp_path / form}.json") for form in FORMS]
        write_outputs(done.report, outputs, done.texts, "de")
        outcomes = {row["id"]: row["outcome"] for row in done.report.assessment["criteria"]}
    results = tmp_path / "oscal.json"
    assert jsonschema_rs.validator_for(json.loads(RESULTS.read_bytes())).is_valid(json.loads(results.read_bytes()))
    assert AssessmentResults.oscal_read(results) is not None
    text = (tmp_path / "cyclonedx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    statement = (tmp_path / "intoto.json").read_bytes()
    Statement.copy_from_pb(Parse(statement, Message())).validate()
    told = {row["id"]: row["outcome"] for row in json.loads(statement)["predicate"]["criteria"]}
    assert told == outcomes


def test_the_subject_of_a_statement_is_the_manifest_that_a_scan_writes(tmp_path: Path) -> None:
    (tmp_path / "product").mkdir()
    (tmp_path / "product" / "readme.txt").write_text("nothing to see\n")
    with scanned(Request(targets=(str(tmp_path / "product"),), options=Options(workers=0)), Silent()) as done:
        outputs = [parse_output(f"{form}={tmp_path / form}") for form in ("intoto", "manifest")]
        write_outputs(done.report, outputs, done.texts, "en", manifest=done.manifest)
    digest = hashlib.sha256((tmp_path / "manifest").read_bytes()).hexdigest()
    (subject,) = json.loads((tmp_path / "intoto").read_bytes())["subject"]
    assert subject["digest"] == {"sha256": digest}


def test_every_label_that_the_machine_exports_ask_for_has_words(words: Texts) -> None:
    folder = Path(__file__).resolve().parents[2] / "cpo_scan" / "report"
    quoted = re.compile(r'"(export\.[a-z_.]+)"')
    files = [*folder.glob("oscal*.py"), *folder.glob("cyclonedx*.py"), folder / "intoto.py", folder / "exported.py"]
    asked = {match[1] for file in files for match in quoted.finditer(file.read_text(encoding="utf-8"))}
    asked |= {f"export.role.{role}" for role in ("vendor", "auditor", "owner")}
    assert len(asked) > 20
    assert [code for code in asked for lang in ("en", "de") if words.label(code, lang).startswith(code)] == []


def test_memory_does_not_follow_the_number_of_findings(make: Make, words: Texts) -> None:
    def peak(count: int) -> tuple[int, int]:
        rows = product.findings()
        rows += [
            product.row("component", f"server/{n}.json", {"name": f"part {n}", "version": "1"}, Strength.REGISTERED)
            for n in range(count)
        ]
        report = make(rows, layers=people.layers(rows))
        report.finding(rows[0]["id"])  # the index by id is the report's own
        size = 0
        tracemalloc.start()
        for write in (write_oscal, write_cyclonedx):
            counter = _Counter()
            write(report, words, "en", counter)
            size += counter.size
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest, size

    peak(1)  # what is loaded once
    small, large = peak(200), peak(2_000)
    assert large[1] - small[1] > 500_000
    assert large[0] - small[0] < (large[1] - small[1]) / 4


class _Counter(io.BytesIO):
    """Takes everything and keeps nothing."""

    size = 0

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self.size += len(data)
        return len(data)


def test_the_exports_need_nothing_beyond_the_core() -> None:
    assert all(not FACES[form].needs for form in FORMS)
