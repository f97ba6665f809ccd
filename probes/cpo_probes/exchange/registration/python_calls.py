"""Registrations in Python sources, by syntax tree: calls of known functions, classes with known bases.

Comments and strings are no calls, so what is commented out is nothing.
"""

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpo_scan.probe.sources import Enclosing, find, text

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    Nodes = dict[str, list[Node]]

LONGEST_CONDITION = 200  # characters
DEEPEST_LITERAL = 20  # parentheses and plus signs around a literal
KINDS = ("assignment", "call", "class_definition", "comparison_operator", "dictionary", "function_definition", "pair")
"""Kinds of nodes in which registrations stand."""
IMPORTS = ("import_statement", "import_from_statement")
CONDITIONS = (
    "if_statement",
    "elif_clause",
    "while_statement",
    "conditional_expression",
    "except_clause",
    "try_statement",
)
"""Kinds of nodes that `Names` and `Conditions` want to be given: a tree is walked once."""
MOST_KEYWORDS = 64  # arguments of one call
MOST_CONDITIONS = 16  # quoted, inmost first


@dataclass(frozen=True)
class Registration:
    """One registration as it stands in a source: the row of the rules that it fits, and the product's own words."""

    row: dict[str, Any]
    direction: str
    label: str
    suffixes: tuple[str, ...]
    handler: str | None
    condition: str | None
    line: int
    excerpt: str


class Module:
    """A source that was walked once: its nodes by kind, what its names stand for, what must hold for a statement."""

    def __init__(self, tree: "Tree") -> None:
        self.nodes = find(tree, *KINDS, *IMPORTS, *CONDITIONS)
        self.names, self.conditions = Names(tree, self.nodes), Conditions(self.nodes)


def registrations(module: Module, calls: list[dict[str, Any]], classes: list[dict[str, Any]]) -> Iterator[Registration]:
    """All registrations in a source, in its order."""
    nodes, names, conditions = module.nodes, module.names, module.conditions
    callees = Callees(calls)
    for node in nodes["call"]:
        if (known := callees.known(node, names)) is not None:
            yield from _call(node, known[1], names, conditions)
    for node in nodes["class_definition"]:
        yield from _class(node, classes, names, conditions)


def fits(called: str, callee: str) -> bool:
    """Is this dotted name the one of the rules, or does it end in it?"""
    return called == callee or called.endswith(f".{callee}")


