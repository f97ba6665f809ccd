"""The CPO Statement: what a vendor claims on criteria, standards and interfaces, as frozen types read from a file."""

import re
from enum import StrEnum
from typing import Any

import msgspec

from cpo_scan.layers.source import Day, Place, check_catalogue, close_to, day_of, read_bytes, unknown_criterion
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleFile, parse_rules

_OPENACR = re.compile(rb"(?m)^[\"']?chapters[\"']?[ \t]*:")
"""What a statement of our own form never has at the left margin."""


class Word(StrEnum):
    """What a claim says."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim: on a criterion; or that a standard is read or written (`standard`, `direction`), or an interface
    offered (`family`, `title`), then with the criterion under which it stands, if any.

    Of an export path the vendor may declare the `edition` of the format, what is `lost` and who may run it (`run_by`).
    `release` is the version of the product that the statement speaks of.
    """

    claim: Word
    criterion: str | None = None
    standard: str | None = None
    direction: str | None = None
    edition: str | None = None
    lost: str | None = None
    run_by: str | None = None
    family: str | None = None
    title: str | None = None
    text: str | None = None
    evidence: tuple[str, ...] = ()
    person: str | None = None
    date: Day | None = None
    release: str | None = None


def read_statement(name: str, rulebook: Rulebook, as_of: Day) -> tuple[Claim, ...]:
    """The claims of a statement: YAML, also in the form of an OpenACR; or by its ending tables (`.csv`, `.xlsx`,
    `.docx`, `.pdf`).

    Raises RuleError: one line with file, line and what is expected.
    """
    from cpo_scan.layers.tables import ENDINGS, read_table

    if name.lower().endswith(ENDINGS):
        return read_table(name, rulebook)
    content = read_bytes(name)
    if _OPENACR.search(content):
        from cpo_scan.layers.openacr import read_openacr

        return read_openacr(name, content, rulebook, as_of)
    return parse_statement(name, content, rulebook, as_of)


def parse_statement(name: str, content: bytes, rulebook: Rulebook, as_of: Day) -> tuple[Claim, ...]:
    """The claims of a YAML statement from its bytes. Entries without a claim (`null`) claim nothing."""
    file = parse_rules(name, content, "statement")
    check_catalogue(file, rulebook.catalogue)
    return tuple(_Reader(file, rulebook, as_of).claims())


class _Reader:
    def __init__(self, file: RuleFile, rulebook: Rulebook, as_of: Day) -> None:
        self._file, self._rulebook, self._as_of = file, rulebook, as_of
        version = (file.data.get("product") or {}).get("version")
        self._release = None if version is None else str(version)

    def claims(self) -> list[Claim]:
        """All claims in the order of the file: criteria, then what stands by itself."""
        whole = self._file.data
        top = self._who([], whole, {})
        claims: list[Claim] = []
        for criterion, row in whole["claims"].items():
            place: Place = ["claims", criterion]
            if criterion not in self._rulebook.catalogue.criteria:
                raise self._file.error(place, unknown_criterion(criterion, self._rulebook.catalogue))
            own = self._who(place, row, top)
            if row["claim"] is not None:
                claims.append(
                    Claim(
                        claim=Word(row["claim"]),
                        criterion=criterion,
                        text=row.get("text"),
                        evidence=tuple(row.get("evidence", ())),
                        **own,
                    )
                )
            claims += self._things(place, row, {**own, "criterion": criterion})
        return claims + self._things([], whole, top)

    def _things(self, place: Place, row: dict[str, Any], own: dict[str, Any]) -> list[Claim]:
        claims = []
        for number, item in enumerate(row.get("standards", ())):
            if item["standard"] not in self._rulebook.standards:
                hint = close_to(item["standard"].lower(), self._rulebook.standards)
                here: Place = [*place, "standards", number, "standard"]
                raise self._file.error(here, f"unknown standard {item['standard']!r}{hint}")
            word = Word(item.get("claim", "yes"))
            claims.append(
                Claim(
                    claim=word,
                    standard=item["standard"],
                    direction=item.get("direction"),
                    edition=item.get("edition"),
                    lost=item.get("lost"),
                    run_by=item.get("run_by"),
                    text=item.get("text"),
                    **own,
                )
            )
        for item in row.get("interfaces", ()):
            word = Word(item.get("claim", "yes"))
            claims.append(
                Claim(claim=word, family=item["family"], title=item.get("title"), text=item.get("text"), **own)
            )
        return claims

    def _who(self, place: Place, row: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
        day = row.get("date")
        return {
            "person": row.get("person") or above.get("person"),
            "date": day_of(self._file, [*place, "date"], day, not_after=self._as_of) if day else above.get("date"),
            "release": self._release,
        }
