"""Statements, determinations, responses and waivers as users give them to the program."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.cli.test_commands import ROOT, call

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the open sample."""
    path = tmp_path_factory.mktemp("layers") / "report.json"
    done = call("scan", "--workers", "0", "--quiet", "--product", str(ROOT / "samples/open-plm/product.yaml"),
                "-o", f"json={path}")  # fmt: skip
    assert done.exit_code == 0, done.output
    return path


def judged(report: Path, folder: Path, *arguments: str, code: int = 0) -> Report:
    again = folder / "again.json"
    done = call("assess", str(report), "--quiet", "--as-of", "2026-06-30", "-o", f"json={again}", *arguments)
    assert done.exit_code == code, done.output
    loaded: Report = json.loads(again.read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "rules/schemas/report-1.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(loaded)] == []
    return loaded


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


STATEMENT = """\
person: J. Vendor
date: 2026-06-01
claims:
  P-2.4-07: {claim: no, text: we have no such thing}
  P-2.1-05: {claim: yes}
standards:
  - {standard: jt, direction: export}
  - {standard: jt, direction: import}
interfaces:
  - {family: openapi, claim: no}
"""


def test_claims_come_out_with_the_evidence(report: Path, tmp_path: Path) -> None:
    loaded = judged(report, tmp_path, "--statement", written(tmp_path / "s.yaml", STATEMENT))
    came = {
        row["criterion"] or f"{row['standard'] or row['family']} {row['direction']}": row["result"]
        for row in loaded["layers"]["claims"]
        if row["claim"]
    }
    assert came == {
        "P-2.4-07": "contradicted",
        "P-2.1-05": "open",
        "jt export": "open",
        "jt import": "supported",
        "openapi None": "contradicted",
    }
    assert loaded["scan_digest"] == json.loads(report.read_text())["scan_digest"]
    assert loaded["assessment_digest"] == json.loads(report.read_text())["assessment_digest"]


def test_a_scan_takes_a_statement_as_an_assessment_does(report: Path, tmp_path: Path) -> None:
    statement, fresh = written(tmp_path / "s.yaml", STATEMENT), tmp_path / "fresh.json"
    call("scan", "--workers", "0", "--quiet", "--product", str(ROOT / "samples/open-plm/product.yaml"),
         "--statement", statement, "--as-of", "2026-06-30", "-o", f"json={fresh}")  # fmt: skip
    layers = judged(report, tmp_path, "--statement", statement)["layers"]
    assert json.loads(fresh.read_text())["layers"] == layers
    assert judged(fresh, tmp_path)["layers"] == layers


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["claimed, not seen", "seen, not claimed", "contradicted", "we have no such thing"]),
        ("de", ["behauptet, nicht gesehen", "gesehen, nicht behauptet", "gegenteilige Belege"]),
    ],
)
def test_faces_show_what_is_claimed_and_how_it_stands(report: Path, tmp_path: Path, lang: str, said: list[str]) -> None:
    page, sheet = tmp_path / "r.html", tmp_path / "r.csv"
    statement = written(tmp_path / "s.yaml", STATEMENT)
    done = call("assess", str(report), "--statement", statement, "--lang", lang, "-o", f"html={page}",
                "-o", f"csv={sheet}")  # fmt: skip
    shown = page.read_text(encoding="utf-8")
    assert [words for words in said if words not in shown] == []
    assert said[0] in " ".join(done.stdout.split())
    assert said[2] in sheet.read_text(encoding="utf-8-sig")


