"""Two reports of one product: which outcomes, measures and findings changed from the older to the newer.

Findings are held against each other by subject. What only one of them has, because a probe was another one or something
was not read, is listed with that reason: it need not be a change of the product.
"""

import hashlib
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from typing import Any

import msgspec

from cpo_scan.compare.places import Roots, roots_of, subject_of
from cpo_scan.compare.standing import Side, Standing, side_of
from cpo_scan.model import Reason
from cpo_scan.model.assessment import LIST_LIMIT
from cpo_scan.model.canonical import canonical
from cpo_scan.model.coverage import LISTS
from cpo_scan.report import view
from cpo_scan.report.read import Report

Row = dict[str, Any]

VERSION = "1.0"
_LEFT_OUT = "release.change"  # what a report says of an earlier release is no finding about its own
_VALUES = 5  # values of one attribute that a change names
# Attributes whose change is a change of the thing; others (places, lists of names) are in the reports.
_WATCHED = {
    "api.description": ("version", "api_version", "operations", "documented_operations", "valid", "described"),
    "exchange.file": ("version", "valid"),
    "exchange.schema": ("version", "valid", "official"),
    "exchange.capability": ("version", "availability", "refuted"),
    "extension.point": ("documented", "samples"),
    "sdk.surface": ("symbols", "documented_symbols"),
    "sdk.part": ("version",),
    "docs.set": ("documents", "topics", "version"),
    "component": ("version", "licence"),
    "licence.text": ("restricts",),
    "platform.option": ("version",),
}
_ALWAYS = ("strength", "origin", "offered")


