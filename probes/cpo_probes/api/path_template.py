"""Paths with expressions in braces: `/parts/{id}`. Callers know the place of an expression, and not its name."""

from cpo_scan.probe.patterns import compile as pattern

_EXPRESSION = pattern(r"\{[^{}]*+\}", text=True)


def without_names(path: str) -> str:
    """The path with `{}` for each expression."""
    parts, at = [], 0
    for match in _EXPRESSION.finditer(path):
        parts.append(path[at : match.start()])
        at = match.end()
    return "{}".join([*parts, path[at:]])


def position(path: str, name: str) -> str:
    """Which expression of a path a parameter fills, counted from 1; its name where it is none of them. A pattern
    behind the name (`{id: [0-9]+}`, JAX-RS and WADL) is not part of it."""
    names = [match.group()[1:-1].partition(":")[0].strip() for match in _EXPRESSION.finditer(path)]
    return str(names.index(name) + 1) if name in names else name
