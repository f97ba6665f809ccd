"""An in-toto Statement v1 on the scan: what was scanned, by digest, and which outcomes came of it. Unsigned.

Signing it (a DSSE envelope) is for whoever answers for the run. https://github.com/in-toto/attestation
"""

from typing import Any, BinaryIO

from cpo_scan.model import Outcome
from cpo_scan.model.canonical import canonical, digest
from cpo_scan.report.exported import Row, instant
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.said import LAYERS
from cpo_scan.report.states import INTOTO
from cpo_scan.report.texts import Texts

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:cpo-scan:predicate:evidence-summary:1"
"""A name of ours and no address; the number grows when a member changes its meaning."""

_NOTICE = ("report.not_certificate", "report.not_certificate.why")


def write_intoto(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The statement as canonical JSON (RFC 8785) with a line break at its end: the bytes that a signature covers."""
    statement = {
        "_type": STATEMENT,
        "subject": subjects(report),
        "predicateType": PREDICATE,
        "predicate": predicate(report, texts, lang),
    }
    stream.write(canonical(statement) + b"\n")


def subjects(report: Report) -> list[Row]:
    """One per supplied deliverable. The digest is that of its manifest (`sha256  path`, sorted), not of one file.

    A report without any tree is itself the subject, by the digest of its body.
    """
    trees = [one for one in report.product.get("deliverables") or () if one.get("tree")]
    named = [
        {
            "name": visible(f"{one['id']}.manifest"),
            "mediaType": "text/plain",
            "digest": {"sha256": one["tree"]["digest"]},
            "annotations": {
                "deliverable": visible(str(one["id"])),
                "role": one.get("role"),
                "files": one["tree"]["files"],
                "links": one["tree"]["links"],
                "bytes": one["tree"]["bytes"],
            },
        }
        for one in trees
    ]
    return named or [{"name": "body", "mediaType": "application/json", "digest": {"sha256": report.scan_digest}}]


def predicate(report: Report, texts: Texts, lang: str) -> Row:
    """Digests and outcomes; no finding, no path of the product and no person."""
    product = report.product
    coverage = report.coverage
    rows = [row for name in ("unreadable", "skipped", "limits_hit") for row in coverage[name]]
    members = {
        "notice": " ".join(texts.label(code, lang) for code in _NOTICE),
        "tool": {"name": "cpo-scan", "version": report.tool["version"]},
        "schemaVersion": report.schema_version,
        "scanDigest": report.scan_digest,
        "assessmentDigest": report.assessment_digest,
        "product": {name: product.get(name) for name in ("name", "version", "vendor", "edition")},
        "notSupplied": [one["id"] for one in product.get("deliverables") or () if not one.get("supplied", True)],
        "startedOn": instant(report.run.get("started")),
        "finishedOn": instant(report.run.get("finished")),
        "rules": [
            {"kind": row["kind"], "id": row["id"], "version": row["version"], "digest": {"sha256": row["sha256"]},
             "provisional": bool(row.get("provisional"))}
            for row in [*report.rules, *report.assessment["rules"]]
        ],
        "findings": report.finding_count,
        "coverage": {
            **{name: coverage[name] for name in ("files", "members", "bytes", "recognised")},
            **{name: sum(row["severity"] == name for row in rows) for name in ("lost", "bounded", "by_design")},
            "nondeterministic": any(row.get("nondeterministic") for row in rows),
        },
        "probesNotWhole": [
            {"id": row["id"], "version": row["version"], "status": row["status"]}
            for row in report.probes
            if row["status"] != "ok"
        ],
        "summary": report.assessment.get("summary") or {},
        "criteria": [
            {
                "id": row["id"], "obligation": row["obligation"], "obligationBasis": row["obligation_basis"],
                "outcome": INTOTO[Outcome(row["outcome"])].word,
                "parts": [{"mode": part["mode"], "outcome": part["outcome"]} for part in row["parts"]],
            }
            for row in report.assessment["criteria"]
        ],
        "layers": {
            **{layer: len(report.layers.get(layer, ())) for layer in LAYERS},
            "digest": {"sha256": digest(canonical(report.layers))},
        },
        "gate": {"met": report.gate.get("met"), "failing": list(report.gate.get("failing") or ())},
    }  # fmt: skip
    return {name: _shown(value) for name, value in members.items()}


def _shown(value: Any) -> Any:
    """Plain data with nothing unseen in its texts."""
    match value:
        case str():
            return visible(value)
        case dict():
            return {visible(str(key)): _shown(item) for key, item in value.items()}
        case list() | tuple():
            return [_shown(item) for item in value]
        case _:
            return value
