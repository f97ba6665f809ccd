"""What every result of a scan rests on beside the artifacts: code, rules, libraries, options; one digest over all.

Where any of it changes, nothing that was kept before is found again. Rather too much stands in it than too little.
"""

import hashlib
import platform
import sys
import zlib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cpo_scan import __version__
from cpo_scan.probe.registry import Registered, distribution_digest
from cpo_scan.rulebook.packed import FILE as PACKED
from cpo_scan.rulebook.root import rules_root
from cpo_scan.scan.messages import Root
from cpo_scan.scan.whose import Overrides

if TYPE_CHECKING:
    from cpo_scan.scan.engine import Options

_ENTRIES = 3  # how results are kept: another number, and older ones are not found any more


def ground(running: Iterable[Registered], formats: bytes, overrides: Overrides, options: "Options") -> bytes:
    """The digest (32 bytes) of what all results of a scan rest on. `formats`: the packed rules of the formats."""
    schemas = options.schemas
    said = {
        "entries": _ENTRIES,
        "tool": [__version__, _code(_own(), "cpo_scan")],
        "rules": [hashlib.sha256(formats).hexdigest(), _rules()],
        "python": [sys.version, sys.platform, platform.machine(), sys.byteorder, zlib.ZLIB_RUNTIME_VERSION],
        "libraries": sorted(_installed()),
        "native": _native(),
        "probes": list(_probes(running)),
        "options": [options.limits, options.excerpts, schemas.files if schemas else None],
        "overrides": overrides,
    }
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()


def key(under: bytes, *parts: Any) -> bytes:
    """The key of a result: what all rest on, and what it is the result of (plain data or structs)."""
    return hashlib.sha256(under + msgspec.msgpack.encode(parts)).digest()


def place(root: Root) -> tuple[str, str, str, bool]:
    """A deliverable as far as results depend on it: never where it lies."""
    return root.id, root.role, root.prefix, root.archive


def _probes(running: Iterable[Registered]) -> Iterator[tuple[str | int, ...]]:
    digests: dict[tuple[str, str, str], str] = {}
    for registered in running:
        where = (registered.distribution, registered.version, registered.value.partition(".")[0].partition(":")[0])
        if where not in digests:
            digests[where] = registered.digest
        probe = registered.outline
        yield registered.id, registered.value, probe.version if probe else -1, *where, digests[where]


def _own() -> Distribution | None:
    try:
        return distribution("cpo-scan")
    except PackageNotFoundError:  # run from a checkout: its sources are taken
        return None


def _code(found: Distribution | None, module: str) -> str:
    return distribution_digest(found, module)


def _rules() -> str:
    """SHA-256 over all files of the rules: also those that somebody edits in an installation."""
    sha256 = hashlib.sha256()
    for name, content in _files(rules_root(), ""):
        sha256.update(f"{name}\0{len(content)}\0".encode() + content)
    return sha256.hexdigest()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _files(item, f"{path}{item.name}/")
        elif item.name != PACKED:  # says nothing that the files do not say
            yield path + item.name, item.read_bytes()


def _installed() -> set[str]:
    """Every installed distribution by the name of its metadata folder, which holds its version: whatever parses or
    checks for a probe, or could."""
    found: set[str] = set()
    for entry in sys.path:
        folder = Path(entry or ".")
        if folder.is_dir():
            found |= {item.name for item in folder.iterdir() if item.name.endswith((".dist-info", ".egg-info"))}
    return found


def _native() -> list[str]:
    """Versions of native libraries that may be the system's and not those of the Python package."""
    try:
        from lxml import etree
    except ImportError:
        return []
    return [".".join(map(str, etree.LIBXML_VERSION)), ".".join(map(str, etree.LIBXSLT_VERSION))]
