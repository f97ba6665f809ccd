"""Capabilities that native code shows: libraries that it needs, readers and writers that it uses or offers."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.names.format_filters import in_plugin
from cpo_probes.exchange.names.naming import Naming, naming
from cpo_probes.exchange.native.commands import by_commands
from cpo_probes.exchange.native.drivers import by_crates, by_drivers
from cpo_probes.exchange.native.meaning import Meanings
from cpo_probes.exchange.native.names import Seen, in_methods, in_symbols, in_types, role_pattern, telling
from cpo_probes.exchange.native.pairs import in_pairs, pairs_of
from cpo_probes.exchange.native.symbol_rules import Hit, SymbolRules
from cpo_probes.exchange.native.texts import by_texts
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, find, formats
from cpo_scan.probe.binaries import Binary, read_binary

MOST_EVIDENCE = 8  # symbols shown for each direction
LONGEST_FILTER = 400  # bytes of a file filter among a program's texts


class LinkageProbe(Probe):
    """Programs and libraries that need, use or offer readers and writers of exchange formats."""

    id = "exchange.linkage"
    version = 5
    examines = formats("elf", "pe", "mach-o", "wasm")
    states = (KIND,)
    limitations = (
        "The need for a library tells no direction; only symbols of readers and writers do.",
        "What is linked statically is seen by its exported names, by the type information of C++ classes, by texts "
        "that only a writer needs and by source files of Rust libraries; other readers are not seen.",
        "A driver that a program asks for by its name may be one that it leaves out; a command or plug-in is told by "
        "its name, whatever it does.",
        "A filter of a file dialog tells its direction by its words or those of the menus; without them it has none.",
        "What is loaded at run time by name is not seen.",
        "A symbol shows that the code is there, not that a user can reach it.",
        "Filters of KDE programs register in the metadata of their plug-ins; those of Qt before 5.12 are not read.",
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
        roles = role_pattern([*names.roles, *(word for pair in pairs_of(context) for word in pair.at_end)])
        types = list(in_types(context.content(artifact), roles, context))
        linked = {_as_symbol(place): place for place in types}
        statically: dict[str, list[tuple[dict[str, Any], Hit]]] = {}
        for row, hits in self._matcher(table).hits(
            msgspec.structs.replace(binary, exported=tuple(linked), imported=())
        ):
            for standard in row["standards"]:
                if standard not in shown:
                    statically.setdefault(standard, []).extend((row, hit) for hit in hits)
        shown |= statically
        known: dict[str, set[str]] = {}
        for standard, found in sorted(shown.items()):
            claim = _by_symbols(standard, found, linked, artifact)
            if claim.strength is Strength.RECOGNISED:
                known[standard] = {"import", "export"} if claim.direction == "both" else {claim.direction}
            yield claim
        ruled, meanings = frozenset(known), Meanings(names, context.content(artifact))
        for claim in _by_identifiers(binary, types, names, meanings, known, artifact, context):
            ways = {"import", "export"} if claim.direction == "both" else {claim.direction}
            known[claim.standard] = known.get(claim.standard, set()) | ways
            yield claim
        yield from _by_need(binary, self._matcher(table), shown, artifact, context)
        yield from by_drivers(binary, table["drivers"], known, artifact, context)
        yield from by_crates(table["crates"], artifact, context)
        for claim in _by_contract(binary, table["contracts"], names, artifact, context):
            known.setdefault(claim.standard, set()).add(claim.direction)
            yield claim
        yield from by_texts(binary, artifact, context, names, known, ruled)
        yield from by_commands(binary, meanings, known, artifact, context)
        yield from _by_host(binary, table["hosts"], names, artifact)
        if any(name.startswith(b"qt_plugin_") for name in binary.exported):
            yield from in_plugin(artifact, context, names)
        if not binary.name or _is_plug_in(binary.name):
            yield from _by_name(names, artifact, context)

    def _matcher(self, table: dict[str, Any]) -> SymbolRules:
        if self._rules is None or self._rules[0] is not table:
            self._rules = (table, SymbolRules(table["libraries"]))
        return self._rules[1]


def _as_symbol(place: Seen) -> bytes:
    """The name of a class among the type information as a symbol would have it (Itanium C++ ABI 5.1.7, `_ZTS`)."""
    return place.symbol + b"@@" if place.symbol.startswith(b".?") else b"_ZTS" + place.symbol


def _by_symbols(
    standard: str, found: list[tuple[dict[str, Any], Hit]], linked: dict[bytes, Seen], artifact: Artifact
) -> Claim:
    """One claim for a standard: both ways where readers and writers are seen, unknown where neither is.

    `linked`: classes of libraries that were linked statically, by what their symbols would be.
    """
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
        evidence=tuple(
            _identifier(linked[hit.symbol], artifact) if hit.symbol in linked else _symbol(hit, artifact)
            for hit in shown
        ),
        strength=Strength.NAMED if weak or direction == "unknown" else Strength.RECOGNISED,
        more={"symbols": len(found)},
    )


def _by_identifiers(
    binary: Binary,
    types: list[Seen],
    names: Naming,
    meanings: Meanings,
    known: dict[str, set[str]],
    artifact: Artifact,
    context: Context,
) -> Iterator[Claim]:
    """Readers and writers by their names, as far as no rule of a library has shown them: one claim for a standard."""
    role, pairs = role_pattern(names.roles), pairs_of(context)
    seen: dict[str, dict[str, dict[str, Seen]]] = {}
    told = telling(binary, role)
    meant = chain(
        ((meanings.of(place.identifier), place) for place in chain(in_symbols(told, role), types)),
        ((meanings.of_method(kind, method), place) for kind, method, place in in_methods(told, role)),
        in_pairs(binary, types, pairs, meanings),
    )
    for named, place in meant:
        if named is not None and named.direction not in known.get(named.standard, ()):
            seen.setdefault(named.standard, {}).setdefault(named.direction, {}).setdefault(place.identifier, place)
    for standard in names.programs.namesakes(artifact.name) & seen.keys():
        del seen[standard]
    for standard, ways in sorted(seen.items()):
        shown = [place for way in sorted(ways) for _, place in sorted(ways[way].items())[:MOST_EVIDENCE]]
        weak = standard in names.carriers
        yield Claim(
            standard=standard,
            direction="both" if len(ways) == 2 else next(iter(ways)),
            via="symbol",
            name=", ".join(sorted(dict.fromkeys(place.identifier for place in shown))[:4]),
            evidence=tuple(_identifier(place, artifact) for place in shown),
            strength=Strength.MENTIONED if weak else Strength.RECOGNISED,
        )


def _identifier(place: Seen, artifact: Artifact) -> Evidence:
    name = place.symbol.decode("utf-8", "replace")
    if place.offset >= 0:
        return artifact.at(f"{place.how} {name}", bytes=(place.offset, len(place.symbol)))
    return artifact.at(f"{place.how} {name}", symbol=name[:500])


def _by_host(binary: Binary, hosts: list[dict[str, Any]], names: Naming, artifact: Artifact) -> Iterator[Claim]:
    """A plug-in that calls its host's functions for import and export filters, called after its format."""
    used = frozenset(binary.imported)
    for row in hosts:
        for direction in ("import", "export"):
            calls = sorted(used.intersection(name.encode() for name in row[direction]))
            for standard in sorted(names.programs.in_stem(artifact.name)) if calls else ():
                called = calls[0].decode()
                place = artifact.at(f"{artifact.name} uses {called}", symbol=called)
                more = {"mechanism": row["id"]}
                yield Claim(standard, direction, "registration", artifact.name, (place,), Strength.RECOGNISED, more)


