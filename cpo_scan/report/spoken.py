"""Rules of a profile in words: what has to hold for a criterion, with the titles of its measures and its thresholds."""

from collections.abc import Callable, Mapping
from typing import Any

from cpo_scan.report.texts import Texts
from cpo_scan.rulebook.expressions import ExpressionError, comparisons
from cpo_scan.rulebook.messages import percent

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_RELATIONS = {">=": "at_least", ">": "more_than", "<=": "at_most", "<": "less_than"}
_BETWEEN = {"&&": "rule.and", "||": "rule.or", "!": "rule.not", "true": "rule.true", "false": "rule.false"}


def spoken(text: str, limits: Mapping[str, Any], name: Callable[[str], str], texts: Texts, lang: str) -> str:
    """A rule in words. `limits` are the values of its parameters, `name` calls a measure by its title.

    A text that is no rule we know (of another version, of a stranger) stays as it is.
    """
    try:
        parts = comparisons(text)
    except ExpressionError:
        return text
    said = []
    for part in parts:
        match part:
            case str() as sign:
                said.append(texts.label(_BETWEEN[sign], lang) if sign in _BETWEEN else sign)
            case (left, sign, right) if left.startswith("m."):
                said.append(_compared(left, sign, right, limits, name, texts, lang))
            case (left, sign, right):
                said.append(_compared(right, _FLIPPED[sign], left, limits, name, texts, lang))
    return " ".join(said).replace("( ", "(").replace(" )", ")")


def _compared(
    field: str, sign: str, other: str, limits: Mapping[str, Any], name: Callable[[str], str], texts: Texts, lang: str
) -> str:
    _, measure, what = field.split(".")
    if (
        what == "denominator"
        and sign == ">="
        and (limits.get(other[2:]) if other.startswith("p.") else other) in (1, "1")
    ):
        return texts.label("rule.any", lang, measure=name(measure))
    if other.startswith("m."):
        _, second, second_what = other.split(".")
        limit = texts.label(f"rule.{second_what}", lang, measure=name(second))
    else:
        limit = _limit(other, limits, lang, share=what == "value")
    subject = texts.label(f"rule.{what}", lang, measure=name(measure))
    return texts.label(f"rule.{_RELATIONS[sign]}", lang, subject=subject, limit=limit)


def _limit(text: str, limits: Mapping[str, Any], lang: str, *, share: bool) -> str:
    value = limits.get(text[2:]) if text.startswith("p.") else float(text)
    if not isinstance(value, int | float):
        return text[2:].replace("_", " ")  # an older report names the parameter only
    if share:
        return percent(value, lang)
    return f"{value:g}".replace(".", "," if lang == "de" else ".")
