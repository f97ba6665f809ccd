"""Nonconformities: raised by people, followed from scan to scan, proposed for closure by a scan, closed by a person."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from cpo_scan.layers import LayerFiles, People, Scene, hold_people, read_people
from cpo_scan.layers.nonconformities import Basis, Nonconformity, Step, basis_of, rules_digest
from cpo_scan.layers.source import criterion_digest
from cpo_scan.model import Outcome, Reason, Strength
from cpo_scan.model.assessment import Listing, MeasureResult, NotCounted
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError
from tests.layers.conftest import SCAN, TODAY, finding, result

Make = Callable[..., Scene]
Written = Callable[[str, str], str]
NAME = "P-2.4-01"
EARLIER = "0e" * 32
SUBJECT = "api.description:openapi:Parts"
PROBE = "exchange.registration"


def parts(number: int = 1, *, undocumented: tuple[str, ...] = (), total: int | None = None) -> dict[str, Any]:
    row = finding("api.description", number, family="openapi", title="Parts", undocumented=list(undocumented))
    row["attributes"]["undocumented_total"] = len(undocumented) if total is None else total
    return {**row, "subject": SUBJECT}


def seen(scene: Scene, *not_counted: str, why: str = "measure.not_met", total: int | None = None) -> Scene:
    """The scene with probes and one measure of the criterion, which does not count these findings."""
    measure = MeasureResult(
        id="K02",
        numerator=1,
        denominator=2,
        value=0.5,
        bounds=(0.5, 0.5),
        minimum_strength=Strength.RECOGNISED,
        sources=(),
        counted=(),
        not_counted=tuple(NotCounted(finding=name, amount=1, why=Reason(why)) for name in not_counted),
        counted_whole=Listing(total=0, digest=""),
        not_counted_whole=Listing(total=len(not_counted) if total is None else total, digest=""),
    )
    criteria = tuple(msgspec.structs.replace(row, measures=("K02",)) for row in scene.assessment.criteria)
    scene.assessment = msgspec.structs.replace(scene.assessment, measures=(measure,), criteria=criteria)
    scene.probes = {PROBE: 3}
    return scene


def raised(scene: Scene, **more: Any) -> Nonconformity:
    """One that was raised on an earlier scan by the same probes and rules."""
    fields: dict[str, Any] = {
        "id": "NC-1",
        "criterion": NAME,
        "text": "two operations are not described",
        "raised": Step(person="A. Auditor", date=date(2026, 5, 1)),
        "basis": Basis(scan_digest=EARLIER, rules=rules_digest(scene), probes={PROBE: 3}),
        "subject": SUBJECT,
    }
    return Nonconformity(**{**fields, **more})


def held(scene: Scene, one: Nonconformity) -> dict[str, Any]:
    (row,) = hold_people(People(nonconformities=(one,)), scene).layers.nonconformities
    return row


def codes(row: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in row["reasons"]]


def test_what_is_still_seen_stays_open_and_names_the_findings(scene: Make) -> None:
    row = parts()
    make = seen(scene([result(NAME, Outcome.INCONCLUSIVE)], [row]), row["id"])
    found = held(make, raised(make))
    assert (found["state"], codes(found), found["findings"]) == ("open", ["nonconformity.still"], [row["id"]])


def test_what_the_same_probes_see_no_more_is_proposed_and_not_closed(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)], [parts()]))
    found = held(make, raised(make))
    assert (found["state"], codes(found)) == ("proposed", ["nonconformity.subject_met"])
    assert found["closed"] is None


def test_a_subject_that_is_gone_is_proposed_with_another_sentence(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)]))
    assert codes(held(make, raised(make))) == ["nonconformity.subject_gone"]


@pytest.mark.parametrize("why", ["measure.origin_component", "measure.internal", "measure.same_content"])
def test_what_a_measure_leaves_out_because_it_is_not_the_vendor_s_is_no_counter_evidence(scene: Make, why: str) -> None:
    row = parts()
    make = seen(scene([result(NAME, Outcome.EVIDENCED)], [row]), row["id"], why=why)
    assert held(make, raised(make))["state"] == "proposed"


def test_the_scan_on_which_it_was_raised_proposes_nothing(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)]))
    basis = Basis(scan_digest=SCAN, rules=rules_digest(make), probes={PROBE: 3})
    found = held(make, raised(make, basis=basis))
    assert (found["state"], codes(found)) == ("open", ["nonconformity.same_scan"])


@pytest.mark.parametrize(
    ("basis", "says"),
    [
        ({"rules": "f" * 64}, "nonconformity.other_rules"),
        ({"probes": {PROBE: 2}}, "nonconformity.other_probes"),
        ({"probes": {PROBE: 3, "api.openapi": 1}}, "nonconformity.other_probes"),
    ],
)
def test_other_rules_or_probes_propose_nothing(scene: Make, basis: dict[str, Any], says: str) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)]))
    whole = Basis(**{"scan_digest": EARLIER, "rules": rules_digest(make), "probes": {PROBE: 3}, **basis})
    found = held(make, raised(make, basis=whole))
    assert (found["state"], codes(found)) == ("open", ["nonconformity.not_held", says])


def test_less_scope_or_coverage_proposes_nothing(scene: Make) -> None:
    row = result(NAME, Outcome.EVIDENCED)
    scope = msgspec.structs.replace(row.search_scope, roles_not_supplied=("docs",), unread=2)
    make = seen(scene([msgspec.structs.replace(row, search_scope=scope)]))
    make.excluded = ("docs/**",)
    assert codes(held(make, raised(make))) == [
        "nonconformity.not_held",
        "gap.not_supplied",
        "claim.searched_unread",
        "nonconformity.excluded",
    ]


def test_a_list_that_is_capped_can_hold_it_still(scene: Make) -> None:
    row = parts()
    make = seen(scene([result(NAME, Outcome.INCONCLUSIVE)], [row]), total=2_000)
    found = held(make, raised(make))
    assert (found["state"], codes(found)) == ("open", ["nonconformity.list_capped"])


def test_an_item_is_followed_by_its_name(scene: Make) -> None:
    item = "DELETE /parts/{id}"
    criteria = [result(NAME, Outcome.EVIDENCED)]
    there = seen(scene(criteria, [parts(undocumented=(item,))]))
    assert codes(held(there, raised(there, item=item))) == ["nonconformity.still"]
    gone = seen(scene(criteria, [parts(undocumented=("GET /parts",))]))
    assert held(gone, raised(gone, item=item))["state"] == "proposed"
    capped = seen(scene(criteria, [parts(undocumented=("GET /parts",), total=500)]))
    assert codes(held(capped, raised(capped, item=item))) == ["nonconformity.list_capped"]


@pytest.mark.parametrize(
    ("outcome", "state", "says"),
    [
        (Outcome.EVIDENCED, "proposed", "nonconformity.outcome"),
        (Outcome.CONTRADICTED, "open", "nonconformity.still"),
        (Outcome.NO_EVIDENCE, "open", "nonconformity.still"),
        (Outcome.NOT_EXAMINED, "open", "nonconformity.not_decided"),
        (Outcome.NEEDS_HUMAN, "open", "nonconformity.not_decided"),
    ],
)
def test_without_a_subject_the_outcome_speaks(scene: Make, outcome: Outcome, state: str, says: str) -> None:
    make = seen(scene([result(NAME, outcome)]))
    found = held(make, raised(make, subject=None))
    assert (found["state"], codes(found)) == (state, [says])


def test_a_person_s_word_counts_until_a_scan_proposes(scene: Make) -> None:
    row = parts()
    make = seen(scene([result(NAME, Outcome.INCONCLUSIVE)], [row]), row["id"])
    answered = raised(make, answered=Step(person="V. Endor", date=date(2026, 5, 2)))
    assert held(make, answered)["state"] == "answered"
    corrected = msgspec.structs.replace(answered, corrected=Step(person="V. Endor", date=date(2026, 5, 3)))
    assert held(make, corrected)["state"] == "corrected"


def test_closed_stays_closed_and_says_when_it_is_seen_again(scene: Make) -> None:
    row = parts()
    make = seen(scene([result(NAME, Outcome.INCONCLUSIVE)], [row]), row["id"])
    closed = Step(person="R. Eviewer", date=date(2026, 6, 1), text="seen", scan_digest="1c" * 32)
    found = held(make, raised(make, closed=closed, due=date(2026, 5, 2)))
    assert (found["state"], codes(found), found["overdue"]) == ("closed", ["nonconformity.seen_again"], False)
    clean = seen(scene([result(NAME, Outcome.EVIDENCED)], [parts()]))
    assert codes(held(clean, raised(clean, closed=closed))) == []


def test_overdue_is_judged_against_the_day_and_also_while_closure_is_proposed(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)]))
    assert not held(make, raised(make, due=TODAY))["overdue"]
    late = held(make, raised(make, due=date(2026, 6, 29)))
    assert (late["state"], late["overdue"], codes(late)[-1]) == ("proposed", True, "nonconformity.overdue")


def test_the_basis_of_a_scan_names_what_ran_and_what_was_missing(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.CONTRADICTED)]))
    assert basis_of(make.assessment.criteria[0], make) == Basis(
        scan_digest=SCAN, rules=rules_digest(make), probes={PROBE: 3}
    )


def test_nonconformities_of_an_older_report_are_followed_on(scene: Make) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)], [parts()]))
    before = msgspec.json.decode(msgspec.json.encode(held(make, raised(make))))
    (row,) = hold_people(People(), make, {"nonconformities": [before]}).layers.nonconformities
    assert row["state"] == "proposed"


# -- reading

WHOLE = f"""\
nonconformities:
  - id: NC-1
    criterion: {NAME}
    text: not described
    due: 2026-07-31
    raised: {{person: A. Auditor, date: 2026-05-01}}
    answered: {{person: V. Endor, date: 2026-05-02, text: in the next release}}
    corrected: {{person: V. Endor, date: 2026-05-10}}
    closed: {{person: R. Eviewer, date: 2026-06-01, text: seen, scan_digest: {SCAN}}}
    basis: {{scan_digest: {EARLIER}, rules: {EARLIER}, probes: {{api.openapi: 3}}}}
