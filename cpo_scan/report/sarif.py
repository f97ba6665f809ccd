"""SARIF 2.1.0 (OASIS) for code scanning: criteria that are not met are results, what was lost is a notification.

Only what stands against a product is a result: code scanning shows every result as a problem, whatever its kind. What
was not looked at is said in the notifications of the invocation. The document is written piece by piece, so that
memory does not follow the number of findings. What the states become: docs/exports.md.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from cpo_scan.model import Outcome
from cpo_scan.report import exported, phrases, said, view
from cpo_scan.report.inert import visible
from cpo_scan.report.jsonstream import write_json
from cpo_scan.report.read import Report
from cpo_scan.report.sarif_places import BASE, folder, location
from cpo_scan.report.states import SARIF
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# What GitHub takes at most: docs.github.com, "SARIF results exceed one or more limits" (rules, results, locations)
RULES = RESULTS = 25_000
LOCATIONS = 1_000
NOTIFICATIONS = 1_000  # GitHub sets no limit; ours, as for the lists of the report
_LEVELS = {"mandatory": "error", "desired": "warning", "optional": "note"}
_AGAINST = ("measure.not_met", "measure.refuted")
"""Why something is not counted, where that speaks against the criterion; other reasons only leave it out."""
_MEASURES = 5  # measures that a message names


def write_sarif(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The document in UTF-8. What GitHub's limits cut off is said in it."""
    face = _Sarif(report, texts, lang)
    results = face.results()
    first = next(results, None)
    run = {
        **face.head(),
        "results": chain((first,), results) if first is not None else [],  # §3.14.23: none found is an empty list
        "invocations": face.invocations(),  # last, since it tells what was cut off above
    }
    write_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, stream)


def message_text(text: str) -> str:
    """Text as it reads in a message: no placeholder (§3.11.5), no embedded link (§3.11.6), nothing unseen."""
    # viewers differ on a backslash before a bracket; a blank between the brackets makes no link anywhere
    return visible(text).replace("](", "] (").replace("{", "{{").replace("}", "}}")


