"""The spool: any order in, the order of the report out, and nothing lost on the way."""

import fnmatch
import pickle
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.model import (
    Artifact,
    CoverageRow,
    Evidence,
    Finding,
    Offered,
    Origin,
    Reason,
    Recognition,
    Severity,
    finish,
)
from cpo_scan.scan.inventory import Inventory
from cpo_scan.scan.store import FindingReader, FindingStore


def _row(path: str, standard: str, key: str = "", excerpt: str = "") -> dict[str, object]:
    finding = Finding(
        "exchange.file", {"standard": standard}, evidence=(Evidence(artifact=path, excerpt=excerpt),), key=key
    )
    return finish(finding, "test", (Origin.VENDOR, Reason("x")), (Offered.UNKNOWN, Reason("x")))


def _artifact(path: str, form: str | None = None) -> Artifact:
    return Artifact(path=path, size=3, sha256="0" * 64, recognition=Recognition(format=form) if form else None)


def test_findings_come_out_by_path_kind_and_id_whatever_the_order_was(tmp_path: Path) -> None:
    rows = [
        _row(path, standard) for path in ("b/ä.stp", "a.stp", "b/z.stp", "a!/b.stp") for standard in ("step", "ifc")
    ]
    seen = set()
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        with FindingStore(tmp_path) as store:
            store.add_findings(rows[:3])
            store.add_findings(rows[3:])
            seen.add(b"\n".join(store.finding_bytes()))
            order = [(row["evidence"][0]["artifact"].encode(), row["kind"], row["id"]) for row in store.findings()]
        assert order == sorted(order)
    assert len(seen) == 1


def test_duplicate_id_is_reported_and_the_one_that_stays_is_always_the_same(tmp_path: Path) -> None:
    first, second = _row("a.stp", "step", excerpt="one"), _row("a.stp", "step", excerpt="two")
    other = _row("a.stp", "step", key="2")
    for rows in ([first, second, other], [second, other, first]):
        with FindingStore(tmp_path) as store:
            store.add_findings(rows)
            assert [(one.id, one.probe, one.artifact) for one in store.duplicates()] == [(first["id"], "test", "a.stp")]
            kept = list(store.findings())
            assert len(kept) == 2
            assert store.finding(str(first["id"])) in kept
            assert {row["evidence"][0]["excerpt"] for row in kept if row["id"] == first["id"]} == {"one"}


def test_who_runs_beside_others_sees_only_the_findings_that_were_there_before(tmp_path: Path) -> None:
    with FindingStore(tmp_path) as store:
        store.add_findings([_row("b.stp", "step", excerpt="2"), _row("c.stp", "step")])
        known = store.known()
        store.add_findings([_row("a.stp", "step"), _row("b.stp", "step", excerpt="1"), _row("d.ifc", "ifc")])
        before = FindingReader(store.findings_file, known)
        assert [row["evidence"][0]["artifact"] for row in before.findings("exchange.file")] == ["b.stp", "c.stp"]
        assert next(before.findings())["evidence"][0]["excerpt"] == "2"
        assert len(list(store.reader().findings())) == 4


def test_equal_coverage_rows_are_one(tmp_path: Path) -> None:
    row = CoverageRow(artifact="a.zip", reason=Reason("zip.truncated"), severity=Severity.LOST)
    with FindingStore(tmp_path) as store:
        store.add_coverage([row, row])
        assert store.lost() == 1
        assert len(list(store.coverage_bytes("unreadable"))) == 1


def test_inventory_is_read_by_path_format_name_and_folder(tmp_path: Path) -> None:
    with FindingStore(tmp_path) as store:
        store.add_artifacts([_artifact("lib/a.jar", "jar"), _artifact("lib/a.jar!/Plugin.XML", "xml")])
        store.add_artifacts([_artifact("library/x.xml", "xml"), _artifact("a.txt"), _artifact("lib/a.jar", "zip")])
        inventory: Inventory = pickle.loads(pickle.dumps(store.seal()))
        found = inventory.get("lib/a.jar")
        assert found is not None
        assert found.format == "zip", "the later of two with one path stays"
        assert inventory.get("lib") is None
        assert [one.path for one in inventory.select()] == [
            "a.txt",
            "lib/a.jar",
            "lib/a.jar!/Plugin.XML",
            "library/x.xml",
        ]
        assert [one.path for one in inventory.select(under="lib")] == ["lib/a.jar", "lib/a.jar!/Plugin.XML"]
        assert [one.path for one in inventory.select(under="lib/a.jar!/")] == ["lib/a.jar!/Plugin.XML"]
        assert [one.path for one in inventory.select(names=["plugin.xml"])] == ["lib/a.jar!/Plugin.XML"]
        assert inventory.count(formats=["xml"], names=["*.xml"], under="library") == 1
        inventory.close()


def test_artifacts_of_findings_are_listed_and_evidence_without_artifact_is_found(tmp_path: Path) -> None:
    with FindingStore(tmp_path) as store:
        store.add_artifacts([_artifact("a.stp", "step-p21"), _artifact("other.txt")])
        store.add_findings([_row("a.stp", "step"), _row("gone.stp", "step")])
        assert [row["path"] for row in store.cited_artifacts()] == ["a.stp"]
        assert store.uncited() == ["gone.stp"]


def test_everything_is_gone_when_the_store_is_closed(tmp_path: Path) -> None:
    with FindingStore(tmp_path) as store:
        store.add_artifacts([_artifact("a.stp")])
    assert not list(tmp_path.iterdir())


@settings(max_examples=60, deadline=None)
@given(st.text("ab[]!^*?-.", max_size=7), st.lists(st.text("ab[]!^-.", min_size=1, max_size=5), max_size=6))
def test_globs_mean_what_they_mean_in_a_shell(glob: str, names: list[str]) -> None:
    paths = sorted({f"d/{name}" for name in names if name not in (".", "..")})
    with FindingStore() as store:
        store.add_artifacts(_artifact(path) for path in paths)
        inventory = store.seal()
        expected = [path for path in paths if fnmatch.fnmatchcase(path[2:], glob)]
        assert [one.path for one in inventory.select(names=[glob])] == (expected if glob else [])
        inventory.close()
