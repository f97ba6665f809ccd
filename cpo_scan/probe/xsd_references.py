"""Which elements and attributes of an XML Schema hold identifiers, and which refer to them.

XML Schema 1.0 part 1 §3.3.4 (Validation Root Valid: ID/IDREF) asks for every IDREF to be found in the document, and for
every ID only once. libxml2 leaves that out; `xml_identifiers` does it with what is found here. A name that is declared
with one of these types in one place and with another type in another place can't be told apart without the whole
validator: it is let be.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

XSD = "http://www.w3.org/2001/XMLSchema"
_TAG = f"{{{XSD}}}"
_KINDS = {f"{_TAG}ID": "id", f"{_TAG}IDREF": "reference", f"{_TAG}IDREFS": "references"}
_DERIVED = {f"{_TAG}{name}" for name in ("complexContent", "simpleContent", "extension", "restriction")}
_DEPTH = 50  # types that a type may be derived from, one after the other


class References(msgspec.Struct, frozen=True):
    """Names, `{namespace}local`, and what their values are: `id`, `reference` or `references`.

    `owned` has the attributes whose name means different things, by the element that they stand on; `inside` such
    elements, by the one that they stand in.
    """

    elements: dict[str, str] = {}
    attributes: dict[str, str] = {}
    owned: dict[str, dict[str, str]] = {}
    inside: dict[str, dict[str, str]] = {}


def references_of(roots: Iterable[tuple[Any, str]]) -> References:
    """What the schemas of one validator say: their root elements (lxml) and the namespaces that they count for."""
    return _Reading(list(roots)).references()


class _Reading:
    def __init__(self, schemas: list[tuple[Any, str]]) -> None:
        self._schemas = schemas
        self._spaces = {id(root): namespace for root, namespace in schemas}
        self._types: dict[str, Any] = {}
        self._groups: dict[str, Any] = {}
        for root, namespace in schemas:
            for item in root.iterchildren(f"{_TAG}simpleType", f"{_TAG}complexType", f"{_TAG}attributeGroup"):
                if name := item.get("name"):
                    known = self._groups if item.tag == f"{_TAG}attributeGroup" else self._types
                    known[_qualified(name, namespace)] = item

    def references(self) -> References:
        elements: dict[str, set[str]] = defaultdict(set)
        attributes: dict[str, set[str]] = defaultdict(set)
        for root, namespace in self._schemas:
            for item in root.iter(f"{_TAG}element"):
                if item.get("name"):
                    elements[_full(item, root, namespace)].add(self._kind(item))
            for item in root.iter(f"{_TAG}attribute"):
                if item.get("name"):
                    attributes[_full(item, root, namespace)].add(self._kind(item))
        mixed = {name for name, kinds in attributes.items() if len(kinds) > 1}
        unclear = {name for name, kinds in elements.items() if len(kinds) > 1}
        return References(
            _certain(elements),
            _certain(attributes),
            self._owned(mixed) if mixed else {},
            self._inside(unclear) if unclear else {},
        )

    def _inside(self, names: set[str]) -> dict[str, dict[str, str]]:
        """Kinds of elements by the element around them, where it is plain from the schema which that is."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for root, namespace in self._schemas:
            for item in root.iter(f"{_TAG}element"):
                around = next(item.iterancestors(f"{_TAG}element"), None)
                if not item.get("name") or around is None or not around.get("name"):
                    continue
                if (name := _full(item, root, namespace)) in names:
                    found[_full(around, root, namespace)][name].add(self._kind(item))
        certain = {around: _certain(kinds) for around, kinds in found.items()}
        return {around: kinds for around, kinds in sorted(certain.items()) if kinds}

    def _owned(self, names: set[str]) -> dict[str, dict[str, str]]:
        """Kinds of attributes by the element that has them; only where all elements of that name agree."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for root, namespace in self._schemas:
            for item in root.iter(f"{_TAG}element"):
                if not item.get("name"):
                    continue
                kinds = dict(self._attributes(self._type_of(item), _DEPTH))
                for name in names:
                    found[_full(item, root, namespace)][name].add(kinds.get(name, ""))
        owned = {element: _certain(kinds) for element, kinds in found.items()}
        return {element: kinds for element, kinds in sorted(owned.items()) if kinds}

    def _attributes(self, item: Any, depth: int) -> Iterator[tuple[str, str]]:
        """Attributes of a type with those of what it is derived from; its own come last."""
        if item is None or not depth:
            return
        own = []
        waiting = [item]
        while waiting:
            for child in waiting.pop():
                if child.tag == f"{_TAG}attribute" and child.get("name"):
                    own.append(child)
                elif child.tag == f"{_TAG}attributeGroup" and child.get("ref"):
                    yield from self._attributes(self._groups.get(self._meant(child, child.get("ref"))), depth - 1)
                elif child.tag in _DERIVED:
                    if child.get("base"):
                        yield from self._attributes(self._types.get(self._meant(child, child.get("base"))), depth - 1)
                    waiting.append(child)
        for child in own:
            root = child.getroottree().getroot()
            yield _full(child, root, self._spaces.get(id(root), "")), self._kind(child)

    def _type_of(self, declaration: Any) -> Any:
        named = declaration.get("type")
        if named is not None:
            return self._types.get(self._meant(declaration, named))
        return next(iter(declaration.iterchildren(f"{_TAG}simpleType", f"{_TAG}complexType")), None)

    def _kind(self, declaration: Any) -> str:
        """What the values of an element or attribute are; "" for all else."""
        named = declaration.get("type")
        if named is not None and (kind := _KINDS.get(self._meant(declaration, named))):
            return kind
        return self._derived(self._type_of(declaration), _DEPTH)

    def _derived(self, item: Any, depth: int) -> str:
        """What values of a type are, by what it is derived from."""
        if item is None or not depth:
            return ""
        for derivation in item.iter(f"{_TAG}restriction", f"{_TAG}extension"):
            if derivation.getparent() is not item and derivation.getparent().tag != f"{_TAG}simpleContent":
                return ""
            base = self._meant(derivation, derivation.get("base") or "")
            return _KINDS.get(base) or self._derived(self._types.get(base), depth - 1)
        return ""

    def _meant(self, place: Any, name: str) -> str:
        """A name as written in a schema, `{namespace}local`."""
        prefix, colon, local = name.strip().rpartition(":")
        namespace = place.nsmap.get(prefix if colon else None)
        if namespace is None:
            # A schema without a namespace takes on that of the one that includes it (part 1 §4.2.1).
            namespace = self._spaces.get(id(place.getroottree().getroot()), "")
        return _qualified(local, namespace)


def _full(item: Any, root: Any, namespace: str) -> str:
    """The name under which an element or attribute stands in documents (part 1 §3.2.2, §3.3.2)."""
    default = "elementFormDefault" if item.tag == f"{_TAG}element" else "attributeFormDefault"
    form = "qualified" if item.getparent() is root else item.get("form") or root.get(default, "unqualified")
    return _qualified(item.get("name"), namespace if form == "qualified" else "")


def _certain(found: Mapping[str, set[str]]) -> dict[str, str]:
    return {name: next(iter(kinds)) for name, kinds in sorted(found.items()) if len(kinds) == 1 and kinds != {""}}


def _qualified(name: str, namespace: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name
