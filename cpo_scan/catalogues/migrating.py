"""Carries determinations and waivers from one edition of a catalogue to the next, and lists what can't be carried.

A person judged a text: where the text of a criterion has changed, what was said of the old one says nothing of the new.
"""

from typing import Any

import msgspec

from cpo_scan.layers.source import Place, criterion_digest, unknown_criterion
from cpo_scan.model import Obligation, Reason
from cpo_scan.rulebook.catalogue import Catalogue, Criterion
from cpo_scan.rulebook.load import RuleFile

_ORDER = (Obligation.OPTIONAL, Obligation.DESIRED, Obligation.MANDATORY)


class Migrated(msgspec.Struct, frozen=True):
    """A layer for the new edition, and what became of each row: `carried`, then `left`."""

    data: dict[str, Any]
    carried: tuple[Reason, ...]
    left: tuple[Reason, ...]


def migrate(file: RuleFile, layer: str, old: Catalogue, new: Catalogue) -> Migrated:
    """Carry the rows of a layer (`determinations` or `waivers`). Raises RuleError where a row does not belong to `old`.

    A row follows its criterion's id; else the criterion of the new edition to which a crosswalk says that the old one
    is equal. It is carried where title and text are the same in all languages, and the row judged the text of `old`;
    a waiver not to a stricter level than the one that it was given for.
    """
    meant = file.data.get("catalogue")
    if meant is not None and meant != old.id:
        raise file.error(["catalogue"], f"written for the catalogue {meant!r}, and OLD is {old.id!r}")
    successors = _successors(old, new)
    rows, carried, left = [], [], []
    for number, row in enumerate(file.data[layer]):
        place: Place = [layer, number, "criterion"]
        before = old.criteria.get(row["criterion"])
        if before is None:
            raise file.error(place, unknown_criterion(row["criterion"], old))
        found = successors.get(before.id, ())
        why = _hindrance(row, layer, before, found, new)
        params = {"criterion": before.id, "line": number + 1}
        if why is not None:
            left.append(msgspec.structs.replace(why, params=params | why.params))
            continue
        after = found[0]
        made = row | {"criterion": after.id}
        if "criterion_digest" in row:
            made["criterion_digest"] = criterion_digest(after)
        rows.append(made)
        code = "migrate.carried" if after.id == before.id else "migrate.carried_to"
        carried.append(Reason(code, params | {"to": after.id}))
        if after.obligation is not before.obligation:
            levels = {"old": str(before.obligation), "new": str(after.obligation)}
            carried.append(Reason("migrate.other_level", params | levels))
    data = file.data | {layer: rows}
    if meant is not None:
        data["catalogue"] = new.id
    return Migrated(data, tuple(carried), tuple(left))


def _successors(old: Catalogue, new: Catalogue) -> dict[str, tuple[Criterion, ...]]:
    """The criteria of the new edition that a criterion of the old one leads to: its own id before any crosswalk."""
    found: dict[str, tuple[Criterion, ...]] = {}
    for row in new.criteria.values():
        for to in row.mapped_to:
            if (to.scheme, to.version, to.relation) == (old.id, old.version, "equal"):
                found[to.id] = (*found.get(to.id, ()), row)
    return found | {row.id: (row,) for row in new.criteria.values() if row.id in old.criteria}


def _hindrance(
    row: dict[str, Any], layer: str, before: Criterion, found: tuple[Criterion, ...], new: Catalogue
) -> Reason | None:
    if not found:
        return Reason("migrate.no_successor", {"catalogue": new.id, "version": new.version})
    if len(found) > 1:
        return Reason("migrate.many_successors", {"ids": [one.id for one in found]})
    if row.get("criterion_digest") not in (None, criterion_digest(before)):
        return Reason("migrate.judged_other_text")
    after = found[0]
    changed = sorted(
        lang
        for lang in {*before.title, *before.text, *after.title, *after.text}
        if (before.title.get(lang), before.text.get(lang)) != (after.title.get(lang), after.text.get(lang))
    )
    if changed:
        return Reason("migrate.text_changed", {"to": after.id, "languages": changed})
    if layer == "waivers" and _ORDER.index(after.obligation) > _ORDER.index(before.obligation):
        return Reason("migrate.stricter", {"old": str(before.obligation), "new": str(after.obligation)})
    return None
