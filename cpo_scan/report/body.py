"""The body of a report: facts in canonical order, hashed while they are written."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from cpo_scan.model.canonical import canonical
from cpo_scan.model.report import Facts

LISTS = ("unreadable", "skipped", "limits_hit")
_CHUNK = 1 << 20


class Spool(Protocol):
    """Where the rows of a scan wait, in the order of the report; `cpo_scan.scan.store.FindingStore` is one."""

    @property
    def folder(self) -> Path:
        """A private folder."""

    def finding_bytes(self) -> Iterable[bytes]:
        """Findings as canonical bytes, by first evidence path, kind and id."""

    def coverage_bytes(self, listed: str, /) -> Iterable[bytes]:
        """Coverage rows of one list as canonical bytes, by artifact."""

    def cited_artifacts(self) -> Iterable[dict[str, Any]]:
        """Artifacts that carry findings, by path."""

    def counts(self) -> "Counts":
        """Sizes for the head of `coverage`."""


class Counts(Protocol):
    """Files, members of containers, bytes, recognised artifacts and artifacts per format."""

    def _asdict(self) -> dict[str, Any]: ...


class SealedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The canonical bytes of a body in a file (`offset`, `size`), and their SHA-256."""

    file: Path
    offset: int
    size: int
    scan_digest: str

    def chunks(self) -> Iterator[bytes]:
        """The bytes, piece by piece."""
        with self.file.open("rb") as stream:
            stream.seek(self.offset)
            left = self.size
            while left and (piece := stream.read(min(_CHUNK, left))):
                left -= len(piece)
                yield piece


def write_body(store: Spool, facts: Facts, file: Path | None = None) -> SealedBody:
    """Write the body into the store's private folder (or `file`) and seal it with its digest.

    Keys stand in canonical order (RFC 8785 §3.2.3), findings by first evidence path, kind and id, artifacts by path.
    """
    target = store.folder / "body.json" if file is None else file
    with target.open("wb", buffering=_CHUNK) as stream:
        sink = _Sink(stream)
        sink.add(b'{"artifacts":')
        sink.list(canonical(row) for row in store.cited_artifacts())
        sink.add(b',"coverage":')
        _coverage(sink, store)
        sink.add(b',"findings":')
        sink.list(store.finding_bytes())
        for name in ("options", "probes", "product", "rules", "tool"):
            sink.add(b',"%s":' % name.encode())
            sink.add(canonical(_section(name, facts)))
        sink.add(b"}")
    return SealedBody(file=target, offset=0, size=sink.size, scan_digest=sink.hash.hexdigest())


def _section(name: str, facts: Facts) -> Any:
    value = getattr(facts, name)
    if name == "probes":
        return sorted(value, key=lambda row: row.id)
    if name == "rules":
        return sorted(value, key=lambda row: (row.kind, row.id))
    return value


def _coverage(sink: "_Sink", store: Spool) -> None:
    counts = store.counts()
    members: dict[str, Any] = counts._asdict()
    for number, name in enumerate(sorted([*members, *LISTS])):
        sink.add(b'%s"%s":' % (b"," if number else b"{", name.encode()))
        if name in LISTS:
            sink.list(store.coverage_bytes(name))
        else:
            sink.add(canonical(members[name]))
    sink.add(b"}")


class _Sink:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> None:
        self._stream.write(piece)
        self.hash.update(piece)
        self.size += len(piece)

    def list(self, rows: Iterable[bytes]) -> None:
        self.add(b"[")
        for number, row in enumerate(rows):
            self.add(b"," + row if number else row)
        self.add(b"]")
