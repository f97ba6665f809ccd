"""The context: how long a probe may take."""

from collections.abc import Iterator
from typing import Any

import pytest

from cpo_scan.probe.context import Context, ProductContext, TimeUp
from cpo_scan.targets.limits import Limits

NONE: Any = None


def nothing(_: str | None) -> Iterator[dict[str, Any]]:
    return iter(())


def test_a_probe_of_the_whole_product_has_its_own_time() -> None:
    limits = Limits(probe_seconds=-1, product_seconds=600)
    with pytest.raises(TimeUp) as raised:
        Context(NONE, limits, NONE, {}).checkpoint()
    assert raised.value.reason.params == {"seconds": -1}
    ProductContext(NONE, limits, NONE, {}, nothing).checkpoint()
    with pytest.raises(TimeUp):
        ProductContext(NONE, Limits(product_seconds=-1), NONE, {}, nothing).checkpoint()
