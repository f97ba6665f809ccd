"""Measures with and without what the product description says instead of the path rules."""

from types import SimpleNamespace
from typing import Any

from cpo_scan.assess import assess
from cpo_scan.model import ProbeStatus, Reason
from cpo_scan.model.assessment import WithoutOverrides

PRODUCT = {
    "name": "Made up",
    "deliverables": [{"id": "server", "role": "server", "supplied": True}],
    "overrides": [{"path": "lib/**", "what": "origin", "value": "vendor", "reason": "written here"}],
}


def overridden(row: dict[str, Any], was: str) -> dict[str, Any]:
    reason = {"code": "product.override", "params": {"reason": "written here", "was": was}}
    return {**row, "origin_reason": reason}


def measured(make: SimpleNamespace, rows: list[dict[str, Any]], product: dict[str, Any]) -> dict[str, Any]:
    found = assess(
        rows,
        coverage=(),
        probes=[make.probe("api.description", ProbeStatus.OK)],
        rulebook=make.rulebook(),
        product=product,
    )
    return {**{row.id: row for row in found.measures}, "criterion": found.criteria[0]}


def test_a_measure_says_what_it_comes_to_without_the_overrides(make: SimpleNamespace) -> None:
    rows = [make.api("a.json", 10, 9), overridden(make.api("lib/b.json", 10, 1), "component")]
    found = measured(make, rows, PRODUCT)
    ratio = found["RATIO"]
    assert (ratio.numerator, ratio.denominator, ratio.value) == (10, 20, 0.5)
    assert ratio.without_overrides == WithoutOverrides(numerator=9, denominator=10, value=0.9, bounds=(0.9, 0.9))
    assert found["NUMBER"].without_overrides == WithoutOverrides(
        numerator=1, denominator=None, value=None, bounds=(1, 1)
    )


def test_the_rationale_gives_both_figures(make: SimpleNamespace) -> None:
    rows = [make.api("a.json", 10, 9), overridden(make.api("lib/b.json", 10, 1), "component")]
    row = measured(make, rows, PRODUCT)["criterion"]
    params = {"measure": "RATIO", "numerator": 9, "denominator": 10}
    assert Reason("criterion.overridden_ratio", params) in row.rationale


def test_a_measure_that_no_override_touches_says_nothing_of_them(make: SimpleNamespace) -> None:
    assert not measured(make, [make.api()], PRODUCT)["RATIO"].without_overrides
    assert not measured(make, [make.api()], {**PRODUCT, "overrides": []})["RATIO"].without_overrides
