"""Formats that the texts of native programs name beside a direction: `Export as &STL...`, `importing DXF file`."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.naming import Naming, naming, words_of
from cpo_scan.probe import Artifact, Context, Finding, Probe, Severity, Strength, find, formats

LONGEST = 120  # characters of a text; a help page that lists everything tells no direction
MOST_PLACES = 20_000  # looked at in one program
MOST_EVIDENCE = 8
_PRINTABLE = frozenset(range(0x20, 0x7F))


class ProgramTextProbe(Probe):
    """Formats that the menus and messages of a program name as imported or exported."""

    id = "exchange.texts"
    version = 1
    examines = formats("elf", "pe", "mach-o").containing(b"xport", b"mport")
    states = (KIND,)
    limitations = (
        "A text in a program is a mention: nothing shows that the code behind it is there or can be reached.",
        "Texts in UTF-16 and texts that are put together at run time are not read.",
    )
    remediation = "Register the formats that the menus offer, so that other programs and auditors can see them."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from findings(self._claims(artifact, context), artifact, context)

    @staticmethod
    def _claims(artifact: Artifact, context: Context) -> Iterator[Claim]:
        table, names = context.data("program-texts"), naming(context)
        seen: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for offset, text in sorted(_texts(artifact, context, table["marks"])):
            for standard, direction in _said(text, table, names):
                seen.setdefault((standard, direction), []).append((offset, text))
        for (standard, direction), places in sorted(seen.items()):
            evidence = tuple(artifact.at(text, bytes=(offset, len(text))) for offset, text in places[:MOST_EVIDENCE])
            yield Claim(standard, direction, "symbol", places[0][1], evidence, Strength.MENTIONED)


def _texts(artifact: Artifact, context: Context, marks: list[str]) -> Iterator[tuple[int, str]]:
    """Printable texts around a mark, with their offsets; each once."""
    data = context.content(artifact).whole()
    starts: set[int] = set()
    looked = 0
    for mark in marks:
        place = find(data, mark.encode())
        while place >= 0:
            looked += 1
            if looked > MOST_PLACES:
                context.partly(artifact, "capability.too_many_texts", severity=Severity.BOUNDED, limit=MOST_PLACES)
                return
            before, after = data[max(0, place - LONGEST) : place], data[place : place + LONGEST]
            start = place - next(
                (at for at, byte in enumerate(reversed(before)) if byte not in _PRINTABLE), len(before)
            )
            length = next((at for at, byte in enumerate(after) if byte not in _PRINTABLE), len(after)) + place - start
            if length <= LONGEST and start not in starts:
                starts.add(start)
                yield start, bytes(data[start : start + length]).decode("ascii")
            place = find(data, mark.encode(), place + 1)


def _said(text: str, table: dict[str, Any], names: Naming) -> Iterator[tuple[str, str]]:
    """Standards and directions that a text joins; code joins nothing."""
    folded = text.lower()
    is_code = text.lstrip().startswith(tuple(table["code"]))  # `import x` is code, `Import x` is a menu
    if " " not in text or is_code or any(part in folded for part in table["never"]):
        return
    plain = text.replace("&", "")
    words = {word.lower() for word in words_of(plain)}
    for direction in ("import", "export"):
        if words.intersection(table[direction]):
            yield from ((standard, direction) for standard in names.in_words(plain) if standard not in names.carriers)
