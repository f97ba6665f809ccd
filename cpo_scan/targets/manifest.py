"""The manifest of a deliverable: one line `sha256  path` for each file, and the tree digest over all of them.

`sha256sum -c` reads it in the folder. Lines are ordered by the raw bytes of their paths, as
`find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum` gives them.
"""

import hashlib
import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, Self

_RUN = 20_000  # lines that are held in memory
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))  # GNU coreutils, "md5sum invocation"


class Sink(Protocol):
    """Takes the bytes of a manifest."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


def manifest_line(raw: bytes, sha256: str) -> bytes:
    """The line for one file. A name with a line end or backslash is escaped, and a backslash at the start says so."""
    name = raw
    for plain, escaped in _ESCAPES:
        name = name.replace(plain, escaped)
    return b"%s%s  %s\n" % (b"\\" if name != raw else b"", sha256.encode("ascii"), name)


def raw_bytes(raw: str) -> bytes:
    """The bytes of an entry's raw path: those of the system; UTF-8 on Windows."""
    return raw.encode("utf-8", "surrogatepass" if os.name == "nt" else "surrogateescape")


def tree_digest(rows: Iterable[tuple[str, str]], sink: Sink | None = None) -> str:
    """SHA-256 of the manifest of (raw path, sha256 in hex), in any order; the manifest itself goes to `sink`."""
    with Manifest() as manifest:
        for raw, sha256 in rows:
            manifest.add(raw, sha256)
        return manifest.write(sink)


class Manifest:
    """Collects files in any order. Holds 20,000 lines at most; the rest waits, sorted, in a temporary file."""

    def __init__(self) -> None:
        self._rows: list[tuple[bytes, bytes]] = []
        self._runs: list[BinaryIO] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.close()
        self._runs.clear()

    def add(self, raw: str, sha256: str) -> None:
        """One file: its raw path below the root, and the SHA-256 of its content in hex."""
        name = raw_bytes(raw)
        self._rows.append((name, manifest_line(name, sha256)))
        if len(self._rows) >= _RUN:
            self._spill()

    def write(self, sink: Sink | None = None) -> str:
        """Write the manifest to `sink`; the tree digest, SHA-256 of its bytes in hex."""
        digest = hashlib.sha256()
        self._rows.sort()
        for _, line in heapq.merge(*map(_read, self._runs), self._rows):
            digest.update(line)
            if sink is not None:
                sink.write(line)
        return digest.hexdigest()

    def _spill(self) -> None:
        self._rows.sort()
        run = tempfile.TemporaryFile(prefix="cpo-scan-")  # noqa: SIM115 - closed with the manifest
        self._runs.append(run)
        run.writelines(line for _, line in self._rows)
        self._rows = []


def _read(run: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    run.seek(0)
    for line in run:
        yield _name_of(line), line


def _name_of(line: bytes) -> bytes:
    """The raw path of a line of the manifest."""
    if not line.startswith(b"\\"):
        return line[66:-1]
    out, place, name = bytearray(), 0, line[67:-1]
    while place < len(name):
        if name[place : place + 1] == b"\\":
            out += {b"\\": b"\\", b"n": b"\n", b"r": b"\r"}[name[place + 1 : place + 2]]
            place += 2
        else:
            out.append(name[place])
            place += 1
    return bytes(out)
