"""Exit codes of the program, in one place."""

from enum import IntEnum


class Exit(IntEnum):
    """What a pipeline is told."""

    MET = 0  # gate met, or none asked for
    NOT_MET = 1
    USAGE = 2  # wrong usage or rules; also what click gives
    INCOMPLETE = 3  # something was not looked at; outranks NOT_MET
    INTERNAL = 4


def exit_code(*, met: bool | None, lost: bool, allow_incomplete: bool = False) -> Exit:
    """The code after a scan that ran through. `met` None: no gate was asked for; `lost`: a coverage row says `lost`, or
    a probe is missing or failed."""
    if lost and not allow_incomplete:
        return Exit.INCOMPLETE
    return Exit.NOT_MET if met is False else Exit.MET
