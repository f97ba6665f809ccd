"""What a check finds in a catalogue, and what the coverage matrix says."""

from pathlib import Path

import pytest

from cpo_scan.catalogues.checking import Remark, check_catalogue
from cpo_scan.catalogues.matrix import coverage_page
from cpo_scan.catalogues.reach import Reach, can_hold, coverage
from cpo_scan.model import KINDS
from cpo_scan.probe.registry import installed
from cpo_scan.rulebook.book import Rulebook, decider_catalogue, load_rulebook
from cpo_scan.rulebook.expressions import parse_rule
from tests.cli.test_commands import ROOT, call

CATALOGUE = """\
id: mine
version: "1"
provisional: false
title: {en: mine}
notice: {en: none}
categories:
  "4": {name: interfaces, title: {en: Interfaces}}
criteria:
  A:
    category: "4"
    official_id: "4.1"
    obligation: mandatory
    obligation_basis: stated
    modes: {machine: required}
    roles: [server]
    title: {en: one, de: eins}
    text: {en: one, de: eins}
    decided_by: P-2.4-07
"""
MORE = """\
  B:
    category: "4"
    official_id: "4.2"
    obligation: desired
    obligation_basis: stated
    modes: {machine: required}
    roles: [server]
    title: {en: two, de: zwei}
    text: {en: two, de: zwei}
    decided_by: P-2.4-01
"""


def checked(folder: Path, text: str, profile: str = "default") -> tuple[Remark, ...]:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    book = load_rulebook(profile, str(path), strict=False)
    return check_catalogue(book, decider_catalogue(book), KINDS)


def found(remarks: tuple[Remark, ...], *, faults: bool) -> set[str]:
    return {one.reason.code for one in remarks if one.fault is faults}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("decided_by: P-2.4-07", "decided_by: P-9", "check.decided_by"),
        ("decided_by: P-2.4-07", "mapped_to: [{scheme: cpo-provisional, version: '1', id: P-9, relation: equal}]",
         "check.crosswalk"),
        ('official_id: "4.2"', 'official_id: "4.1"', "check.same_official_id_levels"),
        ("text: {en: two, de: zwei}", "text: {en: One, de: eins}", "check.same_text_levels"),
        ("modes: {machine: required}", "obligation_range: [optional]\n    modes: {machine: required}", "check.range"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_so_is_a_fault(old: str, new: str, code: str, tmp_path: Path) -> None:
    assert found(checked(tmp_path, CATALOGUE + MORE), faults=True) == set()
    text = CATALOGUE + MORE
    at = text.rindex(old) if "two" in old or "4.2" in old else text.index(old)
    assert found(checked(tmp_path, text[:at] + new + text[at + len(old) :]), faults=True) == {code}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("decided_by: P-2.4-07", "decided_by: null", "check.unbound"),
        ("roles: [server]", "roles: []", "check.no_roles"),
        ("title: {en: one, de: eins}", "title: {en: one}", "check.no_language"),
        ("    text: {en: one, de: eins}\n", "", "check.no_field"),
        ("decided_by: P-2.4-07",
         "mapped_to: [{scheme: cpo-provisional, version: '0', id: P-2.4-07, relation: equal}]",
         "check.crosswalk_version"),
        ("decided_by: P-2.4-07",
         "mapped_to: [{scheme: cpo-provisional, version: '1', id: P-2.4-07, relation: equal},"
         " {scheme: cpo-provisional, version: '1', id: P-2.4-01, relation: equal}]", "check.ambiguous"),
    ],
)  # fmt: skip
def test_what_people_should_know_is_a_remark(old: str, new: str, code: str, tmp_path: Path) -> None:
    text = CATALOGUE.replace("decided_by: null", "")
    remarks = checked(tmp_path, text.replace(old, "" if "null" in new else new, 1))
    assert code in found(remarks, faults=False)


def test_a_rule_that_no_probe_feeds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CATALOGUE, encoding="utf-8")
    made = load_rulebook("default", str(path))
    assert "check.not_yet" in found(check_catalogue(made, None, ()), faults=False)
    assert "check.not_yet" not in found(check_catalogue(made, None, KINDS), faults=False)


