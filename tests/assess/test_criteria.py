"""Outcomes of criteria from findings, coverage, probes and the product."""

from typing import Any

import msgspec
import pytest

from cpo_scan.assess.assessing import supplied_roles
from cpo_scan.model import Mode, Origin, Outcome, ProbeStatus, Role
from cpo_scan.model.assessment import assessment_digest
from cpo_scan.model.canonical import plain
from cpo_scan.model.report import Deliverable, Product
from cpo_scan.rulebook.root import rules_root

API = "api.description"


def test_a_ratio_above_the_threshold_is_evidenced(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api()], book=make.rulebook()))
    assert row.outcome is Outcome.EVIDENCED
    assert make.codes(row) == ["criterion.met", "criterion.ratio", "criterion.counter_evidence"]


def test_a_ratio_below_the_threshold_is_inconclusive(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api("a", 10, 5)], book=make.rulebook()))
    assert row.outcome is Outcome.INCONCLUSIVE


def test_nothing_found_and_everything_read_is_no_evidence(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], book=make.rulebook()))
    assert row.outcome is Outcome.NO_EVIDENCE
    assert row.search_scope.complete


def test_nothing_found_and_something_unread_is_not_examined(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], [make.lost()], book=make.rulebook()))
    assert row.outcome is Outcome.NOT_EXAMINED
    assert row.search_scope.unread == 1
    assert not row.search_scope.complete


def test_a_threshold_within_the_bounds_is_inconclusive(make: Any, judge: Any) -> None:
    rows = [make.api(f"{n}.json", 1, int(n < 9)) for n in range(10)]
    row = make.criterion(judge(rows, [make.lost(), make.lost("y")], book=make.rulebook()))
    assert row.outcome is Outcome.INCONCLUSIVE  # 9 of 10; with two unread 0.75 to 0.92
    assert "criterion.ratio_within" in make.codes(row)


def test_a_threshold_below_the_bounds_stays_evidenced(make: Any, judge: Any) -> None:
    rows = [make.api(f"{n}.json", 1, 1) for n in range(10)]
    assert make.criterion(judge(rows, [make.lost()], book=make.rulebook())).outcome is Outcome.EVIDENCED


def test_a_there_is_rule_stays_evidenced_under_any_gap(make: Any, judge: Any) -> None:
    profile = make.profile_text.replace(
        "m.RATIO.denominator >= 1 && m.RATIO.value >= p.share", "m.NUMBER.numerator >= 1"
    ).replace("parameters:\n  share: {value: 0.8, about: {en: share, de: Anteil}}\n", "")
    book = make.rulebook(profile=profile)
    failed = [make.probe(API, ProbeStatus.FAILED)]
    assert make.criterion(judge([make.api()], [make.lost()], book=book, probes=failed)).outcome is Outcome.EVIDENCED


@pytest.mark.parametrize("status", [ProbeStatus.FAILED, ProbeStatus.NOT_RUN])
@pytest.mark.parametrize("documented", [None, 0, 5])
def test_a_probe_that_did_not_run_where_it_mattered_is_not_examined(
    make: Any, judge: Any, status: ProbeStatus, documented: int | None
) -> None:
    rows = [] if documented is None else [make.api("a", 10, documented)]
    row = make.criterion(judge(rows, book=make.rulebook(), probes=[make.probe(API, status)]))
    assert row.outcome is Outcome.NOT_EXAMINED
    assert row.search_scope.probes[0].status == status


def test_a_partial_probe_counts_by_what_its_rows_say(make: Any, judge: Any) -> None:
    states = [make.probe(API, ProbeStatus.PARTIAL)]
    assert make.criterion(judge([make.api()], book=make.rulebook(), probes=states)).outcome is Outcome.EVIDENCED


def test_no_installed_probe_is_not_examined_and_says_so(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], book=make.rulebook(), probes=[]))
    assert row.outcome is Outcome.NOT_EXAMINED
    assert row.rationale[0].code == "gap.no_probe"
    assert row.rationale[0].params == {"kind": API}


