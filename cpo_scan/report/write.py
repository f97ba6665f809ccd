"""Puts a whole report together around its body, and writes files so that nobody ever sees half of one."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from cpo_scan.model.assessment import digest_of_canonical
from cpo_scan.model.canonical import canonical
from cpo_scan.model.report import SCHEMA_VERSION, Gate, Layers, Run
from cpo_scan.report.body import SealedBody
from cpo_scan.report.read import Report, read_report


class OutputError(Exception):
    """A file can't be written. The message is one line."""


def make_report(
    body: SealedBody,
    *,
    assessment: Any,
    layers: Layers | None = None,
    gate: Gate | None = None,
    run: Run | None = None,
    file: Path | None = None,
) -> Report:
    """The whole report as a file beside its body (or `file`), opened for the faces."""
    target = body.file.with_name("report.json") if file is None else file
    with target.open("wb", buffering=1 << 20) as stream:
        stream.write(b'{"schema_version":"%s",\n"body":' % SCHEMA_VERSION.encode())
        for piece in body.chunks():
            stream.write(piece)
        judged = canonical(assessment)
        rest = {
            "scan_digest": canonical(body.scan_digest),
            "assessment": judged,
            "assessment_digest": canonical(digest_of_canonical(body.scan_digest, judged)),
            "layers": canonical(layers or Layers()),
            "gate": canonical(gate or Gate()),
            "run": canonical(run or Run()),
        }
        for name, value in rest.items():
            stream.write(b',\n"%s":' % name.encode())
            stream.write(value)
        stream.write(b"}\n")
    return read_report(target, ours=True)


def write_report(report: Report, stream: BinaryIO) -> None:
    """The report's JSON, byte for byte as it was sealed."""
    with report.file.open("rb") as source:
        shutil.copyfileobj(source, stream, 1 << 20)


@contextmanager
def output(destination: str) -> Iterator[BinaryIO]:
    """A stream to a path or to standard output (`-`). The path has its new content whole or not at all.

    Raises OutputError where the folder is missing or the file can't be replaced.
    """
    if destination == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(destination)
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise OutputError(f"{destination}: is a folder, the name of a file is needed")
        with path.open("wb") as stream:  # a device or a pipe can't be replaced
            yield stream
        return
    path = Path(os.path.realpath(path))  # a link keeps pointing to the file that it points to
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError(f"{destination}: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=1 << 20) as stream:
            yield stream
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{destination}: {error.strerror}") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
