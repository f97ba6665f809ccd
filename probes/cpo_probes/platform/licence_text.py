"""A text of terms made ready for looking at: words in lower case with single spaces, and where each stands."""

from bisect import bisect_right
from typing import Any

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.prose import BREAK, Prose, sentence

_WORD = r"[^\s]++"
_BEFORE = "#*/;>"  # what starts the lines of a comment or a quotation is none of the text
_AROUND = 200  # characters to either side of a clause that may belong to its sentence


class TermsText:
    """The text of an artifact. `folded` is what patterns look at."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        text = prose.text.replace(BREAK, "\n")
        self._starts: list[int] = []
        self._places: list[int] = []
        words: list[str] = []
        at = end = 0
        begins = True
        for found in compile_pattern(_WORD, text=True).finditer(text):
            between = text[end : found.start()]
            begins = begins or "\n" in between or "\r" in between
            end = found.end()
            word = found.group().lower()
            if begins:
                word = word.lstrip(_BEFORE)
            if word:
                begins = False
                self._starts.append(at)
                self._places.append(found.start())
                words.append(word)
                at += len(word) + 1
        self.folded = " ".join(words)
        self.lines = text.splitlines()

    @property
    def text(self) -> str:
        """As it stands in the document."""
        return self._prose.text

    def place(self, at: int) -> dict[str, Any]:
        """Keys of `Locator` for a place of the folded text."""
        return self._prose.place(self._where(at))

    def quote(self, start: int, end: int) -> str:
        """The sentence around a place of the folded text, in the words of the document."""
        first, last = self._where(start), self._where(max(start, end - 1))
        return sentence(self.text, first, last + 1, _AROUND)

    def _where(self, at: int) -> int:
        number = bisect_right(self._starts, at) - 1
        return self._places[number] if number >= 0 else 0
