"""Findings as the path rules alone saw them: what a product description says otherwise is taken back."""

from collections.abc import Mapping
from typing import Any

from cpo_scan.model.report import Product

_CODE = "product.override"


def has_overrides(product: Product | Mapping[str, Any] | None) -> bool:
    """Does the product description say otherwise than the path rules, somewhere?"""
    if product is None:
        return False
    return bool(product.overrides if isinstance(product, Product) else product.get("overrides"))


def as_found(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A finding without the overrides of its origin and offer; the finding itself where it has none."""
    was = {
        name: reason["params"]["was"]
        for name in ("origin", "offered")
        if (reason := row.get(f"{name}_reason")) and reason["code"] == _CODE and "was" in reason.get("params", {})
    }
    return {**row, **was} if was else row
