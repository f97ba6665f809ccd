"""Dividing the work: batches of files that are worth a trip to a worker, and the artifacts to be seen again.

What takes longest goes first, as far as sizes tell, so that no worker is left alone with a large file at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple
from zlib import crc32

import msgspec

from cpo_scan.scan.messages import Batch, Revisit
from cpo_scan.targets.walk import Entry

BATCH_FILES = 256
BATCH_BYTES = 16 * 2**20
ALONE = 4 * 2**20  # a file of this size is a batch of its own: it may be a container that takes long
CUT = 128  # one path in so many ends a batch of files with stamps
PIECE_FILES = 64
PIECE_BYTES = 4 * 2**20
AHEAD = 64  # batches that the walk is ahead of the work
REVISITS = 64
REVISIT_BYTES = 1 * 2**20


class Want(NamedTuple):
    """An artifact that probes want to see again: its deliverable's number, its path, ids of the probes, its bytes."""

    root: int
    path: str
    probes: tuple[str, ...]
    size: int


def batches(root: int, files: Iterable[Entry]) -> Iterator[Batch]:
    """Files in their order, cut into batches of at most 256 files or 16 MiB.

    Files with stamps are also cut behind certain paths, so that batches behind a file that came or went stay what they
    were.
    """
    batch: list[Entry] = []
    held = 0
    for file in files:
        if file.size >= ALONE:
            yield Batch(root=root, files=(file,))
            continue
        batch.append(file)
        held += file.size
        cut = file.stamp is not None and crc32(file.path.encode()) % CUT == 0
        if cut or len(batch) == BATCH_FILES or held >= BATCH_BYTES:
            yield Batch(root=root, files=tuple(batch))
            batch, held = [], 0
    if batch:
        yield Batch(root=root, files=tuple(batch))


def largest_first(found: Iterable[Batch]) -> Iterator[Batch]:
    """Of the next batches the one with the most bytes, so that memory does not follow their number. What is left when
    the walk is through goes out in smaller pieces: bytes do not tell how long a batch takes, and no worker shall be
    left alone with a long one."""
    waiting: list[tuple[int, int, Batch]] = []
    for order, batch in enumerate(found):
        heappush(waiting, (-size_of(batch), order, batch))
        if len(waiting) > AHEAD:
            yield heappop(waiting)[2]
    rest = [piece for _, _, batch in waiting for piece in _pieces(batch)]
    yield from sorted(rest, key=lambda piece: (-size_of(piece), piece.number))


def size_of(batch: Batch) -> int:
    """Bytes of all its files."""
    return sum(file.size for file in batch.files)


def _pieces(batch: Batch) -> Iterator[Batch]:
    """A batch in smaller ones; one of files with stamps stays whole, for it may be known as such."""
    start = held = 0
    whole = batch.files[0].stamp is not None
    for place, file in enumerate(batch.files, 1):
        held += file.size
        full = not whole and (place - start == PIECE_FILES or held >= PIECE_BYTES)
        if full or place == len(batch.files):
            yield msgspec.structs.replace(batch, number=batch.number + start, files=batch.files[start:place])
            start, held = place, 0


def revisits(wants: Iterable[Want]) -> list[Revisit]:
    """What probes want to see once the inventory is there, by outermost file, so that a container is opened once; the
    largest first."""
    grouped: dict[tuple[int, str], list[Want]] = defaultdict(list)
    for want in sorted(wants):
        grouped[want.root, want.path.partition("!/")[0]].append(want)
    batches: list[list[Want]] = []
    held = 0
    for group in grouped.values():
        size = sum(want.size for want in group)
        last = batches[-1] if batches else []
        room = len(last) + len(group) <= REVISITS and held + size <= REVISIT_BYTES
        if last and room and last[0].root == group[0].root:
            last += group
            held += size
        else:
            batches.append(group)
            held = size
    batches.sort(key=lambda batch: -sum(want.size for want in batch))
    return [Revisit(root=batch[0].root, wants=tuple((want.path, want.probes) for want in batch)) for batch in batches]
