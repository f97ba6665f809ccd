"""What people said, in OSCAL: parties, attestations, their own observations and findings; accepted gaps and
nonconformities as risks."""

from collections.abc import Iterator
from typing import Any

from cpo_scan.report import nonconformities, said
from cpo_scan.report.exported import Ids, Row, day, finished, layer_rows
from cpo_scan.report.jsonstream import given
from cpo_scan.report.oscal_plan import ControlIds
from cpo_scan.report.oscal_words import NS, line, prop, props, prose, string
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts
from cpo_scan.report.voices import own_words, tools_words

_STATES = {"fulfilled": "satisfied", "not_fulfilled": "not-satisfied"}
"""A person's verdict in OSCAL's words; `not_applicable` and `not_assessed` have none."""
_METHODS = {"examine": "EXAMINE", "interview": "INTERVIEW", "test": "TEST"}
_RISKS = {"open": "open", "answered": "investigating", "corrected": "remediating", "proposed": "remediating",
          "closed": "closed"}  # fmt: skip
"""How far a nonconformity has come, in OSCAL's words for the status of a risk."""
_MOST_FINDINGS = 20  # named beside a claim


class People:
    """The layers of a report. Rows in another shape, from elsewhere, are shown as they are."""

    def __init__(self, report: Report, texts: Texts, lang: str, ids: Ids, controls: ControlIds) -> None:
        self.report, self.texts, self.lang, self.ids, self.controls = report, texts, lang, ids, controls
        self.rows = {layer: layer_rows(report, layer) for layer in said.LAYERS}
        self.determined = {name: row for name, row in said.determined(report).items() if name in controls}
        self._named: dict[tuple[str, str], str] = {}  # (person or organization, name) -> uuid
        self._roles: dict[str, None] = {}
        if report.product.get("vendor"):
            self._party("organization", report.product["vendor"], "vendor")
        for layer, role in (("claims", "vendor"), ("responses", "vendor"), ("determinations", "auditor"),
                            ("waivers", "owner")):  # fmt: skip
            for row in self.rows[layer]:
                self._party("person", row.get("person") or row.get("owner"), role)
        self.nonconformities = layer_rows(report, "nonconformities")
        for row in self.nonconformities:
            self._party("person", row["raised"]["person"], "auditor")

    def _party(self, kind: str, name: Any, role: str) -> str | None:
        if not name:
            return None
        self._roles[role] = None
        key = (kind, string(name))
        return self._named.setdefault(key, self.ids.scanned("party", *key))

    def say(self, code: str, **params: Any) -> str:
        """A text of ours."""
        return self.texts.label(code, self.lang, **params)

    def roles(self) -> list[Row]:
        """The roles that parties have here."""
        return [{"id": role, "title": line(self.say(f"export.role.{role}"))} for role in self._roles]

    def parties(self) -> list[Row]:
        """Everybody who said something, and the vendor."""
        return [{"uuid": uuid, "type": kind, "name": name} for (kind, name), uuid in self._named.items()]

    def attestations(self) -> list[Row]:
        """What the vendor claims and answers, one attestation per person."""
        parts: dict[str | None, list[Row]] = {}
        for layer in ("claims", "responses"):
            for row in self.rows[layer]:
                if not _unclaimed(layer, row):
                    who = self._party("person", row.get("person"), "vendor") or self._vendor()
                    parts.setdefault(who, []).append(self._statement(layer, row))
        return [
            given(
                responsible_parties=[{"role-id": "vendor", "party-uuids": [who]}] if who else None,
                parts=rows,
            )
            for who, rows in parts.items()
        ]

    def _vendor(self) -> str | None:
        name = self.report.product.get("vendor")
        return self._party("organization", name, "vendor") if name else None

    def _statement(self, layer: str, row: Row) -> Row:
        about = row.get("criterion") or said.about(row, self.texts, self.lang) or "–"
        title = self.say("export.claim", about=about) if layer == "claims" else self.say("export.response")
        return given(
            uuid=self.ids.said(layer, row),
            name="claim" if layer == "claims" else "response",
            ns=NS,
            title=line(title),
            props=props(
                criterion=row.get("criterion"), claim=row.get("claim"), date=row.get("date"),
                finding=row.get("finding"), state=row.get("state"), scan_digest=row.get("scan_digest"),
            ),
            prose=self._own(layer, row),
        )  # fmt: skip

    def _own(self, layer: str, row: Row) -> str:
        return prose(*own_words(layer, row, self.texts, self.lang))

    def _ours(self, layer: str, row: Row) -> str | None:
        words = tools_words(layer, row, self.texts, self.lang)
        return prose(*words) if words else None

    def observations(self) -> Iterator[Row]:
        """Determinations as their persons' observations; how claims stand to the evidence as the tool's."""
        yield from (self._determination(row) for row in self.rows["determinations"])
        yield from (self._compared(row) for row in self.rows["claims"] if "result" in row)

    def _compared(self, row: Row) -> Row:
        code = "export.unclaimed" if _unclaimed("claims", row) else "export.compared"
        about = said.about(row, self.texts, self.lang) or row.get("criterion") or "–"
        named = [name for name in (row.get("findings") or ()) if isinstance(name, str)]
        return given(
            uuid=self.ids.said("compared", row),
            title=line(self.say(code, about=about)),
            description=self._ours("claims", row) or "–",
            props=[
                *props(criterion=row.get("criterion"), claim=row.get("claim"), result=row.get("result")),
                *(prop("finding", name) for name in named[:_MOST_FINDINGS]),
            ],
            methods=["EXAMINE"],
            types=["discovery"],
            origins=[{"actors": [{"type": "tool", "actor-uuid": self.ids.scanned("tool")}]}],
            collected=finished(self.report),
        )

    def _determination(self, row: Row) -> Row:
        criterion = str(row.get("criterion") or "–")
        verdict = said.head("determinations", row, self.texts, self.lang) or "–"
        return given(
            uuid=self.ids.said("determinations", row),
            title=line(self.say("export.determined", criterion=criterion, verdict=verdict)),
            description=self._own("determinations", row),
            remarks=self._ours("determinations", row),
            props=props(
                **{name: row.get(name) for name in
                   ("criterion", "verdict", "grade", "role", "state", "criterion_digest", "scan_digest")}
            ),
            methods=[_METHODS.get(row.get("method") or "", "UNKNOWN")],
            types=["finding"],
            origins=self._by(row.get("person"), "auditor"),
            relevant_evidence=[
                {
                    "description": prose(str(file.get("file"))),
                    "props": props(file=file.get("file"), sha256=file.get("sha256"), checked=file.get("checked")),
                }
                for file in row.get("evidence") or ()
            ],
            collected=day(row.get("date")) or finished(self.report),
            expires=day(row.get("expires"), end=True),
        )  # fmt: skip

    def _by(self, person: Any, role: str) -> list[Row] | None:
        party = self._party("person", person, role)
        return [{"actors": [{"type": "party", "actor-uuid": party, "role-id": role}]}] if party else None

    def findings(self) -> Iterator[Row]:
        """Determinations in force, on the statements of criteria."""
        for criterion, row in self.determined.items():
            state = _STATES.get(row["verdict"])
            if state is None:
                continue
            verdict = said.head("determinations", row, self.texts, self.lang)
            yield given(
                uuid=self.ids.judged("determined", criterion),
                title=line(self.say("export.determined", criterion=criterion, verdict=verdict)),
                description=self._own("determinations", row),
                props=props(criterion=criterion, verdict=row["verdict"], grade=row.get("grade")),
                origins=self._by(row.get("person"), "auditor"),
                target={
                    "type": "statement-id",
                    "target-id": self.controls.statement(criterion),
                    "status": {"state": state},
                },
                related_observations=[{"observation-uuid": self.ids.said("determinations", row)}],
                related_risks=[{"risk-uuid": name} for name in self.risks_on(criterion)],
            )

    def risks(self) -> list[Row]:
        """Waivers, gaps that the owner of a pipeline accepts until a day; nonconformities with the day they are due."""
        risks = [self._risk(row) for row in self.rows["waivers"]]
        return risks + [self._nonconformity(row) for row in self.nonconformities]

    def risks_on(self, criterion: str) -> list[str]:
        """The risks on one criterion."""
        both = (("waivers", self.rows["waivers"]), ("nonconformities", self.nonconformities))
        return [self.ids.said(layer, row) for layer, rows in both for row in rows if row.get("criterion") == criterion]

    def _nonconformity(self, row: Row) -> Row:
        criterion = str(row["criterion"])
        related = [{"observation-uuid": self.ids.judged("outcome", criterion)}] if criterion in self.controls else None
        title = f"{criterion}: {nonconformities.head(row, self.texts, self.lang)}"
        return given(
            uuid=self.ids.said("nonconformities", row),
            title=line(title),
            description=prose(*nonconformities.lines(row, self.texts, self.lang)),
            statement=prose(row["text"]),
            props=props(
                nonconformity=row["id"], criterion=criterion, state=row["state"], grade=row.get("grade"),
                subject=row.get("subject"), item=row.get("item"), due=row.get("due"),
                scan_digest=row["basis"]["scan_digest"],
            ),
            status=_RISKS[row["state"]],
            origins=self._by(row["raised"]["person"], "auditor"),
            deadline=day(row.get("due"), end=True),
            related_observations=related,
        )  # fmt: skip

    def _risk(self, row: Row) -> Row:
        criterion = str(row.get("criterion") or "–")
        related = [{"observation-uuid": self.ids.judged("outcome", criterion)}] if criterion in self.controls else None
        return given(
            uuid=self.ids.said("waivers", row),
            title=line(self.say("export.waiver", criterion=criterion)),
            description=self._own("waivers", row),
            statement=prose(self.say("export.waiver.how"), *tools_words("waivers", row, self.texts, self.lang)),
            props=props(
                criterion=row.get("criterion"), state=row.get("state"), expires=row.get("expires"),
                scan_digest=row.get("scan_digest"),
            ),
            status="deviation-approved" if row.get("state") == "in_force" else "open",
            origins=self._by(row.get("owner") or row.get("person"), "owner"),
            deadline=day(row.get("expires"), end=True),
            related_observations=related,
        )  # fmt: skip


def _unclaimed(layer: str, row: Row) -> bool:
    """Seen, not claimed: the row is the tool's and no word of the vendor's."""
    return layer == "claims" and row.get("result") == "seen_not_claimed"
