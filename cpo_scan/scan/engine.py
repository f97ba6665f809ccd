"""A scan from the targets to the facts of a body: inventory and artifact probes, then what needs the whole inventory.

The engine judges nothing. It sees to it that every step that was not done is a row of the coverage, and that the
facts do not depend on the number of workers, on their order, or on where the target lies.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import msgspec

from cpo_scan.model import CoverageRow, ProbeStatus, Reason, Severity
from cpo_scan.model.report import CacheUse, Identity, ProbeRow, Product
from cpo_scan.probe.outline import Outline
from cpo_scan.probe.registry import Registered
from cpo_scan.scan.cache import CacheStore, CacheUnusable
from cpo_scan.scan.cache_lead import Lead
from cpo_scan.scan.examine import left_out
from cpo_scan.scan.messages import Batch, CacheSetup, Earlier, Result, Revisit, Root, Setup, Task, Whole
from cpo_scan.scan.plan import Want, batches, largest_first, revisits, size_of
from cpo_scan.scan.pool import Culprit, Inline, Pool
from cpo_scan.scan.store import FindingStore
from cpo_scan.scan.whose import Overrides
from cpo_scan.scan.worker import Worker, prepare
from cpo_scan.targets.errors import LimitHit
from cpo_scan.targets.given_schemas import GivenSchemas
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.target import Target
from cpo_scan.targets.walk import Entry

_PROBLEMS = 20  # that a probe's row lists
_SETTLED = 3 * 10**9  # nanoseconds: times of files are exact to 2 s on the coarsest file system (FAT)


class Observer(Protocol):
    """Is told how far a scan is. Knows nothing of terminals, and is called often."""

    def stage(self, name: str) -> None:
        """A new stage began: inventory, revisit, product."""

    def found(self, files: int, size: int) -> None:
        """So many files of so many bytes more were found."""

    def done(self, files: int, size: int) -> None:
        """So many files of so many bytes more are through."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan is told. `workers` changes no fact; 0 works in this process, where a crash is a crash. `cache` is the
    folder of results of earlier scans, and changes none either. `trust_stat`: files of the size and times that they had
    are not read again."""

    limits: Limits = Limits()
    excerpts: str = "full"
    workers: int = 1
    schemas: GivenSchemas | None = None
    cache: str | None = None
    trust_stat: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan knows beside the rows in the store. `links` counts those of each deliverable; `cache` is there where
    one was asked for."""

    probes: tuple[ProbeRow, ...]
    links: dict[str, int]
    identity: tuple[Identity, ...] = ()
    cache: CacheUse | None = None


def _hard_deadline(limits: Limits, task: Task) -> float:
    """Seconds that one step of a task may take before its process is ended."""
    return (limits.product_seconds if isinstance(task, Whole) else limits.probe_seconds) * 1.5


