"""The rules that come with the program are whole, honest and hang together."""

import re
from pathlib import Path

import pytest

from cpo_scan.model import Mode
from cpo_scan.rulebook.catalogue import Catalogue, load_catalogue
from cpo_scan.rulebook.load import RuleError, parse_rules, rule_files
from cpo_scan.rulebook.measures import MeasureSet, load_measures
from cpo_scan.rulebook.messages import Messages, load_messages
from cpo_scan.rulebook.profile import Profile, load_profile

REPORTED = {"P-2.3-01", "P-2.4-01", "P-2.4-02"}
COUNTS = {"2.1": 8, "2.2": 7, "2.3": 7, "2.4": 11, "2.5": 6, "2.6": 5, "2.7": 7}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def measures() -> MeasureSet:
    return load_measures()


@pytest.fixture(scope="module")
def profile(measures: MeasureSet, catalogue: Catalogue) -> Profile:
    return load_profile("default", measures, catalogue)


@pytest.fixture(scope="module")
def messages() -> Messages:
    return load_messages()


def test_the_catalogue_holds_every_criterion_of_the_seven_categories(catalogue: Catalogue) -> None:
    counted = {key: sum(row.category == key for row in catalogue.criteria.values()) for key in catalogue.categories}
    assert counted == COUNTS
    assert [row.name for row in catalogue.categories.values()] == [
        "interoperability",
        "infrastructure",
        "extensibility",
        "interfaces",
        "standards",
        "architecture",
        "partnership",
    ]


def test_nothing_in_the_catalogue_is_presented_as_official(catalogue: Catalogue) -> None:
    assert catalogue.provisional
    assert "DIN SPEC" in catalogue.notice["en"]
    assert all(row.official_id is None and row.mapped_to == () for row in catalogue.criteria.values())
    reported = {row.id for row in catalogue.criteria.values() if row.obligation_basis == "reported"}
    assert reported == REPORTED


def test_where_two_levels_are_thinkable_the_weaker_stands(catalogue: Catalogue) -> None:
    order = ["optional", "desired", "mandatory"]
    for row in catalogue.criteria.values():
        assert row.obligation in row.obligation_range
        assert row.obligation == min(row.obligation_range, key=order.index)


def test_every_criterion_has_its_texts_in_both_languages(catalogue: Catalogue) -> None:
    for row in catalogue.criteria.values():
        for text in (row.title, row.text, row.how_to_test, row.remediation):
            assert text.keys() == {"en", "de"}, row.id
        assert len(row.questions["en"]) == len(row.questions["de"])
        if set(row.modes) & {Mode.DECLARATION, Mode.INTERVIEW}:
            assert row.questions["en"], f"{row.id} asks people and has no question"
        assert bool(row.roles) is row.machine, row.id


def test_every_machine_criterion_is_bound_and_no_other(catalogue: Catalogue, profile: Profile) -> None:
    assert set(profile.criteria) == {row.id for row in catalogue.criteria.values() if row.machine}


def test_every_measure_is_used(measures: MeasureSet, profile: Profile) -> None:
    used = {measure for binding in profile.criteria.values() for measure in binding.measures}
    remarks = [remark for binding in profile.criteria.values() for remark in binding.remarks]
    used |= {measure for remark in remarks for measure in remark.when.measures}
    assert set(measures.measures) - used <= {"D01", "D02"}


def test_no_text_claims_what_a_machine_cannot_know(catalogue: Catalogue, measures: MeasureSet) -> None:
    claims = re.compile(r"\b(is certified|conforms|zertifiziert ist|erfüllt die Norm)\b", re.I)
    for measure in measures.measures.values():
        for text in (*measure.title.values(), *measure.definition.values()):
            assert not claims.search(text), measure.id
    for row in catalogue.criteria.values():
        for text in (*row.title.values(), *row.text.values(), *row.remediation.values()):
            assert not claims.search(text), row.id


# -- messages


def test_both_languages_of_a_message_have_the_same_parameters(messages: Messages) -> None:
    for code in messages.codes():
        assert messages.parameters(code, "en") == messages.parameters(code, "de"), code


def test_every_code_of_origins_measures_criteria_and_gate_has_a_text(messages: Messages) -> None:
    root = Path(__file__).resolve().parents[2] / "cpo_scan"
    files = [*(root / "assess").glob("*.py"), *(root / "gate").glob("*.py"), root / "rulebook" / "origins.py"]
    codes = {
        code for file in files for code in re.findall(r'Reason\(\s*"([a-z_.]+)"', file.read_text(encoding="utf-8"))
    }
    assert len(codes) > 20
    assert {code for code in codes if code not in messages} == set()
    for family, words in {
        "origin": ("component", "test", "sample", "generated", "unknown", "vendor"),
        "offered": ("declared", "published", "internal", "unknown"),
        "measure": ("origin_component", "origin_test", "origin_sample", "origin_generated"),
        "criterion": ("open_test", "open_declaration", "open_interview", "asks_test", "asks_declaration"),
    }.items():
        for word in words:
            assert f"{family}.{word}" in messages


def test_german_says_gegenteilige_belege(messages: Messages) -> None:
    text = messages.render({"code": "criterion.against", "params": {"rule": "x"}}, "de")
    assert "gegenteilige Belege" in text


