"""A worker process: built once from the setup, then one task after the other."""

import gc
from functools import cached_property
from typing import assert_never

from cpo_scan.formats import Recogniser
from cpo_scan.model import Reason
from cpo_scan.probe import CombiningProbe, ProductContext, ProductProbe
from cpo_scan.probe.running import not_run, run
from cpo_scan.probe.schema_library import SchemaLibrary
from cpo_scan.rulebook.data import Tables
from cpo_scan.rulebook.formats import FormatRules
from cpo_scan.scan.choosing import Choice, LateProbe
from cpo_scan.scan.examine import Examiner
from cpo_scan.scan.inventory import Inventory
from cpo_scan.scan.messages import Batch, Result, Revisit, Setup, Task, Whole
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

    @cached_property
    def _inventory(self) -> Inventory:
        return Inventory(self._setup.inventory)

    def __call__(self, task: Task, announce: Announce) -> Result:
        """What came of a task."""
        match task:
            case Batch():
                return self._batch(task, self._examiner(task, announce, None))
            case Revisit():
                return self._revisit(task, self._examiner(task, announce, self._inventory))
            case Whole():
                return self._whole(task, self._examiner(task, announce, self._inventory))
            case _:
                assert_never(task)

    def _examiner(self, task: Task, announce: Announce, index: Inventory | None) -> Examiner:
        source = ProductSource(self._setup.roots, self._setup.limits, index, self._data, self._schemas)
        return Examiner(
            self._setup, self._probes, self._choice, self._recogniser, source, self._whose, announce, task.skip
        )

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
        for inner, content in locate_many(root.place, list(wanted), self._setup.limits, archive=root.archive):
            path, probes = wanted[inner]
            artifact = self._inventory.get(path)
            if isinstance(content, Unreadable):
                examiner.lost(path, content)
            elif artifact is not None:
                examiner.probe(artifact, [by_id[probe] for probe in probes], content)
        return examiner.result

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
        probe = late.loaded
        if isinstance(probe, Reason):
            examiner.result.examined[late.id] = 1
            examiner.keep(late, "", not_run(late, "", probe))
            return examiner.result
        assert isinstance(probe, ProductProbe | CombiningProbe)
        store = FindingReader(self._setup.findings)
        context = ProductContext(
            examiner.source,
            self._setup.limits,
            self._inventory,
            self._data,
            store.findings,
            lambda: store.notes(probe.id),
            self._schemas,
            previous=self._previous(probe) if isinstance(probe, CombiningProbe) and probe.compares else None,
            product=self._setup.product,
            links=store.links,
        )
        if isinstance(probe, ProductProbe):
            examiner.result.examined[probe.id] = 1
            yielded = run(probe, "", lambda: probe.examine(context), context, self._whose.answer)
        else:
            yielded = run(probe, "", lambda: probe.combine(context), context, self._whose.answer)
        examiner.keep(probe, "", yielded)
        return examiner.result
