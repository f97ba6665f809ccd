"""What auditors may start from: a grade proposed for a criterion. Only their faces ask for it; no report has it."""

from collections.abc import Mapping
from typing import Any

from cpo_scan.model import Outcome

CLARIFY = "clarify"


def candidate(row: Mapping[str, Any], assessment: Mapping[str, Any]) -> str:
    """`major`, `minor` or `opportunity` by the profile's table where evidence speaks against a criterion, `clarify`
    where there is none, else empty. Absence alone never proposes a grade; a profile without a table proposes nothing.
    """
    grades: Mapping[str, str] = next((rule["grades"] for rule in assessment["rules"] if rule.get("grades")), {})
    if row["outcome"] == Outcome.CONTRADICTED:
        return grades.get(row["obligation"], "")
    return CLARIFY if grades and row["outcome"] == Outcome.NO_EVIDENCE else ""
