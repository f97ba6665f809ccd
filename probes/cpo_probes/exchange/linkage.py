"""Capabilities that native code shows: libraries that it needs, readers and writers that it uses or offers."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.naming import Naming, naming
from cpo_probes.exchange.symbol_rules import Hit, SymbolRules
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, find, formats
from cpo_scan.probe.binaries import Binary, read_binary

MOST_EVIDENCE = 8  # symbols shown for each direction
LONGEST_FILTER = 400  # bytes of a file filter among a program's texts


class LinkageProbe(Probe):
    """Programs and libraries that need, use or offer readers and writers of exchange formats."""

    id = "exchange.linkage"
    version = 1
    examines = formats("elf", "pe", "mach-o")
    states = (KIND,)
    limitations = (
        "The need for a library tells no direction; only symbols of readers and writers do.",
        "What is linked statically and not exported, or loaded at run time by name, is not seen.",
        "A symbol shows that the code is there, not that a user can reach it.",
    )
    references = ("https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html",)
    remediation = "Register the formats that the linked libraries read and write, or say in the documentation why not."

    def __init__(self) -> None:
        self._rules: tuple[Any, SymbolRules] | None = None

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        binary = read_binary(context.content(artifact).whole())
        yield from findings(self._claims(artifact, binary, context), artifact, context)

    def _claims(self, artifact: Artifact, binary: Binary, context: Context) -> Iterator[Claim]:
        table, names = context.data("libraries"), naming(context)
        shown: dict[str, list[tuple[dict[str, Any], Hit]]] = {}
        for row, hits in self._matcher(table).hits(binary):
            for standard in row["standards"]:
                shown.setdefault(standard, []).extend((row, hit) for hit in hits)
        for standard, found in sorted(shown.items()):
            yield _by_symbols(standard, found, artifact)
        yield from _by_need(binary, table["libraries"], shown, artifact)
        yield from _by_contract(binary, table["contracts"], names, artifact, context)
        if not binary.name:
            yield from _by_name(names, artifact, context)

    def _matcher(self, table: dict[str, Any]) -> SymbolRules:
        if self._rules is None or self._rules[0] is not table:
            self._rules = (table, SymbolRules(table["libraries"]))
        return self._rules[1]


def _by_symbols(standard: str, found: list[tuple[dict[str, Any], Hit]], artifact: Artifact) -> Claim:
    """One claim for a standard: both ways where readers and writers are seen, unknown where neither is."""
    ways = {hit.direction for _, hit in found} - {"either"}
    direction = "both" if len(ways) == 2 else next(iter(ways), "unknown")
    weak = all(row.get("strength") == "named" for row, _ in found)
    by_way: dict[str, list[Hit]] = {}
    for _, hit in found:
        by_way.setdefault(hit.direction, []).append(hit)
    shown = [hit for way in sorted(by_way) for hit in by_way[way][:MOST_EVIDENCE]]
    return Claim(
        standard=standard,
        direction=direction,
        via="library" if any(hit.used for _, hit in found) else "symbol",
        name=", ".join(sorted({row["name"] for row, _ in found})),
        evidence=tuple(_symbol(hit, artifact) for hit in shown),
        strength=Strength.NAMED if weak or direction == "unknown" else Strength.RECOGNISED,
        more={"symbols": len(found)},
    )


def _symbol(hit: Hit, artifact: Artifact) -> Evidence:
    name = hit.symbol.decode("utf-8", "replace")
    return artifact.at(f"{'uses' if hit.used else 'offers'} {name}", symbol=name[:500])


def _by_need(binary: Binary, rows: list[dict[str, Any]], shown: dict[str, Any], artifact: Artifact) -> Iterator[Claim]:
    """Standards of libraries that are needed and of which no reader or writer is seen: the name alone says it."""
    for needed in binary.needed:
        stem = stem_of(needed)
        for row in rows:
            if any(fnmatchcase(stem, glob) for glob in row["library"]):
                for standard in row["standards"]:
                    if standard not in shown:
                        place = artifact.at(f"needs {needed}", symbol=needed[:500])
                        yield Claim(standard, "unknown", "library", row["name"], (place,), Strength.NAMED)


def stem_of(library: str) -> str:
    """`libTKSTEP.so.7`, `@rpath/libTKSTEP.7.dylib` and `TKSTEP.dll` are all `tkstep`."""
    name = library.replace("\\", "/").rpartition("/")[2].lower()
    for ending in (".so", ".dll", ".dylib"):
        head, found, _ = name.partition(ending)
        if found:
            name = head
            break
    name = name.removeprefix("lib")
    head, dot, version = name.rpartition(".")
    while dot and version.isdigit():
        name = head
        head, dot, version = name.rpartition(".")
    return name


def _by_contract(
    binary: Binary, contracts: list[dict[str, Any]], names: Naming, artifact: Artifact, context: Context
) -> Iterator[Claim]:
    """A plug-in of a host that asks it for its file filters: they stand among its texts."""
    exported = frozenset(binary.exported)
    for row in contracts:
        if exported.issuperset(name.encode() for name in row["exports"]):
            for offset, label in _filters(artifact, context):
                for standard in names.in_label(label):
                    place = artifact.at(label, bytes=(offset, len(label)))
                    more = {"mechanism": row["id"]}
                    name = label.partition(" (*.")[0]
                    yield Claim(standard, row["direction"], "converter", name, (place,), Strength.RECOGNISED, more)


def _filters(artifact: Artifact, context: Context) -> Iterator[tuple[int, str]]:
    """Texts like `IDF (*.idf;*.IDF)|*.idf;*.IDF`, plain or in UTF-32 as C++ programs keep wide ones."""
    data = context.content(artifact).whole()
    for mark, width in ((b")|*.", 1), (")|*.".encode("utf-32-le"), 4)):
        place = find(data, mark)
        while place >= 0:
            zero = b"\0" * width
            start = data.rfind(zero, max(0, place - LONGEST_FILTER * width), place)
            start = start + width if start >= 0 else max(0, place - LONGEST_FILTER * width)
            if width == 4:
                start = place - (place - start) // 4 * 4
            label = data[start : place + width].decode("utf-32-le" if width == 4 else "latin-1", "replace")
            if "(*." in label and label.isprintable():
                yield start, label
            place = find(data, mark, place + len(mark))


def _by_name(names: Naming, artifact: Artifact, context: Context) -> Iterator[Claim]:
    """A program called `idf2vrml` reads the one and writes the other; that its texts name both makes it more."""
    joined = names.in_conversion(artifact.name)
    if joined is None:
        return
    data = context.content(artifact).whole()
    for standard, direction in zip(joined, ("import", "export"), strict=True):
        spelled = next((name for name in names.spellings(standard) if find(data, name) >= 0), None)
        evidence = [artifact.at(artifact.name)]
        if spelled is not None:
            evidence.append(artifact.at(spelled.decode(), bytes=(find(data, spelled), len(spelled))))
        strength = Strength.NAMED if spelled is None else Strength.RECOGNISED
        yield Claim(standard, direction, "converter", artifact.name, tuple(evidence), strength)
