"""Can two reports be held against each other? Only with equal rules, probe versions, deliverable roles and options."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cpo_scan.model import Reason
from cpo_scan.model.coverage import LISTS
from cpo_scan.report.read import Report

Row = Mapping[str, Any]

_RAN = ("ok", "partial")
_OPTIONS = ("limits", "schemas")
"""Options of a scan that change what it finds. Probes that were off stand in the probes' states; excerpts change no
outcome; the product's description is another one for every product."""
_RELEASES = "release.change"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One deliverable of a product, with the digest of its files."""

    id: str
    role: str | None
    supplied: bool
    digest: str | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one report is on: the product, its scope, and by what it was examined and judged."""

    name: str | None
    version: str | None
    vendor: str | None
    edition: str | None
    scan_digest: str
    assessment_digest: str
    tool: str
    deliverables: tuple[Part, ...]
    exclusions: int
    files: int
    members: int
    lost: int
    probes_run: int
    probes_not_run: tuple[str, ...]
    rules: tuple[dict[str, Any], ...]


def side_of(report: Report) -> Side:
    """The head of one side."""
    product, coverage = report.product, report.coverage
    rows = [row for name in LISTS for row in coverage[name]]
    return Side(
        name=product.get("name"),
        version=product.get("version"),
        vendor=product.get("vendor"),
        edition=product.get("edition"),
        scan_digest=report.scan_digest,
        assessment_digest=report.assessment_digest,
        tool=report.tool["version"],
        deliverables=tuple(
            Part(id=one["id"], role=one["role"], supplied=one["supplied"], digest=(one.get("tree") or {}).get("digest"))
            for one in product.get("deliverables") or ()
        ),
        exclusions=len(product.get("exclusions") or ()),
        files=int(coverage["files"]),
        members=int(coverage["members"]),
        lost=sum(row["severity"] == "lost" for row in rows),
        probes_run=sum(row["status"] in _RAN for row in report.probes),
        probes_not_run=tuple(row["id"] for row in report.probes if row["status"] not in _RAN),
        rules=tuple(report.assessment["rules"]),
    )


class Standing:
    """What two reports do not have in common."""

    def __init__(self, one: Report, other: Report) -> None:
        self._one, self._other = one, other
        self._probes = tuple({row["id"]: row for row in report.probes} for report in (one, other))
        self.rules = tuple(self._rules())

    def _rules(self) -> Iterable[Reason]:
        """Rules by which the facts were found or judged, and that differ."""
        for part, code in (("rules", "compare.other_fact_rules"), ("assessment", "compare.other_rules")):
            sides = []
            for report in (self._one, self._other):
                rows = report.rules if part == "rules" else report.assessment["rules"]
                sides.append({row["kind"]: (row["id"], row["sha256"]) for row in rows})
            kinds = sorted(
                kind for kind in sides[0].keys() | sides[1].keys() if sides[0].get(kind) != sides[1].get(kind)
            )
            if kinds:
                yield Reason(code, {"kinds": kinds})

    def probes_differ(self, names: Iterable[str]) -> list[str]:
        """Probes of these that are of another version, or that only one of the two ran."""
        found = []
        for name in sorted(set(names)):
            one, other = (self._state(probes.get(name)) for probes in self._probes)
            if one != other:
                found.append(name)
        return found

    @staticmethod
    def _state(row: Row | None) -> tuple[int, bool] | None:
        return None if row is None else (int(row["version"]), row["status"] in _RAN)

    def of(self, one: Row, other: Row) -> tuple[Reason, ...]:
        """Why the two rows of a criterion can't be held against each other; empty where they can."""
        return self._hindrances([one["search_scope"], other["search_scope"]])

    def of_measure(self, one: Row, other: Row) -> tuple[Reason, ...]:
        """The same for a measure: by the search scopes of the criteria that it belongs to, and all roles."""
        scopes = [
            {**row["search_scope"], "roles": ()}
            for report in (self._one, self._other)
            for row in report.assessment["criteria"]
            if one["id"] in row["measures"]
        ]
        sources = {*one["sources"], *other["sources"]}
        if not scopes:  # it belongs to none: any probe may have fed it
            sources = {row["id"] for report in (self._one, self._other) for row in report.probes}
        return self._hindrances([*scopes, {"probes": [{"id": name} for name in sources]}])

    def _hindrances(self, scopes: list[Row]) -> tuple[Reason, ...]:
        reasons = list(self.rules)
        probes = {probe["id"] for scope in scopes for probe in scope.get("probes") or ()}
        if differ := self.probes_differ(probes):
            reasons.append(Reason("compare.other_probes", {"probes": differ}))
        roles = {role for scope in scopes for role in scope.get("roles") or ()}
        supplied = [_roles(report, roles) for report in (self._one, self._other)]
        if None in supplied and supplied[0] != supplied[1]:
            reasons.append(Reason("compare.roles_unknown"))
        elif supplied[0] != supplied[1]:
            reasons.append(Reason("compare.other_roles", {"one": supplied[0] or ["–"], "other": supplied[1] or ["–"]}))
        kinds = {kind for scope in scopes for kind in scope.get("kinds") or ()}
        if differing := self._options(kinds):
            reasons.append(Reason("compare.other_options", {"options": differing}))
        return tuple(reasons)

    def _options(self, kinds: set[str]) -> list[str]:
        one, other = self._one.options, self._other.options
        found = [name for name in _OPTIONS if one.get(name) != other.get(name)]
        if _RELEASES in kinds and ("previous" in one) != ("previous" in other):
            found.append("previous")
        return found


def _roles(report: Report, wanted: set[str]) -> list[str] | None:
    """The roles that were supplied, as far as a criterion asks for them (none: all). Without a product description
    nothing is known of roles."""
    if not report.product.get("name"):
        return None
    every = {one["role"] for one in report.product.get("deliverables") or () if one["supplied"] and one["role"]}
    return sorted(every & wanted if wanted else every)
