"""Sentences that a reader of whole reports found wrong or too good once: each stays as it was mended."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from cpo_scan.model import KINDS, CoverageRow, Mode, Offered, Origin, Outcome, ProbeStatus, Reason, Severity, Strength
from cpo_scan.model.assessment import LIST_LIMIT
from cpo_scan.report.candidates import candidate

GRADED = "grades: {mandatory: major, desired: minor, optional: opportunity}\ngate:"


def ids(rows: Any) -> list[str]:
    return [row.finding for row in rows]


def test_what_could_not_be_checked_is_no_counter_evidence(make: Any, judge: Any) -> None:
    rows = [make.api(valid=True), make.api("docs/b.json", valid=None)]
    row = make.criterion(judge(rows), "P-2.4-07")
    assert row.outcome is Outcome.EVIDENCED
    assert "criterion.counter_evidence" not in make.codes(row)


def test_what_the_schema_refuses_is_counter_evidence(make: Any, judge: Any) -> None:
    rows = [make.api(valid=True), make.api("docs/b.json", valid=False), make.api("docs/c.json", valid=None)]
    row = make.criterion(judge(rows), "P-2.4-07")
    said = [reason.params for reason in row.rationale if reason.code == "criterion.counter_evidence"]
    assert said == [{"measure": "K03O", "amount": 1}]


@pytest.mark.parametrize("order", [("import", "export"), ("export", "import")])
def test_a_neutral_export_is_shown_by_an_export(make: Any, judge: Any, order: tuple[str, str]) -> None:
    rows = {way: make.capability("step", way, key=way, name=way) for way in order}
    measure = make.measure(judge([rows[way] for way in order]), "K26")
    assert ids(measure.counted) == [rows["export"]["id"]] * len(measure.counted)
    assert measure.counted


def test_nothing_found_names_what_was_looked_for_and_counts_no_noughts(make: Any, judge: Any) -> None:
    row = make.criterion(judge([], book=make.rulebook()))
    assert row.outcome is Outcome.NO_EVIDENCE
    assert [(reason.code, reason.params) for reason in row.rationale] == [
        ("criterion.nothing_found", {"measures": ["RATIO"]})
    ]


def test_exports_that_only_code_names_are_some_evidence(make: Any, judge: Any) -> None:
    weak = make.capability("csv", "export", strength=Strength.MENTIONED, via="symbol")
    assert make.criterion(judge([weak]), "P-2.1-01").outcome is Outcome.INCONCLUSIVE
    reading = make.capability("csv", "import", strength=Strength.MENTIONED, via="symbol")
    assert make.criterion(judge([reading]), "P-2.1-01").outcome is Outcome.NO_EVIDENCE


@pytest.mark.parametrize("measure", ["K01", "K06", "K24"])
def test_a_shipped_description_is_no_declared_interface(make: Any, judge: Any, measure: str) -> None:
    assert make.measure(judge([make.api()]), measure).not_counted == ()


def test_what_was_registered_and_not_refuted_is_no_row_of_the_refuted(make: Any, judge: Any) -> None:
    assert make.measure(judge([make.capability("step", "both")]), "X03").not_counted == ()


def test_the_product_itself_is_no_third_party_component(make: Any, judge: Any) -> None:
    own = make.finding("component", "a.dist-info/METADATA", name="a", version="1", licence="MIT", itself=True)
    other = make.finding("component", "lib/b.dist-info/METADATA", name="b", version="1", licence=None)
    probes = [make.probe("component", ProbeStatus.OK)]
    assert make.criterion(judge([own], probes=probes), "P-2.6-04").outcome is Outcome.NO_EVIDENCE
    both = make.measure(judge([own, other], probes=probes), "K29")
    assert (both.numerator, both.denominator) == (0, 1)


@pytest.mark.parametrize(
    ("obligation", "grade"), [("mandatory", "major"), ("desired", "minor"), ("optional", "opportunity")]
)
def test_a_grade_is_proposed_by_obligation_where_a_criterion_is_contradicted(
    make: Any, judge: Any, obligation: str, grade: str
) -> None:
    proposed = grade_of(judge([make.api("a", 10, 0)], book=graded(make, obligation)))
    assert proposed == (Outcome.CONTRADICTED, grade)


def test_absence_alone_proposes_no_grade(make: Any, judge: Any) -> None:
    assert grade_of(judge([], book=graded(make, "mandatory"))) == (Outcome.NO_EVIDENCE, "clarify")


@pytest.mark.parametrize("documented", [5, 9])
def test_nothing_is_proposed_where_something_was_found(make: Any, judge: Any, documented: int) -> None:
    assert grade_of(judge([make.api("a", 10, documented)], book=graded(make, "mandatory")))[1] == ""


def test_nothing_is_proposed_where_something_was_not_examined(make: Any, judge: Any) -> None:
    assert grade_of(judge([], [make.lost()], book=graded(make, "mandatory"))) == (Outcome.NOT_EXAMINED, "")


def test_a_profile_without_grades_proposes_none(make: Any, judge: Any) -> None:
    assert grade_of(judge([], book=make.rulebook()))[1] == ""


def test_a_report_holds_the_profiles_table_and_no_grade_of_a_criterion(make: Any, judge: Any) -> None:
    written = msgspec.to_builtins(judge([make.api("a", 10, 0)], book=graded(make, "desired")))
    assert not any("grade" in name for row in written["criteria"] for name in row)
    assert [rule["kind"] for rule in written["rules"] if "grades" in rule] == ["profile"]


def grade_of(assessment: Any) -> tuple[str, str]:
    """Outcome and proposed grade of the only criterion, from the assessment as a report holds it."""
    written = msgspec.to_builtins(assessment)
    return written["criteria"][0]["outcome"], candidate(written["criteria"][0], written)


def graded(make: Any, obligation: str) -> Any:
    profile = make.profile_text.replace("gate:", GRADED).replace(
        "    evidenced:", "    against: m.RATIO.denominator >= 1 && m.RATIO.value <= 0\n    evidenced:"
    )
    book = make.rulebook(profile=profile)
    criterion = msgspec.structs.replace(book.catalogue.criteria["C-1"], obligation=obligation)
    catalogue = msgspec.structs.replace(book.catalogue, criteria={"C-1": criterion})
    return msgspec.structs.replace(book, catalogue=catalogue)


def test_what_is_too_weak_to_count_is_told_where_it_is_the_only_evidence(make: Any, judge: Any) -> None:
    weak = make.capability("step", "export", strength=Strength.RECOGNISED, via="symbol")
    row = make.criterion(judge([weak]), "P-2.1-01")
    assert {"measure": "K26", "amount": 1} in [
        reason.params for reason in row.rationale if reason.code == "criterion.weak"
    ]


def test_a_rule_that_is_quoted_names_what_else_was_weighed(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.capability("step", "export")]), "P-2.1-01")
    assert [reason.params["weighed"] for reason in row.rationale if "rule" in reason.params] == [["X08"]]


def test_valid_files_are_no_proof_of_conformance_in_part(make: Any, judge: Any) -> None:
    rows = [make.capability("step", "both"), make.finding("exchange.file", "parts/a.stp", standard="step", valid=True)]
    assert make.criterion(judge(rows), "P-2.5-04").outcome is Outcome.NO_EVIDENCE


CLIENT = {"name": "parts-client", "ecosystem": "pypi", "itself": True, "client": "Python client of Parts"}
DESCRIBED = ("P-2.4-01", "P-2.4-07")


def client(make: Any) -> Any:
    return make.finding("component", "PKG-INFO", strength=Strength.REGISTERED, **CLIENT)


@pytest.mark.parametrize("criterion", DESCRIBED)
def test_what_a_client_describes_may_be_somebody_elses_interface(make: Any, judge: Any, criterion: str) -> None:
    described = make.api(valid=True)
    probes = [make.probe(kind) for kind in ("api.description", "component", "sdk.surface")]
    assert "criterion.met" in make.codes(make.criterion(judge([described], probes=probes), criterion))
    row = make.criterion(judge([described, client(make)], probes=probes), criterion)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert next(part.outcome for part in row.parts if part.mode is Mode.MACHINE) is Outcome.INCONCLUSIVE
    assert make.codes(row)[:2] == ["criterion.remark", "criterion.met_in_numbers"]
    assert "A07" in row.measures


def test_files_that_a_client_holds_contradict_nothing(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api(valid=False), client(make)]), "P-2.4-07")
    assert row.outcome is Outcome.INCONCLUSIVE
    assert make.codes(row)[:2] == ["criterion.remark", "criterion.against_in_numbers"]


def test_a_client_that_declares_an_interface_of_its_own_offers_it(make: Any, judge: Any) -> None:
    routes = make.finding("api.description", "app.py", family="openapi", described=False, endpoints=3, key="r")
    row = make.criterion(judge([make.api(valid=True), client(make), routes]), "P-2.4-07")
    assert row.outcome is Outcome.EVIDENCED


def test_what_the_product_description_declares_as_offered_is_offered(make: Any, judge: Any) -> None:
    declared = make.api(valid=True, offered=Offered.DECLARED)
    row = make.criterion(judge([declared, client(make)]), "P-2.4-07")
    assert row.outcome is Outcome.EVIDENCED


def test_described_symbols_of_a_client_are_its_own(make: Any, judge: Any) -> None:
    surface = make.finding(
        "sdk.surface", "parts/__init__.py", language="python", root="parts", symbols=10, documented_symbols=10
    )
    probes = [make.probe(kind) for kind in ("api.description", "component", "docs.set", "sdk.surface")]
    row = make.criterion(judge([make.api(documented=2), client(make), surface], probes=probes), "P-2.4-01")
    assert next(part.outcome for part in row.parts if part.mode is Mode.MACHINE) is Outcome.EVIDENCED
    assert "criterion.remark" not in make.codes(row)


def test_a_scan_that_did_not_look_at_packages_comes_out_no_better(make: Any, judge: Any) -> None:
    row = make.criterion(judge([make.api(valid=True)], probes=[make.probe("api.description")]), "P-2.4-07")
    assert row.outcome is Outcome.INCONCLUSIVE
    assert {"criterion.remark_open", "gap.no_probe"} <= set(make.codes(row))


def test_a_client_without_descriptions_is_not_remarked_upon(make: Any, judge: Any) -> None:
    for row in judge([client(make)]).criteria:
        assert "criterion.remark" not in make.codes(row), row.id
        assert "A07" not in row.measures, row.id


def test_a_document_that_nothing_was_compared_with_is_not_examined(make: Any, judge: Any) -> None:
    man = make.finding("docs.set", "man/man1/acme.1", format="man", documents=1, topics=[], root="man")
    row = make.criterion(judge([man]), "P-2.4-08")
    assert row.outcome is Outcome.NOT_EXAMINED
    assert [reason.params for reason in row.rationale if reason.code == "gap.undecided"] == [
        {"measure": "D40", "amount": 1, "attributes": ["matches_release"]}
    ]


def test_documents_of_another_release_are_counter_evidence_and_not_nothing(make: Any, judge: Any) -> None:
    old = make.finding(
        "docs.set", "doc/index.html", format="html", documents=1, topics=[], root="doc", matches_release=False
    )
    row = make.criterion(judge([old]), "P-2.4-08")
    assert row.outcome is Outcome.NO_EVIDENCE
    assert {"criterion.nothing_for", "criterion.counter_evidence"} <= set(make.codes(row))


def module(make: Any, name: str, in_cycle: bool = False) -> Any:
    return make.finding("component", f"{name}.jar", name=name, module="java", in_cycle=in_cycle)


def test_a_program_and_its_library_alone_say_nothing_on_modularity(make: Any, judge: Any) -> None:
    for few in ([module(make, "all")], [module(make, "program"), module(make, "library")]):
        row = make.criterion(judge(few), "P-2.6-02")
        assert row.outcome is Outcome.NO_EVIDENCE
        assert {"criterion.nothing_for", "criterion.remark"} <= set(make.codes(row))
    modules = [module(make, "a"), module(make, "b", in_cycle=True), module(make, "c", in_cycle=True)]
    several = make.criterion(judge(modules), "P-2.6-02")
    assert several.outcome is Outcome.INCONCLUSIVE
    assert "criterion.remark" not in make.codes(several)


def test_schemas_of_standards_bodies_are_not_the_vendors(make: Any, judge: Any) -> None:
    xml = make.finding("exchange.schema", "xml.xsd", language="xsd", valid=True, publisher="W3C")
    docs = make.finding("docs.set", "doc/a.html", format="html", documents=1, topics=["data_model"], root="doc")
    assert make.criterion(judge([xml]), "P-2.1-03").outcome is Outcome.NO_EVIDENCE
    assert make.criterion(judge([xml, docs]), "P-2.1-03").outcome is Outcome.INCONCLUSIVE
    own = make.finding("exchange.schema", "acme.xsd", language="xsd", valid=True)
    assert make.criterion(judge([xml, own, docs]), "P-2.1-03").outcome is Outcome.EVIDENCED
    counted = make.measure(judge([xml, own, docs]), "S03").counted
    assert [row.finding for row in counted] == [own["id"]]


def test_data_classes_without_a_neutral_export_are_named(make: Any, judge: Any) -> None:
    weak = [
        make.capability("step", "export", strength=Strength.MENTIONED, via="documentation", name=f"w{number}")
        for number in range(3)
    ]
    rows = [*weak, make.capability("altium", "import"), make.capability("reqif", "export")]
    assessment = judge(rows)
    row = make.criterion(assessment, "P-2.5-05")
    said = [reason.params for reason in row.rationale if reason.code == "criterion.no_neutral_export"]
    assert said == [{"classes": ["ecad"]}]
    measure = make.measure(assessment, "K26")
    assert [one.key for one in measure.not_counted] == [None, None, None, "ecad"]
    lines = "".join(f"{one.finding} {one.amount}\n" for one in measure.not_counted)
    assert measure.not_counted_whole.digest == sha256(lines.encode()).hexdigest()


def test_a_thing_that_is_not_counted_is_listed_however_many_findings_are_not(make: Any, judge: Any) -> None:
    weak = [
        make.capability("step", "export", strength=Strength.MENTIONED, via="documentation", name=f"w{number}")
        for number in range(LIST_LIMIT + 5)
    ]
    measure = make.measure(judge([*weak, make.capability("altium", "import")]), "K26")
    assert len(measure.not_counted) == LIST_LIMIT
    assert measure.not_counted[-1].key == "ecad"
    assert measure.not_counted_whole.total == LIST_LIMIT + 6


def test_what_is_open_and_perhaps_somebody_elses_is_not_held_apart(make: Any, judge: Any) -> None:
    unknown = make.finding(
        "sdk.surface", "dist-packages/a.py", language="python", root="a", symbols=3, origin=Origin.UNKNOWN
    )
    measure = make.measure(judge([unknown], probes=[make.probe("sdk.surface")]), "U01")
    assert (measure.apart.numerator, measure.apart.denominator) == (0, 0)
    assert [one.why.code for one in measure.not_counted] == ["measure.origin_unknown"]


def test_standards_that_only_code_names_are_some_evidence_of_support(make: Any, judge: Any) -> None:
    named = make.capability("step", "both", strength=Strength.RECOGNISED, via="symbol")
    assert make.criterion(judge([named]), "P-2.5-01").outcome is Outcome.INCONCLUSIVE
    own = make.capability("catia-v5", "both", strength=Strength.RECOGNISED, via="symbol")
    assert make.criterion(judge([own]), "P-2.5-01").outcome is Outcome.NO_EVIDENCE


def test_one_name_with_an_edition_is_no_list_of_standards(make: Any, judge: Any) -> None:
    def mention(standard: str, version: str) -> Any:
        return make.finding(
            "standard.mention", "doc/a.html", standard=standard, version=version, where="documentation",
            strength=Strength.MENTIONED,
        )  # fmt: skip

    probes = [make.probe("standard.mention")]
    one = [mention("step", "AP242"), mention("step", "AP214"), mention("catia-v5", "R21")]
    assert make.criterion(judge(one, probes=probes), "P-2.5-02").outcome is Outcome.INCONCLUSIVE
    two = [*one, mention("jt", "10.5")]
    assert make.criterion(judge(two, probes=probes), "P-2.5-02").outcome is Outcome.EVIDENCED


def test_options_that_documents_do_not_speak_of_leave_nothing_open(make: Any, judge: Any) -> None:
    shown = make.finding("platform.option", "bin/a", name="linux", by=["binary"], **{"class": "os"})
    assessment = judge([shown], probes=[make.probe("platform.option")])
    for identity in ("P06", "P07"):
        measure = make.measure(assessment, identity)
        assert (measure.numerator, measure.gaps) == (0, ())


def test_what_decides_stands_before_what_is_open(make: Any, judge: Any) -> None:
    rows = [make.api(valid=True), make.api("b.json", valid=None)]
    codes = make.codes(make.criterion(judge(rows), "P-2.4-07"))
    assert codes.index("criterion.number") < codes.index("gap.undecided")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_attribute_that_may_be_open_and_every_kind_has_words(rulebook: Any, lang: str) -> None:
    for measure in rulebook.measures.measures.values():
        conditions = (*measure.where, *measure.numerator_where, *(one for each in measure.each for one in each))
        names = {one.attribute for one in conditions} | {measure.attribute, measure.numerator_sum} - {None}
        for name in names:
            assert f"word.attribute.{name}" in rulebook.messages, (measure.id, name)
    for kind in KINDS:
        assert rulebook.messages.render({"code": f"word.kind.{kind}"}, lang) != f"word.kind.{kind}"


def test_a_format_counts_once_however_often_it_is_named_and_is_shown_by_its_strongest_finding(
    make: Any, judge: Any
) -> None:
    said = make.capability("step", "export", strength=Strength.MENTIONED, via="symbol", name="Export failed")
    used = make.capability("step", "export", strength=Strength.RECOGNISED, via="library", name="STEPControl_Writer")
    measure = make.measure(judge([said, used]), "X08")
    assert measure.numerator == 1
    assert [row.finding for row in measure.counted] == [used["id"]]


def test_an_import_alone_does_not_say_in_part_that_import_and_export_match(make: Any, judge: Any) -> None:
    reads = make.capability("step", "import", strength=Strength.RECOGNISED, via="symbol", name="r")
    assert make.criterion(judge([reads]), "P-2.1-02").outcome is Outcome.NO_EVIDENCE
    writes = make.capability("step", "export", strength=Strength.RECOGNISED, via="symbol", name="w")
    assert make.criterion(judge([reads, writes]), "P-2.1-02").outcome is Outcome.INCONCLUSIVE


def test_a_format_that_can_only_be_read_is_no_way_out_in_part(make: Any, judge: Any) -> None:
    for criterion in ("P-2.1-01", "P-2.5-05"):
        assert make.criterion(judge([make.capability("altium", "import")]), criterion).outcome is Outcome.NO_EVIDENCE
        named = make.capability("csv", "export", strength=Strength.MENTIONED, via="symbol", name="ExportCsv")
        assert make.criterion(judge([named]), criterion).outcome is Outcome.INCONCLUSIVE


def option(make: Any, group: str, name: str) -> Any:
    return make.finding("platform.option", f"bin/{name}", **{"class": group, "name": name, "by": ["binary"]})


def test_one_option_is_no_evidence_in_part_of_a_second(make: Any, judge: Any) -> None:
    linux, windows = option(make, "os", "linux"), option(make, "os", "windows")
    probes = [make.probe("platform.option")]
    one = make.criterion(judge([linux, option(make, "database", "sqlite")], probes=probes), "P-2.2-02")
    assert one.outcome is Outcome.NO_EVIDENCE
    assert "criterion.nothing_for" in make.codes(one)
    assert make.criterion(judge([linux, windows], probes=probes), "P-2.2-02").outcome is Outcome.INCONCLUSIVE
    unread = make.criterion(
        judge([linux], probes=probes, coverage=[make.lost("broken.zip", "platform.option")]), "P-2.2-02"
    )
    assert unread.outcome is Outcome.NOT_EXAMINED


def part(make: Any, name: str) -> Any:
    return make.finding("sdk.part", f"sdk/{name}", part=name, language="python", root="sdk")


def test_one_part_alone_is_no_development_kit_in_part(make: Any, judge: Any) -> None:
    probes, both = [make.probe("sdk.part")], [part(make, "stubs"), part(make, "samples")]
    assert make.criterion(judge(both[:1], probes=probes), "P-2.3-01").outcome is Outcome.NO_EVIDENCE
    assert make.criterion(judge(both, probes=probes), "P-2.3-01").outcome is Outcome.INCONCLUSIVE


def test_what_a_licence_names_is_not_in_the_list_of_supported_standards(make: Any, judge: Any) -> None:
    def mention(where: str) -> Any:
        return make.finding(
            "standard.mention", where, strength=Strength.MENTIONED, standard="step", version="AP242", where=where
        )

    assert make.measure(judge([mention("licence")]), "K14").numerator == 0
    assert make.measure(judge([mention("documentation")]), "K14").numerator == 1


def test_that_nothing_of_a_sum_meets_the_measure_is_said_once(make: Any, judge: Any) -> None:
    probes = [make.probe(kind) for kind in ("api.description", "component", "sdk.surface")]
    row = make.criterion(judge([make.api(documented=0)], probes=probes), "P-2.4-01")
    assert row.outcome is Outcome.NO_EVIDENCE
    assert "criterion.ratio" in make.codes(row)
    assert "criterion.counter_evidence" not in make.codes(row)


def test_what_was_left_out_on_purpose_is_said_where_it_could_hold_something(make: Any, judge: Any) -> None:
    left = CoverageRow(
        artifact="web/app.min.js",
        reason=Reason("source.generated", {"size": 3_000_000, "limit": 1_048_576}),
        probe="p.api.description",
        severity=Severity.BY_DESIGN,
        affects=("api.description",),
        list="skipped",
    )
    assessment = judge([], coverage=[left])
    row = make.criterion(assessment, "P-2.4-07")
    assert row.outcome is Outcome.NO_EVIDENCE  # it is no gap
    said = [reason.params for reason in row.rationale if reason.code == "gap.left_out"]
    assert said == [{"artifacts": 1, "kind": "api.description"}]
    assert "gap.left_out" not in make.codes(make.criterion(assessment, "P-2.4-08"))
