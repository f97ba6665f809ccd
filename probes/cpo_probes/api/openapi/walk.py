"""One pass over an OpenAPI description: every reference with its place, and what is counted of schemas and examples.

The pass knows which keys hold names (a property called `default` is a schema) and which hold plain data (an example
with a `$ref` in it is no reference).
"""

from collections.abc import Callable
from typing import Any

from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.wording import is_documented

# Keys whose value is plain data, where a `$ref` is no reference.
_DATA = ("example", "examples", "default", "enum", "const", "mapping", "security", "scopes", "dataValue", "required")
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas")
_SCHEMAS = (
    *("schema", "items", "prefixItems", "allOf", "anyOf", "oneOf", "not", "additionalProperties", "if", "then", "else"),
    *("contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "itemSchema"),
)
_MAPS = {
    **dict.fromkeys(_SCHEMA_MAPS, "schema"),
    **dict.fromkeys(("paths", "webhooks", "pathItems"), "path-item"),
    "parameters": "parameter",
    "responses": "response",
    "headers": "header",
    "requestBodies": "request-body",
    "links": "link",
    "callbacks": "callbacks",
    "securitySchemes": "security-scheme",
    **dict.fromkeys(
        ("content", "encoding", "securityDefinitions", "mediaTypes", "additionalOperations", "variables"), ""
    ),
}
# Key: what stands below it (the parts that `SOURCE.yaml` of the official schemas knows), and whether a mapping there
# maps names, which are no keywords, to things. None: data.
_BELOW: dict[str, tuple[str, bool] | None] = {
    **dict.fromkeys(_DATA),
    **{key: (part, True) for key, part in _MAPS.items()},
    **dict.fromkeys(_SCHEMAS, ("schema", False)),
    "requestBody": ("request-body", False),
}
_OTHER = ("", False)
Trail = tuple[Any, ...]  # (trail of the parent, key); () at the start
_CONTAINERS = (dict, list)
_NAMES = frozenset(("$id", "$anchor", "$dynamicAnchor"))
_STEPS = 20_000  # containers between two looks at the clock


class Survey:
    """What one pass found; several passes (the parts of a description in files of their own) may fill one survey."""

    def __init__(self) -> None:
        self.references: dict[str, tuple[str, Trail]] = {}
        """Each different `$ref` of the last pass: the part that it stands for, and where it stands first."""
        self.names: set[str] = set()
        """Values of `$anchor`, `$dynamicAnchor` and `$id` (JSON Schema 2020-12 §8.2)."""
        self.properties = 0
        self.documented_properties = 0
        self.referring_properties: list[tuple[str, str]] = []
        """Properties without words of their own: name and `$ref`."""
        self._said: dict[tuple[str, str], bool] = {}
        self.examples = 0
        self.deprecated = 0
        """Operations, parameters, headers and schemas marked as deprecated."""

    def walk(self, start: Any, part: str, checkpoint: Callable[[], None]) -> None:
        """Go over everything below `start`, which is a `part` (empty: the whole description)."""
        references = self.references = {}
        todo: list[tuple[Any, str, Trail]] = [(start, part, ())]
        following, more, below_key = todo.pop, todo.append, _BELOW.get
        steps = _STEPS
        while todo:
            node, part, trail = following()
            steps -= 1
            if not steps:
                steps = _STEPS
                checkpoint()
            if type(node) is list:
                todo += [
                    (child, part, (trail, index)) for index, child in enumerate(node) if type(child) in _CONTAINERS
                ]
                continue
            if "$ref" in node:
                reference = node["$ref"]
                if type(reference) is str and reference not in references:
                    references[reference] = (part, trail)
            if "deprecated" in node and node["deprecated"] is True:
                self.deprecated += 1
            if "example" in node:
                self.examples += 1
            if "examples" in node:
                self._examples(node["examples"], todo, trail)
            for key, child in node.items():
                kind = type(child)
                if kind is str:
                    if key in _NAMES:
                        self.names.add(child if key == "$id" else "#" + child)
                elif kind is dict or kind is list:
                    below = below_key(key, _OTHER)
                    if below is None or (
                        below is _OTHER and (key[:2] == "x-" or (part == "example" and key == "value"))
                    ):
                        continue
                    if below[1] and kind is dict:
                        if key == "properties" and part == "schema":
                            self._properties(child)
                        inner = (trail, key)
                        todo += [(item, below[0], (inner, name)) for name, item in child.items() if type(item) is dict]
                    else:
                        more((child, below[0], (trail, key)))

    def _examples(self, examples: Any, todo: list[tuple[Any, str, Trail]], trail: Trail) -> None:
        """A list of data, or a mapping whose members may be references (Media Type Object, Components Object)."""
        if isinstance(examples, dict | list):
            self.examples += len(examples)
        if isinstance(examples, dict):
            inner = (trail, "examples")
            todo += [
                (item, "example", (inner, name))
                for name, item in examples.items()
                if type(item) is dict and ("$ref" in item or "value" in item)
            ]

    def add(self, other: "Survey") -> None:
        """Take over what another pass counted."""
        self.properties += other.properties
        self.documented_properties += other.documented_properties
        self.examples += other.examples
        self.deprecated += other.deprecated

    def _properties(self, properties: dict[str, Any]) -> None:
        self.properties += len(properties)
        for name, schema in properties.items():
            if type(schema) is not dict:
                continue
            description = schema.get("description")
            if type(description) is str and self.says(name, description):
                self.documented_properties += 1
            elif type(reference := schema.get("$ref")) is str:
                self.referring_properties.append((name, reference))

    def says(self, name: str, description: str) -> bool:
        """Does a description say more than the name of the property? Each pair is judged once."""
        known = self._said.get((name, description))
        if known is None:
            known = self._said[name, description] = is_documented(description, name)
        return known


def part_at(start: Any, path: list[str]) -> str:
    """The part that stands at a pointer below the description `start`, empty where it is none that is known."""
    part, node, names = "", start, False
    for token in path:
        if isinstance(node, dict):
            if names:
                names = False
            else:
                below = ("example", True) if token == "examples" else _BELOW.get(token, _OTHER)
                part, names = below or _OTHER
            node = node.get(token)
            names = names and isinstance(node, dict)
        else:
            node = (
                node[int(token[:9])]
                if isinstance(node, list) and token.isdecimal() and int(token[:9]) < len(node)
                else None
            )
    return "" if names else part


def pointer_of(trail: Trail) -> str:
    """The JSON pointer of a trail."""
    path: list[Any] = []
    while trail:
        trail, key = trail
        path.append(key)
    return pointer_to(*reversed(path))
