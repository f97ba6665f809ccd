"""Identifiers of an XML document as they come by: each stands once, and what is referred to is there.

XML Schema 1.0 part 1 §3.3.4 asks for both (Validation Root Valid: ID/IDREF). A number of 64 bits is kept for each
identifier and for each that is referred to, so that memory is eight bytes a piece; what the numbers find wrong is read
once more, for its names, and compared as text.
"""

from abc import ABC, abstractmethod
from array import array
from collections import Counter
from typing import NamedTuple

from cpo_scan.probe.xml import Take, well_formed
from cpo_scan.probe.xsd_references import References
from cpo_scan.targets.content import Content
from cpo_scan.targets.limits import Limits

MOST = 8_000_000  # identifiers and references of a document
_BUCKETS = 256
_GATHERED = 2**15  # references after which those to one and the same identifier become one, again and again
_NOTHING: dict[str, str] = {}


class Broken(NamedTuple):
    """What is wrong: references to nothing, each with the name of what refers to it first; identifiers met twice."""

    dangling: list[tuple[str, str]]
    twice: list[str]


class _Watching(ABC):
    """Finds the values that hold identifiers or refer to them. Names are as expat gives them: `namespace local`."""

    def __init__(self, references: References) -> None:
        self._attributes = _spaced(references.attributes)
        self._owned = {_expat(name): _spaced(kinds) for name, kinds in references.owned.items()}
        self._elements = _spaced(references.elements)
        self._inside = {_expat(name): _spaced(kinds) for name, kinds in references.inside.items()}
        self._kind = self._name = ""

    def element(self, name: str) -> tuple[Take, bool] | None:
        """What to look at where elements of this name begin."""
        attributes = self._owned.get(name, _NOTHING) | self._attributes
        own = self._elements.get(name, "")
        parents = {around: kinds[name] for around, kinds in self._inside.items() if name in kinds}
        if not attributes and not own and not parents:
            return None

        def take(found: dict[str, str], around: str) -> bool:
            for attribute, value in found.items():
                if kind := attributes.get(attribute):
                    self.value(kind, value, attribute)
            self._kind, self._name = own or parents.get(around, ""), name
            return bool(self._kind)

        return take, bool(own or parents)

    def text(self, text: str) -> None:
        """The text of an element that is an identifier, or refers to some."""
        self.content(self._kind, text, self._name)

    def content(self, kind: str, text: str, name: str, times: int = 1) -> None:
        """The text of so many elements of one name."""
        if kind == "reference":
            self._wanted(text.strip(), name, times)
        else:
            self.value(kind, text, name, times)

    def value(self, kind: str, value: str, name: str, times: int = 1) -> None:
        """The value of so many attributes of one name."""
        if kind == "id":
            self._known(value.strip(), times)
            return
        # IDREFS is a list of at least one (part 2 §3.3.10), which libxml2 leaves out
        for each in value.split() or ([""] if kind == "references" else ()):
            self._wanted(each, name, times)

    @abstractmethod
    def _known(self, value: str, times: int) -> None:
        """An identifier."""

    @abstractmethod
    def _wanted(self, value: str, name: str, times: int) -> None:
        """A reference, and the name of what holds it."""


class Identifiers(_Watching):
    """Watches one reading of a document (`xml.well_formed`)."""

    def __init__(self, references: References) -> None:
        super().__init__(references)
        self._references = references
        self._defined = [array("q") for _ in range(_BUCKETS)]
        self._used = [array("q") for _ in range(_BUCKETS)]
        self._left = MOST
        self._gathered = 0  # references since they became one for each identifier
        self._most_gathered = _GATHERED

    @property
    def full(self) -> bool:
        """There are too many to remember: nothing can be said."""
        return self._left < 0

    def known(self, values: list[str]) -> None:
        """Values that are identifiers, of attributes or elements."""
        self._left -= len(values)
        if self._left >= 0:
            defined = self._defined
            for number in map(hash, map(str.strip, values)):
                defined[number % _BUCKETS].append(number)

    def _known(self, value: str, times: int) -> None:
        self.known([value] * times)

    def referred(self, values: list[str], times: int) -> None:
        """Values that refer to one identifier each, and how often all of them were met."""
        self._left -= times
        if self._left >= 0:
            used = self._used
            for number in map(hash, map(str.strip, values)):
                used[number % _BUCKETS].append(number)
            self._gather(len(values))

    def _wanted(self, value: str, _: str, times: int) -> None:
        self._left -= times
        if self._left >= 0:
            number = hash(value)
            self._used[number % _BUCKETS].append(number)
            self._gather(1)

    def _gather(self, more: int) -> None:
        self._gathered += more
        if self._gathered >= self._most_gathered:
            self._used = [array("q", set(used)) for used in self._used]
            self._gathered = 0
            self._most_gathered = max(_GATHERED, sum(map(len, self._used)))  # so that all of it stays linear

    def broken(self, content: Content, limits: Limits) -> Broken:
        """What is wrong, in the order of the document; reads it once more where anything is. Not where `full`."""
        missing: set[int] = set()
        often: set[int] = set()
        for defined, used in zip(self._defined, self._used, strict=True):
            known = set(defined)
            missing |= set(used) - known
            if len(known) < len(defined):
                often.update(number for number, count in Counter(defined).items() if count > 1)
        if not missing and not often:
            return Broken([], [])
        again = _Named(self._references, missing, often)
        well_formed(content, limits, again)
        return Broken(list(again.dangling.items()), again.twice)


class _Named(_Watching):
    """A second reading, for the names of what the numbers found."""

    def __init__(self, references: References, missing: set[int], often: set[int]) -> None:
        super().__init__(references)
        self._missing, self._often = missing, often
        self._seen: set[str] = set()
        self.dangling: dict[str, str] = {}
        self.twice: list[str] = []

    def _known(self, value: str, _: int) -> None:
        if hash(value) in self._often:
            if value in self._seen:
                self.twice.append(value[:200])
            self._seen.add(value)

    def _wanted(self, value: str, name: str, _: int) -> None:
        if hash(value) in self._missing:
            self.dangling.setdefault(value, _clark(name))


def _spaced(names: dict[str, str]) -> dict[str, str]:
    return {_expat(name): kind for name, kind in names.items()}


def _expat(name: str) -> str:
    return name[1:].replace("}", " ", 1) if name.startswith("{") else name


def _clark(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}" if namespace else local
