"""Requirements: a customer's list, each entry linked to criteria, measures or standards and answered by the evidence.

Only links that the list states count. One that is proposed from the words of an entry is answered too, so that somebody
can decide on it, and changes nothing.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from cpo_scan.layers.holding import CITED, Holding, Result, hold_criterion
from cpo_scan.layers.offers import FAMILIES, Offers
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.model import Reason
from cpo_scan.model.assessment import MeasureResult


class Answer(StrEnum):
    """What the evidence says to a requirement. `information`: the list marks the entry as one that asks for nothing."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    OPEN = "open"
    INFORMATION = "information"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The list's file by its name, with the SHA-256 of its bytes."""

    file: str
    sha256: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a requirement rests on: a criterion, a measure (`at_least` this much) or a standard, exactly one of them.

    `proposed`: nobody stated it, it was found in the words of the entry (`words`).
    """

    criterion: str | None = None
    measure: str | None = None
    at_least: float | None = None
    standard: str | None = None
    direction: str | None = None
    edition: str | None = None
    proposed: bool = False
    words: str | None = None


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list, that begins in `line`; `groups` are the titles of those around it, outermost first."""

    id: str
    line: int
    source: Source
    title: str | None = None
    text: str | None = None
    groups: tuple[str, ...] = ()
    information: bool = False
    links: tuple[Link, ...] = ()


# Where the sentence on a claim speaks of claiming, a requirement has its own.
_ASKED = {
    "claim.not_seen": "requirement.not_seen",
    "claim.not_seen_incomplete": "requirement.not_seen_incomplete",
    "claim.not_examined": "requirement.not_examined",
    "claim.not_counted": "requirement.not_counted",
    "claim.outside": "requirement.outside",
    "claim.standard_one_direction": "requirement.one_direction",
}


