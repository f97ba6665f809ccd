"""What a Qt plug-in says of itself in its own bytes: the interface that it implements and its JSON description.

Qt keeps it as CBOR (RFC 8949) behind a mark: `QTMETADATA !` (Qt 5.12 on, qplugin.h), in ELF files of Qt 6 an ELF note
of the owner `qt-project!`. Older ones keep JSON in a form of their own and are not read.
"""

import math
import struct
from typing import Any

import msgspec

from cpo_scan.targets.content import Bytes, find

MARKS = (b"QTMETADATA !", b"qt-project!\0")
LARGEST = 2**18
"""Bytes behind the mark that are read; descriptions hold translations."""
_HEADER = 4  # bytes: version of the form, Qt's major and minor version, architecture
_DEPTH, _ITEMS = 32, 50_000
_INTERFACE, _CLASS, _DESCRIPTION = 2, 3, 4  # QtPluginMetaDataKeys
_BREAK = object()


class PluginMetadata(msgspec.Struct, frozen=True):
    """`description` is the JSON object that the author gave, empty where there is none.

    `offset` and `size` are the bytes of the file, from the mark to the end of the metadata.
    """

    interface: str
    class_name: str
    description: dict[str, Any]
    offset: int
    size: int


def read_plugin_metadata(data: Bytes) -> PluginMetadata | None:
    """The metadata of a plug-in, None where there are none that can be read."""
    for mark in MARKS:
        place = find(data, mark)
        while place >= 0:
            start = place + len(mark) + _HEADER
            read, size = _read(bytes(data[start : start + LARGEST]))
            if isinstance(interface := read.get(_INTERFACE), str):
                name, description = read.get(_CLASS), read.get(_DESCRIPTION)
                return PluginMetadata(
                    interface,
                    name if isinstance(name, str) else "",
                    description if isinstance(description, dict) else {},
                    place,
                    len(mark) + _HEADER + size,
                )
            place = find(data, mark, place + 1)
    return None


def _read(data: bytes) -> tuple[dict[Any, Any], int]:
    """The map with which some bytes begin, and how many it takes; empty where there is none."""
    reader = _Cbor(data)
    try:
        value = reader.value(0)
    except ValueError:
        return {}, 0
    return (value, reader.at) if isinstance(value, dict) else ({}, 0)


class _Cbor:
    """Items of RFC 8949, section 3, one after the other. Raises ValueError where they do not hold."""

    def __init__(self, data: bytes) -> None:
        self._data, self.at, self._left = data, 0, _ITEMS

    def value(self, depth: int) -> Any:
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise ValueError("too deep or too many")
        initial = self._take(1)[0]
        kind, low = initial >> 5, initial & 31
        if kind == 7:
            return self._simple(low)
        endless = low == 31 and kind in (2, 3, 4, 5)
        count = -1 if endless else self._number(low)
        match kind:
            case 0:
                return count
            case 1:
                return -1 - count
            case 2 | 3 if endless:
                return self._pieces(b"" if kind == 2 else "", depth)
            case 2:
                return self._take(count)
            case 3:
                return self._take(count).decode("utf-8", "replace")
            case 4:
                return self._items(count, depth)
            case 5:
                listed = self._items(count if endless else 2 * count, depth)
                if len(listed) % 2:
                    raise ValueError("a key without a value")
                pairs = zip(listed[::2], listed[1::2], strict=True)
                return {key: value for key, value in pairs if isinstance(key, (str, int))}
            case _:
                return self.value(depth + 1)  # a tag says how to read the next item

    def _items(self, count: int, depth: int) -> list[Any]:
        found: list[Any] = []
        while count < 0 or len(found) < count:
            item = self.value(depth + 1)
            if item is _BREAK:
                if count >= 0:
                    raise ValueError("a break within a counted list")
                return found
            found.append(item)
        return found

    def _pieces(self, empty: bytes | str, depth: int) -> Any:
        pieces = self._items(-1, depth)
        if not all(isinstance(piece, type(empty)) for piece in pieces):
            raise ValueError("a piece of another type")
        return empty.join(pieces)

    def _simple(self, low: int) -> Any:
        match low:
            case 20 | 21:
                return low == 21
            case 25 | 26 | 27:
                width = {25: 2, 26: 4, 27: 8}[low]
                number = struct.unpack({2: ">e", 4: ">f", 8: ">d"}[width], self._take(width))[0]
                return number if math.isfinite(number) else None
            case 31:
                return _BREAK
            case 24:
                self._take(1)
        return None

    def _number(self, low: int) -> int:
        if low < 24:
            return low
        if low > 27:
            raise ValueError("no such length")
        return int.from_bytes(self._take(1 << (low - 24)), "big")

    def _take(self, count: int) -> bytes:
        taken = self._data[self.at : self.at + count]
        if len(taken) != count:
            raise ValueError("cut off")
        self.at += count
        return taken
