"""An earlier release beside the one that is scanned: inventoried in the same way, read only by the probes that compare.

What these noted there waits in a store of its own until they combine. Nothing of the earlier release is judged, and of
its gaps only those are told that a comparison could have needed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from cpo_scan.model import CoverageRow, Reason, Severity
from cpo_scan.model.report import CacheUse
from cpo_scan.probe.registry import Registered
from cpo_scan.scan.engine import Observer, Options, Scan, compares
from cpo_scan.scan.messages import Earlier, Root
from cpo_scan.scan.store import FindingStore
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets.target import Target


class EarlierRelease(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier release, read. `gaps` are rows for the coverage of the scan that it is compared with."""

    earlier: Earlier
    store: FindingStore
    root: Root
    links: int
    gaps: tuple[CoverageRow, ...]
    cache: CacheUse | None = None


@contextmanager
def read_earlier(
    root: Root, target: Target, running: Iterable[Registered], formats: bytes, options: Options, observer: Observer
) -> Iterator[EarlierRelease]:
    """Read an earlier release; what was kept of it is deleted at the end of the `with`."""
    comparing = [registered for registered in running if compares(registered)]
    observer.stage("previous")
    with FindingStore() as store:
        scan = Scan(
            [(root, target)],
            comparing,
            comparing,
            formats,
            Overrides(),
            options,
            store,
            _Stage(observer),
            combine=False,
        )
        outcome = scan.run()
        yield EarlierRelease(
            earlier=Earlier(roots=(root,), inventory=store.inventory_file, findings=store.findings_file),
            store=store,
            root=root,
            links=outcome.links.get(root.id, 0),
            gaps=tuple(_gaps(store, comparing)),
            cache=outcome.cache,
        )


class _Stage:
    """Hands on how far it is, as one stage."""

    def __init__(self, observer: Observer) -> None:
        self.found, self.done = observer.found, observer.done

    def stage(self, name: str) -> None:
        """Its own stages are nobody's business."""


def _gaps(store: FindingStore, comparing: list[Registered]) -> Iterator[CoverageRow]:
    """What could not be read there, as rows that name the path inside of the earlier release."""
    states = {kind for registered in comparing if registered.outline is not None for kind in registered.outline.states}
    probe = comparing[0].id if len(comparing) == 1 else None
    for listed, row in store.coverage():
        if row["severity"] != Severity.LOST or (row["affects"] and not states & set(row["affects"])):
            continue
        yield CoverageRow(
            artifact=".",
            reason=Reason("release.unread_before", {"artifact": row["artifact"], "code": row["reason"]["code"]}),
            severity=Severity.LOST,
            probe=probe,
            affects=tuple(sorted(states)),
            list=listed,
            nondeterministic=bool(row.get("nondeterministic")),
        )
