"""What a worker does with artifacts: recognise them, look into containers, run the artifact probes.

A single pass: the head is read once and shared by all signatures, hashing rides on the same read, containers are
opened once. What can't be read becomes a row; nothing stops the batch.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from cpo_scan.formats import Recogniser
from cpo_scan.model import Artifact, CoverageRow, Reason, Recognition, Severity
from cpo_scan.probe import Context, Probe, holds
from cpo_scan.probe.running import Named, Yielded, not_run, run
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
    ) -> None:
        self._setup, self._recogniser, self._whose, self._skip = setup, recogniser, whose, skip
        self._probes, self._choice = tuple(probes), choice
        self.source, self.announce = source, announce
        self.result = Result(examined=Counter(), failed=Counter())

    def target(self, root: Root, content: Content, budget: Budget) -> None:
        """A deliverable that is a container: its members are the files of the deliverable."""
        opener = opens_as(root.place, content)
        if opener is None:
            return self.lost(root.prefix.rstrip("/") or ".", Unreadable("container.unknown"))
        self._descend(root.prefix, root.prefix.rstrip("/") or ".", opener, content, budget, root, None)
        return None

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
            chosen = self._choose(path, recognition, content)
            opener = self._opener(recognition, content)
            if opener is not None or chosen:
                content.whole()  # so that hashing, probes and opening share one read
            size, sha256 = content.finish()
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
        if nobodys := left_over(path, recognition, self._probes):
            self.result.rows.append(nobodys)
        if chosen:
            self.probe(artifact, chosen, content)
        if opener is not None and budget is None:
            self.lost(path, LimitHit("limit.target_bytes", limit=self._setup.limits.target_bytes))
        elif opener is not None and budget is not None:
            package = recognition.standard if recognition and not recognition.carrier else package
            self._descend(f"{path}!/", path, opener, content, budget, root, package)

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

    def _choose(self, path: str, recognition: Recognition | None, content: Content) -> list[LateProbe]:
        """The probes that examine it now; those that want the whole inventory first are noted for later."""
        name = path.rpartition("/")[2]
        now: list[LateProbe] = []
        later: list[LateProbe] = []
        wanting = self._choice.wanting(name, recognition)
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
        if later:
            self.result.wants.append((path, tuple(probe.id for probe in later)))
        return now

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
