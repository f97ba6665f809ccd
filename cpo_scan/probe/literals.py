"""Do literals stand in an artifact, and where? The shortest way for one and for many of them, in long bytes and short.

RE2 (the `[fast]` extra) finds one literal ten times faster than `bytes.find`: it runs from one of its first byte to the
next, and mapped bytes it need not copy. Many literals at once it finds in one pass.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from cpo_scan.probe import patterns
from cpo_scan.targets.content import CHUNK, Bytes
from cpo_scan.targets.content import find as find_by_windows

_FEW = 3  # so many parts are looked for one by one: `find` runs through bytes three times faster than any pattern
_SHORTEST = 4  # bytes of a part that several literals share: what is shorter stands everywhere
_MISSES = 250  # places of a shared part in one window that are looked at; then its literals are looked for themselves
_WINDOW = CHUNK  # what was read for the first part is still near when the next one is looked for
_NEAR = 8 * 2**10  # bytes in which one literal is found sooner than RE2 begins
_FIRSTS = 4  # so many first bytes of literals are looked for one by one; each runs seven times faster than all at once
_AGAIN = 32  # times that literals are met before a pattern without them is made
_EVERYWHERE = frozenset(b"\0 \t\neatoinsr")  # first bytes that stand everywhere: running from one to the next is slow

_Whole = tuple[int, bytes]  # where in a literal its part begins, and the literal


def find(data: Bytes, literal: bytes, start: int = 0) -> int:
    """`data.find`, quick on long and on mapped bytes."""
    if len(data) - start < _NEAR or not literal or not patterns.is_fast():
        return find_by_windows(data, literal, start)
    match = _one(literal).search(data, start)
    return -1 if match is None else match.start()


def holds(data: Bytes, literals: Iterable[bytes]) -> bool:
    """Does any of the literals stand in the bytes? Mapped bytes are read window by window."""
    wanted = frozenset(literals)
    overlap = max(map(len, wanted), default=1) - 1
    if wanted and patterns.is_fast():
        ways = _ways(wanted)
        if len(ways) == 1:
            return ways[0].search(data) is not None
        view = memoryview(data)
        windows = (view[at : at + _WINDOW + overlap] for at in range(0, len(data), _WINDOW))
        return any(way.search(window) is not None for window in windows for way in ways)
    shared = _parts(wanted)
    if len(shared) > _FEW:
        return _any_of(wanted).search(data) is not None
    return any(_stands(window, part, wholes) for window in _windows(data, overlap) for part, wholes in shared)


def which(data: Bytes, literals: Iterable[bytes]) -> frozenset[bytes]:
    """Those of the literals that stand in the bytes; with RE2 in little more than one pass for all of them."""
    wanted = frozenset(literals)
    if not wanted or not patterns.is_fast():
        return frozenset(literal for literal in wanted if find_by_windows(data, literal) >= 0)
    longest, at = max(map(len, wanted)), 0
    found: set[bytes] = set()
    while left := wanted - found:
        any_left = _any_of(left)
        for _ in range(_AGAIN):  # then it pays to look for those only that were not met yet
            match = any_left.search(data, at)
            if match is None:
                return frozenset(found)
            here = data[match.start() : match.start() + longest]
            found.update(literal for literal in left if here.startswith(literal))
            at = match.start() + 1
    return wanted


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
def _ways(literals: frozenset[bytes]) -> tuple[patterns.Pattern, ...]:
    """Patterns of RE2 for the literals: one for each first byte, where these are few and rare, else one for all."""
    firsts = {literal[:1] for literal in literals}
    if len(firsts) > _FIRSTS or b"" in firsts or not _EVERYWHERE.isdisjoint(b"".join(firsts)):
        return (_any_of(literals),)
    return tuple(_any_of(frozenset(one for one in literals if one.startswith(first))) for first in sorted(firsts))


@lru_cache(1024)
def _any_of(literals: frozenset[bytes]) -> patterns.Pattern:
    return patterns.any_of(literals)


@lru_cache(4096)
def _one(literal: bytes) -> patterns.Pattern:
    return patterns.any_of((literal,))
