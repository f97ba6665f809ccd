"""What a RAML description offers: methods of resources, with includes, libraries, resource types and traits."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.deprecation import deprecation
from cpo_probes.api.description import Operation, listed, mapping
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable
from cpo_scan.probe.documents import Document, Problem, pointer_to
from cpo_scan.probe.wording import is_documented

_METHODS = ("get", "patch", "put", "post", "delete", "options", "head", "trace", "connect")
_MOST_FILES = 1_000
_HOPS = 16  # types of types, includes in includes
_DEEPEST = 100  # resources inside each other
_YAML = (".raml", ".yaml", ".yml", ".json")


class Resource:
    """One resource: its path, what it states itself, and the types and traits that it takes over."""

    __slots__ = ("own", "path", "pointer", "types", "value")

    def __init__(self, path: str, pointer: str | None, value: dict[str, Any], reader: "Reader") -> None:
        self.path = path
        self.pointer = pointer  # None in another file
        self.value = value
        self.types = reader.types(value.get("type"), None if pointer is None else pointer + "/type")
        self.own = {method: reader.method(value[method], pointer, method) for method in _METHODS if method in value}

    def methods(self) -> dict[str, list[dict[str, Any]]]:
        """Each method with what is said about it: by the resource, then by its types.

        A method `get?` of a type counts only for resources that have it (RAML 1.0 "Optional Methods").
        """
        found: dict[str, list[dict[str, Any]]] = {method: [mapping(value)] for method, value in self.own.items()}
        for kind in self.types:
            for method in _METHODS:
                if method in kind:
                    found.setdefault(method, []).append(mapping(kind[method]))
                elif f"{method}?" in kind and method in found:
                    found[method].append(mapping(kind[f"{method}?"]))
        return found

    def operations(self, reader: "Reader") -> Iterator[Operation]:
        """The operations as they are counted."""
        for method, layers in self.methods().items():
            name = f"{method.upper()} {self.path}"
            traits = [trait for layer in (*layers, self.value) for trait in reader.traits(layer.get("is"))]
            said = [
                str(layer["description"]) for layer in (*layers, *traits) if isinstance(layer.get("description"), str)
            ]
            display = str(layers[0].get("displayName", "")) if layers else ""
            ending = any(layer.get("(deprecated)", False) is not False for layer in layers)
            pointer = (
                None if self.pointer is None else self.pointer + (pointer_to(method) if method in self.own else "")
            )
            text = "\n".join(said[:1] or [display])
            marks = mapping(layers[0].get("(deprecated)")) if layers else {}
            place = {"pointer": pointer} if pointer is not None else {}
            note = next((mark for layer in layers if isinstance(mark := layer.get("(deprecated)"), str)), "")
            yield Operation(
                name=name,
                text=text,
                own=(method, self.path),
                place=place,
                deprecation=deprecation(f"{note}\n{text}", marks) if ending else None,
            )


class Reader:
    """Reads a RAML document with what it includes; nothing is fetched."""

    def __init__(self, artifact: Artifact, document: Document, context: Context) -> None:
        self._artifact, self._document, self._context = artifact, document, context
        self._included = "!include" in context.text(artifact)
        self.files: set[str] = set()
        self.external: set[str] = set()
        self.problems: list[Problem] = []
        self.left_out: list[Problem] = []
        self._read: dict[str, Any] = {}
        self._sections: dict[str, dict[str, Any]] = {}
        self._root = mapping(document.value)
        self._libraries: dict[str, dict[str, Any]] = {}
        for name, path in mapping(self._root.get("uses")).items():
            if isinstance(path, str):
                self._libraries[name] = mapping(self._load(artifact, path, pointer_to("uses", name), _HOPS))

    # -- reading

    def value(self, pointer: str, value: Any) -> Any:
        """The value at a pointer of the document, or what it includes."""
        if not self._included or not isinstance(value, str):
            return value
        if "!include" not in self._document.excerpt(pointer).split(value[:40], 1)[0]:
            return value
        return self._load(self._artifact, value, pointer, _HOPS)

    def text(self, pointer: str, value: Any) -> Any:
        """The same, where a text is meant."""
        found = self.value(pointer, value)
        return found if isinstance(found, str) else None

    def _load(self, beside: Artifact, path: str, pointer: str, hops: int) -> Any:
        """A file beside another one: data of RAML, YAML or JSON, else its text; None where it can't be read."""
        line, column = self._document.position(pointer)
        params: dict[str, Any] = {"path": path[:200]}
        place: dict[str, Any] = {"pointer": pointer, "line": line, "column": column}
        if "://" in path:
            self.external.add(path)
            return None
        found = self._context.related(beside, path.split("#", 1)[0].strip().lstrip("/") or ".")
        if found is None:
            self.problems.append(Problem(code="raml.include_missing", params=params, **place))
            return None
        if found.path in self._read:
            return self._read[found.path]
        if len(self.files) >= _MOST_FILES or hops == 0:
            raise LimitHit("limit.description_files", limit=_MOST_FILES)
        self._context.checkpoint()
        self.files.add(found.path)
        self._read[found.path] = None
        try:
            if found.name.lower().endswith(_YAML):
                self._read[found.path] = self._context.yaml(found).value
            else:
                self._read[found.path] = self._context.text(found)
        except LimitHit:
            self.left_out.append(Problem(code="raml.include_limit", params=params, **place))
        except Unreadable:
            self.problems.append(Problem(code="raml.include_unreadable", params=params, **place))
        return self._read[found.path]

    # -- names that are referred to

    def named(self, section: str) -> dict[str, Any]:
        """The declarations of a section of the root: a mapping, or (0.8) a list of mappings."""
        if section in self._sections:
            return self._sections[section]
        value = self.value(pointer_to(section), self._root.get(section))
        merged: dict[str, Any] = self._sections.setdefault(section, {})
        for at, item in enumerate(value if isinstance(value, list) else [value]):
            for name, written in mapping(item).items():
                base = pointer_to(section, at, name) if isinstance(value, list) else pointer_to(section, name)
                merged[name] = self.value(base, written)
        return merged

    def _declared(self, section: str, name: str) -> dict[str, Any] | None:
        library, dot, inner = name.partition(".")
        if dot and library in self._libraries:
            found = mapping(self._libraries[library].get(section)).get(inner)
        else:
            found = self.named(section).get(name)
        return found if isinstance(found, dict) else None

    def type_declaration(self, name: str) -> tuple[str | None, Any] | None:
        """What a named type or schema is declared as, and the pointer to it in this document; None if it is unknown."""
        library, dot, inner = name.partition(".")
        if dot and library in self._libraries:
            types = mapping(self._libraries[library].get("types"))
            return (None, types[inner]) if inner in types else None
        for section in ("types", "schemas"):
            declared = self.named(section)
            if name in declared:
                written = self._root.get(section)
                own = isinstance(written, dict) and written.get(name) is declared[name]
                return (pointer_to(section, name) if own else None), declared[name]
        return None

    def traits(self, value: Any) -> Iterator[dict[str, Any]]:
        """The traits that an `is` names."""
        for item in listed(value)[:_HOPS]:
            name = next(iter(item), "") if isinstance(item, dict) else item
            found = self._declared("traits", name) if isinstance(name, str) else None
            if found is not None:
                yield found

    def types(self, value: Any, pointer: str | None) -> list[dict[str, Any]]:
        """The resource type that a resource names, and those that it takes over itself."""
        found: list[dict[str, Any]] = []
        while value is not None and len(found) < _HOPS:
            name = next(iter(value), "") if isinstance(value, dict) else value
            kind = self._declared("resourceTypes", name) if isinstance(name, str) else None
            if kind is None:
                self._missing("raml.type_missing", str(name), pointer)
                break
            if any(kind is other for other in found):
                break
            found.append(kind)
            value = kind.get("type")
        return found

    def _missing(self, code: str, name: str, pointer: str | None) -> None:
        if pointer is None or len(self.problems) >= 10_000:
            return
        line, column = self._document.position(pointer)
        self.problems.append(Problem(code=code, params={"name": name[:200]}, pointer=pointer, line=line, column=column))

    # -- resources

    def method(self, value: Any, resource: str | None, name: str) -> Any:
        """A method of a resource with what it and its description include."""
        if resource is None:
            return value
        pointer = resource + pointer_to(name)
        found = self.value(pointer, value)
        if found is value and isinstance(found, dict) and isinstance(found.get("description"), str):
            return {**found, "description": self.text(pointer + "/description", found["description"])}
        return found

    def resources(self) -> Iterator[Resource]:
        """All resources, in the order of the document."""
        todo: list[tuple[str, str | None, dict[str, Any], int]] = [("", "", self._root, 0)]
        while todo:
            path, base, holder, depth = todo.pop()
            if depth > _DEEPEST:
                raise LimitHit("limit.document_depth", limit=_DEEPEST)
            inner: list[tuple[str, str | None, dict[str, Any], int]] = []
            for key, written in holder.items():
                if not key.startswith("/"):
                    continue
                pointer = None if base is None else base + pointer_to(key)
                value = self.value(pointer, written) if pointer is not None else written
                if value is not written:
                    pointer = None
                if value is None:
                    value = {}
                if isinstance(value, dict):
                    inner.append((path + key, pointer, value, depth + 1))
            todo += reversed(inner)
            if depth:
                yield Resource(path, base, holder, self)

    def parameter_names(self, resources: list[Resource]) -> Iterator[str]:
        """Names of the query parameters of all methods, those of traits included."""
        for resource in resources:
            for layers in resource.methods().values():
                for layer in (*layers, resource.value):
                    for part in (layer, *self.traits(layer.get("is"))):
                        yield from (name.removesuffix("?") for name in mapping(part.get("queryParameters")))

    def counts(self, resources: list[Resource]) -> dict[str, Any]:
        """Parameters and responses of the methods, and how many of them are described."""
        found = {"parameters": 0, "documented_parameters": 0, "responses": 0, "documented_responses": 0}
        with_example = secured = 0
        by_root = bool(self._root.get("securedBy"))
        for resource in resources:
            for layers in resource.methods().values():
                layer = layers[0]
                secured += bool(layer.get("securedBy", resource.value.get("securedBy", by_root)))
                parts = [("parameters", *item) for item in mapping(layer.get("queryParameters")).items()]
                parts += [("parameters", *item) for item in mapping(layer.get("headers")).items()]
                parts += [("parameters", *item) for item in mapping(resource.value.get("uriParameters")).items()]
                parts += [("responses", *item) for item in mapping(layer.get("responses")).items()]
                for kind, name, value in parts:
                    text = mapping(value).get("description")
                    found[kind] += 1
                    found[f"documented_{kind}"] += isinstance(text, str) and is_documented(text, name)
                bodies = [layer, *map(mapping, mapping(layer.get("responses")).values())]
                with_example += any(
                    "example" in mapping(media) or "examples" in mapping(media)
                    for body in bodies
                    for media in (mapping(body.get("body")), *mapping(body.get("body")).values())
                )
        return {**found, "operations_with_example": with_example, "secured_operations": secured}
