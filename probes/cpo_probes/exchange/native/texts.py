"""What the texts of a native program show beyond mentions: the filters of its file dialogs, and the frames of the files
that it writes.

A filter stands there as the toolkit wants it (`STL files (*.stl)`, `*.xmi|XMI files`); which way it goes say its own
words or what the menus of the same program say of the format. A frame is what a writer prints around its data.
"""

from collections.abc import Collection, Iterator
from typing import Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.label_words import suffixes_in, without_patterns, words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.native.program_texts import spoken
from cpo_scan.probe import Artifact, Content, Context, Evidence, Strength, find, holds, which
from cpo_scan.probe.binaries import Binary

LONGEST = 400  # characters of a filter, or of several in one text
WINDOW = 2**20  # bytes of a program that are copied and looked through at a time
MOST_WORDS = 8  # of a filter besides its patterns
MOST_PLACES = 2_000  # patterns looked at in one program
MOST_EVIDENCE = 4
_MARKS = ((b"*.", 1), ("*.".encode("utf-16-le"), 2), ("*.".encode("utf-32-le"), 4))  # bytes of a letter
_PATTERNS = tuple(mark for mark, _ in _MARKS)
# Functions that get the patterns of a filter one by one (GTK reference manual, GtkFileFilter).
_ALONE = (b"gtk_file_filter_add_pattern", b"gtk_file_filter_add_suffix")
_PRINTABLE = frozenset(range(0x20, 0x7F))


def by_texts(
    binary: Binary,
    artifact: Artifact,
    context: Context,
    names: Naming,
    known: dict[str, set[str]],
    ruled: Collection[str],
) -> Iterator[Claim]:
    """Claims by filters and frames, as far as no reader or writer has shown them.

    `known`: directions by standard; `ruled`: standards of libraries that the program uses.
    """
    table = context.data("program-texts")
    data = context.content(artifact).whole()
    # where symbols show how a library is used they say more than the texts that it brings along
    rows = [
        row
        for row in table["frames"]
        if row["standard"] not in ruled and "export" not in known.get(row["standard"], ())
    ]
    sought = {row["all"][0].encode("ascii") for row in rows}
    begun: dict[bytes, int] = {}
    filtered: dict[str, list[tuple[str, str, Evidence]]] = {}
    looked = 0
    alone = any(name in _ALONE for name in binary.imported)
    for start in range(0, len(data), WINDOW):
        context.checkpoint()
        first = max(0, start - 4 * LONGEST)
        window = bytes(data[first : start + WINDOW + 4 * LONGEST])
        for literal in which(window, sought - begun.keys()):
            begun[literal] = first + window.find(literal)
        if not holds(window, _PATTERNS):
            continue
        for mark, width in _MARKS:
            place = window.find(mark, start - first)
            while 0 <= place < start - first + WINDOW and looked < MOST_PLACES:
                looked += 1
                begin, end = _around(window, place, width)
                text = window[begin:end:width].decode("latin-1")
                labels = [text] if alone and width == 1 and _is_pattern(text) else _labels(text, table["never"])
                for label in labels:
                    for standard in names.in_label(label):
                        where = artifact.at(text, bytes=(first + begin, end - begin))
                        filtered.setdefault(standard, []).append((label, _way(label, table, names), where))
                place = window.find(mark, max(end, place + 1))
    framed = set[str]()
    for row in sorted(rows, key=lambda row: str(row["standard"])):
        if row["standard"] not in framed and (places := _frame(row, context.content(artifact), begun)) is not None:
            framed.add(row["standard"])
            known.setdefault(row["standard"], set()).add("export")
            shown = tuple(artifact.at(text.decode("ascii").strip(), bytes=(at, len(text))) for at, text in places)
            yield Claim(row["standard"], "export", "symbol", row["all"][0].strip(), shown, Strength.RECOGNISED)
    yield from _offered(filtered, binary, artifact, context, names, known)


def _frame(row: dict[str, Any], content: Content, begun: dict[bytes, int]) -> list[tuple[int, bytes]] | None:
    """Where the literals of a frame stand, of whose first ones the places are known; None where one is missing."""
    first, *others = (literal.encode("ascii") for literal in row["all"])
    if first not in begun:
        return None
    data, places = content.whole(), [(begun[first], first)]
    for literal in others:
        if (place := find(data, literal)) < 0:
            return None
        places.append((place, literal))
    for literal in (text.encode("ascii") for text in row.get("any", ())):
        if (place := find(data, literal)) >= 0:
            return [*places, (place, literal)][:MOST_EVIDENCE]
    return None if row.get("any") else places[:MOST_EVIDENCE]


