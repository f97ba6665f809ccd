"""Pages become sets: by documentation folder, by generator, or because several pages of prose point to each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from cpo_probes.docs.links import targets
from cpo_probes.docs.pages import Page
from cpo_scan.probe import Artifact, ProductContext, Unreadable
from cpo_scan.probe.document_places import READING_ROLES, Place, Places, common, folder_of, stem_of

Folder = tuple[str, ...]
Groups = dict[tuple[Folder, str], list["Leaf"]]


class Leaf(msgspec.Struct, frozen=True):
    """One page or book that was taken for documentation."""

    artifact: Artifact
    page: Page
    place: Place
    format: str
    bears: bool = True
    """It makes a set by itself; pages that do not (frames, redirects, licences) are counted where others do."""


class Shelf:
    """Takes in the pages of a product and gives out the sets."""

    def __init__(self, context: ProductContext, table: dict[str, Any], places: Places) -> None:
        self._context, self._table, self._places = context, table, places
        self._limits: dict[str, int] = table["limits"]
        self._pages: dict[str, list[tuple[Artifact, Place, Page]]] = defaultdict(list)
        self._way = {identity: way for way, ids in table["formats"].items() if way != "marker" for identity in ids}
        self._markers: dict[Folder, str] = {}

    def take(self, path: str, page: Page) -> None:
        """One page, by its path."""
        artifact = self._context.index.get(path)
        if artifact is None or self._in_a_book(path):
            return
        place = self._places.place(path, documentation=artifact.role in READING_ROLES)
        way = self._way.get(artifact.format or "")
        if place is None or way is None:
            return
        # Links are needed again only where they make a set; anchors are checked in another pass.
        links = page.links if place.anchor is None and way == "html" else ()
        self._pages[way].append((artifact, place, msgspec.structs.replace(page, links=links, anchors=b"")))

    def sets(self) -> Iterator[tuple[str, list[Leaf]]]:
        """Format and pages of each set, by root and format."""
        self._read_markers()
        groups: Groups = defaultdict(list)
        self._html(groups)
        self._lines("markdown", groups)
        self._lines("xml", groups)
        self._man(groups)
        self._info(groups)
        self._books(groups)
        for (_, form), leaves in sorted(groups.items()):
            if leaves:
                yield form, sorted(leaves, key=self._reading_order)

    def _in_a_book(self, path: str) -> bool:
        """Is it a page of a book that is counted as a whole?"""
        container = self._context.index.get(path.rpartition("!/")[0]) if "!/" in path else None
        return container is not None and container.format in self._table["formats"]["book"]

    def _read_markers(self) -> None:
        """Files that say what the pages of their folder are."""
        markers = {
            artifact.path: (artifact, row)
            for row in self._table["markers"]
            for artifact in self._context.index.select(names=tuple(row["names"]))
        }
        for identity, form in self._table["formats"]["marker"].items():
            for artifact in self._context.index.select(formats=(identity,)):
                self._markers[tuple(folder_of(artifact.path))] = form
        marked: dict[str, str] = {}
        for artifact, content in self._context.contents(markers[path][0] for path in sorted(markers)):
            self._context.checkpoint()
            if isinstance(content, Unreadable):
                self._context.unreadable(artifact, content)
            elif _holds(content.head, markers[artifact.path][1]["containing"]):
                marked[artifact.path] = markers[artifact.path][1]["format"]
        for path, form in sorted(marked.items()):
            self._markers[tuple(folder_of(path))] = form

    def _marker(self, folder: Folder) -> tuple[Folder, str] | None:
        """The innermost marked folder around a folder."""
        for number in range(len(folder), -1, -1):
            if folder[:number] in self._markers:
                return folder[:number], self._markers[folder[:number]]
        return None

    # -- one way of reading after the other

    def _html(self, groups: Groups) -> None:
        named: Groups = defaultdict(list)
        loose: dict[str, list[Leaf]] = defaultdict(list)
        for artifact, place, page in self._pages["html"]:
            form = _html_format(page)
            if not form:
                continue
            root, marked = self._marker(place.folder) or (place.anchor, "")
            if marked and marked != "markdown" and form == "html":
                form = marked
            if root is None or (marked and marked != form):
                root = place.anchor
            leaf = Leaf(artifact, page, place, form, self._bears(artifact, page))
            if root is not None:
                named[root, form].append(leaf)
            elif leaf.bears and not self._places.legal(page.title):
                loose[form].append(leaf)
        for key, leaves in named.items():
            groups[key] += self._read_like_a_set(leaves)
        for form, leaves in loose.items():
            for root, cluster in _clusters(leaves).items():
                if self._stand_alone(cluster):
                    groups[root, form] += cluster

    def _bears(self, artifact: Artifact, page: Page) -> bool:
        if page.generator:
            return True
        thin = page.frames or page.application or page.words + page.linked_words < 5
        return not thin and not self._places.legal(stem_of(artifact.path))

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
        linked = [leaf for leaf in leaves if _points_to(leaf, files)]
        prose = [leaf for leaf in leaves if leaf.page.words >= self._limits["page_words"]]
        return min(len(linked), len(prose)) >= max(self._limits["linked_pages"], len(leaves) // 2)

    def _lines(self, way: str, groups: Groups) -> None:
        found: Groups = defaultdict(list)
        for artifact, place, page in self._pages[way]:
            marker = self._marker(place.folder)
            root = marker[0] if marker and marker[1] == "markdown" else place.anchor
            if root is None or self._places.legal(stem_of(artifact.path)):
                continue
            if page.words >= self._limits["page_words"]:
                form = "markdown" if way == "markdown" else artifact.format or way
                found[root, form].append(Leaf(artifact, page, place, form))
        for key, leaves in found.items():
            groups[key] += self._read_like_a_set(leaves)

    def _man(self, groups: Groups) -> None:
        for artifact, place, page in self._pages["man"]:
            if page.read and not page.title:  # an alias (`.so`), or no man page after all
                continue
            *above, last = place.folder or ("",)
            root, language = place.folder, place.language
            if last.lower().startswith("man") and last[3:4].isdigit():
                root = tuple(above)
                if len(root) > 1 and self._places.language(root[-1]):
                    language, root = self._places.language(root[-1]), root[:-1]
            there = msgspec.structs.replace(place, language=language)
            groups[root, "man"].append(Leaf(artifact, page, there, "man"))

    def _info(self, groups: Groups) -> None:
        seen: dict[tuple[Folder, str], Leaf] = {}
        for artifact, place, page in self._pages["info"]:
            stem = artifact.name.partition(".info")[0]
            if stem == "dir":
                continue
            first = seen.get((place.folder, stem))
            # `x.info-1` is a part of `x.info`
            leaf = Leaf(artifact, msgspec.structs.replace(page, title=stem), place, "info")
            seen[place.folder, stem] = leaf if first is None else _with(first, page)
        for (folder, _), leaf in seen.items():
            groups[folder, "info"].append(leaf)

    def _books(self, groups: Groups) -> None:
        for artifact, place, page in self._pages["book"]:
            if self._places.legal(stem_of(artifact.path)) or (page.title and self._places.legal(page.title)):
                continue
            if place.anchor is None and not self._places.book(artifact.path):
                continue
            form = page.kind or self._table["formats"]["book"][artifact.format or ""]
            root = place.folder if place.anchor is None else place.anchor
            groups[root, form].append(Leaf(artifact, page, place, form))

    def _reading_order(self, leaf: Leaf) -> tuple[bool, bool, tuple[int, int, str]]:
        """Pages that make the set first, then English ones or those without a language, then the entry page."""
        return not leaf.bears, leaf.place.language not in ("", "en"), self._places.entry(leaf.artifact.path)


def _html_format(page: Page) -> str:
    """The format of what may be a page of documentation; empty where it is the face or template of a program."""
    if page.format:
        return page.format
    return "" if page.template or page.controls * 30 > page.words else "html"


def _with(leaf: Leaf, page: Page) -> Leaf:
    """A document with one more part of it."""
    known = {detail.id for detail in leaf.page.details}
    more = tuple(detail for detail in page.details if detail.id not in known)
    topics = tuple(dict.fromkeys((*leaf.page.topics, *page.topics)))
    merged = msgspec.structs.replace(
        leaf.page,
        topics=topics,
        details=leaf.page.details + more,
        words=leaf.page.words + page.words,
        spoken=leaf.page.spoken or page.spoken,
    )
    return msgspec.structs.replace(leaf, page=merged)


def _holds(head: bytes, words: Iterable[str]) -> bool:
    low = head.lower()
    return any(word.encode() in low for word in words)


def _points_to(leaf: Leaf, files: set[str]) -> bool:
    """Does a page lead to another one of these?"""
    own = leaf.artifact.path
    return any(link.path in files and link.path != own for link in targets(own, leaf.page))


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


def versions(leaves: Iterable[Leaf]) -> Counter[str]:
    """The releases that the pages of a set say they belong to."""
    return Counter(leaf.page.version for leaf in leaves if leaf.page.version)
