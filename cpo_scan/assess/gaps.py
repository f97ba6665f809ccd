"""What was not looked at, as far as it could change a measure.

Two sorts: *closed* gaps block a whole kind (no probe states it, its probe failed or was switched off); *unread*
artifacts are single ones, of which each could hold something that a measure would have counted. What was left out on
purpose (sources above a size that only tools write) is no gap: it changes no outcome, and is said.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cpo_scan.model import NO_PROBE, CoverageRow, Origin, ProbeStatus, Reason
from cpo_scan.rulebook.origins import Origins

_NOT_THE_VENDORS = frozenset({Origin.COMPONENT, Origin.TEST, Origin.SAMPLE, Origin.GENERATED})


class ProbeState(msgspec.Struct, frozen=True, kw_only=True):
    """A probe as the assessment sees it: what it states, and what became of it."""

    id: str
    status: ProbeStatus
    states: tuple[str, ...]
    reason: Reason | None = None
    """Why it did not run, where somebody said so."""


class KindGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What may be missing of one kind in one scope."""

    closed: bool
    unread: int
    reasons: tuple[Reason, ...]
    left_out: int = 0
    """Artifacts that were left out on purpose and could hold findings of the kind."""


class Gaps:
    """The gaps of one scan, by kind and scope."""

    def __init__(self, probes: Iterable[ProbeState], origins: Origins) -> None:
        self._probes = sorted(probes, key=lambda probe: probe.id)
        self._states = {probe.id: frozenset(probe.states) for probe in self._probes}
        self._origins = origins
        # (kind or None for any, vendor scope only?) -> artifacts
        self._unread: dict[tuple[str | None, bool], set[str]] = {}
        self._unexamined: dict[tuple[str, bool], dict[str, set[str]]] = {}
        self._left_out: dict[tuple[str, bool], set[str]] = {}
        self.lost = False
        """Does a row of the coverage say that something was lost?"""

    def add(self, row: CoverageRow | Mapping[str, Any]) -> None:
        """Take note of a row of the coverage. Gaps are the `lost` ones, and what no probe examines."""
        if isinstance(row, CoverageRow):
            severity, artifact, probe, affects = str(row.severity), row.artifact, row.probe, row.affects
            reason = row.reason
        else:
            severity, artifact, probe = str(row["severity"]), row["artifact"], row.get("probe")
            affects = tuple(row.get("affects", ()))
            reason = Reason(row["reason"]["code"], row["reason"].get("params") or {})
        if reason.code == NO_PROBE:
            return self._nobodys(artifact, str(reason.params["format"]), affects)
        others = self._origins.origin(artifact) in _NOT_THE_VENDORS
        if severity == "by_design":
            for affected in affects:
                for vendor in (False,) if others else (False, True):
                    self._left_out.setdefault((affected, vendor), set()).add(artifact)
        if severity != "lost":
            return None
        self.lost = True
        kinds: Iterable[str | None] = affects or self._states.get(probe or "", (None,))
        for kind in kinds:
            self._unread.setdefault((kind, False), set()).add(artifact)
            if not others:
                self._unread.setdefault((kind, True), set()).add(artifact)

    def _nobodys(self, artifact: str, form: str, kinds: Iterable[str]) -> None:
        scopes = (False,) if self._origins.origin(artifact) in _NOT_THE_VENDORS else (False, True)
        for kind in kinds:
            for vendor in scopes:
                self._unexamined.setdefault((kind, vendor), {}).setdefault(form, set()).add(artifact)

    def stating(self, kind: str) -> tuple[ProbeState, ...]:
        """The installed probes that state a kind, by id."""
        return tuple(probe for probe in self._probes if kind in probe.states)

    def unread(self, kinds: Iterable[str], vendor: bool) -> int:
        """How many artifacts were not read that could have held findings of these kinds; in the vendor scope without
        those that the path rules give to somebody else, since what they hold is not counted there."""
        lost: set[str] = set(self._unread.get((None, vendor), ()))
        for kind in kinds:
            lost |= self._unread.get((kind, vendor), set())
            lost = lost.union(*self._unexamined.get((kind, vendor), {}).values())
        return len(lost)

    def of(self, kind: str, vendor: bool) -> KindGaps:
        """All that may be missing of a kind."""
        reasons: list[Reason] = []
        probes = self.stating(kind)
        if not probes:
            reasons.append(Reason("gap.no_probe", {"kind": kind}))
        for probe in probes:
            match probe.status:
                case ProbeStatus.FAILED:
                    reasons.append(Reason("gap.probe_failed", {"probe": probe.id, "kind": kind}))
                case ProbeStatus.NOT_RUN:
                    reasons.append(probe.reason or Reason("gap.probe_off", {"probe": probe.id, "kind": kind}))
                case ProbeStatus.OK | ProbeStatus.PARTIAL:
                    pass
        closed = bool(reasons)
        unread = self.unread((kind,), vendor)
        lost = len(self._unread.get((None, vendor), set()) | self._unread.get((kind, vendor), set()))
        if lost:
            reasons.append(Reason("gap.unread", {"artifacts": lost, "kind": kind}))
        for form, artifacts in sorted(self._unexamined.get((kind, vendor), {}).items()):
            params = {"format": form, "artifacts": len(artifacts), "kind": kind}
            reasons.append(Reason("gap.no_probe_for", params))
        left_out = len(self._left_out.get((kind, vendor), ()))
        return KindGaps(closed=closed, unread=unread, reasons=tuple(reasons), left_out=left_out)
