"""What a probe is: a few attributes and one method."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from cpo_scan.model import Artifact, Finding
from cpo_scan.probe.context import Context, ProductContext
from cpo_scan.probe.selector import Selector


class Probe(ABC):
    """Examines one artifact after the other. `examine` is a pure function of what it reads.

    The first line of the docstring is the title that people see.
    """

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

    @abstractmethod
    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        """Yield the facts about one artifact. Raise `Unreadable` (the readers do) where it can't be read."""


class ProductProbe(ABC):
    """Examines the product as a whole, once all artifact probes are through."""

    id: ClassVar[str]
    version: ClassVar[int] = 1
    examines: ClassVar[Selector]
    """The artifacts that it may look at: what was lost of them is what it may have missed."""
    states: ClassVar[tuple[str, ...]]
    uses_index: ClassVar[bool] = True
    refines: ClassVar[tuple[str, ...]] = ()
    limitations: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()
    remediation: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    install: ClassVar[str] = ""

    @abstractmethod
    def examine(self, context: ProductContext) -> Iterator[Finding]:
        """Yield the facts about the product."""


AnyProbe = Probe | ProductProbe
