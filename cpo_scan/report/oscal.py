"""OSCAL assessment results (JSON): findings of the scan as observations, what could be decided as OSCAL findings.

The tool's findings are on the objective of a criterion, its machine part; a person's determination is on its statement.
Claims and responses are attestations, waivers are risks. Catalogue and plan lie in the back matter. The mapping of
outcomes is in `cpo_scan.report.states`. https://pages.nist.gov/OSCAL/
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from cpo_scan.model import Outcome
from cpo_scan.report import phrases, view
from cpo_scan.report.exported import (
    Ids,
    Row,
    cited,
    cited_findings,
    deliverable,
    finished,
    notice,
    product_name,
    started,
)
from cpo_scan.report.jsonstream import given, write_json
from cpo_scan.report.oscal_people import People
from cpo_scan.report.oscal_plan import ControlIds, assets, catalogue, component, metadata, plan, reference, resource
from cpo_scan.report.oscal_words import line, prop, props, prose
from cpo_scan.report.read import Report
from cpo_scan.report.states import OSCAL
from cpo_scan.report.texts import Texts

LOST_LISTED = 100
"""Places that were not examined, named in the document; their number is whole."""
_REVIEWED = (Outcome.EVIDENCED, Outcome.CONTRADICTED, Outcome.INCONCLUSIVE, Outcome.NO_EVIDENCE)


def write_oscal(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The document in UTF-8. Observations are written while the findings are read."""
    write_json({"assessment-results": _Results(report, texts, lang).document()}, stream)


