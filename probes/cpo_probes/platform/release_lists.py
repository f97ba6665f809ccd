"""Which releases stand behind the name of a system: `12 and 13`, `8/9`, `10 or later`, `11 bis 13`, `ab 20.04 LTS`.

The words that lead to a number, join numbers and follow them are in `rules/data/platforms.yaml`, in all languages.
"""

from collections.abc import Iterable
from typing import Any

LATER = "or later"
REACH = 160
"""Characters behind a name that may belong to its releases."""
_MOST = 20  # releases behind one name
_DIGITS, _PARTS = 4, 3  # of a release: 2022, 10.15.7
_SUFFIXES = ("R", "SP", "U", "Update ")  # before a number of one or two digits
_LETTERS = ("ai", "c", "g", "i")  # that belong to a release: 23ai, 19c, 11g, 9i
_ASIDE = 40  # characters in brackets behind a release: its code name
_SAME = str.maketrans({"\u00a0": " ", "\t": " ", "\u2013": "-", "\u2011": "-"})


class ReleaseLists:
    """Reads them by the table `documents.releases`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._lead = _longest(table["lead"])
        self._from = _longest(table["from"])
        self._later = _longest(table["later"])
        self._range = _longest(table["range"])
        self._join = _longest(table["join"])
        self._units = frozenset(table["units"])

    def behind(self, text: str) -> list[str]:
        """Releases that the text right behind a name gives: `12`, `2012 R2`, `10 or later`, `11 to 13`; each once."""
        rest = text[:REACH].partition("\n\n")[0].translate(_SAME)
        rest = self._led(rest)
        after = _behind_word(rest, self._from)
        since = after is not None
        rest = self._led(rest if after is None else after)
        found: list[str] = []
        while len(found) < _MOST:
            release, rest = self._one(rest)
            if not release:
                break
            opened, rest = self._open(release, rest)
            found.append(f"{release} {LATER}" if since and opened == release and not found else opened)
            joined = self._joined(rest)
            if joined is None:
                break
            rest = joined
        return list(dict.fromkeys(found))

    def _led(self, rest: str) -> str:
        """Without the words, and the bracket, that stand between a name and its number."""
        while (after := _behind_word(rest, self._lead)) is not None:
            rest = after
        bare = rest.removeprefix(" ")
        return bare[1:] if bare[:1] == "(" else rest

    def _one(self, rest: str) -> tuple[str, str]:
        """A release with what belongs to it, and what follows; nothing where a number is that of something else."""
        start = rest.removeprefix(" ")
        at, parts = 0, 0
        while parts < _PARTS:
            digits = _count_digits(start, at)
            if not 1 <= digits <= _DIGITS:
                return "", rest
            at, parts = at + digits, parts + 1
            if start[at : at + 2] == ".x" and not start[at + 2 : at + 3].isalnum():
                at += 2
                break
            if start[at : at + 1] != "." or not start[at + 1 : at + 2].isdigit():
                break
            at += 1
        at += next((len(word) for word in _LETTERS if _ends_with(start, at, word)), 0)
        release, following = start[:at], start[at:]
        while suffix := _suffix(following):
            release, following = f"{release} {suffix.strip()}", following[len(suffix) :]
        word = following.lstrip(" -")[:12].split(" ", 1)[0].rstrip(".,;)")
        if following[:1].isalnum() or following[:1] in ("%", "_") or word.lower() in self._units:
            return "", rest
        return release, following

    def _open(self, release: str, rest: str) -> tuple[str, str]:
        """The release as a range, or with all that are newer; what stands in brackets behind it is left out."""
        rest = _past_aside(rest)
        if rest.removeprefix(" ")[:1] == "+":
            return f"{release} {LATER}", rest.removeprefix(" ")[1:]
        if (after := _behind_word(rest.removeprefix(","), self._later)) is not None:
            return f"{release} {LATER}", after
        start = _behind_word(rest, self._range)
        if start is None and rest.removeprefix(" ")[:1] == "-":
            start = rest.removeprefix(" ")[1:]
        if start is not None:
            last, behind = self._one(start)
            if last:
                return f"{release} to {last}", _past_aside(behind)
        return release, rest

    def _joined(self, rest: str) -> str | None:
        """What follows a comma, a slash or a word that joins; None where nothing does."""
        bare = rest.removeprefix(" ")
        if bare[:1] in (",", "/", "|", "&", ";"):
            after = _behind_word(bare[1:], self._join)
            return bare[1:] if after is None else after
        return _behind_word(rest, self._join)


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def _behind_word(rest: str, words: tuple[str, ...]) -> str | None:
    """What follows one of the words, before which at most one blank stands; None where none does."""
    bare = rest.removeprefix(" ")
    for word in words:
        if bare.startswith(word):
            after = bare[len(word) :]
            if not after[:1].isalpha() and (len(word) == 1 or not after[:1].isdigit()):
                return after
    return None


def _count_digits(text: str, at: int) -> int:
    count = 0
    while text[at + count : at + count + 1].isascii() and text[at + count : at + count + 1].isdigit():
        count += 1
    return count


def _ends_with(text: str, at: int, word: str) -> bool:
    return text.startswith(word, at) and not text[at + len(word) : at + len(word) + 1].isalnum()


def _suffix(rest: str) -> str:
    """` R2`, ` SP4` or ` LTS` behind a number; empty where none stands there."""
    bare = rest.removeprefix(" ")
    shift = len(rest) - len(bare)
    if bare.startswith("LTS") and not bare[3:4].isalnum():
        return rest[: shift + 3]
    for word in _SUFFIXES:
        if bare.startswith(word):
            digits = _count_digits(bare, len(word))
            end = len(word) + digits
            if 1 <= digits <= 2 and not bare[end : end + 1].isalnum():
                return rest[: shift + end]
    return ""


def _past_aside(rest: str) -> str:
    bare = rest.removeprefix(" ")
    end = bare.find(")", 0, _ASIDE)
    return bare[end + 1 :] if bare[:1] == "(" and end > 0 else rest
