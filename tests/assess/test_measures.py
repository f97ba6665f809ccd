"""What measures count, what they do not, why, and what may be missing."""

from typing import Any

import pytest

from cpo_scan.model import NO_PROBE, CoverageRow, Offered, Origin, ProbeStatus, Reason, Severity, Strength
from cpo_scan.model.assessment import LIST_LIMIT


def test_described_operations_are_counted_over_all_documents(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api("a.json", 10, 9), make.api("b.json", 30, 11)]), "K02")
    assert (result.numerator, result.denominator, result.value) == (20, 40, 0.5)
    assert result.bounds == (0.5, 0.5)
    assert [(row.amount, row.why.code) for row in result.not_counted] == [
        (1, "measure.not_met"),
        (19, "measure.not_met"),
    ]
    assert result.sources == ("probe.api.description",)


def test_a_measure_without_anything_to_count_has_no_value(make: Any, judge: Any) -> None:
    result = make.measure(judge([]), "K02")
    assert (result.numerator, result.denominator, result.value, result.bounds) == (0, 0, None, (None, None))


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        (Origin.COMPONENT, "measure.origin_component"),
        (Origin.TEST, "measure.origin_test"),
        (Origin.SAMPLE, "measure.origin_sample"),
        (Origin.GENERATED, "measure.origin_generated"),
    ],
)
def test_what_is_not_the_vendors_is_listed_and_not_counted(make: Any, judge: Any, origin: Origin, why: str) -> None:
    result = make.measure(judge([make.api(origin=origin)]), "K02")
    assert (result.numerator, result.denominator) == (0, 0)
    assert [row.why.code for row in result.not_counted] == [why]


def test_an_internal_interface_is_neither_for_nor_against_the_vendor(make: Any, judge: Any) -> None:
    result = make.measure(
        judge([make.api("a.json", 10, 10), make.api("b.json", 90, 0, offered=Offered.INTERNAL)]), "K02"
    )
    assert result.value == 1
    assert [row.why.code for row in result.not_counted] == ["measure.internal"]


def test_unknown_origin_is_shown_apart_and_not_dropped(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api("a.json", 10, 9), make.api("b.json", 8, 4, origin=Origin.UNKNOWN)]), "K02")
    assert (result.numerator, result.denominator) == (9, 10)
    assert (result.apart.numerator, result.apart.denominator) == (4, 8)
    assert result.not_counted[-1].why.code == "measure.origin_unknown"


def test_copies_of_one_file_count_once(make: Any, judge: Any) -> None:
    digests = {"a.json": "1" * 64, "copy/a.json": "1" * 64, "b.json": "2" * 64}
    rows = [make.api("a.json"), make.api("b.json"), make.api("copy/a.json")]
    result = make.measure(judge(rows, sha256_of=digests.get), "A02")
    assert result.numerator == 2
    assert [row.why.code for row in result.not_counted] == ["measure.same_content"]


def test_a_test_copy_does_not_hide_the_vendors_copy(make: Any, judge: Any) -> None:
    rows = [make.api("a/test.json", origin=Origin.TEST), make.api("b/real.json")]
    assert make.measure(judge(rows, sha256_of=lambda _: "1" * 64), "A02").numerator == 1


def test_two_registrations_in_one_file_are_no_copies(make: Any, judge: Any) -> None:
    rows = [make.capability("step", "import"), make.capability("step", "export")]
    assert make.measure(judge(rows, sha256_of=lambda _: "1" * 64), "X01").numerator == 2


def test_below_minimum_strength_is_listed_with_the_strength(make: Any, judge: Any) -> None:
    rows = [make.capability("step", "export", strength=Strength.RECOGNISED)]
    result = make.measure(judge(rows), "X01")
    assert result.numerator == 0
    assert result.not_counted[0].why.params == {"strength": "recognised", "minimum": "registered"}


