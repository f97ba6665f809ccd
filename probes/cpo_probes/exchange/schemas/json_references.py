"""Do the references of a JSON Schema lead somewhere? In the document, or in a file beside it; nothing is fetched.

Only places where the drafts expect a schema are looked at: a `$ref` in a default value or a constant is a value.
"""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import msgspec

from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.documents import Document, pointer_to

# Keywords of drafts 4 to 2020-12 whose value is a schema, a list of schemas, or an object of schemas
_ONE = frozenset(
    ("additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
     "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties")
)  # fmt: skip
_LIST = frozenset(("allOf", "anyOf", "items", "oneOf", "prefixItems"))
_NAMED = frozenset(("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"))
_ANCHORS = ("$anchor", "$dynamicAnchor")
_KNOWN = ("http://json-schema.org/", "https://json-schema.org/")  # the meta-schemas, which everybody has
_LISTED = 20
_MOST = 1_000_000  # schemas inside of one document


class Reference(msgspec.Struct, frozen=True):
    """A reference that leads nowhere (`missing`), or to what is not at hand."""

    target: str
    pointer: str
    missing: bool


class _Place(msgspec.Struct, frozen=True):
    """A schema in the document: where, and the resource that it belongs to."""

    schema: dict[str, Any]
    pointer: str
    base: str


def references(document: Document, artifact: Artifact, context: Context) -> tuple[Reference, ...]:
    """References of the document that do not lead to something that was seen; at most 20, those that are missing first.

    Raises what reading a file beside it raises as LimitHit only.
    """
    return _Check(document.value, artifact, context).references()


class _Check:
    def __init__(self, value: Any, artifact: Artifact, context: Context) -> None:
        self._artifact, self._context = artifact, context
        self._resources: dict[str, Any] = {"": value}
        self._anchors: set[tuple[str, str]] = set()
        self._beside: dict[str, Any] = {}
        self._places = list(self._walk(value))
        for place in self._places:
            self._name(place)

    def references(self) -> tuple[Reference, ...]:
        found = []
        for place in self._places:
            target = place.schema.get("$ref")
            if not isinstance(target, str):
                continue
            led = self._leads(target, place.base)
            if led is not True:
                found.append(Reference(target[:200], place.pointer + pointer_to("$ref"), led is False))
        found.sort(key=lambda one: not one.missing)
        return tuple(found[:_LISTED])

    def _walk(self, value: Any) -> Iterator[_Place]:
        left: list[tuple[Any, str, str]] = [(value, "", "")]
        seen = 0
        while left:
            schema, pointer, base = left.pop()
            if not isinstance(schema, dict):
                continue
            seen += 1
            if seen > _MOST:
                return
            if seen % 10_000 == 0:
                self._context.checkpoint()
            base = self._own(schema, base)
            yield _Place(schema, pointer, base)
            for key, inner in schema.items():
                if key in _NAMED and isinstance(inner, dict):
                    left.extend((one, pointer + pointer_to(key, name), base) for name, one in inner.items())
                elif key in _LIST and isinstance(inner, list):
                    left.extend((one, pointer + pointer_to(key, index), base) for index, one in enumerate(inner))
                elif key in _ONE and isinstance(inner, dict):
                    left.append((inner, pointer + pointer_to(key), base))

    def _own(self, schema: dict[str, Any], base: str) -> str:
        """The base that holds inside a schema; beside `$ref`, older drafts ignore it, which changes little."""
        for key in ("$id", "id"):
            stated = schema.get(key)
            if isinstance(stated, str) and not stated.startswith("#") and "$ref" not in schema:
                whole = _joined(base, urldefrag(stated).url)
                self._resources.setdefault(whole, schema)
                return whole
        return base

    def _name(self, place: _Place) -> None:
        for key in (*_ANCHORS, "$id", "id"):
            stated = place.schema.get(key)
            if isinstance(stated, str) and (key in _ANCHORS or stated.startswith("#")):
                self._anchors.add((place.base, stated.removeprefix("#")))

    def _leads(self, target: str, base: str) -> bool | None:
        """True where it leads to something, False where to nothing, None where that is not at hand."""
        address, fragment = urldefrag(target)
        whole = _joined(base, address) if address else base
        if whole in self._resources:
            return self._inside(self._resources[whole], whole, fragment)
        if whole.startswith(_KNOWN):
            return True
        other = self._at_hand(address)
        if other is None:
            return None
        return True if fragment and not fragment.startswith("/") else _found(other, fragment)

    def _inside(self, resource: Any, base: str, fragment: str) -> bool:
        if fragment and not fragment.startswith("/"):
            return (base, unquote(fragment)) in self._anchors
        return _found(resource, fragment)

    def _at_hand(self, address: str) -> Any:
        """The document at a relative address beside this one; None where there is none that can be read."""
        path = unquote(address)
        if not path or ":" in path.partition("/")[0] or path.startswith("/"):
            return None
        if path not in self._beside:
            found = self._context.related(self._artifact, posixpath.normpath(path))
            try:
                self._beside[path] = self._context.json(found).value if found is not None else None
            except Unreadable:
                self._beside[path] = None
        return self._beside[path]


def _found(value: Any, fragment: str) -> bool:
    """Is there something at a JSON pointer (RFC 6901) of a fragment?"""
    for token in unquote(fragment).split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 10 and int(name) < len(value):
            value = value[int(name)]
        else:
            return False
    return isinstance(value, dict | bool)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address) if base else address
    except ValueError:  # what stands in brackets where a host should is no address
        return address