class Callees:
    """Functions that the rules know, by the last word of their names: most calls are of none."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for row in rows:
            for callee in row["callee"]:
                self._rows.setdefault(callee.rpartition(".")[2], []).append((callee, row))

    def known(self, call: "Node", names: "Names") -> tuple[str, dict[str, Any]] | None:
        """The full name that is called, and the first row that it fits."""
        node = call.child_by_field_name("function")
        if node is not None and node.type == "attribute":
            last = node.child_by_field_name("attribute")
            if last is not None and text(last) not in self._rows:
                return None
        called = names.of(node)
        if called is None:
            return None
        rows = self._rows.get(called.rpartition(".")[2], ())
        return next(((called, row) for callee, row in rows if fits(called, callee)), None)


class Names:
    """What the names of a module stand for: imports with their aliases, and constants that hold one literal."""

    def __init__(self, tree: "Tree", nodes: "Nodes") -> None:
        self.imported: dict[str, str] = {}
        self.constants: dict[str, str | None] = {}
        self.held: dict[str, Node | None] = {}
        """What the constants are set to, whatever it is; None where they are set twice."""
        for node in nodes["import_statement"]:
            for name in node.children_by_field_name("name"):
                if name.type == "aliased_import":
                    self._alias(name, "")
        for node in nodes["import_from_statement"]:
            module = node.child_by_field_name("module_name")
            for name in node.children_by_field_name("name"):
                self._alias(name, text(module) if module else "")
        for statement in tree.root_node.named_children:
            if statement.type == "expression_statement":
                self._constant(statement.named_children[0])

    def _constant(self, node: "Node") -> None:
        target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.type == "assignment" and target is not None and value is not None and target.type == "identifier":
            known = text(target) in self.constants
            self.constants[text(target)] = None if known else self.literal(value)
            self.held[text(target)] = None if known else value

    def _alias(self, node: "Node", module: str) -> None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        full = text(name if name is not None else node)
        self.imported[text(alias) if alias is not None else full] = f"{module}.{full}" if module else full

    def of(self, node: "Node | None") -> str | None:
        """The dotted name that a callee stands for, aliases followed; None where it is no plain name."""
        parts: list[str] = []
        while node is not None and node.type == "attribute" and len(parts) < 8:
            parts.append(text(node.child_by_field_name("attribute") or node))
            node = node.child_by_field_name("object")
        if node is None or node.type != "identifier":
            return None
        first = text(node)
        return ".".join([self.imported.get(first, first), *reversed(parts)])

    def literal(self, node: "Node | None", depth: int = 0) -> str | None:
        """The string that an expression is: a literal, adjacent or added literals, a constant, a translated literal."""
        if node is None or depth > DEEPEST_LITERAL:
            return None
        match node.type:
            case "string":
                return _string(node)
            case "concatenated_string" | "binary_operator" | "parenthesized_expression":
                parts = [
                    self.literal(child, depth + 1) for child in node.named_children[:64] if child.type != "comment"
                ]
                return "".join(part for part in parts if part) if parts and all(parts) else None
            case "identifier":
                return self.constants.get(text(node))
            case "call":  # translate("Context", "STEP (*.step)"), _("STEP (*.step)")
                literals = ("string", "concatenated_string")
                found = [self.literal(child, depth + 1) for child in arguments(node)[:4] if child.type in literals]
                return found[-1] if found else None
            case _:
                return None


def _string(node: "Node") -> str | None:
    try:
        value = ast.literal_eval(text(node))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        # an f-string, or one that Python would refuse: its plain parts are the product's words all the same
        value = "".join(text(child) for child in node.named_children if child.type == "string_content")
    return value if isinstance(value, str) else None


def arguments(call: "Node") -> "list[Node]":
    """The positional arguments of a call."""
    listed = call.child_by_field_name("arguments")
    if listed is None or listed.type != "argument_list":
        return []
    return [child for child in listed.named_children if child.type not in ("comment", "keyword_argument")]


def keywords(call: "Node") -> "Iterator[tuple[str, Node]]":
    """The arguments of a call that are given by name."""
    listed = call.child_by_field_name("arguments")
    for child in listed.named_children[:MOST_KEYWORDS] if listed is not None else ():
        if child.type == "keyword_argument":
            key, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if key is not None and value is not None:
                yield text(key), value


def _call(node: "Node", row: dict[str, Any], names: Names, conditions: "Conditions") -> Iterator[Registration]:
    given = arguments(node)
    if row["label"] == "any":
        listed = node.child_by_field_name("arguments")
        strings = find_strings(listed, names) if listed is not None else []
        label: str | None = ";;".join(string for string in strings if "*." in string)
    else:
        label = names.literal(given[row["label"]]) if len(given) > row["label"] else None
    condition = conditions.of(node)
    if not label or condition == NEVER:
        return
    place = row.get("handler")
    listed = given[row["suffixes"]] if len(given) > row.get("suffixes", len(given)) else None
    yield Registration(
        row=row,
        direction=_direction(node, row, given),
        label=label,
        suffixes=tuple(string.lstrip("*.").lower() for string in find_strings(listed, names)) if listed else (),
        handler=names.literal(given[place]) if place is not None and len(given) > place else None,
        condition=condition,
        line=node.start_point[0] + 1,
        excerpt=text(node),
    )


def _direction(call: "Node", row: dict[str, Any], given: "list[Node]") -> str:
    """The direction of a call: that of its row, unless the arguments tell which way."""
    if "directions" in row:
        ways = [
            way
            for way, place in sorted(row["directions"].items())
            if len(given) > place and text(given[place]) not in ("None", "{}", "dict()")
        ]
        return "both" if len(ways) == 2 else ways[0] if ways else str(row["direction"])
    words = text(call.child_by_field_name("arguments") or call).replace(".", " ").replace("|", " ")
    said = [row["words"][word] for word in _split(words) if word in row.get("words", ())]
    return said[0] if said else str(row["direction"])


def _split(words: str) -> list[str]:
    return "".join(character if character.isalnum() or character == "_" else " " for character in words).split()


def find_strings(node: "Node", names: Names) -> list[str]:
    """The strings among the arguments of a call, in lists too, at most 64; a pair `("STEP", "*.step")` is one label."""
    found: list[str] = []
    waiting = deque((child, 0) for child in node.named_children)
    while waiting and len(found) < 64:
        child, depth = waiting.popleft()
        if child.type == "keyword_argument":
            value = child.child_by_field_name("value")
            waiting += [(value, depth)] if value is not None else []
        elif child.type in ("list", "tuple") and depth < 3:
            inner = child.named_children[:64]
            pair = [names.literal(part) for part in inner] if child.type == "tuple" and len(inner) == 2 else []
            if len(pair) == 2 and pair[0] and pair[1] and pair[1].startswith(("*.", ".")):
                patterns = " ".join("*" + piece.lstrip("*") for piece in pair[1].split())
                found.append(f"{pair[0]} ({patterns})")
            else:
                waiting += [(part, depth + 1) for part in inner]
        else:
            literal = names.literal(child)
            found += [each for each in (literal, *_chosen(child, names)) if each]
    return found[:64]


def _chosen(node: "Node", names: Names) -> Iterator[str]:
    """The labels of which an expression picks one: `filters[form]`, also in an f-string, with its table above."""
    inner = [child.named_children[0] for child in node.named_children if child.type == "interpolation"]
    for one in [node, *inner]:
        held = one.child_by_field_name("value") if one.type == "subscript" else None
        table = _given_above(held) if held is not None and held.type == "identifier" else None
        for pair in table.named_children[:64] if table is not None else ():
            literal = names.literal(pair.child_by_field_name("value"))
            if literal is not None:
                yield literal


def _given_above(name: "Node") -> "Node | None":
    """The dictionary that a name was given last in one of the blocks around."""
    node = name.parent
    while node is not None:
        if node.type in ("block", "module"):
            for statement in reversed([child for child in node.named_children if child.end_byte <= name.start_byte]):
                given = statement.named_children[0] if statement.type == "expression_statement" else None
                target = given.child_by_field_name("left") if given is not None else None
                if given is not None and target is not None and text(target) == text(name):
                    value = given.child_by_field_name("right")
                    return value if value is not None and value.type == "dictionary" else None
        node = node.parent
    return None


def _class(node: "Node", rows: list[dict[str, Any]], names: Names, conditions: "Conditions") -> Iterator[Registration]:
    bases = node.child_by_field_name("superclasses")
    derived = [names.of(base) or "" for base in bases.named_children] if bases is not None else []
    row = next((row for row in rows if any(fits(base, known) for base in derived for known in row["bases"])), None)
    body, condition = node.child_by_field_name("body"), conditions.of(node)
    if row is None or body is None or condition == NEVER:
        return
    values: dict[str, str] = {}
    for statement in body.named_children[:1_000]:
        assignment = statement.named_children[0] if statement.type == "expression_statement" else None
        if assignment is None or assignment.type != "assignment":
            continue
        name = text(assignment.child_by_field_name("left") or assignment)
        value = assignment.child_by_field_name("right") or assignment.child_by_field_name("type")
        if name in (*row["suffixes"], row["label"], row.get("named_by")) and value is not None:
            literal = _default(value, names)
            if literal:
                values[name] = literal
    direction, called = str(row["direction"]), values.get(row.get("named_by", ""), "")
    if "named_by" in row:
        ways = [way for prefix, way in sorted(row["prefixes"].items()) if called.startswith(prefix)]
        if not ways:
            return
        direction = ways[0]
    suffixes = [called.rpartition(".")[2] if "." in called else ""] if "named_by" in row else []
    suffixes += [values.get(name, "") for name in row["suffixes"]]
    yield Registration(
        row=row,
        direction=direction,
        label=values.get(row["label"]) or text(node.child_by_field_name("name") or node),
        suffixes=tuple(
            dict.fromkeys(
                piece.strip().lstrip("*.").lower() for given in suffixes for piece in given.split(";") if piece
            )
        ),
        handler=None,
        condition=condition,
        line=node.start_point[0] + 1,
        excerpt=f"class {text(node.child_by_field_name('name') or node)}({', '.join(derived)})",
    )


def _default(node: "Node", names: Names) -> str | None:
    """A class attribute's text: a literal, or the `default` of a property, `StringProperty(default="*.obj")`."""
    if node.type == "type" and node.named_children:
        node = node.named_children[0]
    if node.type != "call":
        return names.literal(node)
    listed = node.child_by_field_name("arguments")
    for argument in listed.named_children if listed is not None else ():
        if argument.type == "keyword_argument" and text(argument.child_by_field_name("name") or argument) == "default":
            return names.literal(argument.child_by_field_name("value"))
    return None


