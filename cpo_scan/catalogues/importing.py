"""A source becomes a catalogue: ids, texts, groups, levels and own columns are kept, and nothing is guessed silently.

What was mapped to what, what was left out, and what the source did not say is told in `Imported.notes`.
"""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import msgspec

from cpo_scan.catalogues.crosswalk import Crosswalk
from cpo_scan.catalogues.given import Entry, Given, LeftOut, Said
from cpo_scan.catalogues.languages import LANGUAGES as LANGUAGES_OF_TEXTS
from cpo_scan.catalogues.mapping import (
    RELATIONS,
    Row,
    map_columns,
    parts_of,
    plain,
    printable,
    row_of,
    word_of,
    words,
)
from cpo_scan.model import Mode, Obligation, Reason
from cpo_scan.rulebook.catalogue import Catalogue, Criterion
from cpo_scan.rulebook.load import RuleError
from cpo_scan.rulebook.messages import LANGUAGES, load_messages

Data = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_NO_ID = re.compile(r"[^A-Za-z0-9._-]+")
_NUMBERED = re.compile(r"^([0-9]{1,4}(?:\.[0-9]{1,4}){0,8})[.):]?\s+(\S.*)$", re.DOTALL)
_MAPPED = re.compile(r"^([^\s@]{1,100})@([^\s:]{1,100}):\s?([^()]{1,200}?)\s?(?:\(([a-z]{1,20})\))?$")
_BULLET = re.compile(r"^\s{0,20}(?:[-*•]|[0-9]{1,3}[.)])\s{1,9}")
UNGROUPED = "ungrouped"
_TEXTS = ("title", "text", "how_to_test", "remediation")


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What people say to an import; names are those of the command line.

    `columns` are as `map_columns` takes them; `obligations` hold WORD=LEVEL, with `*` for what states none. `lang` is
    the language of texts that are not marked. `category_depth` says which group from outside is the category.
    """

    columns: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    lang: str | None = None
    identity: str | None = None
    edition: str | None = None
    provisional: bool = False
    bind_by_id: bool = False
    category_depth: int = 1
    crosswalks: tuple[Crosswalk, ...] = ()


class Imported(msgspec.Struct, frozen=True):
    """The data of a catalogue as its file has them, and what is to be said of how they came about."""

    data: Data
    notes: tuple[Reason, ...]


def import_catalogue(given: Given, choices: Choices, decider: Catalogue) -> Imported:
    """Make a catalogue of a source. `decider` is the catalogue to whose criteria rules are bound.

    Raises RuleError: one line with file and line of what the source lacks, and the option that says it.
    """
    return _Import(given, choices, decider).made()


class _Import:
    def __init__(self, given: Given, choices: Choices, decider: Catalogue) -> None:
        self._given, self._choices, self._decider = given, choices, decider
        self._targets = map_columns(given, choices.columns)
        self._lang = choices.lang or given.language or "en"
        if self._lang not in LANGUAGES_OF_TEXTS:
            raise RuleError(f"--lang {self._lang}: two letters are expected (ISO 639-1), such as en or de")
        self._levels = _levels(choices.obligations)
        self._unknown_levels: dict[str, list[str]] = {}
        self._left_out: list[LeftOut] = list(given.left_out)
        self._renamed: dict[str, str] = {}
        self._categories: dict[str, Data] = {}
        self._assumed: list[str] = []
        self._untitled: list[str] = []
        self._no_text: list[str] = []
        self._no_modes: list[str] = []
        self._unread: dict[str, list[str]] = {}

    def made(self) -> Imported:
        self._check_columns()
        criteria: dict[str, Data] = {}
        for entry in self._given.entries:
            row = row_of(self._place(entry), entry.columns, self._targets)
            if (made := self._criterion(entry, row)) is not None:
                identity, data = made
                if identity in criteria:
                    raise RuleError(f"{self._place(entry)}: the id {identity} stands here twice")
                criteria[identity] = data
        if self._unknown_levels:
            self._refuse_levels()
        if not criteria:
            raise RuleError(f"{self._given.name}:1: no criterion was found")
        self._lay_crosswalks(criteria)
        bound = [identity for identity, data in criteria.items() if self._bind(identity, data)]
        data = {
            **self._head(),
            "categories": self._categories,
            "criteria": {identity: _ordered(row) for identity, row in criteria.items()},
        }
        return Imported(data, tuple(self._notes(criteria, bound)))

    # -- one entry

    def _place(self, entry: Entry) -> str:
        who = f" {entry.identity}:" if entry.identity else ""
        return f"{self._given.name}:{entry.line}:{who}".rstrip(":")

    def _criterion(self, entry: Entry, row: Row) -> tuple[str, Data] | None:
        place = self._place(entry)
        stated = plain(row.fields.get("obligation"))
        if entry.informative and not stated and "*" not in self._levels:
            self._left_out.append(LeftOut(entry.place, "catalogue.out.no_level"))
            return None
        source_id = plain(row.fields.get("id")) or entry.identity or ""
        if not source_id:
            raise RuleError(f"{place}: no id; name its column with --map id=COLUMN")
        identity = self._identity(source_id)
        texts = {field: self._texts(row.fields.get(field)) for field in _TEXTS}
        texts["title"] = {lang: " ".join(text.split()) for lang, text in texts["title"].items()}
        if not texts["title"]:
            if not texts["text"]:
                raise RuleError(f"{place}: neither a title nor a text; name one with --map title=COLUMN")
            texts["title"] = {lang: _beginning(text) for lang, text in texts["text"].items()}
            self._untitled.append(identity)
        if not texts["text"]:
            self._no_text.append(identity)
        data: Data = {
            "category": self._category(place, entry, row),
            "official_id": plain(row.fields.get("official_id")) or source_id,
            **self._level(identity, entry, stated),
            **{field: said for field, said in texts.items() if said},
        }
        if entry.groups:
            data["groups"] = [printable(next(iter(group.title.values()), "")) or group.id for group in entry.groups]
        if asked := self._questions(row.fields.get("questions")):
            data["questions"] = asked
        columns = dict(row.columns)
        for field in ("modes", "roles"):
            self._words(identity, field, row, data, columns)
        data["mapped_to"] = self._mapped(identity, row, columns)
        if decided_by := plain(row.fields.get("decided_by")):
            if decided_by not in self._decider.criteria:
                raise RuleError(f"{place}: decided by {decided_by!r}, which {self._decider.id} does not have")
            data["decided_by"] = decided_by
        elif self._choices.bind_by_id and identity in self._decider.criteria:
            data["decided_by"] = identity
        if columns:
            data["columns"] = columns
        return identity, data

    def _identity(self, stated: str) -> str:
        if _ID.fullmatch(stated):
            return stated
        made = _NO_ID.sub("-", stated).strip("-.")[:64]
        made = made if _ID.fullmatch(made) else f"_{made}"[:64]
        self._renamed[stated] = made
        return made

    def _texts(self, said: Said | None) -> Said:
        return {lang or self._lang: clean for lang, text in (said or {}).items() if (clean := printable(text))}

    def _questions(self, said: Said | None) -> dict[str, list[str]]:
        return {
            lang: lines
            for lang, text in self._texts(said).items()
            if (lines := [_BULLET.sub("", line).strip() for line in text.split("\n") if line.strip()])
        }

    def _category(self, place: str, entry: Entry, row: Row) -> str:
        title: Said = {}
        if stated := plain(row.fields.get("category")):
            numbered = _NUMBERED.match(stated)
            key, title = (numbered[1], {"": numbered[2]}) if numbered else (stated, {"": stated})
        elif entry.groups:
            group = entry.groups[min(self._choices.category_depth, len(entry.groups)) - 1]
            key, title = group.id, group.title or {"": group.id}
        elif self._given.form in ("oscal", "reqif"):
            key = UNGROUPED
            self._categories.setdefault(key, {"name": key, "title": _in_all_languages("catalogue.no_group")})
        else:
            raise RuleError(f"{place}: no category; name its column with --map category=COLUMN")
        if own := row.fields.get("category_title"):
            title = own
        if key not in self._categories:
            said = {lang: " ".join(text.split()) for lang, text in self._texts(title or {"": key}).items()}
            self._categories[key] = {"name": key, "title": said}
        return key

    def _level(self, identity: str, entry: Entry, stated: str) -> Data:
        if not stated:
            if (level := self._levels.get("*")) is None:
                self._unknown_levels.setdefault("", []).append(self._place(entry))
                return {}
            self._assumed.append(identity)
            return {"obligation": level, "obligation_basis": "assumed"}
        level = self._levels.get(stated.casefold()) or word_of(words().levels, stated)
        if level is None:
            self._unknown_levels.setdefault(stated, []).append(self._place(entry))
            return {}
        return {"obligation": level, "obligation_basis": "stated"}

    def _words(self, identity: str, field: str, row: Row, data: Data, columns: dict[str, str]) -> None:
        """Modes and roles: words that are not ours leave the cell a column of its own, and the field unsaid."""
        cell = next(iter((row.fields.get(field) or {}).values()), "")
        found: dict[str, str] = {}
        for part in parts_of(cell.replace("+", ";").replace("/", ";")):
            bare, optional = re.subn(r"\s?\(?optional\)?$|\?$", "", part, flags=re.IGNORECASE)
            word = word_of(words().modes if field == "modes" else words().roles, bare)
            if word is None:
                self._unread.setdefault(part, []).append(identity)
                columns[field] = cell
                return
            found[word] = "optional" if optional else "required"
        if found:
            data[field] = found if field == "modes" else sorted(found)

    def _mapped(self, identity: str, row: Row, columns: dict[str, str]) -> list[Data]:
        found = [
            {"scheme": target.scheme, "version": target.version, "id": part, "relation": target.relation}
            for target, cell in row.schemes
            for part in parts_of(cell)
        ]
        cell = next(iter((row.fields.get("mapped_to") or {}).values()), "")
        for part in (one.strip() for one in re.split(r"[;\n]", cell) if one.strip()):
            match = _MAPPED.match(" ".join(part.split()))
            if match is None or (match[4] or "related") not in RELATIONS:
                self._unread.setdefault(part, []).append(identity)
                columns["mapped_to"] = cell
                continue
            found.append(
                {"scheme": match[1], "version": match[2], "id": match[3].strip(), "relation": match[4] or "related"}
            )
        return found

    # -- all of them

    def _check_columns(self) -> None:
        """A source of which no column says the level can't be imported without a word on it."""
        said = {target.field for target in self._targets.values()}
        if "obligation" not in said and "*" not in self._levels:
            raise RuleError(
                f"{self._given.name}:1: nothing states the obligation of a criterion; name its column with --map"
                f" obligation=COLUMN, or give all one level with --obligation '*=LEVEL';"
                f" columns: {', '.join(self._given.column_names())[:1000]}"
            )
        if self._given.form in ("csv", "xlsx"):
            for field in ("id", "category", "title"):
                if field not in said:
                    raise RuleError(
                        f"{self._given.name}:1: no column {field!r}; name it with --map {field}=COLUMN;"
                        f" columns: {', '.join(self._given.column_names())[:1000]}"
                    )

    def _refuse_levels(self) -> None:
        word, places = next(iter(self._unknown_levels.items()))
        others = [f"{len(rows)} with {one!r}" if one else f"{len(rows)} with none" for one, rows in
                  self._unknown_levels.items()]  # fmt: skip
        what = f"the obligation {word!r} is no level of ours" if word else "no obligation"
        raise RuleError(
            f"{places[0]}: {what}; say what it means with --obligation '{word or '*'}=LEVEL'"
            f" (mandatory, desired or optional); in all: {', '.join(others)}"
        )

    def _lay_crosswalks(self, criteria: dict[str, Data]) -> None:
        for crosswalk in self._choices.crosswalks:
            for row in crosswalk.rows:
                place = f"{crosswalk.name}:{row.line}"
                identity = row.criterion if row.criterion in criteria else self._renamed.get(row.criterion, "")
                if identity not in criteria:
                    raise RuleError(f"{place}: {self._given.name} has no criterion {row.criterion!r}")
                if row.to.scheme == self._decider.id and row.to.id not in self._decider.criteria:
                    raise RuleError(f"{place}: {self._decider.id} has no criterion {row.to.id!r}")
                entry = msgspec.to_builtins(row.to)
                if entry not in criteria[identity]["mapped_to"]:
                    criteria[identity]["mapped_to"].append(entry)

    def _bind(self, identity: str, data: Data) -> bool:
        """Where a criterion of ours decides, what the source leaves unsaid on modes and roles is taken from there."""
        decider = self._decider_of(data)
        if "modes" not in data:
            self._no_modes.append(identity)
            if decider is None:
                # Nobody said that files are enough: a person is asked too.
                data["modes"] = {"machine": "required", "interview": "required"}
            else:
                data["modes"] = {str(mode): "required" if need else "optional" for mode, need in decider.modes.items()}
        if decider is not None and "roles" not in data:
            data["roles"] = [str(role) for role in decider.roles]
        return decider is not None

    def _decider_of(self, data: Data) -> Criterion | None:
        if "decided_by" in data:
            return self._decider.criteria[data["decided_by"]]
        equal = {
            to["id"]
            for to in data["mapped_to"]
            if (to["scheme"], to["relation"]) == (self._decider.id, "equal") and to["id"] in self._decider.criteria
        }
        return self._decider.criteria[equal.pop()] if len(equal) == 1 else None

    def _head(self) -> Data:
        given, choices = self._given, self._choices
        file = PurePath(given.name.replace("\\", "/")).name
        title = self._texts(given.title) or {self._lang: file}
        slug = _slug(choices.identity or next(iter(title.values())) or file)
        if slug == self._decider.id:
            raise RuleError(f"{given.name}:1: {slug!r} is the id of the catalogue of this program; give one with --id")
        mapped = {column: str(target) for column, target in self._targets.items()}
        mapped |= {f"obligation {word}": level for word, level in self._levels.items()}
        return {
            "id": slug,
            "version": choices.edition or given.version or "unstated",
            "provisional": choices.provisional,
            "title": title,
            "notice": _in_all_languages("catalogue.notice", file=file),
            "source": {
                "file": file,
                "sha256": given.sha256,
                "form": given.form,
                "title": next(iter(given.title.values()), None),
                "version": given.version,
                "mapped": mapped,
                "crosswalks": [
                    f"{PurePath(one.name.replace(chr(92), '/')).name} {one.sha256}" for one in choices.crosswalks
                ],
            },
        }

    def _notes(self, criteria: dict[str, Data], bound: list[str]) -> Iterable[Reason]:
        given = self._given
        yield Reason(
            "catalogue.imported",
            {"criteria": len(criteria), "categories": len(self._categories), "form": given.form, "file": given.name},
        )
        for column, target in self._targets.items():
            yield Reason("catalogue.mapped", {"column": column, "field": str(target)})
        kept = sorted({name for data in criteria.values() for name in data.get("columns", {})})
        if kept:
            yield Reason("catalogue.kept", {"columns": kept})
        for word, identities in self._unread.items():
            yield Reason("catalogue.unread", {"word": word[:80], "criteria": _some(identities)})
        for code, params in (
            ("catalogue.levels_assumed", self._assumed),
            ("catalogue.untitled", self._untitled),
            ("catalogue.no_text", self._no_text),
            ("catalogue.no_modes", self._no_modes),
        ):
            if params:
                yield Reason(code, {"amount": len(params), "criteria": _some(params)})
        if self._renamed:
            yield Reason("catalogue.renamed", {"ids": _some([f"{old} → {new}" for old, new in self._renamed.items()])})
        if UNGROUPED in self._categories:
            alone = [key for key, data in criteria.items() if data["category"] == UNGROUPED]
            yield Reason("catalogue.ungrouped", {"amount": len(alone), "criteria": _some(alone)})
        if self._choices.lang is None and given.language is None and self._unmarked():
            yield Reason("catalogue.language", {"lang": self._lang})
        if not (self._choices.edition or given.version):
            yield Reason("catalogue.no_version")
        yield Reason("catalogue.bound", {"bound": len(bound), "criteria": len(criteria), "decider": self._decider.id})
        unbound = [key for key, data in criteria.items() if key not in set(bound) and "machine" in data["modes"]]
        if unbound:
            yield Reason("catalogue.unbound", {"amount": len(unbound), "criteria": _some(unbound)})
        same = [key for key in unbound if key in self._decider.criteria]
        if same:
            yield Reason("catalogue.same_ids", {"amount": len(same), "decider": self._decider.id})
        for one in self._left_out[:_SHOWN]:
            yield Reason(one.why, {"place": one.place})
        if len(self._left_out) > _SHOWN:
            yield Reason("catalogue.out.more", {"amount": len(self._left_out) - _SHOWN})

    def _unmarked(self) -> bool:
        """Does any text stand without a language?"""
        texts = {column for column, target in self._targets.items() if target.field in _TEXTS and not target.lang}
        return any("" in entry.columns.get(column, {}) for entry in self._given.entries for column in texts)


