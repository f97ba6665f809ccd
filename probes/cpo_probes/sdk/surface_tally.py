"""Counting a public surface: symbols of many files brought together, one finding for each root and language."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from cpo_scan.probe import Evidence, Finding
from cpo_scan.probe.wording import fingerprint, is_boilerplate, signature

MOST_NAMES = 100  # undocumented symbols that a finding names; report contract
CITED = 20  # files that a finding cites at most; report contract


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """A symbol as it is noted for later: small, since a product may have a million of them.

    `key` tells overloads apart, `said` stands for what its description says (0: nothing).
    """

    kind: str
    name: str
    key: int
    said: int

    @classmethod
    def of(cls, kind: str, name: str, overload: str, doc: str, *own: str) -> Self:
        """`doc` is judged by the one rule for what is documented; `own` are names that it may not just repeat."""
        says = signature(doc, *name.replace("::", ".").split("."), *own) if doc else None
        return cls(kind, name, fingerprint(overload) if overload else 0, fingerprint(says) or 1 if says else 0)


class Tally:
    """The symbols of one root in one language. Equal ones that several files declare are one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int, str], int] = {}
        self._silent = 0
        self._silent_names: list[str] = []
        self.evidence: list[Evidence] = []
        self.kinds: Counter[str] = Counter()

    def add(self, symbols: Iterable[Noted], apart: str = "") -> None:
        """Symbols of one file; what one file describes is described. `apart` keeps equal names of other files apart."""
        known = self._known
        for symbol in symbols:
            key = (symbol.kind, symbol.name, symbol.key, apart)
            if not known.get(key):
                if key not in known:
                    self.kinds[symbol.kind] += 1
                known[key] = symbol.said

    def add_silent(self, names: list[str], kinds: Mapping[str, int]) -> None:
        """Symbols that no other file has too and that nothing describes: they are counted and need not be kept."""
        self.kinds.update(kinds)
        self._silent += sum(kinds.values())
        held = self._silent_names
        if len(held) < MOST_NAMES or min(names, default="") < held[MOST_NAMES - 1]:
            self._silent_names = sorted({*held, *names})[:MOST_NAMES]

    def __bool__(self) -> bool:
        return bool(self._known or self._silent)

    def attributes(self) -> dict[str, Any]:
        """Symbols, how many of them are documented, and the names of those that are not."""
        total = len(self._known) + self._silent
        repeated = Counter(said for said in self._known.values() if said)
        boilerplate = {said for said, count in repeated.items() if is_boilerplate(count, total)}
        silent = [name for (_, name, _, _), said in self._known.items() if not said or said in boilerplate]
        listed = sorted({*silent, *self._silent_names})[:MOST_NAMES]
        missing = len(silent) + self._silent
        return {
            "symbols": total,
            "documented_symbols": total - missing,
            **{f"{kind}s": count for kind, count in sorted(self.kinds.items())},
            "undocumented": listed,
            "undocumented_total": missing,
        }

    def finding(self, language: str, root: str, **more: Any) -> Finding:
        """The finding; `more` are attributes beside those of the symbols."""
        return Finding(
            "sdk.surface",
            {"language": language, "root": root, **self.attributes(), **more},
            evidence=tuple(self.evidence),
        )
