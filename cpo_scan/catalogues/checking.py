"""Checks a catalogue against a profile: ids that lead nowhere, criteria that nothing reaches, levels that disagree,
texts that are missing."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from cpo_scan.catalogues.reach import Reach, coverage
from cpo_scan.model import Mode, Reason
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.catalogue import Catalogue, Criterion

_SHOWN = 20


class Remark(msgspec.Struct, frozen=True):
    """Something about a catalogue. `fault`: it can't be meant so."""

    fault: bool
    reason: Reason


def check_catalogue(book: Rulebook, decider: Catalogue | None, kinds: Iterable[str]) -> tuple[Remark, ...]:
    """All that is to be said of a catalogue under a profile, faults first. `decider` is the catalogue that the profile
    is for, where it is at hand; `kinds` are those that installed probes state."""
    remarks = [*_ids(book, decider), *_levels(book.catalogue), *_reached(book, kinds), *_texts(book.catalogue)]
    return tuple(sorted(remarks, key=lambda one: not one.fault))


def _ids(book: Rulebook, decider: Catalogue | None) -> Iterator[Remark]:
    profile, catalogue = book.profile, book.catalogue
    for row in catalogue.criteria.values():
        if row.machine and row.decided_by is not None and row.decided_by not in profile.criteria:
            params = {"criterion": row.id, "decider": row.decided_by, "profile": profile.id}
            yield Remark(True, Reason("check.decided_by", params))
        equal = sorted({to.id for to in row.mapped_to if (to.scheme, to.relation) == (profile.catalogue, "equal")})
        if decider is not None:
            for to in row.mapped_to:
                if to.scheme != profile.catalogue:
                    continue
                if to.id not in decider.criteria:
                    yield Remark(
                        True, Reason("check.crosswalk", {"criterion": row.id, "id": to.id, "scheme": to.scheme})
                    )
                elif to.version != decider.version:
                    params = {"criterion": row.id, "scheme": to.scheme, "old": to.version, "new": decider.version}
                    yield Remark(False, Reason("check.crosswalk_version", params))
        if row.machine and row.decided_by is None and len(equal) > 1:
            yield Remark(False, Reason("check.ambiguous", {"criterion": row.id, "ids": equal}))
    if profile.catalogue == catalogue.id:
        for identity in profile.criteria:
            if identity not in catalogue.criteria:
                params = {"criterion": identity, "profile": profile.id, "catalogue": catalogue.id}
                yield Remark(True, Reason("check.profile_id", params))
            elif not catalogue.criteria[identity].machine:
                yield Remark(True, Reason("check.no_machine_part", {"criterion": identity, "profile": profile.id}))
    used = {profile.decider_of(row, catalogue.id) for row in catalogue.criteria.values() if row.machine}
    idle = [identity for identity in profile.criteria if identity not in used]
    if idle and profile.catalogue != catalogue.id:
        yield Remark(False, Reason("check.idle", {"amount": len(idle), "profile": profile.id, "criteria": _some(idle)}))


def _levels(catalogue: Catalogue) -> Iterator[Remark]:
    """Levels that overlap: one requirement with two levels, and levels outside of the range that is thinkable."""
    for row in catalogue.criteria.values():
        if row.obligation_range and row.obligation not in row.obligation_range:
            params = {
                "criterion": row.id,
                "level": str(row.obligation),
                "range": [str(one) for one in row.obligation_range],
            }
            yield Remark(True, Reason("check.range", params))
    for code, key in (("check.same_official_id", _official), ("check.same_text", _same_text)):
        found: dict[object, list[Criterion]] = {}
        for row in catalogue.criteria.values():
            if (same := key(row)) is not None:
                found.setdefault(same, []).append(row)
        for rows in found.values():
            if len(rows) > 1:
                levels = sorted({str(row.obligation) for row in rows})
                params = {"criteria": _some([row.id for row in rows]), "levels": levels}
                yield Remark(len(levels) > 1, Reason(f"{code}_levels" if len(levels) > 1 else code, params))


def _official(row: Criterion) -> object:
    return row.official_id


def _same_text(row: Criterion) -> object:
    said = {lang: " ".join(text.casefold().split()) for lang, text in (row.text or row.title).items()}
    return (row.category, *sorted(said.items())) if said else None


def _reached(book: Rulebook, kinds: Iterable[str]) -> Iterator[Remark]:
    found: dict[Reach, list[str]] = {}
    for covered in coverage(book, kinds):
        found.setdefault(covered.reach, []).append(covered.criterion.id)
    for reach in (Reach.UNBOUND, Reach.NOT_YET):
        if names := found.get(reach):
            yield Remark(False, Reason(f"check.{reach}", {"amount": len(names), "criteria": _some(names)}))
    for row in book.catalogue.criteria.values():
        if row.machine and not row.roles and book.binding_of(row) is not None:
            yield Remark(False, Reason("check.no_roles", {"criterion": row.id}))


def _texts(catalogue: Catalogue) -> Iterator[Remark]:
    """Texts that are missing: in a language that the catalogue has elsewhere, or at all."""
    missing: dict[tuple[str, str], list[str]] = {}
    fields: dict[str, dict[str, Mapping[str, object]]] = {
        name: {row.id: getattr(row, name) for row in catalogue.criteria.values()}
        for name in ("title", "text", "how_to_test", "remediation", "questions")
    }
    languages = {lang for texts in fields.values() for said in texts.values() for lang in said}
    for name, texts in fields.items():
        for identity, stated in texts.items():
            said = stated if any(stated.values()) else {}
            asked = name != "questions" or _asks_people(catalogue.criteria[identity])
            for lang in languages if said else ():
                if not said.get(lang):
                    missing.setdefault((name, lang), []).append(identity)
            if not said and asked:
                missing.setdefault((name, ""), []).append(identity)
    for (name, lang), identities in sorted(missing.items()):
        params = {"field": name, "lang": lang, "amount": len(identities), "criteria": _some(identities)}
        yield Remark(False, Reason("check.no_language" if lang else "check.no_field", params))
    for lang in sorted(languages):
        lacking = [row.id for row in catalogue.categories.values() if not row.title.get(lang)]
        if lacking:
            params = {"field": "categories", "lang": lang, "amount": len(lacking), "criteria": _some(lacking)}
            yield Remark(False, Reason("check.no_language", params))


def _asks_people(row: Criterion) -> bool:
    return bool({Mode.DECLARATION, Mode.INTERVIEW} & set(row.modes))


def _some(names: list[str]) -> list[str]:
    return names if len(names) <= _SHOWN else [*names[:_SHOWN], f"… (+{len(names) - _SHOWN})"]
