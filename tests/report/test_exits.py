"""Ways out for the data: what is seen, what is claimed, what nobody declares."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from cpo_scan.layers.statement import Word, parse_statement
from cpo_scan.model import Offered, Origin, ProbeStatus, Strength
from cpo_scan.model.report import Layers
from cpo_scan.report import Report, exits, view
from cpo_scan.report.html import render_html
from cpo_scan.report.texts import Texts, rule_texts
from cpo_scan.rulebook.book import Rulebook, load_rulebook
from cpo_scan.rulebook.root import rules_root
from tests.report.product import row

Make = Callable[..., Report]
Row = dict[str, Any]


def capability(standard: str, direction: str, strength: Strength = Strength.REGISTERED, **more: Any) -> Row:
    """A capability of the vendor's own; `origin` and `offered` as they are given."""
    own = {name: more.pop(name) for name in ("origin", "offered") if name in more}
    attributes = {
        "standard": standard,
        "direction": direction,
        "via": "registration",
        "name": f"{standard} {direction}",
    }
    return row("exchange.capability", f"p/{standard}-{direction}-{len(more)}.xml", attributes | more, strength, **own)


def capabilities(report: Report) -> list[Row]:
    return view.survey(report, 10).capabilities


def listed(report: Report, texts: Texts) -> list[exits.Exit]:
    return exits.exits(report, capabilities(report), texts)


def test_an_export_is_a_way_out_and_an_import_is_none(make: Make, texts: Texts) -> None:
    report = make([capability("step", "export"), capability("jt", "import"), capability("ifc", "both")])
    assert {one.standard for one in listed(report, texts)} == {"step", "ifc"}


def test_what_nobody_declares_is_empty_and_reads_not_declared(make: Make, texts: Texts) -> None:
    report = make([capability("step", "export", availability="unknown")])
    (one,) = listed(report, texts)
    assert (one.classes, one.needs, one.editions, one.lost, one.run_by) == (("mcad", "pdm"), (), (), "", "")
    page = render_html(report, texts, "en").decode()
    section = page[page.index('id="exits"') : page.index('id="interfaces"')]
    assert section.count("not declared</span>") == 4, "edition, needs, lost, who"
    assert "nicht erklärt" in section


def test_what_the_statement_declares_of_an_export_stands_in_the_table(make: Make, texts: Texts) -> None:
    claim: Row = {"criterion": None, "claim": "yes", "standard": "step", "direction": "export", "edition": "AP242 ed3",
             "lost": "history", "run_by": "every user", "result": "supported", "reasons": [], "findings": [],
             "findings_total": 0, "not_seen": False}  # fmt: skip
    report = make([capability("step", "export", version="AP214")], layers=Layers(claims=(claim,)))
    (one,) = listed(report, texts)
    assert (one.editions, one.lost, one.run_by) == (("AP214", "AP242 ed3"), "history", "every user")


def test_a_claimed_export_that_nobody_saw_is_there_as_claimed_not_seen(make: Make, texts: Texts) -> None:
    claim: Row = {"criterion": None, "claim": "yes", "standard": "jt", "direction": "export", "result": "open",
             "not_seen": True, "reasons": [], "findings": [], "findings_total": 0}  # fmt: skip
    report = make([capability("jt", "import")], layers=Layers(claims=(claim,)))
    (one,) = listed(report, texts)
    assert (one.strength, one.findings) == ("", 0)
    assert "claimed, not seen" in render_html(report, texts, "en").decode()


def test_a_denied_export_is_no_way_out(make: Make, texts: Texts) -> None:
    claim: Row = {"criterion": None, "claim": "no", "standard": "jt", "direction": "export"}
    assert listed(make([capability("jt", "import")], layers=Layers(claims=(claim,))), texts) == []


@pytest.mark.parametrize(
    "whose", [{"origin": Origin.COMPONENT}, {"origin": Origin.TEST}, {"offered": Offered.INTERNAL}]
)
def test_exports_of_components_tests_and_internal_parts_are_no_ways_out(make: Make, texts: Texts, whose: Row) -> None:
    assert listed(make([capability("step", "export", **whose)]), texts) == []


def test_options_are_listed_by_name_and_the_base_product_is_none(make: Make) -> None:
    rows = [
        capability("step", "export", availability="option:Exchange Pack"),
        capability("jt", "export", availability="separate"),
        capability("ifc", "export", availability="base"),
        capability("dwg", "import"),
    ]
    found = exits.options(capabilities(make(rows)))
    assert {name: [one["attributes"]["standard"] for one in many] for name, many in found.items()} == {
        "option:Exchange Pack": ["step"], "separate": ["jt"],
    }  # fmt: skip


