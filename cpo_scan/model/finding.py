"""Findings: typed facts with strength and evidence, and what makes each one unique."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from cpo_scan.model.artifact import Evidence
from cpo_scan.model.canonical import canonical
from cpo_scan.model.coverage import Reason
from cpo_scan.model.words import Offered, Origin, Strength

EVIDENCE_LIMIT = 20  # rows of evidence that a finding carries; report contract


class FindingKind(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the contract's table of kinds.

    `identity` are the attributes that tell two findings of one place apart; `subject` those that name the thing across
    releases and renamed folders (`path` stands for the artifact or root, where nothing better names it). A finding of a
    kind that is `gathered` tells what any of many artifacts shows: it is the vendor's where one of them is.
    """

    name: str
    identity: tuple[str, ...]
    subject: tuple[str, ...]
    required: tuple[str, ...] = ()
    gathered: bool = False


def _kinds(*rows: FindingKind) -> dict[str, FindingKind]:
    return {row.name: row for row in rows}


KINDS = _kinds(
    FindingKind(name="api.description", identity=("family",), subject=("family", "title"), required=("family",)),
    FindingKind(name="exchange.file", identity=("standard",), subject=("standard", "path"), required=("standard",)),
    FindingKind(
        name="exchange.schema",
        identity=("standard", "language"),
        subject=("standard", "language", "version", "path"),
        required=("language",),
    ),
    FindingKind(
        name="exchange.capability",
        identity=("standard", "direction", "via", "name"),
        subject=("standard", "direction"),
        required=("standard", "direction", "via"),
    ),
    FindingKind(
        name="extension.point",
        identity=("mechanism", "name"),
        subject=("mechanism", "name"),
        required=("mechanism", "name"),
    ),
    FindingKind(
        name="extension.use",
        identity=("mechanism", "point", "name"),
        subject=("mechanism", "point", "name"),
        required=("mechanism",),
    ),
    FindingKind(
        name="sdk.surface",
        identity=("language", "root"),
        subject=("language", "root"),
        required=("language", "symbols", "root"),
    ),
    FindingKind(
        name="sdk.part",
        identity=("part", "language", "root"),
        subject=("part", "language"),
        required=("part", "root"),
    ),
    FindingKind(name="docs.set", identity=("format", "root"), subject=("format", "root"), required=("format",)),
    FindingKind(
        name="standard.mention",
        identity=("standard", "version", "where"),
        subject=("standard", "version"),
        required=("standard",),
    ),
    FindingKind(
        name="platform.option",
        identity=("class", "name"),
        subject=("class", "name"),
        required=("class", "name"),
        gathered=True,
    ),
    FindingKind(
        name="component",
        identity=("name", "version", "ecosystem"),
        subject=("ecosystem", "name"),
        required=("name",),
    ),
    FindingKind(name="licence.text", identity=("licence",), subject=("licence",)),
    FindingKind(
        name="release.change",
        identity=("what", "family", "direction", "element"),
        subject=("what", "family", "direction", "element"),
        required=("what", "breaking"),
    ),
    FindingKind(
        name="format.conflict",
        identity=("named_as", "recognised_as"),
        subject=("named_as", "recognised_as", "path"),
        required=("named_as", "recognised_as"),
    ),
)


class Finding(msgspec.Struct, frozen=True):
    """One fact, as a probe states it. The engine adds id, subject, origin and offered (`finish`).

    `key` tells apart findings that agree in kind, place and identity attributes (the line of a registration never:
    a line number would change the id with every edit above it). `origin` and `offered` are set by a probe that knows
    better than the path rules, then with a reason.
    """

    kind: str
    attributes: dict[str, Any] = {}
    strength: Strength = Strength.RECOGNISED
    evidence: tuple[Evidence, ...] = ()
    key: str = ""
    origin: Origin | None = None
    origin_reason: Reason | None = None
    offered: Offered | None = None
    offered_reason: Reason | None = None


class FindingError(ValueError):
    """A probe stated something that breaks the contract."""


def finish(
    finding: Finding, probe: str, origin: tuple[Origin, Reason], offered: tuple[Offered, Reason]
) -> dict[str, Any]:
    """The row of the report for a finding: checked, with id and subject, evidence sorted and capped.

    `origin` and `offered` are the path rules' answers, used where the probe gave none.
    Raises FindingError when the kind is unknown, a required attribute or the evidence is missing.
    """
    kind = KINDS.get(finding.kind)
    if kind is None:
        raise FindingError(f"unknown finding kind {finding.kind!r}")
    attributes = {key: value for key, value in finding.attributes.items() if value is not None or key == "valid"}
    missing = [name for name in kind.required if name not in attributes]
    if missing:
        raise FindingError(f"{finding.kind} lacks {', '.join(missing)}")
    if not finding.evidence:
        raise FindingError(f"{finding.kind} has no evidence")
    evidence = _ordered(finding.evidence)
    place = str(attributes.get("root") or finding.evidence[0].artifact)
    whose, whose_reason = (
        (finding.origin, finding.origin_reason or Reason("probe")) if finding.origin is not None else origin
    )
    offer, offer_reason = (
        (finding.offered, finding.offered_reason or Reason("probe")) if finding.offered is not None else offered
    )
    return {
        "id": _hash(finding.kind, probe, place, [attributes.get(name) for name in kind.identity], finding.key),
        "subject": _subject(kind, attributes, place, finding.key),
        "probe": probe,
        "kind": finding.kind,
        "strength": finding.strength,
        "origin": whose,
        "origin_reason": whose_reason,
        "offered": offer,
        "offered_reason": offer_reason,
        "attributes": attributes,
        "evidence": evidence[:EVIDENCE_LIMIT],
        "evidence_total": len(evidence),
    }


def _ordered(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The first piece stays first (it names the place); the rest are sorted, so that order of discovery is no fact."""
    first, *rest = evidence
    unique = {canonical(item): item for item in rest}
    unique.pop(canonical(first), None)
    return [first, *(unique[key] for key in sorted(unique))]


def _subject(kind: FindingKind, attributes: dict[str, Any], place: str, key: str) -> str:
    parts = [place if name == "path" else attributes.get(name) for name in kind.subject]
    return ":".join([kind.name, *("" if part is None else str(part) for part in parts), *([key] if key else [])])


def _hash(*parts: Any) -> str:
    return hashlib.sha256(canonical(list(parts))).hexdigest()
