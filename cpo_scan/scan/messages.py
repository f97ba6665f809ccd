"""What the engine and its workers tell each other. All of it is picklable and small."""

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


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Files to be inventoried and examined. `unpack` is false once the target has given all that it may."""

    root: int
    number: int = 0  # batches count up in the order of the walk
    files: tuple[Entry, ...]
    unpack: bool = True
    skip: Skip = frozenset()


class Revisit(msgspec.Struct, frozen=True, kw_only=True):
    """Artifacts that probes want to see again now that the inventory is complete: (path, ids of the probes)."""

    root: int
    wants: tuple[tuple[str, tuple[str, ...]], ...]
    skip: Skip = frozenset()


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A product probe to be run, or a combining one whose notes are all there."""

    probe: str
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


Task = Batch | Revisit | Whole