def test_ids_that_dangle_in_a_profile_are_faults(tmp_path: Path) -> None:
    profile = tmp_path / "p.yaml"
    text = (ROOT / "rules/profiles/eu-data-act.yaml").read_text(encoding="utf-8").replace("eu-data-act", "mine")
    profile.write_text(text.replace("DA-34:", "A:"), encoding="utf-8")
    faults = [one.reason for one in checked(tmp_path, CATALOGUE, str(profile)) if one.fault]
    assert {reason.code for reason in faults} >= {"check.profile_id"}
    assert {reason.params.get("criterion") for reason in faults} >= {"DA-26b", "DA-30-2"}
    path = str(tmp_path / "mine.yaml")
    done = call("catalogue", "check", path, "--profile", str(profile), "--lang", "de")
    assert (done.exit_code, "Fehler: das Profil mine bindet DA-26b" in done.output) == (2, True)


def test_the_catalogues_of_the_program_have_no_faults() -> None:
    for profile in (path.stem for path in (ROOT / "rules/profiles").glob("*.yaml")):
        book = load_rulebook(profile)
        remarks = check_catalogue(book, decider_catalogue(book), KINDS)
        assert found(remarks, faults=True) == set(), profile
        assert found(remarks, faults=False) <= {"check.not_yet"}, profile


def test_strict_makes_remarks_fail(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(CATALOGUE, encoding="utf-8")
    assert call("catalogue", "check", str(path)).exit_code == 0
    assert call("catalogue", "check", str(path), "--strict").exit_code == 2


# -- coverage


def book() -> Rulebook:
    return load_rulebook()


def test_a_rule_that_nothing_feeds_cannot_hold() -> None:
    rule = parse_rule("m.K26.value >= 0.5 || m.D20.numerator >= 1")
    assert can_hold(rule, book(), frozenset({"D20"}))
    assert can_hold(rule, book(), frozenset({"K26"}))
    assert not can_hold(rule, book(), frozenset({"D20", "K26"}))
    assert can_hold(parse_rule("m.R02.numerator <= 0"), book(), frozenset())


def test_reach_follows_from_modes_rules_and_probes() -> None:
    rows = {row.criterion.id: row for row in coverage(book(), KINDS)}
    assert rows["P-2.4-07"].reach is Reach.ALONE
    assert rows["P-2.4-01"].reach is Reach.PARTLY
    assert rows["P-2.7-01"].reach is Reach.PEOPLE
    blind = {row.criterion.id: row.reach for row in coverage(book(), ())}
    assert set(blind.values()) == {Reach.NOT_YET, Reach.PEOPLE}
    assert rows["P-2.5-01"].asks == ("test",)


def test_the_coverage_page_in_the_documentation_is_that_of_the_rules() -> None:
    stated = {kind for one in installed() if one.probe is not None for kind in one.probe.states}
    made = coverage_page(book(), coverage(book(), stated), "en")
    shown = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    assert shown == made, "rules changed: cpo-scan catalogue coverage -o docs/coverage.md, and the line in README.md"


def test_the_front_page_has_the_honest_number() -> None:
    stated = {kind for one in installed() if one.probe is not None for kind in one.probe.states}
    rows = coverage(book(), stated)
    count = {reach: sum(row.reach is reach for row in rows) for reach in Reach}
    waits = "1 waits" if count[Reach.NOT_YET] == 1 else f"{count[Reach.NOT_YET]} wait"
    line = (
        f"Of {len(rows)} criteria files alone can evidence {count[Reach.ALONE]} and a part of"
        f" {count[Reach.PARTLY]} more; {waits} for probes, and {count[Reach.PEOPLE]} only people can answer"
    )
    assert line in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split()), f"README.md must say: {line}"


def test_the_coverage_page_is_there_in_german() -> None:
    done = call("catalogue", "coverage", "--lang", "de", "--profile", "eu-data-act")
    assert done.exit_code == 0
    assert "# Was eine Maschine beantworten kann" in done.stdout
    assert "DA-29 Wechselentgelte" in done.stdout
