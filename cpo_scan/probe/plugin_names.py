"""Names of types that strangers derive from: what is called plug-in, add-in or extension (`types` of mechanisms)."""

from typing import Any

from cpo_scan.probe.dotnet_uses import read_taken
from cpo_scan.targets.content import Bytes


def called_so(name: str, row: dict[str, Any], *, interface: bool) -> bool:
    """Does the simple name of a type say that it is a plug-in, add-in or extension?"""
    if interface and len(name) > 2 and name[0] == "I" and name[1].isupper():
        name = name[1:]
    return name in row["alone"] or name.endswith(tuple(row["ends"]))


def simple(name: str) -> str:
    """The name of a type of .NET without its namespace, outer types and count of parameters."""
    return name.rpartition(".")[2].rpartition("+")[2].partition("`")[0]


def plugin_hosts(data: Bytes, rules: dict[str, Any]) -> tuple[str, ...]:
    """Names of the assemblies with plug-in types from which a library of .NET derives; `rules` are the `types` of
    mechanisms. Raises Unreadable."""
    row = rules["dotnet"]
    if not any(data.find(word.encode()) >= 0 for word in row["containing"]):
        return ()
    taken = read_taken(data)
    found = {
        one.assembly
        for one in taken.derived
        if called_so(simple(one.name), row, interface=True) and not one.name.startswith(tuple(rules["foreign"]))
    }
    return tuple(sorted(found)) if taken.library else ()
