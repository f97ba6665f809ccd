"""Does any of many literals stand in an artifact? One pass for all of them where that is the shorter way."""

from collections.abc import Iterable, Iterator
from functools import cache

from cpo_scan.probe import patterns
from cpo_scan.targets.content import CHUNK, Bytes

_FEW = 3  # so many parts are looked for one by one: `find` runs through bytes three times faster than any pattern
_SHORTEST = 4  # bytes of a part that several literals share: what is shorter stands everywhere
_MISSES = 250  # places of a shared part in one window that are looked at; then its literals are looked for themselves
_WINDOW = CHUNK  # what was copied for the first part is still near when the next one is looked for

_Whole = tuple[int, bytes]  # where in a literal its part begins, and the literal


def holds(data: Bytes, literals: Iterable[bytes]) -> bool:
    """Does any of the literals stand in the bytes? Mapped bytes are read window by window."""
    wanted = frozenset(literals)
    shared = _parts(wanted)
    if len(shared) > _FEW:
        return _any_of(wanted).search(data) is not None
    overlap = max(map(len, wanted), default=1) - 1
    return any(_stands(window, part, wholes) for window in _windows(data, overlap) for part, wholes in shared)


def _windows(data: Bytes, overlap: int) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    for at in range(0, len(data), _WINDOW):
        yield data[at : at + _WINDOW + overlap]


def _stands(window: bytes, part: bytes, wholes: tuple[_Whole, ...]) -> bool:
    """Does one of the literals that share a part stand in the window?"""
    at = window.find(part)
    for _ in range(_MISSES):
        if at < 0:
            return False
        for before, literal in wholes:
            if at >= before and window.startswith(literal, at - before):
                return True
        at = window.find(part, at + 1)
    return any(literal in window for _, literal in wholes)


@cache
def _parts(literals: frozenset[bytes]) -> tuple[tuple[bytes, tuple[_Whole, ...]], ...]:
    """Few parts, so that each literal has one: the part that most of them share comes first, the longest of those.

    A literal may have its part more than once; then each of its places counts.
    """
    left = sorted(literals)
    found = []
    while left:
        owners: dict[bytes, int] = {}
        for literal in left:
            ends = range(_SHORTEST, len(literal) + 1)
            for part in {literal[start:end] for end in ends for start in range(end - _SHORTEST + 1)} | {literal}:
                owners[part] = owners.get(part, 0) + 1
        best = max(owners, key=lambda part: (owners[part], len(part), part))
        wholes = [(at, one) for one in left for at in range(len(one)) if one.startswith(best, at)]
        found.append((best, tuple(wholes) or ((0, best),)))  # the empty literal stands everywhere
        left = [literal for literal in left if best not in literal]
    return tuple(found)


@cache
def _any_of(literals: frozenset[bytes]) -> patterns.Pattern:
    escaped = ("".join(f"\\x{byte:02x}" for byte in literal) for literal in sorted(literals))
    return patterns.compile("|".join(escaped))
