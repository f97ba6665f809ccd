"""What the process that leads a scan takes from the cache itself: steps for which no file has to be opened.

So a scan of a tree that is unchanged by sizes and times starts no worker. All that is read here is the store of the
cache, which is trusted, and the scan's own.
"""

from collections.abc import Iterator
from typing import Any

from cpo_scan.scan.cache import CacheReader
from cpo_scan.scan.cache_reads import Answers
from cpo_scan.scan.cache_steps import Steps, of_batch, of_product
from cpo_scan.scan.messages import Batch, Result, Setup, Whole
from cpo_scan.scan.store import FindingReader, FindingStore


class Lead:
    """The cache as the leading process sees it, where sizes and times are trusted."""

    def __init__(self, setup: Setup, store: FindingStore) -> None:
        assert setup.cache is not None
        self._setup, self._cache = setup, setup.cache
        self._reader = FindingReader(store.findings_file)
        self._counted: int | None = None
        self._works_on = {probe.id: probe.works_on for probe in setup.probes}
        answers = Answers(setup.roots, setup.limits, store.seal, self._reader.links, self._findings)
        self._steps = Steps(CacheReader(self._cache.folder), self._cache.under, answers)

    def batch(self, task: Batch) -> Result | None:
        """The result of a batch whose files are as they were, and none of whose probes read another file."""
        if not task.unpack or not self._cache.trusts(task.files):
            return None
        return self._found(of_batch(self._setup.roots[task.root], task), alone=True)

    def whole(self, task: Whole) -> Result | None:
        """The result of a product probe, or of a combining one, all of whose notes and answers are as they were."""
        self._counted = task.known
        of = of_product(task.probe, self._works_on[task.probe], self._setup, self._reader)
        return self._found(of, alone=False)

    def _findings(self, kind: str | None) -> Iterator[dict[str, Any]]:
        return FindingReader(self._setup.findings, self._counted).findings(kind)

    def _found(self, of: tuple[object, ...], *, alone: bool) -> Result | None:
        found = self._steps.find(self._steps.key(*of), None, None, alone=alone)
        return None if found is None else self._steps.close(found)
