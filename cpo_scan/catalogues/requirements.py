"""A customer's list of requirements, read from ReqIF or a table as catalogues are, with its links made good.

What the list states in its columns (criterion, measure, standard) is a link. Names of standards in the words of an
entry become proposed links, and stay proposals until somebody puts them into the columns.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

import msgspec

from cpo_scan.catalogues.given import Entry, Given
from cpo_scan.catalogues.mapping import parts_of, plain_name
from cpo_scan.catalogues.reading import read_given
from cpo_scan.layers.offers import FAMILIES
from cpo_scan.layers.requirements import Link, Requirement, Source
from cpo_scan.layers.source import close_to, unknown_criterion
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError, read_rules

_FORMS = ("oscal", "reqif", "csv", "xlsx")
_MEASURE = re.compile(r"(?P<id>[^\s>=≥]+)(?:\s*(?:>=|≥)\s*(?P<least>.+))?")
_NUMBER = re.compile(r"(?P<number>[0-9]{1,12}(?:[.,][0-9]{1,6})?)\s*(?P<share>%)?")
_TEXT = 10_000  # characters of a text that go into the report; what is longer is cut and marked


class _Words(msgspec.Struct, frozen=True):
    fields: dict[str, str]
    information: frozenset[str]
    directions: dict[str, str]


@cache
def _words() -> _Words:
    data = read_rules("requirement-columns.yaml", "requirement-columns").data
    return _Words(
        {plain_name(name): field for field, names in data["fields"].items() for name in names},
        frozenset(plain_name(name) for name in data["information"]),
        {plain_name(name): field for field, names in data["directions"].items() for name in names},
    )


def read_requirements(name: str, rulebook: Rulebook, maps: Iterable[str] = ()) -> tuple[Requirement, ...]:
    """The entries of a list; `maps` are FIELD=COLUMN, for columns whose names we do not know.

    Raises RuleError: one line with file, line and what is expected.
    """
    given = read_given(name)
    if given.form not in _FORMS:
        raise RuleError(f"{name}: {given.form} is no list of requirements; ReqIF, OSCAL, CSV or XLSX is expected")
    columns = _columns(given, _mapped(given, maps))
    reader = _Reader(given, columns, rulebook)
    found: dict[str, Requirement] = {}
    for entry in given.entries:
        one = reader.requirement(entry)
        if one.id in found:
            one = _joined(found[one.id], one, given)
        found[one.id] = one
    return tuple(found.values())


def _joined(first: Requirement, further: Requirement, given: Given) -> Requirement:
    """A further row of a table may give a requirement further links; its words are the same or are not repeated."""
    same = all(getattr(further, name) in (None, getattr(first, name)) for name in ("title", "text"))
    if given.form == "reqif" or not same:
        words = "stands here twice" if given.form == "reqif" else f"stands in line {first.line} with other words"
        raise RuleError(f"{given.name}:{further.line}: the requirement {first.id} {words}")
    links = [*first.links, *(link for link in further.links if link not in first.links)]
    stated = {link.standard for link in links if not link.proposed}
    kept = tuple(link for link in links if not link.proposed or link.standard not in stated)
    return msgspec.structs.replace(
        first, links=kept, information=first.information and (further.information or not further.links)
    )


def _mapped(given: Given, maps: Iterable[str]) -> dict[str, str]:
    """Columns that somebody says are a field. Raises RuleError."""
    fields = sorted(set(_words().fields.values()))
    found: dict[str, str] = {}
    for one in maps:
        field, equals, column = (part.strip() for part in one.partition("="))
        if not equals or not column:
            raise RuleError(f"--map {one}: FIELD=COLUMN is expected")
        if field not in fields:
            raise RuleError(f"--map {one}: {field!r} is no field; there are: {', '.join(fields)}")
        if column not in given.column_names():
            raise RuleError(
                f"--map {one}: no column {column!r}; there are: {', '.join(given.column_names()) or 'none'}"
            )
        if found.setdefault(column, field) != field:
            raise RuleError(f"--map {one}: the column {column!r} is {found[column]} already")
    return found


def _columns(given: Given, mapped: Mapping[str, str]) -> dict[str, str]:
    """Which field each column is. Raises RuleError where two are the same, or none can hold a requirement."""
    fields: dict[str, str] = {}
    for column in sorted(given.column_names(), key=lambda name: name not in mapped):
        field = mapped.get(column) or _words().fields.get(plain_name(column))
        if field is None or (column in given.technical and column not in mapped):
            continue
        if column not in mapped and field in mapped.values():
            continue  # what somebody says comes before what a name says
        if field in fields.values():
            other = next(name for name, taken in fields.items() if taken == field)
            raise RuleError(f"{given.name}: the columns {other!r} and {column!r} both state the {field}")
        fields[column] = field
    table = given.form in ("csv", "xlsx")
    if not {"text", "title"} & set(fields.values()) or (table and "id" not in fields.values()):
        known = ", ".join(given.column_names()) or "none"
        how = "cpo-scan requirements draft --map text=COLUMN says which is which"
        raise RuleError(f"{given.name}: columns id and text (or title) are expected; there are: {known}; {how}")
    return fields


class _Reader:
    def __init__(self, given: Given, columns: Mapping[str, str], rulebook: Rulebook) -> None:
        self._given, self._columns, self._rulebook = given, columns, rulebook
        self._source = Source(file=PurePath(given.name.partition("!/")[0]).name, sha256=given.sha256)

    def requirement(self, entry: Entry) -> Requirement:
        """One entry with its links, stated and proposed."""
        cells = {
            self._columns[column]: next((text for text in said.values() if text.strip()), "").strip()
            for column, said in entry.columns.items()
            if column in self._columns
        }
        identity = " ".join((cells.get("id") or entry.identity or "").split())
        if not identity:
            raise self._error(entry, "no id stands here; each requirement needs one")
        stated = tuple(self._links(entry, cells))
        title, text = cells.get("title") or cells.get("heading"), cells.get("text")
        information = plain_name(cells.get("kind", "")) in _words().information or not (
            text or cells.get("title") or stated
        )
        if information and stated and cells.get("kind"):
            raise self._error(entry, f"{identity} asks for nothing by its kind, and has a link: one of them is wrong")
        proposed = () if information else propose(f"{title or ''}\n{text or ''}", stated)
        return Requirement(
            id=identity[:1_000],
            line=entry.line,
            source=self._source,
            title=_cut(title),
            text=_cut(text),
            groups=tuple(next(iter(group.title.values()), group.id)[:1_000] for group in entry.groups),
            information=information,
            links=(*stated, *proposed),
        )

    def _error(self, entry: Entry, words: str) -> RuleError:
        return RuleError(f"{self._given.name}:{entry.line}: {words}")

    def _links(self, entry: Entry, cells: Mapping[str, str]) -> Iterator[Link]:
        for name in parts_of(cells.get("criterion", "")):
            if name not in self._rulebook.catalogue.criteria:
                raise self._error(entry, unknown_criterion(name, self._rulebook.catalogue))
            yield Link(criterion=name)
        measures = parts_of_measures(cells.get("measure", ""))
        for text in measures:
            yield self._measure(entry, text, cells.get("at_least", ""))
        if cells.get("at_least") and not measures:
            raise self._error(entry, "a threshold stands here, and no measure that should reach it")
        standards = parts_of(cells.get("standard", ""))
        direction = self._direction(entry, cells.get("direction", ""))
        edition = cells.get("edition", "")
        if (direction or edition) and not standards:
            raise self._error(entry, "a direction or edition stands here, and no standard that it belongs to")
        if edition and len(standards) > 1:
            raise self._error(entry, "one edition stands here for several standards; a row for each is expected")
        for text in standards:
            standard, named = self._standard(entry, text)
            if edition and named and not _same_edition(edition, named):
                raise self._error(entry, f"{text!r} names the edition {named}, and the column edition says {edition!r}")
            if direction and standard in FAMILIES:
                raise self._error(entry, f"{standard} describes interfaces, which have no direction; none is expected")
            yield Link(standard=standard, direction=direction, edition=edition or named)

    def _measure(self, entry: Entry, text: str, column: str) -> Link:
        found = _MEASURE.fullmatch(text)
        measures = self._rulebook.measures.measures
        if found is None or found["id"] not in measures:
            name = found["id"] if found else text
            raise self._error(entry, f"unknown measure {name[:80]!r}{close_to(name, measures)}")
        wanted = found["least"] or column
        if not wanted:
            return Link(measure=found["id"])
        number = _NUMBER.fullmatch(wanted.strip())
        plain = measures[found["id"]].plain
        value = float(number["number"].replace(",", ".")) / (100 if number["share"] else 1) if number else -1.0
        if number is None or (plain and number["share"]) or (not plain and value > 1):
            expected = "a number" if plain else "a share from 0 to 1, or per cent,"
            raise self._error(entry, f"{found['id']} at least {wanted[:40]!r}: {expected} is expected")
        return Link(measure=found["id"], at_least=value)

    def _direction(self, entry: Entry, text: str) -> str | None:
        if not text:
            return None
        found = {_words().directions.get(plain_name(part)) for part in parts_of(text)}
        whole = _words().directions.get(plain_name(text))
        if whole:
            return whole
        if None in found:
            raise self._error(entry, f"{text[:40]!r} is no direction; import, export or both is expected")
        return "both" if len(found) > 1 or "both" in found else str(next(iter(found)))

    def _standard(self, entry: Entry, text: str) -> tuple[str, str | None]:
        names = standard_names()
        found = names.stated.get(text.casefold())
        if found is None:
            raise self._error(entry, f"unknown standard {text[:80]!r}{close_to(text.lower(), names.stated)}")
        return found


def parts_of_measures(cell: str) -> list[str]:
    """The measures of a cell; a comma between two digits belongs to a number."""
    return [part for one in re.split(r"[;\n]|(?<!\d),|,(?!\d)", cell) if (part := " ".join(one.split()))]


def _cut(text: str | None) -> str | None:
    if not text:
        return None
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"


# -- names of standards


class StandardNames(msgspec.Struct, frozen=True):
    """Names of standards: as a column may state them (without case), and as a text may mention them (as written), each
    with the standard's id and the edition that the name itself names."""

    stated: dict[str, tuple[str, str | None]]
    mentioned: dict[str, tuple[str, str | None]]