def test_a_draft_of_a_report_is_supported_by_it(report: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    assert call("statement", "draft", str(report), "-o", str(draft)).exit_code == 0
    rows = judged(report, tmp_path, "--statement", str(draft))["layers"]["claims"]
    assert {row["result"] for row in rows} == {"supported"}
    again = call("statement", "draft", str(report), "-o", str(draft))
    assert (again.exit_code, "is there already" in again.output) == (2, True)


def test_a_new_statement_goes_to_standard_output() -> None:
    done = call("statement", "new", "--lang", "de")
    assert done.exit_code == 0
    assert "P-2.7-07" in done.stdout


def filled(report: Path, folder: Path, verdict: str = "fulfilled") -> str:
    """Determinations on all criteria that wait for people."""
    path = folder / "determinations.yaml"
    assert call("new", "determinations", str(report), "-o", str(path)).exit_code == 0
    text = path.read_text(encoding="utf-8").replace("person: null", "person: E. Valuator")
    text = text.replace("\ndate: null", "\ndate: 2026-06-01").replace("verdict: not_assessed", f"verdict: {verdict}")
    return written(path, text.replace("method: null", "method: interview").replace("reason: null", "reason: seen"))


def test_determinations_settle_what_waits_for_people_and_change_no_outcome(report: Path, tmp_path: Path) -> None:
    level = ("--fail-on", "optional")
    asked = (*level, "--require-determinations")
    without = judged(report, tmp_path, *level, code=1)
    before = judged(report, tmp_path, *asked, code=1)
    after = judged(report, tmp_path, *asked, "--determinations", filled(report, tmp_path), code=1)
    waiting = set(before["gate"]["failing"]) - set(without["gate"]["failing"])
    assert waiting
    assert after["gate"]["failing"] == without["gate"]["failing"]
    assert after["assessment"] == before["assessment"]
    assert {row["state"] for row in after["layers"]["determinations"]} == {"in_force"}
    refused = judged(
        report, tmp_path, *asked, "--determinations", filled(report, fresh(tmp_path), "not_fulfilled"), code=1
    )
    assert waiting <= set(refused["gate"]["failing"])


def fresh(folder: Path) -> Path:
    below = folder / "below"
    below.mkdir()
    return below


def test_determinations_fill_the_auditor_s_columns(report: Path, tmp_path: Path) -> None:
    sheet, page = tmp_path / "r.csv", tmp_path / "r.html"
    call("assess", str(report), "--quiet", "--as-of", "2026-06-30", "--determinations", filled(report, tmp_path),
         "-o", f"csv={sheet}", "-o", f"html={page}")  # fmt: skip
    assert '"fulfilled, by interview",E. Valuator,2026-06-01,seen' in sheet.read_text(encoding="utf-8-sig")
    assert "E. Valuator" in page.read_text(encoding="utf-8")


def test_a_determination_without_a_person_is_one_line_and_nothing_is_written(report: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "d.yaml", tmp_path / "out.json"
    call("new", "determinations", str(report), "-o", str(path))
    done = call("assess", str(report), "--determinations", str(path), "-o", f"json={out}")
    assert (done.exit_code, out.exists()) == (2, False)
    assert "without a person" in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_on_another_scan_determinations_are_stale(report: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    call("scan", "--workers", "0", "--quiet", str(ROOT / "samples/closed-cad"), "-o", f"json={other}")
    loaded = judged(other, tmp_path, "--determinations", filled(report, tmp_path))
    assert {row["state"] for row in loaded["layers"]["determinations"]} == {"stale"}
    page = tmp_path / "r.html"
    call("render", str(tmp_path / "again.json"), "-o", f"html={page}")
    assert "made on another scan" in page.read_text(encoding="utf-8")


def test_a_waiver_lifts_the_gate_until_its_last_day_and_is_shown_after(report: Path, tmp_path: Path) -> None:
    failing = judged(report, tmp_path, "--fail-on", "optional", code=1)["gate"]["failing"]
    rows = "".join(f"  - {{criterion: {name}, reason: known, owner: me, expires: 2026-06-30}}\n" for name in failing)
    waivers = written(tmp_path / "w.yaml", "waivers:\n" + rows)
    met = judged(report, tmp_path, "--fail-on", "optional", "--waivers", waivers)
    assert met["gate"]["met"] is True
    late = judged(report, tmp_path, "--fail-on", "optional", "--waivers", waivers, "--as-of", "2026-07-01", code=1)
    assert {row["state"] for row in late["layers"]["waivers"]} == {"expired"}


def test_a_response_is_shown_beside_the_outcome(report: Path, tmp_path: Path) -> None:
    scan_digest = json.loads(report.read_text())["scan_digest"]
    text = f"scan_digest: {scan_digest}\nperson: V. Endor\ndate: 2026-06-01\n"
    text += "responses:\n  - {criterion: P-2.4-01, reason: the interview is on Monday}\n"
    page = tmp_path / "r.html"
    path = written(tmp_path / "r.yaml", text)
    before, after = judged(report, tmp_path), judged(report, tmp_path, "--responses", path)
    assert after["assessment"] == before["assessment"]
    call("render", str(tmp_path / "again.json"), "-o", f"html={page}")
    assert "the interview is on Monday" in page.read_text(encoding="utf-8")


def test_hostile_words_of_people_stay_text(report: Path, tmp_path: Path) -> None:
    text = 'person: "=cmd()"\nclaims:\n  P-2.4-07: {claim: yes, text: "<script>alert(1)</script>\\u202e"}\n'
    page, sheet = tmp_path / "r.html", tmp_path / "r.csv"
    path = written(tmp_path / "s.yaml", text)
    call("assess", str(report), "--statement", path, "-o", f"html={page}", "-o", f"csv={sheet}", "--quiet")
    shown = page.read_text(encoding="utf-8")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert "\u202e" not in shown
