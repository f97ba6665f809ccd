"""Dividing the work: batches of files that are worth a trip to a worker, and the artifacts to be seen again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cpo_scan.scan.messages import Batch, Revisit
from cpo_scan.targets.walk import Entry

BATCH_FILES = 256
BATCH_BYTES = 16 * 2**20
ALONE = 4 * 2**20  # a file of this size is a batch of its own: it may be a container that takes long
REVISITS = 64


def batches(root: int, files: Iterable[Entry]) -> Iterator[Batch]:
    """Files in their order, cut into batches of at most 256 files or 16 MiB."""
    batch: list[Entry] = []
    held = 0
    for file in files:
        if file.size >= ALONE:
            yield Batch(root=root, files=(file,))
            continue
        batch.append(file)
        held += file.size
        if len(batch) == BATCH_FILES or held >= BATCH_BYTES:
            yield Batch(root=root, files=tuple(batch))
            batch, held = [], 0
    if batch:
        yield Batch(root=root, files=tuple(batch))


def revisits(wants: Iterable[tuple[int, str, tuple[str, ...]]]) -> Iterator[Revisit]:
    """What probes want to see once the inventory is there, by outermost file, so that a container is opened once."""
    grouped: dict[tuple[int, str], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for root, path, probes in sorted(wants):
        grouped[root, path.partition("!/")[0]].append((path, probes))
    batch: list[tuple[str, tuple[str, ...]]] = []
    last = None
    for (root, _), group in grouped.items():
        if batch and (root != last or len(batch) + len(group) > REVISITS):
            yield Revisit(root=last or 0, wants=tuple(batch))
            batch = []
        batch += group
        last = root
    if batch:
        yield Revisit(root=last or 0, wants=tuple(batch))
