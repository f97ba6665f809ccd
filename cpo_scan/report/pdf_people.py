"""A customer's requirements and the nonconformities on paper, where a report has some."""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from cpo_scan.report import nonconformities, requirements
from cpo_scan.report.pdf_paper import Paper
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

_ROWS = 200  # of each; the JSON report has all
_WORDS = 400  # characters of a requirement's own words


def people(paper: Paper, report: Report, texts: Texts, lang: str) -> Iterator[Flowable]:
    """Both parts; nothing for what the report does not have."""
    yield from _requirements(paper, report, texts, lang)
    yield from _nonconformities(paper, report, texts, lang)


def _requirements(paper: Paper, report: Report, texts: Texts, lang: str) -> Iterator[Flowable]:
    listed = requirements.groups(report)
    if not listed:
        return
    every = [row for group in listed.values() for row in group]
    rows = []
    for row in every[:_ROWS]:
        links = [
            f"{requirements.link_name(link, report, texts, lang)}: {requirements.link_answer(link, texts, lang)} – "
            f"{requirements.link_reasons(link, report, texts, lang)}"
            for link in row["links"]
        ]
        why = "; ".join(one for one in (*links, requirements.own_reasons(row, texts, lang)) if one)
        words = f"{row['id']} {requirements.wording(row)[:_WORDS]}"
        rows.append((words, texts.label(f"requirement.result.{row['result']}", lang), why))
    yield paper.heading(texts.label("report.requirements", lang), 1)
    yield paper.text(requirements.source(report, texts, lang), "small")
    head = [texts.label(f"report.requirements.{name}", lang) for name in ("requirement", "answer", "why")]
    yield paper.table(head, rows, (4, 1.5, 5))
    if len(every) > _ROWS:
        yield paper.text(texts.label("report.more", lang, count=len(every) - _ROWS))
    if count := requirements.informative(report):
        yield paper.text(texts.label("report.requirements.information", lang, count=count), "small")


def _nonconformities(paper: Paper, report: Report, texts: Texts, lang: str) -> Iterator[Flowable]:
    listed = nonconformities.listed(report)
    if not listed:
        return
    yield paper.heading(texts.label("report.nonconformities", lang), 1)
    for row in listed[:_ROWS]:
        late = texts.label("nonconformity.overdue", lang, day=row["due"]) if row["overdue"] else ""
        head = f"{row['criterion']}: {nonconformities.head(row, texts, lang)}"
        yield paper.text(late, before=f"{head}." if late else head)
        for line in nonconformities.lines(row, texts, lang):
            yield paper.text(line, "small")
    if len(listed) > _ROWS:
        yield paper.text(texts.label("report.more", lang, count=len(listed) - _ROWS))
