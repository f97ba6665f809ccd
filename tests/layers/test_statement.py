"""Claims: what a statement may say, and how each claim comes out when it is held against the evidence."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.layers import LayerFiles, People, Scene, hold_people, read_people
from cpo_scan.layers.holding import Result, hold_criterion
from cpo_scan.layers.statement import Claim, Word, parse_statement, read_statement
from cpo_scan.model import Outcome, Reason
from cpo_scan.rulebook.book import Rulebook, load_rulebook
from cpo_scan.rulebook.load import RuleError
from tests.layers.conftest import TODAY, capability, finding, result

Written = Callable[[str, str], str]
Make = Callable[..., Scene]
_BOOK = load_rulebook()

COMES_OUT = {  # outcome: (yes, partly, no)
    Outcome.EVIDENCED: ("supported", "supported", "contradicted"),
    Outcome.CONTRADICTED: ("contradicted", "contradicted", "supported"),
    Outcome.INCONCLUSIVE: ("open", "open", "open"),
    Outcome.NO_EVIDENCE: ("open", "open", "supported"),
    Outcome.NOT_EXAMINED: ("open", "open", "open"),
    Outcome.NEEDS_HUMAN: ("open", "open", "open"),
    Outcome.NOT_APPLICABLE: ("open", "open", "open"),
}


def rows(scene: Scene, *claims: Claim) -> list[dict[str, Any]]:
    return list(hold_people(People(claims=claims), scene).layers.claims)


def codes(row: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in row["reasons"]]


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize(("place", "word"), [(0, Word.YES), (1, Word.PARTLY), (2, Word.NO)])
def test_each_claim_comes_out_supported_contradicted_or_open(outcome: Outcome, place: int, word: Word) -> None:
    held = hold_criterion(Claim(claim=word, criterion="P-2.4-01"), result("P-2.4-01", outcome))
    assert held.result == COMES_OUT[outcome][place]


def test_absence_alone_never_contradicts() -> None:
    for outcome in (Outcome.NO_EVIDENCE, Outcome.NOT_EXAMINED):
        held = hold_criterion(Claim(claim=Word.YES, criterion="P-2.4-01"), result("P-2.4-01", outcome))
        assert (held.result, held.not_seen) == (Result.OPEN, True)


def test_a_machine_part_alone_does_not_support_the_whole_claim_but_its_part() -> None:
    row = result("P-2.4-01", Outcome.INCONCLUSIVE, machine=Outcome.EVIDENCED)
    came = {word: hold_criterion(Claim(claim=word, criterion=row.id), row).result for word in Word}
    assert came == {
        Word.YES: Result.OPEN,
        Word.PARTLY: Result.SUPPORTED,
        Word.NO: Result.OPEN,
        Word.NOT_APPLICABLE: Result.OPEN,
    }


def test_not_applicable_is_only_a_claim(scene: Make) -> None:
    agrees, seen = rows(
        scene([result("P-2.4-01", Outcome.NOT_APPLICABLE), result("P-2.4-07", Outcome.EVIDENCED)]),
        Claim(claim=Word.NOT_APPLICABLE, criterion="P-2.4-01"),
        Claim(claim=Word.NOT_APPLICABLE, criterion="P-2.4-07"),
    )
    assert agrees["result"] == "supported"
    assert (seen["result"], codes(seen)) == ("open", ["claim.not_applicable_seen"])


def test_a_claim_of_jt_where_nothing_is_found_is_open_with_the_search_scope(scene: Make) -> None:
    (row,) = rows(scene(), Claim(claim=Word.YES, standard="jt", direction="export"))
    assert (row["result"], row["not_seen"]) == ("open", True)
    assert codes(row) == ["claim.not_seen", "claim.searched"]
    assert list(row["search_scope"]["probes"]) == [{"id": "exchange.registration", "status": "ok"}]


def test_a_gap_in_the_search_is_said_beside_what_was_not_seen(scene: Make) -> None:
    (row,) = rows(scene(complete=False), Claim(claim=Word.YES, standard="jt"))
    assert codes(row) == ["claim.not_seen_incomplete", "claim.searched", "claim.searched_unread"]


def test_files_and_texts_of_a_standard_show_no_capability(scene: Make) -> None:
    traces = [finding("exchange.file", 7, standard="jt"), finding("standard.mention", 8, standard="jt")]
    (row,) = rows(scene(findings=traces), Claim(claim=Word.YES, standard="jt", direction="export"))
    assert (row["result"], row["findings_total"]) == ("open", 2)
    assert "claim.standard_traces" in codes(row)


@pytest.mark.parametrize(
    ("claimed", "found", "comes_out"),
    [
        ("export", "export", "supported"),
        ("export", "both", "supported"),
        ("export", "import", "open"),
        ("export", "unknown", "open"),
        ("both", "both", "supported"),
        ("both", "export", "open"),
        (None, "import", "supported"),
        (None, "unknown", "supported"),
    ],
)
def test_directions_are_held_apart(scene: Make, claimed: str | None, found: str, comes_out: str) -> None:
    held = rows(scene(findings=[capability("jt", found)]), Claim(claim=Word.YES, standard="jt", direction=claimed))
    assert held[0]["result"] == comes_out


def test_two_registrations_make_both_directions(scene: Make) -> None:
    found = [capability("jt", "import", 1), capability("jt", "export", 2)]
    (row,) = rows(scene(findings=found), Claim(claim=Word.YES, standard="jt", direction="both"))
    assert (row["result"], row["findings_total"]) == ("supported", 2)
    assert "claim.registered_only" in codes(row)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"origin": "component"}, "claim.standard_elsewhere"),
        ({"origin": "sample"}, "claim.standard_elsewhere"),
        ({"offered": "internal"}, "claim.standard_elsewhere"),
        ({"origin": "unknown"}, "claim.standard_weak"),
        ({"strength": "recognised"}, "claim.standard_weak"),
        ({"requires": "converter.exe"}, "claim.standard_weak"),
    ],
)
def test_what_is_weak_or_of_others_supports_no_claim(scene: Make, more: dict[str, Any], code: str) -> None:
    found = scene(findings=[capability("jt", "export", **more)])
    claimed = rows(found, Claim(claim=Word.YES, standard="jt", direction="export"))[0]
    assert (claimed["result"], claimed["not_seen"], codes(claimed)[0]) == ("open", False, code)
    denied = rows(found, Claim(claim=Word.NO, standard="jt", direction="export"))[0]
    assert denied["result"] == "open"


def test_a_registration_that_the_files_refute_contradicts_only_where_all_was_examined(scene: Make) -> None:
    refuted = [capability("jt", "export", strength="mentioned", refuted={"reason": "capability.handler_missing"})]
    claim = Claim(claim=Word.YES, standard="jt", direction="export")
    assert rows(scene(findings=refuted), claim)[0]["result"] == "contradicted"
    assert rows(scene(findings=refuted, complete=False), claim)[0]["result"] == "open"


def test_one_that_denies_an_api_that_is_shipped_is_contradicted(scene: Make) -> None:
    shipped = [finding("api.description", family="openapi", title="Parts", offered="unknown")]
    denied, other = (
        rows(scene(findings=shipped), Claim(claim=Word.NO, family=family))[0] for family in ("openapi", "graphql")
    )
    assert (denied["result"], codes(denied)) == ("contradicted", ["claim.interface_denied_seen"])
    assert other["result"] == "supported"
    assert rows(scene(complete=False), Claim(claim=Word.NO, family="graphql"))[0]["result"] == "open"


def test_endpoints_in_code_are_no_description_and_decide_nothing(scene: Make) -> None:
    found = [finding("api.description", family="openapi", strength="named", described=False, offered="unknown")]
    for word, code in ((Word.YES, "claim.interface_in_code"), (Word.NO, "claim.interface_denied_in_code")):
        (row,) = rows(scene(findings=found), Claim(claim=word, family="openapi"))
        assert (row["result"], codes(row)[0]) == ("open", code)


def test_findings_that_the_criterion_does_not_count_are_not_called_nothing() -> None:
    row = result("P-2.4-07", Outcome.NO_EVIDENCE, findings=["1" * 64])
    held = {word: hold_criterion(Claim(claim=word, criterion=row.id), row) for word in (Word.YES, Word.NO)}
    assert {word: (one.result, one.reasons[0].code) for word, one in held.items()} == {
        Word.YES: (Result.OPEN, "claim.not_counted"),
        Word.NO: (Result.OPEN, "claim.denied_not_counted"),
    }


def test_an_interface_counts_as_offered_only_where_something_says_so(scene: Make) -> None:
    claim = Claim(claim=Word.YES, family="openapi", title="parts")
    for offered, comes_out in (("published", "supported"), ("declared", "supported"), ("unknown", "open")):
        found = [finding("api.description", family="openapi", title="Parts", offered=offered)]
        assert rows(scene(findings=found), claim)[0]["result"] == comes_out
    assert rows(scene(findings=found), Claim(claim=Word.YES, family="openapi", title="Orders"))[0]["not_seen"]


def test_what_is_seen_and_not_claimed_is_listed(scene: Make) -> None:
    made = scene(
        [result("P-2.4-07", Outcome.EVIDENCED), result("P-2.4-01", Outcome.NO_EVIDENCE)],
        [
            capability("jt", "both", 1),
            capability("step", "import", 2),
            capability("ifc", "import", 3, origin="component"),
            finding("api.description", 4, family="openapi"),
        ],
    )
    listed = [row for row in rows(made, Claim(claim=Word.YES, standard="jt", direction="import")) if not row["claim"]]
    assert [(row["criterion"], row.get("standard"), row.get("direction"), row.get("family")) for row in listed] == [
        ("P-2.4-07", None, None, None),
        (None, "jt", "export", None),
        (None, "step", "import", None),
        (None, None, None, "openapi"),
    ]
    assert {row["result"] for row in listed} == {"seen_not_claimed"}


def test_without_a_statement_nothing_is_listed(scene: Make) -> None:
    assert hold_people(People(), scene([result("P-2.4-07", Outcome.EVIDENCED)])).layers.claims == ()


def test_a_statement_on_another_release_is_said_to_be_one(scene: Make) -> None:
    (row,) = rows(
        scene([result("P-2.4-01", Outcome.EVIDENCED)]), Claim(claim=Word.YES, criterion="P-2.4-01", release="4.1")
    )
    assert "claim.other_release" in codes(row)


def test_rows_name_the_digests_that_they_rest_on_and_come_out_again(scene: Make) -> None:
    made = scene([result("P-2.4-01", Outcome.EVIDENCED)], [capability("jt", "export")])
    people = People(claims=(Claim(claim=Word.YES, criterion="P-2.4-01", date=TODAY, person="A"),))
    first = hold_people(people, made).layers
    assert {row["scan_digest"] for row in first.claims} == {made.scan_digest}
    assert {row["assessment_digest"] for row in first.claims} == {made.assessment_digest}
    assert hold_people(People(), made, {"claims": list(first.claims)}).layers == first


def test_no_sentence_says_more_than_evidence_can(rulebook: Rulebook) -> None:
    texts = rulebook.messages
    for code in texts.codes():
        if code.startswith(("claim.", "layer.", "draft.", "requirement.", "nonconformity.")):
            words = f"{texts.render(Reason(code), 'en')} {texts.render(Reason(code), 'de')}".lower()
            words = words.replace("nonconformit", "")  # what an auditor raises, and no verdict on a product
            assert not [word for word in ("conform", "certif", "zertifiz", "konform") if word in words]
            assert texts.parameters(code, "en") == texts.parameters(code, "de")


# -- reading

WHOLE = """\
person: J. Vendor
date: 2026-06-01
product: {version: 4.2}
claims:
  P-2.4-01: {claim: yes, text: all of it, evidence: [docs/api.html]}
  P-2.4-07: {claim: null}
  P-2.5-01:
    claim: partly
    person: K. Vendor
    standards: [{standard: jt, direction: export}, {standard: step, claim: no}]
