"""What was not looked at, and why: rows of the report's `coverage`."""

from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """What a coverage row means for what the report can say."""

    LOST = "lost"  # crash, time-out, unreadable, a limit that hides content
    BOUNDED = "bounded"  # read in part; what was not read can't change a finding
    BY_DESIGN = "by_design"  # links, declared size caps


NO_PROBE = "format.no_probe"
"""Code of the rows for artifacts that are recognised and that no probe examines: nothing was lost, and yet a gap."""


class Reason(msgspec.Struct, frozen=True):
    """A text for people as code and parameters; rendered from the message catalogues in `rules/messages`."""

    code: str
    params: dict[str, Any] = {}


LISTS = ("limits_hit", "skipped", "unreadable")
"""The lists of `coverage` in a report that hold rows."""


class CoverageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was not, or not wholly, examined.

    `affects` lists the finding kinds that could be missing because of it; empty with severity `lost` means any kind.
    `nondeterministic` marks the wall-clock and memory safety nets: another run may differ.
    """

    artifact: str
    reason: Reason
    severity: Severity
    probe: str | None = None
    affects: tuple[str, ...] = ()
    list: str = "unreadable"  # the list of `coverage` it stands in: unreadable, skipped, limits_hit
    nondeterministic: bool = False
