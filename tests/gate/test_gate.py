"""The gate and the exit codes."""

from datetime import date
from itertools import product
from typing import Any

import msgspec
import pytest

from cpo_scan.gate import Exit, FailOn, Waiver, decide, exit_code
from cpo_scan.model import Mode, Obligation, Outcome
from cpo_scan.model.assessment import (
    Assessment,
    CriterionResult,
    Listing,
    Part,
    SearchScope,
    Summary,
)
from cpo_scan.model.report import Gate
from cpo_scan.rulebook.catalogue import load_catalogue
from cpo_scan.rulebook.measures import load_measures
from cpo_scan.rulebook.messages import load_messages
from cpo_scan.rulebook.profile import GateSettings, LoosestOptions, Profile, load_profile

_MEASURES, _CATALOGUE = load_measures(), load_catalogue()
_DEFAULT = load_profile("default", _MEASURES, _CATALOGUE)


def profile(*, assumed_levels: bool = True, **more: Any) -> Profile:
    gate = GateSettings(outcomes=_DEFAULT.gate.outcomes, assumed_levels=assumed_levels)
    return msgspec.structs.replace(_DEFAULT, gate=gate, **more)


def row(
    identity: str,
    outcome: Outcome,
    *,
    level: Obligation = Obligation.MANDATORY,
    basis: str = "reported",
    machine: Outcome | None = None,
    not_supplied: bool = False,
) -> CriterionResult:
    parts = [Part(mode=Mode.MACHINE, outcome=machine or outcome)]
    if machine is not None:
        parts.append(Part(mode=Mode.INTERVIEW, outcome=Outcome.NEEDS_HUMAN))
    return CriterionResult(
        id=identity,
        official_id=None,
        mapped_to=(),
        category="2.4",
        obligation=level,
        obligation_basis=basis,
        outcome=outcome,
        parts=tuple(parts),
        rationale=(),
        measures=(),
        findings=(),
        findings_whole=Listing(total=0, digest=""),
        search_scope=SearchScope(roles_not_supplied=("docs",) if not_supplied else ()),
        remediation={},
    )


def gate(*rows: CriterionResult, fail_on: FailOn = FailOn.MANDATORY, **more: Any) -> Gate:
    empty = Summary(obligations={}, categories={})
    assessment = Assessment(rules=(), measures=(), criteria=rows, summary=empty)
    return decide(assessment, fail_on=fail_on, **{"profile": profile(), **more})


def line(decision: Gate, lang: str = "en") -> str:
    assert decision.line is not None
    return load_messages().render(decision.line, lang)


def test_by_default_nothing_fails_and_nothing_is_met() -> None:
    decision = gate(row("A", Outcome.CONTRADICTED), fail_on=FailOn.NEVER)
    assert (decision.met, decision.failing) == (None, ())


@pytest.mark.parametrize(
    ("outcome", "fails"),
    [
        (Outcome.EVIDENCED, False),
        (Outcome.CONTRADICTED, True),
        (Outcome.INCONCLUSIVE, True),
        (Outcome.NO_EVIDENCE, True),
        (Outcome.NOT_EXAMINED, True),
        (Outcome.NEEDS_HUMAN, False),
        (Outcome.NOT_APPLICABLE, False),
    ],
)
def test_outcomes_that_fail_by_default(outcome: Outcome, fails: bool) -> None:
    assert gate(row("A", outcome)).met is not fails


def test_what_was_not_supplied_never_fails() -> None:
    assert gate(row("A", Outcome.NOT_EXAMINED, not_supplied=True)).met
    assert gate(row("A", Outcome.NOT_EXAMINED, not_supplied=True), require_determinations=True).met


def test_what_waits_for_people_fails_only_with_determinations() -> None:
    rows = (row("A", Outcome.NEEDS_HUMAN), row("B", Outcome.INCONCLUSIVE, machine=Outcome.EVIDENCED))
    assert gate(*rows).met
    assert gate(*rows, require_determinations=True).failing == ("A", "B")


