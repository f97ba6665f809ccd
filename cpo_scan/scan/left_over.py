"""Recognised, but nobody's: artifacts of a standard that no running probe examines for what they would state.

Without their rows "nothing found" would be said of descriptions that lie in the product and were not looked at. Only
the selectors are asked, so it costs no byte.
"""

from collections.abc import Iterable
from typing import Protocol

from cpo_scan.model import NO_PROBE, CoverageRow, Reason, Recognition, Severity
from cpo_scan.probe import Selector

_KINDS = {"description": "api.description", "schema": "exchange.schema", "file": "exchange.file"}


class Selecting(Protocol):
    """What is asked of a probe here."""

    @property
    def examines(self) -> Selector: ...
    @property
    def states(self) -> tuple[str, ...]: ...


def left_over(path: str, recognition: Recognition | None, probes: Iterable[Selecting]) -> CoverageRow | None:
    """The row for an artifact that is left over, or None. General carriers (XML, JSON) would state nothing.

    A kind that none of the probes states is a gap as a whole already, and gives no rows.
    """
    if recognition is None or recognition.standard is None or recognition.carrier or recognition.by_name:
        return None
    kind = _KINDS.get(recognition.part, "")
    stating = [probe for probe in probes if kind in probe.states]
    name = path.rpartition("/")[2]
    if not stating or any(probe.examines.matches(name, recognition) is not None for probe in stating):
        return None
    reason = Reason(NO_PROBE, {"format": recognition.format, "kind": kind})
    return CoverageRow(artifact=path, reason=reason, severity=Severity.BY_DESIGN, affects=(kind,), list="skipped")
