"""Annotations of Java class files, with their values: of the class, and of its methods (JVMS 4.7.16)."""

import struct

from cpo_probes.api.annotated import Annotation, Class, Method
from cpo_scan.probe import Unreadable

_SIZES = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3}
_VISIBLE = b"RuntimeVisibleAnnotations"
_DEEPEST = 8  # annotations and lists inside each other
_MOST = 1_000  # annotations of one thing, values of one list


def read_annotations(data: bytes) -> Class:
    """The annotated class; names of annotations are those of their types (`jakarta.ws.rs.GET`). Raises Unreadable."""
    try:
        return _Reader(data).read()
    except (struct.error, IndexError, KeyError, RecursionError):
        raise Unreadable("class.malformed") from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 8
        self._constants: list[int] = [0]

    def read(self) -> Class:
        if self._data[:4] != b"\xca\xfe\xba\xbe":
            raise Unreadable("class.malformed")
        self._pool()
        _, this, _ = self._words(3)
        interfaces = self._word()
        self._at += 2 * interfaces
        for _ in range(self._word()):  # fields
            self._at += 6
            self._attributes()
        methods = []
        for _ in range(self._word()):
            self._at += 6
            if found := self._attributes():
                methods.append(Method(found))
        own = self._attributes()
        return Class(self._utf8(self._short(self._constants[this] + 1)).replace("/", "."), own, tuple(methods))

    def _pool(self) -> None:
        count = self._word()
        number = 1
        while number < count:
            tag = self._data[self._at]
            self._constants.append(self._at)
            self._at += 3 + self._short(self._at + 1) if tag == 1 else _SIZES[tag]
            number += 1
            if tag in (5, 6):  # these take two numbers
                self._constants.append(0)
                number += 1

    def _attributes(self) -> tuple[Annotation, ...]:
        found: tuple[Annotation, ...] = ()
        for _ in range(self._word()):
            name = self._raw(self._word())
            (size,) = struct.unpack_from(">I", self._data, self._at)
            self._at += 4
            end = self._at + size
            if end > len(self._data):
                raise IndexError
            if name == _VISIBLE:
                found = tuple(self._annotation(0) for _ in range(min(self._word(), _MOST)))
            self._at = end
        return found

    def _annotation(self, depth: int) -> Annotation:
        kind = self._utf8(self._word())
        values = {}
        for _ in range(self._word()):
            name = self._utf8(self._word())
            values["" if name == "value" else name] = tuple(self._value(depth + 1))
        return Annotation(kind[1:-1].replace("/", "."), values, excerpt="@" + kind[1:-1].replace("/", "."))

    def _value(self, depth: int) -> list[str]:
        if depth > _DEEPEST:
            raise IndexError
        tag = self._data[self._at]
        self._at += 1
        match tag:
            case 0x73 | 0x63:  # s c: a string, a class
                return [self._utf8(self._word())]
            case 0x65:  # e: an enum constant
                self._at += 2
                return [self._utf8(self._word())]
            case 0x40:  # @
                self._annotation(depth)
                return []
            case 0x5B:  # [
                found: list[str] = []
                for _ in range(self._word()):
                    found += self._value(depth + 1)[: _MOST - len(found)]
                return found
            case _:  # a number
                self._at += 2
                return []

    def _raw(self, number: int) -> bytes:
        at = self._constants[number]
        return self._data[at + 3 : at + 3 + self._short(at + 1)]

    def _utf8(self, number: int) -> str:
        return self._raw(number).decode("utf-8", "replace")

    def _word(self) -> int:
        value = self._short(self._at)
        self._at += 2
        return value

    def _words(self, count: int) -> list[int]:
        return [self._word() for _ in range(count)]

    def _short(self, at: int) -> int:
        value: int = struct.unpack_from(">H", self._data, at)[0]
        return value
