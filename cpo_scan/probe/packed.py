"""The outlines of the probes that come with the program, taken once, when it is built: `rules/outlines.msgpack`.

Importing all probes costs more than inventorying thousands of files, and few products need all of them. So what must
be known of each before it works is kept beside the SHA-256 of the sources that it was taken from. These are read in
every scan, and what was packed counts only while they are the same: whoever edits a probe, or what it builds on, has
it imported as before, and without the packed file nothing changes but the time.

`python -m cpo_scan.probe.packed` makes it; building or installing the program does so too.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

import msgspec

from cpo_scan.probe.metadata import metadata_problems
from cpo_scan.probe.outline import Outline, outline_of
from cpo_scan.rulebook.root import rules_root

FILE = "outlines.msgpack"
_PACKAGES = frozenset({"cpo_scan", "cpo_probes"})  # what the probes of the program are made of


class PackedProbe(msgspec.Struct, frozen=True, array_like=True):
    """A probe that was found sound; what it needs is still asked where it shall run."""

    outline: Outline
    needs: tuple[str, ...]
    install: str


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """Probes by id; the sources of all modules of ours that were loaded with them, and the SHA-256 over these."""

    sources: tuple[str, ...]
    sha256: str
    probes: dict[str, PackedProbe]


def packed(identity: str, value: str) -> PackedProbe | None:
    """What was packed of the probe at `value` (`package.module:Class`); None where it must be imported."""
    found = _packed().get(identity)
    return found if found is not None and found.outline.value == value else None


def pack(values: Mapping[str, str]) -> bytes:
    """Import probes, given by id and `package.module:Class`, and pack them. Raises ValueError for one that is not as it
    must be, and whatever its module raises."""
    probes = {}
    for identity, value in sorted(values.items()):
        found = EntryPoint(identity, value, "").load()
        problems = metadata_problems(found)
        if problems or found.id != identity:
            raise ValueError(f"{value} is no sound probe {identity}: {[problem.code for problem in problems]}")
        probes[identity] = PackedProbe(outline_of(value, found()), found.needs, found.install)
    sources = tuple(sorted(_sources()))
    return msgspec.msgpack.encode(Packed(sources, _digest(sources), probes), order="sorted")


def write(folder: Path, values: Mapping[str, str]) -> None:
    """Write the packed file into the folder of the rules, in one go: a scan that reads at this moment has either."""
    fresh = folder / f"{FILE}.new"
    fresh.write_bytes(pack(values))
    fresh.replace(folder / FILE)


@cache
def _packed() -> dict[str, PackedProbe]:
    try:
        found = msgspec.msgpack.decode((rules_root() / FILE).read_bytes(), type=Packed)
        return found.probes if _digest(found.sources) == found.sha256 else {}
    except (OSError, ValueError, ImportError, KeyError):  # none was made, not by this version, or there are no sources
        return {}


def _sources() -> Iterator[str]:
    """Sources of our modules that are loaded now: `package/module.py`."""
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top in _PACKAGES:
            yield f"{top}/{Path(str(module.__file__)).relative_to(_place(top)).as_posix()}"


def _digest(sources: Iterable[str]) -> str:
    """SHA-256 over names, sizes and bytes. Raises OSError where one can't be read."""
    places = {top: str(_place(top)) for top in _PACKAGES}
    sha256 = hashlib.sha256()
    for source in sources:
        top, _, inside = source.partition("/")
        with open(f"{places[top]}/{inside}", "rb", buffering=0) as stream:  # noqa: PTH123 - a path object costs as much
            content = stream.readall()
        sha256.update(b"%s\0%d\0" % (source.encode(), len(content)))
        sha256.update(content)
    return sha256.hexdigest()


def _place(top: str) -> Path:
    spec = find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(top)
    return Path(next(iter(spec.submodule_search_locations)))


if __name__ == "__main__":
    from cpo_scan.probe.registry import installed

    write(Path(str(rules_root())), {one.id: one.value for one in installed() if one.distribution == "cpo-scan"})
