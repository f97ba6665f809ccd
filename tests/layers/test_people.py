"""Determinations, waivers and responses: what is refused, what holds, and what is stale or expired."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cpo_scan.layers import Held, LayerFiles, People, Scene, hold_people, read_people
from cpo_scan.layers.determinations import Determination, Part, Verdict, verdicts
from cpo_scan.layers.responses import Response
from cpo_scan.layers.source import criterion_digest
from cpo_scan.layers.waivers import Waiver
from cpo_scan.model import Outcome
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError
from tests.layers.conftest import SCAN, TODAY, capability, result

Written = Callable[[str, str], str]
Make = Callable[..., Scene]
NAME = "P-2.4-01"


def determination(rulebook: Rulebook, **more: Any) -> Determination:
    fields: dict[str, Any] = {
        "criterion": NAME,
        "criterion_digest": criterion_digest(rulebook.catalogue.criteria[NAME]),
        "scan_digest": SCAN,
        "verdict": Verdict.FULFILLED,
        "person": "E. Valuator",
        "role": Part.EVALUATOR,
        "date": date(2026, 6, 1),
        "method": "interview",
        "reason": "read with two users",
    }
    return Determination(**{**fields, **more})


def determined(rulebook: Rulebook, *changes: str, top: str = "") -> str:
    """A file with one determination; a change `name: value` replaces or adds, `-name` takes away."""
    rows = {
        "criterion": NAME,
        "criterion_digest": criterion_digest(rulebook.catalogue.criteria[NAME]),
        "scan_digest": SCAN,
        "verdict": "fulfilled",
        "person": "E. Valuator",
        "role": "evaluator",
        "date": "2026-06-01",
        "method": "interview",
        "reason": "read with two users",
    }
    for change in changes:
        name, _, value = change.partition(": ")
        if change.startswith("-"):
            del rows[change[1:]]
        else:
            rows[name] = value
    text = "\n    ".join(f"{name}: {value}" for name, value in rows.items())
    return f"{top}determinations:\n  - {text}\n"


def read(path: str, rulebook: Rulebook) -> tuple[Determination, ...]:
    found = read_people(LayerFiles(determinations=path), rulebook, TODAY).determinations
    assert found is not None
    return found


def test_a_determination_is_read_whole(rulebook: Rulebook, written: Written) -> None:
    assert read(written("d.yaml", determined(rulebook)), rulebook) == (determination(rulebook),)


def test_person_role_date_and_scan_may_stand_at_the_top(rulebook: Rulebook, written: Written) -> None:
    top = f"person: E. Valuator\nrole: evaluator\ndate: 2026-06-01\nscan_digest: {SCAN}\n"
    text = determined(rulebook, "-person", "-role", "-date", "-scan_digest", top=top)
    assert read(written("d.yaml", text), rulebook) == (determination(rulebook),)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (["-person"], ":2: P-2.4-01: a determination without a person is none"),
        (["person: null"], ":2: P-2.4-01: a determination without a person is none"),
        (["person: ' '"], ":6:"),
        (["-date"], ":2: P-2.4-01: the day of the determination is missing"),
        (["date: 2026-07-01"], ":8: dated 2026-07-01, after 2026-06-30"),
        (["-role"], ":2: P-2.4-01: the role is missing"),
        (["role: boss"], ":7:"),
        (["-scan_digest"], ":2: P-2.4-01: the scan that was judged is missing"),
        (["-criterion_digest"], ":2:"),
        (["criterion: P-2.4-99"], ":2: the catalogue cpo-provisional has no criterion 'P-2.4-99'"),
        (["verdict: conforms"], ":5:"),
        (["-reason"], ":2: P-2.4-01: fulfilled needs a reason"),
        (["-method"], ":2: P-2.4-01: fulfilled needs a method"),
        (["grade: major"], ":11: the grade major goes with not_fulfilled"),
        (["expires: 2026-05-01"], ":11: expires on 2026-05-01, before it was made on 2026-06-01"),
        (["stars: 5"], ":11: unknown key 'stars'"),
        (["evidence: [{file: ../secret, sha256: " + "0a" * 32 + "}]"], ":11: '../secret': a path below the folder"),
        (["evidence: [{file: /etc/x, sha256: " + "0a" * 32 + "}]"], ":11: '/etc/x': a path below the folder"),
    ],
)
def test_a_wrong_determination_is_one_line_with_file_and_line(
    changes: list[str], says: str, rulebook: Rulebook, written: Written
) -> None:
    path = written("d.yaml", determined(rulebook, *changes))
    with pytest.raises(RuleError) as raised:
        read(path, rulebook)
    assert str(raised.value).startswith(path + says)
    assert "\n" not in str(raised.value)


def test_one_wrong_row_applies_none(rulebook: Rulebook, written: Written) -> None:
    rows = determined(rulebook) + determined(rulebook, "criterion: P-2.4-07", "-person").partition("\n")[2]
    with pytest.raises(RuleError, match=r":11: P-2.4-07: a determination without a person"):
        read(written("d.yaml", rows), rulebook)


def test_evaluators_neither_review_nor_decide(rulebook: Rulebook, written: Written) -> None:
    for role in ("reviewer", "decider"):
        more = determined(rulebook, "criterion: P-2.4-07", f"role: {role}", "person: e.  valuator").partition("\n")[2]
        with pytest.raises(RuleError, match=r":11: .*evaluators neither review nor decide"):
            read(written("d.yaml", determined(rulebook) + more), rulebook)
    both = determined(rulebook, "role: reviewer") + determined(rulebook, "role: decider").partition("\n")[2]
    assert len(read(written("d.yaml", both), rulebook)) == 2


def test_a_profile_may_forbid_that_the_reviewer_decides(rulebook: Rulebook, written: Written) -> None:
    both = determined(rulebook, "role: reviewer") + determined(rulebook, "role: decider").partition("\n")[2]
    file = written("d.yaml", both)
    strict = msgspec.structs.replace(rulebook.profile, reviewer_may_decide=False)
    with pytest.raises(
        RuleError, match=r":\d+: E\. Valuator is a reviewer here, and the profile lets no reviewer decide"
    ):
        read_people(LayerFiles(determinations=file), msgspec.structs.replace(rulebook, profile=strict), TODAY)


def test_the_same_determination_twice_is_refused(rulebook: Rulebook, written: Written) -> None:
    twice = determined(rulebook) + determined(rulebook).partition("\n")[2]
    with pytest.raises(RuleError, match="stands here twice"):
        read(written("d.yaml", twice), rulebook)


def test_evidence_files_are_held_against_their_digest(rulebook: Rulebook, written: Written) -> None:
    notes = Path(written("notes.txt", "what was said"))
    right = hashlib.sha256(notes.read_bytes()).hexdigest()

    def text(name: str, sha256: str) -> str:
        return determined(rulebook, f"evidence: [{{file: {name}, sha256: {sha256}}}]")

    (row,) = read(written("d.yaml", text("notes.txt", right)), rulebook)
    assert row.evidence[0].checked
    (row,) = read(written("d.yaml", text("elsewhere.txt", right)), rulebook)
    assert not row.evidence[0].checked
    with pytest.raises(RuleError, match=r":11: notes.txt has the SHA-256"):
        read(written("d.yaml", text("notes.txt", "0a" * 32)), rulebook)


def held(scene: Scene, *rows: Determination) -> Held:
    return hold_people(People(determinations=rows), scene)


def test_a_determination_on_this_scan_and_text_is_in_force(rulebook: Rulebook, scene: Make) -> None:
    done = held(scene([result(NAME, Outcome.NEEDS_HUMAN)]), determination(rulebook))
    assert [row["state"] for row in done.layers.determinations] == ["in_force"]
    assert done.verdicts == {NAME: "fulfilled"}


@pytest.mark.parametrize(
    ("change", "state", "code"),
    [
        ({"scan_digest": "6a" * 32}, "stale", "layer.other_scan"),
        ({"criterion_digest": "6a" * 32}, "stale", "layer.other_text"),
        ({"criterion": "P-9"}, "stale", "layer.no_criterion"),
        ({"expires": date(2026, 6, 29)}, "expired", "layer.expired"),
        ({"expires": TODAY}, "in_force", None),
    ],
)
def test_on_another_scan_text_or_day_it_is_shown_and_does_not_count(
    change: dict[str, Any], state: str, code: str | None, rulebook: Rulebook, scene: Make
) -> None:
    done = held(scene(), determination(rulebook, **change))
    (row,) = done.layers.determinations
    assert (row["state"], [reason["code"] for reason in row["reasons"]]) == (state, [code] if code else [])
    assert bool(done.verdicts) is (state == "in_force")


def test_the_deciders_word_comes_before_the_reviewers_and_the_evaluators(rulebook: Rulebook, scene: Make) -> None:
    rows = [
        determination(rulebook, role=Part.DECIDER, verdict=Verdict.NOT_FULFILLED, person="D"),
        determination(rulebook, role=Part.REVIEWER, person="R"),
        determination(rulebook),
    ]
    assert verdicts(rows, scene()) == {NAME: "not_fulfilled"}
    assert verdicts(rows[1:], scene()) == {NAME: "fulfilled"}
    assert verdicts([determination(rulebook, verdict=Verdict.NOT_ASSESSED)], scene()) == {}


def test_the_digest_of_a_text_changes_with_the_text_alone(rulebook: Rulebook) -> None:
    import msgspec

    criterion = rulebook.catalogue.criteria[NAME]
    same = msgspec.structs.replace(criterion, remediation={"en": "else"})
    other = msgspec.structs.replace(criterion, text={**criterion.text, "en": "else"})
    assert criterion_digest(criterion) == criterion_digest(same) != criterion_digest(other)


def test_old_determinations_stay_and_do_not_count_for_the_gate(rulebook: Rulebook, scene: Make) -> None:
    made = scene([result(NAME, Outcome.NEEDS_HUMAN)])
    first = held(made, determination(rulebook)).layers
    again = hold_people(People(), made, {"determinations": list(first.determinations)})
    assert again.layers.determinations == first.determinations
    assert again.verdicts == {}


def test_a_row_of_an_old_report_in_no_shape_is_one_line(scene: Make) -> None:
    with pytest.raises(RuleError, match="layer determinations of the report"):
        hold_people(People(), scene(), {"determinations": [{"criterion": NAME}]})


# -- waivers

WAIVERS = "waivers:\n  - {criterion: P-2.4-01, reason: known, owner: me, expires: 2026-06-30}\n"


def waivers(scene: Scene, **more: Any) -> Held:
    fields: dict[str, Any] = {"criterion": NAME, "reason": "known", "owner": "me", "expires": TODAY}
    return hold_people(People(waivers=(Waiver(**{**fields, **more}),)), scene)


def test_waivers_are_read(rulebook: Rulebook, written: Written) -> None:
    people = read_people(LayerFiles(waivers=written("w.yaml", WAIVERS)), rulebook, TODAY)
    assert people.waivers == (Waiver(criterion=NAME, reason="known", owner="me", expires=TODAY),)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "in_force"),
        ({"expires": date(2026, 6, 29)}, "expired"),
        ({"date": date(2026, 7, 1), "expires": date(2026, 8, 1)}, "not_yet"),
        ({"date": TODAY}, "in_force"),
        ({"criterion_digest": "0a" * 32}, "stale"),
    ],
)
def test_expired_and_post_dated_waivers_are_shown_and_not_in_force(
    more: dict[str, Any], state: str, scene: Make
) -> None:
    done = waivers(scene(), **more)
    assert [row["state"] for row in done.layers.waivers] == [state]
    assert len(done.waivers) == (state == "in_force")


def test_a_waiver_covers_the_outcomes_that_it_names_and_no_worse_one(scene: Make) -> None:
    def of(outcome: Outcome) -> Held:
        return waivers(scene([result(NAME, outcome)]), outcomes=(Outcome.INCONCLUSIVE, Outcome.NOT_EXAMINED))

    assert [len(of(one).waivers) for one in (Outcome.INCONCLUSIVE, Outcome.NOT_EXAMINED)] == [1, 1]
    for worse in (Outcome.NO_EVIDENCE, Outcome.CONTRADICTED):
        (row,) = of(worse).layers.waivers
        assert (row["state"], row["reasons"][0]["code"]) == ("not_covered", "layer.other_outcome")
        assert of(worse).waivers == ()


def test_a_waiver_whose_gap_is_gone_needs_to_cover_nothing(scene: Make) -> None:
    done = waivers(scene([result(NAME, Outcome.EVIDENCED)]), outcomes=(Outcome.INCONCLUSIVE,))
    assert done.layers.waivers[0]["state"] == "in_force"


def test_the_outcomes_of_a_waiver_are_read(rulebook: Rulebook, written: Written) -> None:
    path = written("w.yaml", WAIVERS.replace("owner: me", "owner: me, outcomes: [no_evidence]"))
    found = read_people(LayerFiles(waivers=path), rulebook, TODAY).waivers
    assert found is not None
    assert found[0].outcomes == (Outcome.NO_EVIDENCE,)
    with pytest.raises(RuleError, match=r"w\.yaml:2:"):
        path = written("w.yaml", WAIVERS.replace("owner: me", "owner: me, outcomes: [evidenced]"))
        read_people(LayerFiles(waivers=path), rulebook, TODAY)


def test_waivers_of_an_old_report_are_left_behind(scene: Make) -> None:
    old = waivers(scene()).layers
    assert hold_people(People(), scene(), {"waivers": list(old.waivers)}).layers.waivers == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("P-2.4-01", "P-2.4-99"), ":2: the catalogue cpo-provisional has no criterion"),
        (("owner: me, ", ""), ":2:"),
        (("expires: 2026-06-30", "expires: 2026-06-31"), ":2: '2026-06-31' is no day"),
        (("expires", "date: 2026-07-01, expires"), ":2: expires on 2026-06-30, before it begins"),
        (("waivers:\n", "waivers:\n  - {criterion: P-2.4-01, reason: x, owner: y, expires: 2026-06-30}\n"), ":3: the"),
    ],
)
def test_a_wrong_waiver_is_one_line_with_file_and_line(
    change: tuple[str, str], says: str, rulebook: Rulebook, written: Written
) -> None:
    path = written("w.yaml", WAIVERS.replace(*change))
    with pytest.raises(RuleError) as raised:
        read_people(LayerFiles(waivers=path), rulebook, TODAY)
    assert str(raised.value).startswith(path + says)


# -- responses


def response(**more: Any) -> People:
    fields: dict[str, Any] = {"reason": "it is internal", "person": "V", "date": TODAY, "scan_digest": SCAN}
    return People(responses=(Response(**{**fields, **more}),))


def test_a_response_stands_beside_what_it_answers_and_changes_nothing(scene: Make) -> None:
    found = capability("jt", "export")
    made = scene([result(NAME, Outcome.NO_EVIDENCE), result("P-2.5-01", Outcome.EVIDENCED, findings=[found["id"]])])
    made_with = scene(made.assessment.criteria, [found])
    for people, beside in ((response(criterion=NAME), [NAME]), (response(finding=found["id"]), ["P-2.5-01"])):
        (row,) = hold_people(people, made_with).layers.responses
        assert (row["state"], row["criteria"]) == ("in_force", beside)
    assert made_with.assessment == made.assessment


def test_a_response_to_another_scan_or_to_no_finding_is_stale(scene: Make) -> None:
    for people, code in (
        (response(criterion=NAME, scan_digest="6a" * 32), "layer.other_scan"),
        (response(finding="7a" * 32), "layer.no_finding"),
    ):
        (row,) = hold_people(people, scene([result(NAME, Outcome.NO_EVIDENCE)])).layers.responses
        assert (row["state"], row["reasons"][0]["code"]) == ("stale", code)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("responses:\n  - {criterion: P-2.4-01, reason: x}\n", ":2: no person"),
        ("person: V\nresponses:\n  - {criterion: P-2.4-01, reason: x}\n", ":3: no date"),
        ("responses:\n  - {reason: x}\n", ":2:"),
    ],
)
def test_a_wrong_response_is_one_line_with_file_and_line(
    text: str, says: str, rulebook: Rulebook, written: Written
) -> None:
    path = written("r.yaml", text)
    with pytest.raises(RuleError) as raised:
        read_people(LayerFiles(responses=path), rulebook, TODAY)
    assert str(raised.value).startswith(path + says)
