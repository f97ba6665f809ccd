"""The words of cpo-scan as frozen types. This package imports nothing else of ours."""

from cpo_scan.model.artifact import Artifact, Evidence, Locator, Recognition, encode_name
from cpo_scan.model.coverage import NO_PROBE, CoverageRow, Reason, Severity
from cpo_scan.model.finding import KINDS, Finding, FindingKind, finish
from cpo_scan.model.words import (
    Mode,
    Obligation,
    Offered,
    Openness,
    Origin,
    Outcome,
    ProbeStatus,
    Role,
    Strength,
)

__all__ = [
    "KINDS",
    "NO_PROBE",
    "Artifact",
    "CoverageRow",
    "Evidence",
    "Finding",
    "FindingKind",
    "Locator",
    "Mode",
    "Obligation",
    "Offered",
    "Openness",
    "Origin",
    "Outcome",
    "ProbeStatus",
    "Reason",
    "Recognition",
    "Role",
    "Severity",
    "Strength",
    "encode_name",
    "finish",
]
