"""The OpenACR form: valid by GSA's schema, and no level that the files do not show."""

import io
import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
import yaml

from cpo_scan.model import Outcome
from cpo_scan.model.report import Facts, Layers, Run
from cpo_scan.report import Report
from cpo_scan.report.openacr import write_openacr
from cpo_scan.report.states import OPENACR
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.root import rules_root
from tests.report import hostile, product

Make = Callable[..., Report]
SCHEMA = json.loads((rules_root() / "schemas/third_party/openacr-0.1.0/openacr-0.1.0.json").read_bytes())
KNOWN = {"supports", "partially-supports", "does-not-support", "not-applicable", "not-evaluated"}


def written(report: Report, texts: Texts, lang: str = "en") -> dict[str, Any]:
    out = io.BytesIO()
    write_openacr(report, texts, lang, out)
    document: dict[str, Any] = yaml.safe_load(out.getvalue())
    validator = jsonschema_rs.validator_for(SCHEMA, offline=True)
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)] == []
    return document


def levels(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (row["num"], part["name"]): part["adherence"]["level"]
        for chapter in document["chapters"].values()
        for row in chapter["criteria"]
        for part in row["components"]
    }


@pytest.mark.parametrize("lang", ["en", "de"])
def test_document_is_valid_and_has_every_criterion(make: Make, texts: Texts, lang: str) -> None:
    report = make()
    document = written(report, texts, lang)
    listed = [row["num"] for chapter in document["chapters"].values() for row in chapter["criteria"]]
    assert listed == [row["id"] for row in report.assessment["criteria"]]
    assert list(document["chapters"]) == list(product.CATEGORIES)


def test_nothing_is_supported_that_is_not_evidenced(make: Make, texts: Texts) -> None:
    report = make()
    given = levels(written(report, texts))
    assert set(given.values()) <= KNOWN
    for row in report.assessment["criteria"]:
        for part in row["parts"]:
            level = given[row["id"], part["mode"]]
            assert (level == "supports") == (part["outcome"] == "evidenced")
            assert (level == "does-not-support") == (part["outcome"] == "contradicted")


def test_every_outcome_has_a_level_that_openacr_knows() -> None:
    assert {state.word for state in OPENACR.values()} <= KNOWN
    assert [outcome for outcome, state in OPENACR.items() if state.word == "supports"] == [Outcome.EVIDENCED]


def test_notes_give_the_outcome_that_the_form_has_no_word_for(make: Make, texts: Texts) -> None:
    report = make()
    document = written(report, texts)
    row = next(row for row in report.assessment["criteria"] if row["outcome"] == "no_evidence")
    chapter = document["chapters"][row["category"]]
    found = next(one for one in chapter["criteria"] if one["num"] == row["id"])
    assert "no evidence" in found["components"][0]["adherence"]["notes"]
    assert "Not a certificate" in document["legal_disclaimer"]


def test_determination_is_told_and_raises_no_level(make: Make, texts: Texts) -> None:
    said = {"criterion": "P-2.4-01", "verdict": "fulfilled", "state": "in_force", "role": "decider", "person": "A. B."}
    document = written(make(layers=Layers(determinations=(said,))), texts)
    assert levels(document)["P-2.4-01", "machine"] == "not-evaluated"
    row = next(one for one in document["chapters"]["2.4"]["criteria"] if one["num"] == "P-2.4-01")
    assert "Determinations" in row["components"][0]["adherence"]["notes"]


def test_no_licence_is_granted_by_silence(make: Make, texts: Texts) -> None:
    assert written(make(), texts)["license"].startswith("LicenseRef-")


def test_report_without_names_and_dates_is_valid(make: Make, texts: Texts) -> None:
    document = written(make([], Facts(tool=product.facts().tool), not_read=[], run=Run()), texts)
    assert "report_date" not in document
    assert "vendor" not in document


def test_hostile_text_is_text(make: Make, texts: Texts) -> None:
    document = written(make(hostile.rows(), hostile.known(), **hostile.parts()), texts)
    assert "\\u202e" in document["product"]["name"]
