"""ScanFacts judged: by rules, with what people say held against the outcomes, and the decision for a pipeline.

One way for a fresh scan and for the facts of an old report.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any

import msgspec

from cpo_scan.assess import assess, probe_states
from cpo_scan.assess.assessing import supplied_roles
from cpo_scan.assess.gaps import Gaps
from cpo_scan.gate import FailOn, Waiver, decide
from cpo_scan.layers import Held, LayerFiles, People, Scene, Search, hold_people, read_people
from cpo_scan.model import Role
from cpo_scan.model.assessment import Assessment, ProbeInScope, SearchScope
from cpo_scan.model.coverage import LISTS
from cpo_scan.model.report import Gate
from cpo_scan.report import Report, read_report
from cpo_scan.rulebook.book import Rulebook, load_rulebook


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """By which rules facts are judged, and what a pipeline makes of it; names are those of the command line."""

    profile: str = "default"
    catalogue: str | None = None
    fail_on: str = "never"
    require_determinations: bool = False
    allow_incomplete: bool = False
    as_of: date | None = None
    statement: str | None = None
    responses: str | None = None
    determinations: str | None = None
    waivers: str | None = None
    requirements: str | None = None
    nonconformities: str | None = None


class ScanFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a scan, fresh or read again, as judgement asks for them; `findings` of a kind, or all."""

    scan_digest: str
    findings: Callable[..., Iterable[dict[str, Any]]]
    finding: Callable[[str], dict[str, Any] | None]
    coverage: Callable[[], Iterable[dict[str, Any]]]
    probes: list[dict[str, Any]]
    product: dict[str, Any]
    sha256_of: Callable[[str], str | None]
    layers: dict[str, list[dict[str, Any]]] = {}
    options: dict[str, Any] = {}


def _assess(facts: ScanFacts, rulebook: Rulebook) -> Assessment:
    return assess(
        facts.findings(),
        coverage=facts.coverage(),
        probes=probe_states(facts.probes),
        rulebook=rulebook,
        product=facts.product,
        sha256_of=facts.sha256_of,
        options=facts.options,
    )


def _scene(facts: ScanFacts, assessment: Assessment, rulebook: Rulebook, as_of: date) -> Scene:
    return Scene(
        scan_digest=facts.scan_digest,
        assessment=assessment,
        catalogue=rulebook.catalogue,
        as_of=as_of,
        findings=facts.findings,
        finding=facts.finding,
        search=_search(facts, rulebook),
        release=facts.product["version"],
        probes={row["id"]: int(row["version"]) for row in facts.probes},
        excluded=(rule["path"] for rule in facts.product.get("exclusions") or ()),
        not_fulfilled=(
            row["criterion"]
            for row in facts.layers.get("determinations", ())
            if (row.get("verdict"), row.get("state")) == ("not_fulfilled", "in_force")
        ),
    )


def people_of(judging: Judging, rulebook: Rulebook) -> tuple[People, date]:
    """What people say in the files that the user names, read before the work, and the day that it is judged on."""
    as_of = judging.as_of or date.today()
    files = LayerFiles(
        statement=judging.statement,
        responses=judging.responses,
        determinations=judging.determinations,
        waivers=judging.waivers,
        nonconformities=judging.nonconformities,
    )
    people = read_people(files, rulebook, as_of)
    if judging.requirements:
        from cpo_scan.catalogues.requirements import read_requirements

        people = msgspec.structs.replace(people, requirements=read_requirements(judging.requirements, rulebook))
    return people, as_of


def judge(
    facts: ScanFacts, rulebook: Rulebook, people: People, judging: Judging, as_of: date
) -> tuple[Assessment, Held, Gate]:
    """Judge facts by rules, hold against that what people say, and decide for a pipeline."""
    assessment = _assess(facts, rulebook)
    held = hold_people(people, _scene(facts, assessment, rulebook, as_of), facts.layers)
    gate = decide(
        assessment,
        fail_on=FailOn(judging.fail_on),
        profile=rulebook.profile,
        require_determinations=judging.require_determinations,
        as_of=as_of,
        waivers=[
            Waiver(criterion=row.criterion, reason=row.reason, owner=row.owner, expires=row.expires)
            for row in held.waivers
        ],
        verdicts=held.verdicts,
        allow_incomplete=judging.allow_incomplete,
        probes={row["id"]: str(row["status"]) for row in facts.probes},
        limits=facts.options.get("limits"),
    )
    return assessment, held, gate


def _search(facts: ScanFacts, rulebook: Rulebook) -> Search:
    """Where findings of some kinds were looked for in the deliverables of some roles, and what was left out."""
    supplied = supplied_roles(facts.product)

    @cache
    def gaps() -> Gaps:
        made = Gaps(probe_states(facts.probes), rulebook.origins)
        for row in facts.coverage():
            made.add(row)
        return made

    @cache
    def search(kinds: tuple[str, ...], roles: tuple[Role, ...]) -> SearchScope:
        probes = {probe.id: probe for kind in kinds for probe in gaps().stating(kind)}
        unread = gaps().unread(kinds, vendor=True)
        closed = any(gaps().of(kind, vendor=True).closed for kind in kinds)
        missing = supplied.missing(roles)
        return SearchScope(
            kinds=kinds,
            probes=tuple(ProbeInScope(id=name, status=probes[name].status) for name in sorted(probes)),
            roles=tuple(str(role) for role in roles),
            roles_not_supplied=tuple(str(role) for role in missing),
            unread=unread,
            complete=not (closed or unread or missing),
        )

    return search


def read_again(old: Report) -> ScanFacts:
    """The facts of a report that was written before."""
    known = {row["path"]: row["sha256"] for row in old.artifacts}
    rows = [row for name in LISTS for row in old.coverage[name]]
    return ScanFacts(
        scan_digest=old.scan_digest,
        findings=lambda kind=None: old.findings(kind) if kind else old.findings(),
        finding=old.finding,
        coverage=lambda: rows,
        probes=old.probes,
        product=old.product,
        sha256_of=known.get,
        layers=old.layers,
        options=old.options,
    )


def judged(path: str, judging: Judging) -> tuple[Scene, Rulebook, dict[str, Any]]:
    """An old report judged by these rules, as the layers see it; the rules; and the product of its body.

    Raises ReportError, RuleError: each one line for the user.
    """
    old, rulebook = read_report(path), load_rulebook(judging.profile, judging.catalogue)
    facts = read_again(old)
    return _scene(facts, _assess(facts, rulebook), rulebook, judging.as_of or date.today()), rulebook, old.product
