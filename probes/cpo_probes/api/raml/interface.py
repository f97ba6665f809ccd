"""A RAML description as an interface that can be compared: methods at resources, parameters, bodies, types."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import mapping, text_of
from cpo_probes.api.path_template import position, without_names
from cpo_probes.api.raml.surface import Reader, Resource
from cpo_probes.api.raml.types import RamlTypes, names_of
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.interface import Interface, Operation, Slot


def read_raml(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of one RAML document; None where it is none. Raises as the readers do."""
    document = context.yaml(artifact)
    if not isinstance(document.value, dict):
        return None
    reader = Reader(artifact, document, context)
    reading = _Reading(reader, document.value, old=artifact.version == "0.8")
    operations = dict(reading.operations())
    reading.types.read()
    return Interface(
        family="raml",
        title=(text_of(document.value.get("title")) or "")[:240],
        version=(text_of(document.value.get("version")) or "")[:240],
        files=len(reader.files),
        facts={"address": address} if (address := reading.address()) else {},
        operations=operations,
        types=reading.table.types,
    )


class _Reading:
    def __init__(self, reader: Reader, root: dict[str, Any], *, old: bool) -> None:
        self._reader, self._root, self._old = reader, root, old
        self.table = TypeTable()
        self.types = RamlTypes(self.table, reader.type_declaration, reader.value, old=old)
        kinds = root.get("mediaType")
        self._kinds = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]

    def address(self) -> str:
        """The path below which all resources lie; hosts belong to an installation and not to a release."""
        base = self._reader.text("/baseUri", self._root.get("baseUri")) or ""
        _, _, rest = base.rpartition("://")
        path = "/" + rest.partition("/")[2] if "://" in base else base
        version = text_of(self._root.get("version")) or ""
        path = path.replace("{version}", version).rstrip("/")
        return "" if "{" in path else path[:240]

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """The methods of all resources, those that they take over from types included."""
        seen: set[str] = set()
        above: dict[str, dict[str, Any]] = {}
        for resource in self._reader.resources():
            shared = dict(mapping(resource.value.get("uriParameters")))
            parent = next((above[path] for path in _parents(resource.path) if path in above), {})
            above[resource.path] = parent | shared
            for method, layers in resource.methods().items():
                name = f"{method.upper()} {without_names(resource.path)}"[:500]
                if name not in seen:
                    seen.add(name)
                    yield name, self._operation(resource, method, layers, above[resource.path])

    def _operation(
        self, resource: Resource, method: str, layers: list[dict[str, Any]], variables: dict[str, Any]
    ) -> Operation:
        base = None if resource.pointer is None else resource.pointer + pointer_to(method)
        at = base if base is not None else f"{method.upper()} {resource.path}"[:500]
        # What the method says itself comes first, then its types, then traits.
        parts: list[tuple[dict[str, Any], str | None]] = [
            (layer, base if n == 0 else None) for n, layer in enumerate(layers)
        ]
        for layer in (*layers, resource.value):
            parts += [(trait, None) for trait in self._reader.traits(layer.get("is"))]
        inputs: dict[str, Slot] = {}
        outputs: dict[str, Slot] = {}
        for name, declaration in variables.items():
            slot = self.types.slot(declaration, None, at)
            inputs[f"path {position(resource.path, name)}"] = Slot(type=slot.type, at=at)
        for part, pointer in parts:
            for key, slot in (
                *self._parameters(part, pointer, at),
                *self._bodies(part.get("body"), pointer, "body", at),
            ):
                inputs.setdefault(key, slot)
            for code, response in mapping(part.get("responses")).items():
                for key, slot in self._answers(str(code), response, pointer, at):
                    outputs.setdefault(key, slot)
        return Operation(
            inputs=inputs,
            outputs=outputs,
            failures=frozenset(key for key in outputs if key[:1] in ("4", "5")),
            access=self._access([part for part, _ in parts], resource),
            deprecated=any(layer.get("(deprecated)", False) is not False for layer in layers),
            at=at,
        )

    def _parameters(self, part: dict[str, Any], pointer: str | None, at: str) -> Iterator[tuple[str, Slot]]:
        for section, place in (("queryParameters", "query"), ("headers", "header")):
            for key, declaration in mapping(part.get(section)).items():
                own = None if pointer is None else pointer + pointer_to(section, key)
                name = key if self._old else key.removesuffix("?")
                slot = self.types.slot(declaration, own, own or at, required=False if name != key else None)
                yield f"{place} {name.lower() if place == 'header' else name}", slot
        if "queryString" in part:
            own = None if pointer is None else pointer + "/queryString"
            yield "query string", self.types.slot(part["queryString"], own, own or at)

    def _bodies(self, body: Any, pointer: str | None, before: str, at: str) -> Iterator[tuple[str, Slot]]:
        """By media type; a type alone is for those that the root names."""
        own = None if pointer is None else pointer + "/body"
        body, own = self._read(body, own)
        if body is None:
            return
        kinds = [kind for kind in mapping(body) if "/" in kind]
        for kind in kinds:
            place = None if own is None else own + pointer_to(kind)
            yield f"{before} {kind.lower()}".strip(), self._body(mapping(body)[kind], place, at)
        if not kinds:
            slot = self._body(body, own, at)
            for kind in self._kinds or ["application/json"]:
                yield f"{before} {kind.lower()}".strip(), slot

    def _body(self, declaration: Any, pointer: str | None, at: str) -> Slot:
        form = mapping(declaration).get("formParameters") if self._old else None
        if isinstance(form, dict):
            declaration, pointer = {"type": "object", "properties": _with_required(form)}, None
        number = self.types.number(declaration, pointer, "any")
        return Slot(type=number, required=True, at=pointer or at)

    def _answers(self, code: str, response: Any, pointer: str | None, at: str) -> Iterator[tuple[str, Slot]]:
        own = None if pointer is None else pointer + pointer_to("responses", code)
        response, own = self._read(response, own)
        response = mapping(response)
        yield code, Slot(at=own or at)
        for key, slot in self._bodies(response.get("body"), own, code, own or at):
            yield key, Slot(type=slot.type, at=slot.at)
        for name, declaration in mapping(response.get("headers")).items():
            slot = self.types.slot(declaration, None, own or at)
            yield f"{code} header {name.removesuffix('?').lower()}", Slot(type=slot.type, at=slot.at)

    def _read(self, value: Any, pointer: str | None) -> tuple[Any, str | None]:
        """A value, or what it includes, which has no place in this document."""
        found = self._reader.value(pointer, value) if pointer is not None else value
        return found, pointer if found is value else None

    def _access(self, parts: list[dict[str, Any]], resource: Resource) -> frozenset[str]:
        for holder in (*parts, resource.value, self._root):
            if "securedBy" in holder:
                return frozenset(name[:200] for name in names_of(holder["securedBy"]))
        return frozenset(("",))


def _with_required(form: dict[str, Any]) -> dict[str, Any]:
    """Named parameters of RAML 0.8 as members, which are required only where it is said."""
    return {name: {"required": False, **mapping(declaration)} for name, declaration in form.items()}


def _parents(path: str) -> Iterator[str]:
    """The paths above a resource, the nearest first: any of them may end in the middle of a segment."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
