"""Files whose structure can be checked without a schema: meshes, drawings, messages, measured data, tables."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.part21.checker import placed
from cpo_probes.exchange.structure import a2l as structure_a2l
from cpo_probes.exchange.structure import binary as structure_binary
from cpo_probes.exchange.structure import idf as structure_idf
from cpo_probes.exchange.structure import mesh as structure_mesh
from cpo_probes.exchange.structure import scene as structure_scene
from cpo_probes.exchange.structure import text as structure_text
from cpo_probes.exchange.structure import usd as structure_usd
from cpo_probes.exchange.structure.found import MOST, Found, Octets
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, formats

_Check = Callable[[Octets, Callable[[], None]], Found]
_TEXTS: dict[str, _Check] = {
    "acis-text": structure_scene.sat,
    "dxf": structure_text.dxf,
    "edifact": structure_text.edifact,
    "ply": structure_mesh.ply,
    "stl-ascii": structure_mesh.stl_text,
    "usda": structure_usd.usda,
    "vrml": structure_scene.vrml,
    "x3dv": structure_scene.vrml,
}
# Checks by the table of rules/data with the name of the format
_ByTable = Callable[[Octets, dict[str, Any], Callable[[], None]], Found]
_TABLED: dict[str, _ByTable] = {"a2l": structure_a2l.a2l, "idf": structure_idf.idf}
_BINARIES: dict[str, _Check] = {
    "acis-binary": structure_scene.sab,
    "e57": structure_scene.e57,
    "mdf": structure_binary.mdf,
    "parquet": structure_binary.parquet,
    "sqlite": structure_binary.sqlite,
    "stl-binary": structure_mesh.stl_binary,
    "u3d": structure_binary.u3d,
    "usdc": structure_usd.usdc,
    "usdz": structure_usd.usdz,
}


class StructureProbe(Probe):
    """Meshes, drawings, messages, measured data and tables: is their structure whole?"""

    id = "exchange.structure"
    version = 3
    examines = formats(*_TEXTS, *_TABLED, *_BINARIES)
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "STL, PLY and IDF 3.0 are checked wholly, but for the sense of their geometry; of the others the structure is "
        "checked, which can refuse a file and never makes one valid",
        "DXF: groups, sections and handles, in text; binary DXF is recognised and not read",
        "EDIFACT: segments, counts and references; messages are not held against their directory",
        "A2L: keywords, parameters and nesting of versions 1.2 to 1.7; what IF_DATA and A2ML hold is not read; names "
        "that a module refers to and does not define are remarked; IDF of other revisions: sections",
        "USD: brackets, texts and statements of the text form, sections of the binary form, layout of packages; types, "
        "attributes and what a layer composes are not looked at",
        "VRML and X3D in its classic encoding: brackets, texts and names; ACIS: records, pointers and the mark of "
        "the end in text, that mark in binary; E57: header",
        "ASAM MDF: header, lists of blocks, and the extent of records in sorted groups; U3D: blocks; SQLite and "
        "Parquet: header, footer and extent",
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
        "OpenUSD, text and crate file formats, USDZ file format",
        "ISO/IEC 14772-1 (VRML), ISO/IEC 19776-2 (X3D, classic encoding)",
        "ASTM E2807 (E57)",
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
        if form in _TABLED:
            found = _TABLED[form](data, context.data(form), context.checkpoint)
        else:
            found = (_TEXTS.get(form) or _BINARIES[form])(data, context.checkpoint)
        problems = found.problems[:MOST] if form in _BINARIES else tuple(placed(data, found.problems[:MOST]))
        open_ended = [{"code": found.open_because}] if found.open_because and not problems else []
        attributes: dict[str, Any] = {
            "standard": recognised.standard,
            "version": recognised.version,
            "format": form,
            "valid": False if problems else None if found.open_because else True,
            "checked": "structure" if problems or found.open_because != "structure.form" else None,
            "problems": [problem.row() for problem in problems] or open_ended,
        } | found.facts
        if found.remarks:
            attributes["remarks"] = [remark.row() for remark in placed(data, found.remarks[:MOST])]
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
