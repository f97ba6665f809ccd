"""IGES files: sections, counts and pointers, and what the global section says of version, origin and units."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, formats

if TYPE_CHECKING:
    from cpo_probes.exchange.iges.sections import Report

_LONGEST = 200
_MOST_TYPES = 100
# Places of the parameters of the global section, from 0 (IGES 5.3, 2.2.4.3).
_PRODUCT, _SYSTEM, _WRITER, _UNIT, _UNIT_NAME, _VERSION, _PROTOCOL = 2, 4, 5, 13, 14, 22, 25
_OLDEST, _NEWEST, _DEFAULT = 1, 11, 3  # of the version flag; 2.2.4.3.23: below 1 it means 3, above 11 it means 11


class IgesProbe(Probe):
    """IGES files: version, system of origin, units; sections, counts and pointers"""

    id = "exchange.iges"
    version = 1
    examines = formats("iges")
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "sections, sequence numbers, counts and pointers are checked; the parameters of the entities are not",
        "the compressed and the binary form are recognised and not read",
    )
    references: ClassVar[tuple[str, ...]] = ("IGES 5.3 (ANS US PRO/IPO-100-1996), clause 2.2",)
    remediation = "export the file again; each error is given with its record, column and clause"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        from cpo_probes.exchange.iges.sections import check

        yield from conflict(artifact)
        data = context.content(artifact).whole()
        report = check(data, context.checkpoint)
        table = context.data("iges")
        problems = [problem.row() for problem in report.errors]
        if report.form != "ascii":
            problems = [{"code": "iges.form", "params": {"form": report.form}}]
        values = dict(enumerate(report.values))
        attributes: dict[str, Any] = {
            "standard": "iges",
            "version": _version(values.get(_VERSION), table["versions"]) if report.values else artifact.version,
            "form": report.form,
            "originating_system": values.get(_SYSTEM, "")[:_LONGEST] or None,
            "preprocessor": values.get(_WRITER, "")[:_LONGEST] or None,
            "product": values.get(_PRODUCT, "")[:_LONGEST] or None,
            "units": _units(values, table["units"]),
            "application_protocol": values.get(_PROTOCOL, "")[:_LONGEST] or None,
            "entities": report.records.get("D", 0) // 2 if report.records else None,
            "entity_types": {str(kind): count for kind, count in list(report.types.items())[:_MOST_TYPES]} or None,
            "records": {letter: count for letter, count in report.records.items() if letter != "T"} or None,
            "valid": None if report.form != "ascii" else not report.errors,
            "checked": ["sections", "sequence numbers", "counts", "pointers"] if report.form == "ascii" else None,
            "problems": problems,
        }
        by_name = artifact.recognition is not None and artifact.recognition.by_name
        strength = Strength.NAMED if by_name else Strength.RECOGNISED
        yield Finding("exchange.file", attributes, strength, evidence=tuple(_evidence(artifact, data, report)))


def _version(flag: str | None, versions: dict[str, str]) -> str | None:
    """The version that the flag stands for; the specification says what a flag out of its range means."""
    if flag is None or not flag.lstrip("+-").isdigit() or len(flag) > 9:
        return versions[str(_DEFAULT)] if not flag else None
    number = int(flag)
    number = _DEFAULT if number < _OLDEST else min(number, _NEWEST)
    return versions[str(number)]


def _units(values: dict[int, str], units: dict[str, str]) -> str | None:
    """The unit of the model: by its number, or by its name where the number is 3; without both it is the inch."""
    name = values.get(_UNIT_NAME, "").strip().lower()[:20]
    flag = values.get(_UNIT, "")
    if flag == "3":
        return name or None
    return units.get(flag or "1") if values else None


def _evidence(artifact: Artifact, data: Any, report: "Report") -> Iterator[Evidence]:
    head = bytes(data[:80]).decode("ascii", "replace")
    yield artifact.at(head if head.isprintable() else artifact.name, bytes=(0, min(80, len(data))), line=1)
    for problem in report.errors[:3]:
        around = bytes(data[problem.byte : problem.byte + 40]).decode("ascii", "replace")
        yield artifact.at(around, bytes=(problem.byte, 1), line=problem.line, column=problem.column)
