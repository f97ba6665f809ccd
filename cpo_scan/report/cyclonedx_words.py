"""Small pieces of CycloneDX: references that differ where the things differ, data, properties, texts by lines."""

import hashlib
from collections.abc import Iterable
from typing import Any

from cpo_scan.model.canonical import canonical
from cpo_scan.report.exported import Row
from cpo_scan.report.inert import visible, visible_lines

TARGET = "target:product"
"""The product as what claims are made on."""


def ref(kind: str, name: str) -> str:
    """A `bom-ref` by a name; with a digest where the name has something unseen in it."""
    shown = visible(name)
    return f"{kind}:{shown}" if shown == name else f"{kind}:{shown}:{_short(name.encode('utf-8', 'replace'))}"


def ref_of(kind: str, row: Row) -> str:
    """A `bom-ref` of a row that has no name."""
    return f"{kind}:{_short(canonical(row))}"


def requirement(criterion: str) -> str:
    """The reference to a criterion."""
    return ref("requirement", criterion)


def lines(texts: Iterable[str]) -> str:
    """Texts line by line; empty ones are left out."""
    return "\n".join(visible(text) for text in texts if text)


def data(name: str, value: Any) -> Row:
    """A piece of evidence as text."""
    return {"name": visible(name), "contents": {"attachment": {"content": visible_lines(str(value))}}}


def named(name: str, value: Any) -> Row:
    """A property in our part of the taxonomy."""
    return {"name": f"cpo-scan:{visible(name)}", "value": visible(str(value))}


def properties(**values: Any) -> list[Row]:
    """Properties of those values that are there."""
    return [named(name, value) for name, value in values.items() if value not in (None, "")]


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
