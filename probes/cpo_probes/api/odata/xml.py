"""CSDL XML, versions 1 to 4.01, read into the entity data model."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cpo_probes.api.odata.model import Call, Entry, Member, Model, Type
from cpo_scan.probe.xml_structure import text_in

EDMX_4 = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM_4 = "http://docs.oasis-open.org/odata/ns/edm"
EDMX_3 = "http://schemas.microsoft.com/ado/2007/06/edmx"
_METADATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
_KINDS = {"EntityType": "entity", "ComplexType": "complex", "EnumType": "enum", "TypeDefinition": "definition"}
_KINDS |= {"Association": "association"}
_ENTRIES = {"EntitySet": "EntityType", "Singleton": "Type", "ActionImport": "Action", "FunctionImport": "Function"}


def is_service(root: Any) -> bool:
    """Is it a description of a data service? Models of an object mapper have the same root and no such part."""
    return root.tag.rpartition("}")[2] == "Edmx" and root.find(f"{_space(root)}DataServices") is not None


def version_of(root: Any) -> str:
    """Version of OData: that of the document from version 4 on, before it that of the protocol."""
    stated = root.get("Version") or ""
    if root.tag.startswith(f"{{{EDMX_4}}}"):
        return str(stated)
    services = root.find(f"{_space(root)}DataServices")
    protocol = services.get(f"{_METADATA}DataServiceVersion") or services.get(f"{_METADATA}MaxDataServiceVersion")
    return str(protocol or stated).partition(";")[0].strip()[:20]


def references(root: Any) -> Iterator[tuple[str, Any]]:
    """Address and element of the documents that one refers to."""
    for element in root.iterchildren(f"{_space(root)}Reference"):
        address = element.get("Uri") or element.get("Url") or ""
        if address.strip():
            yield address.strip(), element


def read(root: Any, model: Model, table: Mapping[str, Any], *, own: bool) -> None:
    """Take in a document; `own` is the examined one, others only lend their names."""
    reader = _Reader(model, table, own)
    for _, element in references(root):
        reader.reference(element)
    services = root.find(f"{_space(root)}DataServices")
    schemas = [element for element in (services if services is not None else ()) if _local(element) == "Schema"]
    for schema in schemas:
        reader.aliases(schema)
    for schema in schemas:
        reader.schema(schema)


class _Reader:
    def __init__(self, model: Model, table: Mapping[str, Any], own: bool) -> None:
        self.model, self.own = model, own
        self.descriptions = frozenset(table["descriptions"])
        self.attributes: list[str] = table["description_attributes"]
        self.table = table

    def reference(self, element: Any) -> None:
        """Namespaces and aliases that a reference brings in."""
        for include in element.iterchildren("{*}Include"):
            namespace = include.get("Namespace") or ""
            self.model.included.setdefault(namespace, element.get("Uri") or "")
            if self.own and (alias := include.get("Alias")):
                self.model.aliases.setdefault(alias, namespace)

    def aliases(self, schema: Any) -> None:
        """The namespace of a schema, its alias, and those that it uses."""
        namespace = schema.get("Namespace") or ""
        self.model.namespaces.add(namespace)
        if alias := schema.get("Alias"):
            self.model.aliases.setdefault(alias, namespace)
        for using in schema.iterchildren("{*}Using"):
            if using.get("Alias") and using.get("Namespace"):
                self.model.aliases.setdefault(using.get("Alias"), using.get("Namespace"))

    def schema(self, schema: Any) -> None:
        """All that a schema defines."""
        namespace = schema.get("Namespace") or ""
        if self.own and self.model.schema_version is None:
            self.model.schema_version = self._value(schema, self.table["schema_version"])
        readers: dict[str, Callable[[Any, str], None]] = {
            **dict.fromkeys(_KINDS, self._type),
            "Function": self._call,
            "Action": self._call,
            "EntityContainer": self._container,
            "Annotations": self._annotations,
            "Term": self._term,
            "ValueTerm": self._term,
        }
        for element in schema.iterchildren("*"):
            read_it = readers.get(_local(element))
            if read_it is not None:
                read_it(element, f"{namespace}.{element.get('Name') or ''}")

    def _term(self, _element: Any, _name: str) -> None:
        self.model.terms += 1

    def _type(self, element: Any, name: str) -> None:
        members, keys = [], []
        for child in element.iterchildren("*"):
            kind = _local(child)
            if kind in ("Property", "NavigationProperty"):
                members.append(self._member(child, name))
            elif kind == "Key":
                keys += [(key.get("Name") or "", key) for key in child.iterchildren("{*}PropertyRef")]
            elif kind == "End":  # of an association: its role and the type at that end
                members.append(Member(child.get("Role") or "", child.get("Type") or "", child))
            elif kind == "Member":
                members.append(Member(child.get("Name") or "", "Edm.Int64", child))
        kind = _KINDS[_local(element)]
        base = element.get("BaseType") or (element.get("UnderlyingType") or "" if kind == "definition" else "")
        found = Type(kind, name, base, tuple(members), tuple(keys), element, self.own)
        if name in self.model.types and self.own and self.model.types[name].own:
            self.model.problems.append(self.model.problem(element, "odata.name_twice", name=name))
        self.model.types.setdefault(name, found)
        self._remark(element, name)

    def _member(self, element: Any, owner: str) -> Member:
        name = element.get("Name") or ""
        self._remark(element, f"{owner}/{name}")
        navigation = _local(element) == "NavigationProperty"
        relationship = element.get("Relationship")
        return Member(
            name,
            element.get("Type") or "",
            element,
            navigation,
            (relationship, element.get("ToRole") or "") if relationship else None,
            *_facets(element),
        )

    def _parameters(self, element: Any, owner: str) -> tuple[Member, ...]:
        found = []
        for child in element.iterchildren("{*}Parameter"):
            name = child.get("Name") or ""
            self._remark(child, f"{owner}/{name}")
            found.append(Member(name, child.get("Type") or "", child, False, None, *_facets(child)))
        return tuple(found)

    def _call(self, element: Any, name: str) -> None:
        returned = element.find("{*}ReturnType")
        self.model.calls.append(
            Call(
                _local(element),
                name,
                element.get("IsBound") in ("true", "1"),
                self._parameters(element, name),
                (returned.get("Type") or "") if returned is not None else element.get("ReturnType") or "",
                element,
                self.own,
            )
        )
        self._remark(element, name)

    def _container(self, element: Any, name: str) -> None:
        if self.own:
            self.model.containers.append(name)
        self._remark(element, name)
        for child in element.iterchildren("*"):
            kind = _local(child)
            entry = child.get("Name") or ""
            if kind == "AssociationSet":
                ends = tuple(end.get("EntitySet") or "" for end in child.iterchildren("{*}End"))
                self.model.association_sets.append((name, child.get("Association") or "", ends, child))
            elif kind in _ENTRIES:
                returned = child.find("{*}ReturnType")
                bindings = tuple(
                    (binding.get("Target") or "", binding)
                    for binding in child.iterchildren("{*}NavigationPropertyBinding")
                )
                self.model.entries.append(
                    Entry(
                        kind,
                        entry,
                        child.get(_ENTRIES[kind]) or "",
                        name,
                        child,
                        bindings,
                        self._parameters(child, f"{name}/{entry}"),
                        child.get("ReturnType") or (returned.get("Type") or "" if returned is not None else ""),
                        self.own,
                    )
                )
                self._remark(child, f"{name}/{entry}")

    # -- what is said

    def _annotations(self, element: Any, _name: str) -> None:
        target = self.model.path(element.get("Target") or "")
        for annotation in element.iterchildren("{*}Annotation", "{*}ValueAnnotation"):
            self._annotation(annotation, target)

    def _remark(self, element: Any, target: str) -> None:
        for child in element.iterchildren("{*}Annotation", "{*}ValueAnnotation", "{*}Documentation"):
            if _local(child) == "Documentation":
                self.model.add_remark(target, text_in(child))
            else:
                self._annotation(child, target)
        for attribute in self.attributes:
            if value := element.get(attribute):
                self.model.add_remark(target, value)

    def _annotation(self, annotation: Any, target: str) -> None:
        term = self.model.qualified((annotation.get("Term") or "").partition("#")[0])
        if term in self.descriptions:
            self.model.add_remark(target, _text(annotation))
        elif term == self.table["revisions"]:
            for record in annotation.iter("{*}Record"):
                values = {
                    value.get("Property"): value.get("EnumMember") or _text(value)
                    for value in record.iterchildren("{*}PropertyValue")
                }
                if (values.get("Kind") or "").rpartition("/")[2] == "Deprecated":
                    self.model.add_remark(target, deprecated=values.get("Description") or "")
        elif term in self.table["security"] and self.own:
            for record in annotation.iter("{*}Record"):
                if kind := record.get("Type"):
                    self.model.security.add(kind.rpartition(".")[2][:40])

    def _value(self, element: Any, term: str) -> str | None:
        for annotation in element.iterchildren("{*}Annotation"):
            if self.model.qualified(annotation.get("Term") or "") == term:
                return _text(annotation)[:100] or None
        return None


def _facets(element: Any) -> tuple[bool, bool, str]:
    """May it be null (clause 7.2.1; it may where that is not said), has it a default value, how long may it be."""
    nullable = (element.get("Nullable") or "").strip() not in ("false", "0")
    return nullable, element.get("DefaultValue") is not None, (element.get("MaxLength") or "").strip()[:20]


def _text(element: Any) -> str:
    """The constant string of an annotation or of a value in a record."""
    stated = element.get("String")
    if stated is not None:
        return str(stated)
    inner = element.find("{*}String")
    return text_in(inner) if inner is not None else ""


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _space(root: Any) -> str:
    return str(root.tag).rpartition("}")[0] + "}"
