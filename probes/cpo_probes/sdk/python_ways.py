"""Reads Python sources by the ways of `rules/data/mechanisms.yaml`: calls, subclasses, decorators, variables.

By syntax tree: what stands in a comment or a string is nothing.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cpo_probes.sdk.facts import Fact, usable
from cpo_probes.sdk.manifests import Way, strength_of
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.sources import find, parse, text
from cpo_scan.probe.wording import is_documented

if TYPE_CHECKING:
    from tree_sitter import Node

    Nodes = dict[str, list[Node]]

MOST_PARTS = 8  # of a dotted name
MOST_GIVEN = 64  # strings of a list, or of the calls of a function
_KINDS = (
    "call", "class_definition", "decorated_definition", "import_statement", "import_from_statement", "assignment",
    "expression_statement",
)  # fmt: skip
_LINE = 1000  # bytes of a line that are quoted at most; an excerpt holds 240 characters
Rows = list[tuple[str, Way]]


def literals(rows: Rows) -> tuple[bytes, ...]:
    """What must stand in a source for one of the ways to find something there."""
    words: set[str] = set()
    for _, way in rows:
        if "words" in way:
            words |= set(way["words"])
            continue
        for key in ("calls", "classes", "defines", "decorators"):
            words |= {word.rpartition(".")[2] for word in way.get(key, ())}
        if "assigns" in way:
            words.add(way["assigns"])
    return tuple(sorted(word.encode() for word in words))


def python_facts(rows: Rows, artifact: Artifact, data: bytes, context: Context) -> Iterator[Fact]:
    """The points and uses that a source states. `rows` are the ways with their mechanisms."""
    tree = parse(data, "python")
    source = _Source(artifact, find(tree, *_KINDS))
    for mechanism, way in rows:
        context.checkpoint()
        for name, point, node, described in source.found(way):
            if not usable(name):
                continue
            place = artifact.at(_first_line(data, node), line=node.start_point[0] + 1)
            yield Fact(way["states"], mechanism, name, point, (place,), strength_of(way), described)
            if way.get("scope") == "file":
                break


def _first_line(data: bytes, node: "Node") -> str:
    """The first line of a node: its whole text can be long, and then `text` gives none."""
    most = min(node.end_byte, node.start_byte + _LINE)
    end = data.find(b"\n", node.start_byte, most)
    return data[node.start_byte : end if end >= 0 else most].decode(errors="replace").rstrip()


Found = tuple[str, str, "Node", bool]


class _Source:
    """One source: its nodes, and what its names stand for."""

    def __init__(self, artifact: Artifact, nodes: "Nodes") -> None:
        self._artifact, self._nodes = artifact, nodes
        self._imported = dict(_imports(nodes))
        self._constants = dict(_constants(nodes["assignment"]))

    def found(self, way: Way) -> Iterator[Found]:
        """Name, point, node and whether it is described, for each place that a way finds."""
        point = way.get("point", "").removeprefix("=")
        if "calls" in way:
            yield from self._calls(way, point)
        if "classes" in way:
            yield from self._classes(way, point)
        if "defines" in way:
            yield from self._definitions(way)
        if "decorators" in way:
            yield from self._decorated(way, point)
        if "assigns" in way or way.get("literal"):
            yield from self._tables(way, point)

    def _calls(self, way: Way, point: str) -> Iterator[Found]:
        for node in self._nodes["call"]:
            if not self._is_one(node.child_by_field_name("function"), way["calls"], own=way.get("dotted", False)):
                continue
            for name in [self._module()] if way.get("scope") == "file" else self._arguments(node, way["name"]):
                if name and ("plain" not in way or compile_pattern(way["plain"], text=True).match(name)):
                    yield name, point, node, False

    def _classes(self, way: Way, point: str) -> Iterator[Found]:
        for node in self._nodes["class_definition"]:
            base = next((base for base in self._bases(node) if _fits(base, way["classes"])), None)
            if base is not None:
                name = f"{self._module()}.{_name(node)}"
                yield name, base.rpartition(".")[2] if point == "base" else point, node, False

    def _definitions(self, way: Way) -> Iterator[Found]:
        for node in self._nodes["class_definition"]:
            bases = [base.rpartition(".")[2] for base in self._bases(node)]
            if _name(node) in way["defines"] and ("under" not in way or set(way["under"]) & set(bases)):
                yield f"{self._module()}.{_name(node)}", "", node, is_documented(_docstring(node), _name(node))

    def _decorated(self, way: Way, point: str) -> Iterator[Found]:
        for node in self._nodes["decorated_definition"]:
            for decorator in node.named_children:
                if decorator.type != "decorator" or not decorator.named_children:
                    continue
                called = decorator.named_children[0]
                if called.type == "call":
                    called = called.child_by_field_name("function") or called
                inner = node.child_by_field_name("definition")
                if inner is not None and self._is_one(called, way["decorators"], own=True):
                    if way.get("scope") == "file":
                        yield self._module(), point, node, False
                    else:
                        yield _name(inner), point, inner, is_documented(_docstring(inner), _name(inner))

    def _tables(self, way: Way, point: str) -> Iterator[Found]:
        """A dictionary: that of a module's variable, or the one expression of a manifest."""
        if way.get("literal"):
            candidates = [node.named_children[0] for node in self._nodes["expression_statement"] if node.named_children]
        else:
            candidates = [
                value
                for node in self._nodes["assignment"]
                if (target := node.child_by_field_name("left")) is not None
                and text(target) == way["assigns"]
                and (value := node.child_by_field_name("right")) is not None
            ]
        for node in candidates:
            if node.type == "dictionary":
                for pair in node.named_children[:256]:
                    key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                    if pair.type == "pair" and self._literal(key) == way["key"] and (name := self._literal(value)):
                        yield name, point, pair, False

    # -- names

    def _is_one(self, node: "Node | None", wanted: Iterable[str], *, own: bool) -> bool:
        """Is it one of the wanted names? `own`: a name of one part fits whatever stands before it."""
        called = self._dotted(node)
        return bool(called) and (_fits(called, wanted) if own else _fits(called, wanted) or called in wanted)

    def _dotted(self, node: "Node | None") -> str:
        """The dotted name that an expression stands for, aliases followed; empty where it is no plain name."""
        parts: list[str] = []
        while node is not None and node.type == "attribute" and len(parts) < MOST_PARTS:
            parts.append(text(node.child_by_field_name("attribute") or node))
            node = node.child_by_field_name("object")
        if node is None:
            return ""
        first = text(node) if node.type == "identifier" else "?"
        return ".".join([self._imported.get(first, first), *reversed(parts)])

    def _bases(self, node: "Node") -> list[str]:
        listed = node.child_by_field_name("superclasses")
        return [self._dotted(base) for base in listed.named_children[:32]] if listed is not None else []

    def _arguments(self, call: "Node", wanted: Iterable[Any]) -> list[str]:
        """The strings that are given by one of these keywords or positions; `class`: the name of a class or object."""
        listed = call.child_by_field_name("arguments")
        given = listed.named_children[:64] if listed is not None and listed.type == "argument_list" else []
        plain = [node for node in given if node.type not in ("keyword_argument", "comment")]
        for key in wanted:
            if key == "class":
                last = plain[-1] if plain else None
                if last is not None and last.type == "call":
                    last = last.child_by_field_name("function")
                return [self._dotted(last).rpartition(".")[2]] if last is not None else []
            value = None
            if isinstance(key, int):
                value = plain[key] if key < len(plain) else None
            else:
                for node in given:
                    if node.type == "keyword_argument" and text(node.child_by_field_name("name") or node) == key:
                        value = node.child_by_field_name("value")
            if found := self._literal(value):
                return [found]
            if value is not None and value.type == "identifier" and (passed := self._passed(value)):
                return passed
        return []

    def _passed(self, name: "Node") -> list[str]:
        """The strings that a loop runs over, or that calls in this source give to the function around.

        `for group in GROUPS: entry_points(group=group)`; `def load(group): entry_points(group=group)`, `load("a.b")`.
        """
        wanted, node = text(name), name.parent
        while node is not None:
            if node.type == "for_statement" and wanted in _names(node.child_by_field_name("left")):
                return self._looped(node.child_by_field_name("right"))
            if node.type == "function_definition":
                parameters = _names(node.child_by_field_name("parameters"))
                if wanted in parameters:
                    return self._given(_name(node), wanted, parameters.index(wanted))
            node = node.parent
        return []

    def _looped(self, over: "Node | None") -> list[str]:
        """The strings of a list, or the keys of a dictionary, that stands here or is given to a name once."""
        if over is not None and over.type == "call":  # GROUPS.items()
            called = over.child_by_field_name("function")
            over = called.child_by_field_name("object") if called is not None else None
        if over is not None and over.type == "identifier":
            values = [
                value
                for node in self._nodes["assignment"]
                if (target := node.child_by_field_name("left")) is not None
                and text(target) == text(over)
                and (value := node.child_by_field_name("right")) is not None
            ]
            over = values[0] if len(values) == 1 else None
        if over is None or over.type not in ("list", "tuple", "set", "dictionary"):
            return []
        listed = [
            pair.child_by_field_name("key") if over.type == "dictionary" else pair
            for pair in over.named_children[:MOST_GIVEN]
        ]
        return [found for node in listed if (found := self._literal(node))]

    def _given(self, function: str, parameter: str, place: int) -> list[str]:
        """The strings that calls of a function in this source give to one of its parameters."""
        found = []
        for call in self._nodes["call"]:
            called, listed = call.child_by_field_name("function"), call.child_by_field_name("arguments")
            if called is None or text(called) != function or listed is None or listed.type != "argument_list":
                continue
            given = [node for node in listed.named_children[:64] if node.type != "comment"]
            named = {text(node.child_by_field_name("name") or node): node for node in given
                     if node.type == "keyword_argument"}  # fmt: skip
            plain = [node for node in given if node.type != "keyword_argument"]
            value = named[parameter].child_by_field_name("value") if parameter in named else None
            if value is None and place < len(plain):
                value = plain[place]
            if (literal := self._literal(value)) and literal not in found:
                found.append(literal)
        return found[:MOST_GIVEN]

    def _literal(self, node: "Node | None") -> str:
        if node is None:
            return ""
        if node.type == "identifier":
            return self._constants.get(text(node), "")
        if node.type == "call":  # _("Name"), a translated literal
            listed = node.child_by_field_name("arguments")
            node = listed.named_children[0] if listed is not None and listed.named_children else None
        return _string(node)

    def _module(self) -> str:
        stem = self._artifact.name.rpartition(".")[0]
        return self._artifact.path.split("/")[-2] if stem == "__init__" and "/" in self._artifact.path else stem


