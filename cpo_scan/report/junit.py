"""JUnit XML for build servers: a suite per category, a case per criterion.

`contradicted` and `no_evidence` are failures, `inconclusive` and `not_examined` are errors (the question could not be
decided), what waits for people or does not apply is skipped. Which of them stop a release is the gate's business.
"""

from typing import Any
from xml.etree import ElementTree as Tree

from cpo_scan.model import Outcome
from cpo_scan.report import phrases
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.states import JUNIT
from cpo_scan.report.texts import Texts


def render_junit(report: Report, texts: Texts, lang: str) -> bytes:
    """The document in UTF-8."""
    suites: dict[str, Tree.Element] = {}
    root = Tree.Element("testsuites", {"name": "cpo-scan"})
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    counts: dict[str, dict[str, int]] = {}
    for row in report.assessment["criteria"]:
        category = row["category"]
        if category not in suites:
            name = visible(texts.category(category, lang))
            suites[category] = Tree.SubElement(root, "testsuite", {"name": name})
            counts[category] = dict.fromkeys(totals, 0)
        level = f"{row['obligation']}.{row['obligation_basis']}"
        case = Tree.SubElement(
            suites[category],
            "testcase",
            {"name": visible(f"{row['id']} {texts.title(row, lang)}"), "classname": f"cpo.{level}", "time": "0"},
        )
        kind = _kind(Outcome(row["outcome"]))
        for total in (totals, counts[category]):
            total["tests"] += 1
            if kind is not None:
                total[_PLURAL[kind]] += 1
        if kind is not None:
            said = visible(texts.label(f"report.outcome.{row['outcome']}", lang))
            verdict = Tree.SubElement(case, kind, {"message": said})
            if kind != "skipped":
                verdict.set("type", row["outcome"])
            verdict.text = "\n".join(_lines(row, report, texts, lang))
    for category, suite in suites.items():
        suite.attrib.update({name: str(count) for name, count in counts[category].items()})
        suite.set("time", "0")
    root.attrib.update({name: str(count) for name, count in totals.items() if name != "skipped"})
    root.set("time", "0")
    Tree.indent(root)
    text: str = Tree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


_PLURAL = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _kind(outcome: Outcome) -> str | None:
    word = JUNIT[outcome].word
    return None if word == "passed" else word


def _lines(row: dict[str, Any], report: Report, texts: Texts, lang: str) -> list[str]:
    lines = phrases.reasons(row, report, texts, lang)
    if remediation := phrases.to_do(row, texts, lang):
        lines.append(remediation)
    return [visible(line) for line in lines]
