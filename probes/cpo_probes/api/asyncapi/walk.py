"""One pass over an AsyncAPI description: references and what they stand for, properties, examples, deprecations."""

from collections.abc import Callable, Iterator
from typing import Any

from cpo_probes.api.references import Place, References, dangling, in_file
from cpo_scan.probe.documents import Problem, pointer_to, tokens
from cpo_scan.probe.schemas import NoSchema, check
from cpo_scan.probe.wording import is_documented

_STEPS = 20_000  # containers between two looks at the clock
# Keys whose value is plain data, where a `$ref` is no reference.
_DATA = frozenset(("example", "examples", "default", "enum", "const", "required", "scopes", "availableScopes"))
# Key: the part that stands below it, in a mapping of names or by itself (fixed fields of AsyncAPI 2.6 and 3.1).
_NAMED = {
    **dict.fromkeys(("properties", "patternProperties", "definitions", "dependencies", "schemas"), "schema"),
    "channels": "channel",
    "servers": "server",
    "operations": "operation",
    "messages": "message",
    "parameters": "parameter",
    "operationTraits": "operation-trait",
    "messageTraits": "message-trait",
    "correlationIds": "correlation-id",
    "securitySchemes": "security-scheme",
    "replies": "reply",
    "replyAddresses": "reply-address",
    "variables": "server-variable",
    "serverVariables": "server-variable",
}
_SINGLE = {
    **dict.fromkeys(("publish", "subscribe"), "operation"),
    **dict.fromkeys(
        (
            *(
                "payload",
                "headers",
                "schema",
                "items",
                "additionalItems",
                "allOf",
                "anyOf",
                "oneOf",
                "not",
                "if",
                "then",
            ),
            *("else", "contains", "propertyNames", "additionalProperties"),
        ),
        "schema",
    ),
    "message": "message",
    "channel": "channel",
    "correlationId": "correlation-id",
    "reply": "reply",
    "address": "reply-address",
    "security": "security-scheme",
}
_TRAITS = {"operation": "operation-trait", "message": "message-trait"}
# Where the official schema looks at a part by itself: below a key of this name.
_HOME = {
    part: frozenset(key for key, found in {**_NAMED, **_SINGLE}.items() if found == part)
    for part in (*_NAMED.values(), *_SINGLE.values())
}
Trail = tuple[Any, ...]  # (trail of the parent, key); () at the start


class Survey:
    """What the passes over a description and over its parts in other files found."""

    def __init__(self) -> None:
        self.properties = self.documented_properties = self.examples = self.deprecated = 0
        self.names: set[str] = set()  # values of `$id`
        self.references: dict[tuple[str, str], Trail] = {}  # of the last pass: `$ref` and part, and where it is first

    def walk(self, start: Any, part: str, checkpoint: Callable[[], None]) -> None:
        """Go over everything below `start`, which is a `part` (empty: the whole description)."""
        self.references = {}
        todo: list[tuple[Any, str, bool, Trail]] = [(start, part, False, ())]
        steps = 0
        while todo:
            node, part, named, trail = todo.pop()
            steps += 1
            if steps % _STEPS == 0:
                checkpoint()
            if isinstance(node, list):
                todo += [
                    (item, part, False, (trail, at)) for at, item in enumerate(node) if isinstance(item, dict | list)
                ]
                continue
            if named:
                todo += [(item, part, False, (trail, key)) for key, item in node.items() if isinstance(item, dict)]
                if trail[1] == "properties":
                    self._properties(node)
                continue
            self._look_at(node, part, trail)
            for key, child in node.items():
                if isinstance(child, dict | list) and key not in _DATA and not key.startswith("x-"):
                    below, is_map = _below(key, part, isinstance(child, dict))
                    todo.append((child, below, is_map, (trail, key)))

    def _look_at(self, node: dict[str, Any], part: str, trail: Trail) -> None:
        reference = node.get("$ref")
        if isinstance(reference, str):
            self.references.setdefault((reference, part), trail)
        self.deprecated += node.get("deprecated") is True
        self.examples += "example" in node
        examples = node.get("examples")
        self.examples += len(examples) if isinstance(examples, dict | list) else 0
        if isinstance(node.get("$id"), str):
            self.names.add(node["$id"])

    def _properties(self, properties: dict[str, Any]) -> None:
        self.properties += len(properties)
        for name, schema in properties.items():
            description = schema.get("description") if isinstance(schema, dict) else None
            self.documented_properties += isinstance(description, str) and is_documented(description, name)


def _below(key: str, part: str, is_object: bool) -> tuple[str, bool]:
    """The part below a key of a part, and whether a mapping there maps names to such parts."""
    if key == "traits":
        return _TRAITS.get(part, ""), False
    if part == "message" and key == "oneOf":
        return "message", False
    if part == "schema" and _NAMED.get(key, _SINGLE.get(key)) != "schema":
        return "", False  # a word of another schema language
    if key in _NAMED:
        return _NAMED[key], is_object
    return _SINGLE.get(key, ""), False


def reference_problems(references: References, survey: Survey, version: str) -> Iterator[Problem]:
    """Walk the description and its parts in other files; yield what leads nowhere and what is no such part."""
    root = references.root
    assert root.document is not None
    survey.walk(root.document.value, "", references.context.checkpoint)
    todo = [(root, "", *key, trail) for key, trail in sorted(survey.references.items())]
    seen: set[tuple[str, str, str]] = set()
    told: set[tuple[str, str, str]] = set()
    while todo:
        file, base, reference, part, trail = todo.pop()
        if reference in survey.names or reference.partition("#")[0] in survey.names:
            continue
        place = references.resolve(reference, file)
        if isinstance(place, str):
            if place:
                yield dangling(place, reference, file, f"{base}{_pointer(trail)}/$ref", references)
            continue
        key = (place.file.artifact.path, place.pointer, part)
        if key in seen:
            continue
        seen.add(key)
        references.context.checkpoint()
        for problem in _part_problems(place, part, version, references):
            if (problem.file, problem.pointer, problem.code) not in told:
                told.add((problem.file, problem.pointer, problem.code))
                yield problem
        if place.file is not root:
            survey.walk(place.value, part, references.context.checkpoint)
            todo += [(place.file, place.pointer, *found, more) for found, more in sorted(survey.references.items())]


def _part_problems(place: Place, part: str, version: str, references: References) -> Iterator[Problem]:
    """Is what a reference leads to such a part as the reference takes it for?"""
    document = place.file.document
    if document is None or not part or (isinstance(place.value, dict) and "$ref" in place.value):
        return
    path = tokens(place.pointer)
    inside = place.file is references.root
    if inside and len(path) > 1 and path[-2] in _HOME[part]:
        return  # the check of the whole document saw it
    try:
        checked = check(document, "asyncapi", version, part=part, pointer=place.pointer)
    except NoSchema:
        return
    for problem in checked.problems:
        yield problem if inside else in_file(problem, place.file)


def _pointer(trail: Trail) -> str:
    path: list[Any] = []
    while trail:
        trail, key = trail
        path.append(key)
    return pointer_to(*reversed(path))
