"""The probe for WADL descriptions: resources and their methods, and whether the document holds together."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.description import (
    GAPS,
    LISTED,
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    offered_by,
    refused,
    text_of,
    without_user,
)
from cpo_probes.api.standard_apis import standardised
from cpo_probes.api.wadl.resources import MOST_OPERATIONS, Method, Resources
from cpo_probes.api.wsdl.surface import operation_of, place_of
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.wording import is_documented
from cpo_scan.probe.xml_structure import Vocabulary, XmlProblem, entities_of, expanded, problem_at, text_in
from cpo_scan.probe.xsd_set import SchemaSet

_FAMILY = "wadl"
_COUNTED = 1_000  # problems beyond these are not looked for
# Drafts whose schema is not at hand: read like the one of 2006-11-09, and their structure is not checked.
_DRAFTS = frozenset({"http://research.sun.com/wadl/2006/07", "http://wadl.dev.java.net/2006/10"})


class WadlProbe(Probe):
    """What the shipped WADL documents describe.

    Methods at resources, those of resource types and those that are referred to included; how far they are described;
    and whether the document is valid: its structure, its references, and the schemas of its grammars.
    """

    id = "api.wadl"
    version = 3
    examines = formats("wadl")
    states = ("api.description",)
    limitations = (
        "references to other documents are recorded and not followed; where there is one, validity is null",
        "grammars other than XML Schema are recorded and not read",
        "of the drafts of 2006 only that of November is checked; where another is used, validity is null",
    )
    references = ("https://www.w3.org/submissions/2009/SUBM-wadl-20090831/",)
    remediation = "Give every method a doc element that says more than its name and path."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            tree = context.xml(artifact)
        except Unreadable as error:
            yield from refused(artifact, context, error, _FAMILY)
            return
        data = context.data("xml-vocabularies")
        namespace, _, local = tree.getroot().tag[1:].rpartition("}")
        if local != "application":
            return
        for name in ("wadl", "wadl-2006"):
            if namespace in data["vocabularies"][name]["namespaces"]["w"]:
                yield _Examination(artifact, tree, context, namespace).finding(Vocabulary.named(data, name))
        if namespace in _DRAFTS:
            yield _Examination(artifact, tree, context, namespace).finding(None)


class _Examination:
    """One description on its way to a finding."""

    def __init__(self, artifact: Artifact, tree: Any, context: Context, namespace: str) -> None:
        self.artifact, self.context = artifact, context
        self.root = tree.getroot()
        self.resources = Resources(artifact, self.root, context)
        self.space = self.resources.space
        self.version = "/".join(namespace.rstrip("/").split("/")[-2:])
        self.verdict = Verdict()
        if entities := entities_of(tree):
            self.verdict.lacks("wadl.entities", count=entities)
            context.partly(artifact, "wadl.entities", count=entities)

    def finding(self, vocabulary: Vocabulary | None) -> Finding:
        if vocabulary is not None:
            self.verdict.keep(islice(vocabulary.problems(self.root), _COUNTED))
        else:
            self.verdict.lacks("wadl.draft", version=self.version)
        self.verdict.keep(islice(self._identities(), _COUNTED))
        methods = list(islice(self.resources.methods(self._wrong), MOST_OPERATIONS))
        if not self.resources.whole:
            self.verdict.lacks("wadl.too_many", limit=MOST_OPERATIONS)
            self.context.partly(self.artifact, "wadl.too_many", limit=MOST_OPERATIONS)
        self._grammars()
        for address in sorted(self.resources.external):
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
            "external_references": sorted(map(without_user, self.resources.external))[:LISTED] or None,
            **standardised(
                self.context.data("standard-apis"),
                ((method.name, "/" + method.path.strip("/")) for method in methods),
                (param.get("name") or "" for param in self.root.iter(f"{self.space}param")),
                title,
            ),
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

    def _wrong(self, problem: Problem) -> None:
        if self.verdict.total < _COUNTED and problem not in self.verdict.problems:
            self.verdict.keep([problem])

    def _operation(self, method: Method) -> Operation:
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
                self.resources.target(element, element.get("href").strip(), local, self._wrong)

    def _grammars(self) -> None:
        """The schemas of the grammars, and the elements and types that the document names."""
        schemas, missing = self.resources.grammars()
        self.verdict.missing += missing
        schemas.compile()
        self.verdict.keep(schemas.problems)
        self.verdict.missing += schemas.missing
        if not missing and schemas.documents:
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
