"""Small pieces of text that several faces need: places, sizes, values of measures, names of attributes."""

import re
from typing import Any

from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.spoken import spoken
from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.messages import percent

_FIELD = re.compile(r"\bm\.[A-Za-z][A-Za-z0-9_]*\.")


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


def from_cache(report: Report, texts: Texts, lang: str) -> str:
    """What a scan took from a cache of earlier ones, or why it did not; empty where none was given."""
    used = report.run.get("cache")
    if not used:
        return ""
    said = [texts.label("run.cache", lang, reused=used["reused"])]
    if report.options.get("trust_stat"):
        said.append(texts.label("run.trust_stat", lang))
    if used.get("problem"):
        said.append(texts.label("run.cache_problem", lang, why=texts.message([used["problem"]], lang)))
    return "; ".join(said)


def short_place(locator: dict[str, Any]) -> str:
    """The same in signs that need no language: `:12:3 /paths/~1parts`."""
    parts = [":" + ":".join(str(locator[name]) for name in ("line", "column") if name in locator)]
    parts = [part for part in parts if part != ":"]
    parts += [str(locator[name]) for name in ("pointer", "xpath", "symbol") if name in locator]
    parts += [f"p. {locator['page']}"] if "page" in locator else []
    parts += ["+".join(str(part) for part in locator["bytes"])] if "bytes" in locator else []
    return visible(" ".join(parts))


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
    return percent(value, lang)


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


def topics(names: Any, texts: Texts, lang: str) -> str:
    """Topics of documentation by their titles; one that we do not know stays as it is."""
    if not isinstance(names, list | tuple):
        return attribute(names)
    codes = {name: f"report.topic.{name}" for name in map(str, names)}
    titles = {name: texts.label(code, lang) for name, code in codes.items()}
    return attribute([name if titles[name] == code else titles[name] for name, code in codes.items()])


def named(finding: dict[str, Any]) -> str:
    """What a finding is about, in short: its title, name, standard or the like."""
    attributes = finding["attributes"]
    first: tuple[str, ...] = ("title", "name", "standard", "point", "part", "format", "root", "what")
    if finding["kind"] in ("licence.text", "component"):
        first = ("name", "licence")
    if finding["kind"] in ("exchange.schema", "sdk.surface"):  # the place stands beside it
        first = ("standard", "language", "version")
    if finding["kind"] == "api.description" and not attributes.get("title"):
        first = ("family", "framework")
    words = [visible(str(attributes[key])) for key in first if attributes.get(key)]
    return " · ".join(words[:2]) or visible(finding["subject"])


def why(reason: dict[str, Any], report: Report, texts: Texts, lang: str) -> str:
    """A reason of a criterion; a measure in it is called by its title, a rule is said in words."""
    params = reason.get("params") or {}
    if isinstance(params.get("rule"), str):
        words = spoken(
            params["rule"], params.get("limits") or {}, lambda name: _called(name, report, texts, lang), texts, lang
        )
        return texts.message({**reason, "params": {"rule": words}}, lang)
    if isinstance(params.get("measures"), list):
        every = [_called(str(name), report, texts, lang) for name in params["measures"]]
        return texts.message({**reason, "params": {**params, "measures": every}}, lang)
    measure = report.measures.get(str(params.get("measure")))
    if measure is None:
        return texts.message(reason, lang)
    called = _called(measure["id"], report, texts, lang)
    return texts.message({**reason, "params": {**params, "measure": called}}, lang)


def _called(measure: str, report: Report, texts: Texts, lang: str) -> str:
    return f"{texts.measure(report.measures.get(measure) or {'id': measure}, lang)} ({measure})"


def to_do(row: dict[str, Any], texts: Texts, lang: str) -> str:
    """What to do about a gap; nothing where files have shown what they were asked for. Where nobody looked, since a
    deliverable was not supplied, no gap is known: that comes first."""
    done = any(part["mode"] == "machine" and part["outcome"] == "evidenced" for part in row["parts"])
    missing = (row.get("search_scope") or {}).get("roles_not_supplied")
    if row["outcome"] == "not_examined" and missing:
        return texts.label("report.todo.supply", lang, roles=missing)
    return "" if done else texts.message(row.get("remediation"), lang)


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
    means = meaning(row, texts, lang)
    opens = row["outcome"] == "inconclusive" and means != texts.label("report.meaning.inconclusive", lang)
    if row["outcome"] != "no_evidence":  # it matters most where nothing was found
        plain = [reason for reason in plain if reason["code"] != "gap.left_out"]
    if opens:  # who has to say the rest is in the meaning already
        plain = [reason for reason in plain if not reason["code"].startswith("criterion.open_")]
    short = "; ".join(why(reason, report, texts, lang) for reason in plain[:2])
    if opens:
        return f"{means}; {short}" if short else means
    return short or means


def deciding(row: dict[str, Any]) -> set[str]:
    """Ids of the measures on which the outcome rests: those of the rules and limiting remarks in the rationale."""
    quoted = [reason["params"] for reason in row["rationale"] if is_expression(reason)]
    read = {part.split(".")[1] for params in quoted for part in _FIELD.findall(str(params["rule"]))}
    every = [reason.get("params") or {} for reason in row["rationale"]]
    return read | {str(measure) for params in every for measure in params.get("weighed") or ()}


def gate(decision: dict[str, Any], texts: Texts, lang: str) -> str:
    """The line of the gate, or at least whether it was met."""
    word = texts.label("report.gate.met" if decision["met"] else "report.gate.not_met", lang)
    return texts.message(decision.get("line"), lang) or word
