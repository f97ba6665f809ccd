"""Catalogues: the criteria that a product is held against, with their texts, modes and roles."""

from collections.abc import Mapping
from typing import Any

import msgspec

from cpo_scan.model import Mode, Obligation, Role
from cpo_scan.model.assessment import Mapping as MappedTo
from cpo_scan.rulebook.load import RuleFile, parse_rules, read_rules

Text = dict[str, str]


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter of the catalogue."""

    id: str
    name: str
    title: Text


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `modes` says for each way of evidence whether it is required; `roles` where evidence may live.

    `decided_by` names the criterion of the profile whose rule decides this one (for imported catalogues). `groups` are
    the titles of the source's groups above it, outermost first; `columns` what the source says that no field of ours
    takes, word for word.
    """

    id: str
    category: str
    obligation: Obligation
    obligation_range: tuple[Obligation, ...] = ()
    obligation_basis: str
    official_id: str | None = None
    modes: dict[Mode, bool]
    roles: tuple[Role, ...] = ()
    title: Text
    text: Text = {}
    how_to_test: Text = {}
    remediation: Text = {}
    questions: dict[str, list[str]] = {}
    mapped_to: tuple[MappedTo, ...] = ()
    decided_by: str | None = None
    groups: tuple[str, ...] = ()
    columns: dict[str, str] = {}

    @property
    def machine(self) -> bool:
        """Can files evidence it, at least in part?"""
        return Mode.MACHINE in self.modes


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a catalogue was imported from, as it names itself; `sha256` of its bytes."""

    file: str
    sha256: str
    form: str
    title: str | None = None
    version: str | None = None
    mapped: dict[str, str] = {}
    crosswalks: tuple[str, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """A file of criteria. `provisional`: own ids and words, no official text. `source`: where it was imported from."""

    id: str
    version: str
    sha256: str
    provisional: bool
    title: Text
    notice: Text
    categories: dict[str, Category]
    criteria: dict[str, Criterion]
    source: Source | None = None


def load_catalogue(name: str = "catalogues/provisional.yaml") -> Catalogue:
    """A catalogue that comes with the program. Raises RuleError."""
    return _catalogue(read_rules(name, "catalogue"))


def parse_catalogue(name: str, content: bytes) -> Catalogue:
    """A catalogue from a file's bytes. Raises RuleError with file and line."""
    return _catalogue(parse_rules(name, content, "catalogue"))


def _catalogue(file: RuleFile) -> Catalogue:
    data = file.data
    for key, row in data["criteria"].items():
        if row["category"] not in data["categories"]:
            raise file.error(["criteria", key, "category"], f"unknown category {row['category']!r}")
    used = {row["category"] for row in data["criteria"].values()}
    for key in data["categories"]:
        if key not in used:
            raise file.error(["categories", key], f"no criterion stands in category {key!r}")
    return Catalogue(
        id=data["id"],
        version=data["version"],
        sha256=file.sha256,
        provisional=data["provisional"],
        title=data["title"],
        notice=data["notice"],
        categories={
            key: Category(id=key, name=row["name"], title=row["title"]) for key, row in data["categories"].items()
        },
        criteria={key: _criterion(key, row) for key, row in data["criteria"].items()},
        source=msgspec.convert(data["source"], Source) if "source" in data else None,
    )


def _criterion(key: str, row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        id=key,
        category=row["category"],
        obligation=Obligation(row["obligation"]),
        obligation_range=tuple(Obligation(word) for word in row.get("obligation_range", ())),
        obligation_basis=row["obligation_basis"],
        official_id=row.get("official_id"),
        # In the order of the closed set, so that parts stand the same way in every report.
        modes={mode: row["modes"][mode] == "required" for mode in Mode if mode in row["modes"]},
        roles=tuple(Role(word) for word in sorted(row.get("roles", ()))),
        title=row["title"],
        text=row.get("text", {}),
        how_to_test=row.get("how_to_test", {}),
        remediation=row.get("remediation", {}),
        questions=row.get("questions", {}),
        mapped_to=tuple(MappedTo(**item) for item in row.get("mapped_to", ())),
        decided_by=row.get("decided_by"),
        groups=tuple(row.get("groups", ())),
        columns=row.get("columns", {}),
    )
