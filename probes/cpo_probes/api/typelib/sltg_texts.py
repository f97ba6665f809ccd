"""Texts in type libraries of the format SLTG: names in a table, help texts as words packed with a tree of bits."""

from cpo_probes.api.typelib.model import Broken

_NAMES_AT = 0x218  # octets of the hash table before the first name
_MORE = 0x0200  # the first word of a table that 0x20 octets stand in front of
_LONGEST_NAME = 1_000
_NOTHING = 0xFFFF
_MOST_BITS = 10_000_000  # of all help texts of a library
_INNER = 0x80  # an inner node of the tree


class Cursor:
    """Reads one thing after the other. Raises Broken at the end."""

    def __init__(self, data: bytes, at: int, end: int | None = None) -> None:
        self._data, self.at = data, at
        self._end = len(data) if end is None else end

    def octets(self, count: int) -> bytes:
        """As many octets."""
        if self.at + count > self._end:
            raise Broken("end of a block", self.at)
        self.at += count
        return self._data[self.at - count : self.at]

    def skip(self, count: int) -> None:
        """Go on without them."""
        self.octets(count)

    def word(self) -> int:
        """Two octets."""
        return int.from_bytes(self.octets(2), "little")

    def double(self) -> int:
        """Four octets."""
        return int.from_bytes(self.octets(4), "little")

    def string(self) -> bytes:
        """A length and as many octets; empty where the length says that there is none."""
        length = self.word()
        return b"" if length == _NOTHING else self.octets(length)


class Names:
    """The table of names."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        if at + 2 > len(data):
            raise Broken("names", at)
        more = 0x20 if int.from_bytes(data[at : at + 2], "little") == _MORE else 0
        self._start = at + more + _NAMES_AT
        self._known: dict[int, str] = {}

    def at(self, offset: int) -> str:
        """The name at an offset; empty where there is none. Raises Broken outside of the file."""
        if offset == _NOTHING:
            return ""
        known = self._known.get(offset)
        if known is None:
            start = self._start + offset
            end = self._data.find(b"\0", start, start + _LONGEST_NAME)
            if start >= len(self._data) or end < 0:
                raise Broken("name", start)
            known = self._known[offset] = self._data[start:end].decode("cp1252", "replace")
        return known


class HelpTexts:
    """The tree of words that help texts are made of.

    Two octets for the longest text, four for the size of the tree. An inner node is 0x80 and the place where to go on
    at a bit of 0 (two octets, the higher one first); at a bit of 1 it goes on behind it. A leaf is one octet and a word
    that ends with zero; the empty word ends the text.
    """

    LONGEST = 4_096  # octets of one packed text

    def __init__(self, data: bytes, at: int) -> None:
        cursor = Cursor(data, at)
        self._longest, size = cursor.word(), cursor.double()
        self._tree = cursor.octets(size)
        self._left = _MOST_BITS

    def decoded(self, packed: bytes) -> str:
        """The text; raises Broken where it leads out of the tree."""
        words: list[str] = []
        bits = len(packed) * 8
        at = length = 0
        while packed and self._tree and length < self._longest:
            node = 0
            while self._tree[node] == _INNER:
                self._left -= 1
                if self._left < 0:
                    raise Broken("help texts", 0)
                if at >= bits:
                    return " ".join(words)
                one = packed[at >> 3] >> (7 - (at & 7)) & 1
                at += 1
                target = self._tree[node + 1 : node + 3]
                node = node + 3 if one else int.from_bytes(target, "big")
                if len(target) < 2 or node >= len(self._tree):
                    raise Broken("help texts", 0)
            end = self._tree.find(b"\0", node + 1)
            if end <= node + 1:
                break
            words.append(self._tree[node + 1 : end].decode("cp1252", "replace"))
            length += end - node
        return " ".join(words)[: self._longest]
