"""Which probes want to see an artifact: decided from their outlines, so that those that see none are never imported."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from cpo_scan.model import Reason, Recognition
from cpo_scan.probe import AnyProbe, Selector
from cpo_scan.probe.outline import Outline, load
from cpo_scan.probe.selector import Name, kind_of, named

_MOST_KINDS = 10_000  # kinds of artifacts whose probes are kept; there are a few hundred formats and standards


class LateProbe:
    """A probe that is imported when it is first needed."""

    def __init__(self, outline: Outline) -> None:
        self.id, self.states = outline.id, outline.states
        self.uses_index, self.refines = outline.uses_index, frozenset(outline.refines)
        self.works_on = outline.works_on
        self.examines = Selector(*outline.examines)
        self._outline = outline

    @cached_property
    def loaded(self) -> AnyProbe | Reason:
        """The probe, or why it can't be had here although the engine had it."""
        return load(self._outline)


class Wish(NamedTuple):
    """A probe that may want an artifact, and what it asks of its name and content beyond its kind."""

    probe: LateProbe
    asked: tuple[Name, ...]


class Choice:
    """The artifact probes of a scan, by the kinds of artifacts that they want. What a kind leads to is asked once."""

    def __init__(self, probes: Iterable[LateProbe]) -> None:
        self._probes = tuple(probe for probe in probes if probe.works_on != "product")
        self._kinds: dict[object, tuple[Wish, ...]] = {}

    def wanting(self, name: str, recognition: Recognition | None) -> list[tuple[LateProbe, tuple[bytes, ...]]]:
        """Probes whose selectors fit, with the literals of which one must stand in the content (none: all may)."""
        kind = kind_of(recognition)
        wishes = self._kinds.get(kind)
        if wishes is None:
            found = (Wish(probe, probe.examines.narrowed(recognition)) for probe in self._probes)
            wishes = tuple(wish for wish in found if wish.asked)
            if len(self._kinds) < _MOST_KINDS:
                self._kinds[kind] = wishes
        if not wishes:
            return []
        name = name.lower()
        return [(wish.probe, literals) for wish in wishes if (literals := named(name, wish.asked)) is not None]