def _fits(called: str, wanted: Iterable[str]) -> bool:
    return any(called == name or called.endswith(f".{name}") for name in wanted)


def _names(node: "Node | None") -> list[str]:
    """The names in the head of a loop, or of parameters, in order."""
    if node is None:
        return []
    if node.type == "identifier":
        return [text(node)]
    listed = []
    for child in node.named_children[:64]:
        inner = child.child_by_field_name("name") or child
        while inner.type in ("typed_parameter", "list_splat_pattern") and inner.named_children:
            inner = inner.named_children[0]
        listed.append(text(inner))
    return listed


def _name(node: "Node") -> str:
    return text(node.child_by_field_name("name") or node)


def _docstring(node: "Node") -> str:
    body = node.child_by_field_name("body")
    first = body.named_children[0] if body is not None and body.named_children else None
    if first is not None and first.type == "expression_statement" and first.named_children:
        first = first.named_children[0]
    return _string(first)


def _string(node: "Node | None") -> str:
    if node is None or node.type not in ("string", "concatenated_string"):
        return ""
    try:
        value = ast.literal_eval(text(node))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def _imports(nodes: "Nodes") -> Iterator[tuple[str, str]]:
    """What an imported name stands for."""
    for node in nodes["import_statement"]:
        for name in node.children_by_field_name("name"):
            if name.type == "aliased_import":
                yield _alias(name), text(name.child_by_field_name("name") or name)
    for node in nodes["import_from_statement"]:
        module = node.child_by_field_name("module_name")
        for name in node.children_by_field_name("name"):
            full = text(name.child_by_field_name("name") or name) if name.type == "aliased_import" else text(name)
            yield _alias(name), f"{text(module) if module is not None else ''}.{full}".lstrip(".")


def _alias(node: "Node") -> str:
    alias = node.child_by_field_name("alias") if node.type == "aliased_import" else None
    return text(alias if alias is not None else node)


def _constants(assignments: "list[Node]") -> Iterator[tuple[str, str]]:
    """Names that are given a string once; one that is given several has none."""
    seen: dict[str, str] = {}
    for node in assignments:
        target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if target is not None and target.type == "identifier":
            name = text(target)
            seen[name] = "" if name in seen else _string(value)
    yield from seen.items()
