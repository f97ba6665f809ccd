"""What a GraphQL schema offers: the fields of its root types are the operations; and what is counted beside them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cpo_probes.api.deprecation import Deprecation
from cpo_probes.api.description import Operation, counted, endings
from cpo_probes.api.graphql.schema import INTROSPECTION, At, Definition, Value
from cpo_scan.probe.wording import is_documented

Place = Callable[[At], dict[str, Any]]
"""The keys of a locator for a place in the schema."""


def surface(
    definitions: Iterable[Definition], roots: dict[str, str], place: Place, excerpt: Callable[[At], str]
) -> tuple[dict[str, Any], list[Operation]]:
    """Attributes of the definitions of one file, and its operations without words of their own.

    `roots` are the names of the root types, each with the kind of its operations.
    """
    operations: list[Operation] = []
    arguments: list[Value] = []
    kinds = dict.fromkeys(sorted(set(roots.values())), 0)
    types = documented_types = fields = documented_fields = 0
    ending: list[tuple[str, Deprecation]] = []
    for item in definitions:
        if item.kind in ("schema", "directive") or item.name in INTROSPECTION:
            continue
        is_root = item.name in roots and item.kind == "type"
        if not item.extends and not is_root:
            types += 1
            documented_types += is_documented(item.text, item.name)
        for field in item.fields:
            name = f"{item.name}.{field.name}"
            if field.ending is not None:
                ending.append((name, field.ending))
            if is_root:
                kinds[roots[item.name]] += 1
                arguments += field.arguments
                own = (item.name, field.name, roots[item.name])
                operations.append(
                    Operation(name, field.text, own, place(field.at), field.ending, excerpt=excerpt(field.at))
                )
            else:
                fields += 1
                documented_fields += is_documented(field.text, item.name, field.name)
        for value in (*item.inputs, *item.values):
            if value.ending is not None:
                ending.append((f"{item.name}.{value.name}", value.ending))
        fields += len(item.inputs)
        documented_fields += sum(is_documented(value.text, item.name, value.name) for value in item.inputs)
    counts, gaps = counted(operations)
    return {
        **counts,
        **endings(ending),
        **{_PLURALS[kind]: count for kind, count in kinds.items()},
        "parameters": len(arguments),
        "documented_parameters": sum(is_documented(value.text, value.name) for value in arguments),
        "types": types,
        "documented_types": documented_types,
        "properties": fields,
        "documented_properties": documented_fields,
    }, gaps


_PLURALS = {"query": "queries", "mutation": "mutations", "subscription": "subscriptions"}


def description_of(definitions: Iterable[Definition]) -> Iterator[str]:
    """What the schema says of itself."""
    return (item.text for item in definitions if item.kind == "schema" and item.text)
