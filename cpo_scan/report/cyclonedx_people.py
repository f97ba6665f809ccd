"""What people said, in CycloneDX: assessors, their attestations and claims, annotations by persons. Nobody affirms."""

from collections.abc import Iterator
from typing import Any

from cpo_scan.report import said
from cpo_scan.report.cyclonedx_words import TARGET, lines, ref, ref_of, requirement
from cpo_scan.report.exported import Row, day, finished, layer_rows
from cpo_scan.report.inert import visible
from cpo_scan.report.jsonstream import given
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts
from cpo_scan.report.voices import own_words, tools_words

_VENDOR = "assessor:vendor"
_CLAIMS = {"yes": "claims", "partly": "claims", "no": "counterClaims"}
"""A claim as the member of a map that names it; that a criterion does not apply is neither."""
_VERDICTS = {"fulfilled": "claims", "not_fulfilled": "counterClaims"}
"""A verdict as the member of a map that names it; `not_applicable` is neither."""
_EVIDENCE = {"supported": "evidence", "contradicted": "counterEvidence"}
"""How the findings that a claim was held against stand to it."""


class People:
    """The layers of a report. `cited` are the findings that are evidence in the document."""

    def __init__(self, report: Report, texts: Texts, lang: str, cited: dict[str, list[str]]) -> None:
        self.report, self.texts, self.lang, self.cited = report, texts, lang, cited
        self.known = {row["id"] for row in report.assessment["criteria"]}
        rows = layer_rows(report, "claims")
        self._claims = [row for row in rows if row.get("result") != "seen_not_claimed"]
        self._unclaimed = [row for row in rows if row.get("result") == "seen_not_claimed"]
        self._determined = {name: row for name, row in said.determined(report).items() if name in self.known}

    def say(self, code: str, **params: Any) -> str:
        """A text of ours."""
        return visible(self.texts.label(code, self.lang, **params))

    def assessors(self) -> Iterator[Row]:
        """The vendor, no third party; and the auditors, of whom the report does not say for whom they work."""
        if self._claims:
            vendor = self.report.product.get("vendor")
            yield given(
                **{"bom-ref": _VENDOR},
                thirdParty=False,
                organization={"name": visible(vendor)} if vendor else None,
            )
        for person in self._persons():
            contact = {"contact": [{"name": visible(person)}]} if person else None
            yield given(**{"bom-ref": _assessor(person)}, organization=contact)

    def _persons(self) -> list[str]:
        return list(dict.fromkeys(str(row.get("person") or "") for row in self._determined.values()))

    def attestations(self) -> Iterator[Row]:
        """Claims of the vendor on criteria, and determinations in force, person by person."""
        if self._claims:
            yield given(
                summary=self.say("export.attested.vendor"),
                assessor=_VENDOR,
                map=[
                    {"requirement": requirement(row["criterion"]), _CLAIMS[row["claim"]]: [ref_of("claim", row)]}
                    for row in self._claims
                    if row.get("criterion") in self.known and row.get("claim") in _CLAIMS
                ],
            )
        for person in self._persons():
            yield given(
                summary=self.say("export.attested.person"),
                assessor=_assessor(person),
                map=[
                    {"requirement": requirement(name), _VERDICTS[row["verdict"]]: [ref_of("determination", row)]}
                    for name, row in self._determined.items()
                    if str(row.get("person") or "") == person and row["verdict"] in _VERDICTS
                ],
            )

    def claims(self) -> Iterator[Row]:
        """Each claim of the vendor with what it was held against, and each determination in force."""
        for row in self._claims:
            about = said.about(row, self.texts, self.lang) or row.get("criterion") or "–"
            side = _EVIDENCE.get(str(row.get("result")))
            resting = [ref_of("compared", row), *self._held_against(row)]
            yield given(
                **{"bom-ref": ref_of("claim", row)},
                target=TARGET,
                predicate=self._own("claims", row, self.say("export.claim", about=about)),
                **({side: resting} if side else {}),
            )
        for name, row in self._determined.items():
            if row["verdict"] in _VERDICTS:
                verdict = said.head("determinations", row, self.texts, self.lang)
                yield given(
                    **{"bom-ref": ref_of("determination", row)},
                    target=TARGET,
                    predicate=self.say("export.determined", criterion=name, verdict=verdict),
                    reasoning=visible(str(row.get("reason") or "")),
                )

    def _held_against(self, row: Row) -> list[str]:
        """The machine's outcome for a claim on a criterion, the findings for one on a standard or an interface."""
        if row.get("standard") or row.get("family"):
            return [f"finding:{name}" for name in dict.fromkeys(row.get("findings") or ()) if name in self.cited]
        return [ref("outcome", row["criterion"])] if row.get("criterion") in self.known else []

    def compared(self) -> Iterator[Row]:
        """How claims stand to the evidence, and what is seen and not claimed: the tool's words."""
        for kind, rows, code in (
            ("compared", self._claims, "export.compared"),
            ("unclaimed", self._unclaimed, "export.unclaimed"),
        ):
            for row in rows:
                about = said.about(row, self.texts, self.lang) or row.get("criterion") or "–"
                words = tools_words("claims", row, self.texts, self.lang)
                if words:
                    yield {
                        "bom-ref": ref_of(kind, row),
                        "propertyName": f"cpo-scan:{kind}",
                        "description": lines([self.say(code, about=about), *words]),
                    }

    def annotations(self) -> Iterator[Row]:
        """Responses, all determinations (stale ones too) and waivers, by who said them and when; and the tool's words
        on those that do not count."""
        for layer in ("responses", "determinations", "waivers"):
            for row in layer_rows(self.report, layer):
                heading = {
                    "responses": [self.say("export.response")],
                    "determinations": [self.say("report.layer.determinations")],
                    "waivers": [self.say("export.waiver", criterion=str(row.get("criterion") or "–"))],
                }[layer]
                name = row.get("person") or row.get("owner") or self.texts.label("report.unknown", self.lang)
                yield {
                    "bom-ref": ref_of(layer, row),
                    "subjects": self._subjects(row),
                    "annotator": {"individual": {"name": visible(str(name))}},
                    "timestamp": day(row.get("date")) or finished(self.report),
                    "text": self._own(layer, row, *heading),
                }
                if words := self._ours(layer, row):
                    yield {
                        "bom-ref": ref_of(f"{layer}-state", row),
                        "subjects": [ref_of(layer, row)],
                        "annotator": {"component": {"type": "application", "name": "cpo-scan"}},
                        "timestamp": finished(self.report),
                        "text": lines(words),
                    }

    def _ours(self, layer: str, row: Row) -> list[str]:
        how = [self.texts.label("export.waiver.how", self.lang)] if layer == "waivers" else []
        return [*how, *tools_words(layer, row, self.texts, self.lang)]

    def _subjects(self, row: Row) -> list[str]:
        named = [row.get("criterion"), *(row.get("criteria") or ())]
        refs = [requirement(name) for name in dict.fromkeys(named) if name in self.known]
        if row.get("finding") in self.cited:
            refs.append(f"finding:{row['finding']}")
        return refs or [TARGET]

    def _own(self, layer: str, row: Row, *heading: str) -> str:
        return lines([*heading, *own_words(layer, row, self.texts, self.lang)])


def _assessor(person: str) -> str:
    return ref_of("assessor", {"person": person})