interfaces: [{family: openapi}]
"""


def test_a_statement_is_read_with_its_defaults(rulebook: Rulebook) -> None:
    claims = parse_statement("s.yaml", WHOLE.encode(), rulebook, TODAY)
    assert [(c.criterion, c.claim, c.standard, c.family, c.person) for c in claims] == [
        ("P-2.4-01", "yes", None, None, "J. Vendor"),
        ("P-2.5-01", "partly", None, None, "K. Vendor"),
        ("P-2.5-01", "yes", "jt", None, "K. Vendor"),
        ("P-2.5-01", "no", "step", None, "K. Vendor"),
        (None, "yes", None, "openapi", "J. Vendor"),
    ]
    assert {claim.release for claim in claims} == {"4.2"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("claims:\n  P-2.4-99: {claim: yes}\n", "s.yaml:2: the catalogue cpo-provisional has no criterion 'P-2.4-99'"),
        ("claims:\n  P-2.4-01: {claim: maybe}\n", 's.yaml:2: "maybe"'),
        ("claims:\n  P-2.4-01: {claim: yes, why: x}\n", "s.yaml:2: unknown key 'why'"),
        ("claims:\n  P-2.4-01: {text: x}\n", "s.yaml:2:"),
        ("claims: {}\nstandards:\n  - {standard: jtt}\n", "s.yaml:3: unknown standard 'jtt': did you mean jt?"),
        ("claims: {}\ninterfaces:\n  - {family: rest}\n", "s.yaml:3:"),
        ("date: 2026-07-01\nclaims: {}\n", "s.yaml:1: dated 2026-07-01, after 2026-06-30"),
        ("date: 2026-02-30\nclaims: {}\n", "s.yaml:1: '2026-02-30' is no day of the calendar"),
        ("catalogue: other\nclaims: {}\n", "s.yaml:1: written for the catalogue 'other'"),
        ("claims:\n  P-2.4-01: {claim: yes}\n  P-2.4-01: {claim: no}\n", "s.yaml:3: 'P-2.4-01' stands here twice"),
        ("- x\n", "s.yaml:1:"),
        ("", "s.yaml:1:"),
    ],
)
def test_a_wrong_statement_is_one_line_with_file_and_line(text: str, line: str, rulebook: Rulebook) -> None:
    with pytest.raises(RuleError) as raised:
        parse_statement("s.yaml", text.encode(), rulebook, TODAY)
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)


@given(st.binary(max_size=400))
def test_whatever_the_bytes_it_is_read_or_refused_in_one_line(content: bytes) -> None:
    try:
        parse_statement("s.yaml", content, _BOOK, TODAY)
    except RuleError as error:
        assert "\n" not in str(error)


def test_a_table_is_a_statement_too(rulebook: Rulebook, written: Written) -> None:
    text = 'id;claim;text\nP-2.4-01;ja;"alles; wirklich"\nP-2.4-07;;\nP-2.5-01;Partly;\n'
    claims = read_statement(written("s.csv", "\ufeff" + text), rulebook, TODAY)
    assert [(c.criterion, c.claim, c.text) for c in claims] == [
        ("P-2.4-01", "yes", "alles; wirklich"),
        ("P-2.5-01", "partly", None),
    ]


def test_a_spreadsheet_is_a_statement_too(rulebook: Rulebook, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["text", "id", "claim"], ["as is", "P-2.4-01", "no"], [None, None, None], ["", "P-2.4-07", "n/a"]):
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    claims = read_statement(str(tmp_path / "s.xlsx"), rulebook, TODAY)
    assert [(c.criterion, c.claim, c.text) for c in claims] == [
        ("P-2.4-01", "no", "as is"),
        ("P-2.4-07", "not_applicable", None),
    ]
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(RuleError, match="no workbook"):
        read_statement(str(tmp_path / "bad.xlsx"), rulebook, TODAY)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id,text\n", "s.csv:1: no column 'claim'"),
        ("id,claim\nP-2.4-99,yes\n", "s.csv:2: the catalogue cpo-provisional has no criterion"),
        ("id,claim\nP-2.4-01,yes\nP-2.4-01,no\n", "s.csv:3: P-2.4-01 stands here twice"),
        ('id,claim,text\nP-2.4-01,yes,"a\nb"\nP-2.4-07,perhaps,\n', "s.csv:4: 'perhaps' is no claim"),
        ("id,claim\n,yes\n", "s.csv:2: no criterion stands in the column id"),
        ("", "s.csv:1: no column 'id'"),
    ],
)
def test_a_wrong_table_is_one_line_with_file_and_line(
    text: str, line: str, rulebook: Rulebook, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written("s.csv", text))
    monkeypatch.chdir(path.parent)
    with pytest.raises(RuleError) as raised:
        read_statement("s.csv", rulebook, TODAY)
    assert str(raised.value).startswith(line)


@given(st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=6))
def test_whatever_the_cells_a_table_is_read_or_refused_in_one_line(cells: list[list[str]]) -> None:
    from cpo_scan.rulebook.tables import _csv

    out = io.StringIO()
    csv.writer(out, escapechar="\\").writerows([["id", "claim", "text"], *cells])
    try:
        list(_csv("s.csv", out.getvalue().encode("utf-8", "surrogatepass")))
    except RuleError as error:
        assert "\n" not in str(error)


def test_a_file_that_is_not_there_is_one_line(rulebook: Rulebook) -> None:
    for files in (LayerFiles(statement="no.yaml"), LayerFiles(waivers="no.yaml"), LayerFiles(responses="no.yaml")):
        with pytest.raises(RuleError, match=r"^no.yaml: "):
            read_people(files, rulebook, TODAY)
