"""Structure of binary formats: blocks of ASAM MDF and U3D, extent of SQLite and Parquet."""

from collections.abc import Callable, Iterator
from itertools import islice

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure import mdf as structure_mdf
from cpo_probes.exchange.structure.found import LARGE, MOST, UNCHECKED, Found, Octets, differs, ends, expected

_BLOCKS = 200_000  # blocks that are looked at


def _number(data: Octets, at: int, size: int, order: str = "little") -> int:
    return int.from_bytes(bytes(data[at : at + size]), "big" if order == "big" else "little")


# -- ASAM MDF

_MDF = "ASAM MDF"
_UNFINISHED = b"UnFinMF "
_HEADER = 64  # identification block; the header block stands behind it


class _Wrong(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def mdf(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """The header, and the lists of data groups, channel groups and channels that it leads to."""
    if bytes(data[:8]) == _UNFINISHED:
        return Found(open_because="structure.unfinished")
    read = _mdf4 if _number(data, 28, 2) >= 400 else _mdf3
    counts = {"data_groups": 0, "channel_groups": 0, "channels": 0}
    try:
        for kind in read(data):
            counts[kind] += 1
            if sum(counts.values()) > _BLOCKS:
                return Found(open_because=LARGE, facts=counts)
            checkpoint()
    except _Wrong as wrong:
        return Found(problems=(wrong.problem,), facts=counts)
    problems = tuple(islice(structure_mdf.short(data, checkpoint), MOST))
    return Found(problems=problems, open_because=UNCHECKED, facts=counts)


def _mdf4(data: Octets) -> Iterator[str]:
    """MDF 4: blocks of an id of 4 octets, 4 reserved, length and number of links of 8 each, then the links of 8."""

    def links(at: int, kind: str) -> list[int]:
        length, count = _number(data, at + 8, 8), _number(data, at + 16, 8)
        if at + 24 > len(data):
            raise _Wrong(ends(f"the block ##{kind}", len(data), _MDF))
        if bytes(data[at : at + 4]) != b"##" + kind.encode() or 24 + 8 * count > length:
            raise _Wrong(expected(f"the block ##{kind}", at, _MDF))
        if at + length > len(data):
            raise _Wrong(ends(f"the end of the block ##{kind}", len(data), _MDF))
        found = [_number(data, at + 24 + 8 * number, 8) for number in range(min(count, 8))]
        for link in found:
            leads(link)
        return found

    def leads(at: int) -> None:
        """Each link of these blocks is 0, or leads to a block that ends within the file."""
        if at and at + 24 > len(data):
            raise _Wrong(ends("the block of a link", len(data), _MDF))
        if at and bytes(data[at : at + 2]) != b"##":
            raise _Wrong(expected("the block of a link", at, _MDF))
        if at and at + _number(data, at + 8, 8) > len(data):
            raise _Wrong(ends("the end of the block of a link", len(data), _MDF))

    return _groups(links, "##")


def _mdf3(data: Octets) -> Iterator[str]:
    """MDF 3 and older: blocks of an id of 2 octets, their size in 2, then links of 4."""
    order = "little" if _number(data, 24, 2) == 0 else "big"

    def links(at: int, kind: str) -> list[int]:
        if at + 4 > len(data):
            raise _Wrong(ends(f"the block {kind}", len(data), _MDF))
        size = _number(data, at + 2, 2, order)
        if bytes(data[at : at + 2]) != kind.encode():
            raise _Wrong(expected(f"the block {kind}", at, _MDF))
        if at + size > len(data):
            raise _Wrong(ends(f"the end of the block {kind}", len(data), _MDF))
        return [_number(data, at + 4 + 4 * number, 4, order) for number in range(max(0, min(size - 4, 16)) // 4)]

    return _groups(links, "")


def _groups(links: Callable[[int, str], list[int]], sign: str) -> Iterator[str]:
    """What there is below the header: the groups, theirs, and their channels, each in a list that must end. `links`
    gives the links of the block of a kind at a place; `sign` stands before the kinds."""

    def listed(at: int, kind: str) -> Iterator[list[int]]:
        seen: set[int] = set()
        while at:
            if at in seen:
                raise _Wrong(expected(f"another block {sign}{kind}", at, _MDF))
            seen.add(at)
            found = links(at, kind)
            yield found
            at = found[0] if found else 0

    first = links(_HEADER, "HD")
    for group in listed(first[0] if first else 0, "DG"):
        yield "data_groups"
        for channels in listed(group[1] if len(group) > 1 else 0, "CG"):
            yield "channel_groups"
            for _ in listed(channels[1] if len(channels) > 1 else 0, "CN"):
                yield "channels"


# -- U3D

_U3D = "ECMA-363, 9.2"


def u3d(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """Blocks of type, size of data and size of metadata in 4 octets each; data and metadata are padded to 4."""
    at = blocks = 0
    while at < len(data):
        if blocks == _BLOCKS:
            return Found(open_because=LARGE, facts={"blocks": blocks})
        checkpoint()
        if at + 12 > len(data):
            return Found(problems=(ends("the header of a block", len(data), _U3D),), facts={"blocks": blocks})
        size, more = (_number(data, at + 4, 4) + 3) & ~3, (_number(data, at + 8, 4) + 3) & ~3
        if at + 12 + size + more > len(data):
            return Found(problems=(ends("the end of a block", len(data), _U3D),), facts={"blocks": blocks})
        at += 12 + size + more
        blocks += 1
    return Found(open_because=UNCHECKED, facts={"blocks": blocks})


# -- tables

_SQLITE = "SQLite file format, 1.3"
_PARQUET = "Apache Parquet, file format"


def sqlite(data: Octets, _: Callable[[], None]) -> Found:
    """As many pages as the header states, where it is of the last writer (1.3.7)."""
    if len(data) < 100:
        return Found(problems=(ends("the header", len(data), _SQLITE),))
    page = _number(data, 16, 2, "big")
    page = 65536 if page == 1 else page
    if page < 512 or page & (page - 1):
        return Found(problems=(expected("a size of pages", 16, _SQLITE),))
    pages, current = _number(data, 28, 4, "big"), bytes(data[24:28]) == bytes(data[92:96])
    if len(data) % page or (current and pages and pages * page > len(data)):
        there = str(len(data) // page)
        return Found(problems=(differs("pages", str(pages), there, 28, _SQLITE),), facts={"pages": pages})
    return Found(open_because=UNCHECKED, facts={"pages": len(data) // page})


def parquet(data: Octets, _: Callable[[], None]) -> Found:
    """The mark at both ends, and a footer that fits between them."""
    if len(data) < 12 or bytes(data[-4:]) not in (b"PAR1", b"PARE"):
        return Found(problems=(ends("PAR1", len(data), _PARQUET),))
    footer = _number(data, len(data) - 8, 4)
    if footer + 12 > len(data):
        return Found(problems=(differs("footer", str(footer), str(len(data) - 12), len(data) - 8, _PARQUET),))
    return Found(open_because=UNCHECKED)
