"""The gate: may a pipeline go on? Decided from the assessment alone; it changes nothing in it."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

import msgspec

from cpo_scan.model import Mode, Obligation, Outcome, Reason
from cpo_scan.model.assessment import Assessment, CriterionResult
from cpo_scan.model.report import Gate
from cpo_scan.rulebook.profile import LoosestOptions, Profile


class FailOn(StrEnum):
    """From which obligation level up an outcome can fail the gate."""

    MANDATORY = "mandatory"
    DESIRED = "desired"
    OPTIONAL = "optional"
    NEVER = "never"


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline owner's accepted gap on one criterion, in force until the end of its last day."""

    criterion: str
    reason: str
    owner: str
    expires: date


_LEVELS = {
    FailOn.MANDATORY: (Obligation.MANDATORY,),
    FailOn.DESIRED: (Obligation.MANDATORY, Obligation.DESIRED),
    FailOn.OPTIONAL: (Obligation.MANDATORY, Obligation.DESIRED, Obligation.OPTIONAL),
    FailOn.NEVER: (),
}
_SETTLED = ("fulfilled", "not_applicable")
_DECIDED = frozenset({Outcome.EVIDENCED, Outcome.CONTRADICTED, Outcome.NO_EVIDENCE, Outcome.NOT_APPLICABLE})


def decide(
    assessment: Assessment,
    *,
    fail_on: FailOn,
    profile: Profile,
    require_determinations: bool = False,
    as_of: date | None = None,
    waivers: Iterable[Waiver] = (),
    verdicts: Mapping[str, str] | None = None,
    allow_incomplete: bool = False,
    probes: Mapping[str, str] | None = None,
    limits: Mapping[str, int] | None = None,
) -> Gate:
    """The decision and its line.

    A criterion fails when its level gates, its outcome is one that the profile names, and no waiver is in force on
    `as_of` (without a date no waiver is). What was not supplied never fails. What only waits for people (`needs_human`,
    or a machine part that is evidenced with other parts open) fails only with `require_determinations`, and then not
    where `verdicts` (the determinations in force, by criterion) say `fulfilled` or `not_applicable`.

    Where the scan ran with options looser than the profile allows (`allow_incomplete`; `probes` by id with what became
    of them; `limits` by name), the gate is not met, whatever the criteria say.
    """
    if fail_on is FailOn.NEVER:
        return Gate(met=None, failing=(), line=Reason("gate.none"))
    loose = _too_loose(profile.loosest_options, allow_incomplete, probes or {}, limits)
    if loose is not None:
        return Gate(met=False, failing=(), line=loose)
    levels = _LEVELS[fail_on]
    rows = [row for row in assessment.criteria if row.obligation in levels]
    waived = {waiver.criterion for waiver in waivers if as_of is not None and as_of <= waiver.expires}
    gating = [row for row in rows if profile.gate.assumed_levels or row.obligation_basis != "assumed"]
    failing = tuple(
        row.id
        for row in gating
        if row.id not in waived
        and (
            require_determinations and (verdicts or {}).get(row.id) not in _SETTLED
            if waits_for_people(row)
            else _fails(row, profile.gate.outcomes)
        )
    )
    decided = sum(row.outcome in _DECIDED for row in rows)
    params = {
        "decided": decided,
        "criteria": len(rows),
        "open": len(rows) - decided,
        "level": [str(level) for level in levels],
    }
    if failing:
        params["failing"] = len(failing)
    if len(gating) < len(rows):
        params["assumed"] = len(rows) - len(gating)
    code = f"gate.{'not_met' if failing else 'met'}{'_reported' if 'assumed' in params else ''}"
    return Gate(met=not failing, failing=failing, line=Reason(code, params))


def waits_for_people(row: CriterionResult) -> bool:
    """Did the machine do its part, or has it none? Then a declaration, a test or an interview is what is open."""
    if row.outcome is Outcome.NEEDS_HUMAN:
        return True
    machine = [part.outcome for part in row.parts if part.mode is Mode.MACHINE]
    return row.outcome is Outcome.INCONCLUSIVE and machine == [Outcome.EVIDENCED]


def _too_loose(
    loosest: LoosestOptions, allow_incomplete: bool, probes: Mapping[str, str], limits: Mapping[str, int] | None
) -> Reason | None:
    if allow_incomplete and not loosest.allow_incomplete:
        return Reason("gate.too_loose_incomplete")
    if missing := loosest.probes_missing(probes):
        return Reason("gate.too_loose_probes", {"probes": missing})
    if limits is not None and (lower := loosest.limits_lower(limits)):
        return Reason("gate.too_loose_limits", {"limits": [f"{name} >= {least}" for name, least in lower.items()]})
    return None


def _fails(row: CriterionResult, outcomes: frozenset[Outcome]) -> bool:
    not_supplied = row.outcome is Outcome.NOT_EXAMINED and bool(row.search_scope.roles_not_supplied)
    return row.outcome in outcomes and not not_supplied
