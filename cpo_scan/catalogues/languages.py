"""Languages that a source may mark its texts with (ISO 639-1), and column names that carry such a mark."""

import re

LANGUAGES = frozenset({
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "ja", "ko", "lt", "lv", "mt",
    "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "zh",
})  # fmt: skip
"""The official languages of the European Union and those of other countries with many builders of PLM systems."""

_MARKED = re.compile(r"^(.{1,200}?)(?:[ _.@:-]|\s?[(\[])([A-Za-z]{2})[)\]]?$", re.DOTALL)


def split_language(column: str) -> tuple[str, str]:
    """The name of a column and the language that it is marked with: `title_de`, `Titel (DE)`, `text.en`; else empty."""
    match = _MARKED.match(column.strip())
    if match is None or match[2].lower() not in LANGUAGES:
        return column.strip(), ""
    return match[1].strip(), match[2].lower()
