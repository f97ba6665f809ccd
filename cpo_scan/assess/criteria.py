"""One criterion: its rule over the measures, its parts, its search scope and the reasons for its outcome."""

from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from cpo_scan.assess.counting import Measured
from cpo_scan.assess.deciding import Truth, combine, decide, open_modes, truth
from cpo_scan.assess.gaps import Gaps
from cpo_scan.model import Mode, Outcome, Reason, Role, Strength
from cpo_scan.model.assessment import (
    CriterionResult,
    Listing,
    Part,
    ProbeInScope,
    SearchScope,
)
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.catalogue import Criterion
from cpo_scan.rulebook.expressions import Rule
from cpo_scan.rulebook.profile import Binding


class Supplied(msgspec.Struct, frozen=True, kw_only=True):
    """Which roles were handed over. Without a product description nothing is known of roles: the given files are all
    there is, and every criterion is held against them. `anything`: a deliverable without a role was supplied, which
    may hold evidence of any."""

    known: bool
    anything: bool = False
    supplied: frozenset[Role] = frozenset()
    withheld: frozenset[Role] = frozenset()

    def missing(self, roles: Iterable[Role]) -> tuple[Role, ...]:
        """Roles that may hold evidence and were not supplied.

        A role that the product lists as not supplied is missing. One that it does not list is no part of the product,
        unless the product lists none of the roles at all.
        """
        wanted = frozenset(roles)
        if not self.known or not wanted:
            return ()
        withheld = wanted & self.withheld - self.supplied
        if withheld or not (self.anything or wanted & self.supplied):
            return tuple(sorted(withheld or wanted))
        return ()


def binding_of(criterion: Criterion, rulebook: Rulebook) -> Binding | None:
    """The rule that decides a criterion: its own, or that of the criterion which it is `decided_by` or equal to."""
    return rulebook.binding_of(criterion)


def decide_criterion(
    criterion: Criterion,
    rulebook: Rulebook,
    measured: Mapping[str, Measured],
    gaps: Gaps,
    supplied: Supplied,
    *,
    findings: tuple[tuple[str, ...], Listing],
    loose: tuple[Reason, ...] = (),
) -> CriterionResult:
    """The row of the report for a criterion. `findings` are the ids that its measures counted or held against it;
    `loose` says in what the scan was looser than the profile allows."""
    binding = binding_of(criterion, rulebook) if criterion.machine else None
    scope = SearchScope()
    if not criterion.machine:
        machine, reasons = None, [Reason("criterion.no_machine_part")]
    elif binding is None:
        machine, reasons = Outcome.NEEDS_HUMAN, [Reason("criterion.no_rule", {"profile": rulebook.profile.id})]
    else:
        missing = supplied.missing(criterion.roles)
        scope = _scope(criterion, binding, rulebook, gaps, missing)
        machine, reasons = _machine(binding, rulebook, measured, missing)
        if loose and machine is Outcome.EVIDENCED:
            machine, reasons = Outcome.INCONCLUSIVE, [*reasons, *loose]
    parts = tuple(_part(mode, required, machine) for mode, required in criterion.modes.items())
    outcome = combine(parts)
    waiting = open_modes(parts)
    if machine is Outcome.EVIDENCED:
        reasons += [Reason(f"criterion.open_{mode}") for mode in waiting]
    elif machine is None or machine is Outcome.NEEDS_HUMAN:
        reasons += [Reason(f"criterion.asks_{mode}") for mode in waiting if mode is not Mode.MACHINE]
    return CriterionResult(
        id=criterion.id,
        official_id=criterion.official_id,
        mapped_to=criterion.mapped_to,
        category=criterion.category,
        obligation=criterion.obligation,
        obligation_basis=criterion.obligation_basis,
        outcome=outcome,
        parts=parts,
        rationale=tuple(reasons),
        measures=binding.measures if binding else (),
        findings=findings[0],
        findings_whole=findings[1],
        search_scope=scope,
        remediation=criterion.remediation,
        title=criterion.title,
        questions=criterion.questions,
        candidate_grade=_candidate(outcome, criterion, rulebook),
    )


def _candidate(outcome: Outcome, criterion: Criterion, rulebook: Rulebook) -> str | msgspec.UnsetType:
    """What an auditor may start from: a grade by the profile where evidence speaks against a criterion, and "clarify"
    where nothing was found. Absence alone never proposes a grade."""
    match outcome:
        case Outcome.CONTRADICTED:
            return rulebook.profile.grades.get(criterion.obligation, msgspec.UNSET)
        case Outcome.NO_EVIDENCE:
            return "clarify" if rulebook.profile.grades else msgspec.UNSET
        case _:
            return msgspec.UNSET


def _part(mode: Mode, required: bool, machine: Outcome | None) -> Part:
    if machine is Outcome.NOT_APPLICABLE or (mode is Mode.MACHINE and machine is not None):
        return Part(mode=mode, outcome=machine, required=required)
    return Part(mode=mode, outcome=Outcome.NEEDS_HUMAN, required=required)


def _machine(
    binding: Binding, rulebook: Rulebook, measured: Mapping[str, Measured], missing: tuple[Role, ...]
) -> tuple[Outcome, list[Reason]]:
    parameters = rulebook.profile.parameters
    absent = bool(missing)
    outside = binding.not_applicable
    if outside is not None and truth(outside.when, measured, parameters, missing_role=absent) is Truth.YES:
        reason = Reason("criterion.not_applicable", {"profile": rulebook.profile.id, "reason": outside.reason})
        return Outcome.NOT_APPLICABLE, [reason]

    def of(rule_name: str) -> Truth:
        rule = getattr(binding, rule_name)
        return Truth.NO if rule is None else truth(rule, measured, parameters, missing_role=absent)

    deciding = [measured[identity] for identity in binding.deciding]
    closed = absent or any(item.closed for item in deciding)
    outcome = decide(
        evidenced=of("evidenced"),
        against=of("against"),
        some=_some(binding, of("inconclusive"), deciding, absent),
        closed=closed,
    )
    return outcome, _reasons(outcome, binding, deciding, missing, parameters)


