"""Does a report have the shape of its schema? Digests only say that nobody changed it; anybody can make new ones."""

from functools import cache
from typing import Any

import msgspec

from cpo_scan.model.report import SCHEMA_VERSION
from cpo_scan.report.inert import visible
from cpo_scan.rulebook.root import rules_root

_LONGEST = 160  # characters of what is wrong, in a line for the user


class _Evidence(msgspec.Struct):
    artifact: str
    locator: dict[str, msgspec.Raw] = {}
    excerpt: str = ""


class _Finding(msgspec.Struct):
    """What faces take for granted in a row; its attributes they take as they come."""

    id: str
    subject: str
    probe: str
    kind: str
    strength: str
    origin: str
    offered: str
    attributes: dict[str, msgspec.Raw]
    evidence: list[_Evidence]
    evidence_total: int


_FINDING = msgspec.json.Decoder(_Finding)


def problem_of(document: dict[str, Any], version: str) -> str:
    """What is wrong with a report without its findings, in a few words; empty where nothing is.

    A report of a later 1.x may hold members that are not known here: those are let pass, and nothing else.
    """
    newer = version != SCHEMA_VERSION
    for error in _validator().iter_errors(document):
        name = error.kind.name
        if newer and name in ("additionalProperties", "unevaluatedProperties"):
            continue
        # the library's words quote the value, however long it is, but where they name a member
        words = error.message if name in ("additionalProperties", "required") else f"does not fit {name!r}"
        return in_short(f"/{'/'.join(str(part) for part in error.instance_path)} {words}")
    return ""


def check_finding(raw: msgspec.Raw) -> None:
    """Raises msgspec.ValidationError where a row is no finding, or has no evidence."""
    if not _FINDING.decode(raw).evidence:
        raise msgspec.ValidationError("a finding without evidence")


def in_short(text: str) -> str:
    """Words that may come from a stranger's file, for one line."""
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


@cache
def _validator() -> Any:
    import jsonschema_rs

    schema = msgspec.json.decode((rules_root() / "schemas" / "report-1.json").read_bytes())
    return jsonschema_rs.validator_for(schema, offline=True)
