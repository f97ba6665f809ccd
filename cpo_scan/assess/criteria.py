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
from cpo_scan.rulebook.profile import Binding, Remark


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
    remarks: list[Remark] = []
    if not criterion.machine:
        machine, reasons = None, [Reason("criterion.no_machine_part")]
    elif binding is None:
        machine, reasons = Outcome.NEEDS_HUMAN, [Reason("criterion.no_rule", {"profile": rulebook.profile.id})]
    else:
        missing = supplied.missing(criterion.roles)
        scope = _scope(criterion, binding, rulebook, gaps, missing)
        machine, reasons, remarks = _machine(binding, rulebook, measured, missing)
        reasons += _left_out(binding, rulebook, gaps)
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
        measures=_shown(binding, remarks) if binding else (),
        findings=findings[0],
        findings_whole=findings[1],
        search_scope=scope,
        remediation=criterion.remediation,
        title=criterion.title,
        questions=criterion.questions,
    )


def _shown(binding: Binding, remarks: list[Remark]) -> tuple[str, ...]:
    return tuple(sorted({*binding.measures, *(measure for remark in remarks for measure in remark.when.measures)}))


def _part(mode: Mode, required: bool, machine: Outcome | None) -> Part:
    if machine is Outcome.NOT_APPLICABLE or (mode is Mode.MACHINE and machine is not None):
        return Part(mode=mode, outcome=machine, required=required)
    return Part(mode=mode, outcome=Outcome.NEEDS_HUMAN, required=required)


def _machine(
    binding: Binding, rulebook: Rulebook, measured: Mapping[str, Measured], missing: tuple[Role, ...]
) -> tuple[Outcome, list[Reason], list[Remark]]:
    parameters = rulebook.profile.parameters
    absent = bool(missing)
    outside = binding.not_applicable
    if outside is not None and truth(outside.when, measured, parameters, missing_role=absent) is Truth.YES:
        reason = Reason("criterion.not_applicable", {"profile": rulebook.profile.id, "reason": outside.reason})
        return Outcome.NOT_APPLICABLE, [reason], []

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
    made, said = _remarks(outcome, binding, measured, parameters)
    reasons = _reasons(outcome, binding, deciding, missing, parameters, limited=any(remark.limits for remark in made))
    if any(remark.limits for remark in made) and outcome in (Outcome.EVIDENCED, Outcome.CONTRADICTED):
        outcome = Outcome.INCONCLUSIVE
    return outcome, said + reasons, made


_LIMITED = (Outcome.EVIDENCED, Outcome.CONTRADICTED, Outcome.INCONCLUSIVE)


def _remarks(
    outcome: Outcome, binding: Binding, measured: Mapping[str, Measured], parameters: Mapping[str, float]
) -> tuple[list[Remark], list[Reason]]:
    """The remarks of the profile that are to be made, and what they say.

    What limits is said only where there is something to limit. It is said too where a whole kind of what it reads was
    not looked at: a scan that looks at less comes out no better for that.
    """
    made: list[Remark] = []
    said: list[Reason] = []
    for remark in binding.remarks:
        if remark.limits and outcome not in _LIMITED:
            continue
        holds = truth(remark.when, measured, parameters)
        blind = [measured[identity] for identity in remark.when.measures if measured[identity].closed]
        weighed = {"weighed": list(remark.when.measures)} if remark.limits else {}
        if holds is Truth.YES:
            said.append(Reason("criterion.remark", {"text": remark.text, **weighed}))
        elif holds is Truth.OPEN and remark.limits and blind:
            said += [Reason("criterion.remark_open", {"text": remark.text, **weighed}), *blind[0].result.gaps]
        else:
            continue
        made.append(remark)
    return made, said


def _some(binding: Binding, rule: Truth, deciding: list[Measured], absent: bool) -> Truth:
    """Is there some evidence? That there is none is said of a scope that was looked at as a whole only: what could not
    be read may hold more than anything that was seen."""
    found = any(item.some for item in deciding) if binding.inconclusive is None else rule is Truth.YES
    if found:
        return Truth.YES
    unseen = absent or rule is Truth.OPEN or any(item.result.gaps for item in deciding)
    return Truth.OPEN if unseen else Truth.NO


