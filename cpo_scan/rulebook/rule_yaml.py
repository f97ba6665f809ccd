"""The YAML of rule files: the scalars of YAML 1.2 core, no aliases, bounded depth, and the line of every value.

Apart from `load` because it brings two parsers along, which rules that were packed do not need.
"""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import yaml

_DEPTH_LIMIT = 40  # nesting; no schema of ours goes deeper than 10


class Fault(ValueError):
    """What is wrong, and the line it stands in (0: no line can be named)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def read_yaml(content: bytes, schema: bytes) -> Any:
    """The data of a rule file that its JSON Schema accepts. Raises Fault for the first thing that is wrong."""
    try:
        node = yaml.compose(content, Loader=_Loader)
        _check_shape(node)
        data = _data(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Fault(str(error.problem or error.context), mark.line + 1 if mark else 0) from None
    except RecursionError:
        raise Fault("nested too deeply") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Fault(str(error).splitlines()[0]) from None
    for path, message in _violations(data, schema):
        raise Fault(message, _line(node, path))
    return data


def line_of(content: bytes, path: list[str | int]) -> int:
    """The line of the value at `path` in a file that could be read."""
    return _line(yaml.compose(content, Loader=_Loader), path)


def lines_of(content: bytes, paths: list[list[str | int]]) -> list[int]:
    """The lines of many values, as `line_of`, with one reading."""
    node = yaml.compose(content, Loader=_Loader)
    return [_line(node, path) for path in paths]


def _check_shape(root: yaml.Node | None) -> None:
    """Refuses what a rule file never needs and what costs without end: aliases, deep nesting, keys that are no text."""
    seen: set[int] = set()
    waiting = [(root, 1)] if root is not None else []
    while waiting:
        node, depth = waiting.pop()
        line = node.start_mark.line + 1
        if depth > _DEPTH_LIMIT:
            raise Fault(f"nested more than {_DEPTH_LIMIT} levels deep", line)
        if id(node) in seen:
            raise Fault("aliases (*name) are not read in rule files", line)
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag != "tag:yaml.org,2002:str":
                    raise Fault("a key must be text: quote it", key.start_mark.line + 1)
                waiting.append((value, depth + 1))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((item, depth + 1) for item in node.value)


class _Loader(yaml.CSafeLoader):
    """Composes nodes with the scalars of YAML 1.2 core: `no`, dates and `12:30` stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool", ":int"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


def _data(node: yaml.Node | None) -> Any:
    """The data of a node whose shape was checked. A key given twice is an error."""
    match node:
        case None:
            return None
        case yaml.MappingNode():
            data: dict[str, Any] = {}
            for key, value in node.value:
                if key.value in data:
                    problem = f"{key.value!r} stands here twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                data[key.value] = _data(value)
            return data
        case yaml.SequenceNode():
            return [_data(item) for item in node.value]
        case _:
            return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    match node.tag.removeprefix("tag:yaml.org,2002:"):
        case "str":
            return node.value
        case "bool":
            return node.value == "true"
        case "int":
            return int(node.value)
        case "float":
            return float(node.value)
        case "null":
            return None
        case tag:
            raise yaml.constructor.ConstructorError(None, None, f"{tag} has no place in a rule file", node.start_mark)


def _violations(data: Any, schema: bytes) -> Iterator[tuple[list[str | int], str]]:
    validator = jsonschema_rs.validator_for(msgspec.json.decode(schema), offline=True)
    for error in sorted(validator.iter_errors(data), key=lambda error: [str(part) for part in error.instance_path]):
        path = list(error.instance_path)
        match getattr(error.kind, "unexpected", None):
            case [key, *_]:
                yield [*path, key], f"unknown key {key!r}"
            case _:
                yield path, _short(error.message)


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 300 else f"{line[:140]} … {line[-140:]}"


def _line(node: yaml.Node | None, path: list[str | int]) -> int:
    line = node.start_mark.line + 1 if node is not None else 1
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            # A block that hangs below its key starts a line later: the key's line is what people look for.
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line + 1
                    break
    return line
