"""Which interface of a standard does a description describe? Told by its operations, never by its title alone.

What is known of these interfaces is data: `rules/data/standard-apis.yaml`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cpo_probes.api.path_template import without_names


def standardised(
    table: Mapping[str, Any], operations: Iterable[tuple[str, str]], parameters: Iterable[str], title: str | None
) -> dict[str, Any]:
    """The attributes `standard` and `standard_interfaces`, of a description with these operations (verb and path).

    `standard_interfaces` names each interface with how many of the operations (or parameters) were seen by which it is
    known, and of how many. Empty where there is none; `standard` only where all belong to one standard.
    """
    by_path: defaultdict[str, set[str]] = defaultdict(set)
    for verb, path in operations:
        by_path[without_names(path[:500].rstrip("/"))].add(verb.upper())
    named = set(parameters)
    said = " ".join((title or "").lower().split())
    found = []
    for row in table["interfaces"]:
        titled = any(words in said for words in row["titles"])
        wanted: list[str] = row.get("core") or row["parameters"]
        seen = _seen(row["core"], by_path) if "core" in row else len(named.intersection(wanted))
        least = row.get("least") or len(wanted)
        if seen >= ((least + 1) // 2 if titled else least) and seen:
            name = {"standard": row["standard"], "name": row["name"], "seen": seen, "of": len(wanted), "titled": titled}
            found.append(name)
    standards = {name["standard"] for name in found}
    if not found:
        return {}
    return {"standard": standards.pop() if len(standards) == 1 else None, "standard_interfaces": found}


def parameter_names(value: Mapping[str, Any], operations: Iterable[Any]) -> Iterator[str]:
    """Names of parameters in an OpenAPI document: those of its operations, and those that are declared for all."""
    components = value.get("components")
    for shared in (value.get("parameters"), components.get("parameters") if isinstance(components, dict) else None):
        if isinstance(shared, dict):
            yield from _names(shared.values())
    for operation in operations:
        own = operation.value.get("parameters")
        yield from _names(own if isinstance(own, list) else ())
        yield from _names(operation.shared)


def _names(parameters: Iterable[Any]) -> Iterator[str]:
    for parameter in parameters:
        if isinstance(parameter, dict) and isinstance(parameter.get("name"), str):
            yield parameter["name"]


def _seen(core: list[str], by_path: Mapping[str, set[str]]) -> int:
    """How many of the operations are there below one prefix: the one below which most are."""
    wanted = [operation.split(" ", 1) for operation in core]
    # Every path that ends in one of them may tell the prefix.
    prefixes = {path[: -len(end)] for _, end in wanted for path in by_path if path.endswith(end)}
    return max((sum(verb in by_path.get(prefix + end, ()) for verb, end in wanted) for prefix in prefixes), default=0)
