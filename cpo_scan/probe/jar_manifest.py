"""The manifest of a JAR file: headers, and the clauses that OSGi puts into their values; how service files are called.

JAR File Specification (manifest format); OSGi Core 8 clause 3.2.4 (common header syntax).
"""

from collections.abc import Iterator

import msgspec

MOST_LINES = 200_000

# How the full names of interfaces begin, after which the files in META-INF/services are called.
_DOMAINS = (
    "com", "org", "net", "io", "java", "javax", "jakarta", "de", "edu", "eu", "fr", "ch", "at", "uk", "us", "it", "nl",
    "se", "ru", "cn", "jp", "kr", "br", "pl", "cz", "ai", "dev", "app", "me", "info", "tech", "gov", "kotlin", "scala",
    "groovy", "oracle",
)  # fmt: skip
SERVICE_FILES = tuple(f"{domain}.*.*" for domain in _DOMAINS)
"""Globs on the names of files in META-INF/services, for selectors, which can't choose by folder."""


class Header(msgspec.Struct, frozen=True):
    """A header of the main section: its value in one piece, and the line on which it begins."""

    value: str
    line: int


class Clause(msgspec.Struct, frozen=True):
    """One clause of a header. `parameters`: attributes (`version`), and directives with their colon (`x-internal:`)."""

    paths: tuple[str, ...]
    parameters: dict[str, str] = {}


def read_headers(text: str) -> dict[str, Header]:
    """The headers of the main section by their names in lower case, the first of each. Never raises."""
    found: dict[str, Header] = {}
    name, value, start = "", "", 0
    for number, line in enumerate([*text.splitlines()[:MOST_LINES], ""], 1):
        if line[:1] == " ":  # a space continues the line before
            value += line[1:]
            continue
        if name:
            found.setdefault(name, Header(value.strip(), start))
        if not line.strip() and found:
            break
        before, colon, rest = line.partition(":")
        name, value, start = (before.strip().lower(), rest, number) if colon else ("", "", number)
    return found


def clauses(value: str) -> Iterator[Clause]:
    """The clauses of a value. What stands in quotes parts nothing; what has no path is left out."""
    for clause in _split(value, ","):
        paths: list[str] = []
        parameters: dict[str, str] = {}
        for part in _split(clause, ";"):
            name, sign, said = part.partition("=")
            if not sign:
                if path := part.strip():
                    paths.append(path)
            else:
                parameters["".join(name.split()).lower()] = said.strip().strip('"').strip()
        if paths:
            yield Clause(tuple(paths), parameters)


def _split(text: str, sign: str) -> list[str]:
    parts = [""]
    for number, piece in enumerate(text.split('"')):
        if number % 2:
            parts[-1] += f'"{piece}"'
            continue
        first, *others = piece.split(sign)
        parts[-1] += first
        parts += others
    return parts
