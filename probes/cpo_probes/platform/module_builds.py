"""Which native modules are one and the same, built for several platforms? By their names and the folders around them.

`binaries/linux64/solver.so` and `binaries/win64/solver.dll` are one module; `plugins/a/main.so` and `plugins/b/main.so`
are two, since the folders that tell them apart name no platform.
"""

from collections.abc import Iterable, Mapping

from cpo_probes.platform.module_graph import Graph, Unit

_BESIDE = frozenset(("gnu", "glibc", "unknown", "apple", "pc"))
_SUFFIXES = (".so", ".dylib", ".dll", ".exe")


def builds(graph: Graph, words: Iterable[str]) -> Mapping[str, str]:
    """For each module that is another build of one, by id, the root of that one: of all builds the first by path, and
    one in a circle before those in none. `words` are the parts of which names of platforms are made."""
    known, groups = frozenset(words), dict[tuple[str, ...], list[Unit]]()
    for unit in graph.units.values():
        place = _place(unit.root, known) if unit.kind == "native" else None
        if place is not None:
            groups.setdefault(place, []).append(unit)
    found: dict[str, str] = {}
    for units in groups.values():
        first, *others = sorted(units, key=lambda unit: (not graph.circles.get(unit.id), unit.root))
        found |= {unit.id: first.root for unit in others}
    return found


def _place(root: str, words: frozenset[str]) -> tuple[str, ...] | None:
    """Path and name without what tells the platform; None where no folder names one."""
    *folders, file = root.lower().split("/")
    neutral = ["" if _is_platform(folder, words) else folder for folder in folders]
    if neutral == folders:
        return None
    for suffix in _SUFFIXES:
        file = file.partition(f"{suffix}.")[0] if f"{suffix}." in file else file.removesuffix(suffix)
    return (*neutral, file.removeprefix("lib"))


def _is_platform(folder: str, words: frozenset[str]) -> bool:
    parts = folder.replace("_", "-").replace(".", "-").split("-")
    # an architecture or a system alone says it; `64` and `gnu` say it only beside one
    return words.issuperset(parts) and any(len(part) > 2 and part not in _BESIDE for part in parts)
