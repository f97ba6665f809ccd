"""The probe `docs.mentions`: which standards do the documents name, in which version, and where?"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    ProductContext,
    Strength,
    formats,
)
from cpo_scan.probe.document_places import Places
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.phrases import name_spans, name_words
from cpo_scan.probe.prose import Prose, sentence

_LONGEST = 5  # words of a name
_BEFORE, _AFTER = 3, 2  # words beside an ambiguous name that are looked at
_LEGAL = ("licence", "license", "eula", "copying", "copyright", "terms")


class Name(NamedTuple):
    """A name of a standard as it is looked for."""

    standard: str
    words: tuple[str, ...]
    edition: str
    short: bool
    """It must stand in a sentence with a word of the field."""
    ambiguous: bool
    """It must stand right beside such a word."""


class Mention(msgspec.Struct, frozen=True):
    """A standard and version on one page: how often, and the first places."""

    standard: str
    version: str
    where: str
    count: int
    evidence: tuple[Evidence, ...]
    content: str
    """What tells equal pages: a copy is no second mention."""


class MentionProbe(CombiningProbe):
    """Standards that the documentation names"""

    id = "docs.mentions"
    version = 3
    examines = formats(
        "html", "markdown", "restructuredtext", "asciidoc", "man", "info", "text", "texinfo", "docbook", "dita",
        "pdf", "chm", "epub", "ooxml", "msoffice", "odf", "rtf",
    )  # fmt: skip
    states = ("standard.mention",)
    limitations = (
        "A mention is the vendor's word and no capability.",
        "Of binary Office documents the text of Word 97 to 2003 is read, of others the title and names of parts.",
        "At most 8 MiB of a page (2 MiB of plain text), and of each document 1,000 places of a name, are looked at.",
        "Short and ambiguous names count only beside words such as file or format.",
    )
    references = ("rules/standards.yaml",)
    remediation = "List the supported standards with edition, conformance class and known deviations."

    def __init__(self) -> None:
        self._known: tuple[Any, _Names, Places] | None = None

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table: dict[str, Any] = context.data("mentions")
        names, places = self._tables(context, table)
        where = _where(artifact, places, table)
        if not where:
            return
        for mention in names.mentions(context.prose(artifact), artifact, where, context):
            yield Note(mention)

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        found: dict[tuple[str, str, str], list[Mention]] = {}
        for _, mention in context.notes(Mention):
            found.setdefault((mention.standard, mention.version, mention.where), []).append(mention)
        for (standard, version, where), listed in sorted(found.items()):
            # Of equal pages one counts; what lies near the top is the product's own manual rather than a sample's.
            listed.sort(key=lambda mention: (mention.evidence[0].artifact.count("/"), mention.evidence[0].artifact))
            mentions = list({mention.content: mention for mention in reversed(listed)}.values())[::-1]
            attributes = {
                "standard": standard,
                "version": version or None,
                "where": where,
                "pages": len(mentions),
                "mentions": sum(mention.count for mention in mentions),
            }
            evidence = tuple(place for mention in mentions for place in mention.evidence)
            yield Finding("standard.mention", attributes, Strength.MENTIONED, evidence, key="product")

    def _tables(self, context: Context, table: dict[str, Any]) -> "tuple[_Names, Places]":
        """Names and places, made once from their tables."""
        if self._known is None or self._known[0] is not table:
            names = _Names(context.data("standards")["standards"], table)
            self._known = (table, names, Places(context.data("documentation")))
        return self._known[1:]


def _where(artifact: Artifact, places: Places, table: dict[str, Any]) -> str:
    """What kind of document it is; empty where it is none."""
    name = artifact.name.lower()
    if name.startswith(_LEGAL):
        return "licence"
    if places.legal(name.partition(".")[0]):
        return ""
    if artifact.format == "text" and "." in name and name.rpartition(".")[2] not in table["endings"]:
        return ""
    place = places.place(artifact.path, documentation=artifact.role in ("docs", "capture"))
    if place is None:
        return ""
    if artifact.format in ("man", "info") or place.anchor is not None or name.startswith(tuple(table["pages"])):
        return "documentation"
    return ""


class _Names:
    """The names of the standards, by their first word."""

    def __init__(self, standards: list[dict[str, Any]], table: dict[str, Any]) -> None:
        self._limits: dict[str, int] = table["limits"]
        self._versions: dict[str, str] = table["versions"]
        self._context = frozenset(table["context"])
        self._near = frozenset(table["beside"])
        ambiguous, left_out = {name.lower() for name in table["ambiguous"]}, set(table["left_out"])
        self._first: dict[str, list[Name]] = {}
        for row in standards:
            if row.get("carrier"):
                continue
            editions = {edition["name"] for edition in row.get("editions", ())}
            for alias in dict.fromkeys([*row.get("aliases", ()), *sorted(editions)]):
                letters = sum(letter.isalnum() for letter in alias)
                if alias in left_out or (alias in editions and (letters < 4 or not alias[0].isalpha())):
                    continue
                words = tuple(name_words(alias))[:_LONGEST]
                if not words or not any(letter.isalpha() for letter in alias):
                    continue
                short = letters <= table["short"]
                last = alias.rpartition(" ")[2]
                edition = alias if alias in editions else last if "." in last and last[0].isdigit() else ""
                name = Name(row["id"], words, edition, short, alias.lower() in ambiguous)
                self._first.setdefault(_folded(words[0]), []).append(name)
        for names in self._first.values():
            names.sort(key=lambda name: (-len(name.words), name))

    def mentions(self, prose: Prose, artifact: Artifact, where: str, context: Context) -> Iterator[Mention]:
        """The standards that a document names, each with its version."""
        text = prose.text
        said_words = name_words(text)
        context.checkpoint()
        # Few words begin a name at all, and few documents hold all words of one in a row.
        first = self._first
        begin = {word for word in set(said_words) if word.lower() in first and self._begins(word)}
        hits = [number for number, word in enumerate(said_words) if word in begin and self._runs(said_words, number)]
        if not hits:
            return
        words = [(word, start, end) for word, (start, end) in zip(said_words, name_spans(text), strict=True)]
        counts: Counter[tuple[str, str]] = Counter()
        shown: dict[tuple[str, str], list[Evidence]] = {}
        looked: Counter[Name] = Counter()
        skip = -1
        for seen, number in enumerate(hits):
            if seen % 1024 == 0:
                context.checkpoint()
            if number <= skip:
                continue
            word, start, _ = words[number]
            known = self._first[_folded(word)]
            name = next((name for name in known if self._stands(name, words, number, text)), None)
            if name is None:
                continue
            looked[name] += 1
            if looked[name] > self._limits["per_name"]:
                continue
            end = words[number + len(name.words) - 1][2]
            said = sentence(text, start, end, self._limits["sentence"])
            if name.short and not self._in_context(said, name):
                continue
            if name.ambiguous and not self._beside(name, words, number):
                continue
            skip = number + len(name.words) - 1
            key = (name.standard, self._version(name, text, start, end))
            counts[key] += 1
            places = shown.setdefault(key, [])
            if len(places) < self._limits["per_page"]:
                places.append(artifact.at(said, **prose.place(start)))
        for (standard, version), count in sorted(counts.items()):
            yield Mention(
                standard, version, where, count, tuple(shown[standard, version]), artifact.sha256 or artifact.path
            )

    def _begins(self, word: str) -> bool:
        """Can a name begin with this word, as it is spelled?"""
        return any(_is(word, name.words[0]) for name in self._first.get(_folded(word), ()))

    def _runs(self, words: list[str], number: int) -> bool:
        """Do all words of a name follow here, whatever stands between them?"""
        return any(
            number + len(name.words) <= len(words)
            and all(_is(words[number + offset], wanted) for offset, wanted in enumerate(name.words))
            for name in self._first[_folded(words[number])]
        )

    @staticmethod
    def _stands(name: Name, words: list[tuple[str, int, int]], number: int, text: str) -> bool:
        """Does the name stand at this word? In its own spelling; longer ones in any case of letters."""
        if number + len(name.words) > len(words):
            return False
        for offset, wanted in enumerate(name.words):
            word, start, _ = words[number + offset]
            if not _is(word, wanted):
                return False
            if offset and text[words[number + offset - 1][2] : start].strip(" \n\t-_/.\xa0"):
                return False
        before = text[words[number][1] - 1 : words[number][1]]
        return before not in (".", "@", "$", "\\", "_")  # a suffix, an address, a variable: no name in a sentence

    def _in_context(self, said: str, name: Name) -> bool:
        own = {word.lower() for word in name.words}
        return any(word.lower() in self._context - own for word in name_words(said))

    def _beside(self, name: Name, words: list[tuple[str, int, int]], number: int) -> bool:
        after = number + len(name.words)
        near = words[max(0, number - _BEFORE) : number] + words[after : after + _AFTER]
        return any(word.lower() in self._near for word, _, _ in near)

    def _version(self, name: Name, text: str, start: int, end: int) -> str:
        """The version that stands with a name: in it, right behind it, or as its edition."""
        if name.standard == "step":
            match = compile_pattern(self._versions["step"], text=True).match(text[start : start + 60])
            if match is not None:
                part = "".join(letter for letter in match.group(1) if letter.isalnum())
                return f"{part} ed{match.group(2)}" if match.group(2) else part
        if name.words[0].upper() in ("ISO", "IEC", "ECMA", "DIN"):
            match = compile_pattern(self._versions["year"], text=True).match(text[start : start + 40])
            if match is not None:
                return str(match.group(1))
        after = text[end : end + 40]
        for kind in ("word", "number"):
            match = compile_pattern(self._versions[kind], text=True).match(after)
            if match is not None:
                return str(match.group(1))
        return name.edition


def _is(word: str, wanted: str) -> bool:
    """Is it the word of a name? A part of a standard is the standard: ISO 10303-242."""
    if word == wanted or (wanted.isdigit() and word.startswith(f"{wanted}-")):
        return True
    return len(wanted) >= 6 and word.lower() == wanted.lower()


def _folded(word: str) -> str:
    return word.lower()
