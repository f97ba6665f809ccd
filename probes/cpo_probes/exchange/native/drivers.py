"""Formats that a native program reaches through a library of many: by the name of a driver that it asks for, and by the
source files of Rust libraries of which it holds code.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.native.symbol_rules import SymbolRules
from cpo_scan.probe import Artifact, Context, Evidence, Strength, find
from cpo_scan.probe.binaries import Binary

MOST_EVIDENCE = 4
LONGEST_PATH = 200  # bytes of the path of a source file within its library
LONGEST_NAME = 80  # of a library and its version
_SOURCES = b"/src/"  # where a library of Rust keeps its sources; programs name these in their messages


def by_drivers(
    binary: Binary, rows: list[dict[str, Any]], known: dict[str, set[str]], artifact: Artifact, context: Context
) -> Iterator[Claim]:
    """Drivers that a program asks for by name: the name stands among its texts, and it calls what asks for one.

    Which way says what else it calls: a file that is made is written. A list of drivers may be one of those to leave
    out: that names the formats, and no more.
    """
    data = context.content(artifact).whole()
    for row in rows:
        rules = SymbolRules([{"anchor": row["anchor"], "either": row["asks"], "export": row["export"]}])
        used = [hit for _, hits in rules.hits(binary) for hit in hits if hit.used]
        asked = next((hit for hit in used if hit.direction == "either"), None)
        made = next((hit for hit in used if hit.direction == "export"), None)
        if asked is None:
            continue
        for name, standard in sorted(row["formats"].items()):
            at = find(data, b"\0" + name.encode("ascii") + b"\0")
            direction = "export" if made is not None else "unknown"
            if at < 0 or direction in known.get(standard, ()):
                continue
            shown = [artifact.at(name, bytes=(at + 1, len(name)))]
            shown += [_used(hit.symbol, artifact) for hit in (asked, made) if hit is not None]
            yield Claim(standard, direction, "library", f"{row['name']} {name}", tuple(shown), Strength.NAMED)


def by_crates(rows: list[dict[str, Any]], artifact: Artifact, context: Context) -> Iterator[Claim]:
    """Readers and writers of Rust libraries that a program holds."""
    held = dict(_sources(artifact, context, frozenset(row["crate"] for row in rows)))
    for row in rows:
        shown: dict[str, list[Evidence]] = {}
        for (crate, path), (at, size) in sorted(held.items()):
            for direction in ("import", "export"):
                if crate == row["crate"] and any(fnmatchcase(path, glob) for glob in row.get(direction, ())):
                    shown.setdefault(direction, []).append(artifact.at(f"{crate} {path}", bytes=(at, size)))
        for standard in row["standards"] if shown else ():
            direction = "both" if len(shown) == 2 else next(iter(shown))
            places = tuple(place for way in sorted(shown) for place in shown[way][:MOST_EVIDENCE])
            yield Claim(standard, direction, "library", row["crate"], places, Strength.RECOGNISED)


def _sources(
    artifact: Artifact, context: Context, crates: frozenset[str]
) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """Source files of these libraries that a program names, each with its first place.

    As `…/registry/src/index.crates.io-1949cf8c6b5b557f/LIBRARY-VERSION/src/FILE.rs`, or `crates/LIBRARY/src/FILE.rs` of
    a program's own ones, with the next text right behind it.
    """
    data, seen = context.content(artifact).whole(), set[tuple[str, str]]()
    for mark in (_SOURCES, _SOURCES.replace(b"/", b"\\")):
        place = find(data, mark)
        while place >= 0:
            context.checkpoint()
            before = bytes(data[max(0, place - LONGEST_NAME) : place])
            library = before[before.rfind(mark[:1]) + 1 :].decode("latin-1")
            crate = next((each for each in crates if _is_release(library, each)), "")
            if crate:
                path, ended, _ = bytes(data[place + 1 : place + LONGEST_PATH]).partition(b".rs")
                found = (crate, path.decode("latin-1").replace("\\", "/") + ".rs")
                if ended and found not in seen:
                    seen.add(found)
                    yield found, (place - len(library), len(library) + 1 + len(path) + len(ended))
            place = find(data, mark, place + 1)


def _is_release(library: str, crate: str) -> bool:
    """Is `calamine-0.26.1` a release of `calamine`? `calamine` alone is the sources of its makers."""
    name, dash, version = library[: len(crate)], library[len(crate) : len(crate) + 1], library[len(crate) + 1 :]
    return name == crate and (not dash or (dash == "-" and version[:1].isdigit()))


def _used(symbol: bytes, artifact: Artifact) -> Evidence:
    name = symbol.decode("utf-8", "replace")
    return artifact.at(f"uses {name}", symbol=name[:500])