def _offered(
    filtered: dict[str, list[tuple[str, str, Evidence]]],
    binary: Binary,
    artifact: Artifact,
    context: Context,
    names: Naming,
    known: dict[str, set[str]],
) -> Iterator[Claim]:
    """The filters of standards of which nothing better is known."""
    asked = {standard for standard in filtered if standard not in known and standard not in names.carriers}
    said = spoken(artifact, context) if asked else {}
    only = _dialog(binary, context.data("program-texts")["dialogs"]) if asked else None
    for standard in sorted(asked):
        rows = filtered[standard]
        ways = {way for _, way, _ in rows if way}
        heard = {way: places for (named, way), places in said.items() if named == standard and not ways}
        places = tuple(dict.fromkeys(where for _, _, where in rows))[:MOST_EVIDENCE]
        for way, texts in heard.items():
            offset, size, text = texts[0]
            places += (artifact.at(text, bytes=(offset, size)),)
            ways.add(way)
        if not ways and only is not None:
            ways.add(only[0])
            places += (artifact.at(f"uses {only[1]}", symbol=only[1][:500]),)
        direction = "both" if len(ways) == 2 else next(iter(ways), "unknown")
        strength = Strength.RECOGNISED if ways else Strength.NAMED
        more = {"mechanism": "file-filter"}
        name = without_patterns(rows[0][0]).strip() or rows[0][0]
        yield Claim(standard, direction, "registration", name, places, strength, more)


def _dialog(binary: Binary, table: dict[str, Any]) -> tuple[str, str] | None:
    """The only direction in which a program asks for files, and a symbol of it; None where it may be both."""
    begins = {way: tuple(name.encode("ascii") for name in table[way]) for way in ("import", "export", "either")}
    used = {way: next((name for name in binary.imported if name.startswith(begins[way])), None) for way in begins}
    asked = [(way, used[way]) for way in ("import", "export") if used[way] is not None]
    if used["either"] is not None or len(asked) != 1:
        return None
    ((way, symbol),) = asked
    return way, (symbol or b"").decode("utf-8", "replace")


def _labels(text: str, never: list[str]) -> Iterator[str]:
    """The filters in a text: a few words, and patterns in brackets or on one side of a bar, with nothing behind them.

    A pattern alone is none, nor is a message (`no library file (*.emp)`), nor code that holds one.
    """
    for piece in text.split(";;"):
        parts = piece.split("|")
        for label in (" | ".join(parts[at : at + 2]).strip() for at in range(0, len(parts), 2)):
            words = words_of(without_patterns(label))
            barred = "|" in label
            fits = barred or ("(*." in label and label.endswith(")"))
            begins = not label.lstrip("*.")[:1].islower()
            plain = len(words) <= MOST_WORDS and any(len(word) > 1 for word in words) and label.isprintable()
            if fits and plain and (barred or begins) and not any(part in label for part in never):
                yield label.replace("|", " ")


def _is_pattern(text: str) -> bool:
    """Is a text one pattern and nothing else: `*.kmz`?"""
    return text.startswith("*.") and text[2:].isalnum()


def _way(label: str, table: dict[str, Any], names: Naming) -> str:
    """The direction that the words of a filter tell, without those of the format's own name; empty without one."""
    words = words_of(without_patterns(label))
    own = {place for start, end, _ in names.phrases.runs(words) for place in range(start, end)}
    told = {word.lower() for place, word in enumerate(words) if place not in own}
    ways = [way for way in ("import", "export") if told.intersection(table[way])]
    return ways[0] if len(ways) == 1 and suffixes_in(label) else ""


def _around(window: bytes, place: int, width: int) -> tuple[int, int]:
    """Where the text begins and ends in which a place stands: between zeros, at most so far as a filter may reach."""
    far = LONGEST * width
    if width == 1:
        begin = window.rfind(b"\0", max(0, place - far), place) + 1
        end = window.find(b"\0", place, place + far)
        return (begin if begin else max(0, place - far)), (end if end >= 0 else min(len(window), place + far))
    begin, end = place, place
    while begin >= width and place - begin < far and _is_printable(window, begin - width, width):
        begin -= width
    while end + width <= len(window) and end - place < far and _is_printable(window, end, width):
        end += width
    return begin, end


def _is_printable(window: bytes, at: int, width: int) -> bool:
    return window[at] in _PRINTABLE and not any(window[at + 1 : at + width])
