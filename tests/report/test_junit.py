"""JUnit XML as build servers read it."""

import io
from collections.abc import Callable

from junitparser import Error, Failure, JUnitXml, Skipped

from cpo_scan.report import Report
from cpo_scan.report.junit import render_junit
from cpo_scan.report.texts import Texts
from tests.report import hostile

Make = Callable[..., Report]
KINDS = {
    "evidenced": None,
    "contradicted": Failure,
    "no_evidence": Failure,
    "inconclusive": Error,
    "not_examined": Error,
    "needs_human": Skipped,
    "not_applicable": Skipped,
}


def test_each_outcome_is_what_the_mapping_says(make: Make, texts: Texts) -> None:
    report = make()
    suites = JUnitXml.fromfile(io.BytesIO(render_junit(report, texts, "en")))
    cases = {case.name.split()[0]: case for suite in suites for case in suite}
    assert len(cases) == len(report.assessment["criteria"])
    for row in report.assessment["criteria"]:
        expected = KINDS[row["outcome"]]
        got = [type(result) for result in cases[row["id"]].result]
        assert got == ([expected] if expected else [])


def test_the_counts_are_those_of_the_cases(make: Make, texts: Texts) -> None:
    document = render_junit(make(), texts, "de")
    suites = JUnitXml.fromfile(io.BytesIO(document))
    stated = (suites.tests, suites.failures, suites.errors)
    suites.update_statistics()  # type: ignore[no-untyped-call]
    assert stated == (suites.tests, suites.failures, suites.errors)


def test_hostile_text_leaves_the_document_well_formed(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    text = render_junit(report, texts, "en")
    JUnitXml.fromfile(io.BytesIO(text))
    assert b"\x1b" not in text
