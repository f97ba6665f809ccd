"""Which extension points do the manuals name, and which do samples use? By the words of pages and sources."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from cpo_scan.probe import Artifact, ProductContext, Severity, Unreadable
from cpo_scan.probe.phrases import qualified_words
from cpo_scan.probe.text import decode

_PLACES = 3  # pages that are cited for a point


class Words:
    """The words of the documentation and of the samples of a product, each read once."""

    def __init__(self, context: ProductContext, table: dict[str, Any]) -> None:
        self._context, self._limits = context, table["limits"]
        self._pages: list[tuple[Artifact, frozenset[str]]] | None = None
        self._samples: list[tuple[Artifact, frozenset[str]]] | None = None
        self._table = table

    def pages(self, *forms: str) -> list[Artifact]:
        """Pages of the documentation that name a thing: by its full name, or by its parts (see `names`)."""
        if self._pages is None:
            places = self._context.data("documentation")["places"]
            self._folders = frozenset(places["documentation"])
            self._parents = tuple(f"/{parent}/" for parent in places["package_parents"])
            self._pages = list(self._read(self._documentation(), "pages", "page_bytes"))
        return [artifact for artifact, words in self._pages if any(named(form, words) for form in forms)][:_PLACES]

    def samples(self, *forms: str) -> int:
        """How many sample sources use a thing."""
        if self._samples is None:
            self._samples = list(self._read(self._sources(), "samples", "page_bytes"))
        return sum(any(named(form, words) for form in forms) for _, words in self._samples)

    def in_samples(self, path: str) -> bool:
        """Does it lie in a folder of samples?"""
        globs = self._table["sample_folders"]
        return any(fnmatchcase(segment.lower(), glob) for segment in path.split("/")[:-1] for glob in globs)

    def _documentation(self) -> Iterator[Artifact]:
        for artifact in self._context.index.select(formats=self._table["page_formats"]):
            segments = artifact.path.lower().split("/")
            near = f"/{artifact.path.lower()}"
            if (
                artifact.role in ("docs", "capture")
                or artifact.format in ("man", "info")
                or artifact.name.lower().startswith("readme")
                or any(parent in near for parent in self._parents)
                or any(_plain(segment) in self._folders for segment in segments[:-1])
            ):
                yield artifact

    def _sources(self) -> Iterator[Artifact]:
        for artifact in self._context.index.select(formats=self._table["sample_formats"]):
            if self.in_samples(artifact.path):
                yield artifact

    def _read(self, chosen: Iterable[Artifact], most: str, size: str) -> Iterator[tuple[Artifact, frozenset[str]]]:
        listed = list(chosen)
        limit = self._limits[most]
        if len(listed) > limit:
            self._context.partly(
                listed[limit], "extension.some_read", severity=Severity.BY_DESIGN, read=limit, there=len(listed)
            )
        found: dict[str, tuple[Artifact, frozenset[str]]] = {}
        for artifact, content in self._context.contents(listed[:limit]):
            self._context.checkpoint()
            if isinstance(content, Unreadable):
                continue  # it is a row of the coverage already, from when it was recognised
            try:
                text = decode(bytes(content.whole()[: self._limits[size]]))
            except Unreadable as error:
                self._context.unreadable(artifact, error)
                continue
            found[artifact.path] = artifact, qualified_words(text)
        yield from (found[path] for path in sorted(found))


def named(name: str, words: frozenset[str]) -> bool:
    """Do words name a thing? Its full name, or what stands before the last part of it and that part, both.

    The last part alone does where it is made of several words, as the names of types are: `EditPlugin`. Two plain words
    do not (`airflow` and `policy` for `airflow.policy`): what stands before has to be qualified itself.
    """
    if name in words:
        return True
    before, _, last = name.replace("$", ".").rpartition(".")
    several = any(letter.islower() and after.isupper() for letter, after in pairwise(last))
    return bool(before) and last in words and (several or ("." in before and before in words))


def _plain(segment: str) -> str:
    return segment.removesuffix("!").rpartition(".")[0] or segment if segment.endswith("!") else segment
