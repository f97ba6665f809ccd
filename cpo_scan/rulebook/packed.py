"""The rules of the program, read and checked once, when it is built: `rules/packed.msgpack`.

Parsing YAML costs more than inventorying thousands of files, so each rule file is kept beside its SHA-256 and that of
its schema. Both are taken again in every scan, and what was packed counts only while both are the same: whoever edits a
YAML file changes the rules at once, and without the packed file nothing changes but the time.

`python -m cpo_scan.rulebook.packed` makes it; building or installing the program does so too.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.root import rules_root

FILE = "packed.msgpack"
_FOLDERS = {
    "": "{}",
    "catalogues/": "catalogue",
    "crosswalks/": "crosswalk",
    "data/": "data-{}",
    "formats/": "formats",
    "measures/": "measures",
    "messages/parts/": "messages",
    "profiles/": "profile",
    **{f"schemas/third_party/{family}/": "third-party" for family in ("asyncapi", "openapi", "openrpc")},
}
"""Folders of rule files, and the schema of what is in them: one for all, or (`{}`) one named like the file."""


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """One rule file: the SHA-256 of its bytes, that of its schema's, and its data in MessagePack."""

    sha256: str
    schema_sha256: str
    data: msgspec.Raw


def unpack(name: str, sha256: str, schema: str) -> Any:
    """The data of a rule file with these bytes, as its schema accepted it; `msgspec.UNSET` where it must be read."""
    found = _packed().get(name)
    if found is None or found.sha256 != sha256 or found.schema_sha256 != _digest_of(schema):
        return msgspec.UNSET
    return msgspec.msgpack.decode(found.data)


def sources() -> Iterator[tuple[str, str]]:
    """Every rule file that comes with the program, and the name of its schema."""
    from cpo_scan.rulebook.load import rule_files

    for folder, schema in _FOLDERS.items():
        if (rules_root() / folder).is_dir():
            for file in rule_files(folder):
                yield folder + file.name, schema.format(file.name.removesuffix(".yaml"))


def pack() -> bytes:
    """All rule files, read from their YAML and checked. Raises RuleError."""
    from cpo_scan.rulebook.load import parse_rules

    rows = {}
    for name, schema in sources():
        file = parse_rules(name, (rules_root() / name).read_bytes(), schema)
        rows[name] = Packed(file.sha256, _digest_of(schema), msgspec.Raw(msgspec.msgpack.encode(file.data)))
    return msgspec.msgpack.encode(rows)


def write(folder: Path) -> None:
    """Write the packed file into the folder of the rules, in one go: a scan that reads at this moment has either."""
    fresh = folder / f"{FILE}.new"
    fresh.write_bytes(pack())
    fresh.replace(folder / FILE)


@cache
def _packed() -> dict[str, Packed]:
    try:
        return msgspec.msgpack.decode((rules_root() / FILE).read_bytes(), type=dict[str, Packed])
    except (OSError, msgspec.MsgspecError):  # none was made, or not by this version: the YAML says it all
        return {}


@cache
def _digest_of(schema: str) -> str:
    return digest((rules_root() / "schemas" / f"{schema}.json").read_bytes())


if __name__ == "__main__":
    write(Path(str(rules_root())))
