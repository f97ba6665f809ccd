"""XML Schemas that belong together, whoever holds them: those inside a WSDL file and those that they import.

What is embedded has no address of its own, and libxml2 takes one document a namespace. So each document gets an address
here, each namespace one that includes all of its documents, and imports are led there. Nothing is fetched: what is not
at hand is told, and only where something refers to it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cpo_scan.probe.xml import resolver
from cpo_scan.probe.xml_structure import XmlProblem, problem_at
from cpo_scan.probe.xsd import XSD, obstacle
from cpo_scan.probe.xsd_known import KNOWN, KNOWN_TYPES, SIMPLE

_TAG = f"{{{XSD}}}"
_BASE = "cpo:///"
_FILES = 500
_OCTETS = 32 * 2**20  # of all documents that are compiled together
_LISTED = 100
_QNAMES = ("type", "ref", "base", "itemType", "substitutionGroup", "refer")
DRAFTS = ("http://www.w3.org/1999/XMLSchema", "http://www.w3.org/2000/10/XMLSchema")
"""Namespaces of XML Schema before it was a recommendation; schemas in these are not read."""
_BUILT_IN = SIMPLE | {"anyType", "anySimpleType"}
_XML = "http://www.w3.org/XML/1998/namespace"
# Global components that a WSDL part or a reference may name (XML Schema 1.0 part 1 §2.2).
_ELEMENTS, _TYPES = (f"{_TAG}element",), (f"{_TAG}complexType", f"{_TAG}simpleType")

Load = Callable[[str, str], "tuple[str, Any] | str"]
"""From the path of a document and a location in it: path and root element of the schema there, or why there is none:
`external`, `missing`, or the code of what kept it from being read."""


class SchemaDocument(msgspec.Struct, frozen=True):
    """One schema: its root element, the namespace that it counts for, and where it lies."""

    root: Any
    namespace: str
    path: str
    embedded: bool


class SchemaSet:
    """Collects schemas with all that they import, knows their global names, and compiles them."""

    def __init__(self, home: str, load: Load) -> None:
        """`home` is the path of the examined document: problems elsewhere name their file."""
        self._home, self._load = home, load
        self.namespaces: set[str] = set()
        self.documents: list[SchemaDocument] = []
        self.elements: set[str] = set()
        """Names of the global elements, `{namespace}local`."""
        self.types: set[str] = set()
        self.problems: list[XmlProblem] = []
        """What is wrong."""
        self.missing: list[XmlProblem] = []
        """What is referred to and not at hand."""
        self.external: set[str] = set()
        self._absent: dict[str, tuple[str, Any, SchemaDocument]] = {}  # by namespace, the first import of it
        self._waiting: list[int] = []  # numbers of documents whose references are still to be followed
        self._numbers: dict[tuple[str | int, str], int] = {}
        self._includes: dict[tuple[int, str], int] = {}
        self._roots: set[int] = set()  # numbers of those that are embedded or imported

    def add(self, root: Any, path: str, *, embedded: bool = True) -> None:
        """A `schema` element of an lxml tree and all that it imports. Each only once."""
        number = self._add(root, root.get("targetNamespace") or "", path, embedded)
        if number is not None:
            self._roots.add(number)
        while self._waiting:
            number = self._waiting.pop()
            document = self.documents[number]
            for reference in document.root.iterchildren(f"{_TAG}import", f"{_TAG}include", f"{_TAG}redefine"):
                self._follow(reference, document, number)

    def knows(self, name: str, kind: str) -> bool | None:
        """Is there a global `element` or `type` of this name; None where its namespace is imported and not at hand."""
        if name in (self.elements if kind == "element" else self.types):
            return True
        namespace = name[1:].rpartition("}")[0]
        if namespace == XSD:
            return kind == "type" and name.rpartition("}")[2] in _BUILT_IN
        if name in KNOWN_TYPES and namespace not in self.namespaces:
            return kind == "type"
        if namespace in DRAFTS:
            return None
        return None if namespace in self._absent and namespace not in self.namespaces else False

    # -- collecting

    def _add(self, root: Any, namespace: str, path: str, embedded: bool) -> int | None:
        """The number of the document, None where there are too many."""
        key = (path if not embedded else id(root), namespace)
        if key in self._numbers:
            return self._numbers[key]
        if len(self.documents) >= _FILES:
            self._miss(root, "xsd.too_many", SchemaDocument(root, namespace, path, embedded), limit=_FILES)
            return None
        document = SchemaDocument(root, namespace, path, embedded)
        number = self._numbers[key] = len(self.documents)
        self.documents.append(document)
        self.namespaces.add(namespace)
        self._waiting.append(number)
        self._name(root, namespace)
        return number

    def _name(self, root: Any, namespace: str) -> None:
        for item in root.iterchildren(*_ELEMENTS, *_TYPES):
            if name := item.get("name"):
                (self.elements if item.tag in _ELEMENTS else self.types).add(f"{{{namespace}}}{name}")

    def _follow(self, reference: Any, document: SchemaDocument, number: int) -> None:
        location = (reference.get("schemaLocation") or "").strip()
        imports = reference.tag == f"{_TAG}import"
        wanted = (reference.get("namespace") or "") if imports else document.namespace
        found = self._load(document.path, location) if location else "missing"
        if isinstance(found, str):
            if location and found == "external":
                self.external.add(location)
            if imports:
                self._absent.setdefault(wanted, (found, reference, document))
            else:
                self._unloaded(found, reference, document)
            return
        path, root = found
        if root.tag != f"{_TAG}schema":
            self._wrong(reference, document, "xsd.no_schema", location=location)
            return
        target = root.get("targetNamespace") or ""
        if target != wanted and (imports or target):
            self._wrong(reference, document, "xsd.other_namespace", location=location, namespace=target)
            return
        added = self._add(root, wanted, path, embedded=False)
        if added is not None and imports:
            self._roots.add(added)
        elif added is not None:
            self._includes[number, location] = added

    def _file(self, document: SchemaDocument) -> str:
        return "" if document.path == self._home else document.path

    def _wrong(self, element: Any, document: SchemaDocument, code: str, **params: Any) -> None:
        if len(self.problems) < _LISTED:
            self.problems.append(problem_at(element, code, self._file(document), **_short(params)))

    def _unloaded(self, why: str, reference: Any, document: SchemaDocument) -> None:
        """Say that what a reference leads to was not loaded."""
        location = (reference.get("schemaLocation") or reference.get("namespace") or "").strip()
        if why in ("external", "missing"):
            self._miss(reference, f"xsd.{why}", document, location=location)
        else:
            self._miss(reference, "xsd.unreadable", document, location=location, error=why)

    def _miss(self, element: Any, code: str, document: SchemaDocument, **params: Any) -> None:
        problem = XmlProblem(code=code, params=_short(params), line=element.sourceline, file=self._file(document))
        if problem not in self.missing and len(self.missing) < _LISTED:
            self.missing.append(problem)

    # -- compiling

    def compile(self) -> None:
        """Compile all of it; what is wrong and what is missing stands in `problems` and `missing` then."""
        from lxml import etree

        if not self.documents:
            return
        present = self.namespaces | set(KNOWN) | {XSD, _XML}
        used = {namespace for document in self.documents for namespace in _used(document)}
        for namespace, (why, reference, document) in sorted(self._absent.items(), key=lambda item: item[0]):
            if namespace in used and namespace not in present:
                self._unloaded(why, reference, document)
        for document in self.documents:
            if next(document.root.iter(etree.Entity), None) is not None:
                self._miss(document.root, "xsd.entities", document)
            found = obstacle(document.root)
            if found is not None:
                told = found.reason
                self.missing.append(
                    XmlProblem(code=told.code, params=told.params, line=found.line, file=self._file(document))
                )
        if not self.missing and not self.problems:
            self._compile(used)

    def _compile(self, used: set[str]) -> None:
        from lxml import etree

        sources = self._sources(used)
        if sum(map(len, sources.values())) > _OCTETS:
            self.missing.append(XmlProblem(code="xsd.too_large", params={"limit": _OCTETS}))
            return

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        parser.resolvers.add(resolver(lambda url: sources.get(url.removeprefix(_BASE))))
        root = etree.fromstring(sources["all"], parser, base_url=f"{_BASE}all")
        try:
            etree.XMLSchema(root.getroottree())
        except etree.XMLSchemaParseError as error:
            self.problems += self._refused(error.error_log)

    def _refused(self, log: Any) -> Iterator[XmlProblem]:
        told: set[tuple[str, int | None, str]] = set()
        for entry in log:
            if entry.level_name == "WARNING":
                continue
            number = str(entry.filename or "").removeprefix(f"{_BASE}document/")
            document = self.documents[int(number)] if number.isdecimal() and int(number) < len(self.documents) else None
            file = self._file(document) if document is not None else ""
            # An embedded schema is written out line by line as it stands: its first line is that of its root element.
            shift = document.root.sourceline - 1 if document is not None and document.embedded else 0
            error, line = entry.type_name.lower(), entry.line + shift if entry.line else None
            if (error, line, file) not in told and len(told) < _LISTED:
                told.add((error, line, file))
                yield XmlProblem(code="xsd.refused", params={"error": error}, line=line, file=file)
        if not told:
            yield XmlProblem(code="xsd.refused", params={"error": "unknown"})

    def _sources(self, used: set[str]) -> dict[str, bytes]:
        """All documents by address, with their references led to the addresses given here."""
        from lxml import etree

        spaces = sorted(self.namespaces)
        imported = self._imported()
        # The schema for schemas is known without an import, but for its elements (`ref="xs:schema"` of .NET services).
        known = sorted(set(KNOWN) & ((used - {XSD}) | imported))
        addresses = {namespace: f"namespace/{number}" for number, namespace in enumerate([*spaces, *known])}
        sources = {addresses[namespace]: KNOWN[namespace].encode() for namespace in known if namespace not in spaces}
        same: dict[tuple[str, bytes], int] = {}
        members: dict[str, list[int]] = {namespace: [] for namespace in spaces}
        for number, document in enumerate(self.documents):
            stands = bytes(etree.tostring(document.root, encoding="utf-8", with_tail=False))
            sources[f"document/{number}"] = self._written(number, document, stands, addresses)
            # A copy of the same file elsewhere would define everything twice.
            if number in self._roots and same.setdefault((document.namespace, stands), number) == number:
                members[document.namespace].append(number)
        for namespace, numbers in members.items():
            # Documents without a namespace of their own are taken over by whoever includes them.
            sources[addresses[namespace]] = _driver(
                namespace, "".join(f'<xs:include schemaLocation="{_BASE}document/{n}"/>' for n in numbers)
            )
        imports = "".join(
            f'<xs:import{_attribute("namespace", space)} schemaLocation="{_BASE}{addresses[space]}"/>'
            for space in spaces
        )
        sources["all"] = _driver("urn:cpo-scan:all", imports)
        return sources

    def _imported(self) -> set[str]:
        return {
            reference.get("namespace") or ""
            for document in self.documents
            for reference in document.root.iterchildren(f"{_TAG}import")
        }

    def _written(self, number: int, document: SchemaDocument, stands: bytes, addresses: dict[str, str]) -> bytes:
        """A document as it is compiled. Its lines stay where they are."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        root = etree.fromstring(stands, parser)
        for reference in root.iterchildren(f"{_TAG}import"):
            namespace = reference.get("namespace") or ""
            if namespace == document.namespace:
                continue  # forbidden (XML Schema 1.0 part 1 §4.2.3), and to be refused
            if (address := addresses.get(namespace)) is not None:
                reference.set("schemaLocation", _BASE + address)
            elif reference.get("schemaLocation") is not None:
                del reference.attrib["schemaLocation"]
        for reference in root.iterchildren(f"{_TAG}include", f"{_TAG}redefine"):
            target = self._includes.get((number, (reference.get("schemaLocation") or "").strip()))
            if target is not None:
                reference.set("schemaLocation", f"{_BASE}document/{target}")
        return bytes(etree.tostring(root, encoding="utf-8"))


def _used(document: SchemaDocument) -> Iterator[str]:
    """Namespaces of the components that a schema refers to."""
    for element in document.root.iter(f"{_TAG}*"):
        values = [element.get(name) for name in _QNAMES]
        values += (element.get("memberTypes") or "").split()
        for value in values:
            if value:
                prefix, colon, _ = value.strip().partition(":")
                if prefix == "xml" and colon:
                    yield _XML
                else:
                    yield element.nsmap.get(prefix if colon else None) or ""


def _driver(namespace: str, content: str) -> bytes:
    return (f'<xs:schema xmlns:xs="{XSD}"{_attribute("targetNamespace", namespace)}>{content}</xs:schema>').encode()


def _attribute(name: str, value: str) -> str:
    from xml.sax.saxutils import quoteattr

    return f" {name}={quoteattr(value)}" if value else ""


def _short(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value[:200] if isinstance(value, str) else value for key, value in params.items()}
