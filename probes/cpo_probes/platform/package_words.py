"""What the metadata of a package say in words: what it needs, and is it a client? Pure; the words are data."""

from collections.abc import Iterable, Mapping
from typing import Any

_MOST = 1_000  # characters of one field that are read
_SHOWN = 200


def client_words(values: Iterable[str], table: Mapping[str, Any]) -> str:
    """The first of these texts in which a package calls itself a client, at most 200 characters; empty where none does.

    `table` is the part `client` of `rules/data/packages.yaml`.
    """
    phrases = [phrase.split() for phrase in table["phrases"]]
    unless, near = frozenset(table["unless"]), int(table["near"])
    for value in values:
        words = _words(value[:_MOST])
        if any(_says(words, phrase, unless, near) for phrase in phrases):
            return " ".join(value.split())[:_SHOWN]
    return ""


def _says(words: list[str], phrase: list[str], unless: frozenset[str], near: int) -> bool:
    size = len(phrase)
    return any(
        words[at : at + size] == phrase and unless.isdisjoint(words[max(0, at - near) : at + size + near])
        for at in range(len(words) - size + 1)
    )


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()


def requirement_name(requirement: str) -> str:
    """The name of a requirement, normalised (PEP 503): `Psycopg2_Binary>=2.9; extra == 'x'` gives psycopg2-binary."""
    name = ""
    for letter in requirement.strip():
        if not (letter.isalnum() or letter in "-_."):
            break
        name += letter
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)
