"""CycloneDX documents are valid by the strict schemas, refer to nothing that is absent, and attest to nothing."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from cpo_scan.model import Outcome, Strength
from cpo_scan.model.report import Layers, Run
from cpo_scan.report import Report
from cpo_scan.report.cyclonedx import write_cyclonedx
from cpo_scan.report.inert import visible
from cpo_scan.report.states import CYCLONEDX
from cpo_scan.report.texts import Texts
from tests.report import hostile, people, product

Make = Callable[..., Report]
Tree = dict[str, Any]
VALIDATORS = {version: JsonStrictValidator(version) for version in (SchemaVersion.V1_6, SchemaVersion.V1_7)}
LINKS = ("claims", "counterClaims", "evidence", "counterEvidence", "subjects", "requirements")


def bytes_of(report: Report, texts: Texts, lang: str = "en") -> bytes:
    out = io.BytesIO()
    write_cyclonedx(report, texts, lang, out)
    return out.getvalue()


def read(report: Report, texts: Texts, lang: str = "en") -> Tree:
    document: Tree = json.loads(bytes_of(report, texts, lang))
    return document


def references(tree: Any) -> Iterator[tuple[bool, str]]:
    """(is it declared here?, reference) for every `bom-ref` and every link to one."""
    if isinstance(tree, list):
        for inner in tree:
            yield from references(inner)
    elif isinstance(tree, dict):
        for name, inner in tree.items():
            if name == "bom-ref":
                yield True, inner
            elif name in ("assessor", "requirement", "parent", "target"):
                yield False, inner
            elif name in LINKS and isinstance(inner, list) and all(isinstance(item, str) for item in inner):
                yield from ((False, item) for item in inner)
            else:
                yield from references(inner)


def data(row: Tree) -> dict[str, str]:
    return {one["name"]: one["contents"]["attachment"]["content"] for one in row["data"]}


def properties(row: Tree) -> dict[str, str]:
    return {one["name"]: one["value"] for one in row["properties"]}


@pytest.fixture
def whole(make: Make) -> Report:
    """A report in which everybody has said something, with a component."""
    rows = [
        *product.findings(),
        product.row("component", "server/bom.json", {"name": "zlib", "version": "1.3", "licence": "Zlib OR MIT",
                                                     "ecosystem": "conan", "bom": "cyclonedx"},
                    Strength.REGISTERED, line=4),
    ]  # fmt: skip
    return make(rows, layers=people.layers(rows))


@pytest.fixture
def wicked(make: Make) -> Report:
    rows = [*hostile.rows(), product.row("component", "server/x", {"name": hostile.ALL, "licence": hostile.ALL})]
    return make(rows, hostile.known(), **hostile.parts())


@pytest.mark.parametrize("version", VALIDATORS, ids=str)
@pytest.mark.parametrize("which", ["whole", "wicked"])
def test_the_document_is_valid_by_the_strict_schema(
    which: str, version: SchemaVersion, words: Texts, request: pytest.FixtureRequest
) -> None:
    text = bytes_of(request.getfixturevalue(which), words).decode()
    if version is SchemaVersion.V1_7:  # what we write of 1.6 means the same there
        text = text.replace('"specVersion":"1.6"', '"specVersion":"1.7"').replace("bom-1.6.schema", "bom-1.7.schema")
    assert VALIDATORS[version].validate_str(text) is None


def test_the_schema_refuses_what_it_does_not_know(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    document["declarations"]["attestations"][0]["outcome"] = "inconclusive"
    assert VALIDATORS[SchemaVersion.V1_6].validate_str(json.dumps(document)) is not None


@pytest.mark.parametrize("which", ["whole", "wicked"])
def test_every_reference_leads_somewhere_and_none_is_declared_twice(
    which: str, words: Texts, request: pytest.FixtureRequest
) -> None:
    found = list(references(read(request.getfixturevalue(which), words)))
    declared = [ref for here, ref in found if here]
    assert len(declared) == len(set(declared))
    assert {ref for here, ref in found if not here} <= set(declared)


def test_the_outcomes_and_the_digests_come_back_from_the_document(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    outcomes = {
        data(row)["criterion"]: data(row)["outcome"]
        for row in document["declarations"]["evidence"]
        if row["propertyName"] == "cpo-scan:outcome"
    }
    assert outcomes == {row["id"]: row["outcome"] for row in whole.assessment["criteria"]}
    assert properties(document["metadata"])["cpo-scan:scan_digest"] == whole.scan_digest
    assert properties(document["metadata"])["cpo-scan:assessment_digest"] == whole.assessment_digest
    requirements = document["definitions"]["standards"][0]["requirements"]
    assert {row["identifier"] for row in requirements if "parent" in row} == set(outcomes)


def test_every_outcome_has_its_place_in_the_table() -> None:
    assert set(CYCLONEDX) == set(Outcome)
    assert {state.word for state in CYCLONEDX.values()} == {"claims", "counterClaims", None}


def test_the_tool_claims_what_is_evidenced_and_counter_claims_what_is_contradicted(whole: Report, words: Texts) -> None:
    (attested,) = [row for row in read(whole, words)["declarations"]["attestations"] if "assessor" not in row]
    sides = {
        outcome: {row["requirement"] for row in attested["map"] if name in row}
        for outcome, name in (("evidenced", "claims"), ("contradicted", "counterClaims"))
    }
    assert sides == {
        outcome: {f"requirement:{row['id']}" for row in whole.assessment["criteria"] if row["outcome"] == outcome}
        for outcome in sides
    }


def test_nobody_affirms_and_nothing_is_scored(whole: Report, words: Texts) -> None:
    text = bytes_of(whole, words).decode()
    for name in ("affirmation", "conformance", "confidence", "score", "signature"):
        assert f'"{name}"' not in text


def test_only_findings_that_were_counted_support_a_claim(whole: Report, words: Texts) -> None:
    claims = {row["bom-ref"]: row for row in read(whole, words)["declarations"]["claims"]}
    counted = {one["finding"] for one in whole.measures["standards.exchanged"]["counted"]}
    assert claims["claim:P-2.5-01"]["evidence"][0] == "outcome:P-2.5-01"
    assert {ref.partition(":")[2] for ref in claims["claim:P-2.5-01"]["evidence"][1:]} == counted


def test_the_vendor_is_no_third_party_and_whose_the_auditor_is_is_not_said(whole: Report, words: Texts) -> None:
    assessors = {row["bom-ref"]: row for row in read(whole, words)["declarations"]["assessors"]}
    vendor = assessors.pop("assessor:vendor")
    assert (vendor["thirdParty"], vendor["organization"]["name"]) == (False, "Example AG")
    assert sorted(row["organization"]["contact"][0]["name"] for row in assessors.values()) == [
        people.DECIDER,
        people.AUDITOR,
    ]
    assert all("thirdParty" not in row for row in assessors.values())


def test_a_claim_that_denies_is_a_counter_claim_and_one_of_no_application_is_neither(
    whole: Report, words: Texts
) -> None:
    attestations = read(whole, words)["declarations"]["attestations"]
    (attested,) = [row for row in attestations if row.get("assessor") == "assessor:vendor"]
    sides = {row["requirement"]: [name for name in row if name != "requirement"] for row in attested["map"]}
    assert sides == {
        "requirement:P-2.5-01": ["claims"],
        "requirement:P-2.1-03": ["claims"],
        "requirement:P-2.4-02": ["counterClaims"],
    }


def test_determinations_in_force_are_claims_of_their_person(whole: Report, words: Texts) -> None:
    document = read(whole, words)["declarations"]
    (auditor,) = [
        row["bom-ref"]
        for row in document["assessors"]
        if row["organization"].get("contact", [{}])[0].get("name") == people.AUDITOR
    ]
    (attested,) = [row for row in document["attestations"] if row.get("assessor") == auditor]
    sides = {row["requirement"]: [name for name in row if name != "requirement"] for row in attested["map"]}
    assert sides == {"requirement:P-2.4-02": ["claims"], "requirement:P-2.1-03": ["counterClaims"]}


def test_responses_determinations_and_waivers_are_annotations_by_their_persons(whole: Report, words: Texts) -> None:
    rows = [row for row in read(whole, words)["annotations"] if "individual" in row["annotator"]]
    named = [row["annotator"]["individual"]["name"] for row in rows]
    assert named == [people.VENDOR, *[people.AUDITOR] * 3, people.DECIDER, people.AUDITOR, people.OWNER, people.OWNER]
    assert rows[-1]["subjects"] == ["requirement:P-2.4-01"]
    assert rows[-1]["timestamp"] == "2026-11-02T00:00:00Z"


def test_what_the_tool_says_of_peoples_words_is_its_own(whole: Report, words: Texts) -> None:
    document = read(whole, words)
    ours = [row for row in document["annotations"] if "component" in row["annotator"]]
    assert len(ours) == 3  # the stale determination, and both waivers: what they change, and that one has expired
    assert words.label("layer.state.stale", "en") in ours[0]["text"]
    claims = [row for row in document["declarations"]["claims"] if "reasoning" not in row]
    assert len(claims) == 5
    for row in claims:
        assert words.label("claim.evidenced", "en") not in row["predicate"]
        assert words.label("claim.result.contradicted", "en") not in row["predicate"]
    compared = [row for row in document["declarations"]["evidence"] if row["propertyName"] == "cpo-scan:compared"]
    assert len(compared) == 5


def test_components_are_those_that_the_probes_found(whole: Report, words: Texts) -> None:
    (component,) = read(whole, words)["components"]
    assert (component["name"], component["version"]) == ("zlib", "1.3")
    assert component["licenses"] == [{"license": {"name": "Zlib OR MIT"}}]
    assert component["evidence"]["occurrences"] == [{"location": "server/bom.json", "line": 4}]


def test_refs_follow_the_scan_and_moments_the_run(make: Make, words: Texts) -> None:
    assert bytes_of(make(), words) == bytes_of(make(), words)
    silent = read(make(run=Run(), layers=Layers()), words)
    assert "timestamp" not in silent["metadata"]
    assert words.label("export.no_moment", "en") in properties(silent["metadata"])["cpo-scan:notice"]
    assert silent["serialNumber"] == read(make(), words)["serialNumber"]


def test_hostile_text_is_text(wicked: Report, words: Texts) -> None:
    text = json.dumps(read(wicked, words, "de"), ensure_ascii=False).replace("\\n", " ")
    assert visible(text) == text
