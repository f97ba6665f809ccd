"""Routes in Python sources, by syntax tree: decorators and calls of web frameworks that the file imports."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from cpo_probes.api.routes.route import Route, joined
from cpo_scan.probe.sources import find, text

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MOST_VERBS = 8


def python_routes(tree: "Tree", frameworks: list[dict[str, Any]]) -> Iterator[Route]:
    """The routes of one source, in its order; `frameworks` are the rows of the rules."""
    nodes = find(
        tree, "decorator", "call", "assignment", "import_statement", "import_from_statement", "augmented_assignment"
    )
    modules = _modules(nodes)
    rows = [row for row in frameworks if any(_imports(modules, module) for module in row["modules"])]
    if not rows:
        return
    prefixes = _prefixes(nodes["assignment"], {row["prefix"] for row in rows if "prefix" in row})
    for node in nodes["decorator"]:
        call = node.named_children[0] if node.named_children else None
        if call is not None and call.type == "call":
            yield from _decorated(call, rows, prefixes)
            yield from _exposed(call, rows)
    for call in nodes["call"]:
        yield from _called(call, rows, prefixes)


def _modules(nodes: "dict[str, list[Node]]") -> set[str]:
    found = set()
    for node in nodes["import_statement"]:
        for name in node.children_by_field_name("name"):
            found.add(text(name).partition(" as ")[0].strip())
    for node in nodes["import_from_statement"]:
        module = node.child_by_field_name("module_name")
        if module is not None:
            found.add(text(module))
    return found


def _imports(modules: set[str], wanted: str) -> bool:
    return any(module == wanted or module.startswith(f"{wanted}.") for module in modules)


def _prefixes(assignments: "list[Node]", keywords: set[str]) -> dict[str, str | None]:
    """Names that stand for routers with a prefix; None where it is no literal."""
    found: dict[str, str | None] = {}
    for node in assignments:
        target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        if target is None or value is None or value.type != "call":
            continue
        given = _keywords(value)
        name = text(target).rpartition(".")[2]
        for keyword in keywords & given.keys():
            found[name] = _literal(given[keyword])
    return found


def _decorated(call: "Node", rows: list[dict[str, Any]], prefixes: dict[str, str | None]) -> Iterator[Route]:
    called = call.child_by_field_name("function")
    if called is None or called.type != "attribute":
        return
    attribute, owner = called.child_by_field_name("attribute"), called.child_by_field_name("object")
    if attribute is None or owner is None:
        return
    verb, router = text(attribute), text(owner).rpartition(".")[2]
    keywords, positional = _keywords(call), _positional(call)
    path = _literal(positional[0] if positional else keywords.get("path", keywords.get("rule")))
    if path is None or not (path.startswith("/") or (path == "" and router in prefixes)):
        return
    for row in rows:
        if verb in row.get("verbs", ()):
            yield _route(row, verb.upper(), path, prefixes, router, call)
            return
        if verb in row.get("any", ()):
            verbs = _verbs(keywords.get("methods")) or (
                [""] if verb != "route" or row["framework"] != "flask" else ["GET"]
            )
            for one in verbs[:MOST_VERBS]:
                yield _route(row, one, path, prefixes, router, call)
            return


def _exposed(call: "Node", rows: list[dict[str, Any]]) -> Iterator[Route]:
    """A decorator by its name alone, on a method of a class that says where its paths begin."""
    called, positional = call.child_by_field_name("function"), _positional(call)
    path = _literal(positional[0]) if positional else None
    row = next((row for row in rows if called is not None and text(called) in row.get("exposed", ())), None)
    if row is None or path is None or not path.startswith("/"):
        return
    base = _class_path(call, row["bases"])
    for verb in (_verbs(_keywords(call).get("methods")) or ["GET"])[:MOST_VERBS]:
        route = _route(row, verb, path, {}, "", call, whole=base is not None)
        yield msgspec.structs.replace(route, path=joined(base or "", path))


def _class_path(node: "Node", bases: dict[str, str]) -> str | None:
    """Where the paths of the class around begin: a class attribute put into its pattern."""
    above = node.parent
    while above is not None and above.type != "class_definition":
        above = above.parent
    body = above.child_by_field_name("body") if above is not None else None
    for statement in body.named_children if body is not None else ():
        given = statement.named_children[0] if statement.type == "expression_statement" else None
        target = given.child_by_field_name("left") if given is not None and given.type == "assignment" else None
        if given is not None and target is not None and text(target) in bases:
            value = _literal(given.child_by_field_name("right"))
            return bases[text(target)].replace("{}", value) if value is not None else None
    return None


def _called(call: "Node", rows: list[dict[str, Any]], prefixes: dict[str, str | None]) -> Iterator[Route]:
    called = call.child_by_field_name("function")
    if called is None:
        return
    name = text(called).rpartition(".")[2]
    for row in rows:
        if name in row.get("functions", ()) and called.type == "attribute":
            yield from _function(row, call)
            return
        positional = _positional(call)
        path = _literal(positional[0]) if positional else None
        if path is None:
            continue
        if name in row.get("add", ()) and path.startswith("/"):
            verbs = _verbs(_keywords(call).get("methods"))
            verbs = verbs or [name.removeprefix("add_").upper() if name != "add_url_rule" else "GET"]
            for one in verbs[:MOST_VERBS]:
                yield _route(row, one, path, prefixes, text(called).rpartition(".")[0], call)
            return
        if name in row.get("lists", ()) and called.type == "identifier" and len(positional) > 1:
            included = positional[1].type == "call" and text(positional[1]).startswith(("include(", "include ("))
            if not included:
                yield _route(row, "", "/" + path.lstrip("^/").rstrip("$"), prefixes, "", call, whole=False)
            return
        if name in row.get("register", ()) and called.type == "attribute" and len(positional) > 1:
            yield _route(row, "", "/" + path.strip("^/$"), prefixes, "", call, whole=False)
            return


def _function(row: dict[str, Any], call: "Node") -> Iterator[Route]:
    """A function that is called by its name from outside: the stated one, else its own."""
    positional = _positional(call)
    stated = _literal(positional[1] if len(positional) > 1 else _keywords(call).get("name"))
    own = text(positional[0]).rpartition(".")[2] if positional and positional[0].type != "lambda" else ""
    if name := stated or own:
        yield Route(row["interface"], row["framework"], "", name[:500], call.start_point[0] + 1, text(call)[:240])


def _route(
    row: dict[str, Any],
    verb: str,
    path: str,
    prefixes: dict[str, str | None],
    router: str,
    node: "Node",
    *,
    whole: bool = True,
) -> Route:
    prefix = prefixes.get(router, "")
    return Route(
        interface="http",
        framework=row["framework"],
        verb=verb,
        path=joined(prefix or "", path),
        line=node.start_point[0] + 1,
        excerpt=text(node)[:240],
        whole=whole and prefix is not None,
        hidden=_says_no(_keywords(node).get("include_in_schema")),
    )


def _positional(call: "Node") -> "list[Node]":
    listed = call.child_by_field_name("arguments")
    if listed is None or listed.type != "argument_list":
        return []
    return [child for child in listed.named_children[:8] if child.type not in ("comment", "keyword_argument")]


def _keywords(call: "Node") -> "dict[str, Node]":
    listed = call.child_by_field_name("arguments")
    found: dict[str, Node] = {}
    for child in listed.named_children[:64] if listed is not None else ():
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is not None and value is not None:
                found[text(name)] = value
    return found


def _literal(node: "Node | None") -> str | None:
    if node is None or node.type != "string":
        return None
    try:
        value = ast.literal_eval(text(node))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _says_no(node: "Node | None") -> bool:
    return node is not None and node.type == "false"


def _verbs(node: "Node | None") -> list[str]:
    children = node.named_children[:MOST_VERBS] if node is not None and node.type in ("list", "tuple", "set") else []
    return [verb.upper() for verb in map(_literal, children) if verb]
