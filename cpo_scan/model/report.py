"""The sections of a report's body and what stands beside it, as frozen types. Field names are those of the contract."""

from typing import Any

import msgspec

from cpo_scan.model.coverage import Reason
from cpo_scan.model.words import ProbeStatus, Role

SCHEMA_VERSION = "1.0"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What made the body: our version, and those of the libraries that parse or validate."""

    version: str
    libraries: dict[str, str] = {}


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """What a deliverable holds: files on its outermost level, links, bytes, and the digest of its manifest."""

    files: int
    links: int
    bytes: int
    digest: str


class Deliverable(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what the vendor hands over; `tree` is null where it was not supplied, `role` where nobody said it."""

    id: str
    role: Role | None
    supplied: bool = True
    tree: Tree | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What one source inside the product says that it is."""

    source: str
    name: str | None = None
    version: str | None = None
    build: str | None = None


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A part that `product.yaml` takes out of the scan, with its reason in the words of whoever wrote it."""

    path: str
    reason: str


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of which `product.yaml` says whose they are (`origin`) or whether the vendor offers them (`offered`)."""

    path: str
    what: str
    value: str
    reason: str


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """The thing assessed. Without a `product.yaml` there is no name: the scope is only the given files. `overrides`
    stands there only where there are some."""

    name: str | None = None
    version: str | None = None
    vendor: str | None = None
    edition: str | None = None
    identity: tuple[Identity, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    overrides: tuple[Override, ...] | msgspec.UnsetType = msgspec.UNSET


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file that shaped the facts (`formats`, `standards`)."""

    kind: str
    id: str
    version: str
    sha256: str


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """How a probe did on a corpus of known answers; precision and recall from 0 to 1."""

    corpus: str
    cases: int
    precision: float
    recall: float


class ProbeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a probe: kinds that it may state, artifacts that it examined, findings that it stated, what went
    wrong, what it can't do."""

    id: str
    version: int
    status: ProbeStatus
    states: tuple[str, ...] = ()
    examined: int = 0
    findings: int = 0
    problems: tuple[Reason, ...] = ()
    limitations: tuple[str, ...] = ()
    validation: Validation | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine knows beside the rows of the store; together they are the body."""

    tool: Tool
    options: dict[str, Any] = {}
    product: Product = Product()
    rules: tuple[RuleRow, ...] = ()
    probes: tuple[ProbeRow, ...] = ()


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """What people say: rows of signed-able files, each naming the digests that it judged."""

    claims: tuple[dict[str, Any], ...] = ()
    responses: tuple[dict[str, Any], ...] = ()
    determinations: tuple[dict[str, Any], ...] = ()
    waivers: tuple[dict[str, Any], ...] = ()
    requirements: tuple[dict[str, Any], ...] = ()
    nonconformities: tuple[dict[str, Any], ...] = ()


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The decision for a pipeline: `met` is null where none was asked for, `failing` are ids of criteria."""

    met: bool | None = None
    failing: tuple[str, ...] = ()
    line: Reason | None = None


class CacheUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan had from the cache that it was given: steps whose results came from it, steps whose results went into
    it, and why it was not used, or not wholly."""

    reused: int
    kept: int
    problem: Reason | None = None

    def and_for(self, earlier: "CacheUse") -> "CacheUse":
        """The same for a scan together with that of the earlier release that it is compared with."""
        return CacheUse(
            reused=self.reused + earlier.reused, kept=self.kept + earlier.kept, problem=self.problem or earlier.problem
        )


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may differ between two equal runs. Times are RFC 3339 UTC, durations seconds; `cache` is
    there only where one was asked for."""

    started: str | None = None
    finished: str | None = None
    host: str | None = None
    user: str | None = None
    durations: dict[str, float] = {}
    executor: str | None = None
    as_of: str | None = None
    foreign: dict[str, Any] = {}  # wording of foreign validators, by finding id; outside the digests
    cache: CacheUse | msgspec.UnsetType = msgspec.UNSET
