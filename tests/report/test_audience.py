"""Views: what is for whom. Searched in the bytes, since what is hidden in a page is not left out of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cpo_scan.model import Offered, Origin
from cpo_scan.model.report import Layers
from cpo_scan.report import Report, UnknownFormat, check_outputs, parse_output
from cpo_scan.report.audience import View, seen_by
from cpo_scan.report.candidates import candidate
from cpo_scan.report.html import render_html
from cpo_scan.report.markdown import render_markdown
from cpo_scan.report.texts import Texts
from tests.report import hostile
from tests.report.product import assessment, findings, row

Make = Callable[..., Report]

DETERMINED = {
    "criterion": "P-2.4-01", "verdict": "not_fulfilled", "grade": "major", "method": "examine", "role": "decider",
    "person": "A. Uditor", "date": "2026-11-20", "reason": "looked at server/api/parts.yaml", "state": "in_force",
    "evidence": [{"file": "notes-4711.txt", "sha256": "a" * 64, "checked": True}], "reasons": [],
}  # fmt: skip
CLAIM = {
    "criterion": "P-2.4-01", "claim": "yes", "text": "All is described, see server/api/parts.yaml", "result": "open",
    "reasons": [{"code": "claim.some", "params": {}}], "evidence": ["intranet/share-0815"], "not_seen": False,
    "findings": [], "findings_total": 0,
}  # fmt: skip
RESPONSE = {
    "criterion": "P-2.4-01",
    "reason": "secret-roadmap",
    "person": "V",
    "date": "2026-11-01",
    "state": "in_force",
}
WAIVER = {"criterion": "P-2.1-03", "reason": "waived-0816", "owner": "P", "expires": "2027-01-01", "state": "in_force"}
LAYERS = Layers(claims=(CLAIM,), determinations=(DETERMINED,), responses=(RESPONSE,), waivers=(WAIVER,))


def whole(make: Make) -> Report:
    """A report with something of everything, and reasons that name files."""
    rows = [
        *findings(),
        row("extension.point", "server/test/fixture.jar!/plugin.xml", {"mechanism": "eclipse", "name": "only.in.test"},
            origin=Origin.TEST, excerpt="<extension-point>"),
        row("sdk.surface", "server/internal/secret.h", {"language": "c", "symbols": 3, "root": "server/internal"},
            offered=Offered.INTERNAL),
    ]  # fmt: skip
    judged = assessment(rows)
    judged["criteria"][0]["rationale"].append({"code": "test.undescribed", "params": {"name": "see step.py for it"}})
    judged["criteria"][1]["rationale"].append({"code": "x.y", "params": {"files": ["server/old.zip"]}})
    return make(rows, judged=judged, layers=LAYERS)


def faces(report: Report, texts: Texts) -> list[str]:
    """The bytes of every face that has views, as text."""
    return [render_html(report, texts, "en").decode(), render_markdown(report, texts, "de")]


def test_a_customer_gets_no_path_no_excerpt_and_nothing_internal(make: Make, texts: Texts) -> None:
    report = whole(make)
    shown = seen_by(report, View.CUSTOMER)
    forbidden = {"audit-7", "Admin API", "only.in.test", "secret", "notes-4711", "share-0815", "secret-roadmap",
                 "waived-0816", "server-7", "4711", "major"}  # fmt: skip
    for one in report.findings():
        forbidden |= {piece["artifact"] for piece in one["evidence"]}
        forbidden |= {piece["artifact"].rpartition("/")[2] for piece in one["evidence"]}
        forbidden |= {piece["excerpt"] for piece in one["evidence"] if piece.get("excerpt")}
    forbidden |= {artifact["sha256"] for artifact in report.artifacts} | {"server/old.zip", "server/current"}
    for text in faces(shown, texts):
        plain = text.replace("&#34;", '"').replace("\\u003c", "<")
        assert [word for word in sorted(forbidden) if word in plain] == []


def test_a_customer_still_sees_where_the_product_stands(make: Make, texts: Texts) -> None:
    report = whole(make)
    page = render_html(seen_by(report, View.CUSTOMER), texts, "en").decode()
    for said in ("customer&#39;s view", report.scan_digest, "Parts API", "STEP (ISO 10303)", "74.3 %", "A. Uditor",
                 "not fulfilled", "claim of the vendor", "findings of internal files, tests and generated files: 3",
                 "responses, waivers and nonconformities: 2", "Who decides on changes?"):  # fmt: skip
        assert said in page, said
    assert "Ship the interface description" not in page, "advice is for the vendor"


def test_words_of_ours_are_no_paths_even_where_a_file_is_called_so(make: Make) -> None:
    rows = [*findings(), row("component", "step", {"name": "x"}), row("component", "server/export", {"name": "y"})]
    shown = seen_by(make(rows), View.CUSTOMER)
    assert {one["attributes"]["standard"] for one in shown.findings("exchange.capability")} >= {"step", "dwg"}


def test_the_vendor_sees_what_to_do_and_no_grades(make: Make, texts: Texts) -> None:
    report = whole(make)
    page = render_html(seen_by(report, View.VENDOR), texts, "en").decode()
    assert 'id="todo"' in page
    assert "Ship the interface description" in page
    assert "server/api/parts.yaml" in page
    assert "major" not in page
    assert "not fulfilled" in page
    assert "grades of determinations: 1" in page


def test_a_proposed_grade_is_for_auditors_only(make: Make, texts: Texts) -> None:
    report = whole(make)
    first, second = report.assessment["criteria"][:2]
    first["outcome"], second["outcome"] = "contradicted", "no_evidence"
    (profile,) = (rule for rule in report.assessment["rules"] if rule["kind"] == "profile")
    profile["grades"] = {first["obligation"]: "minor"}
    page = render_html(report, texts, "en").decode()
    assert "grade “minor”, by the profile" in page
    assert "absence alone grounds no grade" in page
    for view in (View.VENDOR, View.CUSTOMER):
        shown = seen_by(report, view)
        assert not any("grades" in rule for rule in shown.assessment["rules"])
        for face in faces(shown, texts):
            assert "absence alone grounds no grade" not in face
            assert "by the profile, since" not in face
    told = {row["code"]: row["params"] for row in seen_by(report, View.VENDOR).left_out}
    proposed = sum(bool(candidate(row, report.assessment)) for row in report.assessment["criteria"])
    assert told["report.left_out.candidates"] == {"count": proposed}
    assert proposed >= 2


def test_the_auditor_sees_all(make: Make, texts: Texts) -> None:
    report = whole(make)
    assert seen_by(report, View.AUDITOR) is report
    page = render_html(report, texts, "en").decode()
    for said in ("major", "secret.h", "only.in.test", "auditor&#39;s view", "notes-4711"):
        assert said in page
    assert 'id="todo"' not in page


def test_a_view_changes_no_number_of_a_measure_and_no_outcome(make: Make) -> None:
    report = whole(make)
    shown = seen_by(report, View.CUSTOMER)
    for before, after in zip(report.assessment["criteria"], shown.assessment["criteria"], strict=True):
        assert [before[name] for name in ("id", "outcome", "parts")] == [
            after[name] for name in ("id", "outcome", "parts")
        ]
    for name, measure in report.measures.items():
        assert shown.measures[name]["value"] == measure["value"]
        assert shown.measures[name]["not_counted_whole"] == measure["not_counted_whole"]
    assert report.finding_count - shown.finding_count == 3


def test_hostile_text_leaks_no_path_to_a_customer(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    shown = seen_by(report, View.CUSTOMER)
    page = render_html(shown, texts, "en").decode()
    kept = json.dumps([shown.artifacts, shown.coverage, list(shown.findings())])
    assert "server/<script" not in kept
    assert "window.owned=1</script>" not in page


@pytest.mark.parametrize("form", ["json", "csv", "junit", "sqlite"])
def test_a_format_that_holds_the_whole_report_has_no_view(form: str) -> None:
    with pytest.raises(UnknownFormat, match="--view customer is for html, markdown"):
        check_outputs([parse_output(f"{form}=x")], manifest=False, view=View.CUSTOMER)


def test_findings_of_unknown_kinds_show_a_customer_no_attribute(make: Make) -> None:
    rows: list[dict[str, Any]] = [row("component", "a/b.jar", {"name": "internal-lib", "version": "1"})]
    assert [one["attributes"] for one in seen_by(make(rows), View.CUSTOMER).findings()] == [{}]
