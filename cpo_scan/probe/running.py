"""Running one probe on one artifact, or on the product: what it states is checked, what goes wrong becomes a row.

The engine and the test kit share this, so that a probe meets the same rules in both.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from cpo_scan.model import KINDS, CoverageRow, Finding, Offered, Origin, Reason, Severity, finish
from cpo_scan.model.finding import FindingError
from cpo_scan.model.report import Identity
from cpo_scan.probe.context import Context, TimeUp
from cpo_scan.probe.probe import AnyProbe, CombiningProbe, Note
from cpo_scan.targets.errors import LimitHit, Unreadable

MOST_NOTE = 16 * 2**20  # bytes of one note
Answer = tuple[tuple[Origin, Reason], tuple[Offered, Reason]]
Whose = Callable[[str], Answer]
"""The path rules: what they say of a path about origin and offered."""


class Named(Protocol):
    """A probe, as far as coverage rows name it."""

    @property
    def id(self) -> str: ...
    @property
    def states(self) -> tuple[str, ...]: ...


class Yielded(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gave. `problem` is a breach of the contract or a crash: then there are no findings."""

    findings: list[dict[str, Any]]
    rows: list[CoverageRow]
    notes: list[bytes] = []
    """Notes of a `CombiningProbe` in MessagePack."""
    identity: list[Identity] = []
    """What the product says that it is."""
    problem: Reason | None = None


def run(
    probe: AnyProbe,
    place: str,
    examine: Callable[[], Iterator[Finding | Note | Identity]],
    context: Context,
    whose: Whose,
) -> Yielded:
    """Run `examine` to its end. `place` is the artifact's path, or what stands for the product.

    An `Unreadable` keeps the findings and notes that came before it, for each is a fact by itself; a crash keeps none.
    """
    findings: list[dict[str, Any]] = []
    notes: list[bytes] = []
    identity: list[Identity] = []
    problem: Reason | None = None
    ended: CoverageRow | None = None
    try:
        for finding in examine():
            if isinstance(finding, Note):
                notes.append(_encoded(finding, probe))
                continue
            if isinstance(finding, Identity):
                if not getattr(probe, "identifies", False):
                    raise FindingError("it says what the product is, which it does not declare")
                identity.append(finding)
                continue
            if finding.kind not in probe.states:
                raise FindingError(f"it states {finding.kind}, which it does not declare")
            origin, offered = _whose(finding, place, whose)
            findings.append(finish(finding, probe.id, origin, offered))
    except Unreadable as error:
        ended = CoverageRow(
            artifact=place,
            reason=error.reason,
            severity=error.severity,
            probe=probe.id,
            affects=probe.states,
            list="limits_hit" if isinstance(error, LimitHit | TimeUp) else "unreadable",
            nondeterministic=isinstance(error, TimeUp),
        )
    except MemoryError:
        ended = _lost(probe, place, Reason("limit.memory"), nondeterministic=True)
    except FindingError as error:
        problem = Reason("probe.breach", {"what": str(error)})
    except Exception as error:
        problem = Reason("probe.crashed", {"error": type(error).__name__, "at": raised_at(error)})
    if problem is not None:
        findings, notes, identity, ended = [], [], [], _lost(probe, place, problem)
    rows = [msgspec.structs.replace(row, probe=probe.id, affects=row.affects or probe.states) for row in context.rows]
    return Yielded(
        findings=findings, rows=[*rows, ended] if ended else rows, notes=notes, identity=identity, problem=problem
    )


def not_run(probe: Named, place: str, problem: Reason) -> Yielded:
    """What is left of a run for which the probe could not even be had."""
    return Yielded(findings=[], rows=[_lost(probe, place, problem)], problem=problem)


def _whose(finding: Finding, place: str, whose: Whose) -> Answer:
    """The path rules' answer for a finding, by its first piece of evidence; where many artifacts show one thing, by the
    first piece that is the vendor's, else by the first whose origin is open."""
    first = whose(finding.evidence[0].artifact if finding.evidence else place)
    kind = KINDS.get(finding.kind)
    if kind is None or not kind.gathered or first[0][0] is Origin.VENDOR:
        return first
    answers = [first]
    for piece in finding.evidence[1:]:
        answer = whose(piece.artifact)
        if answer[0][0] is Origin.VENDOR:
            return answer
        answers.append(answer)
    return next((answer for answer in answers if answer[0][0] is Origin.UNKNOWN), first)


def _encoded(note: Note, probe: AnyProbe) -> bytes:
    if not isinstance(probe, CombiningProbe):
        raise FindingError("it yields a note, and has no combine that would read it")
    try:
        encoded = msgspec.msgpack.encode(note.value)
    except (TypeError, ValueError, RecursionError) as error:
        raise FindingError(f"it notes what is no plain data: {error}") from None
    if len(encoded) > MOST_NOTE:
        raise FindingError("it notes more than 16 MiB")
    return encoded


def _lost(probe: Named, place: str, reason: Reason, *, nondeterministic: bool = False) -> CoverageRow:
    return CoverageRow(
        artifact=place,
        reason=reason,
        severity=Severity.LOST,
        probe=probe.id,
        affects=probe.states,
        nondeterministic=nondeterministic,
    )


def raised_at(error: Exception) -> str:
    """Module and line where it happened: enough for the probe's author, and no path of this machine."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else "?"
