"""A CycloneDX document: the product, its components, the catalogue as a standard, and declarations on its requirements.

The tool attests to nothing: its attestation has no assessor, no conformance and no confidence. The vendor is an
assessor of his own, auditors are assessors by name; nobody affirms. https://cyclonedx.org/docs/1.6/json/ (ECMA-424)
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from cpo_scan.model import Outcome
from cpo_scan.report import phrases
from cpo_scan.report.cyclonedx_people import People
from cpo_scan.report.cyclonedx_words import TARGET, data, lines, named, properties, ref, requirement
from cpo_scan.report.exported import (
    NO_MOMENT,
    Ids,
    Row,
    cited,
    cited_findings,
    finished,
    notice,
    rule,
)
from cpo_scan.report.inert import visible, visible_lines
from cpo_scan.report.jsonstream import given, write_json
from cpo_scan.report.read import Report
from cpo_scan.report.states import CYCLONEDX
from cpo_scan.report.texts import Texts

SPEC_VERSION = "1.6"


def write_cyclonedx(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The document in UTF-8. Components and evidence are written while the findings are read."""
    write_json(_Document(report, texts, lang).document(), stream)


class _Document:
    def __init__(self, report: Report, texts: Texts, lang: str) -> None:
        self.report, self.texts, self.lang = report, texts, lang
        self.ids = Ids(report)
        self.cited = cited(report)
        moment = finished(report)
        self.moment = None if moment == NO_MOMENT else moment
        self.digest_of = {row["path"]: row["sha256"] for row in report.artifacts}
        self.people = People(report, texts, lang, self.cited)

    def say(self, code: str, **params: Any) -> str:
        return visible(self.texts.label(code, self.lang, **params))

    def document(self) -> Row:
        report = self.report
        return {
            "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": SPEC_VERSION,
            "serialNumber": f"urn:uuid:{self.ids.judged('cyclonedx')}",
            "version": 1,
            "metadata": given(
                timestamp=self.moment,
                tools={
                    "components": [
                        {"type": "application", "name": "cpo-scan", "version": visible(report.tool["version"])}
                    ]
                },
                component=self._product("product"),
                properties=properties(
                    scan_digest=report.scan_digest,
                    assessment_digest=report.assessment_digest,
                    schema_version=report.schema_version,
                    findings=report.finding_count,
                    gate={True: "met", False: "not met", None: None}[report.gate.get("met")],
                    run_by=report.run.get("user"),
                    notice=" ".join(notice(report, self.texts, self.lang)),
                ),
            ),
            "components": self._components(),
            "annotations": self.people.annotations(),
            "declarations": {
                "assessors": self.people.assessors(),
                "attestations": self._attestations(),
                "claims": self._claims(),
                "evidence": self._evidence(),
                "targets": {"components": [self._product(TARGET)]},
            },
            "definitions": {"standards": [self._standard()]},
        }

    def _product(self, ref: str) -> Row:
        product = self.report.product
        return given(
            type="application",
            **{"bom-ref": ref},
            name=visible(product.get("name") or self.texts.label("report.unnamed", self.lang)),
            version=visible(str(product.get("version") or "")),
            supplier={"name": visible(product["vendor"])} if product.get("vendor") else None,
            properties=properties(
                edition=product.get("edition"),
                **{
                    f"deliverable:{one['id']}": f"tree sha256:{one['tree']['digest']}"
                    for one in product.get("deliverables") or ()
                    if one.get("tree")
                },
            ),
        )

    def _components(self) -> Iterator[Row]:
        """What the product is made of, as package metadata and shipped bills of materials say."""
        for row in self.report.findings("component"):
            attributes = row["attributes"]
            if attributes.get("module"):  # a part of the graph of modules; its metadata are a finding of their own
                continue
            licence = attributes.get("licence")
            yield given(
                type="library",
                **{"bom-ref": f"component:{row['id']}"},
                name=visible(str(attributes.get("name") or row["subject"])),
                version=visible(str(attributes.get("version") or "")),
                licenses=[{"license": {"name": visible(str(licence))}}] if licence else None,
                evidence={
                    "occurrences": [
                        given(location=visible(piece["artifact"]), line=(piece.get("locator") or {}).get("line"))
                        for piece in row["evidence"]
                    ]
                },
                properties=properties(
                    finding=row["id"], strength=row["strength"], origin=row["origin"],
                    ecosystem=attributes.get("ecosystem"), bom=attributes.get("bom"),
                ),
            )  # fmt: skip

    # -- the catalogue

    def _standard(self) -> Row:
        known = rule(self.report, "catalogue")
        rows = self.report.assessment["criteria"]
        levels: dict[str, list[str]] = {}
        for row in rows:
            levels.setdefault(row["obligation"], []).append(requirement(row["id"]))
        categories = dict.fromkeys(row["category"] for row in rows)
        return given(
            **{"bom-ref": "standard"},
            name=visible(known["id"]) or "–",
            version=visible(known["version"]),
            description=self.say("report.provisional") if known["provisional"] else None,
            requirements=[
                *(self._category(category) for category in categories),
                *(self._requirement(row) for row in rows),
            ],
            levels=[
                {
                    "bom-ref": f"level:{name}",
                    "identifier": name,
                    "description": f"{self.say(f'report.obligation.{name}')}: {self.say('export.obligation.how')}",
                    "requirements": refs,
                }
                for name, refs in levels.items()
            ],
        )

    def _category(self, category: str) -> Row:
        return {
            "bom-ref": ref("category", category),
            "identifier": visible(category),
            "text": visible(self.texts.category(category, self.lang)),
        }

    def _requirement(self, row: Row) -> Row:
        text = self.texts.text(row["id"], self.lang)
        title = visible(self.texts.title(row, self.lang))
        return given(
            **{"bom-ref": requirement(row["id"])},
            identifier=visible(row["official_id"] or row["id"]),
            text=visible_lines(text) or title,
            descriptions=[title] if text else None,
            parent=ref("category", row["category"]),
            properties=[
                *properties(
                    criterion=row["id"], obligation=row["obligation"], obligation_basis=row["obligation_basis"]
                ),
                *(
                    named("mapped_to", f"{one['relation']}: {one['scheme']} {one['version']} {one['id']}")
                    for one in row["mapped_to"]
                ),
            ],
        )

    # -- declarations

    def _mapped(self) -> Iterator[tuple[Row, str]]:
        """Criteria that the format has a word for, with that word: the member of a map that names their claim."""
        for row in self.report.assessment["criteria"]:
            if word := CYCLONEDX[Outcome(row["outcome"])].word:
                yield row, word

    def _attestations(self) -> Iterator[Row]:
        yield given(
            summary=self.say("export.attested.machine"),
            map=[
                {"requirement": requirement(row["id"]), word: [ref("claim", row["id"])]} for row, word in self._mapped()
            ],
        )
        yield from self.people.attestations()

    def _claims(self) -> Iterator[Row]:
        profile = visible(rule(self.report, "profile")["id"])
        for row, word in self._mapped():
            code = "export.claim.holds" if word == "claims" else "export.claim.against"
            yield {
                "bom-ref": ref("claim", row["id"]),
                "target": TARGET,
                "predicate": self.say(code, criterion=row["id"], profile=profile),
                "reasoning": lines(phrases.reasons(row, self.report, self.texts, self.lang)),
                "evidence": [
                    ref("outcome", row["id"]),
                    *(f"finding:{name}" for name in (self._counted(row) if word == "claims" else ())),
                ],
            }
        yield from self.people.claims()

    def _counted(self, row: Row) -> list[str]:
        """Findings that were counted for a criterion. What was looked at and not counted supports no claim."""
        counted = {
            one["finding"]
            for name in row["measures"]
            if name in self.report.measures
            for one in self.report.measures[name]["counted"]
        }
        return [name for name in dict.fromkeys(row["findings"]) if name in self.cited and name in counted]

    def _evidence(self) -> Iterator[Row]:
        yield from (self._outcome(row) for row in self.report.assessment["criteria"])
        yield from self.people.compared()
        yield from (self._finding(row) for row in cited_findings(self.report, self.cited))

    def _outcome(self, row: Row) -> Row:
        word = self.say(f"report.outcome.{row['outcome']}")
        meaning = phrases.meaning(row, self.texts, self.lang)
        said = self.say("export.evidence.outcome", criterion=row["id"], outcome=word, meaning=meaning)
        listed, total = len(row["findings"]), (row.get("findings_whole") or {}).get("total", len(row["findings"]))
        cut = self.say("export.findings_listed", all=total, listed=listed) if total != listed else ""
        reasons = phrases.reasons(row, self.report, self.texts, self.lang)
        return given(
            **{"bom-ref": ref("outcome", row["id"])},
            propertyName="cpo-scan:outcome",
            description=lines([said, *reasons, cut]),
            data=[
                data("criterion", row["id"]),
                data("outcome", row["outcome"]),
                *(data(f"part:{part['mode']}", part["outcome"]) for part in row["parts"]),
                *(data(f"measure:{name}", self._measured(name)) for name in row["measures"]),
                *(data("finding", f"finding:{name}") for name in row["findings"] if name in self.cited),
            ],
            created=self.moment,
        )

    def _measured(self, name: str) -> str:
        measure = self.report.measures.get(name)
        return phrases.measured(measure, self.lang) if measure else "–"

    def _finding(self, row: Row) -> Row:
        strength = self.say(f"report.strength.{row['strength']}")
        facts = [f"{name}: {phrases.attribute(value)}" for name, value in sorted(row["attributes"].items())]
        return given(
            **{"bom-ref": f"finding:{row['id']}"},
            propertyName=f"cpo-scan:finding:{row['kind']}",
            description=lines([f"{row['kind']}: {phrases.named(row)} – {strength}", *facts]),
            data=[
                *(data(name, row[name]) for name in ("subject", "probe", "strength", "origin", "offered")),
                *(data("criterion", name) for name in self.cited[row["id"]]),
                *(self._place(piece) for piece in row["evidence"]),
            ],
            created=self.moment,
        )

    def _place(self, piece: Row) -> Row:
        where = phrases.place(piece.get("locator") or {}, self.texts, self.lang)
        sha256 = self.digest_of.get(piece["artifact"])
        head = f"{piece['artifact']} ({where})" if where else piece["artifact"]
        return data("evidence", "\n".join(
            visible(text) for text in (head, f"sha256:{sha256}" if sha256 else "", piece.get("excerpt") or "") if text
        ))  # fmt: skip