def answer_requirements(
    requirements: Iterable[Requirement], scene: Scene, verdicts: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    """The rows of the report, in the order of the list. `verdicts` are the determinations in force by criterion: they
    are named beside the answer and do not change it."""
    hold = _Holder(scene)
    for one in requirements:
        links = [(link, hold(link)) for link in one.links]
        answer, reasons = _answer(one, [holding for link, holding in links if not link.proposed])
        for name in dict.fromkeys(link.criterion for link, _ in links if not link.proposed):
            if name is not None and name in verdicts:
                reasons.append(Reason("requirement.determined", {"criterion": name, "verdict": verdicts[name]}))
        yield {
            **msgspec.to_builtins(one),
            "links": [{**msgspec.to_builtins(link), **msgspec.to_builtins(holding)} for link, holding in links],
            "result": str(answer),
            "reasons": msgspec.to_builtins(reasons),
            "scan_digest": scene.scan_digest,
            "assessment_digest": scene.assessment_digest,
        }


def _answer(one: Requirement, stated: list[Holding]) -> tuple[Answer, list[Reason]]:
    """Supported where every stated link is; contradicted where one is; open in all other cases."""
    if one.information:
        return Answer.INFORMATION, [Reason("requirement.information")]
    if not stated:
        return Answer.OPEN, [Reason("requirement.proposed_only" if one.links else "requirement.no_link")]
    results = {holding.result for holding in stated}
    if Result.CONTRADICTED in results:
        return Answer.CONTRADICTED, []
    return (Answer.SUPPORTED if results == {Result.SUPPORTED} else Answer.OPEN), []


class _Holder:
    """Holds links against one scene, each different one once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._offers: Offers | None = None
        self._held: dict[Link, Holding] = {}
        self._measures = {row.id: row for row in scene.assessment.measures}

    def __call__(self, link: Link) -> Holding:
        bare = msgspec.structs.replace(link, proposed=False, words=None)
        if bare not in self._held:
            self._held[bare] = _reworded(self._hold(bare))
        return self._held[bare]

    def _hold(self, link: Link) -> Holding:
        if link.standard is not None:
            if self._offers is None:
                self._offers = Offers(self._scene)
            claim = (
                Claim(claim=Word.YES, family=link.standard)
                if link.standard in FAMILIES
                else Claim(claim=Word.YES, standard=link.standard, direction=link.direction)
            )
            holding = self._offers.hold(claim)
            return holding if link.edition is None else self._of_edition(link.edition, claim, holding, self._offers)
        if link.measure is not None:
            measure = self._measures.get(link.measure)
            if measure is None:  # taken over from a report by other rules
                reason = Reason("requirement.no_measure", {"measure": link.measure})
                return Holding(result=Result.OPEN, reasons=(reason,))
            return _hold_measure(measure, link.at_least)
        row = self._scene.criteria.get(str(link.criterion))
        if row is None:
            reason = Reason("layer.no_criterion", {"catalogue": self._scene.catalogue.id})
            return Holding(result=Result.OPEN, reasons=(reason,))
        return hold_criterion(Claim(claim=Word.YES, criterion=row.id), row)

    def _of_edition(self, edition: str, claim: Claim, holding: Holding, offers: Offers) -> Holding:
        """What shows a standard shows an edition of it only where it names the edition."""
        if holding.result is not Result.SUPPORTED:
            return holding
        directions = ("import", "export") if claim.direction == "both" else (claim.direction,)
        named = [offers.editions(msgspec.structs.replace(claim, direction=one)) for one in directions]
        if all(any(_is_edition(edition, one) for one in seen) for seen in named):
            return holding
        seen = sorted(set[str]().union(*named))
        reason = (
            Reason("requirement.edition_not_seen", {"edition": edition, "seen": seen})
            if seen
            else Reason("requirement.edition_not_named", {"edition": edition})
        )
        return msgspec.structs.replace(holding, result=Result.OPEN, reasons=(*holding.reasons, reason))


def _hold_measure(measure: MeasureResult, at_least: float | None) -> Holding:
    """A measure supports what it reaches for certain. That it does not reach it is no counter-evidence: open."""
    plain = measure.denominator is None
    value = measure.numerator if plain else measure.value
    low, high = measure.bounds
    entries = [row.finding for row in measure.counted] + [row.finding for row in measure.not_counted]
    findings = tuple(dict.fromkeys(entries))
    left_out = measure.counted_whole.total + measure.not_counted_whole.total - len(entries)
    params = {"measure": measure.id, "numerator": measure.numerator, "denominator": measure.denominator, "value": value}
    if value is None:
        reasons = [Reason("requirement.no_value", {"measure": measure.id})]
    else:
        reasons = [Reason("requirement.number" if plain else "requirement.ratio", params)]
    result = Result.OPEN
    if at_least is None:
        reasons.append(Reason("requirement.no_threshold"))
    elif value is not None and low is not None and low >= at_least:
        result = Result.SUPPORTED
    elif value is not None:
        sort = "number" if plain else "ratio"
        undecided = high is None or high >= at_least
        code = f"requirement.undecided_{sort}" if undecided else f"requirement.below_{sort}"
        reasons.append(Reason(code, {"at_least": at_least, **({"low": low, "high": high} if undecided else {})}))
    return Holding(
        result=result,
        reasons=(*reasons, *measure.gaps),
        findings=findings[:CITED],
        findings_total=len(findings) + left_out,
    )


def _reworded(holding: Holding) -> Holding:
    reasons = tuple(Reason(_ASKED.get(reason.code, reason.code), reason.params) for reason in holding.reasons)
    return msgspec.structs.replace(holding, reasons=reasons)


def _is_edition(wanted: str, named: str) -> bool:
    """Does a version name an edition: `AP242 ed2` names `AP242`, `IFC4X3` does not name `IFC4`?"""
    words, wanted_words = _words(named), _words(wanted)
    return bool(wanted_words) and words[: len(wanted_words)] == wanted_words


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()
