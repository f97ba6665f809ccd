"""Where an SDK begins: the one rule for all probes that speak of one. The names are in `rules/data/surface.yaml`.

- Headers: a folder whose name says so (`include`, `PublicInterfaces`) is a root with all that lies below it; in one
  that many products share (`usr/include`) each folder is. Headers elsewhere are a root where no source that implements
  them lies beside, above or below; else they are source code, and nobody is offered it.
- Python: what lies right in a folder from which Python imports (`site-packages`), or at the top of the deliverable or
  of an archive with an `__init__.py`, or is marked by `py.typed`.
- TypeScript: the package, that is the folder of the nearest `package.json`.
- Nowhere: samples, tests, templates, documentation, kernel headers.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, ClassVar

from cpo_scan.probe.context import Index
from cpo_scan.probe.remembering import remembered


class Roots:
    """The rule over a table `surface` of the rules."""

    def __init__(self, table: dict[str, Any]) -> None:
        headers = table["headers"]
        self._folders = _one_of(headers["folders"])
        self._shared = tuple(f"/{place}/" for place in headers["shared"])
        self._implementation = tuple(headers["implementation"])
        self._nowhere = _one_of(table["nowhere"]["folders"])
        self._import_folders = frozenset(table["python"]["import_folders"])
        self._no_modules = frozenset(table["python"]["no_modules"])
        self.of_header = lru_cache(maxsize=4096)(self._of_header)
        self.nowhere = lru_cache(maxsize=4096)(self._is_nowhere)

    _last: ClassVar[list[tuple[dict[str, Any], "Roots"]]] = []

    @classmethod
    def of(cls, table: dict[str, Any]) -> "Roots":
        """The rule over a table; made once, for probes that ask for every artifact."""
        if not cls._last or cls._last[0][0] is not table:
            cls._last[:] = [(table, cls(table))]
        return cls._last[0][1]

    def _is_nowhere(self, folder: str) -> bool:
        """Does a folder lie where nobody builds upon what is there?"""
        return any(self._nowhere(segment.removesuffix("!").lower()) for segment in folder.split("/"))

    def _of_header(self, folder: str) -> str | None:
        """The root that the names of folders give to the headers in this one; None where they give none."""
        if self.nowhere(folder):
            return None
        near = f"/{folder.lower()}/"
        for shared in self._shared:
            if (place := near.find(shared)) >= 0:
                start = place + len(shared)
                first = near[start:].partition("/")[0]
                return folder[: start - 1 + len(first)].rstrip("/")
        segments = folder.split("/")
        for number, segment in enumerate(segments):
            if self._folders(segment.lower()):
                return "/".join(segments[: number + 1])
        return None

    def of_headers(self, folders: Iterable[str], index: Index) -> dict[str, str]:
        """The root of each folder that holds headers; folders that are no SDK are left out."""
        roots: dict[str, str] = {}
        loose: list[str] = []
        for folder in sorted(set(folders)):
            root = self.of_header(folder)
            if root is not None:
                roots[folder] = root
            elif not self.nowhere(folder):
                loose.append(folder)
        if loose:
            sources = {_folder(source.path) for source in index.select(formats=self._implementation)}
            sources = {source for source in sources if not self.nowhere(source)}
            for folder in loose:
                if not any(_related(folder, source) for source in sources):
                    outer = next(
                        (other for other in loose if roots.get(other) == other and _below(folder, other)), folder
                    )
                    roots[folder] = outer
        return roots

    def of_python(self, path: str, index: Index) -> tuple[str, str] | None:
        """Root and dotted name of a Python module that is offered: its top package or module; None where it is not.

        The root of a package is its folder, that of a single module its file.
        """
        folder, _, file = path.rpartition("/")
        stem = file.rpartition(".")[0]
        segments = folder.split("/") if folder else []
        start = 0
        for number, segment in enumerate(segments):
            if segment.endswith("!") or segment.lower() in self._import_folders:
                start = number + 1
        importable = bool(start) and segments[start - 1].lower() in self._import_folders
        inner = segments[start:]
        depth = self._namespaces(segments, start, index)
        if depth:
            root = "/".join(segments[: start + depth + 1])
            names = [*inner, stem] if stem != "__init__" else inner
            return (root, ".".join(names)) if all(map(_public, names)) and not self.nowhere("/".join(inner)) else None
        if not importable:
            top = "/".join(segments[: start + 1])
            if not inner or not self._has(index, top, "__init__.py", "__init__.pyi", "py.typed"):
                return self._marked(segments, start, stem, index)
        names = [*inner, stem] if stem != "__init__" else inner
        if not names or not all(map(_public, names)) or names[0].lower() in self._no_modules:
            return None
        if self.nowhere("/".join(inner)) or (stem.lower() in self._no_modules and inner):
            return None
        root = "/".join(segments[: start + 1]) if inner else path
        return root, ".".join(names)

    def _namespaces(self, segments: list[str], start: int, index: Index) -> int:
        """How many folders of an installed distribution stand around a package and are none, as PEP 420 allows."""
        inner = segments[start:]
        for number in range(len(inner)):
            if self._has(index, "/".join(segments[: start + number + 1]), "__init__.py", "__init__.pyi"):
                return number if number and self._installed("/".join(segments[:start]), index) else 0
        return 0

    @staticmethod
    def _has(index: Index, folder: str, *names: str) -> bool:
        """Is one of the files there? Modules of one folder ask the same."""

        def look(at: Index) -> bool:
            return any(at.get(f"{folder}/{name}" if folder else name) is not None for name in names)

        return remembered(index, ("kit_roots.has", folder, names), look)

    @staticmethod
    def _installed(folder: str, index: Index) -> bool:
        """Does a folder hold what an installer writes beside packages (PEP 376, `*.dist-info/METADATA`)?"""
        return folder in remembered(index, "kit_roots.installed", _distributions)

    def _marked(self, segments: list[str], start: int, stem: str, index: Index) -> tuple[str, str] | None:
        """A package that lies deeper, and says by `py.typed` that it is for others (PEP 561)."""
        for number in range(start, len(segments)):
            if self.nowhere(segments[number]):
                return None
            if self._has(index, "/".join(segments[: number + 1]), "py.typed"):
                names = [*segments[number:], *([stem] if stem != "__init__" else [])]
                return ("/".join(segments[: number + 1]), ".".join(names)) if all(map(_public, names)) else None
        return None


def package_root(path: str, index: Index) -> str:
    """The folder of the nearest `package.json`, else the folder of the file."""
    folder = path.rpartition("/")[0]
    at = folder
    while at:
        if index.get(f"{at}/package.json") is not None:
            return at
        at = at.rpartition("/")[0]
    return folder if index.get("package.json") is None else ""


def _distributions(index: Index) -> frozenset[str]:
    """Folders with installed distributions in them."""
    inside = (artifact.path.rpartition("/")[0] for artifact in index.select(formats=("python-metadata",)))
    return frozenset(path.rpartition("/")[0] for path in inside if path.endswith(".dist-info"))


def _one_of(globs: Iterable[str]) -> Callable[[str], bool]:
    listed = tuple(globs)
    return lru_cache(maxsize=4096)(lambda segment: any(fnmatchcase(segment, glob) for glob in listed))


def _public(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _below(folder: str, other: str) -> bool:
    return not other or folder == other or folder.startswith(f"{other}/")


def _related(folder: str, other: str) -> bool:
    return _below(folder, other) or _below(other, folder)
