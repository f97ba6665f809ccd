"""A WSDL description with what it imports from the product: other descriptions and schemas. Nothing is fetched."""

from typing import Any, NamedTuple
from urllib.parse import unquote

from cpo_probes.api.description import without_user
from cpo_scan.probe import Artifact, Context, Severity, Unreadable, patterns
from cpo_scan.probe.xml_structure import XmlProblem, entities_of, problem_at
from cpo_scan.probe.xsd import XSD
from cpo_scan.probe.xsd_set import DRAFTS, SchemaSet

WSDL_1 = "http://schemas.xmlsoap.org/wsdl/"
WSDL_2 = ("http://www.w3.org/ns/wsdl", "http://www.w3.org/2006/01/wsdl")
_DOCUMENTS = 200  # descriptions that are followed
_OCTETS = 64 * 2**20  # of all files that one description brings in
_SCHEME = patterns.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:|/)", text=True)


class Description(NamedTuple):
    """One WSDL document."""

    artifact: Artifact
    root: Any
    namespace: str


class Documents:
    """The description that is examined (the first) and all that it brings in."""

    def __init__(self, artifact: Artifact, tree: Any, context: Context) -> None:
        self._context = context
        self._artifacts: dict[str, Artifact] = {artifact.path: artifact}
        self._trees: dict[str, Any] = {artifact.path: tree}
        self._octets = 0
        self.schemas = SchemaSet(artifact.path, self._schema)
        self.descriptions: list[Description] = []
        self.missing: list[XmlProblem] = []
        self.external: set[str] = set()
        self.absent: set[str] = set()
        """Namespaces of imports that are not at hand."""
        if entities := entities_of(tree):
            self.missing.append(XmlProblem(code="wsdl.entities", params={"count": entities}))
            context.partly(artifact, "wsdl.entities", count=entities)
        elif tree.docinfo.internalDTD is not None:
            context.partly(artifact, "wsdl.doctype", severity=Severity.BOUNDED)
        self._add(artifact, tree.getroot())

    @property
    def main(self) -> Description:
        """The description that is examined."""
        return self.descriptions[0]

    @property
    def files(self) -> list[str]:
        """Paths of the other files that were read."""
        return sorted({*self._trees} - {self.main.artifact.path})

    def _add(self, artifact: Artifact, root: Any) -> None:
        waiting = [(artifact, root)]
        while waiting:
            artifact, root = waiting.pop(0)
            if any(known.root is root for known in self.descriptions):
                continue
            if len(self.descriptions) >= _DOCUMENTS:
                self.missing.append(XmlProblem(code="wsdl.too_many", params={"limit": _DOCUMENTS}))
                return
            self.descriptions.append(Description(artifact, root, root.get("targetNamespace") or ""))
            space = root.tag.rpartition("}")[0] + "}"
            for types in root.iterchildren(f"{space}types"):
                for schema in types.iterchildren(f"{{{XSD}}}schema"):
                    self.schemas.add(schema, artifact.path)
                for schema in types.iterchildren(*(f"{{{draft}}}schema" for draft in DRAFTS)):
                    self.missing.append(problem_at(schema, "wsdl.draft_schema", self._file(artifact)))
            for reference in root.iterchildren(f"{space}import", f"{space}include"):
                found = self._import(artifact, reference)
                if found is not None:
                    waiting.append(found)

    def _import(self, artifact: Artifact, reference: Any) -> tuple[Artifact, Any] | None:
        location = (reference.get("location") or "").strip()
        if not location:
            return None  # the grammar says whether it may be absent
        found = self._read(artifact, location)
        if isinstance(found, str):
            if found == "external":
                self.external.add(location)
            code = {"external": "wsdl.import_external", "missing": "wsdl.import_missing"}.get(
                found, "wsdl.import_unreadable"
            )
            if namespace := reference.get("namespace"):
                self.absent.add(namespace)
            params = {"location": without_user(location)[:200]} | (
                {"error": found} if code == "wsdl.import_unreadable" else {}
            )
            self.missing.append(problem_at(reference, code, self._file(artifact), **params))
            return None
        path, root = found
        if root.tag == f"{{{XSD}}}schema":  # as in the example of WSDL 1.1 §2.1.1
            self.schemas.add(root, path, embedded=False)
            return None
        return (self._artifacts[path], root) if root.tag == self.main.root.tag else None

    def _file(self, artifact: Artifact) -> str:
        return "" if artifact is self.main.artifact else artifact.path

    def _schema(self, path: str, location: str) -> "tuple[str, Any] | str":
        return self._read(self._artifacts[path], location)

    def _read(self, artifact: Artifact, location: str) -> "tuple[str, Any] | str":
        """Path and root element of the document at a location; else `external`, `missing`, or the code of an error."""
        location = location.replace("\\", "/").partition("#")[0]
        if _SCHEME.match(location):
            return "external"
        found = None
        for path in dict.fromkeys((location, unquote(location), location.partition("?")[0])):
            if path and (found := self._context.related(artifact, path)) is not None:
                break
        if found is None:
            return "missing"
        if found.path not in self._trees:
            self._octets += found.size
            if self._octets > _OCTETS:
                return "limit.document_bytes"
            try:
                self._trees[found.path] = self._context.xml(found)
            except Unreadable as error:
                return error.reason.code
            self._artifacts[found.path] = found
        return found.path, self._trees[found.path].getroot()
