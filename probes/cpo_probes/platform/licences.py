"""The probe `platform.licences`: licence texts and agreements, and the clauses that a person should read."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_probes.platform.licence_text import TermsText
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
    Unreadable,
    names,
)
from cpo_scan.probe.licence_texts import INSTALL, at_hand, closest, words_of
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.prose import Prose
from cpo_scan.probe.text import decode

_TEXTS = (None, "text", "html", "markdown", "restructuredtext", "asciidoc", "tex", "man", "docbook", "ini")
_BOOKS = ("pdf", "rtf", "ooxml", "msoffice", "odf")
_UNKNOWN = "unrecognised"
_OWN_TERMS = ("agreement", "LicenseRef-", _UNKNOWN)
_ENDINGS = ("", "txt", "text", "md", "html", "htm", "rst", "adoc", "en", "de", "terms")
_DATE = (
    r"\b(?:(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|januar|februar|m.rz|mai|juni|juli|oktober|dezember) [0-9]{1,2},? (?:19|20)[0-9]{2}"
    r"|[0-3]?[0-9]\. ?(?:[01]?[0-9]\.|[a-z]{3,9}) ?(?:19|20)[0-9]{2})\b"
)
_FEWEST = 60  # words of a text that is taken for terms although nobody knows it
_QUOTED = 3  # places of each topic that are quoted


class Read(msgspec.Struct, frozen=True):
    """A licence that one text is or names. `restricts` are topics of clauses in terms of their own."""

    licence: str
    evidence: tuple[Evidence, ...]
    content: str
    """What tells equal texts: a copy is no second one."""
    restricts: tuple[str, ...] = ()
    date: str = ""
    clauses: int = 0
    similarity: float | None = None


class LicenceProbe(CombiningProbe):
    """Licence texts and agreements, and clauses in them to be read by a person"""

    id = "platform.licences"
    version = 2
    examines = names(
        "license*", "licence*", "*-license*", "*-licence*", "*_license*", "*_licence*", "* license*", "* licence*",
        "*license.txt", "*license.rtf", "*license.pdf", "*license.html", "*license.md", "copying*", "copyright*",
        "eula*", "*_eula*", "*-eula*", "*eula.*", "terms*", "*agreement*", "lizenz*", "notice*", "nutzungsbedingungen*",
    )  # fmt: skip
    states = ("licence.text",)
    limitations = (
        "Licences are recognised by phrases that are theirs, or by how much of the text of a licence they hold; what "
        "was changed in a text is not examined.",
        "A clause is quoted and not judged: it may permit as well as forbid, and a clause in other words is not found.",
        "In texts of well-known licences no clauses are looked for.",
    )
    references = ("SPDX licence list", "SPDX licence list matching guidelines", "Debian copyright format 1.0")
    remediation = "Ship the licence text with its date, and say what it means for the interfaces."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table: dict[str, Any] = context.data("licences")
        text = _text(artifact, context, table["limits"]["bytes"])
        if text is None:
            return
        content = artifact.sha256 or artifact.path
        for licence, evidence, near in _licences(text, table, artifact, context):
            if not licence.startswith(_OWN_TERMS):
                yield Note(Read(licence, (evidence,), content, similarity=near))
                continue
            restricts, places, count = _clauses(text, table["clauses"], artifact)
            date = compile_pattern(_DATE, text=True).search(text.folded[:4000])
            said = date.group() if date else ""
            yield Note(Read(licence, (evidence, *places), content, tuple(restricts), said, count))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each known licence; one for each text of terms of its own."""
        found: dict[tuple[str, str], list[Read]] = {}
        for path, read in context.notes(Read):
            # each of its own, but terms that nobody knows and that hold no clause to be read are told together
            own = read.licence.startswith(_OWN_TERMS) and (read.licence != _UNKNOWN or read.clauses > 0)
            found.setdefault((read.licence, path if own else ""), []).append(read)
        for (licence, _), reads in sorted(found.items()):
            attributes = {
                "licence": licence,
                # Well-known licences are read already; what matters is what a vendor's own terms say.
                "restricts": sorted({topic for read in reads for topic in read.restricts}),
                "date": next((read.date for read in reads if read.date), None),
                "texts": len({read.content for read in reads}),
                "clauses": sum(read.clauses for read in reads) or None,
                "similarity": min((read.similarity for read in reads if read.similarity), default=None),
            }
            evidence = tuple(place for read in reads for place in read.evidence)
            strength = Strength.NAMED if licence == _UNKNOWN else Strength.RECOGNISED
            yield Finding("licence.text", attributes, strength, evidence)


