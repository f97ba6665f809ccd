"""Formats that the texts of native programs name beside a direction: `Export as &STL...`, `importing DXF file`."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming, naming
from cpo_scan.probe import Artifact, Context, Finding, Probe, Severity, Strength, formats, holds, which

LONGEST = 120  # characters of a text; a help page that lists everything tells no direction
WINDOW = 2**20  # bytes of a program that are copied and looked through at a time
MOST_PLACES = 20_000  # looked at in one program
MOST_EVIDENCE = 8
_ASCII = bytes(range(0x20, 0x7F))
_PRINTABLE = frozenset(_ASCII)
_FORMS = {1: "ascii", 2: "utf-16-le", 4: "utf-32-le"}  # by bytes of a letter; C++ on Linux keeps wide texts in four
_ALPHABETS = 0x05  # high bytes of UTF-16 up to Cyrillic; above them any two bytes would be a letter


class ProgramTextProbe(Probe):
    """Formats that the menus and messages of a program name as imported or exported."""

    id = "exchange.texts"
    version = 5
    examines = formats("elf", "pe", "mach-o", "wasm").containing(
        *(word.encode(form) for word in ("xport", "mport") for form in ("ascii", "utf-16-le", "utf-32-le"))
    )
    states = (KIND,)
    limitations = (
        "A text in a program is a mention: nothing shows that the code behind it is there or can be reached.",
        "Texts that are put together at run time are not read, nor those of one byte a letter that are not ASCII, nor "
        "those in other alphabets than Latin, Greek and Cyrillic; of texts in four bytes a letter only Latin ones.",
    )
    remediation = "Register the formats that the menus offer, so that other programs and auditors can see them."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from findings(self._claims(artifact, context), artifact, context)

    @staticmethod
    def _claims(artifact: Artifact, context: Context) -> Iterator[Claim]:
        for (standard, direction), places in sorted(spoken(artifact, context).items()):
            evidence = tuple(artifact.at(text, bytes=(offset, size)) for offset, size, text in places[:MOST_EVIDENCE])
            yield Claim(standard, direction, "symbol", places[0][2], evidence, Strength.MENTIONED)


def spoken(artifact: Artifact, context: Context) -> dict[tuple[str, str], list[tuple[int, int, str]]]:
    """Where the texts of a program name a standard beside a direction: offset, bytes, text."""
    table, names = context.data("program-texts"), naming(context)
    seen: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for offset, size, text in sorted(_texts(artifact, context, table["marks"])):
        for standard, direction, is_doubtful in _said(text, table, names):
            if is_doubtful and not holds(context.content(artifact).whole(), names.written(standard)):
                continue
            seen.setdefault((standard, direction), []).append((offset, size, text))
    return seen


def _texts(artifact: Artifact, context: Context, marks: list[str]) -> Iterator[tuple[int, int, str]]:
    """Printable texts around a mark, in one byte a character, two (UTF-16) or four: offset, bytes, text; each once."""
    data = context.content(artifact).whole()
    wanted = [(mark.encode(form), width) for width, form in _FORMS.items() for mark in marks]
    literals = frozenset(mark for mark, _ in wanted)
    seen: set[int] = set()
    looked = 0
    for start in range(0, len(data), WINDOW):
        context.checkpoint()
        first = max(0, start - 2 * LONGEST)
        window = bytes(data[first : start + WINDOW + 2 * LONGEST])
        there = which(window, literals)
        for mark, width in ((mark, width) for mark, width in wanted if mark in there):
            place = window.find(mark, start - first)
            while 0 <= place < start - first + WINDOW:
                looked += 1
                if looked > MOST_PLACES:
                    context.partly(artifact, "capability.too_many_texts", severity=Severity.BOUNDED, limit=MOST_PLACES)
                    return
                begin, end = _around(window, place, width)
                if end - begin <= LONGEST * width and first + begin not in seen:
                    seen.add(first + begin)
                    yield first + begin, end - begin, window[begin:end].decode(_FORMS[width])
                place = window.find(mark, place + 1)


def _around(window: bytes, place: int, width: int) -> tuple[int, int]:
    """Where the printable text begins and ends in which a place stands; at most so far that it is known as too long."""
    begin, end, far = place, place, LONGEST * width
    if width == 1:
        before, behind = window[max(0, place - far - 1) : place], window[place : place + far + 1]
        return place - len(before) + len(before.rstrip(_ASCII)), place + len(behind) - len(behind.lstrip(_ASCII))
    while begin >= width and place - begin <= far and _is_printable(window, begin - width, width):
        begin -= width
    while end + width <= len(window) and end - place <= far and _is_printable(window, end, width):
        end += width
    return begin, end


def _is_printable(window: bytes, at: int, width: int) -> bool:
    if width == 4 and window[at + 1 : at + 4] != b"\0\0\0":
        return False
    if width == 1 or window[at + 1] == 0:
        return window[at] in _PRINTABLE or (width > 1 and window[at] > 0xA0)
    return window[at + 1] < _ALPHABETS and chr(window[at] | window[at + 1] << 8).isprintable()


def _said(text: str, table: dict[str, Any], names: Naming) -> Iterator[tuple[str, str, bool]]:
    """Standards and directions that a text joins, and whether by a name that means something else too.

    Code joins nothing.
    """
    folded = text.lower()
    is_code = text.lstrip().startswith(tuple(table["code"]))  # `import x` is code, `Import x` is a menu
    if " " not in text or is_code or any(part in folded for part in table["never"]):
        return
    words = words_of(text.replace("&", ""))
    runs = names.phrases.runs(words)
    others = names.phrases.whose(text, words, runs)
    # a word of the format's own name says no direction: neither `Open Document Text` nor `Cannot open document` does
    own = {place for start, end, _ in runs for place in range(start, end)}
    told = {word.lower() for place, word in enumerate(words) if place not in own}
    within: dict[str, int] = table["within"]
    if told.intersection(table["opened_to_write"]):
        told -= within.keys() & set(table["import"])
    verbs = [(place, within[word.lower()]) for place, word in enumerate(words) if word.lower() in within]
    for direction in ("import", "export"):
        if not (heard := told.intersection(table[direction])):
            continue
        named: dict[str, bool] = {}
        for start, end, owners in runs:
            if start in others or (start and words[start - 1].lower() in table["aside"][direction]):
                continue
            # what is opened follows at once: not in `KiCad was unable to open it`, nor in `To open it, upgrade KiCad`
            if heard - within.keys() or any(place < start <= place + far for place, far in verbs):
                is_doubtful = names.is_ambiguous("".join(words[start:end]))
                named |= {owner: is_doubtful and named.get(owner, True) for owner in owners - names.carriers}
        yield from ((standard, direction, is_doubtful) for standard, is_doubtful in sorted(named.items()))
