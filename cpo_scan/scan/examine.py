"""What a worker does with artifacts: recognise them, look into containers, run the artifact probes.

A single pass: the head is read once and shared by all signatures, hashing rides on the same read, containers are
opened once. What can't be read becomes a row; nothing stops the batch.

Where a cache is used, a step is an artifact with all that is inside it: taken from the cache as a whole, or taken anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter

from cpo_scan.formats import Recogniser
from cpo_scan.model import Artifact, CoverageRow, Reason, Recognition, Severity
from cpo_scan.probe import Context, Index, Probe, holds
from cpo_scan.probe.running import Named, Yielded, not_run, run
from cpo_scan.scan.cache_key import place
from cpo_scan.scan.cache_reads import Reads
from cpo_scan.scan.cache_steps import Steps
from cpo_scan.scan.choosing import Choice, LateProbe
from cpo_scan.scan.left_over import left_over
from cpo_scan.scan.masking import mask_row
from cpo_scan.scan.messages import Result, Root, Setup, Skip
from cpo_scan.scan.pool import Announce
from cpo_scan.scan.source import ProductSource
from cpo_scan.scan.store import artifact_row, finding_row
from cpo_scan.scan.whose import Whose
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS, holds_members, opens_as
from cpo_scan.targets.content import Content, io_error
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names

_WORTH = 0.0002  # seconds: a file that took less is examined again in less time than it takes to look it up
_WORTH_INSIDE = 0.001  # the same for members of containers, which are kept as a whole too


class Examiner:
    """Examines the artifacts of one task and collects what comes of it in `result`."""

    def __init__(
        self,
        setup: Setup,
        probes: Iterable[LateProbe],
        choice: Choice,
        recogniser: Recogniser,
        source: ProductSource,
        whose: Whose,
        announce: Announce,
        skip: Skip,
        steps: Steps | None = None,
    ) -> None:
        self._setup, self._recogniser, self._whose, self._skip = setup, recogniser, whose, skip
        self._probes, self._choice = tuple(probes), choice
        self._steps = steps
        self.source, self.announce = source, announce
        self.result = Result(examined=Counter(), failed=Counter())

    def target(self, root: Root, content: Content, budget: Budget) -> None:
        """A deliverable that is a container: its members are the files of the deliverable."""
        opener = opens_as(root.place, content)
        if opener is None:
            return self.lost(root.prefix.rstrip("/") or ".", Unreadable("container.unknown"))
        path = root.prefix.rstrip("/") or "."
        work = partial(self._descend, root.prefix, path, opener, content, budget, root, None)
        if self._steps is None:
            return work()
        try:
            _, sha256 = content.finish()
        except Unreadable as error:
            return self.lost(path, error)
        return self.step(("target", place(root), opener, sha256), "", root.prefix, work, budget)

    def artifact(
        self, path: str, content: Content, budget: Budget | None, root: Root, package: str | None = None
    ) -> None:
        """Recognise, hash and examine one artifact, and what is inside it. `path` is that of the report.

        Without a budget containers are not opened, and that is said.
        """
        self.announce(path, None)
        self._examine(path, content, budget, root, package)

    def _examine(self, path: str, content: Content, budget: Budget | None, root: Root, package: str | None) -> None:
        """The same for an artifact that was announced."""
        if (path, None) in self._skip:
            return None
        if excluded := self._whose.excluded(path):
            self.result.rows.append(left_out(path, excluded))
            return None
        try:
            recognition = self._recogniser.recognise(path.rpartition("/")[2], content)
            wanting = self._choice.wanting(path.rpartition("/")[2], recognition)
            known = None
            if self._steps is not None and self._kept(recognition, wanting, content, budget):
                content.whole()
                known = content.finish()
        except Unreadable as error:
            return self.lost(path, error)
        except OSError as error:
            return self.lost(path, io_error(error))
        except MemoryError:
            return self.lost(path, LimitHit("limit.memory"), nondeterministic=True)
        work = partial(self._look, path, recognition, wanting, content, known, budget, root, package)
        if known is None:
            return work()
        depth = budget.depth if budget else 0
        of = ("artifact", place(root), path, package, known[1], depth)
        return self.step(of, path, f"{path}!/", work, budget, worth=_WORTH_INSIDE if depth else _WORTH)

    def _look(
        self,
        path: str,
        recognition: Recognition | None,
        wanting: list[tuple[LateProbe, tuple[bytes, ...]]],
        content: Content,
        known: tuple[int, str] | None,
        budget: Budget | None,
        root: Root,
        package: str | None,
    ) -> None:
        """Choose probes for an artifact, hash it if its size and hash are not known, run them, and look inside."""
        try:
            chosen, later = self._choose(wanting, content)
            opener = self._opener(recognition, content)
            if opener is not None or chosen:
                content.whole()  # so that hashing, probes and opening share one read
            size, sha256 = known or content.finish()
        except Unreadable as error:
            return self.lost(path, error)
        except OSError as error:
            return self.lost(path, io_error(error))
        except MemoryError:
            return self.lost(path, LimitHit("limit.memory"), nondeterministic=True)
        artifact = Artifact(
            path=path,
            size=size,
            sha256=sha256,
            recognition=recognition,
            deliverable=root.id,
            role=root.role,
            package=package,
        )
        self.result.artifacts.append(artifact_row(artifact))
        if later:
            self.result.wants.append((path, tuple(probe.id for probe in later)))
        if nobodys := left_over(path, recognition, self._probes):
            self.result.rows.append(nobodys)
        if chosen:
            self.probe(artifact, chosen, content)
        if opener is not None and budget is None:
            self.lost(path, LimitHit("limit.target_bytes", limit=self._setup.limits.target_bytes))
        elif opener is not None and budget is not None:
            package = recognition.standard if recognition and not recognition.carrier else package
            self._descend(f"{path}!/", path, opener, content, budget, root, package)
        return None

    def step(
        self,
        of: tuple[object, ...],
        path: str,
        inside: str | None,
        work: Callable[[], None],
        budget: Budget | None = None,
        *,
        worth: float = 0.0,
        index: Callable[[Reads], Index] | None = None,
        looked: bool = False,
    ) -> None:
        """Take a step from the cache, or take it anew and offer what came of it.

        `of` says what the step is; `path` whose it is, "" where it is the whole task; `inside` how the paths begin
        that its own bytes decide; `worth` the seconds that it must have taken to be kept; `index` how it sees the
        inventory; `looked` that it is known not to be in the cache.
        """
        assert self._steps is not None
        if not looked and self.reused(of, path, budget):
            return
        outer, around = self.result, self.source.reads
        reads = self.source.reads = Reads(inside)
        if index is not None:
            self.source.index = index(reads)
        inner = self.result = Result(examined={}, failed={})
        before = (budget.unpacked, budget.members) if budget else (0, 0)
        began = perf_counter()
        try:
            work()
        finally:
            self.result, self.source.reads = outer, around
        after = (budget.unpacked, budget.members) if budget else (0, 0)
        within = budget is None or budget.within()
        if within and not self._blamed(path) and perf_counter() - began >= worth:
            self._steps.keep(self._steps.key(*of), inner, reads, after[0] - before[0], after[1] - before[1])
        outer.take(inner)
        if around is not None:
            around.take(reads)

    def reused(self, of: tuple[object, ...], path: str, budget: Budget | None = None) -> bool:
        """Was the result of a step at hand? Then it is in `result` now."""
        if self._steps is None or self._blamed(path):
            return False
        found = self._steps.find(self._steps.key(*of), budget, self.source.reads)
        if found is not None:
            self.result.take(found)
        return found is not None

    def _blamed(self, path: str) -> bool:
        """Did the step cost a worker its life, or a part of it?"""
        return any(not path or who == path or who.startswith(f"{path}!/") for who, _ in self._skip)

    def probe(self, artifact: Artifact, probes: Iterable[LateProbe], content: Content) -> None:
        """Run probes on an artifact. Where one that refines others fails, they take its place."""
        queue = list(probes)
        refined = {general for probe in queue for general in probe.refines}
        held = [probe for probe in queue if probe.id in refined]
        self.source.at_hand(artifact, content)
        for probe in queue:
            if probe.id not in refined and not self._run(probe, artifact):
                for general in [other for other in held if other.id in probe.refines]:
                    held.remove(general)
                    self._run(general, artifact)
        self.source.release()

    def keep(self, probe: Named, path: str, yielded: Yielded) -> None:
        """Take over what a run gave, with secrets masked."""
        self.result.rows += yielded.rows
        if yielded.notes:
            self.result.notes += ((probe.id, path, note) for note in yielded.notes)
        self.result.identity += yielded.identity
        if yielded.problem is not None:
            self.result.failed[probe.id] = self.result.failed.get(probe.id, 0) + 1
            self.result.problems.append((probe.id, yielded.problem))
        if yielded.findings:
            self.result.findings += (finding_row(mask_row(row, self._setup.excerpts)) for row in yielded.findings)

    def lost(self, path: str, error: Unreadable, *, nondeterministic: bool = False) -> None:
        """A row for an artifact that could not be read."""
        self.result.rows.append(
            CoverageRow(
                artifact=path,
                reason=error.reason,
                severity=error.severity,
                list="limits_hit" if isinstance(error, LimitHit) else "unreadable",
                nondeterministic=nondeterministic,
            )
        )

    def _run(self, late: LateProbe, artifact: Artifact) -> bool:
        if (artifact.path, late.id) in self._skip:
            return False
        self.announce(artifact.path, late.id)
        self.result.examined[late.id] = self.result.examined.get(late.id, 0) + 1
        probe = late.loaded
        if isinstance(probe, Reason):
            yielded = not_run(late, artifact.path, probe)
        else:
            assert isinstance(probe, Probe)
            examine = partial(probe.examine, artifact)
            context = Context(self.source, self._setup.limits, self.source.index, self.source.data, self.source.schemas)
            yielded = run(probe, artifact.path, lambda: examine(context), context, self._whose.answer)
        self.keep(late, artifact.path, yielded)
        return yielded.problem is None

    def _kept(
        self,
        recognition: Recognition | None,
        wanting: list[tuple[LateProbe, tuple[bytes, ...]]],
        content: Content,
        budget: Budget | None,
    ) -> bool:
        """Is the artifact a step of its own for the cache? What nobody wants costs less than looking for it."""
        opens = recognition is not None and self._recogniser.container(recognition.format) is not None
        if opens and (budget is None or content.member_names is not None):
            return False  # what comes of it is decided by more than its bytes
        return opens or bool(wanting)

    @staticmethod
    def _choose(
        wanting: list[tuple[LateProbe, tuple[bytes, ...]]], content: Content
    ) -> tuple[list[LateProbe], list[LateProbe]]:
        """The probes that examine it now, and those that want the whole inventory first."""
        now: list[LateProbe] = []
        later: list[LateProbe] = []
        looked_for = [literals for _, literals in wanting if literals]
        if len(looked_for) > 1 and not holds(content.whole(), [one for literals in looked_for for one in literals]):
            # Most artifacts hold nothing of what any probe looks for: one pass says so for all of them.
            wanting = [(probe, literals) for probe, literals in wanting if not literals]
        for probe, literals in wanting:
            if not literals or holds(content.whole(), literals):
                (later if probe.uses_index else now).append(probe)
        while later and (linked := [probe for probe in now if _refine(probe, later)]):
            # Who takes whose place is decided where all of them run: so they wait together.
            later += linked
            now = [probe for probe in now if probe not in linked]
        return now, later

    def _opener(self, recognition: Recognition | None, content: Content) -> str | None:
        opener = self._recogniser.container(recognition.format) if recognition else None
        return opener if opener is not None and holds_members(opener, content) else None

    def _descend(
        self,
        stem: str,
        path: str,
        opener: str,
        content: Content,
        budget: Budget,
        root: Root,
        package: str | None,
    ) -> None:
        try:
            inner = budget.enter()
            for member in OPENERS[opener](content, inner, path.rpartition("/")[2], Names()):
                self._member(stem + member.name, member, inner, root, package)
        except Unreadable as error:
            self.lost(path, error)

    def _member(self, path: str, member: Member, budget: Budget, root: Root, package: str | None) -> None:
        if member.kind != "file":
            reason = member.reason or Reason("member.link" if member.kind == "link" else "member.no_content")
            self.result.rows.append(left_out(path, reason, member.link_target))
            return None
        self.announce(path, None)
        try:
            content = member.content()
        except Unreadable as error:
            return self.lost(path, error)
        try:
            self._examine(path, content, budget, root, package)
        finally:
            content.close()


def _refine(probe: LateProbe, others: list[LateProbe]) -> bool:
    """Does the probe step back where one of the others works, or one of them where it does?"""
    return any(probe.id in other.refines or other.id in probe.refines for other in others)


def left_out(path: str, reason: Reason, target: str | None = None) -> CoverageRow:
    """The row for what is recorded and, by design, not read: a link, a pipe, a device, an exclusion."""
    if target is not None:
        reason = Reason(reason.code, {**reason.params, "target": target})
    return CoverageRow(artifact=path, reason=reason, severity=Severity.BY_DESIGN, list="skipped")