def test_families_are_counted_and_not_registrations(make: Any, judge: Any) -> None:
    rows = [
        make.capability("step", "export", name="STEP"),
        make.capability("step", "both", name="STEP with colours"),
        make.capability("iges", "export"),
        make.capability("csv", "export"),
        make.capability("catia-v5", "export"),
    ]
    result = make.measure(judge(rows), "K09E")
    assert [row.key for row in result.counted] == ["iges", "step"]


def test_symmetry_needs_both_directions_of_one_standard(make: Any, judge: Any) -> None:
    rows = [
        make.capability("step", "import"),
        make.capability("step", "export"),
        make.capability("iges", "both"),
        make.capability("jt", "import"),
        make.capability("reqif", "export"),
    ]
    result = make.measure(judge(rows), "K08")
    assert (result.numerator, result.denominator) == (2, 4)
    assert {row.key for row in result.not_counted} == {"jt", "reqif"}


def test_data_class_without_neutral_export_is_shown(make: Any, judge: Any) -> None:
    rows = [
        make.capability("step", "export"),
        make.capability("catia-v5", "both"),
        make.capability("altium", "export"),
        make.capability("reqif", "import"),
    ]
    result = make.measure(judge(rows), "K26")
    assert [row.key for row in result.counted] == ["mcad", "pdm"]
    assert [row.key for row in result.not_counted] == ["ecad", "requirements"]


def test_required_standards_name_what_is_missing(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.capability("step", "export"), make.capability("iges", "both")]), "K10")
    assert (result.numerator, result.denominator, result.value) == (1, 4, 0.25)
    assert result.missing == ("ifc", "jt", "reqif")


def test_a_refuted_registration_is_counter_evidence_only(make: Any, judge: Any) -> None:
    refuted = {"reason": "handler is not shipped", "missing": "importJT.py"}
    assessment = judge([make.capability("jt", "import", strength=Strength.MENTIONED, refuted=refuted)])
    assert make.measure(assessment, "K09I").numerator == 0
    assert make.measure(assessment, "K09I").not_counted[0].why.code == "measure.refuted"
    assert make.measure(assessment, "X03").numerator == 1


def test_a_schema_that_was_not_wholly_checked_widens_the_bounds(make: Any, judge: Any) -> None:
    rows = [
        make.finding("exchange.schema", f"{n}.xsd", standard="step", language="xsd", valid=valid)
        for n, valid in enumerate([True, True, False, None])
    ]
    result = make.measure(judge(rows), "K12")
    assert (result.numerator, result.denominator, result.value) == (2, 4, 0.5)
    assert result.bounds == (0.5, 0.75)
    assert result.gaps[0].code == "gap.undecided"


def test_bounds_let_each_unread_artifact_add_to_both_sides(make: Any, judge: Any) -> None:
    rows = [
        make.finding("exchange.schema", f"{n}.xsd", standard="step", language="xsd", valid=valid)
        for n, valid in enumerate([True, True, False])
    ]
    result = make.measure(judge(rows, [make.lost("x.xsd", "exchange.schema"), make.lost("y.xsd")]), "K12")
    assert result.value == pytest.approx(2 / 3, abs=1e-6)
    assert result.bounds == (0.4, 0.8)  # 2 / (3 + 2) and (2 + 2) / (3 + 2)


def test_bounds_of_sums_take_the_richest_artifact_for_what_is_unread(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api("a.json", 30, 30), make.api("b.json", 10, 0)], [make.lost()]), "K02")
    assert result.bounds == (round(30 / 70, 6), round(60 / 70, 6))


def test_bounds_of_plain_numbers_are_of_the_number(make: Any, judge: Any) -> None:
    assert make.measure(judge([make.api()], [make.lost(), make.lost("y")]), "A02").bounds == (1, 3)


def test_a_list_of_the_profile_can_only_be_filled(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.capability("step", "both")], [make.lost()]), "K10")
    assert result.bounds == (0.25, 0.5)


def test_a_gap_in_test_material_does_not_touch_a_vendor_measure(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api()], [make.lost("src/tests/broken.json")]), "K02")
    assert result.bounds == (0.9, 0.9)
    assert result.gaps == ()


