"""JSON Schemas of a standard made ready: several files that refer to each other, nothing fetched."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from cpo_scan.probe.documents import Document
from cpo_scan.probe.schemas import Checked, drafts, hold

_BASE = "cpo:///"
# ECMA-262 patterns without the flag u count UTF-16 code units: a character beyond the first plane is written as one of
# a range of high surrogates and any low one.
_PAIR = re.compile(
    r"(?:\\u([dD][89abAB][0-9a-fA-F]{2})|\[\\u([dD][89abAB][0-9a-fA-F]{2})-\\u([dD][89abAB][0-9a-fA-F]{2})\])"
    r"\[\\u[dD][cC]00-\\u[dD][fF]{3}\]"
)
_UNITS = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}")


class JsonValidator:
    """A JSON Schema with the files that it refers to. Good for any number of documents."""

    def __init__(self, files: Mapping[str, bytes], entry: str) -> None:
        """`files` by their name, as the `$ref`s of each other name them. Raises ValueError where one is no schema."""
        import jsonschema_rs

        schemas: dict[str, Any] = {name: _code_points(msgspec.json.decode(data)) for name, data in files.items()}
        draft = schemas[entry].get("$schema", "https://json-schema.org/draft/2020-12/schema")
        registry = jsonschema_rs.Registry(
            [(_BASE + name, schema) for name, schema in schemas.items()], draft=_draft(draft)
        )
        self._schemas = tuple(schemas.values())
        self._validator = jsonschema_rs.validator_for(
            {"$schema": draft, "$id": "urn:cpo-scan:document", "$ref": _BASE + entry},
            registry=registry,
            offline=True,
            validate_formats=False,
        )

    @cached_property
    def members(self) -> frozenset[str]:
        """Names of all members that the schema knows, wherever they may stand."""
        return frozenset(_members(list(self._schemas)))

    def check(self, document: Document) -> Checked:
        """What is wrong in a document, by its places."""
        return hold(document, self._validator)


def _members(value: Any) -> Iterator[str]:
    match value:
        case dict():
            named = value.get("properties")
            yield from named if isinstance(named, dict) else ()
            for item in value.values():
                yield from _members(item)
        case list():
            for item in value:
                yield from _members(item)
        case _:
            pass


def _draft(uri: str) -> int:
    import jsonschema_rs

    return next((draft for mark, draft in drafts().items() if mark in uri), jsonschema_rs.Draft202012)


def _code_points(value: Any) -> Any:
    """The same schema with patterns that count characters: the engine here does, and refuses single surrogates."""
    match value:
        case dict():
            return {
                key: _pattern(item) if key == "pattern" and isinstance(item, str) else _code_points(item)
                for key, item in value.items()
            }
        case list():
            return [_code_points(item) for item in value]
        case _:
            return value


def _pattern(text: str) -> str:
    return _PAIR.sub(_pair, text) if _UNITS.search(text) else text


def _pair(match: re.Match[str]) -> str:
    first, last = int(match[1] or match[2], 16), int(match[1] or match[3], 16)
    return f"[{chr(_beyond(first))}-{chr(_beyond(last) + 0x3FF)}]"


def _beyond(high: int) -> int:
    """The first character that a high surrogate stands for (Unicode 3.9, D91)."""
    return 0x10000 + ((high - 0xD800) << 10)
