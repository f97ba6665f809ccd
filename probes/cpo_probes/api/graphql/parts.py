"""Which documents make up one GraphQL schema? Those that need each other's types and lie near each other."""

from collections import defaultdict
from typing import NamedTuple

from cpo_probes.api.graphql.schema import ROOTS, Definition, needs
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


def stands_alone(part: Part) -> bool:
    """Does a document define all that it needs, and a root of its operations?"""
    own = any((item.kind, item.name) == ("type", ROOTS["query"]) and not item.extends for item in part.definitions)
    return (own or any(item.kind == "schema" for item in part.definitions)) and not _wanted(part)


class Parts:
    """The documents of one schema, and which of them take something from which."""

    def __init__(self, parts: list[Part], taken: dict[str, frozenset[str]]) -> None:
        self.all = parts
        self._taken = taken
        self._naming = {
            part.artifact.path
            for part in parts
            if any(item.kind == "schema" and not item.extends for item in part.definitions)
        }

    def behind(self, part: Part) -> set[str]:
        """The paths of the documents that a document rests on: it, those that it takes from, who names the roots.

        What another document adds to it may be wrong without making it wrong.
        """
        found = {part.artifact.path}
        todo = [part.artifact.path]
        if not stands_alone(part) and len(self._naming) == 1:
            todo += self._naming
        while todo:
            path = todo.pop()
            found.add(path)
            todo += self._taken.get(path, frozenset()) - found
        return found


def schemas(parts: list[Part]) -> list[Parts]:
    """The parts in groups, each of which is one schema; in the order of the parts.

    A document that defines all that it needs and the roots of its operations is a schema by itself, unless another
    document lacks what stands in it. Two documents that define the same are of two schemas. The time grows with the
    number of definitions.
    """
    near = _Neighbourhood(parts)
    group = list(range(len(parts)))
    taken: dict[str, frozenset[str]] = {}

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for number, part in enumerate(parts):
        sources: set[int] = set()
        defined = set(near.names[number])
        for name in _wanted(part):
            found = near.find(number, name, defined)
            if found is not None and found not in sources:
                sources.add(found)
                defined |= near.names[found]
                first, second = sorted((root(number), root(found)))
                group[second] = first
        taken[part.artifact.path] = frozenset(parts[found].artifact.path for found in sources)
    grouped: dict[int, list[Part]] = defaultdict(list)
    for number, part in enumerate(parts):
        grouped[root(number)].append(part)
    return [Parts(members, taken) for members in grouped.values()]


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
        self.names = [_defined(part) for part in parts]
        # By container and folder, and how far below it: the first document that defines a name.
        self._known: dict[tuple[str, tuple[str, ...], int], dict[_Name, int]] = defaultdict(dict)
        for number, names in enumerate(self.names):
            container, folder = self._folders[number]
            for down in range(min(_DOWN, len(folder)) + 1):
                known = self._known[container, folder[: len(folder) - down], down]
                for name in names:
                    known.setdefault(name, number)

    def find(self, number: int, name: _Name, defined: set[_Name]) -> int | None:
        """The number of the nearest document that defines a name which document `number` lacks.

        It defines nothing of what is `defined` already.
        """
        container, folder = self._folders[number]
        for up, down in _WAYS:
            if up <= len(folder):
                known = self._known.get((container, folder[: len(folder) - up], down))
                found = known.get(name) if known is not None else None
                if found is not None and (found == number or defined.isdisjoint(self.names[found])):
                    return found
        return None


def _defined(part: Part) -> frozenset[_Name]:
    """What a document defines, and does not only extend."""
    return frozenset(
        (item.kind if item.kind in ("directive", "schema") else "type", item.name)
        for item in part.definitions
        if not item.extends
    )


def _folder(artifact: Artifact) -> tuple[str, tuple[str, ...]]:
    container, _, inside = artifact.path.rpartition("!/")
    return container, tuple(inside.split("/")[:-1])