def test_a_gap_of_another_kind_does_not_touch_a_measure(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api()], [make.lost("a.stp", "exchange.file")]), "K02")
    assert result.bounds == (0.9, 0.9)


def test_a_lost_row_of_a_probe_affects_what_the_probe_states(make: Any, judge: Any) -> None:
    row = make.lost("a.stp", probe="probe.exchange.file")
    assert make.measure(judge([make.api()], [row]), "K02").gaps == ()
    assert make.measure(judge([make.api()], [row]), "K13").gaps[0].code == "gap.unread"


@pytest.mark.parametrize("severity", ["bounded", "by_design"])
def test_only_what_is_lost_is_a_gap(make: Any, judge: Any, severity: str) -> None:
    assert make.measure(judge([make.api()], [make.lost() | {"severity": severity}]), "K02").gaps == ()


@pytest.mark.parametrize(
    ("status", "code"), [(ProbeStatus.FAILED, "gap.probe_failed"), (ProbeStatus.NOT_RUN, "gap.probe_off")]
)
def test_a_probe_that_did_not_run_leaves_nothing_bounded(make: Any, judge: Any, status: ProbeStatus, code: str) -> None:
    result = make.measure(judge([make.api()], probes=[make.probe("api.description", status)]), "K02")
    assert result.bounds == (0, 1)
    assert result.gaps[0].code == code


def test_an_artifact_that_nobody_examines_is_a_gap(make: Any, judge: Any) -> None:
    reason = Reason(NO_PROBE, {"format": "wsdl", "kind": "api.description"})
    left = CoverageRow(
        artifact="service.wsdl",
        reason=reason,
        severity=Severity.BY_DESIGN,
        affects=("api.description",),
        list="skipped",
    )
    result = make.measure(judge([make.api(operations=10, documented=10)], coverage=[left]), "K02")
    assert result.bounds == (0.5, 1)
    assert result.gaps[0].params == {"format": "wsdl", "artifacts": 1, "kind": "api.description"}


def test_an_amount_that_is_not_stated_is_no_zero(make: Any, judge: Any) -> None:
    result = make.measure(judge([make.api(), make.finding("api.description", "b.wsdl", family="wsdl")]), "K02")
    assert result.value == 0.9
    assert result.bounds[0] < 0.9 < result.bounds[1]


def test_more_described_than_there_are_operations_is_no_more_than_all(make: Any, judge: Any) -> None:
    assert make.measure(judge([make.api("a.json", 2, 5)]), "K02").value == 1


def test_long_lists_are_cut_and_say_so(make: Any, judge: Any) -> None:
    rows = [make.finding("exchange.file", f"{n:05}.stp", standard="step", valid=n % 2 == 0) for n in range(2_500)]
    assessment = judge(rows)
    result = make.measure(assessment, "K13")
    assert (result.numerator, result.denominator) == (1_250, 2_500)
    assert (len(result.counted), result.counted_whole.total) == (LIST_LIMIT, 1_250)
    other = make.measure(judge([*rows[:-2], rows[-1], rows[-2]]), "K13")
    assert other.counted_whole == result.counted_whole
    assert make.measure(judge(rows[:-2]), "K13").counted_whole.digest != result.counted_whole.digest
    row = make.criterion(assessment, "P-2.5-04")
    assert (len(row.findings), row.findings_whole.total) == (LIST_LIMIT, 2_500)


def test_true_is_no_number_and_one_is_not_true(make: Any, judge: Any) -> None:
    rows = [make.api("a.json", valid=1), make.api("b.json", valid=True)]
    assert make.measure(judge(rows), "A04").numerator == 1


def test_numbers_above_2_53_stand_as_text_and_still_count(make: Any, judge: Any) -> None:
    big = str(2**60)
    assert make.measure(judge([make.finding("docs.set", format="html", documents=big)]), "D02").numerator == 2**60
