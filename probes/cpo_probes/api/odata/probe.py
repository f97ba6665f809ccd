"""The probe for OData descriptions (CSDL in XML and JSON); the work is done by the modules named odata_* beside it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import unquote

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
from cpo_probes.api.odata import json as odata_json
from cpo_probes.api.odata import xml as odata_xml
from cpo_probes.api.odata.model import Model
from cpo_probes.api.odata.rules import Rules
from cpo_probes.api.odata.surface import operations, surroundings
from cpo_probes.api.wsdl.surface import place_of
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats, patterns
from cpo_scan.probe.documents import Document, Problem
from cpo_scan.probe.xml_structure import Vocabulary, XmlProblem, entities_of

_FAMILY = "odata"
_COUNTED = 1_000  # problems beyond these are not looked for
_DOCUMENTS = 50  # referenced documents that are read
_OUTSIDE = patterns.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|/)", text=True)


class ODataProbe(Probe):
    """What the shipped OData descriptions describe.

    Entity sets, singletons, imports and bound operations, how far they and the properties of the types are described,
    and whether the document is valid: its structure by the version's schema, and its names.
    """

    id = "api.odata"
    version = 3
    examines = formats("odata-csdl", "odata-csdl-json")
    states = ("api.description",)
    limitations = (
        "references to documents outside of the product are recorded and never fetched; where a type, function or "
        "action of theirs is used, validity is null",
        "annotations are read as far as they describe, deprecate or secure; their values are not held against the term",
        "attributes of versions 1 to 3 are checked for presence and form, not for being unknown",
        "models of an object mapper, which have the same root element and describe no service, are passed over",
    )
    references = (
        "https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01/odata-csdl-xml-v4.01.html",
        "https://docs.oasis-open.org/odata/odata-csdl-json/v4.01/odata-csdl-json-v4.01.html",
        "https://www.odata.org/documentation/odata-version-3-0/common-schema-definition-language-csdl/",
    )
    remediation = "Annotate entity sets, operations and properties with Core.Description in words beyond their names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            if artifact.format == "odata-csdl":
                tree = context.xml(artifact)
                if odata_xml.is_service(tree.getroot()):
                    yield from _Xml(artifact, context).examine(tree)
            else:
                document = context.json(artifact)
                if odata_json.is_service(document.value):
                    yield from _Json(artifact, context).examine(document)
        except Unreadable as error:
            yield from refused(artifact, context, error, _FAMILY)


def read_model(artifact: Artifact, context: Context) -> tuple[Model, int] | None:
    """The model of a service, and how many other files it comes from; None for none. Raises as the readers do."""
    examination: _Xml | _Json
    if artifact.format == "odata-csdl":
        root = context.xml(artifact).getroot()
        if not odata_xml.is_service(root):
            return None
        examination = _Xml(artifact, context)
        return examination.model(root), len(examination.files)
    document = context.json(artifact)
    if not odata_json.is_service(document.value):
        return None
    examination = _Json(artifact, context)
    return examination.model(document), len(examination.files)


class _Examination:
    """One description on its way to a finding."""

    def __init__(self, artifact: Artifact, context: Context) -> None:
        self.artifact, self.context = artifact, context
        self.table = context.data("odata")
        self.verdict = Verdict()
        self.external: set[str] = set()
        self.files: list[str] = []

    def finding(self, model: Model, evidence: Sequence[Evidence]) -> Iterator[Finding]:
        """The finding; none where the document defines a vocabulary and no service."""
        entities = any(kind.own and kind.kind == "entity" for kind in model.types.values())
        if not (model.containers or entities or any(call.own for call in model.calls)):
            return
        self.context.checkpoint()
        rules = Rules(model, self.table)
        self.verdict.keep(islice(model.problems, _COUNTED))
        self.verdict.keep(islice(rules.problems(), _COUNTED))
        for namespace in sorted(rules.absent):
            address = model.included.get(namespace, "")
            self.verdict.lacks("odata.reference_absent", namespace=namespace[:200], location=without_user(address))
        found = list(operations(model))
        counts, gaps = counted(found)
        about = surroundings(model)
        offered, reason = offered_by((about["title"], *(model.remark(name).text for name in model.containers)))
        attributes = {
            "family": _FAMILY,
            "version": model.version,
            **about,
            **counts,
            "external_references": sorted(map(without_user, self.external))[:LISTED] or None,
            "files": sorted(self.files)[:LISTED] or None,
            **self.verdict.attributes(),
        }
        yield Finding(
            "api.description",
            attributes,
            strength=self.verdict.strength,
            evidence=(*evidence, *self._wrong(), *evidence_of_gaps(self.artifact, gaps)),
            offered=offered,
            offered_reason=reason,
        )

    def _wrong(self) -> Iterator[Evidence]:
        for problem in self.verdict.problems[:GAPS]:
            if problem.line is not None:
                key, value = (
                    ("xpath", problem.xpath) if isinstance(problem, XmlProblem) else ("pointer", problem.pointer)
                )
                yield self.artifact.at(**({key: value} if value else {}), line=problem.line, column=problem.column)

    def referenced(self, artifact: Artifact, address: str, model: Model, seen: set[str]) -> None:
        """Take in the names of a document of the product that this one refers to, and of those behind it."""
        waiting = [(artifact, address)]
        while waiting and len(seen) <= _DOCUMENTS:
            artifact, address = waiting.pop()
            plain = address.partition("#")[0].partition("?")[0].replace("\\", "/")
            if _OUTSIDE.match(plain):
                self.external.add(address)
                continue
            found = self.context.related(artifact, unquote(plain)) if plain else None
            if found is None or found.path in seen:
                continue
            seen.add(found.path)
            try:
                addresses = self._take(found, model)
            except Unreadable as error:
                self.verdict.lacks("odata.reference_unreadable", location=found.name, error=error.reason.code)
                continue
            self.files.append(found.path)
            waiting += [(found, other) for other in addresses]

    def _take(self, artifact: Artifact, model: Model) -> list[str]:
        if artifact.format == "odata-csdl-json":
            value = self.context.json(artifact).value
            if not odata_json.is_service(value):
                return []
            odata_json.read(value, model, self.table, own=False)
            return [address for address, _ in odata_json.references(value)]
        root = self.context.xml(artifact).getroot()
        if not odata_xml.is_service(root):
            return []
        odata_xml.read(root, model, self.table, own=False)
        return [address for address, _ in odata_xml.references(root)]


class _Xml(_Examination):
    def model(self, root: Any) -> Model:
        """The model of a document in XML, with the names of those that it refers to."""
        language = "csdl-4" if root.tag.startswith(f"{{{odata_xml.EDMX_4}}}") else "csdl-3"
        model = Model(language, odata_xml.version_of(root))
        model.locate = place_of
        odata_xml.read(root, model, self.table, own=True)
        seen = {self.artifact.path}
        for address, _ in odata_xml.references(root):
            self.referenced(self.artifact, address, model, seen)
        return model

    def examine(self, tree: Any) -> Iterator[Finding]:
        """A document in XML."""
        root = tree.getroot()
        model = self.model(root)
        if entities := entities_of(tree):
            self.verdict.lacks("odata.entities", count=entities)
            self.context.partly(self.artifact, "odata.entities", count=entities)
        vocabulary = Vocabulary.named(self.context.data("xml-vocabularies"), model.language)
        self.verdict.keep(islice(vocabulary.problems(root), _COUNTED))
        evidence = [self.artifact.at(f"Edmx {model.version}", **place_of(root))]
        for element in islice(root.iter("{*}EntityContainer"), 3):
            evidence.append(self.artifact.at(f"EntityContainer {element.get('Name') or ''}", **place_of(element)))
        yield from self.finding(model, evidence)


class _Json(_Examination):
    def model(self, document: Document) -> Model:
        """The model of a document in JSON, with the names of those that it refers to."""
        model = Model("csdl-4", document.value["$Version"][:20])
        model.locate = document.place
        odata_json.read(document.value, model, self.table, own=True)
        seen = {self.artifact.path}
        for address, _ in odata_json.references(document.value):
            self.referenced(self.artifact, address, model, seen)
        return model

    def examine(self, document: Document) -> Iterator[Finding]:
        """A document in JSON."""
        self.verdict.keep(document.problems, tolerated=frozenset({"json.duplicate_key"}))
        model = self.model(document)
        if document.value["$Version"] not in ("4.0", "4.01", "4.02"):
            place = document.place("/$Version")
            self.verdict.keep([Problem(code="odata.version_unknown", params={"version": model.version}, **place)])
        evidence = [self.artifact.at(document.excerpt("/$Version"), **document.place("/$Version"))]
        if "$EntityContainer" in document.value:
            evidence.append(
                self.artifact.at(document.excerpt("/$EntityContainer"), **document.place("/$EntityContainer"))
            )
        yield from self.finding(model, evidence)
