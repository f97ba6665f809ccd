"""OSCAL results hold in NIST's schemas and load in trestle, say no more than the report, and refer to what is there."""

import base64
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import example
from hypothesis import given as examples
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from trestle.core.base_model import OscalBaseModel
from trestle.oscal.assessment_plan import AssessmentPlan
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog

from cpo_scan.catalogues.oscal import read_oscal_data
from cpo_scan.model import Outcome
from cpo_scan.model.report import Layers, Run
from cpo_scan.report import Report
from cpo_scan.report.exported import NO_MOMENT
from cpo_scan.report.inert import visible
from cpo_scan.report.oscal import LOST_LISTED, write_oscal
from cpo_scan.report.oscal_words import line, string, token
from cpo_scan.report.states import OSCAL
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.root import rules_root
from tests.report import hostile, people, product

Make = Callable[..., Report]
Tree = dict[str, Any]
SCHEMAS = rules_root() / "schemas" / "third_party" / "oscal-1.2.3"
LOADED: dict[str, type[OscalBaseModel]] = {
    "assessment-results": AssessmentResults,
    "assessment-plan": AssessmentPlan,
    "catalog": Catalog,
}
# Members that are Markdown in OSCAL 1.2: markup-line and markup-multiline
MARKUP = ("title", "description", "remarks", "prose", "statement")


def schema(name: str) -> Tree:
    loaded: Tree = json.loads((SCHEMAS / f"oscal_{name}_schema.json").read_bytes())
    return loaded


VALIDATORS = {name: jsonschema_rs.validator_for(schema(name)) for name in LOADED}


def bytes_of(report: Report, texts: Texts, lang: str = "en") -> bytes:
    out = io.BytesIO()
    write_oscal(report, texts, lang, out)
    return out.getvalue()


def read(report: Report, texts: Texts, lang: str = "en") -> Tree:
    document: Tree = json.loads(bytes_of(report, texts, lang))
    return document


def carried(document: Tree) -> dict[str, Tree]:
    """The plan and the catalogue in the back matter, by their root."""
    found: dict[str, Tree] = {}
    for row in document["assessment-results"]["back-matter"]["resources"]:
        data = base64.b64decode(row["base64"]["value"], validate=True)
        inner = json.loads(data)
        found[next(iter(inner))] = inner
    return found


def result_of(document: Tree) -> Tree:
    found: Tree = document["assessment-results"]["results"][0]
    return found


def value(row: Tree, name: str) -> str | None:
    return next((one["value"] for one in row.get("props", ()) if one["name"] == name), None)