NEVER = "False"
_DEAD = ("False", "0", "None", "TYPE_CHECKING", "typing.TYPE_CHECKING")


class Conditions:
    """What must hold for a statement of a module to run, as the source says it. Functions are no conditions."""

    def __init__(self, nodes: "Nodes") -> None:
        self._outer = Enclosing(node for kind in CONDITIONS for node in nodes[kind])

    def of(self, node: "Node") -> str | None:
        """None where nothing must hold; NEVER where what must hold never does (`if False:`)."""
        found: list[str] = []
        for outer in self._outer.of(node, MOST_CONDITIONS):
            match outer.type:
                case "if_statement" | "elif_clause" | "while_statement":
                    tested = outer.child_by_field_name("condition")
                    if tested is None or _inside(node, tested):
                        continue
                    if not _inside(node, outer.child_by_field_name("consequence") or outer.child_by_field_name("body")):
                        found.append(f"not ({_short(tested)})")
                    elif text(tested) in _DEAD:
                        return NEVER
                    else:
                        found.append(_short(tested))
                case "conditional_expression":
                    found.append(_short(outer))
                case "except_clause":
                    found.append(_first_line(outer))
                case _:
                    if _inside(node, outer.child_by_field_name("body")):
                        found.append("try")
        return " and ".join(reversed(found)) or None


def _inside(node: "Node", outer: "Node | None") -> bool:
    return outer is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def _first_line(clause: "Node") -> str:
    """`except ImportError`: the clause up to its block."""
    named = [_short(child) for child in clause.named_children if child.type not in ("block", "comment")]
    return " ".join(["except", *named])


def _short(node: "Node") -> str:
    folded = " ".join(text(node).split()) or "…"
    return folded if len(folded) <= LONGEST_CONDITION else folded[: LONGEST_CONDITION - 1] + "…"
