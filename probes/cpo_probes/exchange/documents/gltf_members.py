"""Members of a glTF document of whatever shape: lists of objects, items by index, whole numbers."""

from typing import Any


def items(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects; nothing where there is something else."""
    found = value.get(key)
    return found if isinstance(found, list) and all(isinstance(item, dict) for item in found) else []


def names(value: dict[str, Any], key: str) -> list[str]:
    """The texts in a list."""
    found = value.get(key)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def one(found: list[dict[str, Any]], index: Any) -> dict[str, Any] | None:
    """The item that an index leads to."""
    return found[index] if isinstance(index, int) and 0 <= index < len(found) else None


def number_of(item: dict[str, Any], key: str) -> int:
    """A whole number, 0 where there is none."""
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
