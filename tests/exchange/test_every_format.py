"""Every exchange format and interface description is known by its content: under any name, and inside an archive."""

from pathlib import Path
from typing import Any

import pytest

from cpo_scan.formats import Recogniser
from cpo_scan.rulebook.formats import load_formats
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.limits import Limits
from tests.exchange.examples import Example, zipped
from tests.exchange.examples_geometry import GEOMETRY
from tests.exchange.examples_interfaces import INTERFACES
from tests.exchange.examples_step import STEP
from tests.exchange.examples_systems import SYSTEMS

EVERY = [*STEP, *GEOMETRY, *SYSTEMS, *INTERFACES]
PLACES = ("usual", "unnamed", "archive.zip!")
RECOGNISER = Recogniser(load_formats())


class _Nobody:
    """Watches a scan and says nothing."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def found(self, files: int, size: int) -> None:
        """Files were found."""

    def done(self, files: int, size: int) -> None:
        """Files were done."""


def _path(place: str, number: int, example: Example) -> str:
    return f"{place}/{number:03}/{example.name}" if place == "usual" else f"{place}/{number:03}/content"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What one scan of all examples in all places states, by the path in the evidence."""
    target: Path = tmp_path_factory.mktemp("formats")
    for number, example in enumerate(EVERY):
        for place in PLACES[:2]:
            path = target / _path(place, number, example)
            path.parent.mkdir(parents=True)
            path.write_bytes(example.data)
    members = {_path("", number, one).lstrip("/"): one.data for number, one in enumerate(EVERY)}
    (target / "archive.zip").write_bytes(zipped(members))
    found: dict[str, list[dict[str, Any]]] = {}
    options = Options(workers=0, limits=Limits())
    with scanned(Request(targets=(str(target),), options=options), _Nobody()) as done:
        for finding in done.report.findings():
            for place in {row["artifact"] for row in finding["evidence"]}:
                found.setdefault(place, []).append(finding)
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("number", "example"), list(enumerate(EVERY)), ids=[one.id for one in EVERY])
def test_format_is_stated_with_standard_and_version(
    findings: dict[str, list[dict[str, Any]]], number: int, example: Example, place: str
) -> None:
    here = findings.get(_path(place, number, example), [])
    stated = [row["attributes"] for row in here if row["kind"] in ("exchange.file", "api.description")]
    key = "standard" if example.kind == "exchange.file" else "family"
    assert [row[key] for row in stated] == [example.standard]
    assert example.version is None or stated[0]["version"] == example.version
    assert next(row["strength"] for row in here if row["kind"] == example.kind) not in ("mentioned", "named")


@pytest.mark.parametrize("place", PLACES[1:])
@pytest.mark.parametrize(("number", "example"), list(enumerate(EVERY)), ids=[one.id for one in EVERY])
def test_other_name_is_no_conflict_of_formats(
    findings: dict[str, list[dict[str, Any]]], number: int, example: Example, place: str
) -> None:
    here = findings.get(_path(place, number, example), [])
    assert [row for row in here if row["kind"] == "format.conflict"] == []


def _near_misses(example: Example) -> list[bytes]:
    data = example.data
    if data.startswith(b"<?xml"):
        declaration, _, body = data.partition(b"\n")
        text = body.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        return [
            declaration + b"\n<notes><!-- " + body.replace(b"--", b"- -") + b" --></notes>",
            declaration + b"\n<notes>" + text + b"</notes>",
        ]
    if b"\0" in data or data.startswith(b"PK"):
        return [b"x" + data]
    return [
        b"Such a file begins with these lines\n" + data,
        data.splitlines()[0][:4] + b" is a word and no file of that kind\n",
    ]


@pytest.mark.parametrize("example", EVERY, ids=[one.id for one in EVERY])
def test_text_about_a_format_is_no_file_of_it(example: Example) -> None:
    for data in _near_misses(example):
        found = RECOGNISER.recognise("content", BytesContent(data))
        assert found is None or found.standard != example.standard
