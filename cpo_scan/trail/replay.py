"""Two bodies of the same files that should be equal, and are not: which of the things that shape a body differ."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from cpo_scan.model import Reason
from cpo_scan.model.canonical import canonical, digest
from cpo_scan.model.coverage import LISTS

Row = Mapping[str, Any]


class Body(Protocol):
    """What is needed of a report."""

    tool: dict[str, Any]
    options: dict[str, Any]
    rules: list[dict[str, Any]]
    probes: list[dict[str, Any]]
    product: dict[str, Any]
    coverage: dict[str, Any]

    def findings(self) -> Iterable[Row]:
        """All findings."""


def differences(old: Body, new: Body) -> Iterator[Reason]:
    """What differs, from what shapes all else down to the findings themselves; nothing where the bodies are equal."""
    if old.tool["version"] != new.tool["version"]:
        yield Reason("replay.tool", {"old": old.tool["version"], "new": new.tool["version"]})
    if libraries := _names(old.tool["libraries"], new.tool["libraries"]):
        yield Reason("replay.libraries", {"names": libraries})
    if rules := _names(*({row["kind"]: row["sha256"] for row in body.rules} for body in (old, new))):
        yield Reason("replay.rules", {"names": rules})
    if options := _names(old.options, new.options):
        yield Reason("replay.options", {"names": options})
    if trees := _names(*({row["id"]: row["tree"] for row in body.product["deliverables"]} for body in (old, new))):
        yield Reason("replay.trees", {"names": trees})
    if said := [name for name in _names(old.product, new.product) if name != "deliverables"]:
        yield Reason("replay.product", {"names": said})
    if probes := _names(*({row["id"]: row for row in body.probes} for body in (old, new))):
        yield Reason("replay.probes", {"names": probes})
    if coverage := _names(old.coverage, new.coverage):
        yield Reason("replay.coverage", {"names": coverage})
    before, after = (
        {row["id"]: (row["kind"], digest(canonical(row))) for row in body.findings()} for body in (old, new)
    )
    for code, rows in (
        ("replay.findings_gone", [before[name][0] for name in before.keys() - after.keys()]),
        ("replay.findings_new", [after[name][0] for name in after.keys() - before.keys()]),
        ("replay.findings_other", [row[0] for name, row in before.items() if after.get(name, row) != row]),
    ):
        if rows:
            yield Reason(code, {"count": len(rows), "kinds": sorted(set(rows))})


def hangs_on_the_clock(coverage: Row) -> bool:
    """Did time or memory decide something in this scan, so that another one need not be equal?"""
    return any(row.get("nondeterministic") for name in LISTS for row in coverage[name])


def _names(old: Row, new: Row) -> list[str]:
    """The names under which two tables have different values."""
    missing = object()
    return sorted(name for name in {*old, *new} if old.get(name, missing) != new.get(name, missing))
