"""Views: what of a report is for whom. A view leaves out, before a face sees anything, and says what it left out.

`auditor` is the whole report. `vendor` leaves out the auditors' grades and those that the machine proposes to them.
`customer` is built from a list of what is named below and nothing else: no excerpts, no paths inside the product,
nothing of internal files.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, assert_never

from cpo_scan.report.candidates import candidate
from cpo_scan.report.read import Report

Row = dict[str, Any]


class View(StrEnum):
    """For whom a face is."""

    AUDITOR = "auditor"
    VENDOR = "vendor"
    CUSTOMER = "customer"


# attributes that a customer sees, by kind of finding; of a kind that is not here the customer sees none
_SHOWN = {
    "api.description": ("family", "version", "title", "api_version", "operations", "documented_operations", "valid",
                        "standard", "deprecations", "deprecations_total"),
    "exchange.file": ("standard", "version", "valid"),
    "exchange.schema": ("standard", "language", "version", "valid", "official"),
    "exchange.capability": ("standard", "direction", "via", "availability", "version"),
    "extension.point": ("mechanism", "name", "documented", "samples"),
    "sdk.surface": ("language", "symbols", "documented_symbols"),
    "sdk.part": ("part", "language"),
    "docs.set": ("format", "documents", "topics"),
    "standard.mention": ("standard", "version", "where"),
    "platform.option": ("class", "name"),
    "release.change": ("what", "breaking", "announced", "family", "title", "element"),
}  # fmt: skip
# attributes in the product's own words; the others are words of ours or numbers
_FREE = ("title", "name", "version", "api_version", "deprecations", "element", "topics")
_INTERNAL_ORIGINS = ("test", "generated")
_CLAIM = ("criterion", "claim", "standard", "direction", "family", "title", "text", "edition", "lost", "run_by",
          "person", "date", "release", "result", "not_seen", "findings_total")  # fmt: skip
_REQUIREMENT = ("id", "line", "source", "title", "text", "groups", "information", "result", "reasons")
_LINK = ("criterion", "measure", "at_least", "standard", "direction", "edition", "proposed", "words", "result",
         "findings_total", "not_seen")  # fmt: skip
_NOT_FOR_CUSTOMERS = ("responses", "waivers", "nonconformities")
_DETERMINATION = ("criterion", "verdict", "role", "person", "date", "expires", "state")
_MEASURE = ("id", "title", "numerator", "denominator", "value", "bounds", "minimum_strength", "sources",
            "counted_whole", "not_counted_whole", "apart", "missing")  # fmt: skip
_CRITERION = ("id", "official_id", "mapped_to", "category", "obligation", "obligation_basis", "outcome", "parts",
              "measures", "search_scope", "title", "questions")  # fmt: skip
_FILE_NAME = re.compile(r"\.[A-Za-z][A-Za-z0-9_]{0,15}$")
_WORD = re.compile(r"""[^\s"'<>()\[\]{},;|]+""")


def seen_by(report: Report, view: View) -> Report:
    """The report as a view shows it; for the auditor it is the report itself."""
    match view:
        case View.AUDITOR:
            return report
        case View.VENDOR:
            return _for_vendor(report)
        case View.CUSTOMER:
            return _Customer(report).shown()
        case _:
            assert_never(view)


def _for_vendor(report: Report) -> Report:
    judged = ("determinations", "nonconformities")
    graded = [row for name in judged for row in report.layers.get(name, ()) if row.get("grade")]
    layers = report.layers | {
        name: [
            {member: value for member, value in row.items() if member != "grade"} for row in report.layers.get(name, ())
        ]
        for name in judged
    }
    proposed = sum(bool(candidate(row, report.assessment)) for row in report.assessment["criteria"])
    shown = report.showing(list(report.findings()), assessment=_ungraded(report.assessment), layers=layers)
    shown.view = View.VENDOR
    shown.left_out = [
        {"code": "report.left_out.grades", "params": {"count": len(graded)}},
        {"code": "report.left_out.candidates", "params": {"count": proposed}},
    ]
    return shown