def members(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object in the document."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield name, inner
            yield from members(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from members(inner)


@pytest.fixture
def whole(make: Make) -> Report:
    """A report in which everybody has said something."""
    rows = product.findings()
    return make(rows, layers=people.layers(rows))


@pytest.fixture
def wicked(make: Make) -> Report:
    return make(hostile.rows(), hostile.known(), **hostile.parts())


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("which", ["whole", "wicked"])
def test_results_plan_and_catalogue_are_valid_by_the_schemas_of_nist_and_load_in_trestle(
    which: str, lang: str, words: Texts, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    document = read(request.getfixturevalue(which), words, lang)
    for root, tree in {"assessment-results": document, **carried(document)}.items():
        assert [error.message for error in VALIDATORS[root].iter_errors(tree)] == []
        file = tmp_path / f"{root}.json"
        file.write_text(json.dumps(tree), encoding="utf-8")
        loaded = LOADED[root].oscal_read(file)
        assert loaded is not None
        again = json.loads(loaded.oscal_serialize_json())
        assert again[root]["uuid"] == tree[root]["uuid"]
        assert Counter(name for name, _ in members(again)) == Counter(name for name, _ in members(tree))


def test_the_schemas_are_the_bytes_of_their_source() -> None:
    source = yaml.safe_load((SCHEMAS / "SOURCE.yaml").read_text(encoding="utf-8"))
    digests = {row["file"]: row["sha256"] for row in source["files"]}
    assert digests == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in SCHEMAS.iterdir()
        if file.name.endswith(".json")
    }
    assert all(row["licence"] and row["package"] in source["packages"] for row in source["files"])


def test_the_schemas_refuse_a_third_state(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    result_of(document)["findings"][0]["target"]["status"]["state"] = "inconclusive"
    assert not VALIDATORS["assessment-results"].is_valid(document)


def test_the_outcomes_and_the_digests_come_back_from_the_document(whole: Report, words: Texts) -> None:
    result = result_of(read(whole, words))
    outcomes = {
        value(row, "criterion"): value(row, "outcome")
        for row in result["observations"]
        if row["types"] == ["control-objective"]
    }
    assert outcomes == {row["id"]: row["outcome"] for row in whole.assessment["criteria"]}
    assert value(result, "scan-digest") == whole.scan_digest
    assert value(result, "assessment-digest") == whole.assessment_digest


def test_every_outcome_has_its_place_in_the_table() -> None:
    assert set(OSCAL) == set(Outcome)
    assert {state.word for state in OSCAL.values()} == {"satisfied", "not-satisfied", None}


def test_only_what_is_evidenced_is_satisfied_and_only_counter_evidence_is_not(whole: Report, words: Texts) -> None:
    states = {
        value(row, "criterion"): row["target"]["status"]["state"]
        for row in result_of(read(whole, words))["findings"]
        if row["target"]["type"] == "objective-id"
    }
    expected = {"evidenced": "satisfied", "contradicted": "not-satisfied"}
    assert states == {
        row["id"]: expected[row["outcome"]]
        for row in whole.assessment["criteria"]
        if row["outcome"] in ("evidenced", "contradicted")
    }


def test_a_criterion_without_a_finding_says_why(whole: Report, words: Texts) -> None:
    said = words.label("export.no_state", "en")
    for row in result_of(read(whole, words))["observations"]:
        if row["types"] == ["control-objective"]:
            assert (said in row["description"]) == (value(row, "outcome") not in ("evidenced", "contradicted"))


def test_every_finding_of_the_report_that_a_criterion_rests_on_is_an_observation(whole: Report, words: Texts) -> None:
    result = result_of(read(whole, words))
    observed = {value(row, "finding") for row in result["observations"] if value(row, "kind")}
    resting = {name for row in whole.assessment["criteria"] for name in row["findings"]}
    assert resting <= observed
    assert value(result, "findings-not-referred-to") == str(whole.finding_count - len(observed))
    for row in result["observations"]:
        if value(row, "kind"):
            cited = whole.finding(str(value(row, "finding")))
            assert cited is not None
            places = [value(piece, "artifact") for piece in row["relevant-evidence"]]
            assert places == [piece["artifact"] for piece in cited["evidence"]]


def test_every_reference_leads_somewhere_and_no_id_stands_twice(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    inside = carried(document)
    uuids = [inner for name, inner in members(document) if name == "uuid"]
    assert len(uuids) == len(set(uuids))
    for name, inner in members(document):
        if name in ("subject-uuid", "actor-uuid", "observation-uuid", "risk-uuid", "component-uuid"):
            assert inner in uuids
        if name == "party-uuids":
            assert set(inner) <= set(uuids)
        if name == "href" and inner.startswith("#"):
            assert inner[1:] in uuids
    controls = [row for group in inside["catalog"]["catalog"]["groups"] for row in group["controls"]]
    known = {row["id"] for row in controls} | {part["id"] for row in controls for part in row["parts"]}
    named = {inner for name, inner in members(document) if name in ("control-id", "target-id")}
    assert named <= known
    roles = {row["id"] for row in document["assessment-results"]["metadata"]["roles"]}
    assert {inner for name, inner in members(document) if name == "role-id"} <= roles
    (subject,) = [inner for name, inner in members(inside["assessment-plan"]) if name == "subject-uuid"]
    assert subject in uuids


def test_determinations_are_findings_of_their_person_on_the_statement(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    names = {row["uuid"]: row["name"] for row in document["assessment-results"]["metadata"]["parties"]}
    found = {
        value(row, "criterion"): (
            row["target"]["status"]["state"],
            row["target"]["target-id"],
            names[row["origins"][0]["actors"][0]["actor-uuid"]],
        )
        for row in result_of(document)["findings"]
        if row["target"]["type"] == "statement-id"
    }
    assert found == {
        "P-2.4-02": ("satisfied", "P-2.4-02_smt", people.AUDITOR),
        "P-2.1-03": ("not-satisfied", "P-2.1-03_smt", people.AUDITOR),
    }


def test_stale_determinations_are_observed_and_decide_nothing(whole: Report, words: Texts) -> None:
    rows = [row for row in result_of(read(whole, words))["observations"] if row["types"] == ["finding"]]
    assert sorted(str(value(row, "state")) for row in rows) == ["in_force"] * 4 + ["stale"]
    assert {row["methods"][0] for row in rows} == {"INTERVIEW", "EXAMINE", "UNKNOWN"}


def test_claims_and_responses_are_the_vendors_words_and_nothing_else_is(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    (attested,) = result_of(document)["attestations"]
    assert [part["name"] for part in attested["parts"]] == ["claim"] * 5 + ["response"]
    for part in attested["parts"]:
        assert words.label("claim.evidenced", "en") not in part["prose"]
        assert words.label("claim.result.contradicted", "en") not in part["prose"]
        assert value(part, "result") is None


def test_how_a_claim_stands_to_the_evidence_is_the_tools_word(whole: Report, words: Texts) -> None:
    rows = [row for row in result_of(read(whole, words))["observations"] if value(row, "result")]
    assert [value(row, "result") for row in rows] == [
        *("supported", "contradicted", "open", "open", "supported", "seen_not_claimed"),
    ]
    assert {row["origins"][0]["actors"][0]["type"] for row in rows} == {"tool"}


def test_waivers_are_risks_and_change_no_finding(make: Make, whole: Report, words: Texts) -> None:
    result = result_of(read(whole, words))
    assert [(row["status"], row["deadline"]) for row in result["risks"]] == [
        ("deviation-approved", "2027-02-28T23:59:59Z"),
        ("open", "2027-02-28T23:59:59Z"),
    ]
    without = result_of(read(make(layers=Layers()), words))
    assert "risks" not in without
    states = [
        {row["target"]["target-id"]: row["target"]["status"] for row in one["findings"]} for one in (result, without)
    ]
    assert states[1].items() <= states[0].items()


def test_ids_follow_the_scan_and_moments_the_run(make: Make, words: Texts) -> None:
    first = bytes_of(make(), words)
    assert bytes_of(make(), words) == first
    later = bytes_of(make(run=Run(started="2027-01-01T01:00:00+01:00", finished="2027-01-01T00:05:00Z")), words)

    def ids(document: bytes) -> list[str]:
        return [inner for name, inner in members(json.loads(document)) if name.endswith("uuid")]

    assert ids(later) == ids(first)
    result = result_of(json.loads(later))
    assert (result["start"], result["end"]) == ("2027-01-01T00:00:00Z", "2027-01-01T00:05:00Z")


def test_a_report_without_moments_says_that_there_are_none(make: Make, words: Texts) -> None:
    document = read(make(run=Run()), words)
    assert result_of(document)["end"] == NO_MOMENT
    assert words.label("export.no_moment", "en") in document["assessment-results"]["metadata"]["remarks"]


def test_no_criterion_examined_means_no_control_reviewed(make: Make, words: Texts) -> None:
    judged = product.assessment(product.findings())
    for row in judged["criteria"]:
        row["outcome"] = "needs_human"
    document = read(make(judged=judged), words)
    assert VALIDATORS["assessment-results"].is_valid(document)
    (selection,) = result_of(document)["reviewed-controls"]["control-selections"]
    assert len(selection["exclude-controls"]) == len(judged["criteria"])
    assert "findings" not in result_of(document)


def test_what_was_lost_is_listed_and_counted_whole(make: Make, words: Texts) -> None:
    row = product.coverage()[0]
    many = [type(row)(artifact=f"server/{n:04}.zip", reason=row.reason, severity=row.severity) for n in range(150)]
    (found,) = [
        one for one in result_of(read(make(not_read=many), words))["observations"] if value(one, "coverage") is not None
    ]
    assert [one["value"] for one in found["props"] if one.get("class") == "lost"] == ["150"]
    assert len(found["relevant-evidence"]) == LOST_LISTED


def test_a_catalogue_that_is_no_list_of_tokens_still_gives_ids_that_differ(make: Make, words: Texts) -> None:
    judged = product.assessment(product.findings())
    for number, row in enumerate(judged["criteria"]):
        row["id"] = ["2.4.1", "2-4-1", "2 4 1", "§ 2.4.1", "id-2.4.1", ""][number % 6] + "x" * (number // 6)
    document = read(make(judged=judged), words)
    assert VALIDATORS["assessment-results"].is_valid(document)
    controls = [row for group in carried(document)["catalog"]["catalog"]["groups"] for row in group["controls"]]
    assert len({row["id"] for row in controls}) == len(judged["criteria"])
    assert {value(row, "criterion") or "" for row in controls} == {row["id"] for row in judged["criteria"]}


def test_the_catalogue_in_the_document_is_read_back_as_a_catalogue(whole: Report, words: Texts) -> None:
    data = json.dumps(carried(read(whole, words))["catalog"]).encode()
    given = read_oscal_data("catalog.json", data)
    rows = {row["id"]: row for row in whole.assessment["criteria"]}
    assert [entry.identity for entry in given.entries] == list(rows)
    for entry in given.entries:
        row = rows[str(entry.identity)]
        assert [group.id for group in entry.groups] == [row["category"]]
        assert entry.columns["title"] == {"": row["title"]["en"]}
        assert entry.columns["obligation"] == {"": row["obligation"]}
        assert entry.columns["questions"] == {"": "\n\n".join(row["questions"]["en"])}
        assert entry.columns["remediation"] == {"": row["remediation"]["en"]}


def test_hostile_text_is_text(wicked: Report, words: Texts) -> None:
    document = read(wicked, words)
    for tree in (document, *carried(document).values()):
        text = json.dumps(tree, ensure_ascii=False)
        assert visible(text.replace("\\n", " ")) == text.replace("\\n", " ")
        for name, inner in members(tree):
            if name in MARKUP and isinstance(inner, str):
                shown = MarkdownIt("commonmark").parse(inner)
                assert {token.type for token in shown} <= {"paragraph_open", "inline", "paragraph_close"}
                kinds = {child.type for token in shown for child in token.children or ()}
                assert kinds <= {"text", "text_special"}, inner


DEFINITIONS = schema("assessment-results")["definitions"]
TEXT = st.text(max_size=30) | st.text("#*_`<>[](){}!&~^|\\:/-+=.1a \t\n\u200b", max_size=20)


@examples(TEXT)
@example("-")
def test_tokens_and_strings_are_what_the_schema_asks_for(text: str) -> None:
    assert jsonschema_rs.validator_for(DEFINITIONS["TokenDatatype"]).is_valid(token(text))
    assert jsonschema_rs.validator_for(DEFINITIONS["StringDatatype"]).is_valid(string(text))


@examples(TEXT)
@example("1. a")
@example("2.1 Interoperability")
@example("--- a")
@example("# a")
@example("1")
@example("&lt;")
@example("__init__.py")
def test_a_line_of_markup_reads_as_its_text(text: str) -> None:
    shown = MarkdownIt("commonmark").render(line(text))
    assert shown == f"<p>{escapeHtml(visible(text).strip() or '–')}</p>\n"
