"""Code of Java classes (JVMS chapters 4 and 6): which texts a class gives to the constructors of others.

A walk over the instructions of each method in their order, without following jumps: what stands between `new` and the
call of the constructor are its arguments.
"""

import struct
from collections.abc import Container, Iterator

import msgspec

from cpo_scan.probe.classfile import SIZES, modified_utf8
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

_UTF8, _CLASS, _STRING, _METHODS = 1, 7, 8, (10, 11)  # tags of constants (JVMS 4.4)
_LDC, _LDC_W, _IINC, _TABLE, _LOOKUP, _NEW, _SPECIAL, _WIDE = 18, 19, 132, 170, 171, 187, 183, 196
# Bytes of an instruction by its opcode (JVMS 6.5); 0: it says so itself, or there is none.
_LENGTHS = bytes(
    [1] * 16 + [2, 3, 2, 3, 3] + [2] * 5 + [1] * 28 + [2] * 5 + [1] * 73 + [3] + [1] * 20 + [3] * 16 + [2, 0, 0]
    + [1] * 6 + [3] * 7 + [5, 5, 3, 2, 3, 1, 1, 3, 3, 1, 1, 0, 4, 3, 3, 5, 5] + [0] * 54
)  # fmt: skip
_MOST_OPEN = 64  # objects that are being made at a time


class Built(msgspec.Struct, frozen=True):
    """An object that a class makes: of which class (`java/io/File`), and the texts among the arguments, in order."""

    kind: str
    texts: tuple[str, ...]
    method: str


class Code(msgspec.Struct, frozen=True):
    """What the methods of a class make, and the names of all methods that it calls."""

    built: tuple[Built, ...]
    called: frozenset[str]


def read_code(data: Bytes, wanted: Container[str]) -> Code:
    """The objects of the `wanted` classes (internal names) that a class makes. Raises Unreadable for what is none."""
    if data[:4] != b"\xca\xfe\xba\xbe":
        raise Unreadable("class.unknown")
    reader = _Reader(bytes(data))
    try:
        reader.pool()
        return Code(tuple(reader.built(wanted)), reader.called())
    except (struct.error, IndexError):
        raise Unreadable("class.malformed", what="code", at=min(reader.at, len(data))) from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 10
        self._places = [0]

    def pool(self) -> None:
        """Note where each constant lies."""
        left = self._number(8) - 1
        while left > 0:
            self._places.append(self.at)
            left -= 1
            tag = self.data[self.at]
            if tag == _UTF8:
                self.at += 3 + self._number(self.at + 1)
                continue
            if not SIZES[tag]:
                raise IndexError
            if SIZES[tag] == 9:
                self._places.append(0)
                left -= 1
            self.at += SIZES[tag]

    def called(self) -> frozenset[str]:
        """The names of the methods that the class refers to (JVMS 4.4.2)."""
        found = set()
        for place in self._places:
            if place and self.data[place] in _METHODS:
                found.add(self._text(self._number(self._places[self._number(place + 3)] + 1)))
        return frozenset(found)

    def built(self, wanted: Container[str]) -> Iterator[Built]:
        self.at += 6
        self.at += 2 + 2 * self._number(self.at)  # interfaces
        for what in ("field", "method"):
            count = self._number(self.at)
            self.at += 2
            for _ in range(count):
                name = self._number(self.at + 2)
                attributes = self._number(self.at + 6)
                self.at += 8
                for _ in range(attributes):
                    kind, size = struct.unpack_from(">HL", self.data, self.at)
                    if what == "method" and self._text(kind) == "Code":
                        length = struct.unpack_from(">L", self.data, self.at + 10)[0]
                        if length > size:
                            raise IndexError
                        yield from self._in_code(self.at + 14, length, self._text(name), wanted)
                    self.at += 6 + size

    def _in_code(self, start: int, length: int, method: str, wanted: Container[str]) -> Iterator[Built]:
        data, at, end = self.data, start, start + length
        open_: list[tuple[str, list[str]]] = []
        while at < end:
            code = data[at]
            if code in (_LDC, _LDC_W) and open_:
                place = self._places[data[at + 1] if code == _LDC else self._number(at + 1)]
                if place and data[place] == _STRING:
                    open_[-1][1].append(self._text(self._number(place + 1)))
            elif code == _NEW and len(open_) < _MOST_OPEN:
                open_.append((self._class(self._number(at + 1)), []))
            elif code == _SPECIAL and open_:
                place = self._places[self._number(at + 1)]
                if place and self._class(self._number(place + 1)) == open_[-1][0] and self._is_constructor(place):
                    kind, texts = open_.pop()
                    if kind in wanted:
                        yield Built(kind, tuple(texts), method)
            at += self._length(code, at, start)

    def _is_constructor(self, place: int) -> bool:
        return self._text(self._number(self._places[self._number(place + 3)] + 1)) == "<init>"

    def _length(self, code: int, at: int, start: int) -> int:
        """Bytes of an instruction; those of the tables depend on where they stand (JVMS 6.5, tableswitch)."""
        if length := _LENGTHS[code]:
            return length
        if code == _WIDE:
            return 6 if self.data[at + 1] == _IINC else 4
        body = at + 1 + (start - at - 1) % 4
        if code == _TABLE:
            low, high = struct.unpack_from(">2l", self.data, body + 4)
            count, width = high - low + 1, 4
            body += 12
        elif code == _LOOKUP:
            count, width = struct.unpack_from(">l", self.data, body + 4)[0], 8
            body += 8
        else:
            raise IndexError
        if count < 0 or body + count * width > len(self.data):
            raise IndexError
        return int(body + count * width - at)

    def _number(self, at: int) -> int:
        return int(self.data[at] << 8 | self.data[at + 1])

    def _text(self, index: int) -> str:
        place = self._places[index]
        if not place or self.data[place] != _UTF8:
            raise IndexError
        return modified_utf8(self.data[place + 3 : place + 3 + self._number(place + 1)])

    def _class(self, index: int) -> str:
        place = self._places[index]
        if not place or self.data[place] != _CLASS:
            raise IndexError
        return self._text(self._number(place + 1))
