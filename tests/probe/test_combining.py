"""Combining probes: notes of many artifacts become one finding, whoever read them and in whatever order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, Probe, ProductContext, Unreadable, names
from cpo_scan.probe.testing import Breach, check_determinism, check_metadata, run_probe
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options


class Words(msgspec.Struct, frozen=True):
    """What one text holds."""

    count: int
    first: str


class WordsProbe(CombiningProbe):
    """Words of all texts together"""

    id = "acme.words"
    examines = names("*.txt")
    states = ("docs.set",)

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        text = context.text(artifact)
        if "\0" in text:
            raise Unreadable("acme.no_text")
        yield Note(Words(len(text.split()), text.partition(" ")[0]))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        notes = list(context.notes(Words))
        found = (context.index.get(path) for path, _ in notes)
        evidence = tuple(artifact.at() for artifact in found if artifact is not None)
        firsts = [note.first for _, note in notes]
        yield Finding(
            "docs.set",
            {"format": "text", "root": "", "words": sum(note.count for _, note in notes), "topics": firsts},
            evidence=evidence,
        )


TEXTS = {"b.txt": b"two words", "a.txt": b"one", "c/d.txt": b"and three more"}


def test_notes_come_by_path_and_become_one_finding() -> None:
    found = run_probe(WordsProbe(), TEXTS).one("docs.set")
    assert (found["words"], found["topics"]) == (6, ["one", "two", "and"])


def test_what_could_not_be_read_leaves_no_note_and_a_row() -> None:
    result = run_probe(WordsProbe(), {**TEXTS, "e.txt": b"a\0b"})
    assert result.one("docs.set")["words"] == 6
    assert result.reasons == ["acme.no_text"]
    assert result.rows[0].affects == ("docs.set",)


def test_it_meets_the_contract_of_all_probes() -> None:
    check_metadata(WordsProbe)
    check_determinism(WordsProbe(), TEXTS)


def test_only_a_combining_probe_may_note() -> None:
    class Noting(Probe):
        """Notes what nobody reads"""

        id = "acme.noting"
        examines = names("*.txt")
        states = ("docs.set",)

        def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
            yield Note(context.text(artifact) + artifact.path)

    with pytest.raises(Breach, match="has no combine"):
        run_probe(Noting(), TEXTS)


@pytest.mark.parametrize("value", [object(), {1: object()}, bytes(17 * 2**20)])
def test_a_note_is_plain_data_within_limits(value: Any) -> None:
    class Careless(WordsProbe):
        def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
            yield Note(value if context.text(artifact) else artifact.path)

    with pytest.raises(Breach, match="it notes"):
        run_probe(Careless(), TEXTS)


def test_the_engine_combines_what_all_workers_noted(tmp_path: Path) -> None:
    folder = tmp_path / "usr" / "include" / "acme"
    folder.mkdir(parents=True)
    for number in range(300):  # more than one batch
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        text = f"/** Says what {word} does here. */\nvoid acme_{number}(int of);\nvoid acme_plain_{number}(void);\n"
        (folder / f"part{number}.h").write_text(text)
    digests = set()
    for workers in (0, 2):
        request = Request(targets=(str(tmp_path),), options=Options(workers=workers), only=("sdk.surface-headers",))
        with scanned(request, Silent()) as done:
            (found,) = (row for row in done.report.findings() if row["kind"] == "sdk.surface")
            digests.add(done.report.scan_digest)
            (probe,) = (row for row in done.report.probes if row["id"] == "sdk.surface-headers")
    assert len(digests) == 1
    attributes = found["attributes"]
    assert (attributes["symbols"], attributes["documented_symbols"], attributes["headers"]) == (600, 300, 300)
    assert attributes["root"] == "usr/include/acme"
    assert (probe["examined"], probe["findings"]) == (300, 1)


class Silent:
    """An observer that nobody listens to."""

    def stage(self, name: str) -> None: ...

    def found(self, files: int, size: int) -> None: ...

    def done(self, files: int, size: int) -> None: ...
