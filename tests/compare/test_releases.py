"""Two releases: what changed, what only seems to have, and what can't be compared."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.compare import Releases, compare_releases, standing
from cpo_scan.compare import products as several
from cpo_scan.compare import releases as two
from cpo_scan.compare.places import Roots, subject_of
from cpo_scan.model import CoverageRow, Origin, ProbeStatus, Reason, Severity, Strength
from cpo_scan.model.canonical import canonical
from cpo_scan.model.report import Deliverable, ProbeRow, Product, RuleRow
from cpo_scan.report import Report
from cpo_scan.rulebook.root import rules_root
from tests.report.product import ZERO, findings, row

Make = Callable[..., Report]


def api(root: str = "server", operations: int = 10, title: str = "Parts", **more: Any) -> dict[str, Any]:
    attributes = {"family": "openapi", "title": title, "operations": operations}
    return row("api.description", f"{root}/api/{title}.yaml", attributes, **more)


def step_file(path: str, version: str = "AP214") -> dict[str, Any]:
    return row("exchange.file", path, {"standard": "step", "version": version})


def probes(version: int = 1, status: ProbeStatus = ProbeStatus.OK) -> tuple[ProbeRow, ...]:
    return (ProbeRow(id="test.probe", version=version, status=status),)


def outcome(name: str, word: str) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        next(one for one in whole["criteria"] if one["id"] == name)["outcome"] = word

    return change


def unnamed() -> Product:
    return Product(deliverables=(Deliverable(id="target", role=None),))


def what(compared: Releases) -> list[tuple[str, str]]:
    return [(one.what, one.subject) for one in compared.findings]


def test_the_same_report_differs_in_nothing(make: Make) -> None:
    report = make(findings())
    compared = compare_releases(report, report)
    assert not compared.findings
    assert not [one for one in compared.criteria if one.changed or one.why]
    assert not [one for one in compared.measures if one.changed or one.why]
    assert [reason.code for reason in compared.notices] == ["compare.same_scan"]
    assert sum(kind.same for kind in compared.kinds.values()) == len(findings())


def test_findings_are_held_against_each_other_by_subject(make: Make) -> None:
    old = make([api(), api(title="Jobs"), api(title="Gone")])
    new = make([api(operations=12), api(title="Jobs"), api(title="New")])
    compared = compare_releases(old, new)
    assert what(compared) == [
        ("removed", "api.description:openapi:Gone"),
        ("added", "api.description:openapi:New"),
        ("changed", "api.description:openapi:Parts"),
    ]
    (change,) = compared.findings[2].changes
    assert (change.name, change.old, change.new) == ("operations", ("10",), ("12",))
    assert msgspec.structs.astuple(compared.kinds["api.description"]) == (1, 1, 1, 1)


def test_a_folder_that_only_names_the_release_is_no_change(make: Make) -> None:
    old = make([step_file("app-1.0/samples/a.stp"), step_file("app-1.0/b.stp")], product=unnamed())
    new = make([step_file("app-2.0/samples/a.stp"), step_file("app-2.0/b.stp")], product=unnamed())
    assert what(compare_releases(old, new)) == []


def test_a_root_is_taken_off_below_each_deliverable(make: Make) -> None:
    old = make([step_file("server/v1/a/x.stp"), step_file("server/v1/b.stp"), step_file("docs/1/c.stp")])
    new = make([step_file("server/v2/a/x.stp"), step_file("server/v2/b.stp"), step_file("docs/2/c.stp")])
    assert what(compare_releases(old, new)) == []


def test_a_release_with_files_outside_the_old_root_is_compared_as_it_is(make: Make) -> None:
    old = make([step_file("docs/a.stp"), step_file("docs/b.stp")], product=unnamed())
    new = make([step_file("docs/a.stp"), step_file("docs/b.stp"), step_file("lib/c.stp")], product=unnamed())
    assert what(compare_releases(old, new)) == [("added", "exchange.file:step:lib/c.stp")]


def test_a_surface_follows_its_root_without_the_release(make: Make) -> None:
    def surface(release: str) -> list[dict[str, Any]]:
        attributes = {"language": "c", "symbols": 4, "root": f"{release}/include"}
        return [row("sdk.surface", f"{release}/include/a.h", attributes), step_file(f"{release}/b.stp")]

    old, new = make(surface("sdk-1"), product=unnamed()), make(surface("sdk-2"), product=unnamed())
    assert what(compare_releases(old, new)) == []


def test_origin_and_strength_are_changes_too(make: Make) -> None:
    compared = compare_releases(make([api(origin=Origin.COMPONENT)]), make([api(strength=Strength.VALIDATED)]))
    (change,) = compared.findings
    assert {one.name: (one.old, one.new) for one in change.changes} == {
        "origin": (("component",), ("vendor",)),
        "strength": (("recognised",), ("validated",)),
    }


def test_what_another_probe_saw_need_not_be_a_change(make: Make) -> None:
    old, new = make([api()], probes=probes(1)), make([api(title="Other")], probes=probes(2))
    compared = compare_releases(old, new)
    reason = Reason("compare.other_probes", {"probes": ["test.probe"]})
    assert [one.uncertain for one in compared.findings] == [(reason,), (reason,)]
    assert reason in compared.notices


def test_what_was_not_read_in_the_newer_release_is_not_gone_for_sure(make: Make) -> None:
    lost = CoverageRow(artifact="server/a.zip", reason=Reason("zip.truncated"), severity=Severity.LOST)
    old = make([step_file("server/a.zip!/in.stp"), step_file("server/b.stp"), step_file("server/c/d.stp")])
    new = make([step_file("server/b.stp")], not_read=(lost,))
    found = {one.old_place: [reason.code for reason in one.uncertain] for one in compare_releases(old, new).findings}
    assert found == {"server/a.zip!/in.stp": ["compare.not_read"], "server/c/d.stp": []}


def test_an_outcome_that_changed_is_listed_with_its_reasons(make: Make) -> None:
    compared = compare_releases(make([api()]), make([api()], judged=outcome("P-2.4-01", "evidenced")))
    (changed,) = [one for one in compared.criteria if one.changed]
    assert (changed.id, changed.old, changed.new, changed.why) == ("P-2.4-01", "inconclusive", "evidenced", ())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"probes": probes(2)}, "compare.other_probes"),
        ({"probes": probes(1, ProbeStatus.NOT_RUN)}, "compare.other_probes"),
        ({"options": {"limits": {"depth": 2}}}, "compare.other_options"),
        ({"rules": (RuleRow(kind="formats", id="formats", version="2", sha256="f" * 64),)}, "compare.other_fact_rules"),
        ({"product": unnamed()}, "compare.roles_unknown"),
        (
            {"product": Product(name="Open PLM", deliverables=(Deliverable(id="docs", role="docs"),))},  # type: ignore[arg-type]
            "compare.other_roles",
        ),
    ],
)
def test_what_rests_on_something_else_is_not_comparable(make: Make, changes: dict[str, Any], says: str) -> None:
    base: dict[str, Any] = {"probes": probes()}
    compared = compare_releases(make([api()], **base), make([api()], **{**base, **changes}))
    assert {reason.code for one in compared.criteria for reason in one.why} == {says}
    assert {reason.code for one in compared.measures for reason in one.why} == {says}


def test_other_rules_make_nothing_comparable(make: Make) -> None:
    def other(whole: dict[str, Any]) -> None:
        whole["rules"][1]["sha256"] = "f" * 64

    compared = compare_releases(make([api()]), make([api()], judged=other))
    why = (Reason("compare.other_rules", {"kinds": ["profile"]}),)
    assert all(one.why == why for one in compared.criteria)
    assert all(one.why == why for one in compared.measures)


def test_a_criterion_that_only_one_report_has_is_listed(make: Make) -> None:
    def without(whole: dict[str, Any]) -> None:
        whole["criteria"] = whole["criteria"][1:]

    compared = compare_releases(make([api()]), make([api()], judged=without))
    gone = next(one for one in compared.criteria if one.id == "P-2.1-01")
    assert (gone.new, [reason.code for reason in gone.why]) == (None, ["compare.one_only"])


def test_a_scan_with_an_older_release_beside_is_not_held_against_one_without(make: Make) -> None:
    def changes(whole: dict[str, Any]) -> None:
        whole["criteria"][0]["search_scope"]["kinds"] = ["release.change"]

    options = {"limits": {"depth": 8}, "excerpts": "full"}
    compared = compare_releases(
        make([api()], judged=changes, options=options),
        make([api()], judged=changes, options={**options, "previous": {"digest": ZERO}}),
    )
    assert [one.id for one in compared.criteria if one.why] == ["P-2.1-01"]


def test_long_lists_are_capped_with_their_number(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two, "LIST_LIMIT", 3)
    compared = compare_releases(make([]), make([api(title=f"A{number}") for number in range(9)]))
    assert (len(compared.findings), compared.findings_total) == (3, 9)


def test_the_order_of_findings_changes_nothing(make: Make) -> None:
    rows = findings()
    one = compare_releases(make(rows), make([api()]))
    other = compare_releases(make(rows[::-1]), make([api()]))
    assert canonical(one.findings) == canonical(other.findings)


@given(st.lists(st.sampled_from(["a", "b", "v1", "v2", "x!/y"]), min_size=1, max_size=5))
def test_a_path_without_its_root_is_its_end(parts: list[str]) -> None:
    class Made:
        product: dict[str, Any] = {"deliverables": [{"id": "only"}]}  # noqa: RUF012 (a stand-in)
        artifacts = ({"path": "/".join(["root", *parts, "file"])},)

    path = Made.artifacts[0]["path"]
    stripped = Roots(Made()).strip(path)  # type: ignore[arg-type]
    assert stripped
    assert path.endswith(stripped)


def test_a_subject_made_by_other_rules_is_left_as_it_is(make: Make) -> None:
    report = make([step_file("v1/a.stp")], product=unnamed())
    odd = {**next(iter(report.findings())), "subject": "something else"}
    assert subject_of(odd, Roots(report)) == "something else"


def test_the_schema_describes_what_is_written(make: Make) -> None:
    schema = msgspec.json.decode((rules_root() / "schemas" / "comparison-1.json").read_bytes())
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    old, new = make(findings()), make([api()], probes=probes(4))
    for compared in (compare_releases(old, new), several.compare_products([old, new, old])):
        document = msgspec.json.decode(canonical(compared))
        assert [error.message for error in validator.iter_errors(document)] == []
        assert not validator.is_valid({**document, "rank": 1})
    for name, part in schema["$defs"].items():
        if name != "Reason":
            struct = next(getattr(module, name) for module in (two, several, standing) if hasattr(module, name))
            assert set(part["properties"]) == set(struct.__struct_fields__)
