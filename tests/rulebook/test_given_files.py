"""Profiles, catalogues and measures that people give: one line with file and line for whatever is wrong."""

from pathlib import Path

import pytest

from cpo_scan.assess import assess
from cpo_scan.rulebook.book import load_rulebook
from cpo_scan.rulebook.catalogue import load_catalogue, parse_catalogue
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.measures import load_measures, parse_measures
from cpo_scan.rulebook.profile import parse_profile

PROFILE = """id: mine
version: "1"
provisional: true
title: {en: mine, de: meins}
notice: {en: none, de: keine}
catalogue: cpo-provisional
parameters:
  share: {value: 0.5, about: {en: share, de: Anteil}}
gate: {outcomes: [contradicted], assumed_levels: true}
criteria:
  P-2.4-01:
    evidenced: m.K02.value >= p.share
"""

MEASURE = """id: mine
version: "1"
provisional: true
measures:
  M1:
    title: {en: one, de: eins}
    definition: {en: one, de: eins}
    kind: docs.set
    minimum_strength: recognised
    counts: {findings: true}
"""


def profile(text: str) -> None:
    parse_profile("mine.yaml", text.encode(), load_measures(), load_catalogue())


def test_a_sound_profile_is_read() -> None:
    profile(PROFILE)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("m.K02", "m.K99", r"^mine\.yaml:12: unknown measure 'K99'"),
        ("p.share", "p.shore", r"^mine\.yaml:12: unknown parameter p\.shore"),
        ("p.share", "0.5", r"^mine\.yaml:8: no rule reads the parameter 'share'"),
        ("P-2.4-01", "P-9.9-99", r"^mine\.yaml:11: the catalogue cpo-provisional has no criterion 'P-9\.9-99'"),
        ("evidenced:", "evident:", r"^mine\.yaml:1[12]: "),
        ("m.K02.value >= p.share", "'[1].all(x, true)'", r"^mine\.yaml:12: character 1"),
        ("m.K02.value >= p.share", "m.A02.value >= p.share", r"^mine\.yaml:12: A02 is a plain number"),
        ("value: 0.5", "value: half", r"^mine\.yaml:8: "),
        ("outcomes: [contradicted]", "outcomes: [evidenced]", r"^mine\.yaml:9: "),
        ("provisional: true", "provisional: true\nextra: 1", r"^mine\.yaml:4: unknown key 'extra'"),
        ("    evidenced", "    beside: [K02, K98]\n    evidenced", r"^mine\.yaml:12: unknown measure 'K98'"),
        ("    evidenced", "    beside: [K10]\n    evidenced", r"K10 needs the list 'required_standards'"),
        ("gate:", "lists:\n  odd: {values: [x], about: {en: x, de: x}}\ngate:", r"^mine\.yaml:10: no measure reads"),
    ],
)
def test_what_is_wrong_with_a_profile_is_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        profile(PROFILE.replace(old, new))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("docs.set", "docs.sets", r"^m\.yaml:8: unknown kind of finding 'docs\.sets'"),
        ("{findings: true}", "{sums: x}", r"^m\.yaml:10: unknown key 'sums'"),
        ("{findings: true}", "{findings: true}\n    numerator: {sum: x}", r"needs a `sum`"),
        ("{findings: true}", "{findings: true}\n    required: names", r"`required` needs distinct"),
        ("{findings: true}", "{findings: true}\n    where: {a: {like: x}}", r"^m\.yaml:11: unknown key 'like'"),
        ("recognised", "strong", r"^m\.yaml:9: "),
    ],
)
def test_what_is_wrong_with_a_measure_is_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse_measures("m.yaml", MEASURE.replace(old, new).encode())


def test_a_criterion_in_an_unknown_category_is_refused() -> None:
    text = (Path(__file__).resolve().parents[2] / "rules" / "catalogues" / "provisional.yaml").read_text("utf-8")
    with pytest.raises(RuleError, match=r"^c\.yaml:\d+: unknown category '9\.9'"):
        parse_catalogue("c.yaml", text.replace('category: "2.6"', 'category: "9.9"', 1).encode())
    with pytest.raises(RuleError, match=r"^c\.yaml:\d+: no criterion stands in category '2\.6'"):
        parse_catalogue("c.yaml", text.replace('category: "2.6"', 'category: "2.5"').encode())


IMPORTED = """id: licensed
version: "1"
provisional: false
title: {en: licensed, de: lizenziert}
notice: {en: licensed, de: lizenziert}
categories:
  "4": {name: interfaces, title: {en: Interfaces, de: Schnittstellen}}
criteria:
  L-1:
    category: "4"
    official_id: "4.1"
    obligation: mandatory
    obligation_basis: reported
    modes: {machine: required}
    title: {en: one, de: eins}
    text: {en: one, de: eins}
    decided_by: P-2.4-07
"""


def test_an_imported_catalogue_replaces_the_provisional_one(tmp_path: Path) -> None:
    file = tmp_path / "licensed.yaml"
    file.write_text(IMPORTED, encoding="utf-8")
    book = load_rulebook(catalogue=str(file))
    assert [(row.kind, row.id, row.provisional) for row in book.references()] == [
        ("catalogue", "licensed", False),
        ("measures", "standard", True),
        ("profile", "default", True),
    ]
    result = assess([], coverage=[], probes=[], rulebook=book)
    assert result.criteria[0].measures  # bound by decided_by
    file.write_text(IMPORTED.replace("P-2.4-07", "P-0"), encoding="utf-8")
    with pytest.raises(RuleError, match="L-1 is decided_by 'P-0'"):
        load_rulebook(catalogue=str(file))


@pytest.mark.parametrize("name", ["no-such", "no/such.yaml", "no-such.yaml"])
def test_a_profile_that_does_not_exist_is_one_line(name: str) -> None:
    with pytest.raises(RuleError) as caught:
        load_rulebook(profile=name)
    assert "\n" not in str(caught.value)
