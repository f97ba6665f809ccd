"""The Markdown face: a summary for pull requests (GitHub Flavored Markdown), without HTML of a target's making."""

import re
from typing import Any

from cpo_scan.report import nonconformities, phrases, requirements, view
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

SIGNS = {
    "evidenced": "✅",
    "inconclusive": "🟡",
    "no_evidence": "⭕",
    "contradicted": "❌",
    "not_examined": "⬜",
    "needs_human": "👤",
    "not_applicable": "➖",
}
_GAPS = 10
_STANDARDS = 60
_WORDS = 300  # characters of a requirement's own words
# GFM: characters that could start markup; "." and ")" only after a number, which a line here never begins with
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#~|!&$^]")


def prose(text: str) -> str:
    """Text as it reads, inert in Markdown: no markup, no HTML, no link, no mention, no issue number."""
    safe = _MARKUP.sub(lambda match: f"&#{ord(match.group())};", visible(text))
    # an empty comment parts what GitHub would take for a mention, an issue or an address after rendering
    return re.sub(r"(@|://|www\.|&#35;(?=\d)|GH-)", r"\1<!-- -->", safe)


def code(text: str) -> str:
    """Text in a code span (CommonMark §6.1) that stays inside a table cell (GFM §4.10)."""
    shown = visible(text)
    runs = [len(run) for run in re.findall(r"`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if shown[:1] in "` " or shown[-1:] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|") if shown else ""


def render_markdown(report: Report, texts: Texts, lang: str) -> str:
    """The summary as Markdown, with a line break at its end."""
    return "\n".join([*_head(report, texts, lang), *_counts(report, texts, lang), *_gaps(report, texts, lang),
                      *_requirements(report, texts, lang), *_nonconformities(report, texts, lang),
                      *_exchange(report, texts, lang), *_foot(report, texts, lang)]) + "\n"  # fmt: skip


def _head(report: Report, texts: Texts, lang: str) -> list[str]:
    product = report.product
    name = product.get("name") or texts.label("report.unnamed", lang)
    title = " ".join(str(part) for part in (name, product.get("version")) if part)
    parts = product.get("deliverables") or ()
    scope = (
        texts.label("report.scope.deliverables", lang, supplied=sum(one["supplied"] for one in parts), all=len(parts))
        if product.get("name")
        else texts.label("report.scope.files", lang)
    )
    done, still, every = view.decided(report)
    lines = [
        f"## {prose(title)} – {texts.label('report.title', lang)}",
        "",
        f"**{prose(texts.label('report.not_certificate', lang))}** {prose(scope)}. "
        + prose(texts.label("report.decided", lang, decided=done, open=still, all=every))
        + ".",
    ]
    if any(rule.get("provisional") for rule in report.assessment["rules"]):
        lines[-1] += " " + prose(texts.label("report.provisional", lang))
    if report.view != "auditor":
        name = texts.label(f"report.view.{report.view}", lang)
        said = [texts.label("report.view.title", lang, view=name), texts.label(f"report.view.{report.view}.why", lang)]
        out = "; ".join(texts.message(one, lang) for one in report.left_out)
        lines += ["", prose(f"{' '.join(said)} {texts.label('report.view.left_out', lang)} {out}.")]
    if (met := report.gate.get("met")) is not None:
        lines += ["", f"{'✅' if met else '❌'} **{prose(phrases.gate(report.gate, texts, lang))}**"]
    lost = sum(row["severity"] == "lost" for row in view.coverage_rows(report))
    if lost:
        lines += ["", f"> ⚠️ {prose(texts.label('report.progress.lost', lang, count=lost))}"]
    return [*lines, ""]


def _counts(report: Report, texts: Texts, lang: str) -> list[str]:
    matrix = view.matrix(report)
    present = [name for name, count in view.outcome_counts(report.assessment["criteria"]).items() if count]
    head = [texts.label("report.category", lang)] + [
        f"{SIGNS[name]} {texts.label(f'report.outcome.{name}', lang)}" for name in present
    ]
    lines = [_line(head), _line(["---", *["---:"] * len(present)])]
    groups: list[tuple[str, list[Any]]] = []
    for obligation, basis in matrix.columns:
        rows = [row for category in matrix.categories for row in matrix.cell(category, (obligation, basis))]
        words = [texts.label(f"report.obligation.{obligation}", lang)]
        words += [texts.label(f"report.basis.{basis}", lang)] if basis else []
        groups.append((f"*{', '.join(words)}*", rows))
    for category in matrix.categories:
        rows = [row for row in report.assessment["criteria"] if row["category"] == category]
        groups.append((prose(texts.category(category, lang)), rows))
    for name, rows in groups:
        counts = view.outcome_counts(rows)
        lines.append(_line([name, *(str(counts[one] or "–") for one in present)]))
    return [*lines, ""]


def _gaps(report: Report, texts: Texts, lang: str) -> list[str]:
    gaps = view.gaps(report)
    lines = [f"### {prose(texts.label('report.gaps', lang))}", ""]
    if not gaps:
        return [*lines, prose(texts.label("report.gaps.none", lang)), ""]
    for number, row in enumerate(gaps[:_GAPS], 1):
        level = texts.label(f"report.obligation.{row['obligation']}", lang)
        basis = texts.label(f"report.basis.{row['obligation_basis']}", lang) if row["obligation_basis"] else ""
        outcome = texts.label(f"report.outcome.{row['outcome']}", lang)
        lines.append(
            f"{number}. {SIGNS[row['outcome']]} **{prose(row['id'])} {prose(texts.title(row, lang))}** "
            f"({', '.join(part for part in (level, basis, outcome) if part)})"
        )
        why = prose(phrases.in_short(row, report, texts, lang))
        todo = prose(phrases.to_do(row, texts, lang))
        lines += [f"   {text}" for text in (why, f"→ {todo}" if todo else "") if text]
    if len(gaps) > _GAPS:
        lines += ["", prose(texts.label("report.gaps.more", lang, count=len(gaps) - _GAPS))]
    return [*lines, "", f"<sub>{prose(texts.label('report.gaps.order', lang))}</sub>", ""]


def _requirements(report: Report, texts: Texts, lang: str) -> list[str]:
    listed = requirements.groups(report)
    if not listed:
        return []
    head = [texts.label(f"report.requirements.{name}", lang) for name in ("requirement", "answer", "why")]
    lines = [f"### {prose(texts.label('report.requirements', lang))}", "", _line(head), _line(["---"] * len(head))]
    rows = [row for group in listed.values() for row in group]
    for row in rows[:_STANDARDS]:
        links = [
            f"**{prose(requirements.link_name(link, report, texts, lang))}**: "
            f"{prose(requirements.link_answer(link, texts, lang))} – "
            f"{prose(requirements.link_reasons(link, report, texts, lang))}"
            for link in row["links"]
        ]
        words = f"**{prose(row['id'])}** {prose(requirements.wording(row)[:_WORDS])}"
        own = prose(requirements.own_reasons(row, texts, lang))
        why = "<br>".join(part for part in (own, *links) if part)
        lines.append(_line([words, texts.label(f"requirement.result.{row['result']}", lang), why]))
    if len(rows) > _STANDARDS:
        lines += ["", prose(texts.label("report.more", lang, count=len(rows) - _STANDARDS))]
    if count := requirements.informative(report):
        lines += ["", prose(texts.label("report.requirements.information", lang, count=count))]
    return [*lines, "", f"<sub>{prose(requirements.source(report, texts, lang))}</sub>", ""]


def _nonconformities(report: Report, texts: Texts, lang: str) -> list[str]:
    rows = nonconformities.listed(report)
    if not rows:
        return []
    lines = [f"### {prose(texts.label('report.nonconformities', lang))}", ""]
    for row in rows[:_STANDARDS]:
        late = f" **{prose(texts.label('nonconformity.overdue', lang, day=row['due']))}**" if row["overdue"] else ""
        head = prose(f"{row['criterion']}: {nonconformities.head(row, texts, lang)}")
        said = prose("; ".join(nonconformities.lines(row, texts, lang)))
        lines += [f"- {head}{late}: {said}"]
    if len(rows) > _STANDARDS:
        lines += ["", prose(texts.label("report.more", lang, count=len(rows) - _STANDARDS))]
    return [*lines, ""]


def _exchange(report: Report, texts: Texts, lang: str) -> list[str]:
    seen = view.survey(report, 0).exchange
    if not seen:
        return []
    head = [texts.label("report.standard", lang)]
    head += [texts.label(f"report.column.{column}", lang) for column in view.DIRECTIONS]
    lines = [f"<details><summary>{prose(texts.label('report.exchange', lang))}</summary>", ""]
    lines += [_line(head), _line(["---"] * len(head))]
    for standard, cells in list(seen.items())[:_STANDARDS]:
        row = [prose(texts.standard(standard).name)]
        for column in view.DIRECTIONS:
            cell = cells.get(column)
            words = texts.label(f"report.strength.{cell.strength}", lang) if cell else "–"
            row.append(f"{words} \\*" if cell and cell.elsewhere else words)
        lines.append(_line(row))
    if len(seen) > _STANDARDS:
        lines += ["", prose(texts.label("report.more", lang, count=len(seen) - _STANDARDS))]
    return [*lines, "", f"<sub>\\* {prose(texts.label('report.elsewhere', lang))}</sub>", "", "</details>", ""]


def _foot(report: Report, texts: Texts, lang: str) -> list[str]:
    run = report.run
    who = " @ ".join(str(run[key]) for key in ("user", "host") if run.get(key))
    coverage = report.coverage
    facts = [
        f"cpo-scan {report.tool['version']}",
        f"{phrases.number(coverage['files'], lang)} {texts.label('report.files', lang)}",
        str(run.get("finished") or ""),
        who,
        phrases.from_cache(report, texts, lang),
    ]
    shown = " · ".join(prose(one) for one in facts if one)
    return [f"<sub>{shown} · {texts.label('report.seal', lang)} {code(report.scan_digest)}</sub>"]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
