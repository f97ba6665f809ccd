"""The folder of schemas that the user gives: listed once with digests, read by whoever needs one of them."""

import hashlib
import os
from pathlib import Path

import msgspec

from cpo_scan.targets.errors import TargetError

SUFFIXES = (".xsd", ".json", ".exp", ".rng", ".rnc", ".dtd")
_FILES = 5_000
_FILE = 32 * 2**20  # octets of a file


class GivenSchemas(msgspec.Struct, frozen=True, kw_only=True):
    """What the folder held when it was listed. `place` is a path of this machine and never leaves the engine."""

    place: str
    files: tuple[tuple[str, str], ...]
    """Path below the folder, with `/`, and SHA-256; sorted."""

    @property
    def digest(self) -> str:
        """SHA-256 over the lines `sha256  path`: what stands in the options of a report."""
        return hashlib.sha256("".join(f"{sha256}  {path}\n" for path, sha256 in self.files).encode()).hexdigest()

    def read(self, path: str) -> bytes | None:
        """The bytes of one of the files; None where it is none of them, or not any more what it was."""
        known = dict(self.files).get(path)
        if known is None:
            return None
        try:
            data = Path(self.place, path).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == known else None


def list_schemas(folder: str) -> GivenSchemas:
    """The schemas in a folder and below it, at most 5,000 of at most 32 MiB each. Raises TargetError."""
    place = Path(folder)
    if not place.is_dir():
        raise TargetError(f"--schemas {folder}: this is no folder")
    files: list[tuple[str, str]] = []
    for root, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if not name.lower().endswith(SUFFIXES) or path.is_symlink() or not path.is_file():
                continue
            try:
                if path.stat().st_size > _FILE:
                    raise TargetError(f"--schemas {folder}: {path.name} is larger than 32 MiB")
                files.append((path.relative_to(place).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()))
            except OSError as error:
                raise TargetError(f"--schemas {folder}: {path.name}: {error.strerror}") from None
            if len(files) > _FILES:
                raise TargetError(f"--schemas {folder}: more than 5,000 schemas")
    if not files:
        raise TargetError(f"--schemas {folder}: no schema in it ({' '.join('*' + suffix for suffix in SUFFIXES)})")
    return GivenSchemas(place=str(place.resolve()), files=tuple(sorted(files)))