@cache
def standard_names() -> StandardNames:
    """The names of `rules/standards.yaml`; names that are also those of programs or common words are no mentions."""
    vague = read_rules("data/mentions.yaml", "data-mentions").data
    left_out = {*vague["ambiguous"], *vague["left_out"]}
    stated: dict[str, tuple[str, str | None]] = {}
    mentioned: dict[str, tuple[str, str | None]] = {}
    rows = read_rules("standards.yaml", "standards").data["standards"]
    for row in rows:
        for name in row.get("aliases", ()):
            stated.setdefault(name.casefold(), (row["id"], _edition_in(name, row)))
            if name not in left_out and len(name) > 1:
                mentioned.setdefault(name, (row["id"], _edition_in(name, row)))
    for row in rows:
        stated[row["title"].casefold()] = (row["id"], None)
        stated[row["id"]] = (row["id"], None)
    return StandardNames(stated, mentioned)


def _edition_in(name: str, row: Mapping[str, Any]) -> str | None:
    """The word of a name with which an edition of the standard begins: `STEP AP242` names `AP242`."""
    editions = [str(one["name"]).split()[0].casefold() for one in row.get("editions", ())]
    return next((word for word in name.split() if word.casefold() in editions and any(map(str.isdigit, word))), None)


def _same_edition(one: str, other: str) -> bool:
    words = [plain_name(text).split() for text in (one, other)]
    return all(word in words[0] for word in words[1]) or all(word in words[1] for word in words[0])


@cache
def _mention() -> re.Pattern[str]:
    # the longest name first; \b does not part a name from a following + (ODB++)
    names = sorted(standard_names().mentioned, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})(?![\w+])")


def propose(text: str, stated: tuple[Link, ...] = ()) -> tuple[Link, ...]:
    """Links to the standards that a text names and that are not linked already, with the direction that it names; where
    it names several of both, which has which is not known, and none is proposed."""
    known = {link.standard for link in stated}
    directions = {_words().directions.get(word) for word in re.findall(r"[\w/]+", text.casefold())} - {None}
    direction = "both" if len(directions) > 1 else next(iter(directions), None)
    found: dict[str, Link] = {}
    for match in _mention().finditer(text):
        standard, edition = standard_names().mentioned[match[0]]
        if standard not in known and (standard not in found or (edition and not found[standard].edition)):
            found[standard] = Link(
                standard=standard,
                direction=None if standard in FAMILIES else direction,
                edition=edition,
                proposed=True,
                words=match[0],
            )
    if direction == "both" and len(found) > 1:
        return tuple(msgspec.structs.replace(link, direction=None) for link in found.values())
    return tuple(found.values())
