"""The probe for OSLC documents: resource shapes, vocabularies, service providers and their catalogues."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cpo_scan.probe import Artifact, Context, Evidence, Finding, LimitHit, Probe, Strength, Unreadable, formats
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.rdf import OWL, RDF, RDFS, TEXT, XSD, Literal, Triple
from cpo_scan.probe.rdf_document import Carrier, RdfDocument, read_document
from cpo_scan.probe.wording import is_documented

_OSLC = "http://open-services.net/ns/core#"
_TERMS = "http://purl.org/dc/terms/"
_CARRIERS: dict[str, Carrier] = {"oslc-jsonld": "json", "oslc-rdf": "xml", "oslc-turtle": "turtle"}
_LISTED = 100
_COUNTED = {
    "shapes": f"{_OSLC}ResourceShape",
    "catalogues": f"{_OSLC}ServiceProviderCatalog",
    "service_providers": f"{_OSLC}ServiceProvider",
    "services": f"{_OSLC}Service",
    "creation_factories": f"{_OSLC}CreationFactory",
    "query_capabilities": f"{_OSLC}QueryCapability",
    "dialogs": f"{_OSLC}Dialog",
}
# A vocabulary defines these; a description of a service offers those above. What has neither holds resources.
_VOCABULARY = (f"{RDFS}Class", f"{RDF}Property", f"{OWL}Ontology")
_DESCRIBED = (f"{_TERMS}description", f"{RDFS}comment", f"{_OSLC}label")


class OslcProbe(Probe):
    """OSLC shapes, vocabularies, service providers and catalogues: what they define, and whether the shapes are sound.

    What only holds resources of a domain is a file and no schema.
    """

    id = "api.oslc"
    version = 3
    examines = formats("oslc-turtle", "oslc-rdf", "oslc-jsonld")
    states = ("exchange.schema", "exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations = (
        "Turtle, RDF/XML and JSON-LD are read; a JSON-LD context that is neither in the document nor beside it is not "
        "fetched, and what it would name is not looked at",
        "shapes are checked for what OSLC Core demands of each property; vocabularies have no such rules; of RDF, "
        "1.1 is read and not 1.2",
        "references to other documents are not followed",
    )
    references = (
        "https://docs.oasis-open-projects.org/oslc-op/core/v3.0/os/resource-shape.html",
        "https://docs.oasis-open-projects.org/oslc-op/core/v3.0/os/discovery.html",
        "https://www.w3.org/TR/turtle/",
    )
    remediation = "Give each property of a shape a name, a definition, a cardinality and a description."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        recognised = artifact.recognition
        if recognised is not None and recognised.named_as is not None:
            attributes = {"named_as": recognised.named_as, "recognised_as": recognised.format}
            yield Finding("format.conflict", attributes, evidence=(artifact.at(artifact.name),))
        try:
            document = read_document(artifact, context, _CARRIERS[artifact.format or "oslc-turtle"])
        except Unreadable as error:
            context.unreadable(artifact, error)
            yield _unread(artifact, error)
            return
        yield _Reading(artifact, document, context).finding()


def _unread(artifact: Artifact, error: Unreadable) -> Finding:
    line = error.reason.params.get("line")
    problem = Problem(code=error.reason.code, params=error.reason.params, line=line)
    attributes = {
        "standard": "oslc",
        "language": "rdf",
        "valid": None if isinstance(error, LimitHit) else False,
        "problems": [problem.row()],
        "problems_total": 1,
    }
    return Finding("exchange.schema", attributes, evidence=(artifact.at(line=line) if line else artifact.at(),))


class _Reading:
    """What one document says."""

    def __init__(self, artifact: Artifact, document: RdfDocument, context: Context) -> None:
        self.artifact, self.context = artifact, context
        self.document, self.graph = document, document.graph
        self.rules: list[Mapping[str, Any]] = context.data("rdf-shapes")["oslc"]["property"]

    def finding(self) -> Finding:
        counts = {name: len(self._instances(kind)) for name, kind in _COUNTED.items()}
        terms = [subject for kind in _VOCABULARY[:2] for subject in self._instances(kind)]
        properties = self._properties()
        is_schema = any(counts.values()) or bool(terms) or bool(self._instances(_VOCABULARY[2])) or bool(properties)
        self.context.checkpoint()
        problems = list(self._problems(properties))
        missing = [Problem(code="rdf.context_absent", params={"location": one[:200]}) for one in self.document.absent]
        if self.document.left_out:
            missing.append(Problem(code="rdf.left_out", params={"keywords": list(self.document.left_out)}))
        valid = False if problems else True if counts["shapes"] and not missing else None
        listed = [*problems, *missing] or ([] if valid else [Problem(code="oslc.nothing_to_check")])
        recognised = self.artifact.recognition
        attributes: dict[str, Any] = {
            "standard": "oslc",
            "version": recognised.version if recognised is not None else None,
            "format": self.artifact.format,
            "title": self._title(),
            "triples": self.graph.size,
            "valid": valid,
            "problems": [problem.row() for problem in listed[:_LISTED]],
            "problems_total": len(listed),
        }
        if is_schema:
            attributes |= {
                "language": "rdf",
                **{name: count or None for name, count in counts.items()},
                "terms": len(terms) or None,
                "documented_terms": self._documented(terms) if terms else None,
                "properties": len(properties),
                "documented_properties": self._documented(properties),
            }
        return Finding(
            "exchange.schema" if is_schema else "exchange.file",
            attributes,
            strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
            evidence=tuple(self._evidence(problems)),
        )

    def _instances(self, kind: str) -> list[str]:
        return self.graph.instances(kind)

    def _values(self, subject: str, predicate: str) -> list[Triple]:
        return self.graph.values(subject, predicate)

    def _properties(self) -> list[str]:
        """Properties of shapes: declared as such, or what a shape refers to and the document describes."""
        named = dict.fromkeys(self._instances(f"{_OSLC}Property"))
        for shape in self._instances(_COUNTED["shapes"]):
            for triple in self._values(shape, f"{_OSLC}property"):
                if isinstance(triple.object, str) and self.graph.says_of(triple.object):
                    named.setdefault(triple.object)
        return list(named)

    def _documented(self, subjects: list[str]) -> int:
        return sum(is_documented(self._text(subject), _local(subject), self._name(subject)) for subject in subjects)

    def _text(self, subject: str) -> str:
        return "\n".join(
            triple.object.text
            for predicate in _DESCRIBED
            for triple in self._values(subject, predicate)
            if isinstance(triple.object, Literal)
        )

    def _name(self, subject: str) -> str:
        return next(
            (
                triple.object.text
                for triple in self._values(subject, f"{_OSLC}name")
                if isinstance(triple.object, Literal)
            ),
            "",
        )

    def _title(self) -> str | None:
        for kind in (*list(_COUNTED.values())[1:3], _VOCABULARY[2], _COUNTED["shapes"]):
            for subject in self._instances(kind):
                for triple in self._values(subject, f"{_TERMS}title"):
                    if isinstance(triple.object, Literal) and triple.object.text.strip():
                        return " ".join(triple.object.text.split())[:240]
        return None

    def _problems(self, properties: list[str]) -> Iterator[Problem]:
        """What OSLC Core 3.0 demands of shapes and their properties; the rules are data."""
        for subject in properties:
            line = self.graph.line(subject)
            for rule in self.rules:
                name = f"oslc:{rule['name']}"
                rows = self._values(subject, f"{_OSLC}{rule['name']}")
                if not rule.get("least", 0) <= len(rows) <= rule.get("most", len(rows)):
                    code = "oslc.property_missing" if rule.get("least") else "oslc.property_repeated"
                    params = {"subject": _short(subject), "name": name, "count": len(rows)}
                    yield Problem(code=code, params=params, line=line)
                for row in rows:
                    if not _fits(row.object, rule):
                        value = row.object if isinstance(row.object, str) else row.object.text
                        params = {"subject": _short(subject), "name": name, "value": value[:200]}
                        yield Problem(code="oslc.value_unknown", params=params, line=row.line)
        for shape in self._instances(_COUNTED["shapes"]):
            for row in self._values(shape, f"{_OSLC}property"):
                # A name of the document itself; what lies elsewhere is not looked up.
                if (
                    isinstance(row.object, str)
                    and row.object.startswith(("#", "_:"))
                    and not self.graph.says_of(row.object)
                ):
                    params = {"subject": _short(shape), "name": _short(row.object)}
                    yield Problem(code="oslc.shape_property_missing", params=params, line=row.line)

    def _evidence(self, problems: list[Problem]) -> Iterator[Evidence]:
        yield self.artifact.at(self._title() or self.artifact.name, line=1)
        shown: Counter[str] = Counter()
        for name, kind in _COUNTED.items():
            for subject in self._instances(kind)[:3]:
                shown[name] += 1
                line = self.graph.line(subject)
                yield self.artifact.at(f"{name} {_short(subject)}", line=line)
        for problem in problems[:8]:
            yield self.artifact.at(line=problem.line)


def _local(name: str) -> str:
    return name.rpartition("#")[2].rpartition("/")[2]


def _short(name: str) -> str:
    return name if len(name) <= 200 else name[:199] + "…"


def _fits(value: "str | Literal", rule: Mapping[str, Any]) -> bool:
    """Is a value what the rule says, as far as it says something?"""
    if isinstance(value, str):
        among = rule.get("among")
        return rule.get("value") in (None, "iri", "node") and (
            among is None or value in {_OSLC + name for name in among}
        )
    match rule.get("value"):
        case None:
            return True
        case "string":
            return value.datatype == TEXT or bool(value.language)
        case "integer":
            return value.datatype == f"{XSD}integer" or value.text.strip().isdecimal()
        case "boolean":
            return value.text.strip() in ("true", "false", "0", "1")
        case _:
            return False
