"""Writes rule files of people: YAML that every program reads to the same data, the same bytes each time."""

from typing import Any

import yaml

from cpo_scan.rulebook.load import RuleError

SIZE_LIMIT = 4 * 2**20  # bytes that a rule file may have


class _Dumper(yaml.CSafeDumper):
    """Texts of several lines as blocks, no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def write_yaml(name: str, head: str, data: Any) -> bytes:
    """A file with `head` as its comment. Raises RuleError where it would be larger than a rule file may be."""
    comment = "".join(f"# {line}\n" for line in head.splitlines())
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    content = f"{comment}{text}".encode()
    if len(content) > SIZE_LIMIT:
        raise RuleError(f"{name}: would be larger than {SIZE_LIMIT} bytes, which no rule file may be")
    return content
