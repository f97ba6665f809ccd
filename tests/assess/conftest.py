"""Builds small rulebooks and findings, so that each test shows only what it is about."""

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from cpo_scan.assess import ProbeState, assess
from cpo_scan.model import Evidence, Finding, Locator, Offered, Openness, Origin, ProbeStatus, Reason, Strength, finish
from cpo_scan.model.assessment import Assessment, CriterionResult, MeasureResult
from cpo_scan.rulebook.book import Rulebook, StandardFacts
from cpo_scan.rulebook.catalogue import load_catalogue, parse_catalogue
from cpo_scan.rulebook.measures import load_measures, parse_measures
from cpo_scan.rulebook.messages import load_messages
from cpo_scan.rulebook.origins import load_origins
from cpo_scan.rulebook.profile import load_profile, parse_profile

STANDARDS = {
    "step": StandardFacts(openness=Openness.OPEN, domains=("mcad", "pdm")),
    "iges": StandardFacts(openness=Openness.OPEN, domains=("mcad",)),
    "reqif": StandardFacts(openness=Openness.OPEN, domains=("requirements",)),
    "jt": StandardFacts(openness=Openness.OPEN, domains=("mcad",)),
    "catia-v5": StandardFacts(openness=Openness.PROPRIETARY, domains=("mcad",)),
    "altium": StandardFacts(openness=Openness.PROPRIETARY, domains=("ecad",)),
    "csv": StandardFacts(openness=Openness.OPEN, domains=("carrier",), carrier=True),
}

MEASURES = """
id: small
version: "1"
provisional: true
measures:
  RATIO:
    title: {en: described, de: beschrieben}
    definition: {en: described operations, de: beschriebene Operationen}
    kind: api.description
    minimum_strength: recognised
    counts: {sum: operations}
    numerator: {sum: documented_operations}
  NUMBER:
    title: {en: documents, de: Dokumente}
    definition: {en: documents, de: Dokumente}
    kind: api.description
    minimum_strength: recognised
    counts: {findings: true}
"""

CATALOGUE = """
id: small
version: "1"
provisional: true
title: {en: small, de: klein}
notice: {en: none, de: keine}
categories:
  "2.4": {name: interfaces, title: {en: Interfaces, de: Schnittstellen}}
criteria:
  C-1:
    category: "2.4"
    obligation: mandatory
    obligation_basis: reported
    modes: {MODES}
    roles: [ROLES]
    title: {en: one, de: eins}
    text: {en: one, de: eins}
"""

PROFILE = """
id: small
version: "1"
provisional: true
title: {en: small, de: klein}
notice: {en: none, de: keine}
catalogue: small
parameters:
  share: {value: 0.8, about: {en: share, de: Anteil}}
gate: {outcomes: [contradicted, no_evidence, inconclusive, not_examined], assumed_levels: true}
criteria:
  C-1:
    evidenced: m.RATIO.denominator >= 1 && m.RATIO.value >= p.share
"""


def small_rulebook(
    *,
    modes: str = "machine: required",
    roles: str = "",
    profile: str = PROFILE,
    measures: str = MEASURES,
) -> Rulebook:
    """A rulebook of one criterion."""
    criteria = parse_catalogue("catalogue.yaml", CATALOGUE.replace("MODES", modes).replace("ROLES", roles).encode())
    counted = parse_measures("measures.yaml", measures.encode())
    return Rulebook(
        measures=counted,
        catalogue=criteria,
        profile=parse_profile("profile.yaml", profile.encode(), counted, criteria),
        origins=load_origins(),
        messages=load_messages(),
        standards=STANDARDS,
    )


def finding(
    kind: str,
    path: str = "a/file",
    *,
    strength: Strength = Strength.RECOGNISED,
    origin: Origin = Origin.VENDOR,
    offered: Offered = Offered.PUBLISHED,
    probe: str = "",
    key: str = "",
    **attributes: Any,
) -> dict[str, Any]:
    """A finding as it stands in a report."""
    stated = Finding(
        kind, attributes, strength=strength, evidence=(Evidence(artifact=path, locator=Locator(pointer="")),), key=key
    )
    row = finish(stated, probe or f"probe.{kind}", (origin, Reason("test")), (offered, Reason("test")))
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    return decoded


def api(path: str = "docs/openapi.json", operations: int = 10, documented: int = 9, **more: Any) -> dict[str, Any]:
    """An API description."""
    attributes = {"family": "openapi", "operations": operations, "documented_operations": documented, **more}
    return finding("api.description", path, **attributes)


def capability(standard: str, direction: str, **more: Any) -> dict[str, Any]:
    """A registered capability."""
    more = {"strength": Strength.REGISTERED, "via": "registration", **more}
    return finding("exchange.capability", f"mod/{standard}.py", standard=standard, direction=direction, **more)


def lost(artifact: str = "broken.zip", *affects: str, probe: str | None = None) -> dict[str, Any]:
    """A coverage row of something that was not read."""
    reason = {"code": "zip.truncated", "params": {}}
    return {"artifact": artifact, "reason": reason, "severity": "lost", "probe": probe, "affects": list(affects)}


def probe(kind: str, status: ProbeStatus = ProbeStatus.OK) -> ProbeState:
    """A probe that states one kind."""
    return ProbeState(id=f"probe.{kind}", status=status, states=(kind,))


def measure(assessment: Assessment, identity: str) -> MeasureResult:
    """One measure of an assessment."""
    return next(row for row in assessment.measures if row.id == identity)


def criterion(assessment: Assessment, identity: str = "C-1") -> CriterionResult:
    """One criterion of an assessment."""
    return next(row for row in assessment.criteria if row.id == identity)


def codes(row: CriterionResult) -> list[str]:
    """The codes of its rationale."""
    return [reason.code for reason in row.rationale]


Judge = Callable[..., Assessment]


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The rules that come with the program, with a small table of standards."""
    measures, catalogue = load_measures(), load_catalogue()
    return Rulebook(
        measures=measures,
        catalogue=catalogue,
        profile=load_profile("default", measures, catalogue),
        origins=load_origins(),
        messages=load_messages(),
        standards=STANDARDS,
    )


@pytest.fixture(scope="session")
def judge(rulebook: Rulebook) -> Judge:
    """Assess findings by the rules that come with the program, with the probes of the first release."""

    def run(
        findings: Iterable[Mapping[str, Any]],
        coverage: Iterable[Mapping[str, Any]] = (),
        *,
        book: Rulebook | None = None,
        probes: Iterable[ProbeState] | None = None,
        **more: Any,
    ) -> Assessment:
        kinds = ("api.description", "component", "exchange.file", "exchange.schema", "exchange.capability", "docs.set")
        states = [probe(kind) for kind in kinds] if probes is None else probes
        return assess(findings, coverage=coverage, probes=states, rulebook=book or rulebook, **more)

    return run


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The builders above."""
    return SimpleNamespace(
        rulebook=small_rulebook,
        finding=finding,
        api=api,
        capability=capability,
        lost=lost,
        probe=probe,
        measure=measure,
        criterion=criterion,
        codes=codes,
        measures_text=MEASURES,
        profile_text=PROFILE,
    )
