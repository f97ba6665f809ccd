"""Profiles: those of the program are whole and honest; they extend, bind, and say under which options they hold."""

from pathlib import Path

import msgspec
import pytest
import yaml

from cpo_scan.assess import ProbeState, assess
from cpo_scan.model import Outcome, ProbeStatus
from cpo_scan.probe.registry import installed
from cpo_scan.rulebook.book import Rulebook, load_rulebook, load_standards, profile_names
from cpo_scan.rulebook.catalogue import Criterion, load_catalogue, parse_catalogue
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.measures import load_measures
from cpo_scan.rulebook.profile import Profile, parse_profile
from cpo_scan.targets.limits import Limits
from tests.cli.test_commands import ROOT

DOMAINS = {"mcad", "ecad", "requirements", "simulation", "pdm", "automation"}
CROSSWALKS = {"organisation-areas", "eu-data-act", "iso-25010"}

OVER = """\
id: over
version: "1"
provisional: true
extends: default
title: {en: over, de: über}
notice: {en: none, de: keine}
catalogue: cpo-provisional
parameters:
  described_operations: {value: 0.5, about: {en: share, de: Anteil}}
criteria: {}
"""


def over(text: str = OVER) -> Profile:
    return parse_profile("over.yaml", text.encode(), load_measures(), load_catalogue())


@pytest.fixture(scope="module")
def books() -> dict[str, Rulebook]:
    return {name: load_rulebook(name) for name in profile_names()}


def test_every_domain_and_crosswalk_has_its_profile(books: dict[str, Rulebook]) -> None:
    assert set(books) == {"default", *DOMAINS, *CROSSWALKS}
    for name, book in books.items():
        assert book.profile.id == name
        assert book.profile.provisional and book.catalogue.provisional
        assert book.catalogue.id == (name if name in CROSSWALKS else "cpo-provisional")
        for text in (book.profile.notice, book.catalogue.notice):
            assert text.keys() == {"en", "de"}


def test_a_crosswalk_says_that_it_is_our_reading(books: dict[str, Rulebook]) -> None:
    for name in CROSSWALKS:
        for notice in (books[name].profile.notice, books[name].catalogue.notice):
            assert "our reading" in notice["en"].lower() and "unsere lesart" in notice["de"].lower()
        ours = load_catalogue().criteria
        for row in books[name].catalogue.criteria.values():
            assert row.official_id is None and row.obligation_basis == "assumed"
            assert {to.id for to in row.mapped_to if to.scheme == "cpo-provisional"} <= set(ours)
            assert {to.relation for to in row.mapped_to} <= {"related"}


def test_no_subject_area_is_answered_by_files_alone(books: dict[str, Rulebook]) -> None:
    rows = books["organisation-areas"].catalogue.criteria.values()
    assert len(rows) == 8
    assert all(row.modes.get("interview") for row in rows)  # type: ignore[call-overload]


def test_every_criterion_of_every_catalogue_is_complete() -> None:
    for file in (ROOT / "rules/catalogues").glob("*.yaml"):
        catalogue = parse_catalogue(file.name, file.read_bytes())
        assert catalogue.title.keys() == catalogue.notice.keys() == {"en", "de"}
        for category in catalogue.categories.values():
            assert category.title.keys() - {"ja"} == {"en", "de"}
        for row in catalogue.criteria.values():
            assert row.modes and row.obligation_basis in ("reported", "assumed"), row.id
            for text in (row.title, row.text, row.how_to_test, row.remediation):
                assert text.keys() == {"en", "de"} and all(text.values()), row.id
            assert row.questions.keys() == {"en", "de"}, row.id
            assert len(row.questions["en"]) == len(row.questions["de"]) >= 1, row.id


