"""The probe `docs.sets`: which documentation does the product ship? One finding per root and format."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from cpo_probes.docs.links import Links, Member, check, logical
from cpo_probes.docs.named import names_agree
from cpo_probes.docs.pages import Page, Reader
from cpo_probes.docs.release import Release, javadoc_agrees, release_of
from cpo_probes.docs.shelf import Folder, Leaf, Shelf, versions
from cpo_probes.docs.stated import agree
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    ProductContext,
    Unreadable,
    formats,
)
from cpo_scan.probe.context import TimeUp
from cpo_scan.probe.document_places import READING_ROLES, Places, common, joined
from cpo_scan.probe.prose_formats import decode_page
from cpo_scan.probe.prose_pdf import title_in_head

_EVIDENCE = 12  # pages that a finding cites at least, where there are as many; one per topic and detail beyond
_CITED = 20  # rows of evidence that a finding carries; report contract
_SHOWN_BROKEN = 2  # links that lead nowhere and are cited
_HEAD = 32 * 2**10  # bytes of a page in which its generator says so


class DocSetsProbe(CombiningProbe):
    """Documentation that the product ships: manuals, help and references, as sets"""

    id = "docs.sets"
    version = 3
    examines = formats(
        "html",
        "markdown",
        "restructuredtext",
        "asciidoc",
        "docbook",
        "dita",
        "man",
        "info",
        "pdf",
        "chm",
        "epub",
        "ooxml",
        "odf",
        "rtf",
        "msoffice",
        "javadoc-index",
        "sphinx-inventory",
    )
    states = ("docs.set",)
    limitations = (
        "at most 8 MiB of a page in markup are read",
        "of binary Office documents the text of Word 97 to 2003 is read, of others the title and names of parts; "
        "text in images is not read",
        "topics are found by words in file names, titles and headings, in English and German",
        "details are found by words of a section and its heading, in English and German; they show that something is "
        "stated and not that it is complete or right",
        "links that scripts make, and places that scripts name, are not seen; links out of a set are not looked at",
        "whether documents match the release is compared for Javadoc by the classes that are shipped, for Sphinx, "
        "Doxygen and DocFX by the names that they list and that stand in shipped headers, sources or assemblies at all",
        "a README, a change log or a licence alone is no documentation set",
    )
    references = ("Filesystem Hierarchy Standard 3.0, 4.11", "WHATWG HTML Living Standard", "GNU Texinfo manual")
    remediation = "Ship the manuals, the administration guide and the interface reference with the product."

    def __init__(self) -> None:
        self._known: tuple[Any, Reader, Places] | None = None

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table: dict[str, Any] = context.data("documentation")
        reader, places = self._tables(table)
        way = artifact.format or ""
        no_page = artifact.name.lower().endswith(tuple(table["names"]["no_pages"]))
        if way in table["formats"]["marker"] or not artifact.size or no_page:
            return
        if places.place(artifact.path, documentation=artifact.role in READING_ROLES) is None:
            return
        head = bytes(context.content(artifact).head[:_HEAD])
        try:
            prose = context.prose(artifact)
        except TimeUp:
            raise
        except Unreadable as error:
            context.unreadable(artifact, error)
            yield Note(reader.unread(artifact, title_in_head(head)))
            return
        raw = decode_page(head) if way in table["formats"]["html"] else ""
        yield Note(reader.page(artifact, prose, raw))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        table: dict[str, Any] = context.data("documentation")
        _, places = self._tables(table)
        shelf = Shelf(context, table, places)
        for path, page in context.notes(Page):
            shelf.take(path, page)
        sets = list(shelf.sets())
        found = _links(context, sets)
        release = release_of(context) if sets else None
        for (form, leaves), links in zip(sets, found, strict=True):
            yield _finding(context, form, leaves, links, release, places)

    def _tables(self, table: dict[str, Any]) -> tuple[Reader, Places]:
        """What is made of the table, once."""
        if self._known is None or self._known[0] is not table:
            self._known = (table, Reader(table), Places(table))
        return self._known[1:]


def _links(context: ProductContext, sets: list[tuple[str, list[Leaf]]]) -> list[Links]:
    """The links inside of each set; none where its pages have no links."""
    members = {
        # Which places a page of Markdown has depends on who renders it.
        logical(leaf.artifact.path): Member(number, leaf.page.whole and leaf.artifact.format == "html")
        for number, (_, leaves) in enumerate(sets)
        for leaf in leaves
        if leaf.page.read
    }
    shortcuts = frozenset(context.links())
    prefixes = ["".join(f"{part}/" for part in _root(form, leaves)) for form, leaves in sets]
    index = context.index

    def is_there(path: str) -> bool:
        """Is there a file, a folder, or a symbolic link on the way to it?"""
        steps = path.split("/")
        linked = any("/".join(steps[:end]) in shortcuts for end in range(1, len(steps) + 1)) if shortcuts else False
        there = index.get(path) is not None or index.get(f"{path}.gz") is not None
        return linked or there or index.count(under=path) > 0

    return check(members, prefixes, lambda: context.notes(Page), is_there)


def _root(form: str, leaves: list[Leaf]) -> Folder:
    root = common([leaf.place.folder for leaf in leaves])
    if form == "man" and root and root[-1][:3].lower() == "man" and root[-1][3:4].isdigit():
        return root[:-1]
    return root


def _finding(
    context: ProductContext, form: str, leaves: list[Leaf], links: Links, release: Release | None, places: Places
) -> Finding:
    table: dict[str, Any] = context.data("documentation")
    distinct = {leaf.page.sha256: leaf for leaf in reversed(leaves)}
    documents = len(distinct)  # a copy is no second document
    first = leaves[0]
    topics: Counter[str] = Counter()
    details: Counter[str] = Counter()
    shown: dict[str, Leaf] = {}
    said: dict[str, tuple[Evidence, ...]] = {}
    for leaf in reversed(distinct.values()):
        for topic in leaf.page.topics:
            topics[topic] += 1
            shown.setdefault(topic, leaf)
        for detail in leaf.page.details:
            details[detail.id] += 1
            said.setdefault(detail.id, detail.evidence)
    unread = sum(not leaf.page.read for leaf in distinct.values())
    languages = {
        leaf.place.language or places.language(leaf.page.language) or places.language(leaf.page.spoken)
        for leaf in leaves
    }
    foreign = bool(languages - {""}) and languages.isdisjoint(table["detail_languages"])
    title = first.page.title if places.is_entry(first.artifact.path) or documents == 1 else ""
    version = _version(leaves, title)
    root = _root(form, leaves)
    agrees = agree(version, release.version) if version and release else None
    missing = javadoc_agrees(context, leaves) if form == "javadoc" else None
    named = None if form == "javadoc" else names_agree(context, form, joined(root), leaves)
    fits = missing.agrees if missing else named.agrees if named else None
    cited = {leaf.artifact.path: leaf for leaf in (first, *shown.values(), *leaves[:_EVIDENCE])}
    return Finding(
        "docs.set",
        {
            "format": form,
            "root": joined(root),
            "documents": documents,
            "unread_documents": unread,
            "topics": sorted(topics),
            "topic_documents": dict(sorted(topics.items())),
            # What was not read, or is written in a language without rules, may state it: then nothing is no answer.
            "details": sorted(details) if details or not (unread or foreign) else None,
            "detail_documents": dict(sorted(details.items())),
            "languages": sorted(languages - {""}),
            "title": title or None,
            "version": version or None,
            "version_agrees": agrees,
            "compared_version": {"version": release.version, "source": release.source} if release else None,
            "matches_release": fits if fits is not None else False if agrees is False else None,
            "documented_types": missing.documented if missing else None,
            "documented_types_not_shipped": missing.missing if missing else None,
            "documented_names": named.documented if named else None,
            "documented_names_not_shipped": named.missing if named else None,
            "names_not_shipped": list(named.listed) or None if named else None,
            "names_compared_with": named.against if named else None,
            "generator": _most(Counter(leaf.page.generator for leaf in leaves if leaf.page.generator)) or None,
            "links": links.total,
            "broken_links": links.broken,
            "broken": [f"{page} -> {target}" for page, target in links.listed],
        },
        # A report shows so many rows, in the order of the paths: what states details comes before further pages.
        evidence=tuple(
            dict.fromkeys(
                (
                    first.artifact.at(first.page.title),
                    *_in_turn(said.values()),
                    *(leaf.artifact.at(leaf.page.title) for leaf in list(cited.values())[1:]),
                )
            )
        )[:_CITED],
    )


def _in_turn(said: Iterable[tuple[Evidence, ...]]) -> list[Evidence]:
    """The first sentence of each detail, then the second ones, and so on."""
    return [piece for turn in zip_longest(*said) for piece in turn if piece is not None]


def _version(leaves: list[Leaf], title: str) -> str:
    """The release that a set belongs to: what its first page says, or at least half of those that say one."""
    first = leaves[0].page.version
    counted = versions(leaves)
    if not counted or (first and (title or len(leaves) == 1)):
        return first
    most = _most(counted)
    return most if counted[most] * 2 >= len(leaves) else ""


def _most(counted: Counter[str]) -> str:
    """What was counted most often; on a tie, the first by name."""
    return min(counted, key=lambda name: (-counted[name], name)) if counted else ""
