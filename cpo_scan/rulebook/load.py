"""Reading one rule file: YAML, checked by its JSON Schema, with the line of whatever is wrong."""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
import yaml

from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.root import rules_root

_SIZE_LIMIT = 4 * 2**20  # bytes of one rule file; the largest of ours has a few hundred thousand
_DEPTH_LIMIT = 40  # nesting; no schema of ours goes deeper than 10


class RuleError(ValueError):
    """A rule file is not as it must be. The message is one line: file, line, what is expected."""


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file as read: its name below `rules/` (or as given), its data and the SHA-256 of its bytes."""

    name: str
    data: Any
    sha256: str
    node: Any = None  # the YAML node tree; knows the lines

    def error(self, path: "list[str | int]", message: str) -> RuleError:
        """An error about the value at `path` of the data, with the line it stands in."""
        return RuleError(f"{self.name}:{_line(self.node, path)}: {message}")


def read_rules(name: str, schema: str) -> RuleFile:
    """The rule file `name` below `rules/`, checked by `rules/schemas/SCHEMA.json`. Raises RuleError."""
    return parse_rules(name, (rules_root() / name).read_bytes(), schema)


def parse_rules(name: str, content: bytes, schema: str) -> RuleFile:
    """A rule file from its bytes; for files that the user gives. Raises RuleError."""
    if len(content) > _SIZE_LIMIT:
        raise RuleError(f"{name}: larger than {_SIZE_LIMIT} bytes, which no rule file needs to be")
    try:
        node = yaml.compose(content, Loader=_Loader)
        _check_shape(name, node)
        data = _data(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise RuleError(f"{place}: {error.problem or error.context}") from None
    except RecursionError:
        raise RuleError(f"{name}: nested too deeply") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}: {str(error).splitlines()[0]}") from None
    for path, message in _violations(data, schema):
        raise RuleError(f"{name}:{_line(node, path)}: {message}")
    return RuleFile(name=name, data=data, sha256=digest(content), node=node)


def rule_files(folder: str) -> Iterator[Traversable]:
    """The YAML files of a folder below `rules/`, by name."""
    yield from sorted(
        (item for item in (rules_root() / folder).iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
    )


def _check_shape(name: str, root: yaml.Node | None) -> None:
    """Refuses what a rule file never needs and what costs without end: aliases, deep nesting, keys that are no text."""
    seen: set[int] = set()
    waiting = [(root, 1)] if root is not None else []
    while waiting:
        node, depth = waiting.pop()
        place = f"{name}:{node.start_mark.line + 1}"
        if depth > _DEPTH_LIMIT:
            raise RuleError(f"{place}: nested more than {_DEPTH_LIMIT} levels deep")
        if id(node) in seen:
            raise RuleError(f"{place}: aliases (*name) are not read in rule files")
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag != "tag:yaml.org,2002:str":
                    raise RuleError(f"{name}:{key.start_mark.line + 1}: a key must be text: quote it")
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


def _violations(data: Any, schema: str) -> Iterator[tuple[list[str | int], str]]:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(
        msgspec.json.decode((rules_root() / "schemas" / f"{schema}.json").read_bytes()), offline=True
    )
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
