"""How data leave the product: export paths per data class, what is bought apart, and what will end when."""

from collections.abc import Iterable
from typing import Any

import msgspec

from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts
from cpo_scan.report.view import rank

Row = dict[str, Any]

_NEUTRAL = ("open", "published")
_REGISTERED = rank("registered")


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """One way out: a format in which the data of these classes are exported. What nobody declares is empty.

    `strength` is the strongest one, `findings` how many have it; it is empty where the vendor claims the export and
    nothing was seen of it.
    """

    classes: tuple[str, ...]
    standard: str
    neutral: bool
    paths: tuple[str, ...]  # how: registration, library, symbol, converter, documentation
    editions: tuple[str, ...]
    needs: tuple[str, ...]  # `base`, `option:NAME`, `separate`
    lost: str
    run_by: str
    strength: str
    findings: int
    refuted: int = 0


class Classes(msgspec.Struct, frozen=True, kw_only=True):
    """Data classes that registrations name, with the formats of each; `closed` are those with no neutral export
    registered. Of `unregistered` ones of these a neutral export is seen, in code or documents."""

    all: dict[str, tuple[str, ...]]
    closed: tuple[str, ...]
    unregistered: tuple[str, ...]

    @property
    def unseen(self) -> tuple[str, ...]:
        """Classes with no neutral export seen at all."""
        return tuple(name for name in self.closed if name not in self.unregistered)


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends or has changed: `deprecated` (announced), `breaking` or `changed` (between two releases).

    `date` is empty where none is stated; `announced` is None where that does not apply.
    """

    what: str
    change: str
    where: str
    date: str
    replacement: str
    announced: bool | None


def exits(report: Report, capabilities: Iterable[Row], texts: Texts) -> list[Exit]:
    """Export paths by data class and standard: those seen, then those that are only claimed."""
    groups: dict[str, list[Row]] = {}
    for row in capabilities:
        if row["attributes"].get("direction") in ("export", "both"):
            groups.setdefault(str(row["attributes"]["standard"]), []).append(row)
    claimed = _claimed(report)
    made = [
        _exit(standard, groups.get(standard, []), claimed.get(standard, []), texts)
        for standard in {**groups, **claimed}
    ]
    return sorted(made, key=lambda one: (one.classes, not one.neutral, one.strength == "", one.standard))


def _claimed(report: Report) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in report.layers.get("claims", ()):
        if row.get("standard") and row.get("claim") in ("yes", "partly") and row.get("direction") in ("export", "both"):
            found.setdefault(str(row["standard"]), []).append(row)
    return found


def _exit(standard: str, rows: list[Row], claims: list[Row], texts: Texts) -> Exit:
    known = texts.standard(standard)
    attributes = [row["attributes"] for row in rows]
    strongest = max((row["strength"] for row in rows), key=rank, default="")
    return Exit(
        classes=known.classes,
        standard=standard,
        neutral=known.openness in _NEUTRAL,
        paths=_each(one.get("via") for one in attributes),
        editions=_each([*(one.get("version") for one in attributes), *(row.get("edition") for row in claims)]),
        needs=_each(one.get("availability") for one in attributes if one.get("availability") != "unknown"),
        lost="; ".join(_each(row.get("lost") for row in claims)),
        run_by="; ".join(_each(row.get("run_by") for row in claims)),
        strength=strongest,
        findings=sum(row["strength"] == strongest for row in rows),
        refuted=sum("refuted" in one for one in attributes),
    )


def _each(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values if value not in (None, "")}))


def data_classes(capabilities: Iterable[Row], texts: Texts) -> Classes:
    """Classes of which the vendor registers any format, as the measure K26 counts them: an export in an open or
    published format makes a class open; general carriers (XML, CSV) say nothing of a class."""
    formats: dict[str, set[str]] = {}
    neutral: set[str] = set()
    weaker: set[str] = set()
    for row in capabilities:
        attributes = row["attributes"]
        known = texts.standard(str(attributes["standard"]))
        goes_out = attributes.get("direction") in ("export", "both") and known.openness in _NEUTRAL
        if "carrier" in known.classes or not known.openness or "refuted" in attributes:
            continue
        if row["origin"] != "vendor" or rank(row["strength"]) < _REGISTERED:
            weaker.update(known.classes if goes_out else ())
            continue
        for name in known.classes:
            formats.setdefault(name, set()).add(str(attributes["standard"]))
            if goes_out:
                neutral.add(name)
    listed = {name: tuple(sorted(formats[name])) for name in sorted(formats)}
    closed = tuple(name for name in listed if name not in neutral)
    return Classes(all=listed, closed=closed, unregistered=tuple(name for name in closed if name in weaker))


def options(capabilities: Iterable[Row]) -> dict[str, list[Row]]:
    """What a licence option or a separate product is needed for: by `option:NAME` or `separate`."""
    found: dict[str, list[Row]] = {}
    for row in capabilities:
        needs = str(row["attributes"].get("availability") or "unknown")
        if needs not in ("base", "unknown"):
            found.setdefault(needs, []).append(row)
    return dict(sorted(found.items()))


def unlisted(interfaces: Iterable[Row]) -> int:
    """How many things descriptions mark as deprecated that they do not name: they list operations, and count more."""
    marked = ((row["attributes"].get("deprecated"), row["attributes"].get("deprecations_total")) for row in interfaces)
    return sum(max(0, every - (listed or 0)) for every, listed in marked if isinstance(every, int))


def horizon(interfaces: Iterable[Row], changes: Iterable[Row]) -> list[Ending]:
    """Deprecations with their dates, the next first, those without a date last; then changes, breaking ones first."""
    ending = []
    for row in interfaces:
        attributes = row["attributes"]
        for one in attributes.get("deprecations") or ():
            ending.append(
                Ending(
                    what=str(one.get("name") or ""), change="deprecated", where=str(attributes.get("title") or ""),
                    date=str(one.get("date") or ""), replacement=str(one.get("replacement") or ""), announced=None,
                )
            )  # fmt: skip
    ending.sort(key=lambda one: (one.date == "", one.date, one.where, one.what))
    done = []
    for row in changes:
        attributes = row["attributes"]
        announced = attributes.get("announced")
        done.append(
            Ending(
                what=" ".join(str(attributes[name]) for name in ("what", "element") if attributes.get(name)),
                change="breaking" if attributes.get("breaking") else "changed",
                where=str(attributes.get("title") or attributes.get("family") or ""), date="", replacement="",
                announced=announced if isinstance(announced, bool) else None,
            )
        )  # fmt: skip
    done.sort(key=lambda one: (one.change != "breaking", one.where, one.what))
    return ending + done
