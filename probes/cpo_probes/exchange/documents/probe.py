"""Files of XML and JSON standards, and packages of them, held against the schema of their standard."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.documents import aas, arxml, fmi, gltf, nodeset, odx, packages, qif, reqif, step_xml
from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import Verdict
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats

_FACTS = ("schema", "root", "namespace", "title", "id")
_LONGEST = 200

_DOCUMENTS: dict[str, Callable[[Artifact, Context], Verdict]] = {
    "aas-json": aas.document,
    "autosar": arxml.document,
    "fmi": fmi.description,
    "glb": gltf.glb,
    "gltf": gltf.gltf,
    "opcua-nodeset": nodeset.document,
    "qif": qif.document,
    "reqif": reqif.document,
    "step-bo-xml": step_xml.document,
    "step-dm-xml": step_xml.document,
    "step-p28": step_xml.document,
}
_PACKAGES: dict[str, packages.Check] = {
    "3mf": packages.mesh_3mf,
    "aasx": aas.aasx,
    "amlx": packages.holding(".aml"),
    "fmu": fmi.fmu,
    "kpar": packages.kpar,
    "pdx": odx.pdx,
    "reqifz": reqif.archive,
    "ssp": packages.ssp,
    "zae": packages.holding(".dae"),
}
# Formats that are XML documents or packages of such
_PACKED: dict[str, packages.Check] = {"3dxml": packages.holding(".3dxml"), "amf": packages.holding(".amf")}
# XML documents with nothing else to be said of them here
_XML = (
    "3dxml", "3mf-model", "aas-xml", "amf", "archimate", "automationml", "bmecat", "bpmn", "capella",
    "collada", "dmn", "eagle", "edmd", "fibex", "gpx", "gsdml", "ifcxml", "iodd", "ipc2581", "ipxact", "kbl", "kml",
    "oagis", "ods", "odx", "opendrive", "openscenario", "otx", "plcopen", "plmxml", "rif", "ssd", "ubl",
    "urdf", "vec", "x3d", "xmi", "xpdl",
)  # fmt: skip


class DocumentsProbe(Probe):
    """Files of XML and JSON standards and their packages, held against the schema of their standard"""

    id = "exchange.documents"
    version = 5
    examines = formats(*_DOCUMENTS, *_PACKAGES, *_XML)
    states = ("exchange.file", "format.conflict")
    uses_index = True
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "a file is valid where the schema accepts it: rules that the schema can't express are not checked, but for "
        "those of glTF on references, extents, attributes and animations, those of FMI 2.0 and 3.0 on variables, "
        "units and outputs, and where references of ReqIF lead (in documents of up to 4 MiB, where values that do not "
        "fit their attribute are remarked); of the buffers of glTF up to 16 million values are held against the "
        "document, and neither images nor what an extension packs; names of variables and "
        "initial unknowns of FMI are not checked, and of FMI 1.0 no such rules",
        "references inside of PLM XML, COLLADA, X3D, ODX, QIF, IPC-2581 and Capella must lead to something "
        "(rules/data/references.yaml), those of ODX also between the documents of a package; paths of ARXML that lead "
        "nowhere in the product are remarked; references of other formats are checked by their schema only",
        "the schema is the user's (--schemas), else one that comes with cpo-scan or an extra, else one in the product: "
        "then nobody knows whose it is, unless its hash is that of a published schema",
        "without a schema at hand `valid` is false for a broken carrier and, in the formats of which all schemas say "
        "so (rules/data/official-schemas.yaml), for an identifier that is there twice, else null",
        "packages of 3MF and AASX: relations lead to parts with a media type; whether it fits is checked for models",
        "shells (AAS) in JSON do not state their edition: they are held against 3.0, and where 3.1 or 3.2 may allow "
        "what 3.0 refuses there is no verdict; for shells of 3.1 in XML there is no schema here",
        "signatures in packages are not verified; what a document fetches from elsewhere is not read",
    )
    references: ClassVar[tuple[str, ...]] = (
        "W3C XML Schema 1.0",
        "JSON Schema 2020-12",
        "ISO/IEC 29500-2 (packages)",
        "FMI 1.0, 2.0, 3.0",
        "SSP 1.0, 2.0",
        "OMG ReqIF 1.2",
        "IDTA-01001, IDTA-01005",
        "ISO/IEC 12113 (glTF 2.0)",
        "OPC 10000-6 Annex F",
    )
    remediation = "correct the file at the places given, or export it with a writer that keeps to the schema"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from conflict(artifact)
        recognised = artifact.recognition
        if recognised is None or recognised.standard is None or artifact.package == recognised.standard:
            return
        packed = context.content(artifact).head.startswith(b"PK")
        check = (_PACKED if packed else {}).get(recognised.format) or _PACKAGES.get(recognised.format)
        if check is not None:
            verdict = packages.check_package(artifact, context, check)
        else:
            verdict = _DOCUMENTS.get(recognised.format, check_document)(artifact, context)
        yield _finding(artifact, context, verdict, "zip" if check is not None else _carrier(recognised.format))


def _finding(artifact: Artifact, context: Context, verdict: Verdict, carrier: str) -> Finding:
    recognised = artifact.recognition
    assert recognised is not None
    attributes: dict[str, Any] = {
        "standard": recognised.standard,
        "version": recognised.version,
        "format": recognised.format,
        "carrier": carrier,
        "valid": verdict.valid,
        "checked": "schema" if verdict.checked_with else "carrier",
        "checked_with": list(verdict.checked_with) or None,
        "problems": list(verdict.problems),
        "problems_total": verdict.total if verdict.total > len(verdict.problems) else None,
        "remarks": list(verdict.remarks) or None,
    }
    attributes |= {key: value for key, value in verdict.facts.items() if value is not None and key not in attributes}
    attributes |= {key: recognised.facts[key][:_LONGEST] for key in _FACTS if key in recognised.facts}
    first = next((item for item in verdict.problems if "line" in item), {})
    place = {key: first[key] for key in ("line", "column", "pointer") if key in first}
    strength = Strength.NAMED if recognised.by_name else Strength.RECOGNISED
    if verdict.valid and all(row["official"] or row["source"] != "product" for row in verdict.checked_with):
        strength = Strength.VALIDATED
    return Finding("exchange.file", attributes, strength, evidence=(artifact.at(_excerpt(artifact, context), **place),))


def _carrier(form: str) -> str:
    return {"aas-json": "json", "gltf": "json", "glb": "binary"}.get(form, "xml")


def _excerpt(artifact: Artifact, context: Context) -> str:
    head = context.content(artifact).head[:240]
    return artifact.name if b"\0" in head else head.decode("utf-8", "replace")
