"""What a WADL document is made of: its resources, the methods at them, and the schemas of its grammars."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cpo_probes.api.description import without_user
from cpo_scan.probe import Artifact, Context, Unreadable, patterns
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.xml_structure import XmlProblem, problem_at
from cpo_scan.probe.xsd import XSD
from cpo_scan.probe.xsd_set import SchemaSet

MOST_OPERATIONS = 50_000  # and resources, of one document: resource types can be taken over any number of times
_OUTSIDE = patterns.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|/)", text=True)


class Method(NamedTuple):
    """A method at a resource."""

    path: str
    name: str  # of the HTTP method
    element: Any  # where it is defined
    resource: Any
    holders: tuple[Any, ...]
    """The resources on the way to it and their types, outermost first: their parameters are those of the method too."""


class Resources:
    """A WADL document, read along its resources. What it could not follow is kept."""

    def __init__(self, artifact: Artifact, root: Any, context: Context) -> None:
        self._artifact, self._context = artifact, context
        self.root = root
        namespace = root.tag[1:].rpartition("}")[0]
        self.space = f"{{{namespace}}}"
        self.ids = {
            element.get("id"): element for element in root.iter(f"{self.space}*") if element.get("id") is not None
        }
        self.external: set[str] = set()
        """References to other documents."""
        self.whole = True
        """Were there no more methods than are read?"""

    def methods(self, wrong: Callable[[Problem], None] = lambda _: None) -> Iterator[Method]:
        """Methods in the order of the document, at each resource those of its types after its own.

        `wrong` gets references that lead nowhere.
        """
        waiting: list[tuple[Any, str, tuple[Any, ...], tuple[Any, ...]]] = [
            (resource, "", (), ())
            for resources in self.root.iterchildren(f"{self.space}resources")
            for resource in resources.iterchildren(f"{self.space}resource")
        ]
        waiting.reverse()
        for _ in range(MOST_OPERATIONS):
            if not waiting:
                return
            self._context.checkpoint()
            resource, above, within, outer = waiting.pop()
            step = (resource.get("path") or "").strip("/")
            path = f"{above}/{step}" if step else above
            types = [
                self.target(resource, address, "resource_type", wrong)
                for address in (resource.get("type") or "").split()
            ]
            holders = [resource, *(found for found in types if found is not None and found not in within)]
            inner = (*outer, *holders)
            below = []
            for holder in holders:
                for method in holder.iterchildren(f"{self.space}method"):
                    address = (method.get("href") or "").strip()
                    meant = self.target(method, address, "method", wrong) if address else method
                    if meant is not None:
                        yield Method(path or "/", (meant.get("name") or "").upper(), meant, resource, inner)
                below += [
                    (child, path, (*within, *holders[1:]), inner)
                    for child in holder.iterchildren(f"{self.space}resource")
                ]
            waiting += reversed(below)
        self.whole = False

    def target(self, element: Any, address: str, kind: str, wrong: Callable[[Problem], None] = lambda _: None) -> Any:
        """What a reference inside of the document leads to; None where it leads out of it or (wrong) nowhere."""
        file, _, name = address.partition("#")
        if file:
            self.external.add(address)
            return None
        target = self.ids.get(name)
        if target is None or target.tag != self.space + kind:
            wrong(problem_at(element, "wadl.reference_missing", name=address[:200], kind=kind))
            return None
        return target

    def meant(self, element: Any) -> Any:
        """A parameter or representation, or what it refers to; None where that can't be had."""
        address = (element.get("href") or "").strip()
        return self.target(element, address, element.tag.removeprefix(self.space)) if address else element

    def grammars(self) -> tuple[SchemaSet, list[XmlProblem]]:
        """The XML Schemas inside of the document and beside it, and which grammars are not at hand."""
        artifacts = {self._artifact.path: self._artifact}
        missing: list[XmlProblem] = []

        def load(path: str, location: str) -> "tuple[str, Any] | str":
            plain = location.partition("#")[0].partition("?")[0]
            if _OUTSIDE.match(plain):
                return "external"
            found = self._context.related(artifacts[path], plain) if plain else None
            if found is None:
                return "missing"
            try:
                root = self._context.xml(found).getroot()
            except Unreadable as error:
                return error.reason.code
            artifacts[found.path] = found
            return found.path, root

        schemas = SchemaSet(self._artifact.path, load)
        for grammars in self.root.iterchildren(f"{self.space}grammars"):
            for schema in grammars.iterchildren(f"{{{XSD}}}schema"):
                schemas.add(schema, self._artifact.path)
            for include in grammars.iterchildren(f"{self.space}include"):
                address = (include.get("href") or "").strip()
                found = load(self._artifact.path, address)
                if isinstance(found, str):
                    missing.append(XmlProblem(code="wadl.grammar_absent", params={"location": without_user(address)}))
                elif found[1].tag == f"{{{XSD}}}schema":
                    schemas.add(found[1], found[0], embedded=False)
                else:  # RELAX NG, or another language
                    missing.append(XmlProblem(code="wadl.grammar_other", params={"location": without_user(address)}))
        return schemas, missing
