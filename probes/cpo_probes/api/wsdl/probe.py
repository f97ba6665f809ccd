"""The probe for WSDL descriptions, 1.1 and 2.0; the work is done by the modules named wsdl_* beside it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.description import (
    GAPS,
    LISTED,
    Verdict,
    counted,
    evidence_of_gaps,
    offered_by,
    refused,
    without_user,
)
from cpo_probes.api.wsdl import version_2 as wsdl_2
from cpo_probes.api.wsdl.documents import WSDL_1, WSDL_2, Documents
from cpo_probes.api.wsdl.references import TOLERATED, Names, import_problems, reference_problems
from cpo_probes.api.wsdl.surface import operations, place_of, said, surroundings
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats
from cpo_scan.probe.xml_structure import Vocabulary, XmlProblem

_FAMILY = "wsdl"
_COUNTED = 1_000  # problems beyond these are not looked for


class WsdlProbe(Probe):
    """What the shipped WSDL documents describe.

    Operations of the document's own port types (1.1) or interfaces (2.0), how far they are described, and whether the
    document is valid: its structure, its names, and the XML Schemas that it embeds and imports from the product.
    """

    id = "api.wsdl"
    version = 3
    examines = formats("wsdl", "wsdl-2")
    states = ("api.description",)
    limitations = (
        "imports from outside the product are recorded and never fetched; where one matters, validity is null",
        "operations and properties are counted where they stand, not again in each document that imports them",
        "extensions are checked as far as they name messages; policies are listed and not evaluated",
        "XML Schema 1.0 is compiled; a document with schemas of version 1.1 has validity null",
    )
    references = (
        "https://www.w3.org/TR/2001/NOTE-wsdl-20010315",
        "https://www.w3.org/TR/2007/REC-wsdl20-20070626/",
        "https://www.w3.org/TR/xmlschema-1/",
    )
    remediation = (
        "Give every operation a documentation element that says more than its name, and ship all imported files."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            tree = context.xml(artifact)
        except Unreadable as error:
            yield from refused(artifact, context, error, _FAMILY)
            return
        tag = tree.getroot().tag
        if tag == f"{{{WSDL_1}}}definitions":
            yield _Examination(artifact, tree, context, "1.1").finding()
        elif tag in {f"{{{namespace}}}description" for namespace in WSDL_2}:
            yield _Examination(artifact, tree, context, "2.0").finding()


class _Examination:
    """One description on its way to a finding."""

    def __init__(self, artifact: Artifact, tree: Any, context: Context, version: str) -> None:
        self.artifact, self.context, self.version = artifact, context, version
        self.root = tree.getroot()
        self.documents = Documents(artifact, tree, context)
        self.verdict = Verdict()

    def finding(self) -> Finding:
        found = list((operations if self.version == "1.1" else wsdl_2.operations)(self.root))
        self._check()
        counts, gaps = counted(found)
        about = (surroundings if self.version == "1.1" else wsdl_2.surroundings)(self.documents)
        space = self.root.tag.rpartition("}")[0] + "}"
        description = said(self.root, f"{space}documentation")
        offered, reason = offered_by((about["title"], description))
        external = self.documents.external | self.documents.schemas.external
        attributes = {
            "family": _FAMILY,
            "version": self.version,
            **about,
            **counts,
            "operations_with_documentation": sum(bool(operation.text.strip()) for operation in found),
            "external_references": sorted(map(without_user, external))[:LISTED] or None,
            "files": self.documents.files[:LISTED] or None,
            **self.verdict.attributes(),
        }
        return Finding(
            "api.description",
            attributes,
            strength=self.verdict.strength,
            evidence=(*self._evidence(space), *self._wrong(), *evidence_of_gaps(self.artifact, gaps)),
            offered=offered,
            offered_reason=reason,
        )

    def _check(self) -> None:
        verdict, documents = self.verdict, self.documents
        draft = self.root.tag.startswith(f"{{{WSDL_2[1]}}}")
        name = f"wsdl-{self.version}{'-draft' if draft else ''}"
        vocabulary = Vocabulary.named(self.context.data("xml-vocabularies"), name)
        verdict.keep(islice(vocabulary.problems(self.root), _COUNTED))
        verdict.keep(islice(import_problems(self.root), _COUNTED), tolerated=TOLERATED)
        self.context.checkpoint()
        if self.version == "1.1":
            names = Names(documents)
            verdict.keep(islice(reference_problems(documents, names), _COUNTED), tolerated=TOLERATED)
        else:
            verdict.keep(islice(wsdl_2.reference_problems(documents), _COUNTED))
        self.context.checkpoint()
        documents.schemas.compile()
        verdict.keep(documents.schemas.problems)
        verdict.missing += [*documents.missing, *documents.schemas.missing]
        if self.version == "1.1" and names.unknown and not verdict.missing:
            for namespace in sorted(names.unknown):
                verdict.missing.append(XmlProblem(code="wsdl.namespace_absent", params={"namespace": namespace[:200]}))

    def _evidence(self, space: str) -> Iterator[Evidence]:
        yield self._at(self.root)
        for kind in ("portType", "interface", "service"):
            for element in islice(self.root.iterchildren(space + kind), 2):
                yield self._at(element)

    def _at(self, element: Any) -> Evidence:
        name = element.get("name") or element.get("targetNamespace") or ""
        return self.artifact.at(f"{element.tag.rpartition('}')[2]} {name}", **place_of(element))

    def _wrong(self) -> Iterator[Evidence]:
        for problem in self.verdict.problems[:GAPS]:
            if not problem.file and isinstance(problem, XmlProblem) and problem.line is not None:
                place = {"xpath": problem.xpath} if problem.xpath else {}
                yield self.artifact.at(**place, line=problem.line)
