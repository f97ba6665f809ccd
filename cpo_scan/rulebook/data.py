"""What probes know, as tables: `rules/data/NAME.yaml`, and the registry of standards."""

from collections.abc import Iterator, Mapping
from typing import Any

from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleFile, read_rules, rule_files


class Tables(Mapping[str, Any]):
    """Tables by name, each read when it is first asked for. `given` ones come before those of the rules."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._read: dict[str, Any] = dict(given or {})

    def __getitem__(self, name: str) -> Any:
        """The table of this name; raises KeyError where there is none, RuleError where it is not as it must be."""
        if name not in self._read:
            if name not in self:
                raise KeyError(name)
            self._read[name] = read_table(name).data
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._read, "standards", *table_names()}))

    def __len__(self) -> int:
        return len(list(iter(self)))


def table_names() -> list[str]:
    """Names of the tables in `rules/data`."""
    return [file.name.removesuffix(".yaml") for file in rule_files("data")]


def read_table(name: str) -> RuleFile:
    """One table, checked by `rules/schemas/data-NAME.json`. Raises RuleError."""
    if name == "standards":
        return read_rules("standards.yaml", "standards")
    return read_rules(f"data/{name}.yaml", f"data-{name}")


def tables_digest() -> str:
    """SHA-256 over all tables: names and digests, as `sha256sum` would list them."""
    return digest(*(f"{read_table(name).sha256}  {name}\n".encode() for name in table_names()))
