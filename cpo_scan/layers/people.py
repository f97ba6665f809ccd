"""All layers of one report: read before the work, held against the scan after it, and put into rows."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec

from cpo_scan.layers import determinations as determined
from cpo_scan.layers import responses as answered
from cpo_scan.layers import waivers as waived
from cpo_scan.layers.determinations import Determination, State, read_determinations, verdicts
from cpo_scan.layers.holding import Holding, Result, hold_criterion, unclaimed_criteria
from cpo_scan.layers.nonconformities import Nonconformity, nonconformity_rows, read_nonconformities
from cpo_scan.layers.offers import Offers
from cpo_scan.layers.requirements import Requirement, answer_requirements
from cpo_scan.layers.responses import Response, read_responses
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.statement import Claim, read_statement
from cpo_scan.layers.waivers import Waiver, read_waivers
from cpo_scan.model import Reason
from cpo_scan.model.report import Layers
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError

Row = dict[str, Any]
_Said = TypeVar("_Said", Claim, Response, Determination, Requirement, Nonconformity)


class LayerFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files that the user names."""

    statement: str | None = None
    responses: str | None = None
    determinations: str | None = None
    waivers: str | None = None
    nonconformities: str | None = None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """What people say. None: no such file was given. `requirements` come in forms that catalogues come in too, and are
    read by `cpo_scan.catalogues.requirements`."""

    claims: tuple[Claim, ...] | None = None
    responses: tuple[Response, ...] | None = None
    determinations: tuple[Determination, ...] | None = None
    waivers: tuple[Waiver, ...] | None = None
    requirements: tuple[Requirement, ...] | None = None
    nonconformities: tuple[Nonconformity, ...] | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The layers of a report; for its gate the waivers in force, and what is determined by criterion.

    Only what was given now counts for the gate: no digest seals the layers that an older report carries.
    """

    layers: Layers
    waivers: tuple[Waiver, ...] = ()
    verdicts: dict[str, str] = {}


def read_people(files: LayerFiles, rulebook: Rulebook, as_of: date) -> People:
    """Read and check all files. Raises RuleError: one line, and nothing is applied."""
    catalogue = rulebook.catalogue
    return People(
        claims=read_statement(files.statement, rulebook, as_of) if files.statement else None,
        responses=read_responses(files.responses, catalogue, as_of) if files.responses else None,
        determinations=read_determinations(
            files.determinations, catalogue, as_of, reviewer_may_decide=rulebook.profile.reviewer_may_decide
        )
        if files.determinations
        else None,
        waivers=read_waivers(files.waivers, catalogue) if files.waivers else None,
        nonconformities=read_nonconformities(files.nonconformities, catalogue, as_of)
        if files.nonconformities
        else None,
    )


def hold_people(people: People, scene: Scene, before: Mapping[str, list[Row]] | None = None) -> Held:
    """Hold all that people say against a scan.

    `before` are the layers of an older report: a layer that is not given anew is taken from there and held again.
    Waivers are not, since they belong to the gate of their run. Raises RuleError where an old row has no shape.
    """
    old = before or {}
    claims = people.claims if people.claims is not None else _again("claims", old.get("claims", ()), Claim)
    responses = (
        people.responses if people.responses is not None else _again("responses", old.get("responses", ()), Response)
    )
    every = (
        people.determinations
        if people.determinations is not None
        else _again("determinations", old.get("determinations", ()), Determination)
    )
    required = (
        people.requirements
        if people.requirements is not None
        else _again("requirements", old.get("requirements", ()), Requirement)
    )
    raised = (
        people.nonconformities
        if people.nonconformities is not None
        else _again("nonconformities", old.get("nonconformities", ()), Nonconformity)
    )
    waivers = people.waivers or ()
    return Held(
        layers=Layers(
            claims=tuple(_claims(claims, scene, asked=people.claims is not None)),
            responses=tuple(
                {
                    **_row(row, answered.state_of(row, scene)),
                    "criteria": list(answered.criteria_of(row, scene)),
                }
                for row in responses
            ),
            determinations=tuple(_row(row, determined.state_of(row, scene)) for row in every),
            waivers=tuple(
                {**_row(row, waived.state_of(row, scene)), "scan_digest": scene.scan_digest} for row in waivers
            ),
            requirements=tuple(answer_requirements(required, scene, verdicts(every, scene))),
            nonconformities=tuple(nonconformity_rows(raised, scene)),
        ),
        waivers=tuple(row for row in waivers if waived.state_of(row, scene)[0] is State.IN_FORCE),
        verdicts=verdicts(people.determinations or (), scene),
    )


def _claims(claims: tuple[Claim, ...], scene: Scene, *, asked: bool) -> Iterable[Row]:
    if not claims and not asked:
        return
    judged = {"scan_digest": scene.scan_digest, "assessment_digest": scene.assessment_digest}
    offers = Offers(scene)
    for claim in claims:
        holding = _held(claim, scene, offers)
        if claim.release is not None and scene.release is not None and claim.release != scene.release:
            other = Reason("claim.other_release", {"claimed": claim.release, "examined": scene.release})
            holding = msgspec.structs.replace(holding, reasons=(*holding.reasons, other))
        yield {**msgspec.to_builtins(claim), **msgspec.to_builtins(holding), **judged}
    for row in (*unclaimed_criteria(claims, scene), *offers.unclaimed(claims)):
        yield {**row, **judged}


def _held(claim: Claim, scene: Scene, offers: Offers) -> Holding:
    if claim.standard is not None or claim.family is not None:
        return offers.hold(claim)
    outcome = scene.criteria.get(str(claim.criterion))
    if outcome is None:  # taken over from a report by another catalogue
        reason = Reason("layer.no_criterion", {"catalogue": scene.catalogue.id})
        return Holding(result=Result.OPEN, reasons=(reason,))
    return hold_criterion(claim, outcome)


def _row(said: msgspec.Struct, standing: tuple[State, tuple[Reason, ...]]) -> Row:
    state, reasons = standing
    return {**msgspec.to_builtins(said), "state": str(state), "reasons": msgspec.to_builtins(reasons)}


def _again(layer: str, rows: Iterable[Row], shape: type[_Said]) -> tuple[_Said, ...]:
    """What people said, from the rows of an older report, without what nobody said (seen, not claimed)."""
    try:
        return tuple(msgspec.convert(row, shape) for row in rows if row.get("result") != Result.SEEN_NOT_CLAIMED)
    except msgspec.ValidationError as error:
        raise RuleError(f"layer {layer} of the report: a row is not as it must be: {error}") from None
