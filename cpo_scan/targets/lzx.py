"""LZX, the packing of Microsoft's cabinets (MS-PATCH 2) and of compiled help: frames of 32 KiB, each told apart.

The bytes are a row of 16-bit words, low byte first, whose bits are taken from the high end.
"""

import struct
from itertools import accumulate

from cpo_scan.targets.errors import Unreadable

FRAME = 32_768  # unpacked bytes of a frame; the last one may have fewer (2.2)
WINDOWS = range(15, 22)  # bits of the window: 32 KiB to 2 MiB (2.3)
_SLOTS = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}  # position slots of a window (2.3)
_EXTRA = [0, 0, *(min(slot // 2 - 1, 17) for slot in range(2, 50))]  # bits behind a position slot
_BASE = [0, *accumulate(1 << bits for bits in _EXTRA)]  # first formatted offset of a slot
_ALIGNED, _UNCOMPRESSED = 2, 3  # kinds of blocks (2.4)
_LENGTHS = 249  # symbols of the length tree
_LONGEST = 16  # bits of a code
_NO_CODE = 1 << 20  # the symbol of bits that no code begins with
_SHORTEST = 2  # bytes of a match
_TRANSLATED = 32_768  # frames in which targets of calls are put back (2.2)
_CALL = b"\xe8"

Table = tuple[list[int], int]  # symbol * 32 + bits of its code, by the next so many bits


class Lzx:
    """The unpacked bytes of one LZX stream, frame by frame.

    `window`: bits of the window, one of `WINDOWS`. Each restart of the stream (compiled help has one every few frames)
    needs a new one. Raises Unreadable, code `packed.damaged` or `packed.truncated` with format LZX. Memory: a window
    and a frame.
    """

    def __init__(self, window: int) -> None:
        if window not in WINDOWS:
            raise Unreadable("packed.damaged", format="LZX")
        self._window = 1 << window
        self._main_lengths = [0] * (256 + 8 * _SLOTS[window])
        self._length_lengths = [0] * _LENGTHS
        self._main: Table = ([], 0)
        self._length: Table = ([], 0)
        self._aligned: Table = ([], 0)
        self._recent = (1, 1, 1)  # offsets of the last three matches
        self._kind = self._left = 0  # the block at hand: its kind and what is left of it
        self._padded = False  # a block of single bytes that ends in the middle of a word
        self._calls: int | None = None  # size up to which targets of calls are put back; None before the header
        self._frames = self._past = 0  # frames done; bytes that left the window
        self._out = bytearray()  # the window, before targets of calls are put back
        self._words: list[int] = []  # 48 bits from each word on
        self._raw = b""
        self._at = 0  # in bits

    def unpack(self, packed: bytes, size: int = FRAME) -> bytes:
        """The next `size` bytes, from the packed bytes of their frames: whole frames, or all that is left.

        `packed` may hold more than they need; what is left is taken first by the next call. While a call lasts it holds
        some twenty times the packed bytes.
        """
        self._take(packed)
        out = []
        try:
            while size > 0:
                out.append(self._frame(min(size, FRAME)))
                size -= FRAME
        except IndexError:
            raise Unreadable("packed.truncated", format="LZX") from None
        return b"".join(out)

    # -- the bits

    def _take(self, packed: bytes) -> None:
        raw = self._raw[self._at // 16 * 2 :] + packed
        odd = len(raw) & 1  # of a word that is cut in two the rest comes with the next bytes
        words = struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) - odd])
        ahead = (*words, 0, 0)
        self._raw, self._at = raw, self._at % 16
        self._words = [
            one << 32 | two << 16 | three for one, two, three in zip(words, ahead[1:], ahead[2:], strict=False)
        ]

    def _bits(self, count: int) -> int:
        """The next bits, 32 at most. Raises IndexError behind the last word."""
        at = self._at
        self._at = at + count
        return self._words[at >> 4] >> (48 - (at & 15) - count) & ((1 << count) - 1)

    def _bytes(self, count: int) -> bytes:
        start = self._at // 8
        piece = self._raw[start : start + count]
        if len(piece) < count:
            raise IndexError
        self._at += 8 * count
        return piece

    # -- the frames

    def _frame(self, size: int) -> bytes:
        if self._calls is None:
            self._calls = self._bits(16) << 16 | self._bits(16) if self._bits(1) else 0
        if len(self._out) > 2 * self._window:
            drop = len(self._out) - self._window
            del self._out[:drop]
            self._past += drop
        start = len(self._out)
        end = start + size
        while (here := len(self._out)) < end:
            if not self._left:
                self._begin_block()
            upto = min(end, here + self._left)
            if self._kind == _UNCOMPRESSED:
                self._out += self._bytes(upto - here)
            else:
                self._matches(upto)
            if len(self._out) != upto:  # a match goes neither over the end of its block nor of its frame
                raise Unreadable("packed.damaged", format="LZX")
            self._left -= upto - here
        if self._kind != _UNCOMPRESSED:
            self._at = -(-self._at // 16) * 16
        if self._at > 8 * len(self._raw):
            raise IndexError
        frame = bytes(self._out[start:end])
        if self._calls and self._frames < _TRANSLATED:
            frame = _targets_put_back(frame, self._past + start, self._calls)
        self._frames += 1
        return frame

    def _matches(self, end: int) -> None:  # noqa: PLR0915 - one loop, a call per match would cost a third
        """Literals and matches of the block at hand, until the window has so many bytes."""
        out, words, at = self._out, self._words, self._at
        (main, main_bits), (lengths, length_bits), (aligned, aligned_bits) = self._main, self._length, self._aligned
        main_mask, main_shift = (1 << main_bits) - 1, 48 - main_bits
        recent, offset_bits, window = self._recent, _EXTRA, self._window
        by_three = self._kind == _ALIGNED
        here = len(out)
        while here < end:
            code = main[words[at >> 4] >> (main_shift - (at & 15)) & main_mask]
            at += code & 31
            symbol = code >> 5
            if symbol < 256:
                out.append(symbol)
                here += 1
                continue
            if symbol == _NO_CODE:
                raise Unreadable("packed.damaged", format="LZX")
            slot, size = divmod(symbol - 256, 8)
            if size == 7:
                if not length_bits:
                    raise Unreadable("packed.damaged", format="LZX")
                code = lengths[words[at >> 4] >> (48 - length_bits - (at & 15)) & ((1 << length_bits) - 1)]
                at += code & 31
                if code >> 5 == _NO_CODE:
                    raise Unreadable("packed.damaged", format="LZX")
                size += code >> 5
            size += _SHORTEST
            if slot > 2:
                extra = offset_bits[slot]
                offset = _BASE[slot] - 2
                low = by_three and extra >= 3
                if low:
                    extra -= 3
                if extra:
                    more = words[at >> 4] >> (48 - extra - (at & 15)) & ((1 << extra) - 1)
                    at += extra
                    offset += more << 3 if low else more
                if low:
                    code = aligned[words[at >> 4] >> (48 - aligned_bits - (at & 15)) & ((1 << aligned_bits) - 1)]
                    at += code & 31
                    if code >> 5 == _NO_CODE:
                        raise Unreadable("packed.damaged", format="LZX")
                    offset += code >> 5
                recent = (offset, recent[0], recent[1])
            else:
                offset = recent[slot]
                if slot == 1:
                    recent = (offset, recent[0], recent[2])
                elif slot == 2:
                    recent = (offset, recent[1], recent[0])
            if not 0 < offset <= here or offset > window:
                raise Unreadable("packed.damaged", format="LZX")
            start = here - offset
            if offset >= size:
                out += out[start : start + size]
            else:
                out += (out[start:] * (size // offset + 1))[:size]
            here += size
        self._at, self._recent = at, recent

    # -- the blocks

    def _begin_block(self) -> None:
        if self._padded:
            self._at += 8
        self._kind, self._left = self._bits(3), self._bits(24)
        self._padded = self._kind == _UNCOMPRESSED and bool(self._left & 1)
        match self._kind:
            case 1 | 2:
                if self._kind == _ALIGNED:
                    self._aligned = _table([self._bits(3) for _ in range(8)])
                self._read_lengths(self._main_lengths, 0, 256)
                self._read_lengths(self._main_lengths, 256, len(self._main_lengths))
                self._read_lengths(self._length_lengths, 0, _LENGTHS)
                self._main, self._length = _table(self._main_lengths), _table(self._length_lengths)
                if not self._main[1] or (self._kind == _ALIGNED and not self._aligned[1]):
                    raise Unreadable("packed.damaged", format="LZX")
            case 3:
                self._at = (self._at // 16 + 1) * 16  # one to sixteen bits: a whole word where nothing is left over
                self._recent = struct.unpack("<3L", self._bytes(12))
            case _:
                raise Unreadable("packed.damaged", format="LZX")

    def _read_lengths(self, lengths: list[int], at: int, end: int) -> None:
        """Lengths of codes, as differences to those of the block before (2.5)."""
        table, bits = _table([self._bits(4) for _ in range(20)])
        if not bits:
            raise Unreadable("packed.damaged", format="LZX")

        def symbol() -> int:
            code = table[self._words[self._at >> 4] >> (48 - bits - (self._at & 15)) & ((1 << bits) - 1)]
            self._at += code & 31
            if code >> 5 == _NO_CODE:
                raise Unreadable("packed.damaged", format="LZX")
            return code >> 5

        while at < end:
            what = symbol()
            count = 1
            match what:
                case 17:
                    count, length = 4 + self._bits(4), 0
                case 18:
                    count, length = 20 + self._bits(5), 0
                case 19:
                    count = 4 + self._bits(1)
                    what = symbol()
                    if what > _LONGEST:
                        raise Unreadable("packed.damaged", format="LZX")
                    length = (lengths[at] - what) % 17
                case _:
                    length = (lengths[at] - what) % 17
            if at + count > end:
                raise Unreadable("packed.damaged", format="LZX")
            lengths[at : at + count] = [length] * count
            at += count


def _table(lengths: list[int]) -> Table:
    """The canonical code of these lengths, looked up by the next bits; `([], 0)` where no symbol has a code."""
    longest = max(lengths)
    if not longest:
        return [], 0
    table: list[int] = []
    for length in range(1, longest + 1):
        if length in lengths:
            times = 1 << (longest - length)
            for symbol, own in enumerate(lengths):
                if own == length:
                    table += [symbol << 5 | length] * times
                    if len(table) > 1 << longest:
                        raise Unreadable("packed.damaged", format="LZX")
    table += [_NO_CODE << 5 | 1] * ((1 << longest) - len(table))
    return table, longest


def _targets_put_back(frame: bytes, at: int, size: int) -> bytes:
    """The frame with the targets of x86 calls relative again; `at` is where it begins, `size` what was told (2.2)."""
    end = max(0, len(frame) - 10)  # those of the last ten bytes stay what they are
    place = frame.find(_CALL, 0, end)
    if place < 0:
        return frame
    out = bytearray(frame)
    while place >= 0:
        target = int.from_bytes(frame[place + 1 : place + 5], "little", signed=True)
        here = at + place
        if -here <= target < size:
            target = target - here if target >= 0 else target + size
            out[place + 1 : place + 5] = (target & 0xFFFFFFFF).to_bytes(4, "little")
        place = frame.find(_CALL, place + 5, end)
    return bytes(out)
