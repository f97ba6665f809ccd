"""What is said where something is deprecated: what takes its place, and from when on it is gone."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cpo_scan.probe.patterns import compile as pattern

_LONGEST = 1_000  # characters of a text that are looked at
# `Use X instead`, `replaced by X`, `in favour of X`; German: `stattdessen X`, `ersetzt durch X`.
_ANNOUNCES = pattern(
    r"(?i)\b(?:use|using|prefer|call|migrate to|switch to|moved to|renamed to|replaced by|replaced with|superseded by"
    r"|in favou?r of|replacement is|stattdessen|ersetzt durch|verwenden sie)[ \t\n]",
    text=True,
)
_NAME = pattern(r"[`'\"]?(?P<name>[A-Za-z_$/{][A-Za-z0-9_$./{}:#-]*)", text=True)
_DATE = pattern(r"\b(?P<date>20[0-9][0-9]-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)\b", text=True)
# Words between the announcement and the name.
_FILLERS = frozenset(
    ("the", "new", "newer", "die", "den", "das", "field", "method", "operation", "endpoint", "channel", "type", "query")
)
_STRONG = frozenset(("replaced", "renamed", "superseded", "ersetzt"))  # what follows these is a name
_METHODS = frozenset(("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"))
# Words that stand where a name could, and are none.
_NO_NAMES = frozenset(
    ("a", "an", "it", "this", "that", "other", "another", "one", "of", "for", "with", "instead", "any")
)
_KEYS_DATE = ("x-sunset", "x-removal-date", "x-deprecated-date", "x-end-of-life", "sunset")
_KEYS_REPLACEMENT = ("x-replacement", "x-replaced-by", "x-deprecated-replacement", "x-successor", "x-use-instead")


class Deprecation(NamedTuple):
    """What is known about the end of something."""

    replacement: str | None = None
    date: str | None = None  # ISO 8601, of the day or the month

    def row(self) -> dict[str, str]:
        """What is stated, by name."""
        return {key: value for key, value in self._asdict().items() if value is not None}


def deprecation(text: str, marks: Mapping[str, Any] | None = None) -> Deprecation:
    """Read replacement and date from the words of a deprecation, or from extension fields (`x-sunset`) beside it."""
    marks = marks or {}
    text = text[:_LONGEST]
    replacement = next((marks[key] for key in _KEYS_REPLACEMENT if isinstance(marks.get(key), str)), None)
    date = next((marks[key] for key in _KEYS_DATE if isinstance(marks.get(key), str)), text)
    if replacement is None:
        names = (_name(found.group(), text[found.end() :][:200]) for found in _ANNOUNCES.finditer(text))
        replacement = next((name for name in names if name), None)
    found = _DATE.search(date[:_LONGEST])
    return Deprecation(replacement[:200] if replacement else None, found.group("date") if found else None)


def _name(announcement: str, text: str) -> str:
    """The name that a text starts with, articles and the like apart; empty where there is none."""
    method = ""
    for word in text.split()[:5]:
        if word.lower() in _FILLERS:
            continue
        if word in _METHODS and not method:
            method = word + " "
            continue
        found = _NAME.match(word)
        name = found.group("name").rstrip(".:-") if found else ""
        if not name or name.lower() in _NO_NAMES:
            return ""
        # `use caution` names nothing, `use orders instead` does.
        plain = not method and word[0].isalpha() and name.isalpha() and name.islower()
        strong = announcement.split(maxsplit=1)[0].lower() in _STRONG
        return "" if plain and not strong and "instead" not in text else method + name
    return ""
