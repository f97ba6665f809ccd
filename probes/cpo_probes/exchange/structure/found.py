"""What a check of a file's structure says, and the three faults that all of them know."""

from mmap import mmap
from typing import Any

import msgspec

from cpo_probes.exchange.problem import Problem

Octets = bytes | mmap
MOST = 20  # problems that are listed
UNCHECKED = "structure.contents"  # the structure is right, and there is more to the format
FORM = "structure.form"  # a form of the format that is not read
LARGE = "structure.large"  # more values than are read


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`open_because`: the code of the reason why a file without problems is not called valid."""

    problems: tuple[Problem, ...] = ()
    open_because: str | None = None
    facts: dict[str, Any] = {}
    remarks: tuple[Problem, ...] = ()
    """What is odd and no error; their places are octets."""


def expected(wanted: str, at: int, clause: str) -> Problem:
    """Something else stands at octet `at` than `wanted`."""
    return Problem(code="structure.expected", byte=at, clause=clause, params={"wanted": wanted})


def ends(wanted: str, at: int, clause: str) -> Problem:
    """The file ends at octet `at`, before `wanted`."""
    return Problem(code="structure.ends", byte=at, clause=clause, params={"wanted": wanted})


def differs(what: str, stated: str, found: str, at: int, clause: str) -> Problem:
    """What the file states about itself is not so."""
    return Problem(
        code="structure.differs", byte=at, clause=clause, params={"what": what, "stated": stated, "found": found}
    )