"""


def read(path: str, rulebook: Rulebook) -> tuple[Nonconformity, ...]:
    found = read_people(LayerFiles(nonconformities=path), rulebook, TODAY).nonconformities
    assert found is not None
    return found


def test_a_file_is_read_whole(rulebook: Rulebook, written: Written) -> None:
    (one,) = read(written("n.yaml", WHOLE), rulebook)
    assert one.closed == Step(person="R. Eviewer", date=date(2026, 6, 1), text="seen", scan_digest=SCAN)
    assert one.basis == Basis(scan_digest=EARLIER, rules=EARLIER, probes={"api.openapi": 3})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (NAME, "P-9.9-99", ":3: the catalogue cpo-provisional has no criterion 'P-9.9-99'"),
        ("person: R. Eviewer", "person: v. endor", ":9: v. endor answered it: who answers for the product does not"),
        ("date: 2026-06-01", "date: 2026-05-09", ":9: closed on 2026-05-09, before it was corrected on 2026-05-10"),
        ("date: 2026-06-01", "date: 2026-12-01", ":9: dated 2026-12-01, after 2026-06-30"),
        ("due: 2026-07-31", "due: 2026-02-30", ":5: '2026-02-30' is no day of the calendar"),
        (f", scan_digest: {SCAN}", "", ":9:"),
        ("text: not described", "item: GET /parts\n    text: x", ":4: an item needs the subject that it is of"),
        ("person: A. Auditor, ", "", ":6:"),
        ("probes: {api.openapi: 3}", "probes: [api.openapi]", ":10:"),
        ("    text: not described\n", "", ":2:"),
    ],
)
def test_a_file_that_is_not_as_it_must_be_is_refused_in_one_line(
    rulebook: Rulebook, written: Written, old: str, new: str, says: str
) -> None:
    with pytest.raises(RuleError) as caught:
        read(written("n.yaml", WHOLE.replace(old, new, 1)), rulebook)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_of_one_id_are_refused(rulebook: Rulebook, written: Written) -> None:
    twice = WHOLE + WHOLE.partition("\n")[2]
    with pytest.raises(RuleError, match=r":11: NC-1 stands here twice"):
        read(written("n.yaml", twice), rulebook)


def test_another_text_of_the_criterion_keeps_a_scan_from_proposing(scene: Make, rulebook: Rulebook) -> None:
    make = seen(scene([result(NAME, Outcome.EVIDENCED)]))
    same = criterion_digest(rulebook.catalogue.criteria[NAME])
    assert held(make, raised(make, criterion_digest=same))["state"] == "proposed"
    assert "layer.other_text" in codes(held(make, raised(make, criterion_digest="f" * 64)))