def test_a_message_is_rendered_with_its_parameters(messages: Messages) -> None:
    reason = {"code": "criterion.ratio", "params": {"measure": "K02", "numerator": 9, "denominator": 10, "value": 0.9}}
    assert messages.render(reason) == "K02: 9 of 10 (90 %)"
    assert messages.render(reason, "de") == "K02: 9 von 10 (90 %)"
    assert messages.render(reason, "fr") == messages.render(reason, "en")


@pytest.mark.parametrize(
    ("value", "en", "de"),
    [(1, "100 %", "100 %"), (0.9999, "99.9 %", "99,9 %"), (0.0001, "0.1 %", "0,1 %"), (0, "0 %", "0 %"),
     (0.125, "12.5 %", "12,5 %"), (None, "–", "–"), ("much", "much", "much")],
)  # fmt: skip
def test_ratios_read_as_per_cent_and_only_the_whole_as_a_hundred(value: object, en: str, de: str) -> None:
    messages = Messages({"a.b": {"en": "{value:%}", "de": "{value:%}"}})
    reason = {"code": "a.b", "params": {"value": value}}
    assert (messages.render(reason), messages.render(reason, "de")) == (en, de)


@pytest.mark.parametrize(("count", "en"), [(0, "0 files lie"), (1, "1 file lies"), (2, "2 files lie"), (True, "yes")])
def test_a_word_fits_the_number_beside_it(count: int, en: str) -> None:
    messages = Messages({"a.b": {"en": "{count} {count:file lies|files lie}", "de": "{count}"}})
    assert messages.render({"code": "a.b", "params": {"count": count}}).startswith(en)
    assert messages.parameters("a.b", "en") == {"count"}


def test_words_of_ours_inside_a_reason_are_said_in_the_language_of_the_reader(messages: Messages) -> None:
    reason = {"code": "measure.too_weak", "params": {"strength": "recognised", "minimum": "registered"}}
    assert messages.render(reason) == "only recognised; the measure counts from registered"
    assert messages.render(reason, "de") == "nur erkannt; die Kennzahl zählt ab registriert"
    unknown = {"code": "measure.too_weak", "params": {"strength": "x", "minimum": ["named", "y"]}}
    assert messages.render(unknown, "de") == "nur x; die Kennzahl zählt ab benannt, y"


def test_one_unread_artifact_is_no_plural(messages: Messages) -> None:
    reason = {"code": "gap.unread", "params": {"artifacts": 1, "kind": "docs.set"}}
    assert messages.render(reason) == "1 artifact that could hold documentation could not be read"
    assert messages.render(reason, "de") == "1 Artefakt, das Dokumentation enthalten könnte, war nicht lesbar"


def test_a_text_by_language_inside_a_reason_is_said_in_the_language_of_the_reader(messages: Messages) -> None:
    words = {"en": "no interface by design", "de": "absichtlich ohne Schnittstelle"}
    reason = {"code": "criterion.not_applicable", "params": {"profile": "p", "reason": words}}
    assert messages.render(reason).endswith("no interface by design")
    assert messages.render(reason, "de").endswith("absichtlich ohne Schnittstelle")


def test_rendering_never_fails() -> None:
    messages = Messages({"a.b": {"en": "see {place}", "de": "siehe {place}"}})
    assert messages.render({"code": "no.such", "params": {"b": [1, 2], "a": None}}) == "no.such (a=–, b=1, 2)"
    assert messages.render({"code": "no.such"}) == "no.such"
    assert messages.render({}) == ""
    assert messages.render({"code": "a.b", "params": {}}) == "see {place}"
    assert messages.render({"code": "a.b", "params": {"place": "{place} %s {0}"}}) == "see {place} %s {0}"


def test_message_files_are_well_formed() -> None:
    for file in rule_files("messages/parts"):
        parse_rules(file.name, file.read_bytes(), "messages")


# -- rule files that people give


def test_a_rule_file_with_an_alias_is_refused() -> None:
    with pytest.raises(RuleError, match=r"^x\.yaml:\d: aliases"):
        parse_rules("x.yaml", b"a: &one {en: x, de: y}\nb: *one\n", "messages")


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(RuleError, match="aliases"):
        parse_rules("x.yaml", "\n".join(lines).encode(), "messages")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: {en: x, de: y}\n1: {en: x, de: y}\n", r"^x\.yaml:2: a key must be text"),
        (b"a: {en: x, de: y}\nb: {en: x}\n", r'^x\.yaml:2: "de" is a required property'),
        (b"a:\n  en: x\n  de: y\n  fr: z\n", r"^x\.yaml:4: unknown key 'fr'"),
        (b"a: {en: x, de: y}\na: {en: x, de: y}\n", r"^x\.yaml:2: 'a' stands here twice"),
        (b"a: [\n", r"^x\.yaml:\d+: "),
        (b"[" * 5000, r"^x\.yaml"),
        (b"- " * 200 + b"x", r"^x\.yaml:1: nested more than"),
        (b"\xff\xfe\x00", r"^x\.yaml"),
        (b"", r"^x\.yaml:1: "),
    ],
)
def test_what_is_wrong_with_a_rule_file_is_one_line_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        parse_rules("x.yaml", content, "messages")
    assert "\n" not in str(caught.value)