def test_unknown_origin_alone_is_inconclusive(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api(origin=Origin.UNKNOWN)], book=make.rulebook()))
    assert row.outcome is Outcome.INCONCLUSIVE
    assert "criterion.apart" in make.codes(row)


AGAINST = "    against: m.RATIO.denominator >= 1 && m.RATIO.value <= 0.1\n"


def test_counter_evidence_contradicts_only_by_a_rule_against(make: Any, judge: Any) -> None:
    rows = [make.api("a", 10, 0)]
    plain = make.criterion(judge(rows, book=make.rulebook()))
    assert plain.outcome is Outcome.NO_EVIDENCE
    against = make.criterion(judge(rows, book=make.rulebook(profile=make.profile_text + AGAINST)))
    assert against.outcome is Outcome.CONTRADICTED
    assert "criterion.counter_evidence" in make.codes(against)


def test_a_rule_against_does_not_hold_while_something_is_unread(make: Any, judge: Any) -> None:
    book = make.rulebook(profile=make.profile_text + AGAINST)
    row = make.criterion(judge([make.api("a", 10, 1)], [make.lost()], book=book))
    assert row.outcome is Outcome.INCONCLUSIVE


def test_one_undescribed_operation_in_a_thousand_is_no_contradiction(make: Any, judge: Any) -> None:
    book = make.rulebook(profile=make.profile_text + AGAINST)
    row = make.criterion(judge([make.api("a", 1000, 999)], book=book))
    assert row.outcome is Outcome.EVIDENCED
    assert row.rationale[-1].params["amount"] == 1


def test_not_applicable_comes_before_everything_and_has_its_reason(make: Any, judge: Any) -> None:
    outside = '    not_applicable: {when: "true", reason: {en: no interface by design, de: keine Schnittstelle}}\n'
    book = make.rulebook(profile=make.profile_text + AGAINST + outside, modes="machine: required, interview: required")
    row = make.criterion(judge([make.api("a", 10, 0)], book=book))
    assert row.outcome is Outcome.NOT_APPLICABLE
    assert row.rationale[0].params["reason"] == {"en": "no interface by design", "de": "keine Schnittstelle"}


def test_machine_part_evidenced_and_interview_open(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api()], book=make.rulebook(modes="machine: required, interview: required")))
    assert row.outcome is Outcome.INCONCLUSIVE
    assert [(part.mode, part.outcome) for part in row.parts] == [
        (Mode.MACHINE, Outcome.EVIDENCED),
        (Mode.INTERVIEW, Outcome.NEEDS_HUMAN),
    ]
    assert row.rationale[-1].code == "criterion.open_interview"


def test_a_machine_criterion_without_a_rule_needs_a_human(make: Any, judge: Any) -> None:
    profile = make.profile_text[: make.profile_text.index("criteria:")].replace(
        "parameters:\n  share: {value: 0.8, about: {en: share, de: Anteil}}\n", ""
    )
    row = make.criterion(judge([make.api()], book=make.rulebook(profile=profile + "criteria: {}\n")))
    assert row.outcome is Outcome.NEEDS_HUMAN
    assert row.rationale[0].code == "criterion.no_rule"


def test_a_changed_threshold_needs_no_code(make: Any, judge: Any) -> None:
    strict = make.profile_text.replace("value: 0.8", "value: 0.95")
    assert make.criterion(judge([make.api()], book=make.rulebook(profile=strict))).outcome is Outcome.INCONCLUSIVE


# -- deliverables


def product(*rows: tuple[str, bool]) -> Product:
    return Product(
        name="p",
        deliverables=tuple(
            Deliverable(id=f"d{n}", role=Role(role), supplied=supplied) for n, (role, supplied) in enumerate(rows)
        ),
    )


