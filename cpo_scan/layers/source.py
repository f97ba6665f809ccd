"""Reading the files in which people speak: bytes within a limit, days, criteria that exist, and the digest of a
criterion's text."""

import hashlib
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from cpo_scan.model.canonical import canonical, digest
from cpo_scan.rulebook.catalogue import Catalogue, Criterion
from cpo_scan.rulebook.load import RuleError, RuleFile, parse_rules

SIZE_LIMIT = 4 * 2**20  # bytes of one file of claims or determinations; ten thousand long rows have less
Place = list[str | int]
Day = date  # for structs that have a field of the name `date`


def read_bytes(name: str, limit: int = SIZE_LIMIT, what: str = "such file") -> bytes:
    """The bytes of a file that the user names, of which there may be `limit`. Raises RuleError, one line."""
    try:
        with Path(name).open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise RuleError(f"{name}: {error.strerror}") from None
    if len(content) > limit:
        raise RuleError(f"{name}: larger than {limit} bytes, which no {what} needs to be")
    return content


def read_layer(name: str, schema: str) -> RuleFile:
    """A YAML file of people, checked by `rules/schemas/SCHEMA.json`. Raises RuleError with file and line."""
    return parse_rules(name, read_bytes(name), schema)


def criterion_digest(criterion: Criterion) -> str:
    """SHA-256 over the canonical bytes of a criterion's id, title and text in all languages: what a person judged."""
    return digest(canonical({"id": criterion.id, "title": criterion.title, "text": criterion.text}))


def unknown_criterion(name: str, catalogue: Catalogue) -> str:
    """What to say of a criterion that the catalogue does not have."""
    return f"the catalogue {catalogue.id} has no criterion {name!r}{close_to(name, catalogue.criteria)}"


def close_to(name: str, known: Any) -> str:
    """A hint at names that are spelled alike."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


def check_catalogue(file: RuleFile, catalogue: Catalogue) -> None:
    """A file that was written for another catalogue is refused. Raises RuleError."""
    meant = file.data.get("catalogue")
    if meant is not None and meant != catalogue.id:
        raise file.error(["catalogue"], f"written for the catalogue {meant!r}, and this is {catalogue.id!r}")


def day_of(file: RuleFile, place: Place, text: str, *, not_after: date | None = None) -> date:
    """A day (YYYY-MM-DD) that is on the calendar and not later than `not_after`. Raises RuleError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise file.error(place, f"{text!r} is no day of the calendar; YYYY-MM-DD is expected") from None
    if not_after is not None and day > not_after:
        raise file.error(place, f"dated {text}, after {not_after.isoformat()}: a day up to then is expected")
    return day


class EvidenceFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that backs a determination or response. `checked`: it lay beside the layer's file with this SHA-256."""

    file: str
    sha256: str
    checked: bool = False


def evidence_files(file: RuleFile, place: Place, rows: list[dict[str, str]]) -> tuple[EvidenceFile, ...]:
    """The files that a row names, each held against its SHA-256 where it lies beside the layer's file.

    Raises RuleError where one has another SHA-256, or lies outside the folder of the layer's file.
    """
    found = []
    for number, row in enumerate(rows):
        here: Place = [*place, "evidence", number, "file"]
        parts = PurePosixPath(row["file"])
        if parts.is_absolute() or ".." in parts.parts or "\\" in row["file"] or ":" in row["file"]:
            raise file.error(here, f"{row['file']!r}: a path below the folder of this file is expected, with /")
        path = Path(file.name).parent / parts
        checked = path.is_file()
        if checked and (actual := _sha256(file, here, path)) != row["sha256"]:
            raise file.error(here, f"{row['file']} has the SHA-256 {actual}, and {row['sha256']} is named here")
        found.append(EvidenceFile(file=row["file"], sha256=row["sha256"], checked=checked))
    return tuple(found)


def _sha256(file: RuleFile, place: Place, path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise file.error(place, f"can't be read: {error.strerror}") from None
