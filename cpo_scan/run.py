"""The whole way, step by step: from what the user names to a report. For the command line and for programs."""

import os
import platform
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from cpo_scan.formats import Recogniser
from cpo_scan.gate import exit_code
from cpo_scan.judging import Judging, ScanFacts, judge, people_of, read_again
from cpo_scan.model import ProbeStatus, Reason
from cpo_scan.model.report import CacheUse, Deliverable, Exclusion, Facts, Override, Product, RuleRow, Run, Tree
from cpo_scan.probe.registry import Registered, installed
from cpo_scan.report import Report, Texts, make_report, read_report, rule_texts, write_body
from cpo_scan.rulebook.book import Rulebook, load_rulebook
from cpo_scan.rulebook.data import tables_digest
from cpo_scan.rulebook.formats import FormatRules, load_formats
from cpo_scan.scan.engine import Observer, Options, Outcome, Scan
from cpo_scan.scan.messages import Root
from cpo_scan.scan.releases import EarlierRelease, read_earlier
from cpo_scan.scan.store import FindingStore
from cpo_scan.scan.versions import tool
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets.errors import TargetError, Unreadable
from cpo_scan.targets.given_schemas import list_schemas
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.locate import decode_path
from cpo_scan.targets.manifest import Manifest
from cpo_scan.targets.product import ExclusionRule, ProductDescription, describe, read_product
from cpo_scan.targets.target import Target, open_target
from cpo_scan.targets.walk import open_entry
from cpo_scan.trail.verify import Verification, hold


class Request(Judging, frozen=True, kw_only=True):
    """What the user asks of a scan."""

    targets: tuple[str, ...] = ()
    product: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    schemas: str | None = None
    previous: str | None = None
    audit: bool = False
    """Every result is made anew: what a cache holds is not looked at."""
    options: Options = Options()


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A report, and what a pipeline makes of it. The store is there after a scan only."""

    report: Report
    texts: Texts
    exit_code: int
    store: FindingStore | None = None
    roots: tuple[Root, ...] = ()
    cache: CacheUse | None = None

    def manifest(self, stream: BinaryIO) -> None:
        """The manifest of all deliverables: with several, paths begin with the deliverable's id."""
        assert self.store is not None
        with Manifest() as manifest:
            for root in self.roots:
                for raw, sha256 in _outer(self.store, root):
                    manifest.add(root.prefix + raw, sha256)
            manifest.write(stream)


