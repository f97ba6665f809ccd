"""Catalogues that are written in YAML: a list of criteria as plain rows, or a catalogue in the form of this program."""

import re
from typing import Any

from cpo_scan.catalogues.given import Entry, Given, Said
from cpo_scan.layers.source import read_bytes
from cpo_scan.model import Reason
from cpo_scan.rulebook.catalogue import parse_catalogue
from cpo_scan.rulebook.load import RuleFile, parse_rules

_CATEGORIES = re.compile(rb"^categories\s{0,9}:", re.MULTILINE)
_CRITERIA = re.compile(rb"^criteria\s{0,9}:", re.MULTILINE)


def read_own(name: str, content: bytes) -> Given:
    """Rows of YAML: `criteria: [{id: ..., category: ..., obligation: ..., title: ...}]`, or the list alone; texts are
    plain or by language. Raises RuleError with file and line."""
    file = parse_rules(name, content, "catalogue-rows")
    data = file.data if isinstance(file.data, dict) else {"criteria": file.data}
    place: list[str | int] = ["criteria"] if isinstance(file.data, dict) else []
    rows = data["criteria"]
    keyed = list(rows.items()) if isinstance(rows, dict) else list(enumerate(rows))
    lines = _lines(file, place, [key for key, _ in keyed])
    return Given(
        name=name,
        sha256=file.sha256,
        form="yaml",
        entries=tuple(
            Entry(line=line, columns=_columns(({"id": key} if isinstance(key, str) else {}) | row))
            for line, (key, row) in zip(lines, keyed, strict=True)
        ),
        title=_said(data["title"]) if data.get("title") else {},
        version=str(data["version"]) if data.get("version") else None,
    )


def _columns(row: dict[str, Any]) -> dict[str, Said]:
    return {name: said for name, value in row.items() if any((said := _said(value)).values())}


def _said(value: Any) -> Said:
    """A value as texts by language: text, number, list (one line each), or texts and lists by language."""
    match value:
        case None:
            return {}
        case dict():
            return {lang: _plain(one) for lang, one in value.items()}
        case _:
            return {"": _plain(value)}


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return "\n".join(_plain(one) for one in value)
        case _:
            return str(value)


def _lines(file: RuleFile, place: list[str | int], keys: list[str | int]) -> list[int]:
    from cpo_scan.rulebook.rule_yaml import lines_of

    return lines_of(file.content, [[*place, key] for key in keys])


def own_catalogue(name: str) -> tuple[bytes, tuple[Reason, ...]] | None:
    """The bytes of a catalogue that has the form of this program already, checked, and a note on it; else None.

    Raises RuleError where it means to have that form and has not.
    """
    if not name.lower().endswith((".yaml", ".yml")):
        return None
    content = read_bytes(name)
    if not (_CATEGORIES.search(content) and _CRITERIA.search(content)):
        return None
    parse_catalogue(name, content)
    return content, (Reason("catalogue.own_form", {"file": name}),)
