"""What a step read beside the artifact at hand, as questions that can be asked again.

A kept result counts only while every question has the answer that it had: the bytes of another file, an artifact of the
inventory, or all that a selection gives. What can't be asked again makes a result unfit to be kept.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from cpo_scan.model import Artifact
from cpo_scan.scan.inventory import Inventory
from cpo_scan.scan.messages import Root
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.locate import locate

ABSENT = b""
_LENGTH = 16  # bytes of an answer: a SHA-256, cut
_MOST = 20_000  # questions of one step, and answers that a worker keeps; a step that asks more is done each time


class Question(msgspec.Struct, frozen=True, array_like=True):
    """`bytes`: those of the file at `path` of a deliverable. `artifact`: the inventory's row for `path`. `select` and
    `count`: its rows of these formats and names below `path`. `links`: the paths of all symbolic links. `findings`:
    what the artifact probes found of the kind in `path`, "" for all kinds."""

    kind: Literal["bytes", "artifact", "select", "count", "links", "findings"]
    path: str = ""
    deliverable: str = ""
    formats: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


Asked = tuple[tuple[Question, bytes], ...]
"""Questions with their answers, in the order in which they were first asked."""


class Reads:
    """The books of one step. `sound` is false once it read something that can't be asked again.

    `inside`: how the paths of what lies in the artifact itself begin; its own bytes say all of that.
    """

    def __init__(self, inside: str | None = None) -> None:
        self._inside = inside
        self._asked: dict[Question, bytes | None] = {}
        self.sound = True

    def note(self, question: Question, answer: bytes | None = None) -> None:
        """Enter a question; its answer is looked up later where it is not at hand."""
        if self._inside is not None and question.kind == "bytes" and question.path.startswith(self._inside):
            return
        if self._asked.get(question) is None:
            self._asked[question] = answer
            self.sound = self.sound and len(self._asked) <= _MOST

    def take(self, other: "Reads") -> None:
        """Enter what a part of this step read."""
        self.sound = self.sound and other.sound
        for question, answer in other._asked.items():
            self.note(question, answer)

    def take_kept(self, asked: Asked) -> None:
        """The same for the questions of a kept result, whose answers were just found to hold."""
        for question, answer in asked:
            self.note(question, answer)

    def settled(self, answers: "Answers") -> Asked:
        """All questions with their answers."""
        return tuple(
            (question, answers(question) if known is None else known) for question, known in self._asked.items()
        )


class Answers:
    """Answers questions about the targets and the inventory as they are now; kept in a worker while it lives."""

    def __init__(
        self,
        roots: Iterable[Root],
        limits: Limits,
        inventory: Callable[[], Inventory],
        links: Callable[[], Iterator[str]],
        findings: Callable[[str | None], Iterator[dict[str, Any]]],
    ) -> None:
        self._roots = {root.id: root for root in roots}
        self._limits, self._inventory = limits, inventory
        self._links, self._findings = links, findings
        self._known: dict[Question, bytes] = {}

    def __call__(self, question: Question) -> bytes:
        """The answer, `ABSENT` where there is nothing."""
        known = self._known.get(question)
        if known is None:
            known = self._answer(question)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[question] = known
        return known

    def hold(self, asked: Asked) -> bool:
        """Is every answer still what it was?"""
        return all(self(question) == answer for question, answer in asked)

    def _answer(self, question: Question) -> bytes:
        match question.kind:
            case "bytes":
                return self._bytes(question)
            case "artifact":
                return about(self._inventory().get(question.path))
            case "select":
                return _over(self._inventory().rows(question.formats, question.names, question.path))
            case "count":
                held = self._inventory().count(formats=question.formats, names=question.names, under=question.path)
                return b"%d" % held
            case "links":
                return _over((path,) for path in self._links())
            case "findings":
                return _over((row,) for row in self._findings(question.path or None))

    def _bytes(self, question: Question) -> bytes:
        root = self._roots.get(question.deliverable)
        if root is None:
            return ABSENT
        try:
            with locate(
                root.place, question.path.removeprefix(root.prefix), self._limits, archive=root.archive
            ) as content:
                return of_bytes(content.finish()[1])
        except Unreadable:
            return ABSENT


class WatchedIndex:
    """`cpo_scan.probe.Index` that enters what it is asked into the books of one step."""

    def __init__(self, inventory: Inventory, reads: Reads, known: "Known") -> None:
        self._inventory, self._reads, self._known = inventory, reads, known

    def get(self, path: str) -> Artifact | None:
        """The artifact of exactly this path."""
        found = self._inventory.get(path)
        self._reads.note(Question("artifact", path), about(found))
        return found

    def select(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> Iterator[Artifact]:
        """Artifacts of these formats and names below `under`, by path."""
        question = _selection("select", formats, names, under)
        self._reads.note(question)
        return self._inventory.select(formats=question.formats, names=question.names, under=under)

    def count(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> int:
        """How many `select` would give."""
        question = _selection("count", formats, names, under)
        found = self._inventory.count(formats=question.formats, names=question.names, under=under)
        self._reads.note(question, b"%d" % found)
        return found

    def remembered(self, question: Hashable, answer: Callable[["WatchedIndex"], Any]) -> Any:
        """What `answer` makes of the inventory, worked out once in a worker; what it read is entered each time."""
        found = self._known.get(question)
        if found is None:
            reads = Reads()
            found = (answer(WatchedIndex(self._inventory, reads, self._known)), reads)
            self._known.keep(question, *found)
        self._reads.take(found[1])
        return found[0]


class Known:
    """What the steps of one worker worked out of the inventory, with what they read for it."""

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[Any, Reads]] = {}

    def get(self, question: Hashable) -> tuple[Any, Reads] | None:
        """What was made of a question before."""
        return self._found.get(question)

    def keep(self, question: Hashable, answer: Any, reads: Reads) -> None:
        """Keep it for the next step."""
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[question] = (answer, reads)


def about(artifact: Artifact | None) -> bytes:
    """An artifact of the inventory as an answer: all that a probe can see of it."""
    return ABSENT if artifact is None else hashlib.sha256(msgspec.msgpack.encode(artifact)).digest()[:_LENGTH]


def of_bytes(sha256: str | None) -> bytes:
    """The bytes of a file as an answer, from their SHA-256 in hex."""
    return ABSENT if sha256 is None else bytes.fromhex(sha256)[:_LENGTH]


def _selection(kind: Literal["select", "count"], formats: Iterable[str], names: Iterable[str], under: str) -> Question:
    return Question(kind, under, formats=tuple(sorted(set(formats))), names=tuple(sorted(set(names))))


def _over(rows: Iterable[tuple[Any, ...]]) -> bytes:
    sha256 = hashlib.sha256()
    for row in rows:
        sha256.update(msgspec.msgpack.encode(row))
    return sha256.digest()[:_LENGTH]
