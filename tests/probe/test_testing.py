"""The test kit runs honest probes and catches those that break the contract."""

# ruff: noqa: ARG002

import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cpo_scan.model import Recognition
from cpo_scan.probe import Artifact, Context, Finding, Probe, ProductContext, ProductProbe, Unreadable, names
from cpo_scan.probe.testing import (
    Breach,
    Tree,
    check_determinism,
    check_hostile,
    check_metadata,
    damages,
    run_probe,
)
from cpo_scan.targets.limits import Limits


class Notes(Probe):
    """Notes that a product ships."""

    id = "acme.notes"
    examines = names("*.note")
    states = ("docs.set",)

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        text = context.text(artifact)
        if not text.strip():
            raise Unreadable("acme.empty")
        yield Finding("docs.set", {"format": "note", "root": artifact.path}, evidence=(artifact.at(text),))


class NoteBook(ProductProbe):
    """All notes of a product."""

    id = "acme.notebook"
    examines = names("*.note")
    states = ("docs.set",)

    def examine(self, context: ProductContext) -> Iterator[Finding]:
        notes = list(context.index.select(names=["*.note"]))
        known = sum(1 for _ in context.findings("docs.set"))
        if notes:
            yield Finding(
                "docs.set", {"format": "book", "documents": len(notes), "known": known}, evidence=(notes[0].at(),)
            )


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def test_probe_sees_only_what_its_selector_chose() -> None:
    result = run_probe(Notes(), {"a.note": b"one", "b.txt": b"two"})
    assert result.examined == ("a.note",)
    assert result.one("docs.set")["root"] == "a.note"
    assert result.findings[0]["evidence"] == [{"artifact": "a.note", "locator": {}, "excerpt": "one"}]


def test_members_of_zip_and_gzip_files_are_artifacts() -> None:
    inner = zipped(deep__c_note=b"three")
    result = run_probe(Notes, {"a.jar": zipped(b_jar=inner), "d.note.gz": gzip.compress(b"four")})
    assert result.examined == ("a.jar!/b.jar!/deep/c.note", "d.note.gz!/d.note")


def test_unreadable_becomes_a_coverage_row() -> None:
    result = run_probe(Notes(), {"a.note": b" "})
    assert result.reasons == ["acme.empty"]
    assert result.rows[0].artifact == "a.note"


def test_product_probe_sees_the_index_and_given_findings() -> None:
    first = run_probe(Notes(), {"a.note": b"one", "b.note": b"two"})
    result = run_probe(NoteBook(), {"a.note": b"one", "b.note": b"two"}, findings=first.findings)
    assert result.one("docs.set") == {"format": "book", "documents": 2, "known": 2}


def test_recognition_can_be_given() -> None:
    tree = Tree({"x": b""}, {"x": Recognition(format="man")}, Limits())
    assert [artifact.path for artifact in tree.select(formats=["man"])] == ["x"]


@pytest.mark.parametrize(
    ("start", "path", "found"),
    [
        ("a/b.txt", "c.txt", "a/c.txt"),
        ("a/b.txt", "../d.txt", "d.txt"),
        ("a/b.txt", "../../d.txt", None),
        ("a/b.txt", "/d.txt", None),
        ("a/b.txt", "../e.jar!/f", None),
        ("e.jar!/f", "g h%", "e.jar!/g h%25"),
        ("e.jar!/f", "../d.txt", None),
    ],
)
def test_related_stays_inside_the_container(start: str, path: str, found: str | None) -> None:
    tree = Tree({"a/b.txt": b"", "a/c.txt": b"", "d.txt": b"", "e.jar!/f": b"", "e.jar!/g h%": b""}, {}, Limits())
    artifact = tree.get(start)
    assert artifact is not None
    other = tree.related(artifact, path)
    assert (other.path if other else None) == found


class Twice(Notes):
    """States the same thing twice."""

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from super().examine(artifact, context)
        yield from super().examine(artifact, context)


