"""Calls and tables in sources that say by their names what they are: `registerImporter(…)`, `exportFilters[] = {…}`.

Every language has them, since each product writes its own; the tables of known hosts stand in the rules.
"""

from typing import Any

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming

_REGISTERING = ("register", "add", "install")
_LISTS = ("format", "filter", "extension", "type", "suffix")  # what a table lists
_SUFFIXES = ("extension", "suffix")  # of these each text is one, with a dot or without
_BOTH = {"input": "import", "output": "export"}

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
LISTS = (b"_EXTENSIONS", b"_extensions", b"Extensions", b"_FORMATS", b"_formats", b"Formats", b"_SUFFIXES", b"Suffixes")
"""One of these stands in each source that has a list by another name (`ACCEPTED_EXTENSIONS`)."""
TEXT_LISTS = tuple(mark.decode() for mark in LISTS)

_CALL: dict[str, Any] = {"id": "register-call", "strength": "registered"}
_TABLE: dict[str, Any] = {"id": "named-table", "strength": "recognised"}


def registers(name: str) -> bool:
    """Does a name begin like that of a call that registers something?"""
    return name.lower().startswith(_REGISTERING) and words_of(name)[0].lower() in _REGISTERING


def registering_direction(name: str, names: Naming) -> str | None:
    """Which way goes what a call registers: `registerImporter`, `AddExportFormat`, `register_input_handler`."""
    first, *rest = [word.lower() for word in words_of(name)] or [""]
    if first not in _REGISTERING:
        return None
    both = _BOTH if first == "register" else {}
    ways = {names.role(word) or both.get(word) for word in rest} - {None}
    if len(ways) != 1 or not all(
        names.role(word) or word in both or names.is_neutral(word) or _single(word) in _LISTS for word in rest
    ):
        return None
    return ways.pop()


def registering_call(name: str, names: Naming) -> dict[str, Any] | None:
    """The row for a call such as `registerImporter`, `AddExportFormat`; None for other names."""
    direction = registering_direction(name, names)
    return _CALL | {"direction": direction} if direction is not None else None


def list_direction(name: str, names: Naming) -> str | None:
    """Which way go the formats of a list by its name: `IMPORT_EXTENSIONS`, `exportFileFilters`, `accepted_suffixes`."""
    words = [word.lower() for word in words_of(name)]
    if len(words) < 2 or _single(words[-1]) not in _LISTS:
        return None
    ways = {names.listed(word) for word in words[:-1]} - {None}
    return ways.pop() if len(ways) == 1 else None


def named_table(name: str, names: Naming) -> dict[str, Any] | None:
    """The row for a table such as `IMPORT_EXTENSIONS`, `exportFileFilters`; None for other names."""
    direction = list_direction(name, names)
    if direction is None:
        return None
    return _TABLE | {"direction": direction} | ({"bare": 0} if _single(words_of(name)[-1].lower()) in _SUFFIXES else {})


def flag_direction(key: str, names: Naming) -> str | None:
    """The way that a flag or function of a description grants by its name: `canExport`, `reads`, `writer`."""
    words = [word.lower() for word in words_of(key)]
    return names.in_key(key) or (names.role(words[-1].removesuffix("s")) if words else None)


def verb_direction(name: str, names: Naming) -> str | None:
    """What a function or class does by the first or last word of its name: `load_stl`, `StlReader`."""
    words = [word.lower() for word in words_of(name)]
    if not words or names.is_denied(words):
        return None
    ways = {names.role(words[0]), names.role(words[-1])} - {None}
    return ways.pop() if len(ways) == 1 else None


def agent_direction(name: str, names: Naming) -> str | None:
    """What something is called after: `data_exporter`, `MeshReader`; not what is done once: `read`."""
    words = [word.lower() for word in words_of(name)]
    while len(words) > 1 and names.is_neutral(words[-1]):
        words.pop()
    return names.role(words[-1]) if words and words[-1].endswith("er") else None


def _single(word: str) -> str:
    return word.removesuffix("es") if word == "suffixes" else word.removesuffix("s")
