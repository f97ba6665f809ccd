"""Calls and tables in sources that say by their names what they are: `registerImporter(…)`, `exportFilters[] = {…}`.

Every language has them, since each product writes its own; the tables of known hosts stand in the rules.
"""

from typing import Any

from cpo_probes.exchange.label_words import words_of
from cpo_probes.exchange.naming import Naming

_REGISTERING = ("register", "add", "install")
_LISTS = ("format", "filter", "extension", "type", "suffix")  # what a table lists
_SUFFIXES = ("extension", "suffix")  # of these each text is one, with a dot or without

MARKS = (
    *(b"registerImport", b"RegisterImport", b"register_import", b"addImport", b"AddImport", b"add_import"),
    *(b"registerExport", b"RegisterExport", b"register_export", b"addExport", b"AddExport", b"add_export"),
    *(b"registerReader", b"RegisterReader", b"register_reader", b"registerWriter", b"RegisterWriter"),
    *(b"register_writer", b"registerLoader", b"RegisterLoader", b"registerSaver", b"RegisterSaver"),
    *(b"mportFormat", b"mportFilter", b"mportExtension", b"mport_format", b"mport_filter", b"mport_extension"),
    *(b"xportFormat", b"xportFilter", b"xportExtension", b"xport_format", b"xport_filter", b"xport_extension"),
    *(b"mportFileFilter", b"mportFileExtension", b"mportFileFormat", b"IMPORT_FORMAT", b"IMPORT_FILTER"),
    *(b"xportFileFilter", b"xportFileExtension", b"xportFileFormat", b"EXPORT_FORMAT", b"EXPORT_FILTER"),
    *(b"IMPORT_EXTENSION", b"EXPORT_EXTENSION"),
)
"""One of these stands in each source that has such a call or table."""
TEXT_MARKS = tuple(mark.decode() for mark in MARKS)

_CALL: dict[str, Any] = {"id": "register-call", "strength": "registered"}
_TABLE: dict[str, Any] = {"id": "named-table", "strength": "recognised"}


def registering_call(name: str, names: Naming) -> dict[str, Any] | None:
    """The row for a call such as `registerImporter`, `AddExportFormat`; None for other names."""
    first, *rest = [word.lower() for word in words_of(name)] or [""]
    if first not in _REGISTERING:
        return None
    ways = {names.role(word) for word in rest} - {None}
    if len(ways) != 1 or not all(
        names.role(word) or names.is_neutral(word) or _single(word) in _LISTS for word in rest
    ):
        return None
    return _CALL | {"direction": ways.pop()}


def named_table(name: str, names: Naming) -> dict[str, Any] | None:
    """The row for a table such as `IMPORT_EXTENSIONS`, `exportFileFilters`; None for other names."""
    words = [word.lower() for word in words_of(name)]
    if len(words) < 2 or _single(words[-1]) not in _LISTS:
        return None
    ways = {names.role(word) for word in words[:-1] if word in names.features} - {None}
    if len(ways) != 1:
        return None
    return _TABLE | {"direction": ways.pop()} | ({"bare": 0} if _single(words[-1]) in _SUFFIXES else {})


def _single(word: str) -> str:
    return word.removesuffix("es") if word == "suffixes" else word.removesuffix("s")
