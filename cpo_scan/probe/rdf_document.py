"""An artifact in one of the syntaxes of RDF, read as a graph. Nothing is fetched."""

from typing import TYPE_CHECKING, Literal

import msgspec

from cpo_scan.model import Artifact
from cpo_scan.probe.rdf import LARGEST, Graph
from cpo_scan.probe.rdf_tokens import Syntax

if TYPE_CHECKING:
    from cpo_scan.probe.context import Context

Carrier = Literal["turtle", "xml", "json"]


class RdfDocument(msgspec.Struct, frozen=True):
    """What was read. `absent`: contexts of JSON-LD that are not at hand; `left_out`: keywords of it that are not read.

    Where there are such, the graph is not the whole of what the document says.
    """

    graph: Graph
    absent: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read_document(artifact: Artifact, context: "Context", carrier: Carrier) -> RdfDocument:
    """The statements of a document. Turtle, TriG and N-Triples are one family, told apart by the file's extension.

    Raises Unreadable("rdf.malformed", line, column, error), what the readers of XML and JSON raise, and LimitHit.
    """
    match carrier:
        case "turtle":
            from cpo_scan.probe.rdf_turtle import read_turtle

            return RdfDocument(Graph(read_turtle(context.text(artifact, LARGEST), _syntax(artifact.name))))
        case "xml":
            from cpo_scan.probe.rdf_xml import read_rdf_xml

            context.bytes(artifact, LARGEST)
            return RdfDocument(Graph(read_rdf_xml(context.xml(artifact).getroot())))
        case "json":
            from cpo_scan.probe.rdf_json_ld import read_json_ld

            found = read_json_ld(artifact, context)
            return RdfDocument(Graph(found.triples), found.absent, found.left_out)


def _syntax(name: str) -> Syntax:
    lower = name.lower()
    return "trig" if lower.endswith(".trig") else "n-triples" if lower.endswith(".nt") else "turtle"