class _Sarif:
    def __init__(self, report: Report, texts: Texts, lang: str) -> None:
        self._report, self._texts, self._lang = report, texts, lang
        self._criteria = report.assessment["criteria"][:RULES]
        self._places = {row["id"]: place for place, row in enumerate(self._criteria)}
        self._waivers = {
            row["criterion"]: row
            for row in report.layers.get("waivers", ())
            if row.get("state") == "in_force" and row.get("criterion")
        }
        self._determined = said.determined(report)
        self._cut: list[Row] = []

    def _label(self, code: str, **params: Any) -> str:
        return self._texts.label(code, self._lang, **params)

    # -- the run -------------------------------------------------------------------------------------------------------

    def head(self) -> Row:
        report = self._report
        name = str(report.product.get("name") or "")
        return {
            "tool": {
                "driver": {
                    "name": "cpo-scan",
                    "version": visible(report.tool["version"]),
                    "language": self._lang,
                    "rules": [self._rule(row) for row in self._criteria],
                }
            },
            # §3.17.3: a category and a run; GitHub keeps the results of each category apart
            "automationDetails": {
                "id": "/".join(["cpo-scan", *([re.sub(r"[^\w.-]+", "-", visible(name))] if name else []), ""]),
                "description": {"text": message_text(" ".join(exported.notice(report, self._texts, self._lang)))},
            },
            "originalUriBaseIds": {BASE: {"description": {"text": message_text(self._label("sarif.base"))}}},
            "columnKind": "unicodeCodePoints",
            "language": self._lang,
            "properties": {
                "notACertificate": self._label("report.not_certificate.why"),
                "scanDigest": report.scan_digest,
                "assessmentDigest": report.assessment_digest,
                "schemaVersion": report.schema_version,
                "catalogue": [
                    {key: _seen(rule.get(key)) for key in ("kind", "id", "version", "sha256", "provisional")}
                    for rule in report.assessment["rules"]
                ],
            },
        }

    def _rule(self, row: Row) -> Row:
        title = self._texts.title(row, self._lang)
        text = self._texts.text(row["id"], self._lang) or title
        remediation = self._texts.message(row["remediation"], self._lang)
        help_lines = [text]
        if remediation:
            help_lines.append(f"{self._label('report.what_to_do')}: {remediation}")
        help_lines.append(self._label("report.not_certificate.why"))
        return {
            "id": visible(row["id"]),
            "shortDescription": {"text": message_text(title)},
            "fullDescription": {"text": message_text(text)},
            "help": {"text": "\n\n".join(message_text(line) for line in help_lines)},
            "defaultConfiguration": {"level": _LEVELS.get(row["obligation"], "warning")},
            "properties": {
                "tags": [
                    visible(tag)
                    for tag in dict.fromkeys(
                        (
                            "openness",
                            self._texts.category(row["category"], self._lang),
                            self._label(f"report.obligation.{row['obligation']}"),
                            self._label(f"report.basis.{row['obligation_basis']}"),
                        )
                    )
                ],
                "officialId": _seen(row["official_id"]),
                "obligation": row["obligation"],
                "obligationBasis": row["obligation_basis"],
            },
        }

    # -- results -------------------------------------------------------------------------------------------------------

    def results(self) -> Iterator[Row]:
        """One result a criterion and subject, what weighs most first."""
        written = left_out = 0
        for row in view.gaps(self._report):
            if row["id"] not in self._places or not _is_result(row, self._report.gate):
                continue
            for result in self._of(row):
                if written == RESULTS:
                    left_out += 1
                else:
                    written += 1
                    yield result
        if left_out:
            self._say_cut("sarif.cut.results", left_out)
        if rest := len(self._report.assessment["criteria"]) - len(self._criteria):
            self._say_cut("sarif.cut.rules", rest)

    def _of(self, row: Row) -> Iterator[Row]:
        against = self._against(row)
        for subject, reasons in against.items():
            cited = [found for name in reasons if (found := self._report.finding(name)) is not None]
            whole = [why for one in reasons.values() for why in one]
            measured = "; ".join(list(dict.fromkeys(whole))[:_MEASURES])
            about = phrases.named(cited[0]) if cited else subject
            yield self._result(row, subject, f"{about}: {measured}", cited)
        if not against:
            cited = [found for name in row["findings"] if (found := self._report.finding(name)) is not None]
            yield self._result(row, "", "", cited)

    def _against(self, row: Row) -> dict[str, dict[str, list[str]]]:
        """What speaks against a criterion: subject -> finding -> what the measures say of it."""
        found: dict[str, dict[str, list[str]]] = {}
        for name in row["measures"]:
            measure = self._report.measures.get(name)
            if measure is None:
                continue
            for one in measure["not_counted"]:
                if one["why"]["code"] not in _AGAINST:
                    continue
                cited = self._report.finding(one["finding"])
                if cited is not None:
                    words = self._texts.message(one["why"], self._lang)
                    said_of = found.setdefault(cited["subject"], {}).setdefault(one["finding"], [])
                    said_of.append(f"{self._texts.measure(measure, self._lang)} ({name}): {words}")
        return found

    def _result(self, row: Row, subject: str, about: str, cited: list[Row]) -> Row:
        # GitHub shows the first sentence where there is little room: which criterion, and how it stands
        outcome = self._label(f"report.outcome.{row['outcome']}")
        sentences = [
            f"{self._texts.title(row, self._lang)}: {outcome}.",
            about and f"{about}.",
            f"{phrases.in_short(row, self._report, self._texts, self._lang)}.",
        ]
        places = _places(cited)
        # where nothing was found, what is cited is no place of the gap: it only lies in the search scope
        beside = places if row["outcome"] == "no_evidence" and not subject else []
        if beside:
            places = []
        properties: Row = {
            "outcome": row["outcome"],
            "obligation": row["obligation"],
            "obligationBasis": row["obligation_basis"],
            "subject": visible(subject),
            "findings": [one["id"] for one in cited[:LOCATIONS]],
            "locationsTotal": len(places or beside),
            "failsGate": row["id"] in (self._report.gate.get("failing") or ()),
        }
        if not subject:
            properties["findingsTotal"] = (row.get("findings_whole") or {}).get("total", len(cited))
        if row["id"] in self._determined:
            properties["determination"] = _seen(self._determined[row["id"]].get("verdict"))
        if (rest := len(places or beside) - LOCATIONS) > 0:
            self._say_cut("sarif.cut.locations", rest, row["id"])
        key = _key(row["id"], subject)
        result: Row = {
            "ruleId": visible(row["id"]),
            "ruleIndex": self._places[row["id"]],
            "kind": SARIF[Outcome(row["outcome"])].word or "open",  # undecided (§3.27.9)
            "message": {"text": message_text(" ".join(one for one in sentences if one))},
            "locations": [location(*place) for place in places[:LOCATIONS]] or self._searched(row),
            # GitHub matches alerts by the second name only; ours has no line in it, so an alert outlives an edit
            "partialFingerprints": {"criterionSubject/v1": key, "primaryLocationLineHash": f"{key[:16]}:1"},
            "suppressions": self._suppressions(row["id"]),
            "properties": properties,
        }
        if beside:
            result["relatedLocations"] = [location(*place) for place in beside[:LOCATIONS]]
        if result["kind"] == "fail":
            result["level"] = _LEVELS.get(row["obligation"], "warning")  # §3.27.10: no other kind has a level
        return result

    def _searched(self, row: Row) -> list[Row]:
        """Where evidence was looked for: the deliverables of the search scope."""
        deliverables = [one for one in self._report.product.get("deliverables") or () if one["supplied"]]
        if len(deliverables) < 2:
            return [folder(".")]
        roles = (row.get("search_scope") or {}).get("roles") or ()
        named = [one["id"] for one in deliverables if one.get("role") in roles]
        return [folder(name) for name in (named or [one["id"] for one in deliverables])[:LOCATIONS]]

    def _suppressions(self, criterion: str) -> list[Row]:
        """Waivers in force (§3.35). Without one the list is empty and says so (§3.27.23)."""
        row = self._waivers.get(criterion)
        if row is None:
            return []
        words = [str(row.get("reason") or ""), *said.who(row, self._texts, self._lang)]
        return [
            {
                "kind": "external",
                "status": "accepted",
                "justification": visible(" – ".join(word for word in words if word)),
            }
        ]

    # -- the invocation ------------------------------------------------------------------------------------------------

    def invocations(self) -> Iterator[Row]:
        """How the scan went (§3.20). An exit code is given only where the report alone tells it."""
        report = self._report
        failed = [row for row in report.probes if row["status"] == "failed"]
        lost = [row for row in view.coverage_rows(report) if row["severity"] == "lost"]
        found: Row = {"executionSuccessful": not lost and not failed}
        if not lost and not failed:
            found["exitCode"] = 1 if report.gate.get("met") is False else 0
        if report.gate.get("met") is not None:
            found["exitCodeDescription"] = visible(phrases.gate(report.gate, self._texts, self._lang))
        for ours, theirs in (("started", "startTimeUtc"), ("finished", "endTimeUtc")):
            if moment := exported.instant(report.run.get(ours)):
                found[theirs] = moment
        notes = [*(self._lost(row) for row in lost[:NOTIFICATIONS]), *(self._failed(row) for row in failed)]
        notes += [
            self._open(row)
            for row in report.assessment["criteria"]
            if row["outcome"] == "not_examined" and not _is_result(row, report.gate)
        ][:NOTIFICATIONS]
        if len(lost) > NOTIFICATIONS:
            self._say_cut("sarif.cut.lost", len(lost) - NOTIFICATIONS)
        found["toolExecutionNotifications"] = [*self._cut, *notes]
        yield found

    def _lost(self, row: Row) -> Row:
        return {
            "level": "error",
            "message": {"text": message_text(self._texts.message(row["reason"], self._lang))},
            "descriptor": {"id": visible(row["reason"]["code"])},
            "locations": [location(row["artifact"])] if row["artifact"] else [],
        }

    def _failed(self, row: Row) -> Row:
        problems = self._texts.message(row.get("problems") or [], self._lang)
        text = self._label("sarif.probe_failed", probe=row["id"], problems=problems)
        return {"level": "error", "message": {"text": message_text(text)}, "descriptor": {"id": "sarif.probe_failed"}}

    def _open(self, row: Row) -> Row:
        why = phrases.in_short(row, self._report, self._texts, self._lang)
        outcome = self._label(f"report.outcome.{row['outcome']}")
        found: Row = {
            "level": "note",
            "message": {"text": message_text(f"{self._texts.title(row, self._lang)}: {outcome}. {why}")},
            "descriptor": {"id": "sarif.not_examined"},
        }
        if row["id"] in self._places:
            found["associatedRule"] = {"id": visible(row["id"]), "index": self._places[row["id"]]}
        return found

    def _say_cut(self, code: str, count: int, criterion: str = "") -> None:
        if len(self._cut) < NOTIFICATIONS:
            note: Row = {
                "level": "warning",
                "message": {"text": message_text(self._label(code, count=count, criterion=criterion))},
                "descriptor": {"id": code},
            }
            self._cut.append(note)


def _is_result(row: Row, gate: Row) -> bool:
    """Does a criterion stand against the product? A gap that waits for people does not, unless it fails the gate."""
    word = SARIF[Outcome(row["outcome"])].word
    if word == "fail" or row["id"] in (gate.get("failing") or ()):
        return True
    machine = [part["outcome"] for part in row["parts"] if part["mode"] == "machine"]
    return word is not None and machine != ["evidenced"]


def _places(cited: Iterable[Row]) -> list[tuple[str, Row | None, str]]:
    """Where findings lie: the first piece of evidence of each, then the others."""
    rows = [
        [(piece["artifact"], piece.get("locator"), piece.get("excerpt", "")) for piece in one["evidence"]]
        for one in cited
    ]
    return [*(row[0] for row in rows), *(place for row in rows for place in row[1:])]


def _key(criterion: str, subject: str) -> str:
    """What a result is known by in every release: the criterion and the version-free key of what it is about."""
    return hashlib.sha256(f"{criterion}\n{subject}".encode(errors="surrogatepass")).hexdigest()


def _seen(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value
