"""Templates and drafts: they load as they are written, and a draft claims no more than the scan evidences."""

from collections.abc import Callable

import pytest
import yaml

from cpo_scan.layers import People, Scene, hold_people
from cpo_scan.layers.drafts import draft_statement, new_determinations, new_statement
from cpo_scan.layers.statement import parse_statement
from cpo_scan.model import Outcome
from cpo_scan.rulebook.book import Rulebook
from tests.layers.conftest import TODAY, capability, finding, result

Make = Callable[..., Scene]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_empty_statement_has_every_criterion_and_no_claim(rulebook: Rulebook, lang: str) -> None:
    text = new_statement(rulebook.catalogue, rulebook.messages, lang)
    assert list(yaml.safe_load(text)["claims"]) == list(rulebook.catalogue.criteria)
    assert parse_statement("s.yaml", text.encode(), rulebook, TODAY) == ()


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_draft_held_against_its_own_scan_is_supported_in_every_claim(
    rulebook: Rulebook, scene: Make, lang: str
) -> None:
    found = [
        capability("jt", "export", 1),
        capability("step", "both", 2),
        capability("ifc", "unknown", 3),
        capability("dxf", "import", 4, origin="component"),
        finding("api.description", 5, family="openapi"),
    ]
    outcomes = list(Outcome)
    criteria = [
        result(name, outcomes[at % len(outcomes)], findings=[found[0]["id"]])
        for at, name in enumerate(rulebook.catalogue.criteria)
    ]
    criteria[1] = result(criteria[1].id, Outcome.INCONCLUSIVE, machine=Outcome.EVIDENCED)
    made = scene(criteria, found)
    text = draft_statement(made, rulebook.messages, lang, {"name": "A: #b", "version": "4.2"})
    claims = parse_statement("s.yaml", text.encode(), rulebook, TODAY)
    rows = hold_people(People(claims=claims), made).layers.claims
    assert {row["result"] for row in rows} == {"supported"}
    assert {row["criterion"] for row in rows if row["criterion"]} == {
        row.id for row in criteria if row.outcome is Outcome.EVIDENCED or row is criteria[1]
    }
    assert [(claim.standard, claim.direction) for claim in claims if claim.standard] == [
        ("ifc", None),
        ("jt", "export"),
        ("step", "both"),
    ]


def test_what_a_file_is_called_stays_a_name_in_a_draft(rulebook: Rulebook, scene: Make) -> None:
    hostile = {**capability("jt", "export"), "evidence": [{"artifact": 'a"]\nclaims: {}\x85#\u2028"'}]}
    made = scene([result("P-2.5-01", Outcome.EVIDENCED, findings=[hostile["id"]])], [hostile])
    text = draft_statement(made, rulebook.messages, "en", {"name": "x\n- y: [", "version": None})
    assert yaml.safe_load(text)["claims"]["P-2.5-01"]["evidence"] == ['a"]\nclaims: {}\x85#\u2028"']
    assert yaml.safe_load(text)["product"]["name"] == "x\n- y: ["
    assert parse_statement("s.yaml", text.encode(), rulebook, TODAY)


def test_determinations_to_fill_in_name_what_they_judge_and_nobody_yet(rulebook: Rulebook, scene: Make) -> None:
    made = scene([result("P-2.4-01", Outcome.NEEDS_HUMAN)])
    data = yaml.safe_load(new_determinations(made, rulebook.messages, "de", {"name": "A"}))
    assert (data["scan_digest"], data["person"]) == (made.scan_digest, None)
    assert [row["criterion"] for row in data["determinations"]] == ["P-2.4-01"]
