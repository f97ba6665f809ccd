"""What came of holding a file against its schema, and how the answers on the parts of a package make one."""

from collections.abc import Iterable
from typing import Any

import msgspec

from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable

MOST = 20  # problems that a finding lists
# Errors that say "this is not as the format must be"; others say that we could not or would not read it.
BROKEN = frozenset(
    {
        "xml.malformed",
        "json.malformed",
        "packed.damaged",
        "zip.bad_crc",
        "zip.damaged_directory",
        "zip.header_mismatch",
        "zip.no_directory",
        "zip.out_of_bounds",
        "zip.size_mismatch",
    }
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`valid` is true or false after a whole check, else None with a problem that says what was missing."""

    valid: bool | None
    problems: tuple[dict[str, Any], ...] = ()
    total: int = 0
    checked_with: tuple[dict[str, Any], ...] = ()
    remarks: tuple[dict[str, Any], ...] = ()
    """What is odd and no matter of the schema."""
    facts: dict[str, Any] = {}
    elements: dict[str, int] = {}
    """How often each element stands in an XML document that was held against its schema."""
    dangling: int = 0
    """Identifiers in it that are referred to and not there."""


def problem(code: str, **params: Any) -> dict[str, Any]:
    """A problem as it stands in a finding; `line` and `column` stand beside the parameters."""
    place = {key: params.pop(key) for key in ("line", "column", "pointer") if key in params}
    return {"code": code} | ({"params": params} if params else {}) | place


def refused(code: str, **params: Any) -> Verdict:
    """A file that is not as its standard says."""
    return Verdict(valid=False, problems=(problem(code, **params),), total=1)


def unread(artifact: Artifact, context: Context, error: Unreadable, *, part: str = "") -> Verdict:
    """What an error of the carrier means: false where it is broken, None where it was not read. It joins the rows."""
    context.unreadable(artifact, error)
    told = problem(error.reason.code, **error.reason.params, **({"part": part} if part else {}))
    broken = error.reason.code in BROKEN and not isinstance(error, LimitHit)
    return Verdict(valid=False if broken else None, problems=(told,), total=1)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """A package is valid where all of its parts are, and refused where one is; None where nothing could be checked."""
    every = list(verdicts)
    valid = all(one.valid for one in every) if every and all(one.valid is not None for one in every) else None
    if any(one.valid is False for one in every):
        valid = False
    facts: dict[str, Any] = {}
    for one in every:
        facts |= one.facts
    return Verdict(
        valid=valid,
        problems=tuple(item for one in every for item in one.problems)[:MOST],
        total=sum(one.total for one in every),
        checked_with=_unique(item for one in every for item in one.checked_with),
        remarks=tuple(item for one in every for item in one.remarks)[:MOST],
        facts=facts,
    )


def _unique(rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for row in rows:
        if row not in found:
            found.append(row)
    return tuple(found[:MOST])
