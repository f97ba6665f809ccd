"""What must be known of every probe before it may run, and what is missing or wrong with one."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from cpo_scan.model import KINDS, Reason
from cpo_scan.probe.probe import Probe, ProductProbe
from cpo_scan.probe.selector import Selector

PROBE_ID = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)+")
"""A dotted id in lower case with at least two parts: `api.openapi`, `acme.gadget`."""


def metadata_problems(probe: Any) -> list[Reason]:
    """All that is wrong with a class that says it is a probe; empty where nothing is."""
    if not (isinstance(probe, type) and issubclass(probe, Probe | ProductProbe)):
        return [Reason("probe.no_probe", {"found": getattr(probe, "__qualname__", type(probe).__qualname__)})]
    return list(_problems(probe))


def title(probe: type[Probe] | type[ProductProbe]) -> str:
    """The first line of the docstring: what people see."""
    return (probe.__doc__ or "").strip().partition("\n")[0].strip()


def missing_modules(needs: tuple[str, ...]) -> tuple[str, ...]:
    """The modules, of those that a probe needs, that are not installed; none of them is imported."""
    return tuple(name for name in needs if not _installed(name))


def _problems(probe: type[Probe] | type[ProductProbe]) -> Iterator[Reason]:
    identity = getattr(probe, "id", None)
    if not isinstance(identity, str) or not PROBE_ID.fullmatch(identity):
        yield Reason("probe.bad_id", {"id": str(identity)})
    if not isinstance(probe.version, int) or isinstance(probe.version, bool) or probe.version < 1:
        yield _wrong("version", "a whole number from 1")
    if not title(probe) or probe.__doc__ in (Probe.__doc__, ProductProbe.__doc__):
        yield _wrong("docstring", "a first line that people understand")
    examines = getattr(probe, "examines", None)
    if not isinstance(examines, Selector) or not examines.sound:
        yield _wrong("examines", "a selector: formats(…), standards(…), names(…)")
    states = getattr(probe, "states", None)
    if states is None or not _strings(states) or not (states or getattr(probe, "identifies", False)):
        yield _wrong("states", "a tuple of finding kinds, not empty")
    else:
        for kind in states:
            if kind not in KINDS:
                yield Reason("probe.unknown_kind", {"kind": kind, "known": sorted(KINDS)})
    for name in ("refines", "limitations", "references", "needs"):
        if not _strings(getattr(probe, name)):
            yield _wrong(name, "a tuple of texts")
    for name in ("remediation", "install"):
        if not isinstance(getattr(probe, name), str):
            yield _wrong(name, "a text")
    if probe.needs and not probe.install:
        yield _wrong("install", "the command that installs what `needs` names")
    if getattr(probe, "__abstractmethods__", None):
        yield _wrong("examine", "a method of its own")


def _wrong(attribute: str, expected: str) -> Reason:
    return Reason("probe.bad_metadata", {"attribute": attribute, "expected": expected})


def _strings(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
