"""Which description of an earlier release is which of the new one?"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from cpo_scan.probe.patterns import compile as pattern

_KIN = {"typelib": "idl"}
"""Families in which one interface may be described: a type library is made of IDL."""
_DIGITS = pattern("[0-9]+(?:[.][0-9]+)*", text=True)


class Head(msgspec.Struct, frozen=True):
    """What is needed of an interface to find its counterpart."""

    family: str
    title: str = ""
    version: str = ""
    files: int = 0


class Pair(NamedTuple):
    """Two descriptions of one interface; an empty path where one release has none."""

    family: str
    title: str
    old: str
    new: str


def paired(old: dict[str, Head], new: dict[str, Head]) -> Iterator[Pair]:
    """Pairs by path, by title if it is the only one, by path without digits, the same without extension; the rest."""
    waiting_old, waiting_new = dict(old), dict(new)
    keys: tuple[Callable[[str, Head], str], ...] = (_path, _title, _without_digits, _without_extension)
    found: list[Pair] = []
    for key in keys:
        before, after = _unique(waiting_old, key), _unique(waiting_new, key)
        for what in before.keys() & after.keys():
            one, other = before[what], after[what]
            head = waiting_new.pop(other)
            del waiting_old[one]
            found.append(Pair(head.family, head.title, one, other))
    found += [Pair(head.family, head.title, path, "") for path, head in waiting_old.items()]
    found += [Pair(head.family, head.title, "", path) for path, head in waiting_new.items()]
    yield from sorted(found)


def _unique(heads: dict[str, Head], key: Callable[[str, Head], str]) -> dict[tuple[str, str], str]:
    """What a key names once, by family and key."""
    named: dict[tuple[str, str], str | None] = {}
    for path, head in heads.items():
        if word := key(path, head):
            kin = _KIN.get(head.family, head.family)
            named[kin, word] = None if (kin, word) in named else path
    return {word: path for word, path in named.items() if path is not None}


def _path(path: str, _: Head) -> str:
    return path


def _title(_: str, head: Head) -> str:
    return head.title


def _without_digits(path: str, _: Head) -> str:
    parts, at = [], 0
    for match in _DIGITS.finditer(path):
        parts.append(path[at : match.start()])
        at = match.end()
    return "#".join([*parts, path[at:]])


def _without_extension(path: str, head: Head) -> str:
    """One interface may be written in another form: CSDL in XML and in JSON, GraphQL as a schema and as a result."""
    folder, slash, name = _without_digits(path, head).rpartition("/")
    return folder + slash + (name.rpartition(".")[0] or name)
