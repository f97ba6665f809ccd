"""JT files: header, table of contents, segments by type, what they hold, and whether all of it lies inside the file."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats

if TYPE_CHECKING:
    from cpo_probes.exchange.jt.layout import Layout
    from cpo_probes.exchange.jt.segments import Contents
    from cpo_probes.exchange.problem import Problem

_LONGEST = 80


class JtProbe(Probe):
    """JT files (ISO 14306): version, byte order, segments by type, scene graph, truncation"""

    id = "exchange.jt"
    version = 2
    examines = formats("jt")
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "packed segments are unpacked wholly and the scene graph is walked; shapes, boundary representations, PMI and "
        "meta data are looked at as far as their first element reaches",
        "the inside of segments was tried on real files of version 8.0, of the other versions on our own only",
        "segments whose own header disagrees with the table of contents are counted and do not make the file invalid",
    )
    references: ClassVar[tuple[str, ...]] = (
        "ISO 14306:2012, ISO 14306:2017 (JT file format), clause 5.1",
        "JT File Format Reference, versions 8.1, 9.5 and 10.5",
    )
    remediation = "export the file again, and compare its size with that of the original: JT files break by being cut"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        from cpo_probes.exchange.jt.layout import read

        yield from conflict(artifact)
        data = context.content(artifact).whole()
        layout = read(data, context.checkpoint)
        names = context.data("jt")
        contents = _contents(data, layout, names["segments"], context)
        errors = (*layout.errors, *(contents.errors if contents else ()))
        problems = [problem.row() for problem in errors]
        if not problems:
            problems = list(_open(layout, contents))
        attributes: dict[str, Any] = {
            "standard": "jt",
            "version": layout.version or artifact.version,
            "writer": layout.writer[:_LONGEST] or None,
            "byte_order": layout.byte_order,
            "contents_offset": layout.contents_at,
            "segments": layout.segments,
            "segment_types": {_named(names["segments"], kind): count for kind, count in layout.types.items()} or None,
            "scene_graph": layout.scene_graph,
            "segment_headers": layout.headers if layout.segments else None,
            "unused_bytes": layout.unused if layout.segments and not layout.errors else None,
            **(_inside(contents, names) if contents else {}),
            "valid": False if errors else None if problems else True,
            "checked": [
                "header",
                *(("table of contents", "extent of segments", "scene graph") if layout.contents_at is not None else ()),
                *(("packed data", "elements of the scene graph") if contents else ()),
            ],
            "problems": problems,
            "remarks": [*(problem.row() for problem in layout.remarks), *_remarks(data, layout, contents)] or None,
        }
        by_name = artifact.recognition is not None and artifact.recognition.by_name and layout.version is None
        strength = Strength.NAMED if by_name else Strength.RECOGNISED
        yield Finding("exchange.file", attributes, strength, evidence=tuple(_evidence(artifact, data, layout, errors)))


def _contents(data: Any, layout: "Layout", names: dict[str, str], context: Context) -> "Contents | None":
    """What the segments hold; None where the structure around them is broken."""
    from cpo_probes.exchange.jt.layout import entries
    from cpo_probes.exchange.jt.segments import read

    if layout.errors or not layout.segments or layout.version is None:
        return None
    order = ">" if layout.byte_order == "big-endian" else "<"
    major = int(layout.version.partition(".")[0])
    return read(data, entries(data, layout), order, major, lambda kind: _named(names, kind), context.checkpoint)


def _open(layout: "Layout", contents: "Contents | None") -> Iterator[dict[str, Any]]:
    """Why there is no verdict on a file in which nothing is wrong."""
    if layout.segments == 0:
        yield {"code": "jt.empty", "clause": "5.1.2"}
    elif not layout.whole:
        yield {"code": "jt.too_many_segments"}
    if contents is not None and contents.large:
        yield {"code": "jt.packed_large", "params": {"count": contents.large}}
    if contents is not None and contents.unknown:
        yield {"code": "jt.packing_unknown", "params": {"count": contents.unknown}}


def _inside(contents: "Contents", names: dict[str, Any]) -> dict[str, Any]:
    """What the segments hold, by the names of its types."""
    known = {**names["nodes"], **names["attributes"]}
    elements: Counter[str] = Counter()
    atoms: Counter[str] = Counter()
    for scene in contents.scenes:
        for kind, count in scene.elements.items():
            elements[known.get(kind, "other")] += count
        for kind, count in scene.atoms.items():
            atoms[names["atoms"].get(kind, "other")] += count
    return {
        "packing": {way: count for way, count in sorted(contents.packing.items()) if count} or None,
        "scene_elements": dict(sorted(elements.items())) or None,
        "property_atoms": dict(sorted(atoms.items())) or None,
        "properties": sum(scene.properties for scene in contents.scenes) if contents.scenes else None,
        "units": sorted({unit for scene in contents.scenes for unit in scene.units}) or None,
    }


def _remarks(data: Any, layout: "Layout", contents: "Contents | None") -> Iterator[dict[str, Any]]:
    """What is odd inside of the segments and breaks nothing by itself."""
    from cpo_probes.exchange.jt.layout import entries

    if contents is None:
        return
    late_loaded = {guid for scene in contents.scenes for guid in scene.late_loaded}
    if late_loaded:
        late_loaded -= {entry.guid for entry in entries(data, layout)}
    counts = {
        "jt.element_content": sum(scene.short for scene in contents.scenes),
        "jt.object_twice": sum(scene.twice for scene in contents.scenes),
        "jt.object_missing": sum(scene.missing for scene in contents.scenes),
        "jt.late_loaded_missing": len(late_loaded),
    }
    yield from ({"code": code, "params": {"count": count}} for code, count in counts.items() if count)


def _named(names: dict[str, str], kind: int) -> str:
    return names.get(str(kind), f"type {kind}")


def _evidence(artifact: Artifact, data: Any, layout: "Layout", errors: "tuple[Problem, ...]") -> Iterator[Any]:
    head = bytes(data[:80])
    yield artifact.at(head.decode("ascii", "replace") if layout.version else artifact.name, bytes=(0, len(head)))
    if layout.contents_at is not None and layout.segments is not None:
        yield artifact.at(f"{layout.segments} segments", bytes=(layout.contents_at, 4))
    for problem in errors[:3]:
        yield artifact.at(problem.code, bytes=(problem.byte, 1))