def test_each_domain_asks_for_standards_that_there_are(books: dict[str, Rulebook]) -> None:
    known = load_standards()
    lists = {name: books[name].profile.lists["required_standards"] for name in DOMAINS}
    assert len(set(lists.values())) == len(DOMAINS)
    for name, wanted in lists.items():
        assert set(wanted) <= set(known), name
        assert "K10" in books[name].profile.criteria["P-2.5-01"].deciding
        assert books[name].profile.criteria.keys() == books["default"].profile.criteria.keys()


def test_required_probes_and_limits_are_those_of_the_program(books: dict[str, Rulebook]) -> None:
    limits = msgspec.to_builtins(Limits())
    schema = msgspec.json.decode((ROOT / "rules/schemas/profile.json").read_bytes())
    named = schema["properties"]["loosest_options"]["properties"]["limits"]["properties"]
    safety_nets = {"probe_seconds", "product_seconds", "worker_memory"}  # they are no results
    assert set(named) == set(limits) - safety_nets
    for name, book in books.items():
        loosest = book.profile.loosest_options
        assert set(loosest.probes_required) <= set(installed().ids), name
        assert loosest.limits_lower(limits) == {}, name  # the default options are never too loose


# -- laid over another

REMARKED = """criteria:
  P-2.4-09:
    {evidenced: m.D27.numerator >= 1, remarks: [{when: m.D27.numerator >= 1, text: %s}]}"""


def test_a_remark_may_say_a_text_of_the_profile_that_it_extends() -> None:
    made = over(OVER.replace("criteria: {}", REMARKED % "client")).criteria["P-2.4-09"]
    assert made.remarks[0].text["en"].startswith("Files don't tell")
    assert made.deciding == made.measures == ("D27",)


def test_a_profile_takes_over_what_it_does_not_say(books: dict[str, Rulebook]) -> None:
    made, base = over(), books["default"].profile
    assert made.parameters == base.parameters | {"described_operations": 0.5}
    assert made.criteria == base.criteria
    assert (made.extends, made.gate) == ("default", base.gate)
    assert made.sha256 != base.sha256


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("extends: default", "extends: none", r"^over\.yaml:4: no profile 'none' comes with the program"),
        ("extends: default", "extends: mcad", r"^over\.yaml:4: the profile mcad extends another"),
        ("catalogue: cpo-provisional", "catalogue: other", r"^over\.yaml:7: the profile default is for the catalogue"),
        ("described_operations", "misspelt_operations", r"^over\.yaml:9: no rule reads the parameter"),
        ("criteria: {}", "criteria: {P-0: {evidenced: m.K02.value >= 1}}", r"^over\.yaml:10: the catalogue .* 'P-0'"),
        ("extends: default\n", "", r'^over\.yaml:1: "gate" is a required property'),
        ("criteria: {}", "loosest_options: {limits: {width: 1}}", r"^over\.yaml:10: unknown key 'width'"),
        ("criteria: {}", REMARKED % "nobody", r"^over\.yaml:12: no text 'nobody' under `texts`"),
        ("criteria: {}", REMARKED % "{en: only}", r"^over\.yaml:12: "),
        (
            "criteria: {}",
            "texts: {idle: {en: a, de: b}}\ncriteria: {}",
            r"^over\.yaml:10: no remark says the text 'idle'",
        ),
    ],
)
def test_what_is_wrong_with_an_extending_profile_is_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        over(OVER.replace(old, new))
    assert "\n" not in str(caught.value)


