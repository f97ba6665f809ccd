"""A worker process: built once from the setup, then one task after the other."""

import gc
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any, assert_never

from cpo_scan.formats import Recogniser
from cpo_scan.model import Artifact, Reason
from cpo_scan.probe import CombiningProbe, Index, ProductContext, ProductProbe
from cpo_scan.probe.running import not_run, run
from cpo_scan.probe.schema_library import SchemaLibrary
from cpo_scan.rulebook.data import Tables
from cpo_scan.rulebook.formats import FormatRules
from cpo_scan.scan.cache import CacheReader
from cpo_scan.scan.cache_key import place
from cpo_scan.scan.cache_reads import Answers, Known, Question, Reads, WatchedIndex
from cpo_scan.scan.cache_steps import Steps, of_batch, of_product
from cpo_scan.scan.choosing import Choice, LateProbe
from cpo_scan.scan.examine import Examiner
from cpo_scan.scan.inventory import Inventory
from cpo_scan.scan.messages import Batch, Result, Revisit, Root, Setup, Task, Whole
from cpo_scan.scan.pool import Announce, limit_memory
from cpo_scan.scan.source import ProductSource
from cpo_scan.scan.store import FindingReader
from cpo_scan.scan.whose import Whose
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.locate import locate_many
from cpo_scan.targets.walk import open_entry

_ALLOCATIONS = 50_000  # between two looks for cycles, which are few


def prepare(setup: Setup) -> "Worker":
    """What the pool calls once in each process."""
    limit_memory(setup.limits.worker_memory)
    gc.set_threshold(_ALLOCATIONS)
    return Worker(setup)


