"""Small pieces of text that several faces need: places, sizes, values of measures, names of attributes."""

from typing import Any

from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts


def place(locator: dict[str, Any], texts: Texts, lang: str) -> str:
    """Where in an artifact: `line 12, column 3`, `/paths/~1parts`, `page 4`."""
    parts = []
    for name in ("line", "column", "page", "pointer", "xpath", "symbol"):
        if name in locator:
            parts.append(texts.label(f"report.at.{name}", lang, value=visible(str(locator[name]))))
    if "bytes" in locator:
        start, length = locator["bytes"]
        parts.append(texts.label("report.at.bytes", lang, start=start, end=start + length))
    return ", ".join(parts)


def size(count: int, lang: str) -> str:
    """Bytes for people: `1.4 MB` (powers of 1000)."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return number(value, lang, 0 if units[0] == "B" or value >= 99.5 else 1) + f" {units[0]}"


def number(value: float, lang: str, places: int = 0) -> str:
    """A number with thousands apart: `12,345.6`, in German `12.345,6`."""
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "de" else text


def share(value: Any, lang: str) -> str:
    """A ratio from 0 to 1 as per cent; an en dash where there is none."""
    if not isinstance(value, int | float):
        return "–"
    # 99.96 % is not all of it: only a whole is shown as 100, only nothing as 0
    percent = min(max(value * 100, 0.1), 99.9) if 0 < value < 1 else value * 100
    return number(percent, lang, 0 if percent == int(percent) else 1) + " %"


def measured(measure: dict[str, Any], lang: str) -> str:
    """`180 / 214 = 84.1 %`, with the bounds where they differ."""
    top, bottom, value = measure.get("numerator"), measure.get("denominator"), measure.get("value")
    if bottom is None:
        return _amount(top if top is not None else value, lang)
    text = f"{_amount(top, lang)} / {_amount(bottom, lang)}"
    if value is not None:
        text += f" = {share(value, lang)}"
    low, high = (measure.get("bounds") or [None, None])[:2]
    if low is not None and high is not None and low != high:
        text += f" ({share(low, lang)} … {share(high, lang)})"
    return text


def _amount(value: Any, lang: str) -> str:
    if not isinstance(value, int | float):
        return "–" if value is None else visible(str(value))
    return number(value, lang, 0 if value == int(value) else 2)


def attribute(value: Any) -> str:
    """An attribute's value in one line."""
    match value:
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            shown = ", ".join(attribute(item) for item in value[:6])
            return shown + (f", … ({len(value)})" if len(value) > 6 else "")
        case dict():
            return ", ".join(f"{visible(str(key))}={attribute(item)}" for key, item in sorted(value.items()))
        case _:
            return visible(str(value))


def named(finding: dict[str, Any]) -> str:
    """What a finding is about, in short: its title, name, standard or the like."""
    attributes = finding["attributes"]
    first = ("title", "name", "standard", "point", "licence", "part", "format", "root", "what")
    words = [visible(str(attributes[key])) for key in first if attributes.get(key)]
    return " · ".join(words[:2]) or visible(finding["subject"])


def why(reason: dict[str, Any], report: Report, texts: Texts, lang: str) -> str:
    """A reason of a criterion; a measure in it is called by its title."""
    params = reason.get("params") or {}
    measure = report.measures.get(str(params.get("measure")))
    if measure is None:
        return texts.message(reason, lang)
    called = f"{texts.measure(measure, lang)} ({measure['id']})"
    return texts.message({**reason, "params": {**params, "measure": called}}, lang)


def is_expression(reason: dict[str, Any]) -> bool:
    """Does a reason quote the expression of a rule? That is for whoever checks the rule and comes last."""
    return "rule" in (reason.get("params") or {})


def reasons(row: dict[str, Any], report: Report, texts: Texts, lang: str) -> list[str]:
    """All of the rationale, sentence by sentence; expressions of rules last."""
    ordered = sorted(row["rationale"], key=is_expression)
    return [why(reason, report, texts, lang) for reason in ordered]


def meaning(row: dict[str, Any], texts: Texts, lang: str) -> str:
    """What the outcome of a criterion means; where files have said their part, who has to say the rest."""
    parts = row["parts"]
    done = any(part["mode"] == "machine" and part["outcome"] == "evidenced" for part in parts)
    waiting = [texts.label(f"report.mode.{part['mode']}", lang) for part in parts if part["outcome"] == "needs_human"]
    if row["outcome"] == "inconclusive" and done and waiting:
        return texts.label("report.meaning.open", lang, modes=waiting)
    return texts.label(f"report.meaning.{row['outcome']}", lang)


def in_short(row: dict[str, Any], report: Report, texts: Texts, lang: str) -> str:
    """Why a criterion has its outcome, in a line or two."""
    plain = [reason for reason in row["rationale"] if not is_expression(reason)]
    short = "; ".join(why(reason, report, texts, lang) for reason in plain[:2])
    if row["outcome"] == "inconclusive" and meaning(row, texts, lang) != texts.label(
        "report.meaning.inconclusive", lang
    ):
        return f"{meaning(row, texts, lang)}; {short}" if short else meaning(row, texts, lang)
    return short or meaning(row, texts, lang)


def gate(decision: dict[str, Any], texts: Texts, lang: str) -> str:
    """The line of the gate, or at least whether it was met."""
    word = texts.label("report.gate.met" if decision["met"] else "report.gate.not_met", lang)
    return texts.message(decision.get("line"), lang) or word
