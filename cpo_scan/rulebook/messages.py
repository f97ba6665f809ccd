"""Texts for people: codes with parameters become sentences in English and German."""

import re
from collections.abc import Mapping
from typing import Any

from cpo_scan.model import Reason
from cpo_scan.rulebook.load import RuleError, parse_rules, rule_files

LANGUAGES = ("en", "de")
_PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


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
        return frozenset(_PARAMETER.findall(self._texts[code][lang]))

    def render(self, reason: Reason | Mapping[str, Any], lang: str = "en") -> str:
        """The sentence for a reason; `reason` may be a row of a report. An unknown language falls back to English."""
        code = reason.code if isinstance(reason, Reason) else str(reason.get("code", ""))
        params: Mapping[str, Any] = (reason.params if isinstance(reason, Reason) else reason.get("params")) or {}
        texts = self._texts.get(code)
        if texts is None:
            shown = ", ".join(f"{name}={_shown(value, lang)}" for name, value in sorted(params.items()))
            return f"{code} ({shown})" if shown else code
        return _PARAMETER.sub(
            lambda match: _shown(params[match[1]], lang) if match[1] in params else match[0],
            texts.get(lang) or texts["en"],
        )


def load_messages() -> Messages:
    """All files of `rules/messages/parts`, merged. Raises RuleError where a code stands in two of them."""
    texts: dict[str, Mapping[str, str]] = {}
    for file in rule_files("messages/parts"):
        part = parse_rules(f"messages/parts/{file.name}", file.read_bytes(), "messages")
        for code, text in part.data.items():
            if code in texts and texts[code] != text:
                raise part.error([code], f"the code {code!r} has another text in an earlier file")
            texts[code] = text
    return Messages(texts)


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
        case dict():
            return ", ".join(f"{key}={_shown(item, lang)}" for key, item in sorted(value.items()))
        case _:
            return str(value)


__all__ = ["LANGUAGES", "Messages", "RuleError", "load_messages"]
