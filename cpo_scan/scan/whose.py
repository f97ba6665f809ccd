"""Whose is it, is it offered, does it count: the path rules, and what the user's product description says instead."""

from functools import cached_property, lru_cache

import msgspec

from cpo_scan.model import Offered, Origin, Reason
from cpo_scan.rulebook.origins import Origins, load_origins
from cpo_scan.targets.product import ExclusionRule, OfferedOverride, OriginOverride, ProductDescription, path_matches

Answer = tuple[tuple[Origin, Reason], tuple[Offered, Reason]]


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What `product.yaml` says of paths."""

    exclusions: tuple[ExclusionRule, ...] = ()
    origin: tuple[OriginOverride, ...] = ()
    offered: tuple[OfferedOverride, ...] = ()

    @staticmethod
    def of(product: ProductDescription) -> "Overrides":
        """The overrides of a description."""
        return Overrides(exclusions=product.exclusions, origin=product.origin, offered=product.offered)


class Whose:
    """Answers for report paths; the first override that fits comes before the rules."""

    def __init__(self, overrides: Overrides, origins: Origins | None = None) -> None:
        self._overrides = overrides
        self._given = origins
        self.answer = lru_cache(maxsize=65_536)(self._answer)

    @cached_property
    def _origins(self) -> Origins:
        return self._given or load_origins()

    def excluded(self, path: str) -> Reason | None:
        """Why a path is not examined, or None where it is."""
        for rule in self._overrides.exclusions:
            if path_matches(rule.path, path):
                return Reason("product.excluded", {"reason": rule.reason, "path": rule.path})
        return None

    def _answer(self, path: str) -> Answer:
        origin, offered = self._origins.answer(path)
        for whose in self._overrides.origin:
            if path_matches(whose.path, path):
                origin = (whose.value, Reason("product.override", {"reason": whose.reason, "was": origin[0]}))
                break
        for offer in self._overrides.offered:
            if path_matches(offer.path, path):
                offered = (offer.value, Reason("product.override", {"reason": offer.reason, "was": offered[0]}))
                break
        return origin, offered
