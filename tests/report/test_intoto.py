"""The in-toto statement says what was scanned by digest, and which outcomes came of it; nothing more."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from google.protobuf.json_format import Parse
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message

from cpo_scan.model.report import Product, Run
from cpo_scan.report import Report
from cpo_scan.report.inert import visible
from cpo_scan.report.intoto import PREDICATE, write_intoto
from cpo_scan.report.texts import Texts
from tests.report import hostile, people, product

Make = Callable[..., Report]
Tree = dict[str, Any]


def bytes_of(report: Report, texts: Texts) -> bytes:
    out = io.BytesIO()
    write_intoto(report, texts, "en", out)
    return out.getvalue()


def read(report: Report, texts: Texts) -> Tree:
    statement: Tree = json.loads(bytes_of(report, texts))
    return statement


@pytest.fixture
def whole(make: Make) -> Report:
    """A report in which everybody has said something."""
    rows = product.findings()
    return make(rows, layers=people.layers(rows))


def check(data: bytes) -> None:
    """Hold a statement against in-toto's own messages and checks; raises where it is none."""
    message = Parse(data, Message())
    Statement.copy_from_pb(message).validate()


def test_the_statement_is_one_by_in_totos_own_check(whole: Report, words: Texts) -> None:
    data = bytes_of(whole, words)
    check(data)
    assert json.loads(data)["predicateType"] == PREDICATE
    assert rfc8785.dumps(json.loads(data)) + b"\n" == data


def test_in_totos_check_refuses_a_statement_without_subject(whole: Report, words: Texts) -> None:
    statement = read(whole, words) | {"subject": []}
    with pytest.raises(ValueError, match="subject"):
        check(json.dumps(statement).encode())


def test_subjects_are_the_manifests_of_what_was_supplied(whole: Report, words: Texts) -> None:
    subjects = {row["name"]: row["digest"]["sha256"] for row in read(whole, words)["subject"]}
    assert subjects == {
        f"{one['id']}.manifest": one["tree"]["digest"] for one in whole.product["deliverables"] if one["tree"]
    }
    assert read(whole, words)["predicate"]["notSupplied"] == ["terms"]


def test_without_a_tree_the_body_is_the_subject(make: Make, words: Texts) -> None:
    report = make(known=product.facts(product=Product()))
    data = bytes_of(report, words)
    check(data)
    assert json.loads(data)["subject"][0]["digest"] == {"sha256": report.scan_digest}


def test_outcomes_and_digests_are_those_of_the_report(whole: Report, words: Texts) -> None:
    predicate = read(whole, words)["predicate"]
    assert {row["id"]: row["outcome"] for row in predicate["criteria"]} == {
        row["id"]: row["outcome"] for row in whole.assessment["criteria"]
    }
    assert (predicate["scanDigest"], predicate["assessmentDigest"]) == (whole.scan_digest, whole.assessment_digest)
    assert predicate["coverage"]["lost"] == 1
    assert predicate["gate"]["met"] is False


def test_no_person_and_no_path_of_the_product_is_in_it(whole: Report, words: Texts) -> None:
    text = bytes_of(whole, words).decode()
    for private in (people.VENDOR, people.AUDITOR, people.OWNER, "audit-7", "parts.yaml", "old.zip"):
        assert private not in text
    assert read(whole, words)["predicate"]["layers"]["determinations"] == 5


def test_moments_are_those_of_the_run(make: Make, words: Texts) -> None:
    assert read(make(), words)["predicate"]["finishedOn"] == "2026-11-22T09:04:12Z"
    assert read(make(run=Run()), words)["predicate"]["finishedOn"] is None
    assert bytes_of(make(), words) == bytes_of(make(), words)


def test_hostile_text_is_text(make: Make, words: Texts) -> None:
    data = bytes_of(make(hostile.rows(), hostile.known(), **hostile.parts()), words)
    check(data)
    text = json.dumps(json.loads(data), ensure_ascii=False)
    assert visible(text) == text
