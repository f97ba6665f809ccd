"""Claims on criteria, held against the outcomes: supported, contradicted or open, each with its reasons."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, assert_never

import msgspec

from cpo_scan.layers.scene import Scene
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.model import Mode, Outcome, Reason
from cpo_scan.model.assessment import CriterionResult, SearchScope

CITED = 20  # findings that a row names; beside them stands how many there are


class Result(StrEnum):
    """What became of a claim. `seen_not_claimed` stands where the files show what the statement does not claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    OPEN = "open"
    SEEN_NOT_CLAIMED = "seen_not_claimed"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a claim, why, the findings that it rests on (the first ones, and how many), and where evidence was
    looked for. `not_seen`: claimed, and nothing was seen of it."""

    result: Result
    reasons: tuple[Reason, ...]
    findings: tuple[str, ...] = ()
    findings_total: int = 0
    search_scope: SearchScope | None = None
    not_seen: bool = False


def hold_criterion(claim: Claim, row: CriterionResult) -> Holding:
    """Hold a claim against the outcome of its criterion."""
    result, code = _answer(claim.claim, row)
    reasons = [Reason(code)]
    if code in ("claim.machine_part", "claim.partly_machine", "claim.denied_machine"):
        reasons += [
            Reason(f"criterion.open_{part.mode}")
            for part in row.parts
            if part.required and part.outcome is Outcome.NEEDS_HUMAN
        ]
    not_seen = code in ("claim.not_seen", "claim.not_counted", "claim.not_examined")
    if not_seen or code == "claim.denied_agrees":
        reasons += scope_reasons(row.search_scope)
    return Holding(
        result=result,
        reasons=tuple(reasons),
        findings=row.findings[:CITED],
        findings_total=row.findings_whole.total,
        search_scope=row.search_scope,
        not_seen=not_seen,
    )


def machine_part_evidenced(row: CriterionResult) -> bool:
    """Do the files show their part of a criterion, whatever else is open?"""
    machine = [part.outcome for part in row.parts if part.mode is Mode.MACHINE]
    return bool(machine) and all(outcome is Outcome.EVIDENCED for outcome in machine)


def _answer(word: Word, row: CriterionResult) -> tuple[Result, str]:
    match word:
        case Word.YES | Word.PARTLY:
            return _claimed(word, row)
        case Word.NO:
            return _denied(row)
        case Word.NOT_APPLICABLE:
            if row.outcome is Outcome.NOT_APPLICABLE:
                return Result.SUPPORTED, "claim.not_applicable_agrees"
            seen = row.outcome is Outcome.EVIDENCED or machine_part_evidenced(row)
            return Result.OPEN, "claim.not_applicable_seen" if seen else "claim.not_applicable"
        case _:
            assert_never(word)


def _claimed(word: Word, row: CriterionResult) -> tuple[Result, str]:
    match row.outcome:
        case Outcome.EVIDENCED:
            return Result.SUPPORTED, "claim.evidenced"
        case Outcome.CONTRADICTED:
            return Result.CONTRADICTED, "claim.against"
        case Outcome.INCONCLUSIVE if machine_part_evidenced(row):
            # What is claimed in part and shown in part agrees; what is claimed whole waits for the rest.
            return (
                (Result.SUPPORTED, "claim.partly_machine")
                if word is Word.PARTLY
                else (Result.OPEN, "claim.machine_part")
            )
        case Outcome.INCONCLUSIVE:
            return Result.OPEN, "claim.some"
        case Outcome.NO_EVIDENCE:
            return Result.OPEN, "claim.not_counted" if row.findings_whole.total else "claim.not_seen"
        case Outcome.NOT_EXAMINED:
            return Result.OPEN, "claim.not_examined"
        case Outcome.NEEDS_HUMAN:
            return Result.OPEN, "claim.people"
        case Outcome.NOT_APPLICABLE:
            return Result.OPEN, "claim.outside"
        case _:
            assert_never(row.outcome)


def _denied(row: CriterionResult) -> tuple[Result, str]:
    match row.outcome:
        case Outcome.EVIDENCED:
            return Result.CONTRADICTED, "claim.denied_seen"
        case Outcome.CONTRADICTED:
            return Result.SUPPORTED, "claim.denied_against"
        case Outcome.NO_EVIDENCE if row.findings_whole.total:
            return Result.OPEN, "claim.denied_not_counted"
        case Outcome.NO_EVIDENCE:
            return Result.SUPPORTED, "claim.denied_agrees"
        case Outcome.INCONCLUSIVE:
            return Result.OPEN, "claim.denied_machine" if machine_part_evidenced(row) else "claim.denied_some"
        case Outcome.NOT_EXAMINED:
            return Result.OPEN, "claim.denied_not_examined"
        case Outcome.NEEDS_HUMAN:
            return Result.OPEN, "claim.people"
        case Outcome.NOT_APPLICABLE:
            return Result.OPEN, "claim.outside"
        case _:
            assert_never(row.outcome)


def scope_reasons(scope: SearchScope) -> list[Reason]:
    """Where was looked, and what was left out, in sentences."""
    ran = [probe.id for probe in scope.probes if probe.status in ("ok", "partial")]
    absent = [probe.id for probe in scope.probes if probe.status not in ("ok", "partial")]
    reasons = []
    if ran:
        reasons.append(Reason("claim.searched", {"kinds": list(scope.kinds), "probes": ran}))
    elif scope.kinds:
        reasons.append(Reason("claim.searched_by_none", {"kinds": list(scope.kinds)}))
    if absent:
        reasons.append(Reason("claim.searched_not_run", {"probes": absent}))
    if scope.roles_not_supplied:
        reasons.append(Reason("gap.not_supplied", {"roles": list(scope.roles_not_supplied)}))
    if scope.unread:
        reasons.append(Reason("claim.searched_unread", {"artifacts": scope.unread}))
    return reasons


def unclaimed_criteria(claims: Iterable[Claim], scene: Scene) -> list[dict[str, Any]]:
    """Rows for criteria that the files show and on which the statement is silent: seen, not claimed."""
    spoken = {claim.criterion for claim in claims if claim.standard is None and claim.family is None}
    return [
        {
            "criterion": row.id,
            "claim": None,
            **msgspec.to_builtins(
                Holding(
                    result=Result.SEEN_NOT_CLAIMED,
                    reasons=(Reason("claim.unclaimed"),),
                    findings=row.findings[:CITED],
                    findings_total=row.findings_whole.total,
                )
            ),
        }
        for row in scene.assessment.criteria
        if row.outcome is Outcome.EVIDENCED and row.id not in spoken
    ]
