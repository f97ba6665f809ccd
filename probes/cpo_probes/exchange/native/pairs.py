"""Readers and writers whose names shorten the role, or say it by a word that means more: `IE_Imp_RTF` and `IE_Exp_RTF`,
`VerilogFrontend` and `EdifBackend`.

Such a word alone says nothing (`imp` is an implementation too); that a program has names for both ways does.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Named
from cpo_probes.exchange.native.meaning import Meanings
from cpo_probes.exchange.native.names import Seen, in_symbols, telling
from cpo_scan.probe import Context
from cpo_scan.probe.binaries import Binary
from cpo_scan.probe.patterns import compile as compile_pattern

_ROLES = {"import": "Reader", "export": "Writer"}


class Pair(NamedTuple):
    """Two words, lower case, for the two ways; they stand before the format at the end of a name, or behind it."""

    words: dict[str, str]  # the direction of each
    is_front: bool

    @property
    def at_end(self) -> Iterable[str]:
        """The words that end a name."""
        return () if self.is_front else self.words

    @property
    def spellings(self) -> Iterable[str]:
        """Patterns for what a name holds that has one of the words: with a capital, or before an underscore."""
        behind = "[A-Z_0-9]" if self.is_front else ""
        return (spelled for word in self.words for spelled in (word.title() + behind, f"{word}_"))

    def plain(self, identifier: str) -> str | None:
        """The name with a role that needs no company: `IE_Imp_RTF` is an `RTF_Reader`."""
        words = words_of(identifier)
        place = next((at for at in reversed(range(len(words))) if words[at].lower() in self.words), None)
        if place is None or (not self.is_front and place != len(words) - 1):
            return None
        called = words[place + 1 :] if self.is_front else words[:place]
        return "_".join([*called, _ROLES[self.words[words[place].lower()]]]) if called else None


def pairs_of(context: Context) -> tuple[Pair, ...]:
    """The pairs of words in the rules."""
    return tuple(
        Pair({row["import"]: "import", row["export"]: "export"}, row["at"] == "front")
        for row in context.data("registrations")["paired_roles"]
    )


def in_pairs(
    binary: Binary, types: Sequence[Seen], pairs: Iterable[Pair], meanings: Meanings
) -> Iterator[tuple[Named, Seen]]:
    """The readers and writers of each pair of words, where a program has both."""
    for pair in pairs:
        pattern = compile_pattern("|".join(sorted(pair.spellings)))
        found = [
            (named, place)
            for place in chain(in_symbols(telling(binary, pattern), pattern), types)
            if (plain := pair.plain(place.identifier)) is not None and (named := meanings.of(plain)) is not None
        ]
        if {named.direction for named, _ in found} == {"import", "export"}:
            yield from found
