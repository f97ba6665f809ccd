"""Readers and writers that Python packages register as entry points: `[acme.readers]`, `step = acme.step:read`."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.handlers import Handlers
from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Strength


def entry_points(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Entries of groups that are called after readers or writers (Python packaging: entry points specification).

    The name of an entry tells the format, else that of the object which it names: `page = acme.html:HTMLExporter`.
    """
    group, direction, handlers = "", None, Handlers(context, {})
    for number, line in enumerate(context.text(artifact).splitlines(), 1):
        if line.startswith("["):
            group = line.strip().strip("[]")
            direction = names.in_table_name(group) or names.in_key(group)
        name, found, target = (piece.strip() for piece in line.partition("="))
        if direction is None or not found:
            continue
        module, _, made = target.partition("[")[0].strip().partition(":")
        standard = _meant(name, made, direction, names)
        if standard is None or not handlers.is_module(module):
            continue
        more: dict[str, Any] = {"mechanism": "python-entry-point", "handler": module, "group": group}
        strength = Strength.REGISTERED
        if handlers.find(module) is None:
            more["refuted"] = {"reason": "capability.handler_missing", "missing": module}
            strength = Strength.MENTIONED
        yield Claim(
            standard, direction, "registration", name, (artifact.at(line.strip(), line=number),), strength, more
        )


def _meant(name: str, made: str, direction: str, names: Naming) -> str | None:
    """The only format that an entry or its object is called after."""
    bare = name.lstrip("*.")
    by_suffix = names.in_label(bare, [bare.lower()]) if bare.replace("_", "").isalnum() else []
    standard = by_suffix[0] if len(by_suffix) == 1 else names.whole(bare, meant=True)
    if standard is None and words_of(made):
        named = names.in_identifier(made)
        standard = named.standard if named is not None and named.direction == direction else None
    return standard
