"""The probe `platform.licences`: licence texts and agreements, and the clauses that a person should read."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    ProductContext,
    Severity,
    Strength,
    names,
)
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.text import decode

_TEXTS = (None, "text", "html", "markdown", "restructuredtext", "asciidoc", "tex", "man", "docbook", "ini")
_OWN_TERMS = ("agreement", "LicenseRef-")
_BOOKS = ("pdf", "rtf", "ooxml", "msoffice", "odf")
_ENDINGS = ("", "txt", "text", "md", "html", "htm", "rst", "adoc", "en", "de", "terms")
_DATE = (
    r"\b(?:(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|januar|februar|m.rz|mai|juni|juli|oktober|dezember) [0-9]{1,2},? (?:19|20)[0-9]{2}"
    r"|[0-3]?[0-9]\. ?(?:[01]?[0-9]\.|[a-z]{3,9}) ?(?:19|20)[0-9]{2})\b"
)
_TAG = r"<[^<>]*+>"


class Read(msgspec.Struct, frozen=True):
    """A licence that one text is or names. `restricts` are topics of clauses in terms of their own."""

    licence: str
    evidence: tuple[Evidence, ...]
    content: str
    """What tells equal texts: a copy is no second one."""
    restricts: tuple[str, ...] = ()
    date: str = ""


class LicenceProbe(CombiningProbe):
    """Licence texts and agreements, and clauses in them to be read by a person"""

    id = "platform.licences"
    version = 1
    examines = names(
        "license*", "licence*", "*-license*", "*-licence*", "*_license*", "copying*", "copyright*", "eula*", "*_eula*",
        "*-eula*", "terms*", "lizenz*", "notice*", "nutzungsbedingungen*",
    )  # fmt: skip
    states = ("licence.text",)
    limitations = (
        "Licences are recognised by phrases that are theirs; whether the text was changed is not examined.",
        "A clause is pointed to and not judged: it may permit as well as forbid.",
        "Texts in PDF and RTF are not read.",
    )
    references = ("SPDX licence list", "Debian copyright format 1.0")
    remediation = "Ship the licence text with its date, and say what it means for the interfaces."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        ending = artifact.name.lower().rpartition(".")[2] if "." in artifact.name else ""
        if artifact.format in _BOOKS:
            context.partly(artifact, "licence.not_read", severity=Severity.BY_DESIGN, format=artifact.format)
            return
        if artifact.format not in _TEXTS or (len(ending) <= 4 and ending.isalpha() and ending not in _ENDINGS):
            return
        table: dict[str, Any] = context.data("licences")
        data = bytes(context.content(artifact).whole()[: table["limits"]["bytes"]])
        content = artifact.sha256 or artifact.path
        text = _Text(decode(data), html=artifact.format == "html")
        for licence, evidence in _licences(text, table, artifact):
            if not licence.startswith(_OWN_TERMS):
                yield Note(Read(licence, (evidence,), content))
                continue
            restricts, places = _clauses(text, table["clauses"], artifact)
            date = compile_pattern(_DATE, text=True).search(text.folded[:4000])
            yield Note(Read(licence, (evidence, *places), content, tuple(restricts), date.group() if date else ""))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each known licence; one for each text of terms of its own."""
        found: dict[tuple[str, str], list[Read]] = {}
        for path, read in context.notes(Read):
            own = read.licence.startswith(_OWN_TERMS)
            found.setdefault((read.licence, path if own else ""), []).append(read)
        for (licence, _), reads in sorted(found.items()):
            attributes = {
                "licence": licence,
                # Well-known licences are read already; what matters is what a vendor's own terms say.
                "restricts": sorted({topic for read in reads for topic in read.restricts}),
                "date": next((read.date for read in reads if read.date), None),
                "texts": len({read.content for read in reads}),
            }
            evidence = tuple(place for read in reads for place in read.evidence)
            yield Finding("licence.text", attributes, Strength.RECOGNISED, evidence)


class _Text:
    """A text in lower case with single spaces, and where each piece of it stands in the file."""

    def __init__(self, text: str, *, html: bool) -> None:
        if html:
            text = _blank(text)
        pieces: list[str] = []
        self._starts: list[int] = []
        self._lines: list[int] = []
        at = 0
        for number, line in enumerate(text.splitlines(), 1):
            # what starts the lines of a comment or a quotation is none of the text
            words = line.lower().strip().lstrip("#*/;>").split()
            if words:
                piece = " ".join(words)
                self._starts.append(at)
                self._lines.append(number)
                pieces.append(piece)
                at += len(piece) + 1
        self.folded = " ".join(pieces)
        self.lines = text.splitlines()

    def line(self, at: int) -> int:
        """The line of the file in which a place of the folded text stands."""
        number = bisect_right(self._starts, at) - 1
        return self._lines[number] if number >= 0 else 1


def _blank(text: str) -> str:
    """HTML without its tags; line breaks stay."""
    pieces, end = [], 0
    for match in compile_pattern(_TAG, text=True).finditer(text):
        pieces += [text[end : match.start()], "\n" * match.group().count("\n") or " "]
        end = match.end()
    return "".join([*pieces, text[end:]])


def _licences(text: _Text, table: dict[str, Any], artifact: Artifact) -> Iterator[tuple[str, Evidence]]:
    """The licences that a text is, or that a machine-readable list of copyrights names."""
    folded = text.folded
    if folded.startswith(("format: http", "format-specification: http")):
        yield from _listed(text, table["short_names"], artifact)
        return
    found: set[str] = set()
    for row in table["licences"]:
        places = [folded.find(phrase) for phrase in row["all"]]
        if min(places) < 0 or any(phrase in folded for phrase in row.get("not", ())):
            continue
        if row["id"] in found or (row["id"].startswith("BSD") and any(one.startswith("BSD") for one in found)):
            continue
        found.add(row["id"])
        yield row["id"], artifact.at(row["all"][0], line=text.line(places[0]))
    if not found:
        for phrase in table["agreements"]:
            place = folded[:4000].find(phrase)
            if place >= 0:
                yield f"agreement: {phrase}", artifact.at(phrase, line=text.line(place))
                return


def _listed(text: _Text, names_: dict[str, str], artifact: Artifact) -> Iterator[tuple[str, Evidence]]:
    """Short names of the `License` fields (Debian copyright format 1.0, 7)."""
    seen: set[str] = set()
    for number, line in enumerate(text.lines, 1):
        if not line.lower().startswith(("license:", "licence:")):
            continue
        for word in line.partition(":")[2].replace(",", " ").split()[:20]:
            licence = names_.get(word.lower().rstrip("."))
            if licence and licence not in seen:
                seen.add(licence)
                yield licence, artifact.at(line, line=number)


def _clauses(text: _Text, patterns: dict[str, str], artifact: Artifact) -> tuple[list[str], list[Evidence]]:
    """Topics of clauses, and the first place of each."""
    topics, places = [], []
    for topic, pattern in sorted(patterns.items()):
        match = compile_pattern(pattern, text=True).search(text.folded)
        if match is not None:
            topics.append(topic)
            around = text.folded[max(0, match.start() - 80) : match.end() + 80]
            places.append(artifact.at(around, line=text.line(match.start())))
    return topics, places
