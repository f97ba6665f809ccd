"""Requirements held against the evidence: supported, contradicted or open, each with its reason and scope."""

from collections.abc import Callable
from typing import Any

import msgspec

from cpo_scan.layers import People, Scene, hold_people
from cpo_scan.layers.requirements import Link, Requirement, Source
from cpo_scan.model import Outcome, Strength
from cpo_scan.model.assessment import Listing, MeasureResult, NotCounted
from cpo_scan.model.coverage import Reason
from tests.layers.conftest import capability, finding, result

Make = Callable[..., Scene]
NAME = "P-2.4-01"


def required(*links: Link, **more: Any) -> Requirement:
    return Requirement(id="R-1", line=2, source=Source(file="list.csv", sha256="0" * 64), links=links, **more)


def answered(scene: Scene, *links: Link, **more: Any) -> dict[str, Any]:
    (row,) = hold_people(People(requirements=(required(*links, **more),)), scene).layers.requirements
    return row


def codes(row: dict[str, Any], link: int = 0) -> list[str]:
    return [reason["code"] for reason in row["links"][link]["reasons"]]


def measure(numerator: int, denominator: int | None, low: float | None, high: float | None) -> MeasureResult:
    return MeasureResult(
        id="K02",
        numerator=numerator,
        denominator=denominator,
        value=round(numerator / denominator, 6) if denominator else None,
        bounds=(low, high),
        minimum_strength=Strength.RECOGNISED,
        sources=(),
        counted=(),
        not_counted=(NotCounted(finding="a" * 64, amount=1, why=Reason("measure.not_met")),),
        counted_whole=Listing(total=0, digest=""),
        not_counted_whole=Listing(total=1, digest=""),
    )


def measuring(scene: Scene, row: MeasureResult) -> Scene:
    scene.assessment = msgspec.structs.replace(scene.assessment, measures=(row,))
    return scene


def test_a_registered_standard_supports_the_requirement(scene: Make) -> None:
    row = answered(scene(findings=[capability("jt", "import")]), Link(standard="jt", direction="import"))
    assert (row["result"], row["links"][0]["result"]) == ("supported", "supported")
    assert row["links"][0]["findings"] == (f"{1:064x}",)
    assert row["links"][0]["search_scope"]["kinds"] == ("exchange.capability",)


def test_what_is_not_seen_is_open_with_the_scope_and_speaks_of_requiring(scene: Make) -> None:
    row = answered(scene(), Link(standard="jt", direction="export"))
    assert row["result"] == "open"
    assert codes(row)[:2] == ["requirement.not_seen", "claim.searched"]


def test_what_was_not_wholly_examined_says_so(scene: Make) -> None:
    row = answered(scene(complete=False), Link(standard="jt"))
    assert codes(row)[0] == "requirement.not_seen_incomplete"


def test_one_of_two_required_directions_is_not_enough(scene: Make) -> None:
    row = answered(scene(findings=[capability("jt", "import")]), Link(standard="jt", direction="both"))
    assert (row["result"], codes(row)[0]) == ("open", "requirement.one_direction")


def test_an_edition_has_to_be_named_by_what_shows_the_standard(scene: Make) -> None:
    rows = [capability("step", "export", version="AP214"), capability("ifc", "import", 2, version="IFC4X3")]
    make = scene(findings=rows)
    assert answered(make, Link(standard="step", edition="AP214"))["result"] == "supported"
    other = answered(make, Link(standard="step", edition="AP242"))
    assert (other["result"], codes(other)[-1]) == ("open", "requirement.edition_not_seen")
    assert answered(make, Link(standard="ifc", edition="IFC4"))["result"] == "open"
    silent = answered(scene(findings=[capability("step", "export")]), Link(standard="step", edition="AP242"))
    assert codes(silent)[-1] == "requirement.edition_not_named"


def test_an_interface_language_is_held_against_the_interfaces(scene: Make) -> None:
    make = scene(findings=[finding("api.description", family="openapi", version="3.1.0")])
    assert answered(make, Link(standard="openapi", edition="3.1"))["result"] == "supported"
    assert answered(make, Link(standard="openapi", edition="2.0"))["result"] == "open"
    assert answered(make, Link(standard="graphql"))["result"] == "open"


def test_a_criterion_answers_as_its_outcome_does(scene: Make) -> None:
    def of(outcome: Outcome) -> str:
        return str(answered(scene([result(NAME, outcome)]), Link(criterion=NAME))["result"])

    assert of(Outcome.EVIDENCED) == "supported"
    assert of(Outcome.CONTRADICTED) == "contradicted"
    assert {of(one) for one in set(Outcome) - {Outcome.EVIDENCED, Outcome.CONTRADICTED}} == {"open"}


def test_a_measure_supports_only_what_it_reaches_for_certain(scene: Make) -> None:
    link = Link(measure="K02", at_least=0.8)
    sure = answered(measuring(scene(), measure(9, 10, 0.9, 0.9)), link)
    assert sure["result"] == "supported"
    unsure = answered(measuring(scene(), measure(9, 10, 0.7, 0.95)), link)
    assert (unsure["result"], codes(unsure)[-1]) == ("open", "requirement.undecided_ratio")


def test_a_measure_below_what_is_required_is_open_and_no_counter_evidence(scene: Make) -> None:
    row = answered(measuring(scene(), measure(1, 10, 0.1, 0.1)), Link(measure="K02", at_least=0.8))
    assert (row["result"], codes(row)) == ("open", ["requirement.ratio", "requirement.below_ratio"])
    assert row["links"][0]["findings"] == ("a" * 64,)


def test_a_measure_without_a_threshold_or_a_value_decides_nothing(scene: Make) -> None:
    assert codes(answered(measuring(scene(), measure(9, 10, 0.9, 0.9)), Link(measure="K02")))[-1] == (
        "requirement.no_threshold"
    )
    row = answered(measuring(scene(), measure(0, 0, None, None)), Link(measure="K02", at_least=0.5))
    assert (row["result"], codes(row)) == ("open", ["requirement.no_value"])


def test_a_proposed_link_is_answered_and_does_not_count(scene: Make) -> None:
    make = scene(findings=[capability("jt", "import")])
    row = answered(make, Link(standard="jt", proposed=True, words="JT"))
    assert (row["result"], row["links"][0]["result"]) == ("open", "supported")
    assert [reason["code"] for reason in row["reasons"]] == ["requirement.proposed_only"]
    beside = answered(make, Link(standard="jt"), Link(standard="ifc", proposed=True, words="IFC"))
    assert beside["result"] == "supported"


def test_a_requirement_without_a_link_is_open_and_says_that_nothing_was_held_against_it(scene: Make) -> None:
    row = answered(scene())
    assert (row["result"], row["reasons"][0]["code"]) == ("open", "requirement.no_link")
    assert answered(scene(), information=True)["result"] == "information"


def test_one_contradicted_link_contradicts_and_one_open_link_leaves_open(scene: Make) -> None:
    make = scene([result(NAME, Outcome.CONTRADICTED)], [capability("jt", "import")])
    assert answered(make, Link(standard="jt"), Link(criterion=NAME))["result"] == "contradicted"
    assert answered(make, Link(standard="jt"), Link(standard="ifc"))["result"] == "open"


def test_requirements_of_an_older_report_are_answered_again(scene: Make) -> None:
    before = answered(scene(), Link(standard="jt"))
    (row,) = hold_people(
        People(), scene(findings=[capability("jt", "import")]), {"requirements": [before]}
    ).layers.requirements
    assert row["result"] == "supported"
