"""Reports of a product of our own making."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.report import Report
from cpo_scan.report.texts import Texts, rule_texts
from cpo_scan.rulebook.book import load_rulebook
from cpo_scan.scan.store import FindingStore
from tests.report.product import build, stand_in_texts


@pytest.fixture(scope="session")
def texts() -> Texts:
    """The words of the faces."""
    return stand_in_texts()


@pytest.fixture(scope="session")
def words() -> Texts:
    """The words of the rules as they are, for faces that need more than labels."""
    book = load_rulebook()
    return rule_texts(book.messages, book.catalogue, book.measures)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Report]]:
    """`make(rows, facts, **parts)` gives a report; what is not given is that of the product."""
    stores: list[FindingStore] = []

    def made(*args: Any, **parts: Any) -> Report:
        stores.append(FindingStore(tmp_path))
        return build(stores[-1], *args, **parts)

    yield made
    for store in stores:
        store.close()
