"""CSDL JSON, version 4.01, read into the entity data model, and its structure checked on the way."""

from collections.abc import Mapping
from typing import Any

from cpo_probes.api.odata.model import Call, Entry, Member, Model, Type, names, text_at
from cpo_scan.probe.documents import pointer_to

_KINDS = {"EntityType": "entity", "ComplexType": "complex", "EnumType": "enum", "TypeDefinition": "definition"}


def is_service(value: Any) -> bool:
    """Is it CSDL at all?"""
    return isinstance(value, dict) and isinstance(value.get("$Version"), str)


def references(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Address and pointer of the documents that one refers to."""
    listed = value.get("$Reference")
    if not isinstance(listed, dict):
        return []
    return [(address, pointer_to("$Reference", address)) for address in listed if address.strip()]


def read(value: Mapping[str, Any], model: Model, table: Mapping[str, Any], *, own: bool) -> None:
    """Take in a document; `own` is the examined one, others only lend their names."""
    reader = _Reader(model, table, own)
    reader.document(value)


class _Reader:
    def __init__(self, model: Model, table: Mapping[str, Any], own: bool) -> None:
        self.model, self.table, self.own = model, table, own
        self.members: Mapping[str, list[str]] = table["json_members"]

    def document(self, value: Mapping[str, Any]) -> None:
        """The root object: references, then schemas by namespace."""
        self._known(value, "document", "")
        listed = value.get("$Reference")
        for address, row in listed.items() if isinstance(listed, dict) else ():
            includes = row.get("$Include") if isinstance(row, dict) else None
            for include in includes if isinstance(includes, list) else ():
                if isinstance(include, dict) and isinstance(include.get("$Namespace"), str):
                    self.model.included.setdefault(include["$Namespace"], address)
                    if self.own and isinstance(include.get("$Alias"), str):
                        self.model.aliases.setdefault(include["$Alias"], include["$Namespace"])
        schemas = [(name, value[name]) for name in names(value)]
        for name, schema in schemas:
            if not isinstance(schema, dict):
                self._wrong(pointer_to(name), "odata.not_an_object", name=name)
                continue
            self.model.namespaces.add(name)
            if isinstance(schema.get("$Alias"), str):
                self.model.aliases.setdefault(schema["$Alias"], name)
        for name, schema in schemas:
            if isinstance(schema, dict):
                self._schema(name, schema)
        container = value.get("$EntityContainer")
        if (
            container is not None
            and self.own
            and (not isinstance(container, str) or self.model.qualified(container) not in self.model.containers)
        ):
            self._wrong("/$EntityContainer", "odata.container_missing", name=str(container))

    def _schema(self, namespace: str, schema: Mapping[str, Any]) -> None:
        self._known(schema, "schema", pointer_to(namespace))
        version = schema.get("@" + self.table["schema_version"])
        for key, stated in schema.items():
            if key.startswith("@") and self.model.qualified(key[1:]) == self.table["schema_version"]:
                version = stated
        if self.own and self.model.schema_version is None and isinstance(version, str):
            self.model.schema_version = version[:100]
        for name in names(schema):
            self._element(schema[name], f"{namespace}.{name}", pointer_to(namespace, name))
        annotations = schema.get("$Annotations")
        for target, row in annotations.items() if isinstance(annotations, dict) else ():
            if isinstance(row, dict):
                self._remarks(row, self.model.path(target))

    def _element(self, value: Any, name: str, pointer: str) -> None:
        if isinstance(value, list):
            for number, overload in enumerate(value):
                self._call(overload, name, f"{pointer}/{number}")
            return
        kind = value.get("$Kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in (*_KINDS, "Term", "EntityContainer"):
            self._wrong(pointer, "odata.kind_unknown", name=name, kind=str(kind))
            return
        self._remarks(value, name)
        if kind == "Term":
            self.model.terms += 1
            self._known(value, kind, pointer)
        elif kind == "EntityContainer":
            self._container(value, name, pointer)
        else:
            self._type(value, kind, name, pointer)

    def _type(self, value: Mapping[str, Any], kind: str, name: str, pointer: str) -> None:
        self._known(value, kind, pointer)
        members = []
        for member in names(value):
            row, place = value[member], pointer + pointer_to(member)
            if kind == "EnumType":
                members.append(Member(member, "Edm.Int64", place))
                if not isinstance(row, int) or isinstance(row, bool):
                    self._wrong(place, "odata.not_a_number", name=member)
                self._remarks(_prefixed(value, member), f"{name}/{member}")
            elif isinstance(row, dict):
                member_kind = row.get("$Kind", "Property")
                if member_kind not in ("Property", "NavigationProperty"):
                    self._wrong(place, "odata.kind_unknown", name=member, kind=str(member_kind))
                    continue
                self._known(row, member_kind, place)
                navigation = member_kind == "NavigationProperty"
                if navigation and not isinstance(row.get("$Type"), str):
                    self._wrong(place, "odata.target_missing", name=member)
                members.append(Member(member, _type_of(row), place, navigation, None, *_facets(row)))
                self._remarks(row, f"{name}/{member}")
            else:
                self._wrong(place, "odata.not_an_object", name=member)
        base = value.get("$UnderlyingType" if kind == "TypeDefinition" else "$BaseType")
        if kind == "TypeDefinition" and not isinstance(base, str):
            self._wrong(pointer, "odata.target_missing", name=name)
        stated = value.get("$Key")
        keys = []
        for number, key in enumerate(stated if isinstance(stated, list) else ()):
            path = next(iter(key.values()), "") if isinstance(key, dict) else key
            keys.append((path if isinstance(path, str) else "", f"{pointer}/$Key/{number}"))
        found = Type(
            _KINDS[kind], name, base if isinstance(base, str) else "", tuple(members), tuple(keys), pointer, self.own
        )
        self.model.types.setdefault(name, found)

    def _call(self, value: Any, name: str, pointer: str) -> None:
        kind = value.get("$Kind") if isinstance(value, dict) else None
        if kind not in ("Action", "Function"):
            self._wrong(pointer, "odata.kind_unknown", name=name, kind=str(kind))
            return
        self._known(value, kind, pointer)
        returned = value.get("$ReturnType")
        if kind == "Function" and not isinstance(returned, dict):
            self._wrong(pointer, "odata.return_type_missing", name=name)
        elif isinstance(returned, dict):
            self._known(returned, "ReturnType", f"{pointer}/$ReturnType")
        self.model.calls.append(
            Call(
                kind,
                name,
                value.get("$IsBound") is True,
                self._parameters(value, name, pointer),
                _type_of(returned) if isinstance(returned, dict) else "",
                pointer,
                self.own,
            )
        )
        self._remarks(value, name)

    def _parameters(self, value: Mapping[str, Any], owner: str, pointer: str) -> tuple[Member, ...]:
        stated = value.get("$Parameter")
        found = []
        for number, row in enumerate(stated if isinstance(stated, list) else ()):
            place = f"{pointer}/$Parameter/{number}"
            if not isinstance(row, dict) or not isinstance(row.get("$Name"), str):
                self._wrong(place, "odata.not_an_object", name=owner)
                continue
            self._known(row, "Parameter", place)
            self._remarks(row, f"{owner}/{row['$Name']}")
            found.append(Member(row["$Name"], _type_of(row), place, False, None, *_facets(row)))
        return tuple(found)

    def _container(self, value: Mapping[str, Any], name: str, pointer: str) -> None:
        self._known(value, "EntityContainer", pointer)
        if self.own:
            self.model.containers.append(name)
        for entry in names(value):
            row, place = value[entry], pointer + pointer_to(entry)
            if not isinstance(row, dict):
                self._wrong(place, "odata.not_an_object", name=entry)
                continue
            self._known(row, "entry", place)
            kind, key = "Singleton", "$Type"
            if "$Action" in row:
                kind, key = "ActionImport", "$Action"
            elif "$Function" in row:
                kind, key = "FunctionImport", "$Function"
            elif row.get("$Collection") is True:
                kind = "EntitySet"
            target = row.get(key)
            if not isinstance(target, str):
                self._wrong(place, "odata.target_missing", name=entry)
                continue
            stated = row.get("$NavigationPropertyBinding")
            bindings = tuple(
                (to, f"{place}/$NavigationPropertyBinding{pointer_to(path)}")
                for path, to in (stated.items() if isinstance(stated, dict) else ())
                if isinstance(to, str)
            )
            self.model.entries.append(Entry(kind, entry, target, name, place, bindings, own=self.own))
            self._remarks(row, f"{name}/{entry}")

    # -- what is said, and what may stand where

    def _remarks(self, value: Mapping[str, Any], target: str) -> None:
        for key, stated in value.items():
            if not key.startswith("@"):
                continue
            term = self.model.qualified(key[1:].partition("#")[0].partition("@")[0])
            if term in self.table["descriptions"]:
                self.model.add_remark(target, text_at(stated))
            elif term == self.table["revisions"] and isinstance(stated, list):
                for row in stated:
                    if isinstance(row, dict) and row.get("Kind") == "Deprecated":
                        self.model.add_remark(target, deprecated=text_at(row.get("Description")))
            elif term in self.table["security"] and self.own and isinstance(stated, list):
                kinds = [row.get("@type") or row.get("@odata.type") for row in stated if isinstance(row, dict)]
                self.model.security |= {
                    kind.rpartition(".")[2].rpartition("#")[2][:40] for kind in kinds if isinstance(kind, str)
                }

    def _known(self, value: Mapping[str, Any], kind: str, pointer: str) -> None:
        for key in value:
            if key.startswith("$") and key.partition("@")[0] not in self.members[kind]:
                self._wrong(pointer + pointer_to(key), "odata.member_unknown", name=key, kind=kind)

    def _wrong(self, pointer: str, code: str, **params: str) -> None:
        if self.own:
            self.model.problems.append(self.model.problem(pointer, code, **params))


def _type_of(row: Mapping[str, Any]) -> str:
    """CSDL JSON §7.1: where no type is stated it is a string."""
    stated = row.get("$Type", "Edm.String")
    name = stated if isinstance(stated, str) else ""
    return f"Collection({name})" if row.get("$Collection") is True else name


def _facets(row: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """May it be null (clause 7.2.1; it may not where that is not said), has it a default value, how long may it be."""
    return row.get("$Nullable") is True, "$DefaultValue" in row, str(row.get("$MaxLength", ""))[:20]


def _prefixed(value: Mapping[str, Any], member: str) -> dict[str, Any]:
    """Annotations of a member that has no object of its own: `Member@Core.Description`."""
    return {key[len(member) :]: stated for key, stated in value.items() if key.startswith(f"{member}@")}
