"""What a probe is: a few attributes and one method."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from cpo_scan.model import Artifact, Finding
from cpo_scan.model.report import Identity
from cpo_scan.probe.context import Context, ProductContext
from cpo_scan.probe.selector import Selector


class Note(msgspec.Struct, frozen=True):
    """What a `CombiningProbe` writes down about one artifact, for itself alone. It is in no report.

    `value` is plain data or a msgspec struct; encoded it may take 16 MiB.
    """

    value: Any


class _Attributes(ABC):
    """What every probe says of itself. The first line of its docstring is the title that people see."""

    id: ClassVar[str]
    version: ClassVar[int] = 1
    examines: ClassVar[Selector]
    states: ClassVar[tuple[str, ...]]
    """Kinds of findings that it may yield; others are refused. The search scope of a criterion follows from it."""
    uses_index: ClassVar[bool] = False
    """It looks at `context.index`, so it runs once the inventory is complete."""
    refines: ClassVar[tuple[str, ...]] = ()
    """Ids of more general probes that step back on the artifacts that this one examines. Where it fails they do not."""
    limitations: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    remediation: ClassVar[str] = ""
    """What a vendor can do about a gap that this probe shows."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Importable modules beyond the core; where one is missing the report names the install command."""
    install: ClassVar[str] = ""
    identifies: ClassVar[bool] = False
    """It may yield what the product says that it is (`Identity`); such a probe may state no kind of finding at all."""


class Probe(_Attributes):
    """Examines one artifact after the other. `examine` is a pure function of what it reads."""

    @abstractmethod
    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding | Note]:
        """Yield the facts about one artifact. Raise `Unreadable` (the readers do) where it can't be read."""


class CombiningProbe(Probe):
    """States facts about many artifacts together, and reads them one by one, in any process.

    `examine` reads one artifact and yields a `Note` of what it found (findings too, where a fact is complete). Once
    all artifacts are through, `combine` runs once, sees the notes in the order of the paths, and yields the findings.
    So ten thousand headers are read by all workers, and their library is still one finding.
    """

    compares: ClassVar[bool] = False
    """It compares with an earlier release: it runs only where one is given, reads the artifacts of both, and `combine`
    finds the notes of the earlier one in `context.previous`. Findings of `examine` count for the new one only."""

    @abstractmethod
    def combine(self, context: ProductContext) -> Iterator[Finding | Identity]:
        """Yield the facts that the notes of all artifacts show together: `context.notes(shape)`."""


class ProductProbe(_Attributes):
    """Examines the product as a whole, once all artifact probes are through.

    `examines` are the artifacts that it may look at: what was lost of them is what it may have missed.
    """

    uses_index: ClassVar[bool] = True

    @abstractmethod
    def examine(self, context: ProductContext) -> Iterator[Finding | Identity]:
        """Yield the facts about the product, and where the probe `identifies`, what it says that it is."""


AnyProbe = Probe | ProductProbe
