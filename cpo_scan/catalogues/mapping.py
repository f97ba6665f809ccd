"""Which column of a source is which field: by the names in `rules/catalogue-columns.yaml`, and as people say."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Literal, get_args

import msgspec

from cpo_scan.catalogues.given import Given, Said
from cpo_scan.catalogues.languages import LANGUAGES, split_language
from cpo_scan.rulebook.load import RuleError, read_rules

Relation = Literal["equal", "broader", "narrower", "related"]
RELATIONS: tuple[str, ...] = get_args(Relation)
_BETWEEN = re.compile(r"[\s_.:/-]+")
_SCHEME = re.compile(r"^mapped_to:([^@=]{1,100})@([^:=]{1,100})(?::([a-z]{1,20}))?$")


class Words(msgspec.Struct, frozen=True):
    """The names and words of `rules/catalogue-columns.yaml`, each leading to a field, level, mode or role."""

    fields: dict[str, str]
    levels: dict[str, str]
    modes: dict[str, str]
    roles: dict[str, str]


class Target(msgspec.Struct, frozen=True):
    """What a column is: a field, with the language of its texts where it is marked; or ids in another scheme."""

    field: str
    lang: str = ""
    scheme: str = ""
    version: str = ""
    relation: str = "related"

    def __str__(self) -> str:
        if self.scheme:
            return f"mapped_to:{self.scheme}@{self.version}:{self.relation}"
        return f"{self.field}.{self.lang}" if self.lang else self.field


@cache
def words() -> Words:
    """The names and words by which columns and cells are read."""
    data = read_rules("catalogue-columns.yaml", "catalogue-columns").data
    return Words(*(_turned(data[part]) for part in ("fields", "levels", "modes", "roles")))


def _turned(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {plain_name(name): field for field, names in table.items() for name in names}


def plain_name(name: str) -> str:
    """A name as it is compared: without case and with one blank for whatever stands between its words."""
    return _BETWEEN.sub(" ", name.casefold()).strip()


def map_columns(given: Given, said: Iterable[str]) -> dict[str, Target]:
    """What each column of a source is; columns that are not in it are kept as they are.

    `said` holds `FIELD=COLUMN`, `FIELD.LANGUAGE=COLUMN` and `mapped_to:SCHEME@VERSION[:RELATION]=COLUMN`; where it
    names a field, that field is taken from no other column of the same language. Raises RuleError.
    """
    names = given.column_names()
    found: dict[str, Target] = {}
    for one in said:
        target, column = _said(one, given, names)
        if column in found:
            raise RuleError(f"--map {one}: the column {column!r} is {found[column]} already")
        found[column] = target
    taken = {(target.field, target.lang) for target in found.values() if not target.scheme}
    for column in names:
        if column in found or column in given.technical:
            continue
        base, lang = split_language(column)
        field = words().fields.get(plain_name(column)) or words().fields.get(plain_name(base))
        if field is not None:
            mark = "" if plain_name(column) in words().fields else lang
            if (field, mark) not in taken:
                found[column] = Target(field, mark)
    return found


def _said(text: str, given: Given, names: tuple[str, ...]) -> tuple[Target, str]:
    wanted, sign, column = text.partition("=")
    fields = sorted(set(words().fields.values()))
    if not sign:
        raise RuleError(f"--map {text}: FIELD=COLUMN is expected")
    if column not in names:
        near = get_close_matches(column, names, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
        raise RuleError(f"--map {text}: {given.name} has no column {column!r}; {hint}")
    if scheme := _SCHEME.match(wanted):
        relation = scheme[3] or "related"
        if relation not in RELATIONS:
            raise RuleError(f"--map {text}: {relation!r} is no relation; there are: {', '.join(RELATIONS)}")
        return Target("mapped_to", "", scheme[1], scheme[2], relation), column
    field, dot, lang = wanted.partition(".")
    if field not in fields or (dot and lang not in LANGUAGES):
        raise RuleError(
            f"--map {text}: {wanted!r} is no field; there are: {', '.join(fields)}; .en or .de marks a text"
        )
    return Target(field, lang), column


class Row(msgspec.Struct, frozen=True):
    """An entry with its fields told apart: texts by language per field, ids in other schemes, and the rest as it is."""

    fields: dict[str, Said]
    schemes: tuple[tuple[Target, str], ...]
    columns: dict[str, str]


def row_of(place: str, columns: Mapping[str, Said], targets: Mapping[str, Target]) -> Row:
    """Tell the columns of an entry apart. Raises RuleError where two of them state the same field in one language."""
    fields: dict[str, Said] = {}
    origin: dict[tuple[str, str], str] = {}
    schemes: list[tuple[Target, str]] = []
    rest: dict[str, str] = {}
    for column, said in columns.items():
        target = targets.get(column)
        for lang, stated in said.items():
            text = printable(stated)
            if not text:
                continue
            if lang and lang not in LANGUAGES:
                raise RuleError(f"{place}: the column {column!r} is given by language, and {lang[:40]!r} is none")
            if target is None:
                rest[f"{column} ({lang})" if lang else column] = text
            elif target.scheme:
                schemes.append((target, text))
            else:
                mark = target.lang or lang
                if (before := origin.get((target.field, mark))) is not None:
                    raise RuleError(
                        f"{place}: the columns {before!r} and {column!r} both state {target.field};"
                        f" say which does: --map {target.field}=COLUMN"
                    )
                origin[target.field, mark] = column
                fields.setdefault(target.field, {})[mark] = text
    return Row(fields, tuple(schemes), rest)


def printable(text: str) -> str:
    """A text without the signs that steer a terminal or reverse a line, and without blanks around it."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text).strip()


def parts_of(cell: str) -> list[str]:
    """The parts of a cell that lists several things."""
    return [part for one in re.split(r"[;,\n]", cell) if (part := " ".join(one.split()))]


def word_of(table: Mapping[str, str], text: str) -> str | None:
    """What a word of a source means in a table of words; None where it is not among them."""
    return table.get(plain_name(text))


def plain(said: Said | None) -> str:
    """The one text of a field that has no language, on one line."""
    return " ".join(next(iter(said.values())).split()) if said else ""