def _ungraded(assessment: Row) -> Row:
    """An assessment without the profile's table of grades."""
    rules = [{name: value for name, value in rule.items() if name != "grades"} for rule in assessment["rules"]]
    return assessment | {"rules": rules}


class _Customer:
    """Builds the customer's view. Whatever comes from the product passes `_says`, which knows its paths."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.parts = [str(one["id"]) for one in report.product.get("deliverables") or ()]
        self.paths = self._known_paths()
        self.hidden = 0
        self.reasons_hidden = 0

    def shown(self) -> Report:
        report = self.report
        findings = [self._finding(row) for row in report.findings() if self._is_for_customers(row)]
        kept = {row["id"] for row in findings}
        assessment = {
            "rules": _ungraded(report.assessment)["rules"],
            "measures": [self._measure(row) for row in report.assessment["measures"]],
            "criteria": [self._criterion(row, kept) for row in report.assessment["criteria"]],
            "summary": report.assessment.get("summary", {}),
        }
        shown = report.showing(
            findings,
            assessment=assessment,
            layers=self._layers(),
            product=self._product(),
            coverage=self._coverage(),
            probes=[self._probe(row) for row in report.probes],
            artifacts=[],
            options={},
            tool={"version": report.tool["version"], "libraries": {}},
            gate={"met": None, "failing": [], "line": None},
            run={name: report.run.get(name) for name in ("started", "finished", "user", "as_of")},
        )
        shown.view = View.CUSTOMER
        shown.left_out = [
            {"code": f"report.left_out.{name}", "params": {"count": count}}
            for name, count in (
                ("paths", len(report.artifacts)),
                ("internal", self.hidden),
                ("reasons", self.reasons_hidden),
                ("people", sum(len(report.layers.get(name, ())) for name in _NOT_FOR_CUSTOMERS)),
            )
        ]
        return shown

    # -- findings

    def _is_for_customers(self, row: Row) -> bool:
        internal = row["offered"] == "internal" or row["origin"] in _INTERNAL_ORIGINS
        self.hidden += internal
        return not internal

    def _finding(self, row: Row) -> Row:
        attributes = {}
        for name in _SHOWN.get(row["kind"], ()):
            value = row["attributes"].get(name)
            if value is not None and (name not in _FREE or self._says(value)):
                attributes[name] = value
        if row["kind"] == "exchange.capability" and "refuted" in row["attributes"]:
            attributes["refuted"] = {}  # that it is, and not by which missing file
        return {
            "id": row["id"],
            "subject": row["kind"],  # a subject may name a path
            "probe": row["probe"],
            "kind": row["kind"],
            "strength": row["strength"],
            "origin": row["origin"],
            "offered": row["offered"],
            "attributes": attributes,
            "evidence": [{"artifact": self._part_of(row["evidence"][0]["artifact"]), "locator": {}, "excerpt": ""}],
            "evidence_total": 1,
        }

    def _part_of(self, path: str) -> str:
        """The deliverable in which a path lies: all that is said of a place."""
        first = path.partition("/")[0]
        if first in self.parts:
            return first
        return self.parts[0] if len(self.parts) == 1 else ""

    # -- judgement

    def _measure(self, row: Row) -> Row:
        return {
            **{name: row[name] for name in _MEASURE if name in row},
            "counted": [],
            "not_counted": [],
            "gaps": self._reasons(row.get("gaps") or ()),
        }

    def _criterion(self, row: Row, kept: set[str]) -> Row:
        findings = [name for name in row["findings"] if name in kept]
        return {
            **{name: row[name] for name in _CRITERION if name in row},
            "rationale": self._reasons(row["rationale"]),
            "findings": findings,
            "remediation": "",  # what the vendor should do is between auditor and vendor
        }

    def _reasons(self, rows: Iterable[Row]) -> list[Row]:
        kept = []
        for row in rows:
            if self._says(row.get("params") or {}):
                kept.append(row)
            else:
                self.reasons_hidden += 1
        return kept

    # -- the rest

    def _layers(self) -> dict[str, list[Row]]:
        layers = self.report.layers
        claims = [self._claim(row) for row in layers.get("claims", ())]
        determined = [
            _only(row, _DETERMINATION)
            for row in layers.get("determinations", ())
            if row.get("state") == "in_force" and row.get("verdict")
        ]
        required = [self._requirement(row) for row in layers.get("requirements", ())]
        shown = {"claims": claims, "determinations": determined, "requirements": required}
        return shown | {name: [] for name in _NOT_FOR_CUSTOMERS}

    def _claim(self, row: Row) -> Row:
        said = _only(row, _CLAIM) | {"reasons": self._reasons(row.get("reasons") or ()), "findings": []}
        for name in ("title", "text", "edition", "lost", "run_by"):
            if not self._says(said.get(name)):
                said[name] = None
                self.reasons_hidden += 1
        return said

    def _requirement(self, row: Row) -> Row:
        """The list is the customer's own; what answers it names no place."""
        links = [
            {**_only(link, _LINK), "reasons": self._reasons(link.get("reasons") or ()), "findings": []}
            for link in row["links"]
        ]
        return {**_only(row, _REQUIREMENT), "links": links}

    def _product(self) -> Row:
        product = self.report.product
        return {
            **{name: product.get(name) for name in ("name", "version", "vendor", "edition")},
            "identity": [],
            "deliverables": [
                {"id": one["id"], "role": one["role"], "supplied": one["supplied"], "tree": None}
                for one in product.get("deliverables") or ()
            ],
            "exclusions": [],
        }

    def _coverage(self) -> Row:
        coverage = self.report.coverage
        sizes = {
            name: coverage[name] for name in ("files", "members", "bytes", "recognised", "formats") if name in coverage
        }
        lists = {
            name: [
                {
                    "artifact": self._part_of(row["artifact"]),
                    "reason": {"code": "report.coverage.no_place", "params": {}},
                    "severity": row["severity"],
                    "probe": row.get("probe"),
                    "affects": row.get("affects") or [],
                }
                for row in coverage[name]
            ]
            for name in ("unreadable", "skipped", "limits_hit")
        }
        return sizes | lists

    def _probe(self, row: Row) -> Row:
        return {**row, "problems": self._reasons(row.get("problems") or ())}

    # -- what may be said

    def _known_paths(self) -> set[str]:
        """Paths of the product as the report names them, also without their deliverable or container, and the names
        of its files."""
        known: set[str] = set()
        for path in self._all_paths():
            for piece in (path, path.partition("/")[2], path.rpartition("!/")[2]):
                known.update({piece, piece.rpartition("/")[2]})
        return {name for name in known if _is_place(name)}

    def _all_paths(self) -> Iterator[str]:
        yield from (str(row["path"]) for row in self.report.artifacts)
        for name in ("unreadable", "skipped", "limits_hit"):
            yield from (str(row["artifact"]) for row in self.report.coverage[name])
        for row in self.report.findings():
            yield from (str(piece["artifact"]) for piece in row["evidence"])
            yield str(row["attributes"].get("root") or "")

    def _says(self, value: Any) -> bool:
        """Is a value free of the product's paths and file names?"""
        match value:
            case str():
                return "!/" not in value and not any(word.strip(".:!") in self.paths for word in _WORD.findall(value))
            case dict():
                return all(self._says(key) and self._says(item) for key, item in value.items())
            case list() | tuple():
                return all(self._says(item) for item in value)
            case _:
                return True


def _is_place(name: str) -> bool:
    """Does a name say that it is one of a file? A version and a plain word do not, whatever folder is called so."""
    return "/" in name or _FILE_NAME.search(name) is not None


def _only(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names if name in row}