@pytest.mark.parametrize(
    ("rows", "outcome", "missing"),
    [
        ([("docs", True)], Outcome.NO_EVIDENCE, ()),
        ([("docs", True), ("sdk", False)], Outcome.NOT_EXAMINED, ("sdk",)),
        ([("docs", False)], Outcome.NOT_EXAMINED, ("docs",)),
        ([("client", True)], Outcome.NOT_EXAMINED, ("docs", "sdk")),
        ([("docs", True), ("client", False)], Outcome.NO_EVIDENCE, ()),
    ],
)
def test_what_was_not_supplied_is_not_examined(
    make: Any, judge: Any, rows: list[tuple[str, bool]], outcome: Outcome, missing: tuple[str, ...]
) -> None:
    row = make.criterion(judge([], book=make.rulebook(roles="docs, sdk"), product=product(*rows)))
    assert row.outcome is outcome
    assert row.search_scope.roles_not_supplied == missing
    assert ("gap.not_supplied" in make.codes(row)) is bool(missing)


def test_what_is_met_stays_met_without_the_other_deliverable(make: Any, judge: Any) -> None:
    profile = make.profile_text.replace(
        "m.RATIO.denominator >= 1 && m.RATIO.value >= p.share", "m.NUMBER.numerator >= 1"
    )
    profile = profile.replace("parameters:\n  share: {value: 0.8, about: {en: share, de: Anteil}}\n", "")
    book = make.rulebook(roles="docs, sdk", profile=profile)
    assert make.criterion(judge([make.api()], book=book, product=product(("sdk", False)))).outcome is Outcome.EVIDENCED


def test_a_ratio_is_not_known_without_the_other_deliverable(make: Any, judge: Any) -> None:
    book = make.rulebook(roles="docs, sdk")
    row = make.criterion(judge([make.api()], book=book, product=product(("docs", True), ("sdk", False))))
    assert row.outcome is Outcome.NOT_EXAMINED


def test_without_a_product_description_the_given_files_are_the_scope() -> None:
    assert supplied_roles(None).known is False
    assert supplied_roles({"name": None, "deliverables": []}).known is False
    assert supplied_roles({"name": "p", "deliverables": [{"role": "docs", "supplied": False}]}).withheld == {Role.DOCS}


def test_a_deliverable_without_a_role_may_hold_anything(make: Any, judge: Any) -> None:
    whole = {"name": "p", "deliverables": [{"id": "main", "role": None, "supplied": True}]}
    book = make.rulebook(roles="docs, sdk")
    assert make.criterion(judge([], book=book, product=whole)).outcome is Outcome.NO_EVIDENCE
    whole["deliverables"].append({"id": "docs", "role": "docs", "supplied": False})  # type: ignore[attr-defined]
    assert make.criterion(judge([], book=book, product=whole)).outcome is Outcome.NOT_EXAMINED


# -- the rules that come with the program


def test_machine_criteria_without_a_probe_are_never_no_evidence(make: Any, judge: Any, rulebook: Any) -> None:
    stated = {"api.description", "component", "exchange.file", "exchange.schema", "exchange.capability", "docs.set"}
    for row in judge([]).criteria:
        binding = rulebook.profile.criteria.get(row.id)
        if binding is None:
            assert row.outcome is Outcome.NEEDS_HUMAN
            continue
        measures = [rulebook.measures.measures[name] for name in binding.deciding]
        fed = all(item.kind in stated and item.awaits is None for item in measures)
        assert row.outcome is (Outcome.NO_EVIDENCE if fed else Outcome.NOT_EXAMINED), row.id
        if not fed:
            assert {"gap.no_probe", "gap.not_stated_yet"} & set(make.codes(row)), row.id


