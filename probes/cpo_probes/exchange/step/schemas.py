"""What a name of an EXPRESS schema stands for: standard, application protocol, edition. The names are data."""

from typing import Any

from cpo_scan.probe import Context, patterns

_HEAD = 16 * 2**10
# The object identifier of a schema of ISO 10303, in its version id (edition 2) or in a remark at the head.
_OBJECT = (
    r"(?i)\{\s*+(?:1\s++0|iso\s++standard)\s++10303\s++(?:"
    r"part\s*+\(\s*+(-?[0-9]{1,5})\s*+\)\s*+version\s*+\(\s*+(-?[0-9]{1,3})|(-?[0-9]{1,5})\s++(-?[0-9]{1,3}))"
)


def standard_of(name: str, context: Context) -> str | None:
    """The standard whose schema has this name, or a name that begins so."""
    row = _row(name, context)
    if row is not None:
        return str(row.get("standard", "step"))
    upper = name.upper()
    prefixes = context.data("exchange-schemas")["express"]
    return next((str(known["standard"]) for known in prefixes if upper.startswith(known["prefix"])), None)


def edition_of(name: str, identifier: str, context: Context) -> str | None:
    """`AP214 ed3`, `4.3.2`: version of the standard, with its edition where name or object identifier tell it.

    `identifier` is the object identifier as numbers: `1 0 10303 214 3`; the number after the part is the version.
    """
    row = _row(name, context)
    if row is None:
        return None
    edition = row.get("edition")
    numbers = identifier.split()
    if edition is None and len(numbers) > 4 and numbers[:3] == ["1", "0", "10303"]:
        edition = row.get("editions", {}).get(numbers[4])
    return f"{row['version']} ed{edition}" if edition else str(row["version"])


def object_identifier(source: bytes) -> str:
    """`1 0 10303 214 3`, part and version, where the head of a schema in EXPRESS gives its object identifier."""
    match = patterns.standard(_OBJECT).search(source[:_HEAD])
    if match is None:
        return ""
    part, number = match.group(1) or match.group(3), match.group(2) or match.group(4)
    return f"1 0 10303 {part.decode()} {number.decode()}"


def _row(name: str, context: Context) -> dict[str, Any] | None:
    row: dict[str, Any] | None = context.data("step-schemas")["schemas"].get(name.upper())
    return row
