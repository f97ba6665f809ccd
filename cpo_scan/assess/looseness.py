"""Was a scan looser than the profile allows? Then its outcomes are not to be believed beyond `inconclusive`."""

from collections.abc import Iterable, Mapping

from cpo_scan.assess.gaps import ProbeState
from cpo_scan.model import ProbeStatus, Reason
from cpo_scan.rulebook.profile import LoosestOptions


def too_loose(
    loosest: LoosestOptions, probes: Iterable[ProbeState], *, lost: bool, limits: Mapping[str, int] | None
) -> tuple[Reason, ...]:
    """In what a scan was looser; empty where it was not. `lost`: something was lost; `limits` are those of the scan,
    None where they are not known at all and are held against nothing."""
    states = {probe.id: probe.status for probe in probes}
    reasons = []
    if not loosest.allow_incomplete and (lost or ProbeStatus.FAILED in states.values()):
        reasons.append(Reason("criterion.too_loose_incomplete"))
    if missing := loosest.probes_missing(states):
        reasons.append(Reason("criterion.too_loose_probes", {"probes": missing}))
    if limits is not None and (lower := loosest.limits_lower(limits)):
        params = {"limits": [f"{name} >= {least}" for name, least in lower.items()]}
        reasons.append(Reason("criterion.too_loose_limits", params))
    return tuple(reasons)
