"""What claims and determinations are held against: one scan, its assessment and the catalogue."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from cpo_scan.model import Role
from cpo_scan.model.assessment import Assessment, CriterionResult, SearchScope, assessment_digest
from cpo_scan.rulebook.catalogue import Catalogue

Row = dict[str, Any]
Search = Callable[[tuple[str, ...], tuple[Role, ...]], SearchScope]
"""Where findings of these kinds were looked for in deliverables of these roles, and what was left out."""


class Scene:
    """A scan and its assessment, as far as the layers ask.

    `findings` gives the findings of a kind, `finding` one by its id, `search` where findings of some kinds were looked
    for. `release` is the product's version, where it is known; `probes` are the versions of the installed probes by id,
    `excluded` the paths that the product description took out of the scan, `not_fulfilled` the criteria that a report
    carries such a determination in force on.
    """

    def __init__(
        self,
        *,
        scan_digest: str,
        assessment: Assessment,
        catalogue: Catalogue,
        as_of: date,
        findings: Callable[[str], Iterable[Row]],
        finding: Callable[[str], Row | None],
        search: Search,
        release: str | None = None,
        probes: Mapping[str, int] | None = None,
        excluded: Iterable[str] = (),
        not_fulfilled: Iterable[str] = (),
    ) -> None:
        self.scan_digest = scan_digest
        self.assessment = assessment
        self.catalogue = catalogue
        self.as_of = as_of
        self.findings = findings
        self.finding = finding
        self.search = search
        self.release = release
        self.probes = dict(probes or {})
        self.excluded = tuple(sorted(excluded))
        self.not_fulfilled = frozenset(not_fulfilled)

    @cached_property
    def criteria(self) -> dict[str, CriterionResult]:
        """The outcomes by criterion."""
        return {row.id: row for row in self.assessment.criteria}

    @cached_property
    def assessment_digest(self) -> str:
        """The digest of the assessment around this scan."""
        return assessment_digest(self.scan_digest, self.assessment)
