"""Responses: the vendor's answers to findings and outcomes. They stand beside what they answer and change nothing."""

import msgspec

from cpo_scan.layers.determinations import State
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.source import Day, EvidenceFile, Place, day_of, evidence_files, read_layer, unknown_criterion
from cpo_scan.model import Reason
from cpo_scan.rulebook.catalogue import Catalogue


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: to the outcome of a criterion, or to a finding by its id."""

    reason: str
    person: str
    date: Day
    scan_digest: str
    criterion: str | None = None
    finding: str | None = None
    evidence: tuple[EvidenceFile, ...] = ()


def read_responses(name: str, catalogue: Catalogue, as_of: Day) -> tuple[Response, ...]:
    """All responses of a file, or none: RuleError names file, line and what is expected."""
    file = read_layer(name, "responses")
    found = []
    for number, row in enumerate(file.data["responses"]):
        place: Place = ["responses", number]
        for needed in ("person", "date", "scan_digest"):
            if needed not in row and needed not in file.data:
                raise file.error(place, f"no {needed}: it is expected here or at the top of the file")
        if "criterion" in row and row["criterion"] not in catalogue.criteria:
            raise file.error([*place, "criterion"], unknown_criterion(row["criterion"], catalogue))
        where: Place = [*place, "date"] if "date" in row else ["date"]
        found.append(
            Response(
                reason=row["reason"],
                person=row.get("person") or file.data["person"],
                date=day_of(file, where, row.get("date") or file.data["date"], not_after=as_of),
                scan_digest=row.get("scan_digest") or file.data["scan_digest"],
                criterion=row.get("criterion"),
                finding=row.get("finding"),
                evidence=evidence_files(file, place, row.get("evidence", [])),
            )
        )
    return tuple(found)


def state_of(row: Response, scene: Scene) -> tuple[State, tuple[Reason, ...]]:
    """Does a response speak of this scan?"""
    if row.scan_digest != scene.scan_digest:
        return State.STALE, (Reason("layer.other_scan", {"digest": row.scan_digest[:16]}),)
    if row.finding is not None and scene.finding(row.finding) is None:
        return State.STALE, (Reason("layer.no_finding", {"finding": row.finding[:16]}),)
    if row.criterion is not None and row.criterion not in scene.criteria:
        return State.STALE, (Reason("layer.no_criterion", {"catalogue": scene.catalogue.id}),)
    return State.IN_FORCE, ()


def criteria_of(row: Response, scene: Scene) -> tuple[str, ...]:
    """The criteria beside which a response is shown: its own, and those that rest on its finding."""
    return tuple(
        one.id
        for one in scene.assessment.criteria
        if one.id == row.criterion or (row.finding is not None and row.finding in one.findings)
    )
