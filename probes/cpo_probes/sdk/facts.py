"""Extension points and extensions as the readers state them, and how they are brought together: one for each name."""

from collections.abc import Iterable
from typing import Any

import msgspec

from cpo_scan.probe import Evidence, Strength

LONGEST_NAME = 300  # characters


class Fact(msgspec.Struct, frozen=True):
    """One point or one use, as one place says it."""

    states: str  # point, use
    mechanism: str
    name: str
    point: str = ""
    """Of a use: what it hooks into."""
    evidence: tuple[Evidence, ...] = ()
    strength: Strength = Strength.REGISTERED
    documented: bool = False
    """Of a point: its own description says more than its name."""
    more: dict[str, Any] = {}

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it apart from others."""
        return self.states, self.mechanism, self.point, self.name


def merged(facts: Iterable[Fact]) -> list[Fact]:
    """One fact for each point, and for each use and the point that it uses; in the order of mechanism and name.

    The strongest evidence comes first; what one place documents is documented.
    """
    found: dict[tuple[str, str, str, str], list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.key, []).append(fact)
    return [_one(found[key]) for key in sorted(found)]


def _one(facts: list[Fact]) -> Fact:
    if len(facts) == 1:
        return facts[0]
    facts = sorted(facts, key=lambda fact: (-fact.strength.rank, fact.evidence[0].artifact, repr(fact.evidence)))
    more: dict[str, Any] = {}
    for fact in reversed(facts):
        more |= fact.more
    return msgspec.structs.replace(
        facts[0],
        evidence=tuple(piece for fact in facts for piece in fact.evidence),
        documented=any(fact.documented for fact in facts),
        more=more,
    )


def usable(name: object) -> str:
    """A name as it may stand in a finding: one line, not too long; empty where there is none."""
    if not isinstance(name, str):
        return ""
    folded = " ".join(name.split())
    return folded if 0 < len(folded) <= LONGEST_NAME and folded.isprintable() else ""
