"""What a worker does with a cache: take the result of a step from it, or keep what came of the step.

Kept is what is sure to come again: no step that lost anything (a crash, a time-out, a limit, an error of the system),
none that depends on a clock. Such steps are taken anew in each scan.
"""

import hashlib
import zlib

import msgspec

from cpo_scan.model import CoverageRow, Severity
from cpo_scan.model.report import Identity
from cpo_scan.probe.outline import Stages
from cpo_scan.scan.cache import CacheReader
from cpo_scan.scan.cache_key import key, place
from cpo_scan.scan.cache_reads import Answers, Asked, Reads
from cpo_scan.scan.messages import Batch, Result, Root, Setup
from cpo_scan.scan.store import ArtifactRow, FindingReader, FindingRow
from cpo_scan.targets.budget import Budget

_MOST = 64 * 2**20  # bytes of one entry, packed
_PACKED = 1  # level of zlib: the rows of a step repeat the same paths
_LARGEST = 2**30  # bytes of an entry unpacked, which none of ours reaches


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """The result of a step, the questions that must have the same answers, and what containers gave on the way."""

    asked: Asked
    artifacts: list[ArtifactRow]
    findings: list[FindingRow]
    notes: list[tuple[str, str, bytes]]
    rows: list[CoverageRow]
    identity: list[Identity]
    wants: list[tuple[str, tuple[str, ...]]]
    examined: dict[str, int]
    unpacked: int = 0
    members: int = 0
    outermost: list[tuple[str, int]] = []

    def result(self) -> Result:
        """As if the step had been taken."""
        return Result(
            artifacts=self.artifacts,
            findings=self.findings,
            notes=self.notes,
            rows=self.rows,
            identity=self.identity,
            wants=self.wants,
            examined=self.examined,
            unpacked=self.outermost,
            reused=1,
        )


_DECODE = msgspec.msgpack.Decoder(Entry).decode


class Steps:
    """The cache as a worker sees it. `under`: the digest of what all results rest on (`cache_key.ground`)."""

    def __init__(self, reader: CacheReader, under: bytes, answers: Answers) -> None:
        self._reader, self._under, self._answers = reader, under, answers

    def key(self, *parts: object) -> bytes:
        """The key of a step."""
        return key(self._under, *parts)

    def find(self, wanted: bytes, budget: Budget | None, reads: Reads | None, *, alone: bool = False) -> Result | None:
        """The kept result of a step, if all that it read is as it was and what it unpacks is within the limits.

        `budget` is charged with what it unpacks, and what it read is entered into `reads`, the books of the step that
        this one is a part of. `alone`: only if it read nothing else.
        """
        found = self._reader.find(wanted)
        entry = _read(found) if found is not None else None
        if entry is None or (alone and entry.asked) or not self._answers.hold(entry.asked):
            return None
        if (entry.unpacked or entry.members) and not (budget and budget.again(entry.unpacked, entry.members)):
            return None
        if reads is not None:
            reads.take_kept(entry.asked)
        return entry.result()

    def keep(self, wanted: bytes, result: Result, reads: Reads, unpacked: int = 0, members: int = 0) -> None:
        """Enter the result of a step into itself as one to be kept, if it may be."""
        if not reads.sound or result.failed or result.problems or any(map(_passing, result.rows)):
            return
        entry = Entry(
            asked=reads.settled(self._answers),
            artifacts=result.artifacts,
            findings=result.findings,
            notes=result.notes,
            rows=result.rows,
            identity=result.identity,
            wants=result.wants,
            examined=result.examined,
            unpacked=unpacked,
            members=members,
            outermost=result.unpacked,
        )
        try:
            body = zlib.compress(msgspec.msgpack.encode(entry), _PACKED)
        except (TypeError, ValueError, OverflowError):  # a reason with parameters that are no plain data
            return
        if len(body) <= _MOST:
            result.kept.append((wanted, body))

    def close(self, result: Result) -> Result:
        """A task is done: what went wrong with the cache, and which entries were used, goes with its result."""
        result.cache_problem, result.touched = self._reader.said()
        return result


def of_batch(root: Root, task: Batch) -> tuple[object, ...]:
    """What the step of a batch of files with stamps is."""
    return "batch", place(root), task.files


def of_product(probe: str, works_on: Stages, setup: Setup, store: FindingReader) -> tuple[object, ...]:
    """What the step of a probe that sees the whole product is: with all that it noted, where it combines."""
    noted = hashlib.sha256()
    if works_on == "artifacts, then all":
        for path, note in store.notes(probe):
            noted.update(msgspec.msgpack.encode((path, note)))
    return "product", probe, tuple(map(place, setup.roots)), setup.product, noted.digest()


def _passing(row: CoverageRow) -> bool:
    """Does a row tell of something that may be otherwise next time?"""
    return row.severity is Severity.LOST or row.nondeterministic


def _read(body: bytes) -> Entry | None:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(body, _LARGEST)
        return _DECODE(data) if unpacker.eof else None
    except (zlib.error, msgspec.MsgspecError):  # sealed by us and not readable: kept by another hand
        return None
