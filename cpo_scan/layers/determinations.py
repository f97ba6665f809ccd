"""Determinations: what named auditors decided on criteria, and whether they still hold for this scan and text."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from cpo_scan.layers.sampling import Sample, interval
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.source import (
    Day,
    EvidenceFile,
    Place,
    check_catalogue,
    criterion_digest,
    day_of,
    evidence_files,
    read_layer,
    unknown_criterion,
)
from cpo_scan.model import Reason
from cpo_scan.rulebook.catalogue import Catalogue
from cpo_scan.rulebook.load import RuleFile


class Verdict(StrEnum):
    """What a determination says."""

    FULFILLED = "fulfilled"
    NOT_FULFILLED = "not_fulfilled"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASSESSED = "not_assessed"


class Part(StrEnum):
    """The part that a person has in an assessment (ISO/IEC 17065 §7.4 to 7.6), in the order in which they speak."""

    EVALUATOR = "evaluator"
    REVIEWER = "reviewer"
    DECIDER = "decider"


class State(StrEnum):
    """Does a row count on this scan and day?"""

    IN_FORCE = "in_force"
    STALE = "stale"  # made on another scan or another text
    EXPIRED = "expired"
    NOT_YET = "not_yet"  # of a waiver: from a later day on
    NOT_COVERED = "not_covered"  # of a waiver: the outcome is none of those that it accepts


class Determination(msgspec.Struct, frozen=True, kw_only=True):
    """What one person determined on one criterion, on which scan and which text of the criterion."""

    criterion: str
    criterion_digest: str
    scan_digest: str
    verdict: Verdict
    person: str
    role: Part
    expires: Day | None = None
    date: Day
    grade: str | None = None
    method: str | None = None
    reason: str | None = None
    evidence: tuple[EvidenceFile, ...] = ()
    sample: Sample | None = None


def read_determinations(
    name: str, catalogue: Catalogue, as_of: Day, *, reviewer_may_decide: bool = True
) -> tuple[Determination, ...]:
    """All determinations of a file, or none: RuleError names file, line and what is expected.

    `reviewer_may_decide` is the profile's word on whether one person may review and decide.
    """
    file = read_layer(name, "determinations")
    check_catalogue(file, catalogue)
    found: list[Determination] = []
    for number, row in enumerate(file.data["determinations"]):
        place: Place = ["determinations", number]
        one = _determination(file, place, row, catalogue, as_of)
        if any((other.criterion, other.role) == (one.criterion, one.role) for other in found):
            raise file.error(place, f"the {one.role}'s determination on {one.criterion} stands here twice")
        found.append(one)
    _check_independence(file, found, reviewer_may_decide)
    return tuple(found)


def _determination(
    file: RuleFile, place: Place, row: dict[str, Any], catalogue: Catalogue, as_of: Day
) -> Determination:
    whole = file.data

    def needed(name: str, why: str) -> Any:
        value = row.get(name) or whole.get(name)
        if value is None:
            raise file.error(place, f"{row['criterion']}: {why} ({name}, here or at the top of the file)")
        return value

    if row["criterion"] not in catalogue.criteria:
        raise file.error([*place, "criterion"], unknown_criterion(row["criterion"], catalogue))
    verdict = Verdict(row["verdict"])
    person = " ".join(needed("person", "a determination without a person is none: name who determined it").split())
    day = needed("date", "the day of the determination is missing")
    if verdict is not Verdict.NOT_ASSESSED:
        for name in ("reason", "method"):
            if not row.get(name):
                raise file.error(place, f"{row['criterion']}: {verdict} needs a {name}")
    if row.get("grade") in ("major", "minor") and verdict is not Verdict.NOT_FULFILLED:
        raise file.error([*place, "grade"], f"the grade {row['grade']} goes with not_fulfilled and not with {verdict}")
    where: Place = [*place, "date"] if row.get("date") else ["date"]
    decided = day_of(file, where, day, not_after=as_of)
    expires = day_of(file, [*place, "expires"], row["expires"]) if row.get("expires") else None
    if expires is not None and expires < decided:
        raise file.error([*place, "expires"], f"expires on {expires}, before it was made on {decided}")
    return Determination(
        criterion=row["criterion"],
        criterion_digest=row["criterion_digest"],
        scan_digest=needed("scan_digest", "the scan that was judged is missing"),
        verdict=verdict,
        person=person,
        role=Part(needed("role", "the role is missing: evaluator, reviewer or decider")),
        date=decided,
        grade=row.get("grade"),
        method=row.get("method"),
        reason=row.get("reason"),
        evidence=evidence_files(file, place, row.get("evidence", [])),
        expires=expires,
        sample=_sample(file, [*place, "sample"], row["sample"]) if row.get("sample") else None,
    )


def _sample(file: RuleFile, place: Place, row: dict[str, Any]) -> Sample:
    """A sample whose figures agree with each other. Raises RuleError."""
    one = msgspec.convert(row, Sample)
    if not one.positive <= one.rated <= one.population:
        words = f"{one.positive} of {one.rated} rated of {one.population}: no such sample can be"
        raise file.error(place, words)
    if one.interval != (expected := interval(one.positive, one.rated, one.population)):
        words = f"of {one.positive} of {one.rated} the interval is {list(expected)}, not {list(one.interval)}"
        raise file.error([*place, "interval"], words)
    return one


def _check_independence(file: RuleFile, rows: list[Determination], reviewer_may_decide: bool) -> None:
    """Evaluators neither review nor decide, on any criterion (ISO/IEC 17065 §7.5.1, §7.6.2); reviewers do not decide
    where the profile forbids it."""
    evaluators = {row.person.casefold() for row in rows if row.role is Part.EVALUATOR}
    reviewers = {row.person.casefold() for row in rows if row.role is Part.REVIEWER}
    for number, row in enumerate(rows):
        if row.role is Part.DECIDER and not reviewer_may_decide and row.person.casefold() in reviewers:
            raise file.error(
                ["determinations", number],
                f"{row.person} is a reviewer here, and the profile lets no reviewer decide; another person is expected",
            )
        if row.role is not Part.EVALUATOR and row.person.casefold() in evaluators:
            raise file.error(
                ["determinations", number],
                f"{row.person} is an evaluator here: evaluators neither review nor decide; another person is expected",
            )


def state_of(row: Determination, scene: Scene) -> tuple[State, tuple[Reason, ...]]:
    """Does a determination hold for this scan, text and day, and if not, why?"""
    stale = []
    if row.scan_digest != scene.scan_digest:
        stale.append(Reason("layer.other_scan", {"digest": row.scan_digest[:16]}))
    criterion = scene.catalogue.criteria.get(row.criterion)
    if criterion is None:
        stale.append(Reason("layer.no_criterion", {"catalogue": scene.catalogue.id}))
    elif row.criterion_digest != criterion_digest(criterion):
        stale.append(Reason("layer.other_text", {"digest": row.criterion_digest[:16]}))
    if stale:
        return State.STALE, tuple(stale)
    if row.expires is not None and scene.as_of > row.expires:
        return State.EXPIRED, (Reason("layer.expired", {"day": row.expires.isoformat()}),)
    return State.IN_FORCE, ()


def verdicts(rows: Iterable[Determination], scene: Scene) -> dict[str, str]:
    """What is determined by criterion: of those in force the decider's word, else the reviewer's, else the evaluator's.
    Not assessed is no verdict."""
    spoken: dict[str, Determination] = {}
    for row in rows:
        if state_of(row, scene)[0] is State.IN_FORCE and row.verdict is not Verdict.NOT_ASSESSED:
            before = spoken.get(row.criterion)
            if before is None or list(Part).index(row.role) > list(Part).index(before.role):
                spoken[row.criterion] = row
    return {criterion: str(row.verdict) for criterion, row in spoken.items()}
