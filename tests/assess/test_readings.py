"""Sentences that a reader of whole reports found wrong or too good once: each stays as it was mended."""

from typing import Any

import msgspec
import pytest

from cpo_scan.model import Outcome, ProbeStatus, Strength

GRADED = "grades: {mandatory: major, desired: minor, optional: opportunity}\ngate:"


def ids(rows: Any) -> list[str]:
    return [row.finding for row in rows]


def test_what_could_not_be_checked_is_no_counter_evidence(make: Any, judge: Any) -> None:
    rows = [make.api(valid=True), make.api("docs/b.json", valid=None)]
    row = make.criterion(judge(rows), "P-2.4-07")
    assert row.outcome is Outcome.EVIDENCED
    assert "criterion.counter_evidence" not in make.codes(row)


def test_what_the_schema_refuses_is_counter_evidence(make: Any, judge: Any) -> None:
    rows = [make.api(valid=True), make.api("docs/b.json", valid=False), make.api("docs/c.json", valid=None)]
    row = make.criterion(judge(rows), "P-2.4-07")
    said = [reason.params for reason in row.rationale if reason.code == "criterion.counter_evidence"]
    assert said == [{"measure": "K03O", "amount": 1}]


@pytest.mark.parametrize("order", [("import", "export"), ("export", "import")])
def test_a_neutral_export_is_shown_by_an_export(make: Any, judge: Any, order: tuple[str, str]) -> None:
    rows = {way: make.capability("step", way, key=way, name=way) for way in order}
    measure = make.measure(judge([rows[way] for way in order]), "K26")
    assert ids(measure.counted) == [rows["export"]["id"]] * len(measure.counted)
    assert measure.counted


def test_nothing_found_names_what_was_looked_for_and_counts_no_noughts(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], book=make.rulebook()))
    assert row.outcome is Outcome.NO_EVIDENCE
    assert [(reason.code, reason.params) for reason in row.rationale] == [
        ("criterion.nothing_found", {"measures": ["RATIO"]})
    ]


def test_exports_that_only_code_names_are_some_evidence(make: Any, judge: Any) -> None:
    weak = make.capability("csv", "export", strength=Strength.MENTIONED, via="symbol")
    assert make.criterion(judge([weak]), "P-2.1-01").outcome is Outcome.INCONCLUSIVE
    reading = make.capability("csv", "import", strength=Strength.MENTIONED, via="symbol")
    assert make.criterion(judge([reading]), "P-2.1-01").outcome is Outcome.NO_EVIDENCE


@pytest.mark.parametrize("measure", ["K01", "K06", "K24"])
def test_a_shipped_description_is_no_declared_interface(make: Any, judge: Any, measure: str) -> None:
    assert make.measure(judge([make.api()]), measure).not_counted == ()


def test_what_was_registered_and_not_refuted_is_no_row_of_the_refuted(make: Any, judge: Any) -> None:
    assert make.measure(judge([make.capability("step", "both")]), "X03").not_counted == ()


def test_the_product_itself_is_no_third_party_component(make: Any, judge: Any) -> None:
    own = make.finding("component", "a.dist-info/METADATA", name="a", version="1", licence="MIT", itself=True)
    other = make.finding("component", "lib/b.dist-info/METADATA", name="b", version="1", licence=None)
    probes = [make.probe("component", ProbeStatus.OK)]
    assert make.criterion(judge([own], probes=probes), "P-2.6-04").outcome is Outcome.NO_EVIDENCE
    both = make.measure(judge([own, other], probes=probes), "K29")
    assert (both.numerator, both.denominator) == (0, 1)


@pytest.mark.parametrize(
    ("obligation", "grade"), [("mandatory", "major"), ("desired", "minor"), ("optional", "opportunity")]
)
def test_a_grade_is_proposed_by_obligation_where_a_criterion_is_contradicted(
    make: Any, judge: Any, obligation: str, grade: str
) -> None:
    row = make.criterion(judge([make.api("a", 10, 0)], book=graded(make, obligation)))
    assert (row.outcome, row.candidate_grade) == (Outcome.CONTRADICTED, grade)


def test_absence_alone_proposes_no_grade(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], book=graded(make, "mandatory")))
    assert (row.outcome, row.candidate_grade) == (Outcome.NO_EVIDENCE, "clarify")


@pytest.mark.parametrize("documented", [5, 9])
def test_nothing_is_proposed_where_something_was_found(make: Any, judge: Any, documented: int) -> None:
    row = make.criterion(judge([make.api("a", 10, documented)], book=graded(make, "mandatory")))
    assert row.candidate_grade is msgspec.UNSET
    assert b"candidate_grade" not in msgspec.json.encode(row)


def test_nothing_is_proposed_where_something_was_not_examined(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], [make.lost()], book=graded(make, "mandatory")))
    assert row.candidate_grade is msgspec.UNSET


def test_a_profile_without_grades_proposes_none(make: Any, judge: Any) -> None:
    assert make.criterion(judge([], book=make.rulebook())).candidate_grade is msgspec.UNSET


def graded(make: Any, obligation: str) -> Any:
    profile = make.profile_text.replace("gate:", GRADED).replace(
        "    evidenced:", "    against: m.RATIO.denominator >= 1 && m.RATIO.value <= 0\n    evidenced:"
    )
    book = make.rulebook(profile=profile)
    criterion = msgspec.structs.replace(book.catalogue.criteria["C-1"], obligation=obligation)
    catalogue = msgspec.structs.replace(book.catalogue, criteria={"C-1": criterion})
    return msgspec.structs.replace(book, catalogue=catalogue)


def test_what_is_too_weak_to_count_is_told_where_it_is_the_only_evidence(make: Any, judge: Any) -> None:
    weak = make.capability("step", "export", strength=Strength.RECOGNISED, via="symbol")
    row = make.criterion(judge([weak]), "P-2.1-01")
    assert {"measure": "K26", "amount": 1} in [
        reason.params for reason in row.rationale if reason.code == "criterion.weak"
    ]


def test_a_rule_that_is_quoted_names_what_else_was_weighed(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.capability("step", "export")]), "P-2.1-01")
    assert [reason.params["weighed"] for reason in row.rationale if "rule" in reason.params] == [["X08"]]


def test_valid_files_are_no_proof_of_conformance_in_part(make: Any, judge: Any) -> None:
    rows = [make.capability("step", "both"), make.finding("exchange.file", "parts/a.stp", standard="step", valid=True)]
    assert make.criterion(judge(rows), "P-2.5-04").outcome is Outcome.NO_EVIDENCE
