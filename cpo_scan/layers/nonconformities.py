"""Nonconformities: what an auditor holds against a product, from the day it is raised to the day a person closes it.

They follow criterion and subject, so that they survive renamed folders and new releases. A later scan by the same
probes and rules, of the same scope and coverage, proposes closure where it sees the counter-evidence no more; it closes
nothing.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Any

import msgspec

from cpo_scan.layers.holding import CITED, machine_part_evidenced
from cpo_scan.layers.scene import Row, Scene
from cpo_scan.layers.source import (
    Day,
    Place,
    check_catalogue,
    criterion_digest,
    day_of,
    read_layer,
    unknown_criterion,
)
from cpo_scan.model import Outcome, Reason
from cpo_scan.model.assessment import CriterionResult, MeasureResult
from cpo_scan.model.canonical import canonical, digest
from cpo_scan.rulebook.catalogue import Catalogue
from cpo_scan.rulebook.load import RuleFile

_RAN = ("ok", "partial")


class Stage(StrEnum):
    """How far a nonconformity has come. `proposed` is a scan's word; all others are people's."""

    OPEN = "open"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    PROPOSED = "proposed"
    CLOSED = "closed"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something, when, and in which words. A closure names the scan that it rests on."""

    person: str
    date: Day
    text: str | None = None
    scan_digest: str | None = None


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """On what a nonconformity was raised: the scan, the rules that judged it, the probes that looked with their
    versions, and what was not looked at."""

    scan_digest: str
    rules: str
    probes: dict[str, int]
    roles_not_supplied: tuple[str, ...] = ()
    unread: int = 0
    excluded: tuple[str, ...] = ()


class Nonconformity(msgspec.Struct, frozen=True, kw_only=True):
    """One nonconformity. Without a subject it is on the criterion as a whole; `item` is one thing of the subject."""

    id: str
    criterion: str
    text: str
    raised: Step
    basis: Basis
    criterion_digest: str | None = None
    subject: str | None = None
    item: str | None = None
    grade: str | None = None
    due: Day | None = None
    answered: Step | None = None
    corrected: Step | None = None
    closed: Step | None = None


def read_nonconformities(name: str, catalogue: Catalogue, as_of: Day) -> tuple[Nonconformity, ...]:
    """All nonconformities of a file, or none: RuleError names file, line and what is expected."""
    file = read_layer(name, "nonconformities")
    check_catalogue(file, catalogue)
    found: dict[str, Nonconformity] = {}
    for number, row in enumerate(file.data["nonconformities"]):
        place: Place = ["nonconformities", number]
        if row["criterion"] not in catalogue.criteria:
            raise file.error([*place, "criterion"], unknown_criterion(row["criterion"], catalogue))
        if row["id"] in found:
            raise file.error([*place, "id"], f"{row['id']} stands here twice")
        if row.get("item") and not row.get("subject"):
            raise file.error([*place, "item"], "an item needs the subject that it is of")
        found[row["id"]] = _read(file, place, row, as_of)
    return tuple(found.values())


def _read(file: RuleFile, place: Place, row: Row, as_of: Day) -> Nonconformity:
    steps = {name: _step(file, [*place, name], row[name], as_of) for name in _STEPS if row.get(name)}
    in_order = list(steps.items())
    for (earlier, one), (later, other) in pairwise(in_order):
        if other.date < one.date:
            raise file.error([*place, later, "date"], f"{later} on {other.date}, before it was {earlier} on {one.date}")
    closed = steps.get("closed")
    for name in ("answered", "corrected"):
        if closed and name in steps and steps[name].person.casefold() == closed.person.casefold():
            words = f"{closed.person} {name} it: who answers for the product does not close; another person is expected"
            raise file.error([*place, "closed", "person"], words)
    return Nonconformity(
        id=row["id"],
        criterion=row["criterion"],
        criterion_digest=row.get("criterion_digest"),
        subject=row.get("subject"),
        item=row.get("item"),
        grade=row.get("grade"),
        text=row["text"],
        due=day_of(file, [*place, "due"], row["due"]) if row.get("due") else None,
        basis=msgspec.convert(row["basis"], Basis),
        **steps,
    )