class Scan:
    """One scan. `roots` say how the paths of each target begin in the report."""

    def __init__(
        self,
        targets: Iterable[tuple[Root, Target]],
        installed: Iterable[Registered],
        running: Iterable[Registered],
        formats: bytes,
        overrides: Overrides,
        options: Options,
        store: FindingStore,
        observer: Observer,
        previous: Earlier | None = None,
        combine: bool = True,
        product: Product | None = None,
    ) -> None:
        self._targets = list(targets)
        self._installed, self._running = list(installed), list(running)
        self._combine = combine
        self._options, self._store, self._observer = options, store, observer
        self._probes: dict[str, Outline] = {}
        self._problems: dict[str, list[Reason]] = defaultdict(list)
        if previous is None and combine:
            self._leave_out_comparing()
        for registered in self._running:
            if registered.outline is not None:
                self._probes[registered.id] = registered.outline
            elif registered.problem is not None:
                self._problems[registered.id].append(registered.problem)
        self._setup = Setup(
            roots=tuple(root for root, _ in self._targets),
            limits=options.limits,
            formats=formats,
            probes=tuple(self._probes.values()),
            overrides=overrides,
            excerpts=options.excerpts,
            inventory=store.inventory_file,
            findings=store.findings_file,
            previous=previous,
            schemas=options.schemas,
            product=product or Product(),
        )
        self._examined: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._stated: Counter[str] = Counter()
        self._lossy: set[str] = set()
        self._links: Counter[str] = Counter()
        self._identity: list[Identity] = []
        self._wants: list[Want] = []
        self._noted: Counter[str] = Counter()
        self._unpacked: list[tuple[int, int, str, int]] = []  # batch, place in it, outermost container, bytes
        self._total = 0
        self._full = False
        self._formats, self._overrides = formats, overrides
        self._cache: CacheStore | None = None
        self._lead: Lead | None = None
        self._reused = self._kept = 0
        self._cache_problem: Reason | None = None

    def run(self) -> Outcome:
        """Do all stages; the rows are in the store then."""
        if self._options.cache is not None:
            self._open_cache(self._options.cache)
        try:
            return self._run()
        finally:
            if self._cache is not None:
                self._cache.close()

    def _run(self) -> Outcome:
        with self._pool() as pool:
            self._observer.stage("inventory")
            self._work(pool, self._inventory())
            self._hold_target_limit()
            self._store.seal()
            if self._wants:
                self._observer.stage("revisit")
                self._work(pool, revisits(self._wants))
            self._observer.stage("product")
            whole = [name for name, probe in self._probes.items() if probe.works_on != "artifacts"]
            whole.sort(key=lambda name: -self._noted[name])  # what has most to combine first
            known = self._store.known()
            self._work(pool, self._whole(Whole(probe=name, known=known) for name in whole if self._combine))
        for duplicate in self._store.duplicates():
            self._problem(duplicate.probe, Reason("probe.duplicate", {"id": duplicate.id, "kind": duplicate.kind}))
        return Outcome(
            probes=tuple(self._rows()),
            links=dict(self._links),
            identity=tuple(self._said()),
            cache=self._close_cache(),
        )

    def _open_cache(self, folder: str) -> None:
        """Results of earlier scans, if they can be had; else this scan starts from nothing and says why."""
        from cpo_scan.scan.cache_key import ground

        try:
            self._cache = CacheStore(Path(folder))
        except CacheUnusable as error:
            self._cache_problem = error.reason
            return
        under = ground(self._running, self._formats, self._overrides, self._options)
        cache = CacheSetup(
            folder=folder, under=under, stamps=self._options.trust_stat, settled=time.time_ns() - _SETTLED
        )
        self._setup = msgspec.structs.replace(self._setup, cache=cache)
        if cache.stamps:
            self._lead = Lead(self._setup, self._store)

    def _close_cache(self) -> CacheUse | None:
        if self._cache is not None:
            self._cache.finish(reused=self._reused, kept=self._kept)
            self._cache_problem = self._cache_problem or self._cache.problem
        if self._options.cache is None:
            return None
        return CacheUse(reused=self._reused, kept=self._kept, problem=self._cache_problem)

    def _leave_out_comparing(self) -> None:
        """Probes that compare two releases do not run on one alone, and say so."""
        for registered in list(self._running):
            if compares(registered):
                self._running.remove(registered)
                self._problems[registered.id].append(Reason("probe.no_previous"))

    def _pool(self) -> Pool | Inline:
        if self._options.workers == 0:
            return Inline(Worker, self._setup)
        # The soft deadline comes first; the hard one is for code that never looks at the clock.
        return Pool(
            prepare,
            self._setup,
            self._options.workers,
            partial(_hard_deadline, self._options.limits),
            self._recover,
            self._store.folder,
        )

    def _inventory(self) -> Iterator[Batch]:
        for found in largest_first(self._found()):
            batch = msgspec.structs.replace(found, unpack=not self._full or not self._full_before(found.number))
            known = self._lead.batch(batch) if self._lead else None
            if known is None:
                yield batch
            else:
                self._keep(batch, known)

    def _whole(self, tasks: Iterable[Whole]) -> Iterator[Whole]:
        """The tasks whose results are not at hand."""
        for task in tasks:
            known = self._lead.whole(task) if self._lead else None
            if known is None:
                yield task
            else:
                self._keep(task, known)

    def _found(self) -> Iterator[Batch]:
        """All batches, in the order of the walk."""
        number = 0
        for root, (described, target) in enumerate(self._targets):
            for batch in batches(root, self._files(described, target)):
                self._observer.found(len(batch.files), size_of(batch))
                yield msgspec.structs.replace(batch, number=number)
                number += len(batch.files)

    def _full_before(self, number: int) -> bool:
        """Did what comes before a batch give all that the target may give? Then it is so whoever was faster."""
        return sum(each[3] for each in self._unpacked if each[0] < number) > self._options.limits.target_bytes

    def _files(self, root: Root, target: Target) -> Iterator[Entry]:
        """Regular files of a target; what else is there becomes rows."""
        rows: list[CoverageRow] = []
        for entry in target.entries(stamps=self._setup.cache is not None and self._setup.cache.stamps):
            path = root.prefix + entry.path
            match entry.kind:
                case "file":
                    yield entry
                case "unreadable":
                    reason = entry.reason or Reason("fs.io_error")
                    rows.append(CoverageRow(artifact=path, reason=reason, severity=Severity.LOST))
                case kind:
                    self._links[root.id] += kind == "link"
                    rows.append(left_out(path, entry.reason or Reason("fs.link"), entry.link_target))
        self._store.add_coverage(rows)

    def _work(self, pool: Pool | Inline, tasks: Iterable[Task]) -> None:
        if self._lead is not None:  # nothing may be left to do, and then no worker has to start
            left = iter(tasks)
            first = list(islice(left, 1))
            if not first:
                return
            tasks = chain(first, left)
        for task, result in pool.run(tasks):
            self._keep(task, result)

    def _keep(self, task: Task, result: Result) -> None:
        self._store.keep_artifacts(result.artifacts)
        self._store.keep_findings(result.findings)
        self._store.add_notes(result.notes)
        self._noted.update(probe for probe, _, _ in result.notes)
        self._store.add_coverage(result.rows)
        self._identity += result.identity
        self._examined.update(result.examined)
        self._failed.update(result.failed)
        self._stated.update(row.probe for row in result.findings)
        self._lossy.update(row.probe for row in result.rows if row.probe and row.severity is Severity.LOST)
        for probe, reason in result.problems:
            self._problem(probe, reason)
        if self._cache is not None:
            self._cache.add(result.kept, result.touched)
            self._reused += result.reused
            self._kept += len(result.kept)
            self._cache_problem = self._cache_problem or result.cache_problem
        if isinstance(task, Batch):
            if result.wants:
                sizes = {row[0]: row[2] for row in result.artifacts}
                self._wants += (Want(task.root, path, probes, sizes.get(path, 0)) for path, probes in result.wants)
            self._unpacked += ((task.number, place, *each) for place, each in enumerate(result.unpacked))
            self._total += sum(size for _, size in result.unpacked)
            self._full = self._total > self._options.limits.target_bytes
            self._observer.done(len(task.files), size_of(task))

    def _problem(self, probe: str, reason: Reason) -> None:
        if reason not in self._problems[probe]:
            self._problems[probe].append(reason)

    def _hold_target_limit(self) -> None:
        """Which containers the target may open is decided by their order and not by who was done first."""
        if not self._full:
            return
        most, held = self._options.limits.target_bytes, 0
        for _, _, path, size in sorted(self._unpacked):
            if held > most:
                self._store.drop(f"{path}!/")
                self._wants = [want for want in self._wants if not want.path.startswith(f"{path}!/")]
                reason = LimitHit("limit.target_bytes", limit=most).reason
                self._store.add_coverage(
                    [CoverageRow(artifact=path, reason=reason, severity=Severity.LOST, list="limits_hit")]
                )
            held += size

    def _recover(self, task: Task, culprit: Culprit) -> Task | None:
        """What is left of a task that cost a worker; the culprit's step is a row."""
        step = (culprit.path, culprit.probe)
        if step in task.skip or (not culprit.path and culprit.probe is None):
            for path in self._paths(task):
                self._store.add_coverage([_lost(path, culprit, None)])
            return None
        affects = self._probes[culprit.probe].states if culprit.probe in self._probes else ()
        self._store.add_coverage([_lost(culprit.path or ".", culprit, culprit.probe, affects)])
        if culprit.probe is not None:
            self._failed[culprit.probe] += 1
            self._lossy.add(culprit.probe)
            self._problem(culprit.probe, Reason(culprit.code, dict(culprit.params)))
        return msgspec.structs.replace(task, skip=task.skip | {step})

    def _paths(self, task: Task) -> list[str]:
        match task:
            case Batch():
                return [self._setup.roots[task.root].prefix + file.path for file in task.files]
            case Revisit():
                return [path for path, _ in task.wants]
            case Whole():
                return ["."]

    def _said(self) -> list[Identity]:
        """What the product says that it is: what lies nearest to the top first, then by path."""
        return sorted(
            set(self._identity),
            key=lambda row: (row.source.count("/"), row.source, row.name or "", row.version or "", row.build or ""),
        )

    def _rows(self) -> Iterator[ProbeRow]:
        """One row for every installed probe, always."""
        running = {registered.id for registered in self._running}
        for name, registered in sorted({one.id: one for one in self._installed}.items()):
            probe = self._probes.get(name) or registered.outline
            examined, failed = self._examined[name], self._failed[name]
            if name not in running:
                status = ProbeStatus.NOT_RUN
            elif name not in self._probes or (failed and failed >= examined):
                status = ProbeStatus.FAILED
            elif self._problems[name] or name in self._lossy:
                status = ProbeStatus.PARTIAL
            else:
                status = ProbeStatus.OK
            yield ProbeRow(
                id=name,
                version=probe.version if probe else 0,
                status=status,
                states=probe.states if probe else (),
                examined=examined,
                findings=self._stated[name],
                problems=tuple(sorted(self._problems[name], key=msgspec.json.encode)[:_PROBLEMS]),
                limitations=probe.limitations if probe else (),
            )


def compares(registered: Registered) -> bool:
    """Does the probe compare two releases?"""
    return registered.outline is not None and registered.outline.compares


def _lost(path: str, culprit: Culprit, probe: str | None, affects: tuple[str, ...] = ()) -> CoverageRow:
    return CoverageRow(
        artifact=path,
        reason=Reason(culprit.code, dict(culprit.params)),
        severity=Severity.LOST,
        probe=probe,
        affects=affects,
        list="limits_hit" if culprit.code.startswith("limit.") else "unreadable",
        nondeterministic=culprit.nondeterministic,
    )
