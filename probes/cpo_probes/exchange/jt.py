"""JT files: header, table of contents, segments by type, and whether all of it lies inside the file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats

if TYPE_CHECKING:
    from cpo_probes.exchange.jt_layout import Layout

_LONGEST = 80


class JtProbe(Probe):
    """JT files (ISO 14306): version, byte order, segments by type, truncation"""

    id = "exchange.jt"
    version = 1
    examines = formats("jt")
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "the outer structure is checked wholly; what is inside of the segments is neither unpacked nor checked",
        "segments whose own header disagrees with the table of contents are counted and do not make the file invalid",
    )
    references: ClassVar[tuple[str, ...]] = (
        "ISO 14306:2012, ISO 14306:2017 (JT file format), clause 5.1",
        "JT File Format Reference, versions 8.1, 9.5 and 10.5",
    )
    remediation = "export the file again, and compare its size with that of the original: JT files break by being cut"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        from cpo_probes.exchange.jt_layout import read

        yield from conflict(artifact)
        data = context.content(artifact).whole()
        layout = read(data, context.checkpoint)
        names = context.data("jt")["segments"]
        problems = [problem.row() for problem in layout.errors]
        if layout.segments == 0 and not problems:
            problems = [{"code": "jt.empty", "clause": "5.1.2"}]
        elif not layout.whole and not problems:
            problems = [{"code": "jt.too_many_segments"}]
        attributes: dict[str, Any] = {
            "standard": "jt",
            "version": layout.version or artifact.version,
            "writer": layout.writer[:_LONGEST] or None,
            "byte_order": layout.byte_order,
            "contents_offset": layout.contents_at,
            "segments": layout.segments,
            "segment_types": {_named(names, kind): count for kind, count in layout.types.items()} or None,
            "scene_graph": layout.scene_graph,
            "segment_headers": layout.headers if layout.segments else None,
            "unused_bytes": layout.unused if layout.segments and not layout.errors else None,
            "valid": False if layout.errors else True if layout.whole else None,
            "checked": ["header", "table of contents", "extent of segments", "scene graph"]
            if layout.contents_at is not None
            else ["header"],
            "problems": problems,
            "remarks": [problem.row() for problem in layout.remarks] or None,
        }
        by_name = artifact.recognition is not None and artifact.recognition.by_name and layout.version is None
        strength = Strength.NAMED if by_name else Strength.RECOGNISED
        yield Finding("exchange.file", attributes, strength, evidence=tuple(_evidence(artifact, data, layout)))


def _named(names: dict[str, str], kind: int) -> str:
    return names.get(str(kind), f"type {kind}")


def _evidence(artifact: Artifact, data: Any, layout: "Layout") -> Iterator[Any]:
    head = bytes(data[:80])
    yield artifact.at(head.decode("ascii", "replace") if layout.version else artifact.name, bytes=(0, len(head)))
    if layout.contents_at is not None and layout.segments is not None:
        yield artifact.at(f"{layout.segments} segments", bytes=(layout.contents_at, 4))
    for problem in layout.errors[:3]:
        yield artifact.at(problem.code, bytes=(problem.byte, 1))
