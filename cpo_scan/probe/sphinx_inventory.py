"""Sphinx inventories (`objects.inv`): which names a documentation describes, by domain and role.

Layout by the source of Sphinx (sphinx.util.inventory): four lines of text, then in version 2 rows packed by zlib, each
`name domain:role priority address title`; in version 1 plain rows `name role address`, of Python.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from cpo_scan.targets.errors import LimitHit, Unreadable

MOST_BYTES = 64 * 2**20
"""Unpacked: the largest known, of a language's whole library, has some 3 MiB."""
_HEADER = b"# Sphinx inventory version "


class Described(NamedTuple):
    """A name that is described: `py`, `function`, `acme.core.load`."""

    domain: str
    role: str
    name: str


def read_inventory(data: bytes) -> Iterator[Described]:
    """The rows of an inventory. Raises Unreadable, code `inventory.malformed`; LimitHit where they are too many."""
    lines = data.split(b"\n", 4)
    if not data.startswith(_HEADER) or len(lines) < 4:
        raise Unreadable("inventory.malformed")
    match lines[0][len(_HEADER) :].strip():
        case b"1":
            plain = data.split(b"\n", 3)[3]
            for line in plain.decode("utf-8", "replace").splitlines():
                parts = line.split(None, 2)
                if len(parts) == 3:
                    yield Described("py", "module" if parts[1] == "mod" else parts[1], parts[0])
        case b"2" if len(lines) == 5:
            yield from _rows(_unpacked(lines[4]))
        case _:
            raise Unreadable("inventory.malformed")


def _unpacked(packed: bytes) -> str:
    opened = zlib.decompressobj()
    try:
        plain = opened.decompress(packed, MOST_BYTES)
    except zlib.error:
        raise Unreadable("inventory.malformed") from None
    if opened.unconsumed_tail:
        raise LimitHit("limit.member_bytes", limit=MOST_BYTES)
    return plain.decode("utf-8", "replace")


def _rows(plain: str) -> Iterator[Described]:
    for line in plain.splitlines():
        words = line.split(" ")
        # The name may hold blanks; behind it stand the role and a number.
        for at in range(1, len(words) - 1):
            domain, colon, role = words[at].partition(":")
            if colon and domain and role and words[at + 1].lstrip("-").isdigit():
                yield Described(domain, role, " ".join(words[:at]))
                break