@contextmanager
def scanned(request: Request, observer: Observer) -> Iterator[Done]:
    """Scan, assess, and hand out the report; what it rests on is deleted at the end of the `with`.

    Raises TargetError, RuleError, UnknownProbe: each one line for the user.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    description = describe(request.targets, read_product(request.product) if request.product else None)
    rulebook, formats = load_rulebook(request.profile, request.catalogue), load_formats()
    people, as_of = people_of(request, rulebook)
    targets = list(_targets(description, Recogniser(formats)))
    left_alone = None
    if request.audit and request.options.cache is not None:
        left_alone = CacheUse(reused=0, kept=0, problem=Reason("cache.audit"))
        options = msgspec.structs.replace(request.options, cache=None, trust_stat=False)
        request = msgspec.structs.replace(request, options=options)
    _hold_cache_outside(request, targets)
    if request.schemas:
        options = msgspec.structs.replace(request.options, schemas=list_schemas(request.schemas))
        request = msgspec.structs.replace(request, options=options)
    registry = installed()
    running = registry.select(request.only, request.skip)
    with FindingStore() as store, _earlier(request, running, formats, observer) as earlier:
        scan = Scan(
            targets,
            registry,
            running,
            formats.pack(),
            Overrides.of(description),
            request.options,
            store,
            observer,
            previous=earlier.earlier if earlier else None,
            product=_said_of(description),
        )
        outcome = scan.run()
        used = outcome.cache
        if earlier:
            store.add_coverage(earlier.gaps)
            used = used and earlier.cache and used.and_for(earlier.cache)
        scan_seconds = time.monotonic() - clock
        observer.stage("assess")
        product = _product(description, targets, store, outcome)
        facts = Facts(
            tool=tool(),
            options=_options(request, description, registry.ids) | _previous(earlier),
            product=product,
            rules=_rules(formats, rulebook),
            probes=outcome.probes,
        )
        body = write_body(store, facts)
        states = msgspec.to_builtins(outcome.probes)
        judged = ScanFacts(
            scan_digest=body.scan_digest,
            findings=store.findings,
            finding=store.finding,
            coverage=lambda: (row for _, row in store.coverage()),
            probes=states,
            product=msgspec.to_builtins(product),
            sha256_of=store.sha256_of,
            options=facts.options,
        )
        assessment, held, gate = judge(judged, rulebook, people, request, as_of)
        failed = any(row.status is ProbeStatus.FAILED for row in outcome.probes)
        report = make_report(
            body,
            assessment=assessment,
            layers=held.layers,
            gate=gate,
            run=_run(
                began,
                {"scan": scan_seconds, "total": time.monotonic() - clock},
                f"{request.options.workers} worker processes" if request.options.workers else "in process",
                as_of,
                used or left_alone,
            ),
        )
        yield Done(
            report=report,
            texts=rule_texts(rulebook.messages, rulebook.catalogue, rulebook.measures),
            exit_code=exit_code(
                met=gate.met, lost=failed or store.lost() > 0, allow_incomplete=request.allow_incomplete
            ),
            store=store,
            roots=tuple(root for root, _ in targets),
            cache=used or left_alone,
        )


def _hold_cache_outside(request: Request, targets: Iterable[tuple[Root, Target]]) -> None:
    """What a scan writes must not be what it, or the next one, reads. Raises TargetError."""
    if request.options.cache is None:
        return
    cache = Path(os.path.realpath(request.options.cache))
    read = [target.place for _, target in targets if target.folder]
    read += [os.path.realpath(place) for place in (request.previous, request.schemas) if place]
    for place in read:
        if cache == Path(place) or Path(place) in cache.parents:
            raise TargetError(f"--cache {request.options.cache}: it lies in a folder that is read; name one outside")


@contextmanager
def assessed(path: str, judging: Judging) -> Iterator[Done]:
    """Judge the facts of an old report again, by other rules or with other layers; nothing is scanned.

    Raises ReportError, RuleError: each one line for the user.
    """
    began, clock = datetime.now(UTC), time.monotonic()
    old = read_report(path)
    rulebook = load_rulebook(judging.profile, judging.catalogue)
    people, as_of = people_of(judging, rulebook)
    facts = read_again(old)
    assessment, held, gate = judge(facts, rulebook, people, judging, as_of)
    with tempfile.TemporaryDirectory(prefix="cpo-scan-", ignore_cleanup_errors=True) as folder:
        report = make_report(
            old.sealed(Path(folder)),
            assessment=assessment,
            layers=held.layers,
            gate=gate,
            run=_run(began, {"total": time.monotonic() - clock}, "assess", as_of),
        )
        lost = any(row["severity"] == "lost" for row in facts.coverage()) or any(
            row["status"] == "failed" for row in old.probes
        )
        yield Done(
            report=report,
            texts=rule_texts(rulebook.messages, rulebook.catalogue, rulebook.measures),
            exit_code=exit_code(met=gate.met, lost=lost, allow_incomplete=judging.allow_incomplete),
        )


def verified(report: Report, request: Request, observer: Observer) -> Verification:
    """Hold an old report against the files that the request names: each is read again, and no probe runs.

    Raises TargetError, RuleError: each one line for the user.
    """
    description = describe(request.targets, read_product(request.product) if request.product else None)
    formats = load_formats()
    targets = list(_at_hand(report, _targets(description, Recogniser(formats))))
    excluded = msgspec.convert(report.product["exclusions"], tuple[ExclusionRule, ...])
    with FindingStore() as store:
        scan = Scan(
            targets,
            installed(),
            [],
            formats.pack(),
            Overrides(exclusions=excluded),
            _as_then(report, request.options),
            store,
            observer,
            combine=False,
        )
        outcome = scan.run()
        return hold(
            report.product,
            report.artifacts,
            {root.id: _tree(store, root, outcome.links.get(root.id, 0)) for root, _ in targets},
            store.sha256_of,
            {row["artifact"] for _, row in store.coverage() if row["severity"] == "lost"},
        )


def as_scanned(report: Report, request: Request) -> Request:
    """The request with the options that an old report was made with, to find its facts again."""
    known = installed().ids
    return msgspec.structs.replace(
        request,
        skip=tuple(name for name in report.options["probes_off"] if name in known),
        options=_as_then(report, request.options),
    )


def _as_then(report: Report, options: Options) -> Options:
    then = report.options
    return msgspec.structs.replace(
        options, limits=msgspec.convert(then["limits"], Limits), excerpts=str(then["excerpts"])
    )


def _at_hand(report: Report, given: Iterable[tuple[Root, Target]]) -> Iterator[tuple[Root, Target]]:
    """The given targets as deliverables of a report: a single one is its only one, else it is known by its id or name.

    Raises TargetError for one that the report does not have.
    """
    described = report.product["deliverables"]
    known = [row["id"] for row in described if row["supplied"]]
    rows = list(given)
    for root, target in rows:
        names = known if len(rows) == len(known) == 1 else [name for name in (root.id, target.name) if name in known]
        if not names:
            raise TargetError(f"{root.id}: the report has no deliverable of this id; it has {', '.join(known)}")
        prefix = f"{names[0]}/" if len(described) > 1 else ""
        yield msgspec.structs.replace(root, id=names[0], prefix=prefix), target


def _run(
    began: datetime, durations: dict[str, float], executor: str, as_of: date, cache: CacheUse | None = None
) -> Run:
    return Run(
        started=began.isoformat(timespec="seconds"),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
        durations={name: round(seconds, 3) for name, seconds in durations.items()},
        executor=executor,
        as_of=as_of.isoformat(),
        cache=cache or msgspec.UNSET,
    )


@contextmanager
def _earlier(
    request: Request, running: list[Registered], formats: FormatRules, observer: Observer
) -> Iterator[EarlierRelease | None]:
    """The earlier release that the user names, read."""
    if request.previous is None:
        yield None
        return
    description = describe((request.previous,), None)
    ((root, target),) = _targets(description, Recogniser(formats))
    with read_earlier(root, target, running, formats.pack(), request.options, observer) as earlier:
        yield earlier


def _previous(earlier: EarlierRelease | None) -> dict[str, object]:
    """The earlier release as it stands in the options of the body: by what it holds and not by where it lies."""
    if earlier is None:
        return {}
    return {"previous": msgspec.to_builtins(_tree(earlier.store, earlier.root, earlier.links))}


def default_workers() -> int:
    """One for each processor that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _is_package(target: Target, recogniser: Recogniser) -> bool:
    """Is the archive a file of a standard itself (an FMU, a 3MF)? Then it is examined as such, with what is in it."""
    try:
        with open_entry(target.place, "") as content:
            recognition = recogniser.recognise(target.name, content)
    except Unreadable:
        return False  # the scan will say why
    return recognition is not None and recognition.standard is not None and not recognition.carrier


