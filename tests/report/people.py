"""What people say on the product of `tests.report.product`: every layer, in force and not."""

from typing import Any

from cpo_scan.model.report import Layers

DIGEST = "ab" * 32
VENDOR, AUDITOR, DECIDER, OWNER = "V. Endor", "E. Auditor", "D. Cider", "P. Owner"


def claim(criterion: str | None, word: str | None, result: str, **more: Any) -> dict[str, Any]:
    """A row of a statement that was held against the evidence."""
    return {
        "criterion": criterion, "claim": word, "result": result, "text": f"We say {word}.", "person": VENDOR,
        "date": "2026-10-01", "evidence": ["docs/api.html"], "reasons": [{"code": "claim.evidenced", "params": {}}],
        "not_seen": False, "findings": [], "scan_digest": DIGEST, **more,
    }  # fmt: skip


def determination(criterion: str, verdict: str, state: str = "in_force", **more: Any) -> dict[str, Any]:
    """A row of an auditor."""
    return {
        "criterion": criterion, "verdict": verdict, "grade": None, "method": "interview", "person": AUDITOR,
        "role": "evaluator", "date": "2026-11-01", "reason": "Asked the head of development.",
        "evidence": [{"file": "minutes.pdf", "sha256": DIGEST, "checked": False}], "expires": "2027-11-01",
        "state": state, "reasons": [], "criterion_digest": DIGEST, "scan_digest": DIGEST, **more,
    }  # fmt: skip


def waiver(criterion: str, state: str = "in_force") -> dict[str, Any]:
    """A row of the owner of a pipeline."""
    return {
        "criterion": criterion, "reason": "Fixed in the next release.", "owner": OWNER, "date": "2026-11-02",
        "expires": "2027-02-28", "state": state, "reasons": [], "scan_digest": DIGEST,
    }  # fmt: skip


def layers(rows: list[dict[str, Any]]) -> Layers:
    """All of it; `rows` are the findings of the report."""
    capability = next(row["id"] for row in rows if row["kind"] == "exchange.capability")
    description = next(row["id"] for row in rows if row["kind"] == "api.description")
    return Layers(
        claims=(
            claim("P-2.5-01", "yes", "supported"),
            claim("P-2.1-03", "yes", "contradicted"),
            claim("P-2.6-04", "not_applicable", "open"),
            claim("P-2.4-02", "no", "open"),
            claim(None, "yes", "supported", standard="step", direction="both", findings=[capability]),
            claim(None, None, "seen_not_claimed", standard="dwg", direction="import", findings=[capability],
                  text=None, person=None),
        ),
        responses=(
            {"criterion": None, "criteria": ["P-2.4-01"], "finding": description, "reason": "It is in the manual.",
             "person": VENDOR, "date": "2026-10-05", "evidence": [], "state": "in_force", "reasons": []},
        ),
        determinations=(
            determination("P-2.4-02", "fulfilled"),
            determination("P-2.1-03", "not_fulfilled", grade="major", method="examine"),
            determination("P-2.1-03", "fulfilled", "stale", reasons=[{"code": "layer.other_scan", "params": {}}]),
            determination("P-2.6-04", "not_applicable", person=DECIDER, role="decider", method=None),
            determination("P-2.7-01", "not_assessed"),
        ),
        waivers=(waiver("P-2.1-03"), waiver("P-2.4-01", "expired")),
    )  # fmt: skip