def test_a_profile_for_a_catalogue_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    text = (ROOT / "rules/profiles/eu-data-act.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("catalogue: eu-data-act", "catalogue: elsewhere"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"no catalogue 'elsewhere' comes with the program: give it with --catalogue"):
        load_rulebook(str(path))


# -- binding


def criterion(**more: object) -> Criterion:
    data = yaml.safe_load(
        "{id: X, category: a, obligation: desired, obligation_basis: stated, modes: {machine: true}, title: {en: x}}"
    )
    return msgspec.convert(data | more, Criterion)


def to(identity: str, relation: str = "equal") -> dict[str, str]:
    return {"scheme": "cpo-provisional", "version": "1", "id": identity, "relation": relation}


@pytest.mark.parametrize(
    ("more", "decider"),
    [
        ({}, None),
        ({"id": "P-2.4-07"}, None),  # the same id in another catalogue is no binding
        ({"decided_by": "P-2.4-07"}, "P-2.4-07"),
        ({"mapped_to": [to("P-2.4-07")]}, "P-2.4-07"),
        ({"mapped_to": [to("P-2.4-07", "broader")]}, None),
        ({"mapped_to": [to("P-2.4-07"), to("P-2.4-01")]}, None),
        ({"mapped_to": [to("P-2.4-07"), to("P-2.4-01")], "decided_by": "P-2.4-01"}, "P-2.4-01"),
        ({"mapped_to": [to("P-0")]}, None),
    ],
)
def test_a_rule_is_bound_only_by_what_somebody_said(
    more: dict[str, object], decider: str | None, books: dict[str, Rulebook]
) -> None:
    profile = books["default"].profile
    assert profile.decider_of(criterion(**more), "mine") == decider
    assert profile.decider_of(criterion(id="P-2.4-07"), "cpo-provisional") == "P-2.4-07"


# -- the loosest options


FACT = {
    "id": "f", "kind": "api.description", "strength": "validated", "origin": "vendor", "offered": "published",
    "probe": "api.openapi", "attributes": {"family": "openapi", "operations": 9, "valid": True},
    "evidence": [{"artifact": "a.json", "locator": {}}],
}  # fmt: skip


def outcome(
    loosest: str, *, limits: dict[str, int], status: str = "ok", lost: bool = False
) -> tuple[Outcome, list[str]]:
    profile = over(OVER.replace("criteria: {}", f"loosest_options: {loosest}\ncriteria: {{}}"))
    book = msgspec.structs.replace(load_rulebook(), profile=profile)
    probes = [
        ProbeState(id="api.openapi", status=ProbeStatus.OK, states=("api.description", "component")),
        ProbeState(id="other", status=ProbeStatus(status), states=("docs.set",)),
    ]
    row = {"artifact": "x", "reason": {"code": "c"}, "severity": "lost", "affects": ["docs.set"]}
    done = assess([FACT], coverage=[row] if lost else [], probes=probes, rulebook=book, options={"limits": limits})
    (found,) = [row for row in done.criteria if row.id == "P-2.4-07"]
    return found.outcome, [reason.code for reason in found.rationale if "loose" in reason.code]


@pytest.mark.parametrize(
    ("loosest", "more", "code"),
    [
        ("{limits: {depth: 8}}", {"limits": {"depth": 7}}, "criterion.too_loose_limits"),
        ("{limits: {depth: 8}}", {"limits": {}}, "criterion.too_loose_limits"),
        ("{probes_required: [other]}", {"limits": {}, "status": "not_run"}, "criterion.too_loose_probes"),
        ("{probes_required: [absent]}", {"limits": {}}, "criterion.too_loose_probes"),
        ("{allow_incomplete: false}", {"limits": {}, "lost": True}, "criterion.too_loose_incomplete"),
        ("{allow_incomplete: false}", {"limits": {}, "status": "failed"}, "criterion.too_loose_incomplete"),
    ],
)
def test_a_looser_run_never_comes_out_better_than_inconclusive(
    loosest: str, more: dict[str, object], code: str
) -> None:
    assert outcome(loosest, **more) == (Outcome.INCONCLUSIVE, [code])  # type: ignore[arg-type]


def test_a_run_within_the_loosest_options_is_believed() -> None:
    loosest = "{allow_incomplete: false, probes_required: [other], limits: {depth: 8}}"
    assert outcome(loosest, limits={"depth": 8}) == (Outcome.EVIDENCED, [])
    assert outcome("{}", limits={}, status="failed", lost=True) == (Outcome.EVIDENCED, [])
