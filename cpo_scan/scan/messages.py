"""What the engine and its workers tell each other. All of it is picklable and small."""

from collections.abc import Iterable

import msgspec

from cpo_scan.model import CoverageRow, Reason
from cpo_scan.model.report import Identity, Product
from cpo_scan.probe.outline import Outline
from cpo_scan.scan.store import ArtifactRow, FindingRow
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets.given_schemas import GivenSchemas
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.walk import Entry

Skip = frozenset[tuple[str, str | None]]
"""Steps that cost a worker its life: (path of the artifact, probe or None for opening it)."""


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A deliverable as the workers see it: where it is on this machine, and how its paths begin in the report."""

    id: str
    role: str
    place: str  # path on this machine; never leaves the engine
    prefix: str  # "" or "ID/"
    archive: bool  # it is a container itself: paths start inside it


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier release that was inventoried before: its deliverables and the files of its store."""

    roots: tuple[Root, ...]
    inventory: str
    findings: str


class CacheSetup(msgspec.Struct, frozen=True, kw_only=True):
    """Results of earlier scans: the folder of the store, and the digest of what all results of this one rest on.

    `stamps`: files count as unchanged by their size and stamp. `settled`: nanoseconds; younger ones may change unseen.
    """

    folder: str
    under: bytes
    stamps: bool = False
    settled: int = 0

    def trusts(self, files: Iterable[Entry]) -> bool:
        """Did all files last change so long ago that another change would show in their stamps?"""
        return self.stamps and all(file.stamp is not None and max(file.stamp[:2]) < self.settled for file in files)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs once."""

    roots: tuple[Root, ...]
    limits: Limits
    formats: bytes  # packed format rules: nothing is parsed or checked again
    probes: tuple[Outline, ...]
    overrides: Overrides
    excerpts: str
    inventory: str  # files of the store; readable once the inventory is complete
    findings: str
    previous: Earlier | None = None
    schemas: GivenSchemas | None = None  # the user's folder
    product: Product = Product()  # what the user says of it
    cache: CacheSetup | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Files to be inventoried and examined. `unpack` is false once the target has given all that it may."""

    root: int
    number: int = 0  # files that come before it in the order of the walk
    files: tuple[Entry, ...]
    unpack: bool = True
    skip: Skip = frozenset()


class Revisit(msgspec.Struct, frozen=True, kw_only=True):
    """Artifacts that probes want to see again now that the inventory is complete: (path, ids of the probes)."""

    root: int
    wants: tuple[tuple[str, tuple[str, ...]], ...]
    skip: Skip = frozenset()


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A product probe to be run, or a combining one whose notes are all there. Of the findings it is shown the `known`
    ones that were there when the first of them was dealt out: they run in parallel, and none sees another one's."""

    probe: str
    known: int
    skip: Skip = frozenset()


class Result(msgspec.Struct, kw_only=True):
    """What came of a task."""

    artifacts: list[ArtifactRow] = []
    findings: list[FindingRow] = []
    notes: list[tuple[str, str, bytes]] = []  # probe, path, value in MessagePack
    rows: list[CoverageRow] = []
    identity: list[Identity] = []
    wants: list[tuple[str, tuple[str, ...]]] = []
    examined: dict[str, int] = {}  # probe: artifacts
    failed: dict[str, int] = {}  # probe: artifacts on which it broke
    problems: list[tuple[str, Reason]] = []
    unpacked: list[tuple[str, int]] = []  # outermost container: bytes that came out of it
    reused: int = 0  # steps whose results came from the cache
    kept: list[tuple[bytes, bytes]] = []  # keys and bytes for the cache
    touched: list[int] = []  # entries of the cache that were used and are to be kept longer
    cache_problem: Reason | None = None

    def take(self, other: "Result") -> None:
        """Enter what came of a part of the task."""
        self.artifacts += other.artifacts
        self.findings += other.findings
        self.notes += other.notes
        self.rows += other.rows
        self.identity += other.identity
        self.wants += other.wants
        self.problems += other.problems
        self.unpacked += other.unpacked
        self.kept += other.kept
        self.reused += other.reused
        for mine, theirs in ((self.examined, other.examined), (self.failed, other.failed)):
            for probe, count in theirs.items():
                mine[probe] = mine.get(probe, 0) + count


Task = Batch | Revisit | Whole
