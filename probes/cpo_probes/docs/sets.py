"""The probe `docs.sets`: which documentation does the product ship? One finding per root and format."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from cpo_probes.docs.pages import HtmlReader, Page, phrase, read_book, read_man, read_markdown
from cpo_probes.docs.places import Place, Places, common, folder_of, joined, stem_of
from cpo_scan.probe import (
    Artifact,
    Content,
    Finding,
    ProductContext,
    ProductProbe,
    Severity,
    Unreadable,
    formats,
)

_EVIDENCE = 12  # pages that a finding cites at least, where there are as many; one per topic beyond
_FEW = 3  # pages of a folder, each of which may be a whole manual
_READING_ROLES = ("docs", "capture")

Folder = tuple[str, ...]
Reader = Callable[[bytes], Page]


class Leaf(msgspec.Struct, frozen=True):
    """One page or book that was taken for documentation."""

    artifact: Artifact
    page: Page
    place: Place
    format: str
    bears: bool = True
    """It makes a set by itself; pages that do not (frames, redirects, licences) are counted where others do."""


class DocSetsProbe(ProductProbe):
    """Documentation that the product ships: manuals, help and references, as sets"""

    id = "docs.sets"
    version = 1
    examines = formats(
        "html",
        "markdown",
        "restructuredtext",
        "asciidoc",
        "man",
        "info",
        "pdf",
        "chm",
        "epub",
        "javadoc-index",
        "sphinx-inventory",
    )
    states = ("docs.set",)
    limitations = (
        "at most 32 KiB of a page are read, 1 MiB where few stand in a folder",
        "at most 400 pages of a folder are read; the others are counted as the like of them",
        "topics are found by words in file names, titles and headings, in English and German",
        "a README, a change log or a licence alone is no documentation set",
        "whether the documentation is complete or right is not examined",
    )
    references = ("Filesystem Hierarchy Standard 3.0, 4.11", "WHATWG HTML Living Standard", "GNU Texinfo manual")
    remediation = "Ship the manuals, the administration guide and the interface reference with the product."

    def examine(self, context: ProductContext) -> Iterator[Finding]:
        yield from _Shelf(context).sets()


class _Shelf:
    """Takes in the pages of a product and gives out the sets."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context
        self._table: dict[str, Any] = context.data("documentation")
        self._limits: dict[str, int] = self._table["limits"]
        self._places = Places(self._table)
        self._topics = {topic: [phrase(word) for word in words] for topic, words in self._table["topics"].items()}
        self._folders: dict[tuple[Folder, Reader], list[tuple[Artifact, Place]]] = defaultdict(list)
        self._wanted: dict[str, tuple[Artifact, Reader, bool]] = {}
        self._pages: dict[str, Page] = {}
        self._markers: dict[Folder, str] = {}

    def sets(self) -> Iterator[Finding]:
        """The findings, by root and format."""
        rows = self._table["formats"]
        most = self._limits["headings"]
        self._collect(rows["html"], HtmlReader(self._table).read)
        self._collect(rows["markdown"], lambda head: read_markdown(head, most))
        self._collect(rows["man"], read_man)
        self._collect(rows["book"], read_book)
        self._read()
        groups: dict[tuple[Folder, str], list[Leaf]] = defaultdict(list)
        self._html(rows["html"], groups)
        self._markdown(rows["markdown"], groups)
        self._man(rows["man"], groups)
        self._info(rows["info"], groups)
        self._books(rows["book"], groups)
        for (_, form), leaves in sorted(groups.items()):
            if leaves:
                if form != "info":
                    self._admit_sampling(leaves)
                yield self._finding(form, leaves)

    # -- reading

    def _collect(self, ids: Iterable[str], read: Reader) -> None:
        """Note the pages of these formats by folder, and which of them are to be read, and how."""
        for artifact in self._context.index.select(formats=tuple(ids)):
            place = self._places.place(artifact.path, documentation=artifact.role in _READING_ROLES)
            if place is not None and artifact.size and not self._in_a_book(artifact.path):
                self._folders[place.folder, read].append((artifact, place))
        for (_, reader), members in self._folders.items():
            if reader == read:
                for artifact, _ in members[: self._limits["pages_per_folder"]]:
                    self._wanted[artifact.path] = artifact, read, len(members) <= _FEW

    def _in_a_book(self, path: str) -> bool:
        """Is it a page of a book that is counted as a whole?"""
        container = self._context.index.get(path.rpartition("!/")[0]) if "!/" in path else None
        return container is not None and container.format in self._table["formats"]["book"]

    def _read(self) -> None:
        """Read what was noted, and the marker files, in one pass: a container costs once."""
        markers = {
            artifact.path: (artifact, row)
            for row in self._table["markers"]
            for artifact in self._context.index.select(names=tuple(row["names"]))
        }
        for identity, form in self._table["formats"]["marker"].items():
            for artifact in self._context.index.select(formats=(identity,)):
                self._markers[tuple(folder_of(artifact.path))] = form
        every = {path: artifact for path, (artifact, _) in markers.items()}
        every |= {path: artifact for path, (artifact, _, _) in self._wanted.items()}
        marked: dict[str, str] = {}
        for artifact, content in self._context.contents(every[path] for path in sorted(every)):
            self._context.checkpoint()
            try:
                if isinstance(content, Unreadable):
                    raise content
                if artifact.path in markers and _holds(content.head, markers[artifact.path][1]["containing"]):
                    marked[artifact.path] = markers[artifact.path][1]["format"]
                if artifact.path in self._wanted:
                    _, read, alone = self._wanted[artifact.path]
                    self._pages[artifact.path] = read(self._head(content, alone=alone))
            except Unreadable as error:
                self._context.unreadable(artifact, error)
        for path, form in sorted(marked.items()):
            self._markers[tuple(folder_of(path))] = form

    def _taken(self, ids: Iterable[str]) -> Iterator[tuple[Artifact, Place, Page | None]]:
        """Pages of these formats with their place; those that were not read come last, without a page."""
        formats_ = frozenset(ids)
        most = self._limits["pages_per_folder"]
        mine = [members for members in self._folders.values() if members[0][0].format in formats_]
        for members in mine:
            for artifact, place in members[:most]:
                if artifact.path in self._pages:
                    yield artifact, place, self._pages[artifact.path]
        for members in mine:
            for artifact, place in members[most:]:
                yield artifact, place, None

    def _admit_sampling(self, leaves: list[Leaf]) -> None:
        """Say of which folders of a set only a part was read."""
        most = self._limits["pages_per_folder"]
        folders = {leaf.place.folder for leaf in leaves if leaf.artifact.path not in self._pages}
        for (folder, _), members in self._folders.items():
            if folder in folders and len(members) > most:
                self._context.partly(
                    members[most][0],
                    "docs.sampled",
                    severity=Severity.BY_DESIGN,
                    folder=joined(folder),
                    read=most,
                    pages=len(members),
                )

    def _head(self, content: Content, *, alone: bool) -> bytes:
        """What is read of a page: more where one page may be a whole manual."""
        least, most = self._limits["head_bytes"], self._limits["book_bytes"]
        return bytes(content.whole()[:most]) if alone and len(content.head) > least else content.head[:least]

    def _marker(self, folder: Folder) -> tuple[Folder, str] | None:
        """The innermost marked folder around a folder."""
        for number in range(len(folder), -1, -1):
            if folder[:number] in self._markers:
                return folder[:number], self._markers[folder[:number]]
        return None

    # -- one way of reading after the other

    def _html(self, ids: list[str], groups: dict[tuple[Folder, str], list[Leaf]]) -> None:
        named: dict[tuple[Folder, str], list[Leaf]] = defaultdict(list)
        loose: dict[str, list[Leaf]] = defaultdict(list)
        judged: dict[Folder, Counter[str]] = defaultdict(Counter)
        for artifact, place, page in self._taken(ids):
            form = self._most(judged[place.folder]) if page is None else self._html_format(page)
            if page is not None:
                judged[place.folder][form] += 1
            if not form:
                continue
            root, marked = self._marker(place.folder) or (place.anchor, "")
            if marked and marked != "markdown" and form == "html":
                form = marked
            if root is None or (marked and marked != form):
                root = place.anchor
            bears = page is None or self._bears(artifact, page)
            leaf = Leaf(artifact, page or Page(), place, form, bears)
            if root is not None:
                named[root, form].append(leaf)
            elif bears and not self._places.legal(leaf.page.title):
                loose[form].append(leaf)
        for key, leaves in named.items():
            groups[key] += self._read_like_a_set(leaves)
        for form, leaves in loose.items():
            for root, cluster in _clusters(leaves).items():
                if self._stand_alone(cluster):
                    groups[root, form] += cluster

    @staticmethod
    def _html_format(page: Page) -> str:
        """The format of what may be a page of documentation; empty where it is the face or template of a program."""
        if page.format:
            return page.format
        return "" if page.template or page.controls * 30 > page.words else "html"

    def _bears(self, artifact: Artifact, page: Page) -> bool:
        if page.generator:
            return True
        thin = page.frames or page.application or page.words + page.linked_words < 5
        return not thin and not self._places.legal(stem_of(artifact.path))

    @staticmethod
    def _most(judged: Counter[str]) -> str:
        """What most of the pages read in a folder are; on a tie, the first by name."""
        return min(judged, key=lambda form: (-judged[form], form)) if judged else ""

    def _read_like_a_set(self, leaves: list[Leaf]) -> list[Leaf]:
        """The pages of a set in a documentation folder: some prose, and more than every package has; or none."""
        bearing = [leaf for leaf in leaves if leaf.bears]
        if (
            not any(leaf.page.generator or leaf.page.words >= self._limits["page_words"] for leaf in bearing)
            or sum(leaf.page.words + leaf.page.linked_words for leaf in bearing) < self._limits["set_words"]
            or all(self._places.alone_no_set(leaf.artifact.path) for leaf in bearing)
        ):
            return []
        root = common([leaf.place.folder for leaf in bearing])
        rest = [leaf for leaf in leaves if not leaf.bears and leaf.place.folder[: len(root)] == root]
        return bearing + rest if len(rest) <= len(bearing) else bearing

    def _stand_alone(self, leaves: list[Leaf]) -> bool:
        """Outside of one: made by a documentation generator, or several pages of prose that point to each other."""
        if not self._read_like_a_set(leaves):
            return False
        if sum(bool(leaf.page.generator) for leaf in leaves) * 2 >= len(leaves):
            return True
        files = {leaf.artifact.path for leaf in leaves}
        linked = [leaf for leaf in leaves if any(target in files for target in _targets(leaf))]
        prose = [leaf for leaf in leaves if leaf.page.words >= self._limits["page_words"]]
        return min(len(linked), len(prose)) >= max(self._limits["linked_pages"], len(leaves) // 2)

    def _markdown(self, ids: list[str], groups: dict[tuple[Folder, str], list[Leaf]]) -> None:
        found: dict[tuple[Folder, str], list[Leaf]] = defaultdict(list)
        judged: dict[Folder, Counter[str]] = defaultdict(Counter)
        for artifact, place, page in self._taken(ids):
            marker = self._marker(place.folder)
            root = marker[0] if marker and marker[1] == "markdown" else place.anchor
            if root is None or self._places.legal(stem_of(artifact.path)):
                continue
            if page is not None:
                judged[place.folder]["markdown" if page.words >= self._limits["page_words"] else ""] += 1
            if page.words >= self._limits["page_words"] if page is not None else self._most(judged[place.folder]):
                found[root, "markdown"].append(Leaf(artifact, page or Page(), place, "markdown"))
        for key, leaves in found.items():
            groups[key] += self._read_like_a_set(leaves)

    def _man(self, ids: list[str], groups: dict[tuple[Folder, str], list[Leaf]]) -> None:
        for artifact, place, page in self._taken(ids):
            if page is not None and not page.title:  # an alias (`.so`), or no man page after all
                continue
            *above, last = place.folder or ("",)
            root, language = place.folder, place.language
            if last.lower().startswith("man") and last[3:4].isdigit():
                root = tuple(above)
                if len(root) > 1 and self._places.language(root[-1]):
                    language, root = self._places.language(root[-1]), root[:-1]
            there = msgspec.structs.replace(place, language=language)
            groups[root, "man"].append(Leaf(artifact, page or Page(), there, "man"))

    def _info(self, ids: list[str], groups: dict[tuple[Folder, str], list[Leaf]]) -> None:
        seen: set[tuple[Folder, str]] = set()
        for artifact in self._context.index.select(formats=tuple(ids)):
            place = self._places.place(artifact.path)
            stem = artifact.name.partition(".info")[0]
            if place is not None and stem != "dir" and (place.folder, stem) not in seen:
                seen.add((place.folder, stem))  # `x.info-1` is a part of `x.info`
                groups[place.folder, "info"].append(Leaf(artifact, Page(title=stem), place, "info"))

    def _books(self, ids: dict[str, str], groups: dict[tuple[Folder, str], list[Leaf]]) -> None:
        for artifact, place, page in self._taken(ids):
            title = page.title if page else ""
            if self._places.legal(stem_of(artifact.path)) or (title and self._places.legal(title)):
                continue
            if place.anchor is None and not self._places.book(artifact.path):
                continue
            form = ids[artifact.format or ""]
            groups[place.folder if place.anchor is None else place.anchor, form].append(
                Leaf(artifact, page or Page(), place, form)
            )

    # -- stating

    def _finding(self, form: str, leaves: list[Leaf]) -> Finding:
        leaves = sorted(leaves, key=self._reading_order)
        distinct = {leaf.artifact.sha256 or leaf.artifact.path: leaf for leaf in reversed(leaves)}
        documents = len(distinct)  # a copy is no second document
        first = leaves[0]
        counted: Counter[str] = Counter()
        shown: dict[str, Leaf] = {}
        languages: set[str] = set()
        generators: Counter[str] = Counter()
        for leaf in reversed(distinct.values()):
            for topic in self._about(leaf):
                counted[topic] += 1
                shown.setdefault(topic, leaf)
        for leaf in leaves:
            languages.add(leaf.place.language or self._places.language(leaf.page.language))
            generators[leaf.page.generator] += 1
        title = first.page.title if self._places.is_entry(first.artifact.path) or documents == 1 else ""
        root = common([leaf.place.folder for leaf in leaves]) if form != "man" else self._man_root(leaves)
        cited = {leaf.artifact.path: leaf for leaf in (first, *shown.values(), *leaves[:_EVIDENCE])}
        generator = self._most(Counter({name: count for name, count in generators.items() if name}))
        return Finding(
            "docs.set",
            {
                "format": form,
                "root": joined(root),
                "documents": documents,
                "topics": sorted(counted),
                "topic_documents": dict(sorted(counted.items())),
                "languages": sorted(languages - {""}),
                "title": title or None,
                "version": _version(title),
                "generator": generator or None,
            },
            evidence=tuple(leaf.artifact.at(leaf.page.title) for leaf in cited.values()),
        )

    def _reading_order(self, leaf: Leaf) -> tuple[bool, bool, tuple[int, int, str]]:
        """Pages that make the set first, then English ones or those without a language, then the entry page."""
        return not leaf.bears, leaf.place.language not in ("", "en"), self._places.entry(leaf.artifact.path)

    @staticmethod
    def _man_root(leaves: list[Leaf]) -> Folder:
        root = common([leaf.place.folder for leaf in leaves])
        return root[:-1] if root and root[-1][:3].lower() == "man" and root[-1][3:4].isdigit() else root

    def _about(self, leaf: Leaf) -> Iterator[str]:
        page = leaf.page
        text = "".join(map(phrase, (stem_of(leaf.artifact.path), page.title, *page.headings)))
        for topic, words in self._topics.items():
            if any(word in text for word in words):
                yield topic


def _holds(head: bytes, words: list[str]) -> bool:
    low = head.lower()
    return any(word.encode() in low for word in words)


def _clusters(leaves: list[Leaf]) -> dict[Folder, list[Leaf]]:
    """Pages by the topmost folder that holds pages itself; folders without a page between do not matter."""
    tops: list[Folder] = []
    clusters: dict[Folder, list[Leaf]] = defaultdict(list)
    for leaf in sorted(leaves, key=lambda leaf: (leaf.place.folder, leaf.artifact.path)):
        folder = leaf.place.folder
        if not tops or folder[: len(tops[-1])] != tops[-1]:
            tops.append(folder)
        clusters[tops[-1]].append(leaf)
    return clusters


def _targets(leaf: Leaf) -> Iterator[str]:
    """Paths to which the relative links of a page lead, itself left out."""
    folder = leaf.artifact.path.split("/")[:-1]
    for link in leaf.page.links:
        path = link.partition("#")[0].partition("?")[0]
        if not path or ":" in path or path.startswith("/"):
            continue
        segments = list(folder)
        for part in path.split("/"):
            if part == "..":
                if segments:
                    segments.pop()
            elif part not in (".", ""):
                segments.append(part)
        target = "/".join(segments)
        if target != leaf.artifact.path:
            yield target


def _version(title: str) -> str | None:
    """The first number with dots of a title: `Gmsh 4.8.4 manual`."""
    for word in title.split():
        bare = word.strip("()[],;:").removeprefix("v").removeprefix("V")
        parts = bare.split(".")
        if 2 <= len(parts) <= 5 and all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            return bare
    return None
