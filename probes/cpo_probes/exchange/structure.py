"""Files whose structure can be checked without a schema: meshes, drawings, messages, measured data, tables."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from cpo_probes.exchange import structure_binary, structure_mesh, structure_text
from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.part21 import placed
from cpo_probes.exchange.structure_found import MOST, Found, Octets
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, formats

_Check = Callable[[Octets, Callable[[], None]], Found]
_TEXTS: dict[str, _Check] = {
    "a2l": structure_text.a2l,
    "dxf": structure_text.dxf,
    "edifact": structure_text.edifact,
    "idf": structure_text.idf,
    "ply": structure_mesh.ply,
    "stl-ascii": structure_mesh.stl_text,
}
_BINARIES: dict[str, _Check] = {
    "mdf": structure_binary.mdf,
    "parquet": structure_binary.parquet,
    "sqlite": structure_binary.sqlite,
    "stl-binary": structure_mesh.stl_binary,
    "u3d": structure_binary.u3d,
}


class StructureProbe(Probe):
    """Meshes, drawings, messages, measured data and tables: is their structure whole?"""

    id = "exchange.structure"
    version = 2
    examines = formats(*_TEXTS, *_BINARIES)
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "STL and PLY are checked wholly, but for the sense of their geometry; of the others the structure is checked, "
        "which can refuse a file and never makes one valid",
        "DXF: groups and sections, in text; binary DXF is recognised and not read",
        "EDIFACT: segments, counts and references; messages are not held against their directory",
        "A2L and IDF: blocks and sections; ASAM MDF: header and lists of blocks; U3D: blocks; SQLite and Parquet: "
        "header, footer and extent",
    )
    references: ClassVar[tuple[str, ...]] = (
        "StereoLithography Interface Specification, 3D Systems 1988",
        "The PLY Polygon File Format, G. Turk 1994",
        "Autodesk DXF reference",
        "ISO 9735-1 (EDIFACT)",
        "ASAM MCD-2 MC (A2L)",
        "ASAM MDF 3.3, 4.2",
        "IDF 3.0",
        "ECMA-363 (U3D)",
        "SQLite database file format",
        "Apache Parquet format",
    )
    remediation = "export or transfer the file again; each error is given with its place"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from conflict(artifact)
        recognised = artifact.recognition
        if recognised is None or recognised.standard is None or artifact.package == recognised.standard:
            return
        form = recognised.format
        data = context.content(artifact).whole()
        found = (_TEXTS.get(form) or _BINARIES[form])(data, context.checkpoint)
        problems = tuple(placed(data, found.problems[:MOST])) if form in _TEXTS else found.problems[:MOST]
        open_ended = [{"code": found.open_because}] if found.open_because and not problems else []
        attributes: dict[str, Any] = {
            "standard": recognised.standard,
            "version": recognised.version,
            "format": form,
            "valid": False if problems else None if found.open_because else True,
            "checked": "structure" if problems or found.open_because != "structure.form" else None,
            "problems": [problem.row() for problem in problems] or open_ended,
        } | found.facts
        strength = Strength.NAMED if recognised.by_name else Strength.RECOGNISED
        yield Finding("exchange.file", attributes, strength, evidence=tuple(_evidence(artifact, data, problems)))


def _evidence(artifact: Artifact, data: Octets, problems: Any) -> Iterator[Evidence]:
    yield artifact.at(_shown(artifact, bytes(data[:80])), bytes=(0, min(80, len(data))))
    for problem in problems[:3]:
        at = min(problem.byte, max(0, len(data) - 1))
        place = {"line": problem.line, "column": problem.column} if problem.line else {}
        yield artifact.at(_shown(artifact, bytes(data[at : at + 40])), bytes=(at, min(1, len(data))), **place)


def _shown(artifact: Artifact, octets: bytes) -> str:
    return artifact.name if b"\0" in octets else octets.decode("utf-8", "replace")
