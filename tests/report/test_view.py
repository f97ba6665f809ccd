"""What the faces show, and in which order."""

from collections.abc import Callable

from cpo_scan.model import Origin, Strength
from cpo_scan.report import Report, listing, phrases, view
from cpo_scan.report.texts import Texts
from tests.report.product import assessment, findings, row

Make = Callable[..., Report]


def test_gaps_come_reported_mandatory_first_then_contradicted_before_no_evidence(make: Make) -> None:
    gaps = view.gaps(make())
    assert gaps[0]["id"] == "P-2.4-01", "publicly reported, though only inconclusive"
    assert gaps[1]["id"] == "P-2.1-03", "contradicted before all other mandatory ones"
    mandatory = [gap["outcome"] for gap in gaps[1:] if gap["obligation"] == "mandatory"]
    assert mandatory == sorted(mandatory, key=view.GAPS.index)
    levels = [gap["obligation"] for gap in gaps]
    assert levels == sorted(levels, key=view.OBLIGATIONS.index)


def test_what_is_evidenced_or_needs_a_person_is_no_gap(make: Make) -> None:
    assert {gap["outcome"] for gap in view.gaps(make())} <= set(view.GAPS)


def test_gaps_of_one_weight_keep_the_order_of_the_catalogue(make: Make) -> None:
    judged = assessment(findings())
    for criterion in judged["criteria"]:
        criterion.update(obligation="desired", obligation_basis="assumed", outcome="no_evidence")
    names = [gap["id"] for gap in view.gaps(make(judged=judged))]
    assert names == [criterion["id"] for criterion in judged["criteria"]]


def test_reported_and_assumed_levels_stand_apart_and_every_criterion_is_in_one_cell(make: Make) -> None:
    report = make()
    matrix = view.matrix(report)
    assert matrix.columns == (
        ("mandatory", "reported"), ("mandatory", "assumed"), ("desired", "assumed"), ("optional", "assumed"),
    )  # fmt: skip
    cells = [
        one for category in matrix.categories for column in matrix.columns for one in matrix.cell(category, column)
    ]
    assert sorted(one["id"] for one in cells) == sorted(one["id"] for one in report.assessment["criteria"])


def test_exchange_matrix_has_the_strongest_per_direction_and_says_what_is_not_the_vendors_own(make: Make) -> None:
    table = view.survey(make(), 100).exchange
    assert table["step"]["import"].strength == table["step"]["export"].strength == "registered"
    assert table["step"]["file"].strength == "validated"
    assert table["step"]["file"].elsewhere, "a sample only"
    assert not table["step"]["import"].elsewhere
    assert "export" not in table["dwg"]
    assert table["ifc"]["mention"].strength == "mentioned"


def test_an_unknown_direction_is_no_import_and_no_export(make: Make) -> None:
    only = row("exchange.capability", "a.so", {"standard": "step", "direction": "unknown", "via": "library"})
    table = view.survey(make([only]), 100).exchange
    assert set(table["step"]) == {"mention"}


def test_the_vendors_interfaces_come_before_those_of_components(make: Make) -> None:
    rows = view.survey(make(), 100).interfaces
    assert [one["attributes"]["title"] for one in rows] == ["Parts API", "Admin API", "Manager"]


def test_tables_are_bounded_and_the_whole_number_is_known(make: Make) -> None:
    many = [row("docs.set", f"d{number}/i.html", {"format": "html", "root": f"d{number}"}) for number in range(30)]
    seen = view.survey(make(many), 10)
    assert len(seen.documents) == 10
    assert seen.totals["docs.set"] == 30


def test_a_refuted_claim_is_counted_as_such(make: Make) -> None:
    claim = row(
        "exchange.capability", "p.xml",
        {"standard": "jt", "direction": "export", "via": "registration", "refuted": {"reason": "x", "missing": "j"}},
        Strength.MENTIONED, origin=Origin.VENDOR,
    )  # fmt: skip
    assert view.survey(make([claim]), 10).exchange["jt"]["export"].refuted == 1


def test_a_determination_on_another_scan_is_stale(make: Make) -> None:
    report = make()
    assert view.stale(report, {"scan_digest": "0" * 64})
    assert not view.stale(report, {"scan_digest": report.scan_digest})


