"""The probe SDK: all that a probe author needs, and nothing that only the engine may touch.

A probe states facts with evidence and never judges. See `docs/probes.md` and `cpo-scan new probe`.
"""

from cpo_scan.model import (
    Artifact,
    Evidence,
    Finding,
    Offered,
    Origin,
    Reason,
    Severity,
    Strength,
)
from cpo_scan.probe.context import Context, Index, ProductContext
from cpo_scan.probe.literals import find, holds, which
from cpo_scan.probe.probe import AnyProbe, CombiningProbe, Note, Probe, ProductProbe
from cpo_scan.probe.selector import Selector, anything, conflicts, formats, names, parts, standards
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable

__all__ = [
    "AnyProbe",
    "Artifact",
    "CombiningProbe",
    "Content",
    "Context",
    "Evidence",
    "Finding",
    "Index",
    "LimitHit",
    "Note",
    "Offered",
    "Origin",
    "Probe",
    "ProductContext",
    "ProductProbe",
    "Reason",
    "Selector",
    "Severity",
    "Strength",
    "Unreadable",
    "anything",
    "conflicts",
    "find",
    "formats",
    "holds",
    "names",
    "parts",
    "standards",
    "which",
]
