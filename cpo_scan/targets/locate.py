"""The way back to an artifact by its path in the report: `a.zip!/b.jar!/x`, each container opened once."""

import os
import re
from collections.abc import Iterable, Iterator

import msgspec

from cpo_scan.model import encode_name
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS, opens_as
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.member import Names
from cpo_scan.targets.walk import open_entry, raw_names

_ESCAPE = re.compile(rb"%([0-9A-F]{2})")


def locate(place: str, path: str, limits: Limits, *, archive: bool = False) -> Content:
    """The content of one artifact; the caller closes it, and what is open around it closes with it.

    `place` is the target on this machine, `path` is relative to it (no deliverable's id); `archive` says that paths
    start inside the file at `place`. Raises Unreadable where the artifact is missing or can't be read any more.
    """
    found = locate_many(place, [path], limits, archive=archive)
    _, content = next(found)
    if isinstance(content, Unreadable):
        raise content
    return _Held(content, found)


def locate_many(
    place: str, paths: Iterable[str], limits: Limits, *, archive: bool = False
) -> Iterator[tuple[str, Content | Unreadable]]:
    """Each path with its content, or with the reason why it can't be read; every container is opened once.

    Order: by outermost file, in it as its container has them, containers before what is in them, missing ones last. A
    content is valid until the next is asked for, and is closed then.
    """
    tops: dict[str, _Wanted] = {}
    for path in paths:
        segments = path.split("!/")
        if archive:
            segments.insert(0, "")
        wanted = tops.setdefault(segments[0], _Wanted())
        for segment in segments[1:]:
            wanted = wanted.inner.setdefault(segment, _Wanted())
        wanted.path = path
    for top in sorted(tops):
        yield from _top(place, top, tops[top], limits)


class _Wanted(msgspec.Struct):
    """A node of the tree of paths: itself wanted where it has a path, and what is wanted inside it."""

    path: str | None = None
    inner: dict[str, "_Wanted"] = {}

    def all(self) -> Iterator[str]:
        """All paths from here down."""
        if self.path is not None:
            yield self.path
        for wanted in self.inner.values():
            yield from wanted.all()


def _top(place: str, top: str, wanted: _Wanted, limits: Limits) -> Iterator[tuple[str, Content | Unreadable]]:
    try:
        content = _open(place, top)
    except Unreadable as error:
        for path in wanted.all():
            yield path, error.again()
        return
    with content:
        name = top.rpartition("/")[2] or encode_name(os.path.basename(place))  # noqa: PTH119
        yield from _inside(name, content, wanted, Budget(limits))


def _open(place: str, path: str) -> Content:
    if not path or not os.path.isdir(place):  # noqa: PTH112
        if path and path != encode_name(os.path.basename(place)):  # noqa: PTH119
            raise Unreadable("artifact.missing")
        return open_entry(place, "")
    try:
        return open_entry(place, decode_path(path))
    except Unreadable as error:
        if error.reason.code != "fs.vanished" or ("\ufffd" not in path and "%00" not in path):
            raise
    # A name that is no Unicode (Windows): what it was can't be told from the report, only looked up.
    for raw in raw_names(place, path):
        return open_entry(place, raw)
    raise Unreadable("artifact.missing")


def _inside(name: str, content: Content, wanted: _Wanted, budget: Budget) -> Iterator[tuple[str, Content | Unreadable]]:
    if wanted.path is not None:
        yield wanted.path, content
    missing = dict(wanted.inner)
    if not missing:
        return
    lost = Unreadable("artifact.missing")
    try:
        opener = opens_as(name, content)
        if opener is None:
            raise Unreadable("artifact.missing")
        inner = budget.enter()
        for member in OPENERS[opener](content, inner, name, Names()):
            if (below := missing.pop(member.name, None)) is None:
                continue
            try:
                opened = member.content()
            except Unreadable as error:
                for path in below.all():
                    yield path, error.again()
                continue
            with opened:
                yield from _inside(member.name.rpartition("/")[2], opened, below, inner)
            if not missing:
                return
    except Unreadable as error:
        lost = error
    for below in missing.values():
        for path in below.all():
            yield path, lost.again()


def decode_path(path: str) -> str:
    """The raw path of a report path, the reverse of `encode_name` but for what was no Unicode on Windows."""
    if "%" not in path:
        return path
    octets = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), path.encode("utf-8", "surrogateescape"))
    return octets.decode("utf-8", "surrogateescape")


class _Held(Content):
    """A content and the containers around it."""

    def __init__(self, content: Content, around: Iterator[tuple[str, Content | Unreadable]]) -> None:
        self.head = content.head
        self.whole = content.whole  # type: ignore[method-assign]
        self.finish = content.finish  # type: ignore[method-assign]
        self.open = content.open  # type: ignore[method-assign]
        self._around = around

    def close(self) -> None:
        next(self._around, None)  # closes all that is open on the way