_SHOWN = 20  # things of one kind that the notes name; with the rest they say how many there are
_ORDER = (
    "category", "groups", "official_id", "obligation", "obligation_basis", "modes", "roles", "title", "text",
    "how_to_test", "remediation", "questions", "decided_by", "mapped_to", "columns",
)  # fmt: skip


def _in_all_languages(code: str, **params: Any) -> Said:
    messages = load_messages()
    return {lang: messages.render(Reason(code, params), lang) for lang in LANGUAGES}


def _ordered(data: Data) -> Data:
    modes = data["modes"]
    data = data | {"modes": {str(mode): modes[mode] for mode in Mode if mode in modes}}
    return {name: data[name] for name in _ORDER if name in data}


def _some(names: list[str]) -> list[str]:
    shown = names[:_SHOWN]
    return shown if len(shown) == len(names) else [*shown, f"… (+{len(names) - _SHOWN})"]


def _beginning(text: str) -> str:
    line = " ".join(text.split("\n", 1)[0].split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def _slug(text: str) -> str:
    made = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60].strip("-")
    return made or "imported"


def _levels(said: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in said:
        word, sign, level = one.rpartition("=")
        if not sign or not word.strip() or level not in {str(item) for item in Obligation}:
            raise RuleError(f"--obligation {one}: WORD=LEVEL is expected; levels are mandatory, desired and optional")
        found[" ".join(word.split()).casefold()] = level
    return found
