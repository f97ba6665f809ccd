"""The probe for OSLC documents: resource shapes, vocabularies, service providers and their catalogues."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from cpo_probes.api.oslc_json_ld import read_json_ld
from cpo_probes.api.oslc_rdf import read_rdf
from cpo_probes.api.oslc_turtle import RDF, Literal, Triple, read_turtle
from cpo_scan.probe import Artifact, Context, Evidence, Finding, LimitHit, Probe, Strength, Unreadable, formats
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.wording import is_documented

_OSLC = "http://open-services.net/ns/core#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_TERMS = "http://purl.org/dc/terms/"
_LARGEST = 16 * 2**20  # octets of a Turtle document that is read
_LISTED = 100
# OSLC Core 3.0 part 6: the values of oslc:occurs (§6.1.2), and what a property must have exactly once.
_OCCURS = {f"{_OSLC}{name}" for name in ("Exactly-one", "One-or-many", "Zero-or-many", "Zero-or-one")}
_ONCE = ("name", "occurs", "propertyDefinition")
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
_VOCABULARY = (f"{_RDFS}Class", f"{RDF}Property", "http://www.w3.org/2002/07/owl#Ontology")
_DESCRIBED = (f"{_TERMS}description", f"{_RDFS}comment", f"{_OSLC}label")


class OslcProbe(Probe):
    """OSLC shapes, vocabularies, service providers and catalogues: what they define, and whether the shapes are sound.

    What only holds resources of a domain is a file and no schema.
    """

    id = "api.oslc"
    version = 2
    examines = formats("oslc-turtle", "oslc-rdf", "oslc-jsonld")
    states = ("exchange.schema", "exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations = (
        "Turtle, RDF/XML and JSON-LD are read; a JSON-LD context that is neither in the document nor beside it is not "
        "fetched, and what it would name is not looked at",
        "shapes are checked for what OSLC Core demands of each property; vocabularies have no such rules",
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
            absent: list[str] = []
            if artifact.format == "oslc-rdf":
                triples = list(read_rdf(context.xml(artifact).getroot()))
            elif artifact.format == "oslc-jsonld":
                triples, absent = read_json_ld(artifact, context)
            else:
                triples = list(read_turtle(context.text(artifact, _LARGEST)))
        except Unreadable as error:
            context.unreadable(artifact, error)
            yield _unread(artifact, error)
            return
        yield _Graph(artifact, triples, context, absent).finding()


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


class _Graph:
    """The triples of one document by subject."""

    def __init__(self, artifact: Artifact, triples: list[Triple], context: Context, absent: list[str]) -> None:
        self.artifact, self.context, self.absent = artifact, context, absent
        self.of: defaultdict[str, defaultdict[str, list[Triple]]] = defaultdict(lambda: defaultdict(list))
        self.types: defaultdict[str, list[str]] = defaultdict(list)
        for triple in triples:
            self.of[triple.subject][triple.predicate].append(triple)
            if triple.predicate == f"{RDF}type" and isinstance(triple.object, str):
                self.types[triple.object].append(triple.subject)
        self.triples = len(triples)

    def finding(self) -> Finding:
        counts = {name: len(self._instances(kind)) for name, kind in _COUNTED.items()}
        terms = [subject for kind in _VOCABULARY[:2] for subject in self._instances(kind)]
        properties = self._properties()
        is_schema = any(counts.values()) or bool(terms) or bool(self._instances(_VOCABULARY[2])) or bool(properties)
        self.context.checkpoint()
        problems = list(self._problems(properties))
        missing = [Problem(code="oslc.context_absent", params={"location": address[:200]}) for address in self.absent]
        valid = False if problems else True if counts["shapes"] and not missing else None
        listed = [*problems, *missing] or ([] if valid else [Problem(code="oslc.nothing_to_check")])
        recognised = self.artifact.recognition
        attributes: dict[str, Any] = {
            "standard": "oslc",
            "version": recognised.version if recognised is not None else None,
            "format": self.artifact.format,
            "title": self._title(),
            "triples": self.triples,
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
        return self.types.get(kind, [])

    def _values(self, subject: str, predicate: str) -> list[Triple]:
        known = self.of.get(subject)
        return known.get(predicate, []) if known is not None else []

    def _properties(self) -> list[str]:
        """Properties of shapes: declared as such, or what a shape refers to and the document describes."""
        named = dict.fromkeys(self._instances(f"{_OSLC}Property"))
        for shape in self._instances(_COUNTED["shapes"]):
            for triple in self._values(shape, f"{_OSLC}property"):
                if isinstance(triple.object, str) and triple.object in self.of:
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
        """What OSLC Core 3.0 part 6 demands of shapes and their properties."""
        for subject in properties:
            found = {name: self._values(subject, f"{_OSLC}{name}") for name in _ONCE}
            line = next((triple.line for rows in self.of[subject].values() for triple in rows), None)
            for name, rows in found.items():
                different = {row.object for row in rows}
                if len(different) != 1:
                    params = {"subject": _short(subject), "name": f"oslc:{name}", "count": len(different)}
                    yield Problem(code="oslc.property_missing", params=params, line=line)
            for row in found["occurs"]:
                if row.object not in _OCCURS:
                    value = row.object if isinstance(row.object, str) else row.object.text
                    params = {"subject": _short(subject), "name": "oslc:occurs", "value": value[:200]}
                    yield Problem(code="oslc.value_unknown", params=params, line=row.line)
        for shape in self._instances(_COUNTED["shapes"]):
            for row in self._values(shape, f"{_OSLC}property"):
                # A name of the document itself; what lies elsewhere is not looked up.
                if isinstance(row.object, str) and row.object.startswith(("#", "_:")) and row.object not in self.of:
                    params = {"subject": _short(shape), "name": _short(row.object)}
                    yield Problem(code="oslc.shape_property_missing", params=params, line=row.line)

    def _evidence(self, problems: list[Problem]) -> Iterator[Evidence]:
        yield self.artifact.at(self._title() or self.artifact.name, line=1)
        shown: Counter[str] = Counter()
        for name, kind in _COUNTED.items():
            for subject in self._instances(kind)[:3]:
                shown[name] += 1
                line = next((row.line for rows in self.of[subject].values() for row in rows), None)
                yield self.artifact.at(f"{name} {_short(subject)}", line=line)
        for problem in problems[:8]:
            yield self.artifact.at(line=problem.line)


def _local(name: str) -> str:
    return name.rpartition("#")[2].rpartition("/")[2]


def _short(name: str) -> str:
    return name if len(name) <= 200 else name[:199] + "…"
