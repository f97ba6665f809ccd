"""Types in type libraries of the format SLTG: words that follow each other until one is not a pointer or an array."""

import struct

from cpo_probes.api.typelib.model import ARRAY, BASIC, DEEPEST, POINTER, SAFE_ARRAY, UNKNOWN, USER, Broken, by_number
from cpo_probes.api.typelib.sltg_texts import Cursor, Names
from cpo_scan.probe.patterns import compile as pattern

_MAGIC = 0xDF  # around a table of references
_FIXED = 0x48  # octets of it before its rows
_IS_POINTER = 0x0E00
_SAFE_ARRAY = struct.Struct("<HHIII")
_MOST_DIMENSIONS = 64
_HERE = "ffff"
_REFERENCE = pattern(r"\A\*\\R(?P<library>[0-9a-f]{1,4})\*#(?P<number>[0-9a-f]{1,8})\Z", text=True)
_IMPORTED = pattern(r"\A\*\\G\{(?P<uuid>[0-9A-Fa-f-]{36})\}#", text=True)
_NUMBERS = {"short": "<h", "unsigned short": "<H", "long": "<i", "unsigned long": "<I"}
_TEXTS = frozenset({"BSTR", "LPSTR", "LPWSTR"})
_LONGEST = 200  # characters of a value


class Types:
    """The types of one block: its members begin at `base`; `references` is the place of its table of references."""

    def __init__(self, data: bytes, base: int, end: int, names: Names, own: list[str], references: int | None) -> None:
        self._data, self._base, self._end = data, base, end
        self._names, self._own = names, own
        self._references = self._table(references) if references is not None else []

    def word(self, at: int) -> int:
        """Two octets of the block."""
        if at < 0 or at + 2 > self._end:
            raise Broken("type of a member", at)
        return int.from_bytes(self._data[at : at + 2], "little")

    def text(self, at: int) -> tuple[str, int]:
        """The type at a place, and where it ends."""
        before, after = "", ""
        for _ in range(DEEPEST):
            word = self.word(at)
            at += 2
            if word & _IS_POINTER == _IS_POINTER:
                after = "*" + after
            kind = word & 0x3F
            if kind == POINTER:
                after = "*" + after
            elif kind == SAFE_ARRAY:
                self.word(at)
                at += 2
                before, after = before + "SAFEARRAY(", ")" + after
            elif kind == ARRAY:
                after = self._bounds(self._base + self.word(at)) + after
                at += 2
            elif kind == USER:
                reference = self.word(at)
                return before + self.referred(reference // 4) + after, at + 2
            else:
                return before + BASIC.get(kind, UNKNOWN) + after, at
        raise Broken("type of a member", at)

    def parameter(self, at: int) -> tuple[tuple[str, str], int]:
        """Type and way of a parameter, and where it ends."""
        word = self.word(at)
        way = "in"
        if word & 0x80:
            way = "retval"
        elif word & 0xC000 == 0x8000:
            way = "inout"
        elif word & 0xC000 == 0x4000:
            way = "out"
        text, end = self.text(at)
        return (text, way), end

    def alias(self, stated: int, *, simple: bool) -> str:
        """What an alias stands for: a built-in type, or one at a place."""
        return BASIC.get(stated, UNKNOWN) if simple else self.text(self._base + stated)[0]

    def value(self, at: int, kind: str) -> str | None:
        """A constant of a type, as text; None for other kinds of values."""
        if kind in _TEXTS:
            length = self.word(at)
            if length == 0xFFFF:
                return None
            if at + 2 + length > self._end:
                raise Broken("value", at)
            return self._data[at + 2 : at + 2 + min(length, _LONGEST)].decode("cp1252", "replace")
        layout = _NUMBERS.get(kind)
        if layout is None:
            return None
        if at + 4 > self._end:
            raise Broken("value", at)
        return str(struct.unpack_from(layout, self._data, at)[0])

    def referred(self, number: int) -> str:
        """The type that a row of the table of references leads to."""
        if number >= len(self._references):
            raise Broken("reference to a type", self._base)
        return self._references[number]

    def _bounds(self, at: int) -> str:
        if at + _SAFE_ARRAY.size > self._end:
            raise Broken("description of an array", at)
        dimensions = self.word(at)
        at += _SAFE_ARRAY.size
        if dimensions > _MOST_DIMENSIONS or at + 8 * dimensions > self._end:
            raise Broken("description of an array", at)
        bounds = (int.from_bytes(self._data[at + 8 * one : at + 8 * one + 4], "little") for one in range(dimensions))
        return "".join(f"[{bound}]" for bound in bounds)

    def _table(self, at: int) -> list[str]:
        """The names of the types that are referred to."""
        if at + _FIXED > self._end or self._data[at] != _MAGIC:
            raise Broken("table of references", at)
        size = int.from_bytes(self._data[at + _FIXED - 4 : at + _FIXED], "little")
        if size % 8 or size > self._end - at:
            raise Broken("table of references", at)
        cursor = Cursor(self._data, at + _FIXED + size + 7, self._end)
        found = []
        for _ in range(size // 8):
            stated = cursor.string().decode("latin-1").lower().replace("*\\r", "*\\R", 1)
            match = _REFERENCE.search(stated)
            if match is None:
                raise Broken("reference to a type", cursor.at)
            library, number = match.group("library"), int(match.group("number"), 16)
            if library == _HERE:
                found.append(self._own[number] if number < len(self._own) else UNKNOWN)
            else:
                imported = _IMPORTED.search(self._names.at(int(library, 16)))
                found.append(by_number(imported.group("uuid").lower() if imported else "", number))
        return found
