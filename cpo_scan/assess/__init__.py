"""Measures and criteria: turns findings into outcomes. Knows nothing of files, probes' code or faces."""

from cpo_scan.assess.assessing import assess, probe_states
from cpo_scan.assess.gaps import ProbeState

__all__ = ["ProbeState", "assess", "probe_states"]
