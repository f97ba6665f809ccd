"""`-o FORMAT=PATH`: what there is, what is refused, and before which work."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from cpo_scan.report import (
    Output,
    Report,
    UnknownFormat,
    check_outputs,
    formats,
    output_formats,
    parse_output,
    write_outputs,
)
from cpo_scan.report.formats import FACES
from cpo_scan.report.texts import LANGUAGES, Texts
from cpo_scan.rulebook.root import rules_root

Make = Callable[..., Report]


def test_one_scan_gives_many_outputs(make: Make, texts: Texts, tmp_path: Path) -> None:
    outputs = [parse_output(f"{form}={tmp_path / form}") for form in output_formats()]
    write_outputs(make(), outputs, texts, "de", manifest=lambda stream: stream.write(b"00  a\n"))
    assert json.loads((tmp_path / "json").read_bytes())["schema_version"] == "1.0"
    assert (tmp_path / "html").read_bytes().startswith(b"<!doctype html>")
    assert (tmp_path / "markdown").read_bytes().startswith(b"## Open PLM")
    assert (tmp_path / "manifest").read_bytes() == b"00  a\n"


def test_a_path_may_hold_an_equals_sign() -> None:
    assert parse_output("html=a=b.html") == Output("html", "a=b.html")


@pytest.mark.parametrize("text", ["html", "html=", "=x", "docx=x.docx", "HTML=x", ""])
def test_unknown_formats_are_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        parse_output(text)
    assert "\n" not in str(caught.value)
    assert "html" in str(caught.value)


def test_two_outputs_on_one_path_are_refused() -> None:
    with pytest.raises(UnknownFormat, match="two outputs"):
        check_outputs([Output("json", "-"), Output("html", "-")], manifest=True)


def test_a_manifest_needs_a_scan() -> None:
    with pytest.raises(UnknownFormat, match="made by `scan`"):
        check_outputs([Output("manifest", "m")], manifest=False)


@pytest.mark.parametrize("form", [name for name, face in FACES.items() if face.needs])
def test_missing_extra_is_one_line_with_the_command_that_brings_it(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    with pytest.raises(UnknownFormat) as caught:
        check_outputs([Output(form, "x")], manifest=True)
    extra = FACES[form].install
    assert f"pip install '{extra}'" in str(caught.value)
    assert "\n" not in str(caught.value)
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert extra.removeprefix("cpo-scan[").removesuffix("]") in project["project"]["optional-dependencies"]


def test_every_label_that_a_face_asks_for_has_words_in_all_languages(texts: Texts) -> None:
    folder = Path(__file__).resolve().parents[2] / "cpo_scan" / "report"
    asked = set()
    for file in [*folder.glob("*.py"), *(folder / "templates").iterdir()]:
        for piece in file.read_text(encoding="utf-8").replace("'", '"').split('"'):
            if (
                piece.startswith("report.")
                and " " not in piece
                and not piece.endswith((".", ".json", ".html"))
                and "{" not in piece
            ):
                asked.add(piece)
    labels = (rules_root() / "messages/parts/report.yaml").read_text(encoding="utf-8")
    known = {line.partition(":")[0] for line in labels.splitlines()}
    code_names = {"report.product", "report.gate.met", "report.run", "report.assessment"}
    assert asked - known - code_names == set()
    for code in asked & known:
        for lang in LANGUAGES:
            assert texts.label(code, lang) != code


def test_every_word_of_the_closed_sets_has_a_label(texts: Texts) -> None:
    from cpo_scan.model import Mode, Obligation, Offered, Origin, Outcome, ProbeStatus, Severity, Strength

    sets = {"outcome": Outcome, "meaning": Outcome, "obligation": Obligation, "mode": Mode, "strength": Strength,
            "origin": Origin, "offered": Offered, "status": ProbeStatus, "severity": Severity}  # fmt: skip
    for name, words in sets.items():
        for word in words:
            assert not texts.label(f"report.{name}.{word}", "de").startswith("report.")
