"""`product.yaml`: what the assessed thing is and which deliverables it has. Read only where the user names it.

A file of this name inside a target is an artifact like any other and never obeyed: the judged must not steer its audit.
"""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.model import Offered, Origin, Role
from cpo_scan.rulebook.load import RuleError, RuleFile, parse_rules

_NOT_ID = re.compile(r"[^A-Za-z0-9._-]+")
_ID_LENGTH = 64
_ALONE = "target"


class DeliverableDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what the vendor hands over. `target` is an absolute path, None where it was not supplied.

    `role` is None where nobody said what it is for. `source` and `captured` say where and on which day (ISO 8601) the
    documents of a `capture` were taken.
    """

    id: str
    role: Role | None = None
    target: str | None = None
    supplied: bool = True
    source: str | None = None
    captured: str | None = None


class ExclusionRule(msgspec.Struct, frozen=True, kw_only=True):
    """Paths that are not scanned, with the reason."""

    path: str
    reason: str


class OriginOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Paths whose origin the user knows better than the path rules."""

    path: str
    value: Origin
    reason: str


class OfferedOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of which the user knows whether the vendor offers what is there."""

    path: str
    value: Offered
    reason: str


class ProductDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The thing assessed. Without a `product.yaml` it has no name: the scope is only the given files.

    `path` of exclusions and overrides is a glob on report paths (see `path_matches`).
    """

    name: str | None = None
    version: str | None = None
    vendor: str | None = None
    edition: str | None = None
    deliverables: tuple[DeliverableDescription, ...] = ()
    licensed_options: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    deployment: tuple[str, ...] = ()
    exclusions: tuple[ExclusionRule, ...] = ()
    origin: tuple[OriginOverride, ...] = ()
    offered: tuple[OfferedOverride, ...] = ()
    sha256: str | None = None  # of the bytes of product.yaml


def read_product(path: str | Path) -> ProductDescription:
    """The description in a `product.yaml`. Raises RuleError in one line: file, line, what is expected.

    Relative targets are relative to the folder of the file.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: {os.strerror(error.errno or 0)}") from None
    return parse_product(str(path), content, file.absolute().parent)


def parse_product(name: str, content: bytes, base: Path) -> ProductDescription:
    """The same from bytes; relative targets are relative to `base`."""
    file = parse_rules(name, content, "product")
    data: dict[str, Any] = dict(file.data)
    deliverables = tuple(_deliverable(file, number, row, base) for number, row in enumerate(data["deliverables"]))
    seen: set[str] = set()
    for number, one in enumerate(deliverables):
        if one.id in seen:
            raise file.error(["deliverables", number, "id"], f"the id {one.id!r} is given twice")
        seen.add(one.id)
    if "version" in data:
        data["version"] = str(data["version"])
    data |= {"deliverables": deliverables, "sha256": file.sha256}
    return msgspec.convert(data, ProductDescription)


def describe(paths: Iterable[str | Path], product: ProductDescription | None = None) -> ProductDescription:
    """The product with the targets that were named on the command line.

    A path that is the target of a described deliverable is that one. Deliverables of the description that name no
    target take the other paths in their order; each path that is left becomes a deliverable of its own, its role
    unknown, its id made from its name (`target` where it is the only one). What stays without a target was not
    supplied.
    """
    product = product or ProductDescription()
    known = {os.path.realpath(one.target) for one in product.deliverables if one.target is not None}
    places = list(dict.fromkeys(os.path.realpath(path) for path in paths))
    left = [place for place in places if place not in known]
    rows: list[DeliverableDescription] = []
    for one in product.deliverables:
        if one.target is None and one.supplied and left:
            rows.append(msgspec.structs.replace(one, target=left.pop(0)))
        else:
            rows.append(msgspec.structs.replace(one, supplied=one.supplied and one.target is not None))
    taken = {one.id.lower() for one in rows}
    for place in left:
        # A single target is named alike wherever it lies: the same bytes in another folder are the same facts.
        identity = _ALONE if not rows and len(left) == 1 else _new_id(place, taken)
        rows.append(DeliverableDescription(id=identity, target=place))
    return msgspec.structs.replace(product, deliverables=tuple(rows))


def path_matches(glob: str, path: str) -> bool:
    """Does a glob of `product.yaml` fit a report path, or a folder or container on the way to it?

    `*` and `?` stay within one segment, `**` spans segments; letters count as they are written. With several
    deliverables report paths begin with the deliverable's id.
    """
    return _compiled(glob).match(path) is not None


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.rstrip("/"))
    shapes = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(shapes.get(part) or re.escape(part) for part in parts) + r"(?:!?/.*)?\Z", re.DOTALL)


def _deliverable(file: RuleFile, number: int, row: dict[str, Any], base: Path) -> DeliverableDescription:
    target, supplied = row.get("target"), row.get("supplied", True)
    if target is not None and not supplied:
        raise file.error(["deliverables", number, "target"], "a deliverable that was not supplied has no target")
    if target is not None:
        if "\0" in target:
            raise file.error(["deliverables", number, "target"], "a target can't have a NUL in its path")
        target = str(base / target)
    return msgspec.convert({**row, "target": target, "supplied": supplied}, DeliverableDescription)


def _new_id(place: str, taken: set[str]) -> str:
    """An id from the last segment of a path. Ids differ by more than case: on some systems they become file names."""
    stem = _NOT_ID.sub("-", os.path.basename(place)).strip("-._")[:_ID_LENGTH] or "target"  # noqa: PTH119
    name, number = stem, 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.lower())
    return name