class Worker:
    """Does the tasks of the engine."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._recogniser = Recogniser(FormatRules.unpack(setup.formats))
        self._whose = Whose(setup.overrides)
        self._data = Tables()
        self._schemas = SchemaLibrary(self._data, setup.schemas)
        self._probes = tuple(map(LateProbe, setup.probes))
        self._choice = Choice(self._probes)
        self._known = Known()
        self._counted: int | None = None
        self._steps = self._cache() if setup.cache else None

    def _cache(self) -> Steps:
        assert self._setup.cache is not None
        store = FindingReader(self._setup.findings)
        answers = Answers(self._setup.roots, self._setup.limits, lambda: self._inventory, store.links, self._findings)
        return Steps(CacheReader(self._setup.cache.folder), self._setup.cache.under, answers)

    @cached_property
    def _inventory(self) -> Inventory:
        return Inventory(self._setup.inventory)

    def __call__(self, task: Task, announce: Announce) -> Result:
        """What came of a task."""
        result = self._done(task, announce)
        return self._steps.close(result) if self._steps else result

    def _done(self, task: Task, announce: Announce) -> Result:
        match task:
            case Batch():
                return self._stamped(task, self._examiner(task, announce, None))
            case Revisit():
                return self._revisit(task, self._examiner(task, announce, self._inventory))
            case Whole():
                return self._whole(task, self._examiner(task, announce, self._inventory))
            case _:
                assert_never(task)

    def _examiner(self, task: Task, announce: Announce, index: Inventory | None) -> Examiner:
        source = ProductSource(self._setup.roots, self._setup.limits, index, self._data, self._schemas)
        return Examiner(
            self._setup,
            self._probes,
            self._choice,
            self._recogniser,
            source,
            self._whose,
            announce,
            task.skip,
            self._steps,
        )

    def _watched(self, reads: Reads) -> Index:
        return WatchedIndex(self._inventory, reads, self._known)

    def _stamped(self, task: Batch, examiner: Examiner) -> Result:
        """A batch whose files have the sizes and stamps that they had is a step of its own, and no file is opened."""
        cache = self._setup.cache
        if cache is None or not task.unpack or not cache.trusts(task.files):
            return self._batch(task, examiner)

        def work() -> None:
            self._batch(task, examiner)

        examiner.step(of_batch(self._setup.roots[task.root], task), "", None, work)
        return examiner.result

    def _batch(self, task: Batch, examiner: Examiner) -> Result:
        root = self._setup.roots[task.root]
        for file in task.files:
            path = root.prefix + file.path
            budget = Budget(self._setup.limits)
            try:
                content = open_entry(root.place, file.raw)
            except Unreadable as error:
                examiner.lost(path, error)
                continue
            try:
                if root.archive:
                    examiner.target(root, content, budget)
                else:
                    examiner.artifact(path, content, budget if task.unpack else None, root)
            finally:
                content.close()
            if budget.unpacked:
                examiner.result.unpacked.append((path, budget.unpacked))
        return examiner.result

    def _revisit(self, task: Revisit, examiner: Examiner) -> Result:
        root = self._setup.roots[task.root]
        by_id = {probe.id: probe for probe in self._probes}
        wanted = {path.removeprefix(root.prefix): (path, probes) for path, probes in task.wants}
        if self._steps is not None:
            wanted = {inner: want for inner, want in wanted.items() if not self._seen(*want, root, examiner)}
        for inner, content in locate_many(root.place, list(wanted), self._setup.limits, archive=root.archive):
            path, probes = wanted[inner]
            artifact = self._inventory.get(path)
            if isinstance(content, Unreadable):
                examiner.lost(path, content)
            elif artifact is not None:
                work = partial(examiner.probe, artifact, [by_id[probe] for probe in probes], content)
                if self._steps is None:
                    work()
                else:
                    examiner.step(_again(root, artifact, probes), path, None, work, index=self._watched, looked=True)
        return examiner.result

    def _seen(self, path: str, probes: tuple[str, ...], root: Root, examiner: Examiner) -> bool:
        """Is what probes see in an artifact known from before, so that it need not be opened again?"""
        artifact = self._inventory.get(path)
        return artifact is not None and examiner.reused(_again(root, artifact, probes), path)

    def _previous(self, probe: CombiningProbe) -> ProductContext | None:
        earlier = self._setup.previous
        if earlier is None:
            return None
        inventory, store = Inventory(earlier.inventory), FindingReader(earlier.findings)
        source = ProductSource(earlier.roots, self._setup.limits, inventory, self._data)
        return ProductContext(
            source, self._setup.limits, inventory, self._data, store.findings, lambda: store.notes(probe.id)
        )

    def _whole(self, task: Whole, examiner: Examiner) -> Result:
        late = next(probe for probe in self._probes if probe.id == task.probe)
        if ("", late.id) in task.skip:
            return examiner.result
        examiner.announce("", late.id)
        self._counted = task.known
        of = of_product(late.id, late.works_on, self._setup, FindingReader(self._setup.findings)) if self._steps else ()
        if self._steps is not None and examiner.reused(of, ""):
            return examiner.result
        probe = late.loaded
        if isinstance(probe, Reason):
            examiner.result.examined[late.id] = 1
            examiner.keep(late, "", not_run(late, "", probe))
            return examiner.result
        assert isinstance(probe, ProductProbe | CombiningProbe)
        work = partial(self._product, probe, examiner, task.known)
        if self._steps is None:
            work()
        else:
            examiner.step(of, "", None, work, index=self._watched, looked=True)
        return examiner.result

    def _findings(self, kind: str | None) -> Iterator[dict[str, Any]]:
        """What the artifact probes found, as product probes see it."""
        return FindingReader(self._setup.findings, self._counted).findings(kind)

    def _product(self, probe: ProductProbe | CombiningProbe, examiner: Examiner, known: int) -> None:
        """Run a product probe, or combine what a combining one noted."""
        store, reads = FindingReader(self._setup.findings, known), examiner.source.reads
        previous = self._previous(probe) if isinstance(probe, CombiningProbe) and probe.compares else None
        if reads is not None and previous is not None:
            reads.sound = False  # what the earlier release holds is in no key
        index = examiner.source.index
        assert index is not None
        context = ProductContext(
            examiner.source,
            self._setup.limits,
            index,
            self._data,
            partial(_findings, store, reads),
            lambda: store.notes(probe.id),
            self._schemas,
            previous=previous,
            product=self._setup.product,
            links=partial(_links, store, reads),
        )
        if isinstance(probe, ProductProbe):
            examiner.result.examined[probe.id] = 1
            yielded = run(probe, "", lambda: probe.examine(context), context, self._whose.answer)
        else:
            yielded = run(probe, "", lambda: probe.combine(context), context, self._whose.answer)
        examiner.keep(probe, "", yielded)


def _again(root: Root, artifact: Artifact, probes: tuple[str, ...]) -> tuple[object, ...]:
    """What the step of probes that see an artifact again is."""
    return "again", place(root), artifact, probes


def _findings(store: FindingReader, reads: Reads | None, kind: str | None = None) -> Iterator[dict[str, Any]]:
    if reads is not None:
        reads.note(Question("findings", kind or ""))
    return store.findings(kind)


def _links(store: FindingReader, reads: Reads | None) -> Iterator[str]:
    if reads is not None:
        reads.note(Question("links"))
    return store.links()
