"""Several products on one profile: a table with the evidence behind each cell, and no rank."""

from collections.abc import Callable
from typing import Any

from cpo_scan.compare import compare_products
from cpo_scan.model import ProbeStatus, Role
from cpo_scan.model.report import Deliverable, ProbeRow, Product
from cpo_scan.report import Report
from tests.report.product import findings

Make = Callable[..., Report]


def product(name: str, *roles: Role) -> Product:
    return Product(name=name, deliverables=tuple(Deliverable(id=str(role), role=role) for role in roles))


def test_cells_stand_in_the_order_of_the_reports_and_name_their_evidence(make: Make) -> None:
    one = make(findings(), product=product("B", Role.SERVER, Role.DOCS))
    other = make(findings(), product=product("A", Role.SERVER, Role.DOCS))
    table = compare_products([one, other])
    assert [side.name for side in table.products] == ["B", "A"]
    row = next(row for row in table.criteria if row.id == "P-2.5-01")
    assert [(cell.outcome, cell.findings, len(cell.places)) for cell in row.cells] == [("evidenced", 3, 3)] * 2
    measure = next(row for row in table.measures if row.id == "operations.described")
    assert [cell.figure.numerator if cell.figure else None for cell in measure.cells] == [182, 182]


def test_a_product_with_other_roles_is_not_comparable_and_shows_no_outcome(make: Make) -> None:
    table = compare_products([
        make(findings(), product=product("A", Role.SERVER, Role.DOCS)),
        make(findings(), product=product("B", Role.SERVER)),
        make(findings(), product=product("C", Role.SERVER, Role.DOCS, Role.TERMS)),
    ])  # fmt: skip
    for row in table.criteria:
        first, second, third = row.cells
        assert first.outcome is not None
        assert (second.outcome, [reason.code for reason in second.why]) == (None, ["compare.other_roles"])
        assert third.outcome is not None  # no criterion asks for its terms


def test_a_probe_that_ran_for_one_only_is_not_comparable(make: Make) -> None:
    off = (ProbeRow(id="test.probe", version=1, status=ProbeStatus.NOT_RUN),)
    on = (ProbeRow(id="test.probe", version=1, status=ProbeStatus.OK),)
    table = compare_products([make(findings(), probes=on), make(findings(), probes=off)])
    assert {cell.outcome for row in table.criteria for cell in row.cells[1:]} == {None}
    assert {cell.figure for row in table.measures for cell in row.cells[1:]} == {None}


def test_a_criterion_that_a_report_lacks_says_so(make: Make) -> None:
    def without(whole: dict[str, Any]) -> None:
        whole["criteria"] = whole["criteria"][1:]

    table = compare_products([make(findings()), make(findings(), judged=without)])
    row = next(row for row in table.criteria if row.id == "P-2.1-01")
    assert [reason.code for reason in row.cells[1].why] == ["compare.no_criterion"]
    turned = compare_products([make(findings(), judged=without), make(findings())])
    row = next(row for row in turned.criteria if row.id == "P-2.1-01")
    assert [[reason.code for reason in cell.why] for cell in row.cells] == [
        ["compare.no_criterion"],
        ["compare.not_in_first"],
    ]
