"""The PDF, read back by a PDF reader."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from cpo_scan.model.report import Facts, Run
from cpo_scan.report import Report
from cpo_scan.report.audience import View, seen_by
from cpo_scan.report.pdf import write_pdf
from cpo_scan.report.texts import Texts
from tests.report import hostile, product

Make = Callable[..., Report]
LONG = "x" * 20_000


def printed(report: Report, texts: Texts, lang: str = "en") -> bytes:
    out = io.BytesIO()
    write_pdf(report, texts, lang, out)
    return out.getvalue()


def pages(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content), strict=True).pages]


@pytest.mark.parametrize(
    ("lang", "certificate", "page"),
    [("en", "Not a certificate.", "page {} of {}"), ("de", "Kein Zertifikat.", "Seite {} von {}")],
)
def test_every_page_says_that_it_is_no_certificate_and_which_page_it_is(
    make: Make, words: Texts, lang: str, certificate: str, page: str
) -> None:
    report = make()
    found = pages(printed(report, words, lang))
    assert len(found) > 3
    for number, text in enumerate(found, 1):
        assert certificate in text
        assert page.format(number, len(found)) in text
        assert report.scan_digest[:16] in text


def test_every_criterion_is_there_with_its_outcome(make: Make, words: Texts) -> None:
    report = make()
    text = " ".join(pages(printed(report, words, "de")))
    for row in report.assessment["criteria"]:
        outcome = words.label(f"report.outcome.{row['outcome']}", "de")
        title = words.title(row, "de")
        assert f"{row['id']} {title} {outcome}: (" in text


def test_tables_hold_what_was_seen_and_what_was_not_read(make: Make, words: Texts) -> None:
    text = " ".join(pages(printed(make(), words)))
    step = words.standard("step").name
    for part in ("Parts API", step, "com.example.importer", "server/old.zip", "docs.sets", "Example AG"):
        assert part in text


def test_document_names_its_language_title_and_date(make: Make, words: Texts) -> None:
    reader = PdfReader(io.BytesIO(printed(make(), words, "de")))
    assert str(reader.root_object["/Lang"]) == "de"
    assert reader.metadata is not None
    assert "Open PLM 7.2.1" in str(reader.metadata.title)
    assert str(reader.metadata["/CreationDate"]) == "D:20261122090412Z"


def test_outline_leads_to_the_page_of_each_part(make: Make, words: Texts) -> None:
    reader = PdfReader(io.BytesIO(printed(make(), words)))
    found = {}
    flat: list[Any] = list(reader.outline)
    while flat:
        item = flat.pop()
        if isinstance(item, list):
            flat += item
        else:
            found[str(item.title)] = reader.get_destination_page_number(item)
    texts = [page.extract_text() for page in reader.pages]
    assert len(found) > 50
    assert all(page is not None and " ".join(title.split()[:2]) in texts[page] for title, page in found.items())


def test_equal_reports_give_equal_bytes(make: Make, words: Texts) -> None:
    report = make()
    assert printed(report, words) == printed(report, words)


def test_report_without_date_has_no_date_of_today(make: Make, words: Texts) -> None:
    reader = PdfReader(io.BytesIO(printed(make([], Facts(tool=product.facts().tool), run=Run()), words)))
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]) == "D:19700101000000Z"


def test_characters_that_the_fonts_lack_stand_by_their_code_point(make: Make, words: Texts) -> None:
    row = product.row("api.description", "server/部品.yaml", {"family": "openapi", "title": "部品 <b>API</b>"})
    text = " ".join(pages(printed(make([row], judged=product.assessment([row])), words)))
    assert "\\u90e8\\u54c1 <b>API</b>" in text
    assert "stand by their code point" in text


def test_names_without_end_break_no_page(make: Make, words: Texts) -> None:
    known = {"family": LONG, "title": LONG, "version": LONG}
    rows = [product.row("api.description", f"server/{LONG}", known, excerpt=LONG[:240], pointer=LONG)]
    rows.append(product.row("docs.set", f"docs/{LONG}", {"format": LONG, "root": LONG, "topics": [LONG] * 90}))
    whole = product.assessment(rows)
    whole["criteria"][0].update(title={"en": LONG * 3}, remediation={"en": LONG})
    assert len(pages(printed(make(rows, judged=whole), words))) < 60


def test_hostile_text_is_text(make: Make, words: Texts) -> None:
    content = printed(make(hostile.rows(), hostile.known(), **hostile.parts()), words)
    text = " ".join(pages(content))
    assert "window.owned" in text
    assert "\\u202e" in text
    reader = PdfReader(io.BytesIO(content))
    assert not {"/OpenAction", "/AA", "/JavaScript", "/Names"} & set(reader.root_object)
    for page in reader.pages:
        assert "/Annots" not in page


def test_view_for_customers_says_so_and_names_no_file(make: Make, words: Texts) -> None:
    text = " ".join(pages(printed(seen_by(make(), View.CUSTOMER), words)))
    assert "customer's view" in text
    assert "Parts API" in text
    for hidden in ("parts.yaml", "old.zip", "addImportType", "audit-7"):
        assert hidden not in text