_STEPS = ("raised", "answered", "corrected", "closed")


def _step(file: RuleFile, place: Place, row: Row, as_of: Day) -> Step:
    return Step(
        person=" ".join(row["person"].split()),
        date=day_of(file, [*place, "date"], row["date"], not_after=as_of),
        text=row.get("text"),
        scan_digest=row.get("scan_digest"),
    )


# -- held against a scan


def basis_of(row: CriterionResult, scene: Scene) -> Basis:
    """What a nonconformity on a criterion rests on in this scan."""
    ran = {probe.id for probe in row.search_scope.probes if probe.status in _RAN}
    return Basis(
        scan_digest=scene.scan_digest,
        rules=rules_digest(scene),
        probes={name: version for name, version in sorted(scene.probes.items()) if name in ran},
        roles_not_supplied=row.search_scope.roles_not_supplied,
        unread=row.search_scope.unread,
        excluded=scene.excluded,
    )


def rules_digest(scene: Scene) -> str:
    """SHA-256 over the ids, versions and digests of the profile and the measures."""
    rules = [rule for rule in scene.assessment.rules if rule.kind in ("measures", "profile")]
    return digest(canonical([[rule.kind, rule.id, rule.version, rule.sha256] for rule in rules]))


def state_of(one: Nonconformity, scene: Scene) -> tuple[Stage, tuple[Reason, ...], tuple[str, ...]]:
    """How far it has come on this scan, why, and the findings that still speak for it (the first ones)."""
    said = _said(one)
    row = scene.criteria.get(one.criterion)
    if row is None:
        return said, (Reason("layer.no_criterion", {"catalogue": scene.catalogue.id}),), ()
    if one.basis.scan_digest == scene.scan_digest:
        return said, (Reason("nonconformity.same_scan"),), _Counter(one, row, scene).findings
    seen = _Counter(one, row, scene)
    if said is Stage.CLOSED:
        again = seen.still and one.closed is not None and one.closed.scan_digest != scene.scan_digest
        return said, (Reason("nonconformity.seen_again"),) if again else (), seen.findings if again else ()
    hindered = tuple(_hindrances(one, row, scene))
    if seen.still:
        return said, (Reason("nonconformity.still"), *hindered), seen.findings
    if seen.unknown is not None:
        return said, (seen.unknown, *hindered), ()
    if hindered:
        return said, (Reason("nonconformity.not_held"), *hindered), ()
    return Stage.PROPOSED, (seen.gone,), ()


def nonconformity_rows(rows: tuple[Nonconformity, ...], scene: Scene) -> Iterator[Row]:
    """The rows of the report."""
    for one in rows:
        stage, reasons, findings = state_of(one, scene)
        overdue = one.due is not None and stage is not Stage.CLOSED and scene.as_of > one.due
        if overdue:
            reasons = (*reasons, Reason("nonconformity.overdue", {"day": str(one.due)}))
        yield {
            **msgspec.to_builtins(one),
            "state": str(stage),
            "overdue": overdue,
            "reasons": msgspec.to_builtins(reasons),
            "findings": list(findings),
            "scan_digest": scene.scan_digest,
            "assessment_digest": scene.assessment_digest,
        }


def _said(one: Nonconformity) -> Stage:
    if one.closed is not None:
        return Stage.CLOSED
    if one.corrected is not None:
        return Stage.CORRECTED
    return Stage.OPEN if one.answered is None else Stage.ANSWERED


