"""How probes get at bytes: the artifact at hand, others of the same deliverable by path, and the inventory."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cpo_scan.model import Artifact
from cpo_scan.probe import Index
from cpo_scan.probe.schema_library import SchemaLibrary
from cpo_scan.scan.cache_reads import Question, Reads, of_bytes
from cpo_scan.scan.messages import Root
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.locate import locate, locate_many

_KEPT = 16  # other artifacts that stay open for one artifact's probes


class ProductSource:
    """`cpo_scan.probe.context.Source` over the deliverables. Holds what was opened until `at_hand` moves on."""

    def __init__(
        self,
        roots: Iterable[Root],
        limits: Limits,
        index: Index | None,
        data: Mapping[str, Any],
        schemas: SchemaLibrary | None = None,
    ) -> None:
        self.index, self.data, self.schemas = index, data, schemas
        self._roots = {root.id: root for root in roots}
        self._limits = limits
        self._at_hand: tuple[str, Content] | None = None
        self.shared: dict[str, Any] = {}
        """What one probe made of the artifact at hand and others may use again; by its path."""
        self.reads: Reads | None = None
        """The books of the step at hand, where results are kept from scan to scan."""
        self._others: dict[str, Content] = {}

    def at_hand(self, artifact: Artifact, content: Content) -> None:
        """The artifact that the probes are about to look at; what was opened for the one before is let go."""
        self.release()
        self._at_hand = (artifact.path, content)

    def release(self) -> None:
        """Close what was opened beside the artifact at hand."""
        for content in self._others.values():
            content.close()
        self._others.clear()
        self.shared.clear()
        self._at_hand = None

    def content(self, artifact: Artifact) -> Content:
        """The bytes of an artifact; raises Unreadable."""
        if self._at_hand is not None and self._at_hand[0] == artifact.path:
            return self._at_hand[1]
        if artifact.path not in self._others:
            if len(self._others) >= _KEPT:
                self._others.pop(next(iter(self._others))).close()
            self._note(artifact, None)
            self._others[artifact.path] = self._open(self._roots[artifact.deliverable], artifact.path)
        return self._others[artifact.path]

    def contents(self, artifacts: Iterable[Artifact]) -> Iterator[tuple[Artifact, Content | Unreadable]]:
        """Many artifacts, each good until the next; every container is opened once, so the order is that of files."""
        wanted: dict[str, dict[str, Artifact]] = defaultdict(dict)
        for artifact in artifacts:
            prefix = self._roots[artifact.deliverable].prefix
            self._note(artifact, None)
            wanted[artifact.deliverable][artifact.path.removeprefix(prefix)] = artifact
        for deliverable, inside in sorted(wanted.items()):
            root = self._roots[deliverable]
            for path, content in locate_many(root.place, inside, self._limits, archive=root.archive):
                yield inside[path], content

    def related(self, artifact: Artifact, path: str) -> Artifact | None:
        """The artifact at a path relative to the folder of `artifact`, in the same container; None if there is none."""
        root = self._roots[artifact.deliverable]
        wanted = resolve(artifact.path, path)
        if wanted is None or not wanted.startswith(root.prefix):
            return None
        if self.index is not None:
            return self.index.get(wanted)
        found = Artifact(path=wanted, size=0, sha256=None, deliverable=root.id, role=root.role)
        try:
            size, sha256 = self.content(found).finish()
        except Unreadable:
            self._note(found, of_bytes(None))
            return None
        self._note(found, of_bytes(sha256))
        return msgspec.structs.replace(found, size=size, sha256=sha256)

    def _note(self, artifact: Artifact, answer: bytes | None) -> None:
        """Enter into the books that an artifact was looked at, with the answer where it is known."""
        if self.reads is None:
            return
        if self.index is None:
            self.reads.note(Question("bytes", artifact.path, artifact.deliverable), answer)
        else:
            self.reads.note(Question("artifact", artifact.path))

    def _open(self, root: Root, path: str) -> Content:
        return locate(root.place, path.removeprefix(root.prefix), self._limits, archive=root.archive)


def resolve(base: str, path: str) -> str | None:
    """A path relative to the folder of `base` as a path of the report; None where it leads out of the container."""
    container, sep, inner = base.rpartition("!/")
    if "!" in path or "\\" in path or path.startswith("/") or "\0" in path:
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(inner), path))
    if joined in ("", ".") or joined.startswith(".."):
        return None
    return container + sep + joined
