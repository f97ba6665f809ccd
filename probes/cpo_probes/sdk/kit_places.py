"""What a path says about a development kit: whose folder it is, where a kit begins, what is a sample."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from cpo_scan.probe import Artifact

Folder = tuple[str, ...]


class KitPlaces:
    """Judges paths by the table of `rules/data/sdk-parts.yaml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._left_out: list[str] = table["left_out"]["folders"]
        self._paths = tuple(f"/{path}/" for path in table["left_out"]["paths"])
        self._samples: list[str] = table["sample_folders"]
        self._public = frozenset(table["headers"]["public"])
        self._library = frozenset(table["libraries"]["folders"])
        self._below: list[str] = table["libraries"]["below"]
        self._known: dict[Folder, bool] = {}
        self._sampled: dict[Folder, int] = {}

    def left_out(self, folder: Folder) -> bool:
        """Is it a folder of others, of tests, of templates, of a kernel?"""
        known = self._known.get(folder)
        if known is None:
            low = [segment.lower() for segment in folder]
            joined_ = f"/{'/'.join(low)}/"
            known = any(fits(segment, self._left_out) for segment in low) or any(
                path in joined_ for path in self._paths
            )
            self._known[folder] = known
        return known

    def in_samples(self, folder: Folder) -> int:
        """How many segments lead to the innermost folder of samples that holds this one; 0: none does."""
        known = self._sampled.get(folder)
        if known is None:
            numbers = range(len(folder), 0, -1)
            known = next((number for number in numbers if fits(folder[number - 1].lower(), self._samples)), 0)
            self._sampled[folder] = known
        return known

    def base(self, root: Folder) -> Folder:
        """Where the kit of a root of headers begins: above the folder of public headers; elsewhere the root itself."""
        found = next((number for number, segment in enumerate(root) if segment.lower() in self._public), None)
        return root if found is None else root[:found]

    def is_arch(self, segment: str) -> bool:
        """Is a folder called after a processor, a system or a configuration?"""
        return fits(segment.lower(), self._below)

    def holds_libraries(self, base: Folder, folder: Folder) -> bool:
        """Is it the folder of libraries of the kit that begins at `base`, or one below for a processor?"""
        if folder[: len(base)] != base:
            return False
        inside = folder[len(base) :]
        return bool(inside) and inside[0].lower() in self._library and all(self.is_arch(part) for part in inside[1:])


def fits(name: str, globs: Iterable[str]) -> bool:
    """Does a name in lower case fit one of the globs?"""
    return any(fnmatchcase(name, glob) for glob in globs)


def folder_of(path: str) -> Folder:
    """Segments of the folder of a file. A compressed file is no folder: `x.1.gz!/x.1` lies where `x.1.gz` lies."""
    container, _, name = path.rpartition("!/")
    if container and container.rpartition("/")[2].startswith(f"{name}."):
        path = container
    return tuple(path.split("/")[:-1])


def common(folders: Iterable[Folder]) -> Folder:
    """The deepest folder that holds all of these."""
    listed = list(folders)
    low, high = min(listed), max(listed)
    number = 0
    while number < min(len(low), len(high)) and low[number] == high[number]:
        number += 1
    return low[:number]


def root_of(artifacts: Iterable[Artifact]) -> str:
    """The folder of a set of files as it stands in a report; an archive as a whole is its own path."""
    return "/".join(common(folder_of(artifact.path) for artifact in artifacts)).removesuffix("!")