def _hindrances(one: Nonconformity, row: CriterionResult, scene: Scene) -> Iterator[Reason]:
    """What keeps this scan from being held against the one on which it was raised."""
    basis, scope = one.basis, row.search_scope
    criterion = scene.catalogue.criteria.get(one.criterion)
    if one.criterion_digest and criterion and one.criterion_digest != criterion_digest(criterion):
        yield Reason("layer.other_text", {"digest": one.criterion_digest[:16]})
    if basis.rules != rules_digest(scene):
        yield Reason("nonconformity.other_rules")
    ran = {probe.id for probe in scope.probes if probe.status in _RAN}
    other = [
        name for name, version in sorted(basis.probes.items()) if name not in ran or scene.probes.get(name) != version
    ]
    if other:
        yield Reason("nonconformity.other_probes", {"probes": other})
    if missing := sorted(set(scope.roles_not_supplied) - set(basis.roles_not_supplied)):
        yield Reason("gap.not_supplied", {"roles": missing})
    if scope.unread > basis.unread:
        yield Reason("claim.searched_unread", {"artifacts": scope.unread})
    if excluded := sorted(set(scene.excluded) - set(basis.excluded)):
        yield Reason("nonconformity.excluded", {"paths": excluded})


class _Counter:
    """Is the counter-evidence still there? `unknown` says why that can't be told, `gone` why it is there no more."""

    def __init__(self, one: Nonconformity, row: CriterionResult, scene: Scene) -> None:
        self.still = False
        self.findings: tuple[str, ...] = ()
        self.unknown: Reason | None = None
        self.gone = Reason("nonconformity.outcome", {"outcome": str(row.outcome)})
        if one.subject is None:
            self._whole(row)
        elif one.item is None:
            self._subject(one.subject, row, scene)
        else:
            self._item(one.subject, one.item, scene)

    def _whole(self, row: CriterionResult) -> None:
        """The criterion as a whole: evidenced, or that part of it which files can show."""
        shown = row.outcome is Outcome.EVIDENCED or machine_part_evidenced(row)
        self.still = not shown and row.outcome in (Outcome.CONTRADICTED, Outcome.INCONCLUSIVE, Outcome.NO_EVIDENCE)
        if not shown and not self.still:
            self.unknown = Reason("nonconformity.not_decided", {"outcome": str(row.outcome)})
        self.findings = row.findings[:CITED] if self.still else ()

    def _subject(self, subject: str, row: CriterionResult, scene: Scene) -> None:
        """A subject: is it still among what a measure of the criterion does not count?"""
        measures = [measure for measure in scene.assessment.measures if measure.id in row.measures]
        found = [
            identity for measure in measures for identity in held_against(measure) if _is(identity, subject, scene)
        ]
        self.still, self.findings = bool(found), tuple(dict.fromkeys(found))[:CITED]
        if not found and any(measure.not_counted_whole.total > len(measure.not_counted) for measure in measures):
            self.unknown = Reason("nonconformity.list_capped")
        self.gone = Reason("nonconformity.subject_met" if _there(subject, scene) else "nonconformity.subject_gone")

    def _item(self, subject: str, item: str, scene: Scene) -> None:
        """One thing of a subject: is it still listed as undocumented?"""
        there = list(_there(subject, scene))
        listed = [row for row in there if item in (row["attributes"].get("undocumented") or ())]
        self.still, self.findings = bool(listed), tuple(row["id"] for row in listed)[:CITED]
        capped = any(
            int(row["attributes"].get("undocumented_total") or 0) > len(row["attributes"].get("undocumented") or ())
            for row in there
        )
        if not listed and capped:
            self.unknown = Reason("nonconformity.list_capped")
        self.gone = Reason("nonconformity.subject_met" if there else "nonconformity.subject_gone")


def held_against(measure: MeasureResult) -> Iterator[str]:
    """Findings that a measure holds against a product, and not those that it leaves out because they are not his."""
    return (entry.finding for entry in measure.not_counted if entry.why.code in _AGAINST)


_AGAINST = frozenset(("measure.not_met", "measure.refuted", "measure.too_weak", "measure.not_stated"))


def _is(identity: str, subject: str, scene: Scene) -> bool:
    row = scene.finding(identity)
    return row is not None and row["subject"] == subject


def _there(subject: str, scene: Scene) -> list[dict[str, Any]]:
    return [row for row in scene.findings(subject.partition(":")[0]) if row["subject"] == subject]