def test_a_good_product_on_the_built_in_rules(make: Any, judge: Any) -> None:
    rows = [
        make.api(valid=True),
        make.capability("step", "both"),
        make.capability("iges", "both"),
        make.finding("docs.set", "docs/index.html", format="html", documents=3, topics=["data_model"], root="docs"),
        make.finding("exchange.schema", "s.xsd", standard="step", language="xsd", valid=True),
    ]
    assessment = judge(rows)
    outcomes = {row.id: row.outcome for row in assessment.criteria}
    assert outcomes["P-2.1-03"] is Outcome.EVIDENCED
    assert outcomes["P-2.4-07"] is Outcome.EVIDENCED
    assert outcomes["P-2.4-01"] is Outcome.INCONCLUSIVE  # machine part evidenced; interview open
    assert outcomes["P-2.1-02"] is Outcome.INCONCLUSIVE  # machine part evidenced; test open
    assert outcomes["P-2.4-06"] is Outcome.NEEDS_HUMAN
    assert "criterion.registered_only" in make.codes(make.criterion(assessment, "P-2.1-02"))


def test_offered_descriptions_that_their_schema_refuses_contradict(make: Any, judge: Any) -> None:
    assessment = judge([make.api(valid=False), make.api("b.json", valid=False)])
    assert make.criterion(assessment, "P-2.4-07").outcome is Outcome.CONTRADICTED
    mixed = judge([make.api(valid=False), make.api("b.json", valid=True)])
    assert make.criterion(mixed, "P-2.4-07").outcome is Outcome.EVIDENCED
    unchecked = judge([make.api(valid=None)])
    assert make.criterion(unchecked, "P-2.4-07").outcome is Outcome.INCONCLUSIVE


def test_summary_counts_each_criterion_once_and_keeps_assumed_levels_apart(judge: Any) -> None:
    summary = judge([]).summary
    levels = summary.obligations.values()
    assert sum(level.reported.criteria + level.assumed.criteria for level in levels) == 51
    assert summary.obligations["mandatory"].reported.criteria == 3
    assert sum(category.criteria for category in summary.categories.values()) == 51
    for category in summary.categories.values():
        assert sum(category.outcomes.values()) == category.criteria


def test_the_assessment_is_the_same_each_time_and_bound_to_the_scan(make: Any, judge: Any) -> None:
    rows = [make.api(), make.capability("step", "both")]
    first, second = judge(rows), judge(rows)
    assert assessment_digest("a" * 64, first) == assessment_digest("a" * 64, second)
    assert assessment_digest("b" * 64, first) != assessment_digest("a" * 64, first)


def test_every_reason_has_a_text(make: Any, judge: Any, rulebook: Any) -> None:
    rows = [make.api(valid=None), make.capability("step", "both"), make.api("x", origin=Origin.UNKNOWN)]
    for assessment in (
        judge(rows, [make.lost()]),
        judge([], probes=[]),
        judge(rows, product=product(("terms", False))),
    ):
        reasons = [reason for row in assessment.criteria for reason in row.rationale]
        reasons += [row.why for result in assessment.measures for row in result.not_counted]
        for reason in reasons:
            assert reason.code in rulebook.messages
            for lang in ("en", "de"):
                assert rulebook.messages.parameters(reason.code, lang) <= reason.params.keys()


def test_the_assessment_has_the_shape_of_the_contract(make: Any, judge: Any) -> None:
    import jsonschema_rs

    schema = msgspec.json.decode((rules_root() / "schemas" / "report-1.json").read_bytes())
    part = {"$ref": "#/$defs/assessment", "$defs": schema["$defs"]} if "assessment" in schema["$defs"] else None
    part = part or {**schema["properties"]["assessment"], "$defs": schema["$defs"]}
    rows = [make.api(valid=None), make.capability("step", "both"), make.api("x", origin=Origin.UNKNOWN)]
    validator = jsonschema_rs.validator_for(part, offline=True)
    for assessment in (judge(rows, [make.lost()]), judge([], probes=[])):
        errors = [f"{error.instance_path}: {error.message[:200]}" for error in validator.iter_errors(plain(assessment))]
        assert errors == []
