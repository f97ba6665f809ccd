"""Links between the pages of a documentation set: how many there are, and which of them lead nowhere.

A link counts where it leads to a place inside of the set. What leads elsewhere (to a host, to another package) is not
looked at; nothing is followed, so that links in a circle cost nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote

import msgspec

from cpo_probes.docs.pages import Page, mark
from cpo_scan.probe.document_places import folder_of

MOST_LISTED = 100
_EVERYWHERE = frozenset({"", "top"})  # fragments that every page has (HTML Living Standard, 7.4.6.3)


class Link(msgspec.Struct, frozen=True):
    """A link of a page: the path that it leads to, and the name of a place in it."""

    path: str
    fragment: str


class Links(msgspec.Struct):
    """Links inside of one set: how many different ones of each page, how many lead nowhere, and the first of those."""

    total: int = 0
    broken: int = 0
    listed: list[tuple[str, str]] = []
    """Page and target, at most 100."""

    def add_broken(self, page: str, target: str) -> None:
        """One more that leads nowhere."""
        self.broken += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append((page, target))


class Member(msgspec.Struct, frozen=True):
    """A page as a part of a set: the set's number, and whether all names of places in it are known."""

    set: int
    whole: bool


def logical(path: str) -> str:
    """Where readers see a page: a compressed file is its content, `x.md.gz!/x.md` is `x.md`."""
    return "/".join((*folder_of(path), path.rpartition("/")[2]))


def targets(path: str, page: Page) -> Iterator[Link]:
    """Where the relative links of a page lead, within its container; those that lead out of it are left out."""
    base = folder_of(path)
    beside = "".join(f"{segment}/" for segment in base)
    for written in page.links:
        if "$" in written or "{" in written or "}" in written or "<" in written or ">" in written:
            continue  # a link that a program fills in
        place, _, fragment = written.partition("#")
        place = place.partition("?")[0]
        if (
            (":" in written and ":" in written.partition("/")[0])
            or place.startswith(("/", "\\"))
            or "\\" in place
            or "\0" in place
        ):
            continue
        if "%" in fragment or ":" in fragment:
            fragment = unquote(fragment).partition(":~:")[0]
        if not place:
            yield Link(logical(path), fragment)
        elif not ("/" in place or "%" in place or "!" in place or place in (".", "..")):
            yield Link(beside + place, fragment)  # most links lead to a neighbour
        elif (found := _resolved(base, unquote(place).replace("%", "%25").replace("!", "%21"))) is not None:
            yield Link(found, fragment)


def _resolved(base: list[str], place: str) -> str | None:
    """A relative path as one of the report; None where it leads out of the container. A folder keeps its slash."""
    segments = list(base)
    for part in place.split("/"):
        if part == "..":
            if not segments or segments[-1].endswith("!"):
                return None
            segments.pop()
        elif part not in (".", ""):
            segments.append(part)
    return "/".join(segments) + ("/" if place.endswith("/") else "")


def check(
    members: Mapping[str, Member],
    prefixes: Sequence[str],
    read: Callable[[], Iterator[tuple[str, Page]]],
    is_there: Callable[[str], bool],
) -> list[Links]:
    """The links of several sets. `members` are their pages by `logical` path, `prefixes` how those of each set begin.

    `read` gives the pages of all documents, by path; `is_there` asks the inventory for a file or folder.
    """
    anchors = {place: page.anchors for path, page in read() if (place := logical(path)) in members}
    folded = frozenset(path.lower() for path in members)
    found = [Links() for _ in prefixes]
    there: dict[str, bool] = dict.fromkeys(members, True)
    for path, page in read():
        seen_at = logical(path)
        if seen_at not in members:
            continue
        own = members[seen_at].set
        prefix, links = prefixes[own], found[own]
        for link in dict.fromkeys(targets(path, page)):
            if not link.path.startswith(prefix) or (link.path == seen_at and link.fragment in _EVERYWHERE):
                continue
            links.total += 1
            if link.path not in there:
                # Help is mostly read where letters of names count alike.
                there[link.path] = link.path.lower() in folded or is_there(link.path.rstrip("/"))
            target = link.path[len(prefix) :]
            if not there[link.path]:
                links.add_broken(path, target)
            elif (
                link.fragment.lower() not in _EVERYWHERE
                and link.path in members
                and members[link.path].whole
                and not _named(anchors[link.path], link.fragment)
            ):
                links.add_broken(path, f"{target}#{link.fragment}")
    return found


def _named(anchors: bytes, fragment: str) -> bool:
    """Is the fingerprint of a name among those of a page?"""
    wanted, at = mark(fragment), -1
    while (at := anchors.find(wanted, at + 1)) >= 0:
        if at % len(wanted) == 0:
            return True
    return False