def _left_out(binding: Binding, rulebook: Rulebook, gaps: Gaps) -> list[Reason]:
    """What was left out on purpose of the kinds that decide: "the whole scope was examined" is not read without it."""
    measures = [rulebook.measures.measures[identity] for identity in binding.deciding]
    vendor = all(measure.vendor for measure in measures)
    found = {kind: gaps.of(kind, vendor=vendor).left_out for kind in sorted({measure.kind for measure in measures})}
    return [Reason("gap.left_out", {"artifacts": count, "kind": kind}) for kind, count in found.items() if count]


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
    *,
    limited: bool,
) -> list[Reason]:
    """Why a rule came out so. `limited`: a remark says that what the numbers count may not be the product's."""
    reasons: list[Reason] = []
    match outcome:
        case Outcome.EVIDENCED:
            code = "criterion.met_in_numbers" if limited else "criterion.met"
            reasons.append(_rule(code, binding.evidenced, binding, parameters))
        case Outcome.CONTRADICTED:
            assert binding.against is not None  # it held
            code = "criterion.against_in_numbers" if limited else "criterion.against"
            reasons.append(_rule(code, binding.against, binding, parameters))
        case Outcome.INCONCLUSIVE:
            reasons.append(_rule("criterion.below", binding.evidenced, binding, parameters))
        case Outcome.NO_EVIDENCE if all(_is_empty(item) for item in deciding):
            reasons.append(Reason("criterion.nothing_found", {"measures": [item.result.id for item in deciding]}))
        case Outcome.NO_EVIDENCE:  # something was found, and it says nothing for the rule
            reasons.append(_rule("criterion.nothing_for", binding.evidenced, binding, parameters))
        case Outcome.NOT_EXAMINED | Outcome.NOT_APPLICABLE | Outcome.NEEDS_HUMAN:
            pass
        case _:
            assert_never(outcome)
    if missing:
        reasons.append(Reason("gap.not_supplied", {"roles": [str(role) for role in missing]}))
    gaps = {f"{gap.code} {sorted(gap.params.items())}": gap for item in deciding for gap in item.result.gaps}
    facts = [reason for item in deciding for reason in _facts(item, outcome)]
    # What decides comes first: what was found, or what was not looked at.
    decided = outcome in (Outcome.EVIDENCED, Outcome.CONTRADICTED)
    return [*reasons, *facts, *gaps.values()] if decided else [*reasons, *gaps.values(), *facts]


def _rule(code: str, rule: Rule, binding: Binding, parameters: Mapping[str, float]) -> Reason:
    """A reason that quotes a rule, with the values of the parameters that the rule reads, and the measures that other
    rules of the criterion weigh."""
    limits = {name: parameters[name] for name in rule.parameters}
    weighed = sorted(set(binding.deciding) - set(rule.measures))
    return Reason(
        code, {"rule": rule.text, **({"limits": limits} if limits else {}), **({"weighed": weighed} if weighed else {})}
    )


def _is_empty(item: Measured) -> bool:
    result = item.result
    return not (result.numerator or result.denominator or result.apart.denominator or item.weak)


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
        # That none of what was added up meets the condition is said by the ratio already.
        again = item.sums and not result.numerator and outcome is Outcome.NO_EVIDENCE
        if item.against and not again and outcome in (Outcome.EVIDENCED, Outcome.CONTRADICTED, Outcome.NO_EVIDENCE):
            reasons.append(Reason("criterion.counter_evidence", {"measure": result.id, "amount": item.against}))
    if item.unmet and item.classes:
        reasons.append(Reason("criterion.no_neutral_export", {"classes": list(item.unmet)}))
    if result.missing:
        reasons.append(Reason("criterion.missing", {"measure": result.id, "missing": list(result.missing)}))
    if item.weak and outcome in (Outcome.INCONCLUSIVE, Outcome.NO_EVIDENCE):
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
