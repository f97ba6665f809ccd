"""Reading one rule file: YAML, checked by its JSON Schema, with the line of whatever is wrong.

What comes with the program was read and checked when it was built; `packed` says when that still holds.
"""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.root import rules_root

_SIZE_LIMIT = 4 * 2**20  # bytes of one rule file; the largest of ours has a few hundred thousand


class RuleError(ValueError):
    """A rule file is not as it must be. The message is one line: file, line, what is expected."""


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file as read: its name below `rules/` (or as given), its data and the SHA-256 of its bytes."""

    name: str
    data: Any
    sha256: str
    content: bytes

    def error(self, path: "list[str | int]", message: str) -> RuleError:
        """An error about the value at `path` of the data, with the line it stands in."""
        from cpo_scan.rulebook.rule_yaml import line_of

        return RuleError(f"{self.name}:{line_of(self.content, path)}: {message}")


def read_rules(name: str, schema: str) -> RuleFile:
    """The rule file `name` below `rules/`, checked by `rules/schemas/SCHEMA.json`. Raises RuleError."""
    from cpo_scan.rulebook.packed import unpack

    content = (rules_root() / name).read_bytes()
    sha256 = digest(content)
    data = unpack(name, sha256, schema)
    if data is msgspec.UNSET:
        return parse_rules(name, content, schema)
    return RuleFile(name=name, data=data, sha256=sha256, content=content)


def parse_rules(name: str, content: bytes, schema: str, limit: int = _SIZE_LIMIT) -> RuleFile:
    """A rule file from its bytes, of which there may be `limit`; for files that the user gives. Raises RuleError."""
    from cpo_scan.rulebook.rule_yaml import Fault, read_yaml

    if len(content) > limit:
        raise RuleError(f"{name}: larger than {limit} bytes, which no rule file needs to be")
    try:
        data = read_yaml(content, (rules_root() / "schemas" / f"{schema}.json").read_bytes())
    except Fault as fault:
        place = f"{name}:{fault.line}" if fault.line else name
        raise RuleError(f"{place}: {fault}") from None
    return RuleFile(name=name, data=data, sha256=digest(content), content=content)


def rule_files(folder: str) -> Iterator[Traversable]:
    """The YAML files of a folder below `rules/`, by name."""
    yield from sorted(
        (item for item in (rules_root() / folder).iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
    )
