"""What machine exports ask of a report beside its rows: stable ids, moments, the findings that are referred to."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cpo_scan.model.canonical import canonical
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

NAMESPACE = uuid5(NAMESPACE_URL, "urn:cpo-scan:export")
NO_MOMENT = "1970-01-01T00:00:00Z"
"""Stands where a format demands a moment and the report has none; the export says so in words."""
_MOST_CITED = 1_000  # findings of one criterion; what the report itself lists (LIST_LIMIT)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Ids:
    """UUIDs (version 5, RFC 9562) that are the same for the same thing of the same scan."""

    def __init__(self, report: Report) -> None:
        self._scan = uuid5(NAMESPACE, report.scan_digest)
        self._judged = uuid5(self._scan, report.assessment_digest)

    def scanned(self, *parts: str) -> str:
        """For what the scan saw."""
        return _uuid(self._scan, parts)

    def judged(self, *parts: str) -> str:
        """For what rules made of it."""
        return _uuid(self._judged, parts)

    def said(self, layer: str, row: Row) -> str:
        """For what a person said: the same words of the same person on the same scan."""
        return _uuid(self._scan, (layer, canonical(row).decode()))


def rules_id(*parts: str) -> str:
    """A UUID for what rules say, whatever was scanned."""
    return _uuid(NAMESPACE, parts)


def _uuid(space: UUID, parts: tuple[str, ...]) -> str:
    return str(uuid5(space, "\x00".join(parts)))


def layer_rows(report: Report, layer: str) -> list[Row]:
    """What people said in one layer; a row that stands there twice is given once."""
    return list({canonical(row): row for row in report.layers.get(layer, ())}.values())


def finished(report: Report) -> str:
    """When the run that made the report ended, in UTC; NO_MOMENT where the report does not say it."""
    return instant(report.run.get("finished")) or NO_MOMENT


def started(report: Report) -> str:
    """When it began."""
    return instant(report.run.get("started")) or finished(report)


def instant(value: Any) -> str | None:
    """A moment (RFC 3339) in UTC with whole seconds; None for anything else."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else None


def day(value: Any, *, end: bool = False) -> str | None:
    """A date (ISO 8601) as its first moment, or its last; None for anything else."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        known = date.fromisoformat(value)
    except ValueError:
        return None
    return f"{known.isoformat()}T{'23:59:59' if end else '00:00:00'}Z" if known.year >= 1000 else None


def cited(report: Report) -> dict[str, list[str]]:
    """Findings that something else in an export refers to, with the criteria that rest on them.

    At most 1,000 a criterion, as the report lists them. Ids that the report does not have are left out.
    """
    found: dict[str, list[str]] = {}
    for row in report.assessment["criteria"]:
        for identity in row["findings"][:_MOST_CITED]:
            found.setdefault(identity, []).append(row["id"])
    for layer in ("claims", "responses"):
        for row in report.layers.get(layer, ()):
            for identity in [*(row.get("findings") or ())[:_MOST_CITED], row.get("finding")]:
                if isinstance(identity, str):
                    found.setdefault(identity, [])
    return {identity: criteria for identity, criteria in found.items() if report.finding(identity) is not None}


def cited_findings(report: Report, among: dict[str, list[str]]) -> Iterator[Row]:
    """Their rows, in the order of the report."""
    return (row for row in report.findings() if row["id"] in among)


def deliverable(report: Report, path: str) -> str | None:
    """The id of the deliverable in which an artifact lies."""
    known = [str(one["id"]) for one in report.product.get("deliverables") or () if one.get("supplied", True)]
    if len(report.product.get("deliverables") or ()) == 1:
        return known[0] if known else None
    first = path.partition("/")[0]
    return first if first in known else None


def product_name(report: Report, texts: Texts, lang: str) -> str:
    """Name and version of the product, or that it has none."""
    product = report.product
    name = product.get("name") or texts.label("report.unnamed", lang)
    return visible(" ".join(str(part) for part in (name, product.get("version")) if part))


def rule(report: Report, kind: str) -> Row:
    """The rule file of this kind that shaped the assessment; with empty members where there is none."""
    found = [row for row in report.assessment["rules"] if row["kind"] == kind]
    return found[0] if found else {"kind": kind, "id": "", "version": "", "sha256": "", "provisional": False}


def notice(report: Report, texts: Texts, lang: str) -> list[str]:
    """What every export says of itself: no certificate, who decides, the scope, whose catalogue."""
    parts = report.product.get("deliverables") or ()
    lines = [texts.label("report.not_certificate", lang), texts.label("report.not_certificate.why", lang)]
    if report.product.get("name"):
        supplied = sum(one["supplied"] for one in parts)
        lines.append(texts.label("report.scope.deliverables", lang, supplied=supplied, all=len(parts)))
    else:
        lines.append(texts.label("report.scope.files", lang))
    if any(row.get("provisional") for row in report.assessment["rules"]):
        lines.append(texts.label("report.provisional", lang))
    if finished(report) == NO_MOMENT:
        lines.append(texts.label("export.no_moment", lang))
    return [visible(line) for line in lines]