def _text(artifact: Artifact, context: Context, most: int) -> TermsText | None:
    """The text of an artifact; None for what is called like a licence and is none, or could not be read."""
    if artifact.format in _BOOKS or artifact.format == "html":
        try:
            return TermsText(context.prose(artifact))
        except Unreadable as error:
            if error.reason.code != "prose.no_reader":
                raise
            params = error.reason.params
            context.partly(artifact, error.reason.code, severity=Severity.BY_DESIGN, **params)
            return None
    ending = artifact.name.lower().rpartition(".")[2] if "." in artifact.name else ""
    if artifact.format not in _TEXTS or (len(ending) <= 4 and ending.isalpha() and ending not in _ENDINGS):
        return None
    return TermsText(Prose(text=decode(bytes(context.content(artifact).whole()[:most])), lined=True))


Recognised = tuple[str, Evidence, float | None]


def _licences(text: TermsText, table: dict[str, Any], artifact: Artifact, context: Context) -> Iterator[Recognised]:
    """The licences that a text is, or that a machine-readable list of copyrights names."""
    folded = text.folded
    if folded.startswith(("format: http", "format-specification: http")):
        for licence, evidence in _listed(text, table["short_names"], artifact):
            yield licence, evidence, None
        return
    found: set[str] = set()
    for row in table["licences"]:
        places = [folded.find(phrase) for phrase in row["all"]]
        if min(places) < 0 or any(phrase in folded for phrase in row.get("not", ())):
            continue
        if row["id"] in found or (row["id"].startswith("BSD") and any(one.startswith("BSD") for one in found)):
            continue
        found.add(row["id"])
        yield row["id"], artifact.at(row["all"][0], **text.place(places[0])), None
    if not found:
        yield from _others(text, table, artifact, context)


def _others(text: TermsText, table: dict[str, Any], artifact: Artifact, context: Context) -> Iterator[Recognised]:
    """What has no phrases of its own: a text of the SPDX list, an agreement, or terms that nobody here knows."""
    words = words_of(text.text)
    near = closest(words)
    if near is not None:
        yield near[0], artifact.at(text.quote(0, 1), **text.place(0)), near[1]
        return
    for phrase in table["agreements"]:
        place = text.folded[:4000].find(phrase)
        if place >= 0:
            yield f"agreement: {phrase}", artifact.at(phrase, **text.place(place)), None
            return
    if artifact.name.lower().startswith("notice"):  # who made it, and no terms
        return
    if len(words) >= _FEWEST and any(word in table["speaks_of_terms"] for word in words):
        if not at_hand():
            context.partly(artifact, "licence.no_texts", severity=Severity.BY_DESIGN, install=INSTALL)
        yield _UNKNOWN, artifact.at(text.quote(0, 1), **text.place(0)), None


def _listed(text: TermsText, names_: dict[str, str], artifact: Artifact) -> Iterator[tuple[str, Evidence]]:
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


def _clauses(text: TermsText, patterns: dict[str, str], artifact: Artifact) -> tuple[list[str], list[Evidence], int]:
    """Topics of clauses, the first places of each in the words of the text, and how many places there are."""
    topics: list[str] = []
    places: list[Evidence] = []
    count = 0
    for topic, pattern in sorted(patterns.items()):
        quoted: list[str] = []
        for match in compile_pattern(pattern, text=True).finditer(text.folded):
            quote = text.quote(match.start(), match.end())
            if quote in quoted:
                continue  # the same sentence again
            quoted.append(quote)
            if len(quoted) <= _QUOTED:
                places.append(artifact.at(quote, **text.place(match.start())))
        if quoted:
            topics.append(topic)
            count += len(quoted)
    return topics, places, count
