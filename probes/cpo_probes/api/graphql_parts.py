"""Which documents make up one GraphQL schema? Those that need each other's types and lie near each other."""

from collections import defaultdict
from typing import NamedTuple

from cpo_probes.api.graphql_schema import Definition, needs
from cpo_scan.probe import Artifact

_UP, _DOWN = 2, 2  # folders above a document, and below those, where a part of its schema may lie
_WAYS = sorted(((up, down) for up in range(_UP + 1) for down in range(_DOWN + 1)), key=lambda way: (sum(way), way))
_SCHEMA = ("schema", "")


class Part(NamedTuple):
    """One document of the schema definition language."""

    artifact: Artifact
    definitions: list[Definition]
    doubled: list[tuple[str, int]]  # names that stand twice in one input value, and where


_Name = tuple[str, str]  # `type`, `directive` or `schema`, and the name


def schemas(parts: list[Part]) -> list[list[Part]]:
    """The parts in groups, each of which is one schema; in the order of the parts.

    A document that defines all that it needs and the roots of its operations is a schema by itself, unless another
    document lacks what stands in it. The time grows with the number of definitions.
    """
    near = _Neighbourhood(parts)
    group = list(range(len(parts)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for number, part in enumerate(parts):
        for name in _wanted(part):
            found = near.find(number, name)
            if found is not None:
                first, second = sorted((root(number), root(found)))
                group[second] = first
    grouped: dict[int, list[Part]] = defaultdict(list)
    for number, part in enumerate(parts):
        grouped[root(number)].append(part)
    return list(grouped.values())


def _wanted(part: Part) -> list[_Name]:
    """What a document needs and does not define. If it needs anything, also who says what the roots are called."""
    lacking = needs(part.definitions)
    found = [("type", name) for name in sorted(lacking.types | lacking.extended)]
    found += [("directive", name) for name in sorted(lacking.directives)]
    if found and not any(item.kind == "schema" for item in part.definitions):
        found.append(_SCHEMA)
    return found


class _Neighbourhood:
    """Finds the nearest document of the same container that defines a name."""

    def __init__(self, parts: list[Part]) -> None:
        self._folders = [_folder(part.artifact) for part in parts]
        # By container and folder, and how far below it: the first document that defines a name.
        self._known: dict[tuple[str, tuple[str, ...], int], dict[_Name, int]] = defaultdict(dict)
        for number, part in enumerate(parts):
            container, folder = self._folders[number]
            names = {
                ("directive" if item.kind == "directive" else "schema" if item.kind == "schema" else "type", item.name)
                for item in part.definitions
                if not item.extends
            }
            for down in range(min(_DOWN, len(folder)) + 1):
                known = self._known[container, folder[: len(folder) - down], down]
                for name in names:
                    known.setdefault(name, number)

    def find(self, number: int, name: _Name) -> int | None:
        """The number of the nearest document that defines a name which document `number` lacks."""
        container, folder = self._folders[number]
        for up, down in _WAYS:
            if up <= len(folder):
                known = self._known.get((container, folder[: len(folder) - up], down))
                if known is not None and name in known:
                    return known[name]
        return None


def _folder(artifact: Artifact) -> tuple[str, tuple[str, ...]]:
    container, _, inside = artifact.path.rpartition("!/")
    return container, tuple(inside.split("/")[:-1])
