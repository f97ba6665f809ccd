"""Checking a document against the official JSON Schema of exactly its version, offline.

The schemas lie unmodified in `rules/schemas/third_party/FAMILY`; `SOURCE.yaml` there says where each is from and how
they belong together.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from cpo_scan.probe.documents import Document, Problem, pointer_to, tokens
from cpo_scan.rulebook.load import read_rules
from cpo_scan.rulebook.root import rules_root

LISTED = 100  # problems that a check lists; all are counted
SPOKEN = frozenset({"required", "type", "additional_properties", "unevaluated_properties", "enum", "pattern", "one_of"})
_DEPTH = 12  # alternatives inside alternatives that are followed to the error meant


Disregard = Callable[[str, Any], bool]
"""Is an error none, by its keyword and the value at its place?"""


class Checked(msgspec.Struct, frozen=True):
    """The outcome of a check: the first problems in the order of their places, and how many there are in all."""

    problems: tuple[Problem, ...]
    total: int


class NoSchema(LookupError):
    """There is no official schema for this family, version, part or dialect here."""


def check(
    document: Document,
    family: str,
    version: str,
    *,
    part: str = "",
    pointer: str = "",
    dialect: str | None = None,
    disregard: Disregard | None = None,
) -> Checked:
    """Hold a document (or what is at `pointer` in it, as a `part` of a description) against its official schema.

    `version` is that of the schema (`3.1`). `dialect` is the URI of the JSON Schema dialect that the document names
    for its embedded schemas, None for the default one. `disregard` says of an error that it is a flaw of the official
    schema. Raises NoSchema.
    """
    return hold(document, _validator(family, version, part, dialect), pointer, disregard)


def hold(document: Document, validator: Any, pointer: str = "", disregard: Disregard | None = None) -> Checked:
    """Hold a document, or what is at `pointer` in it, against a validator of jsonschema-rs."""
    value = document.value
    for token in tokens(pointer):
        value = value[int(token)] if isinstance(value, list) else value[token]
    errors = _errors(validator, value)
    if disregard is not None:
        errors = (error for error in errors if not disregard(str(error.kind.name), _at(value, error.instance_path)))
    found = sorted(
        {_key(error) for error in errors},
        key=lambda item: (item[0], item[2], item[1], item[3]),  # all of it: a set has an order of its own in each run
    )
    problems = []
    for path, keyword, where, params in found[:LISTED]:
        place = pointer + pointer_to(*path_of(path))
        line, column = document.position(place)
        problems.append(
            Problem(
                code=_code(keyword),
                params={**dict(params), "keyword": keyword, "schema": where},
                pointer=place,
                line=line,
                column=column,
            )
        )
    return Checked(tuple(problems), len(found))


def versions(family: str) -> tuple[str, ...]:
    """Versions of a family whose official schema is here."""
    return tuple(_source(family)["versions"])


def default_dialect(family: str, version: str) -> str | None:
    """URI of the JSON Schema dialect of embedded schemas, None where the standard has none of its own."""
    dialect: str | None = _source(family)["versions"][version].get("dialect")
    return dialect


_Key = tuple[tuple[tuple[int, str], ...], str, str, tuple[tuple[str, str], ...]]


def _at(value: Any, path: Iterable[Any]) -> Any:
    for key in path:  # the validator gives a member whose name is a number as that number
        if isinstance(value, list):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(str(key))  # it leaves empty keys out
    return value


def path_of(path: tuple[tuple[int, str], ...]) -> list[str]:
    """The tokens of a sortable path."""
    return [token for _, token in path]


def _key(error: Any) -> _Key:
    """An error as what is told of it; sorts by place. Indexes sort as numbers."""
    path = tuple((item, str(item)) if isinstance(item, int) else (0, item) for item in error.instance_path)
    kind = error.kind
    keyword = str(kind.name)
    params: tuple[tuple[str, str], ...] = ()
    match keyword:
        case "required":
            params = (("name", _short(kind.property)),)
        case "type":
            params = (("expected", _short(", ".join(sorted(_listed(kind.types))))),)
        case "additionalProperties" | "unevaluatedProperties":
            params = (("name", _short(", ".join(sorted(kind.unexpected)))),)
    return path, keyword, pointer_to(*error.schema_path), params


def _code(keyword: str) -> str:
    """Message code of a keyword: those of which something is said of their own, else one for all."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in keyword)
    return f"schema.{snake}" if snake in SPOKEN else "schema.other"


