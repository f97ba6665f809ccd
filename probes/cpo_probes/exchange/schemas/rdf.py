"""Shapes and vocabularies in RDF: read wholly, counted, and shapes held against the rules of their language."""

from collections import Counter
from typing import Any

import msgspec

from cpo_probes.exchange.schemas.shacl import SHACL, ShapeProblem, check_shapes
from cpo_scan.probe import Artifact, Context, patterns
from cpo_scan.probe.rdf import OWL, RDF, RDFS, Graph, Literal
from cpo_scan.probe.rdf_document import Carrier, RdfDocument, read_document

CARRIERS: dict[str, Carrier] = {
    "owl": "xml",
    "oslc-turtle": "turtle",
    "rdf-vocabulary": "turtle",
    "rdf-vocabulary-xml": "xml",
    "shacl": "turtle",
    "shacl-jsonld": "json",
    "shacl-xml": "xml",
}
_LISTED = 20
_NAMESPACES = 20
_CLASSES = (f"{RDFS}Class", f"{OWL}Class")
_PROPERTIES = (
    f"{RDF}Property",
    *(f"{OWL}{kind}Property" for kind in ("Object", "Datatype", "Annotation", "Functional", "InverseFunctional")),
)
_ONTOLOGY = f"{OWL}Ontology"
_TITLES = ("http://purl.org/dc/terms/title", "http://purl.org/dc/elements/1.1/title", f"{RDFS}label")


class RdfReport(msgspec.Struct, frozen=True):
    """What a document defines, as attributes of its finding, and the namespaces that say what for."""

    attributes: dict[str, Any]
    namespaces: tuple[str, ...]
    defines: bool
    """Does it define a shape, a class or a property? Else it holds resources, and is no schema."""


def examine_rdf(artifact: Artifact, context: Context) -> RdfReport:
    """The facts about one document. Raises Unreadable where it is none of its syntax, or can't be read."""
    recognised = artifact.recognition
    assert recognised is not None
    document = read_document(artifact, context, CARRIERS[recognised.format])
    context.checkpoint()
    graph = document.graph
    report = check_shapes(graph, context.data("rdf-shapes"))
    classes = {subject for kind in _CLASSES for subject in graph.instances(kind)}
    properties = {subject for kind in _PROPERTIES for subject in graph.instances(kind)}
    ontologies = [name for name in graph.instances(_ONTOLOGY) if not name.startswith("_:")]
    gaps = [*_gaps(document, ontologies), *report.open]
    valid = False if report.broken else True if report.shapes and not gaps else None
    problems = [*report.broken, *gaps]
    if valid is None and not problems:
        problems = [ShapeProblem(code="rdf.nothing_to_check", params={})]
    namespaces = _namespaces(ontologies, (*report.targets, *sorted(classes), *sorted(properties)))
    return RdfReport(
        attributes={
            "namespace": namespaces[0] if namespaces else None,
            "name": _title(graph, ontologies),
            "schema_version": _version(graph, ontologies),
            "triples": graph.size,
            "shapes": len(report.shapes) or None,
            "property_shapes": report.property_shapes or None,
            "classes": len(_named(classes)) or None,
            "properties": len(_named(properties)) or None,
            "valid": valid,
            "problems": [_row(problem) for problem in problems[:_LISTED]],
            "problems_total": len(problems) if len(problems) > _LISTED else None,
            "remarks": [_row(remark) for remark in report.remarks[:_LISTED]] or None,
        },
        namespaces=namespaces,
        defines=bool(report.shapes or classes or properties),
    )


def _gaps(document: RdfDocument, ontologies: list[str]) -> list[ShapeProblem]:
    """What the document takes in from elsewhere, and what of it was not read."""
    gaps = [ShapeProblem(code="rdf.context_absent", params={"location": one[:200]}) for one in document.absent]
    if document.left_out:
        gaps.append(ShapeProblem(code="rdf.left_out", params={"keywords": list(document.left_out)}))
    imported = [
        triple
        for ontology in ontologies
        for triple in document.graph.values(ontology, f"{OWL}imports")
        if isinstance(triple.object, str)
        and triple.object not in ontologies
        and triple.object.rstrip("#") + "#" != SHACL
    ]
    for triple in imported[:_LISTED]:
        params = {"location": str(triple.object)[:200]}
        gaps.append(ShapeProblem(code="rdf.imports", params=params, line=triple.line))
    return gaps


def _namespaces(ontologies: list[str], terms: tuple[str, ...]) -> tuple[str, ...]:
    """Ontologies first, then namespaces of what is defined or aimed at, the most frequent first."""
    counted = Counter(_space(term) for term in terms if ":" in term and not term.startswith("_:"))
    for known in (RDF, RDFS, OWL, SHACL):
        counted.pop(known, None)
    ordered = [name for name, _ in sorted(counted.items(), key=lambda row: (-row[1], row[0]))]
    return tuple(dict.fromkeys((*ontologies[:_NAMESPACES], *ordered[:_NAMESPACES])))


_SPACE = patterns.standard(r"[^#]*+#|(?:[^/#]*+/)*+", text=True)


def _space(term: str) -> str:
    found = _SPACE.match(term)
    return found.group() if found is not None and found.group() else term


def _named(nodes: set[str]) -> list[str]:
    return [node for node in nodes if not node.startswith("_:")]


def _title(graph: Graph, ontologies: list[str]) -> str | None:
    return next((text for one in ontologies for name in _TITLES if (text := _text(graph, one, name))), None)


def _version(graph: Graph, ontologies: list[str]) -> str | None:
    return next((text for one in ontologies if (text := _text(graph, one, f"{OWL}versionInfo"))), None)


def _text(graph: Graph, subject: str, predicate: str) -> str:
    for triple in graph.values(subject, predicate):
        if isinstance(triple.object, Literal) and triple.object.text.strip():
            return " ".join(triple.object.text.split())[:240]
    return ""


def _row(problem: ShapeProblem) -> dict[str, Any]:
    row: dict[str, Any] = {"code": problem.code, "params": problem.params}
    return row | ({"line": problem.line} if problem.line else {})