class CriterionChange(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one criterion in both; null where a report does not have the criterion. `why`: not comparable."""

    id: str
    title: dict[str, str]
    category: str
    obligation: str
    obligation_basis: str
    old: str | None
    new: str | None
    changed: bool
    why: tuple[Reason, ...] = ()
    reasons: tuple[dict[str, Any], ...] = ()  # of the newer outcome


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measure as one report has it."""

    numerator: Any
    denominator: Any
    value: Any
    bounds: Any


class MeasureChange(msgspec.Struct, frozen=True, kw_only=True):
    """A measure in both reports. `why`: not comparable."""

    id: str
    title: dict[str, str]
    old: Figure | None
    new: Figure | None
    changed: bool
    why: tuple[Reason, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a finding that changed; several values where several findings share the subject."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]


class FindingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One subject that is new, gone or other. `uncertain`: why that need not be a change of the product."""

    what: str  # added, removed, changed
    kind: str
    subject: str
    old: str | None  # id of the first finding
    new: str | None
    old_place: str | None
    new_place: str | None
    changes: tuple[Change, ...] = ()
    uncertain: tuple[Reason, ...] = ()


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects of one kind: how many are the same, other, new, gone."""

    same: int
    changed: int
    added: int
    removed: int


class Releases(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison. `notices` hold for all of it; of `findings` the first ones, `findings_total` is their number."""

    schema_version: str
    kind: str
    old: Side
    new: Side
    notices: tuple[Reason, ...]
    criteria: tuple[CriterionChange, ...]
    measures: tuple[MeasureChange, ...]
    kinds: dict[str, KindCount]
    findings: tuple[FindingChange, ...]
    findings_total: int


def compare_releases(old: Report, new: Report) -> Releases:
    """What changed from one report to another."""
    standing = Standing(old, new)
    notices = list(standing.rules)
    if old.scan_digest == new.scan_digest:
        notices.append(Reason("compare.same_scan"))
    names = [report.product.get("name") for report in (old, new)]
    if names[0] != names[1]:
        notices.append(Reason("compare.other_product", {"old": names[0] or "–", "new": names[1] or "–"}))
    if differ := standing.probes_differ({row["id"] for report in (old, new) for row in report.probes}):
        notices.append(Reason("compare.other_probes", {"probes": differ}))
    kinds, changes, total = _findings(old, new, standing)
    return Releases(
        schema_version=VERSION,
        kind="releases",
        old=side_of(old),
        new=side_of(new),
        notices=tuple(notices),
        criteria=tuple(_criteria(old, new, standing)),
        measures=tuple(_measures(old, new, standing)),
        kinds=kinds,
        findings=changes,
        findings_total=total,
    )


def _criteria(old: Report, new: Report, standing: Standing) -> Iterator[CriterionChange]:
    before = {row["id"]: row for row in old.assessment["criteria"]}
    after = {row["id"]: row for row in new.assessment["criteria"]}
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        row = other or one
        assert row is not None
        why = standing.of(one, other) if one and other else (Reason("compare.one_only"),)
        outcomes = [found["outcome"] if found else None for found in (one, other)]
        yield CriterionChange(
            id=name,
            title=row.get("title") or {},
            category=row["category"],
            obligation=row["obligation"],
            obligation_basis=row["obligation_basis"],
            old=outcomes[0],
            new=outcomes[1],
            changed=outcomes[0] != outcomes[1],
            why=why,
            reasons=tuple(other["rationale"]) if other else (),
        )


def _measures(old: Report, new: Report, standing: Standing) -> Iterator[MeasureChange]:
    for name in sorted(old.measures.keys() | new.measures.keys()):
        one, other = old.measures.get(name), new.measures.get(name)
        figures = [figure_of(row) for row in (one, other)]
        why = standing.of_measure(one, other) if one and other else (Reason("compare.one_only"),)
        yield MeasureChange(
            id=name,
            title=(other or one or {}).get("title") or {},
            old=figures[0],
            new=figures[1],
            changed=figures[0] != figures[1],
            why=why,
        )


def figure_of(row: Row | None) -> Figure | None:
    """The figure of a measure's row."""
    if row is None:
        return None
    return Figure(numerator=row["numerator"], denominator=row["denominator"], value=row["value"], bounds=row["bounds"])


# -- findings


class _Thing(msgspec.Struct):
    """All findings of one subject in one report."""

    kind: str
    id: str
    place: str
    path: str  # as the two releases share it
    probes: set[str]
    values: dict[str, set[str]]


def _findings(
    old: Report, new: Report, standing: Standing
) -> tuple[dict[str, KindCount], tuple[FindingChange, ...], int]:
    roots = roots_of(old, new)
    # First only a number for each subject, so that a million of them fit; then the details of those that differ.
    before, after = (_fingerprints(report, root) for report, root in zip((old, new), roots, strict=True))
    counts: dict[str, list[int]] = {}
    differing: list[str] = []
    for subject in before.keys() | after.keys():
        one, other = before.get(subject), after.get(subject)
        sort = 0 if one == other else 2 if one is None else 3 if other is None else 1
        counts.setdefault(subject.partition(":")[0], [0, 0, 0, 0])[sort] += 1
        if sort:
            differing.append(subject)
    listed = nsmallest(LIST_LIMIT, differing)
    wanted = set(listed)
    things = [_things(report, root, wanted) for report, root in zip((old, new), roots, strict=True)]
    unread = [_unread(report, root) for report, root in zip((old, new), roots, strict=True)]
    changes = tuple(
        _change(subject, things[0].get(subject), things[1].get(subject), standing, unread) for subject in listed
    )
    kinds = {
        kind: KindCount(same=same, changed=changed, added=added, removed=removed)
        for kind, (same, changed, added, removed) in sorted(counts.items())
    }
    return kinds, changes, len(differing)


def _fingerprints(report: Report, roots: Roots) -> dict[str, int]:
    """For each subject a number that is the same where its facts are, in whatever order they come."""
    found: dict[str, int] = {}
    for row in report.findings():
        if row["kind"] != _LEFT_OUT:
            subject = subject_of(row, roots)
            facts = hashlib.blake2b(canonical(_facts(row)), digest_size=8).digest()
            found[subject] = (found.get(subject, 0) + int.from_bytes(facts, "big")) % 2**64
    return found


def _facts(row: Row) -> dict[str, Any]:
    attributes = row["attributes"]
    watched = {name: attributes[name] for name in _WATCHED.get(row["kind"], ()) if name in attributes}
    return {**watched, **{name: row[name] for name in _ALWAYS}}


def _things(report: Report, roots: Roots, wanted: set[str]) -> dict[str, _Thing]:
    found: dict[str, _Thing] = {}
    for row in report.findings():
        subject = subject_of(row, roots) if row["kind"] != _LEFT_OUT else ""
        if subject not in wanted:
            continue
        place = row["evidence"][0]["artifact"]
        thing = found.setdefault(subject, _Thing(row["kind"], row["id"], place, roots.strip(place), set(), {}))
        thing.probes.add(row["probe"])
        for name, value in _facts(row).items():
            thing.values.setdefault(name, set()).add(_shown(value))
    return found


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _change(
    subject: str, one: _Thing | None, other: _Thing | None, standing: Standing, unread: list[set[str]]
) -> FindingChange:
    thing = other or one
    assert thing is not None
    names = sorted({*(one.values if one else ()), *(other.values if other else ())})
    changes = [(name, _named(one, name), _named(other, name)) for name in names] if one and other else []
    uncertain = []
    if differ := standing.probes_differ((one.probes if one else set()) | (other.probes if other else set())):
        uncertain.append(Reason("compare.other_probes", {"probes": differ}))
    missing_in = None if one and other else 0 if one is None else 1
    if missing_in is not None and any(_lies_in(thing.path, lost) for lost in unread[missing_in]):
        uncertain.append(Reason("compare.not_read", {"artifact": thing.place}))
    return FindingChange(
        what="changed" if one and other else "added" if other else "removed",
        kind=thing.kind,
        subject=subject,
        old=one.id if one else None,
        new=other.id if other else None,
        old_place=one.place if one else None,
        new_place=other.place if other else None,
        changes=tuple(Change(name=name, old=was, new=now) for name, was, now in changes if was != now),
        uncertain=tuple(uncertain),
    )


def _named(thing: _Thing | None, name: str) -> tuple[str, ...]:
    values = thing.values.get(name, set()) if thing else set()
    if name == "strength":
        return tuple(sorted(values, key=lambda value: (view.rank(value), value)))
    return tuple(sorted(values)[:_VALUES])


def _unread(report: Report, roots: Roots) -> set[str]:
    """What was lost, as the two releases share the path."""
    rows: Iterable[Row] = (row for name in LISTS for row in report.coverage[name])
    return {roots.strip(row["artifact"]) for row in rows if row["severity"] == "lost"}


def _lies_in(path: str, lost: str) -> bool:
    return path == lost or path.startswith((f"{lost}!/", f"{lost}/"))