def test_data_classes_agree_with_the_measure(make: Make, judge_by_rules: Callable[..., Row]) -> None:
    """One number, two places: the page and the measure K26."""
    rows = [
        capability("step", "import"), capability("step", "export"), capability("jt", "import"),
        capability("dwg", "export"), capability("reqif", "import"), capability("csv", "export"),
        capability("ifc", "export", Strength.RECOGNISED), capability("kbl", "export", origin=Origin.UNKNOWN),
        capability("odb", "import", origin=Origin.COMPONENT), capability("vec", "import", offered=Offered.INTERNAL),
        capability("gltf", "export", Strength.MENTIONED, refuted={"reason": "no_handler", "missing": "x"}),
    ]  # fmt: skip
    measure = judge_by_rules(rows)
    book = load_rulebook()
    found = exits.data_classes(capabilities(make(rows)), rule_texts(book.messages, book.catalogue, book.measures))
    assert len(found.all) == measure["denominator"]
    assert len(found.all) - len(found.closed) == measure["numerator"]
    assert set(found.closed) == {one["key"] for one in measure["not_counted"] if one["key"]}


def test_an_export_that_is_seen_and_not_registered_is_no_class_without_one(make: Make) -> None:
    rows = [
        capability("altium", "import"), capability("odb", "export", Strength.RECOGNISED),
        capability("mdf", "import"), capability("step", "import"),
        capability("jt", "export", Strength.MENTIONED), capability("csv", "export", Strength.RECOGNISED),
    ]  # fmt: skip
    book = load_rulebook()
    found = exits.data_classes(capabilities(make(rows)), rule_texts(book.messages, book.catalogue, book.measures))
    assert {"ecad", "mcad"} <= set(found.unregistered) <= set(found.closed)
    assert "measurement" in found.unseen
    assert not set(found.unseen) & set(found.unregistered)


@pytest.fixture
def judge_by_rules() -> Callable[..., Row]:
    """The measure K26 over findings, by the rules that are shipped."""
    import msgspec

    from cpo_scan.assess import ProbeState, assess
    from cpo_scan.model.assessment import Assessment

    def judged(rows: list[Row]) -> Row:
        plain: list[Row] = msgspec.json.decode(msgspec.json.encode(rows))
        made: Assessment = assess(
            plain,
            coverage=[],
            probes=[ProbeState(id="test.probe", status=ProbeStatus.OK, states=("exchange.capability",))],
            rulebook=load_rulebook(),
        )
        return next(msgspec.to_builtins(one) for one in made.measures if one.id == "K26")

    return judged


def test_deprecations_come_by_date_and_those_without_one_last(make: Make, texts: Texts) -> None:
    stated = [
        {"name": "GET /late", "date": "2028-01-01", "replacement": "GET /v2"}, {"name": "GET /some", "date": None},
        {"name": "GET /soon", "date": "2026-01-01", "replacement": None},
    ]  # fmt: skip
    interface = row("api.description", "a.yaml", {"family": "openapi", "title": "A", "deprecations": stated})
    change = {
        "what": "operation.removed",
        "breaking": True,
        "announced": False,
        "family": "openapi",
        "element": "GET /x",
    }
    softer = {"what": "operation.added", "breaking": False, "family": "openapi", "element": "GET /y"}
    report = make([interface, row("release.change", "a.yaml", softer), row("release.change", "a.yaml", change)])
    seen = view.survey(report, 10)
    found = exits.horizon(seen.interfaces, seen.changes)
    assert [one.what for one in found] == [
        "GET /soon",
        "GET /late",
        "GET /some",
        "operation.removed GET /x",
        "operation.added GET /y",
    ]
    assert [one.change for one in found] == ["deprecated"] * 3 + ["breaking", "changed"]
    page = render_html(report, texts, "en").decode()
    for said in ("no date stated", "not announced before", "GET /v2"):
        assert said in page


def test_what_is_marked_as_deprecated_and_not_named_is_told_and_not_denied(make: Make, texts: Texts) -> None:
    interface = row("api.description", "a.yaml", {"family": "openapi", "title": "A", "operations": 3, "deprecated": 2})
    page = render_html(make([interface]), texts, "en").decode()
    assert "2 more things are marked as deprecated" in page
    assert "No deprecation was seen" not in page


def test_every_data_class_of_the_registry_has_a_name_in_both_languages(texts: Texts) -> None:
    registry = yaml.safe_load((rules_root() / "standards.yaml").read_text(encoding="utf-8"))
    names = {name for one in registry["standards"] for name in one["domains"]}
    assert {name for name in names if texts.data_class(name, "de") == name} == set()
    assert texts.data_class("no-such", "en") == "no-such"


def test_a_statement_declares_an_export_path(rulebook: Rulebook) -> None:
    from datetime import date

    text = b"""claims: {}
standards:
  - {standard: step, direction: export, edition: AP242, lost: history, run_by: every user}
"""
    (claim,) = parse_statement("s.yaml", text, rulebook, date(2026, 11, 22))
    assert (claim.claim, claim.edition, claim.lost, claim.run_by) == (Word.YES, "AP242", "history", "every user")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()
