"""The probe for WADL descriptions: resources and their methods, and whether the document holds together."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from cpo_probes.api.description import (
    GAPS,
    LISTED,
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    offered_by,
    text_of,
    unread,
    without_user,
)
from cpo_probes.api.wsdl_surface import operation_of, place_of
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats, patterns
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.wording import is_documented
from cpo_scan.probe.xml_structure import Vocabulary, XmlProblem, entities_of, expanded, problem_at, text_in
from cpo_scan.probe.xsd import XSD
from cpo_scan.probe.xsd_set import SchemaSet

_FAMILY = "wadl"
_COUNTED = 1_000  # problems beyond these are not looked for
_OPERATIONS = 50_000  # and resources, of one document: resource types can be taken over any number of times
_OUTSIDE = patterns.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|/)", text=True)


class _Method(NamedTuple):
    """A method at a resource."""

    path: str
    name: str  # of the HTTP method
    element: Any  # where it is defined
    resource: Any


class WadlProbe(Probe):
    """What the shipped WADL documents describe.

    Methods at resources, those of resource types and those that are referred to included; how far they are described;
    and whether the document is valid: its structure, its references, and the schemas of its grammars.
    """

    id = "api.wadl"
    version = 1
    examines = formats("wadl")
    states = ("api.description",)
    limitations = (
        "references to other documents are recorded and not followed; where there is one, validity is null",
        "grammars other than XML Schema are recorded and not read",
    )
    references = ("https://www.w3.org/submissions/2009/SUBM-wadl-20090831/",)
    remediation = "Give every method a doc element that says more than its name and path."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            tree = context.xml(artifact)
        except Unreadable as error:
            context.unreadable(artifact, error)
            if artifact.recognition is None or not artifact.recognition.by_name:
                yield unread(artifact, error, _FAMILY)
            return
        vocabulary = context.data("xml-vocabularies")["vocabularies"]["wadl"]
        namespace, _, local = tree.getroot().tag[1:].rpartition("}")
        if local == "application" and namespace in vocabulary["namespaces"]["w"]:
            yield _Examination(artifact, tree, context, namespace).finding(Vocabulary(vocabulary))


class _Examination:
    """One description on its way to a finding."""

    def __init__(self, artifact: Artifact, tree: Any, context: Context, namespace: str) -> None:
        self.artifact, self.context = artifact, context
        self.root = tree.getroot()
        self.space = f"{{{namespace}}}"
        self.version = "/".join(namespace.rstrip("/").split("/")[-2:])
        self.verdict = Verdict()
        self.external: set[str] = set()
        self.ids = {
            element.get("id"): element for element in self.root.iter(f"{self.space}*") if element.get("id") is not None
        }
        if entities := entities_of(tree):
            self.verdict.lacks("wadl.entities", count=entities)
            context.partly(artifact, "wadl.entities", count=entities)

    def finding(self, vocabulary: Vocabulary) -> Finding:
        self.verdict.keep(islice(vocabulary.problems(self.root), _COUNTED))
        self.verdict.keep(islice(self._identities(), _COUNTED))
        methods = list(islice(self._methods(), _OPERATIONS))
        self._grammars()
        for address in sorted(self.external):
            self.verdict.lacks("wadl.reference_external", location=without_user(address))
        found = [self._operation(method) for method in methods]
        counts, gaps = counted(found)
        title = next(
            (text_of(doc.get("title")) for doc in self.root.iterchildren(f"{self.space}doc") if doc.get("title")), None
        )
        offered, reason = offered_by((title, self._said(self.root)))
        attributes = {
            "family": _FAMILY,
            "version": self.version,
            "title": title,
            "servers": sorted(
                {
                    without_user(resources.get("base").strip())
                    for resources in self.root.iterchildren(f"{self.space}resources")
                    if resources.get("base")
                }
            )[:LISTED],
            **counts,
            **self._parameters(),
            "operations_with_error": sum(self._fails(method.element) for method in methods),
            "external_references": sorted(map(without_user, self.external))[:LISTED] or None,
            **self.verdict.attributes(),
        }
        return Finding(
            "api.description",
            attributes,
            strength=self.verdict.strength,
            evidence=(*self._evidence(), *evidence_of_gaps(self.artifact, gaps)),
            offered=offered,
            offered_reason=reason,
        )

    # -- methods

    def _methods(self) -> Iterator[_Method]:
        """Methods in the order of the document, at each resource those of its types after its own."""
        waiting: list[tuple[Any, str, tuple[Any, ...]]] = [
            (resource, "", ())
            for resources in self.root.iterchildren(f"{self.space}resources")
            for resource in resources.iterchildren(f"{self.space}resource")
        ]
        waiting.reverse()
        for _ in range(_OPERATIONS):
            if not waiting:
                return
            self.context.checkpoint()
            resource, above, within = waiting.pop()
            step = (resource.get("path") or "").strip("/")
            path = f"{above}/{step}" if step else above
            holders = [resource, *(found for found in self._types(resource) if found not in within)]
            below = []
            for holder in holders:
                for method in holder.iterchildren(f"{self.space}method"):
                    meant = self._meant(method)
                    if meant is not None:
                        yield _Method(path or "/", (meant.get("name") or "").upper(), meant, resource)
                below += [
                    (child, path, (*within, *holders[1:])) for child in holder.iterchildren(f"{self.space}resource")
                ]
            waiting += reversed(below)
        self.verdict.lacks("wadl.too_many", limit=_OPERATIONS)
        self.context.partly(self.artifact, "wadl.too_many", limit=_OPERATIONS)

    def _types(self, resource: Any) -> list[Any]:
        found = [self._target(resource, address, "resource_type") for address in (resource.get("type") or "").split()]
        return [element for element in found if element is not None]

    def _meant(self, method: Any) -> Any:
        address = (method.get("href") or "").strip()
        return self._target(method, address, "method") if address else method

    def _target(self, element: Any, address: str, kind: str) -> Any:
        """What a reference inside of the document leads to; None, and a problem, where that is nothing."""
        file, _, name = address.partition("#")
        if file:
            self.external.add(address)
            return None
        target = self.ids.get(name)
        if target is None or target.tag != self.space + kind:
            if self.verdict.total < _COUNTED:
                self._wrong(problem_at(element, "wadl.reference_missing", name=address[:200], kind=kind))
            return None
        return target

    def _wrong(self, problem: Problem) -> None:
        if problem not in self.verdict.problems:
            self.verdict.keep([problem])

    def _operation(self, method: _Method) -> Operation:
        own = (method.path, method.name, method.element.get("id") or "")
        return operation_of(method.element, f"{method.name} {method.path}", self._said(method.element), own)

    def _said(self, element: Any) -> str:
        return "\n".join(
            f"{doc.get('title') or ''}\n{text_in(doc)}" for doc in element.iterchildren(f"{self.space}doc")
        )

    def _fails(self, method: Any) -> bool:
        if next(method.iter(f"{self.space}fault"), None) is not None:
            return True
        return any(
            status[:1] in ("4", "5")
            for response in method.iterchildren(f"{self.space}response")
            for status in (response.get("status") or "").split()
        )

    def _parameters(self) -> dict[str, Any]:
        parameters = [element for element in self.root.iter(f"{self.space}param") if not element.get("href")]
        return {
            "parameters": len(parameters),
            "documented_parameters": sum(
                is_documented(self._said(element), element.get("name") or "") for element in parameters
            ),
            "resources": sum(1 for _ in self.root.iter(f"{self.space}resource")),
        }

    # -- whether it holds together

    def _identities(self) -> Iterator[Problem]:
        seen: Counter[str] = Counter()
        for element in self.root.iter(f"{self.space}*"):
            name = element.get("id")
            if name is not None:
                seen[name] += 1
                if seen[name] == 2:
                    yield problem_at(element, "wadl.id_twice", name=name[:200])
            local = element.tag.removeprefix(self.space)
            # WADL §2.8, §2.12: what does not refer to a definition is one, and needs a name.
            if local in ("method", "param") and not element.get("href") and not element.get("name"):
                yield problem_at(element, "wadl.name_missing", kind=local)
            if local in ("param", "representation") and element.get("href"):
                self._target(element, element.get("href").strip(), local)

    def _grammars(self) -> None:
        """The XML Schemas inside of the document and beside it, and the elements and types that it names."""
        artifacts = {self.artifact.path: self.artifact}

        def load(path: str, location: str) -> "tuple[str, Any] | str":
            plain = location.partition("#")[0].partition("?")[0]
            if _OUTSIDE.match(plain):
                return "external"
            found = self.context.related(artifacts[path], plain) if plain else None
            if found is None:
                return "missing"
            try:
                root = self.context.xml(found).getroot()
            except Unreadable as error:
                return error.reason.code
            artifacts[found.path] = found
            return found.path, root

        schemas = SchemaSet(self.artifact.path, load)
        whole = True
        for grammars in self.root.iterchildren(f"{self.space}grammars"):
            for schema in grammars.iterchildren(f"{{{XSD}}}schema"):
                schemas.add(schema, self.artifact.path)
            for include in grammars.iterchildren(f"{self.space}include"):
                address = (include.get("href") or "").strip()
                found = load(self.artifact.path, address)
                if isinstance(found, str):
                    whole = False
                    self.verdict.lacks("wadl.grammar_absent", location=without_user(address))
                elif found[1].tag == f"{{{XSD}}}schema":
                    schemas.add(found[1], found[0], embedded=False)
                else:
                    whole = False  # RELAX NG, or another language
                    self.verdict.lacks("wadl.grammar_other", location=without_user(address))
        schemas.compile()
        self.verdict.keep(schemas.problems)
        self.verdict.missing += schemas.missing
        if whole and schemas.documents:
            self.verdict.keep(islice(self._components(schemas), _COUNTED))

    def _components(self, schemas: SchemaSet) -> Iterator[Problem]:
        for element in self.root.iter(f"{self.space}representation", f"{self.space}param"):
            attribute = "element" if element.tag == f"{self.space}representation" else "type"
            stated = (element.get(attribute) or "").strip()
            if not stated:
                continue
            name = expanded(element, stated)
            if name is None:
                yield problem_at(element, "wadl.prefix_undeclared", name=stated[:200])
            elif schemas.knows(f"{{{name[0]}}}{name[1]}", attribute) is False:
                yield problem_at(element, "wadl.component_missing", name=stated[:200])

    def _evidence(self) -> Iterator[Evidence]:
        yield self.artifact.at("application", **place_of(self.root))
        for element in islice(self.root.iter(f"{self.space}resource"), 3):
            yield self.artifact.at(f"resource {element.get('path') or ''}", **place_of(element))
        for problem in self.verdict.problems[:GAPS]:
            if isinstance(problem, XmlProblem) and not problem.file and problem.line is not None:
                yield self.artifact.at(**({"xpath": problem.xpath} if problem.xpath else {}), line=problem.line)