def test_only_the_whole_is_shown_as_a_hundred_per_cent() -> None:
    assert phrases.share(1, "en") == "100 %"
    assert phrases.share(0.9999, "en") == "99.9 %"
    assert phrases.share(0.0001, "de") == "0,1 %"
    assert phrases.share(0, "en") == "0 %"
    assert phrases.share(None, "en") == "–"


def test_reasons_call_measures_by_their_title_and_expressions_come_last(make: Make, texts: Texts) -> None:
    judged = assessment(findings())
    judged["criteria"][0]["rationale"] = [
        {"code": "test.rule", "params": {"rule": "m.K02.value >= 0.8"}},
        {"code": "test.ratio", "params": {"measure": "operations.described"}},
    ]
    short = phrases.in_short(judged["criteria"][0], make(judged=judged), texts, "en")
    assert "Described operations (operations.described)" in short
    assert "m.K02" not in short


def test_an_open_interview_is_said_and_not_called_weak_evidence(make: Make, texts: Texts) -> None:
    judged = assessment(findings())
    one = judged["criteria"][0]
    one.update(
        outcome="inconclusive",
        parts=[
            {"mode": "machine", "outcome": "evidenced", "required": True},
            {"mode": "interview", "outcome": "needs_human", "required": True},
        ],
    )
    assert phrases.in_short(one, make(judged=judged), texts, "en").startswith("machine part evidenced; open: interview")


def test_measures_read_as_numerator_denominator_value_and_bounds() -> None:
    measure = {"numerator": 1182, "denominator": 2450, "value": 0.482449, "bounds": [0.4, 0.5]}
    assert phrases.measured(measure, "en") == "1,182 / 2,450 = 48.2 % (40 % … 50 %)"
    assert phrases.measured(measure, "de") == "1.182 / 2.450 = 48,2 % (40 % … 50 %)"
    assert phrases.measured({"numerator": 3, "denominator": None, "value": None}, "en") == "3"
    assert phrases.measured({"numerator": 0, "denominator": 0, "value": None}, "en") == "0 / 0"


def test_the_number_beside_a_strength_counts_the_findings_of_that_strength(make: Make) -> None:
    def export(name: str, strength: Strength) -> dict[str, object]:
        attributes = {"standard": "step", "direction": "export", "via": "registration", "name": name}
        return row("exchange.capability", f"{name}.xml", attributes, strength)

    named = [export(f"m{number}", Strength.MENTIONED) for number in range(3)]
    cell = view.survey(make([*named, export("r", Strength.REGISTERED)]), 100).exchange["step"]["export"]
    assert (cell.strength, cell.findings) == ("registered", 1)


def test_a_standard_that_only_a_licence_names_is_not_in_the_table_of_formats(make: Make) -> None:
    mentions = [
        row("standard.mention", f"{where}.txt", {"standard": standard, "where": where}, Strength.MENTIONED)
        for standard, where in (("step", "documentation"), ("ifc", "licence"))
    ]
    assert set(view.survey(make(mentions), 100).exchange) == {"step"}


def test_of_documentation_the_place_that_says_something_is_shown_before_titles_of_pages() -> None:
    title, place = {"artifact": "a.html", "excerpt": "Help"}, {"artifact": "z.html", "locator": {"line": 4}}
    documents = {"kind": "docs.set", "evidence": [title, place]}
    assert view.exhibits(documents, 1) == [place]
    assert view.exhibits({**documents, "kind": "sdk.part"}, 1) == [title]


def test_c_and_cpp_share_the_row_of_a_kit() -> None:
    def part(name: str, language: str) -> dict[str, object]:
        return {"attributes": {"part": name, "language": language}}

    rows = listing.kits([part("headers", "cpp"), part("headers", "c"), part("library", "c"), part("stubs", "python")])
    assert rows["rows"] == {"c, cpp": {"headers": 2, "library": 1}, "python": {"stubs": 1}}
    assert set(listing.kits([part("headers", "cpp")])["rows"]) == {"cpp"}


def test_where_a_deliverable_was_not_supplied_it_is_to_be_supplied_first(texts: Texts) -> None:
    gap = {
        "parts": [{"mode": "machine", "outcome": "not_examined"}],
        "outcome": "not_examined",
        "remediation": {"en": "Ship a list."},
        "search_scope": {"roles_not_supplied": ["docs"]},
    }
    said = phrases.to_do(gap, texts, "en")
    assert "documentation" in said
    assert "Ship a list." not in said
    assert phrases.to_do({**gap, "search_scope": {}}, texts, "en") == "Ship a list."
