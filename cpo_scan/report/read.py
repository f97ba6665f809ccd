"""Opens a report: checks its version, size and digests, and hands out findings one by one."""

import hashlib
import mmap
from collections.abc import Iterator
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.model.assessment import assessment_digest, digest_of_canonical
from cpo_scan.model.canonical import canonical, digest
from cpo_scan.report.body import SealedBody
from cpo_scan.report.shape import check_finding, in_short, problem_of

_MAP_FROM = 64 * 2**20  # bytes
SIZE_LIMIT = 4 * 2**30  # bytes; a report of a million findings has about 1 GB


class ReportError(Exception):
    """A file is no report that we can trust. The message is one line."""


class _File(msgspec.Struct):
    schema_version: str
    body: msgspec.Raw
    scan_digest: str
    assessment: msgspec.Raw
    assessment_digest: str
    layers: dict[str, list[dict[str, Any]]]
    gate: dict[str, Any]
    run: dict[str, Any]


class _Body(msgspec.Struct):
    artifacts: list[dict[str, Any]]
    coverage: dict[str, Any]
    findings: list[msgspec.Raw]
    options: dict[str, Any]
    probes: list[dict[str, Any]]
    product: dict[str, Any]
    rules: list[dict[str, Any]]
    tool: dict[str, Any]


class _Identified(msgspec.Struct):
    id: str


class Report:
    """A report whose digests hold. Sections are plain data as the contract has them; findings are decoded lazily."""

    def __init__(self, file: Path, parts: _File, body: _Body) -> None:
        self.file = file
        self.schema_version = parts.schema_version
        self.scan_digest = parts.scan_digest
        self.assessment_digest = parts.assessment_digest
        self.assessment: dict[str, Any] = msgspec.json.decode(parts.assessment)
        self.layers = parts.layers
        self.gate = parts.gate
        self.run = parts.run
        self.artifacts = body.artifacts
        self.coverage = body.coverage
        self.options = body.options
        self.probes = body.probes
        self.product = body.product
        self.rules = body.rules
        self.tool = body.tool
        self.view = "auditor"
        self.left_out: list[dict[str, Any]] = []  # {code, params}: what a view does not show
        self._findings = body.findings
        self._raw = parts.body

    def showing(self, findings: list[dict[str, Any]], **sections: Any) -> "Report":
        """The same report with other findings and sections, for a face that shows less than the whole of it.

        Its digests stay those of the whole report. `write_report` and `sealed` give the whole one too.
        """
        shown = copy(self)
        vars(shown).pop("measures", None)
        vars(shown).pop("_places", None)
        vars(shown).update(sections)
        shown._findings = [msgspec.Raw(msgspec.json.encode(row)) for row in findings]
        return shown

    @cached_property
    def measures(self) -> dict[str, dict[str, Any]]:
        """The measures of the assessment by id."""
        return {row["id"]: row for row in self.assessment["measures"]}

    @property
    def finding_count(self) -> int:
        """How many findings the body holds."""
        return len(self._findings)

    def findings(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """Findings in the order of the report; of these kinds if any are given."""
        for raw in self._findings:
            row: dict[str, Any] = msgspec.json.decode(raw)
            if not kinds or row["kind"] in kinds:
                yield row

    def finding(self, identity: str) -> dict[str, Any] | None:
        """The finding of this id."""
        place = self._places.get(identity)
        return None if place is None else msgspec.json.decode(self._findings[place])

    @cached_property
    def _places(self) -> dict[str, int]:
        decode = msgspec.json.Decoder(_Identified).decode
        return {decode(raw).id: place for place, raw in enumerate(self._findings)}

    def sealed(self, folder: Path) -> SealedBody:
        """The body as a canonical file in `folder`, to put another report around it (to assess again)."""
        file = folder / "body.json"
        raw = memoryview(self._raw)
        if hashlib.sha256(raw).hexdigest() != self.scan_digest:  # pretty-printed by another tool
            raw = memoryview(canonical(msgspec.json.decode(self._raw)))
        file.write_bytes(raw)
        return SealedBody(file=file, offset=0, size=len(raw), scan_digest=self.scan_digest)


def read_report(path: Path | str, *, limit: int = SIZE_LIMIT, ours: bool = False) -> Report:
    """Open a report, check both digests and its shape. Raises ReportError, always in one line.

    A report that was pretty-printed by another tool is accepted: its digest is then taken over the canonical form.
    `ours`: this very process wrote it, its shape is known.
    """
    file = Path(path)
    try:
        data = _map(file, limit)
        parts = msgspec.json.decode(data, type=_File)
        if parts.schema_version.split(".")[0] != "1":
            raise ReportError(f"{file}: schema version {in_short(parts.schema_version)} is not known here (1.x is)")
        raw = memoryview(parts.body)
        if hashlib.sha256(raw).hexdigest() != parts.scan_digest:
            again = canonical(msgspec.json.decode(parts.body))
            if digest(again) != parts.scan_digest:
                raise ReportError(f"{file}: the body was changed after the scan: its digest is not scan_digest")
        if digest_of_canonical(parts.scan_digest, bytes(parts.assessment)) != parts.assessment_digest:
            judged = assessment_digest(parts.scan_digest, msgspec.json.decode(parts.assessment))
            if judged != parts.assessment_digest:
                raise ReportError(f"{file}: the assessment was changed: its digest is not assessment_digest")
        body = msgspec.json.decode(parts.body, type=_Body)
        if not ours:
            _check_shape(file, data, parts, body)
        return Report(file, parts, body)
    except OSError as error:
        raise ReportError(f"{file}: {error.strerror or error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"{file}: not a report of cpo-scan: {in_short(str(error).splitlines()[0])}") from None


def _check_shape(file: Path, data: "mmap.mmap | bytes", parts: _File, body: _Body) -> None:
    document = {name: msgspec.json.decode(raw) for name, raw in _members(data).items() if name != "body"}
    members = {name: msgspec.json.decode(raw) for name, raw in _members(parts.body).items() if name != "findings"}
    if problem := problem_of({**document, "body": {**members, "findings": []}}, parts.schema_version):
        raise ReportError(f"{file}: the digests hold, and it is not a report of cpo-scan: {problem}")
    for raw in body.findings:
        check_finding(raw)


def _members(data: "mmap.mmap | bytes | msgspec.Raw") -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(data, type=dict[str, msgspec.Raw])


def _map(file: Path, limit: int) -> "mmap.mmap | bytes":
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        if size > limit:
            raise ReportError(f"{file}: {size} bytes are more than the {limit} that a report may have")
        stream.seek(0)
        if size <= _MAP_FROM:  # a mapped file can't be replaced on Windows: only what must be is mapped
            return stream.read()
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
