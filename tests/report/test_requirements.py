"""Requirements and nonconformities on the faces: the same answers everywhere, in both languages, hostile text inert."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from lxml import html as parser
from markdown_it import MarkdownIt
from pypdf import PdfReader

from cpo_scan.model.report import Layers
from cpo_scan.report import Report, read_report
from cpo_scan.report.audience import View, seen_by
from cpo_scan.report.html import render_html
from cpo_scan.report.markdown import render_markdown
from cpo_scan.report.oscal import write_oscal
from cpo_scan.report.pdf import write_pdf
from cpo_scan.report.requirements import COLUMNS, LINK_COLUMNS, answers_table, links_table
from cpo_scan.report.spreadsheet import csv_table
from cpo_scan.report.sqlite import write_sqlite
from cpo_scan.report.terminal import summary
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.root import rules_root
from tests.report import hostile
from tests.report.product import findings
from tests.report.test_oscal import VALIDATORS

Make = Callable[..., Report]
DIGEST = "ab" * 32
CODE = r"\b(?:requirement|nonconformity|answers|report\.(?:requirements|nonconformities))\.[a-z_.]+"


def parsed(content: bytes | str) -> Any:
    return parser.fromstring(content)


def link(finding: str = "", **more: Any) -> dict[str, Any]:
    return {
        "criterion": None, "measure": None, "at_least": None, "standard": None, "direction": None, "edition": None,
        "proposed": False, "words": None, "result": "open", "reasons": [{"code": "requirement.not_seen", "params": {}}],
        "findings": [finding] if finding else [], "findings_total": 7 if finding else 0, "search_scope": None,
        "not_seen": True, **more,
    }  # fmt: skip


def requirement(
    identity: str, result: str, *links: dict[str, Any], text: str = "The product writes JT."
) -> dict[str, Any]:
    return {
        "id": identity, "line": 3, "source": {"file": "tender.csv", "sha256": DIGEST}, "title": "Exchange",
        "text": text, "groups": ["Chapter 1"], "information": result == "information", "links": list(links),
        "result": result, "reasons": [] if links else [{"code": "requirement.no_link", "params": {}}],
        "scan_digest": DIGEST, "assessment_digest": DIGEST,
    }  # fmt: skip


def nonconformity(
    identity: str, state: str, *, overdue: bool = False, text: str = "Two are not described."
) -> dict[str, Any]:
    step = {"person": "A. Auditor", "date": "2026-05-01", "text": text, "scan_digest": None}
    return {
        "id": identity, "criterion": "P-2.4-01", "criterion_digest": None, "subject": "api.description:openapi:Parts",
        "item": None, "grade": "major", "text": text, "due": "2026-06-01", "raised": step, "answered": None,
        "corrected": None, "closed": step if state == "closed" else None,
        "basis": {"scan_digest": DIGEST, "rules": DIGEST, "probes": {"api.openapi": 3}, "roles_not_supplied": [],
                  "unread": 0, "excluded": []},
        "state": state, "overdue": overdue,
        "reasons": [{"code": "nonconformity.subject_met", "params": {}}], "findings": [],
        "scan_digest": DIGEST, "assessment_digest": DIGEST,
    }  # fmt: skip


@pytest.fixture
def report(make: Make) -> Report:
    rows = findings()
    capability = next(row["id"] for row in rows if row["kind"] == "exchange.capability")
    return make(
        rows,
        layers=Layers(
            requirements=(
                requirement("R-1", "supported",
                            link(capability, standard="step", direction="both", result="supported")),
                requirement("R-2", "open", link(standard="jt", edition="10"), link(measure="operations.described",
                            at_least=0.8)),
                requirement("R-3", "contradicted", link(criterion="P-2.1-03", result="contradicted")),
                requirement("R-4", "open", link(standard="ifc", proposed=True, words="IFC4", result="supported")),
                requirement("R-5", "open"),
                requirement("R-6", "information"),
            ),
            nonconformities=(
                nonconformity("NC-1", "proposed"),
                nonconformity("NC-2", "open", overdue=True),
                nonconformity("NC-3", "closed"),
            ),
        ),
    )  # fmt: skip


def test_the_schema_takes_them(report: Report) -> None:
    schema = msgspec.json.decode((rules_root() / "schemas" / "report-1.json").read_bytes())
    document = msgspec.json.decode(report.file.read_bytes())
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(document)] == []
    read_report(report.file)
    for layer in ("requirements", "nonconformities"):
        changed = msgspec.json.decode(report.file.read_bytes())
        changed["layers"][layer][0]["guess"] = 1
        assert not validator.is_valid(changed)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_all_codes_have_words(report: Report, words: Texts, lang: str) -> None:
    shown = render_markdown(report, words, lang) + summary(report, words, lang)
    assert not re.findall(CODE, shown)
    page = parsed(render_html(report, words, lang))
    for section in ("requirements", "nonconformities"):
        (part,) = page.xpath(f"//section[@id='{section}']")
        assert not re.findall(CODE, part.text_content())


def test_markdown_lists_what_needs_an_answer_first(report: Report, words: Texts) -> None:
    text = render_markdown(report, words, "en")
    assert re.findall(r"\*\*(R-\d)\*\*", text) == ["R-3", "R-2", "R-4", "R-5", "R-1"]
    assert "proposed from the word “IFC4”, does not count" in text
    assert "1 entry of the list asks for nothing" in text
    assert "from tender.csv (SHA-256 abababababababab…)" in text
    assert text.index("NC-2") < text.index("NC-1") < text.index("NC-3")
    assert "**overdue since 2026-06-01**" in text


def test_the_page_links_criteria_and_names_places(report: Report, words: Texts) -> None:
    page = parsed(render_html(report, words, "en"))
    (part,) = page.xpath("//section[@id='requirements']")
    assert [heading.get("id") for heading in part.iter("h3")] == [
        "h-requirements-contradicted",
        "h-requirements-open",
        "h-requirements-supported",
    ]
    assert any("P-2.1-03" in (link.text_content()) for link in part.iter("a"))
    assert "server/plugins/step.py" in part.text_content()
    beside = page.xpath("//div[@class='said']")
    assert any("NC-2" in one.text_content() and "overdue" in one.text_content() for one in beside)


def test_a_report_without_them_has_no_such_section(make: Make, words: Texts) -> None:
    page = parsed(render_html(make(), words, "en"))
    assert page.xpath("//section[@id='requirements' or @id='nonconformities']") == []
    assert not [line for line in render_markdown(make(), words, "en").split("\n") if line == "### Requirements"]


def test_the_summary_counts_them(report: Report, words: Texts) -> None:
    text = " ".join(summary(report, words, "en", width=110).split())
    assert "Requirements: contradicted 1 · open 3 · supported 1" in text
    assert "Nonconformities: open 1 · closure proposed 1 · closed 1 · overdue 1" in text


def test_a_customer_sees_the_answers_without_places_and_no_nonconformity(report: Report, words: Texts) -> None:
    shown = seen_by(report, View.CUSTOMER)
    assert len(shown.layers["requirements"]) == 6
    assert shown.layers["nonconformities"] == []
    assert all(one["findings"] == [] for row in shown.layers["requirements"] for one in row["links"])
    page = render_html(shown, words, "en").decode()
    assert 'id="requirements"' in page
    assert "server/plugins/step.py" not in page
    assert seen_by(report, View.VENDOR).layers["nonconformities"][0].get("grade") is None


def test_the_table_has_a_row_for_each_link_and_states_no_proposal(report: Report, words: Texts) -> None:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in answers_table(report, words, "en")]
    assert [row["id"] for row in rows] == ["R-1", "R-2", "R-2", "R-3", "R-4", "R-5", "R-6"]
    assert rows[0]["evidence"].startswith("server/plugins/step.py")
    assert (rows[4]["standard"], "IFC" in rows[4]["proposed"]) == ("", True)
    assert rows[2]["at_least"] == "0.8"


def test_a_list_with_its_links_keeps_proposals_apart(report: Report) -> None:
    table = csv_table(LINK_COLUMNS, links_table(report.layers["requirements"])).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert (rows[0]["standard"], rows[0]["direction"]) == ("step", "both")
    assert (rows[4]["standard"], rows[4]["proposed standard"], rows[4]["proposed from"]) == ("", "ifc", "IFC4")
    assert rows[6]["kind"] == "information"


def test_hostile_text_stays_text(make: Make, words: Texts) -> None:
    evil = hostile.ALL
    made = make(
        layers=Layers(
            requirements=(requirement(evil, "open", link(standard=evil, edition=evil, words=evil), text=evil),),
            nonconformities=(nonconformity(evil, "open", text=evil),),
        )
    )
    page = parsed(render_html(made, words, "en"))
    (part,) = page.xpath("//section[@id='requirements']")
    assert not list(part.iter("script", "img", "style"))
    text = MarkdownIt("commonmark").enable("table").render(render_markdown(made, words, "en"))
    shown = parsed(text)
    assert not [one for one in shown.iter("script", "img") if one.get("src") != ""]
    for row in answers_table(made, words, "en"):
        assert not any("\x1b" in cell or "\u202e" in cell for cell in row)


# -- exports that have a place for them


def test_a_database_answers_what_was_asked_and_what_is_open(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.sqlite"
    with file.open("wb") as stream:
        write_sqlite(report, stream)
    connection = sqlite3.connect(file)
    try:
        answers = dict(connection.execute("SELECT id, result FROM requirement"))
        assert answers == {row["id"]: row["result"] for row in report.layers["requirements"]}
        links = connection.execute(
            "SELECT requirement, standard, proposed FROM requirement_link WHERE standard IS NOT NULL ORDER BY 1"
        ).fetchall()
        assert links == [("R-1", "step", 0), ("R-2", "jt", 0), ("R-4", "ifc", 1)]
        late = connection.execute("SELECT id, due FROM nonconformity WHERE overdue").fetchall()
        assert late == [("NC-2", "2026-06-01")]
    finally:
        connection.close()


@pytest.mark.parametrize("lang", ["en", "de"])
def test_paper_has_both_after_the_gaps(report: Report, words: Texts, lang: str) -> None:
    out = io.BytesIO()
    write_pdf(report, words, lang, out)
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(out, strict=True).pages)
    assert not re.findall(CODE, text)
    for row in report.layers["requirements"]:
        assert (row["id"] in text) is (row["result"] != "information")
    places = [text.index(f"NC-{number}, ") for number in (2, 1, 3)]
    assert places == sorted(places)


def test_paper_without_them_says_nothing_of_them(make: Make, words: Texts) -> None:
    out = io.BytesIO()
    write_pdf(make(), words, "en", out)
    titles = {part.title for part in PdfReader(out, strict=True).outline if not isinstance(part, list)}
    for layer in ("requirements", "nonconformities"):
        assert words.label(f"report.{layer}", "en") not in titles


def test_nonconformities_are_risks_that_lead_to_their_criterion(report: Report, words: Texts) -> None:
    out = io.BytesIO()
    write_oscal(report, words, "en", out)
    document = json.loads(out.getvalue())
    assert [error.message for error in VALIDATORS["assessment-results"].iter_errors(document)] == []
    (result,) = document["assessment-results"]["results"]
    risks = {
        prop["value"]: risk for risk in result["risks"] for prop in risk["props"] if prop["name"] == "nonconformity"
    }
    assert {name: risk["status"] for name, risk in risks.items()} == {
        "NC-1": "remediating", "NC-2": "open", "NC-3": "closed",
    }  # fmt: skip
    assert risks["NC-2"]["deadline"] == "2026-06-01T23:59:59Z"
    observed = {one["uuid"] for one in result["observations"]}
    for risk in risks.values():
        assert {one["observation-uuid"] for one in risk["related-observations"]} <= observed