def test_a_determination_in_force_settles_what_waits_for_people_and_nothing_else() -> None:
    rows = (row("A", Outcome.NEEDS_HUMAN), row("B", Outcome.INCONCLUSIVE, machine=Outcome.EVIDENCED))
    fulfilled = {"A": "fulfilled", "B": "not_applicable"}
    assert gate(*rows, require_determinations=True, verdicts=fulfilled).met
    assert gate(*rows, require_determinations=True, verdicts={"A": "fulfilled"}).failing == ("B",)
    assert gate(*rows, require_determinations=True, verdicts={**fulfilled, "B": "not_fulfilled"}).failing == ("B",)
    against = row("C", Outcome.CONTRADICTED)
    assert gate(against, require_determinations=True, verdicts={"C": "fulfilled"}).failing == ("C",)


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (FailOn.MANDATORY, ("M",)),
        (FailOn.DESIRED, ("M", "D")),
        (FailOn.OPTIONAL, ("M", "D", "O")),
    ],
)
def test_levels_fail_from_the_named_one_up(fail_on: FailOn, failing: tuple[str, ...]) -> None:
    rows = [row(level[0].upper(), Outcome.NO_EVIDENCE, level=level) for level in Obligation]
    assert gate(*rows, fail_on=fail_on).failing == failing


def test_assumed_levels_gate_only_if_the_profile_says_so() -> None:
    rows = (row("A", Outcome.NO_EVIDENCE, basis="assumed"), row("B", Outcome.EVIDENCED))
    assert gate(*rows).failing == ("A",)
    decision = gate(*rows, profile=profile(assumed_levels=False))
    assert decision.met
    assert line(decision).endswith("; 1 with an assumed level does not gate")


def test_the_outcomes_that_fail_are_the_profiles() -> None:
    lenient = profile()
    lenient = msgspec.structs.replace(
        lenient, gate=GateSettings(outcomes=frozenset({Outcome.CONTRADICTED}), assumed_levels=True)
    )
    assert gate(row("A", Outcome.NO_EVIDENCE), profile=lenient).met


def test_the_line_counts_what_the_machine_decided() -> None:
    rows = [row(f"E{n}", Outcome.EVIDENCED) for n in range(3)]
    rows += [row(f"H{n}", Outcome.NEEDS_HUMAN) for n in range(4)]
    rows += [row(f"P{n}", Outcome.INCONCLUSIVE, machine=Outcome.EVIDENCED) for n in range(3)]
    assert line(gate(*rows)) == "gate met: 3 of 10 mandatory criteria decided by machine, 7 open"
    failed = gate(*rows, row("X", Outcome.NO_EVIDENCE))
    assert line(failed) == "gate not met: 1 of 11 mandatory criteria fails; 4 decided by machine, 7 open"
    assert line(failed, "de").startswith("Gate nicht erfüllt")


def test_a_waiver_in_force_lifts_a_failure_until_its_last_day() -> None:
    waiver = Waiver(criterion="A", reason="known", owner="me", expires=date(2026, 6, 30))
    rows = (row("A", Outcome.NO_EVIDENCE),)
    assert gate(*rows, waivers=[waiver], as_of=date(2026, 6, 30)).met
    assert not gate(*rows, waivers=[waiver], as_of=date(2026, 7, 1)).met
    assert not gate(*rows, waivers=[waiver]).met


def test_a_scan_looser_than_the_profile_allows_does_not_pass() -> None:
    strict = profile(loosest_options=LoosestOptions(allow_incomplete=False, probes_required=("api.openapi",)))
    rows = (row("A", Outcome.EVIDENCED),)
    assert gate(*rows, profile=strict, probes={"api.openapi": "ok"}).met
    assert "incomplete" in line(gate(*rows, profile=strict, allow_incomplete=True, probes={"api.openapi": "ok"}))
    assert "api.openapi" in line(gate(*rows, profile=strict, probes={"api.openapi": "not_run"}))


@pytest.mark.parametrize(("met", "lost", "allowed"), list(product((None, True, False), (False, True), (False, True))))
def test_exit_codes(met: bool | None, lost: bool, allowed: bool) -> None:
    gate_alone = Exit.NOT_MET if met is False else Exit.MET
    expected = Exit.INCOMPLETE if lost and not allowed else gate_alone  # 3 outranks 1
    assert exit_code(met=met, lost=lost, allow_incomplete=allowed) is expected


def test_the_codes_are_those_of_the_contract() -> None:
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4]
