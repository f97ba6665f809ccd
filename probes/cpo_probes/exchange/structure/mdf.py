"""Records of ASAM MDF: where a data group is sorted, its data holds as many octets as its records need.

The lists of groups and channels were walked before (`structure_binary`): they end, their blocks lie in the file.
"""

from collections.abc import Callable, Iterator

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import Octets, differs

_MDF = "ASAM MDF"
_BLOCKS = 200_000  # blocks of data that are looked at
_FIRST = 64 + 24  # the first link of the header block of MDF 4
_FIRST_OLD = 64 + 4  # the same in MDF 3


def short(data: Octets, checkpoint: Callable[[], None]) -> Iterator[Problem]:
    """Groups whose data is shorter than their records."""
    if _number(data, 28, 2) >= 400:
        yield from _Four(data, checkpoint).short()
    else:
        yield from _three(data, checkpoint)


def _number(data: Octets, at: int, size: int, order: str = "little") -> int:
    return int.from_bytes(bytes(data[at : at + size]), "big" if order == "big" else "little")


class _Four:
    """MDF 4: blocks of an id of 4 octets, 4 reserved, length and number of links of 8 each, the links, the data."""

    def __init__(self, data: Octets, checkpoint: Callable[[], None]) -> None:
        self._data, self._checkpoint = data, checkpoint
        self._left = _BLOCKS

    def short(self) -> Iterator[Problem]:
        group = _number(self._data, _FIRST, 8)
        while group:
            self._checkpoint()
            channels = self._link(group, 1)
            # clause 5.12 (DG): the number of octets of record ids; 0 where all records are of one channel group
            if channels and not _number(self._data, self._body(group), 1):
                body = self._body(
                    channels
                )  # 5.14 (CG): record id, cycles, flags, separator, octets of data and validity
                cycles, size = _number(self._data, body + 8, 8), _number(self._data, body + 24, 4)
                due = cycles * (size + _number(self._data, body + 28, 4))
                found = self._held(self._link(group, 2))
                if found is not None and found < due:
                    yield differs("octets of records", str(due), str(found), channels, _MDF)
            group = self._link(group, 0)

    def _link(self, block: int, number: int) -> int:
        count = _number(self._data, block + 16, 8)
        return _number(self._data, block + 24 + 8 * number, 8) if number < count else 0

    def _body(self, block: int) -> int:
        return block + 24 + 8 * _number(self._data, block + 16, 8)

    def _held(self, block: int) -> int | None:
        """Octets of data from a block on, unpacked; None for kinds that are stored by columns or not known."""
        total = 0
        if bytes(self._data[block : block + 4]) == b"##HL" and block:
            block = self._link(block, 0)
        seen: set[int] = set()
        while block:
            kind = bytes(self._data[block : block + 4])
            if kind != b"##DL":
                one = self._one(block)
                return None if one is None else total + one
            count = _number(self._data, block + 16, 8)
            if block in seen or count > self._left:
                return None
            seen.add(block)
            self._left -= count
            for number in range(1, count):
                one = self._one(self._link(block, number))
                if one is None:
                    return None
                total += one
            block = self._link(block, 0)
        return total

    def _one(self, block: int) -> int | None:
        if not block:
            return 0
        match bytes(self._data[block : block + 4]):
            case b"##DT":
                return max(0, min(_number(self._data, block + 8, 8), len(self._data) - block) - 24)
            case b"##DZ":  # 5.27: kind of block, of packing, a parameter, then the size unpacked
                return _number(self._data, self._body(block) + 8, 8)
            case _:
                return None


def _three(data: Octets, checkpoint: Callable[[], None]) -> Iterator[Problem]:
    """MDF 3 and older: blocks of an id of 2 octets, their size in 2, then links of 4, then the data."""
    order = "little" if _number(data, 24, 2) == 0 else "big"
    group = _number(data, _FIRST_OLD, 4, order)
    while group:
        checkpoint()
        channels, place = _number(data, group + 8, 4, order), _number(data, group + 16, 4, order)
        ids = _number(data, group + 22, 2, order) if _number(data, group + 2, 2, order) >= 24 else 1
        if channels and place and not ids:
            size, cycles = _number(data, channels + 20, 2, order), _number(data, channels + 22, 4, order)
            if size * cycles > len(data) - place:
                found = str(max(0, len(data) - place))
                yield differs("octets of records", str(size * cycles), found, channels, _MDF)
        group = _number(data, group + 4, 4, order)
