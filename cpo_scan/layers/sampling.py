"""Samples for what only people can rate: drawn from a report with the auditor's seed, and brought back as a figure.

The draw is stratified in proportion (largest remainder) and takes, in each stratum, the elements with the smallest
SHA-256 over seed, element and stratum: the same on every machine, and nobody can choose.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from heapq import nsmallest
from typing import Any

import msgspec

from cpo_scan.model import Offered, Origin
from cpo_scan.model.canonical import canonical

Z = 1.959964
"""The standard normal deviate of a two-sided interval of 95 %."""
LEVEL = 0.95
MOST = 10_000  # elements of a sample; a worksheet has no more rows
_PLACES = 4


class Kind(msgspec.Struct, frozen=True):
    """What elements are drawn from: the kind of findings, and the attribute that counts the elements of one (None: the
    finding is the element)."""

    finding: str
    counts: str | None
    names: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "operations": Kind("api.description", "operations", ("title",)),
    "pages": Kind("docs.set", "documents", ("root", "title")),
    "symbols": Kind("sdk.surface", "symbols", ("root",)),
    "points": Kind("extension.point", None, ("name",)),
}


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """One document, set or surface, with the number of its elements. A report counts them and does not name them: the
    n-th in the order of the document is meant, of files in the order of their paths."""

    finding: str
    name: str
    artifact: str
    size: int


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """What can be drawn. `left_out`: findings whose elements are not the vendor's, internal, or not counted."""

    of: str
    strata: tuple[Stratum, ...]
    left_out: int

    @property
    def size(self) -> int:
        """How many elements there are."""
        return sum(stratum.size for stratum in self.strata)


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One element that was drawn: the n-th (from 1) of its stratum."""

    stratum: Stratum
    number: int


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample as it was rated. `interval` is Wilson's at 95 %; of a census, where all were rated, it is the share."""

    of: str
    seed: str
    population: int
    rated: int
    positive: int
    interval: tuple[float, float]


def population_of(of: str, findings: Iterable[Mapping[str, Any]]) -> Population:
    """The elements of a sort (`operations`, `pages`, `symbols`, `points`) in the vendor's own findings."""
    kind = KINDS[of]
    strata, left_out = [], 0
    for row in findings:
        attributes = row["attributes"]
        size = _counted(row, kind)
        if size is None:
            left_out += 1
        elif size:
            name = next((str(attributes[name]) for name in kind.names if attributes.get(name)), str(row["subject"]))
            place = str(row["evidence"][0]["artifact"])
            strata.append(Stratum(finding=str(row["id"]), name=name, artifact=place, size=size))
    return Population(of=of, strata=tuple(sorted(strata, key=lambda one: one.finding)), left_out=left_out)


def _counted(row: Mapping[str, Any], kind: Kind) -> int | None:
    """How many elements a finding has; None where they are not the vendor's, internal, or not counted."""
    attributes = row["attributes"]
    if row["origin"] != Origin.VENDOR or row["offered"] == Offered.INTERNAL:
        return None
    if attributes.get("described") is False:  # endpoints that only code shows have no description to be read
        return None
    size = 1 if kind.counts is None else attributes.get(kind.counts)
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def draw(population: Population, seed: str, size: int) -> tuple[Element, ...]:
    """`size` elements, or all where there are no more; stratum by stratum, in the order of their numbers."""
    shares = _shares(population, min(size, population.size))
    return tuple(
        Element(stratum=stratum, number=number)
        for stratum in population.strata
        for number in sorted(
            number for _, number in nsmallest(shares[stratum.finding], _ordered(population.of, seed, stratum))
        )
    )


def _ordered(of: str, seed: str, stratum: Stratum) -> Iterator[tuple[bytes, int]]:
    prefix = hashlib.sha256(canonical([seed, of, stratum.finding]))
    for number in range(1, stratum.size + 1):
        one = prefix.copy()
        one.update(b"%d" % number)
        yield one.digest(), number


def _shares(population: Population, size: int) -> dict[str, int]:
    """How many of each stratum: in proportion, the largest remainders rounded up (Hare-Niemeyer), ties by id."""
    whole = population.size
    exact = {stratum.finding: divmod(size * stratum.size, whole) for stratum in population.strata}
    shares = {finding: quotient for finding, (quotient, _) in exact.items()}
    left = size - sum(shares.values())
    for finding, _ in sorted(exact.items(), key=lambda item: (-item[1][1], item[0]))[:left]:
        shares[finding] += 1
    return shares


def wilson(positive: int, rated: int) -> tuple[float, float]:
    """The score interval of a share at 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212), rounded to 4 places.

    It takes the sample for a simple random one; drawn in proportion, a stratified one varies no more than that.
    """
    share, square = positive / rated, Z * Z
    middle = share + square / (2 * rated)
    half = Z * math.sqrt(share * (1 - share) / rated + square / (4 * rated * rated))
    low, high = (max(0.0, middle - half), middle + half)
    whole = 1 + square / rated
    return round(low / whole, _PLACES), round(min(1.0, high / whole), _PLACES)


def interval(positive: int, rated: int, population: int) -> tuple[float, float]:
    """The interval of a share; where the whole population was rated, nothing is uncertain about it."""
    if rated >= population:
        share = round(positive / rated, _PLACES)
        return share, share
    return wilson(positive, rated)
