"""Which probes are installed? Found by entry point, loaded when needed; what can't be loaded is reported, never lost.

Our own probes and a stranger's are found the same way: group `cpo_scan.probes.v1`, where the name is the probe's id.
The number in the group is the version of the probe SDK.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.metadata import Distribution, EntryPoint, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cpo_scan.model import Reason
from cpo_scan.probe.metadata import metadata_problems, missing_modules
from cpo_scan.probe.outline import Outline, one_line, outline_of
from cpo_scan.probe.packed import packed
from cpo_scan.probe.probe import AnyProbe

GROUP = "cpo_scan.probes.v1"
_FAMILY, _SDK = "cpo_scan.probes.", "v1"


class UnknownProbe(ValueError):
    """An id that the user named is not installed. The message is one line and names the closest ids."""

    def __init__(self, named: str, known: Iterable[str]) -> None:
        close = get_close_matches(named, sorted(known), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        super().__init__(f"there is no probe {named!r}{hint}")
        self.named, self.close = named, close


class Registered:
    """One installed probe: its id and where it comes from. Nothing of it is imported before `load`."""

    def __init__(self, entry: EntryPoint, problem: Reason | None = None) -> None:
        self.id: str = entry.name
        self._entry, self._distribution = entry, entry.dist
        self._problem = problem

    def __repr__(self) -> str:
        return f"Registered({self.id!r}, {self.distribution!r}, {self.version!r})"

    @property
    def distribution(self) -> str:
        """Name of the distribution that brings the probe."""
        return _name(self._distribution) if self._distribution else ""

    @property
    def version(self) -> str:
        """Version of that distribution."""
        return self._distribution.version if self._distribution else ""

    @property
    def value(self) -> str:
        """Where the class is: `package.module:Class`."""
        return self._entry.value

    @property
    def _place(self) -> str:
        return self.value.partition("[")[0].strip()

    @property
    def probe(self) -> AnyProbe | None:
        """The probe, imported on first use; None where `problem` says why not."""
        return self._loaded[0] if self._outlined[0] else None

    @property
    def problem(self) -> Reason | None:
        """Why the probe can't run. With several problems, the first, which tells of the others."""
        return self._outlined[1] or (self._loaded[1] if "_loaded" in self.__dict__ else None)

    @property
    def outline(self) -> Outline | None:
        """What must be known of it to deal out work to it; None where `problem` says why it can't run. One that was
        packed when the program was built is not imported for it."""
        return self._outlined[0]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what the distribution installed: its RECORD, or its sources where it is an editable install."""
        return distribution_digest(self._distribution, self._entry.module)

    @cached_property
    def _loaded(self) -> tuple[AnyProbe | None, Reason | None]:
        if self._problem is not None:
            return None, self._problem
        try:
            found = self._entry.load()
        except Exception as error:  # whatever a stranger's module raises on import is his problem and our report
            return None, Reason("probe.import_failed", {"value": self.value, "error": one_line(error)})
        problems = metadata_problems(found)
        if problems:
            first, *others = problems
            return None, Reason(first.code, {**first.params, "others": len(others)}) if others else first
        if found.id != self.id:
            return None, Reason("probe.other_id", {"entry": self.id, "id": found.id})
        missing = missing_modules(found.needs)
        if missing:
            return None, _needs(missing, found.install)
        try:
            return found(), None
        except Exception as error:
            return None, Reason("probe.import_failed", {"value": self.value, "error": one_line(error)})

    @cached_property
    def _outlined(self) -> tuple[Outline | None, Reason | None]:
        known = None if self._problem is not None or self._distribution is None else packed(self.id, self._place)
        if known is not None:
            missing = missing_modules(known.needs)
            return (None, _needs(missing, known.install)) if missing else (known.outline, None)
        probe, problem = self._loaded
        if probe is None:
            return None, problem
        try:
            return outline_of(self._place, probe), None
        except Exception as error:  # what its class promises, its instance may still deny
            return None, Reason("probe.bad_metadata", {"attribute": one_line(error), "expected": "plain data"})


class Registry:
    """The installed probes in order of their ids."""

    def __init__(self, probes: Iterable[Registered]) -> None:
        self._probes = sorted(probes, key=lambda probe: (probe.id, probe.distribution, probe.value))

    def __iter__(self) -> Iterator[Registered]:
        return iter(self._probes)

    def __len__(self) -> int:
        return len(self._probes)

    @property
    def ids(self) -> list[str]:
        """Ids of the probes; imports none of them."""
        return list(dict.fromkeys(probe.id for probe in self._probes))

    def __getitem__(self, identity: str) -> Registered:
        for probe in self._probes:
            if probe.id == identity:
                return probe
        raise UnknownProbe(identity, self.ids)

    def select(self, only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Registered]:
        """The probes that shall run: those of `only` (none: all) without those of `skip`. Raises UnknownProbe."""
        for named in (*only, *skip):
            if named not in self.ids:
                raise UnknownProbe(named, self.ids)
        return [probe for probe in self._probes if (not only or probe.id in only) and probe.id not in skip]


def installed() -> Registry:
    """All probes of this environment, first-party and others; imports none of them."""
    return Registry(_discovered(distributions()))


def of_classes(*probes: type[Any]) -> Registry:
    """A registry of classes at hand, for tests and for programs that bring their own probes."""
    return Registry(_Given(probe) for probe in probes)


def _needs(missing: tuple[str, ...], command: str) -> Reason:
    return Reason("probe.needs", {"modules": list(missing), "install": command})


class _Given(Registered):
    def __init__(self, probe: type[Any]) -> None:
        value = f"{probe.__module__}:{probe.__qualname__}"
        super().__init__(EntryPoint(str(getattr(probe, "id", probe.__qualname__)), value, GROUP))
        self._given = probe

    @cached_property
    def _loaded(self) -> tuple[AnyProbe | None, Reason | None]:
        problems = metadata_problems(self._given)
        return (None, problems[0]) if problems else (self._given(), None)


def _discovered(found: Iterable[Distribution]) -> Iterator[Registered]:
    entries: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    strangers: list[EntryPoint] = []
    brought: dict[str, Distribution] = {}
    for distribution in found:
        ours = [entry for entry in distribution.entry_points if entry.group.startswith(_FAMILY)]
        # The first on the path shadows others of its name; a name is read (it costs) only where it matters.
        if not ours:
            continue
        owner = _name(distribution)
        if brought.setdefault(_normal(owner), distribution) is not distribution:
            continue
        for entry in ours:
            if entry.group == GROUP:
                entries.setdefault(entry.name, {}).setdefault((owner, entry.value), entry)
            else:
                strangers.append(entry)
    for identity, same in entries.items():
        if len(same) == 1:
            yield from map(Registered, same.values())
            continue
        # Which of them is meant nobody knows, so none runs.
        owners = sorted(f"{owner} ({value})" for owner, value in same)
        for entry in same.values():
            yield Registered(entry, Reason("probe.twice", {"id": identity, "by": owners}))
    for entry in strangers:
        if entry.name not in entries:
            wanted = entry.group.removeprefix(_FAMILY)
            yield Registered(entry, Reason("probe.sdk_version", {"wanted": wanted, "offered": _SDK}))


def distribution_digest(distribution: Distribution | None, module: str) -> str:
    """What stands for the code of a probe in a cache key; changes whenever the code may have changed."""
    sha256 = hashlib.sha256()
    record = None if distribution is None or _editable(distribution) else distribution.read_text("RECORD")
    if record is not None:
        # Only the digests of RECORD count: rows of compiled files and of RECORD itself have none.
        rows = sorted(line for line in record.splitlines() if ",sha256=" in line)
        sha256.update("\n".join(rows).encode())
        return sha256.hexdigest()
    for name, content in _sources(module):
        sha256.update(f"{name}\0{len(content)}\0".encode() + content)
    return sha256.hexdigest()


def _editable(distribution: Distribution) -> bool:
    import json

    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return True
    return bool(origin.get("dir_info", {}).get("editable"))


def _sources(module: str) -> Iterator[tuple[str, bytes]]:
    """Sources and data of the top-level package that a module belongs to, by name."""
    top = module.partition(".")[0]
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return
    for place in sorted(spec.submodule_search_locations or ()):
        root = Path(place)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix(), path.read_bytes()
    if not spec.submodule_search_locations and spec.origin and Path(spec.origin).is_file():
        yield Path(spec.origin).name, Path(spec.origin).read_bytes()


@lru_cache(maxsize=64)
def _name(distribution: Distribution) -> str:
    """The name that a distribution gives itself. Costs the reading of all its metadata, so it is kept."""
    return distribution.name


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
