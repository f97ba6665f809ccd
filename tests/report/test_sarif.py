"""SARIF as its schema, its library and GitHub's code scanning read it."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sarif_pydantic import Sarif

from cpo_scan.model import CoverageRow, ProbeStatus, Reason, Severity, Strength
from cpo_scan.model.artifact import encode_name
from cpo_scan.model.report import Deliverable, Facts, Gate, Layers, ProbeRow, Product
from cpo_scan.model.words import Role
from cpo_scan.report import Report, sarif
from cpo_scan.report.sarif import message_text, write_sarif
from cpo_scan.report.sarif_places import location, uri
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.root import rules_root
from tests.report import hostile, product

Make = Callable[..., Report]
Row = dict[str, Any]
SCHEMA = json.loads((rules_root() / "schemas/third_party/sarif-2.1.0/sarif-2.1.0.json").read_bytes())
LEVELS = {"mandatory": "error", "desired": "warning", "optional": "note"}


def written(report: Report, texts: Texts, lang: str = "en") -> Row:
    out = io.BytesIO()
    write_sarif(report, texts, lang, out)
    document: Row = json.loads(out.getvalue())
    assert [f"{error.instance_path}: {error.message}" for error in VALIDATOR.iter_errors(document)] == []
    Sarif.model_validate(document)
    found: Row = document["runs"][0]
    return found


VALIDATOR = jsonschema_rs.validator_for(SCHEMA, offline=True, validate_formats=True)


def of(run: Row, criterion: str) -> list[Row]:
    return [row for row in run["results"] if row["ruleId"] == criterion]


def notes(run: Row, code: str) -> list[str]:
    rows = run["invocations"][0]["toolExecutionNotifications"]
    return [row["message"]["text"] for row in rows if row["descriptor"]["id"] == code]


def judged(outcome: str, **changes: Any) -> Row:
    """An assessment whose criterion on interfaces came to an outcome, and which has no other."""
    whole = product.assessment(product.findings())
    row = next(row for row in whole["criteria"] if row["id"] == "P-2.4-01")
    row.update({"outcome": outcome, "parts": [{"mode": "machine", "outcome": outcome, "required": True}], **changes})
    return {**whole, "criteria": [row]}


@pytest.mark.parametrize("lang", ["en", "de"])
def test_document_is_valid_by_schema_and_library(make: Make, words: Texts, lang: str) -> None:
    run = written(make(), words, lang)
    assert run["tool"]["driver"]["language"] == lang
    assert run["results"]


def test_hostile_report_gives_a_valid_document(make: Make, words: Texts) -> None:
    run = written(make(hostile.rows(), hostile.known(), **hostile.parts()), words)
    assert urlsplit(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).scheme == ""


def test_report_of_nothing_says_that_nothing_was_found(make: Make, words: Texts) -> None:
    whole = {**product.assessment([]), "criteria": [], "measures": []}
    run = written(make([], Facts(tool=product.facts().tool), not_read=[], judged=whole, gate=Gate()), words)
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_only_criteria_that_are_not_met_are_results(make: Make, words: Texts) -> None:
    report = make()
    run = written(report, words)
    outcomes = {row["id"]: row["outcome"] for row in report.assessment["criteria"]}
    shown = {row["ruleId"] for row in run["results"]}
    assert {outcomes[name] for name in shown} == {"contradicted", "no_evidence", "inconclusive"}
    against = {name for name, outcome in outcomes.items() if outcome in ("contradicted", "no_evidence")}
    assert against <= shown
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(outcomes)


def test_criteria_that_were_not_examined_are_notes_and_no_results(make: Make, words: Texts) -> None:
    report = make()
    run = written(report, words)
    count = sum(row["outcome"] == "not_examined" for row in report.assessment["criteria"])
    assert len(notes(run, "sarif.not_examined")) == count > 0


def test_criterion_that_fails_the_gate_is_a_result_whatever_its_outcome(make: Make, words: Texts) -> None:
    run = written(make(judged=judged("not_examined"), gate=Gate(met=False, failing=("P-2.4-01",))), words)
    assert [row["kind"] for row in of(run, "P-2.4-01")] == ["open"] * len(run["results"])
    assert run["results"][0]["properties"]["failsGate"] is True


def test_criterion_that_only_waits_for_people_is_no_result(make: Make, words: Texts) -> None:
    parts = [
        {"mode": "machine", "outcome": "evidenced", "required": True},
        {"mode": "interview", "outcome": "needs_human", "required": True},
    ]
    assert written(make(judged=judged("inconclusive", parts=parts)), words)["results"] == []


@pytest.mark.parametrize("obligation", list(LEVELS))
def test_level_follows_the_obligation_and_undecided_results_have_none(
    make: Make, words: Texts, obligation: str
) -> None:
    run = written(make(judged=judged("contradicted", obligation=obligation)), words)
    assert {(row["kind"], row["level"]) for row in run["results"]} == {("fail", LEVELS[obligation])}
    run = written(make(judged=judged("inconclusive", obligation=obligation)), words)
    assert {(row["kind"], row.get("level")) for row in run["results"]} == {("open", None)}
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": LEVELS[obligation]}


def test_each_subject_that_speaks_against_a_criterion_is_a_result_at_its_place(make: Make, words: Texts) -> None:
    whole = judged("contradicted")
    for measure in whole["measures"]:
        for row in measure["not_counted"]:
            row["why"] = {"code": "measure.not_met", "params": {}}
    run = written(make(judged=whole), words)
    subjects = {row["properties"]["subject"] for row in run["results"]}
    assert subjects == {"api.description:openapi:Parts API", "api.description:openapi:Admin API"}
    places = {row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in run["results"]}
    assert places == {"server/api/parts.yaml", "server/api/admin.json"}
    assert "Admin API" in " ".join(row["message"]["text"] for row in run["results"])


def test_every_result_has_a_place_that_github_shows(make: Make, words: Texts) -> None:
    for row in written(make(), words)["results"]:
        assert 1 <= len(row["locations"]) <= sarif.LOCATIONS
        for place in row["locations"]:
            address = place["physicalLocation"]["artifactLocation"]["uri"]
            assert urlsplit(address)[:2] == ("", "")
            assert not address.startswith("/")
            assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_what_was_found_nowhere_lies_in_the_deliverables_that_were_searched(make: Make, words: Texts) -> None:
    run = written(make(judged=judged("no_evidence", measures=[], findings=[])), words)
    places = [row["physicalLocation"]["artifactLocation"]["uri"] for row in run["results"][0]["locations"]]
    assert places == ["server", "docs"]
    alone = Product(deliverables=(Deliverable(id="target", role=Role.SERVER, tree=None),))
    run = written(make(None, product.facts(product=alone), judged=judged("no_evidence", measures=[])), words)
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."
    assert run["results"][0]["relatedLocations"]


def test_member_of_a_container_is_shown_at_the_container() -> None:
    place = location("server/a b.jar!/lib/c.jar!/d.xml", {"line": 7, "xpath": "/d"}, "text")
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "server/a%20b.jar"
    assert place["physicalLocation"]["region"] == {"startLine": 1}
    names = [(one["fullyQualifiedName"], one["kind"]) for one in place["logicalLocations"]]
    assert names == [("server/a b.jar!/lib/c.jar!/d.xml", "resource"), ("/d", "element")]
    assert place["properties"] == {
        "artifact": "server/a b.jar!/lib/c.jar!/d.xml", "locator": {"line": 7, "xpath": "/d"}, "excerpt": "text",
    }  # fmt: skip


def test_line_and_column_of_a_file_are_its_region() -> None:
    place = location("a.py", {"line": 31, "column": 2}, "import\x1b x")
    snippet = {"text": "import\\x1b x"}
    assert place["physicalLocation"]["region"] == {"startLine": 31, "startColumn": 2, "snippet": snippet}


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\x00" not in name and not name.startswith(b"/")))
def test_every_name_of_a_file_comes_back_from_its_uri(name: bytes) -> None:
    address = uri(encode_name(name.decode(errors="surrogateescape")))
    assert unquote_to_bytes(address) == name
    assert urlsplit(address)[:2] == ("", "")
    assert address.isascii()


def test_fingerprint_outlives_a_renamed_folder_and_another_line(make: Make, words: Texts) -> None:
    keys = []
    for path, line in (("server/api/parts.yaml", 12), ("server/v8/spec/parts.yaml", 90)):
        attributes = {"family": "openapi", "title": "Parts API", "operations": 9, "documented_operations": 1}
        rows = [product.row("api.description", path, attributes, Strength.VALIDATED, line=line)]
        whole = product.assessment(rows)
        for measure in whole["measures"]:
            for one in measure["not_counted"]:
                one["why"] = {"code": "measure.not_met", "params": {}}
        criteria = [row for row in whole["criteria"] if row["id"] == "P-2.4-01"]
        run = written(make(rows, judged={**whole, "criteria": criteria}), words)
        keys += [row["partialFingerprints"] for row in run["results"]]
    assert keys[0] == keys[1]
    assert len(keys) == 2


def test_waiver_in_force_suppresses_and_no_other_does(make: Make, words: Texts) -> None:
    waiver = {"criterion": "P-2.1-03", "reason": "next release", "owner": "R. Owner", "expires": "2027-01-31"}
    run = written(make(layers=Layers(waivers=({**waiver, "state": "in_force"},))), words)
    suppressed = [row for row in run["results"] if row["suppressions"]]
    assert {row["ruleId"] for row in suppressed} == {"P-2.1-03"}
    assert suppressed[0]["suppressions"][0]["status"] == "accepted"
    for part in ("next release", "R. Owner", "2027-01-31"):
        assert part in suppressed[0]["suppressions"][0]["justification"]
    run = written(make(layers=Layers(waivers=({**waiver, "state": "expired"},))), words)
    assert not any(row["suppressions"] for row in run["results"])


def test_lost_places_are_notifications_and_the_exit_code_is_left_open(make: Make, words: Texts) -> None:
    run = written(make(), words)
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "exitCode" not in invocation
    lost = [row for row in invocation["toolExecutionNotifications"] if row["level"] == "error"]
    places = [row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for row in lost]
    assert places == ["server/old.zip"]
    assert invocation["startTimeUtc"] == "2026-11-22T09:00:00Z"


def test_failed_probe_is_a_notification(make: Make, words: Texts) -> None:
    probes = (ProbeRow(id="x.y", version=1, status=ProbeStatus.FAILED, problems=(Reason("zip.truncated"),)),)
    run = written(make(None, product.facts(probes=probes), not_read=[]), words)
    assert len(notes(run, "sarif.probe_failed")) == 1
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(("met", "code"), [(True, 0), (False, 1), (None, 0)])
def test_exit_code_of_a_whole_scan_is_that_of_its_gate(make: Make, words: Texts, met: bool | None, code: int) -> None:
    run = written(make(not_read=[], gate=Gate(met=met)), words)
    assert run["invocations"][0]["exitCode"] == code
    assert run["invocations"][0]["executionSuccessful"] is True


def test_what_the_limits_of_code_scanning_cut_off_is_said(
    make: Make, words: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 2)
    monkeypatch.setattr(sarif, "LOCATIONS", 1)
    monkeypatch.setattr(sarif, "NOTIFICATIONS", 5)
    rows = [
        CoverageRow(artifact=f"server/{number}.zip", reason=Reason("zip.truncated"), severity=Severity.LOST)
        for number in range(9)
    ]
    run = written(make(not_read=rows, judged=None), words)
    whole = written(make(judged=judged("contradicted"), not_read=[]), words)["results"]
    assert len(run["results"]) == 2
    assert len(notes(run, "sarif.cut.results")) == 1
    assert notes(run, "sarif.cut.lost") == ["More places that could not be read: 4. The JSON report has all."]
    assert [len(row["locations"]) for row in whole] == [1]
    assert whole[0]["properties"]["locationsTotal"] == 2


def test_rules_beyond_the_limit_are_left_out_with_their_results(
    make: Make, words: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "RULES", 3)
    run = written(make(), words)
    assert len(run["tool"]["driver"]["rules"]) == 3
    assert {row["ruleIndex"] for row in run["results"]} <= {0, 1, 2}
    assert len(notes(run, "sarif.cut.rules")) == 1


def test_text_in_a_message_is_neither_placeholder_nor_link() -> None:
    assert message_text("GET /parts/{0} [x](https://evil.example)") == "GET /parts/{{0}} [x] (https://evil.example)"


def test_help_says_what_to_do_in_the_chosen_language(make: Make, words: Texts) -> None:
    rule = written(make(), words, "de")["tool"]["driver"]["rules"][0]
    assert "Was zu tun ist" in rule["help"]["text"]
    assert len(rule["properties"]["tags"]) <= 10


def test_runs_of_one_product_share_a_category(make: Make, words: Texts) -> None:
    assert written(make(), words)["automationDetails"]["id"] == "cpo-scan/Open-PLM/"


def test_equal_reports_give_equal_bytes(make: Make, words: Texts) -> None:
    report = make()
    first, second = io.BytesIO(), io.BytesIO()
    write_sarif(report, words, "de", first)
    write_sarif(report, words, "de", second)
    assert first.getvalue() == second.getvalue()
