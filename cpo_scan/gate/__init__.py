"""The gate and the exit codes: what a pipeline is told about a report."""

from cpo_scan.gate.decide import FailOn, Waiver, decide
from cpo_scan.gate.exits import Exit, exit_code

__all__ = ["Exit", "FailOn", "Waiver", "decide", "exit_code"]
