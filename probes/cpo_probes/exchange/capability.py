"""Claims that a product can import or export a standard, and the findings made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cpo_scan.probe import Artifact, Context, Evidence, Finding, Severity, Strength

KIND = "exchange.capability"
MOST_CLAIMS = 5_000  # an artifact: more is no product's registry


@dataclass(frozen=True)
class Claim:
    """One standard, one direction, as one place in an artifact says it."""

    standard: str
    direction: str  # import, export, both, unknown
    via: str  # registration, mime, library, symbol, converter
    name: str
    evidence: tuple[Evidence, ...]
    strength: Strength = Strength.REGISTERED
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def qualified(self) -> bool:
        """It holds under a condition, with another program's help, or not at all."""
        return bool(self.more.keys() & {"condition", "requires", "refuted"})


def findings(claims: Iterable[Claim], artifact: Artifact, context: Context) -> Iterator[Finding]:
    """One finding for each standard, direction, way and name; the same claim made twice gives more evidence.

    Of two that differ in how well they hold the better one stands: what is registered without a condition somewhere is
    registered without one.
    """
    merged: dict[tuple[str, str, str, str], Claim] = {}
    for number, claim in enumerate(claims):
        context.checkpoint()
        if number >= MOST_CLAIMS:
            context.partly(artifact, "capability.too_many", limit=MOST_CLAIMS)
            break
        key = (claim.standard, claim.direction, claim.via, claim.name)
        known = merged.get(key)
        if known is None:
            merged[key] = claim
        else:
            better, other = sorted((known, claim), key=lambda one: (one.qualified, -one.strength.rank))
            merged[key] = Claim(
                better.standard,
                better.direction,
                better.via,
                better.name,
                better.evidence + other.evidence,
                better.strength,
                better.more,
            )
    named = {claim.standard for claim in merged.values()}
    others = {standard for standard in named if _means_another(standard, artifact, context)}
    for claim in merged.values():
        if claim.standard in others:
            continue
        yield Finding(
            KIND,
            {
                "standard": claim.standard,
                "direction": claim.direction,
                "via": claim.via,
                "availability": "unknown",
                "name": claim.name,
                **claim.more,
            },
            claim.strength,
            claim.evidence,
        )


def _means_another(standard: str, artifact: Artifact, context: Context) -> bool:
    """Does the artifact speak of what another format of the same name is about?"""
    words = context.data("registrations")["other_meanings"].get(standard, ())
    if not words:
        return False
    folded = bytes(context.content(artifact).whole()).lower()
    return any(word.encode() in folded for word in words)


def too_large(artifact: Artifact, context: Context) -> bool:
    """Is this source above the cap for sources, and so taken for generated? Says so in the coverage."""
    if artifact.size <= context.limits.source_bytes:
        return False
    context.partly(
        artifact,
        "source.generated",
        severity=Severity.BY_DESIGN,
        size=artifact.size,
        limit=context.limits.source_bytes,
    )
    return True