def _targets(description: ProductDescription, recogniser: Recogniser) -> Iterator[tuple[Root, Target]]:
    supplied = [one for one in description.deliverables if one.target is not None]
    if not supplied:
        raise TargetError("nothing to scan: name a folder or an archive, or a --product file with targets")
    several = len(description.deliverables) > 1
    for one in supplied:
        target = open_target(Path(str(one.target)))
        if target.archive and _is_package(target, recogniser):
            target = msgspec.structs.replace(target, archive=False)
        yield (
            Root(
                id=one.id,
                role=one.role or "",
                place=target.place,
                prefix=f"{one.id}/" if several else "",
                archive=target.archive,
            ),
            target,
        )


def _outer(store: FindingStore, root: Root) -> Iterator[tuple[str, str]]:
    """Files of a deliverable on its outermost level: path as the system has it, and SHA-256."""
    for path, sha256 in store.outer(root.id):
        yield decode_path(path.removeprefix(root.prefix)), sha256


def _product(
    description: ProductDescription, targets: list[tuple[Root, Target]], store: FindingStore, outcome: Outcome
) -> Product:
    trees = {root.id: _tree(store, root, outcome.links.get(root.id, 0)) for root, _ in targets}
    return msgspec.structs.replace(
        _said_of(description),
        identity=outcome.identity,
        deliverables=tuple(
            Deliverable(id=one.id, role=one.role, supplied=one.id in trees, tree=trees.get(one.id))
            for one in description.deliverables
        ),
        exclusions=tuple(Exclusion(path=rule.path, reason=rule.reason) for rule in description.exclusions),
        overrides=_overrides(description) or msgspec.UNSET,
    )


def _overrides(description: ProductDescription) -> tuple[Override, ...]:
    """What the user says of paths instead of the path rules."""
    return tuple(
        Override(path=rule.path, what=what, value=str(rule.value), reason=rule.reason)
        for what, rules in (("origin", description.origin), ("offered", description.offered))
        for rule in rules
    )


def _said_of(description: ProductDescription) -> Product:
    """What the user says of the product."""
    return Product(
        name=description.name,
        version=description.version,
        vendor=description.vendor,
        edition=description.edition,
    )


def _tree(store: FindingStore, root: Root, links: int) -> Tree:
    files, size = store.outer_size(root.id)
    with Manifest() as manifest:
        for raw, sha256 in _outer(store, root):
            manifest.add(raw, sha256)
        return Tree(files=files, links=links, bytes=size, digest=manifest.write())


def _options(request: Request, description: ProductDescription, known: list[str]) -> dict[str, object]:
    """What changes results, as it stands in the body."""
    on = [name for name in known if (not request.only or name in request.only) and name not in request.skip]
    options: dict[str, object] = {
        "limits": msgspec.to_builtins(request.options.limits),
        "excerpts": request.options.excerpts,
        "probes_off": [name for name in known if name not in on],
    }
    if (schemas := request.options.schemas) is not None:
        options["schemas"] = {"files": len(schemas.files), "digest": schemas.digest}
    if request.options.trust_stat:
        options["trust_stat"] = True
    if description.sha256:
        options["product_description"] = description.sha256
    return options


def _rules(formats: FormatRules, rulebook: Rulebook) -> tuple[RuleRow, ...]:
    return (
        RuleRow(kind="formats", id="formats", version=formats.version, sha256=formats.sha256),
        RuleRow(kind="standards", id="standards", version=formats.standards_version, sha256=formats.standards_sha256),
        RuleRow(
            kind="origins",
            id=rulebook.origins.id,
            version=rulebook.origins.version,
            sha256=rulebook.origins.sha256,
        ),
        RuleRow(kind="data", id="data", version=tool().version, sha256=tables_digest()),
    )
