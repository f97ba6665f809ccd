"""What documents state by the words of a section, and what is cited for it."""

import pytest

from tests.probes.doc_pages import DETAILS, PROSE, TABLE, page, run


def test_every_detail_has_a_section_that_states_it() -> None:
    assert set(DETAILS) == set(TABLE["details"])


@pytest.mark.parametrize("detail", sorted(DETAILS))
def test_detail_is_stated_by_a_section_and_cited(detail: str) -> None:
    row = run({"docs/a.html": page("Acme", PROSE * 2 + DETAILS[detail])}).findings[0]
    assert row["attributes"]["details"] == [detail]
    assert any(piece["excerpt"] not in ("", "Acme") for piece in row["evidence"])


def details_cited(text: str) -> list[str]:
    evidence = run({"docs/a.html": page("Acme", PROSE * 2 + text)}).findings[0]["evidence"]
    return [piece["excerpt"] for piece in evidence if piece["excerpt"] != "Acme"]


def test_every_sentence_that_carries_a_detail_is_cited() -> None:
    """How parts are mapped stands in one sentence, what is lost in the next but one."""
    text = "<h2>STEP export</h2><p>A part is mapped to a product. The name goes along. Colours of faces are lost.</p>"
    assert sorted(details_cited(text)) == ["A part is mapped to a product.", "Colours of faces are lost."]


def test_one_sentence_that_says_all_is_cited_alone() -> None:
    text = "<h2>STEP export</h2><p>It is mapped to a product. A body is mapped to a solid and its colours are lost.</p>"
    assert details_cited(text) == ["A body is mapped to a solid and its colours are lost."]


def test_sentences_of_details_come_before_further_pages() -> None:
    files = {f"docs/p{number:02}.html": page(f"Page {number}") for number in range(40)}
    files["docs/zz.html"] = page("Guide", PROSE + "".join(DETAILS.values()))
    row = run(files).findings[0]
    assert len(row["attributes"]["details"]) == len(DETAILS)
    assert sum(piece["artifact"] == "docs/zz.html" for piece in row["evidence"]) >= len(DETAILS)


@pytest.mark.parametrize("detail", sorted(DETAILS))
def test_words_apart_state_no_detail(detail: str) -> None:
    """The same words under another heading, one in each section: nothing is stated."""
    words = (
        DETAILS[detail].replace("<h2>", "<p>").replace("</h2>", "</p>").replace("<p>", " ").replace("</p>", " ").split()
    )
    apart = "".join(f"<h2>Colours</h2><p>{word}</p>" for word in words)
    assert run({"docs/a.html": page("Acme", PROSE * 2 + apart)}).one("docs.set")["details"] == []
