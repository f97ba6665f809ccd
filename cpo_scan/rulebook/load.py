"""Reading one rule file: YAML, checked by its JSON Schema, with the line of whatever is wrong."""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
import yaml

from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.root import rules_root


class RuleError(ValueError):
    """A rule file is not as it must be. The message is one line: file, line, what is expected."""


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file as read: its name below `rules/` (or as given), its data and the SHA-256 of its bytes."""

    name: str
    data: Any
    sha256: str


def read_rules(name: str, schema: str) -> RuleFile:
    """The rule file `name` below `rules/`, checked by `rules/schemas/SCHEMA.json`. Raises RuleError."""
    return parse_rules(name, (rules_root() / name).read_bytes(), schema)


def parse_rules(name: str, content: bytes, schema: str) -> RuleFile:
    """A rule file from its bytes; for files that the user gives. Raises RuleError."""
    try:
        node = yaml.compose(content, Loader=_Loader)
        data = yaml.load(content, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise RuleError(f"{place}: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}: {str(error).splitlines()[0]}") from None
    for path, message in _violations(data, schema):
        raise RuleError(f"{name}:{_line(node, path)}: {message}")
    return RuleFile(name=name, data=data, sha256=digest(content))


def rule_files(folder: str) -> Iterator[Traversable]:
    """The YAML files of a folder below `rules/`, by name."""
    yield from sorted(
        (item for item in (rules_root() / folder).iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
    )


class _Loader(yaml.CSafeLoader):
    """Safe YAML with the scalars of YAML 1.2 core: `no`, dates and `12:30` stay text; a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands here twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool", ":int"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


def _violations(data: Any, schema: str) -> Iterator[tuple[list[str | int], str]]:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(
        msgspec.json.decode((rules_root() / "schemas" / f"{schema}.json").read_bytes()), offline=True
    )
    for error in sorted(validator.iter_errors(data), key=lambda error: [str(part) for part in error.instance_path]):
        yield list(error.instance_path), error.message


def _line(node: yaml.Node | None, path: list[str | int]) -> int:
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), node)
    return node.start_mark.line + 1 if node is not None else 1
