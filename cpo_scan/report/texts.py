"""Where the faces get their words from: messages by code, and the names of criteria, categories, measures, standards.

`Texts` is what a face asks; `rule_texts` makes one of the rulebook. A report may name a criterion, measure or standard
that the installed rules do not know (an older report, an imported catalogue): then its id stands for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from cpo_scan.model import Reason
from cpo_scan.model.assessment import say

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")
Wording = Mapping[str, str]  # language -> text


class CriterionText(msgspec.Struct, frozen=True, kw_only=True):
    """What people read about a criterion, per language."""

    title: Wording
    text: Wording = {}
    category: str = ""


class StandardText(msgspec.Struct, frozen=True, kw_only=True):
    """Name, openness (`open`, `published`, `proprietary`) and data classes of a standard or format family."""

    name: str
    openness: str = ""
    classes: tuple[str, ...] = ()


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """The words of all faces in all languages."""

    render: Callable[[Reason, str], str]
    criteria: Mapping[str, CriterionText] = {}
    categories: Mapping[str, Wording] = {}
    measures: Mapping[str, Wording] = {}
    standards: Mapping[str, StandardText] = {}

    def label(self, code: str, lang: str, **params: Any) -> str:
        """A text of our own, by its code."""
        return self.render(Reason(code, params), lang)

    def message(self, value: Any, lang: str) -> str:
        """A text of the report: `{code, params}`, a list of such, wordings by language, or plain text as it is."""
        match value:
            case None:
                return ""
            case str():
                return value
            case Reason():
                return self.render(value, lang)
            case {"code": str(code)}:
                return self.render(Reason(code, value.get("params") or {}), lang)
            case dict():
                return str(say(value, lang))
            case list() | tuple():
                return " ".join(self.message(item, lang) for item in value)
            case _:
                return str(value)

    def title(self, row: Mapping[str, Any], lang: str) -> str:
        """Title of a criterion: its own in the report, else that of the rules, else its id."""
        known = self.criteria.get(row["id"])
        return say(row.get("title") or (known.title if known else {}), lang) or str(row["id"])

    def text(self, criterion: str, lang: str) -> str:
        """Text of a criterion; empty where the rules know none."""
        found = self.criteria.get(criterion)
        return say(found.text, lang) if found else ""

    def category(self, category: str, lang: str) -> str:
        """Name of a category, or its id."""
        return say(self.categories.get(category, {}), lang) or category

    def measure(self, row: Mapping[str, Any], lang: str) -> str:
        """Title of a measure: its own in the report, else that of the rules, else its id."""
        return say(row.get("title") or self.measures.get(row["id"], {}), lang) or str(row["id"])

    def standard(self, standard: str) -> StandardText:
        """Name and openness of a standard; its id as the name where the rules do not know it."""
        return self.standards.get(standard) or StandardText(name=standard)

    def kind(self, name: str, lang: str) -> str:
        """What a kind of finding is called, or its name in the report."""
        code = f"word.kind.{name}"
        words = self.label(code, lang)
        return name if words == code else words

    def data_class(self, name: str, lang: str) -> str:
        """Name of a data class, or its id."""
        code = f"report.class.{name}"
        words = self.label(code, lang)
        return name if words == code else words


def rule_texts(messages: Any, catalogue: Any = None, measures: Any = None) -> Texts:
    """The words of the rulebook's messages, catalogue and measures; the standards' names are read beside them.

    `messages`, `catalogue` and `measures` are those of `cpo_scan.rulebook.book.Rulebook`.
    """
    from cpo_scan.rulebook.load import read_rules

    criteria = catalogue.criteria.values() if catalogue is not None else ()
    categories = catalogue.categories.values() if catalogue is not None else ()
    return Texts(
        render=messages.render,
        criteria={row.id: CriterionText(title=row.title, text=row.text, category=row.category) for row in criteria},
        categories={row.id: _numbered(row.id, row.title) for row in categories},
        measures={name: row.title for name, row in (measures.measures if measures is not None else {}).items()},
        standards={
            row["id"]: StandardText(name=row["title"], openness=row["openness"], classes=tuple(row["domains"]))
            for row in read_rules("standards.yaml", "standards").data["standards"]
        },
    )


def _numbered(category: str, title: Wording) -> Wording:
    """A category's title behind its number, where its id is one."""
    if not category[:1].isdigit():
        return title
    return {lang: words if words.startswith(category) else f"{category} {words}" for lang, words in title.items()}