def _symbol(hit: Hit, artifact: Artifact) -> Evidence:
    name = hit.symbol.decode("utf-8", "replace")
    return artifact.at(f"{'uses' if hit.used else 'offers'} {name}", symbol=name[:500])


def _by_need(
    binary: Binary, rules: SymbolRules, shown: dict[str, Any], artifact: Artifact, context: Context
) -> Iterator[Claim]:
    """Standards of libraries that are needed and of which no reader or writer is seen: the name alone says it.

    A library that lies beside the file says for itself what it reads and writes.
    """
    for needed in binary.needed:
        for row in rules.needed(stem_of(needed)):
            for standard in row["standards"]:
                if standard not in shown and context.related(artifact, needed) is None:
                    place = artifact.at(f"needs {needed}", symbol=needed[:500])
                    yield Claim(standard, "unknown", "library", row["name"], (place,), Strength.NAMED)


def stem_of(library: str) -> str:
    """`libTKSTEP.so.7`, `@rpath/libTKSTEP.7.dylib` and `TKSTEP.dll` are all `tkstep`.

    `libTKSTEP-0bebbf4c.so.7` is not: packers of Python wheels call a library so that they add, and it is examined.
    """
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


def _is_plug_in(name: str) -> bool:
    """Is the name that a linker gave a file one by which nothing else can need it: without `lib` and a version?"""
    return not name.startswith("lib") and name.endswith((".so", ".o", ".dll", ".dylib"))


def _by_name(names: Naming, artifact: Artifact, context: Context) -> Iterator[Claim]:
    """A program called `idf2vrml` reads the one and writes the other, one called `gmshToFoam` and a plug-in `importxps`
    read one.

    That the texts of the program name the format too makes it more.
    """
    joined = names.programs.in_conversion(artifact.name)
    claimed = list(zip(joined, ("import", "export"), strict=True)) if joined else []
    one = names.programs.in_module(artifact.name) or (None if joined else names.programs.beside_own(artifact.name))
    claimed += [one] if one else []
    doubtful = None if claimed else names.programs.in_vague_module(artifact.name)
    claimed += [doubtful] if doubtful and names.may_mention(doubtful[0]) else []
    data = context.content(artifact).whole() if claimed else b""
    for standard, direction in claimed:
        spelled = next((name for name in names.spellings(standard) if find(data, name) >= 0), None)
        evidence = [artifact.at(artifact.name)]
        if spelled is not None:
            evidence.append(artifact.at(spelled.decode(), bytes=(find(data, spelled), len(spelled))))
        elif doubtful is not None:
            return
        strength = Strength.NAMED if spelled is None else Strength.RECOGNISED
        if standard in names.carriers:
            strength = Strength.MENTIONED
        yield Claim(standard, direction, "converter", artifact.name, tuple(evidence), strength)