def _listed(types: Any) -> list[str]:
    return [types] if isinstance(types, str) else [str(item) for item in types]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _errors(validator: Any, value: Any) -> Iterator[Any]:
    for error in validator.iter_errors(value):
        yield from _meant(error, _DEPTH)


def _meant(error: Any, depth: int) -> list[Any]:
    """Where no alternative fits, the errors of the one that was meant; the error itself where that can't be told."""
    branches = getattr(error.kind, "context", None)
    if not branches or depth == 0:
        return [error]
    level = len(error.instance_path)
    best: tuple[tuple[bool, int, int], list[Any]] | None = None
    for branch in branches:
        inner = [deeper for item in branch for deeper in _meant(item, depth - 1)]
        if not inner or any(_is_other_kind(item, level) for item in inner):
            continue
        selected = not any(_is_not_selected(item, level) for item in inner)
        rank = (selected, max(len(item.instance_path) for item in inner), -len(inner))
        if best is None or rank > best[0]:
            best = (rank, inner)
    return best[1] if best else [error]


def _is_other_kind(error: Any, level: int) -> bool:
    """Does it say that the alternative is not about such a thing at all?"""
    return len(error.instance_path) == level and (
        error.kind.name in ("type", "falseSchema") or (error.kind.name == "required" and error.kind.property == "$ref")
    )


def _is_not_selected(error: Any, level: int) -> bool:
    """Does a word that selects one of several alternatives (`type`, `in`) select another one?"""
    return len(error.instance_path) == level + 1 and error.kind.name in ("enum", "const")


@cache
def _source(family: str) -> dict[str, Any]:
    source: dict[str, Any] = read_rules(f"schemas/third_party/{family}/SOURCE.yaml", "third-party").data
    for row in source["versions"].values():
        if "parts_of" in row:
            row["parts"] = source["versions"][row["parts_of"]]["parts"]
    return source


@cache
def _registry(family: str, draft: str) -> Any:
    import jsonschema_rs

    folder = rules_root() / "schemas" / "third_party" / family
    resources = [
        (row["uri"], row.get("draft"), msgspec.json.decode((folder / row["file"]).read_bytes()))
        for row in _source(family)["files"]
    ]
    chosen = [(uri, schema) for uri, written_in, schema in resources if (written_in or schema["$schema"]) == draft]
    return jsonschema_rs.Registry(chosen, draft=next(drafts()[mark] for mark in drafts() if mark in draft))


def drafts() -> dict[str, int]:
    """What stands in the URI of a draft, and the draft."""
    import jsonschema_rs

    return {
        "draft-04": jsonschema_rs.Draft4,
        "draft-06": jsonschema_rs.Draft6,
        "draft-07": jsonschema_rs.Draft7,
        "2019-09": jsonschema_rs.Draft201909,
        "2020-12": jsonschema_rs.Draft202012,
    }


@cache
def _validator(family: str, version: str, part: str, dialect: str | None) -> Any:
    import jsonschema_rs

    row = _source(family)["versions"].get(version)
    if row is None or (part and part not in row["parts"]):
        raise NoSchema(f"{family} {version} {part}")
    schema: dict[str, Any] = {
        "$schema": row["draft"],
        "$ref": row["schema"] + ("#" + row["parts"][part] if part else ""),
    }
    own = row.get("dialect")
    if own is None:
        schema["id"] = f"urn:cpo-scan:{family}:{version}:{part or 'document'}"
    else:
        # The official schema leaves embedded schemas to a dynamic anchor; without this wrapper (the standard's
        # `schema-base`) they would not be checked at all.
        wanted = own if dialect is None else dialect
        if wanted not in (own, row["draft"]):
            raise NoSchema(f"{family} {version} dialect")
        if part == "schema":
            schema["$ref"] = wanted
        schema["$id"] = f"urn:cpo-scan:{family}:{version}:{part or 'document'}"
        schema["$defs"] = {"schema": {"$dynamicAnchor": "meta", "$ref": wanted}}
    return jsonschema_rs.validator_for(
        schema, registry=_registry(family, row["draft"]), offline=True, validate_formats=False
    )
