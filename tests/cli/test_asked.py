"""Requirements, nonconformities, samples, comparisons and overrides, from the command line on the open sample."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.cli.test_commands import ROOT, call

Report = dict[str, Any]
SUBJECT = "api.description:openapi:Open PLM Parts API"
ITEM = "DELETE /parts/{id}"


def scanned(product: Path, report: Path, *arguments: str) -> Report:
    done = call("scan", "--workers", "0", "--quiet", "--product", str(product), "--as-of", "2026-06-30",
                "-o", f"json={report}", *arguments)  # fmt: skip
    assert done.exit_code == 0, done.output
    loaded: Report = json.loads(report.read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "rules/schemas/report-1.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(loaded)] == []
    return loaded


def changed(folder: Path, change: Callable[[Path], None]) -> Path:
    """The product description of a copy of the open sample, changed."""
    shutil.copytree(ROOT / "samples/open-plm", folder)
    change(folder)
    return folder / "product.yaml"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the open sample."""
    path = tmp_path_factory.mktemp("asked") / "old.json"
    scanned(ROOT / "samples/open-plm/product.yaml", path)
    return path


def describe_delete(folder: Path) -> None:
    file = folder / "server/api/parts.openapi.yaml"
    text = file.read_text(encoding="utf-8")
    said = "operationId: deletePart\n      summary: Takes a part out of the catalogue for good."
    file.write_text(text.replace("operationId: deletePart", said), encoding="utf-8")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a release in which the last operation is described."""
    folder = tmp_path_factory.mktemp("release")
    scanned(changed(folder / "product", describe_delete), folder / "new.json")
    return folder / "new.json"


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def assessed(report: Path, folder: Path, *arguments: str) -> Report:
    again = folder / "again.json"
    done = call("assess", str(report), "--quiet", "--as-of", "2026-06-30", "-o", f"json={again}", *arguments)
    assert done.exit_code == 0, done.output
    loaded: Report = json.loads(again.read_text(encoding="utf-8"))
    return loaded


def test_a_list_is_linked_answered_and_written_as_a_table(old: Path, tmp_path: Path) -> None:
    tender = written(
        tmp_path / "tender.csv", "id,text,measure\nT-1,JT files are written.,\nT-2,Documented.,K02 >= 80 %\n"
    )
    linked = tmp_path / "linked.csv"
    assert call("requirements", "draft", tender, "-o", str(linked)).exit_code == 0
    rows = table(linked)
    assert (rows[0]["standard"], rows[0]["proposed standard"], rows[0]["proposed direction"]) == ("", "jt", "export")
    loaded = assessed(old, tmp_path, "--requirements", str(linked))
    assert [(row["id"], row["result"]) for row in loaded["layers"]["requirements"]] == [
        ("T-1", "open"),
        ("T-2", "supported"),
    ]
    done = call("requirements", "answers", str(tmp_path / "again.json"), "-o", str(tmp_path / "a.csv"))
    assert done.exit_code == 0, done.output
    answers = table(tmp_path / "a.csv")
    assert [row["Answer"] for row in answers] == ["open", "supported"]


def test_answers_of_a_report_without_requirements_are_refused(old: Path) -> None:
    done = call("requirements", "answers", str(old))
    assert done.exit_code == 2
    assert "was held against no requirements" in done.output


def test_a_nonconformity_is_raised_corrected_and_proposed_for_closure(old: Path, new: Path, tmp_path: Path) -> None:
    first = json.loads(old.read_text(encoding="utf-8"))
    criterion = next(row for row in first["assessment"]["criteria"] if row["id"] == "P-2.4-01")
    determined = written(
        tmp_path / "d.yaml",
        f"person: A. Auditor\nrole: decider\ndate: 2026-06-01\nscan_digest: {first['scan_digest']}\ndeterminations:\n"
        f"  - {{criterion: P-2.4-01, criterion_digest: {digest_of('P-2.4-01')}, verdict: not_fulfilled, grade: minor,\n"
        f"     method: examine, reason: one operation is not described}}\n",
    )
    assert criterion["outcome"] != "contradicted"
    assessed(old, tmp_path, "--determinations", determined)
    draft = tmp_path / "n.yaml"
    assert call("new", "nonconformities", str(tmp_path / "again.json"), "-o", str(draft)).exit_code == 0
    rows = yaml.safe_load(draft.read_text(encoding="utf-8"))
    (row,) = rows["nonconformities"]
    row |= {"text": "not described", "subject": SUBJECT, "item": ITEM, "due": "2026-06-15"}
    row["raised"] = {"person": "A. Auditor", "date": "2026-06-01"}
    row["corrected"] = {"person": "V. Endor", "date": "2026-06-10", "text": "described in 4.2.1"}
    given = written(tmp_path / "n2.yaml", json.dumps(rows))

    (same,) = assessed(old, tmp_path, "--nonconformities", given)["layers"]["nonconformities"]
    assert (same["state"], same["reasons"][0]["code"]) == ("corrected", "nonconformity.same_scan")
    (later,) = assessed(new, tmp_path, "--nonconformities", given)["layers"]["nonconformities"]
    assert (later["state"], later["overdue"]) == ("proposed", True)
    assert later["reasons"][0]["code"] == "nonconformity.subject_met"


def digest_of(criterion: str) -> str:
    from cpo_scan.layers.source import criterion_digest
    from cpo_scan.rulebook.catalogue import load_catalogue

    return criterion_digest(load_catalogue().criteria[criterion])


def test_a_sample_is_drawn_rated_and_determined(old: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    done = call("sample", str(old), "--seed", "2026-06-30", "--size", "6", "-o", str(sheet))
    assert done.exit_code == 0, done.output
    rows = table(sheet)
    assert len(rows) == 6
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "rating": "yes"} for row in rows)
    back = tmp_path / "d.yaml"
    assert call("sample", str(old), "--rated", str(sheet), "-o", str(back)).exit_code == 0
    text = back.read_text(encoding="utf-8")
    text = text.replace("person: null", "person: A. Auditor").replace("date: null", "date: 2026-06-30")
    text = text.replace("verdict: not_assessed", "verdict: fulfilled").replace(
        "reason: null", "reason: all can be read"
    )
    loaded = assessed(old, tmp_path, "--determinations", written(tmp_path / "d2.yaml", text))
    (row,) = loaded["layers"]["determinations"]
    assert (row["sample"]["positive"], row["sample"]["population"]) == (6, 11)
    assert row["sample"]["interval"] == [0.6097, 1.0]
    assert row["evidence"][0]["checked"]
    page = tmp_path / "page.md"
    done = call("render", str(tmp_path / "again.json"), "-o", f"html={page}")
    assert "sample: 6 of 6 rated yes" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seed", "x"], "--seed and --size are needed"),
        (["--seed", " x", "--size", "3"], "none of them a blank at an end"),
        (["--seed", "x", "--size", "3", "--of", "points"], "counts no points of the vendor's own"),
    ],
)
def test_a_sample_that_can_t_be_drawn_is_one_line(old: Path, arguments: list[str], says: str) -> None:
    done = call("sample", str(old), *arguments)
    assert done.exit_code == 2
    assert says in done.output


def test_two_releases_show_the_operation_that_was_described(old: Path, new: Path) -> None:
    done = call("compare", str(old), str(new), "-o", "json=-")
    compared = json.loads(done.output)
    (change,) = [row for row in compared["findings"] if row["kind"] == "api.description"]
    assert change["subject"] == SUBJECT
    assert {"name": "documented_operations", "old": ["9"], "new": ["10"]} in change["changes"]
    measure = next(row for row in compared["measures"] if row["id"] == "K02")
    assert (measure["old"]["numerator"], measure["new"]["numerator"], measure["why"]) == (10, 11, [])


def test_a_product_description_that_overrides_gives_both_figures(tmp_path: Path) -> None:
    def foreign(folder: Path) -> None:
        file = folder / "product.yaml"
        rule = "origin:\n  - {path: 'server/api/events*', value: component, reason: bought}\n"
        file.write_text(file.read_text(encoding="utf-8") + rule, encoding="utf-8")

    loaded = scanned(changed(tmp_path / "product", foreign), tmp_path / "r.json")
    assert loaded["body"]["product"]["overrides"] == [
        {"path": "server/api/events*", "what": "origin", "value": "component", "reason": "bought"}
    ]
    measure = next(row for row in loaded["assessment"]["measures"] if row["id"] == "A02")
    assert (measure["numerator"], measure["without_overrides"]["numerator"]) == (1, 2)
    again = assessed(tmp_path / "r.json", tmp_path)
    assert again["assessment"] == loaded["assessment"]


def test_a_statement_in_word_is_held_against_the_evidence(old: Path, tmp_path: Path) -> None:
    from tests.layers import test_statement_files as word

    (tmp_path / "s.docx").write_bytes(
        word.docx(word.table(word.HEAD, ["P-2.4-07", "nein", "so etwas haben wir nicht"]))
    )
    loaded = assessed(old, tmp_path, "--statement", str(tmp_path / "s.docx"))
    row = next(row for row in loaded["layers"]["claims"] if row["claim"])
    assert (row["criterion"], row["result"]) == ("P-2.4-07", "contradicted")
