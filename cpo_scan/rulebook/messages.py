"""Texts for people: codes with parameters become sentences in English and German.

`{count}` is a parameter, `{value:%}` a ratio as per cent, and `{count:file|files}` the word that fits the number of a
parameter: the first for one, the second for any other (the plural rules of both languages, CLDR: one and other).
`{strength:word.strength}` is the text of the code `word.strength.VALUE`, for values that are words of ours.
"""

import re
from collections.abc import Mapping
from typing import Any

from cpo_scan.model import Reason
from cpo_scan.rulebook.load import RuleError, read_rules, rule_files

LANGUAGES = ("en", "de")
_PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)(?::(?:(%)|([^{}|]*)\|([^{}|]*)|([a-z_]+(?:\.[a-z_]+)+)))?\}")


class Messages:
    """The merged message catalogues. Rendering never fails: a code without a text shows as the code itself."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    def __contains__(self, code: object) -> bool:
        return code in self._texts

    def codes(self) -> tuple[str, ...]:
        """All codes, sorted."""
        return tuple(sorted(self._texts))

    def parameters(self, code: str, lang: str) -> frozenset[str]:
        """The parameters that the text of a code uses."""
        return frozenset(match[1] for match in _PARAMETER.finditer(self._texts[code][lang]))

    def render(self, reason: Reason | Mapping[str, Any], lang: str = "en") -> str:
        """The sentence for a reason; `reason` may be a row of a report. An unknown language falls back to English."""
        code = reason.code if isinstance(reason, Reason) else str(reason.get("code", ""))
        params: Mapping[str, Any] = (reason.params if isinstance(reason, Reason) else reason.get("params")) or {}
        texts = self._texts.get(code)
        if texts is None:
            shown = ", ".join(f"{name}={_shown(value, lang)}" for name, value in sorted(params.items()))
            return f"{code} ({shown})" if shown else code
        return _PARAMETER.sub(
            lambda match: self._filled(match, params[match[1]], lang) if match[1] in params else match[0],
            texts.get(lang) or texts["en"],
        )

    def _filled(self, match: re.Match[str], value: Any, lang: str) -> str:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if match[2] and number:
            return percent(value, lang)
        if match[3] is not None:
            return match[3] if number and value == 1 else match[4]
        if match[5]:
            return self._word(match[5], value, lang)
        return _shown(value, lang)

    def _word(self, group: str, value: Any, lang: str) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self._word(group, item, lang) for item in value)
        texts = self._texts.get(f"{group}.{value}")
        return _shown(value, lang) if texts is None else texts.get(lang) or texts["en"]


def load_messages() -> Messages:
    """All files of `rules/messages/parts`, merged. Raises RuleError where a code stands in two of them."""
    texts: dict[str, Mapping[str, str]] = {}
    for file in rule_files("messages/parts"):
        part = read_rules(f"messages/parts/{file.name}", "messages")
        for code, text in part.data.items():
            if code in texts and texts[code] != text:
                raise part.error([code], f"the code {code!r} has another text in an earlier file")
            texts[code] = text
    return Messages(texts)


def percent(value: float, lang: str) -> str:
    """A ratio as per cent. 99.96 % is not all of it: only a whole is shown as 100, only nothing as 0."""
    shown = min(max(value * 100, 0.1), 99.9) if 0 < value < 1 else value * 100
    text = f"{shown:,.{0 if shown == int(shown) else 1}f}"
    return (text.translate(str.maketrans(",.", ".,")) if lang == "de" else text) + " %"


def _shown(value: Any, lang: str) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return {"en": ("no", "yes"), "de": ("nein", "ja")}.get(lang, ("no", "yes"))[value]
        case float():
            text = f"{value:.6g}"
            return text.replace(".", ",") if lang == "de" else text
        case list() | tuple():
            return ", ".join(_shown(item, lang) for item in value)
        case {"en": str(words), **rest} if rest.keys() <= set(LANGUAGES):  # a text by language
            return str(rest.get(lang) or words)
        case dict():
            return ", ".join(f"{key}={_shown(item, lang)}" for key, item in sorted(value.items()))
        case _:
            return str(value)


__all__ = ["LANGUAGES", "Messages", "RuleError", "load_messages", "percent"]