class Undeclared(Notes):
    """States a kind that it did not announce."""

    states = ("sdk.part",)


class Baseless(Notes):
    """States something without evidence."""

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield Finding("docs.set", {"format": "note"})


class Elsewhere(Notes):
    """Points to a file that is not there."""

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        other = Artifact(path="elsewhere", size=0, sha256=None)
        yield Finding("docs.set", {"format": "note"}, evidence=(other.at(),))


class Leaky(Notes):
    """Tells where the machine keeps its files."""

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield Finding("docs.set", {"format": "note", "root": "/home/someone/a.note"}, evidence=(artifact.at(),))


@pytest.mark.parametrize(
    ("probe", "told"),
    [
        (Twice, "two findings with one id"),
        (Undeclared, "which it does not declare"),
        (Baseless, "has no evidence"),
        (Elsewhere, "no artifact of the tree"),
        (Leaky, "absolute path"),
    ],
)
def test_breach_of_the_contract_is_told(probe: type[Probe], told: str) -> None:
    with pytest.raises(Breach, match=told):
        run_probe(probe, {"a.note": b"one"})


def test_complete_metadata_passes() -> None:
    check_metadata(Notes)
    check_metadata(NoteBook())


class Nameless(Notes):
    id = "Nameless"
    version = 0
    states = ("docs.sets",)
    needs = ("zlib",)


def test_lacking_metadata_is_told_all_at_once() -> None:
    with pytest.raises(Breach) as breach:
        check_metadata(Nameless)
    for word in ("probe.bad_id", "version", "docstring", "docs.sets", "install"):
        assert word in str(breach.value)


class Forgetful(Notes):
    """Gives another answer each time."""

    seen: ClassVar[list[str]] = []

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        self.seen.append(artifact.path)
        yield Finding("docs.set", {"format": "note", "documents": len(self.seen)}, evidence=(artifact.at(),))


def test_probe_with_a_memory_is_not_deterministic() -> None:
    with pytest.raises(Breach, match="change with the order"):
        check_determinism(Forgetful(), {"a.note": b"one", "b.note": b"two"})


def test_pure_probe_is_deterministic() -> None:
    assert len(check_determinism(Notes(), {"a.note": b"one", "b.note": b"two"}).findings) == 2


class Fragile(Notes):
    """Trusts its input."""

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        assert bytes(context.bytes(artifact)).endswith(b"end")
        yield from super().examine(artifact, context)


def test_fragile_probe_is_caught_by_damaged_files() -> None:
    with pytest.raises(Breach, match=r"a\.note, empty: AssertionError"):
        check_hostile(Fragile(), {"a.note": b"one end"})


def test_sturdy_probe_survives_damaged_files() -> None:
    assert check_hostile(Notes(), {"a.note": b"one end"}) == len(list(damages(b"one end")))


def test_damages_are_always_the_same() -> None:
    assert list(damages(b"some content")) == list(damages(b"some content"))


def test_fixtures_give_the_kit(tmp_path: Path) -> None:
    """In a run of its own, as a stranger would have it."""
    (tmp_path / "test_own.py").write_text(
        "from cpo_scan.probe.testing import check_hostile as ours\n"
        "def test_kit(run_probe, check_metadata, check_determinism, check_hostile):\n"
        "    assert check_hostile is ours\n"
    )
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:cpo_scan_probes", "-p", "cpo_scan.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "test_own.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_examples_of_the_manual_work() -> None:
    """Each Python block of docs/probes.md, one after the other, as a reader would try them."""
    manual = (Path(__file__).resolve().parents[2] / "docs" / "probes.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in manual.split("```python\n")[1:]]
    assert len(blocks) == 4
    names: dict[str, Any] = {"__name__": "manual"}
    for block in blocks:
        exec(block, names)


def test_manual_names_every_attribute_of_a_probe() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "probes.md").read_text(encoding="utf-8")
    assert [name for name in Probe.__annotations__ if f"`{name}`" not in manual] == []
