"""Claims from a statement in the form of an OpenACR 0.1.0 (GSA): criteria by `num`, levels of their components."""

from typing import Any

from cpo_scan.layers.source import Day, Place, day_of, unknown_criterion
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleFile, parse_rules

_TEXT = 10_000  # characters of the notes of one criterion


def read_openacr(name: str, content: bytes, rulebook: Rulebook, as_of: Day) -> tuple[Claim, ...]:
    """The claims of the document; a criterion of which no component is evaluated claims nothing. Raises RuleError."""
    file = parse_rules(name, content, "openacr-statement")
    whole = file.data
    author = " ".join(((whole.get("author") or {}).get("name") or "").split()) or None
    said = (whole.get("report_date") or "")[:10]
    day = day_of(file, ["report_date"], said, not_after=as_of) if said else None
    version = (whole.get("product") or {}).get("version")
    claims: dict[str, Claim] = {}
    for chapter, rows in whole["chapters"].items():
        for number, row in enumerate((rows or {}).get("criteria") or ()):
            place: Place = ["chapters", chapter, "criteria", number, "num"]
            criterion = _known(file, place, row["num"], rulebook)
            if criterion in claims:
                raise file.error(place, f"{criterion} stands here twice")
            if (word := claimed({_level(one) for one in row["components"]})) is not None:
                notes = [" ".join((one["adherence"].get("notes") or "").split()) for one in row["components"]]
                claims[criterion] = Claim(
                    claim=word,
                    criterion=criterion,
                    text=" ".join(dict.fromkeys(note for note in notes if note))[:_TEXT] or None,
                    person=author,
                    date=day,
                    release=None if version is None else str(version),
                )
    return tuple(claims.values())


def claimed(levels: set[str]) -> Word | None:
    """What the levels of all components of a criterion claim together. Where one is not evaluated, `supports` of the
    others claims it in part."""
    said = levels - {"not-evaluated"}
    if not said:
        return None
    if said == {"not-applicable"}:
        return Word.NOT_APPLICABLE if "not-evaluated" not in levels else None
    held = said - {"not-applicable"}
    if held == {"supports"}:
        return Word.PARTLY if "not-evaluated" in levels else Word.YES
    return Word.NO if held == {"does-not-support"} and "not-evaluated" not in levels else Word.PARTLY


def _known(file: RuleFile, place: Place, name: str, rulebook: Rulebook) -> str:
    if name not in rulebook.catalogue.criteria:
        raise file.error(place, unknown_criterion(name, rulebook.catalogue))
    return name


def _level(component: dict[str, Any]) -> str:
    return component["adherence"].get("level") or "not-evaluated"
