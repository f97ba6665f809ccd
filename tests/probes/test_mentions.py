"""Standards that the documentation names: by names of the registry, with version, sentence and place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.docs.mentions import MentionProbe
from cpo_scan.probe.patterns import check
from cpo_scan.probe.prose import sentence
from cpo_scan.probe.prose_markup import read_markup
from cpo_scan.probe.prose_tags import HTML
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables

TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("standards", "mentions", "documentation")}
PROBE = MentionProbe()


def run(files: dict[str, bytes]) -> Result:
    return run_probe(PROBE, files, data=DATA)


def said(text: str, path: str = "docs/formats.md") -> set[tuple[str, str | None]]:
    result = run({path: text.encode()})
    return {(row["attributes"]["standard"], row["attributes"].get("version")) for row in result.findings}


@pytest.mark.parametrize(
    ("text", "standard", "version"),
    [
        ("The translator writes STEP AP242 edition 3.", "step", "AP242 ed3"),
        ("The translator writes STEP AP 214 files.", "step", "AP214"),
        ("Parts are exported as ISO 10303-242:2022.", "step", "2022"),
        ("Import of STEP files", "step", None),
        ("We read COLLADA 1.4.1 and nothing else.", "collada", "1.4.1"),
        ("Scenes are saved in glTF 2.0.", "gltf", "2.0"),
        ("The IFC format, version 4.3, is read.", "ifc", None),
        ("Requirements are exchanged by ReqIF version 1.2.", "reqif", "1.2"),
        ("Zeichnungen im Format DXF", "dxf", None),
        ("Read a Parasolid file", "parasolid", None),
    ],
)
def test_standard_and_version(text: str, standard: str, version: str | None) -> None:
    assert (standard, version) in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "STEP 1: press the button. STEP 2: wait.",
        "Take the next step of the import of files.",
        "Set it OFF in the file.",
        "JT went home.",
        "Draw it with Inventor or Blender.",
        "Call obj.step() in the file.",
        "The STEPS of the export format",
        "See part.stp in the folder of exported files.",
    ],
)
def test_words_that_only_look_like_a_standard(text: str) -> None:
    assert said(text) == set()


def test_sentence_and_line_are_cited_and_copies_count_once() -> None:
    page = b"<html><body>\n<p>Old.</p>\n<p>Export to <b>IGES</b> files. New.</p></body></html>"
    result = run({"doc/a.html": page, "doc/copy.html": page})
    found = result.one("standard.mention")
    assert (found["standard"], found["where"], found["pages"], found["mentions"]) == ("iges", "documentation", 1, 1)
    evidence = result.findings[0]["evidence"][0]
    assert (evidence["locator"]["line"], evidence["excerpt"]) == (3, "Export to IGES files.")
    assert result.findings[0]["strength"] == "mentioned"


def test_only_documents_are_read() -> None:
    text = "Export of STEP files"
    assert said(text, "usr/share/doc/acme/notes.txt") and said(text, "README.md") and said(text, "help/a.html")
    assert not said(text, "src/data/table.txt")
    assert not said(text, "docs/data.pos")
    assert not said(text, "docs/AUTHORS")


def test_terms_are_told_apart() -> None:
    assert run({"LICENSE.txt": b"Readers of STEP files"}).one("standard.mention")["where"] == "licence"


def test_damaged_pdf_is_said_to_be_unread() -> None:
    result = run({"docs/manual.pdf": b"%PDF-1.7\n"})
    assert (result.findings, result.reasons) == ([], ["pdf.malformed"])


def test_scripts_and_comments_are_not_seen_and_lines_stay() -> None:
    html = "<!-- STEP -->\n<script>\nvar STEP = 'file';</script>\n<p>a &amp; b</p>"
    text = read_markup(html, HTML).text
    assert "STEP" not in text
    assert text.count("\n") == html.count("\n")
    assert "a & b" in text


def test_sentence_ends_at_points_bullets_and_blank_lines() -> None:
    text = "First one. Second STEP\nfile here. Third."
    at = text.index("STEP")
    assert sentence(text, at, at + 4, 100) == "Second STEP file here."
    listed = "* one\n* STEP file\n* three"
    assert sentence(listed, listed.index("STEP"), listed.index("STEP") + 4, 100) == "* STEP file"


def test_patterns_of_the_rules_are_linear() -> None:
    for pattern in DATA["mentions"]["versions"].values():
        check(pattern, text=True)


@given(st.text(max_size=300))
def test_any_text_is_a_page(text: str) -> None:
    said(text)
    assert read_markup(text, HTML).text.count("\n") == text.count("\n")


def test_contract() -> None:
    files = {"docs/a.html": b"<p>Export to IGES 5.3 files</p>", "README.md": b"We read COLLADA 1.4.1.\n"}
    check_metadata(MentionProbe)
    check_determinism(PROBE, files, data=DATA)
    check_hostile(PROBE, files, data=DATA)
