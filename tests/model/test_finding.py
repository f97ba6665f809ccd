"""What makes a finding one fact: its id and subject, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.model import KINDS, Artifact, Evidence, Finding, Offered, Origin, Reason, Strength, encode_name, finish
from cpo_scan.model.artifact import shorten
from cpo_scan.model.finding import EVIDENCE_LIMIT, FindingError

ORIGIN = (Origin.VENDOR, Reason("origin.default"))
OFFERED = (Offered.UNKNOWN, Reason("offered.default"))
ARTIFACT = Artifact(path="a/b.yaml", size=3, sha256="0" * 64)


def description(**changes: object) -> Finding:
    attributes = {"family": "openapi", "title": "Parts", "operations": 3, **changes}
    return Finding("api.description", attributes, evidence=(ARTIFACT.at(pointer="/paths"),))


def test_an_id_does_not_follow_what_may_change_between_releases_of_a_probe() -> None:
    before = finish(description(operations=3), "api.openapi", ORIGIN, OFFERED)
    after = finish(description(operations=4), "api.openapi", ORIGIN, OFFERED)
    assert before["id"] == after["id"]


def test_an_id_follows_kind_place_identity_and_key() -> None:
    ids = {
        finish(finding, probe, ORIGIN, OFFERED)["id"]
        for finding, probe in [
            (description(), "api.openapi"),
            (description(family="wsdl"), "api.openapi"),
            (description(), "api.other"),
            (Finding("api.description", {"family": "openapi"}, evidence=(Evidence(artifact="c"),)), "api.openapi"),
            (Finding("api.description", {"family": "openapi"}, evidence=(ARTIFACT.at(),), key="2"), "api.openapi"),
        ]
    }
    assert len(ids) == 5


def test_a_subject_survives_a_renamed_folder() -> None:
    def subject(path: str) -> str:
        return str(
            finish(
                Finding(
                    "exchange.capability",
                    {"standard": "step", "direction": "import", "via": "registration", "name": path},
                    evidence=(Evidence(artifact=path),),
                ),
                "p",
                ORIGIN,
                OFFERED,
            )["subject"]
        )

    assert subject("v1/Init.py") == subject("v2/Init.py") == "exchange.capability:step:import"


def test_evidence_is_capped_and_its_order_of_discovery_is_no_fact() -> None:
    pieces = [ARTIFACT.at(line=number) for number in range(1, 41)]
    first = finish(Finding("api.description", {"family": "x"}, evidence=(pieces[0], *pieces[1:])), "p", ORIGIN, OFFERED)
    other = finish(
        Finding("api.description", {"family": "x"}, evidence=(pieces[0], *reversed(pieces[1:]))), "p", ORIGIN, OFFERED
    )
    assert first == other
    assert first["evidence_total"] == 40
    assert len(first["evidence"]) == EVIDENCE_LIMIT


@pytest.mark.parametrize(
    "finding",
    [
        Finding("no.kind", {}, evidence=(ARTIFACT.at(),)),
        Finding("api.description", {}, evidence=(ARTIFACT.at(),)),
        Finding("api.description", {"family": "openapi"}),
    ],
)
def test_what_breaks_the_contract_is_refused(finding: Finding) -> None:
    with pytest.raises(FindingError):
        finish(finding, "p", ORIGIN, OFFERED)


def test_null_attributes_are_left_out_but_valid_is_kept() -> None:
    row = finish(description(valid=None, version=None), "p", ORIGIN, OFFERED)
    assert row["attributes"] == {"family": "openapi", "title": "Parts", "operations": 3, "valid": None}


def test_strengths_are_a_ladder() -> None:
    assert [strength.rank for strength in Strength] == list(range(7))
    assert Strength.REGISTERED.reaches(Strength.RECOGNISED)
    assert not Strength.NAMED.reaches(Strength.RECOGNISED)


def test_every_kind_names_attributes_that_tell_its_findings_apart() -> None:
    for kind in KINDS.values():
        assert kind.identity
        assert kind.subject


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a b.txt", "a b.txt"),
        ("100%.txt", "100%25.txt"),
        ("a!/b", "a%21/b"),
        ("\udcff\udcfe", "%FF%FE"),
        ("../../up.txt", "%2E%2E/%2E%2E/up.txt"),
        ("/root.txt", "%2Froot.txt"),
        ("nul\0name", "nul%00name"),
        ("..a/b..", "..a/b.."),
        ("\ud800", "\ufffd"),
    ],
)
def test_names_stand_in_paths_as_the_contract_has_it(name: str, path: str) -> None:
    assert encode_name(name) == path


@given(st.binary(max_size=40))
def test_any_name_of_the_system_becomes_utf8_that_leads_nowhere(name: bytes) -> None:
    path = encode_name(name.decode("utf-8", "surrogateescape"))
    path.encode()
    assert not path.startswith("/")
    assert ".." not in path.split("/")


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_different_names_stay_different(one: bytes, other: bytes) -> None:
    same = encode_name(one.decode("utf-8", "surrogateescape")) == encode_name(other.decode("utf-8", "surrogateescape"))
    assert same == (one == other)


@given(st.text(max_size=600))
def test_an_excerpt_has_at_most_240_characters_in_one_line(text: str) -> None:
    shown = shorten(text)
    assert len(shown) <= 240
    assert "\n" not in shown
