"""Nonconformities in sentences, as the faces show them."""

from typing import Any

from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

STATES = ("open", "answered", "corrected", "proposed", "closed")
_STEPS = ("raised", "answered", "corrected", "closed")


def listed(report: Report) -> list[Row]:
    """The overdue ones first, then by state, then in the order of the file."""
    rows = list(report.layers.get("nonconformities", ()))
    return sorted(rows, key=lambda row: (not row["overdue"], STATES.index(row["state"])))


def head(row: Row, texts: Texts, lang: str) -> str:
    """Its id, how far it has come, its grade where the view shows it."""
    parts = [row["id"], texts.label(f"nonconformity.state.{row['state']}", lang)]
    parts += [texts.label(f"layer.grade.{row['grade']}", lang)] if row.get("grade") else []
    return ", ".join(parts)


def about(row: Row) -> str:
    """What it is on, beside its criterion."""
    return " › ".join(str(row[name]) for name in ("subject", "item") if row.get(name))


def steps(row: Row, texts: Texts, lang: str) -> list[str]:
    """Who did what and when, in the words of the person."""
    found = []
    for name in _STEPS:
        if step := row.get(name):
            words = texts.label("layer.quoted", lang, text=step["text"]) if step.get("text") else ""
            what = texts.label(f"report.nonconformities.{name}", lang)
            found.append(f"{what}: {', '.join(str(one) for one in (step['person'], step['date'], words) if one)}")
    return found


def lines(row: Row, texts: Texts, lang: str) -> list[str]:
    """All that is said of it, line by line."""
    found = [texts.label("layer.quoted", lang, text=row["text"]), about(row)]
    # that it is overdue stands in the head, or by its day
    reasons = [reason for reason in row["reasons"] if reason["code"] != "nonconformity.overdue"]
    found += ["; ".join(texts.message(reason, lang) for reason in reasons)]
    return [*(line for line in found if line), *steps(row, texts, lang)]


def tally(report: Report, texts: Texts, lang: str) -> str:
    """One line for summaries: how many are in which state, and how many overdue; empty without any."""
    rows = report.layers.get("nonconformities", ())
    if not rows:
        return ""
    counted = {name: sum(row["state"] == name for row in rows) for name in STATES}
    parts = [f"{texts.label(f'nonconformity.state.{name}', lang)} {count}" for name, count in counted.items() if count]
    if late := sum(row["overdue"] for row in rows):
        parts.append(texts.label("report.nonconformities.overdue", lang, count=late))
    return visible(f"{texts.label('report.nonconformities', lang)}: {' · '.join(parts)}")
