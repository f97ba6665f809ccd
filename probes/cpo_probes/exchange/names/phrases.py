"""Which standards a short text of people names: the labels of file dialogs, menus and messages."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import NamedTuple

from cpo_probes.exchange.names.label_words import words_of

MOST_WORDS = 8  # of one name

Run = tuple[int, int, set[str]]
"""The words that name standards: where they begin and end, and which standards they name."""


class Phrases(NamedTuple):
    """Lookup over the names of standards, by their words in small letters."""

    named: Mapping[tuple[str, ...], set[str]]
    suffixes: Collection[str]
    proprietary: Collection[str]  # standards
    ordinary: Mapping[str, str]  # words that count only as they are written here
    never: Collection[str]

    def means(self, word: str) -> bool:
        """May a word that is the name of a standard mean it?"""
        folded = word.lower()
        return folded not in self.never and (folded not in self.ordinary or self.ordinary[folded] == word)

    def within(self, label: str) -> frozenset[str]:
        """Standards that a short text names. Ordinary words count only as `ordinary` writes them."""
        words = words_of(label)
        runs = self.runs(words)
        others = self.whose(label, words, runs)
        return frozenset(owner for start, _, owners in runs if start not in others for owner in owners)

    def runs(self, words: list[str]) -> list[Run]:
        """The runs of words that are names.

        The longest name stands for what it holds: `Microsoft Project XML` is neither Microsoft Project nor XML.
        """
        found: list[Run] = []
        folded = tuple(word.lower() for word in words)
        for start in range(len(words)):
            for end in range(min(start + MOST_WORDS, len(words)), start, -1):
                if found and end <= found[-1][1]:
                    break
                owners = self.named.get(folded[start:end])
                if owners and (self.means(words[start]) if end == start + 1 else not _is_plain(words[start:end])):
                    found.append((start, end, owners))
                    break
        return found

    def whose(self, text: str, words: list[str], runs: list[Run]) -> frozenset[int]:
        """Where names of programs begin that only say whose the format right behind them is: `AutoCAD DXF`."""
        return frozenset(
            start
            for (start, end, owners), (behind, _, others) in pairwise(runs)
            if end == behind
            and owners.issubset(self.proprietary)
            and not owners & others
            and "".join(words[start:end]).lower() not in self.suffixes
            and f"{words[end - 1]} {words[end]}" in text
        )


def _is_plain(words: list[str]) -> bool:
    """Are several words those of a sentence and no name: `point cloud data`, not `Point Cloud Data`?"""
    return all(word.islower() and word.isalpha() and len(word) > 3 for word in words)