def _some(binding: Binding, rule: Truth, deciding: list[Measured], absent: bool) -> Truth:
    if binding.inconclusive is not None:
        return rule
    if any(item.some for item in deciding):
        return Truth.YES
    return Truth.OPEN if absent or any(item.result.gaps for item in deciding) else Truth.NO


def _scope(
    criterion: Criterion, binding: Binding, rulebook: Rulebook, gaps: Gaps, missing: tuple[Role, ...]
) -> SearchScope:
    measures = [rulebook.measures.measures[identity] for identity in binding.deciding]
    kinds = sorted({measure.kind for measure in measures})
    probes = {
        probe.id: ProbeInScope(id=probe.id, status=probe.status) for kind in kinds for probe in gaps.stating(kind)
    }
    unread = gaps.unread(kinds, vendor=all(measure.vendor for measure in measures))
    closed = any(gaps.of(kind, vendor=True).closed for kind in kinds)
    return SearchScope(
        kinds=tuple(kinds),
        probes=tuple(probes[identity] for identity in sorted(probes)),
        roles=tuple(str(role) for role in criterion.roles),
        roles_not_supplied=tuple(str(role) for role in missing),
        unread=unread,
        complete=not (closed or unread or missing),
    )


def _reasons(
    outcome: Outcome,
    binding: Binding,
    deciding: list[Measured],
    missing: tuple[Role, ...],
    parameters: Mapping[str, float],
) -> list[Reason]:
    reasons: list[Reason] = []
    match outcome:
        case Outcome.EVIDENCED:
            reasons.append(_rule("criterion.met", binding.evidenced, binding, parameters))
        case Outcome.CONTRADICTED:
            assert binding.against is not None  # it held
            reasons.append(_rule("criterion.against", binding.against, binding, parameters))
        case Outcome.INCONCLUSIVE:
            reasons.append(_rule("criterion.below", binding.evidenced, binding, parameters))
        case Outcome.NO_EVIDENCE:
            reasons.append(Reason("criterion.nothing_found", {"measures": [item.result.id for item in deciding]}))
        case Outcome.NOT_EXAMINED | Outcome.NOT_APPLICABLE | Outcome.NEEDS_HUMAN:
            pass
        case _:
            assert_never(outcome)
    if missing:
        reasons.append(Reason("gap.not_supplied", {"roles": [str(role) for role in missing]}))
    seen: set[str] = set()
    for item in deciding:
        for gap in item.result.gaps:
            key = f"{gap.code} {sorted(gap.params.items())}"
            if key not in seen:
                seen.add(key)
                reasons.append(gap)
    for item in deciding:
        reasons += _facts(item, outcome)
    return reasons


def _rule(code: str, rule: Rule, binding: Binding, parameters: Mapping[str, float]) -> Reason:
    """A reason that quotes a rule, with the values of the parameters that the rule reads, and the measures that other
    rules of the criterion weigh."""
    limits = {name: parameters[name] for name in rule.parameters}
    weighed = sorted(set(binding.deciding) - set(rule.measures))
    return Reason(
        code, {"rule": rule.text, **({"limits": limits} if limits else {}), **({"weighed": weighed} if weighed else {})}
    )


def _facts(item: Measured, outcome: Outcome) -> list[Reason]:
    """What a measure says, counter-evidence included. Where nothing was found, a plain nought says it only again."""
    result = item.result
    reasons: list[Reason] = []
    if result.denominator is None:
        if result.numerator or (not result.gaps and outcome is not Outcome.NO_EVIDENCE):
            reasons.append(Reason("criterion.number", {"measure": result.id, "numerator": result.numerator}))
    elif result.denominator:
        params = {
            "measure": result.id,
            "numerator": result.numerator,
            "denominator": result.denominator,
            "value": result.value,
        }
        low, high = result.bounds
        if (low, high) == (result.value, result.value):
            reasons.append(Reason("criterion.ratio", params))
        else:
            reasons.append(Reason("criterion.ratio_within", {**params, "low": low, "high": high}))
        if item.against and outcome in (Outcome.EVIDENCED, Outcome.CONTRADICTED):
            reasons.append(Reason("criterion.counter_evidence", {"measure": result.id, "amount": item.against}))
    if result.missing:
        reasons.append(Reason("criterion.missing", {"measure": result.id, "missing": list(result.missing)}))
    if item.weak and outcome is Outcome.INCONCLUSIVE:
        reasons.append(Reason("criterion.weak", {"measure": result.id, "amount": item.weak}))
    if result.apart.denominator:
        reasons.append(Reason("criterion.apart", {"measure": result.id, "amount": result.apart.denominator}))
    without = result.without_overrides
    if not isinstance(without, msgspec.UnsetType):
        given = {"measure": result.id, "numerator": without.numerator, "denominator": without.denominator}
        plain = without.denominator is None
        reasons.append(Reason("criterion.overridden_number" if plain else "criterion.overridden_ratio", given))
    if result.numerator and result.minimum_strength is Strength.REGISTERED:
        reasons.append(Reason("criterion.registered_only", {"measure": result.id}))
    return reasons
