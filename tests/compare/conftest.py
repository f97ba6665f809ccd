"""Reports to be held against each other, each with a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.model.report import Facts
from cpo_scan.report import Report
from cpo_scan.report.texts import Texts, rule_texts
from cpo_scan.rulebook.messages import load_messages
from cpo_scan.scan.store import FindingStore
from tests.report.product import assessment, build, facts

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def words() -> Texts:
    """The words of the faces."""
    return rule_texts(load_messages())


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Report]]:
    """`make(rows, judged=change, **facts)`: a report; `judged` changes the assessment."""
    stores: list[FindingStore] = []

    def made(
        rows: Rows,
        *,
        judged: Callable[[dict[str, Any]], None] | None = None,
        not_read: tuple[Any, ...] = (),
        known: Facts | None = None,
        **changes: Any,
    ) -> Report:
        stores.append(FindingStore(tmp_path))
        whole = assessment(rows)
        if judged is not None:
            judged(whole)
        return build(stores[-1], rows, known or facts(**changes), judged=whole, not_read=not_read)

    yield made
    for store in stores:
        store.close()
