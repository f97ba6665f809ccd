"""Waivers: gaps that the owner of a pipeline accepts until a day. They change the gate and nothing else."""

import msgspec

from cpo_scan.layers.determinations import State
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.source import Day, Place, criterion_digest, day_of, read_layer, unknown_criterion
from cpo_scan.model import Outcome, Reason
from cpo_scan.rulebook.catalogue import Catalogue

_GAPS = frozenset(Outcome) - {Outcome.EVIDENCED, Outcome.NOT_APPLICABLE}
"""Outcomes that a waiver can accept; where the gap is gone, there is nothing to cover."""


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted gap, from `date` (if given) to the end of `expires`; on one text of the criterion, if it names it.

    A waiver follows its criterion from scan to scan: it names no scan. `outcomes` are the ones that it accepts; another
    one, so also a worse one, is not covered. Without them it accepts whichever there is.
    """

    criterion: str
    reason: str
    owner: str
    expires: Day
    date: Day | None = None
    criterion_digest: str | None = None
    outcomes: tuple[Outcome, ...] = ()


def read_waivers(name: str, catalogue: Catalogue) -> tuple[Waiver, ...]:
    """All waivers of a file, or none: RuleError names file, line and what is expected."""
    file = read_layer(name, "waivers")
    found: dict[str, Waiver] = {}
    for number, row in enumerate(file.data["waivers"]):
        place: Place = ["waivers", number]
        criterion = row["criterion"]
        if criterion not in catalogue.criteria:
            raise file.error([*place, "criterion"], unknown_criterion(criterion, catalogue))
        if criterion in found:
            raise file.error([*place, "criterion"], f"the waiver of {criterion} stands here twice")
        expires = day_of(file, [*place, "expires"], row["expires"])
        begins = day_of(file, [*place, "date"], row["date"]) if "date" in row else None
        if begins is not None and expires < begins:
            raise file.error([*place, "expires"], f"expires on {expires}, before it begins on {begins}")
        found[criterion] = Waiver(
            criterion=criterion,
            reason=row["reason"],
            owner=row["owner"],
            expires=expires,
            date=begins,
            criterion_digest=row.get("criterion_digest"),
            outcomes=tuple(Outcome(word) for word in row.get("outcomes", ())),
        )
    return tuple(found.values())


def state_of(row: Waiver, scene: Scene) -> tuple[State, tuple[Reason, ...]]:
    """Is a waiver in force on this day, text and outcome, and if not, why?"""
    criterion = scene.catalogue.criteria[row.criterion]
    if row.criterion_digest is not None and row.criterion_digest != criterion_digest(criterion):
        return State.STALE, (Reason("layer.other_text", {"digest": row.criterion_digest[:16]}),)
    if scene.as_of > row.expires:
        return State.EXPIRED, (Reason("layer.expired", {"day": row.expires.isoformat()}),)
    if row.date is not None and scene.as_of < row.date:
        return State.NOT_YET, (Reason("layer.not_yet", {"day": row.date.isoformat()}),)
    outcome = scene.criteria[row.criterion].outcome if row.criterion in scene.criteria else None
    if row.outcomes and outcome in _GAPS and outcome not in row.outcomes:
        params = {"outcome": str(outcome), "accepted": [str(one) for one in row.outcomes]}
        return State.NOT_COVERED, (Reason("layer.other_outcome", params),)
    return State.IN_FORCE, ()
