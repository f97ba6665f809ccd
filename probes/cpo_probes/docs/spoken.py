"""In which language is a text written? By its most common small words, or by its script."""

from collections import Counter
from typing import Any

from cpo_scan.probe.phrases import dense, plain_words

_LOOKED_AT = 40_000  # characters of a text
_LEAST = 60  # words that a text must have to be judged
_SHARE = 0.06  # of all words that the small words of a language must be; in running text they are 20 to 40 %
_AHEAD = 1.6  # times as many as in the language that comes next


class Spoken:
    """Tells languages apart by the table of small words."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._words: dict[str, list[str]] = {}
        for language, words in table.items():
            for word in words:
                self._words.setdefault(word, []).append(language)

    def of(self, text: str) -> str:
        """The ISO 639-1 code of the language; empty where the text is short or the words do not decide."""
        head = text[:_LOOKED_AT]
        if script := _script(head):
            return script
        words = plain_words(head).split()
        if len(words) < _LEAST:
            return ""
        said = Counter(words)
        counts: Counter[str] = Counter()
        for word in self._words.keys() & said.keys():
            for language in self._words[word]:
                counts[language] += said[word]
        ranked = sorted(((count, language) for language, count in counts.items()), reverse=True)
        if not ranked or ranked[0][0] < _SHARE * len(words):
            return ""
        return ranked[0][1] if len(ranked) == 1 or ranked[0][0] >= _AHEAD * ranked[1][0] else ""


def _script(text: str) -> str:
    """Japanese, Korean and Chinese by their scripts (kana, Hangul, Han alone)."""
    if not dense(text):
        return ""
    letters = kana = hangul = han = 0
    for sign in text:
        if sign.isalpha():
            letters += 1
            kana += "\u3040" <= sign <= "\u30ff"
            hangul += "\uac00" <= sign <= "\ud7a3"
            han += "\u4e00" <= sign <= "\u9fff"
    if letters < _LEAST or (kana + hangul + han) * 4 < letters:
        return ""
    if kana * 10 > letters:
        return "ja"
    return "ko" if hangul > han else "zh"