class _Results:
    def __init__(self, report: Report, texts: Texts, lang: str) -> None:
        self.report, self.texts, self.lang = report, texts, lang
        self.ids = Ids(report)
        self.controls = ControlIds(report)
        self.cited = cited(report)
        self.product = self.ids.scanned("product")
        self.tool_origin = [{"actors": [{"type": "tool", "actor-uuid": self.ids.scanned("tool")}]}]
        self.collected = finished(report)
        self.digest_of = {row["path"]: row["sha256"] for row in report.artifacts}
        self.parts = {
            str(one["id"]): self.ids.scanned("deliverable", str(one["id"]))
            for one in report.product.get("deliverables") or ()
        }
        self.people = People(report, texts, lang, self.ids, self.controls)

    def say(self, code: str, **params: Any) -> str:
        return self.texts.label(code, self.lang, **params)

    def document(self) -> Row:
        title = self.say("export.results", product=product_name(self.report, self.texts, self.lang))
        carried = self.ids.judged("resource", "plan")
        return {
            "uuid": self.ids.judged("results"),
            "metadata": metadata(
                self.report,
                title,
                props=self._digests(),
                roles=self.people.roles(),
                parties=self.people.parties(),
                remarks=prose(*notice(self.report, self.texts, self.lang)),
            ),
            "import-ap": {"href": f"#{carried}"},
            "results": [self._result(title)],
            "back-matter": {
                "resources": [
                    resource(carried, "assessment-plan.json", "Assessment plan",
                             plan(self.report, self.ids, self.texts, self.lang, self.product)),
                    resource(self.ids.judged("resource", "catalogue"), "catalog.json", "Catalog",
                             catalogue(self.report, self.controls, self.texts, self.lang)),
                ]
            },
        }  # fmt: skip

    def _digests(self) -> list[Row]:
        return props(
            scan_digest=self.report.scan_digest,
            assessment_digest=self.report.assessment_digest,
            schema_version=self.report.schema_version,
        )

    def _result(self, title: str) -> Row:
        report = self.report
        counts = view.outcome_counts(report.assessment["criteria"])
        met = {True: "met", False: "not-met", None: None}[report.gate.get("met")]
        left = report.finding_count - len(self.cited)
        return given(
            uuid=self.ids.judged("result"),
            title=line(title),
            description=prose(
                self.say("report.not_certificate"),
                self.say("export.digests", scan=report.scan_digest, assessment=report.assessment_digest),
            ),
            start=started(report),
            end=finished(report),
            props=[
                *self._digests(),
                *(prop("criteria", count, outcome) for outcome, count in counts.items()),
                *props(
                    findings=report.finding_count,
                    findings_not_referred_to=left,
                    gate=met,
                    run_by=report.run.get("user"),
                ),
                *(
                    prop("rules", f"{row['id']} {row['version']} sha256:{row['sha256']}", row["kind"])
                    for row in report.assessment["rules"]
                ),
            ],
            local_definitions=given(
                components=[self._product()],
                inventory_items=[self._deliverable(one) for one in report.product.get("deliverables") or ()],
                assessment_assets=assets(report, self.ids, self.texts, self.lang),
            ),
            reviewed_controls={
                "description": prose(self.say("export.reviewed")),
                "control-selections": [self._selection()],
            },
            attestations=self.people.attestations(),
            observations=self._observations(),
            risks=self.people.risks(),
            findings=chain(self._findings(), self.people.findings()),
            remarks=prose(
                self.say("export.findings_left", count=left) if left else "",
                phrases.gate(report.gate, self.texts, self.lang) if met else "",
            ),
        )

    def _product(self) -> Row:
        product = self.report.product
        known = props(**{name: product.get(name) for name in ("version", "vendor", "edition")})
        title = product_name(self.report, self.texts, self.lang)
        return component(self.product, title, self.say("export.product"), props=known)

    def _deliverable(self, one: Row) -> Row:
        tree = one.get("tree") or {}
        code = "export.deliverable" if one.get("supplied", True) else "export.deliverable.not_supplied"
        return given(
            uuid=self.parts[str(one["id"])],
            description=prose(self.say(code, id=one["id"])),
            props=props(
                deliverable=one["id"], role=one.get("role"), tree_digest=tree.get("digest"), files=tree.get("files"),
                bytes=tree.get("bytes"),
            ),
            implemented_components=[{"component-uuid": self.product}],
        )  # fmt: skip

    def _selection(self) -> Row:
        determined = self.people.determined
        rows = self.report.assessment["criteria"]
        reviewed = [row["id"] for row in rows if row["outcome"] in _REVIEWED or row["id"] in determined]
        if reviewed:
            return {"include-controls": [{"control-id": self.controls.control(name)} for name in reviewed]}
        none = [{"control-id": self.controls.control(row["id"])} for row in rows]
        return {"include-all": {}, **given(exclude_controls=none)}

    # -- observations

    def _observations(self) -> Iterator[Row]:
        yield from (self._outcome(row) for row in self.report.assessment["criteria"])
        yield self._coverage()
        yield from self.people.observations()
        yield from (self._finding(row) for row in cited_findings(self.report, self.cited))

    def _observation(
        self, uuid: str, title: str, description: str, kind: str, properties: list[Row],
        subjects: Iterable[Row] = (), evidence: list[Row] | None = None,
    ) -> Row:  # fmt: skip
        return given(
            uuid=uuid,
            title=line(title),
            description=description,
            props=properties,
            methods=["EXAMINE"],
            types=[kind],
            origins=self.tool_origin,
            subjects=[*subjects] or [reference(self.product, "component")],
            relevant_evidence=evidence,
            collected=self.collected,
        )

    def _outcome(self, row: Row) -> Row:
        listed, total = len(row["findings"]), (row.get("findings_whole") or {}).get("total", len(row["findings"]))
        word = self.say(f"report.outcome.{row['outcome']}")
        return self._observation(
            self.ids.judged("outcome", row["id"]),
            f"{row['id']}: {word}",
            prose(
                phrases.meaning(row, self.texts, self.lang),
                *phrases.reasons(row, self.report, self.texts, self.lang),
                "" if OSCAL[Outcome(row["outcome"])].word else self.say("export.no_state"),
                self.say("export.findings_listed", all=total, listed=listed) if total != listed else "",
            ),
            "control-objective",
            [
                *props(criterion=row["id"], outcome=row["outcome"], obligation=row["obligation"],
                       obligation_basis=row["obligation_basis"]),
                *(prop("part", part["outcome"], part["mode"]) for part in row["parts"]),
                *(prop("measure", f"{name}: {self._measured(name)}") for name in row["measures"]),
            ],
        )  # fmt: skip

    def _measured(self, name: str) -> str:
        measure = self.report.measures.get(name)
        return phrases.measured(measure, self.lang) if measure else "–"

    def _coverage(self) -> Row:
        rows = view.coverage_rows(self.report)
        lost = [row for row in rows if row["severity"] == "lost"]
        counts = {name: sum(row["severity"] == name for row in rows) for name in ("lost", "bounded", "by_design")}
        listed = [
            {
                "description": prose(f"{row['artifact']}: {self.texts.message(row['reason'], self.lang)}"),
                "props": props(artifact=row["artifact"], reason=row["reason"]["code"], probe=row.get("probe")),
            }
            for row in lost[:LOST_LISTED]
        ]
        probes = [
            prop("probe", f"{row['id']} {row['version']}", row["status"])
            for row in self.report.probes
            if row["status"] != "ok"
        ]
        return self._observation(
            self.ids.scanned("coverage"),
            self.say("report.not_examined"),
            prose(self.say("export.coverage", **counts, listed=len(listed))),
            "discovery",
            [*(prop("coverage", count, severity) for severity, count in counts.items()), *probes],
            evidence=listed,
        )

    def _finding(self, row: Row) -> Row:
        path = row["evidence"][0]["artifact"]
        part = self.parts.get(deliverable(self.report, path) or "")
        strength = self.say(f"report.strength.{row['strength']}")
        return self._observation(
            self.ids.scanned("finding", row["id"]),
            f"{row['kind']}: {phrases.named(row)}",
            prose(
                f"{row['kind']}: {phrases.named(row)} – {strength}",
                *(f"{name}: {phrases.attribute(value)}" for name, value in sorted(row["attributes"].items())),
            ),
            "discovery",
            [
                *props(finding=row["id"], kind=row["kind"], subject=row["subject"], probe=row["probe"],
                       strength=row["strength"], origin=row["origin"], offered=row["offered"],
                       evidence_total=row["evidence_total"]),
                *(prop("criterion", name) for name in self.cited[row["id"]]),
            ],
            subjects=[reference(part, "inventory-item")] if part else (),
            evidence=[self._evidence(piece) for piece in row["evidence"]],
        )  # fmt: skip

    def _evidence(self, piece: Row) -> Row:
        locator = piece.get("locator") or {}
        where = phrases.place(locator, self.texts, self.lang)
        return {
            "description": prose(
                f"{piece['artifact']} ({where})" if where else piece["artifact"], piece.get("excerpt") or ""
            ),
            "props": props(
                artifact=piece["artifact"],
                sha256=self.digest_of.get(piece["artifact"]),
                **{name: locator.get(name) for name in ("line", "column", "page", "pointer", "xpath", "symbol")},
                bytes=" ".join(map(str, locator.get("bytes") or ())),
            ),
        }

    # -- findings

    def _findings(self) -> Iterator[Row]:
        """What the machine decided, on the objectives; in OSCAL's two words, where one of them fits."""
        for row in self.report.assessment["criteria"]:
            state = OSCAL[Outcome(row["outcome"])]
            if state.word is None:
                continue
            resting = [self.ids.judged("outcome", row["id"])]
            resting += [self.ids.scanned("finding", name) for name in row["findings"] if name in self.cited]
            word = self.say(f"report.outcome.{row['outcome']}")
            meaning = phrases.meaning(row, self.texts, self.lang)
            yield given(
                uuid=self.ids.judged("finding", row["id"]),
                title=line(f"{row['id']} {self.texts.title(row, self.lang)}: {word}"),
                description=prose(*phrases.reasons(row, self.report, self.texts, self.lang)),
                props=props(criterion=row["id"], outcome=row["outcome"]),
                origins=self.tool_origin,
                target={
                    "type": "objective-id",
                    "target-id": self.controls.objective(row["id"]),
                    "status": {
                        "state": state.word,
                        "remarks": prose(self.say("export.state", outcome=word, meaning=meaning)),
                    },
                },
                related_observations=[{"observation-uuid": name} for name in resting],
                related_risks=[{"risk-uuid": name} for name in self.people.risks_on(row["id"])],
            )
